"""ecredit job, as an operator uses it."""

import pytest

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.operation.models import Job
from ecredit.surface.cli.commands import build_parser
from ecredit.surface.cli.context import Context


@pytest.fixture
def command(settings, home, collector, db):
    settings.ECREDIT_HOME = home.root

    def run(*words: str):
        args = build_parser().parse_args([*words])
        return args.run(args, Context())

    return run


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
