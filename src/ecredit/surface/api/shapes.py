"""What the routes answer and take, as the description of the API tells it."""

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import ConfigDict, Field


class ProblemError(Schema):
    """One thing wrong with a request: where, and which rule it breaks. What was sent is not repeated."""

    at: str
    rule: str


class RowProblem(Schema):
    """One problem of a row, as the problem report tells it; `value` is masked. A `notice` keeps no row back."""

    line: int
    column: str
    rule: str
    message: str
    hint: str
    value: str
    notice: bool


class Problem(Schema):
    """A problem document (RFC 9457). `detail` is the sentence in the language asked for, `zh` and `en` are both."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    zh: str
    en: str
    errors: list[ProblemError] | None = None
    problems: list[RowProblem] | None = None
    received: int | None = Field(None, description="of an upload: how many bytes are here")
    reference: str | None = Field(None, description="of an unexpected error: name it to the operator")


class Title(Schema):
    """A name in both languages."""

    zh: str
    en: str


class SourceShort(Schema):
    """A kind of file the city collects. `sendable`: this key's organisation may send it."""

    id: str
    title: Title
    about: str
    sendable: bool
    in_force: bool


class ColumnShape(Schema):
    """A column: its code or its name is what a header or a JSON member is called."""

    code: str
    name: str
    type: str
    required: bool
    required_when: str | None
    max_length: int | None
    values: str | None = Field(description="code table its values come from")
    many: str | None = Field(description="characters between several values")
    unit: str | None
    personal: str
    note: str


class DeadlineShape(Schema):
    """When it must be sent: so long after the date in a column, or in certain months."""

    kind: str
    column: str | None
    workdays: int | None
    days: int | None
    months: list[int]


class SourceShape(SourceShort):
    """A source with its columns."""

    key: list[str]
    party: list[str]
    deadline: DeadlineShape
    columns: list[ColumnShape]


class SourceList(Schema):
    """All sources."""

    items: list[SourceShort]


class BatchShape(Schema):
    """One file that came in and what became of its rows; `rows` is the sum of the five fates."""

    id: int
    source: str
    supplier: str
    filename: str
    digest: str
    size: int
    state: str = Field(description="posting, done or withdrawn")
    received_at: datetime
    finished_at: datetime | None
    edition: str
    corrects: int | None
    rows: int
    accepted: int
    superseded: int
    duplicate: int
    quarantined: int
    refused: int
    late: int
    cleared: int
    problems: int
    warnings: int
    problem_counts: dict[str, int]
    notes: list[str] = Field(description="about the file as a whole: sheets that were not read, …")


class BatchPageShape(Schema):
    """A page of batches, newest first; `next` asks for the page behind it."""

    items: list[BatchShape]
    next: str | None


class ProblemPageShape(Schema):
    """A page of problems; `found` is how many there are (of the rule asked for)."""

    items: list[RowProblem]
    found: int
    by_rule: dict[str, int]
    next: str | None


class CellShape(Schema):
    """A cell as it may be read."""

    column: str
    name: str
    value: str


class HeldRowShape(Schema):
    """A row that waits: for a correction (`held`) or an officer's answer (`review`). What is personal is masked."""

    line: int
    state: str
    rules: list[str]
    cells: list[CellShape]


class HeldPageShape(Schema):
    """A page of waiting rows, by line."""

    items: list[HeldRowShape]
    found: int
    by_rule: dict[str, int]
    next: str | None


class RecordShape(Schema):
    """An entry of the ledger that the organisation sent: its number in the log, and its values, masked."""

    leaf: int
    verb: str
    source: str
    subject: str = Field(description="its code; empty for a person")
    valid_from: str | None
    valid_to: str | None
    known_at: datetime
    batch: int | None
    line: int | None
    edition: str
    values: dict[str, str]


class RecordPageShape(Schema):
    """A page of entries, oldest first."""

    items: list[RecordShape]
    next: str | None


class SubjectShape(Schema):
    """A subject as its supplier may see it: who it is, and a page of what the supplier itself has sent about it, oldest
    first."""

    code: str
    name: str
    kind: str
    status: str
    records: list[RecordShape]
    next: str | None


class SubmissionShape(Schema):
    """Something sent, on its way: poll it until `state` is done, failed or cancelled."""

    id: int
    kind: str = Field(description="collect or try")
    source: str
    filename: str
    state: str = Field(description="waiting, running, done, failed or cancelled")
    progress: int
    total: int | None
    message: Title
    created_at: datetime
    finished_at: datetime | None
    batch: int | None
    receipt: dict[str, Any] | None = Field(description="counts of the batch, or of the trial")
    code: str | None = Field(description="of a failed one: the error's code")


class SubmissionPageShape(Schema):
    """A page of submissions, newest first."""

    items: list[SubmissionShape]
    next: str | None


class UploadOpening(Schema):
    """A file to be sent in pieces."""

    model_config = ConfigDict(strict=True, extra="forbid")
    source: str = Field(min_length=1, max_length=64)
    filename: str = Field(min_length=1, max_length=300)
    size: int = Field(ge=1, le=2 << 30)
    sha256: str = Field(
        "", pattern="^([0-9a-f]{64})?$", description="of the whole file: the same again is the same upload"
    )
    trial: bool = Field(False, description="check it only")
    corrects: int | None = Field(None, ge=1, le=2**53)


class UploadShape(Schema):
    """An upload: `received` of `size` bytes are here; go on from there."""

    id: str
    source: str
    filename: str
    size: int
    received: int
    submission: int | None


class RefusalShape(Schema):
    """Why something was refused: a code that stays, and its sentence."""

    code: str
    zh: str
    en: str


class RecordReceiptShape(Schema):
    """A single record on its way. `state`: waiting, taken, held or failed; `batch` and `line` are where it went, `refusal`
    is why it failed."""

    id: int
    source: str
    state: str
    received_at: datetime
    batch: int | None
    line: int | None
    refusal: RefusalShape | None


class RecordAnswer(RecordReceiptShape):
    """A record that was taken, and what was noticed about it without keeping it back."""

    notices: list[RowProblem]


class WebhookSetting(Schema):
    """Where to tell the end of what was sent, and what is due."""

    model_config = ConfigDict(strict=True, extra="forbid")
    url: str = Field(min_length=1, max_length=500)


class CallShape(Schema):
    """One telling: waiting, told or failed."""

    id: int
    event: str
    submission: int | None = Field(description="null for what is no submission's end")
    state: str
    attempts: int
    next_at: datetime
    outcome: str


class WebhookShape(Schema):
    """Where the organisation is told, and the last tellings."""

    url: str
    set_at: datetime
    calls: list[CallShape]


class WebhookSecret(Schema):
    """The secret that signs what is told; it is shown this once."""

    url: str
    secret: str


class KeyShape(Schema):
    """The key in use; from `expires_at` on it is none."""

    organisation: str
    name: str
    scopes: list[str]
    where: str
    expires_at: datetime
