"""A badge as a file to take along."""

from ecredit.foundation.proof.badge_forms import badge_file, compact_token
from ecredit.service.badges.types import PublicBadge


def badge_file_of(badge: PublicBadge) -> dict[str, str]:
    """All forms of a badge, with their signatures."""
    return badge_file(badge.claims, badge.seed, badge.signatures, badge.kid)


def compact_token_of(badge: PublicBadge) -> bytes:
    """The compact form: what its QR code holds."""
    return compact_token(badge.claims, badge.seed, badge.signatures, badge.kid)
