"""An atlas with a fault is refused in one line: which file, which record, what is wrong."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from atlases import SHIPPED

from geodata.atlas import read_atlas
from geodata.errors import AtlasError
from geodata.schema import OPTIONAL_FILES

Change = Callable[[Any], Any]
IDLIB = "idlib/line/2017-05-06"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(SHIPPED, tmp_path / "atlas")


def change(folder: Path, name: str, how: Change) -> None:
    path = folder / name
    content = json.loads(path.read_text("utf-8"))
    replaced = how(content)
    path.write_text(
        json.dumps(content if replaced is None else replaced, ensure_ascii=False), "utf-8"
    )


def fault(folder: Path) -> str:
    with pytest.raises(AtlasError) as caught:
        read_atlas(folder)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    return message


def feature(content: Any, name: str) -> Any:
    return next(f for f in content["features"] if f["id"] == name)


def rings(geometry: Any) -> list[Any]:
    many = geometry["type"] == "MultiPolygon"
    return [r for p in (geometry["coordinates"] if many else [geometry["coordinates"]]) for r in p]


def put(*path: Any, value: Any) -> Change:
    """Set a value deep inside a file."""

    def how(content: Any) -> None:
        for step in path[:-1]:
            content = content[step]
        content[path[-1]] = value

    return how


def area(name: str, key: str, value: Any) -> Change:
    """Set what areas.geojson says of a feature."""

    def how(content: Any) -> None:
        feature(content, name)["properties"][key] = value

    return how


def drop(*path: Any) -> Change:
    def how(content: Any) -> None:
        for step in path[:-1]:
            content = content[step]
        del content[path[-1]]

    return how


def test_the_untouched_copy_is_whole(folder):
    assert read_atlas(folder).sha256 == read_atlas().sha256


# -- files ----------------------------------------------------------------------------------

FILES = sorted(
    p.relative_to(SHIPPED).as_posix()
    for p in SHIPPED.rglob("*.*json")
    if p.suffix in {".json", ".geojson"}
)


@pytest.mark.parametrize("name", sorted(set(FILES) - set(OPTIONAL_FILES)))
def test_a_missing_file(folder, name):
    (folder / name).unlink()
    assert fault(folder).startswith(f"{name}: expected a file of the atlas")


def test_an_atlas_may_know_no_settlements(folder):
    for name in OPTIONAL_FILES:
        (folder / name).unlink()
    atlas = read_atlas(folder)
    assert len(atlas.ledger) == len(atlas.sides) == len(atlas.areas) == 0
    assert set(FILES) - set(atlas.names) == set(OPTIONAL_FILES)


@pytest.mark.parametrize("name", FILES)
def test_broken_json(folder, name):
    path = folder / name
    path.write_bytes(path.read_bytes().rstrip()[:-1])
    message = fault(folder)
    assert message.startswith(f"{name}: expected JSON, found ")
    assert " at line " in message


@pytest.mark.parametrize("name", FILES)
def test_bytes_that_are_not_utf_8(folder, name):
    path = folder / name
    path.write_bytes(path.read_bytes().replace(b'"', b'"\xff', 1))
    assert fault(folder).startswith(f"{name}: expected JSON, found bytes that are not UTF-8")


@pytest.mark.parametrize("name", FILES)
def test_json_of_another_kind(folder, name):
    (folder / name).write_text("3", "utf-8")
    assert fault(folder).startswith(f"{name}: at the top: expected ")


def test_no_folder_at_all(tmp_path):
    with pytest.raises(AtlasError, match="expected a folder with an atlas, found nothing"):
        read_atlas(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(AtlasError, match="expected a folder with an atlas, found a file"):
        read_atlas(tmp_path / "file")


# -- records --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "how", "said"),
    [
        ("zones.json", put(0, "number", value="one"), ["'idlib'", "expected `int`, got `str`"]),
        ("zones.json", drop(0, "name"), ["'idlib'", "missing required field `name`"]),
        ("zones.json", put(0, "colour", value="red"), ["'idlib'", "unknown field `colour`"]),
        ("zones.json", put(0, "id", value="north-homs"), ["north-homs", "twice"]),
        ("zones.json", put(0, "number", value=2), ["zones.json: 2:", "twice"]),
        ("zones.json", lambda _: [], ["at least one zone, found none"]),
        ("zones.json", drop(0, "name", "ru"), ["idlib, name", "found no ru"]),
        ("zones.json", put(0, "name", "tr", value=""), ["idlib, name", "found no tr"]),
        ("zones.json", put(0, "sources", value=["nobody"]), ["idlib", "'nobody'"]),
        ("zones.json", put(0, "sources", value=[]), ["idlib", "with 0 sources"]),
        ("zones.json", put(0, "confidence", value="sure"), ["'idlib'", "'sure'"]),
        ("boundaries.json", drop(0, "description", "ar"), ["description", "found no ar"]),
        ("boundaries.json", put(0, "drawn_from", value="air"), ["'line'", "'air'"]),
        ("areas.geojson", area("sochi-strip/low", "kind", "region"), ["'region'"]),
        ("areas.geojson", area("sochi-strip/high", "zone", "atlantis"), ["'atlantis'"]),
        ("areas.geojson", area("sochi-strip/high", "agreement", "pact"), ["'pact'"]),
        ("areas.geojson", area("sochi-strip/high", "agreement", None), ["of a sub-area"]),
        ("areas.geojson", area("sochi-strip/high", "valid_to", "2017-01-01"), ["valid_to after"]),
        ("areas.geojson", area("sochi-strip/low", "estimate", "best"), ["best, or low and high"]),
        ("areas.geojson", area("olive-branch/best", "explains", None), ["exactly for a neighbour"]),
        ("areas.geojson", area("olive-branch/best", "explains", {"en": "x"}), ["explains"]),
        ("areas.geojson", area("al-lajat/best", "sources", ["nobody"]), ["'nobody'"]),
        ("areas.geojson", area("al-lajat/best", "name", {"en": "al-Lajat"}), ["found no ar"]),
        ("sides.json", drop(0, "name", "ar"), ["name", "found no ar"]),
        ("sides.json", put(2, "in_zones", value=1), ["expected `bool`, got `int`"]),
        ("sides.json", lambda sides: [s for s in sides if not s["in_zones"]], ["zone ground"]),
        ("settlements.json", put("control", "sides", 0, value="martians"), ["sides", "'martians'"]),
        ("atlas.json", put("schema", value=2), ["expected schema 1, found 2"]),
        ("atlas.json", put("default_boundary", value="x"), ["default_boundary", "'x'"]),
        ("atlas.json", put("bounds", value=[1, 2, 3]), ["bounds", "expected"]),
        ("atlas.json", put("languages", value=[]), ["languages", "at least one"]),
        ("phases.json", put(1, "from", value="2017-02-30"), ["phases.json", "date"]),
        ("phases.json", put(0, "zone", value="atlantis"), ["'atlantis'"]),
        ("phases.json", drop(0), ["idlib", "`before`"]),
        ("phases.json", put(2, "from", value="2017-05-06"), ["idlib arranged from 2017-05-06"]),
        ("phases.json", put(2, "from", value=None), ["idlib arranged", "found None"]),
        ("phases.json", put(2, "phase", value="declared"), ["declared then declared"]),
        ("phases.json", put(3, "phase", value="ended"), ["ended then arranged"]),
        ("phases.json", lambda c: c.__setitem__(slice(1, 3), c[2:0:-1]), ["a first day after"]),
        ("agreements.json", put(0, "zones", value=["atlantis"]), ["'atlantis'"]),
        ("agreements.json", put(0, "guarantors", value=["Nobody"]), ["'Nobody'"]),
        ("agreements.json", put(0, "kind", value="pact"), ["'pact'"]),
        ("agreements.json", put(0, "round", value="Astana-99"), ["'Astana-99'"]),
        ("agreements.json", put(0, "in_force", value="soon"), ["agreements.json", "in_force"]),
        ("rounds.json", put(0, "last_day", value="1999-01-01"), ["1999-01-01"]),
        ("posts.json", put(0, "zone", value="atlantis"), ["'atlantis'"]),
        ("posts.json", put(0, "actor", value="Nobody"), ["'Nobody'"]),
        ("sources.json", put("extra", value={"title": 3}), ["extra", "expected `str`"]),
        ("languages/ar.json", drop("sentence", "partly"), ["sentence.partly", "none in ar"]),
        ("languages/en.json", drop("verdict"), ["verdict.", "none in en"]),
        (
            "languages/ru.json",
            put("sentence", "partly", value="{dayz}"),
            ["sentence.partly", "{dayz}"],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_fault_in_a_record(folder, name, how, said):
    change(folder, name, how)
    message = fault(folder)
    for words in said:
        assert words in message, message
    assert name in message


# -- names that become files, attributes, rules and keys --------------------------------------

ZONES = [
    "", "..", ".", "../pwned", "/etc/pwned", "a/b", "a\\b", "C:a", "a\0b", "a\nb", "Idlib", "x ",
    "-idlib", "idlib-", "a--b", "a.b", "a_b", "a'b", 'a"b', "<b>", "a;b", "a&b", "إدلب", "ıdlib",
    "con", "nul", "com1", "a" * 61, "a\n", "\u202ea", "{{a}}", "%2e%2e",
]  # fmt: skip


@pytest.mark.parametrize("name", ZONES, ids=ascii)
def test_an_id_of_a_zone_can_only_be_the_name_of_a_file(folder, name):
    change(folder, "zones.json", put(0, "id", value=name))
    message = fault(folder)
    assert message.startswith("zones.json: ")
    assert message.isprintable()


@pytest.mark.parametrize(
    "name", ["../x", "a b", "x;y", "<b>", "a\u202e", "é", "", "_a", "a\n"], ids=ascii
)
@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("atlas.json", ["id"]),
        ("atlas.json", ["version"]),
        ("atlas.json", ["default_boundary"]),
        ("boundaries.json", [0, "id"]),
        ("agreements.json", [0, "id"]),
        ("rounds.json", [0, "id"]),
        ("posts.json", [0, "id"]),
        ("posts.json", [0, "kind"]),
        ("extents.geojson", ["features", 0, "properties", "zone"]),
        ("zones.json", [0, "sources", 0]),
        ("base.geojson", ["features", 0, "properties", "kind"]),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, list) else value,
)
def test_ids_come_from_narrow_alphabets(folder, file, path, name):
    change(folder, file, put(*path, value=name))
    message = fault(folder)
    assert message.startswith(f"{file}: ")
    assert message.isprintable()


def test_an_error_says_what_an_id_may_hold_and_what_was_found(folder):
    change(folder, "zones.json", put(1, "id", value="North Homs"))
    assert fault(folder) == (
        "zones.json: record 'North Homs', at [1].id: expected lower-case letters, digits and "
        "single hyphens, as in north-homs, found 'North Homs'; correct the record."
    )


def test_ids_that_differ_in_case_alone_are_one_file_on_many_disks(folder):
    change(folder, "rounds.json", put(0, "id", value="ASTANA-2"))
    assert "rounds.json: astana-2: expected an id that is used once" in fault(folder)


@pytest.mark.parametrize(
    "code",
    ["../../atlas", "EN", "e", "en_GB", 'en"', "en]{}</style>", "", "en\n", "a/b"],
    ids=ascii,
)
def test_a_language_has_the_code_of_a_language(folder, code):
    change(folder, "atlas.json", put("languages", 0, value=code))
    assert "expected the code of a language, as in ar or zh-Hant" in fault(folder)


def test_a_name_is_given_by_the_code_of_a_language(folder):
    change(folder, "zones.json", put(0, "name", 'en"><script>', value="x"))
    assert "idlib', at [0].name: expected the code of a language" in fault(folder)


@pytest.mark.parametrize("direction", ['ltr"><script>', "auto", "", None, 3, ["rtl"], "RTL"])
def test_a_language_runs_from_left_or_right(folder, direction):
    change(folder, "languages/ar.json", put("direction", value=direction))
    assert "languages/ar.json: direction: expected `ltr` or `rtl`, found " in fault(folder)


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "//example.org", "file:///etc/passwd", "https://",
     'https://a.b/"onclick="', "https://a.b/ c", "https://a.b/<b>", " https://a.b", "HTTPS://a.b",
     "https://a.b\n", "vbscript:x", "https://a.b/" + "c" * 2001],
    ids=lambda text: ascii(text)[:30],
)  # fmt: skip
def test_a_source_lies_on_the_web(folder, address):
    change(folder, "sources.json", put("airwars", "url", value=address))
    assert "airwars', at .url: expected an address that begins with https://" in fault(folder)


@pytest.mark.parametrize(
    ("file", "path", "values"),
    [
        ("phases.json", (1, "phase"), "before, declared, arranged, contested, ended"),
        ("agreements.json", (0, "kind"), "memorandum, arrangement, recognition"),
        ("phases.json", (1, "confidence"), "high, medium, low, unsourced"),
        ("areas.geojson", ("features", 0, "properties", "kind"), "named, subarea, neighbour"),
    ],
)
def test_a_value_that_is_none_of_a_list_is_told_with_the_list(folder, file, path, values):
    change(folder, file, put(*path, value="another"))
    assert f"expected one of {values}, found 'another'; correct the record." in fault(folder)


def test_an_unknown_field_cannot_break_the_line(folder):
    change(folder, "zones.json", put(0, "a\n\x9b2Jb\u202e", value=1))
    message = fault(folder)
    assert message.isprintable()
    assert "unknown field" in message


@pytest.mark.parametrize(
    ("file", "how", "said"),
    [
        ("atlas.json", put("time_zone", value="../../etc/passwd"), "expected a time zone"),
        ("atlas.json", put("time_zone", value="Mars/Phobos"), "expected a time zone"),
        (
            "atlas.json",
            put("bounds", value=[42.4, 32.3, 35.6, 37.4]),
            "expected west, south",
        ),
        ("atlas.json", put("bounds", 0, value=-181), "bounds"),
        ("atlas.json", put("coarsest_radius_m", value=0), "coarsest_radius_m"),
        ("posts.json", put(0, "longitude", value=360), "longitude"),
        ("zones.json", put(0, "number", value=0), "number"),
        ("base.geojson", put("features", value=None), "features"),
        ("base.geojson", put("type", value="Feature"), "type"),
        ("base.geojson", put("features", 0, "geometry", value={"type": "Blob"}), "feature 1"),
        ("base.geojson", drop("features", 0, "properties", "kind"), "kind"),
    ],
)
def test_a_value_that_nothing_can_be_drawn_or_reckoned_with(folder, file, how, said):
    change(folder, file, how)
    message = fault(folder)
    assert message.startswith(file)
    assert said in message


def test_accuracies_that_are_no_numbers(folder):
    def spoil(found: Any) -> None:
        errors = found["properties"]["accuracy_m"]
        while isinstance(errors[0], list):
            errors = errors[0]
        errors[0] = "near"

    message = fault_of_feature(folder, f"{IDLIB}/best", spoil)
    assert f"{IDLIB}/best, accuracy_m: expected " in message


@pytest.mark.parametrize("name", ["zones.json", "base.geojson", "languages/en.json"])
def test_lists_within_lists_without_end(folder, name):
    (folder / name).write_text("[" * 200_000, "utf-8")
    assert fault(folder).startswith(f"{name}: ")


def test_a_field_nested_without_end(folder):
    (folder / "base.geojson").write_text('{"features":' * 100_000, "utf-8")
    assert fault(folder).startswith("base.geojson: expected JSON, found lists within lists")


# -- a folder, and nothing else ---------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_a_link_out_of_the_folder_is_not_followed(folder, tmp_path, name):
    outside = tmp_path / "elsewhere.json"
    outside.write_bytes((folder / name).read_bytes())
    (folder / name).unlink()
    (folder / name).symlink_to(outside)
    assert fault(folder).startswith(f"{name}: expected a file inside of ")


def test_a_folder_of_languages_that_leads_elsewhere_is_not_followed(folder, tmp_path):
    (folder / "languages").rename(tmp_path / "elsewhere")
    (folder / "languages").symlink_to(tmp_path / "elsewhere")
    assert fault(folder).startswith("languages/en.json: expected a file inside of ")


def test_links_inside_of_the_folder_and_to_the_folder_are_followed(folder, tmp_path):
    (folder / "zones.json").rename(folder / "zones-2017.txt")
    (folder / "zones.json").symlink_to("zones-2017.txt")
    (tmp_path / "link").symlink_to(folder)
    assert read_atlas(tmp_path / "link").sha256 == read_atlas().sha256


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files here")
def test_a_file_that_never_ends_is_not_opened(folder):
    (folder / "zones.json").unlink()
    os.mkfifo(folder / "zones.json")
    assert (
        fault(folder) == "zones.json: expected a plain file, found something else; put one there."
    )


def test_a_folder_in_the_place_of_a_file(folder):
    (folder / "zones.json").unlink()
    (folder / "zones.json").mkdir()
    assert fault(folder).startswith("zones.json: expected a plain file")


def test_a_file_too_large_is_not_read(folder):
    with (folder / "places.json").open("wb") as file:
        file.truncate(1 << 34)  # sparse: it takes no room
    assert "places.json: expected at most 268 MB, found 17180 MB" in fault(folder)


def test_files_of_another_name_are_neither_read_nor_counted(folder):
    (folder / "notes.json").write_text("{", "utf-8")
    (folder / "languages" / "xx.json").write_text("{", "utf-8")
    (folder / "secret.geojson").symlink_to("/etc/passwd")
    assert read_atlas(folder).sha256 == read_atlas().sha256


# -- ground ---------------------------------------------------------------------------------


def fault_of_feature(folder: Path, name: str, how: Change) -> str:
    change(folder, "extents.geojson", lambda content: how(feature(content, name)))
    message = fault(folder)
    assert message.startswith("extents.geojson: ")
    return message


def every_point(how: Callable[[list[float]], list[float]]) -> Change:
    def change_ring(found: Any) -> None:
        for ring in rings(found["geometry"]):
            ring[:] = [how(point) for point in ring]

    return change_ring


def test_a_polygon_that_crosses_itself(folder):
    def cross(found: Any) -> None:
        ring = rings(found["geometry"])[0]
        middle = len(ring) // 2
        ring[1], ring[middle] = ring[middle], ring[1]

    message = fault_of_feature(folder, f"{IDLIB}/best", cross)
    assert f"{IDLIB}/best: expected a valid polygon, found Self-intersection[" in message


def test_axes_swapped(folder):
    message = fault_of_feature(folder, f"{IDLIB}/low", every_point(lambda p: [p[1], p[0]]))
    assert f"{IDLIB}/low" in message
    assert "axes swapped; write longitude first" in message or "the other way" in message


def test_positions_of_another_country(folder):
    message = fault_of_feature(folder, f"{IDLIB}/low", every_point(lambda p: [p[0] - 40, p[1]]))
    assert f"{IDLIB}/low: expected longitude, latitude within" in message


def test_a_ring_that_runs_the_wrong_way(folder):
    message = fault_of_feature(folder, f"{IDLIB}/best", lambda f: rings(f["geometry"])[0].reverse())
    assert f"{IDLIB}/best: expected right-handed rings" in message


def test_low_that_is_not_within_best(folder):
    name = "north-homs/line/2017-05-06"
    message = fault_of_feature(folder, f"{name}/low", every_point(lambda p: [p[0] + 0.3, p[1]]))
    assert f"{name}: expected `low` within `best`" in message


def test_zones_that_overlap(folder):
    def copy_idlib(content: Any) -> None:
        for estimate in ("low", "best", "high"):
            other = feature(content, f"north-homs/line/2017-05-06/{estimate}")
            other["geometry"] = feature(content, f"{IDLIB}/{estimate}")["geometry"]
            other["properties"].pop("accuracy_m", None)

    change(folder, "extents.geojson", copy_idlib)
    message = fault(folder)
    assert "expected zones that do not overlap, found " in message
    assert "north-homs/line" in message
    assert "idlib/line" in message


@pytest.mark.parametrize(
    ("valid_to", "kind"), [("2018-02-14", "a gap"), ("2018-02-16", "an overlap"), (None, "overlap")]
)
def test_extents_whose_days_do_not_meet(folder, valid_to, kind):
    message = fault_of_feature(
        folder, f"{IDLIB}/best", lambda f: f["properties"].update(valid_to=valid_to)
    )
    assert f"idlib/line/2018-02-15: expected it to begin on the day {IDLIB} ends" in message
    assert kind in message


def test_an_extent_that_ends_before_it_begins(folder):
    message = fault_of_feature(
        folder, f"{IDLIB}/best", lambda f: f["properties"].update(valid_to="2017-05-06")
    )
    assert f"{IDLIB}: expected valid_to after valid_from" in message


def test_an_estimate_that_is_missing(folder):
    change(
        folder,
        "extents.geojson",
        lambda c: c["features"].remove(feature(c, f"{IDLIB}/high")),
    )
    assert f"{IDLIB}: expected the estimates low, best and high, found no high" in fault(folder)


def test_an_empty_line(folder):
    def empty(found: Any) -> None:
        found["geometry"] = {"type": "MultiPolygon", "coordinates": []}
        found["properties"].pop("accuracy_m")

    change(
        folder,
        "extents.geojson",
        lambda c: [empty(f) for f in c["features"] if f["id"] == f"{IDLIB}/best"] and None,
    )
    assert f"{IDLIB}/best: expected ground" in fault(folder)


@pytest.mark.parametrize(
    ("key", "value"), [("zone", "atlantis"), ("boundary", "river")], ids=["zone", "boundary"]
)
def test_ground_of_something_unknown(folder, key, value):
    message = fault_of_feature(
        folder, f"{IDLIB}/best", lambda f: f["properties"].update({key: value})
    )
    assert repr(value) in message


def test_accuracies_that_do_not_fit_the_line(folder):
    message = fault_of_feature(
        folder, f"{IDLIB}/best", lambda f: f["properties"].update(accuracy_m=[[1, 2, 3]])
    )
    assert f"{IDLIB}/best, accuracy_m: expected " in message


@pytest.mark.parametrize(
    ("geometry", "found"),
    [
        ({"type": "Point", "coordinates": [36, 35]}, "found Point"),
        ({"type": "Polygon", "coordinates": [[[36, 35], [37, 35]]]}, "cannot be read"),
        ({"type": "Blob"}, "cannot be read"),
        (None, "found"),
    ],
)
def test_a_geometry_that_is_no_polygon(folder, geometry, found):
    message = fault_of_feature(folder, f"{IDLIB}/best", lambda f: f.update(geometry=geometry))
    assert f"{IDLIB}/best: expected a Polygon or MultiPolygon, " in message
    assert found in message


def test_a_zone_that_the_default_boundary_does_not_draw(folder):
    change(
        folder,
        "extents.geojson",
        lambda c: c.update(
            features=[f for f in c["features"] if not f["id"].startswith("north-homs/line")]
        ),
    )
    assert "north-homs: expected an extent under the default boundary 'line'" in fault(folder)
