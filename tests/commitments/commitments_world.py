"""A firm with people at the desk, officers, and a way to take in what was put down."""

from dataclasses import dataclass
from typing import Any

from ecredit.facts.actors.organisation_actions import register_organisation
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.subjects.queries import find_subject_id
from ecredit.foundation.proof.keys import KeyRing
from ecredit.service.operation.job_kinds import get_kind
from ecredit.service.operation.platform import Platform
from tests.conftest import NOON
from tests.desk.conftest import CITY, make_person, sign_in
from tests.desk.test_desk_second_factor import set_up
from tests.penalty_rows import code
from tests.subjects.test_subjects_review_journey import register

FIRM, OTHER = "常州承诺网络有限公司", "常州旁观网络有限公司"
PNG = b"\x89PNG\r\n\x1a\n" + b"scan"
FILLED = {"scope": "日用百货", "channel": "店铺首页客服入口", "version": "1", "confirmed": "yes"}


@dataclass
class Told:
    """A job as collecting speaks with it."""

    id: int = 1
    params: Any = None
    by: Any = OPERATOR

    def tell(self, *_: object) -> None:
        """Nobody listens."""


class World:
    """The firm `firm-1` is registered and known; `firm-2` too; `plat-1` is a platform."""

    def __init__(self, home, collect) -> None:
        self.home = home
        self.ring = KeyRing.load(home.keys)
        collect(
            "registration",
            register((FIRM, code(1), "常州市新北区通江路1号"), (OTHER, code(2), "常州市新北区通江路3号")),
        )
        for id, name, kind, number in (
            ("firm-1", FIRM, "firm", 1), ("firm-2", OTHER, "firm", 2), ("plat-1", "常州某平台", "platform", 3),
        ):  # fmt: skip
            register_organisation(
                id=id, name=name, kind=kind, uscc=code(number), ring=self.ring, by=OPERATOR, at=NOON
            )

    def person(self, login: str, organisation: str = "firm-1", role: str = "firm_agent"):
        """A client of a person of an organisation."""
        return sign_in(make_person(login, (organisation, role)))

    def officer(self, login: str):
        """A client of an officer with a second factor."""
        client = sign_in(make_person(login, (CITY, "credit_officer")))
        set_up(client)
        return client

    def take_in(self) -> None:
        """What the job of every minute does."""
        get_kind("collect_records").run(Platform(), Told())

    def entries(self, number: int = 1) -> list[CreditRecord]:
        """The firm's commitments in the ledger, oldest first."""
        subject = find_subject_id(code(number))
        return list(CreditRecord.objects.filter(source_id="commitment", subject_id=subject).order_by("leaf"))
