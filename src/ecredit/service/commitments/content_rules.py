"""What a commitment says, when it ends, who may make which. Pure."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Final

from ecredit.foundation.catalog.commitment_types import Audience, CommitmentTemplate, TemplateVersion
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.kernel.periods import add_months
from ecredit.service.commitments.types import Draft

_OF_KIND: Final[Mapping[str, Audience]] = {"platform": "platform", "courier": "courier", "firm": "merchant"}
"""Which commitment the people of an organisation of this kind make for it."""
_ENDS_ITSELF: Final = ("。", "；", "！", "？")


def audience_of(kind: str) -> Audience | None:
    """As what an organisation of this kind promises; None for one that sells, carries and runs nothing."""
    return _OF_KIND.get(kind)


def templates_for(
    templates: Iterable[CommitmentTemplate], audience: Audience | None, on: date
) -> list[tuple[CommitmentTemplate, TemplateVersion]]:
    """The templates an audience may use on a day, each in the version in force."""
    return [
        (template, version)
        for template in templates
        if template.audience == audience and (version := template.find_version(on)) is not None
    ]


def read_answers(version: TemplateVersion, given: Mapping[str, str]) -> dict[str, str]:
    """What was filled in, by field. Raises WrongUse naming every field that is missing, too long, or holds what may not be public."""
    answers = {entry.id: " ".join(given.get(entry.id, "").split()) for entry in version.fields}
    zh, en = [], []
    for entry in version.fields:
        said = answers[entry.id]
        if entry.required and not said:
            zh.append(f"请填写“{entry.zh}”")
            en.append(f"fill in '{entry.en}'")
        elif len(said) > entry.max_length:
            zh.append(f"“{entry.zh}”最多 {entry.max_length} 个字")
            en.append(f"'{entry.en}' takes at most {entry.max_length} characters")
        elif redact(said) != said:
            zh.append(f"“{entry.zh}”中有身份证号码、电话等个人信息；承诺会公示，请删去")
            en.append(
                f"'{entry.en}' holds an identity number, telephone or the like; it becomes public, take it out"
            )
    if zh:
        raise WrongUse("；".join(zh), "; ".join(en))
    return {id: said for id, said in answers.items() if said}


def content_of(version: TemplateVersion, answers: Mapping[str, str]) -> str:
    """The text of a commitment as its record has it: opening, items by number, what was filled in."""
    items = "".join(f"{place}.{item.zh}" for place, item in enumerate(version.items, 1))
    filled = "".join(
        f"{entry.zh}：{said}{'' if said.endswith(_ENDS_ITSELF) else '。'}"
        for entry in version.fields
        if (said := answers.get(entry.id))
    )
    return f"{version.opening_zh}{items}{filled}"


def document_of(draft: Draft, number: str, *, accepted_by: str) -> str:
    """The commitment as a document to be signed: its heading, who makes it, every item on a line of its own, what was filled in."""
    version = draft.version
    lines = [
        draft.template.title_zh,
        f"编号：{number}",
        f"承诺人：{draft.name}（{draft.uscc}）",
        f"受理单位：{accepted_by}",
        f"承诺日期：{draft.committed_on}；有效期至：{valid_until(version, draft.committed_on)}",
        "",
        version.opening_zh,
        *(f"{place}. {item.zh}" for place, item in enumerate(version.items, 1)),
        *(f"{entry.zh}：{said}" for entry in version.fields if (said := draft.answers.get(entry.id))),
    ]
    return "\n".join(lines) + "\n"


def valid_until(version: TemplateVersion, committed_on: date) -> date:
    """The last day on which it holds."""
    return add_months(committed_on, version.months) - timedelta(days=1)


def number_of(committed_on: date, place: int) -> str:
    """The number of the commitment that is the `place`th here."""
    return f"XYCN-{committed_on:%Y%m%d}-{place:06d}"


def draft_digest(draft: Draft, number: str) -> str:
    """SHA-256 over all that a commitment says and who makes it."""
    return commitment_digest(
        number=number,
        template=draft.template.id,
        version=draft.version.number,
        way=str(draft.way),
        name=draft.name,
        uscc=draft.uscc,
        is_person=draft.is_person,
        organisation=draft.organisation,
        content=content_of(draft.version, draft.answers),
        answers=draft.answers,
        committed_on=draft.committed_on,
        valid_until=valid_until(draft.version, draft.committed_on),
        accepted_by=draft.accepted_by,
        scan=draft.scan,
    )


def commitment_digest(**said: object) -> str:
    """SHA-256 over what a commitment says, in one way only."""
    return digest_of({name: str(v) if isinstance(v, date) else v for name, v in said.items()})


def digest_of(said: object) -> str:
    """SHA-256 of a document of JSON."""
    text = json.dumps(
        said, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=lambda value: dict(value)
    )
    return hashlib.sha256(text.encode()).hexdigest()


def due_reminder(valid_until: date, on: date, days: Iterable[int]) -> int | None:
    """Of the days before the end at which it is reminded, the one that a day is within; None: nothing is due yet, or it is over.

    With [60, 30, 7]: 61 days before → None; 60 to 31 → 60; 30 to 8 → 30; 7 to 0 → 7.
    """
    left = (valid_until - on).days
    if left < 0:
        return None
    return min((day for day in days if left <= day), default=None)


def owed_reminder(valid_until: date, on: date, days: Iterable[int], said: Iterable[int]) -> int | None:
    """Of the days before the end the one whose reminder is still owed on a day; None: nothing is due, or it was said already.

    `said` are those that were said before. What a later one has overtaken is not said any more: of a worker that was down from
    70 to 20 days before the end, with [60, 30, 7], the reminder of 30 is owed, and not that of 60.
    """
    due = due_reminder(valid_until, on, days)
    return None if due is None or any(mark <= due for mark in said) else due
