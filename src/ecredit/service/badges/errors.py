"""This room's own errors."""

from ecredit.foundation.kernel.errors import WrongUse


class NoSuchBadge(WrongUse):
    """A subject has no badge in force, or there is none of that id."""

    code = "badges.none"


class NothingPublic(WrongUse):
    """Nothing is public yet that a badge could say."""

    code = "badges.nothing_public"
