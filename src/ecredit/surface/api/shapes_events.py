"""What a webhook is told: the catalogue of events, which the description of the API carries as its `webhooks`."""

from datetime import date, datetime
from typing import Any, Final, Literal

from ninja import Schema
from pydantic import Field

from ecredit.service.operation.webhook_actions import REPORT_DUE, SUBMISSION_ENDED, WARNING_OPENED


class SubmissionEnded(Schema):
    """A submission or a trial has ended; ask for its receipt."""

    event: Literal["submission.ended"]
    submission: int
    kind: str = Field(description="collect or try")
    state: str = Field(description="done, failed or cancelled")
    source: str | None
    batch: int | None
    ended_at: datetime | None


class DueReport(Schema):
    """One report that is due or overdue; `workdays_left` is negative after its last day."""

    source: str
    state: str = Field(description="due or overdue")
    due_on: date
    workdays_left: int


class EndingCommitment(Schema):
    """A credit commitment of the organisation that ends on this day; a new one takes its place."""

    number: str
    valid_until: date


class ReportDue(Schema):
    """What the organisation has to send: overdue, or due within three working days. Told once a day while it is so. Beside it the
    organisation's credit commitments that end soon, told on a few days before."""

    event: Literal["report.due"]
    reports: list[DueReport]
    commitments: list[EndingCommitment]
    at: datetime | None


class OpenedWarning(Schema):
    """One warning that waits for the organisation's answer; ask for it by its number."""

    warning: int
    rule: str
    severity: str = Field(description="notice, caution or serious")
    due_on: date


class WarningOpened(Schema):
    """What the organisation was warned of, and answers by a day; a hundred at most, the others are in the list. Told once."""

    event: Literal["warning.opened"]
    warnings: list[OpenedWarning]
    at: datetime | None


EVENTS: Final[dict[str, tuple[str, type[Schema]]]] = {
    SUBMISSION_ENDED: ("报送办结 A submission has ended", SubmissionEnded),
    REPORT_DUE: ("报送临近截止或逾期 Reports are due", ReportDue),
    WARNING_OPENED: ("有预警待答复 Warnings wait for an answer", WarningOpened),
}
_SIGNATURE: Final = {
    "name": "Ecredit-Signature",
    "in": "header",
    "required": True,
    "description": 't=<seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>" under the secret>',
    "schema": {"type": "string"},
}
_DELIVERY: Final = {
    "name": "Ecredit-Delivery",
    "in": "header",
    "required": True,
    "description": "the same each time this telling is tried",
    "schema": {"type": "string"},
}


def describe_events() -> tuple[dict[str, Any], dict[str, Any]]:
    """The `webhooks` of the description, and the schemas they refer to."""
    webhooks: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for event, (title, shape) in EVENTS.items():
        made = shape.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= made.pop("$defs", {}) | {shape.__name__: made}
        body = {"application/json": {"schema": {"$ref": f"#/components/schemas/{shape.__name__}"}}}
        webhooks[event] = {
            "post": {
                "summary": title,
                "description": shape.__doc__,
                "parameters": [_SIGNATURE, _DELIVERY],
                "requestBody": {"required": True, "content": body},
                "responses": {"2XX": {"description": "听到了 Heard"}},
            }
        }
    return webhooks, schemas
