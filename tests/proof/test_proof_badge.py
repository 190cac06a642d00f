"""A badge in each of its forms: what holds, and every way in which one does not, told apart."""

import hashlib
import json
from datetime import date, timedelta
from pathlib import Path

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws as oracle
from joserfc.jwk import ECKey

from ecredit.foundation.proof.badge_check import check_badge
from ecredit.foundation.proof.badge_forms import (
    LONGEST_NAME,
    badge_file,
    compact_of,
    credential_of,
    cut_name,
    instant,
    selective_of,
    sign_badge,
    signed_parts,
    status_address,
)
from ecredit.foundation.proof.badge_reading import read_claims, read_compact
from ecredit.foundation.proof.badge_types import BadgeClaims, Licence, State, Verdict
from ecredit.foundation.proof.checks import Asked
from ecredit.foundation.proof.jws import decode, encode, join, signing_input
from ecredit.foundation.proof.qr_text import qr_parts, read_digits, to_digits
from ecredit.foundation.proof.signing_keys import make_pair, retire_pair
from ecredit.foundation.proof.status_list import LIST_FORMAT, PLACES, pack_bits, status_credential
from tests.proof.badge_samples import AT, SEED, SITE, SampleCity, make_city, make_claims, make_file

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> SampleCity:
    return make_city(tmp_path_factory.mktemp("city") / "keys")


@pytest.fixture(scope="module")
def other_city(tmp_path_factory: pytest.TempPathFactory) -> SampleCity:
    folder = tmp_path_factory.mktemp("other") / "keys"
    return make_city(folder, name="邻市", issuer="did:web:next.example")


def text_of(found: object) -> bytes:
    return json.dumps(found).encode()


def check(raw: bytes, city: SampleCity, *, at=AT, status: bytes | None = None) -> Verdict:
    return check_badge(raw, Asked(city.keys, at, status))


def make_list(city: SampleCity, *revoked: int, number: int = 0, at=AT, site: str = SITE) -> bytes:
    payload = status_credential(
        address=status_address(site, number), issuer=city.issuer, issuer_name=city.name,
        encoded=pack_bits(revoked), valid_from=instant(at), valid_until=instant(at + 2 * DAY),
    )  # fmt: skip
    pair = city.pair
    signed = signing_input(
        {"alg": "ES256", "kid": f"{city.issuer}#{pair.kid}", "typ": "vc+jwt", "cty": "vc"}, payload
    )
    return text_of(
        {
            "format": LIST_FORMAT,
            "credential": join(signed, pair.sign_es256(signed)),
            "sm2": encode(pair.sign_sm2(signed)),
        }
    )


def test_a_badge_holds_in_each_form_and_says_the_same(city: SampleCity) -> None:
    found = make_file(city)
    status = make_list(city, 3)
    digits = to_digits(decode(found["compact"]))
    forms = {
        "badge": text_of(found),
        "credential": found["credential"].encode(),
        "selective": found["selective"].encode(),
        "compact": digits.encode(),
    }
    for kind, raw in forms.items():
        verdict = check(raw, city, status=status)
        assert verdict.ok, verdict
        assert verdict.kind == kind
        assert verdict.said["grade"] == "B" and verdict.said["code"] == "91320411MA00000X0K"
        assert State.OPEN not in {one.state for one in verdict.findings if one.code == "status"}
    for raw in (decode(found["compact"]), f"HTTPS://CREDIT.EXAMPLE/V/{digits}\n".encode()):
        assert check(raw, city).kind == "compact" and check(raw, city).ok
    # Without a list, what was not looked at is said, and nothing is held against it.
    verdict = check(forms["badge"], city)
    assert verdict.ok
    assert [one.code for one in verdict.findings if one.state is State.OPEN] == ["status"]


def test_the_bytes_of_issued_badges_never_change(city: SampleCity) -> None:
    """Signatures are kept and the bytes made again: another layout would make every badge that is out invalid."""

    credential, selective, compact = signed_parts(make_claims(), SEED, "0123abcd")
    assert [hashlib.sha256(part).hexdigest()[:16] for part in (credential, selective, compact)] == GOLDEN


GOLDEN = ["ea1398ee216ea83f", "dcc0df162dbdd0d7", "781639d1ddb94606"]


def test_one_bit_anywhere_is_noticed(city: SampleCity) -> None:
    raw = text_of(make_file(city))
    for place in range(0, len(raw) * 8, 97):
        bent = bytearray(raw)
        bent[place >> 3] ^= 0x80 >> (place & 7)
        verdict = check(bytes(bent), city)
        assert not verdict.ok, (place, bent[place >> 3])
        assert not verdict.said or verdict.kind != "badge"


def test_one_bit_of_the_codes_content_is_noticed(city: SampleCity) -> None:
    raw = decode(make_file(city)["compact"])
    for place in range(len(raw) * 8):
        bent = bytearray(raw)
        bent[place >> 3] ^= 0x80 >> (place & 7)
        assert not check(bytes(bent), city).ok, place


def test_altered_content_is_told_as_altered(city: SampleCity) -> None:
    found = make_file(city)
    head, payload, signature = found["credential"].split(".")
    better = {**json.loads(decode(payload))}
    better["credentialSubject"]["grade"] = "A"
    bent = (
        f"{head}.{encode(json.dumps(better, ensure_ascii=False, separators=(',', ':')).encode())}.{signature}"
    )
    assert check(bent.encode(), city).failed == ("es256",)
    verdict = check(text_of({**found, "credential": bent}), city)
    assert "es256" in verdict.failed and "forms" in verdict.failed and not verdict.said


def test_forms_of_two_badges_put_together(city: SampleCity) -> None:
    one, two = make_file(city), make_file(city, make_claims(grade="A", id="AAAAAAAAAAAA"))
    for name in ("credential", "selective", "compact"):
        verdict = check(text_of({**one, name: two[name]}), city)
        assert verdict.failed == ("forms",)
    # The same claims under other salts: the SM2 signature is not over that form.
    salted = make_file(city, seed=bytes(16))
    assert check(text_of({**one, "selective": salted["selective"]}), city).failed == ("forms",)
    # The same badge dated anew is another one too.
    later = make_file(city, make_claims(valid_until=AT + 400 * DAY))
    assert check(text_of({**one, "compact": later["compact"]}), city).failed == ("forms",)


def test_revoked_expired_early_and_a_wrong_clock_are_told_apart(city: SampleCity) -> None:
    raw = text_of(make_file(city))
    assert check(raw, city, status=make_list(city, 94_567)).failed == ("revoked",)
    assert check(raw, city, at=AT + 300 * DAY).failed == ("expired",)
    assert "clock" in check(raw, city, at=AT + 300 * DAY).findings[-2].en
    assert "clock" not in check(raw, city, at=AT + 302 * DAY).findings[-2].en
    assert check(raw, city, at=AT - timedelta(seconds=1)).failed == ("clock",)
    assert check(raw, city, at=AT - DAY).failed == ("clock",)
    assert check(raw, city, at=AT - DAY - timedelta(seconds=1)).failed == ("not_yet",)
    assert check(raw, city, at=AT + 300 * DAY - timedelta(seconds=1)).ok


def test_another_citys_badge_and_a_forged_key(city: SampleCity, other_city: SampleCity) -> None:
    theirs = make_file(other_city, make_claims(issuer=other_city.issuer, issuer_name=other_city.name))
    assert check(text_of(theirs), other_city).ok
    verdict = check(text_of(theirs), city)
    assert verdict.failed == ("city",)
    assert "did:web:next.example" in verdict.findings[-1].zh and not verdict.said
    # Who claims to be this city has not its key.
    forged = make_file(other_city, make_claims())
    for raw in (
        text_of(forged),
        forged["credential"].encode(),
        to_digits(decode(forged["compact"])).encode(),
    ):
        assert check(raw, city).failed == ("key",)


def test_a_retired_key_signs_no_more_and_what_it_signed_holds(tmp_path: Path) -> None:
    city = make_city(tmp_path / "keys")
    raw, first = text_of(make_file(city)), city.pair
    claims = make_claims(valid_from=AT + 5 * DAY)
    late = text_of(badge_file(claims, SEED, sign_badge(claims, SEED, first), first.kid))
    assert check(late, city, at=AT + 6 * DAY).ok
    make_pair(city.folder, city.sealer, since=AT + DAY, until=AT + 500 * DAY)
    retire_pair(city.folder, first.kid, at=AT + DAY)
    assert check(raw, city, at=AT + 6 * DAY).ok
    assert check(late, city, at=AT + 6 * DAY).failed == ("key",)


def test_a_status_list_is_checked_as_strictly(city: SampleCity, other_city: SampleCity) -> None:
    raw, good = text_of(make_file(city)), make_list(city)
    assert check(good, city).ok and check(good, city).said["places"] == PLACES
    bent = bytearray(good)
    bent[len(good) // 2] ^= 1
    for bad in (bytes(bent), make_list(other_city), b"{}", b"\xff", raw):
        assert check(raw, city, status=bad).failed == ("status",)
    # A list with nobody revoked under the signature of one in which it was.
    revoking, empty = json.loads(make_list(city, 94_567)), json.loads(good)
    head, _, signature = revoking["credential"].split(".")
    forged = f"{head}.{empty['credential'].split('.')[1]}.{signature}"
    for twin in (revoking["sm2"], empty["sm2"]):
        assert check(raw, city, status=text_of({**revoking, "credential": forged, "sm2": twin})).failed == (
            "status",
        )
    # Another list says nothing of it, an old one something of its own day only: whoever gives one has asked, and is not told "valid".
    for other in (make_list(city, 94_567, number=1), make_list(city, 94_567, site="https://other.example")):
        assert check(raw, city, status=other).failed == ("status",)
    verdict = check(raw, city, at=AT + 3 * DAY, status=good)
    assert verdict.failed == ("status",) and "2026-05-12" in verdict.findings[-1].zh
    assert check(raw, city, at=AT + 3 * DAY, status=make_list(city, 94_567)).failed == ("revoked",)
    assert check(good, city, at=AT + 3 * DAY).failed == ("expired",)


def test_a_selective_presentation_says_only_what_is_disclosed(city: SampleCity) -> None:
    token, *disclosures, _ = make_file(city)["selective"].split("~")
    named = {json.loads(decode(one))[1]: one for one in disclosures}
    shown = f"{token}~{named['grade']}~"
    verdict = check(shown.encode(), city)
    assert verdict.ok and verdict.said["grade"] == "B" and "legalName" not in verdict.said
    assert "常州示例" not in decode(token.split(".")[1]).decode()
    assert check(f"{token}~".encode(), city).ok
    salt, _, _ = json.loads(decode(named["grade"]))
    lie = encode(json.dumps([salt, "grade", "A"]).encode())
    for bad in (f"{token}~{lie}~", f"{shown}{named['grade']}~", f"{token}~{named['grade']}", f"{token}~x~"):
        assert check(bad.encode(), city).failed == ("form",)


def test_other_programs_read_it(city: SampleCity) -> None:
    """The credential by joserfc; the compact form as plain CBOR, with the structure of RFC 9052 put together by hand."""
    found, pair = make_file(city), city.pair
    key = ECKey.import_key(pair.public.es256)
    assert (
        oracle.deserialize_compact(found["credential"], key, algorithms=["ES256"]).headers()["typ"]
        == "vc+jwt"
    )
    tagged = cbor2.loads(decode(found["compact"]))
    protected, loose, payload, signature = tagged.value
    structure = cbor2.dumps(["Signature1", protected, b"", payload])
    from ecredit.foundation.proof import es256

    assert tagged.tag == 18 and es256.holds(pair.public.es256, signature, structure)
    assert pair.public.sm2.holds(loose[-65537], structure)
    assert cbor2.loads(payload)[1] == "did:web:credit.example"


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
days = st.dates(date(1980, 1, 1), date(2090, 1, 1))
claims_of = st.builds(
    make_claims,
    name=words, kind=words, area=words, code=st.from_regex(r"[0-9A-Z]{15,18}", fullmatch=True), registered=st.booleans(),
    licences=st.lists(st.builds(Licence, words, words, st.none() | days), max_size=3).map(tuple),
    licence_count=st.integers(0, 9_999), real_name_on=st.none() | days, grade=st.none() | st.sampled_from("ABCD"),
    graded_on=st.none() | days, status_list=st.integers(0, 9), status_index=st.integers(0, PLACES - 1),
)  # fmt: skip


@given(claims_of)
def test_what_is_written_is_read_back(claims: BadgeClaims) -> None:
    assert read_claims(json.loads(json.dumps(credential_of(claims)))) == claims
    hidden, disclosures = selective_of(claims, SEED)
    opened = {json.loads(decode(one))[1]: json.loads(decode(one))[2] for one in disclosures}
    assert {**opened, "id": hidden["credentialSubject"]["id"]} == credential_of(claims)["credentialSubject"]
    payload = cbor2.loads(compact_of(claims, bytes(32)))
    assert payload[-65537][1] == cut_name(claims.name) and len(cut_name(claims.name).encode()) <= LONGEST_NAME


@given(st.binary(max_size=700))
def test_digits_and_back(raw: bytes) -> None:
    prefix, digits = qr_parts(SITE, b"\0" * 50 + raw[:600])
    assert read_digits(prefix + digits) == b"\0" * 50 + raw[:600]
    assert prefix == "HTTPS://CREDIT.EXAMPLE/V/"


@given(st.binary(max_size=400) | words.map(str.encode))
def test_anything_else_is_refused_and_never_raises(raw: bytes) -> None:
    from ecredit.foundation.proof.city_keys import CityKeys

    for head in (b"", b"\xd2", b"\xd2\x84", b"{", b"eyJhbGciOiJFUzI1NiJ9."):
        assert not check_badge(head + raw, Asked(CityKeys("did:web:a", "a", ()), AT)).ok


def test_a_compact_form_has_one_spelling(city: SampleCity) -> None:
    from ecredit.foundation.proof.errors import TokenBroken

    raw = decode(make_file(city)["compact"])
    tagged = cbor2.loads(raw)
    protected, loose, payload, signature = tagged.value
    for bad in (
        raw + b"\0",
        raw[1:],
        cbor2.dumps(cbor2.CBORTag(18, [protected, {**loose, 1: 2}, payload, signature])),
        cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature])),
        cbor2.dumps(cbor2.CBORTag(17, tagged.value)),
        cbor2.dumps(cbor2.CBORTag(18, [cbor2.dumps({1: -8, 4: b"abcd"}), loose, payload, signature])),
        b"\xd2\x9f" + raw[2:] + b"\xff",
        b"\xd2" + b"\x9f" * 600,
    ):
        with pytest.raises(TokenBroken):
            read_compact(bad)
