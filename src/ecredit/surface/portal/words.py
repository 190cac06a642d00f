"""The portal's words in one language, ready for templates: `t.home_heading` is the text `portal.home_heading`."""

from functools import lru_cache
from types import SimpleNamespace
from typing import Final

from ecredit.foundation.catalog.texts import has_text, list_texts, text
from ecredit.surface.portal.language import Lang

_PREFIX: Final = "portal."


class Words(SimpleNamespace):
    """All texts of this room in one language, unfilled: `t.grade` or `t["grade_word_" ~ grade]`."""

    def __getitem__(self, name: str) -> str:
        said: str = getattr(self, name)
        return said


@lru_cache(maxsize=2)
def words_in(lang: Lang) -> Words:
    """The words of a language; a name that does not exist is an error in the template."""
    return Words(
        **{
            key.removeprefix(_PREFIX): said[lang]
            for key, said in list_texts().items()
            if key.startswith(_PREFIX)
        }
    )


@lru_cache(maxsize=1024)
def label_in(lang: Lang, key: str | None, otherwise: str) -> str:
    """The text of a label's key when it has one, else the label as it is written in the catalogue."""
    return text(key, lang) if key is not None and has_text(key) else otherwise
