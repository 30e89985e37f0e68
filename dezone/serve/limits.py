"""Limits: how large a body may be, how many requests one client may make, how long one may take."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from dezone.serve.problems import RequestError

_CLIENTS = 4_096  # remembered at a time


@dataclass(frozen=True)
class Limits:
    """The limits of a service.

    Attributes
    ----------
    body_bytes
        Of one request.
    requests_a_second
        Of one client on average; twice as many at once.
    seconds
        For a request to arrive, and for a client to go on reading.
    connections
        At a time.
    """

    body_bytes: int = 8 << 20
    requests_a_second: float = 1_000
    seconds: int = 20
    connections: int = 512


class Rates:
    """The rate limit: each client has a token bucket, which is kept in memory only."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._purses: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def spend(self, client: str) -> None:
        """Take one token from a client's bucket; RequestError if it is empty."""
        now, most = time.monotonic(), 2 * self._rate
        with self._lock:
            left, before = self._purses.pop(client, (most, now))
            left = min(most, left + (now - before) * self._rate)
            self._purses[client] = (max(left - 1, 0.0), now)
            if len(self._purses) > _CLIENTS:
                self._purses.popitem(last=False)
        if left < 1:
            raise RequestError(
                429,
                f"expected at most {self._rate:g} requests a second, found more; send them slower, "
                "or many incidents in one POST.",
            )
