"""A home with the portal's sample as its public database, and the room of credit reports over it."""

import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pypdf
import pytest

from ecredit.facts.actors.models import LogState
from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.badge_types import Verdict
from ecredit.foundation.proof.city_keys import read_keys
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.pdf_check import PdfAsked, check_pdf
from ecredit.foundation.proof.sealing import Sealer
from ecredit.service.credit_reports.issue_actions import Maker, issue_public
from ecredit.service.credit_reports.types import IssuedReport, Langs
from tests.portal.portal_sample import PROJECTED_AT, write_sample

OFFICER = Actor("operator", "operator.console")


@dataclass
class Reports:
    """The room over one home, as tests use it."""

    home: Home
    at: datetime = PROJECTED_AT

    @property
    def maker(self) -> Maker:
        return Maker(self.home, Sealer(KeyRing.load(self.home.keys)), OFFICER, self.at)

    def issue(self, code: str, lang: str = "zh", **more: Any) -> IssuedReport:
        return issue_public(self.maker, code, Langs(lang), **more)

    def check(self, raw: bytes, **more: Any) -> Verdict:
        keys = read_keys(self.home.city_keys.read_bytes())
        return check_pdf(raw, PdfAsked(**{"keys": keys, "roots": (), "at": self.at, **more}))


def said_in(raw: bytes) -> str:
    """All text of a PDF, as a program reads it out, without the blanks and breaks of its lines."""
    return "".join("".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(raw)).pages)


@pytest.fixture
def reports(home: Home, db: None, settings: Any) -> Reports:
    settings.ECREDIT_HOME = home.root
    settings.ECREDIT_SITE = "https://credit.example"
    LogState.objects.get_or_create(id=1, defaults={"origin": "credit.example/log"})
    write_sample(home.public_db)
    return Reports(home)
