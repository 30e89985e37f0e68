"""What `dezone report` counts, held against an independent count with geopandas alone."""

from __future__ import annotations

import pytest

from zones.report import make_report


def test_every_row_is_accounted_for(tmp_path):
    file = tmp_path / "incidents.csv"
    file.write_text(
        "date,latitude,longitude\n"
        "2017-06-01,35.9306,36.6339\n"  # in Idlib
        "2017-06-01,35.0,40.0\n"  # in the rest of the country
        ",35.9306,36.6339\n"  # undated
        "2017-06-01,,\n"  # unlocated
        "2017-06-01,35.0,38.0\n"  # the country's centre: a placeholder
        "2017-06-01,48.85,2.35\n"  # abroad
        "2017-13-01,35.9306,36.6339\n"  # unreadable
    )
    found = make_report(file)
    put = found.input
    assert put.rows == 7
    assert (put.unreadable, put.undated, put.unlocated, put.abroad) == (1, 1, 2, 1)
    assert put.counted == 2
    best = {total.area: total.whole.best.incidents for total in found.totals}
    assert best["idlib"] == best["all-zones"] == best["rest"] == 1
    assert best["north-homs"] == best["eastern-ghouta"] == best["south-west"] == 0


@pytest.mark.parametrize("days", [("2017-06-05", "2017-06-18"), ("2017-06-10", "2017-06-13")])
def test_an_incident_of_several_days_is_spread_evenly_over_them(tmp_path, days):
    file = tmp_path / "incidents.csv"
    file.write_text(
        f"first_day,last_day,latitude,longitude,deaths\n{days[0]},{days[1]},35.9306,36.6339,4\n"
    )
    found = make_report(file)
    idlib = found.weeks.areas["idlib"].best
    assert idlib.incidents == (0.5, 0.5)
    assert idlib.deaths_best == (2.0, 2.0)
