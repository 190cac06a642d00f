"""Arrow booleans as numpy masks."""

import numpy as np
import pyarrow as pa

from ecredit.facts.collection.types import Mask


def to_mask(array: pa.BooleanArray) -> Mask:
    """True where the value is true; an unknown (null) is not."""
    unknown = array.null_count
    if unknown == len(array):
        return np.zeros(len(array), dtype=bool)
    known = array.fill_null(False) if unknown else array
    return np.asarray(known.to_numpy(zero_copy_only=False), dtype=bool)


def true_rows(mask: Mask) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Positions of the true values."""
    return mask.nonzero()[0]
