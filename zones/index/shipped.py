"""The index as it is shipped: one file of arrays, made from the outlines of the atlas.

It is used only if its key, a hash of outlines, bounds and settings, is that of the atlas at hand.
Nothing in it is executed, and what it cannot decide is computed. `make data` writes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from zones.arrays import Array
from zones.index.cells import CellIndex, Profiles, Tables
from zones.index.nearest import Division, Edges
from zones.index.runs import Runs

FILE = "cells.npz"
_FORMAT = 1
_AS_STORED = ("key", "members", "held", "reach")


def read_shipped(tables: Tables) -> CellIndex | None:
    """Return the index that the package ships if it was made from these outlines, else None.

    Parameters
    ----------
    tables
        Those for which it is wanted; they are not filled.
    """
    entry = files("zones.index").joinpath(FILE)
    if not entry.is_file():
        return None
    with as_file(entry) as path, np.load(path, allow_pickle=False) as stored:
        if stored["key"].tobytes() != _key(tables):
            return None
        found: dict[str, Array] = {
            name: stored[name] if name in _AS_STORED else stored[name].astype(np.int64)
            for name in stored.files
        }
    return _from_arrays(found, tables)


def write_index(index: CellIndex, path: Path) -> None:
    """Write an index to a file, the same bytes for the same index."""
    with path.open("wb") as file:
        np.savez(file, **_to_arrays(index))


def _key(tables: Tables) -> bytes:
    """Return a hash of all that an index is made from."""
    shapes = np.array([outline.shape for outline in tables.outlines], dtype=object)
    digest = hashlib.sha256(repr((_FORMAT, tables.coarse, tables.plane, tables.largest_m)).encode())
    for content in shapely.to_wkb(shapes):
        digest.update(hashlib.sha256(content).digest())
    return digest.digest()


def _to_arrays(index: CellIndex) -> dict[str, Any]:
    """Return an index as arrays, each in the smallest type that holds it."""
    profiles, division = index.tables.profiles, index.division
    cells, touching = zip(*profiles.touched, strict=True)
    arrays = {
        "sets": np.array(division.sets),
        "outlines": np.array(division.outlines),
        "answers": division.answers,
        "open": division.cells,
        "known": division.known,
        "which_known": division.which_known,
        "edge": division.edges.edge,
        "edge_count": division.edges.count,
        "which_edges": division.which_edges,
        "touched": np.concatenate(cells),
        "touching": np.concatenate(touching),
        "touches": np.array([len(one) for one in cells]),
        "coarse": profiles.coarse,
    }
    for name, runs in (("centre", profiles.centre), ("code", division.code)):
        arrays[f"{name}_begin"], arrays[name] = runs.begin, runs.number
    small = {name: _smallest(array) for name, array in arrays.items()}
    small["reach"] = profiles.reach
    for name, members in (("members", profiles.members), ("held", profiles.coarse_members)):
        small[name] = np.packbits(members, axis=1)
    return {"key": np.frombuffer(_key(index.tables), dtype=np.uint8), **small}


def _from_arrays(found: Mapping[str, Array], tables: Tables) -> CellIndex:
    count, size = len(tables.outlines), tables.fine.rows * tables.fine.columns
    held, coarse_held = (
        np.unpackbits(found[name], axis=1, count=count).astype(bool) for name in ("members", "held")
    )
    ends = np.cumsum(found["touches"])[:-1]
    touched = zip(np.split(found["touched"], ends), np.split(found["touching"], ends), strict=True)
    profiles = Profiles(
        Runs(found["centre_begin"], found["centre"], size),
        held,
        list(touched),
        found["coarse"],
        coarse_held,
        found["reach"],
    )
    lengths = found["edge_count"]
    edges = Edges(np.cumsum(lengths) - lengths, lengths, found["edge"])
    division = Division(
        tuple(map(tuple, found["sets"].tolist())),
        tuple(found["outlines"].tolist()),
        found["answers"],
        Runs(found["code_begin"], found["code"], size),
        found["open"],
        found["known"],
        edges,
        found["which_known"],
        found["which_edges"],
    )
    return CellIndex(tables.knowing(profiles), division)


def _smallest(numbers: Array) -> Array:
    """Return whole numbers in the smallest type that holds them all."""
    kind = np.result_type(np.min_scalar_type(numbers.min()), np.min_scalar_type(numbers.max()))
    return numbers.astype(kind)
