"""The desk's texts and its pages agree: nothing missing, nothing left over, no Chinese outside the catalogue."""

import re
from pathlib import Path

from ecredit.foundation.catalog.texts import list_texts
from ecredit.surface import desk

ROOM = Path(desk.__file__).parent
TEMPLATES = sorted((ROOM / "jinja2").rglob("*.html"))
SOURCES = {path: path.read_text(encoding="utf-8") for path in (*TEMPLATES, *sorted(ROOM.glob("*.py")))}
WORDS = {key.removeprefix("desk.") for key in list_texts() if key.startswith("desk.")}


def test_every_word_a_page_names_is_written() -> None:
    missing = {
        f"{path.name}: {name}"
        for path in TEMPLATES
        for name in re.findall(r"(?<![\w.'\"])t\.([a-z_]\w*)", SOURCES[path])
        if name not in WORDS
    }
    missing |= {
        f"{path.name}: {name}"
        for path, source in SOURCES.items()
        for name in re.findall(r"(?:\.t|words)\.([a-z_]\w*)", source)
        if path.suffix == ".py" and name not in WORDS | {"find", "format"}
    }
    missing |= {
        f"{path.name}: {name}"
        for path, source in SOURCES.items()
        for name in re.findall(
            r'Column\(\s*"(\w+)"|Filter\(\s*"\w+",\s*"(\w+)"|Entry\(\s*"[\w:]+",\s*"(\w+)"', source
        )
        for name in filter(None, name)
        if name not in WORDS
    }
    assert missing == set()


def test_no_word_is_left_over() -> None:
    everything = "\n".join(SOURCES.values())
    named = set(re.findall(r"\w+", everything))
    built = tuple(
        prefix
        for pair in re.findall(r"[\"']([a-z_]+_)[\"'] ?(?:~|\+)|f\"([a-z_]+_)\{", everything)
        for prefix in pair
        if prefix
    )
    # `done(request, "saved", …)` names the text `done_saved`; the menu's groups name theirs.
    left = {
        word
        for word in WORDS
        if word not in named and not word.startswith((*built, "done_", "menu_", "why_", "quality_"))
    }
    assert left == set()


def test_no_chinese_is_written_into_a_template() -> None:
    for template in TEMPLATES:
        found = re.findall(r"[一-鿿]+", SOURCES[template])
        assert found == [], template


def test_every_verb_of_the_journal_has_its_words() -> None:
    source = "\n".join(p.read_text(encoding="utf-8") for p in (ROOM.parents[1]).rglob("*.py"))
    verbs = set(re.findall(r'verb="([a-z]+\.[a-z_]+)"', source))
    assert len(verbs) > 20
    assert {verb for verb in verbs if f"verb.{verb}" not in list_texts()} == set()
