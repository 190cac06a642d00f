"""What a request hears that the platform has no room for: at once, from nothing but these bytes.

No text file, template or database is needed, for this is said when there is no time for them; hence the words are here.
"""

import json
import re
from typing import Final

from ecredit.foundation.kernel.languages import HTML_LANG, LANGUAGES, Lang, preferred_language
from ecredit.foundation.kernel.problem_form import KIND, problem_document

RETRY_AFTER: Final = 5
"""Seconds."""
_ZH: Final = "现在访问的人太多，请过几秒再试。"
_EN: Final = "Too many requests at this moment; please try again in a few seconds."
_PAGE: Final = f"""<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{_ZH}</title></head>
<body><main><h1>{_ZH}</h1><p lang="en">{_EN}</p></main></body>
</html>
"""
_TITLES: Final[dict[int, dict[Lang, str]]] = {
    400: {"zh": "请求有误", "en": "Bad request"},
    500: {"zh": "内部错误", "en": "Internal error"},
    503: {"zh": "暂时不可用", "en": "Not available at the moment"},
}
_ASKED: Final = re.compile(rb"\r\naccept-language:([^\r\n]*)", re.IGNORECASE)


def _problem(status: int, code: str, zh: str, en: str, lang: Lang) -> str:
    title = _TITLES[400 if status < 500 else status][lang]
    return json.dumps(
        problem_document(status=status, code=code, title=title, zh=zh, en=en, lang=lang), ensure_ascii=False
    )


def _answer(kind: str, body: str, lang: str = "") -> tuple[bytes, bytes]:
    content = body.encode()
    spoken = f"Content-Language: {lang}\r\n" if lang else ""
    head = (
        "HTTP/1.1 503 Service Unavailable\r\n"
        f"Content-Type: {kind}; charset=utf-8\r\n"
        f"Content-Length: {len(content)}\r\n"
        f"{spoken}"
        f"Retry-After: {RETRY_AFTER}\r\n"
        "Cache-Control: no-store\r\n"
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode(), content


_HTML: Final = _answer("text/html", _PAGE)
_JSON: Final = {
    lang: _answer(KIND, _problem(503, "overloaded", _ZH, _EN, lang), HTML_LANG[lang]) for lang in LANGUAGES
}
_BAD: Final = (
    b"HTTP/1.1 %d %s\r\nContent-Type: %s; charset=utf-8\r\nContent-Length: %d\r\n%sCache-Control: no-store\r\n"
    b"X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n%s"
)


def busy_answer(head: bytes) -> bytes:
    """The whole answer to a request with this head: a page, a problem document below `/api/`, no body to a HEAD."""
    line = head.split(b"\r\n", 1)[0]
    start, content = _JSON[_language(head)] if _for_program(line) else _HTML
    return start if line.startswith(b"HEAD ") else start + content


def refusal_answer(status: int, reason: str, head: bytes = b"") -> bytes:
    """The whole answer to what is no request, or came to nothing: a sentence, a problem document below `/api/`. It repeats
    nothing of what was sent."""
    zh, en = (
        ("请求有误，无法处理。网址中的汉字等字符须按 UTF-8 编码为 %XX。",
         "The request is malformed. Characters beyond ASCII in an address must be percent-encoded UTF-8.")
        if status < 500
        else ("服务出了问题，请稍后再试。", "Something went wrong on our side; please try again later.")
    )  # fmt: skip
    kind, said, spoken = b"text/plain", f"{zh} / {en}\n".encode(), b""
    if _for_program(head.split(b"\r\n", 1)[0]):
        lang = _language(head)
        kind, said = KIND.encode(), _problem(status, f"http.{status}", zh, en, lang).encode()
        spoken = b"Content-Language: %s\r\n" % HTML_LANG[lang].encode()
    return _BAD % (status, reason.encode("ascii"), kind, len(said), spoken, said)


def _language(head: bytes) -> Lang:
    """What a head asks for; Chinese when it is none."""
    asked = _ASKED.search(head)
    return preferred_language("" if asked is None else asked[1].decode("latin-1"))


def _for_program(line: bytes) -> bool:
    """Whether a request line asks for something below `/api/`."""
    return line.partition(b" ")[2].startswith(b"/api/")
