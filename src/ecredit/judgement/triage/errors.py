"""What can go wrong when leads are found or decided."""

from ecredit.foundation.kernel.errors import WrongUse


class NoSuchFinding(WrongUse):
    """There is no finding of that name."""

    code = "triage.no_such_finding"


class FindingChanged(WrongUse):
    """The evidence is no longer what was looked at, or it is decided already."""

    code = "triage.finding_changed"
