"""What a text that came from outside may look like before it is read as a model."""

from typing import Any, Final

import yaml

from ecredit.foundation.catalog.yaml_nodes import FaultLog, Place

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST: Final = 40


def check_plain(text: str, file: str, log: FaultLog) -> bool:
    """Whether a text that came from outside may be read: no anchors (they can stand for themselves) and not too deep.

    What is not YAML at all passes here and is named by `read_text`.
    """
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            line = 1 if event.start_mark is None else event.start_mark.line + 1
            if isinstance(event, yaml.AliasEvent):
                log.add(
                    Place(file, line),
                    "alias",
                    f"这里不能用引用（*{event.anchor}）；请把内容写全",
                    f"a reference (*{event.anchor}) may not be used here; write it out",
                )
                return False
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                log.add(
                    Place(file, line),
                    "too_deep",
                    f"嵌套超过 {_DEEPEST} 层；请写得简单些",
                    f"is nested more than {_DEEPEST} deep; write it more simply",
                )
                return False
    except yaml.YAMLError:
        return True
    return True
