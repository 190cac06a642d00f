"""The root of every error the platform raises on purpose.

An error carries three things: a stable machine ``code``, the values it is about (``data``) and one
sentence in Chinese and in English that says what is wrong and, where possible, what to do. A surface
turns the class into its own answer (exit code, HTTP status); nothing below a surface does.
"""

from __future__ import annotations


class EcreditError(Exception):
    """Root of all anticipated errors.

    ``code`` is a class attribute: dotted, stable, safe to write into logs and tests. ``zh`` and ``en``
    are whole sentences already filled in; ``data`` holds the values behind them. Personal data does not
    belong in any of them.
    """

    code: str = "ecredit.error"

    def __init__(self, zh: str, en: str, **data: object) -> None:
        super().__init__(zh, en)
        self.zh = zh
        self.en = en
        self.data: dict[str, object] = data

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"


class InputRefused(EcreditError):  # noqa: N818 - says what happened
    """The input was refused whole (a file that is no table, a supplier that is unknown). Exit code 2."""

    code = "input.refused"


class NotThere(EcreditError):  # noqa: N818 - says what happened
    """There is no such thing, or it is not one whoever asks may know of. Every door answers it as 404, with this sentence."""

    code = "not_there"

    def __init__(self) -> None:
        super().__init__(
            "没有这项内容，或者它不属于您的单位", "there is no such thing, or it is not your organisation's"
        )


class WrongUse(EcreditError):  # noqa: N818 - says what happened
    """Something was asked for that cannot be meant (a missing home, a bad option). Exit code 2."""

    code = "use.wrong"


class CheckFailed(EcreditError):  # noqa: N818 - says what happened
    """A check that the command exists for came out negative (audit, verification). Exit code 1."""

    code = "check.failed"
