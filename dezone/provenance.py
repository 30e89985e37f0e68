"""What cards and reports state about the program that made them: version, libraries, hash."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import msgspec
import numpy as np
import pyproj
import shapely


@cache
def software_sha256() -> str:
    """Return the hash over the names and bytes of the program: four packages, at any depth.

    Modules, tables, templates, fonts and the page's own program all count. The atlas does not,
    since it has a hash of its own; nor does what builds the atlas or the page, which is not
    installed.
    """
    whole = hashlib.sha256()
    for name, entry in program_files():
        whole.update(f"{name}\0".encode())
        whole.update(hashlib.sha256(entry.read_bytes()).digest())
    return whole.hexdigest()


def program_files() -> list[tuple[str, Traversable]]:
    """Return the files of the program, sorted by their paths."""
    found = (
        file
        for package in ("geodata", "zones", "maps", "dezone")
        for file in _files_below(files(package), package)
    )
    return sorted(found, key=lambda file: file[0])


def _files_below(folder: Traversable, name: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        inner = f"{name}/{entry.name}"
        if entry.is_dir():
            if inner not in _NOT_PROGRAM and entry.name != "__pycache__":
                yield from _files_below(entry, inner)
        elif not entry.name.startswith(".") and not entry.name.endswith(".pyc"):
            yield inner, entry


_NOT_PROGRAM = {"geodata/data", "geodata/sources", "maps/web"}


def libraries() -> dict[str, str]:
    """Return the versions of the libraries that a verdict rests on."""
    return {
        "GEOS": ".".join(map(str, shapely.geos_version)),
        "PROJ": pyproj.proj_version_str,
        "Python": platform.python_version(),
        "numpy": np.__version__,
        "pyproj": pyproj.__version__,
        "shapely": shapely.__version__,
        "tzdata": _version("tzdata"),
    }


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def canonical(value: Any, *, indent: int) -> bytes:
    """Return a value as canonical JSON: indented, UTF-8, with a final newline."""
    return msgspec.json.format(msgspec.json.encode(value), indent=indent) + b"\n"
