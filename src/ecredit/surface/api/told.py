"""What every route tells of its answers, and how values of the rooms below become shapes."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Annotated, Any, Final

from ninja import Path, Query

from ecredit.facts.collection.batch_types import BatchView
from ecredit.facts.collection.report_pages import ReportLine
from ecredit.facts.collection.types import Issue
from ecredit.foundation.catalog.types import Source
from ecredit.service.operation.job_types import JobView
from ecredit.surface.api.cursors import LONGEST, MOST_A_PAGE
from ecredit.surface.api.problems import not_found
from ecredit.surface.api.running import platform
from ecredit.surface.api.shapes import Problem

Number = Annotated[int, Path(ge=1, le=2**53)]
Name = Annotated[str, Path(min_length=1, max_length=64, pattern="^[A-Za-z0-9_-]+$")]
Limit = Annotated[int, Query(ge=1, le=MOST_A_PAGE)]
Cursor = Annotated[str | None, Query(alias="cursor", min_length=1, max_length=LONGEST)]
Rule = Annotated[str | None, Query(min_length=1, max_length=64, pattern="^[a-z0-9_]+$")]

_OF_READING: Final = (400, 401, 403, 404, 422, 429, 500, 503)
_OF_SENDING: Final = (409, 413, 415)


def reads(shape: Any) -> dict[Any, Any]:
    """The answers of a route that reads."""
    return {200: shape, frozenset(_OF_READING): Problem}


def sends(status: int, shape: Any) -> dict[Any, Any]:
    """The answers of a route that takes something."""
    return {status: shape, frozenset(_OF_READING + _OF_SENDING): Problem}


def public(shape: Any) -> dict[Any, Any]:
    """The answers of a route that needs no key."""
    return {200: shape, frozenset((400, 404, 422, 429, 500, 503)): Problem}


def get_source(source_id: str) -> Source:
    """The source of that id. Raises ApiProblem."""
    source = platform().catalog.sources.get(source_id)
    if source is None:
        raise not_found()
    return source


def batch_shape(batch: BatchView) -> dict[str, Any]:
    """A batch as it is answered."""
    told = asdict(batch)
    for inside in ("sent_by", "corrects_guessed"):
        del told[inside]
    return told


def line_shape(line: ReportLine) -> dict[str, Any]:
    """A line of a report as it is answered."""
    return asdict(line)


def issue_shapes(found: Iterable[tuple[Issue, bool]]) -> list[dict[str, Any]]:
    """Problems of a single record as they are answered."""
    return [{**asdict(issue), "notice": not holds} for issue, holds in found]


def job_shape(job: JobView) -> dict[str, Any]:
    """A submission as it is answered, as JSON holds it."""
    outcome = job.result.get("receipt") or job.result.get("trial")
    told = _outcome(outcome) if isinstance(outcome, Mapping) else None
    code = job.result.get("code") if job.state == "failed" else None
    batch = None if told is None else told.get("batch_id")
    return {
        "id": job.id,
        "kind": job.kind,
        "source": str(job.params.get("source", "")),
        "filename": str(job.params.get("filename", "")),
        "state": job.state.value,
        "progress": job.progress,
        "total": job.total,
        "message": {"zh": job.message_zh, "en": job.message_en},
        "created_at": job.created_at.isoformat(),
        "finished_at": None if job.finished_at is None else job.finished_at.isoformat(),
        "batch": batch if isinstance(batch, int) else None,
        "receipt": told,
        "code": str(code) if code else None,
    }


def _outcome(outcome: Mapping[str, object]) -> dict[str, Any]:
    # Where the report lies in the home is nobody's business.
    return {name: value for name, value in outcome.items() if name != "report"}
