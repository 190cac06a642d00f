"""Where a witness gets a city's log from: its site over HTTP, or a folder with the exported site. Nothing but GET, nobody trusted."""

import http.client
import ssl
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self
from urllib.parse import urlsplit

from ecredit.foundation.kernel.errors import InputRefused, WrongUse

CHECKPOINT: Final = "checkpoint"
KEY: Final = "key.txt"
LONGEST: Final = 1 << 16
"""Bytes of the longest file a log may give; a tile has 8,192."""
_SECONDS: Final = 30
_TRIES: Final = 3
_AGENT: Final = "ecredit-witness"


class LogSource(Protocol):
    """A log's files by the names of tlog-tiles."""

    @property
    def name(self) -> str:
        """Where it is, for people."""
        ...

    def get(self, name: str) -> bytes | None:
        """The file; None when there is none. Raises InputRefused when the source cannot be read."""
        ...


class HttpSource:
    """A site's log below `<address>/log/`; one connection, kept open. Redirects are named, not followed."""

    def __init__(self, address: str) -> None:
        """Raises WrongUse for what is no address."""
        parts = urlsplit(address.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise WrongUse(f"{address} 不是网址", f"{address} is no web address")
        path = parts.path.rstrip("/")
        self._path = path if path.endswith("/log") else f"{path}/log"
        self.name = f"{parts.scheme}://{parts.netloc}{self._path}"
        host, port = parts.hostname, parts.port
        self._connection: http.client.HTTPConnection = (
            http.client.HTTPSConnection(host, port, timeout=_SECONDS, context=ssl.create_default_context())
            if parts.scheme == "https"
            else http.client.HTTPConnection(host, port, timeout=_SECONDS)
        )

    def get(self, name: str) -> bytes | None:
        """See `LogSource`."""
        fault = ""
        for wait in range(_TRIES):
            time.sleep(wait)
            try:
                self._connection.request(
                    "GET", f"{self._path}/{name}", headers={"User-Agent": _AGENT, "Accept": "*/*"}
                )
                answer = self._connection.getresponse()
                body = answer.read(LONGEST + 1)
                whole = answer.isclosed()
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                fault = f"{type(error).__name__}: {error}"
                continue
            if not whole:
                self._connection.close()
            if answer.status == http.client.OK:
                return body
            if answer.status in (http.client.NOT_FOUND, http.client.GONE):
                return None
            if answer.status in range(300, 400):
                to = answer.getheader("Location", "")
                raise InputRefused(
                    f"{self.name} 转到 {to}；请直接给出那个网址",
                    f"{self.name} sends on to {to}; give that address instead",
                )
            fault = f"HTTP {answer.status}"
        raise InputRefused(
            f"取不到 {self.name}/{name}：{fault}", f"{self.name}/{name} cannot be fetched: {fault}"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._connection.close()


class FolderSource:
    """The log in a folder that `ecredit publish --static` wrote (or its `log` folder)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder if folder.name == "log" else folder / "log"
        self.name = str(self._folder)

    def get(self, name: str) -> bytes | None:
        """See `LogSource`."""
        path = self._folder / name
        try:
            with path.open("rb") as file:
                return file.read(LONGEST + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise InputRefused(f"读不了 {path}", f"{path} cannot be read") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        return None


def open_source(where: str) -> HttpSource | FolderSource:
    """The source of a web address, or of a folder. Raises WrongUse for neither."""
    if where.startswith(("http://", "https://")):
        return HttpSource(where)
    folder = Path(where)
    if not folder.is_dir():
        raise WrongUse(
            f"没有 {where}：请给出网址或目录", f"there is no {where}: give a web address or a folder"
        )
    return FolderSource(folder)
