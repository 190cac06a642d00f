"""`/desk/batches/<n>/marked.xlsx`: the file back with its bad cells marked. It holds what was sent, unmasked.

One that takes longer than a second is made in the background.
"""

import secrets
from contextlib import suppress
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, reverse

from ecredit.facts.actors.journal_notes import note_read
from ecredit.facts.collection.landing import scratch_folder
from ecredit.facts.collection.marked_workbook import write_marked_workbook
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.operation.made_files import MARKED, ask_for_file
from ecredit.surface.desk.doors import move, needs, own_or_not_there
from ecredit.surface.desk.page_batches import batch_of
from ecredit.surface.desk.page_batches_waiting import READ_ROW, purpose_of
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.supply_seat import readable
from ecredit.surface.desk.table_export import send_file

_OWN: Final = "更正本单位报送的文件"
MOST_ROWS: Final = 500
"""Of a text file: measured at 0.4 s here; above, and for every workbook, the file is made in the background."""
_TEXT: Final = (".csv", ".tsv", ".txt")


@needs("held.read", methods=("GET", "POST"))
def marked(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """To its own supplier for the asking; to others for a purpose they give. Either is noted."""
    batch = batch_of(request, batch_id, "held.read")
    by = own_or_not_there(request, "held.read", of=batch.supplier)
    own = batch.supplier in (readable(request, "batch.submit") or ())
    purpose = _OWN if own else purpose_of(request)
    if not purpose:
        raise WrongUse("请写明用途（至少 4 个字）", "say what for (at least 4 characters)")
    name = f"batch-{batch.id}-marked.xlsx"
    note_read(
        ring=city().ring, by=by, about=f"batch:{batch.id}", purpose=purpose, at=city().now, verb=READ_ROW
    )
    # A workbook is read and written by processes of their own, which takes more than a second however small it is.
    if batch.rows > MOST_ROWS or not batch.filename.lower().endswith(_TEXT):
        number = ask_for_file(
            city(),
            MARKED,
            {"batch": batch.id},
            filename=name,
            permission="held.read",
            of=batch.supplier,
            by=by,
        )
        return move(request, reverse("desk:file", args=[number]))
    out = scratch_folder(city().home) / f"marked-{secrets.token_hex(8)}.xlsx"
    try:
        write_marked_workbook(city().collector, batch_id=batch.id, out=out)
        # The open file outlives its name: it goes when the answer has gone.
        content = out.open("rb")
    finally:
        out.unlink(missing_ok=True)
        with suppress(OSError):
            out.parent.rmdir()
    return send_file(content, name)


urlpatterns = [path("batches/<int:batch_id>/marked.xlsx", marked, name="batch_marked")]
