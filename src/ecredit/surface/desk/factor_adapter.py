"""How allauth's second factors live in this house: their secrets sealed, named after the login, no letters sent."""

from typing import Any, Final

from allauth.mfa.adapter import DefaultMFAAdapter

from ecredit.facts.actors.models import Person
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.words import words_in

_PURPOSE: Final = "mfa_authenticator.data"


class FactorAdapter(DefaultMFAAdapter):
    """See allauth's `DefaultMFAAdapter`."""

    def encrypt(self, text: str) -> str:
        """A secret as the database keeps it."""
        return city().sealer.seal(_PURPOSE, text)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again."""
        return city().sealer.unseal(_PURPOSE, encrypted_text)

    def get_totp_issuer(self) -> str:
        """What the application on the telephone calls us."""
        return words_in("zh")["site"]

    def send_notification_mail(self, *_args: Any, **_kwargs: Any) -> None:
        """Nobody has an address here; changes are in the journal."""

    def get_public_key_credential_user_entity(self, user: Person) -> dict[str, Any]:
        """The person as a passkey names them."""
        return {"id": user.who.encode(), "display_name": user.name, "name": user.login}

    def _get_site_name(self) -> str:
        return words_in("zh")["site"]
