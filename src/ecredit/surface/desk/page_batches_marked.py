"""`/desk/batches/<n>/marked.xlsx`: the file back with its bad cells marked. It holds what was sent, unmasked."""

import secrets
from contextlib import suppress
from typing import Final

from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from ecredit.facts.actors.journal_notes import note_read
from ecredit.facts.collection.landing import scratch_folder
from ecredit.facts.collection.marked_workbook import write_marked_workbook
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.surface.desk.doors import needs, own_or_not_there
from ecredit.surface.desk.page_batches import batch_of
from ecredit.surface.desk.page_batches_waiting import READ_ROW, purpose_of
from ecredit.surface.desk.page_supply_sources import XLSX
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.supply_seat import readable

_OWN: Final = "更正本单位报送的文件"


@needs("held.read", methods=("GET", "POST"))
def marked(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """To its own supplier for the asking; to others for a purpose they give. Either is noted."""
    batch = batch_of(request, batch_id, "held.read")
    by = own_or_not_there(request, "held.read", of=batch.supplier)
    own = batch.supplier in (readable(request, "batch.submit") or ())
    purpose = _OWN if own else purpose_of(request)
    if not purpose:
        raise WrongUse("请写明用途（至少 4 个字）", "say what for (at least 4 characters)")
    home = city().home
    note_read(
        ring=city().ring, by=by, about=f"batch:{batch.id}", purpose=purpose, at=city().now, verb=READ_ROW
    )
    out = scratch_folder(home) / f"marked-{secrets.token_hex(8)}.xlsx"
    try:
        write_marked_workbook(city().collector, batch_id=batch.id, out=out)
        # The open file outlives its name: it goes when the answer has gone.
        content = out.open("rb")
    finally:
        out.unlink(missing_ok=True)
        with suppress(OSError):
            out.parent.rmdir()
    return FileResponse(
        content, as_attachment=True, filename=f"batch-{batch.id}-marked.xlsx", content_type=XLSX
    )


urlpatterns = [path("batches/<int:batch_id>/marked.xlsx", marked, name="batch_marked")]
