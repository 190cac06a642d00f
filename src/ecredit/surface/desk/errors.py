"""Refusals of this room."""

from ecredit.foundation.kernel.errors import EcreditError


class NotThere(EcreditError):  # noqa: N818 - says what happened
    """There is no such thing, or it is not one this account may know of. Answered as 404."""

    code = "desk.not_there"

    def __init__(self) -> None:
        super().__init__(
            "没有这项内容，或者它不属于您的单位", "there is no such thing, or it is not your organisation's"
        )
