"""Tables of what runs in the background."""

from django.db import models


class Job(models.Model):
    """Work longer than a page may take: who started it, how far it is, what came of it.

    `params` and `result` hold no personal data. A worker that takes the job raises `attempts`, which is the lock, and moves
    `beat_at` while it lives; a job whose beat has stopped is taken up by another. `binding` ties what was asked, and who asked
    by which right, to the home's keys: a job changed or put in by hand is not done.
    """

    kind = models.CharField(max_length=32)
    params = models.JSONField(default=dict)
    organisation = models.CharField(max_length=64, blank=True, db_index=True)
    state = models.CharField(max_length=12)
    # At most one job of a key: a run of the schedule is started once, however many workers look at the clock.
    key = models.CharField(max_length=100, null=True, unique=True)
    cancel_asked = models.BooleanField(default=False)
    progress = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    message_zh = models.CharField(max_length=300, blank=True)
    message_en = models.CharField(max_length=300, blank=True)
    result = models.JSONField(default=dict)
    started_by = models.CharField(max_length=64)
    started_right = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    worker = models.CharField(max_length=64, blank=True)
    beat_at = models.DateTimeField(null=True)
    binding = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "operation_job"
        indexes = [models.Index(fields=["state", "id"], name="operation_job_state")]


class KeptAnswer(models.Model):
    """The answer to a request that must happen once, under the key its sender gave it; `asked` is a digest of the request."""

    who = models.CharField(max_length=64)
    key = models.CharField(max_length=128)
    asked = models.CharField(max_length=64)
    answer = models.JSONField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "operation_kept_answer"
        constraints = [models.UniqueConstraint(fields=["who", "key"], name="operation_answer_once")]


class SingleRecord(models.Model):
    """A record that came by itself, on its way into a batch with others of its source and supplier.

    `cells` is what was sent, sealed for this organisation, source and right, until it is collected. `job` has taken it up; `line` is its
    line in the batch. `refusal` is the code of the error for which it could not be collected, with its sentence; what was
    sent then stays.
    """

    organisation = models.CharField(max_length=64)
    source_id = models.CharField(max_length=64)
    right = models.CharField(max_length=64)
    cells = models.TextField()
    received_at = models.DateTimeField()
    job_id = models.BigIntegerField(null=True)
    batch_id = models.BigIntegerField(null=True)
    line = models.BigIntegerField(null=True)
    refusal = models.CharField(max_length=64, blank=True)
    refusal_zh = models.TextField(blank=True)
    refusal_en = models.TextField(blank=True)

    class Meta:
        db_table = "operation_single_record"
        indexes = [
            # What waits, and nothing else.
            models.Index(
                fields=["id"],
                condition=models.Q(batch_id__isnull=True, refusal=""),
                name="operation_record_waiting",
            )
        ]


class Webhook(models.Model):
    """Where an organisation wants to be told; `secret` is sealed. `failures` tries in a row failed; until `rests_until` it is
    left alone, whatever waits for it."""

    organisation = models.CharField(max_length=64, unique=True)
    url = models.CharField(max_length=500)
    secret = models.TextField()
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=64)
    failures = models.IntegerField(default=0)
    rests_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "operation_webhook"


class WebhookCall(models.Model):
    """One telling: of which job, how often tried, when next. `state`: waiting, told, failed."""

    organisation = models.CharField(max_length=64)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="calls")
    state = models.CharField(max_length=12)
    attempts = models.IntegerField(default=0)
    next_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # What came of the last try: an HTTP status or a word of ours.
    outcome = models.CharField(max_length=40, blank=True)

    class Meta:
        db_table = "operation_webhook_call"
        indexes = [
            models.Index(fields=["state", "organisation", "next_at"], name="operation_call_due"),
            models.Index(fields=["organisation", "id"], name="operation_call_of"),
        ]
