"""Small files of the kinds that people have, and what is read of each: ``readings.json``.

Both engines are held to them: `tests/geodata/test_readings.py` the command's, and
`maps/web/test/session/readings.test.ts` the page's. ``make.py`` writes the answers anew.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from geodata.columns.diagnostics import inspect_file
from geodata.columns.opening import open_incidents
from geodata.columns.reading import read_batch
from geodata.findings import Severity
from zones.record import assess_names, fields_of
from zones.tables.files import tag_file
from zones.tables.question import ask

READINGS = Path(__file__).with_name("readings.json")
COLUMNS = ("verdict", "first_day", "last_day", "radius_m", "radius_source", "settlement", "reasons")
DAY, Y, X = "2018-03-07", "35.8139", "36.6094"
HEAD = "id,date,lat,lon"
ROW = f"{DAY},{Y},{X}"
WARNINGS = frozenset(
    (
        *("unused-precision", "unused-length", "unused-column", "unused-place", "unused-list"),
        *("no-precision", "whole-degrees", "positions-disagree", "day-and-month"),
        *(
            "dates-disagree",
            "name-elsewhere",
            "name-shared",
            "namesakes",
            "placeholder-point",
            "shared-point",
        ),
        "swapped-axes",
        "duplicate-row",
    )
)
"""Kinds of warnings that both engines give; each must be given for the same files."""


def _more(name: str, *cells: str) -> str:
    """Return a file with one column more."""
    rows = "".join(f"{i},{ROW},{cell}\n" for i, cell in enumerate(cells, 1))
    return f"{HEAD},{name}\n{rows}"


def _features(*points: tuple[float, float], **properties: Any) -> str:
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "geometry": {"type": "Point", "coordinates": list(point)},
                    "properties": {"date": DAY, **properties},
                }
                for point in points
            ],
        }
    )


def _kml(time: str, data: str = "") -> str:
    return (
        '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark>'
        f"<name>a</name>{time}{data}<Point><coordinates>{X},{Y}</coordinates></Point>"
        "</Placemark></Document></kml>"
    )


def _placemark(name: str, *point: str) -> str:
    return (
        f"<Placemark><name>{name}</name><TimeStamp><when>{DAY}</when></TimeStamp>"
        f"<Point><coordinates>{','.join(point)}</coordinates></Point></Placemark>"
    )


def _shapes(*geometries: Any) -> str:
    features = [
        {"type": "Feature", "id": at, "geometry": one, "properties": {"date": DAY}}
        for at, one in enumerate(geometries)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


_HERE = (float(X), float(Y))
_POINT = {"type": "Point", "coordinates": [*_HERE, 410]}
_ACCURATE = {"accuracy": 9000.0}
_EVENTS = {"date": DAY, "lat": _HERE[1], "lon": _HERE[0], "events": [{"lat": 1, "lng": 2}]}
_PARTS = "\tDegrees\tMinutes\tSeconds\tDirection"
_SPAN = "Start Day\tStart Month\tStart Year\tEnd Day\tEnd Month\tEnd Year"
_ACLED = "event_id_cnty,event_date,time_precision,latitude,longitude,geo_precision"

FILES: tuple[tuple[str, str, str], ...] = (
    # -- how precise ------------------------------------------------------------------------
    ("loc_quality", "csv", _more("loc_quality", "1", "3")),
    ("types of coordinates in words", "csv", _more("kind", "exact", "governorate centroid")),
    ("admin levels in words", "csv", _more("Granularity", "town", "admin1")),
    ("high and low beside a location", "csv", _more("Geolocation confidence", "high", "low")),
    ("high and low beside no location", "csv", _more("severity", "high", "low")),
    ("notes on coordinates", "csv", _more("coord_note", "centroid of Idlib", "seen in a video")),
    ("a geocoder's kinds of places", "csv", _more("addresstype", "state", "city")),
    ("a last day beside the one date", "csv", _more("end_date", "2018-06-07")),
    ("readings of a day beside it", "csv", _more("Latest date", "2019-06-07", "")),
    (
        "a second pair of coordinates",
        "csv",
        f"{HEAD},corrected_lat,corrected_lon\n1,{ROW},33.5,36.3\n",
    ),
    ("a grid reference elsewhere", "csv", _more("MGRS", "37S BU 86450 79200")),
    ("coordinates in a column of names", "csv", f'date,Location\n{DAY},"{Y}, {X}"\n'),
    (
        "precision by an HXL tag",
        "csv",
        f"a,b,c,d\n#date,#geo+lat,#geo+lon,#meta+accuracy\n{ROW},3\n",
    ),
    ("precision in Arabic", "csv", _more("دقة الموقع", "بلدة", "محافظة")),
    ("precision in Russian", "csv", _more("Точность", "село")),
    ("precision in Turkish", "csv", _more("Konum hassasiyeti", "ilçe")),
    ("a buffer in its header's unit", "csv", _more("buffer_km", "30")),
    ("uncertainty, Darwin Core", "csv", _more("coordinateUncertaintyInMeters", "30000")),
    ("precision of the date", "csv", _more("date_accuracy", "month")),
    ("a free column of lengths", "csv", _more("How near", "500m", "30 km")),
    ("accuracy in metres", "csv", _more("accuracy", "500", "n.a.", "30000")),
    ("accuracy in its header's unit", "csv", _more("Accuracy (m)", "500")),
    ("accuracy in codes", "csv", _more("accuracy", "1", "2", "3")),
    ("one accuracy of several digits", "csv", _more("accuracy", "1", "12")),
    ("an accuracy of nothing", "csv", _more("accuracy", "0", "0")),
    ("small metres", "csv", _more("radius_m", "3", "5")),
    ("what is known", "csv", _more("location_known", "yes", "no")),
    ("where coordinates come from", "csv", _more("Source of coordinates", "Town centre", "map")),
    ("a datum", "csv", _more("Datum", "ED50", "WGS 84")),
    ("the datum that is meant", "csv", _more("Datum", "WGS84", "wgs 84")),
    ("a zone for other times", "csv", _more("timezone", "UTC")),
    ("the local zone", "csv", _more("timezone", "Asia/Damascus")),
    ("a time in another zone", "csv", _more("Time (GMT)", "23:30")),
    ("rows that are the same", "csv", f"{HEAD}\n1,{ROW}\n2,{ROW}\n1,{ROW}\n"),
    ("how long", "csv", _more("Duration", "5 days")),
    ("how far from a town, beside coordinates", "csv", _more("distance_km", "5")),
    (
        "how far from a town, without coordinates",
        "csv",
        f"date,village,governorate,Distance (km),direction\n{DAY},Ariha,Idlib,5,north\n",
    ),
    ("geopoints", "csv", f"id,date,gps\n1,{DAY},{Y}00 {X}00 410.0 9000\n"),
    (
        "Kobo",
        "csv",
        "what/incident_date;gps;_gps_latitude;_gps_longitude;_gps_precision;_uuid\n"
        f"{DAY};{Y} {X} 410 9000;{Y};{X};9000;1\n",
    ),
    (
        "ODK Central",
        "csv",
        "SubmissionDate,incident_date,place-Latitude,place-Longitude,place-Accuracy,KEY\n"
        f"2018-04-07T08:00:00Z,{DAY},{Y},{X},9000,uuid:1\n",
    ),
    (
        "Kobo, as a layer",
        "geojson",
        _features(
            _HERE,
            _gps_latitude=_HERE[1],
            _gps_longitude=_HERE[0],
            _gps_precision=9000,
            _uuid="1",
        ),
    ),
    ("Kobo, cut for a Shapefile", "geojson", _features(_HERE, _gps_preci=9000, _uuid="1")),
    ("ODK, cut for a Shapefile", "geojson", _features(_HERE, **{"place-Accu": 9000})),
    ("a name that was cut", "geojson", _features(_HERE, _HERE, location_p=3)),
    # -- sources ----------------------------------------------------------------------------
    ("ACLED, old codes", "csv", f"{_ACLED}\nSYR1,{DAY},3,{Y},{X},2\nSYR2,{DAY},1,{Y},{X},3\n"),
    ("ACLED, janitor", "csv", f"{_ACLED.replace('_', '.').title()}\nSYR1,{DAY},1,{Y},{X},3\n"),
    (
        "ACLED without its codes",
        "csv",
        f"event_id_cnty,event_date,latitude,longitude\nSYR1,{DAY},{Y},{X}\n",
    ),
    (
        "ACLED cut for a Shapefile",
        "geojson",
        _features(_HERE, event_id_c=1, event_date=DAY, time_preci=1, geo_precis=3),
    ),
    (
        "ACLED's weekly counts",
        "csv",
        "WEEK,ADMIN1,EVENTS,ID,CENTROID_LATITUDE,CENTROID_LONGITUDE\n"
        f"2018-03-03,Idleb,3,1,{Y},{X}\n",
    ),
    (
        "UCDP",
        "csv",
        "id,where_prec,date_prec,date_start,date_end,latitude,longitude\n"
        f"1,6,1,{DAY},{DAY},{Y},{X}\n2,2,1,{DAY},{DAY},{Y},{X}\n3,1,1,{DAY},{DAY},{Y},{X}\n",
    ),
    (
        "UCDP in KML",
        "kml",
        _kml(
            "",
            "<ExtendedData>"
            + "".join(
                f'<Data name="{name}"><value>{value}</value></Data>'
                for name, value in (("where_prec", "6"), ("date_start", DAY), ("date_end", DAY))
            )
            + "</ExtendedData>",
        ),
    ),
    (
        "GTD",
        "csv",
        "eventid,iyear,imonth,iday,latitude,longitude,specificity\n"
        f"201803070001,2018,3,7,{Y},{X},4\n201803000002,2018,3,0,{Y},{X},1\n",
    ),
    (
        "GDELT",
        "tsv",
        "GLOBALEVENTID\tSQLDATE\tActionGeo_Type\tActionGeo_Lat\tActionGeo_Long\n"
        f"1\t20180307\t4\t{Y}\t{X}\n2\t20180307\t1\t{Y}\t{X}\n",
    ),
    (
        "PITF",
        "tsv",
        f"Event Type\t{_SPAN}{_PARTS}{_PARTS}\n"
        "Incident\t07\t03\t2018\t09\t03\t2018\t35\t48\t50.04\tN\t36\t36\t33.84\tE\n",
    ),
    ("Uwazi", "csv", f"Title,Geolocation,Incident date\nx,{Y}|{X},2018/03/07\n"),
    ("centroids", "csv", f"id,date,lat_centroid,lon_centroid\n1,{ROW}\n"),
    # -- positions --------------------------------------------------------------------------
    ("a second position elsewhere", "csv", _more("wkt", "POINT (38.1 35.2)")),
    (
        "a second position where there is no first",
        "csv",
        f"{HEAD},wkt\n1,{DAY},,,POINT ({X} {Y})\n",
    ),
    ("columns beside a geometry", "geojson", _features(_HERE, latitude=33.5, longitude=36.4)),
    ("accuracy beside a geometry", "geojson", _features(_HERE, accuracy=9000)),
    ("exchanged axes in a layer", "geojson", _features(*[_HERE[::-1]] * 3)),
    ("whole degrees alone", "csv", f"{HEAD}\n1,{DAY},36,36\n2,{DAY},35,36\n"),
    (
        "tenths of degrees throughout",
        "csv",
        f"{HEAD}\n1,{DAY},35.8,36.6\n2,{DAY},35,36\n3,{DAY},35.9,36.7\n",
    ),
    ("tenths of degrees among others", "csv", f"{HEAD}\n1,{DAY},35.8,36.6\n2,{ROW}\n"),
    ("whole degrees among others", "csv", f"{HEAD}\n1,{DAY},36,36\n2,{ROW}\n"),
    ("a point that stands for the country", "csv", f"{HEAD}\n1,{DAY},35.0,38.0\n2,{ROW}\n"),
    ("0, 0", "csv", f"{HEAD}\n1,{DAY},0,0\n"),
    ("degrees in columns", "tsv", f"date{_PARTS}{_PARTS}\n{DAY}\t35\t51\t50\tN\t36\t48\t2\tE\n"),
    (
        "degrees in columns of other names",
        "csv",
        f"date,Lat Deg,Lat Min,Lat Sec,Long Deg,Long Min,Long Sec\n{DAY},35,51,50,36,48,2\n",
    ),
    ("ten-millionths", "csv", f"date,latitudeE7,longitudeE7\n{DAY},359306000,366339000\n"),
    (
        "colons and dots",
        "csv",
        f"date,coordinates\n{DAY},{Y}:{X}\n{DAY},35.48.50N 36.36.34E\n{DAY},35.48.50 36.36.34\n",
    ),
    ("decimal commas", "csv", f"id;date;lat;lon\n1;{DAY};35,9306;36,6339\n"),
    # -- dates ------------------------------------------------------------------------------
    (
        "a century proved by the column",
        "csv",
        f"{HEAD}\n1,7-Mar-18,{Y},{X}\n2,8 March 2018,{Y},{X}\n",
    ),
    ("a century proved by years", "csv", f"id,date,lat,lon,year\n1,25/3/18,{Y},{X},2018\n"),
    ("a century that nothing proves", "csv", f"{HEAD}\n1,25/3/18,{Y},{X}\n"),
    (
        "order and century proved",
        "csv",
        f"{HEAD},year\n1,7/3/18,{Y},{X},2018\n2,25/3/18,{Y},{X},2018\n",
    ),
    (
        "days that a spreadsheet exchanged",
        "csv",
        f"{HEAD}\n1,2018-08-05,{Y},{X}\n2,25/03/2018,{Y},{X}\n3,2018-02-09,{Y},{X}\n",
    ),
    (
        "a date beside its parts",
        "csv",
        f"id,date,year,month,day,lat,lon\n1,{DAY},2018,3,7,{Y},{X}\n",
    ),
    (
        "a date that its parts contradict",
        "csv",
        f"id,date,year,month,day,lat,lon\n1,{DAY},2016,3,7,{Y},{X}\n",
    ),
    (
        "a date where there are only parts of it",
        "csv",
        f"id,date,year,month,day,lat,lon\n1,,2018,3,7,{Y},{X}\n2,{DAY},2018,3,7,{Y},{X}\n",
    ),
    ("marks for nothing", "csv", f"{HEAD}\n1,unknown,{Y},{X}\n2,غير معروف,{Y},{X}\n3,{DAY},NA,-\n"),
    (
        "times in UTC, as the header says",
        "csv",
        f"date_utc,lat,lon\n2018-03-07 23:30,{Y},{X}\n{DAY},{Y},{X}\n2018-03-07T21:00:00,{Y},{X}\n",
    ),
    # -- names ------------------------------------------------------------------------------
    (
        "names of towns",
        "csv",
        "id,date,governorate,town\n"
        + "".join(
            f"{i},{DAY},{where}\n"
            for i, where in enumerate(
                (
                    "Idlib,Saraqib",
                    "Hama,Douma",
                    "Rural Damascus,Douma",
                    ",Jadideh",
                    ",Douma",
                    "Idlib,Nowhereville",
                    ",outskirts of Saraqib",
                    "Nowhere,Saraqib",
                    ",",
                )
            )
        ),
    ),
    ("P-codes", "csv", f"id,date,admin4Pcode\n1,{DAY},C3916\n2,{DAY},C2338\n3,{DAY},C99999\n"),
    ("names in Arabic", "csv", f"التاريخ,المحافظة,البلدة\n{DAY},إدلب,سراقب\n{DAY},ريف دمشق,دوما\n"),
    ("names beside some coordinates", "csv", f"{HEAD},Village\n1,{ROW},Douma\n2,{DAY},,,Saraqib\n"),
    ("two columns of names", "csv", f"{HEAD},Village,Town\n1,{DAY},,,Douma,Saraqib\n"),
    ("names by HXL tags", "csv", f"a,b,c\n#date,#adm1+name,#loc+name\n{DAY},Idlib,Saraqib\n"),
    # -- headers ----------------------------------------------------------------------------
    ("two rows of names", "csv", f"التاريخ,خط العرض,خط الطول\nDate,Latitude,Longitude\n{ROW}\n"),
    ("HXL tags", "csv", f"a,b,c\n#date,#geo+lat,#geo+lon\n{ROW}\n"),
    (
        "HXL tags below titles",
        "csv",
        f"Report,,,\nBy X,,,\nA,B,C,D\n#date,#geo+lat,#geo+lon,#affected\n{ROW},3\n",
    ),
    ("HXL tags with NULL", "csv", f"a,b,c,d\nNULL,#date,#geo+lat,#geo+lon\n1,{ROW}\n"),
    ("Excel's first line", "csv", f"sep=;\r\nid;date;lat;lon\r\n1;{DAY};{Y};{X}\r\n"),
    ("blank lines above the header", "csv", f"\n\n{HEAD}\n1,{ROW}\n"),
    ("ragged rows", "csv", f"{HEAD}\n1,{ROW},extra\n2,{DAY}\n3,{ROW}\n"),
    # -- JSON and KML -----------------------------------------------------------------------
    (
        "nested",
        "json",
        json.dumps([{"date": DAY, "location": {"lat": _HERE[1], "lng": _HERE[0], "name": "x"}}]),
    ),
    (
        "Kobo's API",
        "json",
        json.dumps({"count": 1, "results": [{"date": DAY, "_geolocation": [_HERE[1], _HERE[0]]}]}),
    ),
    (
        "Kobo's API, a geopoint in a group",
        "json",
        json.dumps(
            {
                "results": [
                    {
                        "incident_date": DAY,
                        "_geolocation": [_HERE[1], _HERE[0]],
                        "what/gps": f"{Y} {X} 410.0 9000",
                        "_submission_time": "2018-04-07",
                    }
                ]
            }
        ),
    ),
    (
        "ODK's OData",
        "json",
        json.dumps(
            {
                "@odata.context": "x",
                "value": [{"incident_date": DAY, "place": {**_POINT, "properties": _ACCURATE}}],
            }
        ),
    ),
    (
        "rows of cells",
        "json",
        json.dumps([["Date", "Lat", "Lon"], ["#date", "#geo+lat", "#geo+lon"], [DAY, Y, X]]),
    ),
    ("one object", "json", json.dumps({"id": 1, "date": DAY, "lat": _HERE[1], "lon": _HERE[0]})),
    (
        "ODK, questions in groups, as CSV",
        "csv",
        "SubmissionDate,what-incident_date,what-place-Latitude,what-place-Longitude,"
        f"what-place-Accuracy,KEY\n2018-04-07T08:00:00Z,{ROW},9000,uuid:1\n",
    ),
    ("an error without its unit", "csv", _more("err", "5000")),
    ("a distance within which", "csv", _more("within_km", "5")),
    (
        "ICEWS without its codes",
        "csv",
        "Event ID,Event Date,City,District,Province,Latitude,Longitude\n"
        f"1,{DAY},Ariha,Ariha,Idlib,{Y},{X}\n",
    ),
    ("geopoints where names are looked for", "csv", f"date,location\n{DAY},{Y} {X} 410 9000\n"),
    ("the dates of VDC in Arabic", "csv", f"تاريخ الوفاة,المكان\n{DAY},أريحا\n"),
    (
        "a day of the incident and one of the report, by tags",
        "csv",
        f"a,b,c,d\n#date+reported,#date+occurred,#geo+lat,#geo+lon\n2018-04-01,{ROW}\n",
    ),
    ("longitude first, by its header", "csv", f'date,"lon,lat"\n{DAY},"{X}, {Y}"\n'),
    (
        "longitude first, where both ways are in the country",
        "csv",
        f'date,LngLat\n{DAY},"36.6, 36.2"\n{DAY},"E 36.6094 N 35.8139"\n{DAY},POINT ({X} {Y})\n',
    ),
    (
        "longitude first, in a second position",
        "csv",
        f'{HEAD},lonlat\n1,{ROW},"{X}, {Y}"\n',
    ),
    ("a corrected latitude", "csv", f"{HEAD},lat_corrected,lon_corrected\n1,{ROW},33.3,36.8\n"),
    ("a second latitude by its number", "csv", f"{HEAD},lat2,lon2\n1,{ROW},33.3,36.8\n"),
    (
        "a new latitude beside UCDP's",
        "csv",
        "id,where_prec,latitude,longitude,date_prec,date_start,date_end,new_lat,new_lon\n"
        f"1,1,{Y},{X},1,{DAY},{DAY},33.3,36.8\n",
    ),
    ("three positions", "csv", f"{HEAD},a_lat,a_lon,b_lat,b_lon\n1,{ROW},{Y},{X},33.3,36.8\n"),
    ("positions where names are looked for", "csv", f'date,location\n{DAY},"{Y}, {X}"\n{DAY},\n'),
    ("texts of points in Arabic", "csv", f"التاريخ,الموقع\n{DAY},POINT ({X} {Y})\n"),
    ("positions beside a pair, elsewhere", "csv", f'{HEAD},place\n1,{ROW},"33.52, 36.35"\n'),
    ("a position and a name", "csv", f'date,location\n{DAY},"{Y}, {X}"\n{DAY},Ariha\n'),
    ("lists of places in a record", "json", json.dumps([_EVENTS])),
    ("a moment in KML", "kml", _kml(f"<TimeStamp><when>{DAY}</when></TimeStamp>")),
    (
        "a span in KML",
        "kml",
        _kml(f"<TimeSpan><begin>{DAY}</begin><end>2018-03-09</end></TimeSpan>"),
    ),
    (
        "folders in KML, and a place above them",
        "kml",
        '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>All</name>'
        f"<Folder><name>North</name>{_placemark('a', X, Y)}</Folder>"
        f"<Folder><name>North</name>{_placemark('b', X, Y, '410')}</Folder>"
        f"{_placemark('c', '36.3511', '33.5262')}</Document></kml>",
    ),
    (
        "semicolons",
        "csv",
        f'id;date;lat;lon;note\r\n1;{DAY};{Y};{X};"a;b"\r\n2;{DAY};{Y};{X};a,b\r\n',
    ),
    ("Excel's first line", "csv", f"sep=;\nid;date;lat;lon\n1;{DAY};{Y};{X}\n"),
    ("a byte order mark", "csv", f"\ufeff{HEAD}\n1,{ROW}\n"),
    ("bars in text", "txt", f"id|date|lat|lon\n1|{DAY}|{Y}|{X}\n"),
    ("tabs", "tsv", f"id\tdate\tlat\tlon\n1\t{DAY}\t{Y}\t{X}\n2\t{DAY}\t{Y}\t{X}\ta\tb\n"),
    ("tabs in CSV", "csv", f"id\tdate\tlat\tlon\n1\t{DAY}\t{Y}\t{X}\n"),
    ("quotes that need not be", "csv", f'"id","date","lat","lon"\n"1","{DAY}","{Y}","{X}"\n'),
    ("longer and shorter rows", "csv", f"{HEAD}\n1,{ROW},a,b\n2,{DAY}\n3,{ROW}\n"),
    ("names of ours", "csv", f"{HEAD},verdict,Zone\n1,{ROW},mine,north\n"),
    (
        "tags with fillers",
        "csv",
        f"{HEAD},note\n#event+id,#date,#geo+lat,#geo+lon,NULL\n1,{ROW},a\n",
    ),
    ("a second header", "csv", f"{HEAD}\nID,Date,Latitude,Longitude\n1,{ROW}\n"),
    (
        "an unreadable day beside axes that may be swapped",
        "csv",
        f"{HEAD}\n1,2018-02-30,36.63,35.93\n2,2018-02-30,35,40\n3,{ROW}\n",
    ),
    (
        "shapes and heights",
        "geojson",
        _shapes(
            _POINT,
            {"type": "MultiPoint", "coordinates": [[36.5, 35.5], [36.6, 35.6]]},
            {"type": "Polygon", "coordinates": [[[36, 35], [36.5, 35], [36.5, 35.5], [36, 35]]]},
            {"type": "LineString", "coordinates": [[36, 35, 1], [36.5, 35, 2]]},
            None,
        ),
    ),
)

UNLIKE = frozenset(("ODK's OData",))
"""Files whose copies the engines write otherwise: JavaScript does not tell 9000.0 from 9000."""


def answer(content: str, suffix: str) -> tuple[list[list[Any]], list[str]]:
    """Return the cells of each row's verdict, and the kinds of warnings."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"in.{suffix}"
        path.write_bytes(content.encode())
        source = open_incidents(path)
        assessor, rows = ask().assessor, []
        for batch in source.batches():
            part = read_batch(batch, source.plan)
            for fields in fields_of(assessor, part, *assess_names(assessor, part)):
                rows.append([_cell(fields[name]) for name in COLUMNS])
        log = inspect_file(path, keep_rows=True).log
    kinds = {one.kind for one in log.kept if one.severity == Severity.WARNING}
    return rows, sorted(kinds & WARNINGS)


def copy(content: str, suffix: str) -> str:
    """Return the file with its verdicts as CSV."""
    with tempfile.TemporaryDirectory() as folder:
        path, output = Path(folder) / f"in.{suffix}", Path(folder) / "out.csv"
        path.write_bytes(content.encode())
        tag_file(path, output)
        return output.read_bytes().decode()


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}" if value != int(value) else str(int(value))
    if isinstance(value, list | tuple):
        return ";".join(value)
    return "" if value is None else str(value)


def readings_text() -> str:
    """Return the files and what is read of each as JSON, one file a line."""
    lines = []
    for what, suffix, content in FILES:
        rows, warnings = answer(content, suffix)
        one = {
            "what": what,
            "suffix": suffix,
            "content": content,
            "rows": rows,
            "warnings": warnings,
            **({} if what in UNLIKE else {"copy": copy(content, suffix)}),
        }
        lines.append(json.dumps(one, ensure_ascii=False, separators=(",", ":")))
    return f'{{"columns":{json.dumps(COLUMNS)},"files":[\n' + ",\n".join(lines) + "\n]}\n"
