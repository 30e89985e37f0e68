"""A settlement is judged as a settlement: by who held it, and which side of the line it lies on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from atlases import extent, square, write_atlas, write_ledger

import zones
from geodata.atlas import Atlas, read_atlas
from geodata.columns.incidents import NO_DAY, Incidents
from zones.record import Record
from zones.verdict import Assessor

# Zone alpha is a square about (36, 35); the line of 2018 is narrower. Its band is wide: between low
# and high a disc would be in doubt.
PLACES = {
    "heart": (36.0, 35.0),
    "edge": (36.15, 35.0),  # within the line of 2017, beyond that of 2018
    "beyond": (36.25, 35.0),  # beyond both
    "rim": (36.095, 35.0),  # just within the line of 2018
    "taken": (35.95, 35.05),
    "slow": (35.95, 34.95),
    "rumoured": (36.0, 34.94),
    "argued": (36.05, 35.05),
    "excluded": (36.3, 35.0),
    "nobody": (35.9, 35.0),
}
HELD = {
    "heart": [("own", None, None)],
    "edge": [("own", None, None), ("other", "2017-11-10", "2017-11-10")],
    "beyond": [("other", None, None), ("own", "2017-08-01", "2017-08-01"),
               ("third", "2017-10-01", "2017-10-01")],
    "rim": [("own", None, None)],
    "taken": [("own", None, None), ("other", "2017-09-10", "2017-09-10")],
    "slow": [("own", None, None), ("other", "2017-09-10", "2017-09-20"),
             ("third", "2017-11-01", "2017-11-01")],
    "rumoured": [("own", None, None)],
    "argued": [("own", None, None), ("other", "2017-09-10", "2017-09-20")],
    "excluded": [("own", None, None)],
}  # fmt: skip


@pytest.fixture(scope="module")
def sketch(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    folder = write_atlas(
        tmp_path_factory.mktemp("settled"),
        phases={"alpha": [("declared", "2017-05-06"), ("ended", "2019-01-01")]},
        extents=[
            extent("alpha", "2017-05-06", "2018-01-01", square(36.0, 35.0, 0.2),
                   low=square(36.0, 35.0, 0.1), high=square(36.0, 35.0, 0.35)),
            extent("alpha", "2018-01-01", "2019-01-01", square(36.0, 35.0, 0.1),
                   low=square(36.0, 35.0, 0.05), high=square(36.0, 35.0, 0.2)),
            extent("alpha", "2017-05-06", "2019-01-01", square(36.0, 35.0, 0.2),
                   boundary="map"),
        ],
        boundaries=("line", "map"),
        by_ledger=("line",),
    )  # fmt: skip
    write_ledger(
        folder,
        PLACES,
        HELD,  # type: ignore[arg-type]
        zone="alpha",
        unsourced=["rumoured"],
        disputed=["argued"],
        no_zone=["excluded"],
    )
    return read_atlas(folder)


def at(place: str, date: str | None, atlas: Atlas, **more: Any) -> Record:
    longitude, latitude = PLACES[place]
    return zones.check(longitude=longitude, latitude=latitude, date=date, atlas=atlas, **more)


@pytest.mark.parametrize(
    ("place", "date", "verdict", "reasons", "held_by"),
    [
        pytest.param("heart", "2017-06-01", "inside", [], ["own"], id="inside"),
        pytest.param("edge", "2017-06-01", "inside", [], ["own"], id="within the line's own doubt"),
        pytest.param("edge", "2017-11-09", "inside", [], ["own"], id="the day before the change"),
        pytest.param("edge", "2017-11-10", "uncertain", ["held-changed"], ["own", "other"],
                     id="a day of change belongs to both"),
        pytest.param("edge", "2017-11-11", "uncertain", ["ground-lost"], ["other"],
                     id="lost, and the line not yet drawn anew"),
        pytest.param("edge", "2017-12-31", "uncertain", ["ground-lost"], ["other"], id="still so"),
        pytest.param("edge", "2018-01-01", "outside", ["ground-lost"], ["other"],
                     id="lost, and left out by the next line"),
        pytest.param("beyond", "2017-07-31", "outside", [], ["other"], id="outside"),
        pytest.param("beyond", "2017-08-01", "uncertain", ["held-changed", "ground-gained"],
                     ["other", "own"], id="the day on which it was gained"),
        pytest.param("beyond", "2017-09-01", "uncertain", ["ground-gained"], ["own"], id="gained"),
        pytest.param("beyond", "2017-10-02", "outside", [], ["third"], id="lost again"),
        pytest.param("slow", "2017-09-10", "uncertain", ["held-changed"], ["own", "other"],
                     id="first day of an interval"),
        pytest.param("slow", "2017-09-20", "uncertain", ["held-changed"], ["own", "other"],
                     id="last day of it"),
        pytest.param("slow", "2017-09-21", "uncertain", ["ground-lost"], ["other"], id="after it"),
        pytest.param("slow", "2017-11-01", "uncertain", ["held-changed", "ground-lost"],
                     ["other", "third"], id="from one of the others to another"),
        pytest.param("argued", "2017-09-15", "uncertain", ["held-disputed"], ["own", "other"],
                     id="by a day: open since"),
        pytest.param("argued", "2017-09-21", "uncertain", ["ground-lost"], ["other"], id="after"),
        pytest.param("taken", "2017-09", "uncertain", ["held-changed"], ["own", "other"],
                     id="a month within which it was taken"),
        pytest.param("taken", "2017-08", "inside", [], ["own"], id="the month before"),
        pytest.param("excluded", "2017-06-01", "outside", [], ["own"], id="ground of no zone"),
        pytest.param("rumoured", "2017-06-01", "inside", ["held-unknown"], [],
                     id="no source: the disc is measured, and lies clear inside"),
        pytest.param("nobody", "2017-06-01", "uncertain",
                     ["coarse-location", "held-unknown"], [],
                     id="nothing told: the disc is measured, across low"),
        pytest.param("edge", "2017-05-05", "outside", [], ["own"], id="before the zone"),
        pytest.param("taken", "2019-01-01", "outside", [], ["other"], id="after it: time decides"),
    ],
)  # fmt: skip
def test_who_held_it_decides(sketch, place, date, verdict, reasons, held_by):
    found = at(place, date, sketch)
    said = [one for one in found.reasons if one != "boundaries-disagree"]
    assert (found.verdict, said, found.held_by) == (verdict, reasons, held_by)
    assert (found.settlement, found.settlement_name) == (place, place.title())
    assert (found.radius_m, found.radius_source) == (1_000, "settlement")


def test_shares_are_all_or_nothing_where_the_ledger_draws_the_line(sketch):
    def shares(place: str, date: str) -> tuple[float | None, ...]:
        found = at(place, date, sketch)
        return found.share_low, found.share_best, found.share_high

    assert shares("edge", "2017-06-01") == (1, 1, 1)
    assert shares("edge", "2018-02-01") == (0, 0, 0)
    assert shares("rim", "2018-02-01") == (1, 1, 1)  # its disc reaches across the line


def test_a_map_is_compared_with_the_disc_of_its_size(sketch):
    crossing = at("rim", "2018-02-01", sketch)
    assert crossing.boundaries == {"line": "inside", "map": "inside"}
    lost = at("edge", "2018-06-01", sketch, boundary="map")
    assert (lost.verdict, lost.space, lost.reasons) == (
        "uncertain",
        "inside",
        ["boundaries-disagree", "ground-lost"],
    )
    assert lost.boundaries == {"map": "inside", "line": "outside"}


def test_what_a_map_left_out_from_the_beginning_it_meant_to_leave_out(sketch):
    assert at("excluded", "2017-06-01", sketch, boundary="map").verdict == "outside"
    gained = at("beyond", "2017-09-01", sketch, boundary="map")
    assert (gained.verdict, gained.reasons) == ("uncertain", ["ground-gained"])


@pytest.mark.parametrize(
    "stated", [{"radius": 0}, {"radius": "500 m"}], ids=["an exact point", "a radius"]
)
def test_what_is_stated_means_a_disc(sketch, stated):
    found = at("edge", "2017-12-01", sketch, **stated)
    assert (found.settlement, found.held_by, found.verdict) == (None, [], "uncertain")
    assert found.radius_source == "given"
    assert found.share_low == 0


def test_a_point_between_settlements_is_a_point(sketch):
    found = zones.check(longitude=36.02, latitude=35.02, date="2017-06-01", atlas=sketch)
    assert (found.settlement, found.radius_m, found.verdict) == (None, 0, "inside")


def test_without_a_date_whoever_ever_held_it_counts(sketch):
    gained = at("beyond", None, sketch)
    assert (gained.verdict, gained.held_by, gained.reasons) == ("undetermined", [], ["no-date"])
    assert at("excluded", None, sketch).verdict == "outside"


def test_the_record_says_since_when_until_when_and_who_says_so(sketch):
    found = at("slow", "2017-09-30", sketch)
    assert (found.held_since, found.held_until) == (dt.date(2017, 9, 10), dt.date(2017, 11, 1))
    assert (found.held_sources, found.held_confidence) == (["chronicle"], "high")
    first = at("slow", "2017-06-01", sketch)
    assert (first.held_since, first.held_until) == (None, dt.date(2017, 9, 20))
    last = at("slow", "2018-06-01", sketch)
    assert (last.held_since, last.held_until) == (dt.date(2017, 11, 1), None)


# -- the shipped ledger ---------------------------------------------------------------------------


def each_day(atlas: Atlas) -> Iterator[tuple[int, dt.date]]:
    """Settlements of which it is told, each on a few days: of its changes, and of the lines."""
    ledger = atlas.ledger
    days = [dt.date(2017, 5, 10), dt.date(2018, 3, 12), dt.date(2019, 10, 15), dt.date(2020, 4, 1)]
    rng = np.random.default_rng(3)
    for index in rng.choice(np.unique(ledger.holding_of), 150, replace=False).tolist():
        turns = [one.latest for one in ledger.history(index) if one.latest]
        yield from ((index, day) for day in (*days[:2], *turns[:1], days[int(rng.integers(4))]))


def test_no_answer_on_a_settlement_contradicts_the_ledger():
    """Plainly inside is only what the zone's side alone held; outside never what it held alone."""
    atlas = read_atlas()
    ledger, grounds = atlas.ledger, {}
    for extent_ in atlas.extents:
        if extent_.boundary == "line":
            grounds.setdefault(extent_.zone, []).append(extent_)
    for index, day in each_day(atlas):
        place = ledger.settlement(index)
        x, y = place.points[0].longitude, place.points[0].latitude
        found = zones.check(longitude=x, latitude=y, date=day)
        if found.settlement != place.id:
            continue  # another one lies nearer for its size
        held = ledger.held([index], [day], [day])
        own = {atlas.sides[side].in_zones for side in found.held_by}
        if held.sourced[0] and found.verdict == "inside":
            assert own == {True}, (place.id, day)
        if held.sourced[0] and own == {True} and place.zone and found.time == "in_force":
            drawn = [e for e in grounds.get(place.zone, []) if e.valid_from <= day]
            if drawn and found.zone == place.zone:
                assert found.verdict != "outside", (place.id, day)
        assert found.held_by == ([] if not held.sourced[0] else found.held_by)


@pytest.mark.parametrize(
    ("place", "date", "boundary", "verdict"),
    [
        pytest.param("C2338", "2018-04-07", "line", "inside", id="Douma"),
        pytest.param("C2316", "2018-03-12", "line", "inside", id="Hamouria before its fall"),
        pytest.param("C3987", "2019-10-15", "line", "outside", id="Khan Shaykhun, by its line"),
        pytest.param("C3987", "2019-10-15", "agreed", "uncertain", id="Khan Shaykhun, as agreed"),
        pytest.param("C3871", "2019-10-15", "line", "inside", id="Idlib"),
        pytest.param("N0007", "2017-05-10", "line", "outside", id="Qaboun, excluded by name"),
    ],
)
def test_places_whose_story_is_known(place, date, boundary, verdict):
    ledger = read_atlas().ledger
    i = ledger.index(place)
    found = zones.check(
        longitude=ledger.longitude[i], latitude=ledger.latitude[i], date=date, boundary=boundary
    )
    assert (found.settlement, found.verdict) == (place, verdict)


def test_verdicts_that_are_kept_are_those_that_are_computed():
    """Batch after batch, with and without dates, on days and on intervals of them."""
    atlas, rng, n = read_atlas(), np.random.default_rng(9), 3_000
    ledger = atlas.ledger
    place, first = rng.integers(0, 200, n), 17_167 + rng.integers(0, 1_400, n)
    last = np.where(rng.random(n) < 0.5, first, first + rng.integers(0, 400, n))
    undated = rng.random(n) < 0.05
    first, last = (np.where(undated, NO_DAY, days) for days in (first, last))
    incidents = Incidents.discs(
        ledger.longitude[place], ledger.latitude[place], np.zeros(n), first, last,
        radius_source="default",
    ).settled(ledger)  # fmt: skip
    assessor = Assessor(atlas)
    for begin in range(0, n, 500):
        batch = incidents.take(np.arange(begin, begin + 500))
        found, computed = assessor.assess(batch), assessor.compute(batch)
        for name in ("verdict", "zone", "reasons", "share_low", "held_first", "held_last", "terms"):
            one, other = getattr(found, name), getattr(computed, name)
            assert np.array_equal(one, other, equal_nan=one.dtype.kind == "f"), name


@pytest.mark.parametrize(
    ("place", "date", "boundary", "verdict", "reason"),
    [
        pytest.param("C3987", "2019-10-15", "line", "outside", "ground-lost", id="Khan Shaykhun"),
        pytest.param("C3987", "2019-10-15", "agreed", "uncertain", "ground-lost", id="as agreed"),
        pytest.param("C2338", "2018-04-07", "line", "inside", "contested", id="Douma"),
        pytest.param("C4229", "2018-06-01", "line", "inside", "held-unknown", id="Ain al-Bayda"),
        pytest.param("C6621", "2018-06-01", "line", "inside", "held-unknown", id="Hamra"),
        pytest.param("camp-atmeh", "2018-06-01", "line", "inside", None, id="Atmeh's camps"),
        pytest.param("golan-majdal-shams", "2018-01-01", "line", "outside", None, id="the Golan"),
        pytest.param("C2528", "2018-01-01", "line", "outside", None, id="Homs"),
        pytest.param("C2304", "2018-03-01", "line", "outside", None, id="Jaramana"),
        pytest.param("C5999", "2018-07-02", "line", "uncertain", "held-disputed", id="Nasib"),
        pytest.param("C5995", "2018-07-02", "line", "inside", "contested", id="Sayda"),
    ],
)
def test_documented_places(place, date, boundary, verdict, reason):
    found = zones.check(place=place, date=date, boundary=boundary)
    assert found.verdict == verdict
    assert reason is None or reason in found.reasons


def test_a_boundary_that_does_not_draw_the_zone_is_not_among_those_that_do():
    found = zones.check(place="C2342", date="2018-03-01", boundary="agreed")
    assert found.zone == "eastern-ghouta"
    assert list(found.boundaries) == ["line", "ministry"]
    assert found.drawn_by == ["line"]
    found = zones.check(place="C3871", date="2018-12-01", boundary="agreed")
    assert found.boundaries["agreed"] == "inside"
    assert found.drawn_by == ["agreed"]


@pytest.mark.parametrize(
    ("place", "language", "called"),
    [
        ("Дума, Риф Димашк", "ru", "Дума"),
        ("Дума", "en", "Duma"),
        ("Duma", "ar", "دوما"),
        ("C2338", "ru", "Duma"),
    ],
)
def test_a_place_is_called_as_its_language_writes_it_else_as_it_was_given(
    place: str, language: str, called: str
) -> None:
    found = zones.check(place=place, date="2018-04-07", language=language)
    assert found.place is not None
    assert found.place.name == called
    assert called in found.sentence
