"""Tables of badges. Rows are written by runs of `issue_actions` and `revoke_actions` alone, and bound to the keys."""

from django.db import models


class BadgeCity(models.Model):
    """As what the city signed: its address, its DID, its name. Another address is another row; older badges keep theirs."""

    site = models.CharField(max_length=200)
    issuer = models.CharField(max_length=260)
    name = models.CharField(max_length=200)

    class Meta:
        db_table = "badges_city"
        constraints = [models.UniqueConstraint(fields=["site", "issuer", "name"], name="badges_city_once")]


class Badge(models.Model):
    """One badge, from its issue on.

    `place` is where its revocation stands: list × 2^20 + index, never given twice. `claims` is JSON of what it says of the subject
    (`badge_rows`), `content` a digest of it. `seed` gives the salts of the selective form, `signatures` are four of 64
    bytes. `ended_why`: changed, gone, closed, officer; "" while it is live. `leaf` is the journal row of the run that wrote it last,
    `binding` its mark under the keys.
    """

    badge_id = models.CharField(primary_key=True, max_length=12)
    code = models.CharField(max_length=64, db_index=True)
    place = models.BigIntegerField(unique=True)
    city = models.ForeignKey(BadgeCity, on_delete=models.PROTECT, related_name="+")
    claims = models.TextField()
    content = models.CharField(max_length=32)
    seed = models.BinaryField()
    signatures = models.BinaryField()
    kid = models.CharField(max_length=8)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    issued_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=12, blank=True)
    successor = models.CharField(max_length=12, blank=True)
    leaf = models.BigIntegerField(db_index=True)
    binding = models.CharField(max_length=64)

    class Meta:
        db_table = "badges_badge"
        constraints = [
            # One subject has one live badge.
            models.UniqueConstraint(
                fields=["code"], condition=models.Q(ended_at__isnull=True), name="badges_badge_one_live"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, ended_why="")
                | models.Q(ended_at__isnull=False) & ~models.Q(ended_why=""),
                name="badges_badge_ended_why",
            ),
        ]
