"""The table of reports that were issued. Rows are written by `issue_actions` alone, each with its row of the journal."""

from django.db import models


class CreditReport(models.Model):
    """One report that was issued: what was in it is not kept, only the digest of its file.

    `about` names the subject as the journal does (`subject:12`; `code:<code>` for the public form); `name` and `code` are as the report
    shows them (a natural person's masked, its code ""). `content` is a digest of what it says, before it had a number. `who` asked, for
    what `purpose`, by which `consent` ("" where none is needed). `certificate` is the SHA-256 of the certificate it was signed under.
    `leaf` is its row of the journal, `binding` its mark under the keys.
    """

    number = models.CharField(primary_key=True, max_length=24)
    form = models.CharField(max_length=8)
    about = models.CharField(max_length=80, db_index=True)
    code = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=400)
    langs = models.CharField(max_length=8)
    content = models.CharField(max_length=64, db_index=True)
    digest = models.CharField(max_length=64, db_index=True)
    size = models.IntegerField()
    certificate = models.CharField(max_length=64)
    test = models.BooleanField()
    who = models.CharField(max_length=80)
    purpose = models.CharField(max_length=400)
    consent = models.CharField(max_length=120, blank=True)
    issued_at = models.DateTimeField(db_index=True)
    leaf = models.BigIntegerField(unique=True)
    binding = models.CharField(max_length=64)

    class Meta:
        db_table = "credit_reports_report"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(form__in=["public", "full"]), name="credit_reports_report_form"
            ),
        ]
