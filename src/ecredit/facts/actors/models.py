"""Tables: organisations, people and their roles, keys, the journal of what was done, and the log that seals it.

No business logic here. The journal and the log are append-only by convention of the actions and by proof of the
audit: a row changed behind the log's back no longer hashes to its leaf.
"""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password
from django.db import models


class Organisation(models.Model):
    """A supplier that is not a department (departments are catalogue data with their predecessors)."""

    id = models.SlugField(primary_key=True, max_length=64)
    name = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=32)
    uscc = models.CharField(max_length=18, blank=True)
    registered_at = models.DateTimeField()
    registered_by = models.CharField(max_length=64)
    # Whose work it took over, and from when until when it exists (half-open).
    predecessor = models.ForeignKey("self", null=True, on_delete=models.PROTECT)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        db_table = "actors_organisation"


class People(BaseUserManager["Person"]):
    """Finds people for Django's sign-in; registering them is `people_actions`' work."""


class Person(AbstractBaseUser):
    """One who acts. Known in every log as `p<id>`, never by name; may belong to several organisations."""

    login = models.SlugField(unique=True, max_length=64)
    name = models.CharField(max_length=100)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=64)
    # The first password is handed over by whoever registered the person; they choose their own at once.
    must_change_password = models.BooleanField(default=True)
    password_changed_at = models.DateTimeField(null=True)

    objects = People()

    USERNAME_FIELD = "login"

    class Meta:
        db_table = "actors_person"

    @property
    def who(self) -> str:
        """As the logs name this person."""
        return f"p{self.pk}"

    def check_password(self, raw_password: str | None) -> bool:
        """Whether this is the password. Never written anew with other parameters as Django would: the journal has it."""
        return check_password(raw_password, self.password)


class Membership(models.Model):
    """A role a person has in an organisation (a department's or a registered one's id), from a day until a day."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.CharField(max_length=64, db_index=True)
    role = models.CharField(max_length=64)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    granted_by = models.CharField(max_length=64)

    class Meta:
        db_table = "actors_membership"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organisation", "role"],
                condition=models.Q(valid_to=None),
                name="actors_membership_once",
            )
        ]


class SignIn(models.Model):
    """A session of a person at the desk: from where, when, until when. Named `s<id>` where rights are logged."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=32, blank=True)
    address = models.CharField(max_length=64)
    session_key = models.CharField(max_length=40, db_index=True)

    class Meta:
        db_table = "actors_sign_in"


class ApiKey(models.Model):
    """A key of an organisation for machines; `prefix` finds it.

    The SHA-256 of its secret is what requests are signed with: sealed in `signing`. `digest` is the SHA-256 of that.
    """

    organisation = models.CharField(max_length=64, db_index=True)
    title = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    signing = models.CharField(max_length=200)
    scopes = models.JSONField(default=list)
    per_minute = models.IntegerField()
    per_day = models.IntegerField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    replaces = models.ForeignKey("self", null=True, on_delete=models.PROTECT)

    class Meta:
        db_table = "actors_api_key"


class Approval(models.Model):
    """What one person asks to do and another must agree to (four eyes). `params` hold no personal data."""

    verb = models.CharField(max_length=64)
    about = models.CharField(max_length=200)
    params = models.JSONField(default=dict)
    reason = models.TextField()
    state = models.CharField(max_length=12, db_index=True)
    asked_by = models.CharField(max_length=64)
    asked_right = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    class Meta:
        db_table = "actors_approval"


class JournalNote(models.Model):
    """A journal row on its way into the log: reads are noted at once and sealed with whatever is written next.

    Opening the log for every page looked at would make all readers wait for whoever is writing. `binding` ties every
    column to the home's keys; `mark` is random and goes into the log along with it, so that no note is sealed twice.
    """

    at = models.DateTimeField()
    who = models.CharField(max_length=64)
    right = models.CharField(max_length=64)
    verb = models.CharField(max_length=64)
    object = models.CharField(max_length=200, db_index=True)
    detail = models.TextField()
    mark = models.CharField(max_length=16)
    binding = models.CharField(max_length=64)

    class Meta:
        db_table = "actors_journal_note"


class JournalEntry(models.Model):
    """Who did what, when, by which right. `leaf` is the entry's place in the transparency log."""

    leaf = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    who = models.CharField(max_length=64)
    right = models.CharField(max_length=64)
    verb = models.CharField(max_length=64)
    object = models.CharField(max_length=200)
    detail = models.TextField()

    class Meta:
        db_table = "actors_journal"
        indexes = [
            models.Index(fields=["object"], name="actors_journal_object"),
            models.Index(fields=["who", "leaf"], name="actors_journal_who"),
            models.Index(fields=["verb", "leaf"], name="actors_journal_verb"),
            models.Index(fields=["at", "leaf"], name="actors_journal_at"),
        ]


class LogTile(models.Model):
    """256 hashes of one level of the Merkle tree (C2SP tlog-tiles); the right edge is a shorter tile."""

    level = models.IntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        db_table = "actors_log_tile"
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="actors_log_tile_place")]


class LogHead(models.Model):
    """A signed tree head; every one ever signed is kept, so that consistency can be shown from any to any."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    signed_at = models.DateTimeField()
    checkpoint = models.TextField()

    class Meta:
        db_table = "actors_log_head"


class LogState(models.Model):
    """One row: how far the log has grown. Locked for update by whoever appends, so that leaves have one order."""

    id = models.IntegerField(primary_key=True)
    size = models.BigIntegerField(default=0)
    last_at = models.DateTimeField(null=True)
    # The log's name in its signed heads (C2SP: a schema-less URL); set once when the home is made.
    origin = models.CharField(max_length=200, default="ecredit.local/log")

    class Meta:
        db_table = "actors_log_state"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="actors_log_state_single")]
