"""The table of back-tests that were run. Rows are only added; the journal holds the digest of each."""

from django.db import models


class BacktestRun(models.Model):
    """One back-test: of which day, how many months were looked ahead, and its whole report as canonical JSON.

    `digest` is the SHA-256 of `document`, which holds numbers and shares, nothing about a single subject.
    """

    on = models.DateField()
    months = models.IntegerField()
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    document = models.TextField()
    digest = models.CharField(max_length=64)

    class Meta:
        db_table = "evaluation_backtest"
