"""The audit of shown ratings: they stand as the last run of rating left them, and the journal says so."""

from collections.abc import Iterator

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.queries import find_last_act, read_journal
from ecredit.judgement.evaluation.keep_ratings import past_digests, ratings_digest, ties_digest
from ecredit.judgement.evaluation.rate_actions import RATED, TIED
from ecredit.judgement.evaluation.rating_models import ShownRating
from ecredit.judgement.evaluation.rating_queries import find_rating_run


def audit_ratings() -> Iterator[AuditFinding]:
    """Ratings, earlier ratings or runs that were changed, added or removed since the journal bound them."""
    yield from _audit_past()
    run, last = find_rating_run(), find_last_act(RATED)
    if last is None:
        if run is not None or ShownRating.objects.exists():
            yield _finding(
                None, "有评分，日志里却没有计算过评分", "there are ratings, and the journal knows of no run"
            )
        return
    said = read_object(last.detail).get("digest")
    if run is None or last.object != f"rating:{run.pk}" or said != run.digest:
        yield _finding(
            last.leaf, "最近一次计算评分与日志不一致", "the last run of rating is not the journal's"
        )
    elif ratings_digest() != said:
        yield _finding(
            last.leaf,
            "显示的评分不是最近一次计算的结果：被改动、增加或删除；执行 ecredit evaluate --full 重算",
            "the ratings shown are not what the last run left: altered, added or removed; ecredit evaluate --full makes them anew",
        )
        return
    # Who is gone is tied to nobody either: that is one finding, not two.
    tied = find_last_act(TIED)
    if tied is not None and read_object(tied.detail).get("digest") != ties_digest():
        yield _finding(
            tied.leaf,
            "评分所属的主体不是最近一次评价确定的：被改动；执行 ecredit evaluate 重新确定",
            "ratings are tied to other subjects than the last evaluation said: altered; ecredit evaluate ties them anew",
        )


def _audit_past() -> Iterator[AuditFinding]:
    there = dict(past_digests())
    for act in read_journal(RATED):
        run_id = int(act.object.removeprefix("rating:"))
        if read_object(act.detail).get("past", "") != there.pop(run_id, ""):
            yield _finding(
                act.leaf,
                f"第 {run_id} 次评分留下的历史评分被改动、增加或删除",
                f"earlier ratings that run {run_id} left were altered, added or removed",
            )
    for run_id in there:
        yield _finding(
            None,
            f"有第 {run_id} 次评分留下的历史评分，日志里没有这次计算",
            f"there are earlier ratings of run {run_id}, which the journal does not know",
        )


def _finding(leaf: int | None, zh: str, en: str) -> AuditFinding:
    return AuditFinding("rating", leaf, zh, en)
