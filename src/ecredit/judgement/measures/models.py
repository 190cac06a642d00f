"""Tables of early warnings. What happens to a warning is only added, as an event; the warning itself stands as its last event
left it, and the audit holds the one against the other.

`subject_id` is a number, not a relation: as with grades and findings, who is who follows from codes and may change.
"""

from django.db import models


class WarningRun(models.Model):
    """One look at all rules: for which day, under which edition of the catalogue, and what it did."""

    as_of = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    edition = models.CharField(max_length=16)
    counts = models.JSONField()

    class Meta:
        db_table = "measures_warning_run"


class EarlyWarning(models.Model):
    """A warning under a rule about one thing of somebody's (`key` is a digest of the three, so there is never a second one).

    `about` is `subject:<id>`, `organisation:<id>` or `shop:<id>`. `holds`: the last run found it so. `gravity` says how bad it
    is, on a scale of its rule's kind. `facts` is the JSON list of what it rests on, `document` the JSON of all that is shown:
    words of the rule as they were, values, records, clause, addressees.
    """

    key = models.CharField(max_length=32, unique=True)
    rule = models.CharField(max_length=64)
    about = models.CharField(max_length=240)
    subject_id = models.BigIntegerField(null=True, db_index=True)
    severity = models.CharField(max_length=12)
    state = models.CharField(max_length=16)
    holds = models.BooleanField()
    gravity = models.IntegerField()
    opened_on = models.DateField()
    due_on = models.DateField()
    escalates_on = models.DateField()
    facts = models.TextField()
    document = models.TextField()

    class Meta:
        db_table = "measures_warning"
        indexes = [
            models.Index(fields=["state", "due_on", "id"], name="measures_warning_inbox"),
            models.Index(fields=["rule", "state"], name="measures_warning_rule"),
        ]


class WarningAddressee(models.Model):
    """One who is told of a warning; `answers`: from whom an answer is expected; `answered`: who has given it."""

    warning = models.ForeignKey(EarlyWarning, on_delete=models.PROTECT, related_name="addressees")
    kind = models.CharField(max_length=12)
    organisation = models.CharField(max_length=64)
    answers = models.BooleanField()
    answered = models.BooleanField(default=False)

    class Meta:
        db_table = "measures_addressee"
        constraints = [
            models.UniqueConstraint(fields=["warning", "organisation"], name="measures_addressee_once")
        ]
        indexes = [models.Index(fields=["organisation", "warning"], name="measures_addressee_inbox")]


class WarningEvent(models.Model):
    """One thing that happened to a warning, and how it stood afterwards. Never changed, never removed.

    `leaf` is the journal's row that holds the digest of this event. `facts` and `document` are empty where they stayed as they
    were. Only a person's events have `words`; the others the run that made them. `organisations`: for whom an answer was given.
    """

    warning = models.ForeignKey(EarlyWarning, on_delete=models.PROTECT, related_name="events")
    run = models.ForeignKey(WarningRun, on_delete=models.PROTECT, null=True, related_name="events")
    act = models.CharField(max_length=16)
    state = models.CharField(max_length=16)
    holds = models.BooleanField()
    gravity = models.IntegerField()
    due_on = models.DateField()
    escalates_on = models.DateField()
    facts = models.TextField(blank=True)
    document = models.TextField(blank=True)
    reason = models.CharField(max_length=32, blank=True)
    words = models.TextField(blank=True)
    organisations = models.JSONField(default=list)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    leaf = models.BigIntegerField(db_index=True)

    class Meta:
        db_table = "measures_event"
        indexes = [models.Index(fields=["act", "warning"], name="measures_event_act")]
