"""Collecting 1,000,000 penalty rows with everything, beside `frictionless validate` and a Django import-export style load.

    .venv/bin/python bench/collect_million.py [--rows 1000000] [--subjects 200000] [--peers-python PEERS/bin/python]

Prints one JSON document: rows/s, peak memory, ratios. The peers run on a smaller cut of the same file (they are slow)
in the same run, without counting their start; their interpreter is of an environment with requirements-bench.txt. Ours
counts from the start of the command to its end.
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

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import penalty_file  # noqa: E402

ECREDIT = str(Path(sys.executable).with_name("ecredit"))


def run(home: Path, *words: str) -> tuple[dict, float, float]:
    """One command: its document, seconds, and its peak memory in MB (of the largest process)."""
    started = time.perf_counter()
    code = (
        "import resource,subprocess,sys;"
        "r=subprocess.run(sys.argv[1:]);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss,file=sys.stderr);sys.exit(r.returncode)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, ECREDIT, "--home", str(home), "--json", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr)
    return json.loads(done.stdout), seconds, int(done.stderr.strip().splitlines()[-1]) / 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--subjects", type=int, default=200_000)
    parser.add_argument("--peers-python", type=Path, help="run the peers too, with this interpreter")
    parser.add_argument("--peer-rows", type=int, default=20_000, help="rows of the peers' cut")
    parser.add_argument("--keep", type=Path, help="work in this folder and leave it")
    args = parser.parse_args()
    folder = args.keep or Path(tempfile.mkdtemp(prefix="ecredit-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    home = folder / "home"
    register, penalties = folder / "register.csv", folder / "penalties.csv"
    if not penalties.exists():
        penalty_file.write_register(register, args.subjects)
        broken = penalty_file.write_penalties(penalties, args.rows, args.subjects)
        (folder / "broken").write_text(str(broken))
    planted = int((folder / "broken").read_text())
    shutil.rmtree(home, ignore_errors=True)
    run(home, "init")
    registered, register_seconds, _ = run(home, "collect", "registration", str(register), "--by", "gongshang")
    receipt, seconds, memory = run(
        home, "collect", "dual_publicity_penalty", str(penalties), "--by", "gongshang"
    )
    audit, audit_seconds, audit_memory = run(home, "log", "audit")
    result = {
        "cores": os.cpu_count(),
        "file_mb": round(penalties.stat().st_size / 1e6),
        "register_rows_per_s": round(registered["rows"] / register_seconds),
        "rows": receipt["rows"],
        "planted_errors": planted,
        "quarantined": receipt["quarantined"],
        "seconds": round(seconds, 1),
        "rows_per_s": round(receipt["rows"] / seconds),
        "peak_mb": round(memory),
        "audit_ok": audit["ok"],
        "audit_leaves": audit["size"],
        "audit_seconds": round(audit_seconds, 1),
        "audit_peak_mb": round(audit_memory),
    }
    if args.peers_python:
        result |= _peers(args.peers_python, folder, penalties, args.peer_rows, result["rows_per_s"])
    print(json.dumps(result, ensure_ascii=False, indent=2))
    if not args.keep:
        shutil.rmtree(folder)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0


def _peers(python: Path, folder: Path, penalties: Path, rows: int, ours: int) -> dict:
    cut = folder / "cut.csv"
    with penalties.open(encoding="gb18030") as source, cut.open("w", encoding="gb18030", newline="") as out:
        for _, line in zip(range(rows + 1), source, strict=False):
            out.write(line)
    found = {}
    for peer in ("frictionless_validate", "import_export_load"):
        script = str(HERE / f"peer_{peer}.py")
        done = subprocess.run(
            [sys.executable, script, str(cut), "--python", str(python)],
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(done.stderr)
        told = json.loads(done.stdout)
        found[peer] = told | {"times": round(ours / told["rows_per_s"], 1)}
    return {"peers": found}


if __name__ == "__main__":
    main()
