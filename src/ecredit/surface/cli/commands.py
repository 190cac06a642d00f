"""The command line's grammar: which commands there are. Each command's own file says what it takes and does."""

import argparse

from ecredit.surface.cli import (
    command_backup,
    command_batch,
    command_catalog,
    command_collect,
    command_demo,
    command_detect,
    command_evaluate,
    command_home,
    command_jobs,
    command_lists,
    command_log,
    command_market,
    command_people,
    command_quality,
    command_record,
    command_review,
    command_serve,
    command_show,
    command_subject,
    command_verify,
)
from ecredit.surface.cli.usage import Parser

_FAMILIES = (
    command_home,
    command_backup,
    command_collect,
    command_market,
    command_batch,
    command_quality,
    command_review,
    command_subject,
    command_record,
    command_evaluate,
    command_show,
    command_log,
    command_verify,
    command_demo,
    command_detect,
    command_lists,
    command_catalog,
    command_people,
    command_jobs,
    command_serve,
)


def build_parser() -> argparse.ArgumentParser:
    """The whole grammar."""
    everywhere = Parser(add_help=False)
    everywhere.add_argument(
        "--home", default=argparse.SUPPRESS, help="数据目录 the home folder (ECREDIT_HOME)"
    )
    everywhere.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="输出一个 JSON print one JSON document"
    )
    parser = Parser(
        prog="ecredit",
        description="电子商务信用信息管理平台 / the city's e-commerce credit information platform",
        parents=[everywhere],
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for family in _FAMILIES:
        family.add_parsers(commands, everywhere)
    return parser
