"""What an article has to be before it is kept: whole, in bounds, and naming nobody it may not. Pure."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from ecredit.foundation.catalog.story_types import StoryKind
from ecredit.service.telling.markdown_rules import check_characters, check_markdown, plain_lines
from ecredit.service.telling.naming_rules import Known, Named, find_named, masked
from ecredit.service.telling.types import Campaign, Content, Fault, PictureUse, Words

MOST_TITLE, MOST_SUMMARY, MOST_ALT, MOST_PLACE = 80, 300, 200, 200
MOST_PICTURES: Final = 8
_WHAT: Final = {
    "firm": ("点了单位的名", "an organisation is named"),
    "shop": ("点了网店的名", "a shop is named"),
    "person": ("写了有关人员的姓名", "a person is named"),
    "address": ("写了当事人的地址", "an address is given"),
    "code": ("写了单位的代码", "a code of an organisation is given"),
    "number": (
        "写了身份证号、电话或银行卡号",
        "a number of a person (identity, telephone or card) is given",
    ),
}


def check_content(content: Content, kind: StoryKind) -> list[Fault]:
    """Every fault of form, by field and line."""
    found = list(_check_words("zh", content.zh, len(content.pictures)))
    if content.en is not None:
        found += _check_words("en", content.en, len(content.pictures))
    found += _check_pictures(content.pictures)
    if kind.subjects == "none" and content.subjects:
        found.append(
            Fault("subjects", 1, "subjects", f"{kind.zh}不关联主体", f"{kind.en} are linked to no subject")
        )
    if kind.subjects != "none" and not content.subjects:
        found.append(
            Fault(
                "subjects",
                1,
                "subjects",
                f"{kind.zh}须关联主体：填写统一社会信用代码",
                f"{kind.en} are linked to the subjects they are about: give their codes",
            )
        )
    if kind.dated != (content.campaign is not None):
        found.append(
            Fault(
                "campaign", 1, "campaign", "起止日期、地点和承办部门", "days, place and department are needed"
            )
            if kind.dated
            else Fault("campaign", 1, "campaign", f"{kind.zh}没有日程", f"{kind.en} have no days")
        )
    if content.campaign is not None:
        found += _check_campaign(content.campaign)
    return found


def check_names(content: Content, kind: StoryKind, known: Sequence[Known]) -> list[Fault]:
    """Every place that names somebody the kind may not name; the body as it is written and as it reads."""
    found: list[Fault] = []
    for lang, words in content.words():
        for field, text in ((f"{lang}.title", words.title), (f"{lang}.summary", words.summary)):
            found += [_naming(field, 1, text, one) for one in _find(text, kind, known)]
        found += _in_body(f"{lang}.body", words.body, kind, known)
    for n, picture in enumerate(content.pictures, start=1):
        for text in (picture.alt_zh, picture.alt_en):
            found += [_naming(f"alt.{n}", 1, text, one) for one in _find(text, kind, known)]
    if content.campaign is not None:
        for text in (content.campaign.place_zh, content.campaign.place_en):
            found += [_naming("place", 1, text, one) for one in _find(text, kind, known)]
    return found


def mask_content(content: Content, kind: StoryKind, known: Sequence[Known]) -> Content:
    """The content with every place that is found in what is written masked."""

    def hide(text: str, *, markdown: bool = False) -> str:
        return masked(text, _find(text, kind, known), markdown=markdown)

    def words(of: Words) -> Words:
        return Words(hide(of.title), hide(of.summary), hide(of.body, markdown=True))

    return Content(
        kind=content.kind,
        zh=words(content.zh),
        en=None if content.en is None else words(content.en),
        pictures=tuple(PictureUse(p.digest, hide(p.alt_zh), hide(p.alt_en)) for p in content.pictures),
        subjects=content.subjects,
        campaign=content.campaign,
    )


def all_text(content: Content) -> str:
    """Everything that is written in an article, as it is read, for looking names up."""
    pieces = [text for _, w in content.words() for text in (w.title, w.summary, w.body)]
    pieces += [text for _, w in content.words() for _, text in plain_lines(w.body)]
    pieces += [text for picture in content.pictures for text in (picture.alt_zh, picture.alt_en)]
    return "\n\n".join(pieces)


def _find(text: str, kind: StoryKind, known: Sequence[Known]) -> list[Named]:
    return find_named(text, known, codes=kind.names == "none", landlines=kind.office_phone)


def _in_body(field: str, body: str, kind: StoryKind, known: Sequence[Known]) -> Iterator[Fault]:
    told: set[tuple[int, str]] = set()
    for one in _find(body, kind, known):
        line = body.count("\n", 0, one.start) + 1
        told.add((line, one.kind))
        yield _naming(field, line, body, one)
    # Written in entities or in pieces of marks it reads all the same.
    for start, text in plain_lines(body):
        for one in _find(text, kind, known):
            line = start + text.count("\n", 0, one.start)
            if (line, one.kind) not in told:
                yield _naming(field, line, text, one)


def _naming(field: str, line: int, text: str, one: Named) -> Fault:
    zh, en = _WHAT[one.kind]
    written = text[one.start : one.end].replace("\n", " ")[:40]
    return Fault(
        field,
        line,
        f"names_{one.kind}",
        f"{zh}“{written}”，请改为“{one.shown}”或删去",
        f"{en}, '{written}'; write '{one.shown}' or leave it out",
    )


def _check_words(lang: str, words: Words, pictures: int) -> Iterator[Fault]:
    for name, text, most, zh in (
        ("title", words.title, MOST_TITLE, "标题"),
        ("summary", words.summary, MOST_SUMMARY, "摘要"),
    ):
        field = f"{lang}.{name}"
        if not text.strip():
            yield Fault(field, 1, "missing", f"没有{zh}", f"there is no {name}")
        if len(text) > most:
            yield Fault(field, 1, "too_long", f"最多 {most} 个字符", f"at most {most} characters")
        if "\n" in text:
            yield Fault(field, 1, "one_line", "只能写一行", "one line only")
        yield from check_characters(field, text)
    if not words.body.strip():
        yield Fault(f"{lang}.body", 1, "missing", "没有正文", "there is no text")
    yield from check_markdown(f"{lang}.body", words.body, pictures=pictures)


def _check_pictures(pictures: Sequence[PictureUse]) -> Iterator[Fault]:
    if len(pictures) > MOST_PICTURES:
        yield Fault(
            "pictures",
            1,
            "too_many",
            f"图片最多 {MOST_PICTURES} 张",
            f"at most {MOST_PICTURES} pictures",
        )
    for n, picture in enumerate(pictures, start=1):
        field = f"alt.{n}"
        if not picture.alt_zh.strip():
            yield Fault(
                field,
                1,
                "missing",
                "没有替代文字：写出图里有什么，看不见图的人靠它",
                "it has no text: say what it shows, for those who do not see it",
            )
        for text in (picture.alt_zh, picture.alt_en):
            if len(text) > MOST_ALT:
                yield Fault(field, 1, "too_long", f"最多 {MOST_ALT} 个字符", f"at most {MOST_ALT} characters")
            yield from check_characters(field, text)


def _check_campaign(campaign: Campaign) -> Iterator[Fault]:
    if campaign.ends_on < campaign.starts_on:
        yield Fault("campaign", 1, "days", "结束日期早于开始日期", "it ends before it begins")
    if (campaign.ends_on - campaign.starts_on).days > 366:
        yield Fault("campaign", 1, "days", "活动最长一年", "a campaign lasts a year at most")
    if not campaign.place_zh.strip():
        yield Fault(
            "place", 1, "missing", "没有地点（线上活动写“线上”）", "there is no place (线上 for online)"
        )
    for text in (campaign.place_zh, campaign.place_en):
        if len(text) > MOST_PLACE:
            yield Fault(
                "place", 1, "too_long", f"最多 {MOST_PLACE} 个字符", f"at most {MOST_PLACE} characters"
            )
        yield from check_characters("place", text)


def document_of(content: Content, *, secret: str = "") -> str:
    """A version as it is kept: canonical JSON.

    The digest of what is shown is public. With `secret`, random words kept nowhere else, nobody finds out by trying subjects whom an
    article is about that does not say so.
    """
    document: dict[str, Any] = {
        "kind": content.kind,
        **{lang: [words.title, words.summary, words.body] for lang, words in content.words()},
        "pictures": [[p.digest, p.alt_zh, p.alt_en] for p in content.pictures],
        "subjects": list(content.subjects),
    }
    if content.campaign is not None:
        c = content.campaign
        days = [c.starts_on.isoformat(), c.ends_on.isoformat()]
        document["campaign"] = [*days, c.place_zh, c.place_en, c.department, list(c.tasks)]
    if secret:
        document["secret"] = secret
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def content_of(document: str) -> Content:
    """The version that was kept as this document."""
    held: dict[str, Any] = json.loads(document)
    campaign = held.get("campaign")
    return Content(
        kind=held["kind"],
        zh=Words(*held["zh"]),
        en=Words(*held["en"]) if "en" in held else None,
        pictures=tuple(PictureUse(*picture) for picture in held["pictures"]),
        subjects=tuple(held["subjects"]),
        campaign=None if campaign is None else _campaign_of(campaign),
    )


def _campaign_of(held: Sequence[Any]) -> Campaign:
    starts, ends, place_zh, place_en, department, *more = held
    return Campaign(
        date.fromisoformat(starts),
        date.fromisoformat(ends),
        place_zh,
        place_en,
        department,
        tuple(more[0]) if more else (),
    )


def digest_of(document: str) -> str:
    """SHA-256 of a version."""
    return hashlib.sha256(document.encode()).hexdigest()
