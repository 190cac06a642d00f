"""The texts and the templates agree: nothing missing, nothing left over, no Chinese outside the catalogue."""

import re
from pathlib import Path
from typing import get_args

import yaml

from ecredit.foundation.catalog.flag_types import FLAG_CLASSES
from ecredit.foundation.catalog.folder import catalog_folder
from ecredit.foundation.catalog.monitor_types import WHENS
from ecredit.foundation.catalog.texts import list_texts
from ecredit.foundation.catalog.types import Tone
from ecredit.foundation.proof.badge_types import State
from ecredit.service.badges.standing import Standing
from ecredit.service.publicity.open_data import TABLES, ColumnKind
from ecredit.service.publicity.published import ACTS
from ecredit.service.publicity.types import Section, Ungraded
from ecredit.surface import portal
from ecredit.surface.portal import page_signature, page_verify, values
from ecredit.surface.portal.page_home import GRADES
from ecredit.surface.portal.page_rules import CHAPTERS
from ecredit.surface.portal.site_map import FOOTER, NAMES

TEMPLATES = sorted((Path(portal.__file__).parent / "jinja2").rglob("*.html"))
LAST_RESORT = "500.html"


def _used() -> set[str]:
    names: set[str] = set()
    for template in TEMPLATES:
        names.update(
            re.findall(r"(?:\bt|words_in\('en'\))\.([a-z_]\w*)", template.read_text(encoding="utf-8"))
        )
    code = "".join(p.read_text(encoding="utf-8") for p in Path(portal.__file__).parent.glob("page_*.py"))
    names.update(re.findall(r"(?:\bframe\.t|\bt)\.([a-z]\w+)", code))
    names.update(re.findall(r'words_in\("en"\)\.(\w+)', Path(values.__file__).read_text(encoding="utf-8")))
    names.update(f"section_{section}" for section in Section)
    names.update(f"grade_{what}_{grade}" for grade in GRADES for what in ("word", "text"))
    names.update(f"nav_{name}" for name in NAMES)
    names.update(f"rules_{name}" for name in CHAPTERS)
    names.update(f"rules_about_{name}" for name in CHAPTERS)
    names.update(f"rules_tone_{tone}" for tone in get_args(Tone))
    names.update(f"rules_signs_{kind}" for kind in FLAG_CLASSES)
    names.update(f"data_type_{kind}" for kind in get_args(ColumnKind))
    for table in TABLES.values():
        names.update((f"data_{table.id}", f"data_{table.id}_about"))
        names.update(f"data_{table.id}_{column.id}" for column in table.columns)
    names.update(f"log_act_{verb.rpartition('.')[2]}" for verb in ACTS)
    names.update(f"foot_{heading}" for heading, _ in FOOTER)
    names.update(f"monitor_when_{when}" for when in WHENS)
    names.update(f"said_{name}" for name in (*page_verify.SAID, *page_signature.SAID))
    names.update(f"condition_{state}" for state in State)
    names.update(f"kind_{kind}" for kind in page_verify.KINDS)
    names.update(f"check_{state}" for state in State)
    names.update(f"stand_{text}{standing}" for standing in Standing for text in ("", "text_"))
    names.update(f"ungraded_{why}" for why in get_args(Ungraded) if why)
    return names


def test_texts_and_templates_agree() -> None:
    assert len(TEMPLATES) > 10
    written = {key.removeprefix("portal.") for key in list_texts() if key.startswith("portal.")}
    assert _used() == written


def test_grades_are_named_as_the_models_name_them() -> None:
    frames = yaml.safe_load(
        (catalog_folder() / "models" / "shared" / "frames.yaml").read_text(encoding="utf-8")
    )
    named = {step["grade"]: (step["zh"], step["en"]) for step in frames["common"]["scale"]}
    texts = list_texts()
    said = {g: (texts[f"portal.grade_word_{g}"]["zh"], texts[f"portal.grade_word_{g}"]["en"]) for g in GRADES}
    assert said == named


def test_no_chinese_is_written_into_a_template() -> None:
    for template in TEMPLATES:
        if template.name != LAST_RESORT:
            assert re.findall(r"[\u4e00-\u9fff]+", template.read_text(encoding="utf-8")) == [], template
