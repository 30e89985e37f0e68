"""Many incidents at once."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from geodata.atlas import Atlas
from geodata.errors import InputError
from zones.incident import check
from zones.records import Record

__all__ = ["Answer", "check_rows", "read_rows"]

_COLUMNS = ("id", "date", "latitude", "longitude")


@dataclass(frozen=True)
class Answer:
    """One row of a file, its verdict, and what could not be read of it (empty: nothing)."""

    row: Mapping[str, str]
    record: Record
    trouble: str = ""


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV file with the columns id, date, latitude, longitude and, if known, radius.

    Raises
    ------
    InputError
        A column is missing, a row has more cells than columns, or the file is not UTF-8.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise InputError(
                    f"{path}: expected the columns {', '.join(_COLUMNS)}, found no "
                    f"{', '.join(missing)}; name the columns so."
                )
            rows = [
                {key: value or "" for key, value in row.items()}
                for row in reader
                if _whole(path, reader.line_num, row)
            ]
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: expected UTF-8, found other bytes at {error.start}; save it as UTF-8."
        ) from error
    except csv.Error as error:
        raise InputError(
            f"{path}: expected CSV, found a fault ({error}); mend the file."
        ) from error
    return rows


def _whole(path: Path, line: int, row: Mapping[str | None, object]) -> bool:
    if None in row:
        raise InputError(
            f"{path}: line {line}: expected as many cells as columns, found more; quote cells that "
            "hold a comma."
        )
    return True


def check_rows(rows: list[dict[str, str]], atlas: Atlas, *, language: str = "en") -> list[Answer]:
    """Return the verdict on every row, in order; a row that cannot be read is undetermined."""
    return [_answer(row, atlas, language) for row in rows]


def _answer(row: dict[str, str], atlas: Atlas, language: str) -> Answer:
    place = {k: row[k] for k in ("latitude", "longitude") if row[k].strip()}
    radius = row.get("radius", "").strip() or None
    trouble = []
    given: dict[str, str] = {}
    for part in (
        {**place, **({"radius": radius} if radius else {})},
        {"date": row["date"]} if row["date"].strip() else {},
    ):
        try:
            check(**part, atlas=atlas, language=language)
            given.update(part)
        except InputError as error:
            trouble.append(str(error))
    return Answer(row, check(**given, atlas=atlas, language=language), "; ".join(trouble))
