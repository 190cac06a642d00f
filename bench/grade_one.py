"""How fast is one subject's grade, with its reasons in words and what would lift it? From the ledger of a home that is there.

    .venv/bin/python bench/grade_one.py --home HOME [--subjects 500] [--seed 1]

For a random sample of subjects: their entries are read, judged by the slow reference and put in words; then, timed apart,
what would lift the grade is worked out. Checks that each equals the kept grade. Prints one JSON document.
"""

import argparse
import json
import os
import random
import statistics
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def figures_of(seconds: list[float]) -> dict[str, float]:
    """Median, 95th percentile and worst, in milliseconds."""
    ordered = sorted(seconds)
    return {
        "median_ms": round(statistics.median(ordered) * 1e3, 2),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)] * 1e3, 2),
        "worst_ms": round(ordered[-1] * 1e3, 2),
    }


def run(home: Path, size: int, seed: int) -> dict[str, Any]:
    """Grade a sample one by one; returns the figures."""
    os.environ["ECREDIT_HOME"] = str(home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]
    import django

    django.setup()

    from ecredit.facts.records.queries import list_entries
    from ecredit.facts.subjects.queries import get_subject, list_merged_ids
    from ecredit.foundation.catalog.load import load_catalog
    from ecredit.judgement.evaluation.lift_rules import find_outlook
    from ecredit.judgement.evaluation.model_loader import load_models
    from ecredit.judgement.evaluation.queries import current_grades, find_grade, last_evaluated
    from ecredit.judgement.evaluation.reason_texts import Wording
    from ecredit.judgement.evaluation.reference import current_records, judge_records

    models = load_models(ROOT / "catalog", load_catalog(ROOT / "catalog"))
    wordings = {model.id: Wording(model) for model in models}
    evaluated = last_evaluated()
    if evaluated is None:
        raise SystemExit("nothing was evaluated in this home")
    as_of = evaluated[0]
    everyone = sorted(row.subject_id for row in current_grades() if row.model_id)
    chosen = random.Random(seed).sample(everyone, min(size, len(everyone)))
    graded, lifted, reasons, records = [], [], 0, []
    for subject_id in chosen:
        start = time.perf_counter()
        subject, ids = get_subject(subject_id), set(list_merged_ids(subject_id))
        held = [r for r in current_records(list_entries(ids)) if r.subject_id in ids]
        judged = judge_records(models, subject.kind, held, as_of, status=subject.status)
        assert judged is not None, subject_id
        said = [wordings[judged[0].id].reason(finding) for finding in judged[1].findings]
        graded.append(time.perf_counter() - start)
        start = time.perf_counter()
        find_outlook(models, subject.kind, held, as_of, status=subject.status)
        lifted.append(time.perf_counter() - start)
        kept = find_grade(subject_id)
        assert kept is not None
        assert (kept.grade, kept.score) == (judged[1].grade, judged[1].score), subject_id
        assert abs(float(sum(r.points for r in said)) - float(judged[1].score)) < 1e-9
        reasons, records = reasons + len(said), [*records, len(held)]
    return {
        "subjects": len(chosen),
        "records_most": max(records),
        "reasons": reasons,
        "equal_to_kept": len(chosen),
        "grade_with_reasons": figures_of(graded),
        "what_would_lift_it": figures_of(lifted),
    }


def main() -> None:
    """Read the arguments and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--subjects", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(json.dumps(run(given.home, given.subjects, given.seed), indent=2))


if __name__ == "__main__":
    main()
