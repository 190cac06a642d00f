"""Issuing a report: drawn, signed, entered into the table and the journal in one transaction, then handed over."""

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes
from django.conf import settings
from django.db import transaction

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.city_keys import write_keys
from ecredit.foundation.proof.pdf_certificates import certify_pair
from ecredit.foundation.proof.pdf_signing import PdfSigner, licensed_signer, pair_signer, sign_pdf
from ecredit.foundation.proof.sealing import Sealer
from ecredit.service.badges.signing_actions import city_keys, present_city, signing_pair
from ecredit.service.credit_reports.drawing import draw_report
from ecredit.service.credit_reports.errors import NoSuchSubject, TooManyReports
from ecredit.service.credit_reports.models import CreditReport
from ecredit.service.credit_reports.public_content import read_public_contents
from ecredit.service.credit_reports.queries import count_issued_by
from ecredit.service.credit_reports.report_rows import DIGITS, ISSUED, issued_of, mark_of
from ecredit.service.credit_reports.types import Asked, Contents, IssuedReport, Langs
from ecredit.service.credit_reports.wording import ZONE, say
from ecredit.service.publicity.queries import PublicStore

PUBLIC: Final = Actor("public", "portal.report")
"""Who asks at the public's door: nobody in particular."""
_MINUTE: Final = timedelta(minutes=1)
_RANDOM: Final = 10
_PUBLIC_PURPOSE: Final = "公开查询"


@dataclass(frozen=True, slots=True)
class Maker:
    """Where reports are made, who asks, when."""

    home: Home
    sealer: Sealer
    by: Actor
    at: datetime


def issue_public(maker: Maker, code: str, langs: Langs, *, limited: bool = False) -> IssuedReport:
    """The public form about a code, with its file. The same content of the same day is the same report, not a new one.

    `limited`: no more than `ECREDIT_REPORTS_A_MINUTE` new ones a minute for whoever asks. Raises NoSuchSubject, TooManyReports.
    """
    store = PublicStore(maker.home.public_db)
    try:
        contents = read_public_contents(store, code, on=maker.at.astimezone(ZONE).date(), langs=langs)
    finally:
        store.close()
    if contents is None:
        raise NoSuchSubject("没有这个主体的公示页面", "there is no public page for this subject")
    with maker.home.alone_in_credit_reports():
        kept = _kept(maker, contents)
        if kept is not None:
            return kept
        if limited:
            _hold_back(maker)
        made = _issue(maker, contents, f"code:{contents.code}", Asked(_PUBLIC_PURPOSE))
        _keep(maker, made)
        return made


def issue_full(maker: Maker, contents: Contents, about: str, asked: Asked) -> IssuedReport:
    """A full form, with its file, which is kept nowhere here. The caller has decided that this asker may have it."""
    with maker.home.alone_in_credit_reports():
        return _issue(maker, contents, about, asked)


def find_signer(maker: Maker) -> PdfSigner:
    """The licensed certificate of the settings; without one, the city's own of the test authority."""
    path = str(getattr(settings, "ECREDIT_REPORT_CERTIFICATE", ""))
    if path:
        return licensed_signer(Path(path), str(settings.ECREDIT_REPORT_CERTIFICATE_PASSPHRASE))
    pair = signing_pair(home=maker.home, sealer=maker.sealer, by=maker.by, at=maker.at)
    _publish(maker, pair.kid)
    certified = certify_pair(
        maker.home.keys, maker.sealer, pair.public, name=say("zh", "portal.site_sub"), at=maker.at
    )
    return pair_signer(pair, certified.certificate)


def _issue(maker: Maker, contents: Contents, about: str, asked: Asked) -> IssuedReport:
    city, signer = present_city(), find_signer(maker)
    at = max(maker.at, signer.certificate.not_valid_before_utc)
    number = _number(at)
    drawn = draw_report(contents, number=number, at=at, site=city.site, test=signer.is_test)
    reason = say(contents.langs.each[0], "credit_report.reason", number=number)
    raw = sign_pdf(drawn, signer, at=at, reason=reason, place=city.site)
    row = CreditReport(
        number=number,
        form=contents.form.value,
        about=about,
        code=contents.code,
        name=contents.name,
        langs=contents.langs.value,
        content=content_digest(contents),
        digest=hashlib.sha256(raw).hexdigest(),
        size=len(raw),
        certificate=signer.certificate.fingerprint(hashes.SHA256()).hex(),
        test=signer.is_test,
        who=maker.by.who,
        purpose=asked.purpose,
        consent=asked.consent,
        issued_at=at,
    )
    # Drawn and signed before the log is opened: nobody who writes waits for it.
    with transaction.atomic():
        log = OpenLog(maker.sealer.ring, maker.at)
        row.leaf = log.next_leaf
        row.binding = mark_of(maker.sealer.ring, row)
        detail = {
            "number": number, "form": row.form, "langs": row.langs, "digest": row.digest, "purpose": row.purpose,
            "consent": row.consent, "binding": row.binding,
        }  # fmt: skip
        post_journal(log, by=maker.by, verb=ISSUED, about=about, detail=detail)
        row.save(force_insert=True)
        log.seal()
    return replace(issued_of(row), raw=raw)


def content_digest(contents: Contents) -> str:
    """A digest of what a report says, whatever its number and the instant it is made."""
    said = json.dumps(asdict(contents), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _number(at: datetime) -> str:
    """Day and ten random signs (50 bits): who has no report cannot guess one's number."""
    return f"R{at.astimezone(ZONE):%Y%m%d}-{''.join(secrets.choice(DIGITS) for _ in range(_RANDOM))}"


def _hold_back(maker: Maker) -> None:
    most = int(settings.ECREDIT_REPORTS_A_MINUTE)
    if count_issued_by(maker.by.who, since=maker.at - _MINUTE) >= most:
        raise TooManyReports(
            "此刻要求制作报告的人较多，请一分钟后再试。",
            "Many reports are being asked for just now; please try again in a minute.",
        )


def _kept(maker: Maker, contents: Contents) -> IssuedReport | None:
    """The report of the same content, if its file is still here and still the one that was signed."""
    row = CreditReport.objects.filter(content=content_digest(contents), form=contents.form).order_by("-leaf").first()  # fmt: skip
    if row is None or row.issued_at.astimezone(ZONE).date() != maker.at.astimezone(ZONE).date():
        return None
    try:
        raw = (maker.home.credit_reports / f"{row.number}.pdf").read_bytes()
    except FileNotFoundError:
        return None
    return replace(issued_of(row), raw=raw) if hashlib.sha256(raw).hexdigest() == row.digest else None


def _keep(maker: Maker, made: IssuedReport) -> None:
    """Keep a public form for the day; those of other days, and of what this subject's profile said before, go."""
    folder = maker.home.credit_reports
    folder.mkdir(mode=0o700, exist_ok=True)
    today = made.number.partition("-")[0]
    older = CreditReport.objects.filter(code=made.code, langs=made.langs, form=made.form).exclude(
        number=made.number
    )
    gone = set(older.order_by("-leaf").values_list("number", flat=True)[:50])
    for path in folder.glob("*.pdf"):
        if not path.name.startswith(today) or path.stem in gone:
            path.unlink(missing_ok=True)
    draft = folder / f".{made.number}.part"
    draft.write_bytes(made.raw)
    draft.rename(folder / f"{made.number}.pdf")


def _publish(maker: Maker, kid: str) -> None:
    """See to it that the pair's public half is where the city's keys are published, also before any badge was issued."""
    path = maker.home.city_keys
    if path.exists() and f'"{kid}"' in path.read_text(encoding="utf-8"):
        return
    draft = path.with_suffix(".report.part")
    draft.write_text(
        json.dumps(write_keys(city_keys(maker.home, maker.sealer)), indent=1) + "\n", encoding="utf-8"
    )
    draft.replace(path)
