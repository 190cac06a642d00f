"""Collecting a demo city into a home, file by file, each on the day it was sent.

The city's past is played: a file sent last spring is received last spring, so that deadlines, histories and the register
of suppliers look as they would after a year of work. In a home that has been used before nothing is received before what it
received last.
"""

import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings

from ecredit.facts.actors.journal_actions import declare_invented
from ecredit.facts.actors.organisation_actions import register_organisation
from ecredit.facts.actors.queries import get_supplier
from ecredit.facts.actors.types import Actor
from ecredit.facts.collection.collect_actions import collect_file
from ecredit.facts.collection.queries import find_last_received_at
from ecredit.facts.collection.types import Receipt
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.home import Home
from ecredit.surface.cli.command_home import make_home
from ecredit.surface.cli.context import Context
from ecredit.surface.cli.demo_build import Built, Progress, build_city, find_built, read_built, silence
from ecredit.surface.cli.demo_trade import collect_trade

DEFAULT_SEED = 20_181_205
_FOLDER = "demo"


@dataclass
class PastContext(Context):
    """A command's context whose clock stands at an instant of the city's past."""

    at: datetime

    @property
    def now(self) -> datetime:
        """The instant that is played."""
        return self.at


def demo_folder(home: Home) -> Path:
    """Where a home keeps the files and the truth of its demo city."""
    return home.root / _FOLDER


def find_home_city(home: Home) -> Built | None:
    """The demo city a home was filled with, if it was."""
    return find_built(demo_folder(home))


def load_home_city(
    context: Context, *, size: str, seed: int | None = None, today: date | None = None,
    orders: int | None = None, progress: Progress = silence,
) -> tuple[Built, list[Receipt]]:  # fmt: skip
    """Fill the home with a demo city, or finish what was cut off; what is there already is not collected twice.

    Raises WrongUse when the home holds another demo city, or the city's day has not come.
    """
    home = Home(settings.ECREDIT_HOME)
    built = find_home_city(home)
    if built is not None and (
        built.size != size or seed not in (None, built.seed) or today not in (None, built.today)
    ):
        raise WrongUse(
            f"{home.root} 里已有示范城市（{built.size}，种子 {built.seed}，{built.today}）；请换一个数据目录",
            f"{home.root} holds a demo city already ({built.size}, seed {built.seed}, {built.today}); use another home",
        )
    if today is not None and today > context.today:
        raise WrongUse(
            f"{today} 还没有到；--today 只能是今天或以前",
            f"{today} has not come yet; --today is today or before",
        )
    if built is None:
        seed = DEFAULT_SEED if seed is None else seed
        built = _build(context, home, size, seed, today or context.today, orders, progress)
    return built, collect_built(context, built, progress=progress)


def _build(
    context: Context, home: Home, size: str, seed: int, today: date, orders: int | None, progress: Progress
) -> Built:
    """Build beside the place and move there, so that a folder found later is whole."""
    home.ensure()
    draft = home.root / f"{_FOLDER}.part"
    shutil.rmtree(draft, ignore_errors=True)
    build_city(
        draft, catalog=context.catalog, calendar=context.calendar, size=size, seed=seed, today=today,
        orders=orders, progress=progress,
    )  # fmt: skip
    with suppress(FileNotFoundError):
        shutil.rmtree(demo_folder(home))
    draft.replace(demo_folder(home))
    return read_built(demo_folder(home))


def collect_built(context: Context, built: Built, *, progress: Progress = silence) -> list[Receipt]:
    """Make the home if there is none, put on record that all is made up, register who sends, and collect every file on its day,
    then the trade."""
    first = datetime.fromisoformat(built.files[0]["sent_at"]) - timedelta(days=1)
    past = PastContext(at=first)
    make_home(past)
    declare_invented(ring=context.ring, by=context.operator, at=first)
    for organisation in built.organisations:
        register_organisation(**organisation, ring=context.ring, by=context.operator, at=first)
    receipts = []
    for done, file in enumerate(built.files):
        progress(done, len(built.files), file["path"])
        sent_at = datetime.fromisoformat(file["sent_at"])
        last = find_last_received_at()
        supplier = get_supplier(context.catalog, file["called"], on=sent_at.date())
        receipts.append(
            collect_file(
                context.collector,
                source_id=file["source"],
                path=built.folder / file["path"],
                supplier=supplier,
                by=Actor(who=supplier.id, right="supplier.submit"),
                at=sent_at if last is None else max(sent_at, last),
            )
        )
    collect_trade(context, built.folder, built.today)
    progress(len(built.files), len(built.files), "")
    return receipts
