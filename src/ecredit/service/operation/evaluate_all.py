"""Everything that follows from what was collected."""

from dataclasses import asdict
from datetime import date

from ecredit.facts.actors.types import Actor
from ecredit.facts.subjects.branch_actions import link_branches
from ecredit.judgement.evaluation.evaluate_actions import evaluate
from ecredit.service.operation.platform import Platform
from ecredit.service.publicity.project_actions import project


def evaluate_everything(
    platform: Platform, *, by: Actor, as_of: date, full: bool = False
) -> dict[str, dict[str, object]]:
    """Branches linked, grades, projection, in this order; each does only what is new. One process at a time."""
    home, catalog, ring, at = platform.home, platform.catalog, platform.ring, platform.now
    with home.alone_in_lake():
        linked = link_branches(ring=ring, by=by, at=at)
        graded = evaluate(home=home, catalog=catalog, ring=ring, as_of=as_of, by=by, at=at, full=full)
        projected = project(home=home, catalog=catalog, ring=ring, as_of=as_of, by=by, at=at, full=full)
    return {"branches": asdict(linked), "evaluation": asdict(graded), "publicity": asdict(projected)}
