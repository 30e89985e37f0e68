"""The server: local by default, strict about time, and stopped by a signal."""

from __future__ import annotations

import ctypes
import gc
import os
import platform
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import waitress
from flask import Flask
from waitress.channel import HTTPChannel

from dezone.serve.limits import Limits
from geodata.errors import InputError

_THREADS = 32
_M_ARENA_MAX = -8  # malloc.h of the GNU C library


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress ships no types
    """A connection whose request must arrive as a whole in time, however slowly it is sent."""

    last_activity: float

    def handle_read(self) -> None:
        """Read what has come; a request that has begun does not become younger by it."""
        begun = self.last_activity if self.request is not None else None
        super().handle_read()
        if begun is not None and self.request is not None:
            self.last_activity = begun


def serve(
    app: Flask,
    host: str,
    port: int,
    limits: Limits,
    ready: Callable[[str], None],
    *,
    processes: int = 1,
) -> None:
    """Serve an application until a signal ends it; requests that have begun are answered.

    Parameters
    ----------
    ready
        Is told the address when the service answers.
    processes
        How many answer: copies of this one (`os.fork`), which end with it, however it ends.

    Raises
    ------
    InputError
        The address cannot be listened at, or this system has no `os.fork` for more processes.
    """
    if processes > 1 and not hasattr(os, "fork"):
        raise InputError(
            f"expected one process on {platform.system()}, found {processes}; "
            "leave out --processes."
        )
    listener = _listen(host, port)
    signal.signal(signal.SIGTERM, _stop)
    gc.collect()
    gc.freeze()  # the atlas stays; to look for garbage in it stops all answers for 0.1 seconds
    _one_arena()
    alive = os.pipe()  # whose end tells the others that this process is gone
    others = [_fork(app, listener, limits, alive) for _ in range(processes - 1)]
    os.close(alive[0])
    name = f"[{host}]" if ":" in host else host
    try:
        with suppress(KeyboardInterrupt):  # which may come before the server waits for it
            ready(f"http://{name}:{listener.getsockname()[1]}")
            _run(app, listener, limits)
    finally:
        os.close(alive[1])
        for other in others:
            os.waitpid(other, 0)


def _one_arena() -> None:
    """Have all threads share one arena of memory, where the C library is GNU's.

    With an arena for nearly every thread, which it gives by default, memory grows for as long as
    questions come: each arena keeps the room of the largest answer that a thread of it ever made.
    """
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def _stop(*_: Any) -> None:
    raise KeyboardInterrupt


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=1024)
    except (OSError, UnicodeError) as error:
        raise InputError(
            f"expected an address to listen at, found that {host}:{port} is none or is taken "
            f"({str(error).splitlines()[0]}); choose another --host or --port."
        ) from error


def _fork(app: Flask, listener: socket.socket, limits: Limits, alive: tuple[int, int]) -> int:
    """Start a process that answers, too; return its number."""
    other = os.fork()
    if other:
        return other

    def follow() -> None:
        os.read(alive[0], 1)
        os.kill(os.getpid(), signal.SIGTERM)

    try:
        os.close(alive[1])
        threading.Thread(target=follow, daemon=True).start()
        _run(app, listener, limits)
    finally:
        os._exit(0)  # what the first process does when it ends is its own


def _run(app: Flask, listener: socket.socket, limits: Limits) -> None:
    """Answer until KeyboardInterrupt, and what has begun."""
    server = waitress.create_server(
        app,
        sockets=[listener],
        threads=_THREADS,
        ident=None,
        clear_untrusted_proxy_headers=True,
        connection_limit=limits.connections,
        channel_timeout=limits.seconds,
        cleanup_interval=1,
        max_request_body_size=limits.body_bytes,
        max_request_header_size=16 << 10,
        # Nothing of a request is ever written to a disk.
        inbuf_overflow=2 * limits.body_bytes,
        outbuf_overflow=1 << 30,
        log_socket_errors=False,
    )
    server.channel_class = _Channel
    try:
        server.run()
    finally:
        server.close()
