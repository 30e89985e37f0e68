"""The first message that a person meets names the flag or the line that cures it, and it does."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dezone.cli import main

X, Y, DAY = "36.6094", "35.8139", "2018-03-07"
ROW = f"{DAY},{Y},{X}\n"
EVENT = {"date": DAY, "lat": float(Y), "lon": float(X)}
TWO_LISTS = json.dumps({"a": [EVENT], "b": [EVENT]})

# The file, what the message says, the flags and the lines of a mapping that it leads to.
REFUSED: list[tuple[str, str | bytes, str, list[str], str]] = [
    ("a title", f"Strikes\ndate,lat,lon\n{ROW}", "--header-row 2", ["--header-row", "2"], ""),
    ("a title with commas", f"Strikes, 2018, all\ndate,lat,lon\n{ROW}", "--header-row 2",
     ["--header-row", "2"], ""),
    ("a title and blank rows", f"Strikes, 2018\n\n\ndate;lat;lon\n{ROW.replace(',', ';')}",
     "--header-row 2", ["--header-row", "2"], ""),
    ("a title and tabs", f"Strikes\ndate\tlat\tlon\n{ROW.replace(',', chr(9))}", "--header-row 2",
     ["--header-row", "2"], ""),
    ("titles above names of places", f"Strikes\nof 2018\ndate,town,note\n{DAY},Ariha,x\n",
     "--header-row 3", ["--header-row", "3"], ""),
    ("titles above columns that are not known", f"Strikes\nrow,Seen,N,E\n1,{ROW}",
     "--header-row 2", ["--header-row", "2"],
     'date = "Seen"\nlatitude = "N"\nlongitude = "E"'),
    ("no header", ROW + ROW, "--no-header", ["--no-header"],
     'date = "column_1"\nlatitude = "column_2"\nlongitude = "column_3"'),
    ("no header, few decimals", f"{DAY},35.81,36.61\n" * 3, "--no-header", ["--no-header"],
     'date = "column_1"\nlatitude = "column_2"\nlongitude = "column_3"'),
    ("no header, a town and a day", "Ariha,7/3/2018\nArmanaz,25/3/2018\n", "--no-header",
     ["--no-header"], 'place = "column_1"\ndate = "column_2"'),
    ("towns by another name", f"Where,date\nAriha,{DAY}\nأريحا,{DAY}\n", 'place = "Where"', [],
     'place = "Where"'),
    ("codes of sub-districts alone", f"adm3,date\nSY070300,{DAY}\nsy070301,{DAY}\n",
     'place = "adm3"', [], 'place = "adm3"'),
    ("an encoding", f"date,lat,lon,المكان\n{DAY},{Y},{X},إدلب\n".encode("cp1256"),
     "--encoding): cp1256", ["--encoding", "cp1256"], ""),
    ("a date by another name", f"Seen,lat,lon\n{ROW}", 'date = "Seen"', [], 'date = "Seen"'),
    ("numbers by other names", f"date,N,E\n{ROW}", 'latitude = "N", longitude = "E"', [],
     'latitude = "N"\nlongitude = "E"'),
    ("half of an interval", f"date_start,lat,lon\n{ROW}", 'date = "date_start"', [],
     'date = "date_start"'),
    ("a Unix time", f"stamp,lat,lon\n1520424000,{Y},{X}\n", 'date = "stamp", epoch = "unix"',
     [], 'date = "stamp"\nepoch = "unix"'),
    ("two dates", f"date,event_date,lat,lon\n2018-04-01,{ROW}", "'date', 'event_date'", [],
     'date = "event_date"'),
    ("a date twice", f"date,date,lat,lon\n2018-04-01,{ROW}", "'date_2' the second", [],
     'date = "date_2"'),
    ("two positions", f"date,lat,lon,latitude,longitude\n{DAY},{Y},{X},{Y},{X}\n",
     "'lat / lon'", [], 'latitude = "lat"\nlongitude = "lon"'),
    ("a position by another name", f"date,Grid\n{DAY},37S BV 8361 6634\n", 'position = "Grid"', [],
     'position = "Grid"'),
    ("metres", f"date,easting,northing\n{DAY},283985,3966070\n",
     'latitude = "northing", longitude = "easting", crs', [],
     'latitude = "northing"\nlongitude = "easting"\ncrs = "EPSG:32637"'),
    ("places before events", json.dumps([{"locations": [{"lat": 1, "lng": 1}], "events": [EVENT]}]),
     "--rows events", ["--rows", "events"], 'date = "events.date"'),
    ("the day of a report by its tag", f"#date+reported,#geo+lat,#geo+lon\n{ROW}",
     'date = "#date+reported"', [], 'date = "#date+reported"'),
    ("a year and a month", f"year,month,nth,lat,lon\n2018,3,7,{Y},{X}\n", "or year and month", [],
     'year = "year"\nmonth = "month"\nday = "nth"'),
    ("a first day alone", f"date_start,date_end,lat,lon\n{DAY},,{Y},{X}\n",
     "state its column alone as the date", [], 'date = "date_start"'),
    ("a survey's point in a list", json.dumps([{"a": [{"a/when": DAY, "a/at": f"{Y} {X} 4 5"}]}]),
     "--rows a", ["--rows", "a"], 'position = "a.a/at"\ndate = "a.a/when"'),
    ("lists in lists", json.dumps([{"events": [EVENT]}]), "--rows events", ["--rows", "events"],
     'date = "events.date"'),
    ("two lists", TWO_LISTS, "--layer", ["--layer", "a"], ""),
    ("the time of a waypoint",
     f'<gpx><wpt lat="{Y}" lon="{X}"><time>{DAY}T09:00:00Z</time></wpt></gpx>', 'date = "time"',
     [], 'date = "time"'),
]  # fmt: skip

# A cell, in which column it is, what the refusal says, and the flags that it leads to.
CELLS: list[tuple[str, str, str, list[str]]] = [
    ("date", "07/03/2018", "--order dmy", ["--order", "dmy"]),
    ("date", "7-Mar-18", "--century 2000", ["--century", "2000"]),
    ("date", "3/25/18 12:00 AM", "--century 2000", ["--century", "2000"]),
    ("date", "1520424000", "--epoch unix", ["--epoch", "unix"]),
    ("date", "43166", "--epoch 1900", ["--epoch", "1900"]),
    ("position", "35,55 36,51", "--decimal ,", ["--decimal", ","]),
    ("position", "3966070 283985", "--crs EPSG:32637", ["--crs", "EPSG:32637"]),
]


def tag(path: Path, *flags: str, mapping: str = "") -> Result:
    if mapping:
        line = path.with_suffix(".toml")
        line.write_text(mapping + "\n", encoding="utf-8")
        flags = (*flags, "--mapping", str(line))
    return CliRunner().invoke(main, ["tag", str(path), "-o", "-", *flags])


def first_row(text: str) -> dict[str, str]:
    sign = next(sign for sign in ";\t," if sign in text.split("\n", 1)[0])
    return next(csv.DictReader(io.StringIO(text), delimiter=sign))


@pytest.mark.parametrize(
    ("content", "says", "flags", "mapping"),
    [pytest.param(*case, id=what) for what, *case in REFUSED],
)
def test_what_a_refused_file_is_said_to_need_is_enough(
    tmp_path: Path, content: str | bytes, says: str, flags: list[str], mapping: str
) -> None:
    path = tmp_path / ("in.json" if str(content)[0] in "[{" else "in.csv")
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    refused = tag(path)
    assert refused.exit_code in (1, 3)
    assert says in refused.output
    cured = tag(path, *flags, mapping=mapping)
    row = first_row(cured.stdout)
    assert (row["verdict"], row["first_day"], row["zone"]) == ("inside", DAY, "idlib")


def test_the_mapping_that_is_offered_holds_what_was_recognised(tmp_path: Path) -> None:
    path, out = tmp_path / "in.csv", tmp_path / "map.toml"
    path.write_text(f"stamp,lat,lon\n1520424000,{Y},{X}\n", encoding="utf-8")
    assert CliRunner().invoke(main, ["inspect", str(path), "-o", str(out)]).exit_code == 1
    text = out.read_text(encoding="utf-8")
    assert 'latitude = "lat"' in text.splitlines()[3]
    for line in ('date = "stamp"', 'epoch = "unix"'):  # a mark is taken from each
        assert f"# {line}\n" in text
        text = text.replace(f"# {line}\n", f"{line}\n")
    row = first_row(tag(path, mapping=text).stdout)
    assert (row["verdict"], row["first_day"]) == ("inside", DAY)


def test_a_column_of_districts_is_not_offered_as_one_of_the_towns_called_like_them(
    tmp_path: Path,
) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"date,district,governorate\n{DAY},Ariha,Idlib\n", encoding="utf-8")
    refused = tag(path)
    assert refused.exit_code == 1
    assert "--admin with polygons, since 'governorate' names areas" in refused.output
    assert "place =" not in refused.output


def test_a_pair_the_other_way_round_is_read_when_its_column_is_called_so(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    text = f'date,coordinates\n{DAY},"36.6094, 35.8139"\n{DAY},"38.5, 36.1"\n'
    path.write_text(text, encoding="utf-8")
    assert "call the column 'lon lat'" in tag(path).output
    path.write_text(text.replace("coordinates", "lon lat"), encoding="utf-8")
    assert first_row(tag(path).stdout)["verdict"] == "inside"


def test_no_mapping_is_offered_where_none_can_help(tmp_path: Path) -> None:
    path, out = tmp_path / "in.csv", tmp_path / "map.toml"
    path.write_text(f"Strikes\ndate,lat,lon\n{ROW}", encoding="utf-8")
    found = CliRunner().invoke(main, ["inspect", str(path), "-o", str(out)])
    assert "--header-row 2" in found.output
    assert not out.exists()


@pytest.mark.parametrize(("column", "cell", "says", "flags"), CELLS)
def test_what_a_refused_cell_is_said_to_need_is_enough(
    tmp_path: Path, column: str, cell: str, says: str, flags: list[str]
) -> None:
    place = f'"{cell}"' if column == "position" else f'"{Y}, {X}"'
    path = tmp_path / "in.csv"
    day = cell if column == "date" else DAY
    path.write_text(f"date,position\n{day},{place}\n", encoding="utf-8")
    refused = tag(path)
    assert refused.exit_code == 3
    assert says in refused.output
    if "--crs" in flags:  # of two columns
        north, east = cell.split()
        path.write_text(f"date,y,x\n{day},{north},{east}\n", encoding="utf-8")
    row = first_row(tag(path, *flags).stdout)
    assert row["verdict"] == "inside"
    assert re.fullmatch(r"2018-03-\d\d", row["first_day"])
