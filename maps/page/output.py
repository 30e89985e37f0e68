"""Where pages are written: a folder of files, whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from geodata.errors import OutputError, PageError
from geodata.whole import write_whole

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Draft:
    """The files of a folder that is being written, beside their final place.

    Attributes
    ----------
    names
        Of the files, in the order in which they were written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.names: list[str] = []

    def path(self, name: str) -> Path:
        """Return where to write the file that will have this name in the folder.

        Raises
        ------
        PageError
            The name could lead elsewhere, or differs from another file's only in case.
        """
        if not _NAME.fullmatch(name) or name.endswith("."):
            raise PageError(
                f"expected a file name of Latin letters, digits, `.`, `_` and `-`, found {name!r}; "
                "rename what it is made of."
            )
        if name.casefold() in map(str.casefold, self.names):
            raise PageError(
                f"expected files of different names, found two called {name}; rename what one of "
                "them is made of."
            )
        self.names.append(name)
        return self._folder / name

    def write(self, name: str, content: bytes) -> None:
        """Write a file."""
        write_whole(self.path(name), content)

    def read(self, name: str) -> bytes:
        """Return a file that was written."""
        return (self._folder / name).read_bytes()


@contextmanager
def writing_folder(folder: Path) -> Iterator[Draft]:
    """Write files that appear in a folder all together, or not at all.

    An existing folder keeps its other files. Links in it are replaced, not followed.

    Raises
    ------
    OutputError
        The folder cannot be made or written to, or has a folder in the place of a file.
    """
    place = folder.resolve()
    made = _missing(place)
    try:
        new = not place.exists()
        beside = place.parent if new else place
        beside.mkdir(parents=True, exist_ok=True)
        scratch = beside / f".dezone-{secrets.token_hex(8)}"
    except OSError as error:
        _remove(made)
        raise OutputError(
            f"expected a folder to write into, found {str(folder)!r} "
            f"({error.strerror}); name another."
        ) from error
    try:
        drafted = scratch / "new"
        scratch.mkdir(mode=0o700)
        drafted.mkdir()
        draft = Draft(drafted)
        yield draft
        if new:
            drafted.rename(place)
        else:
            _move_all(draft.names, drafted, scratch / "old", place)
    except BaseException as error:
        shutil.rmtree(scratch, ignore_errors=True)
        _remove(made)
        if isinstance(error, OSError):
            raise OutputError(
                f"expected to write {str(folder)!r}, found that it cannot be written "
                f"({error.strerror or error}); nothing was changed: name another folder."
            ) from error
        raise
    shutil.rmtree(scratch, ignore_errors=True)


def _missing(folder: Path) -> list[Path]:
    """Return the folders that must be made, the innermost first."""
    return [one for one in (folder, *folder.parents) if not one.exists()]


def _remove(folders: list[Path]) -> None:
    for one in folders:
        with suppress(OSError):  # never made, or no longer empty
            one.rmdir()


def _move_all(names: list[str], new: Path, old: Path, place: Path) -> None:
    """Move files into a folder; if one cannot be moved, put back what was there."""
    for name in names:
        if (place / name).is_dir() and not (place / name).is_symlink():
            raise OutputError(
                f"expected room for the file {name} in {str(place)!r}, found a folder of that "
                "name; move it away, or name another folder to write into."
            )
    old.mkdir()
    moved: list[str] = []
    try:
        for name in names:
            if os.path.lexists(place / name):
                _keep(place / name, old / name)
            moved.append(name)
            (new / name).replace(place / name)
    except OSError:
        for name in reversed(moved):
            if os.path.lexists(old / name):
                (old / name).replace(place / name)
            else:
                (place / name).unlink(missing_ok=True)
        raise


def _keep(path: Path, copy: Path) -> None:
    try:
        os.link(path, copy, follow_symlinks=False)
    except OSError:  # not every disk has links
        shutil.copy2(path, copy, follow_symlinks=False)
