"""`/desk/catalog/files/…`: a file of the rules that has no page of its own, set readably: what its head says, then all of it."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml
from django.http import HttpRequest, HttpResponse
from django.urls import path

from ecredit.foundation.kernel.languages import Lang
from ecredit.service.operation.catalog_history import last_change, list_changes
from ecredit.surface.desk.doors import needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page

# These have pages of their own, or are words.
_ELSEWHERE: Final = (
    "sources/",
    "laws/",
    "codes/",
    "publicity/",
    "models/",
    "roles/",
    "texts/",
    "items.yaml",
    "departments.yaml",
)
_LONGEST_TITLE: Final = 40


@needs("catalog.read")
def rules_file(request: HttpRequest, name: str) -> HttpResponse:
    """One file: its comment, its values, its edition and last change."""
    catalog = city().catalog
    if name not in list_rules_files(catalog.folder):
        raise NotThere
    said = (catalog.folder / name).read_text(encoding="utf-8")
    return page(
        request,
        "desk/catalog_file.html",
        name=name,
        title=title_of(catalog.folder, name, frame_of(request).lang),
        head=_head(said),
        values=_values(said),
        laws=catalog.laws,
        tabular=_is_tabular,
        rules={"edition": catalog.edition, "change": last_change(list_changes(), name)},
    )


@lru_cache(maxsize=4)
def list_rules_files(folder: Path) -> tuple[str, ...]:
    """The files that are shown here, by name; the folder is read whole at the start and does not change."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*.yaml"))
    return tuple(sorted(name for name in names if not name.startswith(_ELSEWHERE)))


@lru_cache(maxsize=256)
def title_of(folder: Path, name: str, lang: Lang) -> str:
    """What a file is about: its own title, else the beginning of its first comment, else its name."""
    said = (folder / name).read_text(encoding="utf-8")
    values = _values(said)
    own = values.get("title", values) if isinstance(values, dict) else {}
    titled = own.get(lang) if isinstance(own, dict) else own
    if isinstance(titled, str) and titled:
        return titled
    head = _head(said)
    first = head[0].split("：")[0].split("。")[0].strip() if head else ""
    return first if 0 < len(first) <= _LONGEST_TITLE else name


def _values(said: str) -> Any:
    return yaml.load(said, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader


def _head(said: str) -> list[str]:
    """The lines of comment that a file begins with."""
    lines: list[str] = []
    for line in said.splitlines():
        if not line.startswith("#"):
            break
        if words := line.removeprefix("#").strip():
            lines.append(words)
    return lines


def _is_tabular(value: Any) -> list[str]:
    """The columns of a list of alike mappings with plain values, in their order; none when it is not one."""
    if not isinstance(value, list) or len(value) < 2 or not all(isinstance(each, dict) for each in value):
        return []
    columns = list(dict.fromkeys(str(key) for each in value for key in each))
    plain = all(not isinstance(cell, dict | list) for each in value for cell in each.values())
    return columns if plain and len(columns) <= 8 else []


urlpatterns = [path("catalog/files/<path:name>", rules_file, name="catalog_file")]
