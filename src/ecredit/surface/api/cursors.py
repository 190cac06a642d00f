"""Where a page goes on: signed, so that nobody reads a meaning into it, and good only for the list it came from."""

import base64
from typing import Final

from django.core.signing import BadSignature, Signer

from ecredit.surface.api.problems import ApiProblem

LONGEST: Final = 200
MOST_A_PAGE: Final = 200


def cursor(place: int | None, *, of: str) -> str | None:
    """The cursor of a place in a list; None when the list ends."""
    if place is None:
        return None
    return base64.urlsafe_b64encode(_signer(of).sign(f"{place:x}").encode()).decode().rstrip("=")


def place_of(given: str | None, *, of: str) -> int | None:
    """The place behind a cursor; None without one. Raises ApiProblem for one that is not ours or of another list."""
    if not given:
        return None
    try:
        signed = base64.b64decode(given + "=" * (-len(given) % 4), altchars=b"-_", validate=True)
        return int(_signer(of).unsign(signed.decode()), 16)
    except (BadSignature, ValueError) as error:
        raise ApiProblem(422, "cursor") from error


def _signer(of: str) -> Signer:
    return Signer(salt=f"api.cursor.{of}", sep=".")
