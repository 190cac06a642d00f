"""The audit of the lake of trade: every file that was taken is there as the log says, so that no rating, order or scan can go."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.queries import read_journal
from ecredit.facts.market.lake_files import digest_of, trade_folder
from ecredit.facts.market.models import TradeBatch, TradePart
from ecredit.foundation.kernel.home import Home

# The journal's verb for: this was taken into the lake.
COLLECTED = "trade.collect"


def manifest_digest(parts: list[tuple[str, str]]) -> str:
    """SHA-256 over the names and digests of a batch's files, in the order they were settled."""
    return hashlib.sha256("\n".join(f"{name} {digest}" for name, digest in parts).encode()).hexdigest()


def audit_lake(home: Home) -> Iterator[AuditFinding]:
    """Batches and files of the lake that were altered, added or removed since the log took them."""
    parts: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for batch, name, digest in TradePart.objects.order_by("pk").values_list("batch_id", "name", "digest"):
        parts[batch].append((name, digest))
    done = set(TradeBatch.objects.filter(state="done").values_list("pk", flat=True))
    for entry in read_journal(COLLECTED):
        batch = int(entry.object.partition(":")[2])
        said = read_object(entry.detail).get("manifest")
        if batch not in done or manifest_digest(parts.get(batch, [])) != said:
            yield _finding(
                entry.leaf,
                f"交易批次 {batch} 的文件清单与日志不一致：有文件被增、删或改",
                f"the list of files of trade batch {batch} is not what the log took: files added, removed or altered",
            )
            done.discard(batch)
            continue
        done.discard(batch)
        for name, digest in parts.get(batch, []):
            path = trade_folder(home) / name
            if not path.exists() or digest_of(path) != digest:
                yield _finding(
                    entry.leaf,
                    f"交易数据湖的文件 {name} 丢失或被改动",
                    f"{name} of the lake of trade is lost or altered",
                )
    for batch in sorted(done):
        yield _finding(None, f"交易批次 {batch} 没有来历", f"the log took no trade batch {batch}")


def _finding(leaf: int | None, zh: str, en: str) -> AuditFinding:
    return AuditFinding("trade", leaf, zh, en)
