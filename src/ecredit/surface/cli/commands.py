"""The command line's grammar: which commands there are. Each command's own file says what it takes and does.

A command's file, and all it needs, is loaded only when that command is asked for: most of a short command's time is loading.
"""

import argparse
from collections.abc import Sequence
from importlib import import_module

from ecredit.surface.cli.usage import Parser

# Each family's file, in the order of the help, with its commands.
FAMILIES: dict[str, tuple[str, ...]] = {
    "command_home": ("init",),
    "command_backup": ("backup", "restore", "upgrade"),
    "command_collect": ("collect", "resume"),
    "command_market": ("collect-market",),
    "command_batch": ("batch",),
    "command_quality": ("register", "held", "marked"),
    "command_review": ("review",),
    "command_subject": ("subject",),
    "command_record": ("record",),
    "command_evaluate": ("evaluate",),
    "command_model": ("model",),
    "command_backtest": ("backtest",),
    "command_monitor": ("monitor",),
    "command_story": ("story",),
    "command_show": ("show",),
    "command_warnings": ("warnings",),
    "command_commitment": ("commitment",),
    "command_disclosure": ("disclosure",),
    "command_log": ("log",),
    "command_badge": ("badge",),
    "command_report": ("report",),
    "command_sign": ("sign",),
    "command_verify": ("verify",),
    "command_demo": ("demo", "summary"),
    "command_detect": ("detect",),
    "command_rate": ("rate",),
    "command_lists": ("sources", "suppliers", "template", "organisation"),
    "command_catalog": ("catalog",),
    "command_people": ("person", "key"),
    "command_jobs": ("worker", "job"),
    "command_publish": ("publish",),
    "command_serve": ("serve", "up"),
}

# Commands that need no home and no tables: loading those would be nearly all of their time.
BARE = frozenset({"verify"})


def is_bare(words: Sequence[str]) -> bool:
    """Whether the command that `words` begin with needs no home."""
    return _first(words) in BARE


def build_parser(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The grammar: of the command that `words` begin with, or the whole where they begin with none.

    Options before the command (`--home DIR`, `--json`) are passed over.
    """
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
    for family in _asked_for(words) or FAMILIES:
        import_module(f"ecredit.surface.cli.{family}").add_parsers(commands, everywhere)
    return parser


def _asked_for(words: Sequence[str]) -> list[str]:
    """The family of the first word that is no option; none where it is no command, or help is asked for everything."""
    first = _first(words)
    return [family for family, commands in FAMILIES.items() if first in commands]


def _first(words: Sequence[str]) -> str:
    """The first word that is no option; "" for none."""
    rest = list(words)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option == "--home" and rest:
            rest.pop(0)
    return rest[0] if rest else ""
