"""A home with people of an organisation, an authority it trusts, and a document to be signed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from ecredit.facts.actors.models import LogState
from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.cms_signing import open_key_file, sign_cms
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealing import Sealer
from ecredit.service.signatures.audit_signatures import audit_signatures
from ecredit.service.signatures.name_rules import Signatory
from ecredit.service.signatures.offer_actions import offer_alone
from ecredit.service.signatures.sign_actions import Signing, sign_by_upload
from ecredit.service.signatures.trust import SigningPlace
from ecredit.service.signatures.types import TEXT, DocumentView, Offer, SignatureView
from tests.conftest import NOON
from tests.proof.authority_samples import DAY, SECRET, Authority, Person

OFFICER = Actor("operator", "operator.console")
CLERK = Actor("p1", "document.sign desk/s1")
ZHANG = Signatory("张一", "示例一号商贸有限公司", "9100000000000001FX")
TEXT_BYTES = "信用承诺书\n本单位承诺依法经营。\n".encode()


@dataclass
class Room:
    """The room over one home, as tests use it."""

    home: Home
    authority: Authority = field(default_factory=Authority)
    at: datetime = NOON

    @property
    def place(self) -> SigningPlace:
        return SigningPlace(self.home, Sealer(KeyRing.load(self.home.keys)))

    def offer(
        self, key: str = "commitment:1", content: bytes = TEXT_BYTES, media: str = TEXT
    ) -> DocumentView:
        offer = Offer(
            key, "commitment", "信用承诺书", "subject:1", "firm", content, media, edition="template/3"
        )
        return offer_alone(offer=offer, sealer=self.place.sealer, by=OFFICER, at=self.at)

    def signing(self, number: str, *, by: Actor = CLERK, who: Signatory = ZHANG) -> Signing:
        return Signing(number, by.who, who, by, self.at)

    def signature(self, person: Person, content: bytes = TEXT_BYTES, at: datetime | None = None) -> bytes:
        return sign_cms(content, open_key_file(person.key_file(), SECRET), at=at or self.at)

    def sign(self, number: str, person: Person | None = None, **more: Any) -> SignatureView:
        raw = self.signature(person or self.authority.person())
        return sign_by_upload(self.place, self.signing(number, **more), raw)

    def findings(self) -> list[str]:
        return [finding.en for finding in audit_signatures(self.place.sealer)]


@pytest.fixture
def room(home: Home, db: None, settings: Any, tmp_path: Any) -> Room:
    settings.ECREDIT_HOME = home.root
    LogState.objects.get_or_create(id=1, defaults={"origin": "credit.example/log"})
    made = Room(home)
    roots, lists = tmp_path / "roots.pem", tmp_path / "lists"
    roots.write_bytes(made.authority.certificate.public_bytes(Encoding.PEM))
    lists.mkdir()
    (lists / "own.crl").write_bytes(made.authority.revocation_list(at=NOON - DAY))
    settings.ECREDIT_SIGNING_ROOTS, settings.ECREDIT_SIGNING_LISTS = str(roots), str(lists)
    settings.ECREDIT_SIGNING_TEST = False
    return made
