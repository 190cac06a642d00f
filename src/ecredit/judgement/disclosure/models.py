"""Tables of disclosure. What happens to a gap is only added, as an event; the gap itself stands as its last event left it, and the
audit holds the one against the other. A page is kept as it came, sealed."""

from django.db import models


class DisclosurePage(models.Model):
    """A page that was looked at: whose, where and when it was seen, and by whom it was sent.

    `content` is the page as it came, packed and sealed; `digest` the SHA-256 of it as it came, `document` the JSON of what each check
    said. `inspected`: an officer of the city sent it, not the platform.
    """

    platform = models.CharField(max_length=18, db_index=True)
    kind = models.CharField(max_length=16)
    url = models.CharField(max_length=300)
    subject = models.CharField(max_length=18, blank=True)
    seen_at = models.DateTimeField()
    ends_on = models.DateField(null=True)
    digest = models.CharField(max_length=64)
    size = models.IntegerField()
    encoding = models.CharField(max_length=16)
    content = models.BinaryField()
    document = models.TextField()
    inspected = models.BooleanField()
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    leaf = models.BigIntegerField(unique=True)

    class Meta:
        db_table = "disclosure_page"
        indexes = [models.Index(fields=["platform", "url", "seen_at"], name="disclosure_page_of")]


class DisclosureGap(models.Model):
    """Something of a platform's that is missing or late (`key` is a digest of check, platform and thing).

    `content` is what was seen, by which a change of it is told; `document` the JSON of all that is shown. `late`: by how many days.
    `holds`: the last look found it so. `inspected`: an officer's page showed it.
    """

    key = models.CharField(max_length=32, unique=True)
    check_id = models.CharField(max_length=64)
    platform = models.CharField(max_length=18, db_index=True)
    organisation = models.CharField(max_length=64)
    state = models.CharField(max_length=12)
    holds = models.BooleanField()
    inspected = models.BooleanField()
    found_on = models.DateField()
    due_on = models.DateField()
    late = models.IntegerField(null=True)
    content = models.TextField()
    document = models.TextField()
    confirmed_on = models.DateField(null=True)

    class Meta:
        db_table = "disclosure_gap"
        indexes = [
            models.Index(fields=["state", "due_on", "id"], name="disclosure_gap_inbox"),
            models.Index(fields=["organisation", "state"], name="disclosure_gap_of"),
        ]


class DisclosureEvent(models.Model):
    """One thing that happened to a gap, and how it stood afterwards. Never changed, never removed.

    `leaf` is the journal's row that holds the digest of this event. `document` is empty where it stayed as it was.
    """

    gap = models.ForeignKey(DisclosureGap, on_delete=models.PROTECT, related_name="events")
    act = models.CharField(max_length=12)
    state = models.CharField(max_length=12)
    holds = models.BooleanField()
    inspected = models.BooleanField()
    due_on = models.DateField()
    late = models.IntegerField(null=True)
    confirmed_on = models.DateField(null=True)
    document = models.TextField(blank=True)
    words = models.TextField(blank=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    leaf = models.BigIntegerField(db_index=True)

    class Meta:
        db_table = "disclosure_event"
