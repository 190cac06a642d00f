"""Who is known here and must not be named: the subjects of an article with their people, and whoever the register knows by name."""

from collections.abc import Iterable, Iterator, Sequence

from ecredit.facts.actors.bulk import select_in
from ecredit.facts.collection.persons import sealed_columns
from ecredit.facts.records.queries import current_entries, list_entries, list_former_names
from ecredit.facts.subjects.name_words import load_words
from ecredit.facts.subjects.names import split_name
from ecredit.facts.subjects.queries import get_subject, list_merged_ids
from ecredit.foundation.catalog.story_types import StoryKind
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.masking import mask_name
from ecredit.foundation.proof.sealing import Sealer, is_sealed
from ecredit.service.telling.draft_rules import all_text
from ecredit.service.telling.naming_rules import (
    Known,
    codes_in,
    known_address,
    known_code,
    known_firm,
    known_person,
    names_looked_up,
)
from ecredit.service.telling.types import Content

_LEAST_CORE = 2


def list_known(catalog: Catalog, content: Content, kind: StoryKind, sealer: Sealer) -> list[Known]:
    """What may not stand in this article, as the home knows it now; nothing where everybody may be named.

    Names and addresses that are sealed are opened to be looked for, and shown to nobody.
    """
    if kind.names == "any":
        return []
    linked = [known for subject in content.subjects for known in known_of_subject(catalog, subject, sealer)]
    own = {known.text for known in linked if known.kind in ("firm", "shop", "code")}
    text = all_text(content)
    found = list_registered(text)
    if kind.names == "linked":
        # The firm itself may be named; its people and their addresses may not.
        return [
            *(k for k in linked if k.kind in ("person", "address")),
            *(known_firm(n) for n in found if n not in own),
            *(known_code(code) for code in codes_in(text) if code not in own),
        ]
    return [*linked, *(known_firm(name) for name in found)]


def known_of_subject(catalog: Catalog, subject_id: int, sealer: Sealer) -> Iterator[Known]:
    """All a subject is known by: names it has and had, its trade name, shops, codes, address, and the people its records name."""
    subject, ids = get_subject(subject_id), list_merged_ids(subject_id)
    # A natural person's own name is kept masked; it stands in their records alone.
    if not subject.is_person:
        names = {subject.name, *(n for of in list_former_names(ids, catalog).values() for n in of)}
        for name in sorted(names):
            yield known_firm(name)
            core = split_name(name, load_words()).core
            if len(core) >= _LEAST_CORE:
                yield Known("firm", core, "某")
    for _, code in subject.codes:
        yield known_code(code)
    if subject.address:
        yield from known_address(subject.address)
    if subject.legal_rep:
        yield known_person(subject.legal_rep)
    for entry in current_entries(list_entries(ids), subject_ids=ids):
        source = catalog.sources.get(entry.source_id)
        if source is None:
            continue
        if source.shop_name_column and (shop := entry.values.get(source.shop_name_column)):
            yield Known("shop", shop, "某网店")
        sealed = sealed_columns(source, about_person=subject.is_person)
        for column in source.columns:
            value = entry.values.get(column.code, "")
            if column.code in sealed and is_sealed(value):
                value = sealer.unseal(column.code, value)
            if value and column.personal == "address":
                yield from known_address(value)
            own = subject.is_person and column.code == source.name_column
            if value and (own or column.personal == "name"):
                yield known_person(value)


def list_registered(text: str) -> Sequence[str]:
    """The names in a text that a subject of the register goes by, natural persons left out: their names are words as well."""
    asked = sorted(names_looked_up(text))
    sql = "SELECT DISTINCT name FROM subjects_subject WHERE NOT is_person AND name_form IN ({values})"
    return sorted(name for (name,) in select_in(sql, asked))


def names_of(subject_ids: Iterable[int]) -> list[tuple[int, str, str]]:
    """Id, code and name of subjects; of a natural person the name is masked, as everywhere without a purpose."""
    subjects = [get_subject(id) for id in subject_ids]
    return [(s.id, s.code, mask_name(s.name) if s.is_person else s.name) for s in subjects]
