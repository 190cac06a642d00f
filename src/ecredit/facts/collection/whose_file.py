"""Whose file it is: one sent under the wrong department's name is turned away before any of it is taken."""

from collections import Counter
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from ecredit.facts.actors.queries import get_organisation
from ecredit.facts.actors.types import Supplier
from ecredit.facts.collection.entitled import may_send
from ecredit.facts.collection.errors import AnothersFile
from ecredit.facts.collection.read_columns import ColumnReader
from ecredit.facts.collection.reading import TableReading
from ecredit.foundation.catalog.types import Catalog, Source
from ecredit.foundation.kernel.text_forms import name_form

# In so many rows of a hundred one other department is named: the rest are slips of the pen.
_NEARLY_ALL = 90


def check_whose_file(
    catalog: Catalog,
    source: Source,
    supplier: Supplier,
    table: TableReading,
    columns: Mapping[int, ColumnReader],
) -> None:
    """Raise AnothersFile when the file's first block names another department as its source, and never the supplier.

    Names are all there is to compare: the catalogue has no codes of departments. It knows their short and former names and
    who took over whose work. Only a department that may itself send the source counts; what any other issued is sent by
    somebody else anyway. `columns` is as `bind_columns` gives it.
    """
    mine = catalog.find_department(supplier.id)
    places = [place for place, reader in columns.items() if reader.column.code in source.issued_by]
    if mine is None or not places:
        return
    block = next(table.blocks(), None)
    if block is None or not block.rows:
        return
    counts: Counter[tuple[str, int]] = Counter()
    for place in places:
        for said, count in _named(block.columns[place]):
            department = catalog.find_department(said)
            if department is None:
                continue
            if department.id == mine.id:
                return
            counts[department.id, place] += count
    if not counts:
        return
    (other_id, place), count = counts.most_common(1)[0]
    other = catalog.departments[other_id]
    if 100 * count < _NEARLY_ALL * block.rows or not may_send(
        source, Supplier(other.id, other.name, other.kind)
    ):
        return
    column = columns[place].column
    raise AnothersFile(
        f"这个文件是{other.name}的：“{column.name}”写的是{other.name}，没有一行是{mine.name}；请以{other.name}的名义报送，"
        f"确由{mine.name}代为报送的，请管理员用命令 ecredit collect --on-behalf 归集",
        f"the file is of {other.name}: {column.code} names it, and {mine.name} in no row; send it as {other.name}, or, when "
        f"{mine.name} sends it for them, have it collected with: ecredit collect --on-behalf",
    )


def is_own_name(catalog: Catalog, supplier_id: str, name: str) -> bool:
    """Whether a department or organisation is called so, today or before: by its full, short or a former name."""
    mine = catalog.find_department(supplier_id)
    if mine is not None:
        called = catalog.find_department(name)
        return called is not None and called.id == mine.id
    organisation = get_organisation(supplier_id)
    return organisation is not None and name_form(organisation.name) == name_form(name)


def _named(column: pa.StringArray) -> list[tuple[str, int]]:
    """The names in a column, each once, with how many rows have it."""
    counted = pc.value_counts(pc.utf8_trim_whitespace(column))
    return [(pair["values"].as_py(), pair["counts"].as_py()) for pair in counted]
