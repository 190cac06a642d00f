"""Who is told of a warning: from what the rule names to organisations that exist on the day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ecredit.facts.actors.queries import list_organisations
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.catalog.warning_types import Addressee, WarningRule
from ecredit.judgement.measures.types import AddresseeView, Match


@dataclass(frozen=True)
class Reach:
    """Whom warnings can be sent to on a day. `by_code` are registered organisations by their unified code, `platforms` those of
    them that are platforms; `codes` and `shops_with` say of subjects what they are called and whose shops they have."""

    catalog: Catalog
    on: date
    organisations: frozenset[str]
    by_code: Mapping[str, str]
    platforms: frozenset[str]
    codes: Mapping[int, str]
    shops_with: Mapping[int, Mapping[str, Sequence[str]]]

    def addressees(self, rule: WarningRule, match: Match) -> tuple[AddresseeView, ...]:
        """The first that can be reached answers, with all of its kind; the others are told as well."""
        found: dict[str, AddresseeView] = {}
        for one in rule.to:
            first = not found
            for organisation in self._organisations(one, match):
                found.setdefault(organisation, AddresseeView(one.kind, organisation, first))
        return tuple(found.values())

    def shops(self, match: Match) -> Mapping[str, Sequence[str]]:
        """The names of the open shops of whom it is about, by who sent them."""
        return {} if match.subject_id is None else self.shops_with.get(match.subject_id, {})

    def department(self, one: Addressee) -> str:
        """The department that does the work today; "" where there is none."""
        named = one.named
        if one.kind == "lead":
            task = next((task for task in self.catalog.tasks if task.id == named), None)
            named = task.lead[0] if task is not None and task.lead else ""
        found = self.catalog.find_department(named, on=self.on) if named else None
        return "" if found is None else found.id

    def _organisations(self, one: Addressee, match: Match) -> list[str]:
        match one.kind:
            case "subject":
                return self._itself(match)
            case "platform":
                return sorted(set(self.shops(match)) & self.platforms)
            case _:
                return [found] if (found := self.department(one)) else []

    def _itself(self, match: Match) -> list[str]:
        kind, _, name = match.about.partition(":")
        if kind == "organisation":
            heir = (
                self.catalog.find_department(name, on=self.on) if name in self.catalog.departments else None
            )
            known = heir.id if heir is not None else name if name in self.organisations else ""
            return [known] if known else []
        code = "" if match.subject_id is None else self.codes.get(match.subject_id, "")
        return [self.by_code[code]] if code in self.by_code else []


def read_reach(
    catalog: Catalog,
    on: date,
    codes: Mapping[int, str],
    shops_with: Mapping[int, Mapping[str, Sequence[str]]],
) -> Reach:
    """Whom warnings can be sent to. One query."""
    organisations = list_organisations(on=on)
    return Reach(
        catalog=catalog,
        on=on,
        organisations=frozenset(one.id for one in organisations),
        by_code={one.uscc: one.id for one in organisations if one.uscc},
        platforms=frozenset(one.id for one in organisations if one.kind == "platform"),
        codes=codes,
        shops_with=shops_with,
    )
