"""Making the city's files in a folder: the files as sent, in the order of sending, and the truth kept apart."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.surface.cli.demo_city import SIZES, plan_city
from ecredit.surface.cli.demo_files import write_delivery
from ecredit.surface.cli.demo_plan import Plan
from ecredit.surface.cli.demo_rows_licence import licence_deliveries
from ecredit.surface.cli.demo_rows_lists import list_deliveries
from ecredit.surface.cli.demo_rows_market import market_deliveries
from ecredit.surface.cli.demo_rows_parties import party_deliveries
from ecredit.surface.cli.demo_rows_penalty import penalty_deliveries
from ecredit.surface.cli.demo_rows_rated import rated_deliveries
from ecredit.surface.cli.demo_rows_ratings import rating_deliveries
from ecredit.surface.cli.demo_rows_register import register_deliveries
from ecredit.surface.cli.demo_rows_shops import shop_deliveries
from ecredit.surface.cli.demo_trade import write_trade
from ecredit.surface.cli.demo_truth import TruthWriter
from ecredit.surface.cli.demo_types import Delivery

# Files done, all files (0 while nobody knows how many there will be), the file at hand.
Progress = Callable[[int, int, str], None]
MANIFEST = "manifest.json"
# The youngest of the rules the files lean on came into force shortly before.
FIRST_DAY = date(2026, 7, 1)
# A source belongs to one family, so that a family's documents can be settled when its last file is made.
_FAMILIES: tuple[Callable[[Plan], Iterable[Delivery]], ...] = (
    register_deliveries, shop_deliveries, licence_deliveries, penalty_deliveries, list_deliveries, market_deliveries,
    rating_deliveries, rated_deliveries, party_deliveries,
)  # fmt: skip


def silence(_done: int, _all: int, _path: str) -> None:
    """A progress nobody watches."""


@dataclass(frozen=True, slots=True)
class Built:
    """A folder with a demo city: how it was asked for, who sends, and the files in order of sending."""

    folder: Path
    size: str
    seed: int
    today: date
    organisations: tuple[dict[str, str], ...]
    files: tuple[dict[str, Any], ...]

    @property
    def rows(self) -> int:
        """Rows in all files."""
        return sum(int(file["rows"]) for file in self.files)


def build_city(
    out: Path, *, catalog: Catalog, calendar: WorkCalendar, size: str, seed: int, today: date,
    orders: int | None = None, progress: Progress = silence,
) -> Built:  # fmt: skip
    """Write the city into the folder `out`; the same city is written anew over an unfinished or equal one.
    `orders`: of its year of trade, where not as many as the size has.

    Raises WrongUse when the folder holds something else, or the day lies before the rules the files lean on.
    """
    if today < FIRST_DAY:
        raise WrongUse(
            f"示范城市的日期不能早于 {FIRST_DAY}", f"the demo city's day cannot be before {FIRST_DAY}"
        )
    _check_folder(out, size, seed, today)
    city = plan_city(catalog, subjects=SIZES[size], seed=seed, today=today)
    plan = Plan(catalog, calendar, city, today, seed)
    head: dict[str, Any] = {
        "size": size,
        "seed": seed,
        "today": today.isoformat(),
        "subjects": len(city.subjects),
    }
    out.mkdir(parents=True, exist_ok=True)
    _write_manifest(out, {**head, "finished": False})
    files: list[dict[str, Any]] = []
    with TruthWriter(out / "truth", plan) as truth:
        for family in _placed(plan):
            for delivery in family:
                write_delivery(delivery, plan.source(delivery.source), out / delivery.path)
                files.append(truth.take(delivery))
                progress(len(files), 0, delivery.path)
            truth.settle()
    write_trade(out, plan, size=size, orders=orders, progress=progress)
    files.sort(key=lambda file: str(file["sent_at"]))
    organisations = [asdict(sender) for senders in plan.senders.values() for sender in senders]
    _write_manifest(out, {**head, "finished": True, "organisations": organisations, "files": files})
    return read_built(out)


def read_built(folder: Path) -> Built:
    """What was built in a folder. Raises WrongUse when nothing was, or not to the end."""
    manifest = _read_manifest(folder)
    if manifest is None or not manifest.get("finished"):
        raise WrongUse(f"{folder} 中没有完整的示范城市", f"there is no whole demo city in {folder}")
    return Built(
        folder=folder,
        size=manifest["size"],
        seed=manifest["seed"],
        today=date.fromisoformat(manifest["today"]),
        organisations=tuple(manifest["organisations"]),
        files=tuple(manifest["files"]),
    )


def find_built(folder: Path) -> Built | None:
    """The city in a folder, or None when there is none, or none that was finished."""
    manifest = _read_manifest(folder)
    return read_built(folder) if manifest is not None and manifest.get("finished") else None


def _placed(plan: Plan) -> Iterator[Iterator[Delivery]]:
    """The families of files, each file with its place and the minute it was sent."""
    sent: Counter[date] = Counter()
    paths: set[str] = set()

    def place(delivery: Delivery) -> Delivery:
        day = delivery.sent_at.date()
        delivery.sent_at += timedelta(minutes=sent[day])
        sent[day] += 1
        delivery.path = f"files/{delivery.sender}/{day}/{delivery.filename}"
        if delivery.path in paths:
            raise AssertionError(f"two files at {delivery.path}")
        paths.add(delivery.path)
        return delivery

    for family in _FAMILIES:
        yield (place(delivery) for delivery in family(plan))


def _check_folder(out: Path, size: str, seed: int, today: date) -> None:
    if not out.exists() or not any(out.iterdir()):
        return
    manifest = _read_manifest(out)
    asked = (size, seed, today.isoformat())
    if manifest is None or (manifest["size"], manifest["seed"], manifest["today"]) != asked:
        raise WrongUse(
            f"{out} 里已有别的内容；请换一个空目录",
            f"{out} holds something else already; choose an empty folder",
        )


def _read_manifest(folder: Path) -> dict[str, Any] | None:
    path = folder / MANIFEST
    if not path.is_file():
        return None
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest


def _write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    draft = folder / f".{MANIFEST}"
    draft.write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    draft.replace(folder / MANIFEST)
