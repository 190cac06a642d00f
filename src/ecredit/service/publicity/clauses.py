"""Naming the rule something is shown under, as Chinese law is quoted."""

from functools import lru_cache

from ecredit.foundation.catalog.types import Catalog, LawRef

_DIGITS = "零一二三四五六七八九"
_UNITS = ((1000, "千"), (100, "百"), (10, "十"))


def clause_text(catalog: Catalog, ref: LawRef | None) -> str:
    """`《市场监督管理行政处罚信息公示规定》（国家市场监督管理总局令第45号）第十三条`; "" for no reference.

    A law the catalogue does not know is named by its id, so that nobody takes silence for a rule.
    """
    if ref is None:
        return ""
    law = catalog.laws.get(ref.law)
    if law is None:
        return ref.law
    number = f"（{law.number}）" if law.number else ""
    article = f"第{chinese_number(ref.article)}条" if ref.article else ""
    return f"《{law.title}》{number}{article}"


@lru_cache(maxsize=1000)
def chinese_number(article: str) -> str:
    """`13` → `十三`, `101` → `一百零一`; anything but 1 to 9999 stays as it is written."""
    if not (article.isascii() and article.isdigit() and 0 < int(article) < 10_000):
        return article
    rest, words, gap = int(article), "", False
    for size, unit in _UNITS:
        digit, rest = divmod(rest, size)
        if digit:
            words += ("零" if gap else "") + _DIGITS[digit] + unit
        gap = bool(words) and not digit
    if rest:
        words += ("零" if gap else "") + _DIGITS[rest]
    return words.removeprefix("一") if words.startswith("一十") else words
