"""`/desk/password`: choosing one's own password."""

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse

from ecredit.facts.actors.people_actions import choose_password
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.surface.desk.doors import move, session_of, signed_in
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.lockout import count_failure, locked_until
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page
from ecredit.surface.desk.session import renew_session


@signed_in(methods=("GET", "POST"), before_duties=True)
def password(request: HttpRequest) -> HttpResponseBase:
    """The form; a new password ends every other session of the person."""
    session = session_of(request)
    if request.method != "POST":
        return _form(request)
    t = frame_of(request).t
    old, new, again = (request.POST.get(name, "") for name in ("old", "new", "again"))
    # Guessing here counts like guessing at the sign-in: a desk left open must not tell the password.
    if locked_until(request, session.person.login) is not None:
        return _form(request, t.password_locked)
    if not session.person.check_password(old):
        count_failure(request, session.person.login)
        return _form(request, t.password_old_wrong)
    if new != again:
        return _form(request, t.password_not_same)
    if new == old:
        return _form(request, t.password_same_as_old)
    try:
        choose_password(
            person=session.person, password=new, ring=city().ring, by=session.actor, at=city().now,
            keep=session.sign_in.pk,
        )  # fmt: skip
    except WrongUse as error:
        return _form(request, frame_of(request).say(error))
    update_session_auth_hash(request, session.person)
    renew_session(request, session)
    return move(request, f"{reverse('desk:home')}?done=password")


def _form(request: HttpRequest, wrong: str = "") -> HttpResponse:
    person = session_of(request).person
    return page(
        request,
        "desk/password.html",
        status=400 if wrong else 200,
        wrong=wrong,
        must=person.must_change_password,
        login=person.login,
    )


urlpatterns = [path("password", password, name="password")]
