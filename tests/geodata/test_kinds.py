"""Kinds of files that people have: title rows, missing marks, short years, nested JSON, folders."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from test_reading_dirt import HEAD, Read, read, write

from dezone.cli import main
from geodata.atlas import read_atlas
from geodata.columns.mapping import ColumnMapping
from geodata.errors import InputError
from geodata.grammar import load
from geodata.text.coordinates import read_position
from geodata.text.dates import month_names, read_days
from zones.tables.question import EVERY_COLUMN

PLACE = (35.9306, 36.6339)
ROW = "1,2018-03-07,35.9306,36.6339\n"


# -- missing marks ------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["NA", "n/a", "#N/A", "NULL", "None", "nan", "-", "غير معروف"])
def test_a_mark_for_nothing_is_nothing_and_is_told(tmp_path: Path, mark: str) -> None:
    text = (
        f"id,date,lat,lon,accuracy\n1,2018-03-07,{mark},{mark},\n2,{mark},35.9306,36.6339,{mark}\n"
    )
    found = read(tmp_path, text)
    assert found.troubles == [("no-location",), ("no-date",)]
    assert found.places == [None, PLACE]
    assert found.log.kinds()["missing-mark"] == 3


def test_half_a_position_is_not_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, HEAD + "1,2018-03-07,35.9306,NA\n").troubles == [("unreadable-location",)]


# -- dates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("7-9 March 2018", "2018-03-07", "2018-03-09"),
        ("March 7 to 9, 2018", "2018-03-07", "2018-03-09"),
        ("Wednesday, 7 March 2018", "2018-03-07", "2018-03-07"),
        ("الأربعاء 7 آذار 2018", "2018-03-07", "2018-03-07"),
        ("среда, 7 марта 2018 г.", "2018-03-07", "2018-03-07"),
        ("7 Mart 2018 Çarşamba", "2018-03-07", "2018-03-07"),
        ("20180307233000", "2018-03-07", "2018-03-07"),
    ],
)
def test_days_in_words_are_read(text: str, first: str, last: str) -> None:
    atlas = read_atlas()
    months = month_names(atlas.words(code) for code in atlas.meta.languages)
    found = read_days(text, months=months)
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)


@pytest.mark.parametrize("text", ["//1994", "/02/2018", "03/2018/"])
def test_a_date_with_a_part_left_out_is_refused(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, HEAD + f"1,{text},35.9,36.6\n")
    assert found.troubles == [("unreadable-date",)]


def test_a_year_of_two_digits_needs_its_century(tmp_path: Path) -> None:
    text = HEAD + "1,7-Mar-18,35.9,36.6\n2,3/25/18 12:00 AM,35.9,36.6\n"
    assert read(tmp_path, text).days == ["", ""]
    assert read(tmp_path, text, century=2000).days == ["2018-03-07", "2018-03-25"]
    assert read(tmp_path, text, century="1900").days == ["1918-03-07", "1918-03-25"]


@pytest.mark.parametrize(
    ("more", "days"), [("2018", ["2018-03-07"] * 2), ("1899", ["", ""]), ("", ["", ""])]
)
def test_a_century_is_proved_by_a_column_of_years(
    tmp_path: Path, more: str, days: list[str]
) -> None:
    row = f"1,7-Mar-18,35.9,36.6,{more}\n"
    found = read(tmp_path, "id,date,lat,lon,year\n" + row + row.replace("1,", "2,", 1))
    assert found.days == days
    assert found.log.count("century") == (2 if days[0] else 0)


def test_a_century_is_proved_by_the_other_dates_of_the_column(tmp_path: Path) -> None:
    rows = "1,7-Mar-18,35.9,36.6\n2,8 March 2018,35.9,36.6\n"
    assert read(tmp_path, HEAD + rows).days == ["2018-03-07", "2018-03-08"]
    assert read(tmp_path, HEAD + rows + "3,8 March 1998,35.9,36.6\n").days[0] == ""


def test_unix_times_are_read_where_it_is_stated_that_they_are(tmp_path: Path) -> None:
    text = HEAD + "1,1520465400,35.9,36.6\n2,1520465400000,35.9,36.6\n3,2018-03-07,35.9,36.6\n"
    assert read(tmp_path, text).days == ["", "", "2018-03-07"]
    assert read(tmp_path, text, epoch="unix").days == ["2018-03-08", "2018-03-08", "2018-03-07"]


# -- headers ------------------------------------------------------------------------------------

TITLES = "Incident list;;;\nPrepared by: field team;;;\n;;;\nID;Date;Latitude;Longitude\n"


def test_rows_above_the_header_are_found_and_the_cure_cures(tmp_path: Path) -> None:
    text = TITLES + "1;2018-03-07;35.9306;36.6339\n"
    with pytest.raises(
        InputError, match=r"first row, found .* header seems to be row 4 .*: state --header-row 4 "
    ):
        read(tmp_path, text)
    found = read(tmp_path, text, header_row=4)
    assert (found.places, found.days) == ([PLACE], ["2018-03-07"])
    assert found.log.kinds()["above-header"] == 1


def test_the_same_in_a_workbook(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for line in TITLES.splitlines():
        book.active.append(line.split(";"))
    book.active.append([1, "2018-03-07", 35.9306, 36.6339])
    book.save(tmp_path / "in.xlsx")
    with pytest.raises(InputError, match="which row is the header"):
        Read(tmp_path / "in.xlsx")
    found = Read(tmp_path / "in.xlsx", header_row=3)  # the row of blanks is no row in a sheet
    assert found.places == [PLACE]


def test_a_file_without_a_header_loses_no_incident(tmp_path: Path) -> None:
    text = "1\t20180307\t35.744\t36.618\n2\t20180308\t35.744\t36.618\n"
    with pytest.raises(InputError, match=r"a row with numbers like coordinates .*--no-header"):
        read(tmp_path, text, "in.tsv")
    mapping = ColumnMapping(latitude="column_3", longitude="column_4", date="column_2")
    found = read(tmp_path, text, "in.tsv", no_header=True, mapping=mapping)
    assert found.days == ["2018-03-07", "2018-03-08"]


def test_the_line_in_which_excel_states_the_separator_is_no_header(tmp_path: Path) -> None:
    found = read(tmp_path, "sep=;\r\nid;date;lat;lon\r\n1;2018-03-07;35.9306;36.6339\r\n")
    assert (found.places, found.days) == ([PLACE], ["2018-03-07"])


def test_a_row_of_tags_may_have_marks_for_nothing(tmp_path: Path) -> None:
    found = read(tmp_path, "id,date,a,b\nNULL,#date,#geo+lat,#geo+lon\n" + ROW)
    assert (found.places, found.source.rows) == ([PLACE], None)
    assert found.days == ["2018-03-07"]


# -- positions ----------------------------------------------------------------------------------


def test_degrees_minutes_and_seconds_in_columns(tmp_path: Path) -> None:
    half = "Degrees\tMinutes\tSeconds\tDirection"
    text = f"id\tdate\t{half}\t{half}\n1\t2018-03-07\t35\t51\t50\tN\t36\t48\t2\tE\n"
    assert read(tmp_path, text, "in.tsv").places == [(35.863889, 36.800556)]
    names = [f"{axis} {part}" for axis in ("Lat", "Long") for part in ("Deg", "Min", "Sec")]
    text = f"id,date,{','.join(names)}\n1,2018-03-07,35,51,50,36,48,2\n2,2018-03-07,,,,,,\n"
    assert read(tmp_path, text).places == [(35.863889, 36.800556), None]


def test_ten_millionths_of_a_degree(tmp_path: Path) -> None:
    found = read(tmp_path, "date,latitudeE7,longitudeE7\n2018-03-07,359306000,366339000\n")
    assert found.places == [PLACE]


def test_a_colon_separates_where_it_can_do_nothing_else() -> None:
    found = read_position("35.9306:36.6339")
    assert (found.latitude, found.longitude) == PLACE


# -- JSON ---------------------------------------------------------------------------------------


def test_values_inside_objects_are_reached_by_their_path(tmp_path: Path) -> None:
    rows = [{"id": "a", "date": "2018-03-07", "location": {"lat": 35.9306, "lng": 36.6339}}]
    path = write(tmp_path, json.dumps(rows), "in.json")
    found = Read(path)
    assert found.places == [PLACE]
    assert found.source.mapping.latitude == "location.lat"
    assert found.source.schema.names == ["id", "date", "location"]
    deep = [{"when": {"start": "2018-03-07"}, "at": {"geo": {"y": 35.9306, "x": 36.6339}}}]
    mapping = ColumnMapping(latitude="at.geo.y", longitude="at.geo.x", date="when.start")
    found = Read(write(tmp_path, json.dumps(deep), "deep.json"), mapping=mapping)
    assert (found.places, found.days) == ([PLACE], ["2018-03-07"])


def test_the_list_of_a_kobo_form_is_latitude_then_longitude(tmp_path: Path) -> None:
    rows = {"count": 1, "results": [{"_id": 1, "date": "2018-03-07", "_geolocation": list(PLACE)}]}
    assert Read(write(tmp_path, json.dumps(rows), "in.json")).places == [PLACE]


def test_rows_of_cells_below_a_row_of_names(tmp_path: Path) -> None:
    rows = [["Date", "Lat", "Lon"], ["#date", "#geo+lat", "#geo+lon"]]
    rows.append(["2018-03-07", "35.9306", "36.6339"])
    found = Read(write(tmp_path, json.dumps(rows), "in.json"))
    assert (found.places, found.days) == ([PLACE], ["2018-03-07"])


# -- archives and layers ------------------------------------------------------------------------

KML = """<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Folder><name>North</name>{}</Folder><Folder><name>South</name>{}</Folder></Document></kml>"""
MARK = (
    '<Placemark><name>{}</name><ExtendedData><Data name="Date"><value>2018-03-07</value></Data>'
    "</ExtendedData><Point><coordinates>36.6339,35.9306,0</coordinates></Point></Placemark>"
)


def test_all_folders_of_a_kml_are_read_in_one_run(tmp_path: Path) -> None:
    content = KML.format(MARK.format("a") + MARK.format("b"), MARK.format("c"))
    found = Read(write(tmp_path, content, "in.kml"))
    assert found.places == [PLACE] * 3
    folders = [name for batch in found.batches for name in batch.column("folder").to_pylist()]
    assert folders == ["North", "North", "South"]
    assert len(Read(tmp_path / "in.kml", layer="South")) == 1


GPX = """<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">
<wpt lat="35.9306" lon="36.6339"><time>2018-03-07T10:00:00Z</time><name>a</name>
<extensions><x:note xmlns:x="x">b</x:note></extensions></wpt>
<trk><trkseg><trkpt lat="1" lon="2"/></trkseg></trk></gpx>"""


def test_waypoints_of_a_gps_are_read_and_tracks_are_told(tmp_path: Path) -> None:
    path = write(tmp_path, GPX, "in.gpx")
    with pytest.raises(InputError, match='The date may be: date = "time"'):
        Read(path)  # when a point was stored need not be when something happened
    found = Read(path, mapping=ColumnMapping(date="time"))
    assert (found.places, found.days) == ([PLACE], ["2018-03-07"])
    assert found.source.schema.names == ["time", "name", "note", "geometry"]
    assert found.log.kinds() == {"tracks": 1}


def test_tracks_alone_are_called_what_they_are(tmp_path: Path) -> None:
    text = '<gpx><trk><trkseg><trkpt lat="35.8" lon="36.6"/></trkseg></trk></gpx>'
    with pytest.raises(InputError, match="found routes and tracks alone"):
        Read(write(tmp_path, text, "in.gpx"))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (GPX[:200], "breaks off"),
        (GPX.replace('lat="35.9306" ', ""), "lat and lon of each waypoint"),
        (GPX.replace("35.9306", "3_5.9306"), "lat and lon of each waypoint"),
        (GPX.replace("<gpx", '<!DOCTYPE gpx SYSTEM "x"><gpx', 1), "document type"),
        (GPX.replace("<name>", "<a>" * 60 + "</a>" * 60 + "<name>"), "elements deep"),
    ],
)
def test_damaged_or_hostile_gpx_is_refused(tmp_path: Path, content: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read(tmp_path, content, "in.gpx")


def test_a_zip_with_one_table_is_that_table(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr("export/in.csv", HEAD + ROW)
        archive.writestr("__MACOSX/._in.csv", "x")
    assert Read(tmp_path / "in.zip").places == [PLACE]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"RDX3\nX\n", "R"),
        (b"%PDF-1.7", "PDF"),
        (b"$FL2@(#) SPSS", "SPSS"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "compound"),
        (b"<?xml version='1.0'?><office:document>", "fods"),
        (b"\x00\x01\x00\x00Standard Jet DB\x00", "Access"),
        (b"\x80\x04\x95", "pickle"),
        (b"HEADER RECORD*******LIBRARY", "SAS"),
    ],
)
def test_what_is_not_read_is_called_by_its_name(tmp_path: Path, content: bytes, name: str) -> None:
    with pytest.raises(InputError, match=rf"found .*\b{name}\b"):
        read(tmp_path, content, "in.dat")


@pytest.mark.parametrize(
    ("member", "name"),
    [
        ("content.xml", r"LibreOffice; save its table as \.ods"),
        ("xl/workbook.bin", r"\.xlsb.*save it as \.xlsx"),
        ("word/document.xml", "Word"),
    ],
)
def test_documents_that_are_archives_are_called_by_their_names(
    tmp_path: Path, member: str, name: str
) -> None:
    with zipfile.ZipFile(tmp_path / "in.dat", "w") as archive:
        archive.writestr("mimetype", "x")
        archive.writestr(member, "<x/>")
    with pytest.raises(InputError, match=name):
        Read(tmp_path / "in.dat")


# -- out ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_geometries_and_mixed_values_become_cells_that_are_read_again(
    tmp_path: Path, suffix: str
) -> None:
    features = [
        {
            "type": "Feature",
            "id": f"S-{n}",
            "properties": {"date": "2018-03-07", "count": count},
            "geometry": {"type": "Point", "coordinates": [36.6339, 35.9306]},
        }
        for n, count in enumerate(["unknown", 35.94, None])
    ]
    content = json.dumps({"type": "FeatureCollection", "features": features})
    path = write(tmp_path, content, "in.geojson")
    output = tmp_path / f"out.{suffix}"
    assert CliRunner().invoke(main, ["tag", str(path), "-o", str(output)]).exit_code == 0
    again = Read(output)
    assert again.places == [PLACE] * 3
    rows = [row for batch in again.batches for row in batch.to_pylist()]
    assert [row["id"] for row in rows] == ["S-0", "S-1", "S-2"]
    assert [row["count"] or "" for row in rows] == ["unknown", "35.94", ""]


def test_arabic_text_goes_to_csv_with_a_byte_order_mark_and_csv_stays_as_it_was(
    tmp_path: Path,
) -> None:
    rows = [{"date": "2018-03-07", "lat": 35.9306, "lon": 36.6339, "place": "سراقب"}]
    given = {
        "in.json": json.dumps(rows),
        "in.csv": "date,lat,lon,place\n2018-03-07,35.9306,36.6339,سراقب\n",
        "latin.json": json.dumps([{**rows[0], "place": "Saraqib"}]),
    }
    output = tmp_path / "out.csv"
    for name, options, marked in (
        ("in.json", [], True),
        ("in.csv", [], False),
        ("in.csv", ["--bom"], True),
        ("latin.json", [], False),
    ):
        path = write(tmp_path, given[name], name)
        found = CliRunner().invoke(main, ["tag", str(path), "-o", str(output), *options])
        assert found.exit_code == 0, found.output
        assert output.read_bytes().startswith(b"\xef\xbb\xbf") == marked, name
        assert ("repair byte-order-mark: 1" in found.output) == marked
        assert Read(output).places == [PLACE]


def test_a_message_about_the_order_of_days_names_its_flag(tmp_path: Path) -> None:
    (said,) = [f.after for f in read(tmp_path, HEAD + "1,03/07/2018,35.9,36.6\n").log.kept]
    assert "--order dmy or --order mdy" in said


def test_the_names_of_our_own_columns_are_those_of_a_record() -> None:
    assert load("headers")["own"] == list(EVERY_COLUMN)


def test_a_tagged_file_is_read_by_its_own_position_and_not_by_a_name_beside_it(
    tmp_path: Path,
) -> None:
    path = write(tmp_path, f"id,date,latitude,longitude,place\n{ROW.strip()},Ariha\n")
    out = tmp_path / "out.csv"
    run = CliRunner().invoke(main, ["tag", str(path), "-o", str(out)])
    assert run.exit_code == 0
    again = Read(out)
    assert again.places == [PLACE]
    assert [f for f in again.log.kept if f.severity == "warning"] == []


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_names_of_columns_in_two_rows_are_no_incident(tmp_path: Path, suffix: str) -> None:
    text = "date,latitude,longitude\nالتاريخ,خط العرض,خط الطول\n2018-03-07,35.9306,36.6339\n"
    out = tmp_path / f"out.{suffix}"
    run = CliRunner().invoke(main, ["tag", str(write(tmp_path, text)), "-o", str(out)])
    assert run.exit_code == 0
    again = Read(out)  # the row stays where it is
    assert again.places == [PLACE]
    assert again.log.kinds()["second-header"] == 1


def test_a_flatgeobuf_with_empty_texts_is_read_by_a_process_of_its_own(tmp_path: Path) -> None:
    source = write(tmp_path, "date,lat,lon,note\n2018-03-07,35.93,36.63,x\n2018-03-07,35.9,36.6,\n")
    out = tmp_path / "out.fgb"
    assert CliRunner().invoke(main, ["tag", str(source), "-o", str(out)]).exit_code == 0
    words = [sys.executable, "-m", "dezone", "tag", str(out), "-o", "-"]
    done = subprocess.run(words, capture_output=True, check=True)
    assert b"2 rows in -: inside 2" in done.stderr
