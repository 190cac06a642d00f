"""Errors of this room."""

from ecredit.foundation.kernel.errors import InputRefused


class AnothersFile(InputRefused):
    """A file sent in one department's name is plainly another's."""

    code = "collection.anothers_file"


class NotEntitled(InputRefused):
    """The catalogue lets this supplier send another source, not this one."""

    code = "collection.not_entitled"


class NoOwnCode(InputRefused):
    """The source holds its sender's own rows only, and the sender is registered without a code."""

    code = "collection.no_own_code"
