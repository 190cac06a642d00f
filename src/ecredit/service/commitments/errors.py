"""What goes wrong in this room."""

from ecredit.foundation.kernel.errors import EcreditError, WrongUse


class NoSuchCommitment(WrongUse):
    """No commitment of that number was made here."""

    code = "commitment.unknown"


class NoSuchCase(WrongUse):
    """There is no case of that number."""

    code = "breach.unknown"


class CaseMoved(EcreditError):  # noqa: N818 - says what happened
    """As the case stands, this cannot be done."""

    code = "breach.moved"


def no_such_commitment(number: str) -> NoSuchCommitment:
    """The error for a number nobody has."""
    return NoSuchCommitment(
        f"没有编号为 {number} 的承诺书", f"there is no commitment {number}", commitment=number
    )


def no_such_case(number: int) -> NoSuchCase:
    """The error for a number no case has, or none that may be seen."""
    return NoSuchCase(f"没有第 {number} 号违诺案件", f"there is no case {number}", case=number)
