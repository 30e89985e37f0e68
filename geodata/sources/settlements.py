"""The ledger of settlements: tables kept by hand in, ``settlements.json`` out.

The tables live in ``ledger/`` beside this file: ``settlements.csv`` (a row a place),
``control.csv`` (a row a statement of who held it), ``names.csv`` (other spellings), ``points.csv``
(other published points) and ``admin.csv`` (governorates, districts, sub-districts).
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from geodata.errors import AtlasError
from geodata.sources.statements import (
    CHANGES,
    CONFIDENCES,
    STATES,
    Holder,
    Statement,
    group,
    holder_on,
    holders,
)
from geodata.text.sounds import reduced

TABLES = Path(__file__).parent / "ledger"
FACTS = Path(__file__).parent / "facts"
PRECISIONS = ("day", "interval", "by")

Row = dict[str, str]


def read_table(name: str, folder: Path = TABLES) -> list[Row]:
    """Read a table of the ledger; AtlasError names the line of a row that does not fit its head."""
    with (folder / name).open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        rows = []
        for row in reader:
            if None in row or None in row.values():
                raise AtlasError(
                    f"{name} line {reader.line_num}: expected {len(reader.fieldnames or ())} cells,"
                    " found more or fewer; mend the row."
                )
            rows.append({key: cell.strip() for key, cell in row.items()})
    return rows


def read_statements(folder: Path = TABLES) -> list[Statement]:
    """Read ``control.csv``; AtlasError names the row and what is wrong with it."""
    names = {row["id"]: row["name"] for row in read_table("settlements.csv", folder)}
    found = [_statement(row, names) for row in read_table("control.csv", folder)]
    sides = {side["id"] for side in json.loads((FACTS / "sides.json").read_text("utf-8"))}
    sources = {row["id"] for row in read_table("sources.csv", FACTS)}
    for one in found:
        for known, told, table in (
            (sides, {one.side, one.before} - {"", None}, "sides.json"),
            (sources, set(one.sources), "sources.csv"),
        ):
            if unknown := sorted(str(name) for name in told - known):
                raise AtlasError(
                    f"control.csv: {one.settlement}, {one.event} {one.last}: expected ids of "
                    f"facts/{table}, found {unknown[0]!r}; correct the row, or add it there."
                )
    return found


def _statement(row: Row, names: Mapping[str, str]) -> Statement:
    def refuse(expected: str, found: str) -> AtlasError:
        return AtlasError(
            f"control.csv: {row['settlement']}, {row['event']} {row['from']}/{row['to']}: expected "
            f"{expected}, found {found}; correct the row."
        )

    if row["settlement"] not in names:
        raise refuse("the id of a settlement of settlements.csv", repr(row["settlement"]))
    if names[row["settlement"]] != row["name"]:
        raise refuse(f"the name {names[row['settlement']]!r}", repr(row["name"]))
    for key, known in (("event", (*STATES, *CHANGES)), ("confidence", CONFIDENCES)):
        if row[key] not in known:
            raise refuse(f"{key} among {', '.join(known)}", repr(row[key]))
    try:
        last = dt.date.fromisoformat(row["to"])
        first = dt.date.fromisoformat(row["from"]) if row["from"] else None
    except ValueError:
        raise refuse("days like 2018-03-31", f"{row['from']!r}, {row['to']!r}") from None
    if row["precision"] not in PRECISIONS:
        raise refuse(f"a precision among {', '.join(PRECISIONS)}", repr(row["precision"]))
    if first is None and row["precision"] != "by":
        raise refuse("a first day, or precision `by`", "neither")
    if first is not None and first > last:
        raise refuse("a first day not after the last", f"{first} after {last}")
    if row["precision"] != "by" and (first == last) != (row["precision"] == "day"):
        raise refuse("precision `day` exactly where the two days are one", row["precision"])
    sources = tuple(s for s in row["sources"].split(";") if s)
    if (row["confidence"] == "unsourced") != (not sources):
        raise refuse("`unsourced` exactly where no source is named", repr(row["confidence"]))
    return Statement(
        settlement=row["settlement"],
        event=row["event"],
        side=row["side"],
        first=first,
        last=last,
        precision=row["precision"],
        before=row["before"] or None,
        sources=sources,
        confidence=row["confidence"],
        note=row["note"],
    )


@lru_cache(maxsize=1)
def read_holders(folder: Path = TABLES) -> dict[str, list[Holder]]:
    """List the holders of every settlement that a statement names, by its id; to be read only."""
    return {s: holders(told) for s, told in group(read_statements(folder)).items()}


@dataclass(frozen=True)
class Site:
    """One published point of a settlement, and who held it on a day."""

    settlement: str
    longitude: float
    latitude: float
    side: str
    zone: str
    sourced: bool


def read_sites(day: dt.date, folder: Path = TABLES) -> list[Site]:
    """List the points of all settlements whose holder on a day somebody reports or judges.

    What is only read off the places round it (`inferred`) is left out: it says nothing about where
    a line runs. A point that two places share (a camp placed by its village) is listed once.
    """
    rows = read_table("settlements.csv", folder)
    points: dict[str, list[tuple[str, str]]] = {
        row["id"]: [(row["longitude"], row["latitude"])] for row in rows
    }
    for row in read_table("points.csv", folder):
        points[row["settlement"]].append((row["longitude"], row["latitude"]))
    chains = read_holders(folder)
    sites: dict[tuple[str, str], Site] = {}
    for row in rows:
        holder = holder_on(chains.get(row["id"], []), day)
        if holder is None or not holder.side or holder.event == "inferred":
            continue
        for point in points[row["id"]]:
            x, y = map(float, point)
            site = Site(row["id"], x, y, holder.side, row["zone"], bool(holder.sources))
            there = sites.setdefault(point, site)
            if there.side != site.side:
                raise AtlasError(
                    f"control.csv: {there.settlement} and {site.settlement} share a point: expected"
                    f" one side on {day}, found {there.side!r} and {site.side!r}; correct one."
                )
    return list(sites.values())


def write_settlements(data_dir: Path, folder: Path = TABLES) -> None:
    """Write ``settlements.json`` into `data_dir`, byte for byte the same each time.

    Raises
    ------
    AtlasError
        Where a row cannot be read, or contradicts the one before it; the message names it.
    """
    rows = read_table("settlements.csv", folder)
    index = {row["id"]: i for i, row in enumerate(rows)}
    chains = read_holders(folder)
    if unknown := sorted(set(chains) - set(index)):
        raise AtlasError(f"control.csv: {unknown[0]}: no such id in settlements.csv; correct it.")
    admin = read_table("admin.csv", folder)
    units = {row["pcode"]: i for i, row in enumerate(admin)}
    kinds, zones, bases = (_words(rows, key) for key in ("kind", "zone", "radius_basis"))
    points = _points(rows, read_table("points.csv", folder), index)
    control = _control(chains, index)
    variants: list[list[str]] = [[] for _ in rows]
    for row in read_table("names.csv", folder):
        variants[index[row["settlement"]]].append(row["name"])
    document = {
        "places": {
            "kinds": kinds,
            "zones": zones,
            "radius_bases": bases,
            "kind": [kinds.index(row["kind"]) for row in rows],
            "zone": [zones.index(row["zone"]) if row["zone"] else None for row in rows],
            "radius_m": [int(row["radius_m"]) for row in rows],
            "radius_basis": [bases.index(row["radius_basis"]) for row in rows],
            "unit": [units[row["admin3"]] if row["admin3"] else None for row in rows],
        },
        "points": points,
        "control": control,
        "names": {
            "id": [row["id"] for row in rows],
            "name": [row["name"] for row in rows],
            "name_ar": [row["name_ar"] or None for row in rows],
            "variants": variants,
        },
        "admin": {key: [row[key] for row in admin] for key in ("pcode", "name", "name_ar")},
        "spellings": _spellings(rows, variants),
    }
    text = "{\n" + ",\n".join(_column(key, value) for key, value in document.items()) + "\n}\n"
    (data_dir / "settlements.json").write_text(text, "utf-8", newline="\n")


def _spellings(rows: list[Row], variants: list[list[str]]) -> dict[str, Any]:
    """Work out beforehand what every name is reduced to: it takes longer than reading it."""
    found = reduced(
        (row["name"], row["name_ar"], *others) for row, others in zip(rows, variants, strict=True)
    )
    return {
        "settlement": found.settlement,
        "qualifiers": found.qualifiers,
        "code": found.code,
    }


def _words(rows: Iterable[Row], key: str) -> list[str]:
    return sorted({row[key] for row in rows} - {""})


def _points(rows: list[Row], more: list[Row], index: Mapping[str, int]) -> dict[str, list[Any]]:
    """List every published point: the main one of each settlement first, then the others."""
    told = [(index[r["id"]], r["longitude"], r["latitude"], r["point_source"]) for r in rows]
    told += [(index[r["settlement"]], r["longitude"], r["latitude"], r["source"]) for r in more]
    sources = sorted({source for *_, source in told})
    return {
        "sources": sources,
        "settlement": [i for i, *_ in told],
        "longitude": [float(longitude) for _, longitude, *_ in told],
        "latitude": [float(latitude) for _, _, latitude, _ in told],
        "source": [sources.index(source) for *_, source in told],
    }


def _control(chains: Mapping[str, list[Holder]], index: Mapping[str, int]) -> dict[str, list[Any]]:
    """List the holders of the settlements in their order, column by column."""
    told = [(i, h) for i, s in sorted((index[s], s) for s in chains) for h in chains[s]]
    sides, events = (sorted({getattr(h, key) for _, h in told} - {""}) for key in ("side", "event"))
    sources = sorted({source for _, h in told for source in h.sources})
    number = {source: i for i, source in enumerate(sources)}
    readings = [
        [i, [[when, [number[s] for s in by]] for when, by in h.readings]]
        for i, (_, h) in enumerate(told)
        if h.readings
    ]
    notes = [[i, note] for i, (_, h) in enumerate(told) if (note := _note(h))]
    return {
        "sides": sides,
        "events": events,
        "sources": sources,
        "settlement": [i for i, _ in told],
        "side": [sides.index(h.side) if h.side else None for _, h in told],
        "earliest": [h.earliest.isoformat() if h.earliest else None for _, h in told],
        "latest": [h.latest.isoformat() if h.latest else None for _, h in told],
        "precision": [h.precision for _, h in told],
        "event": [events.index(h.event) for _, h in told],
        "confidence": [h.confidence for _, h in told],
        "cited": [[number[s] for s in h.sources] for _, h in told],
        "readings": readings,
        "notes": notes,
    }


def _note(holder: Holder) -> str:
    told = [s.note for s in holder.telling if s.note] or [
        s.note for s in holder.statements if s.note
    ]
    return "; ".join(dict.fromkeys(told))


def _column(key: str, value: Any) -> str:
    """Write a column on a line; a column of columns one a line."""
    if isinstance(value, dict):
        inner = ",\n ".join(_column(k, v) for k, v in value.items())
        return f'"{key}": {{\n {inner}\n}}'
    return f'"{key}": ' + json.dumps(value, ensure_ascii=False, separators=(",", ":"))
