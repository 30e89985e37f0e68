"""Events and the weeks around them, on an atlas of squares where all can be counted by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from atlases import agreement, extent, square, write_atlas

from dezone.report import make_report, say_finding
from dezone.report.model import ALL_ZONES, EventKind, Report, Sign
from zones.tables.question import ask

HELD, LOST, FAR = (36.0, 35.0), (36.3, 35.0), (38.0, 36.0)
OFFENSIVE, HALT = dt.date(2017, 5, 1), dt.date(2017, 6, 1)


@pytest.fixture(scope="module")
def atlas(tmp_path_factory) -> Path:
    """One zone: declared, arranged, attacked, and left with the western half of its ground."""
    whole = square(36.15, 35.0, 0.3)
    return write_atlas(
        tmp_path_factory.mktemp("atlas"),
        phases={
            "alpha": [
                ("declared", "2017-01-01"),
                ("arranged", "2017-02-01"),
                ("contested", OFFENSIVE.isoformat()),
                ("arranged", HALT.isoformat()),
                ("ended", "2017-12-01"),
            ]
        },
        extents=[
            extent("alpha", "2017-01-01", HALT.isoformat(), whole),
            extent("alpha", HALT.isoformat(), "2017-12-01", square(36.0, 35.0, 0.15)),
        ],
        agreements=[
            agreement("first", ["alpha"], "2017-02-01"),
            agreement("later", ["alpha"], "2017-09-01"),
        ],
    )


def report(atlas: Path, folder: Path, rows) -> Report:
    """The report on (first day, last day, place) rows."""
    lines = [f"{a},{b},{y},{x}" for a, b, (x, y) in rows]
    file = folder / "incidents.csv"
    file.write_text("\n".join(["first_day,last_day,latitude,longitude", *lines]) + "\n")
    return make_report(file, ask(atlas=atlas))


def days(begin: str, end: str, step: int = 1) -> list[dt.date]:
    first, last = dt.date.fromisoformat(begin), dt.date.fromisoformat(end)
    return [first + dt.timedelta(days=n) for n in range(0, (last - first).days + 1, step)]


def each_day(begin: str, end: str, *places, step: int = 1):
    return [(day, day, place) for day in days(begin, end, step) for place in places]


@pytest.fixture(scope="module")
def quiet(atlas, tmp_path_factory) -> Report:
    """An incident a day in each of three places, and nothing else, all the year."""
    rows = each_day("2017-01-01", "2017-12-31", HELD, LOST, FAR)
    return report(atlas, tmp_path_factory.mktemp("quiet"), rows)


def change(found: Report, day: dt.date | str):
    return next(one for one in found.changes if one.event == f"alpha/{day}")


def test_events_are_the_phases_and_agreements_of_the_atlas(quiet):
    assert [(str(e.day), e.kinds, e.agreements) for e in quiet.events] == [
        ("2017-01-01", (EventKind.MEMORANDUM,), ()),
        ("2017-02-01", (EventKind.ARRANGEMENT,), ("first",)),
        ("2017-05-01", (EventKind.OFFENSIVE,), ()),
        ("2017-06-01", (EventKind.HALT,), ()),
        ("2017-09-01", (EventKind.AGREEMENT,), ("later",)),
        ("2017-12-01", (EventKind.END,), ()),
    ]
    assert len(quiet.changes) == 5, "the end of a zone is no change"


def test_the_ground_of_the_days_day_is_held_fixed_before_and_after(quiet):
    attacked, halted = change(quiet, OFFENSIVE).best, change(quiet, HALT).best
    assert attacked.zone.weekly_before == attacked.zone.weekly_after == (14,) * 8
    assert halted.zone.weekly_before == halted.zone.weekly_after == (7,) * 8
    assert attacked.rest.weekly_before == (7,) * 8
    assert halted.rest.weekly_before == halted.rest.weekly_after == (14,) * 8
    assert change(quiet, HALT).ground == (f"alpha/line/{HALT}",)
    assert "changed-ground" in change(quiet, HALT).cautions


def test_a_series_follows_the_ground_of_its_days(quiet):
    weeks = dict(zip(quiet.weeks.starts, quiet.weeks.areas["alpha"].best.incidents, strict=True))
    assert weeks[dt.date(2017, 5, 22)] == 14
    assert weeks[dt.date(2017, 6, 5)] == 7


def test_an_even_series_supports_neither_a_fall_nor_a_rise(quiet):
    for one in quiet.changes:
        if one.best.low is not None:
            assert one.best.sign is one.best.relative_sign is Sign.OPEN
            assert one.best.ratio == 1


def test_events_within_the_weeks_are_told(quiet):
    assert change(quiet, OFFENSIVE).overlaps == (f"alpha/{HALT}",)
    assert change(quiet, HALT).overlaps == (f"alpha/{OFFENSIVE}",)
    assert "overlap" in change(quiet, OFFENSIVE).cautions
    assert not change(quiet, "2017-09-01").overlaps


def test_weeks_beyond_the_file_are_told_and_not_counted(quiet):
    first = change(quiet, "2017-02-01")
    assert (first.weeks_before, first.weeks_after) == (4, 8)
    assert "beyond-file" in first.cautions
    assert change(quiet, "2017-01-01").weeks_before == 0
    assert change(quiet, "2017-01-01").best.why_not == ("no-weeks",)


def test_a_day_far_from_the_file_has_no_weeks_at_all(atlas, tmp_path):
    found = report(atlas, tmp_path, each_day("2017-01-01", "2017-03-31", HELD, FAR))
    far = change(found, "2017-09-01")
    assert (far.weeks_before, far.weeks_after, far.first_day) == (0, 0, None)
    assert not [f for f in found.findings if f.event == far.event]


def test_an_incident_on_both_sides_of_the_day_is_on_neither(atlas, tmp_path):
    rows = each_day("2017-03-01", "2017-07-30", HELD, FAR)
    before = change(report(atlas, tmp_path, rows), OFFENSIVE)
    both = (dt.date(2017, 4, 28), dt.date(2017, 5, 3))
    after = change(report(atlas, tmp_path, [*rows, (*both, HELD), (*both, FAR)]), OFFENSIVE)
    assert after.spanning == 1, "that of the zone; the other is in neither count, too"
    assert (after.best, after.sure) == (before.best, before.sure)


def test_a_known_drop_is_said_to_be_one(atlas, tmp_path):
    rows = each_day("2017-06-01", "2017-12-30", FAR)
    rows += [row for row in each_day("2017-06-01", "2017-08-31", HELD) for _ in range(4)]
    rows += each_day("2017-09-01", "2017-11-30", HELD, step=2)
    found = report(atlas, tmp_path, rows)
    best = change(found, "2017-09-01").best
    assert best.ratio == pytest.approx(1 / 8, rel=0.01)
    assert best.sign is best.relative_sign is Sign.FALL
    finding = next(f for f in found.findings if f.event == "alpha/2017-09-01")
    assert finding.code == "fall-fall"
    from geodata.atlas import read_atlas

    said = say_finding(found, finding, read_atlas(atlas), language="en")
    assert (
        "28 a week before, 3.5 a week after, 0.12 times as many" in said
        or "0.13 times as many" in said
    )
    assert "That supports a fall." in said


def test_a_fall_that_the_whole_country_saw_is_no_fall_beyond_it(atlas, tmp_path):
    rows = []
    for place in (HELD, FAR):
        rows += [row for row in each_day("2017-06-01", "2017-08-31", place) for _ in range(4)]
        rows += each_day("2017-09-01", "2017-11-30", place, step=2)
    best = change(report(atlas, tmp_path, rows), "2017-09-01").best
    assert best.sign is Sign.FALL
    assert best.relative_sign is Sign.OPEN


def test_nothing_after_gives_an_interval_from_0_and_nothing_before_one_without_an_end(
    atlas, tmp_path
):
    rows = each_day("2017-06-01", "2017-12-30", FAR)
    fallen = report(atlas, tmp_path, [*rows, *each_day("2017-06-01", "2017-08-31", HELD)])
    best, doubts = change(fallen, "2017-09-01").best.zone, change(fallen, "2017-09-01").cautions
    assert (best.ratio, best.low) == (0, 0)
    assert best.high < 1
    assert "zero" in doubts
    risen = change(report(atlas, tmp_path, [*rows, *each_day("2017-09-01", "2017-11-30", HELD)]),
                   "2017-09-01").best  # fmt: skip
    assert risen.zone.ratio is risen.zone.high is None
    assert risen.zone.low > 1
    assert risen.sign is Sign.RISE


def test_too_few_incidents_are_said_to_be_too_few(atlas, tmp_path):
    rows = [*each_day("2017-06-01", "2017-12-30", FAR), *each_day("2017-08-01", "2017-08-05", HELD)]
    best = change(report(atlas, tmp_path, rows), "2017-09-01").best
    assert best.why_not == ("few",)
    assert best.zone.before == 5
    assert best.zone.low is None
    assert best.sign is best.relative_sign is Sign.UNKNOWN


def test_without_a_rest_to_compare_with_the_zone_stands_alone(atlas, tmp_path):
    found = report(atlas, tmp_path, each_day("2017-06-01", "2017-12-30", HELD))
    best = change(found, "2017-09-01").best
    assert best.why_not == ("few-rest",)
    assert best.sign is Sign.OPEN
    assert best.relative_sign is Sign.UNKNOWN
    assert next(f.code for f in found.findings if f.event == "alpha/2017-09-01") == "open-unknown"


def test_of_a_single_zone_all_zones_say_nothing_more(quiet):
    assert ALL_ZONES not in {finding.area for finding in quiet.findings}
    assert ALL_ZONES not in {event.area for event in quiet.events}


def test_days_moved_by_three_move_what_depends_on_days(atlas, tmp_path):
    rows = [*each_day("2017-06-01", "2017-12-30", FAR), *each_day("2017-08-29", "2017-08-31", HELD)]
    found = report(atlas, tmp_path, rows * 4)
    later = next(v for v in found.variants if v.id == "days=+3")
    asked = found.variants[0]
    position = [c.event for c in found.changes].index("alpha/2017-09-01")
    assert asked.moved[position].ratio == 0
    assert later.moved[position].ratio is None, "all of them happened after it now"
    assert later.whole == asked.whole


def test_radii_make_sure_less_and_possible_more(quiet):
    whole = {v.id: v.whole["alpha"] for v in quiet.variants}
    assert whole["radius=0"][0] == whole["radius=0"][2]
    assert whole["radius=25000"][0] < whole["radius=0"][0]
    assert whole["radius=25000"][2] >= whole["radius=0"][2]
