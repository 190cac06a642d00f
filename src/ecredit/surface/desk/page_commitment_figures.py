"""`/desk/commitment-figures`: how many promised, kept their word and broke it, counted now; the same as files."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import path

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.commitments.figure_files import (
    FILES,
    because_words,
    figure_words,
    group_words,
    interval_words,
    percent_words,
)
from ecredit.service.commitments.figures import FIGURES, count_commitment_figures
from ecredit.surface.desk.doors import needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page

READ: Final = "commitment.read"


@needs(READ)
def figures(request: HttpRequest) -> HttpResponse:
    """The figures of today, from the lake as the last evaluation left it."""
    frame, wrong = frame_of(request), ""
    document = None
    try:
        document = _count()
    except WrongUse as error:
        wrong = frame.say(error)
    return page(
        request,
        "desk/commitment_figures.html",
        document=document,
        names=[] if document is None else [group_words(group, frame.lang) for group in document["groups"]],
        figures=[(figure, figure_words(figure, frame.lang)) for figure in FIGURES],
        percent=percent_words,
        interval=interval_words,
        because=lambda why: because_words(why, 0 if document is None else document["least"], frame.lang),
        files=tuple(FILES),
        wrong=wrong,
    )


@needs(READ)
def figures_file(request: HttpRequest, kind: str) -> HttpResponse:
    """The same as a file: csv, xlsx or json."""
    _ = request
    if kind not in FILES:
        raise NotThere
    media, write = FILES[kind]
    document = _count()
    answer = HttpResponse(write(document), content_type=media)
    answer["Content-Disposition"] = f'attachment; filename="commitments-{document["as_of"]}.{kind}"'
    answer["Cache-Control"] = "no-store"
    return answer


def _count() -> dict[str, Any]:
    platform = city()
    return count_commitment_figures(platform.home, platform.catalog, on=platform.today, at=platform.now)


MENU: Final = (Entry("desk:commitment_figures", "commitment_figures", "own", 32, (READ,)),)
urlpatterns = [
    path("commitment-figures", figures, name="commitment_figures"),
    path("commitment-figures/<slug:kind>", figures_file, name="commitment_figures_file"),
]
