"""How well do the grades foretell the demo city's planted misconduct, and are the chances they mean right?

    .venv/bin/python bench/backtest_city.py [--size S] [--seeds 1 2 3] [--today 2026-11-28] [--keep FOLDER]

For every seed a city of its own is made and collected into a home of its own, each file on its day, and `ecredit backtest` asked. Prints a
line for each seed and the mean, and one JSON document at the end; exit 1 when a figure to reach is missed in the mean. Beside it stands the
area that whoever knew everybody's planted conduct on the split day would have: no grade can pass it but by luck. The truth of
the conduct is read only for the last line of each seed: the area that whoever knew everybody's conduct on the split day would have.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

AUC, ERROR = 0.80, 0.03
ECREDIT = str(Path(sys.executable).with_name("ecredit"))


def ask(home: Path, *words: str) -> dict[str, Any]:
    """One command's document."""
    done = subprocess.run(
        [ECREDIT, "--home", str(home), "--json", *words], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def measure(home: Path, size: str, seed: int, today: str) -> dict[str, Any]:
    """Make a city and judge its grades."""
    start = time.perf_counter()
    # Grades do not read orders: a small year of trade is enough.
    made = ask(home, "demo", "--size", size, "--seed", str(seed), "--today", today, "--orders", "40000")
    collected = time.perf_counter()
    report = ask(home, "backtest", "--on", _before(today), "--months", "6")
    found, calibration, moved = report["found"], report["calibration"], report["stability"]
    knowing = subprocess.run(
        [sys.executable, __file__, "--knowing", str(home), "--on", _before(today)],
        capture_output=True,
        text=True,
        check=True,
    )
    return {
        "seed": seed,
        "auc_knowing": json.loads(knowing.stdout),
        "rows": made["rows"],
        "at_risk": report["at_risk"],
        "with_outcome": report["with_outcome"],
        "not_graded": report["not_graded"],
        "not_graded_with_outcome": report["not_graded_with_outcome"],
        "auc_ranked": found["ranked"],
        "auc_score": found["score"],
        "auc_grade": found["grade"],
        "ks": found["ks"],
        "calibration_error": None if calibration is None else calibration["error"],
        "error_by_chance": None if calibration is None else calibration["by_chance"],
        "fitted_rate": None
        if calibration is None
        else calibration["fitted_outcomes"] / calibration["fitted_subjects"],
        "rate": report["with_outcome"] / report["at_risk"],
        "psi": None if moved is None else moved["psi"],
        "dimensions": {
            d["id"]: {"alone": d["alone"]["value"], "adds": d["adds"]} for d in report["dimensions"]
        },
        "grades": {g["grade"]: [g["subjects"], g["found"]["value"]] for g in report["grades"]},
        "seconds": {
            "city": round(collected - start, 1),
            "backtest": round(time.perf_counter() - collected, 1),
        },
    }


def knowing_auc(home: Path, on: date) -> float:
    """The area of the planted conduct of the split day, from the truth beside the files."""
    os.environ["ECREDIT_HOME"] = str(home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    import numpy as np
    from django.utils import timezone

    from ecredit.facts.records.queries import mirror_glob, mirror_sources
    from ecredit.facts.subjects.lake import current_path
    from ecredit.facts.subjects.models import Identifier
    from ecredit.foundation.kernel.home import Home
    from ecredit.foundation.kernel.periods import add_months
    from ecredit.judgement.evaluation.backtest_actions import _end_of
    from ecredit.judgement.evaluation.backtest_columns import Asked, read_panel
    from ecredit.judgement.evaluation.backtest_reading import load_backtest
    from ecredit.judgement.evaluation.backtest_rules import auc
    from ecredit.judgement.evaluation.column_records import Lake
    from ecredit.judgement.evaluation.columns import open_engine
    from ecredit.judgement.evaluation.model_loader import load_models
    from ecredit.surface.cli.context import Context

    context, place = Context(), Home(home)
    catalog, zone = context.catalog, timezone.get_current_timezone()
    lake = Lake(current_path(place), {source: mirror_glob(place, source) for source in mirror_sources(place)})
    truth = json.loads((home / "demo" / "truth" / "conduct.json").read_text(encoding="utf-8"))
    prone = {
        each["subject"]: each["after"] if each.get("turned_on", "9999") <= on.isoformat() else each["prone"]
        for each in truth
    }
    codes = dict(
        Identifier.objects.filter(kind__in=("reg_no", "uscc"))
        .order_by("kind")
        .values_list("subject_id", "value")
    )
    with tempfile.TemporaryDirectory() as scratch:
        engine = open_engine(Path(scratch))
        asked = Asked(on, _end_of(on, zone), add_months(on, 6), context.now)
        models, rules = load_models(catalog.folder, catalog), load_backtest(catalog.folder, catalog)
        panel = read_panel(engine, catalog, models, rules, lake, Path(scratch), asked)
        engine.close()
    known = np.array([prone.get(codes.get(int(subject), ""), np.nan) for subject in panel.subject])
    kept = ~np.isnan(known)
    return auc(known[kept], panel.bad[kept])


def _before(today: str) -> str:
    year, month, day = map(int, today.split("-"))
    return f"{year if month > 6 else year - 1}-{(month - 7) % 12 + 1:02d}-{min(day, 28):02d}"


def main() -> None:
    """Measure every seed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", default="S")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--today", default="2026-11-28")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--knowing", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--on", type=date.fromisoformat, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.knowing is not None:
        print(knowing_auc(asked.knowing, asked.on))
        return
    results = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        for seed in asked.seeds:
            home = folder / f"home-{asked.size}-{seed}"
            made = measure(home, asked.size, seed, asked.today)
            results.append(made)
            ranked, error = made["auc_ranked"], made["calibration_error"]
            print(
                f"seed {seed}: at risk {made['at_risk']:,}, did wrong {made['with_outcome']:,} ({made['rate']:.1%}); AUC "
                f"{ranked['value']:.3f} ({ranked['low']:.3f} to {ranked['high']:.3f}), score {made['auc_score']['value']:.3f}, "
                f"grade {made['auc_grade']['value']:.3f}, knowing the conduct {made['auc_knowing']:.3f}; KS {made['ks']:.3f}; calibration error {error} "
                f"(by chance {made['error_by_chance']}, fitted on a rate of {made['fitted_rate']}); PSI {made['psi']}; "
                f"{made['seconds']}",
                flush=True,
            )
    auc = statistics.mean(r["auc_ranked"]["value"] for r in results)
    errors = [r["calibration_error"] for r in results if r["calibration_error"] is not None]
    error = statistics.mean(errors) if errors else None
    print(f"mean: AUC {auc:.3f} (to reach {AUC}), calibration error {error} (below {ERROR})")
    print(json.dumps(results, ensure_ascii=False, indent=1))
    sys.exit(0 if auc >= AUC and error is not None and error < ERROR else 1)


if __name__ == "__main__":
    main()
