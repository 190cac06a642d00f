"""Where the city's catalogue lies when nobody says otherwise."""

import os
import sys
from functools import lru_cache
from pathlib import Path

from ecredit.foundation.kernel.errors import EcreditError

SETTING = "ECREDIT_CATALOG"
"""Environment variable naming another city's catalogue folder."""


def default_folder() -> Path:
    """Return where the catalogue lies when ECREDIT_CATALOG does not say: `catalog/` of this checkout, else that of the
    installation (`share/ecredit/catalog` below its prefix)."""
    checkout = Path(__file__).resolve().parents[4] / "catalog"
    return checkout if checkout.is_dir() else Path(sys.prefix) / "share" / "ecredit" / "catalog"


def catalog_folder() -> Path:
    """Return the catalogue folder: the one named by ECREDIT_CATALOG, else the default one.

    Raises EcreditError naming the folder when it does not exist.
    """
    return _existing(os.environ.get(SETTING))


@lru_cache(maxsize=8)
def _existing(named: str | None) -> Path:
    """Looked up once: a sentence is asked for many times a second."""
    folder = Path(named) if named else default_folder()
    if not folder.is_dir():
        raise EcreditError(
            f"找不到目录文件夹 {folder}；请用环境变量 {SETTING} 指明其位置",
            f"the catalogue folder {folder} does not exist; set {SETTING} to where it is",
            folder=str(folder),
        )
    return folder
