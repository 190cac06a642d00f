"""`/data`: everything that is public today as files, what their columns mean, and under which terms they may be used."""

import json
from collections.abc import Iterator, Mapping
from threading import BoundedSemaphore
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase

from ecredit.service.publicity.open_data import TABLES, OpenTable
from ecredit.service.publicity.open_forms import FORMS
from ecredit.service.publicity.types import Section
from ecredit.surface.portal.answers import MAX_AGE, has_it, page, show, show_text
from ecredit.surface.portal.clock import seconds_left_today
from ecredit.surface.portal.frame import Frame
from ecredit.surface.portal.language import HTML_LANG, LANGUAGES
from ecredit.surface.portal.reading import public_store
from ecredit.surface.portal.words import words_in

AT_ONCE: Final = 2
"""Files a process sends at one time; whoever comes then is told to wait, so that pages are never behind files."""
_room = BoundedSemaphore(AT_ONCE)
_JSON_LD: Final = "application/ld+json"


@page
def data(request: HttpRequest, frame: Frame) -> HttpResponse:
    """The tables, their files, their columns and the terms of use."""
    return show(request, frame, "portal/data.html", data_context(frame))


def data_context(frame: Frame) -> Mapping[str, object]:
    """The tables with how many rows they have today."""
    store = public_store()
    totals = store.figures(frame.now.date()).totals
    return {
        "tables": list(TABLES.values()),
        "rows": {"subjects": totals.subjects, "records": totals.items},
        "forms": list(FORMS),
        "as_of": store.freshness().projected_at,
    }


@page
def dictionary_file(request: HttpRequest, frame: Frame) -> HttpResponse:
    """The dictionary for programs."""
    return show_text(request, frame, dictionary(), "application/json")


@page
def catalogue_file(request: HttpRequest, frame: Frame) -> HttpResponse:
    """The DCAT description, with addresses as the request came."""
    return show_text(request, frame, dcat(request.build_absolute_uri("/").rstrip("/")), _JSON_LD)


@page
def table_file(request: HttpRequest, frame: Frame, table: str, form: str) -> HttpResponseBase:
    """A table as a file, sent while it is read: what ends at midnight is in none of tomorrow's."""
    found, written = TABLES.get(table), FORMS.get(form)
    if found is None or written is None:
        raise Http404
    store, on = public_store(), frame.now.date()
    tag = f'"{store.open_state(on)}-{table}-{form}"'
    response: HttpResponseBase
    asked = request.META.get("HTTP_IF_NONE_MATCH")
    if asked is not None and has_it(asked, tag):
        response = HttpResponseNotModified()
    elif request.method == "HEAD":
        response = HttpResponse(content_type=written[0])
    elif not _room.acquire(blocking=False):
        response = HttpResponse(
            f"{frame.t.data_busy}\n", content_type="text/plain; charset=utf-8", status=503
        )
        response["Retry-After"] = str(MAX_AGE)
        response["Cache-Control"] = "no-store"
        return response
    else:
        try:
            pieces = table_bytes(found, form, frame)
        except BaseException:
            _room.release()
            raise
        response = StreamingHttpResponse(_Sent(pieces), content_type=written[0])
        name = f"{table}-{on.isoformat()}.{form}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["ETag"] = tag
    response["Cache-Control"] = f"public, max-age={min(MAX_AGE, seconds_left_today(frame.now))}"
    return response


def table_bytes(table: OpenTable, form: str, frame: Frame) -> Iterator[bytes]:
    """A table of the frame's day in a form, piece by piece."""
    return FORMS[form][1](table, public_store().open_blocks(table, frame.now.date()))


class _Sent:
    """Pieces on their way; the room is free again when all are sent, or nobody takes them any more."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._open = pieces, True

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._pieces)

    def close(self) -> None:
        """Called by Django at the end of the answer, however it ended."""
        if self._open:
            self._open = False
            _room.release()
            close = getattr(self._pieces, "close", None)
            if close is not None:
                close()


def dictionary() -> str:
    """The columns of every table: name, meaning, kind, code table; and the code tables' English."""
    zh, en = words_in("zh"), words_in("en")
    tables = {
        table.id: {
            "title": {"zh": zh[f"data_{table.id}"], "en": en[f"data_{table.id}"]},
            "columns": [
                {
                    "name": column.id,
                    "type": column.kind,
                    "zh": zh[f"data_{table.id}_{column.id}"],
                    "en": en[f"data_{table.id}_{column.id}"],
                    **({"code_table": column.table} if column.table else {}),
                }
                for column in table.columns
            ],
        }
        for table in TABLES.values()
    }
    codes: dict[str, Any] = dict(public_store().code_tables())
    codes["section"] = {s: {"zh": zh[f"section_{s}"], "en": en[f"section_{s}"]} for s in Section}
    return json.dumps({"tables": tables, "code_tables": codes}, ensure_ascii=False, indent=1) + "\n"


def dcat(site: str, page: str = "/data") -> str:
    """The open data as a DCAT catalogue (JSON-LD); `site` is the address of this site without a slash at the end, `page` that
    of the page that tells of it."""
    fresh = public_store().freshness()
    modified = {} if fresh.projected_at is None else {"dct:modified": fresh.projected_at.isoformat()}
    datasets = [
        {
            "@id": f"{site}{page}#{table.id}",
            "@type": "dcat:Dataset",
            "dct:title": _said(f"data_{table.id}"),
            "dct:description": _said(f"data_{table.id}_about"),
            "dct:identifier": table.id,
            **modified,
            "dct:license": {"@id": f"{site}{page}#licence"},
            "dcat:landingPage": {"@id": f"{site}{page}"},
            "dcat:distribution": [
                {
                    "@type": "dcat:Distribution",
                    "dcat:downloadURL": {"@id": f"{site}/data/{table.id}.{form}"},
                    "dcat:mediaType": kind.partition(";")[0],
                    "dct:license": {"@id": f"{site}{page}#licence"},
                }
                for form, (kind, _) in FORMS.items()
            ],
        }
        for table in TABLES.values()
    ]
    catalogue = {
        "@context": {"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/"},
        "@id": f"{site}{page}",
        "@type": "dcat:Catalog",
        "dct:title": _said("site_full"),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": _said("office")},
        "dct:license": {"@id": f"{site}{page}#licence"},
        **modified,
        "dcat:dataset": datasets,
    }  # fmt: skip
    return json.dumps(catalogue, ensure_ascii=False, indent=1) + "\n"


def _said(word: str) -> list[dict[str, str]]:
    return [{"@language": HTML_LANG[lang], "@value": words_in(lang)[word]} for lang in LANGUAGES]
