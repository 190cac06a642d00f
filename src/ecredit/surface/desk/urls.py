"""The desk's addresses, collected from the page modules: a new page is a new `page_*.py` with `urlpatterns`."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import re_path

from ecredit.surface import desk
from ecredit.surface.desk.doors import open_to_all
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.menu import Entry

_PAGES: Final = [
    import_module(f"{desk.__name__}.{found.name}")
    for found in iter_modules(desk.__path__)
    if found.name.startswith("page_")
]


@open_to_all(methods=("GET", "POST"))
def missing(_request: HttpRequest) -> HttpResponseBase:
    """Any other address of the desk, in the desk's own frame."""
    raise NotThere


app_name = "desk"
urlpatterns = [
    *(pattern for page in _PAGES for pattern in page.urlpatterns),
    re_path("", missing, name="missing"),
]
MENU: Final[list[Entry]] = [entry for page in _PAGES for entry in getattr(page, "MENU", ())]
