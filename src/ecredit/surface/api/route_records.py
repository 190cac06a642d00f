"""Records one by one, and what the organisation has sent about a subject."""

import hashlib
import json
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Body, Path, Router

from ecredit.service.operation.json_lines import cells_of
from ecredit.service.operation.own_records import find_own_subject
from ecredit.service.operation.single_records import (
    Found,
    RecordReceipt,
    check_and_take,
    check_record,
    find_record,
    take_record,
)
from ecredit.surface.api.cursors import MOST_A_PAGE, cursor, place_of
from ecredit.surface.api.keys import Needs, account_of, actor_of
from ecredit.surface.api.once import Made, is_once, once, respond
from ecredit.surface.api.problems import ApiProblem, not_found
from ecredit.surface.api.reading_bodies import check_content
from ecredit.surface.api.route_batches import own
from ecredit.surface.api.running import platform, supplier_of
from ecredit.surface.api.shapes import RecordAnswer, RecordReceiptShape, SubjectShape
from ecredit.surface.api.told import Cursor, Limit, Name, Number, get_source, issue_shapes, reads, sends

router = Router(tags=["records"])
Record = Annotated[dict[str, str | int | float | bool | None], Body()]
Code = Annotated[str, Path(min_length=6, max_length=18, pattern="^[0-9A-Za-z-]+$")]


@router.post(
    "/sources/{source_id}/records",
    auth=Needs("batch.submit"),
    response=sends(202, RecordAnswer),
    summary="报送一条记录 Submit one record",
    openapi_extra={"x-once": True},
)
def submit_record(request: HttpRequest, source_id: Name, record: Record) -> HttpResponse:
    """One record as a JSON object by column code or name, checked at once: 422 with its problems, or a receipt. Good ones
    are collected together every minute."""
    check_content(request, kinds=frozenset({"application/json"}))
    by = actor_of(request, "batch.submit")
    source, sender = get_source(source_id), supplier_of(account_of(request))
    cells = cells_of(source, record)
    if not is_once(request):
        found, taken = check_and_take(platform(), source, sender, cells, by=by)
        return respond(*_taken(found, taken))
    found = check_record(platform(), source, sender, cells)
    if any(holds for _, holds in found):
        raise _held(found)

    def make() -> Made:
        return _taken(found, take_record(platform(), source, sender, cells, by=by))

    content = json.dumps(record, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return once(request, hashlib.sha256(content).digest(), make)


@router.get(
    "/records/{number}",
    auth=Needs("batch.read"),
    response=reads(RecordReceiptShape),
    summary="单条回执 Its receipt",
)
def read_record_receipt(request: HttpRequest, number: Number) -> dict[str, Any]:
    """Where a record sent by itself went."""
    found = find_record(number, suppliers=own(request, "batch.read"))
    if found is None:
        raise not_found()
    return _receipt(found)


@router.get(
    "/subjects/{code}",
    auth=Needs("batch.read"),
    response=reads(SubjectShape),
    summary="本单位报送的主体 A subject",
)
def read_subject(request: HttpRequest, code: Code, limit: Limit = MOST_A_PAGE, cursor_: Cursor = None) -> Any:
    """An organisation by its code, and what stands of what this key's organisation has sent about it, masked, page by
    page. 404 when it has sent nothing about it; what everyone may see is below `/public`."""
    of = f"subject.{code.upper()}"
    found = find_own_subject(
        platform(),
        code,
        suppliers=own(request, "batch.read"),
        after=place_of(cursor_, of=of),
        limit=limit,
    )
    if found is None:
        raise not_found()
    return {
        "code": found.code,
        "name": found.name,
        "kind": found.kind,
        "status": found.status,
        "records": [record.as_json() for record in found.records],
        "next": cursor(found.further, of=of),
    }


def _held(found: Found) -> ApiProblem:
    return ApiProblem(422, "record", more={"problems": issue_shapes(found)})


def _taken(found: Found, taken: RecordReceipt | None) -> Made:
    if taken is None:
        raise _held(found)
    document = {**_receipt(taken), "notices": issue_shapes(found)}
    return 202, document, {"Location": f"/api/v1/records/{taken.id}"}


def _receipt(found: RecordReceipt) -> dict[str, Any]:
    return {
        "id": found.id,
        "source": found.source,
        "state": found.state,
        "received_at": found.received_at.isoformat(),
        "batch": found.batch,
        "line": found.line,
        "refusal": None
        if found.refusal is None
        else dict(zip(("code", "zh", "en"), found.refusal, strict=True)),
    }
