"""What every page needs to know about the request: language, menu, and who is here."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, urlencode

from django.http import HttpRequest
from django.urls import get_resolver, reverse

from ecredit.facts.actors.queries import is_invented
from ecredit.facts.actors.rights import Account, permissions_of
from ecredit.foundation.kernel.languages import HTML_LANG, Lang, named_language, preferred_language
from ecredit.surface.desk.menu import GROUPS, Entry
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.words import Words, words_in

LANGUAGE_COOKIE: Final = "ecredit_lang"
_KEPT: Final = "desk_frame"


@dataclass(frozen=True, slots=True)
class MenuLink:
    """A menu entry for this person: words, address, and whether it is the page shown."""

    text: str
    address: str
    here: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """One request's language, words, menu and person. `account` is None on the pages before the sign-in."""

    lang: Lang
    t: Words
    path: str
    query: tuple[tuple[str, str], ...]
    account: Account | None
    permissions: frozenset[str]
    menu: tuple[tuple[str, tuple[MenuLink, ...]], ...]
    invented: bool

    @property
    def html_lang(self) -> str:
        """The value of the page's `lang` attribute."""
        return HTML_LANG[self.lang]

    @property
    def other(self) -> Lang:
        """The language the switch leads to."""
        return "en" if self.lang == "zh" else "zh"

    @property
    def other_html_lang(self) -> str:
        """The language tag of the switch."""
        return HTML_LANG[self.other]

    @property
    def elsewhere(self) -> str:
        """This very page in the other language."""
        kept = [(name, value) for name, value in self.query if name not in ("lang", "export")]
        return f"{self.path}?{urlencode([*kept, ('lang', self.other)])}"

    def may(self, *permissions: str) -> bool:
        """Whether the person has any of these permissions with anything."""
        return any(permission in self.permissions for permission in permissions)

    def say(self, thing: Any) -> str:
        """The `zh` or `en` of a thing that has both (a role, a permission, an error)."""
        said: str = thing.zh if self.lang == "zh" else thing.en
        return said


def language_of(request: HttpRequest) -> Lang:
    """`?lang=` decides, else what was chosen before, else the browser's preference, else Chinese."""
    asked = named_language(request.GET.get("lang", "")) or named_language(
        request.COOKIES.get(LANGUAGE_COOKIE, "")
    )
    return asked or preferred_language(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))


def frame_of(request: HttpRequest) -> Frame:
    """Read a request, once: the page, its table and its pieces share the frame."""
    account: Account | None = getattr(request, "account", None)
    known: Frame | None = getattr(request, _KEPT, None)
    if known is None or known.account is not account:
        known = _read(request, account)
        setattr(request, _KEPT, known)
    return known


def _read(request: HttpRequest, account: Account | None) -> Frame:
    lang = language_of(request)
    held = permissions_of(city().catalog, account) if account is not None else frozenset()
    path = "/" + quote(request.path).lstrip("/")
    return Frame(
        lang=lang,
        t=words_in(lang),
        path=path,
        query=tuple((name, request.GET.get(name, "")) for name in request.GET),
        account=account,
        permissions=held,
        menu=() if account is None else _menu(lang, account, held, path),
        invented=is_invented(),
    )


def _menu(
    lang: Lang, account: Account, held: frozenset[str], path: str
) -> tuple[tuple[str, tuple[MenuLink, ...]], ...]:
    words = words_in(lang)
    shown = [
        e
        for e in _entries()
        if (not e.permissions or not held.isdisjoint(e.permissions)) and (e.only is None or e.only(account))
    ]
    addresses = {entry.route: reverse(entry.route) for entry in shown}
    # The longest address that this page lies under is where the person is.
    under = [
        a for a in addresses.values() if path == a or (path.startswith(f"{a}/") and a != reverse("desk:home"))
    ]
    here = max(under, key=len, default="")
    return tuple(
        (words["menu_" + group], links)
        for group in GROUPS
        if (
            links := tuple(
                MenuLink(words[e.text], addresses[e.route], addresses[e.route] == here)
                for e in shown
                if e.group == group
            )
        )
    )


@lru_cache(maxsize=1)
def _entries() -> Sequence[Entry]:
    """Read through the resolver: `urls` imports the pages, which import this."""
    from_urls: list[Entry] = get_resolver("ecredit.surface.desk.urls").urlconf_module.MENU  # type: ignore[union-attr]
    return sorted(from_urls, key=lambda entry: entry.place)
