"""In real QGIS: the package opens as a map that plays, the plugin answers as the command does."""

from __future__ import annotations

import configparser
import csv
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pyproj
import pytest
import shapely

import zones
from geodata.atlas import read_atlas
from maps.style import TOKENS, tint

ROOT = Path(__file__).parents[2]
DEZONE = Path(sys.executable).with_name("dezone")
EXAMPLES = ROOT / "examples" / "incidents.csv"
ATLAS = read_atlas()
PROCESS = shutil.which("qgis_process.bin") or shutil.which("qgis_process")
PYTHON = "/usr/bin/python3"  # the one that QGIS's modules belong to

pytestmark = pytest.mark.skipif(
    PROCESS is None,
    reason="QGIS is not installed (Debian: qgis, python3-qgis, qgis-providers)",
)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """An environment of its own: no screen, a new profile, the plugin from this checkout."""
    home = tmp_path_factory.mktemp("home")
    home.chmod(0o700)
    command = home / "dezone"  # as a tool environment has it, with this checkout in it
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{DEZONE}" "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {
        **kept,
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "QT_QPA_PLATFORM": "offscreen",
        "QGIS_PLUGINPATH": str(ROOT / "qgis"),
        "DEZONE_COMMAND": str(command),
    }


def run(world, *words, expect=0):
    done = subprocess.run(words, env=world, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (expect == 0), done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def process(world):
    """qgis_process with the plugin enabled."""
    run(world, PROCESS, "plugins", "enable", "dezone_qgis")

    def start(algorithm, expect=0, more=(), **values):
        given = [f"--{name}={value}" for name, value in values.items()]
        return run(
            {**world, **dict(more)}, PROCESS, "run", f"dezone:{algorithm}", *given, expect=expect
        )

    return start


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    path = tmp_path_factory.mktemp("package") / "zones.gpkg"
    subprocess.run([DEZONE, "export", "--all", "-o", path], check=True, capture_output=True)
    return path


DAYS = ("2017-01-01", "2017-10-01", "2018-10-01", "2025-01-01")


@pytest.fixture(scope="module")
def probe(world, package):
    def look(language, *days):
        name = f"syria-2017%20{language}"
        probing = Path(__file__).with_name("qgis_probe.py")
        done = run(world, PYTHON, str(probing), str(package), name, str(package.parent), *days)
        return json.loads(done.stdout.splitlines()[-1])

    return look


@pytest.fixture(scope="module")
def opened(probe):
    return probe("en", *DAYS)


# -- the package ----------------------------------------------------------------------------


def test_the_project_opens_whole_and_without_a_complaint(opened):
    assert opened["read"]
    assert opened["title"] == ATLAS.words("en")["page"]["title"]
    assert opened["crs"] == "EPSG:3857"
    assert all(layer["valid"] for layer in opened["layers"])
    assert opened["logged"] == []


def test_the_clock_plays_from_the_first_day_in_force_to_the_last(opened):
    assert opened["range"] == ["2017-05-06T00:00:00Z", "2024-11-27T00:00:00Z"]
    assert opened["mode"] == 1  # animated
    for layer in opened["layers"]:
        dated = "valid_from" in layer["kinds"]
        assert layer["temporal"] == dated, layer["id"]
        if dated:
            assert layer["limits"] == 0  # the first day counts, the last does not
            assert layer["kinds"]["valid_from"] == layer["kinds"]["valid_to"] == "Date"


def test_styles_metadata_and_order_are_loaded(opened):
    for layer in opened["layers"]:
        assert layer["renderer"] == ("RuleRenderer" if layer["spatial"] else None)
        assert layer["licence"] == [ATLAS.meta.licence]
        assert layer["attribution"] == list(ATLAS.meta.attribution)
        assert layer["identifier"].endswith(ATLAS.sha256)
    assert [name.removeprefix("dezone_layer_") for name in opened["shown"]] == [
        "base_points", "posts", "held", "areas_subarea", "zones_line", "doubt_line", "base_lines",
        "base_areas",
    ]  # fmt: skip
    assert opened["alone"] == ["RuleRenderer", True]
    languages = {ATLAS.words(code)["language"] for code in ATLAS.meta.languages}
    assert languages <= set(opened["styles"])


def amount(picture, colour, *, alpha=1.0):
    """Return how many points have a colour, laid over the colour of land."""
    over, land = (bytes.fromhex(one[1:]) for one in (colour, TOKENS["land"]))
    wanted = [a * alpha + b * (1 - alpha) for a, b in zip(over, land, strict=True)]
    return sum(
        count
        for text, count in picture["colours"].items()
        if all(abs(a - b) <= 3 for a, b in zip(bytes.fromhex(text), wanted, strict=True))
    )


def test_a_day_shows_the_zones_that_were_in_force_on_it(opened):
    for day, picture in zip(DAYS, opened["pictures"], strict=True):
        assert picture["errors"] == []
        frame = zones.load_zones(day)
        for zone, number, in_force in zip(
            frame["zone"], frame["number"], frame["in_force"], strict=True
        ):
            seen = amount(picture, tint(number).colour, alpha=0.3)
            assert (seen > 50) == in_force, (day, zone, seen)


def test_arabic_names_are_drawn(opened, probe):
    arabic = probe("ar", DAYS[1])["pictures"][0]
    english = opened["pictures"][1]
    assert arabic["colours"] != english["colours"]
    ink = tint(1).ink
    assert amount(arabic, ink) > 20
    assert amount(english, ink) > 20


# -- the plugin -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["tagged.gpkg", "tagged.csv", "tagged.geojson"])
def test_tagging_in_qgis_equals_the_command(process, tmp_path, name):
    folders = [tmp_path / "qgis", tmp_path / "command"]
    for folder in folders:
        folder.mkdir()
    process("tagincidents", INPUT=EXAMPLES, OUTPUT=folders[0] / name)
    command = [DEZONE, "tag", EXAMPLES, "-o", folders[1] / name, "--with", "sentence"]
    subprocess.run(command, check=True, capture_output=True)
    assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()


def test_a_layer_that_is_filtered_is_tagged_as_it_is_shown(process, tmp_path):
    part = tmp_path / "part.csv"
    shown = f"{EXAMPLES}|layername=incidents|subset=\"expected\" = 'inside'"
    process("tagincidents", INPUT=shown, OUTPUT=part)
    with EXAMPLES.open(encoding="utf-8") as file:
        ids = [row["id"] for row in csv.DictReader(file) if row["expected"] == "inside"]
    with part.open(encoding="utf-8-sig") as file:  # so that Excel reads its Arabic
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == ids
    assert {row["verdict"] for row in rows} == {"inside"}


def test_a_column_of_any_name_is_stated_in_a_mapping(process, tmp_path):
    source, mapping = tmp_path / "own.csv", tmp_path / "map.toml"
    source.write_text("up,right,seen\n35.93,36.63,2018-03-07\n", "utf-8")
    refused = process("tagincidents", INPUT=source, OUTPUT=tmp_path / "tagged.csv", expect=1)
    assert "found 'up', 'right', 'seen'; state it in a mapping" in refused.stdout + refused.stderr
    mapping.write_text('latitude = "up"\nlongitude = "right"\ndate = "seen"\n', "utf-8")
    process("tagincidents", INPUT=source, OUTPUT=tmp_path / "tagged.csv", MAPPING=mapping)
    assert ",inside," in (tmp_path / "tagged.csv").read_text("utf-8")
    process("report", INPUT=source, OUTPUT=tmp_path / "report", MAPPING=mapping)
    assert (tmp_path / "report" / "report.html").is_file()


@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
def test_the_sheet_that_is_shown_is_the_one_that_is_tagged(process, tmp_path, suffix):
    import pandas as pd

    source, output = tmp_path / f"two.{suffix}", tmp_path / "tagged.csv"
    rows = {"latitude": [35.93, 33.0], "longitude": [36.63, 36.0], "date": ["2018-03-07"] * 2}
    with pd.ExcelWriter(source) as book:
        for name, row in (("north", 0), ("other", 1)):
            pd.DataFrame(rows)[row : row + 1].to_excel(book, sheet_name=name, index=False)
    for name, latitude in (("north", "35.93"), ("other", "33")):
        process("tagincidents", INPUT=f"{source}|layername={name}", OUTPUT=output)
        _, row = output.read_text("utf-8").splitlines()
        assert row.startswith(latitude)
        output.unlink()


def test_a_point_in_another_crs_is_the_same_place(process, tmp_path):
    x, y = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(36.6339, 35.9306)
    cards = []
    for number, point in enumerate(("36.6339,35.9306 [EPSG:4326]", f"{x},{y} [EPSG:3857]")):
        card = tmp_path / f"{number}.json"
        process("checkpoint", POINT=point, DATE="2018-03", CARD=card)
        cards.append(json.loads(card.read_bytes()))
    assert [card["verdict"] for card in cards] == ["inside", "inside"]
    for card in cards:
        assert (card["longitude"], card["latitude"]) == pytest.approx((36.6339, 35.9306), abs=1e-7)


def test_a_place_is_checked_in_arabic(process, tmp_path):
    card = tmp_path / "card.html"
    done = process("checkpoint", PLACE="خان شيخون", DATE="2017-10", LANGUAGE="ar", CARD=card)
    assert "خان شيخون" in done.stdout
    assert 'lang="ar"' in card.read_text("utf-8")


def test_the_zones_of_a_day_are_those_of_the_library(process, tmp_path):
    import geopandas as gpd

    path = tmp_path / "day.gpkg"
    process("zonesofday", DATE="2018-10-01", ESTIMATE="high", OUTPUT=path)
    found, frame = gpd.read_file(path), zones.load_zones("2018-10-01", estimate="high")
    assert found["zone"].tolist() == frame["zone"].tolist()
    assert found["in_force"].tolist() == frame["in_force"].tolist()
    assert shapely.equals(found.geometry.to_numpy(), frame.geometry.to_numpy()).all()


def test_a_report_is_a_page(process, tmp_path):
    done = process("report", INPUT=EXAMPLES, OUTPUT=tmp_path / "report")
    assert (tmp_path / "report" / "report.html").is_file()
    assert "report.html" in done.stdout


def test_what_is_wrong_is_said_in_the_words_of_the_command(process, tmp_path):
    done = process("checkpoint", DATE="2018-02-30", CARD=tmp_path / "c.html", expect=1)
    assert "2018-02-30" in done.stdout + done.stderr
    assert not (tmp_path / "c.html").exists()


def test_where_there_is_no_dezone_it_says_how_to_install_it(process, tmp_path):
    nowhere = {"DEZONE_COMMAND": str(tmp_path / "dezone")}.items()
    done = process("checkpoint", more=nowhere, CARD=tmp_path / "c.html", expect=1)
    said = done.stdout + done.stderr
    assert "uv tool install FILE, or pipx install FILE" in said
    assert not re.search(r"install (-\S+ )?dezone\b(?!-)", said), (
        "which is somebody else's on an index"
    )


def test_the_lines_of_the_page_run(world, process, tmp_path):
    page = (ROOT / "docs" / "qgis.md").read_text("utf-8")
    shutil.copy(EXAMPLES, tmp_path)
    programs = {"dezone": str(DEZONE), "qgis_process": PROCESS}
    lines = [
        (programs[program], *shlex.split(words))
        for program, words in re.findall("^    (dezone|qgis_process) (.+)$", page, re.MULTILINE)
    ]
    assert len(lines) >= 6
    lines.remove((PROCESS, "plugins", "enable", "dezone_qgis"))  # which `process` has done
    for words in lines:
        environment = {**world, "PYTHONPATH": str(ROOT)} if words[0] == str(DEZONE) else world
        done = subprocess.run(
            words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (words, done.stdout + done.stderr)
    made = {path.name for path in tmp_path.iterdir()}
    assert {"zones.gpkg", "zones.kml", "zones.parquet", "tagged.gpkg", "card.html"} <= made


def test_the_help_says_what_a_verdict_is(world, process):
    done = run(world, PROCESS, "help", "dezone:tagincidents")
    assert "Every row comes out" in done.stdout


def test_the_plugin_is_packed_with_its_licence_and_no_address_that_is_not_ours(tmp_path):
    pack = [sys.executable, str(ROOT / "qgis" / "pack.py")]
    contents = []
    for name in "ab":
        subprocess.run([*pack, str(tmp_path / name)], check=True, capture_output=True)
        contents.append((tmp_path / name / "dezone_qgis.zip").read_bytes())
    assert contents[0] == contents[1]
    with zipfile.ZipFile(tmp_path / "a" / "dezone_qgis.zip") as archive:
        names = archive.namelist()
        said = configparser.ConfigParser()
        said.read_string(archive.read("dezone_qgis/metadata.txt").decode())
    assert {f"dezone_qgis/{name}" for name in ("__init__.py", "LICENSE", "icon.svg")} <= set(names)
    needed = "name description about version qgisMinimumVersion author"
    assert all(said["general"][name] for name in needed.split())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert said["general"]["version"] == project["version"]
    urls = project.get("urls", {})  # the one place where they are stated
    for name, key in (
        ("homepage", "Homepage"),
        ("repository", "Repository"),
        ("tracker", "Issues"),
    ):
        assert said["general"].get(name) == urls.get(key)
