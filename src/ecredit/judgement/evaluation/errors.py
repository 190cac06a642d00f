"""What can go wrong in this room."""

from collections.abc import Sequence

from ecredit.foundation.catalog.errors import Fault
from ecredit.foundation.kernel.errors import EcreditError, WrongUse


class EvaluationOvertaken(EcreditError):  # noqa: N818 - says what happened
    """Another evaluation finished while this one was computing; nothing of this one was kept."""

    code = "evaluation.overtaken"


class VersionAltered(EcreditError):  # noqa: N818 - says what happened
    """A version of a grade model is not what its edition says: nobody is judged by it."""

    code = "evaluation.version_altered"


class DraftRefused(WrongUse):
    """A draft of a grade model has faults and was kept as nothing; `faults` are all of them, by line."""

    code = "evaluation.draft_refused"

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        count = len(self.faults)
        super().__init__(
            "\n".join(
                [f"草稿有 {count} 处错误，没有保存：", *(f"{f.file}:{f.line}: {f.zh}" for f in self.faults)]
            ),
            "\n".join(
                [
                    f"the draft has {count} fault{'' if count == 1 else 's'} and was not kept:",
                    *(f"{f.file}:{f.line}: {f.en}" for f in self.faults),
                ]
            ),
            faults=count,
        )
