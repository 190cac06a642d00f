"""The audit of badges: each row is as this home wrote it, none is missing, and the public copy says the same."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.keys import KeyRing
from ecredit.service.badges.badge_rows import COLUMNS, add_up, is_ours, row_of
from ecredit.service.badges.issue_actions import last_sum
from ecredit.service.badges.models import Badge
from ecredit.service.badges.public_copy import copied_columns, plain_row


def audit_badges(home: Home, ring: KeyRing) -> Iterator[AuditFinding]:
    """Badges altered, added, removed or put back by hand; a public copy that differs."""
    leaf, said_count, said_sum = last_sum()
    count = total = 0
    # Without a copy nothing false is shown; the next run makes one.
    whole = home.badges_db.exists()
    with closing(_open_copy(home)) as copy:
        for values in Badge.objects.order_by("badge_id").values(*COLUMNS).iterator(chunk_size=5_000):
            row = row_of(values)
            count, total = count + 1, add_up(total, new=_hex(row.binding))
            if not is_ours(ring, row):
                yield AuditFinding(
                    "badge",
                    row.leaf,
                    f"标识 {row.badge_id}（{row.code}）不是本系统所写或被改动",
                    f"badge {row.badge_id} ({row.code}) is not as this home wrote it",
                )
            held = copy.execute("SELECT * FROM badge WHERE id = ?", (row.badge_id,)).fetchone()
            if whole and (
                held is None or list(held) != plain_row([values[name] for name in copied_columns()])
            ):
                yield AuditFinding(
                    "badge",
                    row.leaf,
                    f"公开的标识库中标识 {row.badge_id}（{row.code}）缺失或不同；执行 ecredit badge issue --all 重建",
                    f"badge {row.badge_id} ({row.code}) is missing from the public copy or differs; ecredit badge issue --all mends it",
                )
        (copied,) = copy.execute("SELECT count(*) FROM badge").fetchone()
    if (count, total) != (said_count, said_sum):
        yield AuditFinding(
            "badge",
            leaf,
            f"标识表有 {count} 行，与日志（{said_count} 行）的合计不符：有行被删除、添加或换成旧的",
            f"the table of badges has {count} rows and does not add up to the journal ({said_count} rows): rows were removed, "
            "added or put back",
        )
    if copied > count:
        yield AuditFinding(
            "badge",
            leaf,
            f"公开的标识库 {home.badges_db.name} 多出 {copied - count} 个标识",
            f"the public copy {home.badges_db.name} has {copied - count} badges too many",
        )


def _open_copy(home: Home) -> sqlite3.Connection:
    if home.badges_db.exists():
        return sqlite3.connect(f"{home.badges_db.absolute().as_uri()}?mode=ro", uri=True)
    empty = sqlite3.connect(":memory:")
    empty.execute("CREATE TABLE badge(id TEXT)")
    return empty


def _hex(text: str) -> str:
    return text if text and all(c in "0123456789abcdef" for c in text) else "0"
