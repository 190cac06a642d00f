"""The gunicorn worker of the portal: a slow client holds a socket, never one of the few threads.

Gunicorn's own threaded worker hands a connection to a thread as soon as it is accepted, and the thread waits for the
request; a few dozen connections that send half a request, or nothing, stop the portal when no buffering proxy stands
before it. Here a connection waits in the poller until the head of a request is complete, for `HEAD_SECONDS` at most.
"""

import socket
import time
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any, Final

from gunicorn import util
from gunicorn.workers.gthread import TConn, ThreadWorker

HEAD_SECONDS: Final = 10.0
SEND_BYTES: Final = 256 * 1024
SEND_SECONDS: Final = 10.0
"""How long one answer may take to be taken; a client that does not read is left."""
MOST_HEAD: Final = 64 * 1024
_END: Final = b"\r\n\r\n"


class PatientConnection(TConn):
    """A connection and what has come of its next request's head."""

    head: bytes = b""

    def close(self, graceful: bool = False) -> None:
        """Close at once: gunicorn lingers for up to two seconds in the loop that serves everybody."""
        if graceful:
            with suppress(OSError):
                self.sock.setblocking(False)
                self.sock.shutdown(socket.SHUT_WR)
                self.sock.recv(MOST_HEAD)  # unread bytes would turn the close into a reset
        util.close(self.sock)


class PatientWorker(ThreadWorker):
    """Gives a thread only to requests whose head is complete; of too many that wait, the oldest is let go."""

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
        if not came or len(conn.head) > MOST_HEAD:
            self._let_go(conn)
        elif _END in conn.head:
            self.poller.unregister(client)
            self.pending_conns.remove(conn)
            self.enqueue_req(conn)

    def finish_request(self, conn: PatientConnection, fs: "Future[Any]") -> None:
        """After an answer: a request that came close behind is waited for like any other."""
        if not fs.cancelled() and fs.exception() is None and fs.result():
            conn.head = conn.parser.unreader.take_buffered().lstrip(b"\r\n")
            if conn.head:
                self._wait_for_head(conn)
                return
        super().finish_request(conn, fs)

    def handle(self, conn: PatientConnection) -> Any:
        """Read the complete head, in a thread, and answer."""
        conn.data_ready = True
        conn.init()
        conn.parser.unreader.unread(conn.head)
        conn.head = b""
        return super().handle(conn)

    def handle_request(self, req: Any, conn: PatientConnection) -> bool:
        """Answer; no page takes a body, so whoever sends one is not heard to its end."""
        conn.sock.settimeout(SEND_SECONDS)
        try:
            kept: bool = super().handle_request(req, conn)
        except TimeoutError:
            return False
        return kept and not any(name in ("CONTENT-LENGTH", "TRANSFER-ENCODING") for name, _ in req.headers)

    def _wait_for_head(self, conn: PatientConnection) -> None:
        if _END in conn.head:
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
