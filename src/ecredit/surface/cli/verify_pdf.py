"""The part of ecredit verify that checks a signed PDF."""

import argparse
import hashlib
from datetime import datetime
from pathlib import Path

from django.conf import settings

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.text_forms import printable
from ecredit.foundation.proof.badge_types import State
from ecredit.foundation.proof.city_keys import CityKeys
from ecredit.foundation.proof.pdf_certificates import read_roots
from ecredit.foundation.proof.pdf_check import PdfAsked, check_pdf
from ecredit.surface.cli.answer import Answer
from ecredit.surface.cli.verify_age import Age
from ecredit.surface.cli.verify_signature import is_of_a_person, verify_person_pdf

_MARKS = {State.HOLDS: "✓", State.FAILS: "✗", State.OPEN: "–"}
_SAID = {
    "signer": "签署者 signed by", "signed_at": "签署时间 signed at", "reason": "事由 reason",
    "certificate_from": "证书自 certificate from", "certificate_until": "证书至 until",
}  # fmt: skip


def verify_pdf(args: argparse.Namespace, raw: bytes, at: datetime, keys: CityKeys | None, age: Age) -> Answer:
    """Say whether the signature holds, whether bytes were changed, by whom it is; exit 1 when it does not hold."""
    if is_of_a_person(raw, keys):
        return verify_person_pdf(args, raw, at, age)
    given = args.roots or settings.ECREDIT_REPORT_ROOTS
    if keys is None and not given:
        raise WrongUse(
            "没有城市公钥；请用 --key 指定公钥文件，或用 --roots 指定根证书",
            "there is no file of the city's keys; give one with --key, or roots with --roots",
        )
    roots = read_roots(Path(given).read_bytes()) if given else ()
    verdict = check_pdf(raw, PdfAsked(keys, roots, at, age.since))
    word = "有效 valid" if verdict.ok else "无效 NOT valid"
    digest = hashlib.sha256(raw).hexdigest()
    said = [
        f"    {label}：{printable(str(verdict.said[name]))}"
        for name, label in _SAID.items()
        if verdict.said.get(name)
    ]
    return Answer(
        {
            "ok": verdict.ok,
            "kind": verdict.kind,
            "failed": list(verdict.failed),
            "checks": [
                {"code": one.code, "state": one.state, "zh": one.zh, "en": one.en} for one in verdict.findings
            ],
            "said": verdict.said,
            "sha256": digest,
        },
        [
            f"{args.file.name}（PDF）: {word}",
            *(f"  {_MARKS[one.state]} {printable(one.zh)} / {printable(one.en)}" for one in verdict.findings),
            *(f"  {line}" for line in age.lines),
            *(["  签名所称 the signature says", *said] if said else []),
            f"    SHA-256 {digest}",
        ],
        code=0 if verdict.ok else 1,
    )
