"""Atomic writing: a file or a folder of files appears whole or not at all.

It is first written beside its place, in a hidden folder that only its owner may read, and gets its
name when it is complete. If anything goes wrong, or the process is asked to end, the hidden folder
is removed and what was there before stays.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geodata.errors import OutputError


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Yield a path to write a file to, which gets its own name at the end.

    Files that are written beside it (the parts of a Shapefile) get their names first.

    Raises
    ------
    OutputError
        There is a folder of this name, its own folder cannot be written to, or there is no room.
    """
    target = Path(path)
    if target.is_dir():
        raise OutputError(f"expected a file to write, found a folder at {str(path)!r}; name one.")
    with _hidden(target) as folder:
        yield folder / target.name
        written = sorted(folder.iterdir(), key=lambda part: part.name == target.name)
        for part in written:
            _store(part)
        if len(written) > 1:  # an older main file must not be seen beside newer ones
            target.unlink(missing_ok=True)
        for part in written:
            part.replace(target.parent / part.name)


@contextmanager
def whole_folder(path: str | Path, *, replace: bool = False) -> Iterator[Path]:
    """Yield a folder to write to, which gets its name at the end.

    Parameters
    ----------
    path
        The name of the folder; those above it are made.
    replace
        Whether a folder of this name that holds something may be replaced.

    Raises
    ------
    OutputError
        There is something else of this name, it cannot be written to, or there is no room.
    """
    target = Path(path).resolve()
    there = target.exists() or target.is_symlink()
    if there and (not target.is_dir() or not (replace or not any(target.iterdir()))):
        what = "a folder with other files in it" if target.is_dir() else "a file"
        raise OutputError(
            f"expected a new or an empty folder, found {what} at {str(path)!r}; name another one."
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refused(target, error) from error
    with _hidden(target) as hidden:
        folder = hidden / "new"
        folder.mkdir()
        yield folder
        for part in folder.rglob("*"):
            if part.is_file():
                _store(part)
        if there:
            target.rename(hidden / "old")
        try:
            folder.rename(target)
        except OSError:
            if there:
                (hidden / "old").rename(target)
            raise


def write_whole(path: str | Path, content: bytes) -> Path:
    """Write a file and return its path.

    Raises
    ------
    OutputError
        As for `whole_file`.
    """
    with whole_file(path) as part:
        part.write_bytes(content)
    return Path(path)


@contextmanager
def _hidden(target: Path) -> Iterator[Path]:
    """Give a hidden folder beside a place, on the same disk; it goes whatever happens."""
    # A signal may come at any moment: what is removed is named before it is made.
    folder = target.parent / f".{target.name[:40]}-{secrets.token_hex(8)}"
    try:
        try:
            folder.mkdir(mode=0o700)
        except (OSError, ValueError) as error:
            raise OutputError(
                f"expected a folder in which {target.name[:80]!r} can be written, found "
                f"{str(target.parent)[:200]!r} ({_reason(error)}); make the folder, or name "
                "another."
            ) from error
        yield folder
    except OSError as error:
        raise _refused(target, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _refused(target: Path, error: OSError) -> OutputError:
    return OutputError(
        f"expected to write {str(target)!r}, found that it cannot be written ({_reason(error)}); "
        "make room, or name another place."
    )


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _store(part: Path) -> None:
    """Flush a file to the disk, so that its name never appears before its content."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
