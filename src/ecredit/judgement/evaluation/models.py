"""Tables of grades. Rows are only added; of a subject's rows exactly one is current.

`subject_id` is a number, not a relation: grades are computed from the lake's picture of who is who, which is written before
them, and a full regrade must not look up half a million subjects one by one.
"""

from django.db import models

from ecredit.judgement.evaluation.backtest_models import BacktestRun
from ecredit.judgement.evaluation.rating_models import PastRating, RatingRun, ShownRating
from ecredit.judgement.evaluation.version_models import ModelAdoption, ModelTrial, ModelVersion

__all__ = [
    "BacktestRun",
    "Grade",
    "ModelAdoption",
    "ModelEdition",
    "ModelTrial",
    "ModelVersion",
    "PastRating",
    "RatingRun",
    "Run",
    "ShownRating",
]


class ModelEdition(models.Model):
    """A model as it was when it graded, whole, so that an old grade can be read and computed again."""

    edition = models.CharField(primary_key=True, max_length=12)
    model_id = models.CharField(max_length=64)
    version = models.CharField(max_length=32)
    document = models.TextField()
    first_used_at = models.DateTimeField()

    class Meta:
        db_table = "evaluation_model_edition"


class Run(models.Model):
    """One evaluation: for which day, how far into the ledger, under which models, and what it did.

    `picture` is the file of the lake with who was who then; the next run compares it with today's.
    """

    as_of = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    models_edition = models.CharField(max_length=12)
    through_leaf = models.BigIntegerField()
    picture = models.CharField(max_length=300)
    full = models.BooleanField()
    why_full = models.CharField(max_length=32, blank=True)
    counts = models.JSONField()

    class Meta:
        db_table = "evaluation_run"


class Grade(models.Model):
    """The grade of one subject as one evaluation gave it; the id grows with every change of any subject's grade.

    `findings` is the JSON list reason_texts puts in words. `digest` tells whether a new judgement differs. `model_id` is
    empty on the row that ends a subject's grades (merged into another, or no model fits).
    """

    subject_id = models.BigIntegerField()
    model_id = models.CharField(max_length=64, blank=True)
    model_version = models.CharField(max_length=32, blank=True)
    edition = models.CharField(max_length=12, blank=True)
    grade = models.CharField(max_length=8, null=True)
    score = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    findings = models.TextField()
    as_of = models.DateField()
    computed_at = models.DateTimeField()
    valid_until = models.DateField(null=True)
    through_leaf = models.BigIntegerField()
    public = models.BooleanField()
    digest = models.BigIntegerField()
    is_current = models.BooleanField()

    class Meta:
        db_table = "evaluation_grade"
        constraints = [
            models.UniqueConstraint(
                fields=["subject_id"],
                condition=models.Q(is_current=True),
                name="evaluation_grade_one_current",
            ),
            models.CheckConstraint(
                name="evaluation_grade_model_or_end",
                condition=models.Q(model_id="", edition="", score__isnull=True, grade__isnull=True)
                | (~models.Q(model_id="") & ~models.Q(edition="") & models.Q(score__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["subject_id", "id"], name="evaluation_grade_history"),
            # Everything a run compares with and every count of grades is read from this index alone.
            models.Index(
                fields=["model_id", "grade", "subject_id", "digest", "as_of", "valid_until"],
                condition=models.Q(is_current=True),
                name="evaluation_grade_compare",
            ),
        ]
