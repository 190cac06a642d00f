"""What publicity refuses, and why."""

from ecredit.foundation.kernel.errors import InputRefused, WrongUse


class NoPublicDatabase(WrongUse):
    """There is no public database at the place it was looked for."""

    code = "publicity.no_database"


class SearchTooShort(InputRefused):
    """A search for less than two characters would list everybody."""

    code = "publicity.search_too_short"
