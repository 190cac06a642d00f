"""`/desk/supply/uploads`: uploads in pieces, for the script of the form: begun or taken up, a piece, the end. JSON."""

from collections.abc import Callable, Iterator
from typing import Concatenate, Final, ParamSpec

from django.http import HttpRequest, JsonResponse
from django.urls import path, reverse

from ecredit.facts.actors.errors import NotAllowed
from ecredit.foundation.kernel.errors import EcreditError, InputRefused
from ecredit.service.operation.sending import hand_over
from ecredit.service.operation.uploads import NoSuchUpload, PieceOutOfPlace, Upload, get_upload, put_piece
from ecredit.surface.desk.doors import account_of_request, actor, needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.forms import asked_number
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.supply_seat import acting_of
from ecredit.surface.desk.upload_opening import begin_upload

LARGEST_PIECE: Final = 16 << 20
_READ: Final = 1 << 18
_STATUS: Final[dict[type[EcreditError], int]] = {
    NotAllowed: 403, NotThere: 404, NoSuchUpload: 404, PieceOutOfPlace: 409,
}  # fmt: skip

Given = ParamSpec("Given")


def _told(
    view: Callable[Concatenate[HttpRequest, Given], JsonResponse],
) -> Callable[Concatenate[HttpRequest, Given], JsonResponse]:
    """What goes wrong as JSON with its sentence: the script shows it beside the form."""

    def answered(request: HttpRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> JsonResponse:
        try:
            return view(request, *args, **kwargs)
        except EcreditError as error:
            said = {"code": error.code, "message": frame_of(request).say(error), **_place(error)}
            return JsonResponse(said, status=_STATUS.get(type(error), 400))

    return answered


def _place(error: EcreditError) -> dict[str, object]:
    return {"received": error.data["received"]} if isinstance(error, PieceOutOfPlace) else {}


@needs("batch.submit", "batch.try", methods=("POST",))
@_told
def begin(request: HttpRequest) -> JsonResponse:
    """Begin the upload the fields ask for, or find it: `received` says from where to go on."""
    acting = acting_of(request, "batch.submit", "batch.try")
    if acting is None:
        raise NotThere
    size = asked_number(request.POST.get("size", ""))
    if size is None:
        raise InputRefused("不知道文件有多大；请重新选择文件", "the file's size is unknown; choose it again")
    marks = (request.POST.get("name", ""), str(size), request.POST.get("changed", ""))
    upload, _ = begin_upload(request, acting, filename=request.POST.get("name", ""), size=size, marks=marks)
    return _standing(upload)


@needs("batch.submit", "batch.try", methods=("PUT",))
@_told
def piece(request: HttpRequest, token: str) -> JsonResponse:
    """The bytes from `?offset=` on."""
    offset = asked_number(request.GET.get("offset", ""))
    if offset is None:
        raise InputRefused("缺少这一段的起点", "where the piece begins is missing")
    if int(request.headers.get("Content-Length") or 0) > LARGEST_PIECE:
        raise InputRefused("一次传得太多", "the piece is too large")
    who = account_of_request(request).who
    return _standing(put_piece(city().home, token, who=who, offset=offset, pieces=_body(request)))


@needs("batch.submit", "batch.try", methods=("POST",))
@_told
def end(request: HttpRequest, token: str) -> JsonResponse:
    """Hand the whole file over; twice gives the same."""
    upload = get_upload(city().home, token, who=account_of_request(request).who)
    by = actor(request, "batch.try" if upload.trial else "batch.submit", of=upload.organisation)
    hand_over(city(), token, who=upload.who, by=by)
    return JsonResponse({"page": reverse("desk:upload", args=[token])})


def _body(request: HttpRequest) -> Iterator[bytes]:
    left = LARGEST_PIECE
    while left > 0 and (read := request.read(min(_READ, left))):
        left -= len(read)
        yield read


def _standing(upload: Upload) -> JsonResponse:
    return JsonResponse(
        {
            "received": upload.received,
            "size": upload.size,
            "piece": reverse("desk:upload_piece", args=[upload.token]),
            "end": reverse("desk:upload_end", args=[upload.token]),
        }
    )


urlpatterns = [
    path("supply/uploads", begin, name="upload_begin"),
    path("supply/uploads/<str:token>/piece", piece, name="upload_piece"),
    path("supply/uploads/<str:token>/end", end, name="upload_end"),
]
