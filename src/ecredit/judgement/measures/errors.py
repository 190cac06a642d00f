"""What can go wrong when a warning is answered or judged."""

from ecredit.foundation.kernel.errors import WrongUse


class NoSuchWarning(WrongUse):
    """There is no warning of that number, or it is not for whoever asks."""

    code = "measures.no_such_warning"


class WarningMoved(WrongUse):
    """As it stands by now, that cannot be done with the warning."""

    code = "measures.warning_moved"
