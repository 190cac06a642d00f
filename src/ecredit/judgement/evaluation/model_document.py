"""A model as one JSON document: what its edition is computed over, and what is kept so that old grades stay readable."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from ecredit.foundation.catalog.types import LawRef
from ecredit.judgement.evaluation import types
from ecredit.judgement.evaluation.types import Measure, Model

_CLASSES: dict[str, type] = {
    made.__name__: made
    for made in (
        LawRef, types.AnyOf, types.Contains, types.AtLeast, types.Below, types.Present, types.AllOf, types.OneOf,
        types.Negation, types.Window, types.Indicator, types.GradeStep, types.StatusRule, types.LittleKnown,
        types.NothingKnown, types.Dimension, types.Remedy, types.SectorCap, types.SectorScale, Model,
    )
}  # fmt: skip


def document_of(model: Model) -> str:
    """Return a model as canonical JSON: equal models give equal bytes."""
    return json.dumps(_plain(model), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def model_of(document: str) -> Model:
    """Return the model of a document made by `document_of`."""
    made: Model = json.loads(document, object_hook=_made)
    return made


def edition_of(model: Model) -> str:
    """Return 12 hex digits over everything a model says, its shared parts included."""
    return hashlib.sha256(document_of(model).encode()).hexdigest()[:12]


def _plain(value: Any) -> Any:
    if isinstance(value, Measure):
        return {"": "Measure", "value": value.value}
    if isinstance(value, Decimal):
        return {"": "Decimal", "value": str(value)}
    if is_dataclass(value):
        held = {
            field.name: _plain(said)
            for field in fields(value)
            # What came later is left out while it says nothing: a document made before it reads back as it was.
            if (said := getattr(value, field.name)) != field.default or not field.metadata.get("later")
        }
        return {"": type(value).__name__} | {k: v for k, v in held.items() if k != "edition"}
    if isinstance(value, Mapping):
        return {"": "Mapping", "parts": [[key, _plain(value[key])] for key in sorted(value)]}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


def _made(held: dict[str, Any]) -> Any:
    kind = held.pop("")
    if kind == "Measure":
        return Measure(held["value"])
    if kind == "Decimal":
        return Decimal(held["value"])
    if kind == "Mapping":
        return dict(held["parts"])
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in held.items()
    }
    if kind == "Model":
        unsigned = Model(**given, edition="")
        return Model(**given, edition=edition_of(unsigned))
    return _CLASSES[kind](**given)
