"""For any column that would change a verdict if it were used: it is used, or a warning names it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_reading_dirt import Read

from geodata.columns.diagnostics import inspect_file
from geodata.columns.mapping import ColumnMapping
from geodata.columns.precision import PlaceCode, PlaceScheme, PrecisionTable
from geodata.errors import InputError
from geodata.grammar import load
from geodata.text.repairs import quote
from zones.tables.question import ask

PLACES = st.sampled_from([(35.8, 36.7), (35.744, 36.618), (35.3, 37.1), (33.6, 36.4)])
NEAR = st.sampled_from(["0", "500", "25000", "60000"])
DAYS = st.sampled_from(["2018-03-07", "2017-04-01", "2021-01-01"])
CODES = ["1", "2", "3", "6"]
PRECISE = {
    "geo_precision": "acled",
    "Geo.Precision": "acled",
    "where_prec": "ucdp-ged",
    "whr_prc": "ucdp-ged",
    "ActionGeo_Type": "gdelt",
}


KINDS = ["codes", "lengths", "words", "quality", "geopoint", "name", "position", "parts", "date"]
LIKE = load("headers")["precision_like"]
ANY = st.text("abcdefghijklmnop", min_size=4, max_size=9).map("q {}".format)
"""Headers that no table lists: the cells alone tell what their column is."""


def spelt(draw: st.DrawFn, name: str) -> str:
    forms = (name, name.upper(), name.replace("_", " "), name.replace("_", "."), name.title())
    return draw(st.sampled_from(forms))


@st.composite
def files(draw: st.DrawFn) -> tuple[str, str, dict[str, Any]]:
    """Rows with one column more: the text, its name, and the mapping that would use it."""
    kind = draw(st.sampled_from(KINDS))
    n = draw(st.integers(1, 4))
    rows = [[f"{i}", draw(DAYS), *map(str, draw(PLACES))] for i in range(n)]
    used: dict[str, Any] = {"latitude": "latitude", "longitude": "longitude", "date": "date"}
    names = ["more"]
    if kind == "codes":
        known = draw(st.sampled_from(sorted(PRECISE)))
        names = [spelt(draw, known)]
        cells = [[draw(st.sampled_from(CODES))] for _ in rows]
        used |= {"source": PRECISE[known], "place_codes": tuple(names)}
    elif kind == "lengths":
        names = [draw(st.sampled_from(["accuracy", "Location accuracy", "radius"]) | ANY)]
        cells = [[draw(st.sampled_from(["500m", "25 km", "40km"]))] for _ in rows]
        used["radius"] = names[0]
    elif kind in ("words", "quality"):
        words = [LIKE["cells"]] if kind == "words" else [[*"1234"], LIKE["with_header"]]
        pair = st.tuples(st.sampled_from(LIKE["about"]), st.sampled_from(LIKE["how"]))
        names = [draw(ANY if kind == "words" else pair.map(" ".join))]
        cells = [[draw(st.sampled_from(draw(st.sampled_from(words))))] for _ in rows]
        used |= {"source": "mine", "place_codes": tuple(names)}
    elif kind == "geopoint":
        names = [draw(st.sampled_from(["gps", "what/point"]) | ANY)]
        cells = [[f"{row[2]}00 {row[3]}00 410.0 {draw(NEAR)}"] for row in rows]
        used = {"position": names[0], "date": "date"}
    elif kind == "name":
        names = [draw(st.sampled_from(["Village", "place", "admin4Name_en", "المكان"]))]
        cells = [[draw(st.sampled_from(["Saraqib", "Khan Shaykhun", ""]))] for _ in rows]
        rows = [[*row[:2], *draw(st.sampled_from([row[2:], ["", ""]]))] for row in rows]
        used["place"] = names[0]
    elif kind == "position":
        names = [draw(st.sampled_from(["wkt", "coordinates", "GPS", "Geolocation"]))]
        cells = [[f"POINT ({x} {y})"] for y, x in (draw(PLACES) for _ in rows)]
        used = {"position": names[0], "date": "date"}
    elif kind == "parts":
        names = ["Year", "Month", "Day"]
        cells = [draw(DAYS).split("-") for _ in rows]
        used = {**used, "date": None, "year": "Year", "month": "Month", "day": "Day"}
    else:
        names = [draw(st.sampled_from(["event_date", "Incident Date", "التاريخ"]))]
        cells = [[draw(DAYS)] for _ in rows]
        used["date"] = names[0]
    lines = [["id", "date", "latitude", "longitude", *names]]
    lines += [[*row, *more] for row, more in zip(rows, cells, strict=True)]
    return "\n".join(",".join(line) for line in lines) + "\n", names[0], used


def verdicts(path: Path, **options: Any) -> tuple[Read, list[int]]:
    mapping = options.get("mapping")
    if mapping is not None and mapping.source == "mine":
        scheme = PlaceScheme(mapping.place_codes, {"other": PlaceCode()})
        options["precision"] = PrecisionTable(places={"mine": scheme})
    found = Read(path, **options)
    assessor = ask().assessor
    return found, [int(v) for part in found.parts for v in assessor.assess(part).verdict]


@pytest.mark.parametrize("suffix", ["csv", "json"])
@settings(max_examples=50, deadline=None)
@given(file=files())
def test_what_would_change_a_verdict_is_used_or_named(
    suffix: str, file: tuple[str, str, dict[str, Any]]
) -> None:
    text, name, used = file
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"in.{suffix}"
        if suffix == "json":
            text = json.dumps(list(csv.DictReader(io.StringIO(text))))
        path.write_text(text, encoding="utf-8")
        _, wanted = verdicts(path, mapping=ColumnMapping(**used))
        try:
            found, got = verdicts(path)
        except InputError as error:
            refusal = str(error)
        else:
            refusal, log = "", inspect_file(path, keep_rows=True).log
    if refusal:
        assert quote(name) in refusal
        return
    if wanted == got:
        return
    warnings = [f for f in log.kept if f.severity == "warning"]
    said = " ".join(f"{f.column} {f.before} {f.after}" for f in warnings)
    mapping = found.source.mapping
    compared = {*mapping.also, *mapping.also_days}
    assert name in said or name in set(mapping.used()) - compared
