"""What a verdict says: place times time, on squares that can be reckoned by hand, and in Syria."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import shapely
from atlases import NOWHERE, agreement, extent, square, write_atlas

import zones
from geodata.atlas import Atlas, read_atlas
from geodata.columns.incidents import Reason
from geodata.errors import AtlasError, InputError

# Alpha and beta are squares of 0.4 degrees; alpha's line is known to 0.05 degrees. On 1 December
# alpha loses its eastern half. The boundary `other` draws alpha alone, a little to the east.
ALPHA = (36.0, 35.0)
BETA = (38.0, 36.0)
EAST_OF_ALPHA = (36.1, 35.0)  # inside until 30 November 2017, outside afterwards
IN_THE_BAND = (36.22, 35.0)
FAR = (37.0, 34.3)

PHASES = {
    "alpha": [
        ("declared", "2017-05-06"),
        ("arranged", "2017-09-15"),
        ("contested", "2018-01-10"),
        ("arranged", "2018-02-01"),
        ("ended", "2018-06-01"),
    ],
    "beta": [("declared", "2017-05-06"), ("ended", "2019-01-01")],
}
AGREEMENTS = [
    agreement(
        "memorandum",
        ["alpha", "beta"],
        "2017-05-06",
        guarantors=["Iris", "Otto"],
        kind="memorandum",
    ),
    agreement("accord", ["alpha"], "2017-09-15", guarantors=["Otto"]),
    agreement(
        "truce",
        ["alpha"],
        "2017-10-01",
        until="2017-11-01",
        guarantors=["Uma", "Otto"],
        mediators=["Ida"],
    ),
    agreement(
        "communique", ["alpha", "beta"], "2017-12-24", guarantors=["Iris"], kind="recognition"
    ),
    agreement("draft", ["alpha"], None, guarantors=["Nobody"]),
]


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.orient_polygons(shapely.box(west, south, east, north))


EXTENTS = [
    extent(
        "alpha",
        "2017-05-06",
        "2017-12-01",
        square(*ALPHA, 0.2),
        low=square(*ALPHA, 0.15),
        high=square(*ALPHA, 0.25),
    ),
    extent(
        "alpha",
        "2017-12-01",
        "2018-06-01",
        box(35.8, 34.8, 36.0, 35.2),
        low=box(35.85, 34.85, 35.95, 35.15),
        high=box(35.75, 34.75, 36.05, 35.25),
    ),
    extent("beta", "2017-05-06", "2019-01-01", square(*BETA, 0.2)),
    extent("alpha", "2017-05-06", "2018-01-01", square(36.1, 35.0, 0.2), boundary="other"),
]


@pytest.fixture(scope="module")
def sketch(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    folder = write_atlas(
        tmp_path_factory.mktemp("sketch"),
        phases=PHASES,
        extents=EXTENTS,
        agreements=AGREEMENTS,
        boundaries=("line", "other"),
        placeholders=[(37.5, 35.5)],
    )
    return read_atlas(folder)


def at(point: tuple[float, float] | None, date: str | None, atlas: Atlas, **more: Any):
    place = {} if point is None else {"longitude": point[0], "latitude": point[1]}
    return zones.check(**place, date=date, atlas=atlas, **more)


# -- where ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("point", "radius", "space"),
    [
        pytest.param(ALPHA, 0, "inside", id="a point within low"),
        pytest.param((36.15, 35.0), 0, "inside", id="a point on the edge of low"),
        pytest.param((36.2, 35.0), 0, "straddles", id="a point on the line itself"),
        pytest.param(IN_THE_BAND, 0, "straddles", id="a point between best and high"),
        pytest.param((36.17, 35.0), 0, "straddles", id="a point between low and best"),
        pytest.param((36.25, 35.0), 0, "straddles", id="a point on the edge of high"),
        pytest.param((36.2501, 35.0), 0, "outside", id="a point just beyond high"),
        pytest.param(ALPHA, 10_000, "inside", id="a disc within low"),
        pytest.param(ALPHA, 24_000, "straddles", id="a disc larger than low"),
        pytest.param((36.15, 35.0), 1_000, "straddles", id="a disc half beyond low"),
        pytest.param((36.40, 35.0), 10_000, "outside", id="a disc beyond high"),
        pytest.param((36.2501, 35.0), 1_000, "straddles", id="a disc half beyond high"),
        pytest.param(None, 0, "unknown", id="no location"),
        pytest.param(ALPHA, 25_000, "straddles", id="a disc as coarse as allowed"),
        pytest.param(ALPHA, 25_001, "unknown", id="coarser than allowed"),
        pytest.param((37.5, 35.5), 0, "unknown", id="a placeholder"),
        pytest.param((37.5004, 35.4996), 0, "unknown", id="a placeholder, less its last digits"),
        pytest.param((37.501, 35.5), 0, "outside", id="beside a placeholder"),
    ],
)
def test_space_follows_from_the_shares_of_low_and_high(sketch, point, radius, space):
    found = at(point, "2017-06-01", sketch, radius=radius)
    assert found.space == space


@pytest.mark.parametrize(
    ("share_inside", "space"),
    [(0.96, "inside"), (0.94, "straddles"), (0.06, "straddles"), (0.04, "outside")],
)
def test_inside_from_95_per_cent_and_outside_up_to_5(tmp_path, share_inside, space):
    # Beta's western edge cuts the disc so that just this share of it lies inside.
    from scipy.optimize import brentq

    atlas = read_atlas(write_atlas(tmp_path, phases=PHASES, extents=EXTENTS[:3]))

    def share(longitude: float) -> float:
        found = at((longitude, 36.0), "2017-06-01", atlas, radius=5_000)
        return found.share_best - share_inside

    longitude = brentq(share, 37.7, 37.9, xtol=1e-7)
    found = at((longitude, 36.0), "2017-06-01", atlas, radius=5_000)
    assert found.share_best == pytest.approx(share_inside, abs=1e-3)
    assert found.space == space


def test_zone_reported_has_the_largest_best_share(sketch):
    assert at(ALPHA, "2017-06-01", sketch).zone == "alpha"
    assert at(BETA, "2017-06-01", sketch).zone == "beta"


def test_zone_reported_is_the_nearest_where_all_shares_are_0(sketch):
    assert at((36.6, 35.2), "2017-06-01", sketch).zone == "alpha"
    assert at((37.6, 35.8), "2017-06-01", sketch).zone == "beta"


def test_zone_reported_is_the_one_that_possibly_holds_the_point_before_a_nearer_one(tmp_path):
    atlas = read_atlas(
        write_atlas(
            tmp_path,
            phases={"wide": PHASES["beta"], "near": PHASES["beta"]},
            extents=[
                extent("wide", *DAYS, square(36.0, 35.0, 0.1), high=square(36.0, 35.0, 0.5)),
                extent("near", *DAYS, square(36.6, 35.0, 0.1)),
            ],
        )
    )
    assert at((36.45, 35.0), "2017-06-01", atlas).zone == "wide"


DAYS = ("2017-05-06", "2019-01-01")


def test_distance_is_positive_inside_and_negative_outside(sketch):
    inside, outside = at((36.19, 35.0), "2017-06-01", sketch), at(IN_THE_BAND, "2017-06-01", sketch)
    assert inside.distance_m == pytest.approx(913, abs=2)  # 0.01 degrees at 35 north
    assert outside.distance_m == pytest.approx(-1826, abs=2)


def test_distance_and_accuracy_are_those_of_the_nearest_piece_of_the_line(tmp_path):
    atlas = read_atlas(
        write_atlas(
            tmp_path,
            phases={"alpha": PHASES["beta"]},
            extents=[extent("alpha", *DAYS, square(36.0, 35.0, 0.2), accuracy_m=700)],
        )
    )
    assert at((36.19, 35.0), "2017-06-01", atlas).accuracy_m == 700


def test_no_distance_without_a_location(sketch):
    found = at(None, "2017-06-01", sketch)
    assert (found.zone, found.distance_m, found.share_best) == (None, None, None)


# -- when -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "time", "phase"),
    [
        ("2017-05-05", "not_yet", "before"),
        ("2017-05-06", "in_force", "declared"),
        ("2017-09-14", "in_force", "declared"),
        ("2017-09-15", "in_force", "arranged"),
        ("2018-01-10", "in_force", "contested"),
        ("2018-01-31", "in_force", "contested"),
        ("2018-02-01", "in_force", "arranged"),
        ("2018-05-31", "in_force", "arranged"),
        ("2018-06-01", "ended", "ended"),
        ("2017-05-05/2017-05-06", "partly", "before"),
        ("2018-05-31/2018-06-01", "partly", "arranged"),
        ("2017-01-01/2020-01-01", "partly", "before"),
        ("2017-05-06/2018-05-31", "in_force", "declared"),
        ("2017-05", "partly", "before"),
        ("2017-06", "in_force", "declared"),
        ("2016", "not_yet", "before"),
        ("2019", "ended", "ended"),
        (None, "unknown", None),
    ],
)
def test_time_asks_for_every_day_and_phase_for_the_first(sketch, date, time, phase):
    found = at(ALPHA, date, sketch)
    assert (found.time, found.phase) == (time, phase)


@pytest.mark.parametrize(
    ("date", "time"),
    [
        ("2017-05-06", "not_yet"),
        ("2017-09-14", "not_yet"),
        ("2017-09-14/2017-09-15", "partly"),
        ("2017-09-15", "in_force"),
        ("2018-01-10", "in_force"),
        ("2018-06-01", "ended"),
    ],
)
def test_by_the_arrangement_a_zone_is_in_force_only_once_it_is_arranged(sketch, date, time):
    found = at(ALPHA, date, sketch, basis="arrangement")
    assert (found.time, found.basis) == (time, "arrangement")


def test_a_zone_that_was_never_arranged_is_never_in_force_by_its_arrangement(sketch):
    found = at(BETA, "2018-01-01", sketch, basis="arrangement")
    assert (found.verdict, found.time, found.agreements) == ("outside", "not_yet", [])


def test_the_day_in_force_is_the_local_day(sketch):
    # 21:00 UTC is midnight in Damascus in summer.
    assert at(ALPHA, "2017-05-05T20:59Z", sketch).verdict == "outside"
    assert at(ALPHA, "2017-05-05T21:00Z", sketch).verdict == "inside"


# -- the verdict ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("point", "date", "verdict"),
    [
        pytest.param(ALPHA, "2017-06-01", "inside", id="inside, in force"),
        pytest.param(ALPHA, "2017-05-05/2017-05-07", "uncertain", id="inside, partly in force"),
        pytest.param(ALPHA, "2017-05-05", "outside", id="inside, not yet"),
        pytest.param(ALPHA, "2018-06-01", "outside", id="inside, ended while another is in force"),
        pytest.param(ALPHA, "2019-01-01", "outside", id="inside, all ended"),
        pytest.param(ALPHA, None, "undetermined", id="inside, no date"),
        pytest.param(IN_THE_BAND, "2017-06-01", "uncertain", id="straddles, in force"),
        pytest.param(IN_THE_BAND, "2017-05-05/2017-05-07", "uncertain", id="straddles, partly"),
        pytest.param(IN_THE_BAND, "2017-05-05", "outside", id="straddles, not yet"),
        pytest.param(IN_THE_BAND, "2018-07-01", "outside", id="straddles, ended"),
        pytest.param(IN_THE_BAND, None, "undetermined", id="straddles, no date"),
        pytest.param(FAR, "2017-06-01", "outside", id="outside, in force"),
        pytest.param(FAR, "2017-05-05/2017-05-07", "outside", id="outside, partly"),
        pytest.param(FAR, "2016-01-01", "outside", id="outside, not yet"),
        pytest.param(FAR, "2020-01-01", "outside", id="outside, ended"),
        pytest.param(FAR, None, "outside", id="outside, no date: outside whatever the date"),
        pytest.param(None, "2017-06-01", "undetermined", id="no place, in force"),
        pytest.param(None, "2017-05-05/2017-05-07", "undetermined", id="no place, partly"),
        pytest.param(None, "2017-05-05", "outside", id="no place, before all zones"),
        pytest.param(None, "2018-07-01", "undetermined", id="no place, one zone still in force"),
        pytest.param(None, "2019-01-01", "outside", id="no place, after all zones"),
        pytest.param(None, None, "undetermined", id="no place, no date"),
    ],
)
def test_verdict_is_space_times_time(sketch, point, date, verdict):
    assert at(point, date, sketch).verdict == verdict


def test_first_and_last_day_in_force_count(sketch):
    days = ["2017-05-05", "2017-05-06", "2018-12-31", "2019-01-01"]
    verdicts = [at(BETA, day, sketch).verdict for day in days]
    assert verdicts == ["outside", "inside", "inside", "outside"]


def test_a_disc_across_an_ended_zone_and_a_living_one_is_not_outside(tmp_path):
    atlas = read_atlas(
        write_atlas(
            tmp_path,
            phases={"alpha": PHASES["alpha"], "beta": PHASES["beta"]},
            extents=[
                extent("alpha", "2017-05-06", "2018-06-01", square(36.0, 35.0, 0.1)),
                extent("beta", *DAYS, square(36.25, 35.0, 0.1)),
            ],
        )
    )
    both = at((36.11, 35.0), "2018-07-01", atlas, radius=8_000)
    assert (both.zone, both.verdict, both.time) == ("alpha", "uncertain", "ended")
    assert at((36.0, 35.0), "2018-07-01", atlas, radius=8_000).verdict == "outside"


# -- days on which the ground changes -------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "shares"),
    [
        pytest.param("2017-11-30", (1, 1, 1), id="the last day of the first extent"),
        pytest.param("2017-12-01", (0, 0, 0), id="the first day of the second"),
        pytest.param("2017-11-29/2017-12-01", (0, 1, 1), id="two days of three in the first"),
        pytest.param("2017-11-30/2017-12-02", (0, 0, 1), id="two days of three in the second"),
        pytest.param("2017-11-30/2017-12-01", (0, 1, 1), id="one day each: the earlier"),
        pytest.param("2017-01-01/2017-12-01", (0, 1, 1), id="days before the first count to it"),
        pytest.param("2016-01-01", (1, 1, 1), id="before all extents: the first"),
        pytest.param("2020-01-01", (0, 0, 0), id="after all extents: the last"),
    ],
)
def test_over_two_extents_low_is_the_smaller_high_the_larger_best_that_of_more_days(
    sketch, date, shares
):
    found = at(EAST_OF_ALPHA, date, sketch)
    assert (found.share_low, found.share_best, found.share_high) == shares


def test_ground_that_changes_within_the_days_is_said(sketch):
    found = at(EAST_OF_ALPHA, "2017-11-30/2017-12-01", sketch)
    assert (found.verdict, found.reasons) == (
        "uncertain",
        ["boundaries-disagree", "spans-extents"],
    )
    assert "spans-extents" not in at((35.9, 35.0), "2017-11-30/2017-12-01", sketch).reasons


# -- boundaries -----------------------------------------------------------------------------


def test_boundaries_are_those_available_on_the_days(sketch):
    def names(date):
        return list(at(ALPHA, date, sketch).boundaries)

    assert names("2017-06-01") == ["line", "other"]
    assert names("2017-12-31") == ["line", "other"]
    assert names("2018-01-01") == ["line"]
    assert names("2017-12-31/2018-01-02") == ["line", "other"]
    assert names("2017-05-05") == ["line"]
    assert names(None) == ["line", "other"]


def test_every_boundary_gives_its_own_space(sketch):
    found = at((35.86, 35.0), "2017-06-01", sketch)
    assert found.boundaries == {"line": "inside", "other": "outside"}
    assert found.reasons == ["boundaries-disagree"]
    assert found.verdict == "inside"  # by the boundary asked for


def test_another_boundary_can_decide(sketch):
    found = at((35.86, 35.0), "2017-06-01", sketch, boundary="other")
    assert (found.boundary, found.verdict, found.space) == ("other", "outside", "outside")
    assert found.boundaries == {"line": "inside", "other": "outside"}


def test_where_a_boundary_draws_no_zone_the_default_one_stands_for_it(sketch):
    found = at(BETA, "2017-06-01", sketch, boundary="other")
    assert (found.zone, found.space, found.verdict) == ("beta", "inside", "inside")
    assert (found.boundary, found.drawn_by) == ("other", ["line"])
    assert found.boundaries == {"line": "inside"}
    assert at(ALPHA, "2017-06-01", sketch, boundary="other").drawn_by == ["other"]


def test_after_the_last_extent_of_a_boundary_the_default_one_stands_for_it(sketch):
    found = at((36.25, 35.0), "2018-03-01", sketch, boundary="other")
    assert (found.space, found.drawn_by) == ("outside", ["line"])
    west = at((35.9, 35.0), "2018-03-01", sketch, boundary="other")
    assert (west.verdict, west.drawn_by) == ("inside", ["line"])


def test_days_that_span_two_boundaries_are_answered_by_both(sketch):
    found = at((36.25, 35.0), "2017-12-25/2018-01-02", sketch, boundary="other")
    assert (found.space, found.drawn_by) == ("straddles", ["line", "other"])
    assert "spans-extents" in found.reasons


def test_a_boundary_that_does_not_draw_the_zone_has_no_answer_of_its_own(sketch):
    assert at(BETA, "2017-06-01", sketch).boundaries == {"line": "inside"}
    assert at(FAR, "2017-06-01", sketch).boundaries == {"line": "outside", "other": "outside"}


# -- agreements, round, guarantors ----------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "agreements", "guarantors"),
    [
        ("2017-05-06", ["memorandum"], ["Iris", "Otto"]),
        ("2017-09-14", ["memorandum"], ["Iris", "Otto"]),
        ("2017-09-15", ["memorandum", "accord"], ["Otto"]),
        ("2017-10-01", ["memorandum", "accord", "truce"], ["Otto", "Uma"]),
        ("2017-10-31", ["memorandum", "accord", "truce"], ["Otto", "Uma"]),
        ("2017-11-01", ["memorandum", "accord"], ["Otto"]),
        ("2017-09-14/2017-09-15", ["memorandum", "accord"], ["Otto"]),
        ("2017-05-05/2017-05-06", ["memorandum"], ["Iris", "Otto"]),
    ],
)
def test_guarantors_are_those_of_the_own_arrangements_and_the_round_is_of_the_newest(
    sketch, date, agreements, guarantors
):
    found = at(ALPHA, date, sketch)
    assert found.agreements == agreements
    assert (found.round, found.guarantors) == (f"Round-{agreements[-1]}", guarantors)
    assert found.framework_guarantors == ["Iris", "Otto"]
    assert found.mediators == (["Ida"] if "truce" in agreements else [])


def test_who_recognises_a_zone_does_not_guarantee_it(sketch):
    alpha = at((35.9, 35.0), "2018-05-31/2018-07-01", sketch)
    assert alpha.agreements == ["memorandum", "accord", "communique"]
    assert (alpha.round, alpha.guarantors) == ("Round-accord", ["Otto"])
    beta = at(BETA, "2018-05-31", sketch)
    assert beta.agreements == ["memorandum", "communique"]
    assert (beta.round, beta.guarantors) == ("Round-memorandum", ["Iris", "Otto"])


@pytest.mark.parametrize(
    ("point", "date", "given"),
    [
        pytest.param(ALPHA, "2017-06-01", True, id="inside"),
        pytest.param(IN_THE_BAND, "2017-06-01", True, id="straddles"),
        pytest.param(FAR, "2017-06-01", False, id="outside"),
        pytest.param(ALPHA, "2017-05-05", False, id="not yet"),
        pytest.param(ALPHA, "2018-06-01", False, id="ended"),
        pytest.param(ALPHA, None, False, id="no date"),
        pytest.param(None, "2017-06-01", False, id="no place"),
    ],
)
def test_agreements_only_where_the_zone_is_in_force_and_not_far(sketch, point, date, given):
    found = at(point, date, sketch)
    assert (bool(found.agreements), bool(found.round), bool(found.guarantors)) == (given,) * 3


def test_agreements_under_the_other_basis_are_those_of_its_days(sketch):
    assert at(ALPHA, "2017-06-01", sketch, basis="arrangement").agreements == []
    assert at(ALPHA, "2017-09-15", sketch, basis="arrangement").agreements == [
        "memorandum",
        "accord",
    ]


# -- reasons --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("point", "date", "radius", "reasons"),
    [
        pytest.param((35.95, 35.0), "2018-03-01", 0, [], id="plain: inside"),
        pytest.param(FAR, "2018-03-01", 0, [], id="plain: outside"),
        pytest.param(None, "2017-06-01", 0, ["no-location"], id="no place"),
        pytest.param(None, None, 0, ["no-location", "no-date"], id="nothing at all"),
        pytest.param((35.92, 35.0), None, 0, ["no-date"], id="no date"),
        pytest.param(
            ALPHA,
            None,
            0,
            ["near-boundary", "spans-extents", "no-date"],
            id="no date, and on the later line",
        ),
        pytest.param((37.5, 35.5), "2017-06-01", 0, ["placeholder-location"], id="placeholder"),
        pytest.param(FAR, "2017-06-01", 30_000, ["coarse-location"], id="too coarse"),
        pytest.param(
            (37.5, 35.5),
            "2017-06-01",
            30_000,
            ["placeholder-location", "coarse-location"],
            id="coarse placeholder",
        ),
        pytest.param((34.0, 35.0), "2017-06-01", 0, ["outside-country"], id="abroad"),
        pytest.param((35.97, 35.0), "2018-03-01", 0, ["near-boundary"], id="in the band"),
        pytest.param((37.75, 36.0), "2018-06-02", 8_000, ["coarse-location"], id="disc over it"),
        pytest.param(
            (35.92, 35.0),
            "2017-05-05/2017-05-06",
            0,
            ["partly-in-force", "spans-phases"],
            id="partly in force",
        ),
        pytest.param((35.9, 35.0), "2018-01-10", 0, ["contested"], id="offensive"),
        pytest.param(
            (35.9, 35.0), "2018-01-09/2018-01-10", 0, ["spans-phases", "contested"], id="two phases"
        ),
        pytest.param(
            (36.2, 35.23),  # in the band; outside by the other boundary, and by the later line
            "2017-05-05/2018-05-31",
            3_000,
            [
                "coarse-location",
                "near-boundary",
                "boundaries-disagree",
                "spans-extents",
                "partly-in-force",
                "spans-phases",
                "contested",
            ],
            id="everything",
        ),
        pytest.param(IN_THE_BAND, "2016-01-01", 0, [], id="time alone decides: not yet"),
        pytest.param(IN_THE_BAND, "2018-07-01", 0, [], id="time alone decides: ended"),
    ],
)
def test_reasons_say_what_kept_the_answer_from_being_plain(sketch, point, date, radius, reasons):
    assert at(point, date, sketch, radius=radius).reasons == reasons


def test_reasons_come_in_one_fixed_order():
    assert [reason.value for reason in tuple(Reason)] == [
        "no-location",
        "unreadable-location",
        "name-shared",
        "placeholder-location",
        "coarse-location",
        "outside-country",
        "near-boundary",
        "boundaries-disagree",
        "spans-extents",
        "held-unknown",
        "held-changed",
        "held-disputed",
        "ground-lost",
        "ground-gained",
        "no-date",
        "unreadable-date",
        "future-date",
        "partly-in-force",
        "spans-phases",
        "contested",
        "axes-may-be-swapped",
        "positions-disagree",
        "whole-degrees",
        "day-and-month-may-be-swapped",
        "dates-disagree",
        "shared-point",
    ]


# -- what is asked for must exist -----------------------------------------------------------


def test_unknown_choices_are_refused_with_those_there_are(sketch):
    with pytest.raises(AtlasError, match=r"line, other.*found 'river'"):
        at(ALPHA, "2017-06-01", sketch, boundary="river")
    with pytest.raises(InputError, match=r"memorandum, arrangement, found 'hope'"):
        at(ALPHA, "2017-06-01", sketch, basis="hope")
    with pytest.raises(AtlasError, match=r"en, ar, ru, tr.*found 'fr'"):
        at(ALPHA, "2017-06-01", sketch, language="fr")


def test_coarsest_radius_can_be_chosen(sketch):
    assert at(FAR, "2017-06-01", sketch, radius=30_000).space == "unknown"
    assert at(FAR, "2017-06-01", sketch, radius=30_000, coarsest_radius="40km").space == "outside"
    assert at(FAR, "2017-06-01", sketch, radius=2_000, coarsest_radius=1_000).space == "unknown"


def test_an_estimate_may_be_empty(tmp_path: Path):
    atlas = read_atlas(
        write_atlas(
            tmp_path,
            phases={"alpha": PHASES["beta"]},
            extents=[extent("alpha", *DAYS, square(*ALPHA, 0.2), low=NOWHERE)],
        )
    )
    found = at(ALPHA, "2017-06-01", atlas)
    assert (found.share_low, found.share_best, found.verdict) == (0, 1, "uncertain")


# -- Syria ----------------------------------------------------------------------------------

PLACES = {
    "Khan Sheikhoun": (36.65037, 35.44374),
    "Idlib": (36.63528, 35.92901),
    "Saraqib": (36.80611, 35.86110),
    "Fua": (36.70, 35.98),
    "Darkush": (36.39361, 35.99180),
    "Harem": (36.52078, 36.21176),
    "Abu Dhuhur": (37.048, 35.738),
    "Aleppo": (37.1343, 36.2021),
    "Rastan": (36.73123, 34.92409),
    "Douma": (36.40459, 33.57057),
    "Qaboun": (36.33778, 33.54611),
    "Barzeh": (36.32056, 33.55667),
    "Damascus": (36.2919, 33.5131),
    "Nasib": (36.18691, 32.55128),
    "Nawa": (36.04097, 32.88825),
    "Palmyra": (38.27, 34.56),
}


@pytest.mark.parametrize(
    ("place", "date", "verdict", "zone"),
    [
        ("Khan Sheikhoun", "2017-04-04", "outside", "idlib"),  # a month before the memorandum
        ("Khan Sheikhoun", "2017-05-06", "inside", "idlib"),
        ("Khan Sheikhoun", "2017-09-19", "inside", "idlib"),
        ("Khan Sheikhoun", "2019-08-27", "uncertain", "idlib"),  # lost, and not yet drawn anew
        ("Khan Sheikhoun", "2019-10-15", "outside", "idlib"),  # beyond the line of August 2019
        ("Khan Sheikhoun", "2020-04-01", "outside", "idlib"),
        ("Idlib", "2024-11-26", "inside", "idlib"),
        ("Idlib", "2024-11-27", "outside", "idlib"),
        ("Saraqib", "2019-06-01", "inside", "idlib"),
        ("Saraqib", "2020-03-06", "outside", "idlib"),
        ("Fua", "2018-07-17", "outside", "idlib"),  # a hole until its evacuation
        ("Fua", "2018-07-19", "uncertain", "idlib"),  # the day of it
        ("Fua", "2018-07-20", "inside", "idlib"),
        ("Darkush", "2017-06-01", "inside", "idlib"),  # on the border, which is well known
        ("Harem", "2017-06-01", "inside", "idlib"),
        ("Abu Dhuhur", "2017-06-01", "inside", "idlib"),
        ("Abu Dhuhur", "2018-02-15", "outside", "idlib"),
        ("Aleppo", "2017-06-01", "outside", "idlib"),
        ("Rastan", "2018-05-15", "inside", "north-homs"),
        ("Rastan", "2018-05-16", "outside", "north-homs"),
        ("Douma", "2018-04-07", "inside", "eastern-ghouta"),
        ("Douma", "2018-04-13", "uncertain", "eastern-ghouta"),  # while it was handed over
        ("Douma", "2018-04-14", "outside", "eastern-ghouta"),
        ("Qaboun", "2017-05-06", "outside", "eastern-ghouta"),  # excluded by name from day one
        ("Qaboun", "2017-12-01", "outside", "eastern-ghouta"),
        ("Barzeh", "2017-05-06", "uncertain", "eastern-ghouta"),  # until the last buses
        ("Barzeh", "2017-05-29", "uncertain", "eastern-ghouta"),
        ("Barzeh", "2017-05-30", "outside", "eastern-ghouta"),
        ("Damascus", "2017-06-01", "outside", "eastern-ghouta"),
        ("Nasib", "2017-06-01", "inside", "south-west"),
        ("Nawa", "2018-07-15", "inside", "south-west"),
        ("Nawa", "2018-07-30", "uncertain", "south-west"),  # taken twelve days before
        ("Nawa", "2018-07-31", "outside", "south-west"),
    ],
)
def test_known_places_get_the_answer_a_careful_person_would_give(place, date, verdict, zone):
    found = at(PLACES[place], date, read_atlas())
    assert (found.verdict, found.zone) == (verdict, zone)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("date", ["2017-05-05", "2024-11-27", "2011", "2025-01"])
def test_nothing_is_inside_before_the_memorandum_or_after_the_last_zone(place, date):
    assert at(PLACES[place], date, read_atlas()).verdict == "outside"


@pytest.mark.parametrize(
    ("place", "date", "round_id", "guarantors"),
    [
        ("Idlib", "2017-05-06", "Astana-4", ["Russia", "Turkey", "Iran"]),
        ("Idlib", "2017-09-15", "Astana-6", ["Russia", "Turkey", "Iran"]),
        ("Idlib", "2018-09-17", "Sochi-2018", ["Russia", "Turkey", "Iran"]),
        ("Idlib", "2020-03-06", "Moscow-2020", ["Russia", "Turkey", "Iran"]),
        ("Nawa", "2017-06-01", "Astana-4", ["Russia", "Turkey", "Iran"]),
        ("Nawa", "2017-07-09", "Amman-2017-07", ["Russia", "United States", "Jordan"]),
        ("Nawa", "2017-10-01", "Amman-2017-07", ["Russia", "United States", "Jordan"]),
        ("Nawa", "2017-11-08", "Amman-2017-11", ["Russia", "United States", "Jordan"]),
        ("Douma", "2017-07-22", "Cairo-2017", ["Russia"]),
        ("Douma", "2017-10-01", "Geneva-2017", ["Russia"]),
        ("Rastan", "2017-10-01", "Cairo-2017", ["Russia"]),
    ],
)
def test_round_and_guarantors_are_those_of_the_own_arrangements(place, date, round_id, guarantors):
    found = at(PLACES[place], date, read_atlas())
    assert (found.round, found.guarantors) == (round_id, guarantors)
    assert found.framework_guarantors == ["Russia", "Turkey", "Iran"]
    mediated = place in ("Douma", "Rastan")
    assert found.mediators == (["Egypt", "Syria's Tomorrow"] if mediated else [])
