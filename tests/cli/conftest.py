"""A command line as an operator types it, over a home of the test's own."""

import pytest

from ecredit.surface.cli.commands import build_parser
from ecredit.surface.cli.context import Context


@pytest.fixture
def command(settings, home, collector, db):
    """command("job", "list") → its answer."""
    settings.ECREDIT_HOME = home.root

    def run(*words: str):
        args = build_parser().parse_args([*words])
        return args.run(args, Context())

    return run
