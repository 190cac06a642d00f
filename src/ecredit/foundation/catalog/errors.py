"""What is wrong with a catalogue, all of it at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from ecredit.foundation.kernel.errors import EcreditError


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong in a file of the catalogue; `file` is relative to the folder, `line` counts from 1.

    `kind` is a stable name for the sort of fault, e.g. `unknown_key`.
    """

    file: str
    line: int
    kind: str
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.zh} / {self.en}"


class CatalogError(EcreditError):
    """The catalogue cannot be used; `faults` holds every reason, in order of file and line."""

    code = "catalog"

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        zh, en = _heads(len(self.faults))
        super().__init__(
            "\n".join([f"{zh}：", *(f"{f.file}:{f.line}: {f.zh}" for f in self.faults)]),
            "\n".join([f"{en}:", *(f"{f.file}:{f.line}: {f.en}" for f in self.faults)]),
            faults=len(self.faults),
        )

    def __str__(self) -> str:
        zh, en = _heads(len(self.faults))
        return "\n".join([f"{zh} / {en}:", *map(str, self.faults)])


def _heads(count: int) -> tuple[str, str]:
    return f"目录有 {count} 处错误", f"the catalogue has {count} fault{'' if count == 1 else 's'}"
