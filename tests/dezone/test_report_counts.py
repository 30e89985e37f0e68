"""What `dezone report` counts, held against an independent count with geopandas alone."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Geod

from dezone.report import make_report
from dezone.report.model import ALL_ZONES, REST, Certainty
from geodata.columns.mapping import ColumnMapping
from zones.tables.question import ask

ROOT = Path(__file__).parents[2]
UCDP = "data/incidents/ucdp_ged_syria_2016-2017.csv"
IN_IDLIB = "35.9306,36.6339"
ZONES = ("idlib", "north-homs", "eastern-ghouta", "south-west")
EQUAL_AREA = "+proj=laea +lat_0=35 +lon_0=38.5"


# -- an independent count ---------------------------------------------------------------------


def discs(longitude: np.ndarray, latitude: np.ndarray, radius_m: float) -> np.ndarray:
    """Geodesic discs as polygons of 720 corners."""
    n = 720
    azimuth = np.tile(np.linspace(0, 360, n, endpoint=False), len(longitude))
    x, y, _ = Geod(ellps="WGS84").fwd(
        np.repeat(longitude, n), np.repeat(latitude, n), azimuth, np.full(len(azimuth), radius_m)
    )
    return shapely.polygons(np.stack([x, y], axis=-1).reshape(-1, n, 2))


def shares(places: gpd.GeoSeries, shape: shapely.Geometry) -> np.ndarray:
    """Share of each place (a point or a disc) in a zone."""
    points = places.geom_type.to_numpy() == "Point"
    found = np.zeros(len(places))
    found[points] = places[points].intersects(shape)
    drawn = gpd.GeoSeries([shape], crs=4326).to_crs(EQUAL_AREA).iloc[0]
    flat = places[~points].to_crs(EQUAL_AREA)
    found[~points] = (flat.intersection(drawn).area / flat.area).to_numpy()
    return found.round(4)


@pytest.fixture(scope="module")
def counted_by_hand(shared: Path) -> pd.DataFrame:
    """Incidents and best deaths by month, area and way of counting, of the UCDP file."""
    frame = pd.read_csv(shared / UCDP, usecols=[
        "id", "where_prec", "latitude", "longitude", "date_start", "date_end", "best",
    ])  # fmt: skip
    atlas = json.loads((ROOT / "geodata" / "data" / "atlas.json").read_text())
    stand_in = np.zeros(len(frame), dtype=bool)
    for point in atlas["placeholders"]:
        stand_in |= (frame.longitude - point["longitude"]).abs().le(0.0005) & (
            frame.latitude - point["latitude"]
        ).abs().le(0.0005)
    frame = frame[frame.where_prec.isin([1, 2]) & ~stand_in].reset_index(drop=True)
    frame["first"], frame["last"] = pd.to_datetime(frame.date_start), pd.to_datetime(frame.date_end)

    places = frame[["longitude", "latitude", "where_prec"]].drop_duplicates().reset_index(drop=True)
    shapes = gpd.GeoSeries(gpd.points_from_xy(places.longitude, places.latitude), crs=4326)
    wide = places.where_prec.eq(2).to_numpy()
    shapes[wide] = discs(places.longitude[wide].to_numpy(), places.latitude[wide].to_numpy(), 25e3)
    frame = frame.merge(places.reset_index(names="place"))

    extents = gpd.read_file(ROOT / "geodata" / "data" / "extents.geojson")
    extents = extents[extents["boundary"] == "line"]
    extents["valid_from"] = pd.to_datetime(extents.valid_from)
    level = {}
    for zone in ZONES:
        mine = extents[(extents.zone == zone) & (extents.valid_from <= "2017-12-31")]
        starts = sorted(mine.valid_from.unique())
        drawn = mine.set_index(["valid_from", "estimate"]).geometry
        on = {key: shares(shapes, shape) for key, shape in drawn.items()}
        # Each day of an incident lies in one extent; before the first, the first stands for it.
        index = [np.clip(np.searchsorted(starts, day, side="right") - 1, 0, None)
                 for day in (frame["first"], frame["last"])]  # fmt: skip
        low, best, high = (
            np.stack([on[start, estimate][frame.place] for start in starts])
            for estimate in ("low", "best", "high")
        )
        rows = np.arange(len(frame))
        assert len(starts) <= 2  # so that an incident lies in one extent or in both
        both = index[0] != index[1]
        main = index[0].copy()
        if len(starts) == 2:
            before = (starts[1] - frame["first"]).dt.days
            main[both & (before < (frame["last"] - starts[1]).dt.days + 1)] = 1
        ends = [np.where(both, f(x[0], x[-1]), x[index[0], rows])
                for f, x in ((np.minimum, low), (np.maximum, high))]  # fmt: skip
        level[zone] = np.select(
            [ends[0] >= 0.95, best[main, rows] >= 0.5, ends[1] > 0.05], [3, 2, 1], 0
        )
    highest = np.max(list(level.values()), axis=0)

    days = frame[["first", "last", "best"]].copy()
    days["length"] = (days["last"] - days["first"]).dt.days + 1
    each = days.loc[days.index.repeat(days.length)]
    day = each["first"] + pd.to_timedelta(each.groupby(level=0).cumcount(), unit="D")
    months = pd.DataFrame({"month": day.dt.to_period("M").dt.to_timestamp(), "row": each.index})
    months["incidents"] = (1 / each.length).to_numpy()
    months["deaths"] = (each.best / each.length).to_numpy()
    out = []
    for area in (*ZONES, ALL_ZONES, REST):
        for way, least in (("sure", 3), ("best", 2), ("possible", 1)):
            if area == REST:
                chosen = {"sure": highest == 0, "best": highest < 2, "possible": highest < 3}[way]
            else:
                chosen = (highest if area == ALL_ZONES else level[area]) >= least
            part = months[chosen[months.row]].groupby("month")[["incidents", "deaths"]].sum()
            out.append(part.assign(area=area, way=way).reset_index())
    return pd.concat(out).set_index(["area", "way", "month"]).sort_index()


def test_figures_for_each_zone_and_month_are_those_of_geopandas(shared, counted_by_hand):
    months = make_report(shared / UCDP).months
    assert len(months.starts) == 24
    for area, lines in months.areas.items():
        for way in Certainty:
            line = getattr(lines, way)
            hand = counted_by_hand.loc[area, way.value].reindex(pd.to_datetime(months.starts))
            np.testing.assert_allclose(
                line.incidents, hand.incidents.fillna(0), atol=1e-5, err_msg=f"{area} {way}"
            )
            np.testing.assert_allclose(
                line.deaths_best, hand.deaths.fillna(0), atol=1e-4, err_msg=f"{area} {way}"
            )


# -- what a row becomes -----------------------------------------------------------------------


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
        f"first_day,last_day,latitude,longitude,deaths\n{days[0]},{days[1]},{IN_IDLIB},4\n"
    )
    found = make_report(file)
    idlib = found.weeks.areas["idlib"].best
    assert idlib.incidents == (0.5, 0.5)
    assert idlib.deaths_best == (2.0, 2.0)


def test_the_ground_before_the_first_extent_is_that_of_the_first(tmp_path):
    file = tmp_path / "incidents.csv"
    file.write_text(f"date,latitude,longitude\n2016-01-01,{IN_IDLIB}\n2017-06-01,{IN_IDLIB}\n")
    total = make_report(file).totals[0]
    assert total.whole.sure.incidents == 2
    assert total.in_force.sure.incidents == 1


def test_the_basis_moves_only_what_is_in_force(tmp_path):
    file = tmp_path / "incidents.csv"
    file.write_text(f"date,latitude,longitude\n2017-06-01,{IN_IDLIB}\n2017-10-01,{IN_IDLIB}\n")
    memorandum, arrangement = (
        make_report(file, ask(basis=basis)) for basis in ("memorandum", "arrangement")
    )
    assert memorandum.totals[0].in_force.best.incidents == 2
    assert arrangement.totals[0].in_force.best.incidents == 1
    assert memorandum.totals[0].whole == arrangement.totals[0].whole
    other = next(v for v in memorandum.variants if v.id == "basis=arrangement")
    assert other.in_force["idlib"] == (1, 1, 1)


def test_an_incident_known_to_a_district_is_counted_by_its_polygon(tmp_path):
    square = {
        "type": "Feature",
        "properties": {"ADM2_PCODE": "SY0", "ADM2_EN": "Somewhere"},
        "geometry": {
            "type": "Polygon",
            "coordinates": [
                [[36.60, 35.90], [36.66, 35.90], [36.66, 35.96], [36.60, 35.96], [36.60, 35.90]]
            ],
        },
    }
    polygons = tmp_path / "district.geojson"
    polygons.write_text(json.dumps({"type": "FeatureCollection", "features": [square]}))
    file = tmp_path / "incidents.csv"
    file.write_text("date,lat,lon,where\n2017-06-01,,,Somewhere\n")
    mapping = ColumnMapping(latitude="lat", longitude="lon", district="where")
    assert make_report(file, mapping=mapping).input.unlocated == 1
    found = make_report(file, mapping=mapping, admin=[f"district={polygons}"])
    assert found.input.unlocated == 0
    assert found.totals[0].whole.sure.incidents == 1


# -- deaths -----------------------------------------------------------------------------------


def deaths_of(tmp_path, header: str, row: str, **options):
    file = tmp_path / "incidents.csv"
    file.write_text(f"date,latitude,longitude,{header}\n2017-06-01,{IN_IDLIB},{row}\n")
    found = make_report(file, **options)
    best = found.totals[0].whole.best
    return found, (best.deaths_low, best.deaths_best, best.deaths_high)


@pytest.mark.parametrize(
    ("source", "header", "row", "deaths"),
    [
        pytest.param(
            "ucdp-ged",
            "id,where_prec,date_prec,latitude,longitude,date_start,date_end,best,high,low",
            f"1,1,1,{IN_IDLIB},2017-06-01,2017-06-01,7,9,5",
            (5, 7, 9),
            id="UCDP",
        ),
        pytest.param(
            "acled",
            "event_id_cnty,event_date,time_precision,latitude,longitude,geo_precision,fatalities",
            f"SYR1,2017-06-01,1,{IN_IDLIB},1,7",
            (7, 7, 7),
            id="ACLED",
        ),
        pytest.param(
            "gtd",
            "eventid,iyear,imonth,iday,latitude,longitude,specificity,vicinity,nkill",
            f"1,2017,6,1,{IN_IDLIB},1,0,7",
            (7, 7, 7),
            id="GTD",
        ),
    ],
)
def test_the_columns_of_deaths_of_known_sources_are_known(tmp_path, source, header, row, deaths):
    file = tmp_path / "incidents.csv"
    file.write_text(f"{header}\n{row}\n")
    found = make_report(file)
    best = found.totals[0].whole.best
    assert found.input.source == source
    assert (best.deaths_low, best.deaths_best, best.deaths_high) == deaths


def test_one_figure_of_deaths_stands_for_all_three(tmp_path):
    assert deaths_of(tmp_path, "deaths", "7")[1] == (7, 7, 7)


def test_low_and_high_figures_are_named_in_a_mapping(tmp_path):
    mapping = ColumnMapping(deaths="n", deaths_low="from", deaths_high="to")
    assert deaths_of(tmp_path, "n,from,to", "7,5,9", mapping=mapping)[1] == (5, 7, 9)


def test_figures_that_contradict_the_best_one_do_not_count(tmp_path):
    mapping = ColumnMapping(deaths="n", deaths_low="from", deaths_high="to")
    found, deaths = deaths_of(tmp_path, "n,from,to", "7,8,6", mapping=mapping)
    assert deaths == (7, 7, 7)
    assert found.input.told["deaths-contradict"] == 2


@pytest.mark.parametrize(
    ("cell", "deaths", "unread"),
    [("٧", 7, 0), ("", 0, 1), ("many", 0, 1), ("-7", 0, 1), ("7-9", 0, 1), ("0.5", 0.5, 0)],
)
def test_deaths_are_read_or_said_to_be_unread(tmp_path, cell, deaths, unread):
    found, figures = deaths_of(tmp_path, "deaths", cell)
    assert figures == (deaths,) * 3
    assert found.input.deaths_unread == unread


def test_deaths_in_json_are_read_as_numbers_or_as_text(tmp_path):
    file = tmp_path / "incidents.json"
    row = {"date": "2017-06-01", "latitude": 35.9306, "longitude": 36.6339}
    file.write_text(json.dumps([row | {"deaths": n} for n in (7, "8", None, [9])]))
    found = make_report(file)
    assert found.totals[0].whole.best.deaths_best == 15
    assert found.input.deaths_unread == 2


def test_without_a_column_of_deaths_there_are_no_deaths(tmp_path):
    found, deaths = deaths_of(tmp_path, "notes", "7 dead")
    assert not found.input.deaths
    assert deaths == (None, None, None)


# -- properties -------------------------------------------------------------------------------

ROW = st.tuples(
    st.dates(pd.Timestamp("2017-03-01").date(), pd.Timestamp("2018-06-01").date()),
    st.integers(0, 40),
    st.sampled_from([IN_IDLIB, "34.8,36.75", "33.5,36.45", "32.75,36.1", "35.0,40.0", "35.2,36.6",
                     "33.0,36.3", "35,38", "", "50,2"]),
    st.sampled_from(["0", "1000", "25000", "40000"]),
    st.integers(0, 9),
)  # fmt: skip


def write(path: Path, rows) -> Path:
    with path.open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow(["first_day", "last_day", "latitude", "longitude", "radius", "deaths"])
        for first, length, place, radius, deaths in rows:
            last = first + pd.Timedelta(days=length).to_pytimedelta()
            table.writerow(
                [first, last, *(place.split(",") if place else ("", "")), radius, deaths]
            )
    return path


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(ROW, min_size=1, max_size=25), st.randoms(use_true_random=False))
def test_counts_add_up_and_do_not_depend_on_the_order_of_rows(tmp_path_factory, rows, random):
    folder = tmp_path_factory.mktemp("rows")
    found = make_report(write(folder / "a.csv", rows))
    put = found.input
    assert put.rows == len(rows)
    assert put.rows == put.unreadable + put.undated + put.unlocated + put.abroad + put.counted

    totals = {total.area: total.whole for total in found.totals}
    zones, rest = totals[ALL_ZONES], totals[REST]
    close = pytest.approx(put.counted, abs=1e-4)
    assert zones.best.incidents + rest.best.incidents == close
    assert zones.sure.incidents + rest.possible.incidents == close
    assert zones.possible.incidents + rest.sure.incidents == close
    assert sum(totals[zone].best.incidents for zone in ZONES) == pytest.approx(zones.best.incidents)

    for series in (found.weeks, found.months):
        assert sum(series.days) == (
            0 if put.first_day is None else (put.last_day - put.first_day).days + 1
        )
        for area, lines in series.areas.items():
            sure, best, possible = (np.array(getattr(lines, w).incidents) for w in Certainty)
            assert (sure <= best + 1e-6).all()
            assert (best <= possible + 1e-6).all()
            assert best.sum() == pytest.approx(totals[area].best.incidents, abs=1e-3)
            low, mid, high = (np.array(getattr(lines.best, f"deaths_{n}"))
                              for n in ("low", "best", "high"))  # fmt: skip
            assert (low <= mid + 1e-6).all()
            assert (mid <= high + 1e-6).all()
    for zone in ZONES:
        phases = [p.counts.best.incidents for p in found.phases if p.zone == zone]
        assert sum(phases) == pytest.approx(totals[zone].best.incidents, abs=1e-3)
        assert found.variants[0].whole[zone][1] == totals[zone].best.incidents

    shuffled = list(rows)
    random.shuffle(shuffled)
    again = make_report(write(folder / "b.csv", shuffled))
    same = ("weeks", "months", "phases", "totals", "changes", "variants", "findings")
    assert all(getattr(found, part) == getattr(again, part) for part in same)


def test_incidents_on_ground_that_was_lost_or_gained_are_told(tmp_path: Path) -> None:
    file = tmp_path / "incidents.csv"
    file.write_text(
        "date,latitude,longitude\n"
        "2019-08-01,35.4416,36.6528\n"  # Khan Shaykhun, before it fell
        "2019-08-28,35.4416,36.6528\n"  # fallen, and the line of 2018 still holds it
        "2018-04-05,33.52737,36.38605\n"  # Hammura, taken in March
    )
    found = make_report(file)
    assert (found.input.ground_lost, found.input.ground_gained) == (2, 0)
    moved = next(finding for finding in found.findings if finding.code == "moved")
    assert moved.numbers == {"lost": 2, "gained": 0}
