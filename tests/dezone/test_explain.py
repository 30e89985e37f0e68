"""What would change a verdict: each statement is put to the judge anew."""

from __future__ import annotations

import json

import numpy as np
import pyproj
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from dezone.cite.explain import Change, Explanation, explain
from dezone.cite.explain import _plural as plural
from dezone.cli import main
from geodata.atlas import read_atlas
from zones.incident import check
from zones.record import Record

ATLAS = read_atlas()
LANGUAGES = ATLAS.meta.languages
GEOD = pyproj.Geod(ellps="WGS84")

INSIDE = {"latitude": 35.9306, "longitude": 36.6339, "date": "2018-03"}
COARSE = {"latitude": 35.44, "longitude": 36.65, "date": "2018-03", "radius": "20km"}
OUTSIDE = {"latitude": 35.1, "longitude": 36.9, "date": "2018-03-07"}


def ask(given: dict[str, object]) -> tuple[Record, Explanation]:
    record = check(**given)  # type: ignore[arg-type]
    return record, explain(record, ATLAS, language="en")


def of_kind(found: Explanation, *kinds: str) -> list[Change]:
    return [change for change in found.changes if change.kind in kinds]


def moved(given: dict[str, object], bearing: float, metres: float) -> Record:
    x, y, _ = GEOD.fwd(given["longitude"], given["latitude"], bearing, metres)
    return check(**{**given, "longitude": x, "latitude": y})  # type: ignore[arg-type]


def holds(given: dict[str, object], record: Record, change: Change) -> bool:
    """Put the incident to `check` with the change made."""
    if change.kind == "move":
        assert change.bearing is not None
        assert change.distance_m is not None
        again = moved(given, change.bearing, change.distance_m)
    elif change.kind == "radius":
        again = check(**{**given, "radius": float(change.radius_m or 0)})  # type: ignore[arg-type]
    elif change.kind in ("boundary", "basis"):
        again = check(**{**given, change.kind: getattr(change, change.kind)})  # type: ignore[arg-type]
    else:
        again = check(**{**given, "date": f"{change.first_day}/{change.last_day}"})  # type: ignore[arg-type]
    return again.verdict == change.verdict and (record.verdict == change.verdict) == change.same


@pytest.mark.parametrize("given", [INSIDE, COARSE, OUTSIDE])
def test_every_change_that_is_stated_holds(given):
    record, found = ask(given)
    kinds = {change.kind for change in found.changes}
    assert {"move", "radius", "boundary", "basis"} <= kinds
    for change in found.changes:
        assert holds(given, record, change), change


@settings(max_examples=5, deadline=None)
@given(
    latitude=st.floats(34.5, 36.5),
    longitude=st.floats(36.0, 37.5),
    radius=st.sampled_from([0.0, 3_000.0]),
)
def test_changes_hold_wherever_the_incident_lies(latitude, longitude, radius):
    given = {"latitude": latitude, "longitude": longitude, "date": "2017-12-01", "radius": radius}
    record, found = ask(given)
    for change in found.changes:
        assert holds(given, record, change), change


@pytest.mark.parametrize("given", [INSIDE, OUTSIDE])
def test_no_shorter_move_in_any_direction_leads_there(given):
    _, found = ask(given)
    for change in of_kind(found, "move"):
        shorter = change.distance_m * 0.97 - 10  # it is stated rounded up
        for bearing in np.arange(0, 360, 10):
            for metres in (shorter, shorter * 0.6):
                assert moved(given, float(bearing), metres).verdict != change.verdict


def test_a_move_says_where_the_incident_would_lie():
    _, found = ask(INSIDE)
    move = of_kind(found, "move")[0]
    _, _, metres = GEOD.inv(INSIDE["longitude"], INSIDE["latitude"], move.longitude, move.latitude)
    assert metres == pytest.approx(move.distance_m, abs=0.5)


@pytest.mark.parametrize(("kind", "sign"), [("earlier", -1), ("later", 1)])
def test_one_day_less_would_not_do(kind, sign):
    record, found = ask(INSIDE)
    (shift,) = of_kind(found, kind)
    assert (shift.first_day - record.first_day).days == sign * shift.days
    before = np.timedelta64(-sign, "D").astype(object)
    days = f"{shift.first_day + before}/{shift.last_day + before}"
    assert check(**{**INSIDE, "date": days}).verdict == record.verdict


def test_a_finer_radius_that_is_stated_is_the_coarsest_that_does():
    record, found = ask(COARSE)
    (finer,) = [c for c in of_kind(found, "radius") if c.radius_m < record.radius_m]
    assert check(**{**COARSE, "radius": finer.radius_m + 101.0}).verdict == record.verdict


def test_without_a_date_the_days_that_decide_are_listed():
    given = {k: v for k, v in INSIDE.items() if k != "date"}
    record, found = ask(given)
    assert record.verdict == "undetermined"
    stretches = of_kind(found, "date")
    assert "inside" in {change.verdict for change in stretches}
    for change in stretches:
        for day in (change.first_day, change.last_day):
            assert check(**given, date=day).verdict == change.verdict


def test_without_a_place_it_says_that_one_is_needed():
    _, found = ask({"date": "2018-03"})
    assert ATLAS.words("en")["explain"]["place"] in found.sentences
    assert not of_kind(found, "move", "radius", "boundary")


def test_where_no_zone_was_in_force_no_place_helps_and_it_says_so():
    _, found = ask({**INSIDE, "date": "2016-01-01"})
    assert not of_kind(found, "move", "radius")
    assert any("100\u00a0km" in sentence for sentence in found.sentences)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things(language):
    record = check(**OUTSIDE)  # type: ignore[arg-type]
    found = explain(record, ATLAS, language=language)
    english = explain(record, ATLAS, language="en")
    assert [c.verdict for c in found.changes] == [c.verdict for c in english.changes]
    assert len(found.sentences) == len(english.sentences)
    for text in (found.heading, found.tried, *found.sentences):
        assert text
        assert "{" not in text
    if language != "en":
        assert not set(found.sentences) & set(english.sentences)


@pytest.mark.parametrize(
    ("rule", "forms"),
    [
        ("one-other", {1: "one", 2: "other", 21: "other"}),
        ("slavic", {1: "one", 2: "few", 5: "many", 11: "many", 12: "many", 21: "one", 104: "few"}),
        ("arabic", {1: "one", 2: "two", 3: "few", 10: "few", 11: "many", 99: "many", 100: "other"}),
    ],
)
def test_numbers_ask_for_the_forms_that_unicode_gives(rule, forms):
    assert {count: plural(rule, count) for count in forms} == forms


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_forms_that_its_rule_asks_for(language):
    words = ATLAS.words(language)["explain"]
    assert {plural(words["plural"], count) for count in range(300)} <= set(words["days"])


def test_the_command_explains_in_words_and_as_json():
    arguments = ["explain", "35.9306", "36.6339", "--date", "2018-03-07"]
    said = CliRunner().invoke(main, arguments)
    assert said.exit_code == 0
    assert "What would change the verdict" in said.output
    whole = json.loads(CliRunner().invoke(main, [*arguments, "--json"]).output)
    assert whole["record"]["verdict"] == "inside"
    assert {"move", "earlier", "later"} <= {change["kind"] for change in whole["changes"]}


def test_a_shared_name_is_told_place_by_place():
    record, found = ask({"place": "Dana, Idlib", "date": "2018-03-07"})
    told = [one for one in found.sentences if one[0] == "C" and one[1].isdigit()]
    assert [one.split()[0] for one in told] == record.candidates
    assert all(one.endswith(": Inside") for one in told)
    assert not found.history


def test_an_area_is_asked_about_as_an_area():
    record, found = ask({"place": "Eastern Ghouta", "date": "2018-03-07"})
    assert record.verdict == "uncertain"
    (earlier,) = of_kind(found, "earlier")
    assert earlier.verdict == "outside"
    assert not of_kind(found, "move")


def test_a_settlement_is_told_apart_from_a_circle_of_its_size():
    record, found = ask({"place": "Douma", "date": "2018-04-07"})
    (change,) = of_kind(found, "radius")
    assert (record.verdict, change.verdict, change.radius_m) == ("inside", "uncertain", 1900)
    assert change.sentence.startswith("Given as a circle of 1.9\u00a0km in place")
    assert check(place="Douma", date="2018-04-07", radius="1900m").verdict == change.verdict
