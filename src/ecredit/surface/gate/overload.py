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
    b"HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nCache-Control: no-store\r\n"
    b"X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n%s"
)


def busy_answer(head: bytes) -> bytes:
    """The whole answer to a request with this head: a page, a problem document below `/api/`, no body to a HEAD."""
    line = head.split(b"\r\n", 1)[0]
    start, content = _JSON if line.partition(b" ")[2].startswith(b"/api/") else _HTML
    return start if line.startswith(b"HEAD ") else start + content


def refusal_answer(status: int, reason: str) -> bytes:
    """The whole answer to what is no request, or came to nothing; it repeats nothing of what was sent."""
    said = (
        "请求有误，无法处理。 / The request is malformed.\n"
        if status < 500
        else "服务出了问题，请稍后再试。 / Something went wrong on our side; please try again later.\n"
    ).encode()
    return _BAD % (status, reason.encode("ascii"), len(said), said)
