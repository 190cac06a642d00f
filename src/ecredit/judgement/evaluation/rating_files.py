"""The folder of a run of rating, beside the lake: detection's scores of reviews by what may be used for scoring, and raters.

lake/ratings/review_scores-<lake>.parquet   kept as long as lake, flags and program stay the same
lake/ratings/rater_ratings.parquet          of natural persons: never in the operational or the public database
"""

import hashlib
import shutil
from importlib.metadata import version
from pathlib import Path

from ecredit.foundation.kernel.home import Home

RATERS, SHOPS = "rater_ratings.parquet", "shop_ratings.parquet"


def ratings_folder(home: Home) -> Path:
    """Where they lie."""
    return home.lake / "ratings"


def scores_path(home: Home, judged: str) -> Path:
    """Detection's scores of the reviews of a lake, by the digest of lake, flags and program."""
    return ratings_folder(home) / f"review_scores-{judged[:16]}.parquet"


def open_rating_draft(home: Home) -> Path:
    """An empty folder for a run in the making."""
    draft = ratings_folder(home) / ".draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    return draft


def settle_raters(home: Home, draft: Path, scores: Path) -> None:
    """Put the raters' file into its place; drop the draft and the scores of other lakes."""
    target = ratings_folder(home) / RATERS
    (draft / RATERS).replace(target)
    shutil.rmtree(draft)
    for path in ratings_folder(home).glob("review_scores-*.parquet"):
        if path != scores:
            path.unlink()


def rating_engine() -> str:
    """The program's version and 12 hex digits over the code of detection and rating: other code may rate otherwise."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted([*here.glob("rat*.py"), *(here.parent / "detection").glob("*.py")]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"{version('ecredit')}+{digest.hexdigest()[:12]}"
