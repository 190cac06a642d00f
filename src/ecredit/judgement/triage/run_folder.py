"""The folder of one run of detection, beside the lake: scores, the rows of findings, and a manifest of both.

lake/detection/<instant>-<token>/scores/order_scores.parquet …   every order, parcel, review, buyer and shop with its score
lake/detection/<instant>-<token>/rows/orders.parquet …           the rows that findings are about
lake/detection/<instant>-<token>/manifest.json                   as of when, by which rules and program, what was counted, digests
"""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ecredit.foundation.kernel.home import Home

MANIFEST, SCORES, ROWS = "manifest.json", "scores", "rows"
_DRAFT = ".draft"


def detection_folder(home: Home) -> Path:
    """Where runs lie."""
    return home.lake / "detection"


def open_draft(home: Home) -> Path:
    """An empty folder for a run in the making; what an earlier one that was cut off left is gone."""
    draft = detection_folder(home) / _DRAFT
    shutil.rmtree(draft, ignore_errors=True)
    for name in (SCORES, ROWS):
        (draft / name).mkdir(mode=0o700, parents=True)
    return draft


def settle_draft(home: Home, draft: Path, at: datetime, head: Mapping[str, Any]) -> tuple[str, str]:
    """Write the manifest and put the folder into its place; returns its path below the home and the manifest's digest."""
    files = {
        path.relative_to(draft).as_posix(): {
            "rows": pq.read_metadata(path).num_rows,
            "sha256": file_digest(path),
        }
        for path in sorted(draft.rglob("*.parquet"))
    }
    text = json.dumps({**head, "files": files}, ensure_ascii=False, indent=1) + "\n"
    (draft / MANIFEST).write_text(text, encoding="utf-8")
    for path in (*draft.rglob("*.parquet"), draft / MANIFEST):
        _sync(path)
    target = detection_folder(home) / f"{at:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    draft.rename(target)
    _sync(target.parent)
    return str(target.relative_to(home.root)), hashlib.sha256(text.encode()).hexdigest()


def drop_others(home: Home, folder: str) -> None:
    """Remove every run's folder but this one."""
    for path in detection_folder(home).glob("*"):
        if path != home.root / folder:
            shutil.rmtree(path, ignore_errors=True)


def engine_version() -> str:
    """The program's version and 12 hex digits over the code of detection: other code may judge otherwise."""
    here = Path(__file__).parent.parent / "detection"
    digest = hashlib.sha256()
    for path in sorted(here.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"{version('ecredit')}+{digest.hexdigest()[:12]}"


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
