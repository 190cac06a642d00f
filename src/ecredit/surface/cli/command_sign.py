"""ecredit sign: documents that people sign: offered, listed, checked, taken out; signatures brought; test certificates."""

import argparse
import hashlib
import mimetypes
import secrets
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from ecredit.facts.actors.people_queries import get_person_file
from ecredit.facts.actors.queries import get_organisation, get_supplier
from ecredit.facts.subjects.queries import get_subject_id
from ecredit.foundation.kernel.errors import InputRefused, WrongUse
from ecredit.foundation.proof.badge_types import State
from ecredit.service.operation.signing_lists import fetch_signing_lists
from ecredit.service.signatures.certificate_actions import (
    Wanted,
    issue_test_certificate,
    revoke_test_certificate,
)
from ecredit.service.signatures.errors import NoSuchDocument
from ecredit.service.signatures.name_rules import Signatory
from ecredit.service.signatures.offer_actions import offer_alone
from ecredit.service.signatures.queries import (
    find_document,
    list_documents,
    list_test_certificates,
    read_content,
    read_signature,
)
from ecredit.service.signatures.sign_actions import Signing, sign_by_upload
from ecredit.service.signatures.trust import SigningPlace, roots_pem, test_list, tests_allowed
from ecredit.service.signatures.types import JSON, PDF, TEXT, DocumentView, Form, Offer, SignedVerdict
from ecredit.service.signatures.verify import check_document
from ecredit.surface.cli.answer import Answer, columns, minute
from ecredit.surface.cli.condition_lines import condition_lines
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.parsing import Everywhere, Subparsers

_STATES = {
    "waiting": "待签署 waiting",
    "signed": "已签署 signed",
    "replaced": "已有新文本 replaced",
    "withdrawn": "已撤回 taken back",
}
_MARKS = {State.HOLDS: "✓", State.FAILS: "✗", State.OPEN: "–"}
_MEDIA = {"text/plain": TEXT, "application/pdf": PDF, "application/json": JSON}


def add_parsers(commands: Subparsers, everywhere: Everywhere) -> None:
    """Declare `sign` and its verbs."""
    parser = commands.add_parser("sign", parents=[everywhere], help="文件签署 documents that people sign")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    offer = verbs.add_parser(
        "offer", parents=[everywhere], help="提供文件待签署 put a document up to be signed"
    )
    offer.add_argument("file", type=Path, metavar="FILE", help="文字（UTF-8）、JSON 或 PDF text, JSON or PDF")
    offer.add_argument("--for", dest="organisation", required=True, metavar="ORG", help="由谁签署 who signs")
    offer.add_argument("--title", required=True, help="标题 its title")
    offer.add_argument("--kind", default="document", help="种类 commitment, application, decision …")
    offer.add_argument("--about", default="", metavar="CODE", help="关于哪个主体 code of the subject")
    offer.add_argument(
        "--key", default="", help="同一 KEY 再次提供即为新版本 the same key again is a new version"
    )
    offer.add_argument("--edition", default="", help="文本的版本 version of the text")
    offer.set_defaults(run=run_offer)
    listing = verbs.add_parser("list", parents=[everywhere], help="列表 documents, newest first")
    listing.add_argument(
        "--for", dest="organisation", metavar="ORG", help="只列由谁签署的 of one organisation"
    )
    listing.add_argument("--waiting", action="store_true", help="只列待签署的 only those that wait")
    listing.set_defaults(run=run_list)
    check = verbs.add_parser("check", parents=[everywhere], help="核对签名 check every signature anew")
    check.add_argument("number", metavar="NUMBER", help="文件编号 number of the document")
    check.set_defaults(run=run_check)
    take = verbs.add_parser("take", parents=[everywhere], help="取出 write document, signatures, roots")
    take.add_argument("number", metavar="NUMBER", help="文件编号 number of the document")
    take.add_argument("--out", type=Path, required=True, metavar="DIR", help="写到哪个文件夹 the folder")
    take.set_defaults(run=run_take)
    bring = verbs.add_parser("bring", parents=[everywhere], help="登记签名 enter a signature made elsewhere")
    bring.add_argument("number", metavar="NUMBER", help="文件编号 number of the document")
    bring.add_argument(
        "signature", type=Path, metavar="FILE", help="分离式 CMS 签名 a detached CMS signature"
    )
    bring.add_argument("--person", required=True, metavar="LOGIN", help="签署人 who signed")
    bring.set_defaults(run=run_bring)
    issue = verbs.add_parser(
        "test-certificate", parents=[everywhere], help="签发测试证书 a test certificate with its key"
    )
    issue.add_argument("login", metavar="LOGIN", help="给谁 for whom")
    issue.add_argument(
        "--for", dest="organisation", metavar="ORG", help="单位（默认其第一个任职） organisation"
    )
    issue.add_argument("--out", type=Path, required=True, metavar="FILE", help="写到哪里 the PKCS #12 file")
    issue.add_argument("--kind", choices=("ec", "rsa"), default="ec", help="密钥种类 kind of key")
    issue.add_argument("--days", type=int, default=365, help="有效天数 days it lasts (365)")
    issue.set_defaults(run=run_issue)
    certificates = verbs.add_parser(
        "certificates", parents=[everywhere], help="测试证书列表 test certificates"
    )
    certificates.set_defaults(run=run_certificates)
    lists = verbs.add_parser("lists", parents=[everywhere], help="取吊销列表 fetch revocation lists now")
    lists.set_defaults(run=run_lists)
    revoke = verbs.add_parser(
        "revoke", parents=[everywhere], help="吊销测试证书 take a test certificate back"
    )
    revoke.add_argument("serial", metavar="SERIAL", help="序列号 its serial number")
    revoke.add_argument("--reason", required=True, help="原因，记入日志 why; it is journaled")
    revoke.set_defaults(run=run_revoke)


def run_offer(args: argparse.Namespace, context: Context) -> Answer:
    """Put a document up."""
    content = _read(args.file)
    organisation = get_supplier(context.catalog, args.organisation, on=context.today)
    about = (
        f"subject:{get_subject_id(args.about, context.sealer)}"
        if args.about
        else f"organisation:{organisation.id}"
    )
    guessed = mimetypes.guess_type(args.file.name)[0] or "text/plain"
    offer = Offer(
        key=args.key or f"console:{hashlib.sha256(content).hexdigest()[:24]}-{secrets.token_hex(4)}",
        kind=args.kind,
        title=args.title,
        about=about,
        organisation=organisation.id,
        content=content,
        media=_MEDIA.get(guessed, TEXT),
        edition=args.edition,
    )
    _ = context.home
    made = offer_alone(offer=offer, sealer=context.sealer, by=context.operator, at=context.now)
    return Answer(_document(made), _lines(made))


def run_list(args: argparse.Namespace, context: Context) -> Answer:
    """Documents."""
    _ = context.home
    chosen = None
    if args.organisation:
        chosen = [get_supplier(context.catalog, args.organisation, on=context.today).id]
    found = list_documents(organisations=chosen, waiting=args.waiting)
    rows = [
        (one.number, _STATES[one.state], one.organisation, one.title, minute(one.offered_at)) for one in found
    ]
    head = ("编号 number", "情况 state", "单位 for", "标题 title", "提供 offered")
    return Answer(
        {"documents": [_document(one) for one in found]},
        columns(rows, head) if rows else ["没有文件 no document"],
    )


def run_check(args: argparse.Namespace, context: Context) -> Answer:
    """Check every signature on a document; exit 1 when there is none or one does not hold."""
    place = _place(context)
    found = _find(args.number)
    checked = check_document(place, found.number, at=context.now)
    ok = bool(checked) and all(one.verdict.ok for one in checked)
    lines = _lines(found)
    for one in checked:
        lines += _signature_lines(one)
    if not checked:
        lines.append("  还没有签名 no signature yet")
    return Answer(
        {**_document(found), "ok": ok, "checked": [_checked(one) for one in checked]},
        lines,
        code=0 if ok else 1,
    )


def run_take(args: argparse.Namespace, context: Context) -> Answer:
    """Write what anybody needs to check it elsewhere."""
    place, found = _place(context), _find(args.number)
    args.out.mkdir(parents=True, exist_ok=True)
    document = (
        args.out
        / f"{found.number}.{'pdf' if found.media == PDF else 'json' if found.media == JSON else 'txt'}"
    )
    written = {document: read_content(place.sealer, found.number), args.out / "roots.pem": roots_pem(place)}
    for one in found.signatures:
        name = (
            f"{found.number}.{one.number}.pdf"
            if one.form is Form.PDF
            else f"{document.name}.{one.number}.p7s"
        )
        written[args.out / name] = read_signature(place.sealer, one.number)[1]
    if tests_allowed():
        written[args.out / "test-authority.crl"] = test_list(place, at=context.now)
    for path, content in written.items():
        path.write_bytes(content)
    names = [str(path) for path in written]
    return Answer({"files": names}, ["已写入 written:", *(f"  {name}" for name in names)])


def run_bring(args: argparse.Namespace, context: Context) -> Answer:
    """Enter what somebody signed with a tool of their own."""
    place, found, person = _place(context), _find(args.number), get_person_file(args.person)
    if found.organisation not in {one.organisation for one in person.memberships if one.valid_to is None}:
        raise WrongUse(
            f"{args.person} 不在签署单位 {found.organisation} 任职",
            f"{args.person} holds no role in {found.organisation}, which signs",
        )
    signatory = _signatory(context, person.name, found.organisation)
    signing = Signing(found.number, person.who, signatory, context.operator, context.now)
    made = sign_by_upload(place, signing, _read(args.signature))
    return Answer(
        asdict(made),
        [f"签名 signature {made.number}：{made.signer}，日志第 {made.leaf} 条 leaf of the log"],
    )


def run_issue(args: argparse.Namespace, context: Context) -> Answer:
    """A test certificate with its key, once."""
    place, person = _place(context), get_person_file(args.login)
    seats = [one.organisation for one in person.memberships if one.valid_to is None]
    organisation = seats[-1] if seats else ""
    if args.organisation:
        organisation = get_supplier(context.catalog, args.organisation, on=context.today).id
    if organisation not in seats:
        raise WrongUse(
            f"{args.login} 没有任职，请用 --for 指定其单位"
            if not organisation
            else f"{args.login} 不在 {organisation} 任职",
            f"{args.login} holds no role there; give an organisation of theirs with --for",
        )
    if args.out.exists():
        raise WrongUse(f"{args.out} 已存在，没有覆盖", f"{args.out} exists and was not overwritten")
    passphrase = secrets.token_urlsafe(12)
    wanted = Wanted(
        person.who,
        organisation,
        _signatory(context, person.name, organisation),
        args.kind,
        timedelta(days=args.days),
    )
    made = issue_test_certificate(place, wanted, passphrase=passphrase, by=context.operator, at=context.now)
    args.out.touch(mode=0o600, exist_ok=False)
    args.out.write_bytes(made.raw)
    serial = f"{made.certificate.serial_number:x}"
    return Answer(
        {"serial": serial, "file": str(args.out), "passphrase": passphrase, "who": person.who},
        [
            f"测试证书 test certificate {serial}：{made.certificate.subject.rfc4514_string()}",
            f"  密钥文件 key file {args.out}，口令（只显示一次） passphrase (shown once): {passphrase}",
            "  本系统不保存密钥；测试证书不具《电子签名法》上的认证效力 the key is not kept here; it has no legal effect",
        ],
    )


def run_certificates(args: argparse.Namespace, context: Context) -> Answer:  # noqa: ARG001
    """Test certificates."""
    _ = context.home
    found = list_test_certificates()
    rows = [
        (
            row.serial,
            row.who,
            row.organisation,
            minute(row.valid_until),
            "" if row.revoked_at is None else f"已吊销 revoked {minute(row.revoked_at)}",
        )
        for row in found
    ]
    return Answer(
        {
            "certificates": [
                {"serial": row.serial, "who": row.who, "organisation": row.organisation, "valid_until": row.valid_until, "revoked_at": row.revoked_at}
                for row in found
            ]
        },
        columns(rows, ("序列号 serial", "人员 person", "单位 organisation", "至 until", ""))
        if rows
        else ["没有测试证书 no test certificate"],
    )  # fmt: skip


def run_lists(args: argparse.Namespace, context: Context) -> Answer:  # noqa: ARG001
    """Fetch the lists of the settings; exit 1 when one was not."""
    fetched = fetch_signing_lists(at=context.now)
    lines = [
        f"{one.url}：{one.problem}"
        if one.problem
        else f"{one.url}：{one.issued_at:%Y-%m-%d %H:%M} UTC，下次更新 next {'—' if one.until is None else f'{one.until:%Y-%m-%d %H:%M} UTC'}"
        for one in fetched
    ]
    return Answer(
        {"lists": [asdict(one) for one in fetched]},
        lines or ["没有设置 ECREDIT_SIGNING_LIST_URLS nothing is set"],
        code=1 if any(one.problem for one in fetched) else 0,
    )


def run_revoke(args: argparse.Namespace, context: Context) -> Answer:
    """Take one back."""
    revoke_test_certificate(
        _place(context), args.serial, reason=args.reason, by=context.operator, at=context.now
    )
    return Answer({"serial": args.serial, "revoked": True}, [f"测试证书 {args.serial} 已吊销 revoked"])


def _place(context: Context) -> SigningPlace:
    return SigningPlace(context.home, context.sealer)


def _find(number: str) -> DocumentView:
    found = find_document(number)
    if found is None:
        raise NoSuchDocument(f"没有编号为 {number} 的文件", f"there is no document {number}", number=number)
    return found


def _signatory(context: Context, name: str, organisation: str) -> Signatory:
    registered = get_organisation(organisation)
    if registered is not None:
        return Signatory(name, registered.name, registered.uscc)
    return Signatory(name, context.catalog.departments[organisation].name)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputRefused(f"读不了文件 {path}", f"{path} cannot be read") from error


def _document(found: DocumentView) -> dict[str, object]:
    return {
        "number": found.number, "key": found.key, "version": found.version, "kind": found.kind, "title": found.title, "about": found.about,
        "organisation": found.organisation, "media": found.media, "edition": found.edition, "sha256": found.digest, "size": found.size,
        "state": found.state, "offered_at": found.offered_at, "leaf": found.leaf, "signatures": [asdict(one) for one in found.signatures],
    }  # fmt: skip


def _lines(found: DocumentView) -> list[str]:
    return [
        f"文件 document {found.number}（{_STATES[found.state]}）：{found.title}",
        f"  由 {found.organisation} 签署 to be signed by it；版本 version {found.version} {found.edition}".rstrip(),
        f"  提供于 offered {minute(found.offered_at)}，日志第 {found.leaf} 条 leaf of the log",
        f"  SHA-256 {found.digest}",
    ]


def _signature_lines(one: SignedVerdict) -> list[str]:
    word = "成立 holds" if one.verdict.ok else "不成立 does NOT hold"
    return [
        f"签名 signature {one.signature.number}（{one.signature.signer}）：{word}",
        *(f"  {_MARKS[each.state]} {each.zh} / {each.en}" for each in one.verdict.findings),
        *condition_lines(one.conditions),
    ]


def _checked(one: SignedVerdict) -> dict[str, object]:
    return {
        "signature": one.signature.number,
        "ok": one.verdict.ok,
        "failed": list(one.verdict.failed),
        "checks": [asdict(each) for each in one.verdict.findings],
        "conditions": [asdict(each) for each in one.conditions],
        "said": one.verdict.said,
    }
