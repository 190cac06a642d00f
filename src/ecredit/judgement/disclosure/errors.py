"""What can go wrong when a page is taken or a gap is handled."""

from ecredit.foundation.kernel.errors import InputRefused, WrongUse


class PageRefused(InputRefused):
    """What was sent is no page that can be looked at: too long, no text, in no known encoding."""

    code = "disclosure.page_refused"


class NoSuchGap(WrongUse):
    """There is no gap of that number, or it is not for whoever asks."""

    code = "disclosure.no_such_gap"


class GapMoved(WrongUse):
    """As it stands by now, that cannot be done with the gap."""

    code = "disclosure.gap_moved"
