"""What may have been meant otherwise reaches the answer, in every command and in the frame."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import zones
from dezone.cli import main
from geodata.columns.mapping import ColumnMapping

INSIDE, SWAPPED = (35.8, 36.7), (36.7, 35.8)  # latitude, longitude


def frame(*points: tuple[float, float], **columns: object) -> pd.DataFrame:
    latitude, longitude = zip(*points, strict=True)
    return pd.DataFrame(
        {"latitude": latitude, "longitude": longitude, "date": "2018-03-07", **columns}
    )


def answers(table: pd.DataFrame, **options: object) -> list[tuple[str, str]]:
    found = zones.tag(table, **options)
    return list(zip(found["verdict"].astype(str), found["reasons"].astype(str), strict=True))


def test_exchanged_axes_of_a_whole_file_leave_no_verdict_certain_that_they_would_change():
    found = answers(frame(SWAPPED, SWAPPED, (10.0, 50.5)))
    assert found[:2] == [("uncertain", "axes-may-be-swapped")] * 2
    assert found[2] == ("outside", "outside-country")


def test_the_sentence_of_a_doubted_answer_says_that_it_may_have_been_meant_otherwise():
    found = zones.tag(frame(SWAPPED, SWAPPED, (10.0, 50.5)), with_=["sentence"])["sentence"]
    assert ["meant otherwise" in str(text) for text in found] == [True, True, False]


def test_one_row_whose_axes_may_be_swapped_keeps_its_verdict_and_gets_a_reason():
    found = answers(frame(INSIDE, INSIDE, SWAPPED))
    assert found[:2] == [("inside", "")] * 2
    assert found[2] == ("outside", "axes-may-be-swapped")


def test_the_axes_are_judged_over_all_rows_of_a_file():
    points = [SWAPPED] * 300_000 + [INSIDE] * 10
    found = zones.tag(frame(*points))
    assert found["verdict"].value_counts().to_dict() == {"uncertain": 300_010}


def test_a_single_incident_gets_the_reason_and_keeps_its_verdict():
    found = zones.check(latitude=36.7, longitude=35.8, date="2018-03-07")
    assert (found.verdict, found.reasons[-1]) == ("outside", "axes-may-be-swapped")


@pytest.mark.parametrize("wkt", ["POINT (36.7 35.8)", "POINT (39.0 35.0)", ""])
def test_a_position_given_twice_is_compared(wkt: str):
    verdict, reasons = answers(frame(INSIDE, wkt=wkt))[0]
    elsewhere = "39" in wkt
    assert verdict == ("uncertain" if elsewhere else "inside")
    assert reasons == ("positions-disagree" if elsewhere else "")


def test_a_second_position_that_is_not_to_be_looked_at_is_ignored():
    table = frame(INSIDE, wkt="POINT (39.0 35.0)")
    assert answers(table, mapping=ColumnMapping(ignore=("wkt",)))[0] == ("inside", "")


def test_whole_degrees_are_said_and_decide_nothing_where_no_position_is_finer():
    outside = ("outside", "whole-degrees")
    assert answers(frame((35.0, 40.0), INSIDE))[0] == outside
    assert answers(frame((35.0, 40.0), (34.0, 40.0)))[0] == ("uncertain", "whole-degrees")
    assert answers(frame((35.0, 40.0), (34.0, 40.0)), radius_m=0)[0] == ("outside", "")


def test_an_exact_point_that_very_many_rows_share_is_said_and_decides_nothing():
    apart = [(33.6 + i / 1000, 36.4) for i in range(30)]
    table = frame(*[INSIDE] * 25, *apart)
    assert set(answers(table)[:25]) == {("inside", "shared-point")}
    assert not any("shared-point" in reasons for _, reasons in answers(table)[25:])
    assert answers(table, radius_m=0)[0] == ("inside", "")  # stated
    assert answers(frame(*[INSIDE] * 19, *apart))[0] == ("inside", "")  # few
    assert answers(frame(*[INSIDE] * 25))[0] == ("inside", "")  # all of them
    town = (35.9306, 36.6339)
    assert answers(frame(*[town] * 25, *apart))[0] == ("inside", "")  # a settlement has a size


@pytest.mark.parametrize(
    ("freq", "first", "last"),
    [("D", "2018-03-07", "2018-03-07"), ("M", "2018-03-01", "2018-03-31"),
     ("Q", "2018-01-01", "2018-03-31"), ("W", "2018-03-05", "2018-03-11")],
)  # fmt: skip
def test_periods_of_pandas_are_their_days(freq: str, first: str, last: str):
    table = frame(INSIDE, INSIDE).assign(date=pd.PeriodIndex(["2018-03-07", None], freq=freq))
    found = zones.tag(table)
    assert [str(found[name][0])[:10] for name in ("first_day", "last_day")] == [first, last]
    assert "no-date" in found["reasons"][1]


def test_days_and_months_that_a_spreadsheet_exchanged_are_doubted():
    dates = ["2017-03-08", "2017-01-05", "2018-04-04", "25/03/2018", "17/05/2018"]
    table = frame(*[INSIDE] * 5)
    table["date"] = dates
    found = answers(table)
    assert found[0] == ("uncertain", "day-and-month-may-be-swapped")  # 3 August 2017
    assert found[1][0] == "outside"
    assert found[2] == found[3] == ("inside", "")
    with_thirteen = table.assign(date=["2017-03-13", *dates[1:]])
    assert "day-and-month-may-be-swapped" not in str(answers(with_thirteen))


def test_a_date_that_its_parts_contradict_is_doubted_where_the_answer_depends_on_it():
    table = frame(INSIDE, INSIDE, INSIDE).assign(year=[2016, 2018, 2018], month=3, day=[7, 7, 8])
    assert answers(table) == [("uncertain", "dates-disagree"), ("inside", ""), ("inside", "")]
    table.loc[1, "date"] = None  # a row without a date has that of the parts
    assert answers(table)[1] == ("inside", "")


def test_notices_stand_in_the_attrs_of_a_frame():
    found = zones.tag(frame(SWAPPED, geo_precision=3))
    told = {
        (one["severity"], one["kind"]): one["count"] for one in found.attrs["dezone"]["findings"]
    }
    assert told["warning", "swapped-axes"] == 1
    assert told["warning", "unused-precision"] == 1


WARNED = ("swapped-axes", "unused-precision", "shared-point")


@pytest.fixture
def exchanged(tmp_path: Path) -> Path:
    lines = [f"{i},2018-03-07,36.7,{35.8 + (i > 30) * 0.01},2\n" for i in range(40)]
    path = tmp_path / "in.csv"
    path.write_text("id,date,lat,lon,geo_precision\n" + "".join(lines))
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ("tag", "{}", "-o", "out.csv"),
        ("tag", "{}"),
        ("map", "-o", "page.html", "--incidents", "{}"),
        ("report", "{}", "-o", "report"),
        ("diff", "{}", "{}"),
        ("inspect", "{}"),
    ],
    ids=lambda arguments: " ".join(arguments[:1]),
)
def test_every_command_shows_the_same_notices_and_can_fail_on_them(
    tmp_path: Path, exchanged: Path, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    line = [one.format(exchanged) for one in arguments]
    found = CliRunner().invoke(main, line)
    assert found.exit_code == 0, found.output
    for kind in WARNED:
        assert f"warning {kind}: " in found.output, kind
    strict = CliRunner().invoke(main, [*line, "--strict"])
    assert strict.exit_code in (1, 3)
    assert "warning" in strict.output


def test_nothing_is_written_where_a_warning_fails_a_run(tmp_path: Path, exchanged: Path):
    output = tmp_path / "out.csv"
    found = CliRunner().invoke(main, ["tag", str(exchanged), "-o", str(output), "--strict"])
    assert "expected a file without warnings, since --strict is given" in found.output
    assert not output.exists()


def test_days_exchange_is_its_own_inverse():
    from geodata.columns.when import exchanged_days

    days = np.arange(dt.date(2017, 1, 1).toordinal(), dt.date(2019, 1, 1).toordinal()) - 719_163
    other = exchanged_days(days)
    assert (exchanged_days(other) == days).all()
    day = (dt.date(2018, 3, 7) - dt.date(1970, 1, 1)).days
    swapped = (dt.date(2018, 7, 3) - dt.date(1970, 1, 1)).days
    assert exchanged_days(np.array([day])).tolist() == [swapped]
