"""Tables of the versions of grade models. Rows are only added; what a row said is bound by the journal entry at its leaf."""

from django.db import models


class ModelVersion(models.Model):
    """A version of a grade model: the text as it was written, and the model as it was read then, shared parts included.

    `origin` is `first` (the catalogue's file when the home first graded), `draft`, or `rollback` (`same_as` is the number of
    the version it repeats). `label` is what the text itself calls its version. A text that is changed is another version.
    """

    model_id = models.CharField(max_length=64)
    number = models.IntegerField()
    label = models.CharField(max_length=32)
    edition = models.CharField(max_length=12)
    origin = models.CharField(max_length=8)
    same_as = models.IntegerField(null=True)
    text = models.TextField()
    document = models.TextField()
    note = models.TextField(blank=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    leaf = models.BigIntegerField(unique=True)

    class Meta:
        db_table = "evaluation_model_version"
        constraints = [
            models.UniqueConstraint(fields=["model_id", "number"], name="evaluation_model_version_once")
        ]


class ModelAdoption(models.Model):
    """From which day a version is in force, asked for by one person (`by`) and agreed to by another (request `approval`).

    It is in force until the next day on which another version of the same model begins. `trial` is the digest of the dry
    run that both had before them.
    """

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="adoptions")
    model_id = models.CharField(max_length=64)
    from_on = models.DateField()
    trial = models.CharField(max_length=64)
    reason = models.TextField()
    approval = models.BigIntegerField(null=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    leaf = models.BigIntegerField(unique=True)

    class Meta:
        db_table = "evaluation_model_adoption"
        constraints = [
            models.UniqueConstraint(fields=["model_id", "from_on"], name="evaluation_model_one_a_day")
        ]


class ModelTrial(models.Model):
    """A dry run of a version over everybody: what its grades would be, beside those of the models of the day `from_on`.

    `edition` is the version's, `against` that of all models in force on `from_on`; facts are as of `as_of`. `document` is
    the JSON of what was found and `digest` its SHA-256.
    """

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="trials")
    edition = models.CharField(max_length=12)
    against = models.CharField(max_length=12)
    from_on = models.DateField()
    as_of = models.DateField()
    document = models.TextField()
    digest = models.CharField(max_length=64)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    leaf = models.BigIntegerField(unique=True)

    class Meta:
        db_table = "evaluation_model_trial"
