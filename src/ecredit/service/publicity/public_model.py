"""What everyone may know of the yardstick behind a grade: its scale, its windows, and whether any of it was checked.

个人信息保护法 art. 24 and plain fairness: a score without its scale explains nothing, and a scale that is the city's own
setting must be called that.
"""

import json
from collections.abc import Sequence
from datetime import date

from ecredit.foundation.catalog.types import Catalog
from ecredit.judgement.evaluation.types import Model, SectorScale, Window
from ecredit.judgement.evaluation.window_rules import counting_period
from ecredit.service.publicity.clauses import clause_text
from ecredit.service.publicity.types import (
    PublicItem,
    PublicModel,
    PublicSector,
    PublicSectorStep,
    PublicStep,
)


def public_model(model: Model, since: date, catalog: Catalog) -> PublicModel:
    """A model as everyone may know it; `since` is the day it first graded anybody."""
    return PublicModel(
        edition=model.edition,
        title_zh=model.title_zh,
        title_en=model.title_en,
        version=model.version,
        since=since,
        verified=model.verified and all(indicator.verified for indicator in model.indicators),
        floor=float(model.floor),
        ceiling=float(model.ceiling),
        scale=tuple(
            PublicStep(step.grade, None if step.at_least is None else float(step.at_least))
            for step in model.scale
        ),
        basis=tuple(clause_text(catalog, ref) for ref in model.basis),
        looks_at={i.id: (i.source, i.window) for i in model.indicators},
        dimensions=tuple((d.id, d.zh, d.en) for d in model.dimensions),
        under={i.id: i.dimension for i in model.indicators},
        sector=_sector(model.sector),
    )


def _sector(sector: SectorScale | None) -> PublicSector | None:
    if sector is None:
        return None
    steps = (
        PublicSectorStep(s.grade, None if s.at_least is None else float(s.at_least), s.zh, s.en)
        for s in sector.scale
    )
    return PublicSector(tuple(steps), {cap.grade: cap.best for cap in sector.caps})


def model_doc(model: PublicModel) -> str:
    """The JSON of `model.doc`."""
    return json.dumps(
        {
            "title": (model.title_zh, model.title_en),
            "version": model.version,
            "since": model.since.isoformat(),
            "verified": model.verified,
            "bounds": (model.floor, model.ceiling),
            "scale": [(step.grade, step.at_least) for step in model.scale],
            "basis": model.basis,
            "looks_at": {
                name: (source, window.months, window.while_valid)
                for name, (source, window) in model.looks_at.items()
            },
            "dimensions": model.dimensions,
            "under": model.under,
            "sector": None
            if model.sector is None
            else ([(s.grade, s.at_least, s.zh, s.en) for s in model.sector.scale], model.sector.caps),
        },
        ensure_ascii=False,
    )


def read_model(edition: str, doc: str) -> PublicModel:
    """The model of a document made by `model_doc`."""
    held = json.loads(doc)
    return PublicModel(
        edition=edition,
        title_zh=held["title"][0],
        title_en=held["title"][1],
        version=held["version"],
        since=date.fromisoformat(held["since"]),
        verified=held["verified"],
        floor=held["bounds"][0],
        ceiling=held["bounds"][1],
        scale=tuple(PublicStep(*step) for step in held["scale"]),
        basis=tuple(held["basis"]),
        looks_at={
            name: (source, Window(months, while_valid))
            for name, (source, months, while_valid) in held["looks_at"].items()
        },
        dimensions=tuple((name, zh, en) for name, zh, en in held["dimensions"]),
        under=held["under"],
        sector=None
        if held["sector"] is None
        else PublicSector(tuple(PublicSectorStep(*step) for step in held["sector"][0]), held["sector"][1]),
    )


def counts_until(
    model: PublicModel | None, indicator: str, items: Sequence[PublicItem]
) -> tuple[date | None, ...]:
    """The first day each document no longer counts for an indicator of the model; None where no end is known.

    Nothing for an indicator the model does not have (its own base, say).
    """
    found = None if model is None else model.looks_at.get(indicator)
    if found is None:
        return ()
    periods = [counting_period(found[1], item.valid_from, item.valid_to) for item in items]
    return tuple(None if period is None else period[1] for period in periods)
