"""Reads `laws/*.yaml`: laws, rules, policy papers and standards, with the articles the catalogue cites."""

from pathlib import Path

from ecredit.foundation.catalog.types import Article, Law, LawRef
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, read_fields


def load_laws(root: Path, log: FaultLog) -> dict[str, Law]:
    """Return all laws by id."""
    laws: dict[str, Law] = {}
    for path in sorted((root / "laws").glob("*.yaml")):
        fields = read_fields(path, root, log)
        if fields is None:
            continue
        for part in fields.subs("laws"):
            law = _read_law(part)
            if law.id in laws:
                part.fault(
                    "id",
                    "duplicate_id",
                    f"法规 {law.id} 写了两次；请改名或删去一个",
                    f"the law {law.id} is written twice; rename or remove one",
                )
            laws[law.id] = law
        fields.done()
    return laws


def read_law_ref(fields: Fields) -> LawRef:
    """Read `{law: id, article: "27"}`."""
    law = fields.text("law")
    article = fields.maybe_text("article")
    fields.done()
    if law:
        fields.log.refer("law", law, fields.at("law"))
        if article is not None:
            fields.log.refer("article", f"{law}#{article}", fields.at("article"))
    return LawRef(law, article)


def read_law_refs(fields: Fields, key: str) -> tuple[LawRef, ...]:
    """Read a list of law references."""
    return tuple(read_law_ref(part) for part in fields.subs(key))


def read_basis(fields: Fields, key: str = "basis") -> LawRef | None:
    """Read one law reference or None."""
    sub = fields.sub(key)
    return None if sub is None else read_law_ref(sub)


def _read_law(fields: Fields) -> Law:
    valid_from, valid_to = fields.period()
    law = Law(
        id=fields.text("id"),
        title=fields.text("title"),
        number=fields.maybe_text("number"),
        issuer=fields.text("issuer"),
        valid_from=valid_from,
        valid_to=valid_to,
        verified=fields.flag("verified"),
        url_note=fields.maybe_text("url_note") or "",
        articles=_read_articles(fields.sub("articles")),
        en=fields.maybe_text("en") or "",
    )
    fields.done()
    return law


def _read_articles(fields: Fields | None) -> dict[str, Article]:
    articles: dict[str, Article] = {}
    for number in fields.names() if fields else ():
        part = fields.sub(number) if fields else None
        if part is not None:
            articles[number] = Article(part.text("summary"), part.flag("verified"))
            part.done()
    return articles
