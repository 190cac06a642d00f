"""Loading the city's models of judgement from `catalog/models/`, checked whole.

models/<kind>.yaml             one model each
models/shared/indicators.yaml  indicators several models use
models/shared/dimensions.yaml  the headings indicators stand under
models/shared/remedies.yaml    what a subject can do about the records of an indicator
models/shared/frames.yaml      scales, bounds and rules for ended subjects that several models use
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ecredit.foundation.catalog.errors import CatalogError
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.catalog.yaml_nodes import (
    FaultLog,
    Fields,
    Place,
    nearest,
    read_fields,
    read_text,
)
from ecredit.judgement.evaluation.condition_reading import read_condition
from ecredit.judgement.evaluation.draft_reading import check_plain
from ecredit.judgement.evaluation.frame_reading import NO_FRAME, Frame, read_frame
from ecredit.judgement.evaluation.indicator_reading import (
    Named,
    read_dimension,
    read_indicator,
    read_law,
    read_points,
    read_remedy,
    read_replacements,
)
from ecredit.judgement.evaluation.model_checks import (
    check_best,
    check_every_kind,
    check_model,
    check_precedence,
)
from ecredit.judgement.evaluation.model_document import edition_of
from ecredit.judgement.evaluation.types import Indicator, Model

KIND_TABLE = "subject_kind"
_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")
# A version's own name has to fit where grades keep it.
_LONGEST_LABEL = 32


def load_models(folder: Path, catalog: Catalog) -> tuple[Model, ...]:
    """Read every model below `folder`/models against a loaded catalogue; highest precedence first.

    Raises CatalogError with all faults of all files: file, line, what is wrong and what to do.
    """
    log = FaultLog()
    shared = _Shared(folder, catalog, log)
    models = []
    for path in sorted((folder / "models").glob("*.yaml")):
        fields = read_fields(path, folder, log)
        if fields is not None:
            models.append(_read_model(fields, path.stem, shared))
    if not models:
        log.add(
            Place("models", 1),
            "no_models",
            "没有任何评价模型；请在 catalog/models/ 中添加",
            "there is no model; add one to catalog/models/",
        )
    shared.name_unused()
    check_precedence(models, log)
    check_every_kind(models, catalog, log)
    if log.faults:
        raise CatalogError(log.faults)
    return tuple(sorted(models, key=lambda model: -model.precedence))


def read_draft(text: str, folder: Path, catalog: Catalog, others: Sequence[Model]) -> Model:
    """Read one model from a text by the same rules as the files, beside the models it would stand with.

    What it uses of shared parts is taken from `folder`/models/shared as it is now. Raises CatalogError with every fault.
    """
    log = FaultLog()
    file = "draft.yaml"
    fields = read_text(text, file, log) if check_plain(text, file, log) else None
    model = None
    if fields is not None:
        shared = _Shared(folder, catalog, log)
        name = fields.maybe_text("id") or ""
        if not _ID.fullmatch(name):
            fields.fault(
                "id",
                "bad_id",
                "id 应为小写字母开头的英文标识，如 enterprise",
                "id should be a word of small letters such as enterprise",
            )
        if len(fields.maybe_text("version") or "") > _LONGEST_LABEL:
            fields.fault(
                "version",
                "too_long",
                f"version 不能超过 {_LONGEST_LABEL} 个字",
                f"version may not be longer than {_LONGEST_LABEL} characters",
            )
        model = _read_model(fields, name, shared)
        _check_beside(model, others, catalog, fields, log)
    if log.faults or model is None:
        raise CatalogError(log.faults)
    return model


def _check_beside(
    model: Model, others: Sequence[Model], catalog: Catalog, fields: Fields, log: FaultLog
) -> None:
    """What holds between models, told at the draft's own lines."""
    beside = [other for other in others if other.id != model.id]
    between = FaultLog()
    check_precedence([*beside, model], between)
    check_every_kind([*beside, model], catalog, between)
    for fault in between.faults:
        key = "precedence" if fault.kind == "same_precedence" else "subject_kinds"
        log.add(fields.at(key), fault.kind, fault.zh, fault.en)


class _Shared:
    """The shared indicators and frames, read once, and which of them some model uses."""

    def __init__(self, folder: Path, catalog: Catalog, log: FaultLog) -> None:
        self.catalog = catalog
        self.log = log
        self.indicators: dict[str, Indicator] = {}
        self.frames: dict[str, Frame] = {}
        self.used: set[str] = set()
        self._places: dict[str, Place] = {}
        self.named = Named(
            {name: read_dimension(below, name) for name, _, below in self._parts(folder, "dimensions")},
            {name: read_remedy(below, name, catalog) for name, _, below in self._parts(folder, "remedies")},
        )
        for name, place, below in self._parts(folder, "indicators"):
            if below.has("use"):
                # One that used another could use itself in the end.
                below.fault(
                    "use",
                    "use_in_shared",
                    f"共用指标 {name} 不能再引用别的指标；请写全",
                    f"the shared indicator {name} cannot use another; write it out",
                )
                below.text("use")
            self.indicators[name] = read_indicator(below, name, catalog, self.named)
            self._places[name] = place
        for name, _, below in self._parts(folder, "frames"):
            self.frames[name] = read_frame(below, catalog)

    def _parts(self, folder: Path, name: str) -> list[tuple[str, Place, Fields]]:
        path = folder / "models" / "shared" / f"{name}.yaml"
        fields = read_fields(path, folder, self.log) if path.exists() else None
        if fields is None:
            return []
        return [
            (key, fields.at(key), below)
            for key in list(fields.keys())
            if (below := fields.sub(key)) is not None
        ]

    def name_unused(self) -> None:
        for name in self.indicators.keys() - self.used:
            self.log.add(
                self._places[name],
                "unused",
                f"没有模型使用共用指标 {name}；请删去或引用",
                f"no model uses the shared indicator {name}; remove it or use it",
            )


def _read_model(fields: Fields, stem: str, shared: _Shared) -> Model:
    catalog = shared.catalog
    name = fields.text("id")
    if name != stem:
        fields.fault(
            "id", "wrong_id", f"id 应与文件名一致：{stem}", f"id should equal the file's name: {stem}"
        )
    title = fields.sub("title")
    frame = _find_frame(fields, shared)
    kinds, marks = _read_kinds(fields, catalog), fields.texts("marked_by")
    indicators = tuple(_read_indicators(fields, shared))
    under = {indicator.dimension for indicator in indicators}
    model = Model(
        id=name,
        version=fields.text("version"),
        edition="",
        title_zh="" if title is None else title.text("zh"),
        title_en="" if title is None else title.text("en"),
        precedence=fields.whole("precedence") or 0,
        subject_kinds=kinds,
        marked_by=marks,
        public=fields.flag("public"),
        scale=frame.scale,
        base=read_points(fields, "base"),
        floor=frame.floor,
        ceiling=frame.ceiling,
        little_known=frame.little_known,
        statuses=frame.statuses,
        indicators=indicators,
        basis=tuple(read_law(part, catalog) for part in fields.subs("basis")),
        verified=fields.flag("verified"),
        dimensions=tuple(d for d in shared.named.dimensions.values() if d.id in under),
        sector=frame.sector,
        nothing_known=frame.nothing_known,
        marked_when=read_condition(
            fields, "marked_when", catalog.sources.get(marks[0]) if len(marks) == 1 else None, catalog
        ),
    )
    if title is None:
        fields.fault(
            "title", "missing_key", "缺少 title;请写 {zh: …, en: …}", "title is missing; write {zh: …, en: …}"
        )
    else:
        title.done()
    check_best(fields, model)
    fields.done()
    check_model(fields, model, catalog)
    return replace(model, edition=edition_of(model))


def _find_frame(fields: Fields, shared: _Shared) -> Frame:
    name = fields.text("frame")
    found = shared.frames.get(name)
    if found is None:
        zh, en = nearest(name, list(shared.frames))
        fields.fault(
            "frame", "unknown_frame", f"没有名为 {name} 的框架；{zh}", f"there is no frame {name}; {en}"
        )
    return found or NO_FRAME


def _read_kinds(fields: Fields, catalog: Catalog) -> tuple[str, ...]:
    table = catalog.code_tables.get(KIND_TABLE)
    found: list[str] = []
    for kind in fields.texts("subject_kinds"):
        entry = None if table is None else table.lookup(kind)
        if table is not None and entry is None:
            zh, en = nearest(kind, [known.zh for known in table.entries.values()])
            fields.fault(
                "subject_kinds",
                "unknown_kind",
                f"没有主体类别 {kind}；{zh}",
                f"there is no subject kind {kind}; {en}",
            )
        found += [kind] if entry is None else [entry.code, entry.zh, *entry.aliases]
    if not found:
        fields.fault("subject_kinds", "empty_list", "缺少 subject_kinds", "subject_kinds is missing")
    return tuple(dict.fromkeys(found))


def _read_indicators(fields: Fields, shared: _Shared) -> list[Indicator]:
    found = []
    for part in fields.subs("indicators"):
        used = part.maybe_text("use")
        if used is None:
            found.append(read_indicator(part, part.text("id"), shared.catalog, shared.named))
        elif used in shared.indicators:
            shared.used.add(used)
            found.append(read_replacements(part, shared.indicators[used]))
        else:
            zh, en = nearest(used, list(shared.indicators))
            part.fault(
                "use", "unknown_indicator", f"没有共用指标 {used}；{zh}", f"no shared indicator {used}; {en}"
            )
    return found
