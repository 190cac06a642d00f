"""The API's description as a page: server-rendered, no script, nothing from elsewhere."""

import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ecredit.surface.api.language import language_of

_FOLDER: Final = Path(__file__).parent
_CODE: Final = re.compile("`([^`]+)`")


def render_reference(request: HttpRequest, document: dict[str, Any]) -> HttpResponse:
    """The page."""
    sheet = hashlib.sha256((_FOLDER / "static" / "api" / "api.css").read_bytes()).hexdigest()[:10]
    page = (
        _environment()
        .get_template("api/reference.html")
        .render(
            api=document,
            lang=language_of(request),
            sheet=f"{settings.STATIC_URL}api/api.css?v={sheet}",
            groups=_groups(document),
            schemas=document["components"]["schemas"],
            kind_of=_kind_of,
        )
    )
    return HttpResponse(page)


def _groups(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Operations by what they are about."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            told = {"path": path, "method": method.upper(), **operation}
            groups.setdefault(operation.get("tags", [""])[0], []).append(told)
    return groups


def _kind_of(schema: dict[str, Any]) -> str:
    """What a member is, in a word."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(_kind_of(each) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return f"[{_kind_of(schema.get('items', {}))}]"
    return str(schema.get("format") or schema.get("type") or "any")


def _marked(text: str) -> Markup:
    """What the description puts between backticks, as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "jinja2"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["marked"] = _marked
    return environment
