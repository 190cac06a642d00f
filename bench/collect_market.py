"""A synthetic year of trade into the lake of a new home, the same once more, then a day's corrections; and views opened on it.

    .venv/bin/python bench/collect_market.py [--size S] [--folder TRADE]

Prints one JSON document: rows/s of `ecredit collect-market` from the start of the command to its end, its peak memory, and
the time to open the lake and read it once. `--folder` takes trade tables that are there instead of making them.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

_TIMED = """
import json, sys, time
from pathlib import Path
import os
os.environ["ECREDIT_HOME"] = sys.argv[1]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
import django
django.setup()
from ecredit.facts.market.lake_queries import open_lake
from ecredit.foundation.catalog.folder import catalog_folder
from ecredit.foundation.catalog.load import load_catalog
from ecredit.foundation.engine.duck import open_duck
from ecredit.foundation.kernel.home import Home
trade = load_catalog(catalog_folder()).trade
with open_duck() as connection:
    begun = time.perf_counter()
    with open_lake(Home(Path(sys.argv[1])), connection, trade) as lake:
        opened = time.perf_counter() - begun
        counts = {name: lake.count_rows(name) for name in lake.given}
        begun = time.perf_counter()
        connection.execute("SELECT max(scanned_at), max(waybill_no), count(DISTINCT kind), avg(lat) FROM scans").fetchall()
        print(json.dumps({"open_seconds": round(opened, 2), "scan_seconds": round(time.perf_counter() - begun, 2), "rows": counts}))
"""


def ecredit(home: Path, *words: str) -> dict:
    """One command: its document, with seconds and its peak memory in MB so far."""
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "ecredit.surface.cli.main", "--home", str(home), "--json", *words],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    document = json.loads(done.stdout)
    seconds = time.perf_counter() - begun
    rows = sum(receipt["rows"] for receipt in document.get("receipts", []))
    return {
        "seconds": round(seconds, 1),
        "rows": rows,
        "rows_per_second": round(rows / seconds),
        "peak_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
        **{fate: sum(r[fate] for r in document.get("receipts", [])) for fate in ("accepted", "superseded", "duplicate", "quarantined")},
    }  # fmt: skip


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", default="S")
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="collect-market-"))
    home, folder = work / "home", args.folder
    try:
        if folder is None:
            ecredit(home, "demo", "--trade", "--size", args.size, "--out", str(work / "made"))
            folder = work / "made" / "trade"
        ecredit(home, "init")
        ecredit(home, "organisation", "plat-bench", "测量平台", "--kind", "platform")
        found = {"first": ecredit(home, "collect-market", str(folder), "--by", "plat-bench")}
        found["again"] = ecredit(home, "collect-market", str(folder), "--by", "plat-bench")
        day = work / "day"
        day.mkdir()
        duckdb.execute(
            f"COPY (SELECT * REPLACE (amount + 1 AS amount) FROM '{folder}/orders.parquet' "
            "WHERE ordered_at::DATE = (SELECT max(ordered_at)::DATE FROM "
            f"'{folder}/orders.parquet')) TO '{day}/orders.parquet'"
        )
        found["a_days_orders_corrected"] = ecredit(home, "collect-market", str(day), "--by", "plat-bench")
        timed = subprocess.run(
            [sys.executable, "-c", _TIMED, str(home)], capture_output=True, text=True, check=False
        )
        found["lake"] = json.loads(timed.stdout) if timed.returncode == 0 else {"error": timed.stderr}
        files = list((home / "lake" / "trade").rglob("*.parquet"))
        found["files"] = {"count": len(files), "mb": sum(path.stat().st_size for path in files) >> 20}
        print(json.dumps(found, ensure_ascii=False, indent=2))
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
