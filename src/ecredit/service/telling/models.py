"""Tables of articles. A version is never written over, an event never changed: what an article is follows from them in order."""

from django.db import models


class Story(models.Model):
    """An article: its number (its public address), its kind, and the organisation that writes it."""

    number = models.IntegerField(unique=True)
    kind = models.CharField(max_length=40)
    organisation = models.CharField(max_length=64)

    class Meta:
        db_table = "telling_story"


class StoryVersion(models.Model):
    """A version as it was written; `document` is canonical JSON, `digest` its SHA-256."""

    story = models.ForeignKey(Story, on_delete=models.PROTECT, related_name="versions")
    version = models.IntegerField()
    document = models.TextField()
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=64)
    leaf = models.BigIntegerField(unique=True)

    class Meta:
        db_table = "telling_version"
        constraints = [
            models.UniqueConstraint(fields=["story", "version"], name="telling_version_once"),
        ]


class StoryPicture(models.Model):
    """A picture as it is shown: drawn anew from its pixels, once more small; `digest` is the SHA-256 of `body`."""

    digest = models.CharField(max_length=64, unique=True)
    media = models.CharField(max_length=32)
    width = models.IntegerField()
    height = models.IntegerField()
    body = models.BinaryField()
    small = models.BinaryField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=64)
    leaf = models.BigIntegerField(unique=True)

    class Meta:
        db_table = "telling_picture"


class StoryEvent(models.Model):
    """Something that happened to a version: looked at, agreed to (from when until when), shown, ended (why)."""

    story = models.ForeignKey(Story, on_delete=models.PROTECT, related_name="events")
    version = models.IntegerField()
    kind = models.CharField(max_length=8, choices=[(k, k) for k in ("looked", "agreed", "shown", "ended")])
    from_at = models.DateTimeField(null=True)
    until_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=16, blank=True)
    words = models.TextField(blank=True)
    asked_by = models.CharField(max_length=64, blank=True)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    leaf = models.BigIntegerField(unique=True)

    class Meta:
        db_table = "telling_event"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind="agreed")
                | models.Q(from_at__isnull=False, until_at__isnull=False, until_at__gt=models.F("from_at")),
                name="telling_event_agreed_from_until",
            ),
            # Agreed to by another than asked for it.
            models.CheckConstraint(
                condition=~models.Q(kind="agreed") | ~models.Q(by=models.F("asked_by")),
                name="telling_event_four_eyes",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="ended") | ~models.Q(why=""), name="telling_event_ended_why"
            ),
        ]
