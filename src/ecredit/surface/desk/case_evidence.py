"""What a form of a case gives as evidence: numbers of records of the ledger, and a file."""

from typing import Final

from django.http import HttpRequest

from ecredit.facts.records.queries import get_entry
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.masking import redact
from ecredit.service.commitments.kept_files import MOST_BYTES, keep_file
from ecredit.service.commitments.types import Evidence
from ecredit.surface.desk.forms import asked_number
from ecredit.surface.desk.platform import city

_NAME: Final = 100


def read_evidence(request: HttpRequest) -> list[Evidence]:
    """The evidence. Raises WrongUse for a number no record has, or a file that is too long; InputRefused for one of another kind."""
    found: list[Evidence] = []
    for word in (
        request.POST.get("records", "").replace("，", ",").replace("、", ",").replace(",", " ").split()
    ):
        leaf = asked_number(word.removeprefix("#"))
        if leaf is None or get_entry(leaf) is None:
            raise WrongUse(f"账本中没有第 {word} 条记录", f"the ledger has no entry {word}")
        found.append(Evidence("entry", str(leaf)))
    given = request.FILES.get("file")
    if given is not None:
        if (given.size or 0) > MOST_BYTES:
            raise WrongUse(f"文件不能超过 {MOST_BYTES >> 20} MB", f"a file has at most {MOST_BYTES >> 20} MB")
        digest = keep_file(city().home, city().sealer, given.read())
        found.append(Evidence("file", digest, redact((given.name or "")[:_NAME])))
    return found
