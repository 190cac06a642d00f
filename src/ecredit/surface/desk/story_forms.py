"""An article as its form holds it: read from what was sent, and filled from a version."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.http import HttpRequest
from django.utils import timezone

from ecredit.facts.subjects.queries import get_subject, get_subject_id
from ecredit.foundation.catalog.story_types import StoryKind
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.telling.draft_rules import MOST_SUMMARY, MOST_TITLE
from ecredit.service.telling.markdown_rules import MOST_BODY
from ecredit.service.telling.types import Campaign, Content, PictureUse, Words
from ecredit.surface.desk.forms import posted, posted_day

_LONGER = 4
"""How much longer than allowed a field may come and still be told apart by the rules, with its place."""


@dataclass(frozen=True, slots=True)
class StoryForm:
    """What the form shows: texts by field, the pictures of the version it is about, and that version's number (0: none yet)."""

    texts: dict[str, str] = field(default_factory=dict)
    pictures: tuple[PictureUse, ...] = ()
    version: int = 0

    def __getitem__(self, name: str) -> str:
        return self.texts.get(name, "")


def form_of(content: Content, version: int) -> StoryForm:
    """The form of a version."""
    texts: dict[str, str] = {}
    for lang, of in content.words():
        texts |= {f"title_{lang}": of.title, f"summary_{lang}": of.summary, f"body_{lang}": of.body}
    texts["codes"] = " ".join(_code_of(subject) for subject in content.subjects)
    if content.campaign is not None:
        c = content.campaign
        texts |= {
            "starts_on": c.starts_on.isoformat(),
            "ends_on": c.ends_on.isoformat(),
            "place_zh": c.place_zh,
            "place_en": c.place_en,
            "department": c.department,
        }
        texts |= {f"task_{task}": "1" for task in c.tasks}
    return StoryForm(texts, content.pictures, version)


def sent_form(request: HttpRequest, held: Sequence[PictureUse], version: int) -> StoryForm:
    """What was sent, as the form shows it again."""
    names = [name for name in request.POST if name not in ("csrfmiddlewaretoken", "act")]
    texts = {name: request.POST.get(name, "")[: MOST_BODY * _LONGER] for name in names}
    return StoryForm(texts, tuple(held), version)


def read_content(request: HttpRequest, kind: StoryKind, held: Sequence[PictureUse]) -> Content:
    """The content that was sent; pictures are those the version has, with the words sent and without those to be left out.

    Raises WrongUse for what cannot be read at all; what is read is judged by the room's rules.
    """
    zh = _words(request, "zh")
    en = _words(request, "en")
    return Content(
        kind=kind.id,
        zh=zh,
        en=None if not any((en.title, en.summary, en.body)) else en,
        pictures=tuple(_pictures(request, held)),
        subjects=_subjects(posted(request, "codes", most=500)) if kind.subjects != "none" else (),
        campaign=_campaign(request) if kind.dated else None,
    )


def _words(request: HttpRequest, lang: str) -> Words:
    return Words(
        posted(request, f"title_{lang}", most=MOST_TITLE * _LONGER),
        posted(request, f"summary_{lang}", most=MOST_SUMMARY * _LONGER),
        _unified(posted(request, f"body_{lang}", most=MOST_BODY * _LONGER)),
    )


def _unified(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _pictures(request: HttpRequest, held: Sequence[PictureUse]) -> list[PictureUse]:
    kept = []
    for n, picture in enumerate(held, start=1):
        if request.POST.get(f"drop_{n}"):
            continue
        alt_zh, alt_en = posted(request, f"alt_zh_{n}", most=800), posted(request, f"alt_en_{n}", most=800)
        kept.append(PictureUse(picture.digest, alt_zh, alt_en))
    return kept


def _subjects(codes: str) -> tuple[int, ...]:
    ids = [get_subject_id(code) for code in codes.replace(",", " ").replace("，", " ").split()]
    return tuple(dict.fromkeys(ids))


def _campaign(request: HttpRequest) -> Campaign | None:
    starts, ends = posted_day(request, "starts_on"), posted_day(request, "ends_on")
    if starts is None or ends is None:
        return None
    return Campaign(
        starts,
        ends,
        posted(request, "place_zh", most=800),
        posted(request, "place_en", most=800),
        posted(request, "department", most=64),
        tuple(sorted(name.removeprefix("task_") for name in request.POST if name.startswith("task_"))),
    )


def read_plan(request: HttpRequest) -> tuple[datetime | None, date | None]:
    """From when (None: at once) and until which day (None: as the kind says) an article is to be shown. Raises WrongUse."""
    day, hour = posted_day(request, "from_on"), posted(request, "from_time", most=5)
    if day is None:
        return None, posted_day(request, "until_on")
    try:
        clock = datetime.strptime(hour or "09:00", "%H:%M").time()  # noqa: DTZ007 - made aware below
    except ValueError as error:
        raise WrongUse(f"时间 {hour} 认不出，请写成 09:00", f"{hour} is no time; write 09:00") from error
    return timezone.make_aware(datetime.combine(day, clock)), posted_day(request, "until_on")


def _code_of(subject_id: int) -> str:
    return get_subject(subject_id).code or f"S{subject_id}"
