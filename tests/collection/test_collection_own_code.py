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


FIRM, MARKET = "示例网络平台有限公司", "常州市市场监督管理局"


def sanctions(*platforms: str) -> str:
    rows = [
        {
            "platform_name": "示例平台", "platform_uscc": platform, "sanction_no": f"S{n}", "subject_name": f"常州{n}号商行有限公司",
            "subject_kind": "法人及非法人组织", "uscc": code(70 + n), "shop_name": "小店", "violation": "虚构交易",
            "measure": "警示", "decided_on": "2026-05-11",
        }
        for n, platform in enumerate(platforms)
    ]  # fmt: skip
    return written(rows)


def written(rows: list[dict[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def row(source: str, number: int, issuer: str, **words: str) -> dict[str, str]:
    subject = {"subject_name": "常州一号商行有限公司", "subject_kind": "法人及非法人组织", "uscc": code(71)}
    return {
        "complaint_outcome": {
            **subject, "complaint_no": f"C{number}", "handled_by": issuer, "complaint_kind": "假货",
            "received_on": "2026-05-01", "closed_on": "2026-05-11", "outcome": "调解不成",
        },
        "realname_result": {
            **subject, "verifier": issuer, "verification_no": f"V{number}", "result": "不一致", "verified_on": "2026-05-11",
        },
        "commitment": {
            **subject, "commitment_no": f"N{number}", "commitment_kind": "主动型", "content": "承诺不售假",
            "committed_on": "2026-05-11", "accepted_by": issuer,
        },
        "shops": {
            **subject, "platform_name": "示例平台", "platform_uscc": "", "shop_name": "小店",
            "shop_url": f"https://s{number}.example/", "opened_on": "2026-05-01",
        },
        "inspection_report": {
            "subject_name": "常州一号商行有限公司", "uscc": code(71), "report_no": f"R{number}", "agency_name": issuer,
            "agency_uscc": code(7), "product_name": "童装", "conclusion": "不合格", "issued_on": "2026-05-11",
        },
    }[source] | words  # fmt: skip


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


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("complaint_outcome", "platform"),
        ("realname_result", "platform"),
        ("commitment", "platform"),
        ("inspection_report", "agency"),
    ],
)
def test_nobody_but_a_department_writes_as_another(collect, platform, source, kind):
    platform(uscc=code(7), kind=kind)
    receipt = collect(source, written([row(source, 1, FIRM), row(source, 2, MARKET)]), by="p7")
    assert (receipt.accepted, receipt.problem_counts) == (1, {"not_own_name": 1})


def test_a_department_names_whom_it_likes(collect):
    receipt = collect(
        "complaint_outcome",
        written([row("complaint_outcome", 1, MARKET), row("complaint_outcome", 2, "钟楼区市场监督管理局")]),
    )
    assert (receipt.accepted, receipt.problem_counts) == (2, {})


def test_the_regulators_number_is_not_taken_beforehand(collect, platform):
    platform(uscc=code(7))
    assert collect("complaint_outcome", written([row("complaint_outcome", 1, MARKET)]), by="p7").accepted == 0
    own = row("complaint_outcome", 1, MARKET, outcome="和解")
    assert collect("complaint_outcome", written([own])).accepted == 1


def test_a_firm_commits_itself_and_reports_what_it_tested(collect, platform):
    platform(uscc=code(7), kind="firm")
    own = {"subject_name": FIRM, "uscc": code(7)}
    rows = [row("commitment", 1, FIRM, **own), row("commitment", 2, FIRM)]
    receipt = collect("commitment", written(rows), by="p7")
    assert (receipt.accepted, receipt.problem_counts) == (1, {"not_own_code": 1})
    rows = [row("inspection_report", 1, FIRM), row("inspection_report", 2, FIRM, agency_uscc=code(8))]
    receipt = collect("inspection_report", written(rows), by="p7")
    assert (receipt.accepted, receipt.problem_counts) == (1, {"not_own_code": 1})


def test_only_a_department_finds_a_commitment_broken(collect, platform):
    platform(uscc=code(7))
    broken = {"fulfilment": "违诺", "breach_on": "2026-05-12", "breach_document": "常商信违〔2026〕1号"}
    rows = [
        row("commitment", 1, FIRM, fulfilment="已履行", breach_on="", breach_document=""),
        row("commitment", 2, FIRM, **broken),
    ]
    receipt = collect("commitment", written(rows), by="p7")
    assert (receipt.accepted, receipt.problem_counts) == (1, {"only_departments": 1})
    assert (
        collect(
            "commitment", written([row("commitment", 3, "常州市商务局", **broken)]), by="shangwu"
        ).accepted
        == 1
    )
    # And not without the document of its case.
    bare = row("commitment", 4, "常州市商务局", **broken | {"breach_document": ""})
    held = collect("commitment", written([bare]), by="shangwu")
    assert (held.accepted, held.problem_counts) == (0, {"required_if": 1})


def test_a_shop_stands_under_the_code_of_the_platform_that_sends_it(collect, platform):
    platform(uscc=code(7))
    rows = [
        row("shops", 1, "", platform_uscc=code(7)),
        row("shops", 2, "", platform_uscc=code(8)),
        row("shops", 3, ""),
    ]
    receipt = collect("shops", written(rows), by="p7")
    assert (receipt.accepted, receipt.problem_counts) == (1, {"not_own_code": 2})
    assert collect("shops", written([row("shops", 4, "")])).accepted == 1
