"""What a page has to show, and whether it does. Pure: values in, verdicts out."""

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import urlsplit

from ecredit.foundation.catalog.disclosure_types import DisclosureCheck, OfficialSite, PageLooks
from ecredit.judgement.disclosure.page_reading import PageContent
from ecredit.judgement.disclosure.types import MarkSeen, PageAbout, PageVerdict

# Numbers of licences on a page are compared without what people put between their parts.
_BETWEEN: Final = str.maketrans("", "", "()（）[]〔〕【】-－—_.·")


def judge_page(
    checks: Iterable[DisclosureCheck],
    about: PageAbout,
    content: PageContent,
    marks: Sequence[MarkSeen],
    windows: Iterable[OfficialSite] = (),
) -> list[PageVerdict]:
    """What each check says of a page."""
    return [_judge(check, about, content, marks, tuple(windows)) for check in checks if check.kind == "page"]


def _judge(
    check: DisclosureCheck,
    about: PageAbout,
    content: PageContent,
    marks: Sequence[MarkSeen],
    windows: Sequence[OfficialSite],
) -> PageVerdict:
    looks = check.looks_at
    if not isinstance(looks, PageLooks) or about.kind not in looks.pages:
        return PageVerdict(check.id, asked=False)
    if looks.or_mark and any(_stands(mark) for mark in marks):
        return PageVerdict(check.id, asked=True)
    match looks.finds:
        case "subject_code":
            return _subject_code(check, about, content)
        case "licences":
            return _licences(check, about, content)
        case "city_mark":
            return _city_mark(check, marks)
        case "own_mark":
            return _own_mark(check, marks)
        case "words":
            return _words(check, looks, content)
        case "ending":
            return _ending(check, looks, about, content)
        case "windows":
            return _windows(check, windows, content)


def _stands(mark: MarkSeen) -> bool:
    """A mark that is the page's own and leads to what is true today."""
    return mark.own and mark.live and mark.on_page is not False


def _subject_code(check: DisclosureCheck, about: PageAbout, content: PageContent) -> PageVerdict:
    if not about.subject:
        return PageVerdict(check.id, asked=False)
    if about.subject in content.squeezed:
        return PageVerdict(check.id, asked=True)
    if about.subject in content.hidden:
        return _missing(check, "hidden")
    others = [code for code in content.codes if code != about.subject]
    return _missing(check, "other_code", codes=others[:5]) if others else _missing(check, "nothing")


def _licences(check: DisclosureCheck, about: PageAbout, content: PageContent) -> PageVerdict:
    if not about.licences:
        return PageVerdict(check.id, asked=False)
    shown = content.squeezed.translate(_BETWEEN)
    lacking = [number for number in about.licences if _bare(number) not in shown]
    if not lacking:
        return PageVerdict(check.id, asked=True)
    return _missing(check, "licences", count=len(lacking), of=len(about.licences), numbers=lacking[:5])


def _bare(number: str) -> str:
    return "".join(number.split()).upper().translate(_BETWEEN)


def _city_mark(check: DisclosureCheck, marks: Sequence[MarkSeen]) -> PageVerdict:
    if any(_stands(mark) for mark in marks):
        return PageVerdict(check.id, asked=True)
    own = [mark for mark in marks if mark.own]
    if own:
        return _missing(check, "mark_ended" if not own[0].live else "mark_elsewhere", address=own[0].address)
    return _missing(check, "no_mark")


def _own_mark(check: DisclosureCheck, marks: Sequence[MarkSeen]) -> PageVerdict:
    """A mark of somebody else, or one given out for another page, stands for what is not so."""
    if not marks:
        return PageVerdict(check.id, asked=False)
    wrong = next((mark for mark in marks if not mark.own or mark.on_page is False), None)
    if wrong is None:
        return PageVerdict(check.id, asked=True)
    return _missing(check, "mark_elsewhere" if wrong.own else "mark_of_other", address=wrong.address)


def _words(check: DisclosureCheck, looks: PageLooks, content: PageContent) -> PageVerdict:
    there = content.squeezed + content.alts
    found = any("".join(word.split()).upper() in there for word in looks.words)
    return (
        PageVerdict(check.id, asked=True) if found else _missing(check, "no_words", words=list(looks.words))
    )


def _ending(check: DisclosureCheck, looks: PageLooks, about: PageAbout, content: PageContent) -> PageVerdict:
    ends = about.ends_on
    if ends is None:
        return PageVerdict(check.id, asked=False)
    days = {"on": ends.isoformat()}
    if not any(word.upper() in content.squeezed for word in looks.words):
        return _missing(check, "no_ending", **days)
    written = (
        f"{ends:%Y-%m-%d}", f"{ends.year}-{ends.month}-{ends.day}", f"{ends:%Y/%m/%d}", f"{ends.year}/{ends.month}/{ends.day}",
        f"{ends:%Y.%m.%d}", f"{ends.year}.{ends.month}.{ends.day}", f"{ends.year}年{ends.month}月{ends.day}日",
        f"{ends.year}年{ends:%m}月{ends:%d}日",
    )  # fmt: skip
    if not any(day in content.squeezed for day in written):
        return _missing(check, "no_ending_day", **days)
    ahead = (ends - about.seen_on).days
    # A page looked at later says nothing of when the notice first stood there; one looked at first within the thirty days is a lead.
    if ahead < check.number:
        return PageVerdict(
            check.id, asked=True, missing=True, saw="ending_late", values={**days, "ahead": ahead, "number": check.number},
            late=check.number - ahead,
        )  # fmt: skip
    return PageVerdict(check.id, asked=True)


def _windows(check: DisclosureCheck, windows: Sequence[OfficialSite], content: PageContent) -> PageVerdict:
    hosts = {_host(link) for link in content.links}
    lacking = [site for site in windows if site.url and _host(site.url) not in hosts]
    if not lacking:
        return PageVerdict(check.id, asked=True)
    names = {"zh": [site.zh for site in lacking], "en": [site.en for site in lacking]}
    return _missing(check, "no_windows", names_zh=names["zh"], names_en=names["en"])


def _host(address: str) -> str:
    """The host; `www.` before it makes no other site."""
    return (urlsplit(address).hostname or "").removeprefix("www.")


def _missing(check: DisclosureCheck, saw: str, **values: object) -> PageVerdict:
    return PageVerdict(check.id, asked=True, missing=True, saw=saw, values=values)
