"""The PKCS#11 token of the settings, where the city's signing keys lie in one."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.token_keys import Token


def find_token() -> Token | None:
    """The token; None when keys lie sealed in the keys folder. Raises WrongUse for settings that name none."""
    module = str(settings.ECREDIT_PKCS11_MODULE)
    if not module:
        return None
    return _token(
        module,
        str(settings.ECREDIT_PKCS11_TOKEN),
        str(settings.ECREDIT_PKCS11_SLOT),
        str(settings.ECREDIT_PKCS11_PIN),
    )


@lru_cache(maxsize=2)
def _token(module: str, label: str, slot: str, pin: str) -> Token:
    if not (label or slot) or (slot and not slot.isdigit()):
        raise WrongUse(
            "设置了 ECREDIT_PKCS11_MODULE，还须用 ECREDIT_PKCS11_TOKEN（令牌名称）或 ECREDIT_PKCS11_SLOT（槽号）指明令牌",
            "with ECREDIT_PKCS11_MODULE name the token, by ECREDIT_PKCS11_TOKEN (its label) or ECREDIT_PKCS11_SLOT (a number)",
        )
    return Token(Path(module), label, int(slot) if slot else None, pin)
