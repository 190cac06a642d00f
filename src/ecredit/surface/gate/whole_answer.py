"""An answer that leaves in one piece: gunicorn sends the head by itself, and the client is woken for it before the page is there."""

from typing import Any, Final

from gunicorn import util
from gunicorn.http.wsgi import Response

_TOGETHER: Final = 64 * 1024
"""Bytes of a body that are worth copying behind the head."""


class WholeAnswer(Response):
    """Gunicorn's response; its head waits for the first bytes of the body, or for the end."""

    headers_sent: bool
    held: bytes = b""
    waits: bool = True

    @property
    def has_begun(self) -> bool:
        """Whether any of it has left."""
        return bool(self.headers_sent) and not self.held

    def send_headers(self) -> None:
        """Make the head ready."""
        if self.headers_sent:
            return
        if not self.waits:
            super().send_headers()
            return
        lines = [*self.default_headers(), *(f"{name}: {value}\r\n" for name, value in self.headers), "\r\n"]
        self.held = "".join(lines).encode("latin-1")
        self.headers_sent = True

    def write_file(self, respiter: Any) -> None:
        """A file is sent by the system itself, after the head."""
        self.waits = False
        super().write_file(respiter)

    def close(self) -> None:
        """What has no body leaves now."""
        self.send_headers()
        self._send_held()
        super().close()

    def _emit_body(self, data: bytes) -> None:
        if self.held and not self.chunked and len(data) <= _TOGETHER:
            data, self.held = self.held + data, b""
        self._send_held()
        super()._emit_body(data)

    def _send_held(self) -> None:
        if self.held:
            held, self.held = self.held, b""
            util.write(self.sock, held)
