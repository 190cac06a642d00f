"""Tables of leads. A lead is a machine's and is brought up to date by each run; what was decided of it is only added.

`subject_id` is a number, not a relation: as with grades, whom a lead is tied to follows from codes and may change.
"""

from django.db import models


class DetectionRun(models.Model):
    """One look for forged trade: over which lake, by which rules, by which program, and what it found.

    `lake`, `rules` and `manifest` are SHA-256: of the list of the lake's files, of the flags, and of the manifest that lies
    beside the scores in `folder` (below the home).
    """

    as_of = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    lake = models.CharField(max_length=64)
    rules = models.CharField(max_length=64)
    engine = models.CharField(max_length=64)
    edition = models.CharField(max_length=16)
    folder = models.CharField(max_length=300)
    manifest = models.CharField(max_length=64)
    counts = models.JSONField()
    # The version of the weights that were in force; 0: none, the catalogue's caps alone.
    weights = models.IntegerField(default=0)
    not_judged = models.JSONField(default=dict)

    class Meta:
        db_table = "triage_run"


class Finding(models.Model):
    """A lead about a shop, under a name that stays from run to run.

    `document` is the JSON of the evidence as detection gave it, `rows` the JSON list of the ids of the suspect orders (or
    parcels, `rows_of`). `gone`: the last run did not find it again. `returned`: it was decided, and waits again because the
    evidence grew. `record` is the number of the single record put down when it was confirmed.
    """

    finding_id = models.CharField(primary_key=True, max_length=32)
    kind = models.CharField(max_length=32)
    victim = models.BooleanField()
    shop_id = models.CharField(max_length=200)
    shop_name = models.CharField(max_length=300, blank=True)
    platform_id = models.CharField(max_length=200, blank=True)
    operator_uscc = models.CharField(max_length=64, blank=True)
    subject_id = models.BigIntegerField(null=True, db_index=True)
    score = models.FloatField()
    log_odds = models.FloatField()
    row_count = models.IntegerField()
    window_from = models.DateTimeField(null=True)
    window_to = models.DateTimeField(null=True)
    state = models.CharField(max_length=12)
    gone = models.BooleanField(default=False)
    returned = models.BooleanField(default=False)
    first_run = models.ForeignKey(DetectionRun, on_delete=models.PROTECT, related_name="+")
    last_run = models.ForeignKey(DetectionRun, on_delete=models.PROTECT, related_name="+")
    rows_of = models.CharField(max_length=12)
    rows = models.TextField()
    document = models.TextField()
    digest = models.CharField(max_length=64)
    record = models.BigIntegerField(null=True)

    class Meta:
        db_table = "triage_finding"
        indexes = [models.Index(fields=["state", "gone", "-score"], name="triage_finding_queue")]


class FindingDecision(models.Model):
    """What an officer decided of a finding, and on what: kind, shop's name, window, score and rows as they were then, by the
    digest of the evidence. A record of a confirmed finding says these, whatever later runs find."""

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=12)
    reason = models.CharField(max_length=32)
    words = models.TextField(blank=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    leaf = models.BigIntegerField(unique=True)
    kind = models.CharField(max_length=32)
    shop_name = models.CharField(max_length=300, blank=True)
    window_from = models.DateTimeField(null=True)
    window_to = models.DateTimeField(null=True)
    score = models.FloatField()
    rows = models.TextField()
    digest = models.CharField(max_length=64)
    # The flags that spoke in the evidence.
    flags = models.JSONField(default=list)

    class Meta:
        db_table = "triage_decision"


class FlagWeights(models.Model):
    """A version of what decided findings taught: by flag, what its cap is multiplied by. The last is in force."""

    version = models.IntegerField(primary_key=True)
    factors = models.JSONField()
    reason = models.TextField()
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    leaf = models.BigIntegerField(unique=True)

    class Meta:
        db_table = "triage_weights"
