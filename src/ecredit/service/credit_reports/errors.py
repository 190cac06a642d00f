"""This room's own errors."""

from ecredit.foundation.kernel.errors import WrongUse


class NoSuchSubject(WrongUse):
    """Nobody of that code that this asker may have a report of: there is none, or it is somebody else's."""

    code = "credit_reports.no_subject"


class NoSuchReport(WrongUse):
    """No report of that number was issued."""

    code = "credit_reports.none"


class NoFont(WrongUse):
    """The Chinese fonts that are embedded are not installed."""

    code = "credit_reports.no_font"


class TooManyReports(WrongUse):
    """More were asked for at the public's door than are made in a minute."""

    code = "credit_reports.too_many"
