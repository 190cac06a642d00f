"""Reads `stories.yaml`: the kinds of article the city publishes."""

from pathlib import Path

from ecredit.foundation.catalog.story_types import NAMES, SUBJECTS, StoryKind
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, read_fields


def load_stories(root: Path, log: FaultLog) -> dict[str, StoryKind]:
    """Return the kinds by id, in the order written; a catalogue without the file has none, so that nothing is told."""
    fields = read_fields(root / "stories.yaml", root, log) if (root / "stories.yaml").exists() else None
    found: dict[str, StoryKind] = {}
    for part in [] if fields is None else fields.subs("stories"):
        kind = _read_kind(part)
        if kind.id in found:
            part.fault(
                "id",
                "duplicate_id",
                f"宣传类别 {kind.id} 写了两次；请删去一个",
                f"the kind of article {kind.id} is written twice; remove one",
            )
        found[kind.id] = kind
    if fields is not None:
        fields.done()
    return found


def _read_kind(part: Fields) -> StoryKind:
    days, most = part.whole("days"), part.whole("most_days")
    if days is None or most is None or not 0 < days <= most:
        part.fault(
            "days",
            "bad_number",
            "days 应大于 0，且不大于 most_days",
            "days is over 0 and not over most_days",
        )
    kind = StoryKind(
        id=part.text("id"),
        zh=part.text("zh"),
        en=part.text("en"),
        about_zh=part.text("about_zh"),
        about_en=part.text("about_en"),
        write=frozenset(part.references("write", "role")),
        approve=frozenset(part.references("approve", "role")),
        names=part.one_of("names", NAMES),
        office_phone=part.flag("office_phone"),
        subjects=part.one_of("subjects", SUBJECTS),
        one_of=part.references("one_of", "source"),
        none_of=part.references("none_of", "source"),
        dated=part.flag("dated"),
        on_top=part.flag("on_top"),
        days=days or 1,
        most_days=most or 1,
        task_ids=part.references("task_ids", "task"),
        verified=part.flag("verified"),
    )
    part.done()
    for key, held in (("write", kind.write), ("approve", kind.approve)):
        if not held:
            part.fault(
                key,
                "missing_key",
                f"{kind.id} 缺少 {key}：写明由哪些角色担任",
                f"{kind.id} lacks {key}: say which roles",
            )
    if kind.names == "linked" and kind.subjects != "shown":
        part.fault(
            "names",
            "bad_choice",
            "names: linked 时 subjects 应为 shown",
            "with names: linked, subjects has to be shown",
        )
    return kind
