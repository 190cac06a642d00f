"""What a request hears that the platform has no room for: at once, from nothing but these bytes.

No text file, template or database is needed, for this is said when there is no time for them; hence the words are here.
"""

import json
from typing import Final

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
_PROBLEM: Final = json.dumps(
    {"type": "about:blank", "title": _EN, "title_zh": _ZH, "status": 503, "code": "overloaded"},
    ensure_ascii=False,
)


def _answer(kind: str, body: str) -> tuple[bytes, bytes]:
    content = body.encode()
    head = (
        "HTTP/1.1 503 Service Unavailable\r\n"
        f"Content-Type: {kind}; charset=utf-8\r\n"
        f"Content-Length: {len(content)}\r\n"
        f"Retry-After: {RETRY_AFTER}\r\n"
        "Cache-Control: no-store\r\n"
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode(), content


_HTML, _JSON = _answer("text/html", _PAGE), _answer("application/problem+json", _PROBLEM)
_BAD: Final = (
    b"HTTP/1.1 %d %s\r\nContent-Type: %s; charset=utf-8\r\nContent-Length: %d\r\nCache-Control: no-store\r\n"
    b"X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n%s"
)


def busy_answer(head: bytes) -> bytes:
    """The whole answer to a request with this head: a page, a problem document below `/api/`, no body to a HEAD."""
    line = head.split(b"\r\n", 1)[0]
    start, content = _JSON if _for_program(line) else _HTML
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
    kind, said = b"text/plain", f"{zh} / {en}\n".encode()
    if _for_program(head.split(b"\r\n", 1)[0]):
        document = {
            "type": "about:blank",
            "title": en,
            "title_zh": zh,
            "status": status,
            "code": f"http.{status}",
        }
        kind, said = b"application/problem+json", json.dumps(document, ensure_ascii=False).encode()
    return _BAD % (status, reason.encode("ascii"), kind, len(said), said)


def _for_program(line: bytes) -> bool:
    """Whether a request line asks for something below `/api/`."""
    return line.partition(b" ")[2].startswith(b"/api/")
