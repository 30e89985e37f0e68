"""The locks of the program, which a forked process finds free."""

from __future__ import annotations

import os
import threading

MAKING = threading.RLock()
"""Held while something is made or numbered that threads share."""

ASKING = threading.RLock()
"""Held while a shape that threads share is asked about; no other lock is taken meanwhile."""


def _hold_all() -> None:
    for lock in (MAKING, ASKING):  # in the order in which a thread takes them
        lock.acquire()


def _free_all() -> None:
    for lock in (ASKING, MAKING):
        lock.release()


# A fork waits until the locks are free: what they guard is whole in the child, and the child does
# not wait for a thread that only its parent has.
if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(before=_hold_all, after_in_parent=_free_all, after_in_child=_free_all)
