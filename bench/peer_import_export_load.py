"""A Django import-export load of a penalty file into one SQLite table, row by row, as its manual shows it.

    .venv/bin/python bench/peer_import_export_load.py FILE [--python PEERS/bin/python]

A model with the source's columns and its validators (`clean_model_instances`), a ModelResource with the source's key
as `import_id_fields` (indexed), all other settings as they come. No ledger, no subjects, no history, no receipt with
sentences. Reading the file counts, importing the libraries does not. Prints one JSON document.
"""

import json
import sys
import tempfile
import time
from collections import Counter
from decimal import InvalidOperation
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from peer_columns import DATE_FORMAT, PeerColumn, peer_arguments, read_source


def set_up(folder: Path) -> None:
    """Django with one SQLite file, journalled like ecredit's own."""
    import django
    from django.conf import settings

    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(folder / "peer.sqlite3"),
                "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"},
            }
        },
        INSTALLED_APPS=["django.contrib.contenttypes", "import_export"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DATE_INPUT_FORMATS=[DATE_FORMAT],
        USE_I18N=False,
    )
    django.setup()


def model_of(columns: list[PeerColumn], key: list[str]) -> Any:
    """The table as a Django model."""
    from django.core.validators import RegexValidator
    from django.db import models

    def field_of(column: PeerColumn) -> Any:
        if column.type == "date":
            return models.DateField(null=not column.required, blank=not column.required)
        if column.type in ("amount", "number"):
            return models.DecimalField(
                max_digits=20, decimal_places=column.decimals or 6, null=True, blank=True
            )
        options: dict[str, Any] = {"blank": not column.required, "default": ""}
        if column.pattern:
            options["validators"] = [RegexValidator(f"^(?:{column.pattern})$")]
        elif column.words:
            options["choices"] = [(word, word) for word in column.words]
        return models.CharField(max_length=column.max_length or 64, **options)

    index = models.Index(fields=key, name="peer_key")
    fields = {column.code.lower(): field_of(column) for column in columns}
    meta = type("Meta", (), {"app_label": "contenttypes", "indexes": [index]})
    return type("Penalty", (models.Model,), {"__module__": __name__, "Meta": meta, **fields})


def main() -> None:
    """Load and print."""
    path = peer_arguments("Django import-export load of a penalty file")
    with tempfile.TemporaryDirectory(prefix="ecredit-peer-") as folder:
        print(json.dumps(load(path, Path(folder)), ensure_ascii=False))


def load(path: Path, folder: Path) -> dict[str, Any]:
    """The load itself."""
    set_up(folder)
    import tablib
    from django.db import connection
    from import_export import resources, results

    columns, key = read_source()
    model = model_of(columns, [name.lower() for name in key])
    with connection.schema_editor() as editor:
        editor.create_model(model)
    names = {column.code.lower(): column.code for column in columns}
    options = {
        "model": model,
        "import_id_fields": [name.lower() for name in key],
        "clean_model_instances": True,
    }
    resource_class = type(
        "PenaltyResource",
        (resources.ModelResource,),
        {
            "Meta": type("Meta", (), options | {"exclude": ("id",)}),
            **{field: _field(field, header, model) for field, header in names.items()},
        },
    )
    started = time.perf_counter()
    dataset = tablib.Dataset().load(path.read_text(encoding="gb18030"), format="csv")
    result = resource_class().import_data(dataset, raise_errors=False)
    seconds = time.perf_counter() - started
    rows = len(dataset)
    kept = model.objects.count()
    kinds = Counter(row.import_type for row in result.rows)
    assert isinstance(result, results.Result)
    return {
        "peer": "django-import-export load", "rows": rows, "seconds": round(seconds, 2),
        "rows_per_s": round(rows / seconds), "kept": kept, "faulty_rows": rows - kept, "results": dict(kinds),
    }  # fmt: skip


def _field(field: str, header: str, model: Any) -> Any:
    from import_export import fields, resources, widgets

    class Amount(widgets.DecimalWidget):
        """As it comes, but an amount in words is the row's fault; else one such row rolls the whole file back."""

        def clean(self, value: Any, row: Any = None, **words: Any) -> Any:
            """Read a cell."""
            try:
                return super().clean(value, row, **words)
            except InvalidOperation:
                raise ValueError("not a number") from None

    widget = resources.ModelResource.widget_from_django_field(model._meta.get_field(field))
    chosen = Amount if widget is widgets.DecimalWidget else widget
    return fields.Field(attribute=field, column_name=header, widget=chosen())


if __name__ == "__main__":
    main()
