"""The public database: its tables, and the only code that writes them.

A file of its own (SQLite), so that it can be copied and served anywhere. It holds what is public and nothing else:
no identity number, no telephone, nothing expired; what is deleted is overwritten (secure_delete) and the
write-ahead log is emptied after every run, so that ended documents are gone from the bytes as well.
"""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from ecredit.foundation.kernel.text_forms import bigram_text, name_form
from ecredit.service.publicity.figures import count_cells
from ecredit.service.publicity.listing import count_platforms
from ecredit.service.publicity.name_index import NameIndex
from ecredit.service.publicity.public_disclosures import NAMED_IN, OF_PLATFORM
from ecredit.service.publicity.public_model import model_doc
from ecredit.service.publicity.types import PublicFact, PublicModel, PublicReason

SCHEMA_VERSION = "10"
# Deleting from a contentless index needs the very words that were put in, so an index made by another form of the
# words must be rebuilt; this probe tells.
_PROBE = "ＡＢc1·（甲乙）丙丁𠮷 戊己"

_TABLES = """
CREATE TABLE IF NOT EXISTS subject(
  id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, name TEXT NOT NULL, name_form TEXT NOT NULL,
  kind TEXT NOT NULL, area TEXT NOT NULL, status TEXT NOT NULL,
  grade TEXT, graded_on TEXT, grade_until TEXT, score REAL, model TEXT, ungraded TEXT NOT NULL,
  facts TEXT NOT NULL, reasons TEXT NOT NULL, change TEXT, outlook TEXT, history TEXT,
  print INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS model(edition TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS source(
  id TEXT PRIMARY KEY, title_zh TEXT NOT NULL, title_en TEXT NOT NULL, labels TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS item(
  leaf INTEGER PRIMARY KEY, code TEXT NOT NULL, source TEXT NOT NULL, section TEXT NOT NULL, occurred_on TEXT,
  shown_from TEXT NOT NULL, shown_until TEXT, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS shop(leaf INTEGER PRIMARY KEY, name TEXT NOT NULL, platform TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS code_table(id TEXT PRIMARY KEY, english TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS old_code(old TEXT PRIMARY KEY, code TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rating(id INTEGER NOT NULL, place INTEGER NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (id, place)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rating_rule(id TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS report(period TEXT NOT NULL, platform TEXT NOT NULL, version INTEGER NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (period, platform, version)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS platform(code TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gap(id INTEGER PRIMARY KEY, platform TEXT NOT NULL, shown_until TEXT NOT NULL, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS left_out(id INTEGER PRIMARY KEY, mark INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS chapter(id TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS movement(day TEXT PRIMARY KEY, came INTEGER NOT NULL, went INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE IF NOT EXISTS name_index USING fts5(bigrams, content='', columnsize=0, tokenize='unicode61');
CREATE VIRTUAL TABLE IF NOT EXISTS shop_index USING fts5(bigrams, content='', columnsize=0, tokenize='unicode61');
"""
_INDEXES = f"""
CREATE INDEX IF NOT EXISTS subject_name_form ON subject(name_form);
CREATE INDEX IF NOT EXISTS subject_grade_until ON subject(grade_until, grade) WHERE grade_until IS NOT NULL;
CREATE INDEX IF NOT EXISTS item_code ON item(code);
CREATE INDEX IF NOT EXISTS item_shown_until ON item(shown_until, section) WHERE shown_until IS NOT NULL;
CREATE INDEX IF NOT EXISTS subject_area ON subject(area, code);
CREATE INDEX IF NOT EXISTS item_section ON item(section, occurred_on, leaf, shown_from, shown_until) WHERE section <> 'registration';
CREATE INDEX IF NOT EXISTS shop_platform ON shop(platform) WHERE platform <> '';
CREATE INDEX IF NOT EXISTS item_platform ON item({OF_PLATFORM}, source, occurred_on, leaf) WHERE {NAMED_IN};
CREATE INDEX IF NOT EXISTS gap_platform ON gap(platform);
CREATE INDEX IF NOT EXISTS old_code_code ON old_code(code);
"""

# Rows as the tables hold them: (id, code, name, kind, area, status, grade, graded_on, grade_until, score, model, ungraded,
# facts, reasons, change, outlook, history, print), (leaf, code, source, section, occurred_on, shown_from, shown_until, doc) and
# (id, title_zh, title_en, labels).
SubjectRow = tuple[
    int, str, str, str, str, str, str | None, str | None, str | None, float | None, str | None, str, str, str, str | None,
    str | None, str | None, int
]  # fmt: skip
ItemRow = tuple[int, str, str, str, str | None, str, str | None, str]
SourceRow = tuple[str, str, str, str]
Label = tuple[str, str, str]
"""What `source.labels` holds for each column code: its name, the unit of an amount, the code table of a coded value."""


_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))


def to_json(value: object) -> str:
    """Compact JSON, Chinese as it is."""
    return _ENCODER.encode(value)


def iso(day: date | None) -> str | None:
    """A day as the tables hold it."""
    return None if day is None else day.isoformat()


class PublicWriter:
    """Writes inside one transaction of `open_writer`; nothing is seen by readers before it ends."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._names, self._shops = NameIndex(connection, "name_index"), NameIndex(connection, "shop_index")
        # Called when all is written and before anybody sees it: what it raises keeps everything as it was.
        self.before_seen: Callable[[sqlite3.Connection], None] | None = None

    def put_subjects(self, rows: Iterable[SubjectRow]) -> None:
        """Add subjects that are not there (remove them first when they are)."""
        names: list[tuple[int, str]] = []

        def with_form() -> Iterator[tuple[object, ...]]:
            for row in rows:
                names.append((row[0], bigram_text(row[2])))
                yield (*row[:3], name_form(row[2]), *row[3:])

        self.connection.executemany(f"INSERT INTO subject VALUES ({','.join('?' * 19)})", with_form())
        self._names.put(names)

    def put_items(self, rows: Iterable[ItemRow]) -> None:
        """Add documents, or write them anew."""
        self.connection.executemany("INSERT OR REPLACE INTO item VALUES (?,?,?,?,?,?,?,?)", rows)

    def put_shops(self, shops: Iterable[tuple[int, str, str]]) -> None:
        """Let documents (leaf, shop, platform or "") be found by the name of the shop they are about, and by platform."""
        rows = list(shops)
        self.connection.executemany("INSERT OR REPLACE INTO shop VALUES (?,?,?)", rows)
        self._shops.put((leaf, bigram_text(name)) for leaf, name, _ in rows)

    def put_sources(self, rows: Iterable[SourceRow]) -> None:
        """Add what all documents of a source have in common: its titles and the names of its columns."""
        self.connection.executemany("INSERT OR REPLACE INTO source VALUES (?,?,?,?)", rows)

    def put_code_tables(self, tables: Iterable[tuple[str, Mapping[str, str]]]) -> None:
        """Add the English of coded values: table id, Chinese → English."""
        self.connection.executemany(
            "INSERT OR REPLACE INTO code_table VALUES (?,?)",
            ((name, to_json(words)) for name, words in tables),
        )

    def put_models(self, models: Iterable[PublicModel]) -> None:
        """Add the yardsticks that subjects name by their edition."""
        self.connection.executemany(
            "INSERT OR REPLACE INTO model VALUES (?,?)", ((m.edition, model_doc(m)) for m in models)
        )

    def put_ratings(self, rows: Iterable[tuple[int, int, str]], rules: Iterable[tuple[str, str]]) -> None:
        """Make these (subject, place, JSON) all ratings there are, of subjects that are public, and these their rules.

        What stays as it is is not written again.
        """
        run = self.connection.execute
        public = {row[0] for row in run("SELECT id FROM subject")}
        wanted = {(subject, place): doc for subject, place, doc in rows if subject in public}
        kept = {
            (subject, place): doc
            for subject, place, doc in run("SELECT id, place, doc FROM rating").fetchall()
        }
        gone = [key for key in kept if key not in wanted]
        self.connection.executemany("DELETE FROM rating WHERE id = ? AND place = ?", gone)
        self.connection.executemany(
            "INSERT OR REPLACE INTO rating VALUES (?,?,?)",
            ((*key, doc) for key, doc in wanted.items() if kept.get(key) != doc),
        )
        stand, known = dict(rules), dict(run("SELECT id, doc FROM rating_rule").fetchall())
        if stand != known:
            run("DELETE FROM rating_rule")
            self.connection.executemany("INSERT INTO rating_rule VALUES (?,?)", stand.items())

    def put_reports(self, rows: Iterable[tuple[str, str, int, str]]) -> int:
        """Make these (period, platform, version, JSON) all reports there are; gives how many were written or taken out."""
        wanted = {row[:3]: row[3] for row in rows}
        kept = {
            row[:3]: row[3]
            for row in self.connection.execute("SELECT period, platform, version, doc FROM report").fetchall()
        }
        gone = [key for key in kept if key not in wanted]
        fresh = [(*key, doc) for key, doc in wanted.items() if kept.get(key) != doc]
        self.connection.executemany(
            "DELETE FROM report WHERE period = ? AND platform = ? AND version = ?", gone
        )
        self.connection.executemany("INSERT OR REPLACE INTO report VALUES (?,?,?,?)", fresh)
        return len(gone) + len(fresh)

    def put_platforms(self, platforms: Mapping[str, str]) -> None:
        """Make these (code → name) the registered platforms."""
        run = self.connection.execute
        if dict(run("SELECT code, name FROM platform").fetchall()) == platforms:
            return
        run("DELETE FROM platform")
        self.connection.executemany("INSERT INTO platform VALUES (?,?)", sorted(platforms.items()))

    def put_gaps(self, rows: Iterable[tuple[int, str, str, str]]) -> int:
        """Make these (id, platform, first day no longer shown, JSON) all gaps there are; gives how many were written or taken out."""
        wanted = {row[0]: row for row in rows}
        kept = {
            row[0]: row
            for row in self.connection.execute("SELECT id, platform, shown_until, doc FROM gap").fetchall()
        }
        gone = [(id,) for id in kept if id not in wanted]
        fresh = [row for id, row in wanted.items() if kept.get(id) != row]
        self.connection.executemany("DELETE FROM gap WHERE id = ?", gone)
        self.connection.executemany("INSERT OR REPLACE INTO gap VALUES (?,?,?,?)", fresh)
        return len(gone) + len(fresh)

    def put_old_codes(self, codes: Iterable[tuple[str, str]]) -> None:
        """Let former codes (old, present) find their subject."""
        self.connection.executemany("INSERT OR REPLACE INTO old_code VALUES (?,?)", codes)

    def put_chapters(self, chapters: Mapping[str, object]) -> None:
        """Set what everyone may read of the rules, a JSON document each; others stay."""
        rows = ((name, to_json(doc)) for name, doc in chapters.items())
        self.connection.executemany("INSERT OR REPLACE INTO chapter VALUES (?,?)", rows)

    def leaves_of(self, ids: Iterable[int]) -> set[int]:
        """The documents of these subjects."""
        sql = "SELECT i.leaf FROM item i JOIN subject s ON s.code = i.code WHERE s.id = ?"
        return {row[0] for subject in ids for row in self.connection.execute(sql, (subject,))}

    def has_code(self, code: str) -> bool:
        """Tell whether a subject goes by this code."""
        return self.connection.execute("SELECT 1 FROM subject WHERE code = ?", (code,)).fetchone() is not None

    def remove_subjects(self, ids: Iterable[int]) -> set[int]:
        """Take subjects out with their documents and former codes; returns which of them were there."""
        gone: set[int] = set()
        run = self.connection.execute
        for subject in ids:
            run("DELETE FROM left_out WHERE id = ?", (subject,))
            found = run("SELECT code, name FROM subject WHERE id = ?", (subject,)).fetchone()
            if found is None:
                continue
            code, name = found
            self._forget_shops("SELECT leaf FROM item WHERE code = ?", code)
            run("DELETE FROM item WHERE code = ?", (code,))
            run("DELETE FROM old_code WHERE code = ?", (code,))
            run("DELETE FROM rating WHERE id = ?", (subject,))
            run("DELETE FROM subject WHERE id = ?", (subject,))
            self._names.void(subject, bigram_text(name))
            gone.add(subject)
        return gone

    def take_down(self, leaves: Iterable[int]) -> list[int]:
        """Take documents out, and with each the grade of its subject, which may rest on it; returns which were there.

        The subject is then one that waits for its evaluation.
        """
        run, gone = self.connection.execute, []
        for leaf in leaves:
            found = run("DELETE FROM item WHERE leaf = ? RETURNING code", (leaf,)).fetchone()
            if found is None:
                continue
            gone.append(leaf)
            self._forget_shops("SELECT ?", leaf)
            run(
                "UPDATE subject SET grade = NULL, graded_on = NULL, grade_until = NULL, score = NULL, model = NULL,"
                " reasons = '[]', change = NULL, outlook = NULL, history = NULL, ungraded = CASE WHEN ungraded IN ('', 'state', 'nothing') THEN 'waiting' ELSE ungraded END"
                " WHERE code = ?",
                found,
            )
        return gone

    def take_out_unnamed(self, subjects: Iterable[int]) -> set[int]:
        """Take those of these subjects out of whom no document is shown; returns which were there."""
        sql = "SELECT 1 FROM subject s JOIN item i ON i.code = s.code WHERE s.id = ? LIMIT 1"
        bare = [s for s in subjects if self.connection.execute(sql, (s,)).fetchone() is None]
        return self.remove_subjects(bare)

    def leave_out(self, subjects: Iterable[tuple[int, int, str]]) -> None:
        """Note which subjects (id, print, the code they would go by) are not public, so that the next run sees a change."""
        rows = list(subjects)
        self.connection.executemany(
            "INSERT OR REPLACE INTO left_out VALUES (?,?)", ((i, mark_of(print_)) for i, print_, _ in rows)
        )
        self.connection.executemany("DELETE FROM old_code WHERE code = ?", ((code,) for _, _, code in rows))

    def put_meta(self, values: Mapping[str, str]) -> None:
        """Set or replace meta values."""
        self.connection.executemany("INSERT OR REPLACE INTO meta VALUES (?,?)", values.items())

    def totals(self) -> tuple[int, int]:
        """How many subjects and documents there are."""
        counts = "SELECT (SELECT count(*) FROM subject), (SELECT count(*) FROM item)"
        subjects, items = self.connection.execute(counts).fetchone()
        return subjects, items

    def settle(self) -> None:
        """Rewrite the totals, and take the names of what was removed out of the indexes."""
        run = self.connection.execute
        sections = dict(run("SELECT section, count(*) FROM item GROUP BY section").fetchall())
        cells = count_cells(self.connection)
        items = sum(sections.values())
        subjects = sum(number for *_, number in cells)
        self.put_meta(
            {
                "subjects": str(subjects),
                "items": str(items),
                "sections": to_json(sections),
                "cells": to_json(cells),
                "platforms": to_json(count_platforms(self.connection)),
            }
        )
        self._names.settle()
        self._shops.settle()

    def _forget_shops(self, leaves: str, value: object) -> None:
        """Take out the shops of the documents that a query for leaves gives."""
        gone = f"DELETE FROM shop WHERE leaf IN ({leaves}) RETURNING leaf, name"
        for leaf, name in self.connection.execute(gone, (value,)).fetchall():
            self._shops.void(leaf, bigram_text(name))


def mark_of(print_: int) -> int:
    """A piece of a print: enough to see a change, too little to try names against."""
    return print_ & 0xFFFFF


def content_digest(connection: sqlite3.Connection) -> str:
    """SHA-256 over everything the database holds, the name index and the definitions included; not over free pages."""
    run = connection.execute
    defined = run(
        "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2"
    ).fetchall()
    digest = hashlib.sha256(repr(defined).encode())
    for kind, name, sql in defined:
        if kind != "table" or sql.startswith("CREATE VIRTUAL"):
            continue
        columns = run("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", (name,)).fetchall()
        order = ", ".join(f'"{column}"' for (column,) in columns) or "1"
        rows = run(f'SELECT * FROM "{name}" ORDER BY {order}')
        while block := rows.fetchmany(1_000):
            digest.update(repr(block).encode("utf-8", "surrogatepass"))
        digest.update(b"\n")
    return digest.hexdigest()


def read_digest(path: Path) -> str | None:
    """The digest of the public database, None when there is none or it is none."""
    if not path.exists():
        return None
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        return content_digest(connection)
    except sqlite3.DatabaseError:
        return None
    finally:
        connection.close()


def form_probe() -> str:
    """What the name index makes of a fixed text; another value in `meta` means the index must be rebuilt."""
    return f"{name_form(_PROBE)}|{bigram_text(_PROBE)}"


def create_store(path: Path) -> None:
    """Make an empty public database; nothing happens when it is already there."""
    with open_writer(path):
        pass


@contextmanager
def open_writer(path: Path) -> Iterator[PublicWriter]:
    """One transaction on the public database: all of it is seen, or none.

    Afterwards the write-ahead log is emptied (it keeps the pages as they were before).
    """
    connection = sqlite3.connect(path, timeout=60, isolation_level=None)
    try:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN IMMEDIATE")
        try:
            _make_tables(connection)
            writer = PublicWriter(connection)
            yield writer
            if writer.before_seen is not None:
                # The name index keeps new words in memory until a savepoint or the end.
                connection.execute("SAVEPOINT written")
                connection.execute("RELEASE written")
                writer.before_seen(connection)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


@contextmanager
def rebuild_store(path: Path) -> Iterator[PublicWriter]:
    """Build the whole database beside the old one and copy it over in one step when the block ends well.

    The copy overwrites every page, so nothing of the old content stays; readers see the old state until then.
    """
    draft = path.with_name(f"{path.name}.draft")
    draft.unlink(missing_ok=True)
    connection = sqlite3.connect(draft, isolation_level=None)
    try:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "temp_store=MEMORY", "cache_size=-64000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        _run_all(connection, _TABLES)
        writer = PublicWriter(connection)
        yield writer
        _run_all(connection, _INDEXES)
        for index in ("name_index", "shop_index"):
            connection.execute(f"INSERT INTO {index}({index}) VALUES ('optimize')")
        _put_form(connection)
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
        if writer.before_seen is not None:
            writer.before_seen(connection)
        with_copy = sqlite3.connect(path, timeout=60, isolation_level=None)
        try:
            with_copy.execute("PRAGMA journal_mode=WAL")
            connection.backup(with_copy)
            with_copy.execute("PRAGMA journal_mode=WAL")
            with_copy.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            with_copy.close()
    finally:
        connection.close()
        draft.unlink(missing_ok=True)


def reclaim(path: Path) -> None:
    """Give freed pages back to the disk when they are more than a fifth of the file."""
    connection = sqlite3.connect(path, timeout=60, isolation_level=None)
    try:
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        if free * 5 > pages:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def item_doc(
    supplier: str,
    clause: str,
    valid_from: str | None,
    valid_to: str | None,
    fields: Mapping[str, str],
    corrected: tuple[str, str] | None = None,
) -> str:
    """The JSON of `item.doc`; `fields` are values by column code, in the order they are shown.

    `corrected` is the day of the correction that stands and the name of who made it, None when it is as its supplier sent it.
    """
    return to_json(
        (supplier, clause, valid_from, valid_to, fields, *(() if corrected is None else (corrected,)))
    )


def reason_docs(reasons: Iterable[PublicReason]) -> str:
    """The JSON of `subject.reasons`."""
    return to_json(
        [(r.zh, r.en, r.points, r.clause, r.item_leaves, iso(r.shown_until), r.indicator) for r in reasons]
    )


def fact_docs(facts: Iterable[PublicFact]) -> str:
    """The JSON of the head lines that come from no document, as `subject.facts` holds it."""
    return to_json(
        [
            (f.label, f.value, f.source, iso(f.on), f.label_key)
            for f in facts
            if f.leaf is None  # the others are the fields of the registration document
        ]
    )


def _make_tables(connection: sqlite3.Connection) -> None:
    """Tables and indexes where they are missing."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone() is None:
        _run_all(connection, _TABLES + _INDEXES)
        _put_form(connection)


def _run_all(connection: sqlite3.Connection, statements: str) -> None:
    """Run statements inside the open transaction; `executescript` would commit it first."""
    for statement in statements.split(";"):
        connection.execute(statement)


def _put_form(connection: sqlite3.Connection) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO meta VALUES (?,?)", [("schema", SCHEMA_VERSION), ("form", form_probe())]
    )
