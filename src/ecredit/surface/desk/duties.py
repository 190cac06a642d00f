"""What a person must do before anything else: choose a password, and set up a second factor where the role asks for one."""

from ecredit.facts.actors.models import Person
from ecredit.facts.actors.rights import Account


def first_duty(person: Person, _account: Account) -> str:
    """The name of the page to be sent to first; empty when nothing is due."""
    if person.must_change_password:
        return "desk:password"
    return ""
