"""Private folders for what is unpacked or copied for a while."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
import time
import weakref
from functools import cache
from pathlib import Path

from geodata.errors import OutputError

_PREFIX = "dezone-run-"
_YOUNG_S = 60  # a folder may have been made just now, and not be held yet


class Temporary:
    """A private folder that is removed when nothing needs it any more.

    It lies where TMPDIR says, and nowhere else instead; without TMPDIR, where the system keeps such
    files. What a process left that was killed goes when a later one needs such a folder.

    Raises
    ------
    OutputError
        No folder can be made there.
    """

    def __init__(self) -> None:
        home = copies()
        _sweep(home)
        # A signal may come at any moment: what is removed is named before it is made.
        self.path = home / f"{_PREFIX}{secrets.token_hex(8)}"
        held: list[int] = []
        self._clean = weakref.finalize(self, _remove, self.path, held)
        try:
            self.path.mkdir(mode=0o700)
        except OSError as error:
            raise no_room("temporary files", error) from error
        held += _hold(self.path)

    def close(self) -> None:
        """Remove it now."""
        self._clean()

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self.close()


def copies() -> Path:
    """Return the folder in which temporary ones are made."""
    # `tempfile` takes another folder without a word where TMPDIR cannot be used.
    return Path(os.environ.get("TMPDIR") or tempfile.gettempdir()).absolute()


def no_room(name: str, error: OSError) -> OutputError:
    """Return the error that says why `name` cannot lie among the temporary folders."""
    return OutputError(
        f"{name}: expected room for a copy in {str(copies())!r}, found {error.strerror or error}; "
        "make room, or name another folder in TMPDIR."
    )


def _remove(path: Path, held: list[int]) -> None:
    shutil.rmtree(path, ignore_errors=True)
    while held:
        os.close(held.pop())


def _hold(path: Path) -> list[int]:
    """Return the descriptor of a folder that is now locked by this process; none where it is not.

    Only a lock that is held until the process ends tells a folder in use from one that was left.
    """
    try:
        import fcntl

        opened = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (ImportError, OSError, AttributeError):
        return []
    try:
        if os.fstat(opened).st_uid != os.getuid():
            raise PermissionError
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(opened)
        return []
    return [opened]


@cache
def _sweep(home: Path) -> None:
    """Remove what processes left that were killed; once a process."""
    with contextlib.suppress(OSError):
        for path in home.glob(f"{_PREFIX}*"):
            if time.time() - path.lstat().st_mtime > _YOUNG_S and (held := _hold(path)):
                _remove(path, held)
