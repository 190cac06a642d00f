"""What a finished job says it did, from its result; a kind without a sentence of its own has told it before it ended."""

from collections.abc import Mapping
from typing import Any

from ecredit.service.operation.job_types import Result

Said = tuple[str, str]
"""Chinese and English."""


def silent(_result: Result) -> Said:
    """Nothing: what was told last stands."""
    return "", ""


def collected(result: Mapping[str, Any]) -> Said:
    """What became of a file."""
    r = result["receipt"]
    if r["already_received"]:
        return f"批次 {r['batch_id']} 此前已收到同一文件", f"batch {r['batch_id']} had this very file already"
    taken, waiting = r["accepted"] + r["superseded"], r["quarantined"]
    return (
        f"批次 {r['batch_id']}：{r['rows']:,} 行，入库 {taken:,} 行，待改 {waiting:,} 行，退回 {r['refused']:,} 行",
        f"batch {r['batch_id']}: {r['rows']:,} rows, {taken:,} taken in, {waiting:,} wait, {r['refused']:,} refused",
    )


def tried(result: Mapping[str, Any]) -> Said:
    """What sending a file would give."""
    t = result["trial"]
    return (
        f"试查 {t['rows']:,} 行，可入库 {t['good']:,} 行，待改 {t['held']:,} 行，退回 {t['refused']:,} 行",
        f"{t['rows']:,} rows checked: {t['good']:,} good, {t['held']:,} would wait, {t['refused']:,} would be refused",
    )


def badges_made(result: Mapping[str, Any]) -> Said:
    """What became of badges."""
    issued, gone = result["issued"] + result["replaced"], result["revoked"]
    return (
        f"核对 {result['looked_at']:,} 个主体：签发 {issued:,}，续期 {result['redated']:,}，撤销 {gone:,}；有效 {result['live']:,}",
        f"{result['looked_at']:,} subjects: {issued:,} issued, {result['redated']:,} dated anew, {gone:,} revoked; "
        f"{result['live']:,} in force",
    )


def tried_model(result: Mapping[str, Any]) -> Said:
    """Whose grades a version would change."""
    name = f"{result['model']}/{result['number']}"
    return (
        f"试算 {name}：涉及 {result['looked_at']:,} 个主体，等级升 {result['up']:,} 个，降 {result['down']:,} 个",
        f"{name} tried over {result['looked_at']:,} subjects: {result['up']:,} grades up, {result['down']:,} down",
    )


def evaluated(result: Mapping[str, Any]) -> Said:
    """How many grades and public documents changed."""
    graded, public, linked = result["evaluation"], result["publicity"], result["branches"]["linked"]
    found = result["detection"]
    zh, en = (
        ("", "")
        if not found["ran"]
        else (f"；新线索 {found['new']:,} 条", f"; {found['new']:,} new findings")
    )
    rated = result.get("ratings", {})
    if rated.get("ran"):
        zh = f"；评分有变化 {rated['changed']:,} 个{zh}"
        en = f"; {rated['changed']:,} ratings changed{en}"
    warned = result.get("warnings", {})
    if warned.get("ran") and (raised := warned["opened"] + warned["reopened"]):
        zh, en = f"{zh}；新预警 {raised:,} 条", f"{en}; {raised:,} warnings raised"
    if "failed" in result.get("stamp", {}):
        zh, en = f"{zh}；时间戳没有取得", f"{en}; no time stamp"
    if found.get("not_posted"):
        zh += f"；已确认但不能入账的线索 {'、'.join(found['not_posted'])}"
        en += f"; confirmed, but the record would not be taken: {', '.join(found['not_posted'])}"
    return (
        f"评价 {graded['looked_at']:,} 个主体，{graded['changed']:,} 个等级有变化；公示新增 {public['added']:,} 条、"
        f"撤下 {public['removed']:,} 条，现有 {public['items']:,} 条；新关联分支机构 {linked:,} 个{zh}",
        f"{graded['looked_at']:,} subjects graded, {graded['changed']:,} changed; {public['added']:,} documents published, "
        f"{public['removed']:,} taken down, {public['items']:,} public; {linked:,} branches linked{en}",
    )


def backtested(result: Mapping[str, Any]) -> Said:
    """Of which day, and how well the grades ranked."""
    counts = f"{result['with_outcome']:,}", f"{result['at_risk']:,}"
    return (
        f"回测 {result['on']}：{counts[1]} 个主体，其中 {counts[0]} 个以后失信，AUC {result['auc']:.3f}",
        f"{result['on']}: {counts[1]} subjects, {counts[0]} of them did wrong later, AUC {result['auc']:.3f}",
    )


def exported(result: Mapping[str, Any]) -> Said:
    """How many rows were written."""
    return f"已写出 {result['rows']:,} 行", f"{result['rows']:,} rows written"


def made(result: Mapping[str, Any]) -> Said:
    """A file is there, with its rows where it has any."""
    rows = result["rows"]
    return ("文件已生成", "the file is made") if rows is None else exported(result)


def told_public(result: Mapping[str, Any]) -> Said:
    """Which articles came and went."""
    shown, ended = len(result["shown"]), len(result["ended"])
    return f"发布 {shown} 篇，撤下 {ended} 篇", f"{shown} articles shown, {ended} ended"


def one_by_one(result: Mapping[str, Any]) -> Said:
    """How many batches records sent by themselves became."""
    n = len(result["batches"])
    return (f"归集 {n} 个批次", f"{n} batches collected") if n else ("没有等待归集的记录", "no record waited")


def told(result: Mapping[str, Any]) -> Said:
    """How many webhooks heard."""
    heard, unheard = result["heard"], result["unheard"]
    return f"送达 {heard} 次，未送达 {unheard} 次", f"{heard} heard, {unheard} not heard"


def resumed(result: Mapping[str, Any]) -> Said:
    """How many batches that were cut off are finished."""
    finished, failed = len(result["finished"]), len(result["failed"])
    if not finished and not failed:
        return "没有中断的批次", "no batch was cut off"
    return f"续完 {finished} 个批次，{failed} 个没有续完", f"{finished} batches finished, {failed} not"


def sealed(result: Mapping[str, Any]) -> Said:
    """How many noted reads are in the log now."""
    return f"封存 {result['sealed']:,} 条查阅记录", f"{result['sealed']:,} noted reads sealed"


def backed_up(result: Mapping[str, Any]) -> Said:
    """Where the backup lies; what was told stands when there was none."""
    if result["folder"] is None:
        return "", ""
    if not result["made"]:
        return "今天的备份已经有了", "today's backup was there already"
    size = result["bytes"] / (1 << 20)
    return f"已备份 {size:,.1f} MB 到 {result['folder']}", f"{size:,.1f} MB backed up to {result['folder']}"


def published(result: Mapping[str, Any]) -> Said:
    """How much of the static site was written anew; what was told stands when there is no folder for it."""
    if result["folder"] is None:
        return "", ""
    written, removed = result["written"], result["removed"]
    if result["changed_meanwhile"]:
        return (
            "导出期间公示库有更新，下次导出补上",
            "the public database changed meanwhile; the next run makes up for it",
        )
    return f"写出 {written:,} 个文件，删除 {removed:,} 个", f"{written:,} files written, {removed:,} removed"


def lists_fetched(result: Mapping[str, Any]) -> Said:
    """How many revocation lists were fetched."""
    count = result["lists"]
    if not count:
        return (
            "没有设置吊销列表的地址，无需取用",
            "no address of a revocation list is set, there is none to fetch",
        )
    return f"取回 {count} 份吊销列表", f"{count} revocation lists fetched"


def cleared(result: Mapping[str, Any]) -> Said:
    """What was removed; what was told stands when keys end soon."""
    if result["keys_ending"]:
        return "", ""
    n = result["job_files"]
    return f"清理了 {n} 个任务的文件", f"files of {n} jobs removed"


def watched(result: Mapping[str, Any]) -> Said:
    """That the calendar is known; what was told stands when it is not."""
    return ("工作日安排齐全", "the calendar is known") if result["unknown_year"] is None else ("", "")


def monitored(result: Mapping[str, Any]) -> Said:
    """How many reports are new, or that none was."""
    reports = result["reports"]
    made, signed = sum(r["made"] for r in reports), sum(len(r["signed"]) for r in reports)
    if not reports or not (made or signed):
        return "没有要新生成的监测报告", "no report on a platform was to be made"
    zh, en = f"新生成 {made} 份监测报告，待签发", f"{made} reports made, waiting to be signed"
    if signed:
        zh += f"；{signed} 份已签发而数字有变，重新生成须写明理由"
        en += f"; {signed} are signed and would differ now, which needs a reason"
    return zh, en


def nothing_left(_result: Result) -> bool:
    """No person has to do anything."""
    return False


def not_backed_up(result: Mapping[str, Any]) -> bool:
    """No folder for backups is named."""
    return result["folder"] is None


def not_clean(result: Mapping[str, Any]) -> bool:
    """The audit found something."""
    return not result["ok"]


def not_resumed(result: Mapping[str, Any]) -> bool:
    """A batch that was cut off could not be finished."""
    return bool(result["failed"])


def keys_end(result: Mapping[str, Any]) -> bool:
    """Keys of the API end soon."""
    return bool(result["keys_ending"])


def year_unknown(result: Mapping[str, Any]) -> bool:
    """The calendar of working days lacks a year."""
    return result["unknown_year"] is not None
