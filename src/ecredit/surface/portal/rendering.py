"""From a template to a page, fast: each language has its own compiled templates with the words already in them."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, cast

from django.template import engines
from django.template.backends.jinja2 import Jinja2
from jinja2 import Environment
from jinja2.ext import Extension
from markupsafe import Markup, escape

from ecredit.surface.portal.frame import Frame
from ecredit.surface.portal.language import LANGUAGES, Lang
from ecredit.surface.portal.words import words_in

PAGES: Final = (
    "home", "results", "subject", "section", "objection", "about", "missing", "unready", "lists", "list", "monitor", "monitor_report", "ratings", "rules",
    "rules_terms", "rules_sources", "rules_grades", "rules_signs", "rules_laws", "log", "complaints", "developers", "accessibility", "data",
    "verify", "verify_badge", "stories", "story", "story_list", "story_calendar", "story_gone",
)  # fmt: skip
_ENGINE: Final = "jinja2"
_ZH_MARK: Final[dict[Lang, str]] = {"zh": "", "en": ' lang="zh-CN"'}
"""`lang` attribute for Chinese inside an English page, so that it is read out and set rightly."""
_WORD: Final = re.compile(r"\{\{ t\.(\w+) \}\}")
_CHOSEN: Final = re.compile(r"\{\{ t\['(\w+_)' ~ ([\w.]+)\] \}\}")


class _WordsBakedIn(Extension):
    """Replaces `{{ t.word }}` by the word of the environment's language before a template is compiled, and `{{ zh }}` by
    its mark for Chinese; of `{{ t['grade_word_' ~ grade] }}` only the end is left to be looked up.

    Half of a page's expressions are such; as plain text they cost nothing when the page is made.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        lang = cast(Lang, self.environment.globals["baked"])
        words = words_in(lang)
        baked = _WORD.sub(
            lambda match: str(escape(words[match[1]])), source.replace("{{ zh }}", _ZH_MARK[lang])
        )
        return _CHOSEN.sub(self._chosen, baked)

    def _chosen(self, match: re.Match[str]) -> str:
        begin, end = match[1], match[2]
        words = vars(words_in(cast(Lang, self.environment.globals["baked"])))
        said = {
            name.removeprefix(begin): escape(word) for name, word in words.items() if name.startswith(begin)
        }
        self.environment.globals[f"t_{begin}"] = said
        return f"{{{{ t_{begin}[{end}] }}}}"


def render_page(template: str, frame: Frame, context: Mapping[str, Any]) -> str:
    """The HTML of a page in the frame's language; `frame` and `t` (its words) are known to every template."""
    return (
        _environment_in(frame.lang).get_template(template).render({"frame": frame, "t": frame.t, **context})
    )


def ways(frame: Frame, part: str, here: str) -> Markup:
    """The links of the head or the foot of a page: the same on every page of that place and language."""
    key = (frame.lang, frame.asked, part, here)
    if frame.is_static:  # where the file lies decides where its links lead
        return _made_ways(frame, part, here)
    made = _WAYS.get(key)
    if made is None:
        made = _WAYS[key] = _made_ways(frame, part, here)
    return made


_WAYS: Final[dict[tuple[Lang, Lang | None, str, str], Markup]] = {}


def _made_ways(frame: Frame, part: str, here: str) -> Markup:
    # Escaped by the template already.
    return Markup(render_page(f"portal/ways_{part}.html", frame, {"here": here}))  # noqa: S704


def warm_up() -> None:
    """Spare the first visitor the wait: read the texts and compile every page in every language."""
    for lang in LANGUAGES:
        for page in PAGES:
            _environment_in(lang).get_template(f"portal/{page}.html")


@lru_cache(maxsize=len(LANGUAGES))
def _environment_in(lang: Lang) -> Environment:
    base = cast(Jinja2, engines[_ENGINE]).env
    baked = base.overlay(extensions=[_WordsBakedIn], cache_size=50)
    baked.globals = {**base.globals, "baked": lang}
    return baked
