"""A home with a small public database, and a badge room over it."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from ecredit.facts.actors.models import LogState
from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealing import Sealer
from ecredit.service.badges.issue_actions import Issuer, issue_badges, revoke_badge
from ecredit.service.badges.public_badges import PublicBadges
from ecredit.service.badges.types import RunSummary
from ecredit.service.publicity.store import open_writer
from ecredit.service.publicity.types import PublicField, PublicItem, PublicSubject, Section
from tests.conftest import NOON
from tests.publicity.public_sample import write_subjects

TODAY = NOON.date()
FIRST, SECOND, THIRD = "91320411MA00000X0K", "92320402MAABCDEF0M", "91330100799655058B"
OFFICER = Actor("operator", "operator.console")


def make_item(leaf: int, section: Section, source: str, **more: Any) -> PublicItem:
    fields = more.pop("fields", ())
    values: dict[str, Any] = {
        "leaf": leaf, "section": section, "source": source, "title_zh": "登记", "title_en": "Registration", "supplier": "市场监管局",
        "fields": fields, "clause": "示例", "occurred_on": date(2026, 1, 5), "shown_from": date(2026, 1, 5),
    }  # fmt: skip
    return PublicItem(**{**values, **more})


def make_subject(code: str, leaf: int, *more: PublicItem, **changed: Any) -> PublicSubject:
    register = make_item(leaf, Section.REGISTRATION, "enterprise_registration")
    values: dict[str, Any] = {
        "code": code, "name": f"常州示例{leaf}有限公司", "kind": "法人及非法人组织", "area": "320411", "status": "存续", "grade": "B",
        "graded_on": TODAY, "grade_until": TODAY + timedelta(days=300), "items": (register, *more),
    }  # fmt: skip
    return PublicSubject(**{**values, **changed})


LICENCE = make_item(
    20, Section.LICENCE, "dual_publicity_licence", title_zh="行政许可", valid_to=date(2027, 3, 2),
    fields=(PublicField("XK_WSH", "行政许可决定文书文号", "常许〔2026〕1号"),),
)  # fmt: skip
REAL_NAME = make_item(
    21, Section.REGISTRATION, "realname_result", fields=(PublicField("result", "核验结果", "一致"),),
    occurred_on=date(2026, 4, 1),
)  # fmt: skip


@dataclass
class Badges:
    """The room over one home, as tests use it."""

    home: Home
    at: datetime = NOON

    @property
    def issuer(self) -> Issuer:
        return Issuer(self.home, Sealer(KeyRing.load(self.home.keys)), OFFICER, self.at)

    @property
    def public(self) -> PublicBadges:
        return PublicBadges(self.home.badges_db)

    def write(self, *subjects: PublicSubject) -> None:
        """Make these the public database's subjects, those of the same code as they are now."""
        with open_writer(self.home.public_db) as writer:
            run = writer.connection.execute
            ids = [run("SELECT id FROM subject WHERE code = ?", (one.code,)).fetchone() for one in subjects]
            writer.remove_subjects([found[0] for found in ids if found])
        write_subjects(self.home.public_db, *subjects)

    def take_out(self, code: str) -> None:
        with open_writer(self.home.public_db) as writer:
            (number,) = writer.connection.execute("SELECT id FROM subject WHERE code = ?", (code,)).fetchone()
            writer.remove_subjects([number])

    def issue(self, *codes: str, after: timedelta = timedelta(0), **more: Any) -> RunSummary:
        self.at += after
        return replace(issue_badges(self.issuer, codes=list(codes) or None, **more), seconds=0.0)

    def revoke(self, code: str) -> str:
        return revoke_badge(self.issuer, code=code, reason="投诉属实")


@pytest.fixture
def badges(home: Home, db: None, settings: Any) -> Badges:
    settings.ECREDIT_HOME = home.root
    settings.ECREDIT_SITE = "https://credit.example"
    LogState.objects.get_or_create(id=1, defaults={"origin": "credit.example/log"})
    made = Badges(home)
    made.write(
        make_subject(FIRST, 1, LICENCE, REAL_NAME), make_subject(SECOND, 2, grade=None, graded_on=None)
    )
    return made
