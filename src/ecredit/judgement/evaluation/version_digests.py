"""What the journal keeps of a version, a trial and an adoption, so that none can be altered unseen."""

import hashlib
from typing import Any

from ecredit.judgement.evaluation.version_models import ModelAdoption, ModelTrial, ModelVersion


def digest_of(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def version_detail(row: ModelVersion) -> dict[str, Any]:
    """A version as its journal entry says it."""
    return {
        "edition": row.edition,
        "label": row.label,
        "origin": row.origin,
        "same_as": row.same_as,
        "text": digest_of(row.text),
        "document": digest_of(row.document),
        "note": digest_of(row.note),
    }


def adoption_detail(row: ModelAdoption) -> dict[str, Any]:
    """An adoption as its journal entry says it."""
    return {
        "edition": row.version.edition,
        "from": row.from_on.isoformat(),
        "trial": row.trial,
        "reason": digest_of(row.reason),
        "approval": row.approval,
    }


def trial_detail(row: ModelTrial) -> dict[str, Any]:
    """A trial as its journal entry says it."""
    return {
        "edition": row.edition,
        "against": row.against,
        "from": row.from_on.isoformat(),
        "as_of": row.as_of.isoformat(),
        "digest": row.digest,
    }


def about_version(row: ModelVersion) -> str:
    """What the journal calls a version."""
    return f"model:{row.model_id}/{row.number}"


def about_adoption(row: ModelAdoption) -> str:
    """What the journal calls an adoption: the version it brought into force, of the model for which it did."""
    return f"model:{row.model_id}/{row.version.number}"
