"""The sentences of a file that is refused whole: what is wrong with it and what to do about it.

Each function gives an :class:`InputRefused` with ``data["reason"]``, a stable word for tests and counts.
They stand here and not in the text catalogue because the guarded child process, which must stay small,
makes them too.
"""

from __future__ import annotations

from collections.abc import Iterable

from ecredit.foundation.kernel.errors import InputRefused


def _refusal(reason: str, zh: str, en: str, **values: object) -> InputRefused:
    return InputRefused(zh, en, reason=reason, **values)


def empty() -> InputRefused:
    """Nothing in it, or nothing but blanks."""
    return _refusal(
        "empty",
        "文件是空的；请检查导出是否成功后重新报送。",
        "The file is empty; check the export and send it again.",
    )


def too_large(size: int, limit: int) -> InputRefused:
    """More bytes than one file may have."""
    return _refusal(
        "too_large",
        f"文件有 {size >> 20} MB,超过上限 {limit >> 20} MB;请按时间段拆成几个文件报送。",
        f"The file has {size >> 20} MB, more than the {limit >> 20} MB allowed; split it by period.",
        size=size,
        limit=limit,
    )


def too_many_rows(limit: int) -> InputRefused:
    """More rows than one file may have."""
    return _refusal(
        "too_many_rows",
        f"文件超过 {limit:,} 行；请按时间段拆成几个文件报送。",
        f"The file has more than {limit:,} rows; split it by period.",
        limit=limit,
    )


def too_many_columns(limit: int) -> InputRefused:
    """A header wider than any table of the catalogue."""
    return _refusal(
        "too_many_columns",
        f"表头超过 {limit:,} 列，不是数据表；请按目录模板只保留应报的列。",
        f"The header has more than {limit:,} columns, which is no table; keep the template's columns only.",
        limit=limit,
    )


def line_too_long(line: int, limit: int) -> InputRefused:
    """One line beyond any row: usually not a text table at all, or line ends were lost."""
    return _refusal(
        "line_too_long",
        f"第 {line} 行超过 {limit >> 20} MB，不是数据行；请检查换行是否丢失，重新导出后报送。",
        f"Line {line} is longer than {limit >> 20} MB, which is no row; line ends were lost, export again.",
        line=line,
        limit=limit,
    )


def not_a_table(kind_zh: str, kind_en: str) -> InputRefused:
    """Recognised as something else (PDF, picture, web page, archive …)."""
    return _refusal(
        "not_a_table",
        f"这是{kind_zh}，不是数据表；请另存为 CSV 或 XLSX 后报送。",
        f"This is {kind_en}, not a table; save it as CSV or XLSX and send that.",
        kind=kind_en,
    )


def binary() -> InputRefused:
    """Bytes that are neither text nor a workbook."""
    return _refusal(
        "binary",
        "文件内容不是文本也不是电子表格（可能已损坏或加密）；请重新导出为 CSV 或 XLSX。",
        "The file is neither text nor a spreadsheet (damaged or encrypted?); export it again as CSV or XLSX.",
    )


def header_not_found(
    looked_for: Iterable[str], nearest: Iterable[str], *, rows: int, line: int, sheet: str = ""
) -> InputRefused:
    """No row among the first ``rows`` names columns of the source; ``line`` is that of the nearest, in ``sheet`` if any."""
    wanted, near = list(looked_for), list(nearest)
    where = f"工作表“{sheet}”第 {line} 行" if sheet else f"第 {line} 行"
    where_en = f"line {line} of sheet '{sheet}'" if sheet else f"line {line}"
    zh_near = f"最接近的是{where}：{'、'.join(near)}。" if near else ""
    en_near = f" The nearest row is {where_en}: {', '.join(near)}." if near else ""
    return _refusal(
        "header_not_found",
        f"前 {rows} 行里没有找到表头（应有的列名如：{'、'.join(wanted)}）。{zh_near}"
        "请按目录模板的列名填写表头。",
        f"No header in the first {rows} rows (looked for columns such as {', '.join(wanted)}).{en_near} "
        "Name the columns as in the template.",
        looked_for=wanted,
        nearest=near,
        line=line,
    )


def other_encoding(zh: str, en: str) -> InputRefused:
    """A text in an encoding that has not all the characters of a name, so none that is taken."""
    return _refusal(
        "other_encoding",
        f"文件像是 {zh} 编码，读不准简体字；请从原系统重新导出为 UTF-8 或 GB18030 的 CSV，或者另存为 XLSX。",
        f"The file seems to be in {en}, which cannot hold all names; export it again as CSV in UTF-8 or GB18030, or as XLSX.",
        encoding=en,
    )


def spoiled_text(how: str) -> InputRefused:
    """A text that some program read in a wrong encoding and wrote again."""
    return _refusal(
        "spoiled_text",
        f"文件里的汉字已成乱码（曾按错误的编码打开后保存：{how}）；请从原系统重新导出为 UTF-8 或 GB18030，不要用乱码的文件另存。",
        f"The file's Chinese is spoiled (opened in a wrong encoding and saved: {how}); export it again from the system as "
        "UTF-8 or GB18030.",
        how=how,
    )


def fullwidth_commas() -> InputRefused:
    """The cells are parted by ``，``, which is also an ordinary character of the values."""
    return _refusal(
        "fullwidth_commas",
        "各列之间用了全角逗号（，），无法分列；请改用半角逗号或另存为 XLSX。",
        "The columns are parted by full-width commas (，); use ordinary commas or save as XLSX.",
    )


def password() -> InputRefused:
    """An encrypted workbook."""
    return _refusal(
        "password",
        "工作簿设了打开密码；请去掉密码后重新报送。",
        "The workbook asks for a password; remove it and send the file again.",
    )


def damaged_workbook() -> InputRefused:
    """A workbook that cannot be opened."""
    return _refusal(
        "damaged_workbook",
        "工作簿已损坏，打不开；请在 Excel 或 WPS 中打开并另存为 XLSX 后报送。",
        "The workbook is damaged and cannot be opened; open it in Excel or WPS and save it as XLSX.",
    )


def no_sheet() -> InputRefused:
    """No worksheet with anything in it."""
    return _refusal(
        "no_sheet",
        "工作簿里没有有内容的工作表；请检查导出是否成功后重新报送。",
        "The workbook has no sheet with anything in it; check the export and send it again.",
    )


def inflates_too_much(limit: int) -> InputRefused:
    """A compressed workbook that unpacks to far more than it may."""
    return _refusal(
        "inflates_too_much",
        f"工作簿解压后过大（上限 {limit >> 20} MB）或压缩比异常；请拆分，或另存为 CSV 报送。",
        f"The workbook unpacks to too much (limit {limit >> 20} MB) or at an unnatural ratio; "
        "split it or save it as CSV.",
        limit=limit,
    )


def too_many_cells(limit: int) -> InputRefused:
    """A sheet whose used area is larger than can be held."""
    return _refusal(
        "too_many_cells",
        f"工作表的使用区域超过 {limit:,} 个单元格；请删除表外多余的行列，或另存为 CSV 报送。",
        f"The sheet's used area has more than {limit:,} cells; delete stray rows and columns or save as CSV.",
        limit=limit,
    )


def costs_too_much() -> InputRefused:
    """The guarded reader ran out of its memory or time."""
    return _refusal(
        "costs_too_much",
        "读取此工作簿所需内存或时间超过上限；请拆分，或另存为 CSV 报送。",
        "Reading this workbook takes more memory or time than allowed; split it or save it as CSV.",
    )
