"""A report as a PDF: tagged (PDF/UA-1), archivable (PDF/A-2a), with its Chinese fonts embedded, the same for the same content.

The fonts come with a package (Noto Sans SC and Noto Serif SC, SIL Open Font License 1.1, which lets them be embedded and
passed on); no font of the machine is used, so a report looks the same everywhere.
"""

import io
import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import segno

from ecredit.service.credit_reports.errors import NoFont
from ecredit.service.credit_reports.types import Contents, Told
from ecredit.service.credit_reports.wording import minute, say

TYPES: Final = ("ua-1", "a-2a")
_LAYOUT: Final = Path(__file__).with_name("report.typ")
_REGIONS: Final = {"zh": "cn", "en": "gb"}
# What the compiler says of a character that no font has.
_NO_GLYPH: Final = re.compile(r"the text [`\"“]+(?P<text>.+?)[`\"”]+ could not be displayed")
_TRIES: Final = 20
_CUT: Final = "\0"


def draw_report(contents: Contents, *, number: str, at: datetime, site: str, test: bool) -> bytes:
    """The PDF, not yet signed. Raises NoFont where the fonts are not installed.

    A character no font has is written as its number (［U+2CE93］), so that nothing is silently left out.
    """
    document = json.dumps(_document(contents, number, at, site, test), ensure_ascii=False)
    for _ in range(_TRIES):
        try:
            return _compile(document, at)
        except _Unknown as unknown:
            document = _spelled_out(document, unknown.text)
    raise ValueError("characters without a glyph remain")


def check_address(site: str, number: str) -> str:
    """Where a report is checked, in capitals as its QR code holds it: such a code is smaller."""
    return f"{site}/r/{number}".upper()


class _Unknown(Exception):  # noqa: N818 - caught where it is raised
    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


def _compile(document: str, at: datetime) -> bytes:
    import typst  # noqa: PLC0415 - tens of megabytes; only who draws needs it

    try:
        made = typst.compile(
            str(_LAYOUT),
            font_paths=[str(_fonts())],
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=list(TYPES),
            sys_inputs={"report": document},
            timestamp=int(at.timestamp()),
        )
    except typst.TypstError as error:
        found = _NO_GLYPH.search(str(error))
        if found is None:
            raise
        raise _Unknown(found["text"]) from error
    return bytes(made)


def _fonts() -> Path:
    try:
        from pylopdf_fonts_zh_cn import sans_path  # noqa: PLC0415 - may be missing, which is told
    except ImportError as error:
        raise NoFont(
            "缺少要嵌入的中文字体：请安装软件包 pylopdf-fonts-zh-cn（思源黑体、宋体，OFL 1.1），或重新运行 scripts/environment。",
            "The Chinese fonts to embed are missing: install the package pylopdf-fonts-zh-cn (Noto Sans and Serif SC, OFL 1.1), "
            "or run scripts/environment again.",
        ) from error
    return Path(sans_path()).parent


def _spelled_out(document: str, text: str) -> str:
    """Each of the characters as its number; plain ones among them have a glyph and stay."""
    strange = {c for c in text if ord(c) > 0x24F and c in document}
    if not strange:
        raise ValueError("a text without a glyph is not in the document")
    return "".join(f"［U+{ord(c):04X}］" if c in strange else c for c in document)


def _document(contents: Contents, number: str, at: datetime, site: str, test: bool) -> Mapping[str, Any]:
    first = contents.langs.each[0]
    address = check_address(site, number)
    return {
        "lang": first,
        "region": _REGIONS[first],
        "title": f"{contents.told[0].title} {contents.name}",
        "author": say(first, "portal.site_sub"),
        "description": say(first, "credit_report.reason", number=number),
        "keywords": [contents.code, number],
        "site_name": say(first, "portal.site_full"),
        "number_label": say(first, "credit_report.number"),
        "number": number,
        "footer": say(first, "credit_report.made", at=minute(at)),
        "page_words": say(first, "credit_report.page", page=_CUT, pages=_CUT).split(_CUT),
        "qr": _qr(address),
        "contents": [_in_language(told, address, test) for told in contents.told],
    }


def _in_language(told: Told, address: str, test: bool) -> dict[str, Any]:
    opening = list(told.opening)
    if test:
        opening.append({"kind": "note", "text": say(told.lang, "credit_report.test_seal")})
    return {
        **asdict(told),
        "opening": opening,
        "region": _REGIONS[told.lang],
        "qr_alt": say(told.lang, "credit_report.qr_alt", address=address),
        "qr_words": say(told.lang, "credit_report.qr_words", address=address),
    }


def _qr(address: str) -> str:
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", xmldecl=False, border=2)
    return out.getvalue().decode("ascii")
