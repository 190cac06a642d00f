"""The four conditions of 电子签名法 第十三条 as lines of an answer."""

from collections.abc import Iterable

from ecredit.foundation.proof.badge_types import State
from ecredit.service.signatures.condition_rules import ARTICLE
from ecredit.service.signatures.types import Condition

_WORDS = {
    State.HOLDS: "满足 met",
    State.FAILS: "不满足 NOT met",
    State.OPEN: "无法判断 cannot be told",
}


def condition_lines(conditions: Iterable[Condition]) -> list[str]:
    """A heading, and two lines a condition."""
    zh, en = ARTICLE
    lines = [f"  {zh}的四项条件 the four conditions of the {en}"]
    for one in conditions:
        lines.append(f"  （{one.number}）{_WORDS[one.state]}：{one.zh} / {one.en}")
        lines.append(f"       {one.why_zh} / {one.why_en}")
    return lines
