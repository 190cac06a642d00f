"""The law's four conditions as a function of what was checked; and whom a certificate names."""

from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.proof.badge_types import Finding, State, Verdict
from ecredit.foundation.proof.pdf_certificates import cut
from ecredit.service.signatures.condition_rules import VERIFIED, judge_conditions
from ecredit.service.signatures.name_rules import Named, Signatory, who_is_named
from ecredit.service.signatures.types import Way
from tests.proof.authority_samples import Authority

CODES = (
    "bytes", "changed", "signature", "file", "weak", "form", "line_ends", "appended", "version", "certificate", "ended", "not_yet",
    "expired", "clock", "future", "time", "chain", "use", "revocation", "revoked", "stale", "test", "stamp", "record",
)  # fmt: skip
GOOD = {"bytes": State.HOLDS, "certificate": State.HOLDS, "chain": State.HOLDS, "revocation": State.HOLDS}


def judged(found: dict[str, State], way: Way | None = Way.UPLOADED) -> list[State]:
    verdict = Verdict("cms", tuple(Finding(code, state, "", "") for code, state in found.items()))
    return [one.state for one in judge_conditions(verdict, way=way, on_record=True)]


def test_all_four_are_met_by_a_licensed_certificate_that_was_not_revoked_and_a_tool_of_ones_own() -> None:
    assert judged(GOOD) == [State.HOLDS] * 4
    # A key that was here, or nobody knows where, was not under the signer's control alone for all that can be told.
    for way in (Way.KEY_FILE, None):
        assert judged(GOOD, way) == [State.HOLDS, State.OPEN, State.HOLDS, State.HOLDS]


@given(st.dictionaries(st.sampled_from(CODES), st.sampled_from(State)), st.sampled_from([None, *Way]))
def test_none_is_met_for_want_of_anything_against_it(found: dict[str, State], way: Way | None) -> None:
    one, two, three, four = judged(found, way)
    stands = found.get("bytes") is State.HOLDS
    if not stands:
        assert State.HOLDS not in (one, two, three, four)
    if one is State.HOLDS:
        assert found["chain"] is State.HOLDS and "test" not in found
        assert found["certificate"] is State.HOLDS and found["revocation"] is State.HOLDS
        assert State.FAILS not in [
            found.get(code) for code in ("revoked", "use", "expired", "not_yet", "clock", "future", "ended")
        ]
    if two is State.HOLDS:
        assert way is Way.UPLOADED and found["revocation"] is State.HOLDS and "test" not in found
    if State.HOLDS in (three, four):
        assert State.FAILS not in [
            found.get(code) for code in ("changed", "signature", "weak", "form", "version")
        ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"test": State.OPEN}, "open open holds holds"),
        ({"revoked": State.FAILS, "revocation": State.OPEN}, "fails fails holds holds"),
        ({"use": State.FAILS}, "fails holds holds holds"),
        ({"expired": State.FAILS}, "fails holds holds holds"),
        ({"chain": State.FAILS}, "open open holds holds"),
        ({"revocation": State.OPEN}, "open open holds holds"),
        ({"revocation": State.OPEN, "stale": State.OPEN}, "open open holds holds"),
        ({"certificate": State.OPEN, "ended": State.FAILS}, "open holds holds holds"),
        ({"bytes": State.OPEN, "changed": State.FAILS}, "open open fails fails"),
        ({"bytes": State.OPEN, "weak": State.FAILS}, "open open fails fails"),
        ({"bytes": State.OPEN, "file": State.FAILS}, "open open open open"),
    ],
)
def test_what_is_against_them(more: dict[str, State], expected: str) -> None:
    assert [str(state) for state in judged(GOOD | more)] == expected.split()


def test_the_article_is_verified_as_the_catalogue_says(catalog: Catalog) -> None:
    assert catalog.laws["electronic_signature_law"].articles["13"].verified is VERIFIED


@pytest.mark.parametrize(
    ("named", "organisation", "expected"),
    [
        ("张一", "示例一号商贸有限公司", Named.PERSON),
        ("张一", "", Named.PERSON),
        ("张一", "别的公司", Named.NEITHER),
        ("示例一号商贸有限公司", "别的公司", Named.NEITHER),
        ("示例一号商贸有限公司", "", Named.ORGANISATION),
        ("李二", "示例一号商贸有限公司", Named.ORGANISATION),
        ("示例一号商贸（有限公司）", "", Named.NEITHER),
        ("张一二", "", Named.NEITHER),
        ("李二", "示例一号商贸有限公司分公司", Named.NEITHER),
    ],
)
def test_whom_a_certificate_names(named: str, organisation: str, expected: Named) -> None:
    own = Authority().person(named, organisation).certificate
    assert who_is_named(own, Signatory("张一", "示例一号商贸有限公司")) is expected


OURS, THEIRS = "9100000000000001FX", "91350100M000100Y43"


@pytest.mark.parametrize(
    ("common", "organisation", "code", "expected"),
    [
        ("张一", "示例一号商贸有限公司", OURS, Named.PERSON),
        ("张一", "从前的名称", OURS, Named.PERSON),
        ("张一", "示例一号商贸有限公司", THEIRS, Named.NEITHER),
        ("张一", "", THEIRS, Named.NEITHER),
        ("李二", "示例一号商贸有限公司", THEIRS, Named.NEITHER),
        # A number of the person's, or of the authority's own counting, is no code of an organisation.
        ("张一", "", "CN-000017", Named.PERSON),
        ("张一", "别的公司", "CN-000017", Named.NEITHER),
    ],
)
def test_a_namesake_of_another_organisation_is_not_the_person(
    common: str, organisation: str, code: str, expected: Named
) -> None:
    parts = [(NameOID.SERIAL_NUMBER, code)] + (
        [(NameOID.ORGANIZATION_NAME, organisation)] if organisation else []
    )
    signatory = Signatory("张一", "示例一号商贸有限公司", OURS)
    assert who_is_named(_certificate(*parts, common=common), signatory) is expected


def test_a_name_too_long_for_a_certificate_is_known_as_it_was_cut() -> None:
    long = "示例" * 20 + "有限公司"
    cut_off = _certificate((NameOID.ORGANIZATION_NAME, cut(long)), common="张一")
    assert len(cut(long)) < len(long) and who_is_named(cut_off, Signatory("张一", long)) is Named.PERSON
    assert who_is_named(cut_off, Signatory("李二", long)) is Named.NEITHER


def test_an_organisation_is_known_by_its_code_but_not_by_what_a_unit_says() -> None:
    code = "9100000000000001FX"
    signatory = Signatory("张一", "示例一号商贸有限公司", code)
    assert who_is_named(_certificate((NameOID.SERIAL_NUMBER, code.lower())), signatory) is Named.ORGANISATION
    assert who_is_named(_certificate((NameOID.ORGANIZATIONAL_UNIT_NAME, "张一")), signatory) is Named.NEITHER
    assert who_is_named(_certificate((NameOID.ORGANIZATIONAL_UNIT_NAME, code)), signatory) is Named.NEITHER
    blank = Signatory("张一", "示例一号商贸有限公司", "")
    assert who_is_named(_certificate((NameOID.SERIAL_NUMBER, " ")), blank) is Named.NEITHER
    no_code = Signatory("张一", "示例一号商贸有限公司")
    assert who_is_named(_certificate((NameOID.SERIAL_NUMBER, code)), no_code) is Named.NEITHER


def _certificate(*parts: tuple[x509.ObjectIdentifier, str], common: str = "某人") -> Any:
    class Held:
        subject = x509.Name(
            [x509.NameAttribute(kind, value) for kind, value in ((NameOID.COMMON_NAME, common), *parts)]
        )

    return Held
