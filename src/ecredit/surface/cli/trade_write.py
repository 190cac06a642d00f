"""Writing tables of the synthetic trade: Parquet, part after part, the same bytes for the same rows."""

from datetime import date
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from ecredit.surface.cli.trade_types import DAY, DAYS, Array, tokens

_GROUP = 100_000
Columns = dict[str, pa.Array]


class Tables:
    """The tables of one folder, open until all parts are written."""

    def __init__(self, folder: Path, *, texts: bool = False) -> None:
        """With `texts` each table is also written as CSV in GB18030 when it is closed."""
        self.folder, self.texts, self.rows = folder, texts, dict[str, int]()
        self._open: dict[str, pq.ParquetWriter] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> "Tables":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        for writer in self._open.values():
            writer.close()
        if kind is None and self.texts:
            for name in self._open:
                _write_text(self.folder, name)

    def write(self, name: str, columns: Columns) -> None:
        """Append rows to a table; the first rows say which columns it has."""
        table = pa.table(columns)
        if name not in self._open:
            self._open[name] = pq.ParquetWriter(
                self.folder / f"{name}.parquet", table.schema, compression="zstd", compression_level=1,
                use_dictionary=[f.name for f in table.schema if _repeats(f)], store_schema=False,
                write_statistics=True,
            )  # fmt: skip
        self._open[name].write_table(table, row_group_size=_GROUP)
        self.rows[name] = self.rows.get(name, 0) + table.num_rows


def _repeats(field: pa.Field) -> bool:
    return not field.name.endswith("_id") or field.name in (
        "shop_id",
        "platform_id",
        "institution_id",
        "courier_id",
    )


def _write_text(folder: Path, name: str) -> None:
    """CSV as platforms export it: GB18030, compressed, beside nothing else of that name."""
    path = folder / f"{name}.parquet"
    with pa.BufferOutputStream() as stream:
        pacsv.write_csv(pq.read_table(path), stream)
        content = stream.getvalue().to_pybytes().decode("utf-8").encode("gb18030")
    with pa.CompressedOutputStream(str(folder / f"{name}.csv.gz"), "gzip") as out:
        out.write(content)
    path.unlink()


def ids(numbers: Array, key: int, known: Array | None = None) -> pa.Array:
    """Numbers as opaque tokens; null where not `known`."""
    text = np.ascontiguousarray(tokens(numbers, key))
    mask = None if known is None else pa.py_buffer(np.packbits(known, bitorder="little").tobytes())
    offsets = pa.py_buffer((np.arange(len(numbers) + 1, dtype=np.int32) * 16).tobytes())
    return pa.Array.from_buffers(pa.string(), len(numbers), [mask, offsets, pa.py_buffer(text.tobytes())])


def instants(seconds: Array, last: date, known: Array | None = None) -> pa.Array:
    """Seconds of the year of trade as local instants (+08:00, without the offset); null where not `known`."""
    begin = ((last - date(1970, 1, 1)).days - (DAYS - 1)) * DAY
    ms = (seconds.astype(np.int64) + begin) * 1000
    return pa.array(ms, mask=None if known is None else ~known).cast(pa.timestamp("ms"))


def words(codes: Array, names: tuple[str, ...] | list[str], known: Array | None = None) -> pa.Array:
    """Codes as the words they stand for; null where not `known` or the word is empty."""
    blank = np.array([name == "" for name in names])
    missing = blank[codes] if known is None else blank[codes] | ~known
    index = pa.array(codes.astype(np.int32), mask=missing)
    return pa.array(list(names)).take(index)


def numbers(values: Array, known: Array | None = None) -> pa.Array:
    """Numbers; null where not `known`."""
    return pa.array(values, mask=None if known is None else ~known)
