"""Trying a version of a grade model over everybody, and who acts for whom at the console."""

from datetime import date
from pathlib import Path
from typing import Final

from ecredit.facts.actors.queries import find_account_of, list_people
from ecredit.facts.actors.rights import Account
from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.judgement.evaluation.trial_actions import TrialView, last_trial, try_version
from ecredit.service.operation.approved import CONSOLE, Request, model_adoption
from ecredit.service.operation.platform import Platform

# The kind of job that tries a version: with many subjects it takes minutes.
TRY_MODEL: Final = "try_model"


def try_model(
    platform: Platform, *, model_id: str, number: int, from_on: date | None, as_of: date | None, by: Actor
) -> TrialView:
    """Try a version for a day (None: today) on the facts of a day (None: today), one process at a time.

    Raises what `try_version` raises.
    """
    with platform.home.alone_in_lake():
        return try_version(
            home=platform.home,
            catalog=platform.catalog,
            ring=platform.ring,
            model_id=model_id,
            number=number,
            from_on=from_on or platform.today,
            as_of=as_of or platform.today,
            by=by,
            at=platform.now,
        )


def adoption_of(*, model_id: str, number: int, from_on: date) -> Request:
    """What asking for the adoption of a version is, on its newest trial. Raises WrongUse where it was never tried."""
    tried = last_trial(model_id, number)
    if tried is None:
        raise WrongUse(
            f"第 {number} 版还没有试算；先试算（ecredit model try {model_id}/{number}），看过谁的等级会变，再提请采用",
            f"version {number} was never tried; try it first (ecredit model try {model_id}/{number}) and see whose grades "
            "would change",
        )
    return model_adoption(model_id=model_id, number=number, from_on=from_on, trial=tried.digest)


def console_account(platform: Platform, login: str) -> Account:
    """The account of the person for whom somebody acts at the console, with that person's own rights and no more.

    What is done so says in the journal that it was done at the console. Raises WrongUse for a login nobody has.
    """
    person = next((p for p in list_people(on=platform.today) if p.login == login), None)
    account = None if person is None else find_account_of(person.who, where=CONSOLE, on=platform.today)
    if account is None:
        raise WrongUse(
            f"没有登录名为 {login} 的在用人员；用 ecredit person list 查看",
            f"nobody active has the login {login}; see ecredit person list",
        )
    return account


def read_draft_file(path: Path) -> str:
    """A draft from a file. Raises WrongUse for one that cannot be read or is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise WrongUse(
            f"{path} 不是 UTF-8；请另存为 UTF-8", f"{path} is not UTF-8; save it as UTF-8"
        ) from None
    except OSError as error:
        raise WrongUse(
            f"无法打开 {path}：{error.strerror}", f"{path} cannot be opened: {error.strerror}"
        ) from None
