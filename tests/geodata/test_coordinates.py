"""Positions: every notation reads, every doubt is refused, nothing is invented."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import CoordinateError
from geodata.text.coordinates import column_decimal, read_geopoint, read_pair, read_position
from geodata.text.position import Notation, Position

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "coordinates.json").read_text(encoding="utf-8")
)
SYRIA = (35.5, 32.3, 42.4, 37.4)


def cases(kind):
    return [pytest.param(case, id=case["id"]) for case in VECTORS[kind]]


@pytest.mark.parametrize("case", cases("readable"))
def test_position_is_read(case):
    position = read_position(case["text"])
    assert position.latitude == pytest.approx(case["latitude"], abs=1e-6)
    assert position.longitude == pytest.approx(case["longitude"], abs=1e-6)
    assert position.notation == case["notation"]
    assert [repair.kind for repair in position.repairs] == case["repairs"]
    if case["extent_m"] is None:
        assert position.extent_m is None
    else:
        assert position.extent_m == pytest.approx(case["extent_m"], rel=1e-3)


@pytest.mark.parametrize("case", cases("refused"))
def test_position_is_refused(case):
    with pytest.raises(CoordinateError) as caught:
        read_position(case["text"])
    message = str(caught.value)
    assert message.startswith("expected ")
    assert "\n" not in message
    for part in case["says"]:
        assert part in message


def test_every_notation_has_a_vector():
    seen = {case["notation"] for case in VECTORS["readable"]}
    assert seen | {Notation.GEOPOINT} == set(Notation)


@pytest.mark.parametrize("text", ["9" * 501, "[" * 400, "{" * 400, "35,9" * 100])
def test_no_page_of_text_is_a_position(text):
    with pytest.raises(CoordinateError):
        read_position(text)


def test_repair_shows_before_and_after():
    (digits, mark) = read_position("٣٥٫٩٣ ٣٦٫٦٣").repairs
    assert (digits.before, digits.after) == ("٣٥٫٩٣ ٣٦٫٦٣", "35٫93 36٫63")
    assert (mark.before, mark.after) == (digits.after, "35.93 36.63")


def test_a_stated_decimal_comma_ends_the_doubt():
    assert read_position("36,20 37,15", decimal=",").latitude == 36.20
    assert read_pair("36,20", "37,15", decimal=",").longitude == 37.15
    with pytest.raises(CoordinateError, match="two ways"):
        read_position("36,20", decimal=",")
    assert read_position("36,20", decimal=".").longitude == 20


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        pytest.param(35.93, 36.63, (35.93, 36.63), id="numbers"),
        pytest.param(np.float32(35.5), np.int64(36), (35.5, 36.0), id="numpy numbers"),
        pytest.param("35.93", 36.63, (35.93, 36.63), id="text and number"),
        pytest.param("35,9306", "36,6339", (35.9306, 36.6339), id="decimal commas"),
        pytest.param("36,20", "37,158", (36.20, 37.158), id="one cell proves the comma of both"),
        pytest.param("36,2", "37,1", (36.2, 37.1), id="one digit is no minutes"),
        pytest.param("٣٥٫٩٣", "٣٦٫٦٣", (35.93, 36.63), id="Arabic digits"),
        pytest.param("35°30'N", "E 36°30'", (35.5, 36.5), id="degrees, minutes, letters"),
        pytest.param("35 30", "36 30", (35.5, 36.5), id="degrees and minutes in a cell of its own"),
        pytest.param("35.93 K", "36.63 D", (35.93, 36.63), id="Turkish letters"),
        pytest.param("90", "-180", (90.0, -180.0), id="corners of the world"),
    ],
)
def test_pair_is_read(latitude, longitude, expected):
    position = read_pair(latitude, longitude)
    assert (position.latitude, position.longitude) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("latitude", "longitude", "says"),
    [
        pytest.param("36,20", "37,15", "two ways: 36.2, 37.15 or 36°20', 37°15'", id="minutes?"),
        pytest.param("", "36.63", "latitude in degrees, found '': it is empty", id="empty"),
        pytest.param(35.93, math.nan, "longitude in degrees, found 'nan'", id="NaN"),
        pytest.param(math.inf, 36.63, "latitude", id="infinite"),
        pytest.param(10**400, 36.63, "latitude", id="no float holds it"),
        pytest.param(None, 36.63, "neither a number nor text", id="None"),
        pytest.param(True, 36.63, "truth value", id="truth"),
        pytest.param(136.63, 35.93, "is it the longitude", id="swapped beyond the pole"),
        pytest.param("35.93 E", "36.63 N", "makes it a longitude", id="letters contradict"),
        pytest.param("35.93, 36.63", "36.63", "no single angle", id="a pair in one cell"),
        pytest.param("nan", "36.63", "'nan' has no meaning", id="nan as text"),
        pytest.param("359306", "366339", "-90..90", id="lost point"),
    ],
)
def test_pair_is_refused(latitude, longitude, says):
    with pytest.raises(CoordinateError) as caught:
        read_pair(latitude, longitude)
    assert says in str(caught.value)


def test_geopoint_of_a_form():
    position = read_geopoint("35.9306 36.6339 412.5 4.8")
    assert position == Position(36.6339, 35.9306, Notation.GEOPOINT, (), 4.8)
    assert read_geopoint("35.9306 36.6339").extent_m is None
    for text in ("35.9306", "35.9306 36.6339 0 -1", "35.9 36.6 0 0 0", "a b c d", ""):
        with pytest.raises(CoordinateError):
            read_geopoint(text)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(["36,20", "36,15"], None, id="all could be minutes"),
        pytest.param(["36,20", "36,7512"], ",", id="four digits are no minutes"),
        pytest.param(["36,20", "36,75"], ",", id="75 is no minutes"),
        pytest.param(["36.20", None, 4], ".", id="points"),
        pytest.param(["36.20", "36,7512"], None, id="both"),
        pytest.param([], None, id="empty"),
    ],
)
def test_column_shows_its_decimal_mark(values, expected):
    assert column_decimal(values) == expected


# --- properties ------------------------------------------------------------------------------

latitudes = st.floats(-89.9, 89.9).map(lambda v: round(v, 5))
longitudes = st.floats(-179.9, 179.9).map(lambda v: round(v, 5))
DIGITS = {
    "ascii": "0123456789",
    "arabic": "٠١٢٣٤٥٦٧٨٩",
    "extended": "۰۱۲۳۴۵۶۷۸۹",
}
NAMES = [
    ("N", "S", "E", "W"),
    ("ش", "ج", "ق", "غ"),
    ("شمالاً", "جنوباً", "شرقاً", "غرباً"),
    ("с.ш.", "ю.ш.", "в.д.", "з.д."),
    ("K", "G", "D", "B"),
    ("north", "south", "east", "west"),
]


def in_digits(text, script):
    return text.translate(str.maketrans(DIGITS["ascii"], DIGITS[script]))


@settings(deadline=None)
@given(
    latitudes,
    longitudes,
    st.sampled_from(sorted(DIGITS)),
    st.sampled_from([".", "٫"]),
    st.sampled_from([", ", " ", "; ", "\u00a0", "، ", "\u200f ,\u200e "]),
)
def test_decimal_pairs_come_back(latitude, longitude, script, mark, between):
    text = f"{latitude:.5f}{between}{longitude:.5f}".replace(".", mark)
    position = read_position(in_digits(text, script))
    assert (position.latitude, position.longitude) == (latitude, longitude)


@settings(deadline=None)
@given(latitudes, longitudes, st.sampled_from([", ", " ", ";", ","]))
def test_decimal_commas_come_back(latitude, longitude, between):
    text = f"{latitude:.5f}".replace(".", ",") + between + f"{longitude:.5f}".replace(".", ",")
    position = read_position(text)
    assert (position.latitude, position.longitude) == (latitude, longitude)
    assert position.notation == Notation.DECIMAL_COMMA


@settings(deadline=None)
@given(
    latitudes,
    longitudes,
    st.sampled_from(NAMES),
    st.sampled_from(["°'\"", "º’”", "°′″", ":: ", "   ", "dms"]),
    st.booleans(),
    st.booleans(),
)
def test_degrees_minutes_seconds_come_back(latitude, longitude, names, marks, before, flipped):
    def angle(value, positive, negative):
        tenths = round(abs(value) * 36000)
        degrees, rest = divmod(tenths, 36000)
        minutes, rest = divmod(rest, 600)
        body = f"{degrees}{marks[0]}{minutes:02d}{marks[1]}{rest / 10:04.1f}{marks[2]}".strip()
        name = negative if value < 0 else positive
        return f"{name} {body}" if before else f"{body} {name}"

    halves = [angle(latitude, *names[:2]), angle(longitude, *names[2:])]
    position = read_position(", ".join(reversed(halves) if flipped else halves))
    assert position.latitude == pytest.approx(latitude, abs=2e-5)
    assert position.longitude == pytest.approx(longitude, abs=2e-5)
    assert position.notation == Notation.DMS


@settings(deadline=None)
@given(latitudes, longitudes)
def test_formats_of_machines_come_back(latitude, longitude):
    for text in (
        f"geo:{latitude:.5f},{longitude:.5f}",
        f"POINT({longitude:.5f} {latitude:.5f})",
        json.dumps({"type": "Point", "coordinates": [longitude, latitude]}),
        f"{latitude:+09.5f}{longitude:+010.5f}/",
        f"lon={longitude:.5f} lat={latitude:.5f}",
    ):
        position = read_position(text)
        assert (position.latitude, position.longitude) == (latitude, longitude)


@settings(deadline=None)
@given(st.floats(-79.9, 83.9).filter(lambda v: abs(v) > 1e-4), longitudes, st.integers(0, 5))
def test_mgrs_square_holds_its_point(latitude, longitude, precision):
    mgrs = pytest.importorskip("mgrs")
    from pyproj import Geod

    reference = mgrs.MGRS().toMGRS(latitude, longitude, MGRSPrecision=precision)
    position = read_position(reference)
    _, _, metres = Geod(ellps="WGS84").inv(
        longitude, latitude, position.longitude, position.latitude
    )
    # At the equator itself the oracle rounds into the other hemisphere's letters; elsewhere it
    # rounds to whole metres, and the grid's scale reaches 1.004 far from the meridian.
    assert metres <= position.extent_m * 1.005 + 1.5


@settings(deadline=None)
@given(latitudes, longitudes, st.sampled_from([2, 4, 6, 8, 10, 11, 12, 15]))
def test_plus_code_matches_its_library(latitude, longitude, length):
    library = pytest.importorskip("openlocationcode.openlocationcode")
    code = library.encode(latitude, longitude, length)
    area = library.decode(code)
    position = read_position(code)
    assert position.latitude == pytest.approx(area.latitudeCenter, abs=1e-9)
    assert position.longitude == pytest.approx(area.longitudeCenter, abs=1e-9)
    height = (area.latitudeHi - area.latitudeLo) * 110_574 / 2
    assert height <= position.extent_m


@settings(deadline=None)
@given(latitudes.filter(lambda v: abs(v) < 80), longitudes)
def test_utm_comes_back(latitude, longitude):
    from pyproj import Proj

    zone = min(int((longitude + 180) // 6) + 1, 60)
    south = latitude < 0
    easting, northing = Proj(proj="utm", zone=zone, ellps="WGS84", south=south)(longitude, latitude)
    name = "south" if south else "north"
    position = read_position(f"UTM {zone} {name} {easting:.2f} {northing:.2f}")
    # A centimetre, in degrees, widened where meridians converge.
    assert position.latitude == pytest.approx(latitude, abs=2e-7)
    assert position.longitude == pytest.approx(longitude, abs=1e-6)


PIECES = r"""35 36.63 35,93 36,20 ٣٥ 059 60 26 nan 1e5 , ; : ° ' " - + . ٫ ٬ ، / ( ) [ ] { }
N S E W s K D ش ق с.ш. в.д. lat lon d m 37S BV POINT geo: 8G7RWJJM EPSG:32637 286000 3980000 İ²"""
FRAGMENTS = st.sampled_from([*PIECES.split(), "", " ", " ", "\u200f", "\u00a0"])


@settings(deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(FRAGMENTS, max_size=10).map("".join)))
def test_any_text_is_a_position_on_earth_or_a_coordinate_error(text):
    for read in (read_position, read_geopoint, lambda t: read_pair(t, t)):
        message = ""
        try:
            position = read(text)
        except CoordinateError as error:
            message = str(error)
        if message:
            assert "\n" not in message
            assert "found" in message
        else:
            assert -90 <= position.latitude <= 90
            assert -180 <= position.longitude <= 180
            assert position.extent_m is None or 0 <= position.extent_m < math.inf


@settings(deadline=None)
@given(latitudes, longitudes, st.sampled_from([", ", " ", ";", ","]))
def test_common_case_answers_as_the_grammar_does(latitude, longitude, between):
    text = f"{latitude:.5f}{between}{longitude:.5f}"
    assert read_position(text) == read_position(f"({text})")


@settings(deadline=None)
@given(st.lists(FRAGMENTS, max_size=8).map("".join))
def test_reading_does_not_depend_on_white_space_around(text):
    def outcome(text):
        try:
            position = read_position(text)
        except CoordinateError:
            return None
        return position.latitude, position.longitude

    assert outcome(text) == outcome(f" \t{text}\n")
