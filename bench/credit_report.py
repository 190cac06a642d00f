"""How fast is a credit report? Content, drawing and signing timed apart, for a subject of a home that is there; nothing is issued.

    .venv/bin/python bench/credit_report.py --home HOME CODE [--times 20] [--lang zh]

The first round loads the libraries and is told apart. Prints one JSON document: pages, bytes, seconds.
"""

import argparse
import io
import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def run(home: Path, code: str, times: int, lang: str) -> dict[str, Any]:
    """Make the report so many times; returns the figures."""
    os.environ["ECREDIT_HOME"] = str(home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]
    import django

    django.setup()
    import pypdf

    from ecredit.facts.actors.types import OPERATOR
    from ecredit.foundation.proof.pdf_signing import sign_pdf
    from ecredit.service.credit_reports.drawing import draw_report
    from ecredit.service.credit_reports.issue_actions import Maker, find_signer
    from ecredit.service.credit_reports.public_content import read_public_contents
    from ecredit.service.credit_reports.types import Langs
    from ecredit.service.operation.platform import Platform
    from ecredit.service.publicity.queries import PublicStore

    platform = Platform()
    at, parts, raw = platform.now, [], b""
    store = PublicStore(platform.home.public_db)
    for _ in range(times + 1):
        start = time.perf_counter()
        contents = read_public_contents(store, code, on=platform.today, langs=Langs(lang))
        if contents is None:
            raise SystemExit(f"no public profile of {code}")
        read = time.perf_counter()
        drawn = draw_report(
            contents, number="R00000000-0000000000", at=at, site="https://x.example", test=True
        )
        draw = time.perf_counter()
        signer = find_signer(Maker(platform.home, platform.sealer, OPERATOR, at))
        raw = sign_pdf(
            drawn, signer, at=max(at, signer.certificate.not_valid_before_utc), reason="bench", place="x"
        )
        parts.append((read - start, draw - read, time.perf_counter() - draw))
    warm = list(zip(*parts[1:], strict=True))
    return {
        "pages": len(pypdf.PdfReader(io.BytesIO(raw)).pages),
        "bytes": len(raw),
        "first_s": round(sum(parts[0]), 3),
        "median_s": {
            name: round(statistics.median(of), 4)
            for name, of in zip(("read", "draw", "sign"), warm, strict=True)
        },
        "whole_median_s": round(statistics.median(map(sum, parts[1:])), 3),
        "whole_worst_s": round(max(map(sum, parts[1:])), 3),
    }


def main() -> None:
    """Read the command line, print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("code")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--lang", choices=("zh", "en", "both"), default="zh")
    args = parser.parse_args()
    print(json.dumps(run(args.home, args.code, args.times, args.lang), indent=1))


if __name__ == "__main__":
    main()
