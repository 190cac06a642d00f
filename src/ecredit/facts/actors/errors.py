"""Refusals of this room."""

from ecredit.foundation.kernel.errors import EcreditError, WrongUse


class NotAllowed(EcreditError):  # noqa: N818 - says what happened
    """The account's roles do not allow it."""

    code = "actors.not_allowed"


class FourEyes(WrongUse):
    """Another person must decide what one has asked for."""

    code = "actors.four_eyes"


class NoSuchPerson(WrongUse):
    """Nobody is called so."""

    code = "actors.no_such_person"


class ApprovalChanged(WrongUse):
    """A request is not what the journal says was asked."""

    code = "actors.approval_changed"


class AskerWithoutRight(WrongUse):
    """Who asked may no longer do it."""

    code = "actors.asker_without_right"


class OrganisationOver(WrongUse):
    """The organisation has ended, or is another's now: it acts no longer."""

    code = "actors.organisation_over"
