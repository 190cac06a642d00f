"""Beginning an upload, from the plain form and from the script alike: who, for whom, of what, correcting what."""

from django.http import HttpRequest

from ecredit.facts.actors.types import Actor
from ecredit.facts.collection.batch_queries import find_batch
from ecredit.facts.collection.collect_actions import check_entitled, get_source
from ecredit.foundation.kernel.errors import InputRefused
from ecredit.service.operation.uploads import Upload, file_marks, open_upload
from ecredit.surface.desk.doors import account_of_request, actor
from ecredit.surface.desk.forms import asked_number
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.supply_seat import Acting, readable

TRY = "try"


def begin_upload(
    request: HttpRequest, acting: Acting, *, filename: str, size: int, marks: tuple[object, ...]
) -> tuple[Upload, Actor]:
    """The upload (begun now or before) that the form's fields ask for, and who hands it over.

    Raises NotAllowed, and InputRefused with what is wrong with the fields or the file.
    """
    platform, given = city(), request.POST
    trial = given.get("act") == TRY
    by = actor(request, "batch.try" if trial else "batch.submit", of=acting.organisation)
    if acting.merged:
        raise InputRefused(
            f"{acting.name}已并入{acting.supplier.name}；请以{acting.supplier.name}的名义报送",
            f"{acting.name} has become part of {acting.supplier.name}; send under that name",
        )
    if not given.get("source"):
        raise InputRefused("请选择数据源", "choose a source")
    source = get_source(platform.catalog, given["source"])
    check_entitled(source, acting.supplier, platform.catalog)
    upload = open_upload(
        platform.home,
        who=account_of_request(request).who,
        organisation=acting.organisation,
        source=source.id,
        filename=filename,
        size=size,
        marks=file_marks(*marks),
        trial=trial,
        corrects=_corrects(request, source.id, given.get("corrects", "").strip()),
        at=platform.now,
    )
    return upload, by


def _corrects(request: HttpRequest, source: str, asked: str) -> int | None:
    if not asked:
        return None
    number = asked_number(asked)
    if number is None:
        raise InputRefused("更正的批次应是一个数字", "the batch it corrects is a number")
    batch = find_batch(number, suppliers=readable(request, "batch.read"))
    if batch is None or batch.source != source:
        raise InputRefused(
            f"批次 {asked} 不是本单位这一数据源的批次",
            f"batch {asked} is not a batch of yours of this source",
        )
    return batch.id
