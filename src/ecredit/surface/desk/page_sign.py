"""`/desk/sign`: documents that wait for the signature of one's own organisation, and one of them whole; signed here.

With a key file that is used for the one signature and kept nowhere; or with a tool of one's own: take the bytes, sign them,
bring the signature.
"""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.debug import sensitive_post_parameters

from ecredit.facts.actors.queries import get_organisation, list_supplier_names
from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.service.signatures.name_rules import Signatory
from ecredit.service.signatures.queries import (
    find_document,
    list_documents,
    read_content,
    read_signature,
)
from ecredit.service.signatures.sign_actions import Signing, sign_by_key_file, sign_by_upload
from ecredit.service.signatures.trust import SigningPlace, roots_pem
from ecredit.service.signatures.types import PDF, DocumentState, DocumentView, Form
from ecredit.service.signatures.verify import check_document
from ecredit.surface.desk.doors import account_of_request, actor, needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.notices import done, notice
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page

SIGN: Final = "document.sign"
STATE_BADGES: Final = {
    DocumentState.WAITING: "warn",
    DocumentState.SIGNED: "good",
    DocumentState.REPLACED: "",
    DocumentState.WITHDRAWN: "",
}
_ENDINGS: Final = {PDF: "pdf", "application/json": "json"}
_LONGEST_SHOWN: Final = 40_000
# Of a signed PDF; the longest document and what a signature adds.
_LONGEST_GIVEN: Final = 5 << 20


@needs(SIGN)
def documents(request: HttpRequest) -> HttpResponse:
    """What waits, and what was signed."""
    mine = _mine(request)
    found = list_documents(organisations=mine)
    names = list_supplier_names(city().catalog, mine)
    return page(
        request,
        "desk/sign_documents.html",
        waiting=[one for one in found if one.state is DocumentState.WAITING],
        ended=[one for one in found if one.state is not DocumentState.WAITING],
        names=names,
        kind_of=_kind_of(request),
        badges=STATE_BADGES,
    )


@needs(SIGN)
def document(request: HttpRequest, number: str) -> HttpResponse:
    """One of them: what it says, how to sign it, and every signature checked now."""
    return _show(request, _find(request, number))


@needs(SIGN)
def document_bytes(request: HttpRequest, number: str) -> HttpResponse:
    """The very bytes that are signed."""
    found = _find(request, number)
    return _file(read_content(city().sealer, found.number), file_name(found), found.media)


@needs(SIGN)
def signature_bytes(request: HttpRequest, number: str, signature: str) -> HttpResponse:
    """A signature on record, to be checked elsewhere."""
    found = _find(request, number)
    if signature not in {one.number for one in found.signatures}:
        raise NotThere
    view, raw = read_signature(city().sealer, signature)
    if view.form is Form.PDF:
        return _file(raw, f"{found.number}.{signature}.pdf", PDF)
    return _file(raw, f"{file_name(found)}.{signature}.p7s", "application/pkcs7-signature")


@needs(SIGN)
def signing_roots(_request: HttpRequest) -> HttpResponse:
    """The roots this system trusts, to check with elsewhere."""
    return _file(roots_pem(_place()), "roots.pem", "application/x-pem-file")


@sensitive_post_parameters("passphrase")
@needs(SIGN, methods=("POST",))
def sign_by_file(request: HttpRequest, number: str) -> HttpResponse:
    """Sign with a key file."""
    found = _find(request, number)
    key_file = request.FILES.get("key_file")
    try:
        if key_file is None:
            raise WrongUse("请选择密钥文件（.p12、.pfx）", "choose a key file (.p12, .pfx)")
        _consented(request)
        sign_by_key_file(
            _place(), _signing(request, found), key_file.read(), request.POST.get("passphrase", "")
        )
    except EcreditError as error:
        return _show(request, found, error)
    return done(request, "signed", "desk:sign_document", number=found.number)


@needs(SIGN, methods=("POST",))
def sign_by_tool(request: HttpRequest, number: str) -> HttpResponse:
    """Take a signature that was made elsewhere."""
    found = _find(request, number)
    given = request.FILES.get("signature")
    try:
        if given is None:
            raise WrongUse("请选择签名文件（.p7s）", "choose a signature file (.p7s)")
        sign_by_upload(_place(), _signing(request, found), given.read(_LONGEST_GIVEN))
    except EcreditError as error:
        return _show(request, found, error)
    return done(request, "signed", "desk:sign_document", number=found.number)


def file_name(found: DocumentView) -> str:
    """What a document's file is called."""
    return f"{found.number}.{_ENDINGS.get(found.media, 'txt')}"


def _mine(request: HttpRequest) -> frozenset[str]:
    """The organisations this person signs for: where they sit with that right, whatever else their role reaches."""
    roles = city().catalog.roles
    return frozenset(
        seat.organisation
        for seat in account_of_request(request).seats
        if (role := roles.get(seat.role)) is not None and SIGN in role.permissions
    )


def _find(request: HttpRequest, number: str) -> DocumentView:
    found = find_document(number)
    if found is None or found.organisation not in _mine(request):
        raise NotThere
    return found


def _signing(request: HttpRequest, found: DocumentView) -> Signing:
    account, organisation = account_of_request(request), get_organisation(found.organisation)
    signatory = Signatory(
        account.name,
        list_supplier_names(city().catalog, [found.organisation])[found.organisation],
        "" if organisation is None else organisation.uscc,
    )
    by = actor(request, SIGN, of=found.organisation)
    return Signing(found.number, account.who, signatory, by, city().now)


def _consented(request: HttpRequest) -> None:
    if request.POST.get("consent") != "yes":
        raise WrongUse("请确认已阅读全文并同意签署", "confirm that you have read the whole and agree to sign")


def _place() -> SigningPlace:
    return SigningPlace(city().home, city().sealer)


def _show(request: HttpRequest, found: DocumentView, error: EcreditError | None = None) -> HttpResponse:
    frame, who = frame_of(request), account_of_request(request).who
    content = read_content(city().sealer, found.number)
    open_to_me = found.state in (DocumentState.WAITING, DocumentState.SIGNED) and all(
        one.who != who for one in found.signatures
    )
    return page(
        request,
        "desk/sign_document.html",
        status=200 if error is None else 400,
        found=found,
        file=file_name(found),
        kind=_kind_of(request)(found),
        badge_of=STATE_BADGES[found.state],
        organisation=list_supplier_names(city().catalog, [found.organisation])[found.organisation],
        shown="" if found.media == PDF else content.decode("utf-8", "replace")[:_LONGEST_SHOWN],
        cut=found.media != PDF and len(content) > _LONGEST_SHOWN,
        checked=check_document(_place(), found.number, at=city().now) if found.signatures else (),
        may_sign=open_to_me,
        name=account_of_request(request).name,
        done=notice(request),
        wrong="" if error is None else frame.say(error),
    )


def _kind_of(request: HttpRequest) -> Any:
    t = frame_of(request).t
    return lambda found: t.find(f"sign_kind_{found.kind}", found.kind)


def _file(content: bytes, name: str, media: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=media)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


MENU: Final = (Entry("desk:sign_documents", "sign_documents", "own", 15, (SIGN,)),)
urlpatterns = [
    path("sign", documents, name="sign_documents"),
    path("sign/roots.pem", signing_roots, name="sign_roots"),
    path("sign/<str:number>", document, name="sign_document"),
    path("sign/<str:number>/document", document_bytes, name="sign_document_bytes"),
    path("sign/<str:number>/signature/<str:signature>", signature_bytes, name="sign_signature_bytes"),
    path("sign/<str:number>/by-file", sign_by_file, name="sign_by_file"),
    path("sign/<str:number>/by-tool", sign_by_tool, name="sign_by_tool"),
]
