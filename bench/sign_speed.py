"""How fast are badges signed, checked and issued, and how small is a status list?

    .venv/bin/python bench/sign_speed.py [--seconds 3] [--badges 100000] [--redate]

Signatures and verifications a second of SM2 and ES256, on one thread and on all cores; a badge file checked whole; status lists
of a million places with more and more revocations. With `--badges N` a home is made with N public subjects and a badge is
issued to each (SQLite), then every one is dated anew with `--redate`. Prints one JSON document.
"""

import argparse
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
AT = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
REVOKED = (0, 100, 1_000, 5_000, 10_000, 100_000)


def per_second(act: Callable[[], object], seconds: float, threads: int) -> float:
    """How often a second `act` is done by so many threads."""
    until = time.perf_counter() + seconds

    def turn(_: int) -> int:
        done = 0
        while time.perf_counter() < until:
            act()
            done += 1
        return done

    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        done = sum(pool.map(turn, range(threads)))
    return round(done / (time.perf_counter() - started))


def signatures(seconds: float) -> dict[str, dict[str, float]]:
    """Rates by algorithm, on one thread and on all cores."""
    from cryptography.hazmat.primitives.asymmetric import ec

    from ecredit.foundation.proof import es256
    from ecredit.foundation.proof.sm2 import Sm2PrivateKey

    message, sm2, p256 = os.urandom(300), Sm2PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())
    by_sm2, by_es256, public, p256_public = (
        sm2.sign(message),
        es256.sign(p256, message),
        sm2.public,
        p256.public_key(),
    )
    acts: dict[str, Callable[[], object]] = {
        "sm2_sign": lambda: sm2.sign(message),
        "sm2_verify": lambda: public.holds(by_sm2, message),
        "es256_sign": lambda: es256.sign(p256, message),
        "es256_verify": lambda: es256.holds(p256_public, by_es256, message),
    }
    cores = os.cpu_count() or 1
    return {
        name: {"one_thread": per_second(act, seconds, 1), f"{cores}_threads": per_second(act, seconds, cores)}
        for name, act in acts.items()
    }


def checking() -> dict[str, float]:
    """A badge file checked whole, with its status list: milliseconds."""
    from ecredit.foundation.proof.badge_check import check_badge
    from ecredit.foundation.proof.checks import Asked
    from tests.proof.badge_samples import AT as SAMPLE_AT
    from tests.proof.badge_samples import make_city, make_file
    from tests.proof.test_proof_badge import make_list

    with tempfile.TemporaryDirectory() as folder:
        city = make_city(Path(folder) / "keys")
        raw = json.dumps(make_file(city)).encode()
        status = make_list(city, *random.Random(1).sample(range(1 << 20), 1_000))
        asked = Asked(city.keys, SAMPLE_AT, status)
        assert check_badge(raw, asked).ok
        times = []
        for _ in range(50):
            started = time.perf_counter()
            check_badge(raw, asked)
            times.append((time.perf_counter() - started) * 1e3)
    times.sort()
    return {"median_ms": round(times[25], 2), "worst_ms": round(times[-1], 2)}


def lists() -> dict[str, int]:
    """Bytes of a signed status list of 2^20 places, by how many are revoked at random."""
    from ecredit.foundation.proof.status_list import PLACES, pack_bits

    dice = random.Random(1)
    return {str(count): len(pack_bits(dice.sample(range(PLACES), count))) for count in REVOKED}


def badges(count: int, redate: bool) -> dict[str, Any]:
    """A home of its own with so many public subjects; a badge for each."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ECREDIT_HOME"] = f"{folder}/home"
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        import django

        django.setup()
        from bench.public_million import build
        from ecredit.foundation.proof.sealing import Sealer
        from ecredit.service.badges.issue_actions import Issuer, issue_badges
        from ecredit.surface.cli.command_home import make_home
        from ecredit.surface.cli.context import Context

        context = Context()
        home = make_home(context)
        home.public_db.unlink()
        build(home.public_db, count)
        issuer = Issuer(home, Sealer(context.ring), context.operator, AT)
        found: dict[str, Any] = {"issued": asdict(issue_badges(issuer))}
        if redate:
            later = Issuer(home, Sealer(context.ring), context.operator, AT + timedelta(days=1))
            found["dated_anew"] = asdict(issue_badges(later, redate=True))
        found["operational_mb"] = round(home.operational_db.stat().st_size / 1e6)
        found["public_copy_mb"] = round(home.badges_db.stat().st_size / 1e6)
        found["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--badges", type=int, default=0)
    parser.add_argument("--redate", action="store_true")
    args = parser.parse_args()
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]
    found: dict[str, Any] = {"cores": os.cpu_count(), "load": os.getloadavg()[0], "day": str(date.today())}  # noqa: DTZ011 - the machine's own day, beside its load
    found |= {"per_second": signatures(args.seconds), "check_a_badge": checking(), "list_bytes": lists()}
    if args.badges:
        found["badges"] = badges(args.badges, args.redate)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
