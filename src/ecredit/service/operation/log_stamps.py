"""Time stamps on the log's published heads: an authority outside says since when the log stood as it does.

A stamp lies in `home/log/stamps/<size>.tst` (a DER token), beside the heads it belongs to, and in the log's public copy. A head
covers all before it, so one stamp dates every older entry at the latest.
"""

import http.client
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from django.conf import settings

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.models import LogHead
from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.errors import StampBroken
from ecredit.foundation.proof.pdf_certificates import read_roots
from ecredit.foundation.proof.revocation_files import (
    RevocationFiles,
    list_revocation,
    read_revocation,
)
from ecredit.foundation.proof.time_stamps import (
    ANSWERED,
    ASKED,
    LONGEST_STAMP,
    Stamp,
    ask_for,
    check_stamp,
    read_answer,
)
from ecredit.service.publicity.public_log import PublicLog, open_copy

_SECONDS: Final = 15


class AuthorityUnreachable(EcreditError):  # noqa: N818 - says what happened
    """The time-stamping authority gave no answer."""

    code = "stamp.unreachable"


@dataclass(frozen=True, slots=True)
class StampedHead:
    """A head with its stamp; `fresh`: it was stamped now."""

    size: int
    stamp: Stamp
    fresh: bool


def is_configured() -> bool:
    """Whether the settings name an authority."""
    return bool(settings.ECREDIT_STAMP_URL)


def stamp_roots() -> tuple[x509.Certificate, ...]:
    """The roots of the settings that authorities are trusted under."""
    path = str(settings.ECREDIT_STAMP_ROOTS)
    return read_roots(Path(path).read_bytes()) if path else ()


def stamp_published_head(home: Home) -> StampedHead:
    """Have the last published head stamped, unless it is. What comes back is checked before it is kept.

    Raises WrongUse without an authority or a published head, AuthorityUnreachable, StampBroken.
    """
    head = PublicLog(home.public_log_db).head()
    if head is None:
        raise WrongUse("还没有公布过日志头", "no head of the log was published yet")
    if not is_configured():
        raise WrongUse(
            "没有设置时间戳机构（ECREDIT_STAMP_URL）", "no time-stamping authority is set (ECREDIT_STAMP_URL)"
        )
    path, data, roots = stamp_path(home, head.size), head.text.encode(), stamp_roots()
    told = _taken_back()
    if path.exists():
        stamp = check_stamp(path.read_bytes(), data, roots, lists=told.lists, answers=told.answers)
        _put(home, head.size, path.read_bytes())
        return StampedHead(head.size, stamp, fresh=False)
    request = ask_for(data)
    token = read_answer(_post(str(settings.ECREDIT_STAMP_URL), request.body), request)
    stamp = check_stamp(token, data, roots, lists=told.lists, answers=told.answers)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_bytes(token)
    draft.replace(path)
    _put(home, head.size, token)
    return StampedHead(head.size, stamp, fresh=True)


def try_to_stamp(home: Home) -> dict[str, object]:
    """As `stamp_published_head`, where publishing must go on whatever an authority does; tells what happened, nothing without one."""
    if not is_configured():
        return {}
    try:
        done = stamp_published_head(home)
    except (AuthorityUnreachable, StampBroken, WrongUse, OSError) as error:
        return {"failed": str(error)}
    return {"size": done.size, "at": done.stamp.at.isoformat(), "authority": done.stamp.authority}


def audit_stamps(home: Home) -> Iterator[AuditFinding]:
    """Each stamp must be of the head whose size it bears. Without roots in the settings its authority is not looked at."""
    folder = home.stamps
    told = RevocationFiles((), (), ())
    try:
        told = _taken_back()
    except WrongUse as error:
        yield AuditFinding("stamp", None, error.zh, error.en)
    signed = dict(LogHead.objects.values_list("size", "checkpoint"))
    for path in sorted(folder.glob("*.tst")) if folder.is_dir() else ():
        head = signed.get(int(path.stem)) if path.stem.isascii() and path.stem.isdigit() else None
        try:
            if head is None:
                raise StampBroken("没有这个日志头。", "There is no such head.")
            check_stamp(
                path.read_bytes(),
                head.encode(),
                stamp_roots() or None,
                lists=told.lists,
                answers=told.answers,
            )
        except StampBroken as error:
            yield AuditFinding(
                "stamp",
                None,
                f"时间戳 {path.name} 不是它所属日志头的：{error.zh.rstrip('。')}",
                f"the time stamp {path.name} is not of the head it belongs to: {error.en.rstrip('.')}",
            )


def _taken_back() -> RevocationFiles:
    """What the settings' folder of lists says of certificates that were taken back. Raises WrongUse for a file that is none."""
    folder = Path(str(settings.ECREDIT_SIGNING_LISTS))
    here = bool(settings.ECREDIT_SIGNING_LISTS) and folder.is_dir()
    return read_revocation(list_revocation(folder)) if here else RevocationFiles((), (), ())


def stamp_path(home: Home, size: int) -> Path:
    """Where the stamp of the head of that size lies."""
    return home.stamps / f"{size}.tst"


def _put(home: Home, size: int, token: bytes) -> None:
    with open_copy(home.public_log_db) as copy:
        copy.execute("INSERT OR REPLACE INTO stamp VALUES (?,?)", (size, token))


def _post(url: str, body: bytes) -> bytes:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise WrongUse(f"ECREDIT_STAMP_URL 不是网址：{url}", f"ECREDIT_STAMP_URL is no web address: {url}")
    connection = (
        http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=_SECONDS, context=ssl.create_default_context()
        )
        if parts.scheme == "https"
        else http.client.HTTPConnection(parts.hostname, parts.port, timeout=_SECONDS)
    )
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    try:
        connection.request("POST", target, body, {"Content-Type": ASKED, "Accept": ANSWERED})
        answer = connection.getresponse()
        raw = answer.read(LONGEST_STAMP + 1)
        if answer.status != http.client.OK or len(raw) > LONGEST_STAMP:
            raise AuthorityUnreachable(
                f"时间戳机构 {parts.hostname} 没有答复：HTTP {answer.status}",
                f"the time-stamping authority {parts.hostname} gave no answer: HTTP {answer.status}",
            )
        return raw
    except (OSError, http.client.HTTPException) as error:
        raise AuthorityUnreachable(
            f"连不上时间戳机构 {parts.hostname}：{error}",
            f"the time-stamping authority {parts.hostname} cannot be reached: {error}",
        ) from error
    finally:
        connection.close()
