"""Tables of shown ratings, and of what was shown before. A rating is a machine's and is brought up to date by each run; the journal holds a digest of all.

`subject_id` is a number, not a relation: as with grades, whom a shop is tied to follows from codes and may change.
"""

from django.db import models


class RatingRun(models.Model):
    """One rating of the city: for which day, of which lake, under which rules, by which program.

    `lake`, `rules`, `confirmed`, `filed` and `digest` are SHA-256: of the list of the lake's files, of flags and rules of rating,
    of the trade officers found forged, of the ratings departments and platforms filed, and of all the rows it left standing.
    """

    as_of = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    lake = models.CharField(max_length=64)
    rules = models.CharField(max_length=64)
    engine = models.CharField(max_length=64)
    confirmed = models.CharField(max_length=64)
    filed = models.CharField(max_length=64)
    edition = models.CharField(max_length=16)
    digest = models.CharField(max_length=64)
    counts = models.JSONField()

    class Meta:
        db_table = "evaluation_rating_run"


class ShownRating(models.Model):
    """What is shown of one who is rated, under one rule (a direction). `rated` is a shop's token, or S and a subject's number.

    `document` is the JSON of all figures but the first three; `last_run` the run that last changed anything of it.
    """

    rule = models.CharField(max_length=32)
    rule_version = models.CharField(max_length=32)
    rated = models.CharField(max_length=200)
    name = models.CharField(max_length=300, blank=True)
    platform_id = models.CharField(max_length=200, blank=True)
    operator_uscc = models.CharField(max_length=64, blank=True)
    disputed = models.BooleanField(default=False)
    subject_id = models.BigIntegerField(null=True, db_index=True)
    rating = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    ratings = models.IntegerField()
    document = models.TextField()
    last_run = models.ForeignKey(RatingRun, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "evaluation_shown_rating"
        constraints = [models.UniqueConstraint(fields=["rule", "rated"], name="evaluation_shown_rating_once")]


class PastRating(models.Model):
    """What a run left shown of one who is rated, where it differs from what was shown before; None where nothing is any more.

    Rows are only added. The journal's entry of the run holds a digest of its rows.
    """

    run = models.ForeignKey(RatingRun, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=32)
    rated = models.CharField(max_length=200)
    rating = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    ratings = models.IntegerField()

    class Meta:
        db_table = "evaluation_past_rating"
        constraints = [
            models.UniqueConstraint(fields=["rule", "rated", "run"], name="evaluation_past_rating_once")
        ]
