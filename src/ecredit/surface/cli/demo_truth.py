"""The planted truth, written beside the files and never read by the platform.

files.json      what every receipt must say
bad_rows.json   every planted mistake: file, line, rule, column, effect
unnamed.json    rows without a code: whom each is really about, and whom it could be taken for
personal.json   every identity number and telephone in the files, and how those in running text are spelled
subjects.json   who lives in the city; branches and near-name twins
conduct.json    how prone to wrong each subject is, and who turned when: what earlier and later records come of
public.json     which documents must be public on the city's day, and why the others must not
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ecredit.surface.cli.demo_expect import Expectation
from ecredit.surface.cli.demo_plan import Plan
from ecredit.surface.cli.demo_publicity import PublicTruth
from ecredit.surface.cli.demo_types import Delivery, DemoSubject

# dataclasses.asdict copies deeply; a large city has millions of these.
_PUBLIC_FIELDS = tuple(field.name for field in fields(PublicTruth))


class TruthWriter:
    """Collects the truth while files are made; writes it when the `with` ends well."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._folder, self._plan = folder, plan
        self._expectation = Expectation(plan)
        self._files: list[dict[str, Any]] = []
        self._bad: list[dict[str, Any]] = []
        self._unnamed: list[dict[str, Any]] = []
        self._identities: set[str] = set()
        self._telephones: set[str] = set()
        self._spelled: set[str] = set()

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._public = _Lines(self._folder / "public.json")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._public.close()
        if kind is None:
            self._write()

    def take(self, delivery: Delivery) -> dict[str, Any]:
        """Note the truth of a file that was just written; gives its line of the manifest."""
        truth = asdict(self._expectation.take(delivery))
        self._files.append(truth)
        self._note_rows(delivery)
        return {
            "path": delivery.path, "source": delivery.source, "sender": delivery.sender, "called": delivery.called,
            "sent_at": delivery.sent_at.isoformat(), "rows": len(delivery.rows),
        }  # fmt: skip

    def settle(self) -> None:
        """No further file of the sources so far will come: note what of them must be public."""
        for item in self._expectation.settle():
            self._public.add({name: getattr(item, name) for name in _PUBLIC_FIELDS})

    def _note_rows(self, delivery: Delivery) -> None:
        source = self._plan.source(delivery.source)
        for row in delivery.rows:
            for column in source.columns:
                text = row.text(column.code) if column.sealed else ""
                if column.personal == "identity" and text and column.code not in row.as_number:
                    self._identities.add(text)
                elif column.personal == "phone" and text:
                    self._telephones.add(text)
            self._spelled.update(row.secrets)
            if delivery.repeats:
                continue
            place = {"file": delivery.path, "line": row.line}
            for plant in row.plants:
                if plant.rule:
                    self._bad.append(
                        {**place, "rule": plant.rule, "column": plant.column, "effect": plant.effect}
                    )
                if plant.effect == "review":
                    about = {"subject": row.about.uscc or row.about.person_id, "could_be": list(row.decoys)}
                    self._unnamed.append({**place, "name": row.text(source.name_column), **about})

    def _write(self) -> None:
        city = self._plan.city
        self._list("files", self._files)
        self._list("bad_rows", self._bad)
        self._list("unnamed", self._unnamed)
        self._dump(
            "personal",
            {
                "identities": sorted(self._identities),
                "telephones": sorted(self._telephones),
                "spelled": sorted(self._spelled),
            },
        )
        self._dump(
            "subjects",
            {
                "subjects": [_subject(s) for s in city.subjects],
                "branches": [[a.uscc, b.uscc] for a, b in city.branches],
                "twins": [[a.uscc, b.uscc] for a, b in city.twins],
            },
        )

        self._list("conduct", (_conduct(s, self._plan) for s in city.subjects))

    def _list(self, name: str, items: Iterable[dict[str, Any]]) -> None:
        lines = _Lines(self._folder / f"{name}.json")
        for item in items:
            lines.add(item)
        lines.close()

    def _dump(self, name: str, value: object) -> None:
        text = json.dumps(value, ensure_ascii=False, indent=0)
        (self._folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


class _Lines:
    """A JSON array, an item a line: readable by eye, and written without holding it all."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")
        self._separator = "["

    def add(self, item: dict[str, Any]) -> None:
        self._file.write(f"{self._separator}\n{json.dumps(item, ensure_ascii=False)}")
        self._separator = ","

    def close(self) -> None:
        self._file.write("\n]\n" if self._separator == "," else "[]\n")
        self._file.close()


def _conduct(subject: DemoSubject, plan: Plan) -> dict[str, Any]:
    nature = plan.conduct.natures[subject.number]
    turned = (
        {}
        if nature.turned_on is None
        else {"turned_on": nature.turned_on.isoformat(), "after": round(nature.after, 4)}
    )
    return {
        "subject": subject.uscc or subject.reg_no or subject.person_id,
        "prone": round(nature.before, 4),
        **turned,
    }


def _subject(subject: DemoSubject) -> dict[str, Any]:
    return {
        "role": subject.role.value, "kind": subject.kind, "name": subject.name, "later_name": subject.later_name,
        "uscc": subject.uscc, "reg_no": subject.reg_no, "person_id": subject.person_id, "address": subject.address,
        "founded": subject.founded.isoformat(),
    }  # fmt: skip
