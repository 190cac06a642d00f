"""A city with keys, and a badge of it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from ecredit.foundation.proof.badge_forms import badge_file, sign_badge
from ecredit.foundation.proof.badge_types import BadgeClaims, Licence
from ecredit.foundation.proof.city_keys import CityKeys
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealing import Sealer
from ecredit.foundation.proof.signing_keys import SigningPair, list_city_keys, load_pair, make_pair

AT = datetime(2026, 5, 12, 4, 0, tzinfo=UTC)
SEED = bytes(range(16))
SITE = "https://credit.example"


@dataclass
class SampleCity:
    """A city as signer and as its public keys."""

    folder: Path
    sealer: Sealer
    name: str = "示例市"
    issuer: str = "did:web:credit.example"

    @property
    def pair(self) -> SigningPair:
        return load_pair(self.folder, self.sealer, at=AT)

    @property
    def keys(self) -> CityKeys:
        return CityKeys(self.issuer, self.name, list_city_keys(self.folder))


def make_city(folder: Path, **named: str) -> SampleCity:
    ring = KeyRing.create(folder)
    make_pair(folder, Sealer(ring), since=AT - timedelta(days=30), until=AT + timedelta(days=700))
    return SampleCity(folder, Sealer(ring), **named)


def make_claims(**changed: object) -> BadgeClaims:
    values: dict[str, object] = {
        "id": "B43XPN23748E", "site": SITE, "issuer": "did:web:credit.example", "issuer_name": "示例市",
        "code": "91320411MA00000X0K", "name": "常州示例电子商务有限公司", "kind": "法人及非法人组织", "area": "320411",
        "registered": True, "licences": (Licence("行政许可", "JY13204110000001", date(2027, 3, 1)),), "licence_count": 1,
        "real_name_on": date(2026, 4, 1), "grade": "B", "graded_on": date(2026, 5, 12), "valid_from": AT,
        "valid_until": AT + timedelta(days=300), "status_list": 0, "status_index": 94_567,
    }  # fmt: skip
    return BadgeClaims(**{**values, **changed})  # type: ignore[arg-type]


def make_file(city: SampleCity, claims: BadgeClaims | None = None, seed: bytes = SEED) -> dict[str, str]:
    claims = claims or make_claims()
    pair = city.pair
    return badge_file(claims, seed, sign_badge(claims, seed, pair), pair.kid)
