"""Where the city's catalogue lies when nobody says otherwise."""

import os
from pathlib import Path

from ecredit.foundation.kernel.errors import EcreditError

SETTING = "ECREDIT_CATALOG"
"""Environment variable naming another city's catalogue folder."""


def catalog_folder() -> Path:
    """Return the catalogue folder: the one named by ECREDIT_CATALOG, else `catalog/` of this checkout.

    Raises EcreditError naming the folder when it does not exist.
    """
    named = os.environ.get(SETTING)
    folder = Path(named) if named else Path(__file__).resolve().parents[4] / "catalog"
    if not folder.is_dir():
        raise EcreditError(
            f"找不到目录文件夹 {folder}；请用环境变量 {SETTING} 指明其位置",
            f"the catalogue folder {folder} does not exist; set {SETTING} to where it is",
            folder=str(folder),
        )
    return folder
