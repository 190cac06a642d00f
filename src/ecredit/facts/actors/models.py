"""Tables: organisations that send, the journal of what was done, and the log that seals both.

No business logic here. The journal and the log are append-only by convention of the actions and by proof of the
audit: a row changed behind the log's back no longer hashes to its leaf.
"""

from django.db import models


class Organisation(models.Model):
    """A supplier that is not a department (departments are catalogue data with their predecessors)."""

    id = models.SlugField(primary_key=True, max_length=64)
    name = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=32)
    uscc = models.CharField(max_length=18, blank=True)
    registered_at = models.DateTimeField()
    registered_by = models.CharField(max_length=64)

    class Meta:
        db_table = "actors_organisation"


class JournalEntry(models.Model):
    """Who did what, when, by which right. `leaf` is the entry's place in the transparency log."""

    leaf = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    who = models.CharField(max_length=64)
    right = models.CharField(max_length=64)
    verb = models.CharField(max_length=64)
    object = models.CharField(max_length=200)
    detail = models.TextField()

    class Meta:
        db_table = "actors_journal"
        indexes = [models.Index(fields=["object"], name="actors_journal_object")]


class LogTile(models.Model):
    """256 hashes of one level of the Merkle tree (C2SP tlog-tiles); the right edge is a shorter tile."""

    level = models.IntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        db_table = "actors_log_tile"
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="actors_log_tile_place")]


class LogHead(models.Model):
    """A signed tree head; every one ever signed is kept, so that consistency can be shown from any to any."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    signed_at = models.DateTimeField()
    checkpoint = models.TextField()

    class Meta:
        db_table = "actors_log_head"


class LogState(models.Model):
    """One row: how far the log has grown. Locked for update by whoever appends, so that leaves have one order."""

    id = models.IntegerField(primary_key=True)
    size = models.BigIntegerField(default=0)
    last_at = models.DateTimeField(null=True)
    # The log's name in its signed heads (C2SP: a schema-less URL); set once when the home is made.
    origin = models.CharField(max_length=200, default="ecredit.local/log")

    class Meta:
        db_table = "actors_log_state"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="actors_log_state_single")]
