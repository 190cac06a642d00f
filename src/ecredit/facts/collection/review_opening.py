"""Opening review items for rows without a register code, at the end of their batch."""

from datetime import datetime

from ecredit.facts.collection.models import Batch
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.proof.sealing import Sealer


def open_reviews(batch: Batch, *, catalog: Catalog, sealer: Sealer, at: datetime) -> None:
    """Open what is not open yet."""
