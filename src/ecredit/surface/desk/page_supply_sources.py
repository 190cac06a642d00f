"""`/desk/supply/sources`: every source with its columns, deadline and legal basis, and its template to fill in."""

import tempfile
from pathlib import Path
from typing import Final

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path

from ecredit.facts.collection.entitled import list_sendable
from ecredit.facts.collection.template_workbook import write_template
from ecredit.foundation.catalog.types import Source
from ecredit.surface.desk.doors import needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page
from ecredit.surface.desk.seats import organisation_name
from ecredit.surface.desk.supply_seat import acting_of
from ecredit.surface.desk.supply_words import deadline_of, source_title

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@needs("source.read")
def sources(request: HttpRequest) -> HttpResponse:
    """All sources, one's own first."""
    acting, catalog, frame = acting_of(request), city().catalog, frame_of(request)
    mine = () if acting is None or acting.merged else list_sendable(catalog, acting.supplier)
    others = [source for source in catalog.sources.values() if source not in mine]
    return page(
        request,
        "desk/supply_sources.html",
        acting=acting,
        mine=mine,
        others=others,
        title_of=lambda source: source_title(frame, source),
    )


@needs("source.read")
def source(request: HttpRequest, source_id: str) -> HttpResponse:
    """One source, column by column."""
    found, catalog, frame = _source(source_id), city().catalog, frame_of(request)
    acting = acting_of(request)
    basis = [
        (catalog.laws[ref.law].title, ref.article) for ref in found.legal_basis if ref.law in catalog.laws
    ]
    return page(
        request,
        "desk/supply_source.html",
        source=found,
        title=source_title(frame, found),
        deadline=deadline_of(frame, found),
        basis=basis,
        suppliers=[organisation_name(catalog, id) for id in found.suppliers],
        sendable=acting is not None
        and not acting.merged
        and found in list_sendable(catalog, acting.supplier),
    )


@needs("source.read")
def template(_request: HttpRequest, source_id: str) -> HttpResponseBase:
    """The source's empty workbook."""
    found = _source(source_id)
    with tempfile.TemporaryDirectory(prefix="template-") as folder:
        out = Path(folder) / "template.xlsx"
        write_template(found, city().catalog, out)
        # The open file outlives its name: it goes when the answer has gone.
        content = out.open("rb")
    return FileResponse(
        content, as_attachment=True, filename=f"{found.title_zh}-{found.id}.xlsx", content_type=XLSX
    )


def _source(source_id: str) -> Source:
    found = city().catalog.sources.get(source_id)
    if found is None:
        raise NotThere
    return found


MENU: Final = (Entry("desk:sources", "nav_sources", "supply", 50, ("batch.submit", "batch.read")),)
urlpatterns = [
    path("supply/sources", sources, name="sources"),
    path("supply/sources/<slug:source_id>", source, name="source"),
    path("supply/sources/<slug:source_id>/template.xlsx", template, name="source_template"),
]
