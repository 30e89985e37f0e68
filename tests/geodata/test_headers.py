"""Headers of files as tools write and cut them, and what the columns are taken for.

The same list holds the page's engine (`maps/web/test/engine/headers.test.ts`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from geodata.columns.headers.unused import looks_precise
from geodata.columns.precision import read_precision
from geodata.columns.recognise import recognise

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "headers.json").read_bytes())["files"]
OURS = {"placeCodes": "place_codes", "dateCode": "date_code"}
ROLES = ("latitude", "longitude", "position", "date", "first", "last", "year", "month", "day")


@pytest.mark.parametrize("file", [pytest.param(file, id=file["what"]) for file in VECTORS])
def test_headers_are_taken_for_what_they_are(file: dict[str, Any]) -> None:
    place = any(role in file["roles"] for role in ("latitude", "position"))
    found = recognise(
        [*file["headers"], *([] if place else ["geometry"])],
        geometry=None if place else "geometry",
        precision=read_precision(),
    )
    expected = {OURS.get(role, role): name for role, name in file["roles"].items()}
    mine = {role: getattr(found, role) for role in (*ROLES, *OURS.values())}
    assert found.source == file["source"]
    assert {k: v for k, v in mine.items() if v} == {
        k: tuple(v) if isinstance(v, list) else v for k, v in expected.items() if v
    }
    settled = {"date_prec", "dat_prc", "Actor1Geo_Type"}
    left = [h for h in file["headers"] if h not in {*found.used(), *settled} and looks_precise(h)]
    assert left == file["unused"]
