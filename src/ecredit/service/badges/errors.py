"""This room's own errors."""

from ecredit.foundation.kernel.errors import WrongUse


class NoSuchBadge(WrongUse):
    """A subject has no badge in force, or there is none of that id."""

    code = "badges.none"
