"""The part of ecredit verify that checks what people sign: a detached signature on a document, or a PDF."""

import argparse
import hashlib
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from cryptography import x509
from django.conf import settings

from ecredit.foundation.kernel.errors import InputRefused, WrongUse
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.kernel.text_forms import printable
from ecredit.foundation.proof.badge_types import State, Verdict
from ecredit.foundation.proof.certificate_check import Trust
from ecredit.foundation.proof.city_keys import CityKeys
from ecredit.foundation.proof.cms_check import SignatureAsked, check_cms, read_cms
from ecredit.foundation.proof.pdf_certificates import read_roots
from ecredit.foundation.proof.pdf_check import city_key_of
from ecredit.foundation.proof.people_authority import find_people_root
from ecredit.foundation.proof.person_pdf import FIELD, check_person_pdf, read_signed_pdf
from ecredit.service.signatures.condition_rules import judge_conditions
from ecredit.surface.cli.answer import Answer
from ecredit.surface.cli.condition_lines import condition_lines
from ecredit.surface.cli.verify_age import Age, revocation_given

_MARKS = {State.HOLDS: "✓", State.FAILS: "✗", State.OPEN: "–"}
_SAID = {
    "signer": "签署者 signed by", "subject": "证书主体 subject", "issuer": "签发机构 issuer", "serial": "序列号 serial",
    "signed_at": "所称签署时间 says it was signed", "certificate_from": "证书自 certificate from", "certificate_until": "证书至 until",
}  # fmt: skip


def verify_signature(args: argparse.Namespace, raw: bytes, at: datetime, age: Age) -> Answer:
    """Say whether a signature holds on its document, whose it is, and what of the law's conditions follows; exit 1 when not."""
    document, where = _document(args, raw)
    verdict = check_cms(raw, document, SignatureAsked(trust_given(args), at, age.since))
    return _answer(args.file.name, f"文件 document: {where}", verdict, document, age)


def verify_person_pdf(args: argparse.Namespace, raw: bytes, at: datetime, age: Age) -> Answer:
    """The same of a PDF that a person signed; with `--document`, whether it is the text that was offered."""
    document = None if args.document is None else _bytes(args.document)
    verdict = check_person_pdf(raw, document, SignatureAsked(trust_given(args), at, age.since))
    return _answer(args.file.name, "PDF", verdict, raw, age)


def is_of_a_person(raw: bytes, keys: CityKeys | None) -> bool:
    """Whether a PDF is signed in the place that is made for people, and by none of the city's own keys."""
    try:
        certificate, place = read_signed_pdf(raw)
    except ValueError:
        return False
    if place != FIELD:
        return False
    return city_key_of(certificate, keys) is None


def _answer(name: str, where: str, verdict: Verdict, document: bytes, age: Age) -> Answer:
    conditions = judge_conditions(verdict)
    word = "有效 valid" if verdict.ok else "无效 NOT valid"
    said = [
        f"    {label}：{printable(str(verdict.said[name]))}"
        for name, label in _SAID.items()
        if verdict.said.get(name)
    ]
    digest = hashlib.sha256(document).hexdigest()
    return Answer(
        {
            "ok": verdict.ok,
            "kind": verdict.kind,
            "failed": list(verdict.failed),
            "checks": [asdict(one) for one in verdict.findings],
            "conditions": [asdict(one) for one in conditions],
            "said": verdict.said,
            "sha256": digest,
            "since": age.since,
        },
        [
            f"{name}（{where}）: {word}",
            *(f"  {_MARKS[one.state]} {printable(one.zh)} / {printable(one.en)}" for one in verdict.findings),
            *(f"  {line}" for line in age.lines),
            *(["  签名所称 the signature says", *said] if said else []),
            *condition_lines(conditions),
            f"    SHA-256 {digest}",
        ],
        code=0 if verdict.ok else 1,
    )


def trust_given(args: argparse.Namespace) -> Trust:
    """Whom the command was told to trust; told nothing, whom the settings and the home trust."""
    files = revocation_given(args)
    return Trust(_roots(args), files.others, files.lists, files.answers, _stamp_roots(args))


def _stamp_roots(args: argparse.Namespace) -> tuple[x509.Certificate, ...]:
    given = args.stamp_roots or settings.ECREDIT_STAMP_ROOTS
    return _read_roots(Path(given)) if given else ()


def _roots(args: argparse.Namespace) -> tuple[x509.Certificate, ...]:
    given = args.roots or settings.ECREDIT_SIGNING_ROOTS
    roots = _read_roots(Path(given)) if given else ()
    own = None if args.roots else find_people_root(Home(settings.ECREDIT_HOME).keys)
    return roots if own is None else (*roots, own)


def _read_roots(path: Path) -> tuple[x509.Certificate, ...]:
    try:
        return read_roots(path.read_bytes())
    except OSError as error:
        raise WrongUse(f"读不了根证书文件 {path}", f"the file of roots {path} cannot be read") from error


def _document(args: argparse.Namespace, raw: bytes) -> tuple[bytes, str]:
    """The document: named, inside the signature, or beside it under the same name without its ending."""
    path: Path | None = args.document
    if path is None:
        try:
            inside = read_cms(raw).content
        except ValueError:
            inside = b""
        if inside is not None:
            return inside, "附在签名内 inside it"
        beside = [args.file.with_suffix(""), args.file.with_suffix("").with_suffix("")]
        path = next((one for one in beside if one != args.file and one.is_file()), None)
    if path is None:
        raise WrongUse(
            "这是文件的分离式签名；请用 --document 指定所签的文件",
            "this is a detached signature; give the document it is on with --document",
        )
    return _bytes(path), path.name


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputRefused(f"读不了文件 {path}", f"{path} cannot be read") from error
