"""A PKCS#11 token of the tests' own: SoftHSM's, in a folder. Without SoftHSM the tests that use it are skipped; ./test says so."""

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

import pytest

from ecredit.foundation.proof.token_keys import Token

MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so", "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)  # fmt: skip
MODULE = next((Path(path) for path in MODULES if Path(path).exists()), None)
PIN = "482913"


@lru_cache(maxsize=1)
def soft_tokens() -> tuple[Token, Token]:
    """Two tokens. The library looks into its folder once a process, so a process's tests share them."""
    if MODULE is None:
        pytest.skip("no SoftHSM (apt-get install softhsm2)")
    folder = Path(tempfile.mkdtemp(prefix="softhsm-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    for label in ("city", "other"):
        words = [
            "softhsm2-util",
            "--init-token",
            "--free",
            "--label",
            label,
            "--pin",
            PIN,
            "--so-pin",
            "98765432",
        ]
        subprocess.run(words, check=True, capture_output=True)
    return Token(MODULE, "city", pin=PIN), Token(MODULE, "other", pin=PIN)
