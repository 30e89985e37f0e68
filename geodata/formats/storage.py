"""Files where they lie: in a folder, or in a store that fsspec reaches (``s3://...``)."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any

from geodata.errors import DezoneError, InputError, with_extra
from geodata.formats.parquet import no_parquet, parquet_parts
from geodata.formats.suffixes import SHAPEFILE, files_of
from geodata.formats.temporary import Temporary
from geodata.whole import write_whole


def is_remote(path: str | Path) -> bool:
    """Tell whether a path names a store by its protocol."""
    return "://" in str(path)


@contextmanager
def _store(url: str) -> Iterator[tuple[Any, str]]:
    """Yield the file system of a URL and the path in it; its errors become one line.

    The store's keys come from its own environment variables and configuration files, never from
    here.
    """
    try:
        from fsspec.core import url_to_fs

        yield url_to_fs(url)
    except DezoneError:
        raise
    except ImportError as error:
        raise InputError(
            f"expected the packages that reach {url.partition('://')[0]}://, found none "
            f"({error}); {with_extra('dask')}."
        ) from error
    except Exception as error:
        why = (str(error).splitlines() or [""])[0][:200]
        raise InputError(
            f"expected an address within reach like s3://bucket/folder, found {url!r} "
            f"({type(error).__name__}: {why}); check the address, the keys and the network."
        ) from error


def refuse_overlap(read: Iterable[str | Path], written: Iterable[str | Path | None]) -> None:
    """Raise InputError where what is written would replace what is read, or share a path.

    Two names are the same file also through symbolic and hard links. A folder is read with all
    the Parquet in it, an atlas with its files, a Shapefile with its parts; where a folder is
    written, nothing that is read, and nothing else that is written, may lie in it. ``-`` and None
    name no file.

    Raises
    ------
    InputError
        As above; or what is written is there already and is neither a file nor a folder.
    """
    targets = [path for path in written if path is not None]
    sources = [path for path in read if str(path) != "-"]
    for n, target in enumerate(targets):
        if str(target) != "-":
            _refuse_device(target)
            for source in sources:
                _refuse_target(target, source, "what is read")
        for other in targets[:n]:
            if str(target) == str(other) == "-":
                raise InputError(
                    "expected one thing on standard output, found two; name a file for the other."
                )
            if "-" not in (str(target), str(other)):
                _refuse_target(target, other, "something else that is written")
                _refuse_target(other, target, "something else that is written")


def _refuse_device(target: str | Path) -> None:
    if is_remote(target) or not os.path.exists(target):  # noqa: PTH110  (a name too long: False)
        return
    if not (Path(target).is_file() or Path(target).is_dir()):
        raise InputError(
            f"expected a file or a folder to write, found a device or a pipe at {str(target)!r}; "
            "name a file, or - for standard output where the command has it."
        )


def _refuse_target(target: str | Path, source: str | Path, what: str) -> None:
    """Raise where writing `target` would touch `source`: it is the same, or lies in it."""
    if is_remote(source) or is_remote(target):
        inner, outer = (str(path).rstrip("/") for path in (source, target))
        same = inner == outer or inner.startswith(f"{outer}/")
    else:
        outer = os.path.realpath(target)
        inner = os.path.realpath(source)
        same = inner == outer or inner.startswith(f"{outer.rstrip(os.sep)}{os.sep}")
        same = same or _shared(target, source)
    if same:
        where = "" if str(source) == str(target) else f" ({str(source)!r})"
        raise InputError(
            f"expected another name for what is written, found that of {what}, {str(target)!r}"
            f"{where}; name another file, so that the original stays as it is."
        )


def _shared(target: str | Path, source: str | Path) -> bool:
    """Tell whether a file that would be written is one of those that are read, by any name."""
    ours = {found for path in _written_with(Path(target)) if (found := _file_id(path))}
    return bool(ours) and any(_file_id(path) in ours for path in _read_with(source))


def _written_with(target: Path) -> list[Path]:
    """Return the files that are written under a name: of a Shapefile, its parts."""
    if target.suffix.lower() == ".shp":
        return [target.with_suffix(suffix) for suffix in SHAPEFILE]
    return [target]


def _read_with(source: str | Path) -> list[Path]:
    """Return the files that are read under a name; none where it cannot be read."""
    path = Path(source)
    with suppress(InputError, OSError):
        if (path / "atlas.json").is_file():
            return [*path.glob("*.*json"), *path.glob("languages/*.json")]
        if parts := parquet_parts(source):
            return list(parts)
        return files_of(path)
    return [path]


def _file_id(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


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
    with _store(path) as (store, inside):
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
    """Return short names for the files of a list: their paths below the folder they share."""
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
    with _store(path) as (store, inside):
        return store.open(inside, "rb")


@contextmanager
def fetched(path: str) -> Iterator[Path]:
    """Give a file as one on this machine's disk; a copy is removed afterwards."""
    if not is_remote(path):
        yield Path(path)
        return
    with Temporary() as folder:
        local = folder / PurePosixPath(path).name
        with _store(path) as (store, inside):
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
    with Temporary() as folder:
        local = folder / PurePosixPath(path).name
        yield local
        with _store(path) as (store, inside):
            store.put_file(str(local), inside)


def write_bytes(path: str, data: bytes) -> None:
    """Write a small file, whole or not at all."""
    if is_remote(path):
        with _store(path) as (store, inside):
            store.pipe_file(inside, data)
        return
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, data)


def read_bytes(path: str) -> bytes | None:
    """Return the content of a small file; None where there is none."""
    if is_remote(path):
        with _store(path) as (store, inside):
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
        with _store(folder) as (store, inside):
            store.invalidate_cache()
            base = inside.rstrip("/") + "/"
            return sorted(name.removeprefix(base) for name in store.find(inside))
    root = Path(folder)
    found = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return sorted(found)


def remove_tree(folder: str) -> None:
    """Remove a folder and all below it, if it is there."""
    if is_remote(folder):
        with _store(folder) as (store, inside):
            store.invalidate_cache()
            if store.exists(inside):
                store.rm(inside, recursive=True)
        return
    shutil.rmtree(folder, ignore_errors=True)


def file_hash(path: str | Path) -> tuple[str, int]:
    """Return SHA-256 and number of bytes of a file on this machine, or of one fetched."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), file.tell()
