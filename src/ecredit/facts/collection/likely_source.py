"""Opening a file as a table of a source; one that is plainly another source's hears which."""

from collections.abc import Iterable
from pathlib import Path

from ecredit.facts.collection.header_marks import column_of
from ecredit.facts.collection.reading import TableReading, open_table
from ecredit.facts.collection.reading_limits import ReadLimits
from ecredit.foundation.catalog.types import Catalog, Source
from ecredit.foundation.kernel.errors import InputRefused


def open_as(
    source: Source, catalog: Catalog, path: Path, *, filename: str, limits: ReadLimits
) -> TableReading:
    """The file as a table of the source. Raises InputRefused as `open_table`; where no header is found, the sentence names
    the source that the nearest row fits better, if there is one."""
    try:
        return open_table(path, filename=filename, known_headers=frozenset(source.headers), limits=limits)
    except InputRefused as refusal:
        nearest = refusal.data.get("nearest")
        found = likely_source(source, catalog, nearest) if isinstance(nearest, list) else None
        if found is None:
            raise
        zh, en = likely_sentences(found)
        raise InputRefused(
            f"{refusal.zh}{zh}。", f"{refusal.en} {en.capitalize()}.", **refusal.data
        ) from None


def likely_source(source: Source, catalog: Catalog, headers: Iterable[object]) -> Source | None:
    """The source that knows the most of these headers, when it is another than `source`, and knows two at least."""
    named = {str(header) for header in headers if header}

    def known(other: Source) -> int:
        return len({column for header in named if (column := column_of(other.headers, header))})

    best = max(catalog.sources.values(), key=known)
    return best if known(best) > max(known(source), 1) else None


def likely_sentences(found: Source) -> tuple[str, str]:
    """What to do about it, in Chinese and in English."""
    return (
        f"这份文件更像“{found.title_zh}”（{found.id}），请核对数据源",
        f"the file looks more like '{found.title_en}' ({found.id}); check the source",
    )
