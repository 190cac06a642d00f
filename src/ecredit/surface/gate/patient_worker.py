"""The gunicorn worker of every door: a slow client holds a socket, never a thread, and what there is no room for is told so.

Gunicorn's own threaded worker hands a connection to a thread as soon as it is accepted, and the thread waits for the
request; a few dozen connections that send half a request, or nothing, stop the portal when no buffering proxy stands
before it. Here a connection waits in the poller until the head of a request, and a small body, is complete, for
`HEAD_SECONDS` at most. Large bodies are read by threads, but not by all of them.

Gunicorn also queues without bound. Here a worker takes only so many requests (`ECREDIT_MOST_WAITING`); one more, or one that
has waited too long for its thread (`ECREDIT_LONGEST_WAIT`), is answered 503 at once, so that those taken are answered soon.
"""

import re
import socket
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any, Final

from django.conf import settings
from gunicorn import util
from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import TConn, ThreadWorker

from ecredit.surface.gate.numbers import TURNED_AWAY
from ecredit.surface.gate.overload import busy_answer, refusal_answer

HEAD_SECONDS: Final = 10.0
SEND_BYTES: Final = 256 * 1024
SEND_SECONDS: Final = 10.0
"""How long one answer may take to be taken; a client that does not read is left."""
MOST_HEAD: Final = 64 * 1024
MOST_SMALL: Final = 64 * 1024
"""Bytes of a body that is waited for without a thread."""
_END: Final = b"\r\n\r\n"
_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.I)
# A body of unknown length, or one that is only sent when asked for.
_UNKNOWN: Final = re.compile(rb"\r\n(transfer-encoding|expect):", re.I)
# Whoever watches must hear that a busy platform is up.
_WATCHERS: Final = re.compile(rb"(GET|HEAD) /(healthz|readyz|metrics)[ ?]")


# The head of the request that this thread answers: gunicorn tells who has to answer for a fault nothing of it.
_asked: Final = threading.local()


class PatientConnection(TConn):
    """A connection and what has come of its next request's head."""

    head: bytes = b""
    queued_at: float = 0.0
    upload: bool = False

    def is_complete(self) -> bool:
        """Whether a thread can take the request: its head is there, and so is its body unless that is long."""
        end = self.head.find(_END)
        if end < 0:
            return False
        head = self.head[: end + 2]
        length = _LENGTH.search(head)
        body = 0 if length is None else int(length[1])
        self.upload = body > MOST_SMALL or _UNKNOWN.search(head) is not None
        return self.upload or len(self.head) >= end + len(_END) + body

    def close(self, graceful: bool = False) -> None:
        """Close at once: gunicorn lingers for up to two seconds in the loop that serves everybody."""
        if graceful:
            with suppress(OSError):
                self.sock.setblocking(False)
                self.sock.shutdown(socket.SHUT_WR)
                self.sock.recv(MOST_HEAD)  # unread bytes would turn the close into a reset
        util.close(self.sock)


class PatientWorker(ThreadWorker):
    """Gives a thread only to requests that are complete; of too many that wait, the oldest is let go."""

    taken = 0
    uploads = 0

    def init_process(self) -> None:
        """Read the limits, in the worker's own process; then serve."""
        self.most_taken = int(settings.ECREDIT_MOST_WAITING)
        self.longest_wait = float(settings.ECREDIT_LONGEST_WAIT)
        # A quarter of the threads is left for those who do not send large files.
        self.most_uploads = max(1, self.cfg.threads * 3 // 4)
        super().init_process()

    def accept(self, listener: socket.socket) -> None:
        """Take a new connection and wait for its first request."""
        with suppress(BlockingIOError, ConnectionAbortedError):
            client, address = listener.accept()
            # Room for a whole page: a thread need not wait until a slow client has read it.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)
            if self.pending_conns and self.nr_conns + 1 >= self.worker_connections:
                self._let_go(self.pending_conns[0])
            self.nr_conns += 1
            self._wait_for_head(PatientConnection(self.cfg, client, address, listener.getsockname()))

    def on_client_socket_readable(self, conn: PatientConnection, client: socket.socket) -> None:
        """The next request on a connection that was kept alive begins to come."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._wait_for_head(conn)

    def on_pending_socket_readable(self, conn: PatientConnection, client: socket.socket) -> None:
        """More of a head has come, or the client has gone."""
        try:
            came = client.recv(MOST_HEAD)
        except BlockingIOError:
            return
        except OSError:
            came = b""
        # Empty lines before a request are allowed and mean nothing (RFC 9112 section 2.2).
        conn.head = (conn.head + came).lstrip(b"\r\n")
        if not came or (len(conn.head) > MOST_HEAD and _END not in conn.head):
            self._let_go(conn)
        elif conn.is_complete():
            self.poller.unregister(client)
            self.pending_conns.remove(conn)
            self.enqueue_req(conn)

    def enqueue_req(self, conn: PatientConnection) -> None:
        """Let a complete request have a thread when one comes free, or turn it away."""
        if self.taken >= self.most_taken and not _WATCHERS.match(conn.head):
            self._turn_away(conn, "full")
        elif conn.upload and self.uploads >= self.most_uploads:
            self._turn_away(conn, "uploads")
        else:
            self.taken += 1
            self.uploads += conn.upload
            conn.queued_at = time.monotonic()
            super().enqueue_req(conn)

    def finish_request(self, conn: PatientConnection, fs: "Future[Any]") -> None:
        """After an answer: a request that came close behind is waited for like any other."""
        self.taken -= 1
        self.uploads -= conn.upload
        if not fs.cancelled() and fs.exception() is None and fs.result():
            conn.head = conn.parser.unreader.take_buffered().lstrip(b"\r\n")
            if conn.head:
                self._wait_for_head(conn)
                return
        super().finish_request(conn, fs)

    def handle(self, conn: PatientConnection) -> Any:
        """Read the complete head, in a thread, and answer."""
        conn.data_ready = True
        if time.monotonic() - conn.queued_at > self.longest_wait and not _WATCHERS.match(conn.head):
            TURNED_AWAY.labels("late").inc()
            conn.sock.settimeout(SEND_SECONDS)
            with suppress(OSError):
                conn.sock.sendall(busy_answer(conn.head))
            return False
        conn.init()
        conn.parser.unreader.unread(conn.head)
        _asked.head, conn.head = conn.head, b""
        return super().handle(conn)

    def handle_request(self, req: Any, conn: PatientConnection) -> bool:
        """Answer; a long body, which may not be read to its end, ends the connection, and the answer says so."""
        conn.sock.settimeout(SEND_SECONDS)
        if conn.upload:
            req.force_close()
        try:
            kept: bool = super().handle_request(req, conn)
        except TimeoutError:
            return False
        return kept

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:  # noqa: ARG002
        """What is no request, or failed outside Django. Gunicorn would repeat the request in its log and its answer."""
        broken = isinstance(exc, ParseException)
        if not broken:
            self.log.error("Error handling request", exc_info=exc)
        with suppress(OSError):
            status, reason = (400, "Bad Request") if broken else (500, "Internal Server Error")
            client.sendall(refusal_answer(status, reason, getattr(_asked, "head", b"")))

    def _turn_away(self, conn: PatientConnection, why: str) -> None:
        """Answer 503 from the loop; what does not fit into the socket's buffer at once is not sent."""
        TURNED_AWAY.labels(why).inc()
        with suppress(OSError):
            conn.sock.setblocking(False)
            conn.sock.send(busy_answer(conn.head))
        self.nr_conns -= 1
        conn.close(graceful=True)

    def _wait_for_head(self, conn: PatientConnection) -> None:
        if conn.is_complete():
            self.enqueue_req(conn)
            return
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + HEAD_SECONDS
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def _let_go(self, conn: PatientConnection) -> None:
        self.poller.unregister(conn.sock)
        self.pending_conns.remove(conn)
        self.nr_conns -= 1
        conn.close()
