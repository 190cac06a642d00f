"""Errors of this room."""

from ecredit.foundation.kernel.errors import InputRefused


class AnothersFile(InputRefused):
    """A file sent in one department's name is plainly another's."""

    code = "collection.anothers_file"
