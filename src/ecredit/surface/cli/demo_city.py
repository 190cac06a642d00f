"""The plan of the demo city: who there is, who is whose branch, who is nearly called like whom, who keeps which shop."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from ecredit.foundation.catalog.areas import find_area
from ecredit.foundation.catalog.types import Catalog
from ecredit.surface.cli.demo_codes import make_landline, make_mobile, make_person_id, make_reg_no, make_uscc
from ecredit.surface.cli.demo_names import STREETS, TRADES, Names, chooser
from ecredit.surface.cli.demo_types import FIRM, INDIVIDUAL, PERSON, City, DemoShop, DemoSubject, Role

SIZES = {"small": 600, "S": 5_000, "M": 50_000, "L": 500_000}

# Codes made after this day have letters (MA…), older ones were made from organisation codes.
_UNIFIED_CODES = date(2015, 10, 1)
# Shops can be collected from the day the e-commerce law came into force.
_FIRST_SHOPS = date(2019, 3, 1)
_REPRESENTATIVE, _LANDLINE = 10_000_000, 3
_ROLE_TRADES = {
    Role.PLATFORM: ("网络平台", "互联网零售平台服务；第二类增值电信业务", "6432"),
    Role.COURIER: ("快递", "快递服务；道路货物运输", "6020"),
    Role.PAYMENT: ("支付科技", "非银行支付服务", "6930"),
}
_AGENCY_TRADES = (
    ("检测技术", "产品质量检验检测", "7450"),
    ("信用评级", "信用评级；企业信用咨询", "7295"),
    ("电商代运营", "网店代运营；营销策划", "7251"),
    ("仓储物流", "仓储服务；货物运输代理", "7224"),
    ("企业咨询", "企业管理咨询", "7295"),
)


@dataclass(frozen=True, slots=True)
class _Place:
    code: str
    name: str
    full_name: str


@dataclass(slots=True)
class _Founding:
    """What is needed to found one subject after another."""

    names: Names
    chance: Random
    places: list[_Place]
    city: str
    today: date
    made: list[DemoSubject]

    def organisation(self, role: Role, name: str, trade: tuple[str, str, str], place: _Place) -> DemoSubject:
        number, chance = len(self.made) + 1, self.chance
        founded = self.founding_day()
        kind = INDIVIDUAL if role is Role.INDIVIDUAL else FIRM
        prefix = {Role.INDIVIDUAL: "92", Role.ASSOCIATION: "51"}.get(role, "91")
        street = chance.choice(STREETS)
        old = founded < _UNIFIED_CODES
        subject = DemoSubject(
            number=number,
            role=role,
            kind=kind,
            name=name,
            uscc=make_uscc(prefix, place.code, number, digits=old),
            reg_no=make_reg_no(number) if old and prefix != "51" and chance.random() < 0.4 else "",
            representative=self.names.person(),
            representative_id=make_person_id(_REPRESENTATIVE + number),
            phone=make_landline(number) if number % _LANDLINE == 0 else make_mobile(number),
            district=place.name,
            district_code=place.code,
            street=street,
            address=f"{place.full_name}{street}{chance.randrange(1, 900)}号",
            trade=trade[1],
            industry=trade[2],
            founded=founded,
        )
        self.made.append(subject)
        return subject

    def person(self) -> DemoSubject:
        number, place, street = (
            len(self.made) + 1,
            self.chance.choice(self.places),
            self.chance.choice(STREETS),
        )
        subject = DemoSubject(
            number=number,
            role=Role.PERSON,
            kind=PERSON,
            name=self.names.person(),
            person_id=make_person_id(number),
            phone=make_mobile(number),
            district=place.name,
            district_code=place.code,
            street=street,
            address=f"{place.full_name}{street}{self.chance.randrange(1, 300)}弄{self.chance.randrange(1, 40)}号",
            trade=self.chance.choice(TRADES)[3],
            founded=self.today - timedelta(days=self.chance.randrange(200, 2000)),
        )
        self.made.append(subject)
        return subject

    def founding_day(self) -> date:
        """Most are older than a year; one in twelve came in the last twelve months."""
        if self.chance.random() < 1 / 12:
            return self.today - timedelta(days=self.chance.randrange(12, 360))
        return self.today - timedelta(days=self.chance.randrange(700, 5400))


def plan_city(catalog: Catalog, *, subjects: int, seed: int, today: date) -> City:
    """A city of `subjects` subjects, the same for the same catalogue, seed and day."""
    chance = chooser(seed, "city")
    city, places = _places(catalog, today)
    founding = _Founding(Names(chance), chance, places, city, today, [])
    for role, count in _special_counts(subjects).items():
        for _ in range(count):
            _found_special(founding, role)
    persons, individuals = subjects // 10, subjects * 28 // 100
    firms = max(subjects - len(founding.made) - persons - individuals, 20)
    pairs, branch_count = max(3, firms // 150), max(4, firms // 60)
    twins = [_found_twins(founding) for _ in range(pairs)]
    heads = [_found_firm(founding) for _ in range(firms - 2 * pairs - branch_count)]
    branches = [(_found_branch(founding, head), head) for head in heads[:branch_count]]
    for _ in range(individuals):
        place = chance.choice(places)
        name = founding.names.business(place.name)
        founding.organisation(Role.INDIVIDUAL, name, chance.choice(TRADES)[:3], place)
    for _ in range(persons):
        founding.person()
    everyone = _with_histories(
        founding.made, {s.number for pair in (*twins, *branches) for s in pair}, chance
    )
    again = {s.number: s for s in everyone}
    return City(
        city=city,
        subjects=tuple(everyone),
        shops=tuple(_open_shops(everyone, chance, today)),
        branches=tuple((again[a.number], again[b.number]) for a, b in branches),
        twins=tuple((again[a.number], again[b.number]) for a, b in twins),
        by_role={role: tuple(s for s in everyone if s.role is role) for role in Role},
    )


def _places(catalog: Catalog, today: date) -> tuple[str, list[_Place]]:
    """The city's name and its districts of today, from the catalogue's own table of areas."""
    table = catalog.code_tables["area"]
    city = next(entry for entry in table.entries.values() if entry.parent is None)
    places = []
    for entry in table.entries.values():
        area = find_area(entry.code, today, table)
        if entry.parent == city.code and entry.in_force(today) and area is not None:
            places.append(_Place(entry.code, entry.zh, area.full_name))
    return city.zh, places


def _special_counts(subjects: int) -> Mapping[Role, int]:
    """Platforms, couriers and the like do not grow with the city as shops do."""
    return {
        Role.PLATFORM: max(4, round(subjects**0.25)),
        Role.COURIER: max(5, round(subjects**0.3)),
        Role.PAYMENT: max(2, round(subjects**0.15)),
        Role.AGENCY: max(10, round(subjects**0.4)),
        Role.ASSOCIATION: max(2, round(subjects**0.2)),
    }


def _found_special(founding: _Founding, role: Role) -> None:
    place = founding.places[len(founding.made) % len(founding.places)]
    stem = founding.city.removesuffix("市")
    if role is Role.ASSOCIATION:
        name = founding.names.fresh(lambda: f"{founding.city}{founding.names.core()}电子商务协会")
        founding.organisation(role, name, ("协会", "行业服务与自律", "S"), place)
        return
    trade = (
        _AGENCY_TRADES[len(founding.made) % len(_AGENCY_TRADES)]
        if role is Role.AGENCY
        else _ROLE_TRADES[role]
    )
    founding.organisation(role, founding.names.firm(stem, trade[0]), trade, place)


def _found_firm(founding: _Founding) -> DemoSubject:
    chance, place = founding.chance, founding.chance.choice(founding.places)
    stem = founding.city.removesuffix("市")
    trade = chance.choice(TRADES)
    name = founding.names.firm(chance.choice((stem, stem, founding.city, place.name)), trade[0])
    return founding.organisation(Role.FIRM, name, trade[:3], place)


def _found_twins(founding: _Founding) -> tuple[DemoSubject, DemoSubject]:
    """Two firms in one street whose names differ in one or two characters; nobody but the codes tells them apart."""
    first = _found_firm(founding)
    place = next(p for p in founding.places if p.code == first.district_code)
    stem = founding.city.removesuffix("市")
    changes: tuple[Callable[[str], str], ...] = (
        lambda name: (
            name.replace(stem, founding.city, 1) if founding.city not in name else name.replace("市", "", 1)
        ),
        lambda name: name.replace("有限公司", "科技有限公司"),
        lambda name: name.replace("有限公司", "贸易有限公司"),
    )
    start = len(founding.made) % len(changes)
    names = (change(first.name) for change in (*changes[start:], *changes))
    name = next(name for name in names if founding.names.claim(name))
    second = founding.organisation(Role.FIRM, name, (first.trade, first.trade, first.industry), place)
    door = int(first.address.rpartition(first.street)[2].removesuffix("号"))
    second = replace(second, street=first.street, address=f"{place.full_name}{first.street}{door + 2}号")
    founding.made[-1] = second
    return first, second


def _found_branch(founding: _Founding, head: DemoSubject) -> DemoSubject:
    place = founding.chance.choice([p for p in founding.places if p.code != head.district_code])
    stem = place.name.rstrip("市区")
    name = founding.names.fresh(lambda: f"{head.name}{stem}分公司")
    return founding.organisation(Role.FIRM, name, (head.trade, head.trade, head.industry), place)


def _with_histories(made: list[DemoSubject], fixed: set[int], chance: Random) -> list[DemoSubject]:
    """Some old firms were known by their registration number only, some until lately; some changed their name."""
    everyone = list(made)
    old = [i for i, s in enumerate(made) if s.role is Role.FIRM and s.reg_no and s.number not in fixed]
    few = max(2, len(old) // 20)
    for place, i in enumerate(old[: 2 * few]):
        never = place < few
        everyone[i] = replace(
            made[i], uscc="" if never else made[i].uscc, code_since=None if never else date.max
        )
    plain = [i for i, s in enumerate(made) if s.role is Role.FIRM and not s.reg_no and s.number not in fixed]
    for i in chance.sample(plain, max(3, len(plain) // 60)):
        name = made[i].name
        everyone[i] = replace(made[i], later_name=name.replace("有限公司", "集团有限公司"))
    return everyone


def _open_shops(everyone: list[DemoSubject], chance: Random, today: date) -> list[DemoShop]:
    platforms = [s for s in everyone if s.role is Role.PLATFORM]
    owners = [
        s
        for s in everyone
        if (s.role in (Role.FIRM, Role.INDIVIDUAL) and s.uscc and s.code_since is None and not s.later_name)
        or (s.is_person and s.number % 4)
    ]
    shops: list[DemoShop] = []
    for owner in owners:
        for _ in range(chance.choices((0, 1, 2), weights=(30, 58, 12))[0] if not owner.is_person else 1):
            number = len(shops) + 1
            platform = chance.choice(platforms)
            shop_id = f"S{number:07d}"
            opened = max(owner.founded + timedelta(days=chance.randrange(5, 400)), _FIRST_SHOPS)
            opened = min(opened, today - timedelta(days=10))
            age = (today - opened).days
            closed = (
                today - timedelta(days=chance.randrange(5, age))
                if age > 60 and chance.random() < 0.06
                else None
            )
            shops.append(
                DemoShop(
                    number=number,
                    owner=owner,
                    platform=platform,
                    shop_id=shop_id,
                    name=f"{_short(owner)}{chance.choice(('旗舰店', '专营店', '小铺', '优选店', '工厂店'))}",
                    url=f"https://shop{number}.p{platform.number}.example/",
                    category=chance.choice(TRADES)[3],
                    opened=opened,
                    closed=closed,
                )
            )
    return shops


def _short(owner: DemoSubject) -> str:
    """What a shop is called after its owner."""
    if owner.is_person:
        return f"{owner.name[0]}家{owner.number}号"
    name = owner.name.removeprefix(owner.district)
    return name.removesuffix("有限公司").removeprefix("常州市").removeprefix("常州")[:4]
