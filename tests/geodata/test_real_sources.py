"""Files of real shape from each source that people use: a few rows, made up, as they come."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from test_reading_dirt import Read, write

from geodata.columns.mapping import ColumnMapping
from geodata.errors import InputError

ARIHA = (35.8139, 36.6094)
Y, X = map(str, ARIHA)
DAY = "2018-03-07"
TOWN = (1000.0, "settlement")


def rows(*lines: str, sign: str = ",") -> str:
    return "".join(line.replace(",", sign) + "\n" for line in lines)


GDELT_2 = [f"c{i}" for i in range(61)]
GDELT_2[0], GDELT_2[1], GDELT_2[51], GDELT_2[56], GDELT_2[57] = "74000", "20180307", "4", Y, X
GDELT_1 = [f"c{i}" for i in range(58)]
GDELT_1[0], GDELT_1[1], GDELT_1[49], GDELT_1[54], GDELT_1[55] = "74000", "20180307", "4", Y, X

KOBO = {
    "_id": 1,
    "formhub/uuid": "a",
    "start": "2018-04-07T10:00:00.000+03:00",
    "end": "2018-04-07T10:10:00.000+03:00",
    "what/incident_date": DAY,
    "_uuid": "1",
    "_geolocation": list(ARIHA),
    "_submission_time": "2018-04-07T08:00:00",
    "_attachments": [{"filename": "a.jpg"}],
}
POINT = {"type": "Point", "coordinates": [ARIHA[1], ARIHA[0], 410]}
ODK = {"__id": "uuid:1", "incident_date": DAY, "__system": {"submissionDate": "2018-04-07T08:00Z"}}
EVENT = {
    "id": 1,
    "from_date": f"{DAY}T00:00",
    "to_date": "2018-03-09T00:00",
    "location": {"title": "Ariha", "lat": ARIHA[0], "lng": ARIHA[1]},
}
NODE = {"type": "node", "id": 1, "lat": ARIHA[0], "lon": ARIHA[1], "tags": {"event:date": DAY}}
WAY = {
    "type": "way",
    "id": 2,
    "nodes": [1, 2],
    "center": {"lat": ARIHA[0], "lon": ARIHA[1]},
    "tags": {"event:date": DAY},
}

# What it is, the file, what is stated, the source; and of each row the radius and the days.
FILES: list[tuple[str, str, Any, dict[str, Any], str | None, list[tuple[Any, str]]]] = [
    (
        "ACLED until 2022",
        "in.csv",
        rows(
            "data_id,iso,event_id_cnty,event_id_no_cnty,event_date,year,time_precision,event_type,"
            "sub_event_type,actor1,admin1,admin2,admin3,location,latitude,longitude,"
            "geo_precision,source,source_scale,notes,fatalities,timestamp,iso3",
            f"7001,760,SYR1,1,07 March 2018,2018,1,B,A,A,Idleb,Ariha,,Ariha,{Y},{X},1,S,O,x,3,"
            "1567460000,SYR",
            f"7002,760,SYR2,2,08 March 2018,2018,2,B,A,A,Idleb,Ariha,,Ariha,{Y},{X},2,S,O,x,0,"
            "1567460000,SYR",
            f"7003,760,SYR3,3,09 March 2018,2018,3,B,A,A,Idleb,Idleb,,Idleb,{Y},{X},3,S,O,x,0,"
            "1567460000,SYR",
        ),
        {},
        "acled",
        [
            (TOWN, DAY),
            ((10_000.0, "acled geo_precision 2"), "2018-03-05/2018-03-11"),
            ((None, "acled geo_precision 3"), "2018-03-01/2018-03-31"),
        ],
    ),
    (
        "ACLED since 2023, as its export tool writes it",
        "in.csv",
        rows(
            "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,"
            "actor1,civilian_targeting,iso,admin1,admin2,admin3,location,latitude,longitude,"
            "geo_precision,source,notes,fatalities,tags,timestamp",
            f"SYR1,{DAY},2018,1,P,B,A,A,,760,Idleb,Ariha,Ariha,Ariha,{Y},{X},2,S,x,3,,1567460000",
            sign=";",
        ),
        {},
        "acled",
        [((10_000.0, "acled geo_precision 2"), DAY)],
    ),
    (
        "UCDP GED",
        "in.csv",
        rows(
            "id,relid,year,type_of_violence,side_a,where_prec,where_coordinates,where_description,"
            "adm_1,adm_2,latitude,longitude,geom_wkt,event_clarity,date_prec,date_start,date_end,"
            "best,high,low",
            f"1,S-1,2018,1,G,1,Ariha town,x,Idlib governorate,Ariha,{Y},{X},POINT ({X} {Y}),1,1,"
            f"{DAY},{DAY},3,3,3",
            f"2,S-2,2018,1,G,4,Idlib,x,Idlib governorate,,{Y},{X},POINT ({X} {Y}),1,5,"
            "2018-03-01 00:00:00.000,2018-03-31 00:00:00.000,3,3,3",
        ),
        {},
        "ucdp-ged",
        [(TOWN, DAY), ((None, "ucdp-ged where_prec 4"), "2018-03-01/2018-03-31")],
    ),
    (
        "GTD",
        "in.csv",
        rows(
            "eventid,iyear,imonth,iday,approxdate,extended,resolution,country_txt,provstate,city,"
            "latitude,longitude,specificity,vicinity,location,summary,nkill",
            f"201803070001,2018,3,7,,0,,Syria,Idlib,Ariha,{Y},{X},1,0,,x,1",
            f"201803000002,2018,3,0,March 2018,0,,Syria,Idlib,Unknown,{Y},{X},4,0,,x,1",
            f"201803070003,2018,3,7,,0,,Syria,Idlib,Ariha,{Y},{X},1,1,north of it,x,1",
        ),
        {},
        "gtd",
        [
            (TOWN, DAY),
            ((None, "gtd specificity vicinity 4 0"), "2018-03-01/2018-03-31"),
            ((25_000.0, "gtd specificity vicinity 1 1"), DAY),
        ],
    ),
    (
        "GDELT with a header",
        "in.tsv",
        rows(
            "GLOBALEVENTID,SQLDATE,MonthYear,Year,Actor1Geo_Type,Actor1Geo_Lat,Actor1Geo_Long,"
            "ActionGeo_Type,ActionGeo_FullName,ActionGeo_Lat,ActionGeo_Long,DATEADDED",
            f"1,20180307,201803,2018,4,35.1,38.1,4,Ariha,{Y},{X},20180308",
            f"2,20180307,201803,2018,4,35.1,38.1,1,Syria,{Y},{X},20180308",
            sign="\t",
        ),
        {},
        "gdelt",
        [
            ((25_000.0, "gdelt ActionGeo_Type 4"), DAY),
            ((None, "gdelt ActionGeo_Type 1"), DAY),
        ],
    ),
    *(
        (
            f"GDELT {version} as it is published, without a header",
            "20180308.export.CSV",
            "\t".join(cells) + "\n" + "\t".join(["74001", *cells[1:]]) + "\n",
            {"no_header": True},
            "gdelt",
            [((25_000.0, f"gdelt {column} 4"), DAY)] * 2,
        )
        for version, cells, column in ((2, GDELT_2, "column_52"), (1, GDELT_1, "column_50"))
    ),
    (
        "ICEWS",
        "in.tab",
        rows(
            "Event ID,Event Date,Source Name,Source Country,Event Text,CAMEO Code,Intensity,"
            "Target Name,Story ID,Publisher,City,District,Province,Country,Latitude,Longitude",
            f"1,{DAY},x,Syria,Use force,190,-10.0,z,1,p,Ariha,Ariha,Idlib,Syria,{Y},{X}",
            sign="\t",
        ),
        {},
        "icews",
        [((None, "icews"), DAY)],
    ),
    (
        "PITF's list of atrocities",
        "in.tsv",
        rows(
            "Event Type,Start Day,Start Month,Start Year,End Day,End Month,End Year,Country,"
            "Location Name,Degrees,Minutes,Seconds,Direction,Degrees,Minutes,Seconds,Direction",
            "Incident,07,03,2018,09,03,2018,SYR,Ariha,35,48,50.04,N,36,36,33.84,E",
            sign="\t",
        ),
        {},
        None,
        [(TOWN, "2018-03-07/2018-03-09")],
    ),
    (
        "Airwars",
        "in.json",
        [{"unique_reference_number": "RS1", "date": DAY, "latitude": Y, "longitude": X}],
        {},
        "airwars",
        [(TOWN, DAY)],
    ),
    (
        "VDC, which names places",
        "in.csv",
        rows(
            "Name,Status,Sex,Province,Area,Date of death,Cause of Death,Actors",
            f"x,Civilian,Adult - Male,Idlib,Ariha,{DAY},Shelling,y",
        ),
        {},
        "vdc",
        [(TOWN, DAY)],
    ),
    (
        "HXL, its tags as the names of columns",
        "in.csv",
        rows("#date,#adm1+name,#geo+lat,#geo+lon,#affected", f"{DAY},Idlib,{Y},{X},3"),
        {},
        None,
        [(TOWN, DAY)],
    ),
    (
        "Airwars, a table",
        "in.csv",
        rows(
            "unique_reference_number,date,country,location_name,latitude,longitude",
            f"RS1,{DAY},Syria,Ariha,{Y},{X}",
        ),
        {},
        "airwars",
        [(TOWN, DAY)],
    ),
    (
        "SNHR, in Arabic",
        "in.csv",
        rows("المحافظة,المكان,التاريخ,العدد", f"إدلب,أريحا,{DAY},3"),
        {},
        None,
        [(TOWN, DAY)],
    ),
    (
        "Syrian Archive",
        "in.csv",
        rows(
            "reference_code,incident_code,incident_date_time,location,latitude,longitude,landmark",
            f"CW1,1,2018-03-07 14:00:00,Idlib: Ariha,{Y},{X},hospital",
        ),
        {},
        None,
        [(TOWN, DAY)],
    ),
    (
        "Uwazi",
        "in.csv",
        rows(
            "Title,Date added,Template,Geolocation,Incident date",
            f"x,2020-01-02,Incident,{Y}|{X},2018/03/07",
        ),
        {},
        None,
        [(TOWN, DAY)],
    ),
    (
        "Bayanat, a row for each event",
        "in.json",
        {"items": [{"id": 1, "publish_date": "2018-05-07", "events": [EVENT, EVENT]}], "total": 1},
        {"rows": ["events"]},
        None,
        [(TOWN, "2018-03-07/2018-03-09")] * 2,
    ),
    (
        "Kobo's API, its point alone",
        "in.json",
        {"count": 1, "next": None, "previous": None, "results": [KOBO]},
        {},
        None,
        [(TOWN, DAY)],
    ),
    (
        "Kobo's API, a geopoint with its accuracy in a group",
        "in.json",
        {"count": 1, "results": [{**KOBO, "what/gps": f"{Y} {X} 410.0 9000"}]},
        {},
        None,
        [((9_000.0, "geopoint"), DAY)],
    ),
    (
        "Kobo's CSV",
        "in.csv",
        rows(
            "start,end,what/incident_date,gps,_gps_latitude,_gps_longitude,_gps_precision,_uuid",
            f"2018-04-07,2018-04-07,{DAY},{Y} {X} 410 9000,{Y},{X},9000,1",
            sign=";",
        ),
        {},
        None,
        [((9_000.0, "given"), DAY)],
    ),
    (
        "ODK Central, OData",
        "in.json",
        {
            "@odata.context": "x",
            "value": [{**ODK, "place": {**POINT, "properties": {"accuracy": 9000.0}}}],
        },
        {},
        None,
        [((9_000.0, "geojson"), DAY)],
    ),
    (
        "ODK, GeoJSON",
        "in.geojson",
        {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "geometry": POINT, "properties": {**ODK, "accuracy": 9000.0}}
            ],
        },
        {},
        None,
        [((9_000.0, "given"), DAY)],
    ),
    (
        "ODK Central, CSV",
        "in.csv",
        rows(
            "SubmissionDate,incident_date,place-Latitude,place-Longitude,place-Accuracy,KEY",
            f"2018-04-07T08:00:00Z,{DAY},{Y},{X},9000,uuid:1",
        ),
        {},
        None,
        [((9_000.0, "given"), DAY)],
    ),
    (
        "Overpass: nodes, and ways by their centres",
        "in.json",
        {"version": 0.6, "osm3s": {"timestamp_osm_base": "x"}, "elements": [NODE, WAY]},
        {"mapping": ColumnMapping(date="tags.event:date")},
        None,
        [(TOWN, DAY)] * 2,
    ),
    (
        "HXL: titles, header, tags",
        "in.csv",
        f"Report,,,\nBy X,,,\nA,B,C,D\n#date,#geo+lat,#geo+lon,#affected\n{DAY},{Y},{X},3\n",
        {},
        None,
        [(TOWN, DAY)],
    ),
    (
        "HXL: two rows of headers",
        "in.csv",
        f"When,Where,,Who\n,Latitude,Longitude,\n#date,#geo+lat,#geo+lon,\n{DAY},{Y},{X},3\n",
        {},
        None,
        [(TOWN, DAY)],
    ),
    (
        "one list of several",
        "in.json",
        {"people": [{"a": 1}], "incidents": [{"date": DAY, "lat": ARIHA[0], "lon": ARIHA[1]}]},
        {"layer": "incidents"},
        None,
        [(TOWN, DAY)],
    ),
    (
        "one object",
        "in.json",
        {"id": 1, "date": DAY, "lat": ARIHA[0], "lon": ARIHA[1]},
        {},
        None,
        [(TOWN, DAY)],
    ),
    (
        "KML with moments and spans",
        "in.kml",
        '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        + "".join(
            f"<Placemark>{time}<Point><coordinates>{X},{Y}</coordinates></Point></Placemark>"
            for time in (
                f"<TimeStamp><when>{DAY}</when></TimeStamp>",
                "<TimeSpan><begin>2018-03-07</begin><end>2018-03-09</end></TimeSpan>",
            )
        )
        + "</Document></kml>",
        {},
        None,
        [(TOWN, DAY), (TOWN, "2018-03-07/2018-03-09")],
    ),
]


@pytest.mark.parametrize(
    ("name", "content", "stated", "source", "expected"),
    [pytest.param(*file, id=what) for what, *file in FILES],
)
def test_a_file_of_a_known_source_is_read_as_it_is_meant(
    tmp_path: Path,
    name: str,
    content: Any,
    stated: dict[str, Any],
    source: str | None,
    expected: list[tuple[Any, str]],
) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    found = Read(write(tmp_path, text, name), **stated)
    assert found.places == [pytest.approx(ARIHA, abs=0.001)] * len(expected)
    assert list(zip(found.radii, found.days, strict=True)) == expected
    assert found.source.mapping.source == source
    assert [f for f in found.log.kept if f.severity == "warning"] == []


# -- the same rows in every format ---------------------------------------------------------------

TABLES = {what: (name, content) for what, name, content, stated, *_ in FILES
          if isinstance(content, str) and not stated
          and what.startswith(("ACLED", "UCDP", "GTD", "GDELT", "ICEWS", "Syrian", "Kobo's CSV",
                               "ODK Central, CSV", "VDC", "SNHR", "Uwazi", "PITF", "HXL, its tags",
                               "Airwars, a table"))}  # fmt: skip
LAYERS = {"geojson": "GeoJSON", "gpkg": "GPKG", "shp": "ESRI Shapefile", "kml": "LIBKML"}


def in_format(frame: Any, suffix: str, folder: Path) -> Path:
    """Write a table of text by a program that is not ours; a layer has points for its columns."""
    import geopandas

    path = folder / f"in.{suffix}"
    writers = {
        "csv": lambda: frame.to_csv(path, index=False),
        "json": lambda: frame.to_json(path, orient="records"),
        "jsonl": lambda: frame.to_json(path, orient="records", lines=True),
        "xlsx": lambda: frame.to_excel(path, index=False),
        "parquet": lambda: frame.to_parquet(path),
    }
    if suffix in writers:
        writers[suffix]()
        return path
    whole = [name for name in frame.columns if frame[name].astype(str).eq(Y).all()]
    east = [name for name in frame.columns if frame[name].astype(str).eq(X).all()]
    told = {"geom_wkt", "gps", "Geolocation"} & set(frame.columns)
    beside = [] if {"_uuid", "KEY"} & set(frame.columns) else [*whole, *east]
    left = frame.drop(columns=[*told, *beside])
    if suffix == "shp":
        left = left.rename(columns={name: name[:10] for name in left.columns})
        left = left.loc[:, ~left.columns.duplicated()]
    points = geopandas.points_from_xy([ARIHA[1]] * len(left), [ARIHA[0]] * len(left))
    layer = geopandas.GeoDataFrame(left, geometry=points, crs="EPSG:4326")
    layer.to_file(path, driver=LAYERS[suffix])
    return path


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::UserWarning")
@pytest.mark.parametrize("what", TABLES)
def test_the_same_rows_are_read_alike_from_every_format(tmp_path: Path, what: str) -> None:
    import pandas as pd

    name, content = TABLES[what]
    (expected,) = [file[-1] for file in FILES if file[0] == what]
    sign = next(one for one in "\t;," if one in content.split("\n", 1)[0])
    frame = pd.read_csv(write(tmp_path, content, name), sep=sign, dtype=str, keep_default_na=False)
    layers = () if what.startswith(("VDC", "SNHR", "PITF", "HXL")) else LAYERS
    cut = {"shp"} if what.startswith(("Kobo", "ODK")) else set()  # whose latitude is cut: a warning
    for suffix in (
        "csv",
        "json",
        "jsonl",
        "xlsx",
        "parquet",
        *(one for one in layers if one not in cut),
    ):
        found = Read(in_format(frame, suffix, tmp_path))
        assert found.places == [pytest.approx(ARIHA, abs=0.001)] * len(expected), suffix
        # The words of a source name its columns, which a Shapefile cuts.
        read = [((metres, str(how).split(" ")[0]), days)
                for (metres, how), days in zip(found.radii, found.days, strict=True)]  # fmt: skip
        wanted = [((metres, str(how).split(" ")[0]), days) for (metres, how), days in expected]
        assert read == wanted, suffix
        assert [one for one in found.log.kept if one.severity == "warning"] == [], suffix


# -- what is said of them -----------------------------------------------------------------------


def test_governorates_alone_need_polygons_and_the_message_says_so(tmp_path: Path) -> None:
    path = write(tmp_path, f"date,Province\n{DAY},Idlib\n")
    with pytest.raises(InputError, match="--admin with polygons, since 'Province' names areas"):
        Read(path)


def test_lists_of_places_in_a_record_are_not_passed_over_in_silence(tmp_path: Path) -> None:
    record = {"date": DAY, "lat": 35.9, "lon": 36.6, "events": [EVENT]}
    found = Read(write(tmp_path, json.dumps([record]), "in.json"))
    (said,) = [f for f in found.log.kept if f.severity == "warning"]
    assert (said.kind, said.before) == ("unused-list", "'events'")


def test_a_row_without_its_first_position_has_the_other(tmp_path: Path) -> None:
    text = f"date,latitude,longitude,wkt\n{DAY},,,POINT ({X} {Y})\n{DAY},{Y},{X},\n"
    found = Read(write(tmp_path, text))
    assert found.places == [ARIHA, ARIHA]
    assert found.log.kinds() == {"other-position": 1}
