"""Public test vectors that are not in the repository: read where ECREDIT_EVAL_DATA names a folder of them."""

import os
from pathlib import Path

import pytest


def vectors(name: str) -> Path:
    """The folder of one collection; the test is skipped where it is not at hand."""
    folder = Path(os.environ.get("ECREDIT_EVAL_DATA", "")) / name
    if not os.environ.get("ECREDIT_EVAL_DATA") or not folder.is_dir():
        pytest.skip(f"the public vectors {name} are not at hand (ECREDIT_EVAL_DATA names no folder of them)")
    return folder
