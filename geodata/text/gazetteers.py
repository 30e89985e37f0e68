"""Gazetteers from files: GeoNames' dumps, OCHA's settlements, or a table of one's own."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from geodata.errors import InputError
from geodata.grammar import load
from geodata.text.names import Place
from geodata.text.repairs import quote

_LEVELS = ("admin1", "admin2", "admin3")
_GEONAMES_COLUMNS = 19  # of the dump's main table, download.geonames.org/export/dump/readme.txt


def read_gazetteer(path: str | Path) -> list[Place]:
    """Return the places of a gazetteer file, for `Gazetteer`.

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
    places: list[Place] = []
    for row in rows:

        def cell(column: str | None, row: dict[str, str] = row) -> str:
            value = row.get(column) if column else None
            return value.strip() if isinstance(value, str) else ""

        number = rows.line_num
        if not cell(name) and not cell(column("name_ar")):
            continue
        admin = (cell(column(level, f"{level.replace('admin', 'adm')}_en")) for level in _LEVELS)
        places.append(
            Place(
                -1,
                cell(column("id", "ocha_pcode", "pcode")) or f"{path.name}:{number}",
                cell(name) or cell(column("name_ar")),
                cell(column("name_ar")) or None,
                _degrees(cell(longitude), 180, path, number),
                _degrees(cell(latitude), 90, path, number),
                _radius(cell(column("population"))),
                tuple(filter(None, admin)),
                tuple(filter(None, cell(column("variants")).split("|"))),
            )
        )
    return places


def _is_town(line: str) -> bool:
    cells = line.split("\t")
    return len(cells) != _GEONAMES_COLUMNS or cells[6] == "P"


def _geonames(line: str, path: Path, number: int) -> Place:
    cells = line.split("\t")
    if len(cells) != _GEONAMES_COLUMNS:
        raise InputError(
            f"expected {_GEONAMES_COLUMNS} columns of a GeoNames dump, found {len(cells)} in line "
            f"{number} of {quote(path.name)}; download it again"
        )
    return Place(
        -1,
        cells[0],
        cells[1],
        None,
        _degrees(cells[5], 180, path, number),
        _degrees(cells[4], 90, path, number),
        _radius(cells[14]),
        (),  # only GeoNames' own codes
        tuple(filter(None, [cells[2], *cells[3].split(",")])),
    )


def _degrees(text: str, most: int, path: Path, number: int) -> float:
    if not re.fullmatch(r"[+-]?[0-9]+(?:\.[0-9]+)?", text) or abs(float(text)) > most:
        raise InputError(
            f"expected degrees, found {quote(text)} in line {number} of {quote(path.name)}; "
            "write them like 35.4422"
        )
    return float(text)


def _radius(people: str) -> float:
    """Return the radius in metres that stands for the ground of a town of so many people.

    Our own choice; no gazetteer states it.
    """
    built_up = load("sounds")["built_up"]
    counted = int(people) if people.isascii() and people.isdigit() else 0
    reached = (r for least, r in built_up["radius_m"] if counted >= least)
    return float(next(reached, built_up["uncounted_m"]))
