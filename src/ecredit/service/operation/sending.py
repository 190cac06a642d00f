"""Handing over a file that has come whole: to be collected, or only to be checked."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ecredit.facts.actors.queries import get_supplier
from ecredit.facts.actors.types import Actor
from ecredit.facts.collection.collect_actions import collect_file
from ecredit.facts.collection.trial import try_file
from ecredit.foundation.kernel.errors import InputRefused, WrongUse
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.uploads import (
    close_upload,
    handing_over,
    take_upload,
    upload_report,
)

Outcome = Mapping[str, Any]
"""What became of an upload: `kind` is `batch` (with `batch`, `already`, `notes`), `trial` (with what `Trial` holds) or
`refused` (with `zh`, `en`)."""


def hand_over(platform: Platform, token: str, *, who: str, by: Actor) -> Outcome:
    """Collect or check the file of an upload, once: who asks again is told what became of it.

    Raises InputRefused while bytes are missing, NoSuchUpload. A file that is turned away is an outcome, not an error.
    """
    with handing_over(platform.home, token, who=who) as upload:
        if upload.outcome:
            return upload.outcome
        path = take_upload(platform.home, token, who=who)
        # A department may have been merged since the upload began: what it sends is then its successor's.
        supplier = get_supplier(platform.catalog, upload.organisation, on=platform.today)
        try:
            if upload.trial:
                trial = try_file(
                    platform.collector,
                    source_id=upload.source,
                    path=path,
                    supplier=supplier,
                    report=upload_report(platform.home, upload),
                    at=platform.now,
                    filename=upload.filename,
                )
                outcome: dict[str, Any] = {"kind": "trial", **asdict(trial)}
            else:
                receipt = collect_file(
                    platform.collector,
                    source_id=upload.source,
                    path=path,
                    supplier=supplier,
                    by=by,
                    at=platform.now,
                    filename=upload.filename,
                    corrects=upload.corrects,
                )
                outcome = {
                    "kind": "batch", "batch": receipt.batch_id, "supplier": receipt.supplier,
                    "already": receipt.already_received, "notes": list(receipt.notes),
                }  # fmt: skip
        except (InputRefused, WrongUse) as refusal:
            outcome = {"kind": "refused", "zh": refusal.zh, "en": refusal.en}
        close_upload(platform.home, upload, outcome=outcome)
    return outcome
