"""The command: what it prints, how it exits, and that nothing foreign steers the terminal."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from atlases import agreement, extent, square, write_atlas
from click.testing import CliRunner, Result

import zones
from dezone.cli import main
from dezone.show import plain_text

ROOT = Path(__file__).resolve().parents[2]
CHECK = ["check", "35.9306", "36.6339", "--date", "2018-03"]


def run(*words: str) -> Result:
    found = CliRunner().invoke(main, list(words))
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found


def run_process(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dezone", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


# -- check ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        CHECK,
        ["check", "35.9306 N, 36.6339 E", "--date", "2018-03"],
        ["check", "34.56", "38.27", "--date", "2018-03"],
        ["check", "35.9306", "36.6339", "--radius", "8km"],
        ["check", "35.9306", "36.6339", "--date", "2016"],
        ["check", "--date", "2018"],
        ["check"],
        ["check", "--", "-35.9", "-36.6"],
        ["check", "-35.9", "-36.6"],
    ],
)
def test_an_answer_exits_with_0_whatever_it_is(words):
    found = run(*words)
    assert (found.exit_code, bool(found.stdout)) == (0, True)


@pytest.mark.parametrize(
    "words",
    [
        ["حمورية, 12 March 2018"],
        ["حمورية", "١٢", "آذار", "٢٠١٨"],
        ["Hamouria", "2018-03-12"],
        ["--place", "Hamouria", "2018-03-12"],
        ["--place", "Hamouria, 12 March 2018"],
        ["12 March 2018: Hamouria"],
    ],
)
def test_the_date_may_stand_beside_the_place(words):
    found = json.loads(run("check", *words, "--json").stdout)
    asked = json.loads(run("check", "--place", "Hamouria", "--date", "2018-03-12", "--json").stdout)
    assert set(found["input"]) == {"place", "date"}
    assert {**found, "input": None} == {**asked, "input": None, "repairs": found["repairs"]}


@pytest.mark.parametrize(
    ("words", "found", "do"),
    [
        (["95", "36"], "'95'", "write"),
        (["abcxyz", "defuvw"], "'abcxyz defuvw'", "correct"),
        (["nan", "36"], "'nan 36'", "write"),
        (["inf", "36"], "'inf 36'", "write"),
        (["1", "2", "3"], "'1 2 3'", "write"),
        (["Douma", "03/04/2018"], "'03/04/2018'", "two ways"),
        (["35.93"], "35.93", "write"),
        (["35.9306", "36.6339", "--date", "2018-02-30"], "'2018-02-30'", "write"),
        (["35.9306", "36.6339", "--date", "2999-01-01"], "'2999-01-01'", "correct"),
        (["35.9306", "36.6339", "--radius", "200km"], "'200km'", "give"),
        (["35.9306", "36.6339", "--atlas", "/nowhere"], "'/nowhere'", "name"),
    ],
)
def test_what_cannot_be_read_exits_with_1_and_one_line(words, found, do):
    result = run("check", *words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("Error: expected ")
    assert "found" in result.stderr
    assert found in result.stderr
    assert do in result.stderr


@pytest.mark.parametrize(
    ("words", "known"),
    [
        (["check", "--boundary", "river"], "line, ministry, agreed"),
        (["check", "--basis", "hope"], "memorandum, arrangement"),
        (["check", "--lang", "fr"], "en, ar, ru, tr"),
        (["zones", "--lang", ""], "en, ar, ru, tr"),
        (["export", "-o", "out.csv", "--estimate", "worst"], "low, best, high"),
    ],
)
def test_a_value_that_an_option_cannot_have_exits_with_2_and_one_line(words, known):
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert f"of {known}, found {words[-1]!r}; choose one of these." in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["check", "35.9306", "36.6339", "--nope"],
        ["check", "--nope", "35.9306", "36.6339"],
        ["check", "--date"],
        ["nope"],
        ["export"],
    ],
)
def test_wrong_usage_exits_with_2(words):
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: " in result.stderr


def test_swapped_axes_are_said_beside_the_answer():
    result = run("check", "38.27", "34.56", "--date", "2018-03")
    assert result.exit_code == 0
    assert result.stdout.startswith("Outside")
    assert "(latitude 34.56, longitude 38.27) it would lie within it" in result.stderr


@pytest.mark.parametrize("language", ["en", "ar", "ru", "tr"])
@pytest.mark.parametrize(
    "words",
    [
        CHECK,
        ["check", "35.9306", "36.6339", "--date", "2017-04/2019-06", "--radius", "25km"],
        ["check", "33.55667", "36.32056", "--date", "2017-05-08/2017-05-29"],
        ["check"],
    ],
)
def test_an_answer_has_at_most_twelve_lines(words, language):
    found = run(*words, "--lang", language)
    assert found.exit_code == 0
    assert found.stdout.count("\n") <= 12


def test_what_does_not_fit_twelve_lines_is_left_out_sentence_by_sentence():
    long = ["check", "35.4", "36.62", "--date", "2019-08-20/2019-09-10", "--radius", "9m"]
    lines = run(*long).stdout.splitlines()
    record = zones.check(latitude=35.4, longitude=36.62, radius=9, date=long[4])
    said = " ".join(lines[1:-7])
    assert len(lines) <= 12
    assert said.endswith("under way. …")
    assert record.sentence.startswith(said.removesuffix(" …"))


def test_foreign_text_in_json_cannot_steer_the_terminal(tmp_path):
    name = "\u202eIdlib\u200b \x9b31m\u2066"
    (tmp_path / "places.csv").write_text(f"name,latitude,longitude\n{name},35.93,36.63\n", "utf-8")
    found = run("check", "--place", name, "--places", tmp_path / "places.csv", "--json").stdout
    assert not set(found) & set("\u202e\x9b\u2066\u200b")
    assert json.loads(found)["input"]["place"] == name


@pytest.mark.parametrize("name", ["card.json", "card.html", "card.svg", "card.pdf"])
def test_a_card_in_a_folder_that_is_not_there_is_refused_in_one_line(tmp_path, name):
    found = run(*CHECK, "--card", tmp_path / "nowhere" / name)
    assert found.exit_code == 1
    assert found.stdout == ""
    assert len(found.stderr.splitlines()) == 1
    assert "make the folder" in found.stderr


def test_json_is_the_record():
    found = run(*CHECK, "--json")
    record = zones.check(latitude="35.9306", longitude="36.6339", date="2018-03")
    assert found.stdout == record.to_json()


def test_the_answer_in_words_is_the_record_too():
    found = run(*CHECK).stdout
    record = zones.check(latitude="35.9306", longitude="36.6339", date="2018-03")
    assert found.startswith("Inside  Idlib")
    assert record.sentence in " ".join(found.split("\n")[1:4]) or record.sentence[:60] in found
    assert "Astana-6" in found


# -- the terminal ---------------------------------------------------------------------------


@pytest.mark.parametrize("words", [CHECK, ["zones"], ["timeline"], ["check", "x"]])
def test_no_escape_codes_in_a_pipe(words):
    found = run_process(*words)
    assert "\x1b" not in found.stdout + found.stderr
    assert found.stdout or found.stderr


STEERING = "\x1b[31m\x1b]0;title\x07\r\x08\u202e\u2066\u200f\x9b2J\u2028"


@pytest.mark.parametrize("option", ["--date", "--radius", "--boundary", "--basis", "--lang"])
def test_foreign_text_in_an_error_cannot_steer_the_terminal(option):
    result = run("check", "35.9306", "36.6339", option, f"x{STEERING}y")
    assert result.exit_code == (1 if option in ("--date", "--radius") else 2)
    assert result.stderr.count("\n") == 1
    assert not set(STEERING) - set("[31m]0;title2J") & set(result.stderr)


def test_the_name_of_a_file_cannot_steer_the_terminal(tmp_path):
    path = tmp_path / "a\x1b[2J\nb.csv"
    path.write_text("id,date\n", "utf-8")
    result = run("tag", str(path))
    assert result.exit_code == 1
    assert "\x1b" not in result.stderr
    assert result.stderr.count("\n") == 1


def test_names_of_an_atlas_cannot_steer_the_terminal(tmp_path):
    steering = "".join(sign for sign in STEERING if sign >= " ")  # others no atlas may have
    assert set(steering) & set("\x9b\u202e")
    folder = write_atlas(
        tmp_path,
        phases={"alpha": [("declared", "2017-05-06"), ("ended", "2018-06-01")]},
        extents=[extent("alpha", "2017-05-06", "2018-06-01", square(36.0, 35.0))],
        agreements=[agreement("pact", ["alpha"], "2017-05-06")],
        zone_names={"alpha": f"A{steering}"},
        actor_names={"Arbiter": f"G{steering}"},
    )
    for words in (
        ["check", "35.0", "36.0", "--date", "2017-06-01"],
        ["zones", "--date", "2017-06-01"],
        ["timeline"],
    ):
        result = run(*words, "--atlas", str(folder))
        assert result.exit_code == 0
        assert not (set(STEERING) - set("[31m]0;title2J")) & set(result.stdout), words


def test_cells_of_a_file_cannot_steer_the_terminal(tmp_path):
    path = tmp_path / "incidents.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "date", "place", "latitude", "longitude"])
        writer.writerow(["\x1b[2Ja", "2018-03", "\x1b]0;x\x07b\u202e", "35.9306", "36.6339"])
        writer.writerow(["\x1b[2Jb", "\x1b[2Jsoon", "b", "35.9306", "36.6339"])
    result = run("tag", str(path))
    assert result.exit_code == 3
    assert not set("\x1b\x07\u202e") & set(result.stdout + result.stderr)


def test_plain_text_stays_as_it_is():
    for text in ("خان شيخون", "Хан-Шейхун", "Ḩārim", "a b", "9\u202f612\u00a0km²"):
        assert plain_text(text) == text


# -- zones, timeline, export, tag -----------------------------------------------------------


def test_zones_lists_all_four_by_number():
    found = run("zones", "--date", "2017-10-01").stdout
    lines = found.splitlines()
    assert lines[0] == "1 October 2017"
    assert [line.split("  ")[0] for line in lines[2:]] == [
        "Idlib",
        "Northern Homs",
        "Eastern Ghouta",
        "South-west",
    ]
    assert "Russia, Turkey, Iran" in lines[2]


def test_zones_as_json_has_names_agreements_and_ground():
    rows = json.loads(run("zones", "--date", "2018-10-01", "--json").stdout)
    assert [row["zone"] for row in rows] == ["idlib", "north-homs", "eastern-ghouta", "south-west"]
    assert [row["in_force"] for row in rows] == [True, False, False, False]
    assert rows[0]["round"] == "Sochi-2018"
    assert rows[0]["geometry"]["type"] in {"Polygon", "MultiPolygon"}


@pytest.mark.parametrize("date", ["2017-02-30", "yesterday", "2017-10"])
def test_zones_of_no_day(date):
    result = run("zones", "--date", date)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: expected a day like 2017-10-01")


def test_timeline_is_in_order_and_holds_rounds_agreements_and_phases():
    found = json.loads(run("timeline", "--json").stdout)
    days = [event["day"] for event in found]
    assert days == sorted(days)
    assert {event["kind"] for event in found} == {"round", "agreement", "phase"}
    assert sum(event["name"].startswith("Astana-") for event in found) >= 20
    assert len(run("timeline").stdout.splitlines()) == len(found)


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".parquet", ".kml", ".csv"])
def test_export_can_be_read_again(tmp_path, suffix):
    path = tmp_path / f"zones{suffix}"
    result = run("export", "-o", str(path), "--date", "2017-10-01")
    assert result.exit_code == 0, result.stderr
    frame = zones.load_zones("2017-10-01")
    if suffix == ".csv":
        import pandas as pd

        table = pd.read_csv(path)
        again = gpd.GeoDataFrame(
            table, geometry=gpd.GeoSeries.from_wkt(table["geometry"]), crs="EPSG:4326"
        )
    else:
        again = gpd.read_parquet(path) if suffix == ".parquet" else gpd.read_file(path)
    assert again.crs == "EPSG:4326"
    assert len(again) == 4
    name = "Name" if suffix == ".kml" else "name"
    assert again[name].tolist() == frame["name"].tolist()
    if suffix != ".parquet":
        assert again["guarantors"].tolist()[0] == "Russia;Turkey;Iran"
        assert again["round"].tolist() == ["Astana-6", "Cairo-2017", "Geneva-2017", "Amman-2017-07"]
    ground = shapely.force_2d(again.geometry.to_numpy())
    apart = shapely.symmetric_difference(ground, frame.geometry.to_numpy())
    assert (shapely.area(apart) < 1e-4 * shapely.area(ground)).all()


@pytest.mark.parametrize("suffix", [".geojson", ".parquet", ".kml", ".csv"])
def test_export_is_the_same_to_the_byte(tmp_path, suffix):
    paths = [tmp_path / name / f"zones{suffix}" for name in "ab"]
    for path in paths:
        path.parent.mkdir()
        assert run("export", "-o", str(path)).exit_code == 0
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_export_leaves_nothing_behind_but_the_file(tmp_path):
    run("export", "-o", str(tmp_path / "zones.geojson"))
    assert [p.name for p in tmp_path.iterdir()] == ["zones.geojson"]


@pytest.mark.parametrize("name", ["zones.shp", "zones", "nowhere/zones.geojson"])
def test_export_that_cannot_be_written(tmp_path, name):
    result = run("export", "-o", str(tmp_path / name))
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: expected ")
    assert result.stderr.count("\n") == 1


def test_tag_of_no_file_exits_with_1():
    result = run("tag", "no-such-file.csv")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1
    assert "no-such-file.csv" in result.stderr


def test_tag_answers_every_example():
    path = ROOT / "examples/incidents.csv"
    result = run("tag", str(path))
    assert result.exit_code == 0
    rows = len(list(csv.reader(path.read_text("utf-8").splitlines()))) - 1
    counts = [int(word) for word in result.stdout.splitlines()[-1].split() if word.isdigit()]
    assert sum(counts) == rows


# -- what it costs to start -----------------------------------------------------------------


def test_one_check_loads_no_tables_and_no_maps():
    heavy = ["geopandas", "pandas", "folium", "pyarrow", "dask", "pyogrio", "matplotlib", "scipy"]
    script = f"""
import sys
from dezone.cli import main
try:
    main({CHECK!r})
except SystemExit as done:
    assert not done.code, done.code
print([name for name in {heavy!r} if name in sys.modules])
"""
    found = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["map", "-o", "m.txt"], "expected a folder or a page like page.html, found 'm.txt'"),
        (["map", "-o", "-"], "expected a folder or a page like page.html, found '-'"),
        (["map", "idlib", "-o", "idlib"], "expected a page like page.html, found 'idlib'"),
        (["page", "-o", "checker.txt"], "expected a page like page.html, found 'checker.txt'"),
        (["report", "in.csv", "-o", "report.html"], "found the name of a file, 'report.html'"),
    ],
)
def test_an_output_that_is_neither_a_page_nor_a_folder_is_refused(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text("place,date\nDouma,2018-04-07\n", "utf-8")
    found = run(*words)
    assert found.exit_code == 1
    assert told in found.stderr
    assert len(found.stderr.splitlines()) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["in.csv"]
    Path("site.v2").mkdir()
    assert run("map", "-o", "site.v2").exit_code == 0


def test_what_is_shortened_is_told_with_where_the_whole_is(tmp_path: Path) -> None:
    short = run("check", "--place", "Douma", "--date", "2018-04-07")
    assert " …\n" in short.stdout
    assert short.stderr == "the answer is shortened (…): --json prints all of it\n"
    file = tmp_path / "in.csv"
    place = "a village whose people gave it a very long name"
    file.write_text(f"latitude,longitude,place,date\n35.93,36.63,{place},2018-03-07\n", "utf-8")
    table = run("tag", str(file))
    assert " …" in table.stdout
    assert "long names of places are shortened (…): the file that -o writes" in table.stderr
