"""Which texts of a column may hold a person's number: the quick look of `masking`, a column at a time."""

from collections.abc import Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from ecredit.foundation.kernel.masking import MAYBE_PERSONAL

# An ideograph that is no digit, does not join two digits (转), and does not make a year of what stands before it.
_IDEOGRAPH: Final = (
    r"[^\x{0}-\x{4dff}\x{9fd6}-\x{10ffff}"
    "零一二三四五六七八九壹贰叁肆伍陆柒捌玖幺两弌弍弎貳貮弐參参叄陸漆转轉年]"
)
# Order, case and document numbers: ten to fourteen usual digits by themselves between ideographs, at most with signs of a
# sentence behind, not beginning as an area code does. Unless a mobile is in it, no such number is a person's (see
# `masking.may_be_personal`); and nothing of a person's number is lost when it is taken out, for ideographs part numbers.
_PLAIN_NUMBER: Final = (
    f"({_IDEOGRAPH})"
    "(?:[1-79][0-9]{9,13}|8[0-57-9][0-9]{8,12}|00[0-79][0-9]{7,11}|008[0-57-9][0-9]{6,10})"
    f"[，。；：、,;]*({_IDEOGRAPH})"
)
# A mobile within such a number, and characters written by their number.
_DOUBTFUL: Final = "1[3-9][0-9]{9}|%|&#"
_TRIED = 1_000


def columns_may_be_personal(columns: Sequence[pa.StringArray]) -> list[pa.BooleanArray]:
    """By column, where `masking.find_personal` may find something: wherever it does, seldom elsewhere; not where null.

    An order number in each text of a file would else have all of them folded and gone through one by one. All columns are
    looked through together, because the pattern takes longer to make ready than thousands of texts to look at.
    """
    encoded = [column.dictionary_encode() if _repeats(column) else None for column in columns]
    texts = [
        column if codes is None else codes.dictionary for column, codes in zip(columns, encoded, strict=True)
    ]
    found, start, masks = _may_be(pa.concat_arrays(texts)), 0, []
    for part, codes in zip(texts, encoded, strict=True):
        mask = found.slice(start, len(part))
        masks.append(mask if codes is None else pc.fill_null(mask.take(codes.indices), False))
        start += len(part)
    return masks


def _repeats(column: pa.StringArray) -> bool:
    """Whether its texts come again and again, as far as the first ones show."""
    return 2 * len(column[:_TRIED].unique()) < min(_TRIED, len(column))


def _may_be(texts: pa.StringArray) -> pa.BooleanArray:
    maybe = pc.fill_null(pc.match_substring_regex(texts, MAYBE_PERSONAL), False)
    if not pc.any(maybe).as_py():
        return maybe
    doubted = texts.filter(maybe)
    rest = pc.replace_substring_regex(doubted, _PLAIN_NUMBER, r"\1\2")
    still = pc.or_(
        pc.match_substring_regex(doubted, _DOUBTFUL), pc.match_substring_regex(rest, MAYBE_PERSONAL)
    )
    return pc.replace_with_mask(maybe, maybe, still)
