"""The server: private, patient with nobody, and gone when it is told to go."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import waitress
from flask import Flask
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer

from dezone.serve.limits import Limits

_THREADS = 8


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress ships no types
    """A connection whose request must have arrived whole in time, however slowly it drips."""

    last_activity: float

    def handle_read(self) -> None:
        """Read what has come; a request that has begun does not become younger by it."""
        begun = self.last_activity if self.request is not None else None
        super().handle_read()
        if begun is not None and self.request is not None:
            self.last_activity = begun


def serve(app: Flask, host: str, port: int, limits: Limits, ready: Callable[[str], None]) -> None:
    """Serve an application until a signal ends it; requests that have begun are answered.

    Parameters
    ----------
    ready
        Is told the address when the service answers.
    """
    server = waitress.create_server(
        app,
        host=host,
        port=port,
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
    if isinstance(server, TcpWSGIServer):
        server.channel_class = _Channel

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    ready(f"http://{host}:{server.effective_port}")
    try:
        server.run()  # ends at KeyboardInterrupt, and waits for what has begun
    finally:
        server.close()
