"""The API put together: routes, refusals, and its own description."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.renderers import JSONRenderer

from ecredit.surface.api import (
    route_batches,
    route_public,
    route_records,
    route_sources,
    route_submissions,
    route_uploads,
    route_webhook,
)
from ecredit.surface.api.description import tell_more
from ecredit.surface.api.problems import problem_of
from ecredit.surface.api.reference import render_reference

_ABOUT = """电子商务信用信息管理平台接口。The API of a city's e-commerce credit platform.

Keys are `Authorization: Bearer eck_…`. Every refusal is `application/problem+json` with a stable `code` and its sentence in
Chinese and English (`Accept-Language` chooses `detail`). What takes longer is answered 202 with a `Location` to poll."""


class Api(NinjaAPI):
    """NinjaAPI with a description that tells all of its answers."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """See NinjaAPI."""
        return tell_more(super().get_openapi_schema(**options))


class Renderer(JSONRenderer):
    """JSON in which Chinese is Chinese."""

    json_dumps_params = {"ensure_ascii": False}


api = Api(
    renderer=Renderer(),
    title="ecredit",
    version="1",
    description=_ABOUT,
    docs_url=None,
    urls_namespace="api",
    servers=[],
)
for prefix, routes in (
    ("", route_sources),
    ("", route_submissions),
    ("", route_uploads),
    ("", route_records),
    ("", route_batches),
    ("", route_webhook),
    ("/public", route_public),
):
    api.add_router(prefix, routes.router)


@api.exception_handler(Exception)
def refuse(request: HttpRequest, error: Exception) -> HttpResponse:
    """Every error, in the one form."""
    return problem_of(request, error)


@api.get("/", auth=None, include_in_schema=False)
def read_reference(request: HttpRequest) -> HttpResponse:
    """The description as a page."""
    return render_reference(request, api.get_openapi_schema())
