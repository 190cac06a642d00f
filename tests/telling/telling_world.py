"""A small city that tells: two firms, one of them honoured, officers who write and agree, and a clock that is moved."""

import io
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from PIL import Image

from ecredit.facts.actors.models import Person
from ecredit.facts.actors.queries import account_of
from ecredit.facts.actors.rights import allow
from ecredit.facts.actors.types import Actor
from ecredit.facts.subjects.queries import get_subject_id
from ecredit.service.operation.approved import ask, decide, telling
from ecredit.service.operation.platform import Platform
from ecredit.service.telling.public_stories import PublicStories
from ecredit.service.telling.publish_actions import look_at, publish_due, take_down_story
from ecredit.service.telling.queries import get_view
from ecredit.service.telling.types import Campaign, Content, PictureUse, Run, Words
from ecredit.service.telling.write_actions import add_picture, write_story
from tests.conftest import NOON
from tests.desk.conftest import CITY, make_person
from tests.penalty_rows import code
from tests.subjects.test_subjects_review_journey import register

FIRM, OTHER = "常州春晓电子商务有限公司", "常州秋实网络科技有限公司"
FIRM_CODE, OTHER_CODE = code(1), code(2)
STREET = "常州市新北区通江路188号"
HONOURS = "主体名称,统一社会信用代码,文号,荣誉名称,是否红名单,授予单位,授予日期,荣誉有效期至\r\n"


def honour(name: str = FIRM, uscc: str = FIRM_CODE, *, until: str = "2027-05-01", number: int = 1) -> str:
    """A department's file of one honour."""
    return (
        HONOURS
        + f"{name},{uscc},常商〔2026〕{number}号,电子商务诚信示范企业,是,常州市商务局,2026-04-01,{until}\r\n"
    )


def listed(name: str = FIRM, uscc: str = FIRM_CODE) -> str:
    """A department's file that puts a firm on a list of serious dishonesty."""
    head = "主体名称,统一社会信用代码,名单名称,列入决定文书号,列入依据,列入事由,列入日期,列入机关\r\n"
    return (
        head
        + f"{name},{uscc},市场监督管理严重违法失信名单,常市监列〔2026〕1号,第四十四号令,虚假宣传,2026-05-12,常州市市场监督管理局\r\n"
    )


def words(
    title: str = "网购退货小心“运费险”骗局",
    body: str = "## 怎么看\n\n不要点陌生链接。",
    summary: str = "三步识别。",
) -> Words:
    return Words(title, summary, body)


def warning(**more: Any) -> Content:
    return Content(**{"kind": "consumer_warning", "zh": words(), **more})


def case(*subjects: int, body: str = "某公司虚构交易，被依法处罚。", **more: Any) -> Content:
    return Content(**{"kind": "typical_case", "zh": words("刷单被罚案", body), "subjects": subjects, **more})


def model(*subjects: int, body: str = f"{FIRM}坚持七日无理由退货。") -> Content:
    return Content("model_enterprise", words("诚信经营二十年", body), subjects=subjects)


def campaign(starts: date = date(2026, 6, 1), ends: date = date(2026, 6, 7), **more: Any) -> Content:
    days = Campaign(starts, ends, "常州市民广场", "Citizens' Square", "shangwu", ("T06", "T18"))
    return Content(
        "campaign", words("诚信网购宣传周", "现场咨询，电话 0519-86801234。"), **{"campaign": days, **more}
    )


def photo(
    *, size: tuple[int, int] = (400, 300), colour: str = "teal", format: str = "PNG", **more: Any
) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, format, **more)
    return out.getvalue()


class Moved(Platform):
    """The city at noon of 12 May 2026, or so much later."""

    later = timedelta(0)

    @property
    def now(self) -> datetime:
        return NOON + self.later


@dataclass
class World:
    """What tests do with articles."""

    platform: Moved
    people: dict[str, Person] = field(default_factory=dict)

    def actor(self, login: str, permission: str = "story.write") -> Actor:
        return allow(self.platform.catalog, self.account(login), permission)

    def account(self, login: str, role: str = "credit_officer", of: str = CITY):
        if login not in self.people:
            self.people[login] = make_person(login, (of, role))
        return account_of(self.people[login], where=f"desk/{login}", on=self.platform.today)

    def write(
        self, content: Content, *, by: str = "writer", role: str = "credit_officer", **more: Any
    ) -> int:
        account = self.account(by, role)
        number, _ = write_story(
            catalog=self.platform.catalog, ring=self.platform.ring, content=content, roles=[role],
            organisation=account.seats[0].organisation, by=self.actor(by), at=self.platform.now, **more,
        )  # fmt: skip
        return number

    def picture(self, raw: bytes | None = None, alt: str = "海报") -> PictureUse:
        taken = add_picture(
            content=raw or photo(), ring=self.platform.ring, by=self.actor("writer"), at=self.platform.now
        )
        return PictureUse(taken.digest, alt)

    def look(self, number: int, by: str) -> None:
        version = get_view(number).newest.version
        look_at(
            number=number, version=version, ring=self.platform.ring, by=self.actor(by), at=self.platform.now
        )

    def ask(self, number: int, *, by: str = "writer", **more: Any) -> int:
        newest = get_view(number).newest
        wanted = telling(number=number, version=newest.version, digest=newest.digest, **more)
        return ask(
            self.platform, wanted, reason="核对无误", by=self.actor(by, "story.publish"), at=self.platform.now
        )

    def agree(self, asked: int, *, by: str = "second", agree: bool = True) -> None:
        decide(
            self.platform,
            approval_id=asked,
            agree=agree,
            note="同意",
            account=self.account(by),
            at=self.platform.now,
        )

    def publish(self, content: Content, **more: Any) -> int:
        number = self.write(content)
        if content.pictures:
            self.look(number, "writer")
            self.look(number, "second")
        self.agree(self.ask(number, **more))
        return number

    def due(self) -> Run:
        p = self.platform
        return publish_due(catalog=p.catalog, home=p.home, ring=p.ring, by=Actor("schedule", "x"), at=p.now)

    def take_down(self, number: int, reason: str = "内容有误") -> None:
        p = self.platform
        take_down_story(
            catalog=p.catalog, home=p.home, number=number, reason=reason, ring=p.ring,
            by=self.actor("second", "story.take_down"), at=p.now,
        )  # fmt: skip

    @property
    def public(self) -> PublicStories:
        return PublicStories(self.platform.home.stories_db)

    def find(self, number: int):
        return self.public.find(number, self.platform.now)


def open_world(home: Any, settings: Any, collect: Any) -> World:
    """Two registered firms, the first of them honoured."""
    settings.ECREDIT_HOME = home.root
    platform = Moved()
    settings.ECREDIT_CLOCK = lambda: platform.now
    collect(
        "registration",
        register((FIRM, FIRM_CODE, STREET), (OTHER, OTHER_CODE, "常州市武进区延政路9号")),
        name="r.csv",
    )
    collect("honour", honour(), by="shangwu", name="h.csv")
    return World(platform)


def subject(uscc: str = FIRM_CODE) -> int:
    return get_subject_id(uscc)
