"""Tables of who is who.

`IdentityEvent` is what happened (append-only, leaves of the log); `CreditSubject`, `Identifier` and `Relation` are what
follows from it, kept for speed. The audit replays the events and compares.
"""

from django.db import models


class CreditSubject(models.Model):
    """A credit subject (信用主体). Its id is the stable canonical id; a merged subject points to the one it is."""

    id = models.BigIntegerField(primary_key=True)
    name = models.CharField(max_length=400)
    name_form = models.CharField(max_length=400)
    kind = models.CharField(max_length=32)
    is_person = models.BooleanField(default=False)
    area = models.CharField(max_length=12, blank=True)
    address = models.TextField(blank=True)
    legal_rep = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=64, blank=True)
    # True once a register row said so; until then the name is only what the first row that used the code said.
    registered = models.BooleanField(default=False)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")
    opened_leaf = models.BigIntegerField()
    changed_leaf = models.BigIntegerField()

    class Meta:
        db_table = "subjects_subject"
        indexes = [
            # PostgreSQL looks up the beginning of a text only by such an index; SQLite knows no classes.
            models.Index(fields=["name_form"], name="subjects_name_form", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["changed_leaf"], name="subjects_changed"),
        ]


class Identifier(models.Model):
    """One code of a subject. A person's number is never here in clear: `value` is its keyed index, `sealed` the cipher."""

    subject = models.ForeignKey(CreditSubject, on_delete=models.PROTECT)
    kind = models.CharField(max_length=24)
    value = models.CharField(max_length=64)
    sealed = models.TextField(blank=True)
    # A derived code (the organisation code inside a USCC) helps to find, but never decides against a direct one.
    derived = models.BooleanField(default=False)
    leaf = models.BigIntegerField()

    class Meta:
        db_table = "subjects_identifier"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "value"],
                condition=models.Q(derived=False),
                name="subjects_identifier_decides",
            )
        ]
        indexes = [models.Index(fields=["kind", "value"], name="subjects_identifier_value")]


class IdentityEvent(models.Model):
    """One step in the history of who is who: open, attach, merge, split, link, accept, reject, undo."""

    leaf = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    who = models.CharField(max_length=64)
    right = models.CharField(max_length=64)
    verb = models.CharField(max_length=24)
    subject_id = models.BigIntegerField(db_index=True)
    other_id = models.BigIntegerField(null=True, db_index=True)
    kind = models.CharField(max_length=24, blank=True)
    value = models.CharField(max_length=64, blank=True)
    detail = models.TextField(blank=True)

    class Meta:
        db_table = "subjects_identity_event"
        indexes = [
            models.Index(
                fields=["leaf"], condition=models.Q(verb__in=["merge", "split"]), name="subjects_merges"
            )
        ]


class Relation(models.Model):
    """A branch and its parent: linked, never merged."""

    child = models.ForeignKey(CreditSubject, on_delete=models.PROTECT, related_name="parents")
    parent = models.ForeignKey(CreditSubject, on_delete=models.PROTECT, related_name="branches")
    kind = models.CharField(max_length=24)
    leaf = models.BigIntegerField()

    class Meta:
        db_table = "subjects_relation"
        constraints = [
            models.UniqueConstraint(fields=["child", "parent", "kind"], name="subjects_relation_once")
        ]


class ReviewItem(models.Model):
    """A row without a register code, waiting for a person to say who it is about."""

    source_id = models.CharField(max_length=64)
    batch_id = models.BigIntegerField()
    line = models.BigIntegerField()
    # The held row in `collection`, one floor up: a number, not a relation, so that no table points upward.
    held_row_id = models.BigIntegerField(unique=True)
    name = models.CharField(max_length=400)
    name_form = models.CharField(max_length=400)
    compared = models.JSONField()
    state = models.CharField(max_length=16)
    # The probability of the best candidate, 0 when there is none: what can be decided quickest comes first.
    likeliest = models.FloatField(default=0.0)
    opened_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decision_note = models.TextField(blank=True)
    subject = models.ForeignKey(CreditSubject, null=True, on_delete=models.PROTECT)

    class Meta:
        db_table = "subjects_review_item"
        constraints = [
            models.CheckConstraint(
                name="subjects_review_decided_pair",
                condition=models.Q(decided_at__isnull=True, decided_by="")
                | (models.Q(decided_at__isnull=False) & ~models.Q(decided_by="")),
            )
        ]
        indexes = [
            models.Index(fields=["state", "-likeliest", "opened_at", "id"], name="subjects_review_queue"),
            models.Index(fields=["state", "source_id"], name="subjects_review_sources"),
        ]


class ReviewCandidate(models.Model):
    """One subject the waiting row may be about, with the values compared and what each says."""

    item = models.ForeignKey(ReviewItem, on_delete=models.CASCADE, related_name="candidates")
    subject = models.ForeignKey(CreditSubject, on_delete=models.PROTECT)
    rank = models.IntegerField()
    probability = models.FloatField()
    weight = models.FloatField()
    # One object a field: the two values, the verdict, its weight, a sentence in both languages.
    compared = models.JSONField()

    class Meta:
        db_table = "subjects_review_candidate"
        constraints = [models.UniqueConstraint(fields=["item", "subject"], name="subjects_candidate_once")]
