"""What can go wrong where something is to be proved or unsealed."""

from __future__ import annotations

from ecredit.foundation.kernel.errors import CheckFailed, WrongUse


class KeysMissing(WrongUse):
    """A key file that is needed is not there."""

    code = "keys.missing"


class KeysUnusable(WrongUse):
    """Keys exist where new ones were to be made, or a key file is open to others or damaged."""

    code = "keys.unusable"


class SealBroken(CheckFailed):
    """A sealed value or file was altered, cut short, moved elsewhere, or sealed with an unknown key."""

    code = "seal.broken"


class TileMissing(CheckFailed):
    """A tile of the log that must exist by its size is absent or too short."""

    code = "log.tile_missing"


class CheckpointBroken(CheckFailed):
    """A text is no signed note or log head, or its signature does not hold."""

    code = "log.checkpoint_broken"


class VerifierKeyUnusable(WrongUse):
    """A text is no verifier key in the form ``<name>+<hash>+<base64>``."""

    code = "log.verifier_key_unusable"


class TokenBroken(CheckFailed):
    """A signed token, badge or status list is not in its form: cut short, not the one way to write it, of another type."""

    code = "token.broken"


class KeySetUnusable(WrongUse):
    """A file is no set of a city's public keys."""

    code = "keys.set_unusable"


class StampBroken(CheckFailed):
    """A time stamp is none, is of something else, or its authority is not to be trusted."""

    code = "stamp.broken"
