"""Public test vectors that are not in the repository: read where ECREDIT_VECTORS names a folder of them."""

import os
from pathlib import Path

import pytest


def vectors(name: str) -> Path:
    """The folder of one collection; the test is skipped where it is not at hand."""
    folder = Path(os.environ.get("ECREDIT_VECTORS", "")) / name
    if not os.environ.get("ECREDIT_VECTORS") or not folder.is_dir():
        pytest.skip(f"the public vectors {name} are not at hand (ECREDIT_VECTORS names no folder of them)")
    return folder
