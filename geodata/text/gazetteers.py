"""Gazetteers from files: GeoNames' dumps, OCHA's settlements, or a table of one's own."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

from geodata.errors import InputError
from geodata.text.repairs import quote

__all__ = ["read_gazetteer"]

_GEONAMES_COLUMNS = 19  # of the dump's main table, download.geonames.org/export/dump/readme.txt


def read_gazetteer(path: str | Path) -> list[dict[str, Any]]:
    """Return the records of a gazetteer file, for `Gazetteer.from_records`.

    A GeoNames dump (tabs, no header; only populated places, class P), OCHA's settlements
    (``ocha_pcode, name_en, name_ar, lat, lon, ADM1_EN``), or any CSV with ``name``, ``latitude``
    and ``longitude`` and, if there, ``id``, ``name_ar``, ``variants`` (parted by ``|``),
    ``admin1``, ``population``, ``kind``. UTF-8, with or without a byte order mark.

    Raises
    ------
    InputError
        The file cannot be read, or has none of these forms.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"expected a gazetteer in UTF-8, found {quote(path.name)}: "
            f"{type(error).__name__}; give a GeoNames dump, OCHA's settlements or a CSV"
        ) from None
    lines = text.splitlines()
    if lines and lines[0].count("\t") == _GEONAMES_COLUMNS - 1:
        numbered = enumerate(lines, start=1)
        return [_geonames(line, path, number) for number, line in numbered if _is_town(line)]
    rows = csv.DictReader(lines)
    header = {name.strip().lower(): name for name in rows.fieldnames or ()}

    def column(*names: str) -> str | None:
        return next((header[name] for name in names if name in header), None)

    name = column("name", "name_en")
    latitude, longitude = column("latitude", "lat"), column("longitude", "lon", "lng")
    if name is None or latitude is None or longitude is None:
        found = ", ".join(header) or "nothing"
        raise InputError(
            f"expected a gazetteer with columns name, latitude and longitude, found "
            f"{quote(found, limit=120)} in {quote(path.name)}; name the columns so"
        )
    places: list[dict[str, Any]] = []
    for row in rows:

        def cell(column: str | None, row: dict[str, Any] = row) -> str:
            value = row.get(column) if column else None
            return value.strip() if isinstance(value, str) else ""

        number = rows.line_num
        if not cell(name) and not cell(column("name_ar")):
            continue
        places.append(
            {
                "id": cell(column("id", "ocha_pcode", "pcode")) or f"{path.name}:{number}",
                "name": cell(name) or cell(column("name_ar")),
                "name_ar": cell(column("name_ar")) or None,
                "variants": tuple(filter(None, cell(column("variants")).split("|"))),
                "latitude": _degrees(cell(latitude), path, number),
                "longitude": _degrees(cell(longitude), path, number),
                "admin1": cell(column("admin1", "adm1_en")) or None,
                "population": _people(cell(column("population"))),
                "kind": cell(column("kind")) or None,
            }
        )
    return places


def _is_town(line: str) -> bool:
    cells = line.split("\t")
    return len(cells) != _GEONAMES_COLUMNS or cells[6] == "P"


def _geonames(line: str, path: Path, number: int) -> dict[str, Any]:
    cells = line.split("\t")
    if len(cells) != _GEONAMES_COLUMNS:
        raise InputError(
            f"expected {_GEONAMES_COLUMNS} columns of a GeoNames dump, found {len(cells)} in line "
            f"{number} of {quote(path.name)}; download it again"
        )
    return {
        "id": cells[0],
        "name": cells[1],
        "name_ar": None,
        "variants": tuple(filter(None, [cells[2], *cells[3].split(",")])),
        "latitude": _degrees(cells[4], path, number),
        "longitude": _degrees(cells[5], path, number),
        "admin1": cells[10] or None,
        "population": _people(cells[14]),
        "kind": cells[7] or None,
    }


def _degrees(text: str, path: Path, number: int) -> float:
    if not re.fullmatch(r"[+-]?[0-9]+(?:\.[0-9]+)?", text):
        raise InputError(
            f"expected degrees, found {quote(text)} in line {number} of {quote(path.name)}; "
            "write them like 35.4422"
        )
    return float(text)


def _people(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
