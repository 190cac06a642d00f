"""`/commitments`: who promised what, by platform and by kind of operator, with the figures; the same as files."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from ecredit.service.commitments.figure_files import (
    FILES,
    because_words,
    figure_words,
    group_words,
    interval_words,
    percent_words,
)
from ecredit.service.commitments.figures import FIGURES
from ecredit.service.publicity.listing import A_PAGE, MOST_PAGES, pages_of
from ecredit.service.publicity.public_commitments import SECTORS
from ecredit.surface.portal.answers import page, send_file, show
from ecredit.surface.portal.frame import Frame
from ecredit.surface.portal.page_home import page_number
from ecredit.surface.portal.page_lists import Paged
from ecredit.surface.portal.reading import public_store


@dataclass(frozen=True, slots=True)
class FigureCell:
    """A figure ready to be shown: share, count with its denominator, interval; or why not."""

    share: str
    counted: str
    interval: str
    because: str


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A group with its figures; `because` when nothing of it is given."""

    by: str
    name: str
    operators: str
    cells: Sequence[FigureCell]
    because: str


@page
def commitments(request: HttpRequest, frame: Frame) -> HttpResponse:
    """The figures, and all commitments shown today."""
    return _show(request, frame, "/commitments", title=frame.t.commitments_heading)


@page
def by_platform(request: HttpRequest, frame: Frame, key: str) -> HttpResponse:
    """Those of operators with a shop on one platform."""
    found = next((one for one in public_store().platforms() if one.key == key), None)
    if found is None:
        raise Http404
    return _show(request, frame, f"/commitments/platform/{key}", title=found.name, platform=found.name)


@page
def by_sector(request: HttpRequest, frame: Frame, sector: str) -> HttpResponse:
    """Those of one kind of operator."""
    if sector not in SECTORS:
        raise Http404
    title = group_words({"by": "sector", "key": sector, "name": ""}, frame.lang)
    return _show(request, frame, f"/commitments/sector/{sector}", title=title, sector=sector)


@page
def figures_file(request: HttpRequest, frame: Frame, kind: str) -> HttpResponse:
    """The figures as a file: csv, xlsx or json."""
    document = public_store().commitment_figures()
    if kind not in FILES or not document:
        raise Http404
    media, write = FILES[kind]
    return send_file(request, frame, write(document), media, f"commitments-{document['as_of']}.{kind}")


def _show(
    request: HttpRequest, frame: Frame, address: str, *, title: str, platform: str = "", sector: str = ""
) -> HttpResponse:
    store, on, number = public_store(), frame.now.date(), page_number(request)
    lines, count = store.list_commitments(on, max(number, 1), platform=platform, sector=sector)
    if number > pages_of(count):
        number = pages_of(count)
        lines, count = store.list_commitments(on, number, platform=platform, sector=sector)
    document = store.commitment_figures()
    return show(
        request,
        frame,
        "portal/commitments.html",
        {
            "title": title,
            "chosen": platform or sector,
            "address": address,
            "paged": Paged(lines, max(number, 1), pages_of(count), count),
            "english": store.english() if frame.lang == "en" else {},
            "platforms": store.platforms()[: MOST_PAGES * A_PAGE // 100],
            "sectors": [
                (sector, group_words({"by": "sector", "key": sector, "name": ""}, frame.lang))
                for sector in SECTORS
            ],
            "figures": [figure_words(figure, frame.lang) for figure in FIGURES],
            "groups": _lines(document, frame.lang) if document else [],
            "as_of": document["as_of"] if document else "",
            "soon": document["soon_days"] if document else 0,
            "files": [(kind.upper(), frame.to_file(f"/commitments/figures.{kind}")) for kind in FILES]
            if document
            else [],
        },
    )


def _lines(document: dict[str, Any], lang: str) -> list[FigureLine]:
    least = document["least"]
    return [
        FigureLine(
            by=group["by"],
            name=group_words(group, lang),
            operators="" if group["operators"] is None else f"{group['operators']:,}",
            cells=[
                FigureCell(
                    percent_words(said),
                    "" if said["count"] is None else f"{said['count']:,} / {said['of']:,}",
                    interval_words(said),
                    because_words(said["because"], least, lang),
                )
                for said in (group["figures"][figure] for figure in FIGURES if group["figures"])
            ],
            because=because_words(group["because"], least, lang),
        )
        for group in document["groups"]
    ]
