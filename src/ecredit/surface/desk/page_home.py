"""`/desk/`: where everybody begins: what waits for them, and the ways to it."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path

from ecredit.surface.desk.doors import account_of_request, signed_in
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.notices import notice
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page
from ecredit.surface.desk.seats import seats_of


@signed_in()
def home(request: HttpRequest) -> HttpResponse:
    """The person's roles and the pages they may open."""
    seats = seats_of(city().catalog, account_of_request(request))
    return page(request, "desk/home.html", seats=seats, done=notice(request))


MENU: Final = (Entry("desk:home", "nav_home", "own", 0),)
urlpatterns = [path("", home, name="home")]
