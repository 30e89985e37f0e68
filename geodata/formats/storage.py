"""Files where they lie: in a folder, or in a store that fsspec reaches (``s3://...``)."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from geodata.errors import InputError
from geodata.formats.parquet import no_parquet, parquet_parts

__all__ = [
    "fetched",
    "file_hash",
    "is_remote",
    "join",
    "list_files",
    "list_parts",
    "names_of",
    "open_file_at",
    "read_bytes",
    "refuse_to_overwrite",
    "remove_tree",
    "stored_at",
    "whole_folder",
    "write_bytes",
]


def is_remote(path: str | Path) -> bool:
    """Tell whether a path names a store by its protocol."""
    return "://" in str(path)


def _store(url: str) -> tuple[Any, str]:
    """Return the file system of a URL and the path in it; the store's keys come from its own
    environment variables and configuration files, never from here."""
    try:
        from fsspec.core import url_to_fs

        store, path = url_to_fs(url)
    except ImportError as error:
        raise InputError(
            f"expected the packages that reach {url.partition('://')[0]}://, found none "
            f"({error}); install dezone[dask]."
        ) from error
    except ValueError as error:
        raise InputError(
            f"expected an address of a store like s3://bucket/folder, found {url!r}; correct it."
        ) from error
    return store, path


def refuse_to_overwrite(source: str | Path, *targets: str | Path | None) -> None:
    """Raise InputError where a file to be written is the one that is read, or one of its parts."""
    if str(source) == "-":
        return
    for target in targets:
        if target is None or str(target) == "-":
            continue
        if is_remote(source) or is_remote(target):
            same = str(source) == str(target)
        else:
            local = Path(target)
            parts = (parquet_parts(source) or (Path(source),)) if local.is_file() else ()
            same = any(part.exists() and part.samefile(local) for part in parts)
        if same:
            raise InputError(
                f"expected another name for what is written, found that of what is read, "
                f"{str(target)!r}; name another file, so that the original stays as it is."
            )


def join(folder: str, name: str) -> str:
    """Return the address of a file in a folder."""
    return f"{folder.rstrip('/')}/{name}" if is_remote(folder) else str(Path(folder) / name)


def list_parts(path: str) -> tuple[str, ...]:
    """Return the Parquet files of a folder, a pattern or a single name, sorted.

    Raises
    ------
    InputError
        There are none.
    """
    if not is_remote(path):
        return tuple(map(str, parquet_parts(path) or (Path(path),)))
    store, inside = _store(path)
    if any(sign in inside for sign in "*?["):
        found = [name for name in store.glob(inside) if not name.endswith("/")]
    elif store.isfile(inside):
        found = [inside]
    else:
        found = [n for n in store.find(inside) if n.endswith((".parquet", ".geoparquet"))]
        found = [n for n in found if not PurePosixPath(n).name.startswith(("_", "."))]
    if not found:
        raise no_parquet(path)
    return tuple(sorted(store.unstrip_protocol(name) for name in found))


def names_of(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Return what tells the files of a list apart: their paths below the folder they share."""
    if len(parts) == 1:
        return (PurePosixPath(Path(parts[0]).as_posix()).name,)
    paths = [part if is_remote(part) else Path(part).absolute().as_posix() for part in parts]
    above = os.path.commonpath([str(PurePosixPath(path).parent) for path in paths])
    # A doubled slash of a protocol is single in a PurePosixPath, here as there.
    return tuple(str(PurePosixPath(path).relative_to(PurePosixPath(above))) for path in paths)


def open_file_at(path: str) -> Any:
    """Open a file for reading bytes at any place."""
    if not is_remote(path):
        return Path(path).open("rb")
    store, inside = _store(path)
    return store.open(inside, "rb")


@contextmanager
def fetched(path: str) -> Iterator[Path]:
    """Give a file as one on this machine's disk; a copy is removed afterwards."""
    if not is_remote(path):
        yield Path(path)
        return
    store, inside = _store(path)
    with tempfile.TemporaryDirectory(prefix="dezone-") as folder:
        local = Path(folder) / PurePosixPath(inside).name
        store.get_file(inside, str(local))
        yield local


@contextmanager
def stored_at(path: str) -> Iterator[Path]:
    """Give a name to write to; what was written is stored whole or not at all.

    On this machine it is the final name: whoever writes there takes care (`write_table`).
    """
    if not is_remote(path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        yield Path(path)
        return
    store, inside = _store(path)
    with tempfile.TemporaryDirectory(prefix="dezone-") as folder:
        local = Path(folder) / PurePosixPath(inside).name
        yield local
        store.put_file(str(local), inside)


@contextmanager
def whole_folder(path: str | Path, *, replace: bool = False) -> Iterator[Path]:
    """Give a folder to write to, which gets its name when all is written, or is removed again.

    Parameters
    ----------
    path
        The name of the folder on this machine.
    replace
        Whether a folder of this name that holds something may be replaced.

    Raises
    ------
    InputError
        There is something else of this name, or it cannot be written.
    """
    target = Path(path)
    there = target.exists() or target.is_symlink()
    if there and (not target.is_dir() or (any(target.iterdir()) and not replace)):
        what = "a folder with other files in it" if target.is_dir() else "a file"
        raise InputError(
            f"expected a new or an empty folder, found {what} at {str(path)!r}; name another one."
        )
    beside = target.absolute().with_name(f".{target.absolute().name}-{os.getpid()}")
    try:
        beside.mkdir(parents=True)
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        yield beside
        _put(beside, target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _put(beside: Path, target: Path) -> None:
    """Give a folder its name; one that has it is put aside first, and removed after."""
    try:
        if target.exists():
            old = beside.with_name(f"{beside.name}-old")
            target.rename(old)
            beside.rename(target)
            shutil.rmtree(old)
        else:
            beside.rename(target)
    except OSError as error:
        raise _unwritable(target, error) from error


def _unwritable(path: str | Path, error: OSError) -> InputError:
    return InputError(
        f"expected a folder that can be written, found {error.strerror or error} at "
        f"{str(path)!r}; name another one."
    )


def write_bytes(path: str, data: bytes) -> None:
    """Write a small file, whole or not at all."""
    if is_remote(path):
        store, inside = _store(path)
        store.pipe_file(inside, data)
        return
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}-{os.getpid()}")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(target)


def read_bytes(path: str) -> bytes | None:
    """Return the content of a small file; None where there is none."""
    if is_remote(path):
        store, inside = _store(path)
        store.invalidate_cache()
        try:
            found: bytes = store.cat_file(inside)
        except FileNotFoundError:
            return None
        return found
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        return None


def list_files(folder: str) -> list[str]:
    """Return the names of all files below a folder, hidden ones too; none where it is not there."""
    if is_remote(folder):
        store, inside = _store(folder)
        store.invalidate_cache()
        base = inside.rstrip("/") + "/"
        return sorted(name.removeprefix(base) for name in store.find(inside))
    root = Path(folder)
    found = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return sorted(found)


def remove_tree(folder: str) -> None:
    """Remove a folder and all below it, if it is there."""
    if is_remote(folder):
        store, inside = _store(folder)
        store.invalidate_cache()
        if store.exists(inside):
            store.rm(inside, recursive=True)
        return
    shutil.rmtree(folder, ignore_errors=True)


def file_hash(path: str | Path) -> tuple[str, int]:
    """Return SHA-256 and number of bytes of a file on this machine, or of one fetched."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), file.tell()
