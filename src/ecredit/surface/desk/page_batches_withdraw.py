"""`/desk/batches/…/withdraw`: asking that a batch sent by mistake be taken back; another person agrees."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from ecredit.foundation.kernel.errors import EcreditError
from ecredit.service.operation.approved import batch_withdrawal, carry_out
from ecredit.surface.desk.doors import needs, own_or_not_there
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.notices import done_or_asked
from ecredit.surface.desk.page_batches import batch_of, show_batch
from ecredit.surface.desk.platform import city


@needs("batch.withdraw", methods=("POST",))
def ask_withdrawal(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """Ask that the whole batch be taken back."""
    found = batch_of(request, batch_id, "batch.withdraw")
    by = own_or_not_there(request, "batch.withdraw", of=found.supplier)
    try:
        carried = carry_out(
            city(),
            batch_withdrawal(batch_id=found.id),
            reason=request.POST.get("reason", ""),
            by=by,
            at=city().now,
        )
    except EcreditError as error:
        answer = show_batch(request, found, wrong=frame_of(request).say(error))
        answer.status_code = 409
        return answer
    return done_or_asked(request, carried, "desk:batch", batch_id=found.id)


urlpatterns = [path("batches/<int:batch_id>/withdraw", ask_withdrawal, name="batch_withdraw")]
