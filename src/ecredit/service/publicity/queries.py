"""Reads of the public database, for the portal and whoever serves a copy of it.

Every answer is for a given day: a document is left out before its first and from its end day on, whether or not the
projection has run since. Connections are read-only, one for each thread.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ecredit.foundation.kernel.codes import tidy_code
from ecredit.judgement.evaluation.grade_rules import LIMIT, NOTHING_KNOWN, STATUS
from ecredit.service.publicity.errors import NoPublicDatabase
from ecredit.service.publicity.figures import CityFigures, District, read_figures, read_totals
from ecredit.service.publicity.grade_changes import read_change
from ecredit.service.publicity.grade_outlooks import read_history, read_outlook
from ecredit.service.publicity.listing import (
    ListedDocument,
    ListedShop,
    PublicPlatform,
    find_code_of_name,
    list_documents,
    list_shops,
    list_subjects,
    read_platforms,
)
from ecredit.service.publicity.open_data import OpenTable, Row, read_blocks, state_of
from ecredit.service.publicity.public_commitments import (
    PublicCommitment,
    list_public_commitments,
)
from ecredit.service.publicity.public_commitments import (
    read_figures as read_commitment_figures,
)
from ecredit.service.publicity.public_disclosures import (
    CHAPTER,
    DisclosedPlatform,
    NamedDocument,
    PublicGap,
    PublicSites,
    find_disclosed,
    list_disclosed,
    list_named,
    list_public_gaps,
    read_sites,
)
from ecredit.service.publicity.public_model import counts_until, read_model
from ecredit.service.publicity.public_ratings import PublicRule, read_rating, read_rule
from ecredit.service.publicity.public_reports import (
    PublicReport,
    PublicReportLine,
    read_report_line,
    standing_lines,
)
from ecredit.service.publicity.rule_book import DISTRICTS
from ecredit.service.publicity.search import search
from ecredit.service.publicity.shown_records import find_record
from ecredit.service.publicity.types import (
    Freshness,
    PublicFact,
    PublicField,
    PublicItem,
    PublicModel,
    PublicReason,
    PublicSubject,
    PublicTotals,
    SearchHit,
    SearchResult,
    Section,
)

Titles = Mapping[str, tuple[str, str]]
"""Source id → its titles, Chinese and English."""


@dataclass(slots=True)
class _Kept:
    """The titles of sources, the models and the rest that no subject has of its own, as of a state of the file."""

    version: int
    freshness: Freshness
    invented: bool
    sources: dict[str, tuple[str, str, dict[str, list[str]]]]
    models: dict[str, PublicModel]
    english: Mapping[str, Mapping[str, str]] | None = None


class PublicStore:
    """The public database at a path, opened read-only when first asked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    def find_subject(self, code: str, on: date) -> PublicSubject | None:
        """The profile behind a present or former code as the public may see it on a day; None if there is none."""
        asked = tidy_code(code)
        run = self._connection().execute
        select = (
            "SELECT code, name, kind, area, status, grade, graded_on, grade_until, facts, reasons, score, ungraded,"
            " change, model, outlook, history,"
            " EXISTS (SELECT 1 FROM platform WHERE code = subject.code),"
            " (SELECT group_concat(doc, char(10)) FROM (SELECT doc FROM rating WHERE id = subject.id ORDER BY place))"
            " FROM subject WHERE code = ?"
        )
        row = run(select, (asked,)).fetchone()
        if row is None:
            former = run("SELECT code FROM old_code WHERE old = ?", (asked,)).fetchone()
            row = former and run(select, former).fetchone()
        if row is None:
            return None
        day = on.isoformat()
        rows = run(
            "SELECT leaf, source, section, occurred_on, shown_from, shown_until, doc FROM item WHERE code = ?"
            " AND shown_from <= ? AND (shown_until IS NULL OR ? < shown_until) ORDER BY occurred_on DESC, leaf DESC",
            (row[0], day, day),
        ).fetchall()
        kept = self._kept()
        sources = {source: kept.sources[source] for source in {found[1] for found in rows}}
        items = tuple(_item(found, sources[found[1]]) for found in rows)
        titles = {source: common[:2] for source, common in sources.items()}
        ratings = tuple(map(read_rating, row[-1].split("\n") if row[-1] else ()))
        found = _subject(row[:-2], kept.models.get(row[13]), items, titles, on)
        return replace(found, ratings=ratings, discloses=bool(row[-2]))

    def rating_rules(self) -> dict[str, PublicRule]:
        """The rules ratings are made and shown under, by direction."""
        rows = self._connection().execute("SELECT id, doc FROM rating_rule ORDER BY id")
        return {rule: read_rule(doc) for rule, doc in rows}

    def reports(self) -> list[PublicReportLine]:
        """The version that stands of every published report, the newest period first, the city before platforms."""
        return standing_lines(self._connection().execute("SELECT period, platform, version, doc FROM report"))

    def find_report(self, platform: str, period: str, version: int | None = None) -> PublicReport | None:
        """A published report (of a platform's code, "" for the city), the version that stands or an earlier one; None if there is none."""
        rows = self._connection().execute(
            "SELECT period, platform, version, doc FROM report WHERE platform = ? AND period = ? ORDER BY version DESC",
            (platform, period),
        )
        read = [read_report_line(row) for row in rows]
        found = next(((line, doc) for line, doc in read if version in (None, line.version)), None)
        return None if found is None else PublicReport(*found, tuple(line for line, _ in read))

    def disclosed_platforms(self, on: date) -> list[DisclosedPlatform]:
        """The registered platforms, with how much of each is shown on a day."""
        return list_disclosed(self._connection(), on)

    def find_disclosed(self, code: str, on: date) -> DisclosedPlatform | None:
        """A registered platform by its code, with how much of it is shown on a day; None when there is none."""
        return find_disclosed(self._connection(), code, on)

    def named_documents(self, platform: str, source: str, on: date, page: int) -> list[NamedDocument]:
        """A page (from 1) of the documents of a source about others that name the platform, shown on a day, newest first."""
        return list_named(self._connection(), platform, source, on, page)

    def public_gaps(self, platform: str, on: date) -> list[PublicGap]:
        """What two officers found missing of a platform's disclosures and is shown on a day, the newest first."""
        return list_public_gaps(self._connection(), platform, on)

    def official_sites(self) -> PublicSites:
        """The official sites to follow."""
        return read_sites(self.chapter(CHAPTER))

    def search(self, text: str, on: date, page: int = 1, per_page: int = 20) -> SearchResult:
        """Subjects by a part of the name (two characters or more) or by code (whole, or its first six or more).

        A page beyond the last is the last one. Raises SearchTooShort for less than two characters.
        """
        return search(self._connection(), text, on, page, per_page)

    def totals(self, on: date) -> PublicTotals:
        """How much is public on a day."""
        return read_totals(self._connection(), on)

    def figures(self, on: date) -> CityFigures:
        """The city in figures on a day. Counted anew only when the database or the day changed."""
        run = self._connection().execute
        (version,) = run("PRAGMA data_version").fetchone()
        known: tuple[tuple[int, date], CityFigures] | None = getattr(self._local, "figures", None)
        if known is None or known[0] != (version, on):
            found = read_figures(self._connection(), on, self.districts())
            known = self._local.figures = ((version, on), found)
        return known[1]

    def districts(self) -> tuple[District, ...]:
        """The city's districts in the order of their codes."""
        return tuple(District(*row) for row in self.chapter(DISTRICTS) or ())

    def list_documents(self, section: Section, on: date, page: int) -> list[ListedDocument]:
        """A page (from 1) of the documents of a section shown on a day, newest first; not for the register."""
        return list_documents(self._connection(), section, on, page)

    def list_subjects(self, area: str, on: date, page: int) -> list[SearchHit]:
        """A page (from 1) of the subjects of an area by its Chinese name, in the order of their codes."""
        return list_subjects(self._connection(), area, on, page)

    def platforms(self) -> tuple[PublicPlatform, ...]:
        """The platforms whose shops are on file, those with most shops first."""
        return tuple(read_platforms(self._connection()))

    def list_shops(self, platform: str, on: date, page: int) -> list[ListedShop]:
        """A page (from 1) of the shops of a platform (by name) that are shown on a day."""
        return list_shops(self._connection(), platform, on, page)

    def list_commitments(
        self, on: date, page: int, *, platform: str = "", sector: str = ""
    ) -> tuple[list[PublicCommitment], int]:
        """A page (from 1) of the commitments shown on a day, and how many; see `list_public_commitments`."""
        return list_public_commitments(self._connection(), on, page, platform=platform, sector=sector)

    def commitment_figures(self) -> dict[str, Any] | None:
        """How many promised and kept their word; None before it was counted."""
        return read_commitment_figures(self._connection())

    def find_code_of_name(self, name: str) -> str | None:
        """The code of the one subject of exactly this name."""
        return find_code_of_name(self._connection(), name)

    def open_state(self, on: date) -> str:
        """What changes whenever the open data of a day do."""
        return state_of(self._connection(), on)

    def open_blocks(self, table: OpenTable, on: date) -> Iterator[list[Row]]:
        """The rows of an open table on a day, block after block, over a connection of their own. Raises DataChanged."""
        return read_blocks(_open_for_reading(self._path), table, on)

    def subject_codes(self, after: int, count: int) -> list[tuple[int, str]]:
        """Number and code of the subjects behind a number, in order: how the whole is gone through."""
        sql = "SELECT id, code FROM subject WHERE id > ? ORDER BY id LIMIT ?"
        return self._connection().execute(sql, (after, count)).fetchall()

    def subject_span(self) -> int:
        """The greatest number of a subject; 0 when there is none."""
        (greatest,) = self._connection().execute("SELECT coalesce(max(id), 0) FROM subject").fetchone()
        return int(greatest)

    def next_ending(self, on: date) -> date | None:
        """The first day after a day on which something shown on it ends; None while no end is known."""
        ends = self._connection().execute(
            "SELECT (SELECT min(shown_until) FROM item WHERE shown_until > :day),"
            " (SELECT min(grade_until) FROM subject WHERE grade_until > :day)",
            {"day": on.isoformat()},
        )
        return min((date.fromisoformat(end) for end in ends.fetchone() if end is not None), default=None)

    def names_in_order(self) -> Iterator[tuple[str, str, str]]:
        """Form of the name, code and name of every subject, in the order of the forms."""
        yield from self._connection().execute(
            "SELECT name_form, code, name FROM subject ORDER BY name_form, code"
        )

    def codes_in_order(self) -> Iterator[tuple[str, str, str]]:
        """Every code, present and former, with the present code and the name of its subject, in the order of the codes."""
        yield from self._connection().execute(
            "SELECT code, code, name FROM subject UNION ALL SELECT o.old, s.code, s.name FROM old_code o"
            " JOIN subject s ON s.code = o.code ORDER BY 1, 2"
        )

    def code_tables(self) -> Mapping[str, Mapping[str, str]]:
        """Code table → Chinese → English, for those values that have English."""
        return {
            name: json.loads(doc)
            for name, doc in self._connection().execute("SELECT id, english FROM code_table")
        }

    def chapter(self, name: str) -> Any:
        """A chapter of what everyone may read of the rules, as it was written; None when there is none."""
        found = self._connection().execute("SELECT doc FROM chapter WHERE id = ?", (name,)).fetchone()
        return None if found is None else json.loads(found[0])

    def find_record(self, leaf: int, on: date) -> tuple[str, int] | None:
        """The text of an entry's record as it is proved, and how many stand before it; None when it is not shown on that day."""
        found = find_record(self._connection(), leaf)
        if found is None:
            return None
        *_, begins, until, _doc = json.loads(found[0])
        day = on.isoformat()
        return found if begins <= day and (until is None or day < until) else None

    def freshness(self) -> Freshness:
        """When, for which day and through which ledger entry the database was projected."""
        return self._kept().freshness

    def english(self) -> Mapping[str, Mapping[str, str]]:
        """The English of coded values: code table → Chinese → English. Read anew only when the database changed."""
        kept = self._kept()
        if kept.english is None:
            kept.english = self.code_tables()
        return kept.english

    def is_invented(self) -> bool:
        """Tell whether all that is here is made up (a demo city)."""
        return self._kept().invented

    def _kept(self) -> "_Kept":
        """What is the same for every subject. Read anew whenever anything in the database changed: nothing that is shown of a
        subject is kept."""
        run = self._connection().execute
        (version,) = run("PRAGMA data_version").fetchone()
        kept: _Kept | None = getattr(self._local, "kept", None)
        if kept is None or kept.version != version:
            meta = dict(run("SELECT key, value FROM meta").fetchall())
            sources = run("SELECT id, title_zh, title_en, labels FROM source").fetchall()
            kept = self._local.kept = _Kept(
                version,
                _freshness(meta),
                meta.get("invented", "") != "",
                {source: (zh, en, json.loads(labels)) for source, zh, en, labels in sources},
                {edition: read_model(edition, doc) for edition, doc in run("SELECT edition, doc FROM model")},
            )
        return kept

    def close(self) -> None:
        """Close this thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.__dict__.clear()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = _open_for_reading(self._path)
        return connection


def _freshness(meta: Mapping[str, str]) -> Freshness:
    at = meta.get("projected_at")
    size = meta.get("log_size")
    return Freshness(
        projected_at=None if at is None else datetime.fromisoformat(at),
        projected_for=_day(meta.get("projected_for")),
        through_leaf=int(meta.get("through_leaf", "-1")),
        log_size=None if size is None else int(size),
        log_root=meta.get("log_root"),
        catalogue_edition=meta.get("catalogue_edition"),
        log_head=meta.get("log_head"),
        log_key=meta.get("log_key"),
    )


def _open_for_reading(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)
        # The default cache of 2 MB makes every search read the upper pages of the trees again.
        connection.execute("PRAGMA cache_size=-16000")
        connection.execute("PRAGMA mmap_size=268435456")
        connection.execute("SELECT 1 FROM meta LIMIT 1").fetchone()
    except sqlite3.OperationalError as error:
        raise NoPublicDatabase(
            f"没有可读的公示数据库 {path}。请先运行 ecredit init 和 ecredit evaluate。",
            f"There is no readable public database {path}. Run ecredit init and ecredit evaluate first.",
            path=str(path),
        ) from error
    return connection


def _subject(
    row: tuple[Any, ...],
    model: PublicModel | None,
    items: tuple[PublicItem, ...],
    titles: Titles,
    on: date,
) -> PublicSubject:
    (
        code,
        name,
        kind,
        area,
        status,
        grade,
        graded_on,
        grade_until,
        facts,
        docs,
        score,
        ungraded,
        change,
        _edition,
        outlook,
        history,
    ) = row
    until = _day(grade_until)
    stale = grade is not None and until is not None and until <= on
    written = json.loads(docs)
    reasons = () if stale else _reasons(written, {item.leaf: item for item in items}, model, titles, on)
    whole = len(reasons) == len(written)
    leaves = {item.leaf for item in items}
    state = next((reason for reason in reasons if reason.indicator in (STATUS, NOTHING_KNOWN)), None)
    return PublicSubject(
        code=code,
        name=name,
        kind=kind,
        area=area,
        status=status,
        grade=None if stale else grade,
        graded_on=_day(graded_on),
        grade_until=until,
        grade_stale=stale,
        score=score if whole and not stale else None,
        model=None if stale else model,
        ungraded=ungraded,
        ungraded_zh=state.zh if ungraded and state is not None else "",
        ungraded_en=state.en if ungraded and state is not None else "",
        change=None if stale else read_change(change, leaves, on),
        outlook=read_outlook(outlook, leaves) if whole and not stale else None,
        history=() if stale else read_history(history, leaves, on),
        facts=tuple(_facts(items, json.loads(facts))),
        # What held the total within its bounds would tell the sum of what is no longer shown.
        reasons=reasons if whole else tuple(reason for reason in reasons if reason.indicator != LIMIT),
        items=items,
    )


def _facts(items: tuple[PublicItem, ...], more: list[list[Any]]) -> list[PublicFact]:
    facts = [
        PublicFact(label=f.label, value=f.value, source=item.title_zh, on=item.occurred_on, leaf=item.leaf)
        for item in items
        if item.section is Section.REGISTRATION
        for f in item.fields
    ]
    return facts + [
        PublicFact(label=label, value=value, source=source, on=_day(day), label_key=key)
        for label, value, source, day, key in more
    ]


def _reasons(
    docs: list[list[Any]],
    items: Mapping[int, PublicItem],
    model: PublicModel | None,
    titles: Titles,
    on: date,
) -> tuple[PublicReason, ...]:
    found = []
    for zh, en, points, clause, leaves, end, indicator in docs:
        until = _day(end)
        if items.keys() >= set(leaves) and (until is None or on < until):
            looked_at = None if model is None else model.looks_at.get(indicator)
            record_zh, record_en = ("", "") if looked_at is None else titles.get(looked_at[0], ("", ""))
            ends = counts_until(model, indicator, [items[leaf] for leaf in leaves])
            found.append(
                PublicReason(
                    zh, en, points, clause, tuple(leaves), until, indicator, record_zh, record_en, ends
                )
            )
    return tuple(found)


def _item(row: tuple[Any, ...], common: tuple[str, str, dict[str, list[str]]]) -> PublicItem:
    leaf, source, section, occurred_on, shown_from, shown_until, doc = row
    title_zh, title_en, labels = common
    supplier, clause, valid_from, valid_to, fields, *corrected = json.loads(doc)
    corrected_on, corrected_by = corrected[0] if corrected else (None, "")
    return PublicItem(
        leaf=leaf,
        section=Section(section),
        source=source,
        title_zh=title_zh,
        title_en=title_en,
        supplier=supplier,
        fields=tuple(
            PublicField(code, labels[code][0], value, *labels[code][1:]) for code, value in fields.items()
        ),
        clause=clause,
        occurred_on=_day(occurred_on),
        shown_from=date.fromisoformat(shown_from),
        shown_until=_day(shown_until),
        valid_from=_day(valid_from),
        valid_to=_day(valid_to),
        corrected_on=_day(corrected_on),
        corrected_by=corrected_by,
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
