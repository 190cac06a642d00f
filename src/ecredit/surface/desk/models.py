"""Tables: what people keep of the desk for themselves."""

from django.db import models

from ecredit.facts.actors.models import Person


class SavedView(models.Model):
    """A person's own name for a table's filter and order; `query` is the part of the address after `?`."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    table = models.CharField(max_length=64)
    title = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)

    class Meta:
        db_table = "desk_saved_view"
        constraints = [
            models.UniqueConstraint(fields=["person", "table", "title"], name="desk_saved_view_once")
        ]
