"""ecredit collect-market: a receipt for each table, reports where they are asked for, one refusal that says everything."""

import csv
import re
from pathlib import Path

import pytest

from ecredit.foundation.kernel.errors import InputRefused, WrongUse

ORDER = "order_id,shop_id,buyer_id,amount,ordered_at\n"
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "send-trade-tables.md"


@pytest.fixture
def platform(command) -> str:
    command("organisation", "plat-a", "示例平台", "--kind", "platform")
    return "示例平台"


def test_a_receipt_for_each_table_and_its_report(command, platform, tmp_path) -> None:
    folder = tmp_path / "trade"
    folder.mkdir()
    (folder / "orders.csv").write_text(ORDER + "o1,s1,b1,1,2026-03-01\no2,s1,b1,much,2026-03-01\n")
    (folder / "shops.csv").write_text("shop_id\ns1\n")
    answer = command("collect-market", str(folder), "--by", platform, "--report", str(tmp_path / "out"))
    assert answer.code == 0
    shops, orders = answer.document["receipts"]
    assert (shops["table"], shops["accepted"]) == ("shops", 1)
    fates = [orders[fate] for fate in ("accepted", "superseded", "duplicate", "quarantined", "refused")]
    assert (orders["rows"], fates) == (2, [1, 0, 0, 1, 0])
    assert {"batch_id", "digest"} <= orders.keys()
    with (tmp_path / "out" / "orders.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:6] == ["line", "column", "rule", "message", "hint", "value"]
    assert rows[1][:3] + rows[1][5:6] == ["3", "amount", "trade_unreadable", "much"]
    said = "\n".join(answer.lines)
    assert "行数 rows 2 = 入库 accepted 1" in said and "trade_unreadable" in said
    again = command("collect-market", str(folder), "--by", platform)
    assert [receipt["already_received"] for receipt in again.document["receipts"]] == [True, True]
    assert "已收过" in "\n".join(again.lines)


def test_refusals_say_what_to_do(command, platform, tmp_path) -> None:
    with pytest.raises(InputRefused, match="没有文件夹"):
        command("collect-market", str(tmp_path / "nowhere"), "--by", platform)
    (tmp_path / "orders.csv").write_text("order_id,phone\n1,2\n")
    with pytest.raises(InputRefused, match="shop_id"):
        command("collect-market", str(tmp_path), "--by", platform)
    with pytest.raises(WrongUse):
        command("collect-market", str(tmp_path), "--by", "谁也不是")


def test_the_guide_names_the_required_columns_of_the_catalogue(catalog) -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", GUIDE.read_text(encoding="utf-8"), re.M)
    written = {table: tuple(re.findall(r"`(\w+)`", columns)) for table, columns in rows}
    assert written == {table.id: table.required for table in catalog.trade.tables.values()}
