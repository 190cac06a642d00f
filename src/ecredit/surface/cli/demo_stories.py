"""Articles of the demo city, so that its front page is alive: invented like everything else, written by an invented officer and agreed
to at the console."""

import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from PIL import Image, ImageDraw

from ecredit.facts.actors.rights import Account, allow
from ecredit.facts.actors.types import OPERATOR, Actor
from ecredit.facts.records.queries import list_subjects_with
from ecredit.facts.subjects.queries import get_subject
from ecredit.service.operation.approved import ask, decide, telling
from ecredit.service.telling.publish_actions import look_at
from ecredit.service.telling.queries import get_view, list_stories
from ecredit.service.telling.standing import check_standing
from ecredit.service.telling.types import AGREED, Campaign, Content, PictureUse, Words
from ecredit.service.telling.write_actions import add_picture, write_story
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.demo_officer import console_account, demo_officer

_REASON: Final = "示范：已核对"
_LOOKED_THROUGH: Final = 200


def publish_demo_stories(context: Context) -> int:
    """Publish a few of each kind; gives how many. Nothing where an article is there already."""
    if list_stories():
        return 0
    done = 0
    with demo_officer(context) as officer:
        for content in _articles(context, officer):
            _publish(context, officer, content)
            done += 1
    return done


def _publish(context: Context, officer: Account, content: Content) -> None:
    by = allow(context.catalog, officer, "story.write")
    number, version = write_story(
        catalog=context.catalog,
        ring=context.ring,
        content=content,
        organisation=officer.seats[0].organisation,
        roles=[seat.role for seat in officer.seats],
        by=by,
        at=context.now,
    )
    if content.pictures:
        for who in (by, Actor(OPERATOR.who, "story.read console")):
            look_at(number=number, version=version, ring=context.ring, by=who, at=context.now)
    wanted = telling(number=number, version=version, digest=get_view(number).newest.digest)
    asked = ask(context, wanted, reason=_REASON, by=allow(context.catalog, officer, AGREED), at=context.now)
    console = console_account(context)
    decide(context, approval_id=asked, agree=True, note=_REASON, account=console, at=context.now)


def _articles(context: Context, officer: Account) -> Iterator[Content]:
    """Oldest first: the last one written stands on top of the lists."""
    today = context.today
    past, coming, next_month = (today + timedelta(days=days) for days in (-40, 12, 33))
    yield _campaign(
        "“诚信网店”走进社区（演示）",
        "现场讲解怎样看亮照标识、怎样留存证据。",
        past,
        1,
        "钟楼区南大街社区",
        "gongshang",
    )
    yield _campaign(
        "电商诚信经营公开课（演示）",
        "面向入驻商家，讲明码标价、如实评价和七日无理由退货。",
        next_month,
        2,
        "线上直播",
        "shangwu",
    )
    yield Content(
        "campaign",
        Words(
            "诚信网购宣传周（演示）",
            "广场咨询、快递员结对宣传、假货比对展示，一周七天。",
            "## 每天有什么\n\n| 日期 | 内容 |\n|---|---|\n| 第一天 | 广场咨询，解答退货和投诉 |\n| 第二至五天 | 快递网点结对宣传 |\n"
            "| 第六、七天 | 真假商品比对展示 |\n\n到场可以现场核验网店的亮照标识，办法见[核验](/verify)和[投诉举报](/complaints)。",
        ),
        Words(
            "Week of honest online shopping (demo)",
            "Advice in the square, couriers who tell, and real beside fake: seven days.",
            "## What there is\n\n- Advice on returns and complaints, on the first day.\n- Couriers' outlets take part, days two to five.\n"
            "- Real and fake goods side by side, on the last two days.",
        ),
        campaign=Campaign(
            coming,
            coming + timedelta(days=6),
            "常州市民广场（演示）",
            "Citizens' Square (demo)",
            "shangwu",
            ("T06", "T18"),
        ),
    )
    by = allow(context.catalog, officer, "story.write")
    cases = list_subjects_with(["dual_publicity_penalty"], limit=1)
    if cases:
        yield Content(
            "typical_case",
            Words(
                "刷单两千笔，罚款之外还丢了等级（演示案例）",
                "某网店请人刷单抬高销量，被依法处罚并公示，等级随之下降。",
                "## 案情\n\n某网店通过社交群招募“体验员”，先后虚构交易两千余笔，寄空包、返本金，再由“体验员”写好评。\n\n"
                "## 怎么查出来的\n\n1. 同一设备下单集中，签收时间异常一致；\n2. 包裹重量与商品不符；\n3. 好评文字大量雷同。\n\n"
                "两名工作人员核实证据后立案，依法处罚并公示。\n\n> 虚构交易、编造评价，都属于违法行为。销量可以刷，信用刷不出来。",
            ),
            subjects=tuple(cases),
        )
    model = _model_firm(context)
    if model is not None:
        name = get_subject(model).name
        shop = _picture(context, by, _shop())
        yield Content(
            "model_enterprise",
            Words(
                "把退货做成口碑（演示）",
                "荣誉有效、记录良好的电商企业：承诺写在首页，退货不问理由。",
                f"{name}把“七日无理由退货”写在店铺首页显著位置，退货运费自己承担，客服当天答复。\n\n![](picture:1)\n\n"
                "## 做法\n\n- 承诺公开，违约先行赔付；\n- 评价不删不改，差评逐条回复；\n- 商品可以追溯到生产批次。",
            ),
            pictures=(
                PictureUse(
                    shop,
                    "示意图：一家亮着灯的小店，门口挂着对勾标识",
                    "Drawing: a small shop with its lights on and a tick over the door",
                ),
            ),
            subjects=(model,),
        )
    parcel = _picture(context, by, _parcel())
    yield Content(
        "consumer_warning",
        Words(
            "收到“理赔退款”短信，先别点链接（演示）",
            "冒充客服说商品有问题要退款，让点链接、共享屏幕、下载软件的，都是骗局。",
            "## 三步识别\n\n1. **看来源**：平台退款都在订单页里办，不会发链接让您填银行卡。\n2. **看要求**：要共享屏幕、要验证码、要先转账的，一律挂断。\n"
            "3. **回官方**：自己打开购物软件，从订单里联系客服。\n\n![](picture:1)\n\n已经转账的，马上报警，并保留聊天和转账记录。"
            "要投诉商家，见[投诉举报](/complaints)。",
        ),
        Words(
            "A text message promises a refund? Do not follow its link (demo)",
            "Whoever claims to be customer service and wants you to follow a link, share your screen or install something is a fraud.",
            "## Three steps\n\n1. **Where it comes from**: refunds are made on the order's own page; nobody sends a link to ask for your card.\n"
            "2. **What it wants**: a shared screen, a code, money first — hang up.\n3. **Go back to the source**: open the shop's app yourself.\n\n"
            "![](picture:1)\n\nIf you paid already, tell the police at once and keep the messages.",
        ),
        pictures=(PictureUse(parcel, "示意图：一个包裹和一面写着对勾的盾牌", "Drawing: a parcel and a shield with a tick"),),
    )  # fmt: skip


def _campaign(title: str, summary: str, starts: date, days: int, place: str, department: str) -> Content:
    return Content(
        "campaign",
        Words(title, summary, f"{summary}\n\n不用报名，免费参加。"),
        campaign=Campaign(starts, starts + timedelta(days=days - 1), place, "", department, ("T18",)),
    )


def _model_firm(context: Context) -> int | None:
    """The first whose record permits it."""
    kind = context.catalog.stories["model_enterprise"]
    candidates = list_subjects_with(kind.one_of, limit=_LOOKED_THROUGH)
    return next((s for s in candidates if not check_standing(context.catalog, kind, s, context.today)), None)


def _picture(context: Context, by: Actor, drawn: Image.Image) -> str:
    out = io.BytesIO()
    drawn.save(out, "PNG")
    return add_picture(content=out.getvalue(), ring=context.ring, by=by, at=context.now).digest


def _canvas() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    drawn = Image.new("RGB", (1440, 960), "#e8eff7")
    draw = ImageDraw.Draw(drawn)
    draw.rectangle((0, 720, 1440, 960), fill="#cfdcea")
    return drawn, draw


def _tick(draw: ImageDraw.ImageDraw, x: int, y: int, size: int) -> None:
    points = [(x, y + size // 2), (x + size // 3, y + size * 5 // 6), (x + size, y)]
    draw.line(points, fill="white", width=size // 6, joint="curve")


def _parcel() -> Image.Image:
    drawn, draw = _canvas()
    draw.rounded_rectangle((240, 330, 800, 800), 24, fill="#c99a5b")
    draw.rectangle((470, 330, 570, 800), fill="#b78445")
    draw.polygon([(940, 300), (1130, 240), (1320, 300), (1300, 600), (1130, 780), (960, 600)], fill="#0d4a84")
    _tick(draw, 1020, 400, 220)
    return drawn


def _shop() -> Image.Image:
    drawn, draw = _canvas()
    draw.rectangle((320, 320, 1120, 800), fill="#fff8ea")
    for n in range(8):
        draw.rectangle((280 + n * 110, 230, 390 + n * 110, 380), fill="#b3122a" if n % 2 else "#fff")
    draw.rectangle((420, 470, 680, 700), fill="#ffd88a")
    draw.rectangle((800, 470, 1000, 800), fill="#6d4a2a")
    draw.ellipse((640, 80, 800, 240), fill="#17693a")
    _tick(draw, 676, 120, 90)
    return drawn
