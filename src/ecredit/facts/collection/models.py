"""Tables of what came in."""

from django.db import models


class Batch(models.Model):
    """One file of one source from one supplier, and how far it has come.

    The counts are the fates of its rows; they grow in the same transactions as the ledger, so at any kill they say
    what is there. `posted_line` is the last line whose fate is decided. `state` is `posting`, `done` or, taken
    back as a whole, `withdrawn`.
    """

    source_id = models.CharField(max_length=64)
    supplier = models.CharField(max_length=64)
    sent_by = models.CharField(max_length=64)
    filename = models.CharField(max_length=300)
    digest = models.CharField(max_length=64)
    size = models.BigIntegerField()
    state = models.CharField(max_length=12)
    received_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    edition = models.CharField(max_length=16)
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT)
    # Nobody said which batch it corrects: its file has the same name.
    corrects_guessed = models.BooleanField(default=False)
    posted_line = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    superseded = models.BigIntegerField(default=0)
    duplicate = models.BigIntegerField(default=0)
    quarantined = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    late = models.BigIntegerField(default=0)
    cleared = models.BigIntegerField(default=0)
    problems = models.BigIntegerField(default=0)
    warnings = models.BigIntegerField(default=0)
    # How often each rule was broken, by rule id.
    problem_counts = models.JSONField(default=dict)
    note = models.TextField(blank=True)

    class Meta:
        db_table = "collection_batch"
        constraints = [
            models.UniqueConstraint(
                fields=["source_id", "supplier", "digest", "edition"],
                # What was taken back may be sent again.
                condition=~models.Q(state="withdrawn"),
                name="collection_batch_once",
            ),
            models.CheckConstraint(
                name="collection_batch_fates_add_up",
                condition=models.Q(
                    rows=models.F("accepted")
                    + models.F("superseded")
                    + models.F("duplicate")
                    + models.F("quarantined")
                    + models.F("refused")
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["source_id", "supplier", "received_at"], name="collection_batch_register"),
            models.Index(fields=["received_at"], name="collection_batch_received"),
            models.Index(fields=["supplier", "received_at"], name="collection_batch_of_supplier"),
        ]


class HeldRow(models.Model):
    """A row that waits: for the supplier's correction (`held`) or for an officer's answer (`review`).

    `cells` is the row as sent, sealed, because it may hold anything. `state` ends as `cleared` (a later row of the
    same document was accepted), `replaced` (a later one waits in its stead), `released` (an officer said who it is
    about) `dropped` (an officer said it is nothing) or `withdrawn` (its batch was taken back).
    """

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT)
    line = models.BigIntegerField()
    doc_key = models.CharField(max_length=32, blank=True, db_index=True)
    rules = models.CharField(max_length=300)
    cells = models.TextField()
    state = models.CharField(max_length=12)
    ended_by_batch = models.BigIntegerField(null=True)
    ended_leaf = models.BigIntegerField(null=True)

    class Meta:
        db_table = "collection_held_row"
        constraints = [models.UniqueConstraint(fields=["batch", "line"], name="collection_held_once")]
        indexes = [
            # What waits is counted and found from this index alone.
            models.Index(fields=["state", "batch", "rules"], name="collection_held_waiting"),
            # What a batch put right.
            models.Index(
                fields=["ended_by_batch", "batch", "state"],
                condition=models.Q(ended_by_batch__isnull=False),
                name="collection_held_ended",
            ),
        ]
