"""Tables of documents that are signed, of their signatures, and of test certificates. Rows are written by the actions alone,
each with its row of the journal."""

from django.db import models


class SignDocument(models.Model):
    """One version of a document that another room offered to be signed.

    `key` is what that room calls it, `version` counts what was offered under it. `about` names whom it concerns, as the journal does;
    `organisation` whose person may sign. `content` is sealed; `digest` is the SHA-256 of the bytes that are signed. `edition` says which
    version of a text it was made by. `leaf` is its row of the journal, `binding` its mark under the keys.
    """

    number = models.CharField(primary_key=True, max_length=24)
    key = models.CharField(max_length=80)
    version = models.IntegerField()
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    about = models.CharField(max_length=80, db_index=True)
    organisation = models.CharField(max_length=64, db_index=True)
    media = models.CharField(max_length=40)
    edition = models.CharField(max_length=80, blank=True)
    digest = models.CharField(max_length=64, db_index=True)
    size = models.IntegerField()
    content = models.BinaryField()
    offered_at = models.DateTimeField()
    offered_by = models.CharField(max_length=80)
    withdrawn_at = models.DateTimeField(null=True)
    leaf = models.BigIntegerField(unique=True)
    binding = models.CharField(max_length=64)

    class Meta:
        db_table = "signatures_document"
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="signatures_document_version"),
        ]


class DocumentSignature(models.Model):
    """One signature on one version of a document, by a person.

    `raw` is the signature (detached CMS) or the signed PDF, sealed; `digest` the SHA-256 of its bytes. `certificate` is the SHA-256 of the
    certificate, `signer` whom that names; `said_at` when the signature says it was made, `received_at` when it came.
    """

    number = models.CharField(primary_key=True, max_length=24)
    document = models.ForeignKey(SignDocument, on_delete=models.PROTECT, related_name="signatures")
    form = models.CharField(max_length=8)
    way = models.CharField(max_length=16)
    who = models.CharField(max_length=80, db_index=True)
    signer = models.CharField(max_length=200)
    certificate = models.CharField(max_length=64, db_index=True)
    test = models.BooleanField()
    said_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    digest = models.CharField(max_length=64, unique=True)
    raw = models.BinaryField()
    leaf = models.BigIntegerField(unique=True)
    binding = models.CharField(max_length=64)

    class Meta:
        db_table = "signatures_signature"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(form__in=["cms", "pdf"]), name="signatures_signature_form"
            ),
            models.CheckConstraint(
                condition=models.Q(way__in=["key_file", "uploaded"]), name="signatures_signature_way"
            ),
            models.UniqueConstraint(fields=["document", "who", "form"], name="signatures_signature_once"),
        ]


class PersonCertificate(models.Model):
    """A certificate the home's test authority gave somebody. Its key was handed over and is kept nowhere.

    `serial` in hexadecimal; `digest` is the SHA-256 of the certificate.
    """

    serial = models.CharField(primary_key=True, max_length=40)
    who = models.CharField(max_length=80, db_index=True)
    organisation = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    leaf = models.BigIntegerField(unique=True)
    binding = models.CharField(max_length=64)

    class Meta:
        db_table = "signatures_person_certificate"
