"""What can be wrong with a decision about identity: anticipated, named, with a sentence that says what to do."""

from ecredit.foundation.catalog.texts import text
from ecredit.foundation.kernel.errors import WrongUse


class IdentityRefused(WrongUse):
    """Two subjects cannot be joined, parted or linked as asked."""

    code = "identity.refused"


class AlreadyDecided(WrongUse):
    """Somebody else decided first, or there is no decision to undo."""

    code = "review.decided"


class NoSuchThing(WrongUse):
    """No subject or review item has this number."""

    code = "identity.unknown"


def refusal(kind: type[WrongUse], key: str, **values: object) -> WrongUse:
    """An error of `kind` with the sentences of `key`; raise it."""
    return kind(text(key, "zh", **values), text(key, "en", **values), key=key, **values)
