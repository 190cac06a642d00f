"""ecredit job, as an operator uses it."""

import pytest

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.operation.models import Job


def test_an_export_is_started_with_what_it_needs_or_says_what_it_lacks(command):
    number = command(
        "job", "start", "export", "--param", "export=quality", "--param", "from=2026-01-01"
    ).document["job"]
    assert Job.objects.get(id=number).params == {"export": "quality", "from": "2026-01-01"}
    for lacking in ((), ("--param", "export=x")):
        with pytest.raises(WrongUse, match="可用：journal、quality"):
            command("job", "start", "export", *lacking)
    with pytest.raises(WrongUse, match="名称=值"):
        command("job", "start", "export", "--param", "export")
    assert Job.objects.count() == 1
