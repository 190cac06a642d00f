"""5,000 damaged, mislabelled and hostile files: each is read or refused with one sentence, nothing else.

    python bench/mutated_files.py [--count 5000] [--seed 1] [--workbooks 0.4]

Prints how many were read and refused (by reason), the slowest file, peak memory of the reader and of its
child processes. Ends with code 1 when a file raised anything but a refusal, or memory passed its bound.
"""

from __future__ import annotations

import argparse
import io
import random
import resource
import struct
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ecredit.facts.collection.reading import ReadLimits, open_table
from ecredit.foundation.kernel.errors import InputRefused

HEADER = ("行政相对人名称", "统一社会信用代码", "决定文书号", "处罚决定日期", "罚款金额", "备注")
KNOWN = frozenset(HEADER)
MOST_OWN_MB = 700
MOST_CHILD_MB = 2_100

Random = random.Random


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file to be read: how it was made, its name, its bytes."""

    made_by: str
    filename: str
    content: bytes


@dataclass(slots=True)
class Tally:
    """What became of the files."""

    read: int = 0
    rows: int = 0
    misshapen: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")


def table_rows(rng: Random, count: int) -> list[list[str]]:
    """Plausible rows, some with the oddities that are allowed."""
    names = ["常州㛃𠮷商贸有限公司", "常州“老字号”食品店", "江苏某某电子商务有限公司", "个体户张某"]
    remarks = ["", "第一行\n第二行", "含,逗号;和分号", "=1+1", "@SUM(A1)", "“引号”", '他说"不"']
    return [
        [
            rng.choice(names) + str(i),
            f"91320411MA1{i:07d}",
            f"常市监罚〔2026〕{i}号",
            rng.choice(["2026-05-08", "2026/5/8", "20260508", "2026年5月8日"]),
            rng.choice(["1000", "0.5", "1,000.00", ""]),
            rng.choice(remarks),
        ]
        for i in range(count)
    ]


def delimited(rng: Random, encoding: str, delimiter: str = ",") -> bytes:
    """A sound text table."""
    lines = ["某市行政处罚信息公示表" + delimiter * 5] * rng.randrange(3)
    for row in [list(HEADER), *table_rows(rng, rng.randrange(1, 120))]:
        lines.append(
            delimiter.join('"' + c.replace('"', '""') + '"' if set(c) & set('",;\t\n') else c for c in row)
        )
    return (rng.choice(["\n", "\r\n"]).join(lines) + "\n").encode(encoding)


def xlsx(rng: Random) -> bytes:
    """A sound workbook as spreadsheet programs write them."""
    import xlsxwriter

    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet("处罚")
        sheet.merge_range(0, 0, 0, 5, "某市行政处罚信息公示表")
        sheet.write_row(1, 0, HEADER)
        for at, row in enumerate(table_rows(rng, rng.randrange(1, 60)), start=2):
            sheet.write_row(at, 0, row)
            if rng.random() < 0.2:
                sheet.write_formula(at, 4, "=1+1", None, rng.choice([2, "#N/A", ""]))
    return buffer.getvalue()


def xls(rng: Random) -> bytes:
    """A sound workbook of the old kind."""
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    for column, name in enumerate(HEADER):
        sheet.write(0, column, name)
    for at, row in enumerate(table_rows(rng, rng.randrange(1, 60)), start=1):
        for column, text in enumerate(row):
            sheet.write(at, column, text)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def truncated(rng: Random, content: bytes) -> bytes:
    """Cut off anywhere."""
    return content[: rng.randrange(len(content) + 1)]


def bits_flipped(rng: Random, content: bytes) -> bytes:
    """A few bits wrong, or many."""
    changed = bytearray(content)
    for _ in range(rng.choice([1, 3, 20, 200]) if changed else 0):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def spliced(rng: Random, content: bytes) -> bytes:
    """Stretches missing, doubled, or replaced by random bytes."""
    a, b = sorted(rng.randrange(len(content) + 1) for _ in range(2))
    middle = rng.choice([b"", content[a:b] * 2, rng.randbytes(min(b - a, 5_000)), b"\0" * 50])
    return content[:a] + middle + content[b:]


def quotes_scattered(rng: Random, content: bytes) -> bytes:
    """Quotation marks and line ends where none belong."""
    changed = bytearray(content)
    for _ in range(rng.choice([1, 5, 100])):
        at = rng.randrange(len(changed) + 1)
        changed[at:at] = rng.choice([b'"', b'""', b"\r", b"\n", b'",', b'\n"'])
    return bytes(changed)


def recoded(_: Random, content: bytes) -> bytes:
    """Taken for another encoding and saved again."""
    return content.decode("latin-1").encode("utf-8")


def unchanged(_: Random, content: bytes) -> bytes:
    """As it is (the name may lie)."""
    return content


def with_part(content: bytes, part: str, xml: bytes) -> bytes:
    """The workbook with one part replaced."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, xml if name == part else old.read(name))
    return buffer.getvalue()


def zip_bomb(rng: Random) -> bytes:
    """A sheet of many megabytes of blanks; sometimes the directory lies about it."""
    size = rng.choice([40, 120]) << 20
    part = rng.choice(["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"])
    content = with_part(xlsx(rng), part, b"<x>" + b" " * size)
    if rng.random() < 0.5:
        content = content.replace(struct.pack("<I", size + 3), struct.pack("<I", rng.randrange(size)))
    return content


def far_cell(rng: Random) -> bytes:
    """One cell at the far corner, so that a dense grid would fill all memory."""
    cell = rng.choice(["XFD1048576", "A1048576", "XFD1", "ZZZ9999999"])
    xml = f'<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c><c r="{cell}"><v>1</v></c></row></sheetData></worksheet>'
    return with_part(xlsx(rng), "xl/worksheets/sheet1.xml", xml.encode())


def repeated_string(rng: Random) -> bytes:
    """One long shared string, used by very many cells."""
    strings = f"<sst><si><t>{'甲' * 30_000}</t></si></sst>"
    cells = "".join(f'<row r="{r}"><c r="A{r}" t="s"><v>0</v></c></row>' for r in range(1, 20_000))
    content = with_part(xlsx(rng), "xl/sharedStrings.xml", strings.encode())
    sheet = f"<worksheet><sheetData>{cells}</sheetData></worksheet>"
    return with_part(content, "xl/worksheets/sheet1.xml", sheet.encode())


def wide_header(rng: Random) -> bytes:
    """A header of up to a million columns."""
    return (",".join(HEADER) + "," + "列," * rng.choice([1_500, 50_000, 1_000_000]) + "\n").encode()


def one_line(rng: Random) -> bytes:
    """Line ends lost: one line of megabytes."""
    return (",".join(HEADER) + "\n" + "甲,乙," * (1 << 20)).encode(rng.choice(["utf-8", "gb18030"]))


def quote_storm(rng: Random) -> bytes:
    """Nothing but openings."""
    return (",".join(HEADER) + "\n").encode() + rng.choice([b'"', b'"a,', b',"\n', b'""",\n']) * 20_000


def noise(rng: Random) -> bytes:
    """Random bytes, some behind the signature of a format."""
    start = rng.choice([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-1.7\n", b"\xff\xfe"])
    return start + rng.randbytes(rng.choice([0, 10, 600, 20_000]))


TEXTS: tuple[Callable[[Random], bytes], ...] = (
    lambda rng: delimited(rng, "gb18030"),
    lambda rng: delimited(rng, "utf-8"),
    lambda rng: delimited(rng, "utf-8-sig"),
    lambda rng: delimited(rng, "utf-16", "\t"),
    lambda rng: delimited(rng, "utf-8", ";"),
)
WORKBOOKS: tuple[Callable[[Random], bytes], ...] = (xlsx, xls)
CHANGES = (truncated, bits_flipped, spliced, quotes_scattered, recoded, unchanged)
HOSTILE_TEXTS = (wide_header, one_line, quote_storm, noise)
HOSTILE_WORKBOOKS = (zip_bomb, far_cell, repeated_string)


def mutants(seed: int, count: int, workbooks: float) -> Iterator[Mutant]:
    """``count`` files, always the same for a seed; ``workbooks`` is the share made from XLSX and XLS."""
    for number in range(count):
        rng = Random(f"{seed}:{number}")
        is_book = rng.random() < workbooks
        filename = f"{number}" + rng.choice([".csv", ".xlsx", ".xls", ".tsv", ".et", ""])
        if rng.random() < 0.08:
            hostile = rng.choice(HOSTILE_WORKBOOKS if is_book else HOSTILE_TEXTS)
            yield Mutant(hostile.__name__, filename, hostile(rng))
            continue
        content = rng.choice(WORKBOOKS if is_book else TEXTS)(rng)
        names = []
        for change in rng.choices(CHANGES, k=rng.choice([1, 1, 1, 2, 3])):
            content = change(rng, content)
            names.append(change.__name__)
        yield Mutant("+".join(names), filename, content)


def read_one(mutant: Mutant, folder: Path, limits: ReadLimits, tally: Tally) -> None:
    """Read one file to its end and put down what became of it."""
    path = folder / "sent"
    path.write_bytes(mutant.content)
    before = time.perf_counter()
    try:
        with open_table(path, filename=mutant.filename, known_headers=KNOWN, limits=limits) as table:
            last = table.header_line
            for block in table.blocks():
                lines = block.lines.tolist()
                if lines and (lines[0] <= last or lines != sorted(set(lines))):
                    tally.failures.append(f"{mutant.made_by}: lines out of order")
                last = lines[-1] if lines else last
                if any(len(column) != len(lines) or column.null_count for column in block.columns):
                    tally.failures.append(f"{mutant.made_by}: columns of unequal length")
                if len(block.columns) != len(table.header):
                    tally.failures.append(f"{mutant.made_by}: columns and header differ")
                for column in block.columns:
                    column.validate(full=True)
                tally.rows += block.rows
                tally.misshapen += len(block.misshapen)
        tally.read += 1
    except InputRefused as refused:
        if not refused.zh or not refused.en or "reason" not in refused.data:
            tally.failures.append(f"{mutant.made_by}: a refusal without sentence or reason")
        tally.refused[str(refused.data.get("reason"))] += 1
    except Exception:  # noqa: BLE001 - exactly what is looked for
        tally.failures.append(f"{mutant.made_by} {mutant.filename}: {traceback.format_exc()}")
    tally.slowest = max(tally.slowest, (time.perf_counter() - before, mutant.made_by))


def main() -> int:
    """Make, read, count, judge."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--count", type=int, default=5_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--workbooks", type=float, default=0.4)
    asked = options.parse_args()
    tally = Tally()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        scratch = Path(folder) / "scratch"
        scratch.mkdir()
        limits = ReadLimits(scratch=scratch, max_inflated=256 << 20, worker_cpu_seconds=60)
        for mutant in mutants(asked.seed, asked.count, asked.workbooks):
            read_one(mutant, Path(folder), limits, tally)
        left = len(list(scratch.iterdir()))
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"files {asked.count}, seed {asked.seed}: read {tally.read}, refused {tally.refused.total()}")
    print(
        f"rows {tally.rows:,}, misshapen {tally.misshapen:,}, refused for: {dict(tally.refused.most_common())}"
    )
    print(f"slowest {tally.slowest[0]:.1f} s ({tally.slowest[1]}), all {time.perf_counter() - start:.0f} s")
    print(f"peak memory: own {own:.0f} MB (with making the files), child {child:.0f} MB; files left: {left}")
    print(f"failures {len(tally.failures)}")
    for failure in tally.failures[:20]:
        print(failure)
    sound = not tally.failures and not left and own < MOST_OWN_MB and child < MOST_CHILD_MB
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
