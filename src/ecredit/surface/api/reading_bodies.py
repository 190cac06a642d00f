"""Files in requests: what may be sent, taken piece by piece as it comes, and what it is called."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, UnreadablePostError

from ecredit.service.operation.staging import MOST_BYTES
from ecredit.service.operation.submissions import StagedFile, drop_file, stage_file
from ecredit.surface.api.problems import ApiProblem
from ecredit.surface.api.running import platform
from ecredit.surface.api.signatures import check_digest

_PIECE: Final = 1 << 20
CSV: Final = "text/csv"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
JSON_LINES: Final = "application/x-ndjson"
BYTES: Final = "application/octet-stream"
MULTIPART: Final = "multipart/form-data"
# Kind of content → what the file is called when nobody says.
KINDS: Final = {
    CSV: "upload.csv",
    XLSX: "upload.xlsx",
    "application/vnd.ms-excel": "upload.xls",
    JSON_LINES: "upload.jsonl",
    "application/jsonl": "upload.jsonl",
    BYTES: "upload",
}
_NAME: Final = re.compile(r"[^\x00-\x1f\x7f]{1,300}")


@dataclass(frozen=True, slots=True)
class Received:
    """A file that has come: where it is staged, and its name."""

    staged: StagedFile
    filename: str


def receive(request: HttpRequest, filename: str | None) -> Received:
    """Take the file of a request as it comes. Raises ApiProblem for what is no file, is cut off, or is not as announced."""
    kind = check_content(request)
    if filename is not None and not _NAME.fullmatch(filename):
        raise ApiProblem(422, "filename")
    if kind == MULTIPART:
        return _of_form(request, filename)
    staged = stage_file(platform(), pieces(request))
    try:
        check_whole(request, staged.size)
        check_digest(request, staged.digest)
    except ApiProblem:
        drop_file(platform(), staged)
        raise
    name = filename or KINDS[kind]
    if KINDS[kind].endswith(".jsonl") and not name.lower().endswith(".jsonl"):
        name += ".jsonl"
    return Received(staged, name)


def check_content(request: HttpRequest, *, kinds: frozenset[str] = frozenset({*KINDS, MULTIPART})) -> str:
    """The kind of a request's content. Raises ApiProblem (413, 415) for others, and for what is packed or too long."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ApiProblem(415, "packed")
    kind = request.content_type or ""
    if kind not in kinds:
        raise ApiProblem(415, "content_type", kinds="、".join(sorted(kinds)))
    if announced(request) > MOST_BYTES:
        raise ApiProblem(413, "too_large", most=f"{MOST_BYTES >> 30} GB", headers={"Connection": "close"})
    return kind


def announced(request: HttpRequest) -> int:
    """How many bytes the request says it brings."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def pieces(request: HttpRequest) -> Iterator[bytes]:
    """The content as it comes."""
    try:
        while piece := request.read(_PIECE):
            yield piece
    except OSError as error:
        raise UnreadablePostError from error


def check_whole(request: HttpRequest, size: int) -> None:
    """Raise ApiProblem when fewer bytes came than the request announced."""
    if size < announced(request):
        raise ApiProblem(400, "cut_off")


def _of_form(request: HttpRequest, filename: str | None) -> Received:
    if request.headers.get("Content-Digest") is not None:
        # It is of the whole form, which nobody has seen in one piece.
        raise ApiProblem(415, "digest_of_form")
    files = request.FILES.getlist("file")
    if len(files) != 1 or len(request.FILES) != 1:
        raise ApiProblem(422, "one_file")
    sent = files[0]
    staged = stage_file(platform(), sent.chunks(_PIECE))
    return Received(staged, filename or sent.name or "upload")
