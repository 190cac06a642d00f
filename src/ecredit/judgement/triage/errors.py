"""What can go wrong when leads are found or decided."""

from ecredit.foundation.kernel.errors import WrongUse


class NoSuchFinding(WrongUse):
    """There is no finding of that name."""

    code = "triage.no_such_finding"


class FindingChanged(WrongUse):
    """The evidence is no longer what was looked at, it is decided already, or the answer is not one person's to give."""

    code = "triage.finding_changed"
