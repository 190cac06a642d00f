"""A small city's lake, and rules to look at it."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from ecredit.facts.actors.organisation_actions import register_organisation
from ecredit.facts.actors.types import OPERATOR
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.catalog.warning_types import Addressee, Escalation, RunningOut, WarningRule
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.measures.types import WarningSummary
from ecredit.judgement.measures.warn_actions import warn
from tests.evaluation.evaluation_world import City, entry

TODAY = date(2026, 6, 1)
LICENCE = "dual_publicity_licence"
KIND = "法人及非法人组织"


def noon(day: date) -> datetime:
    """Noon of a day."""
    return datetime.fromisoformat(f"{day.isoformat()}T12:00:00+08:00")


def rule(looks_at: Any, kind: str, id: str = "r", **more: Any) -> WarningRule:
    """A rule that tells the subject, its platforms and the market regulator; an answer is due in five working days."""
    values: dict[str, Any] = {
        "id": id, "title_zh": "规则", "title_en": "a rule", "about_zh": "说明", "about_en": "about", "valid_from": None,
        "valid_to": None, "with_shop": False, "looks_at": looks_at, "kind": kind,
        "to": (Addressee("subject"), Addressee("platform"), Addressee("lead", "T13")), "severity": "caution",
        "expects_zh": "请说明", "expects_en": "say what it is", "workdays": 5,
        "escalates": Escalation(Addressee("department", "gongshang"), 3), "law": "e_commerce_law", "article": "27",
        "verified": False, "file": "warnings/r.yaml", "line": 3,
    }  # fmt: skip
    return WarningRule(**(values | more))


def licence(leaf: int, subject: int, ends: date, name: str = "食品经营许可证", **more: Any) -> Any:
    """A licence that is valid until a day."""
    values = {"XK_ZT": "有效", "XK_XKZS": name, "XK_YXQZI": ends.isoformat()}
    more = {"valid_to": ends + timedelta(days=1), "source_id": LICENCE, "supplier": "gongshang"} | more
    return entry(leaf, subject, values=values, **more)


def runs_out(**more) -> RunningOut:
    """A condition: a licence of dual publicity ends within sixty days."""
    given = {
        "source": LICENCE, "column": "XK_YXQZI", "months": 0, "within_days": 60, "lapsed_days": None, "per": ("XK_XKZS",),
        "where": {"XK_ZT": ("1",)}, "about": "subject", "least": 1,
    }  # fmt: skip
    return RunningOut(**(given | more))


class World:
    """A city, its rules, and a run of them on a day."""

    def __init__(self, home: Home, catalog: Catalog) -> None:
        self.home, self.catalog, self.city = home, catalog, City(home)
        self.ring = KeyRing.load(home.keys)
        self.rules: dict[str, WarningRule] = {}

    def add_rule(self, made: WarningRule) -> None:
        """This rule is in force."""
        self.rules[made.id] = made

    def platform(self, id: str, uscc: str = "", kind: str = "platform") -> None:
        """A registered organisation."""
        given = {"ring": self.ring, "by": OPERATOR, "at": noon(TODAY)}
        register_organisation(id=id, name=f"单位{id}", kind=kind, uscc=uscc, **given)

    def run(self, on: date = TODAY) -> WarningSummary:
        """Look at the rules."""
        if self.city.subjects:
            self.city.write()
        catalog = replace(self.catalog, warnings=self.rules)
        return warn(
            home=self.home, catalog=catalog, calendar=WorkCalendar(), ring=self.ring, as_of=on, by=OPERATOR, at=noon(on)
        )  # fmt: skip
