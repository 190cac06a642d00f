"""The columns of the penalty source as other tools can use them: read from the catalogue's YAML with nothing of ecredit.

The peers run in an environment of their own (requirements-bench.txt), where ecredit is not installed.
"""

import argparse
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CATALOG = Path(__file__).resolve().parent.parent / "catalog"
USCC = "[0-9A-HJ-NP-RTUW-Y]{2}[0-9]{6}[0-9A-HJ-NP-RTUW-Y]{10}"
DATE_FORMAT = "%Y/%m/%d"  # how penalty_file.py writes dates


@dataclass(frozen=True)
class PeerColumn:
    """A column; `words` are the accepted texts of a code column, `many` the separators of a cell with several."""

    code: str
    name: str
    type: str
    required: bool
    max_length: int | None
    decimals: int | None
    words: tuple[str, ...]
    many: str

    @property
    def pattern(self) -> str | None:
        """A pattern the whole cell must match, where the type has one."""
        if self.type == "uscc":
            return USCC
        if self.many and self.words:
            word = "|".join(map(re.escape, self.words))
            return f"(?:{word})(?:[{self.many}](?:{word}))*"
        return None


def read_source(source: str = "dual_publicity_penalty") -> tuple[list[PeerColumn], list[str]]:
    """The source's columns, and its natural key."""
    document = _load(CATALOG / "sources" / f"{source}.yaml")
    columns = [
        PeerColumn(
            code=column["code"],
            name=column["name"],
            type=column["type"],
            required=column.get("required", False),
            max_length=column.get("max_length"),
            decimals=column.get("decimals"),
            words=_words(column["lookup"]) if "lookup" in column else (),
            many=column.get("many", ""),
        )
        for column in document["columns"]
    ]
    return columns, document["key"]


def _words(table: str) -> tuple[str, ...]:
    entries = _load(CATALOG / "codes" / f"{table}.yaml")["entries"]
    return tuple(dict.fromkeys(w for e in entries for w in (str(e["code"]), e["zh"], *e.get("aliases", ()))))


def _load(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def peer_arguments(what: str) -> Path:
    """The file named on the command line; with --python the script goes on in that interpreter and this one ends."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("file", type=Path)
    parser.add_argument(
        "--python", type=Path, help="interpreter of an environment with requirements-bench.txt"
    )
    args = parser.parse_args()
    if args.python is not None:
        env = {k: v for k, v in os.environ.items() if k not in ("DJANGO_SETTINGS_MODULE", "PYTHONPATH")}
        done = subprocess.run([args.python, sys.argv[0], str(args.file)], check=False, env=env)
        sys.exit(done.returncode)
    path: Path = args.file
    return path
