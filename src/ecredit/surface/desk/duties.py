"""What a person must do before anything else: choose a password, and set up a second factor where the role asks for one."""

from ecredit.facts.actors.rights import Account
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.session import Session


def needs_factor(account: Account) -> bool:
    """Whether one of the roles asks for a second factor."""
    roles = city().catalog.roles
    return any(seat.role in roles and roles[seat.role].second_factor for seat in account.seats)


def first_duty(session: Session) -> str:
    """The name of the page to be sent to first; empty when nothing is due.

    Who came by the city's own sign-on has no password here to change.
    """
    if session.person.must_change_password and not session.method.startswith("oidc"):
        return "desk:password"
    # A session opened with two things needs no look at what the person has set up.
    if "+" not in session.method and needs_factor(session.account) and not session.strong:
        return "desk:factors"
    return ""
