"""Which column of a file is which of its source."""

from ecredit.facts.collection.header_marks import column_of
from ecredit.facts.collection.likely_source import likely_sentences, likely_source
from ecredit.facts.collection.read_columns import ColumnReader
from ecredit.facts.collection.reading import TableReading
from ecredit.foundation.catalog.types import Catalog, Source
from ecredit.foundation.kernel.errors import InputRefused
from ecredit.foundation.kernel.masking import redact

_NAMED = 8


def bind_columns(
    source: Source, catalog: Catalog, table: TableReading
) -> tuple[dict[int, ColumnReader], list[str]]:
    """Which column of the file is which of the source; and the headers nobody knows.

    Raises InputRefused when a column the source cannot do without is missing: every row would fail for it.
    """
    bound: dict[int, ColumnReader] = {}
    taken: dict[str, str] = {}
    unknown: list[str] = []
    for position, header in enumerate(table.header):
        code = column_of(source.headers, header) if header else None
        if code is None:
            if header:
                unknown.append(header)
            continue
        if code in taken:
            raise InputRefused(
                f"第 {table.header_line} 行的表头“{taken[code]}”和“{header}”是同一列 {code}；请只保留一列",
                f"line {table.header_line}: headers '{taken[code]}' and '{header}' are the same column {code}; keep one",
                reason="column_twice",
            )
        taken[code] = header
        bound[position] = ColumnReader.of(source.column(code), dict(catalog.code_tables))
    missing = [c for c in source.columns if c.required and c.code not in taken]
    if missing:
        names = "、".join(f"{c.name}（{c.code}）" for c in missing)
        likely = likely_source(source, catalog, table.header)
        zh, en = (
            ("请按模板补上表头后重报", "add them as in the template")
            if likely is None
            else likely_sentences(likely)
        )
        strange = f"；认不出的表头：{'、'.join(unknown[:_NAMED])}" if unknown else ""
        strange_en = f"; unknown headers: {', '.join(unknown[:_NAMED])}" if unknown else ""
        raise InputRefused(
            redact(f"第 {table.header_line} 行的表头缺少必需的列：{names}{strange}；{zh}"),
            redact(
                f"the header in line {table.header_line} lacks required columns: {', '.join(c.code for c in missing)}{strange_en}; {en}"
            ),
            reason="columns_missing",
            missing=len(missing),
            unknown=len(unknown),
        )
    return bound, unknown
