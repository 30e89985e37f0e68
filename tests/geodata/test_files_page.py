"""Each row of the table of what people have, on the page of files, is what the program does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from test_reading_dirt import Read

from geodata.columns.mapping import ColumnMapping

PAGE = (Path(__file__).parents[2] / "docs" / "files.md").read_text(encoding="utf-8")
TABLE = PAGE.split("\n| what people have |", 1)[1].split("\n\n", 1)[0]
WHAT = [line.split(" | ")[0].removeprefix("| ") for line in TABLE.splitlines()[2:]]

X, Y, DAY = 36.6094, 35.8139, "2018-03-07"
HEAD, ROW = "date,lat,lon\n", f"{DAY},{Y},{X}\n"
TAGS = "#date,#geo+lat,#geo+lon\n"
POINT = {"type": "Point", "coordinates": [X, Y], "properties": {"accuracy": 5}}
EVENT = {"from_date": DAY, "to_date": DAY, "location": {"lat": Y, "lng": X}}
GDELT = f"7,20180307,{'x,' * 49}4,{'x,' * 4}{Y},{X},x,x,x"
PLACEMARK = f"<Placemark>{{}}<Point><coordinates>{X},{Y}</coordinates></Point></Placemark>"
KML = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>'
WHEN = '<ExtendedData><Data name="date"><value>2018-03-07</value></Data></ExtendedData>'
FOLDER = f"<Folder><name>{{}}</name>{PLACEMARK.format(WHEN)}</Folder>"
GPX = f'<gpx><wpt lat="{Y}" lon="{X}"><time>{DAY}T09:00:00Z</time></wpt></gpx>'

# A word of the row on the page, the file, its suffix, and what is stated.
FILES: list[tuple[str, Any, str, dict[str, Any]]] = [
    ("title rows", f"Strikes, 2018\n{HEAD}{ROW}", "csv", {"header_row": 2}),
    ("no header at all", ROW, "csv", {"no_header": True, "mapping": ColumnMapping(
        date="column_1", latitude="column_2", longitude="column_3")}),
    ("first line `sep=;`", f"sep=;\n{HEAD}{ROW}".replace(",", ";"), "csv", {}),
    ("a row of HXL tags", f"{HEAD}{TAGS}{ROW}", "csv", {}),
    ("`NA`, `N/A`", f"{HEAD}{ROW}NA,N/A,غير معروف\n", "csv", {}),
    ("two rows (two languages)", f"{HEAD}التاريخ,خط العرض,خط الطول\n{ROW}", "csv", {}),
    ("HXL tags further down", f"Strikes,,\n,,\nA,B,C\n{TAGS}{ROW}", "csv", {}),
    ("7 March to 9 April", f"{HEAD}7 March to 9 March 2018,{Y},{X}\n", "csv", {}),
    ("7-Mar-18", f"{HEAD}7-Mar-18,{Y},{X}\n", "csv", {"century": 2000}),
    ("1520465400", f"{HEAD}1520424000,{Y},{X}\n", "csv", {"epoch": "unix"}),
    ("degrees, minutes, seconds",
     "date,Deg,Min,Sec,Dir,Deg,Min,Sec,Dir\n2018-03-07,35,48,50.04,N,36,36,33.84,E\n", "csv", {}),
    ("latitudeE7", f"date,latitudeE7,longitudeE7\n{DAY},358139000,366094000\n", "csv", {}),
    ("nested JSON", [{"date": DAY, "location": {"lat": Y, "lon": X}}], "json", {}),
    ("point of GeoJSON", [{"date": DAY, "where": POINT}], "json", {}),
    ("questions in groups", [{"_uuid": "1", "a/incident_date": DAY, "_geolocation": [Y, X]}],
     "json", {}),
    ("called like one of names", f'date,location\n{DAY},"{Y}, {X}"\n', "csv", {}),
    ("a longitude first in one column", f'date,lonlat\n{DAY},"{X}, {Y}"\n', "csv", {}),
    ("a second latitude", f"date,lat,lon,lat2,lon2\n{DAY},,,{Y},{X}\n", "csv", {}),
    ("several lists", {"a": [{"date": DAY, "lat": Y, "lon": X}], "b": [{"c": 1}]}, "json",
     {"layer": "a"}),
    ("lists of objects", [{"events": [EVENT]}], "json", {"rows": ["events"]}),
    ("no header that is known", f"Seen,N,E\n{ROW}", "csv", {"mapping": ColumnMapping(
        date="Seen", latitude="N", longitude="E")}),
    ("six columns", "start year,start month,start day,end year,end month,end day,lat,lon\n"
     f"2018,3,7,2018,3,7,{Y},{X}\n", "csv", {}),
    ("GDELT", f"{GDELT}\n", "csv", {"no_header": True}),
    ("time spans", KML.format(
        PLACEMARK.format(f"<TimeStamp><when>{DAY}</when></TimeStamp>")
        + PLACEMARK.format("<TimeSpan><begin>2018-03-08</begin><end>2018-03-09</end></TimeSpan>")
    ), "kml", {}),
    ("time stamps alone", KML.format(
        PLACEMARK.format(f"<TimeStamp><when>{DAY}</when></TimeStamp>")), "kml", {}),
    ("buffer_km", f"date,lat,lon,buffer_km\n{DAY},{Y},{X},2\n", "csv",
     {"mapping": ColumnMapping(radius="buffer_km")}),
    ("beside year", f"date,year,month,day,lat,lon\n,2018,3,7,{Y},{X}\n", "csv", {}),
    ("times in UTC", f"date_utc,lat,lon\n2018-03-06 23:30,{Y},{X}\n", "csv", {}),
    ("single digits", f"date,lat,lon,accuracy\n{DAY},{Y},{X},3\n", "csv", {}),
    ("that were joined",
     f"date,latitude_x,longitude_x,latitude_y,longitude_y\n{DAY},{Y},{X},33,36\n", "csv",
     {"mapping": ColumnMapping(latitude="latitude_x", longitude="longitude_x")}),
    ("was made a layer", json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": POINT, "properties": {
            "date": DAY, "gps_latitude": Y, "gps_longitude": X, "gps_precision": 9}}]}),
     "geojson", {}),
    ("VDC", "Province,Area,Date of death,Cause of Death\nIdlib,Ariha,2018-03-07,x\n", "csv", {}),
    ("rows of cells", [["Date", "Lat", "Lon"], [DAY, Y, X]], "json", {}),
    ("several folders", KML.format(FOLDER.format("a") + FOLDER.format("b")), "kml", {}),
    ("tagged before", f"date,lat,lon,verdict,space,share_low,radius_m\n{DAY},{Y},{X},outside,"
     "outside,0,9000\n", "csv", {}),
    ("partly empty", f"date,lat,lon,town\n{DAY},,,Ariha\n", "csv", {}),
    ("eastings", f"date,northing,easting\n{DAY},3966054.5,283939.5\n", "csv",
     {"mapping": ColumnMapping(latitude="northing", longitude="easting", crs="EPSG:32637")}),
    ("GPX", GPX, "gpx", {"mapping": ColumnMapping(date="time")}),
]  # fmt: skip
ELSEWHERE = {
    "periods of pandas": "tests/zones/test_doubts.py",
    ".xlsb, .fods": "tests/geodata/test_kinds.py",
    "labels of Stata": "tests/geodata/test_other_tables.py",
    "missing codes of Stata": "tests/geodata/test_other_tables.py",
    "days, times and months of Stata": "tests/geodata/test_other_tables.py",
    "texts of Stata": "tests/geodata/test_other_tables.py",
}


def test_every_row_of_the_table_is_tried() -> None:
    words = [*(word for word, *_ in FILES), *ELSEWHERE]
    untried = [what for what in WHAT if not any(word in what for word in words)]
    assert untried == []
    assert [word for word in words if not any(word in what for what in WHAT)] == []


@pytest.mark.parametrize(
    ("content", "suffix", "stated"), [pytest.param(*rest, id=word) for word, *rest in FILES]
)
def test_what_people_have_is_read_as_the_page_says(
    tmp_path: Path, content: Any, suffix: str, stated: dict[str, Any]
) -> None:
    path = tmp_path / f"in.{suffix}"
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, encoding="utf-8")
    found = Read(path, **stated)
    place = found.places[0]
    assert place is not None
    assert place == pytest.approx((Y, X), abs=0.01)
    assert found.days[0].startswith(DAY)
