"""The form of W3C credentials and presentations: each rule with a case, and the working group's own inputs where they are at hand."""

import json
from typing import Any

import pytest

from ecredit.foundation.proof.badge_forms import credential_of
from ecredit.foundation.proof.credential_rules import BASE, check_credential, check_presentation, read_stamp
from ecredit.foundation.proof.status_list import status_credential
from tests.proof.badge_samples import make_claims
from tests.proof.vectors import vectors

GOOD: dict[str, Any] = {
    "@context": [BASE],
    "type": ["VerifiableCredential"],
    "issuer": "did:example:issuer",
    "credentialSubject": {"id": "did:example:subject"},
}


def test_ours_are_credentials() -> None:
    assert check_credential(GOOD) == ()
    assert check_credential(credential_of(make_claims())) == ()
    listed = status_credential(
        address="https://a.example/verify/status/0", issuer="did:web:a.example", issuer_name="a", encoded="uA",
        valid_from="2026-05-12T04:00:00Z", valid_until="2026-05-14T04:00:00Z",
    )  # fmt: skip
    assert check_credential(listed) == ()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"@context": BASE}, "@context"),
        ({"@context": ["https://example.org", BASE]}, "@context"),
        ({"@context": [BASE, 7]}, "@context"),
        ({"@context": [BASE, {"issuer": "https://example.org/#i"}]}, "@context"),
        ({"type": "Other"}, "type"),
        ({"type": ["VerifiableCredential", "Unnamed"]}, "type"),
        ({"type": ["VerifiableCredential", "A"], "@context": [BASE, {"A": "no url"}]}, "type"),
        ({"id": None}, "id"),
        ({"id": ["did:a:b", "did:a:c"]}, "id"),
        ({"issuer": "nobody"}, "issuer"),
        ({"issuer": {"name": "a"}}, "issuer"),
        ({"issuer": None}, "issuer"),
        ({"credentialSubject": {}}, "credentialSubject"),
        ({"credentialSubject": []}, "credentialSubject"),
        ({"credentialSubject": [{"a": 1}, "b"]}, "credentialSubject"),
        ({"validFrom": "2026-05-12"}, "validFrom"),
        ({"validFrom": "2026-05-12T00:00:00"}, "validFrom"),
        ({"validFrom": "2026-02-30T00:00:00Z"}, "validFrom"),
        ({"validFrom": "2026-05-12T00:00:00Z", "validUntil": "2026-05-11T23:59:59Z"}, "validUntil"),
        ({"evidence": {"id": "did:a:b"}}, "evidence"),
        ({"proof": {"created": "x"}}, "proof"),
        ({"credentialSchema": {"type": "JsonSchema"}}, "credentialSchema"),
        ({"name": {"@value": "a", "url": "b"}}, "name"),
        ({"description": 7}, "description"),
    ],
)
def test_each_fault_is_named(change: dict[str, Any], fault: str) -> None:
    faults = check_credential({**GOOD, **change})
    assert faults and all(one.startswith(fault) for one in faults), faults


def test_what_is_named_by_a_context_is_taken() -> None:
    named = {"type": ["VerifiableCredential", "A"]}
    for further in (
        {"A": "https://example.org/#A"},
        {"@vocab": "https://example.org/"},
        "https://example.org/contexts/a",
    ):
        assert check_credential({**GOOD, **named, "@context": [BASE, further]}) == ()
    assert check_credential({**GOOD, "validFrom": "2026-05-12T24:00:00Z"})
    assert read_stamp("2026-05-12T00:00:00.1234567+08:00") is not None
    for other in (None, 7, [], "x"):
        assert check_credential(other)
        assert check_presentation(other)


def test_the_working_groups_inputs() -> None:
    """Inputs are given to an issuer, who adds itself and today's dates; the name says whether the issuer must refuse."""
    counted = {"ok": 0, "fail": 0}
    for path in sorted((vectors("std_vc_jose") / "vcdm2_input").rglob("*.json")):
        text = path.read_text(encoding="utf-8")
        found = json.loads(
            text.replace('"PAST DATE"', '"2020-01-01T00:00:00Z"').replace(
                '"FUTURE DATE"', '"2090-01-01T00:00:00Z"'
            )
        )
        name = path.stem
        if not name.endswith("-ok") and "fail" not in name:
            continue  # the file's name does not say
        if name.startswith("presentation"):
            faults = check_presentation(found)
        else:
            if "no-issuer" not in name and "issuer" not in found:
                found["issuer"] = "did:example:issuer"
            elif isinstance(found.get("issuer"), dict) and not name.startswith("credential-issuer"):
                found["issuer"].setdefault("id", "did:example:issuer")
            faults = check_credential(found)
        assert bool(faults) != name.endswith("-ok"), (name, faults)
        counted["ok" if name.endswith("-ok") else "fail"] += 1
    assert counted["ok"] >= 40 and counted["fail"] >= 30, counted
