"""A back-test report as one JSON document, and read back as it was."""

import json
import types
from dataclasses import asdict, fields, is_dataclass
from datetime import date, datetime
from typing import Any, get_args, get_origin, get_type_hints

from ecredit.judgement.evaluation.backtest_types import BacktestReport


def document_of_report(report: BacktestReport) -> str:
    """Return the report as canonical JSON: equal reports give equal bytes."""
    return json.dumps(report_document(report), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def report_document(report: BacktestReport) -> dict[str, object]:
    """The report as JSON holds it: days and instants as ISO text."""
    document: dict[str, object] = json.loads(json.dumps(asdict(report), default=_plain, ensure_ascii=False))
    return document


def report_of(document: str) -> BacktestReport:
    """Return the report of a document made by `document_of_report`."""
    made: BacktestReport = _made(BacktestReport, json.loads(document))
    return made


def _plain(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(type(value))


def _made(wanted: Any, held: Any) -> Any:
    if isinstance(wanted, type) and is_dataclass(wanted):
        hints = get_type_hints(wanted)
        return wanted(**{field.name: _made(hints[field.name], held[field.name]) for field in fields(wanted)})
    kind, inner = get_origin(wanted), get_args(wanted)
    if kind is tuple:
        each = inner[:1] * len(held) if inner[-1] is Ellipsis else inner
        return tuple(_made(one, value) for one, value in zip(each, held, strict=True))
    if kind is types.UnionType:
        return None if held is None else _made(next(one for one in inner if one is not types.NoneType), held)
    if kind is dict:
        return {key: _made(inner[1], value) for key, value in held.items()}
    if wanted in (date, datetime):
        return wanted.fromisoformat(held)
    return wanted(held)
