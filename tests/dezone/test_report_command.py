"""`dezone report` and `dezone verify` as a user runs them: the folder, its hashes, bad input."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from dezone.cli import main
from dezone.report.files import REPORT, ReportDocument, read_document, report_files
from geodata.atlas import read_atlas

HEAD = "date,latitude,longitude,deaths\n"
IN_IDLIB, IN_THE_REST = "35.9306,36.6339", "35.0,40.0"


def run(*words: object, **options):
    return CliRunner().invoke(main, list(map(str, words)), **options)


def is_verified(found: Result) -> bool:
    return found.exit_code == 0 and found.output.startswith("verified\n")


@pytest.fixture(scope="module")
def incidents(tmp_path_factory) -> Path:
    """Five months of an incident a day, in Idlib and in the rest of the country in turn."""
    import datetime as dt

    path = tmp_path_factory.mktemp("incidents") / "incidents.csv"
    begin = dt.date(2017, 3, 1)
    rows = [
        f"{begin + dt.timedelta(days=day)},{(IN_IDLIB, IN_THE_REST)[day % 2]},{day % 3}\n"
        for day in range(150)
    ]
    path.write_text(HEAD + "".join(rows))
    return path


@pytest.fixture(scope="module")
def folder(incidents, tmp_path_factory) -> Path:
    output = tmp_path_factory.mktemp("out") / "report"
    found = run("report", incidents, "-o", output)
    assert found.exit_code == 0, found.output
    return output


@pytest.fixture
def copy(folder, tmp_path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "report"))


def test_the_same_file_gives_the_same_bytes(incidents, folder, tmp_path):
    again = tmp_path / "again"
    assert run("report", incidents, "-o", again).exit_code == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(path.name for path in again.iterdir())
    assert all((folder / name).read_bytes() == (again / name).read_bytes() for name in names)


def test_every_file_beside_it_is_noted_with_its_hash(folder):
    noted = json.loads((folder / "report.json").read_bytes())["files"]
    assert {path.name for path in folder.iterdir()} == {"report.json", *noted}


def test_a_report_verifies_alone_and_from_its_incidents(incidents, folder):
    report = folder / "report.json"
    alone = run("verify", report)
    assert (alone.exit_code, "verified" in alone.output.splitlines()) == (5, False)
    assert alone.output.startswith("unchecked: numbers (name the file of incidents: --incidents)")
    assert is_verified(run("verify", report, "--incidents", incidents))


def test_what_was_stated_about_the_file_is_kept_for_verifying(tmp_path):
    file, mapping, table = (tmp_path / n for n in ("in.csv", "map.toml", "precision.json"))
    file.write_text(f"when;where;n;kind\n03/04/2017;{IN_IDLIB};2;b\n25/04/2017;{IN_IDLIB};1;a\n")
    mapping.write_text(
        'date = "when"\nposition = "where"\ndeaths = "n"\nsource = "own"\nplace_codes = ["kind"]\n'
    )
    scheme = {"columns": ["kind"], "codes": {"a": {"radius_m": 5}, "b": {"radius_m": 50}}}
    table.write_text(json.dumps({"places": {"own": scheme}}))
    stated = ["--mapping", mapping, "--separator", ";", "--precision", table, "--order", "dmy"]
    done = run("report", file, "-o", tmp_path / "report", *stated)
    assert done.exit_code == 0, done.output
    mapping.unlink()
    table.unlink()
    found = run("verify", tmp_path / "report" / "report.json", "--incidents", file)
    assert is_verified(found)


def test_a_report_made_with_polygons_is_verified_with_the_same_ones(tmp_path):
    import subprocess
    import sys

    corners = [[36.6, 35.9], [36.66, 35.9], [36.66, 35.96], [36.6, 35.96], [36.6, 35.9]]
    names = {"ADM2_EN": "Somewhere", "ADM1_EN": "Idleb", "ADM0_EN": "Syria", "ADM1_PCODE": "SY07"}
    feature = {
        "type": "Feature",
        "properties": names,
        "geometry": {"type": "Polygon", "coordinates": [corners]},
    }
    polygons, file, mapping = (tmp_path / n for n in ("d.geojson", "in.csv", "map.toml"))
    polygons.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    file.write_text("date,where\n2017-06-01,Somewhere\n")
    mapping.write_text('district = "where"\nwithout = ["location"]\n')
    admin = ["--admin", f"district={polygons}"]
    done = run("report", file, "-o", tmp_path / "r", "--mapping", mapping, *admin)
    assert done.exit_code == 0, done.output
    report = tmp_path / "r" / "report.json"
    assert json.loads(report.read_bytes())["report"]["input"]["counted"] == 1
    without = run("verify", report, "--incidents", file)
    assert (without.exit_code, "--admin" in without.output) == (5, True)
    for seed in ("1", "2"):  # what Python's sets are ordered by
        command = [sys.executable, "-m", "dezone", "verify", report, "--incidents", file, *admin]
        again = subprocess.run(
            command, env={"PYTHONHASHSEED": seed}, capture_output=True, text=True
        )
        assert again.stdout.startswith("verified\n"), again.stdout + again.stderr


def test_standard_input_and_a_folder_of_parquet_are_files_like_any_other(incidents, tmp_path):
    import pyarrow.csv
    import pyarrow.parquet

    parts = tmp_path / "parts"
    parts.mkdir()
    whole = pyarrow.csv.read_csv(incidents)
    for name, part in (("a", whole.slice(0, 60)), ("b", whole.slice(60))):
        pyarrow.parquet.write_table(part, parts / f"{name}.parquet")
    assert run("report", "-", "-o", tmp_path / "r", input=incidents.read_text()).exit_code == 0
    assert run("report", parts, "-o", tmp_path / "s").exit_code == 0
    one, two = (
        json.loads((tmp_path / name / "report.json").read_bytes())["report"] for name in "rs"
    )
    assert one["weeks"] == two["weeks"]
    assert run("verify", tmp_path / "s/report.json", "--incidents", parts).exit_code == 0


def test_a_changed_table_is_found(copy):
    table = copy / "weeks.csv"
    table.write_bytes(table.read_bytes().replace(b"idlib", b"Idlib", 1))
    found = run("verify", copy / "report.json")
    assert found.exit_code == 4
    assert "file changed: weeks.csv" in found.output


def test_a_missing_table_is_found(copy):
    (copy / "months.csv").unlink()
    assert "file missing: months.csv" in run("verify", copy / "report.json").output


def forge(folder: Path, change: Any = None, files: dict[str, bytes] | None = None) -> None:
    """Write a report anew with everything a forger could write anew: this very program's files."""
    path = folder / REPORT
    document = read_document(path.read_bytes())
    report = document.report
    if change is not None:
        data = json.loads(path.read_bytes())["report"]
        change(data)
        report = msgspec.convert(data, type(report))
        for name, content in report_files(report, read_atlas(), language="en").items():
            (folder / name).write_bytes(content)
    for name, content in (files or {}).items():
        (folder / name).write_bytes(content)
    names = {*document.files, *(files or {})}
    listed = {name: (folder / name).read_bytes() for name in names}
    path.write_bytes(ReportDocument.of(report, language="en", files=listed).to_json())


def test_a_changed_number_is_found_even_with_all_files_written_anew(incidents, copy):
    def change(data):
        data["totals"][0]["whole"]["best"]["incidents"] += 1

    forge(copy, change)
    alone = run("verify", copy / REPORT)
    assert (alone.exit_code, alone.output.startswith("unchecked: numbers")) == (5, True)
    found = run("verify", copy / REPORT, "--incidents", incidents)
    assert (found.exit_code, found.output.splitlines()[0]) == (4, "numbers differ: totals")


@pytest.mark.parametrize("name", ["report.html", "chart-totals.svg", "weeks.csv"])
def test_an_edited_file_is_found_though_its_hash_is_written_anew(copy, name):
    forge(copy, files={name: (copy / name).read_bytes().replace(b"Idlib", b"Homs")
                       .replace(b"idlib", b"homs")})  # fmt: skip
    found = run("verify", copy / REPORT)
    assert found.exit_code == 4
    assert f"{name} does not follow from the report's numbers" in found.output


def test_a_file_that_is_not_listed_is_found(copy):
    (copy / "summary.html").write_text("All is well.")
    (copy / ".DS_Store").write_text("")  # what a desktop leaves is seen by nobody
    found = run("verify", copy / REPORT)
    assert (found.exit_code, found.output.splitlines()[0]) == (
        4,
        "file not of the report: 'summary.html'",
    )


def test_a_file_that_no_report_has_is_found_though_it_is_listed(copy):
    forge(copy, files={"summary.html": b"All is well."})
    found = run("verify", copy / REPORT)
    assert (found.exit_code, "no file that a report has: summary.html" in found.output) == (4, True)


def test_a_page_that_is_not_listed_is_found(copy):
    document = read_document((copy / REPORT).read_bytes())
    files = {name: (copy / name).read_bytes() for name in document.files if name != "report.html"}
    (copy / REPORT).write_bytes(
        ReportDocument.of(document.report, language="en", files=files).to_json()
    )
    (copy / "report.html").write_text("All is well.")
    assert run("verify", copy / REPORT).exit_code == 4


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"atlas_version": "9.9.9 (approved by the UN)"}, 4),
        ({"software": "certified by OHCHR"}, 4),
        ({"libraries": {"numpy": "9"}}, 5),
        ({"software_sha256": "0" * 64}, 5),
        ({"atlas_sha256": "0" * 64}, 5),
    ],
)
def test_an_invented_version_is_never_verified(incidents, copy, change, outcome):
    forge(copy, lambda data: data["made"].update(change))
    found = run("verify", copy / REPORT, "--incidents", incidents)
    assert found.exit_code == outcome, found.output


def test_another_name_of_the_file_is_not_verified(incidents, copy, tmp_path):
    other = tmp_path / "certified.csv"
    other.write_bytes(incidents.read_bytes())
    found = run("verify", copy / REPORT, "--incidents", other)
    assert (found.exit_code, "the name of the file" in found.output) == (5, True)


def test_numbers_that_do_not_fit_together_are_found(copy):
    document = json.loads((copy / REPORT).read_bytes())
    document["report"]["events"] = []
    (copy / REPORT).write_text(json.dumps(document))
    found = run("verify", copy / REPORT)
    assert (found.exit_code, "its files cannot be made again" in found.output) == (4, True)


def test_letters_that_are_none_in_a_key_that_no_report_has_are_found(copy):
    content = (copy / REPORT).read_bytes().replace(b"{", b'{"\xff": 1,', 1)
    (copy / REPORT).write_bytes(content)
    found = run("verify", copy / REPORT)
    assert (found.exit_code, found.output.count("\n")) == (4, 1)


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"report": ' + b"[" * 100_000, b"{}", b""])
def test_a_report_that_is_none_is_one_line(copy, content):
    (copy / REPORT).write_bytes(content)
    found = run("verify", copy / REPORT)
    assert (found.exit_code, found.output.count("\n")) == (4, 1)


def test_other_incidents_are_found(folder, incidents, tmp_path):
    other = tmp_path / "incidents.csv"
    other.write_text(incidents.read_text() + f"2017-06-01,{IN_IDLIB},1\n")
    found = run("verify", folder / "report.json", "--incidents", other)
    assert found.exit_code == 4
    assert "incidents changed" in found.output
    assert "numbers differ: totals" in found.output


def test_a_hash_of_a_file_elsewhere_is_not_followed(copy):
    path = copy / "report.json"
    whole = json.loads(path.read_bytes())
    whole["files"]["../secret.csv"] = "0" * 64
    path.write_text(json.dumps(whole))
    assert "no name of a file beside a report" in run("verify", path).output


def test_an_earlier_report_is_replaced_and_nothing_else(incidents, copy):
    assert run("report", incidents, "-o", copy).exit_code == 0
    (copy / "notes.txt").write_text("mine")
    refused = run("report", incidents, "-o", copy)
    assert refused.exit_code == 1
    assert "expected a new or an empty folder" in refused.output
    assert (copy / "notes.txt").read_text() == "mine"


def test_nothing_is_left_of_a_report_that_fails(tmp_path):
    broken = tmp_path / "broken.csv"
    broken.write_text("a,b\n1,2\n")
    found = run("report", broken, "-o", tmp_path / "out" / "report")
    assert found.exit_code == 1
    assert f"{broken}: expected a column with a place" in found.output
    assert [path.name for path in (tmp_path / "out").iterdir()] == []


def test_without_the_statistics_library_one_line_says_how_to_get_it(incidents, tmp_path):
    import subprocess
    import sys

    code = (
        "import sys; sys.modules['scipy'] = None; sys.modules['scipy.stats'] = None\n"
        f"sys.argv = ['dezone', 'report', {str(incidents)!r}, '-o', {str(tmp_path / 'r')!r}]\n"
        "from dezone.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "install dezone with its extra [report]" in done.stderr
    assert "pip install" not in done.stderr  # dezone is on no index: the name would be a stranger's


@pytest.mark.parametrize(
    ("rows", "code", "rows_left_out"),
    [
        pytest.param([f",{IN_IDLIB},1"] * 3, "limits", 3, id="no dates"),
        pytest.param(["2017-06-01,,,1"] * 3, "unlocated", 3, id="no places"),
        pytest.param([f"2017-06-01,{IN_IDLIB},1"] * 3, "no-change", 0, id="a single day"),
        pytest.param([f"2017-06-01,{IN_THE_REST},1"] * 3, "none", 0, id="in no zone"),
    ],
)
def test_a_file_that_says_little_gives_a_report_that_says_so(tmp_path, rows, code, rows_left_out):
    file = tmp_path / "incidents.csv"
    file.write_text(HEAD + "".join(f"{row}\n" for row in rows))
    found = run("report", file, "-o", tmp_path / "report")
    assert found.exit_code == 0, found.output
    report = json.loads((tmp_path / "report" / "report.json").read_bytes())["report"]
    assert code in [finding["code"] for finding in report["findings"]]
    assert report["input"]["rows"] - report["input"]["counted"] == rows_left_out
    assert is_verified(run("verify", tmp_path / "report" / REPORT, "--incidents", file))


def test_rows_that_cannot_be_read_are_counted_and_give_status_3(tmp_path):
    file = tmp_path / "incidents.csv"
    file.write_text(f"{HEAD}2017-06-01,{IN_IDLIB},1\n2017-06-31,{IN_IDLIB},1\n")
    found = run("report", file, "-o", tmp_path / "report")
    assert found.exit_code == 3
    with (tmp_path / "report" / "rows.csv").open() as table:
        assert dict(csv.reader(table))["unreadable"] == "1"
    assert run("report", file, "-o", tmp_path / "strict", "--strict").exit_code == 1


def test_a_formula_in_the_name_of_a_column_is_text_in_no_table(tmp_path):
    file = tmp_path / "=1+2.csv"
    file.write_text(f"date,latitude,longitude\n2017-06-01,{IN_IDLIB}\n")
    run("report", file, "-o", tmp_path / "report")
    for table in (tmp_path / "report").glob("*.csv"):
        with table.open(newline="") as lines:
            cells = [cell for row in csv.reader(lines) for cell in row]
        assert not [c for c in cells if c[:1] in tuple("=+@") and not c[1:].isdigit()], table.name
