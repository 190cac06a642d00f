"""Signed requests: the secret itself does not travel, the content cannot be changed, and no request counts twice.

    Authorization: ECREDIT-HMAC-SHA256 key=<prefix>, ts=<unix seconds>, nonce=<16 to 64 of A-Za-z0-9_->, sig=<64 hex digits>

`eck_<prefix>_<secret>` is the key. The signature is HMAC-SHA256 over five lines joined by line feeds, under the hex SHA-256 of
`<secret>` as ASCII text: the method, the path with its query as sent, `ts`, `nonce`, and the `Content-Digest` header
(RFC 9530, `sha-256=:…:`; empty when there is no body); of a piece of an upload a sixth, its `Upload-Offset`. A request with a body must bring that header. `ts` may be five minutes
off, and a nonce is good once. Chosen over RFC 9421 because an engineer writes it in ten lines of any language.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from django.http import HttpRequest

from ecredit.surface.api.problems import ApiProblem

SCHEME: Final = "ECREDIT-HMAC-SHA256"
SKEW: Final = 300
"""Seconds by which a signature's time may differ from ours."""
_FORM: Final = re.compile(
    r"key=([0-9a-f]{10}), ?ts=(\d{1,12}), ?nonce=([A-Za-z0-9_-]{16,64}), ?sig=([0-9a-f]{64})", re.A
)
_DIGEST: Final = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):", re.A)


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as it came, and the text it should be of."""

    prefix: str
    ts: int
    nonce: str
    sig: str
    signed: bytes


def read_signature(request: HttpRequest, parameters: str) -> Signature | None:
    """The signature of a request from what stands behind the scheme; None when it is none."""
    found = _FORM.fullmatch(parameters.strip())
    if found is None:
        return None
    prefix, ts, nonce, sig = found.groups()
    digest = request.headers.get("Content-Digest", "")
    if not digest and has_body(request):
        return None
    lines = [request.method or "", request.get_full_path(), ts, nonce, digest]
    if (offset := request.headers.get("Upload-Offset")) is not None:
        lines.append(offset)
    return Signature(prefix, int(ts), nonce, sig, "\n".join(lines).encode())


def has_body(request: HttpRequest) -> bool:
    """Whether a body comes with the request."""
    return (
        request.META.get("CONTENT_LENGTH", "0") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in request.META
    )


def check_digest(request: HttpRequest, sha256: bytes) -> None:
    """Raise unless the content is what `Content-Digest` announced; without that header there is nothing to check."""
    said = request.headers.get("Content-Digest")
    if said is None:
        return
    found = _DIGEST.fullmatch(said.strip())
    if found is None or base64.b64decode(found[1]) != sha256:
        raise ApiProblem(400, "digest")


def digest_check(request: HttpRequest) -> Callable[[bytes], None] | None:
    """`check_digest` for a content that is yet to come; None when nothing was announced."""
    if request.headers.get("Content-Digest") is None:
        return None
    return partial(check_digest, request)


def check_body_digest(request: HttpRequest) -> None:
    """As `check_digest`, of a small body that is read whole."""
    if request.headers.get("Content-Digest") is not None:
        check_digest(request, hashlib.sha256(request.body).digest())
