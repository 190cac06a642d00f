"""The desk's words in one language: `t.home_heading` is the text `desk.home_heading`."""

from functools import lru_cache
from types import SimpleNamespace
from typing import Final

from ecredit.foundation.catalog.texts import list_texts
from ecredit.foundation.kernel.languages import Lang

_PREFIX: Final = "desk."


class Words(SimpleNamespace):
    """All texts of this room in one language, unfilled: `t.save` or `t["state_" ~ state]`."""

    def __getitem__(self, name: str) -> str:
        said: str = getattr(self, name)
        return said

    def find(self, name: str, otherwise: str) -> str:
        """The word of a name, or something else where there is none."""
        return getattr(self, name, otherwise)

    def __contains__(self, name: str) -> bool:
        return hasattr(self, name)


@lru_cache(maxsize=2)
def words_in(lang: Lang) -> Words:
    """The words of a language; a name that does not exist is an error."""
    return Words(
        **{
            key.removeprefix(_PREFIX): said[lang]
            for key, said in list_texts().items()
            if key.startswith(_PREFIX)
        }
    )
