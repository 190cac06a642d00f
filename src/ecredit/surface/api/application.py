"""The API put together: routes, refusals, and its own description."""

import re
from functools import cached_property
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.renderers import JSONRenderer

from ecredit.surface.api import (
    route_batches,
    route_commitments,
    route_disclosures,
    route_public,
    route_records,
    route_sources,
    route_submissions,
    route_uploads,
    route_warnings,
    route_webhook,
)
from ecredit.surface.api.description import tell_more, tell_scopes
from ecredit.surface.api.problems import ApiProblem, problem_of
from ecredit.surface.api.reference import render_reference

_PLACE: Final = re.compile(r"<(?:\w+:)?(\w+)>")
_ABOUT = """电子商务信用信息管理平台接口。The API of a city's e-commerce credit platform.

Keys are `Authorization: Bearer eck_…`. Every refusal is `application/problem+json` with a stable `code` and its sentence in
Chinese and English (`Accept-Language` chooses `detail`). What takes longer is answered 202 with a `Location` to poll."""


class Schema(OpenAPISchema):
    """OpenAPISchema that knows which permission each operation needs."""

    def operation_details(self, operation: Operation) -> dict[str, Any]:
        """See OpenAPISchema."""
        told: dict[str, Any] = super().operation_details(operation)
        tell_scopes(told, operation.auth_callbacks)
        return told


class Api(NinjaAPI):
    """NinjaAPI with a description that tells all of its answers."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """See NinjaAPI."""
        prefix = options.get("path_prefix")
        if prefix is None:
            prefix = self.get_root_path(options.get("path_params") or {})
        return tell_more(Schema(self, prefix))

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        """The first step of every route behind its key: a parameter nobody knows is a mistake worth hearing of."""
        if request.META.get("QUERY_STRING"):
            match = request.resolver_match
            path = "/" + _PLACE.sub(r"{\1}", "" if match is None else match.route)
            known = self._parameters.get((path, request.method or ""), frozenset())
            if not known.issuperset(request.GET) or any(
                len(request.GET.getlist(name)) > 1 for name in request.GET
            ):
                raise ApiProblem(422, "parameter", known="、".join(sorted(known)) or "-")
        return super().create_temporal_response(request)

    @cached_property
    def _parameters(self) -> dict[tuple[str, str], frozenset[str]]:
        return {
            (path, method.upper()): frozenset(
                each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"
            )
            for path, operations in self.get_openapi_schema()["paths"].items()
            for method, operation in operations.items()
        }

    def set_default_exception_handlers(self) -> None:
        """One for every error: ninja's own answer in forms of their own."""
        self.add_exception_handler(Exception, _refuse)


def _refuse(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    return problem_of(request, error if isinstance(error, Exception) else error())


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
    ("", route_warnings),
    ("", route_disclosures),
    ("", route_webhook),
    ("/public", route_public),
    ("/public", route_commitments),
):
    api.add_router(prefix, routes.router)


@api.get("/", auth=None, include_in_schema=False)
def read_reference(request: HttpRequest) -> HttpResponse:
    """The description as a page."""
    return render_reference(request, api.get_openapi_schema())
