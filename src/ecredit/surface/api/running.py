"""The running city for this door: one for a home, made when first asked for and kept."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from ecredit.facts.actors.errors import OrganisationOver
from ecredit.facts.actors.queries import get_supplier, list_supplier_names
from ecredit.facts.actors.rights import Account
from ecredit.facts.actors.types import Supplier
from ecredit.foundation.kernel.home import Home
from ecredit.service.operation.platform import Platform
from ecredit.service.publicity.queries import PublicStore


def platform() -> Platform:
    """The platform of the settings' home and catalogue."""
    return _platform(str(settings.ECREDIT_HOME), str(settings.ECREDIT_CATALOG))


def public_store() -> PublicStore:
    """The public database of the settings' home."""
    return _store(Home(Path(settings.ECREDIT_HOME)).public_db)


def supplier_of(account: Account) -> Supplier:
    """The organisation behind a key, as one that sends.

    Raises OrganisationOver for a department that has become part of another: what it sent would be the other's, and its
    own key could not read the receipt. WrongUse when it is no supplier today.
    """
    running = platform()
    found = get_supplier(running.catalog, account.organisation, on=running.today)
    if found.id != account.organisation:
        own = list_supplier_names(running.catalog, [account.organisation])[account.organisation]
        raise OrganisationOver(
            f"{own} 已并入 {found.name}，请使用 {found.name} 的密钥",
            f"{own} is part of {found.name} now; use a key of {found.name}",
        )
    return found


@lru_cache(maxsize=8)
def _platform(_home: str, _catalog: str) -> Platform:
    return Platform()


@lru_cache(maxsize=8)
def _store(path: Path) -> PublicStore:
    return PublicStore(path)
