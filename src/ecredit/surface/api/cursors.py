"""Where a page goes on: signed, so that nobody reads a meaning into it, and good only for the list it came from."""

from typing import Final

from django.core.signing import BadSignature, Signer

from ecredit.surface.api.problems import ApiProblem

LONGEST: Final = 200
MOST_A_PAGE: Final = 200


def cursor(place: int | None, *, of: str) -> str | None:
    """The cursor of a place in a list; None when the list ends."""
    return None if place is None else _signer(of).sign(f"{place:x}")


def place_of(given: str | None, *, of: str) -> int | None:
    """The place behind a cursor; None without one. Raises ApiProblem for one that is not ours or of another list."""
    if not given:
        return None
    try:
        return int(_signer(of).unsign(given), 16)
    except (BadSignature, ValueError) as error:
        raise ApiProblem(422, "cursor") from error


def _signer(of: str) -> Signer:
    return Signer(salt=f"api.cursor.{of}", sep=".")
