"""Tables of the ledger."""

from django.db import models

from ecredit.facts.subjects.models import CreditSubject


class CreditRecord(models.Model):
    """One ledger entry: a version of a document, or its correction or withdrawal. Never updated, never deleted.

    `leaf` is its place in the log. `valid_from`/`valid_to` say when it is true in the world (half-open), `known_at`
    when we learned it. `content` is the JSON object of the values by column code (empty ones left out; identity
    numbers and telephones sealed); `original` holds the text as sent where reading changed it.
    """

    leaf = models.BigIntegerField(primary_key=True)
    verb = models.CharField(max_length=12)
    source_id = models.CharField(max_length=64)
    doc_key = models.CharField(max_length=32, db_index=True)
    subject = models.ForeignKey(CreditSubject, on_delete=models.PROTECT, db_index=False)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    known_at = models.DateTimeField()
    supplier = models.CharField(max_length=64)
    batch_id = models.BigIntegerField(null=True)
    line = models.BigIntegerField(null=True)
    edition = models.CharField(max_length=16)
    content = models.TextField()
    original = models.TextField()

    class Meta:
        db_table = "records_entry"
        indexes = [
            models.Index(fields=["subject", "leaf"], name="records_entry_file"),
            # What was withdrawn lately is asked after every file, and few entries withdraw.
            models.Index(
                fields=["leaf"], condition=models.Q(verb="withdraw"), name="records_entry_withdrawn"
            ),
        ]


class MirrorPart(models.Model):
    """A Parquet file of the lake that mirrors the entries of one source between two leaves (both included)."""

    source_id = models.CharField(max_length=64)
    first_leaf = models.BigIntegerField()
    last_leaf = models.BigIntegerField()
    rows = models.BigIntegerField()
    path = models.CharField(max_length=300)
    digest = models.CharField(max_length=64)

    class Meta:
        db_table = "records_mirror_part"
        constraints = [
            models.UniqueConstraint(fields=["source_id", "first_leaf"], name="records_mirror_once")
        ]
