"""A platform speaks for itself only."""

import csv
import io

import pytest

from ecredit.facts.actors.organisation_actions import register_organisation
from ecredit.facts.actors.queries import get_supplier
from ecredit.facts.actors.types import OPERATOR
from ecredit.foundation.kernel.errors import InputRefused, WrongUse
from tests.conftest import NOON
from tests.penalty_rows import code

SANCTION = "platform_sanction"


def sanctions(*platforms: str) -> str:
    rows = [
        {
            "platform_name": "示例平台", "platform_uscc": platform, "sanction_no": f"S{n}", "subject_name": f"常州{n}号商行有限公司",
            "subject_kind": "法人及非法人组织", "uscc": code(70 + n), "shop_name": "小店", "violation": "虚构交易",
            "measure": "警示", "decided_on": "2026-05-11",
        }
        for n, platform in enumerate(platforms)
    ]  # fmt: skip
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@pytest.fixture
def platform(collector, db):
    def register(**words):
        organisation = {"id": "p7", "name": "示例网络平台有限公司", "kind": "platform", **words}
        return register_organisation(**organisation, ring=collector.ring, by=OPERATOR, at=NOON)

    return register


def test_rows_in_anothers_name_wait(collect, platform):
    platform(uscc=code(7))
    receipt = collect(SANCTION, sanctions(code(7), code(8)), by="p7")
    assert (receipt.accepted, receipt.quarantined) == (1, 1)
    assert receipt.problem_counts == {"not_own_code": 1}


def test_without_its_code_it_sends_nothing_in_its_name(collect, platform, catalog):
    platform()
    with pytest.raises(InputRefused, match="统一社会信用代码"):
        collect(SANCTION, sanctions(code(7)), by="p7")
    assert platform(uscc=code(7)).uscc == code(7)
    assert get_supplier(catalog, "p7", on=NOON.date()).uscc == code(7)
    assert collect(SANCTION, sanctions(code(7)), by="p7").accepted == 1
    assert platform().uscc == code(7)
    with pytest.raises(WrongUse, match="已登记"):
        platform(uscc=code(8))
