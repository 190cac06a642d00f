"""Large files in pieces: an upload that is cut off goes on from the byte where it stands."""

from typing import Annotated, Any, Final

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from ninja import Header, Path, Router, Status

from ecredit.facts.actors.types import Actor
from ecredit.facts.collection.collect_actions import check_entitled
from ecredit.service.operation.sending import hand_over
from ecredit.service.operation.uploads import Upload, get_upload, open_upload, put_piece
from ecredit.service.operation.webhook_actions import open_call
from ecredit.surface.api.keys import Needs, account_of, actor_of
from ecredit.surface.api.problems import ApiProblem
from ecredit.surface.api.reading_bodies import BYTES, announced, check_content, check_whole, pieces
from ecredit.surface.api.route_batches import own_batch
from ecredit.surface.api.route_submissions import started
from ecredit.surface.api.running import platform, supplier_of
from ecredit.surface.api.shapes import SubmissionShape, UploadOpening, UploadShape
from ecredit.surface.api.signatures import digest_check
from ecredit.surface.api.told import get_source, reads, sends

router = Router(tags=["uploads"])
Token = Annotated[str, Path(min_length=22, max_length=22, pattern="^[A-Za-z0-9_-]+$")]
# How much one piece may be: it is kept in no memory, but its sender waits for the answer with nothing to go by.
MOST_A_PIECE = 64 << 20
_SEND: Final = ("batch.submit", "batch.try")


@router.post(
    "/uploads",
    auth=Needs(*_SEND),
    response=sends(201, UploadShape),
    summary="开始分段上传 Begin an upload",
)
def begin_upload(request: HttpRequest, opening: UploadOpening, response: HttpResponse) -> Any:
    """Begin an upload in pieces, or find the one begun for the same file: then go on from `received`.

    An upload to be checked only needs `batch.try`, one to be sent `batch.submit`; so do its pieces and its end.
    """
    actor_of(request, _permission(trial=opening.trial))
    source = get_source(opening.source)
    sender = supplier_of(account_of(request))
    check_entitled(source, sender, platform().catalog)
    if opening.corrects is not None:
        own_batch(request, opening.corrects, _permission(trial=opening.trial))
    upload = open_upload(
        platform().home,
        who=_who(request),
        organisation=sender.id,
        source=source.id,
        filename=opening.filename,
        size=opening.size,
        marks=opening.sha256,
        trial=opening.trial,
        corrects=opening.corrects,
        at=platform().now,
        sha256=opening.sha256,
    )
    response.headers["Location"] = f"/api/v1/uploads/{upload.token}"
    return Status(201, _shape(upload))


@router.get(
    "/uploads/{token}", auth=Needs(*_SEND), response=reads(UploadShape), summary="上传进度 One upload"
)
def read_upload(request: HttpRequest, token: Token) -> dict[str, Any]:
    """How much of an upload is here. Kept for a day."""
    return _shape(_own(request, token)[0])


@router.patch(
    "/uploads/{token}",
    auth=Needs(*_SEND, streams=True),
    response=sends(200, UploadShape),
    summary="上传一段 Send a piece",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {BYTES: {"schema": {"type": "string", "format": "binary", "minLength": 1}}},
        }
    },
)
def send_piece(
    request: HttpRequest,
    token: Token,
    upload_offset: Annotated[int, Header(alias="Upload-Offset", ge=0, le=2 << 30)],
) -> dict[str, Any]:
    """Send the bytes from `Upload-Offset` on, 64 MB at most. 409 tells where the upload stands (`received`).

    With `Content-Digest` a piece that is other than it says, or cut off, does not count.
    """
    _own(request, token)
    check_content(request, kinds=frozenset({BYTES}))
    size = announced(request)
    if size > MOST_A_PIECE:
        raise ApiProblem(413, "too_large", most=f"{MOST_A_PIECE >> 20} MB", headers={"Connection": "close"})
    try:
        upload = put_piece(
            platform().home,
            token,
            who=_who(request),
            offset=upload_offset,
            pieces=pieces(request),
            check=digest_check(request),
        )
    except UnreadablePostError:
        # What came before the cut counts; its sender asks where to go on.
        raise ApiProblem(400, "cut_off") from None
    check_whole(request, upload.received - upload_offset)
    return _shape(upload)


@router.post(
    "/uploads/{token}/submission",
    auth=Needs(*_SEND),
    response=sends(202, SubmissionShape),
    summary="交出上传的文件 Submit an upload",
)
def submit_upload(request: HttpRequest, token: Token, response: HttpResponse) -> Any:
    """Hand the whole file over. Asked again, it gives the same submission."""
    before, by = _own(request, token)
    job = hand_over(platform(), token, who=_who(request), by=by)
    if before.job is None:
        open_call(organisation=before.organisation, job_id=job, at=platform().now)
    status, document, headers = started(job, trial=before.trial)
    for name, value in headers.items():
        response.headers[name] = value
    return Status(status, document)


def _own(request: HttpRequest, token: str) -> tuple[Upload, Actor]:
    """The organisation's upload, and as whom the key goes on with it. Raises NoSuchUpload, NotAllowed."""
    found = get_upload(platform().home, token, who=_who(request))
    return found, actor_of(request, _permission(trial=found.trial))


def _permission(*, trial: bool) -> str:
    return "batch.try" if trial else "batch.submit"


def _who(request: HttpRequest) -> str:
    """Uploads are the organisation's: whichever of its keys began one, another may go on."""
    return f"api.{account_of(request).organisation}"


def _shape(upload: Upload) -> dict[str, Any]:
    return {
        "id": upload.token,
        "source": upload.source,
        "filename": upload.filename,
        "size": upload.size,
        "received": upload.received if upload.job is None else upload.size,
        "submission": upload.job,
    }
