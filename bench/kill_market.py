"""`kill -9` while trade is taken into the lake, at any moment, then the same folder once more: nothing half done.

    .venv/bin/python bench/kill_market.py TRADE [--cuts 8] [--seed 4]

Prints one JSON document; exit 1 when the manifest is not what lies in the lake, a batch was left open, a row of a sound
folder was not accepted, or the audit is not clean.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main() -> int:
    """Cut, finish, look."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cuts", type=int, default=8)
    parser.add_argument("--seed", type=int, default=4)
    args = parser.parse_args()
    chance = random.Random(args.seed)
    work = Path(tempfile.mkdtemp(prefix="kill-market-"))
    home = work / "home"
    ecredit = [sys.executable, "-m", "ecredit.surface.cli.main", "--home", str(home), "--json"]
    collect = [*ecredit, "collect-market", str(args.folder), "--by", "plat-kill"]
    try:
        for words in (["init"], ["organisation", "plat-kill", "测量平台", "--kind", "platform"]):
            subprocess.run([*ecredit, *words], check=True, capture_output=True)
        cut = 0
        for _ in range(args.cuts):
            process = subprocess.Popen(
                collect, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
            )
            strike = time.monotonic() + chance.uniform(3, 14)
            while process.poll() is None and time.monotonic() < strike:
                time.sleep(0.02)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                cut += 1
            process.wait()
        done = subprocess.run(collect, capture_output=True, text=True, check=True)
        receipts = json.loads(done.stdout)["receipts"]
        base = home / "lake" / "trade"
        with sqlite3.connect(home / "ecredit.sqlite3") as database:
            named = {name for (name,) in database.execute("SELECT name FROM market_part")}
            ((left,),) = database.execute("SELECT count(*) FROM market_batch WHERE state = 'open'")
        there = {path.relative_to(base).as_posix() for path in base.rglob("*") if path.is_file()}
        audit = subprocess.run([*ecredit, "log", "audit"], capture_output=True, text=True, check=False)
        found = {
            "cut": cut,
            "files": len(there),
            "manifest_is_what_lies_there": named == there,
            "left_open": left,
            "rows": sum(receipt["rows"] for receipt in receipts),
            "accepted": sum(receipt["accepted"] for receipt in receipts),
            "audit": audit.returncode,
        }
        print(json.dumps(found, indent=2))
        sound = named == there and not left and not audit.returncode and found["rows"] == found["accepted"]
        return 0 if sound else 1
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
