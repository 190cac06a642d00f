"""What the public part answers: what everyone may see, until when, by which clause."""

from datetime import date, datetime

from ninja import Schema


class HitShape(Schema):
    """One subject found; `shop` is the shop's name by which it was, when it was by one."""

    code: str
    name: str
    kind: str
    area: str
    status: str
    grade: str | None
    former_code: str | None
    shop: str | None


class SearchShape(Schema):
    """A page of subjects found, best first."""

    items: list[HitShape]
    count: int
    more: bool
    next: str | None


class PublicFieldShape(Schema):
    """One column of a document."""

    code: str
    label: str
    value: str
    unit: str


class PublicItemShape(Schema):
    """One document of a profile; `leaf` is its entry in the transparency log.

    `corrected_on` and `corrected_by`: an officer of that organisation corrected what the supplier had sent.
    """

    leaf: int
    section: str
    source: str
    title_zh: str
    title_en: str
    supplier: str
    corrected_on: date | None
    corrected_by: str
    clause: str
    occurred_on: date | None
    shown_from: date
    shown_until: date | None
    fields: list[PublicFieldShape]


class PublicReasonShape(Schema):
    """One reason of a grade."""

    zh: str
    en: str
    points: float | None
    clause: str


class ChangedReasonShape(Schema):
    """A reason that came or went; `leaves` are the documents it rests on."""

    zh: str
    en: str
    points: float | None
    leaves: list[int]


class PublicChangeShape(Schema):
    """The last change of a grade; told only while everything it rests on is public."""

    on: date
    before: str
    after: str
    other_model: bool
    entered: list[ChangedReasonShape]
    left: list[ChangedReasonShape]


class RatingPartShape(Schema):
    """What was said of one side: goods, service, delivery."""

    zh: str
    en: str
    rating: float
    ratings: int


class RatingReasonShape(Schema):
    """Why ratings count less than others, and how many do."""

    code: str
    zh: str
    en: str
    ratings: int


class PublicRatingShape(Schema):
    """What is shown of a shop or courier under one rule of `/public/rating-rules`.

    `rating` with its interval, from 1 to 5, is null while fewer people than the rule says stand behind it; `name` is the
    shop's, empty where the subject itself is rated; `taken` is the share of all weight that was taken.
    """

    rule: str
    rule_version: str
    name: str
    rating: float | None
    low: float | None
    high: float | None
    ratings: int
    weighted_down: int
    taken: float
    reasons: list[RatingReasonShape]
    found_forged: int
    follow_ups: int
    replies: int
    dimensions: list[RatingPartShape]


class RatingRuleShape(Schema):
    """A rule by which ratings are made, as it is published."""

    id: str
    title_zh: str
    title_en: str
    version: str
    valid_from: date | None
    about_zh: str
    about_en: str
    blind_days: int
    follow_up_days: int
    needs_order: bool
    replies: bool
    public: bool
    public_from: int
    law: str
    verified: bool


class RatingRulesShape(Schema):
    """The rules in force."""

    items: list[RatingRuleShape]


class PublicSubjectShape(Schema):
    """A subject's public profile today, with a page of its documents, newest first."""

    code: str
    name: str
    kind: str
    area: str
    status: str
    grade: str | None
    graded_on: date | None
    score: float | None
    change: PublicChangeShape | None
    reasons: list[PublicReasonShape]
    ratings: list[PublicRatingShape]
    items: list[PublicItemShape]
    next: str | None


class PublicStateShape(Schema):
    """How fresh the public database is, and how much is in it."""

    projected_at: datetime | None
    log_size: int | None
    log_root: str | None
    catalogue_edition: str | None
    invented: bool
    subjects: int
    items: int
