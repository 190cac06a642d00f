"""The description of the API (OpenAPI 3.1) finished: kinds of content, headers, and what is said of every answer."""

from collections.abc import Iterable
from typing import Any, Final

from ninja.openapi.schema import OpenAPISchema

from ecredit.foundation.kernel.problem_form import KIND
from ecredit.surface.api.keys import Needs
from ecredit.surface.api.shapes_events import describe_events
from ecredit.surface.api.signatures import SCHEME

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_MADE: Final = ("201", "202")
_SAID: Final = {
    "200": "好了 OK",
    "201": "已建立 Made",
    "202": "已受理，请查询 Taken; poll Location",
    "204": "好了 Done",
    "304": "没有变化 Not changed",
}
_LIMITS: Final = {
    name: {"description": told, "schema": {"type": "string"}}
    for name, told in {
        "RateLimit-Limit": "calls of the tighter limit",
        "RateLimit-Remaining": "calls left of it",
        "RateLimit-Reset": "seconds until it begins anew",
        "RateLimit-Policy": "every limit: q calls in w seconds",
    }.items()
}
_KEY, _SIGNATURE = "key", "signature"
_SCHEMES: Final = {
    _KEY: {"type": "http", "scheme": "bearer", "description": "密钥 A key: `Bearer eck_…`"},
    _SIGNATURE: {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": f"不发送密钥的签名 A signature instead of the secret: `{SCHEME} …`, as the guide's section on signed "
        "requests says; a body is bound to it by `Content-Digest`",
    },
}
_WAIT: Final = {"description": "seconds after which to ask again", "schema": {"type": "string"}}
_TAG: Final = {
    "description": "of this content; sent back as `If-None-Match` it is answered 304 while nothing has changed",
    "schema": {"type": "string"},
}
_ONCE: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same content gets the first answer for 24 hours; with other content 422.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
}


def tell_more(document: OpenAPISchema) -> OpenAPISchema:
    """Finish the description as ninja makes it."""
    for operations in document["paths"].values():
        for method, operation in operations.items():
            if method in _METHODS:
                _finish(method, operation)
    webhooks, schemas = describe_events()
    document["webhooks"] = webhooks
    document["components"]["securitySchemes"] = dict(_SCHEMES)
    document["components"]["schemas"].update(schemas)
    return document


def tell_scopes(operation: dict[str, Any], callbacks: Iterable[object]) -> None:
    """Say which permission a key needs for an operation, or any of which; carried as a secret or as a signature."""
    needed = [one for each in callbacks if isinstance(each, Needs) for one in each.permissions]
    if needed:
        operation["security"] = [{scheme: [one]} for one in needed for scheme in _SCHEMES]
        told = " 或 or ".join(f"`{one}`" for one in needed)
        operation["description"] = f"{operation.get('description', '')}\n\n权限 Scope: {told}".strip()


def _finish(method: str, operation: dict[str, Any]) -> None:
    kind = operation.pop("x-content", None)
    if operation.pop("x-once", False):
        operation.setdefault("parameters", []).append(_ONCE)
    answers: dict[str, Any] = {str(status): told for status, told in operation["responses"].items()}
    for status, told in answers.items():
        if status >= "400":
            _as_problem(told)
            if status in ("429", "503"):
                told["headers"] = {"Retry-After": dict(_WAIT)}
        else:
            told["description"] = _SAID.get(status, "OK")
            if kind is not None:
                whole = "json" in kind
                told["content"] = {
                    kind: {"schema": {"type": "object"} if whole else {"type": "string", "format": "binary"}}
                }
            told["headers"] = dict(_LIMITS)
            if method == "get":
                told["headers"]["ETag"] = dict(_TAG)
            if status in _MADE:
                told.setdefault("headers", {})["Location"] = {"schema": {"type": "string"}}
    if method == "get":
        answers["304"] = {"description": _SAID["304"]}
    operation["responses"] = dict(sorted(answers.items()))


def _as_problem(told: dict[str, Any]) -> None:
    content = told.get("content", {})
    told["description"] = "问题说明 Problem"
    if "application/json" in content:
        told["content"] = {KIND: content["application/json"]}
