"""Everything anybody outside can take of the demo city, together: no planted number in it, and no way to piece one together."""

import csv
import io
import os
import re
import sqlite3
import unicodedata
import urllib.request
import zipfile
from collections import defaultdict
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pypdf import PdfReader

from tests.cli.conftest import run
from tests.serving import serving

# What stays hidden of a number, all its masked forms laid over each other: all but a head and a tail that tell nobody.
_HIDDEN = {"identities": 12, "telephones": 4}
_MASKED = re.compile(r"([0-9]*)(\*{2,})([0-9X]*)")


def digits(text: str) -> str:
    """Only what could be read as a number: half-width, upper case, gaps and dashes gone."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return re.sub(r"[\s\-—–]+", "", folded)


def shown(text: str) -> str:
    """A page without its marks."""
    return re.sub(r"<[^>]+>", "\n", text)


@pytest.fixture(scope="module")
def codes(city) -> list[str]:
    with sqlite3.connect(city / "public.sqlite3") as database:
        return [code for (code,) in database.execute("SELECT code FROM subject ORDER BY code")]


@pytest.fixture(scope="module")
def outputs(city, codes, tmp_path_factory) -> dict[str, str]:
    """Where it was found → text: the site as files in both languages, open data, the API, badges, reports, the public database."""
    out = tmp_path_factory.mktemp("outputs")
    run(city, "publish", "--static", str(out / "site"), "--address", "https://credit.example.cn")
    run(city, "badge", "issue", "--all")
    texts = {
        "public.sqlite3": b"".join(p.read_bytes() for p in city.glob("public.sqlite3*")).decode(
            "utf-8", "ignore"
        )
    }
    for path in (out / "site").rglob("*"):
        if path.is_file():
            texts[str(path.relative_to(out))] = _text_of(path)
    for report in (city / "reports").glob("*.csv"):
        texts[report.name] = report.read_text(encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if k != "ECREDIT_DATABASE_URL"}
    # Everything there is is fetched, one page after another.
    more = {"ECREDIT_HOME": str(city), "ECREDIT_PUBLIC_CALLS_A_MINUTE": "100000"}
    with serving(environment | more, "--no-jobs") as address:

        def fetch(path: str) -> bytes:
            with urllib.request.urlopen(address + path, timeout=60) as answer:  # noqa: S310 - our own server
                return answer.read()

        pages = [
            "/api/v1/public/commitments",
            "/api/v1/public/rating-rules",
            "/feed.xml",
            "/verify/offline.html",
        ]
        pages += ["/.well-known/did.json", *(f"/api/v1/public/subjects/{code}" for code in codes)]
        texts |= {path: fetch(path).decode() for path in pages}
        for table in sorted(set(re.findall(r"/data/(\w+)\.csv", fetch("/data").decode()))):
            for form in ("csv", "json", "parquet"):
                texts[f"/data/{table}.{form}"] = _of_bytes(fetch(f"/data/{table}.{form}"), form)
        # Reports and badges tell what profiles tell: of those that say most.
        for code in sorted(codes, key=lambda code: -len(texts[f"site/s/{code}.html"]))[:3]:
            pdf = PdfReader(io.BytesIO(fetch(f"/report/{code}.pdf")))
            texts[f"/report/{code}.pdf"] = "\n".join(page.extract_text() for page in pdf.pages)
            run(city, "badge", "take", code, "--out", str(out / "badges" / code))
            for path in (out / "badges" / code).rglob("*"):
                if path.is_file():
                    texts[str(path.relative_to(out))] = _text_of(path)
    return texts


def _text_of(path: Path) -> str:
    return _of_bytes(path.read_bytes(), path.suffix.removeprefix("."))


def _of_bytes(content: bytes, form: str) -> str:
    if form == "xlsx":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return "\n".join(book.read(name).decode("utf-8", "ignore") for name in book.namelist())
    if form == "parquet":
        return str(pq.read_table(io.BytesIO(content)).to_pylist())
    return content.decode("utf-8", "ignore")


def test_it_really_is_everything(outputs, codes):
    kinds = {place.rsplit(".", 1)[-1] for place in outputs}
    assert {"html", "csv", "json", "parquet", "pdf", "xlsx", "xml", "ics"} <= kinds
    for lang in ("", "en/"):
        assert all(f"site/{lang}s/{code}.html" in outputs for code in codes)
    assert all(f"/api/v1/public/subjects/{code}" in outputs for code in codes)
    assert sum(place.startswith("/data/") for place in outputs) >= 6
    assert len(outputs) > 1500


def test_no_output_holds_a_planted_number(outputs, truth):
    planted = {
        digits(n)
        for n in (
            *truth["personal"]["identities"],
            *truth["personal"]["telephones"],
            *truth["personal"]["spelled"],
        )
    }
    assert len(planted) > 300
    leaks = []
    for place, text in outputs.items():
        plain = digits(shown(text))
        leaks += [(place, number) for number in planted if number in plain]
    assert not leaks


def test_masked_forms_laid_over_each_other_tell_no_number(outputs, truth):
    """One page may show a head, another a tail: whoever has all of them must still not know."""
    fragments = {
        (head, len(stars), tail)
        for text in outputs.values()
        for head, stars, tail in _MASKED.findall(shown(text).upper())
        if head or tail
    }
    assert fragments
    told = defaultdict(set)
    for kind, least in _HIDDEN.items():
        for number in map(digits, truth["personal"][kind]):
            known: set[int] = set()
            for head, stars, tail in fragments:
                if (
                    len(head) + stars + len(tail) == len(number)
                    and number.startswith(head)
                    and number.endswith(tail)
                ):
                    known |= {*range(len(head)), *range(len(number) - len(tail), len(number))}
            if len(number) - len(known) < least:
                told[kind].add((number, len(known)))
    assert not told


def test_no_output_names_who_runs_a_firm_in_full(outputs, city):
    """The register's legal representatives are shown by their surname; nothing else tells the rest."""
    names = set()
    for path in (city / "demo" / "files").rglob("*登记*.csv"):
        content = path.read_bytes()
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("gb18030")
        for row in csv.DictReader(text.splitlines()):
            names.add((row.get("法定代表人(负责人)") or row.get("LEREP") or "").strip())
    names = {name for name in names if len(name) >= 3 and "*" not in name}
    assert len(names) > 50
    # A report of a batch's problems goes back to who sent the batch.
    every = {place: shown(text) for place, text in outputs.items() if not place.startswith("batch-")}
    joined = "\n".join(every.values())
    named = {name for name in names if name in joined}
    assert not {(name, place) for name in named for place, text in every.items() if name in text}


def test_a_long_list_of_missed_periods_does_not_widen_the_register(command):
    answer = command("register", "--from", "2018-01-01", "--all")
    long = [row for row in answer.document["rows"] if len(row["missed_windows"]) > 4]
    assert long and all(
        "期" in line for line in answer.lines if long[0]["source"] in line and long[0]["supplier"] in line
    )
    assert max(sum(2 if ord(c) > 0x2E7F else 1 for c in line) for line in answer.lines[:-2]) < 150
