"""The manifest of the lake of trade: which batches came, and which files hold their rows."""

from django.db import models


class TradeBatch(models.Model):
    """One trade table of one folder from one supplier.

    `state` is `open` until its files are in their places and everything about it is committed, then `done`: what an open
    one left behind is nobody's and swept away. `columns` are the table's columns that were there; `digest` is over the
    table's files.
    """

    table = models.CharField(max_length=32)
    supplier = models.CharField(max_length=64)
    supplier_kind = models.CharField(max_length=32)
    folder = models.CharField(max_length=300)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=8)
    received_at = models.DateTimeField()
    edition = models.CharField(max_length=16)
    columns = models.JSONField(default=list)
    rows = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    superseded = models.BigIntegerField(default=0)
    duplicate = models.BigIntegerField(default=0)
    quarantined = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    problems = models.BigIntegerField(default=0)
    warnings = models.BigIntegerField(default=0)
    # How often each rule was broken, by rule id.
    problem_counts = models.JSONField(default=dict)
    notes = models.JSONField(default=list)

    class Meta:
        db_table = "market_batch"
        constraints = [
            models.UniqueConstraint(
                fields=["table", "supplier", "digest", "edition"],
                condition=models.Q(state="done"),
                name="market_batch_once",
            ),
            models.CheckConstraint(
                name="market_batch_fates_add_up",
                condition=models.Q(
                    rows=models.F("accepted")
                    + models.F("superseded")
                    + models.F("duplicate")
                    + models.F("quarantined")
                    + models.F("refused")
                ),
            ),
        ]
        indexes = [models.Index(fields=["table", "state"], name="market_batch_of_table")]


class TradePart(models.Model):
    """A file of the lake, written once. `kind` is `rows`, `superseded` (keys of older rows that count no more) or `held`.

    `name` is relative to the lake of trade; `day` is of the table's own instant, empty where a row has none.
    """

    batch = models.ForeignKey(TradeBatch, on_delete=models.PROTECT)
    kind = models.CharField(max_length=12)
    day = models.CharField(max_length=10, blank=True)
    name = models.CharField(max_length=200, unique=True)
    rows = models.BigIntegerField()
    size = models.BigIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        db_table = "market_part"
