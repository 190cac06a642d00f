"""Saving and dropping views of tables."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from ecredit.surface.desk.doors import move, session_of, signed_in
from ecredit.surface.desk.saved_views import forget_view, save_view


@signed_in(methods=("POST",))
def save(request: HttpRequest) -> HttpResponseBase:
    """Keep the filter and order that the form carries, and go back."""
    query = request.POST.get("query", "").lstrip("?")
    save_view(
        person=session_of(request).person,
        table=request.POST.get("table", "")[:64],
        title=request.POST.get("title", ""),
        query=query,
    )
    return move(request, f"{_back(request)}?{query}" if query else _back(request))


@signed_in(methods=("POST",))
def forget(request: HttpRequest, view_id: int) -> HttpResponseBase:
    """Drop a view and go back."""
    forget_view(person=session_of(request).person, view_id=view_id)
    return move(request, _back(request))


def _back(request: HttpRequest) -> str:
    back = request.POST.get("back", "")
    ours = back.startswith("/desk/") and "?" not in back
    return (
        back if ours and url_has_allowed_host_and_scheme(back, allowed_hosts=None) else reverse("desk:home")
    )


urlpatterns = [
    path("views", save, name="view_save"),
    path("views/<int:view_id>/drop", forget, name="view_drop"),
]
