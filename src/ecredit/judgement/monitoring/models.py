"""Tables of reports on platforms. A version is never written over: another is made, and what was signed stays with its dates."""

from django.db import models


class MonitorReport(models.Model):
    """One version of a report: on a platform (its code; "" for the city) and a period.

    `document` is canonical JSON, `digest` its SHA-256; `withdraws`: this version says only that there is none any more, and why.
    """

    period = models.CharField(max_length=8)
    platform = models.CharField(max_length=18, blank=True)
    name = models.CharField(max_length=200)
    version = models.IntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    document = models.TextField()
    digest = models.CharField(max_length=64)
    reason = models.TextField(blank=True)
    withdraws = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=64)
    made_leaf = models.BigIntegerField(unique=True)
    asked_by = models.CharField(max_length=64, blank=True)
    signed_at = models.DateTimeField(null=True)
    signed_by = models.CharField(max_length=64, blank=True)
    signed_leaf = models.BigIntegerField(unique=True, null=True)

    class Meta:
        db_table = "monitoring_report"
        constraints = [
            models.UniqueConstraint(fields=["period", "platform", "version"], name="monitoring_report_once"),
            models.CheckConstraint(
                condition=models.Q(signed_at=None, signed_leaf=None, signed_by="")
                | models.Q(signed_at__isnull=False, signed_leaf__isnull=False) & ~models.Q(signed_by=""),
                name="monitoring_report_signed",
            ),
            # Signed by another than asked for it.
            models.CheckConstraint(
                condition=models.Q(signed_by="") | ~models.Q(signed_by=models.F("asked_by")),
                name="monitoring_report_four_eyes",
            ),
        ]


class MonitorComment(models.Model):
    """What an officer said of a version."""

    report = models.ForeignKey(MonitorReport, on_delete=models.PROTECT, related_name="comments")
    words = models.TextField()
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    leaf = models.BigIntegerField(unique=True)

    class Meta:
        db_table = "monitoring_comment"
