"""Tables of commitments made here and of cases about broken ones. What happens is only added, as events; the commitment or
case itself stands as its last event left it, and the audit holds the one against the other.

The fact is a record of the ledger (source `commitment`); here is how it came to be. `subject_id` is a number, not a relation:
who is who follows from codes and may change.
"""

from django.db import models


class Commitment(models.Model):
    """A commitment made here: by which version of which template, filled in how, until when, and by whom.

    `content` is the text as the record has it, `digest` is over all that is said here. `record` is the number of the single
    record it became. `scan`: SHA-256 of the signed paper, kept sealed.
    """

    number = models.CharField(max_length=64, unique=True)
    template = models.CharField(max_length=64)
    version = models.IntegerField()
    way = models.CharField(max_length=8)
    subject_id = models.BigIntegerField(null=True, db_index=True)
    uscc = models.CharField(max_length=32, blank=True, db_index=True)
    name = models.CharField(max_length=200)
    is_person = models.BooleanField()
    organisation = models.CharField(max_length=64, blank=True)
    content = models.TextField()
    answers = models.JSONField()
    committed_on = models.DateField()
    valid_until = models.DateField()
    accepted_by = models.CharField(max_length=64)
    replaces = models.CharField(max_length=64, blank=True)
    scan = models.CharField(max_length=64, blank=True)
    record = models.BigIntegerField(null=True)
    stand = models.CharField(max_length=12)
    digest = models.CharField(max_length=64)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    leaf = models.BigIntegerField(unique=True)

    class Meta:
        db_table = "commitments_commitment"
        indexes = [models.Index(fields=["stand", "valid_until"], name="commitments_running_out")]


class CommitmentEvent(models.Model):
    """Withdrawn or replaced, on which day, why."""

    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="events")
    act = models.CharField(max_length=12)
    on = models.DateField()
    reason = models.TextField(blank=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    leaf = models.BigIntegerField(unique=True)

    class Meta:
        db_table = "commitments_event"


class CommitmentReminder(models.Model):
    """That a commitment's end was told of: which of the catalogue's days before the end, on which day, by which job. Said once."""

    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="reminders")
    days = models.IntegerField()
    on = models.DateField()
    job = models.BigIntegerField(db_index=True)
    at = models.DateTimeField()
    leaf = models.BigIntegerField()

    class Meta:
        db_table = "commitments_reminder"
        constraints = [
            models.UniqueConstraint(fields=["commitment", "days"], name="commitments_reminded_once")
        ]


class BreachCase(models.Model):
    """A case: whether a commitment of the ledger was broken. `opened_for`: the department or organisation that opened it."""

    doc_key = models.CharField(max_length=64, db_index=True)
    entry = models.BigIntegerField()
    commitment_no = models.CharField(max_length=128)
    accepted_by = models.CharField(max_length=200)
    subject_id = models.BigIntegerField(db_index=True)
    name = models.CharField(max_length=200)
    organisation = models.CharField(max_length=64, blank=True, db_index=True)
    opened_for = models.CharField(max_length=64)
    ground = models.CharField(max_length=32)
    topic = models.CharField(max_length=16)
    state = models.CharField(max_length=12, db_index=True)
    opened_on = models.DateField()
    answer_until = models.DateField(null=True)
    breach_on = models.DateField(null=True)

    class Meta:
        db_table = "commitments_case"


class BreachEvent(models.Model):
    """One thing that happened in a case. Never changed, never removed; `leaf` is the journal's row with its digest."""

    case = models.ForeignKey(BreachCase, on_delete=models.PROTECT, related_name="events")
    act = models.CharField(max_length=12)
    state = models.CharField(max_length=12)
    words = models.TextField(blank=True)
    evidence = models.JSONField(default=list)
    on = models.DateField()
    answer_until = models.DateField(null=True)
    breach_on = models.DateField(null=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    leaf = models.BigIntegerField(unique=True)

    class Meta:
        db_table = "commitments_case_event"
