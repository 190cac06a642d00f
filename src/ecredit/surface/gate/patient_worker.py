"""The gunicorn worker of every door: a slow client holds a socket, never a thread, and what there is no room for is told so.

Gunicorn's own threaded worker hands a connection to a thread as soon as it is accepted, and the thread waits for the
request; a few dozen connections that send half a request, or nothing, stop the portal when no buffering proxy stands
before it. Here a connection waits in the poller until the head of a request, and a small body, is complete, for
`HEAD_SECONDS` at most. Large bodies are read by threads, but not by all of them.

Nor does it share: all workers accept at one door, and one may end with every connection that is kept. Here a worker that holds
more than another stands back for a moment (`fair_share.py`).

The public's pages go one after another (`quick_lane.py`); the inner doors, which wait for a database, have threads of their own.

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
from gunicorn.http import wsgi
from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import TConn, ThreadWorker

from ecredit.surface.gate.fair_share import PLACES
from ecredit.surface.gate.numbers import TURNED_AWAY
from ecredit.surface.gate.overload import busy_answer, refusal_answer
from ecredit.surface.gate.quick_lane import QuickLane
from ecredit.surface.gate.whole_answer import WholeAnswer

HEAD_SECONDS: Final = 10.0
SEND_BYTES: Final = 256 * 1024
SEND_SECONDS: Final = 10.0
"""How long one answer may take to be taken; a client that does not read is left."""
MOST_HEAD: Final = 64 * 1024
MOST_SMALL: Final = 64 * 1024
"""Bytes of a body that is waited for without a thread."""
STAND_BACK_SECONDS: Final = 0.001
MOST_STOOD_BACK: Final = 10
"""How often a worker lets another take a connection; then it takes it, for the other may be busy or gone."""
_END: Final = b"\r\n\r\n"
# However it is written: what is not understood here may be understood by gunicorn.
_LENGTH: Final = re.compile(rb"\r\n[ \t]*content-length[ \t]*:([^\r]*)", re.I)
_MOST_DIGITS: Final = 18
# A body of unknown length, or one that is only sent when asked for.
_UNKNOWN: Final = re.compile(rb"\r\n[ \t]*(transfer-encoding|expect)[ \t]*:", re.I)
# Whoever watches must hear that a busy platform is up.
_WATCHERS: Final = re.compile(rb"(GET|HEAD) /(healthz|readyz|metrics)[ ?]")

_INNER: Final = re.compile(rb"[A-Z]+ /(desk|api)[/ ?]")


def _body_length(head: bytes) -> int | None:
    """Bytes of the body a head announces; None when they cannot be told beforehand."""
    lengths = _LENGTH.findall(head)
    if _UNKNOWN.search(head) is not None or len(lengths) > 1:
        return None
    if not lengths:
        return 0
    written = lengths[0].strip(b" \t")
    digits = written.lstrip(b"0")
    return int(digits or b"0") if written.isdigit() and len(digits) <= _MOST_DIGITS else None


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
        body = _body_length(self.head[: end + 2])
        self.upload = body is None or body > MOST_SMALL
        return body is None or self.upload or len(self.head) >= end + len(_END) + body

    def close(self, graceful: bool = False) -> None:
        """Close at once: gunicorn lingers for up to two seconds in the loop that serves everybody."""
        if graceful:
            with suppress(OSError):
                self.sock.setblocking(False)
                self.sock.shutdown(socket.SHUT_WR)
                self.sock.recv(MOST_HEAD)  # unread bytes would turn the close into a reset
        util.close(self.sock)


def _received(client: socket.socket) -> bytes | None:
    """What has come; empty when the client has gone, None when nothing has come after all."""
    try:
        return client.recv(MOST_HEAD)
    except BlockingIOError:
        return None
    except OSError:
        return b""


class PatientWorker(ThreadWorker):
    """Gives a thread only to requests that are complete; of too many that wait, the oldest is let go."""

    taken = 0
    uploads = 0
    place: int | None = None
    stood_back = 0
    stands_back_until = 0.0

    def init_process(self) -> None:
        """Read the limits, in the worker's own process; then serve."""
        self.most_taken = int(settings.ECREDIT_MOST_WAITING)
        self.longest_wait = float(settings.ECREDIT_LONGEST_WAIT)
        # A quarter of the threads is left for those who do not send large files.
        self.most_uploads = max(1, self.cfg.threads * 3 // 4)
        self.quick = QuickLane(self.cfg.threads)
        super().init_process()

    def set_accept_enabled(self, enabled: bool) -> None:
        """Listen for new connections, or not; while it stands back a worker does not listen. One that ends says so first."""
        if not self.alive:
            PLACES.retire(self.place)
        super().set_accept_enabled(enabled and time.monotonic() >= self.stands_back_until)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """One turn of the loop."""
        if self.alive:
            PLACES.tell(self.place, self.nr_conns)
        now = time.monotonic()
        left = self.stands_back_until - now
        help_in = self.quick.help(now)
        waits = (timeout, left if left > 0 else timeout, timeout if help_in is None else help_in)
        super().wait_for_and_dispatch_events(min(waits))

    def accept(self, listener: socket.socket) -> None:
        """Take a new connection and wait for its first request, unless another worker holds less."""
        if self.stood_back < MOST_STOOD_BACK and PLACES.is_anothers_turn(self.place, self.nr_conns):
            self.stood_back += 1
            self.stands_back_until = time.monotonic() + STAND_BACK_SECONDS
            self.set_accept_enabled(False)
            return
        self.stood_back = 0
        with suppress(BlockingIOError, ConnectionAbortedError):
            client, address = listener.accept()
            # Room for a whole page: a thread need not wait until a slow client has read it.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)
            if self.pending_conns and self.nr_conns + 1 >= self.worker_connections:
                self._let_go(self.pending_conns[0])
            self.nr_conns += 1
            PLACES.tell(self.place, self.nr_conns)
            self._wait_for_head(PatientConnection(self.cfg, client, address, listener.getsockname()))

    def on_client_socket_readable(self, conn: PatientConnection, client: socket.socket) -> None:
        """The next request on a connection that was kept alive begins to come, mostly whole."""
        came = _received(client)
        if came is None:
            return
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        conn.head = came.lstrip(b"\r\n")
        if came:
            self._wait_for_head(conn)
        else:
            self.nr_conns -= 1
            conn.close()

    def on_pending_socket_readable(self, conn: PatientConnection, client: socket.socket) -> None:
        """More of a head has come, or the client has gone."""
        came = _received(client)
        if came is None:
            return
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
            pool = self.tpool if conn.upload or _INNER.match(conn.head) else self.quick
            done = pool.submit(self.handle, conn)
            done.add_done_callback(partial(self.method_queue.defer, self.finish_request, conn))

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
        """Answer in one piece; a long body, which may not be read to its end, ends the connection, and the answer says so."""
        conn.sock.settimeout(SEND_SECONDS)
        try:
            answer, environ = wsgi.create(
                req, conn.sock, conn.client, conn.server, self.cfg, response_class=WholeAnswer
            )
            environ["wsgi.multithread"] = True
            self.nr += 1
            if self.nr >= self.max_requests:
                self.alive = False  # the master starts another
            if (
                conn.upload
                or not self.alive
                or not self.cfg.keepalive
                or len(self.keepalived_conns) >= self.max_keepalived
            ):
                answer.force_close()
            body = self.wsgi(environ, answer.start_response)
            try:
                if isinstance(body, wsgi.FileWrapper):
                    answer.write_file(body)
                else:
                    for piece in body:
                        answer.write(piece)
                answer.close()
            finally:
                if hasattr(body, "close"):
                    body.close()
        except TimeoutError:
            return False
        except (Exception, SystemExit) as error:
            if isinstance(error, OSError) or not answer.has_begun:
                raise
            # What has begun cannot become another answer.
            self.log.exception("Error handling request")
            return False
        return not answer.should_close()

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
