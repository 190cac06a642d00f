"""What can be sent: sources, their columns, schemas and templates."""

import json
from functools import lru_cache
from pathlib import Path as FilePath
from tempfile import TemporaryDirectory
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from ecredit.facts.collection.entitled import may_send
from ecredit.facts.collection.template_workbook import write_template
from ecredit.foundation.catalog.types import Catalog, Source
from ecredit.service.operation.platform import Beside
from ecredit.surface.api.keys import Needs, account_of
from ecredit.surface.api.reading_bodies import XLSX
from ecredit.surface.api.running import platform, supplier_of
from ecredit.surface.api.shapes import SourceList, SourceShape
from ecredit.surface.api.source_schemas import json_schema, table_schema
from ecredit.surface.api.told import Name, get_source, reads

router = Router(tags=["sources"])


@router.get(
    "/sources", auth=Needs("source.read"), response=reads(SourceList), summary="列出数据源 List sources"
)
def list_sources(request: HttpRequest) -> dict[str, Any]:
    """Every kind of file the city collects; `sendable` are those this key's organisation may send."""
    sender = supplier_of(account_of(request))
    return {
        "items": [_short(source, may_send(source, sender)) for source in platform().catalog.sources.values()]
    }


@router.get(
    "/sources/{source_id}",
    auth=Needs("source.read"),
    response=reads(SourceShape),
    summary="数据源及其列 One source",
)
def read_source(request: HttpRequest, source_id: Name) -> dict[str, Any]:
    """A source with its columns."""
    source = get_source(source_id)
    due = source.deadline
    return {
        **_short(source, may_send(source, supplier_of(account_of(request)))),
        "key": list(source.key),
        "party": list(source.party),
        "deadline": {
            "kind": due.kind, "column": due.column, "workdays": due.workdays, "days": due.days, "months": list(due.months),
        },
        "columns": [
            {
                "code": column.code, "name": column.name, "type": column.type, "required": column.required,
                "required_when": column.required_when, "max_length": column.max_length, "values": column.lookup,
                "many": column.many, "unit": column.unit, "personal": column.personal, "note": column.note,
            }
            for column in source.columns
        ],
    }  # fmt: skip


@router.get(
    "/sources/{source_id}/schema.json",
    auth=Needs("source.read"),
    response=reads(dict[str, Any]),
    summary="JSON Schema of a record",
    openapi_extra={"x-content": "application/schema+json"},
)
def read_json_schema(request: HttpRequest, source_id: Name) -> Any:
    """JSON Schema (2020-12) of one record of the source."""
    return _json(
        json_schema(get_source(source_id), platform().catalog, on=platform().today), "application/schema+json"
    )


@router.get(
    "/sources/{source_id}/table-schema.json",
    auth=Needs("source.read"),
    response=reads(dict[str, Any]),
    summary="Frictionless Table Schema of a file",
)
def read_table_schema(request: HttpRequest, source_id: Name) -> dict[str, Any]:
    """Frictionless Table Schema of a file of the source."""
    return table_schema(get_source(source_id), platform().catalog, on=platform().today)


@router.get(
    "/sources/{source_id}/template.xlsx",
    auth=Needs("source.read"),
    response=reads(bytes),
    summary="下载模板 Template workbook",
    openapi_extra={"x-content": XLSX},
)
def read_template(request: HttpRequest, source_id: Name) -> HttpResponse:
    """An empty workbook with headers, text cells for codes, lists to choose from and a guide sheet."""
    catalog = platform().catalog
    response = HttpResponse(
        _template(catalog.edition, get_source(source_id).id, Beside(catalog)), content_type=XLSX
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{source_id}.xlsx"'
    return response


def _short(source: Source, sendable: bool) -> dict[str, Any]:
    return {
        "id": source.id,
        "title": {"zh": source.title_zh, "en": source.title_en},
        "about": source.about,
        "sendable": sendable,
        "in_force": source.in_force(platform().today),
    }


def _json(document: dict[str, Any], kind: str) -> HttpResponse:
    return HttpResponse(json.dumps(document, ensure_ascii=False), content_type=kind)


@lru_cache(maxsize=64)
def _template(_edition: str, source_id: str, beside: Beside[Catalog]) -> bytes:
    with TemporaryDirectory() as folder:
        out = FilePath(folder) / "template.xlsx"
        write_template(beside.thing.sources[source_id], beside.thing, out)
        return out.read_bytes()
