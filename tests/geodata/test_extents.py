"""The ground of the zones: what every extent must be, and places whose answer is known."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Transformer
from shapely.geometry import shape

import zones
from geodata.atlas import read_atlas
from geodata.sources.extents import read_settlements

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "geodata/data"
SOURCES = ROOT / "geodata/sources"
SHARED = Path(os.environ.get("DEZONE_SHARED", ROOT.parent / "shared"))
WORLD_ATLAS = Path(os.environ.get("DEZONE_WORLD_ATLAS", ROOT / "maps/web/node_modules/world-atlas"))
ESTIMATES = ("low", "best", "high")
METRES = Transformer.from_crs("EPSG:4326", "EPSG:32637", always_xy=True)

COLLECTION = json.loads((DATA / "extents.geojson").read_text("utf-8"))
FEATURES: dict[str, Any] = {f["id"]: f for f in COLLECTION["features"]}
SHAPES = {name: shape(f["geometry"]) for name, f in FEATURES.items()}
EXTENTS = sorted({name.rsplit("/", 1)[0] for name in FEATURES})
PLAN = json.loads((SOURCES / "extents_plan.json").read_text("utf-8"))["extents"]


def in_metres(geometry: Any) -> Any:
    def project(xy: Any) -> Any:
        return np.column_stack(METRES.transform(xy[:, 0], xy[:, 1]))

    return shapely.transform(geometry, project)


def positions(geometry: dict[str, Any]) -> Iterator[list[list[float]]]:
    """Yield each ring of a geometry."""
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    for polygon in polygons:
        yield from polygon


def extent_on(zone: str, day: str, boundary: str = "line") -> dict[str, Any] | None:
    for feature in FEATURES.values():
        p = feature["properties"]
        if p["zone"] == zone and p["boundary"] == boundary and p["estimate"] == "best":
            until = p["valid_to"]
            if p["valid_from"] <= day and (until is None or day < until):
                return {e: SHAPES[f"{feature['id'].rsplit('/', 1)[0]}/{e}"] for e in ESTIMATES}
    return None


def answer(zone: str, day: str, longitude: float, latitude: float, boundary: str = "line") -> str:
    extent = extent_on(zone, day, boundary)
    assert extent is not None, f"{zone} has no {boundary} on {day}"
    point = shapely.Point(longitude, latitude)
    if extent["low"].covers(point):
        return "inside"
    return "between" if extent["high"].covers(point) else "outside"


# What every feature must be


@pytest.mark.parametrize("name", FEATURES)
def test_a_feature_says_what_it_is(name: str) -> None:
    p = FEATURES[name]["properties"]
    assert name == f"{p['zone']}/{p['boundary']}/{p['valid_from']}/{p['estimate']}"
    assert p["estimate"] in ESTIMATES
    assert p["boundary"] in ("line", "ministry", "agreed")
    assert p["valid_to"] is None or p["valid_from"] < p["valid_to"]
    assert p["area_km2"] >= 0
    assert p["sources"] == sorted(set(p["sources"]), key=p["sources"].index) != []
    assert p["confidence"] in ("high", "medium", "low")


def test_features_are_in_their_order() -> None:
    number = {e["zone"]: e["number"] for e in PLAN}
    keys = [
        (
            number[f["properties"]["zone"]],
            f["properties"]["boundary"],
            f["properties"]["valid_from"],
            ESTIMATES.index(f["properties"]["estimate"]),
        )
        for f in COLLECTION["features"]
    ]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


def test_every_extent_has_three_estimates() -> None:
    assert {f"{e}/{x}" for e in EXTENTS for x in ESTIMATES} == set(FEATURES)


@pytest.mark.parametrize("name", FEATURES)
def test_a_geometry_is_valid_by_rfc_7946(name: str) -> None:
    feature, found = FEATURES[name], SHAPES[name]
    assert "crs" not in feature
    assert feature["geometry"]["type"] in ("Polygon", "MultiPolygon")
    assert shapely.is_valid(found), shapely.is_valid_reason(found)
    for polygon in shapely.get_parts(found):
        assert polygon.exterior.is_ccw
        assert not any(hole.is_ccw for hole in polygon.interiors)
    for ring in positions(feature["geometry"]):
        assert ring[0] == ring[-1]
        assert len(ring) >= 4
        assert all(a != b for a, b in pairwise(ring))
        for value in (v for position in ring for v in position):
            assert round(value, 5) == value


@pytest.mark.parametrize("name", FEATURES)
def test_a_bbox_bounds_its_feature(name: str) -> None:
    if SHAPES[name].is_empty:
        assert "bbox" not in FEATURES[name]
        assert FEATURES[name]["geometry"] == {"type": "MultiPolygon", "coordinates": []}
    else:
        assert FEATURES[name]["bbox"] == pytest.approx(SHAPES[name].bounds)


def test_the_collection_has_a_bbox_and_no_crs() -> None:
    assert "crs" not in COLLECTION
    everything = shapely.union_all([s for s in SHAPES.values() if not s.is_empty])
    assert COLLECTION["bbox"] == pytest.approx(everything.bounds)


@pytest.mark.parametrize("extent", EXTENTS)
def test_low_lies_in_best_lies_in_high(extent: str) -> None:
    low, best, high = (SHAPES[f"{extent}/{e}"] for e in ESTIMATES)
    assert low.is_empty or best.covers(low)
    assert high.covers(best)


@pytest.mark.parametrize("name", FEATURES)
def test_no_slivers(name: str) -> None:
    for part in shapely.get_parts(in_metres(SHAPES[name])):
        assert part.area > 40_000
        assert not part.buffer(-50).is_empty


@pytest.mark.parametrize("extent", [e for e in EXTENTS if "/line/" in e])
def test_the_error_is_given_at_every_vertex(extent: str) -> None:
    feature = FEATURES[f"{extent}/best"]
    accuracy, coordinates = feature["properties"]["accuracy_m"], feature["geometry"]["coordinates"]
    if feature["geometry"]["type"] == "Polygon":
        accuracy, coordinates = [accuracy], [coordinates]
    for rings, errors in zip(coordinates, accuracy, strict=True):
        for ring, error in zip(rings, errors, strict=True):
            assert len(ring) == len(error)
            assert error[0] == error[-1]
            assert all(isinstance(e, int) and 200 <= e <= 6000 for e in error)


def test_the_error_changes_along_the_line() -> None:
    (errors, *_) = FEATURES["idlib/line/2017-05-06/best"]["properties"]["accuracy_m"]
    assert min(errors) < 400 < 2000 < max(errors)


@pytest.mark.parametrize("zone", sorted({e["zone"] for e in PLAN}))
@pytest.mark.parametrize("boundary", ["line", "ministry"])
def test_validity_has_no_gap_and_no_overlap(zone: str, boundary: str) -> None:
    spans = sorted(
        (p["valid_from"], p["valid_to"])
        for f in COLLECTION["features"]
        if (p := f["properties"])["estimate"] == "best"
        and (p["zone"], p["boundary"]) == (zone, boundary)
    )
    assert spans[0][0] == "2017-05-06"
    assert all(first[1] == second[0] for first, second in pairwise(spans))


@pytest.mark.parametrize(("one", "other"), list(combinations(EXTENTS, 2)))
def test_zones_of_one_boundary_do_not_overlap(one: str, other: str) -> None:
    a, b = (FEATURES[f"{e}/best"]["properties"] for e in (one, other))
    together = a["valid_from"] < (b["valid_to"] or "9") and b["valid_from"] < (a["valid_to"] or "9")
    if a["zone"] == b["zone"] or a["boundary"] != b["boundary"] or not together:
        return
    for estimate in ESTIMATES:
        assert shapely.intersection(SHAPES[f"{one}/{estimate}"], SHAPES[f"{other}/{estimate}"]).area == 0  # fmt: skip  # noqa: E501


def test_a_state_border_kept_by_two_extents_is_the_same_line() -> None:
    first = set(map(tuple, shapely.get_coordinates(SHAPES["idlib/line/2018-07-20/best"])))
    second = set(map(tuple, shapely.get_coordinates(SHAPES["idlib/line/2017-05-06/best"])))
    west = {v for v in first if v[0] < 36.39 and 35.9 < v[1] < 36.15}
    assert len(west) > 10
    assert len(west & second) >= 0.9 * len(west)


# Places whose answer is known


@pytest.mark.parametrize(
    ("zone", "name", "longitude", "latitude"),
    [
        ("idlib", "Darkush", 36.39337, 35.99244),
        ("idlib", "Harem", 36.52075, 36.21259),
        ("idlib", "Salqin", 36.45369, 36.13905),
        ("idlib", "Qah", 36.72517, 36.29627),
        ("idlib", "Atma", 36.68985, 36.30977),
        ("idlib", "Maarat al-Numan", 36.67659, 35.64757),
        ("south-west", "Nasib", 36.18691, 32.55128),
        ("south-west", "Nawa", 36.04097, 32.88825),
        ("north-homs", "Talbiseh", 36.7308, 34.8406),
        ("north-homs", "Rastan", 36.73123, 34.92409),
        ("eastern-ghouta", "Douma", 36.40459, 33.57057),
        ("eastern-ghouta", "Jobar", 36.334, 33.527),
    ],
)
def test_towns_surely_inside(zone: str, name: str, longitude: float, latitude: float) -> None:
    assert answer(zone, "2017-10-01", longitude, latitude) == "inside"


@pytest.mark.parametrize(
    ("zone", "name", "longitude", "latitude"),
    [
        ("idlib", "Aleppo", 37.1524, 36.206),
        ("idlib", "Reyhanli, in Turkey", 36.567, 36.268),
        ("idlib", "Hacipasa, in Turkey", 36.36, 36.107),
        ("idlib", "Tell Rifaat", 37.097, 36.473),
        ("south-west", "Beit Jinn", 35.879, 33.314),
        ("south-west", "Tasil, Islamic State pocket", 35.9714, 32.8367),
        ("south-west", "Suwayda", 36.568, 32.7068),
        ("eastern-ghouta", "Damascus", 36.2767, 33.5172),
        ("north-homs", "Homs", 36.7197, 34.73),
    ],
)
def test_towns_surely_outside(zone: str, name: str, longitude: float, latitude: float) -> None:
    assert answer(zone, "2017-10-01", longitude, latitude) == "outside"


@pytest.mark.parametrize(
    ("day", "boundary", "expected"),
    [
        ("2017-05-06", "line", "outside"),
        ("2018-07-19", "line", "outside"),
        ("2018-07-20", "line", "inside"),
        ("2019-11-20", "line", "inside"),
        ("2017-10-01", "ministry", "between"),
    ],
)
@pytest.mark.parametrize(
    ("longitude", "latitude"), [(36.70358, 35.98202), (36.67689, 35.98989)], ids=["Fua", "Kafraya"]
)
def test_the_enclave_is_a_hole_until_it_is_emptied(
    day: str, boundary: str, expected: str, longitude: float, latitude: float
) -> None:
    assert answer("idlib", day, longitude, latitude, boundary) == expected


@pytest.mark.parametrize("boundary", ["line", "ministry"])
@pytest.mark.parametrize("day", ["2017-05-06", "2017-05-14", "2017-05-30", "2018-03-01"])
def test_qaboun_is_outside_from_the_first_day(day: str, boundary: str) -> None:
    assert answer("eastern-ghouta", day, 36.33778, 33.54611, boundary) == "outside"


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2017-05-06", "between"), ("2017-05-29", "between"), ("2017-05-30", "outside")],
)
def test_barzeh_is_in_doubt_until_its_last_buses(day: str, expected: str) -> None:
    assert answer("eastern-ghouta", day, 36.32056, 33.55667) == expected


def test_the_ministry_cannot_say_what_is_surely_in_ghouta() -> None:
    assert SHAPES["eastern-ghouta/ministry/2017-05-06/low"].is_empty
    for longitude, latitude in [(36.40459, 33.57057), (36.36697, 33.53897), (36.40054, 33.55032)]:
        assert answer("eastern-ghouta", "2017-10-01", longitude, latitude, "ministry") == "between"


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2018-02-14", "inside"), ("2018-02-15", "outside"), ("2020-03-06", "outside")],
)
def test_the_east_is_lost_in_february_2018(day: str, expected: str) -> None:
    assert answer("idlib", day, 37.0263, 35.5633) == expected  # Sinjar


@pytest.mark.parametrize(
    ("day", "boundary", "expected"),
    [
        ("2019-08-01", "line", "inside"),
        ("2019-08-30", "line", "inside"),
        ("2019-08-31", "line", "outside"),
        ("2019-10-15", "line", "outside"),
    ],
)
def test_khan_shaykhun_is_outside_once_the_truce_leaves_it_with_the_army(
    day: str, boundary: str, expected: str
) -> None:
    assert answer("idlib", day, 36.65037, 35.44374, boundary) == expected


@pytest.mark.parametrize(
    ("name", "longitude", "latitude"),
    [
        ("Ain al-Bayda of Badama", 36.18044, 35.86094),
        ("Hamra of Salqin", 36.39343, 36.08454),
        ("Betiya", 36.38865, 36.07583),
        ("Zanbaqi", 36.37546, 36.00846),
        ("Atmeh camps", 36.6622, 36.3156),
    ],
)
@pytest.mark.parametrize("day", ["2017-10-01", "2018-10-01", "2019-10-01", "2020-10-01"])
def test_places_on_the_state_border_belong_to_the_zone(
    day: str, name: str, longitude: float, latitude: float
) -> None:
    assert answer("idlib", day, longitude, latitude) == "inside"


@pytest.mark.parametrize(
    ("name", "longitude", "latitude"),
    [
        ("Majdal Shams", 35.7716, 33.27029),
        ("Masada", 35.75572, 33.23203),
        ("Buqata", 35.77917, 33.20111),
    ],
)
@pytest.mark.parametrize("boundary", ["line", "ministry"])
def test_places_beyond_the_lines_of_1974_are_outside(
    boundary: str, name: str, longitude: float, latitude: float
) -> None:
    assert answer("south-west", "2017-10-01", longitude, latitude, boundary) == "outside"


@pytest.mark.parametrize(
    ("zone", "name", "longitude", "latitude", "expected"),
    [
        pytest.param("idlib", "Hajeb", 37.39653, 35.86350, "inside", id="lost only in 2018"),
        pytest.param("idlib", "Tamura", 36.99553, 36.31506, "outside", id="taken in 2016"),
        pytest.param("idlib", "Abu Dali", 36.90271, 35.45073, "outside", id="taken in October"),
        pytest.param("idlib", "New Aleppo", 37.09308, 36.19926, "outside", id="Aleppo, whole"),
        pytest.param("idlib", "Rashidin", 37.06296, 36.16335, "inside", id="west of Aleppo"),
        pytest.param("south-west", "Mahjeh", 36.22189, 32.95615, "inside", id="an enclave"),
    ],
)
def test_places_that_older_tables_had_on_the_wrong_side(
    zone: str, name: str, longitude: float, latitude: float, expected: str
) -> None:
    assert answer(zone, "2017-10-01", longitude, latitude) == expected


@pytest.mark.parametrize("entry", [e for e in PLAN if "outline" not in e], ids=lambda e: "/".join((e["zone"], e["boundary"], e["valid_from"])))  # fmt: skip  # noqa: E501
def test_every_settlement_lies_on_its_own_side(entry: dict[str, Any]) -> None:
    extent = f"{entry['zone']}/{entry['boundary']}/{entry['valid_from']}"
    settlements = read_settlements(entry["on"])
    own = settlements.own(entry["zone"])
    ids = np.array(settlements.ids)
    points = shapely.points(
        np.column_stack(METRES.transform(*settlements.xy.T, direction="INVERSE"))
    )
    low, best, high = (SHAPES[f"{extent}/{e}"] for e in ESTIMATES)
    possible = np.isin(ids, entry.get("possible", []))
    # Two points of different sides may all but touch: their ground is cut between them.
    assert ids[own & ~shapely.dwithin(points, best, 2e-4)].tolist() == []
    assert ids[~own & shapely.contains_properly(shapely.buffer(best, -2e-4), points)].tolist() == []
    assert ids[~own & ~possible & shapely.intersects(low, points)].tolist() == []
    told = settlements.sourced
    assert np.count_nonzero(own & told & ~shapely.intersects(low, points)) <= 0.02 * own.sum()
    near = shapely.dwithin(points, high, 0.1)
    theirs = ~own & told & ~possible & shapely.intersects(high, points)
    assert np.count_nonzero(theirs) <= 0.02 * near.sum()


@pytest.mark.parametrize("entry", [e for e in PLAN if "outline" not in e], ids=lambda e: "/".join((e["zone"], e["boundary"], e["valid_from"])))  # fmt: skip  # noqa: E501
def test_an_enclave_needs_a_source(entry: dict[str, Any]) -> None:
    settlements = read_settlements(entry["on"])
    own, told = settlements.own(entry["zone"]), settlements.sourced
    points = shapely.points(
        np.column_stack(METRES.transform(*settlements.xy.T, direction="INVERSE"))
    )
    best = SHAPES[f"{entry['zone']}/{entry['boundary']}/{entry['valid_from']}/best"]
    for part in shapely.get_parts(best):
        assert shapely.intersects(part, points[own & told]).any(), part.bounds
        for hole in part.interiors:
            enclave = shapely.Polygon(hole)
            assert shapely.intersects(enclave, points[~own & told]).any(), enclave.bounds


@pytest.mark.parametrize("entry", PLAN, ids=lambda e: "/".join((e["zone"], e["boundary"], e["valid_from"])))  # fmt: skip  # noqa: E501
def test_the_day_whose_sides_are_drawn_is_a_day_of_the_extent(entry: dict[str, Any]) -> None:
    assert entry["valid_from"] <= entry["on"] < entry["valid_to"] or entry["zone"] != "idlib"
    dt.date.fromisoformat(entry["on"])


def documented_incidents() -> list[dict[str, Any]]:
    path = SHARED / "facts/facts2.json"
    if not path.exists():
        return []
    found = json.loads(path.read_text("utf-8"))["incidents"]
    return [i for i in found if i["from"] and i["lat"] is not None]


@pytest.mark.parametrize("incident", documented_incidents(), ids=lambda i: i["id"])
def test_no_documented_incident_is_confidently_wrong(incident: dict[str, Any]) -> None:
    """Needs the reference incidents beside the project; without them it collects nothing."""
    verdict = zones.check(
        latitude=incident["lat"],
        longitude=incident["lon"],
        date=f"{incident['from']}/{incident['to']}",
        radius=0,
    ).verdict
    wrong = {"yes": "outside", "no": "inside"}.get(incident["expected"]["in_zone_in_force"])
    assert verdict != wrong, incident["expected"]["why"]


# Where it comes from


def test_the_sources_of_the_plan_are_listed() -> None:
    known = read_atlas().sources
    for entry in PLAN:
        assert set(entry["sources"]) <= set(known)


def test_the_files_are_small_enough_for_a_page() -> None:
    assert (DATA / "extents.geojson").stat().st_size < 650_000
    assert (DATA / "base.geojson").stat().st_size < 170_000


def test_the_base_map_has_land_border_towns_roads_and_labels() -> None:
    base = json.loads((DATA / "base.geojson").read_text("utf-8"))
    kinds = [f["properties"]["kind"] for f in base["features"]]
    assert kinds.count("country") == 1
    assert kinds.count("town") == 13
    assert {"neighbour", "border", "road", "label"} <= set(kinds)
    for feature in base["features"]:
        if feature["properties"]["kind"] in ("town", "label"):
            assert set(feature["properties"]["name"]) == {"en", "ar", "ru", "tr"}
        if feature["properties"]["kind"] == "road":
            assert feature["properties"]["schematic"] is True
        assert shapely.is_valid(shape(feature["geometry"]))


@pytest.mark.parametrize(
    ("place", "longitude", "latitude", "state"),
    [
        ("Majdal Shams", 35.7697, 33.2664, "Syria"),
        ("Katzrin", 35.6944, 32.9903, "Syria"),
        ("Banias", 35.6944, 33.2486, "Syria"),
        ("Quneitra", 35.8242, 33.1258, "Syria"),
        ("Tiberias", 35.5300, 32.7900, "Israel"),
        ("Ramallah", 35.2000, 31.9000, "Palestine"),
        ("Tyre", 35.2200, 33.2700, "Lebanon"),
    ],
)
def test_states_follow_the_usage_of_the_united_nations(
    place: str, longitude: float, latitude: float, state: str
) -> None:
    point = shapely.Point(longitude, latitude)
    base = json.loads((DATA / "base.geojson").read_text("utf-8"))["features"]
    found = [
        f["properties"]["name"]
        for f in base
        if f["properties"]["kind"] in ("country", "neighbour")
        and shape(f["geometry"]).covers(point)
    ]
    assert found == [state], place


def test_no_zone_reaches_over_the_lines_of_1974() -> None:
    base = json.loads((DATA / "base.geojson").read_text("utf-8"))["features"]
    (line,) = (shape(f["geometry"]) for f in base if f["properties"]["kind"] == "ceasefire")
    # Where the ledger has Majdal Shams, and Katzrin.
    occupied = [shapely.Point(35.7716, 33.27029), shapely.Point(35.6944, 32.9903)]
    assert line.length > 0.5
    for extent in read_atlas().extents:
        assert not any(extent.high.covers(point) for point in occupied)


def test_what_is_drawn_of_the_ground_has_a_source_and_a_stated_error() -> None:
    known = read_atlas().sources
    for feature in json.loads((DATA / "base.geojson").read_text("utf-8"))["features"]:
        said = feature["properties"]
        if said["kind"] in ("label", "town"):
            continue
        assert said["accuracy_m"] >= 500, said
        assert said["sources"], said
        assert set(said["sources"]) <= set(known), said


def test_building_again_gives_the_same_bytes(tmp_path: Path) -> None:
    if not WORLD_ATLAS.exists():
        pytest.skip("needs world-atlas: run `npm ci` in maps/web")
    code = (
        "import sys; from pathlib import Path; from geodata.sources.build import *; "
        "build(Path(sys.argv[1]), find_world_atlas())"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, cwd=ROOT)
    for built in sorted(tmp_path.rglob("*")):
        if built.is_file():
            shipped = DATA / built.relative_to(tmp_path)
            assert built.read_bytes() == shipped.read_bytes(), f"run `make data`: {shipped.name}"


@pytest.mark.parametrize(
    ("extent", "reference", "least"),
    [
        # The reference of 2017 leaves out Jabal al-Hass, which was lost only in January 2018.
        ("idlib/line/2017-05-06", "line_2017-09-15", 0.91),
        ("north-homs/line/2017-05-06", "line_2017-09-15", 0.94),
        ("eastern-ghouta/line/2017-05-30", "line_2017-09-15", 0.9),
        ("south-west/line/2017-05-06", "line_2017-09-15", 0.91),
        ("idlib/line/2018-07-20", "line_2018-09-17_idlib", 0.96),
        ("idlib/line/2020-03-06", "line_2020-03-06_idlib", 0.97),
    ],
)
def test_best_overlaps_the_reference_outline(extent: str, reference: str, least: float) -> None:
    path = SHARED / f"data/boundaries/{reference}.geojson"
    if not path.exists():
        pytest.skip("no reference outlines here")
    features = json.loads(path.read_text("utf-8"))["features"]
    (outline,) = [f for f in features if f["properties"]["zone"] == extent.split("/")[0]]
    ours, theirs = in_metres(SHAPES[f"{extent}/best"]), in_metres(shape(outline["geometry"]))
    overlap = ours.intersection(theirs).area / ours.union(theirs).area
    assert overlap >= least
