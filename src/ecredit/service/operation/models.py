"""Tables of what runs in the background."""

from django.db import models


class Job(models.Model):
    """Work longer than a page may take: who started it, how far it is, what came of it.

    `params` and `result` hold no personal data. A worker that takes the job raises `attempts`, which is the lock, and moves
    `beat_at` while it lives; a job whose beat has stopped is taken up by another.
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

    class Meta:
        db_table = "operation_job"
        indexes = [models.Index(fields=["state", "id"], name="operation_job_state")]
