"""Which files of a folder are parts of which trade table, and which of their columns are the table's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ecredit.facts.market.trade_text import TextPart, open_text
from ecredit.foundation.catalog.trade_types import Trade, TradeTable
from ecredit.foundation.kernel.errors import InputRefused

_ENDINGS = (".parquet", ".csv", ".csv.gz")
_OUT_OF_SIGHT = (".", "_")  # what Spark and desktops leave beside the parts


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a table. `columns`: the table's column → the header as the file has it; `extra`: all other headers.

    `text` says how to read a CSV file; None: the file is Parquet.
    """

    path: Path
    columns: Mapping[str, str]
    extra: tuple[str, ...]
    text: TextPart | None


class TradeRefused(InputRefused):
    """A folder of trade tables cannot be read; the sentence holds everything that is wrong with it."""

    code = "market.refused"


def find_parts(folder: Path, trade: Trade) -> dict[str, list[Path]]:
    """Return the files of each table that is there, sorted.

    Raises TradeRefused when the folder is none, holds no table, or holds one twice (`orders.csv` beside `orders.parquet`).
    """
    if not folder.is_dir():
        raise TradeRefused(f"没有文件夹 {folder}；请检查路径", f"there is no folder {folder}; check the path")
    found: dict[str, list[Path]] = {}
    twice: list[tuple[str, str]] = []
    for entry in sorted(folder.iterdir()):
        name = entry.name.lower()
        if name.startswith(_OUT_OF_SIGHT):
            continue
        if entry.is_dir():
            table, parts = name, _parts_below(entry)
        else:
            ending = next((e for e in reversed(_ENDINGS) if name.endswith(e)), None)
            table, parts = ("", []) if ending is None else (name[: -len(ending)], [entry])
        if table not in trade.tables or not parts:
            continue
        if table in found:
            twice.append(
                (f"{folder}：{table} 有两份；请只留一份", f"{folder}: {table} is there twice; keep one")
            )
        found.setdefault(table, parts)
    if twice:
        raise refused(twice)
    if not found:
        names = ", ".join(trade.tables)
        raise TradeRefused(
            f"{folder} 里没有交易表；请放入 {names} 中至少一张（.parquet、.csv、.csv.gz 或同名文件夹）",
            f"{folder} holds no trade table; put at least one of {names} there (.parquet, .csv, .csv.gz or a folder of that name)",
        )
    return {table: found[table] for table in trade.tables if table in found}


def open_parts(found: Mapping[str, Sequence[Path]], trade: Trade) -> dict[str, list[Part]]:
    """Return each table's parts with their columns. Raises TradeRefused that names every file that cannot be used."""
    opened: dict[str, list[Part]] = {}
    wrong: list[tuple[str, str]] = []
    for name, paths in found.items():
        for path in paths:
            try:
                headers, text = _headers(path)
                columns, extra = _match(path, headers, trade.tables[name])
            except TradeRefused as error:
                wrong.append((error.zh, error.en))
            else:
                opened.setdefault(name, []).append(Part(path, columns, extra, text))
    if wrong:
        raise refused(wrong)
    return opened


def refused(wrong: Iterable[tuple[str, str]]) -> TradeRefused:
    """One refusal that tells everything that is wrong."""
    sentences = list(wrong)
    return TradeRefused("；\n".join(zh for zh, _ in sentences), ";\n".join(en for _, en in sentences))


def unreadable(path: Path, why: object) -> TradeRefused:
    """What is said of a file that is not what its name says."""
    reason = str(why).strip().splitlines()[0][:200] if str(why).strip() else type(why).__name__
    return TradeRefused(
        f"{path} 无法读取（{reason}）；请重新导出",
        f"{path} cannot be read ({reason}); export it again",
    )


def _parts_below(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path.name.lower().endswith(_ENDINGS)
        and not any(piece.startswith(_OUT_OF_SIGHT) for piece in path.relative_to(folder).parts)
    )


def _headers(path: Path) -> tuple[list[str], TextPart | None]:
    try:
        if path.name.lower().endswith(".parquet"):
            return list(pq.read_schema(path).names), None
        text = open_text(path)
    except (OSError, EOFError, pa.ArrowException) as error:
        raise unreadable(path, error) from error
    return list(text.headers), text


def _match(path: Path, headers: Sequence[str], table: TradeTable) -> tuple[dict[str, str], tuple[str, ...]]:
    known = {column.id for column in table.columns}
    columns: dict[str, str] = {}
    extra: list[str] = []
    for header in headers:
        name = header.strip().strip("\ufeff").strip().lower()
        if name not in known:
            extra.append(header)
        elif name in columns:
            raise TradeRefused(
                f"{path} 的列 {name} 出现两次；请只留一列", f"{path} has the column {name} twice; keep one"
            )
        else:
            columns[name] = header
    missing = [name for name in table.required if name not in columns]
    if missing:
        raise TradeRefused(
            f"{path} 缺少必有的列 {'、'.join(missing)}；请补上（{table.zh} {table.id}）",
            f"{path} lacks the required column{'s' * (len(missing) > 1)} {', '.join(missing)}; add (table {table.id})",
        )
    return columns, tuple(extra)
