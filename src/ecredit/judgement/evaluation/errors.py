"""What can go wrong in this room."""

from ecredit.foundation.kernel.errors import EcreditError


class EvaluationOvertaken(EcreditError):  # noqa: N818 - says what happened
    """Another evaluation finished while this one was computing; nothing of this one was kept."""

    code = "evaluation.overtaken"
