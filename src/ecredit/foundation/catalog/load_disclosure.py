"""Reads `disclosure.yaml`: official sites to follow, and what of disclosures is checked."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from ecredit.foundation.catalog.disclosure_types import (
    CHECK_KINDS,
    FINDS,
    PAGE_KINDS,
    DisclosureCheck,
    DisclosureRules,
    OfficialSite,
    PageLooks,
    RecordLooks,
)
from ecredit.foundation.catalog.field_words import read_whole, read_words
from ecredit.foundation.catalog.load_laws import read_basis
from ecredit.foundation.catalog.types import Source
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, nearest, read_fields

_FILE: Final = "disclosure.yaml"
_OFFICIAL: Final = ".gov.cn"


def load_disclosure(root: Path, sources: Mapping[str, Source], log: FaultLog) -> DisclosureRules:
    """Return the rules; a catalogue without the file has no windows and checks nothing."""
    fields = read_fields(root / _FILE, root, log) if (root / _FILE).exists() else None
    if fields is None:
        return DisclosureRules()
    windows = _sites(fields, "windows")
    other = fields.maybe_text("other") or ""
    if other and other not in windows:
        zh, en = nearest(other, windows)
        fields.fault("other", "bad_choice", f"other 不能是 {other}；{zh}", f"other cannot be {other}; {en}")
    rules = DisclosureRules(
        windows=windows,
        offices=tuple(_sites(fields, "offices").values()),
        other=other,
        checks=_checks(fields, sources),
        answer_workdays=read_whole(fields, "answer_workdays", 1),
        shown_months=read_whole(fields, "shown_months", 1),
    )
    fields.done()
    return rules


def _checks(fields: Fields, sources: Mapping[str, Source]) -> dict[str, DisclosureCheck]:
    found: dict[str, DisclosureCheck] = {}
    for part in fields.subs("checks"):
        check = _check(part, sources)
        if check.id in found:
            part.fault(
                "id",
                "duplicate_id",
                f"检查 {check.id} 写了两次；请删去一个",
                f"the check {check.id} is written twice; remove one",
            )
        found[check.id] = check
    return found


def _check(fields: Fields, sources: Mapping[str, Source]) -> DisclosureCheck:
    title, asks, basis = read_words(fields, "title"), read_words(fields, "asks"), read_basis(fields)
    if basis is None:
        fields.fault(
            "basis", "missing_key", "缺少 basis；请写明依据", "basis is missing; say what it stands under"
        )
    kind = fields.one_of("kind", CHECK_KINDS)
    looks: RecordLooks | PageLooks = _page(fields) if kind == "page" else _records(fields, kind, sources)
    counts = not isinstance(looks, PageLooks) or looks.finds == "ending"
    check = DisclosureCheck(
        id=fields.text("id"),
        kind=kind,
        title_zh=title[0],
        title_en=title[1],
        asks_zh=asks[0],
        asks_en=asks[1],
        looks_at=looks,
        number=read_whole(fields, "number", 1) if counts else 0,
        law="" if basis is None else basis.law,
        article=None if basis is None else basis.article,
        verified=fields.flag("verified"),
        since=fields.day("since"),
    )
    fields.done()
    return check


def _records(fields: Fields, kind: str, sources: Mapping[str, Source]) -> RecordLooks:
    source = fields.reference("source", "source")
    columns = {column.code for column in sources[source].columns} if source in sources else None
    where = fields.sub("where")
    looks = RecordLooks(
        source=source,
        platform=_column(fields, "platform", columns),
        published=_column(fields, "published", columns),
        other="" if kind == "recent" else _column(fields, "other", columns),
        column="" if where is None else _column(where, "column", columns),
        values=() if where is None else where.texts("values"),
    )
    if where is not None:
        where.done()
    return looks


def _column(fields: Fields, key: str, columns: Collection[str] | None) -> str:
    column = fields.text(key)
    if column and columns is not None and column not in columns:
        zh, en = nearest(column, columns)
        fields.fault(
            key, "unknown_column", f"没有名为 {column} 的列；{zh}", f"no column is called {column}; {en}"
        )
    return column


def _page(fields: Fields) -> PageLooks:
    pages = fields.texts("pages")
    for page in pages:
        if page not in PAGE_KINDS:
            zh, en = nearest(page, PAGE_KINDS)
            fields.fault(
                "pages", "bad_choice", f"没有 {page} 这种网页；{zh}", f"there is no kind of page {page}; {en}"
            )
    finds = fields.one_of("finds", FINDS)
    words = fields.texts("words")
    if not pages:
        fields.fault("pages", "missing_key", "缺少 pages；请补上", "pages is missing; add it")
    if finds in ("words", "ending") and not words:
        fields.fault("words", "missing_key", "缺少 words；请补上", "words is missing; add it")
    return PageLooks(
        pages=tuple(page for page in PAGE_KINDS if page in pages),
        finds=finds,
        words=words,
        or_mark=fields.flag("or_mark", default=False),
    )


def _sites(fields: Fields, key: str) -> dict[str, OfficialSite]:
    found: dict[str, OfficialSite] = {}
    for part in fields.subs(key):
        site = OfficialSite(
            id=part.text("id"),
            zh=part.text("zh"),
            en=part.text("en"),
            url=part.maybe_text("url") or "",
            verified=part.flag("verified"),
            words=part.texts("words"),
        )
        if site.url and not is_official(site.url):
            part.fault(
                "url",
                "not_official",
                f"{site.url} 不是政府机关的 https 地址（*.gov.cn）",
                f"{site.url} is no https address of a government body (*.gov.cn)",
            )
        if site.id in found:
            part.fault(
                "id",
                "duplicate_id",
                f"{site.id} 写了两次；请删去一个",
                f"{site.id} is written twice; remove one",
            )
        part.done()
        found[site.id] = site
    return found


def is_official(url: str) -> bool:
    """Whether an address is https and of a government host, with nothing but a path."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = not (parts.username or parts.query or parts.fragment or port)
    return parts.scheme == "https" and host.endswith(_OFFICIAL) and plain
