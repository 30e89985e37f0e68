"""A release: the same bytes from the same commit anywhere, and whole by other people's tools."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pytest

ROOT = Path(__file__).parents[2]

ELSEWHERE = {
    "TZ": "Pacific/Kiritimati",
    "LC_ALL": "C",
    "LANG": "tr_TR.UTF-8",
    "PYTHONHASHSEED": "77",
    "SOURCE_DATE_EPOCH": "1700000000",
}
"""Another place to build at: far east, in ASCII, with another order of sets."""


def run(*command: object, **settings: str) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | settings
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("here") / "dist"
    run(sys.executable, "release/build.py", folder)
    return folder


def test_the_same_bytes_in_another_folder_zone_locale_and_order(
    released: Path, tmp_path: Path
) -> None:
    again = tmp_path / "a folder فيه مسافات" / "dist"
    run(sys.executable, "release/build.py", again, **ELSEWHERE)
    names = sorted(path.name for path in released.iterdir())
    assert sorted(path.name for path in again.iterdir()) == names
    differing = [n for n in names if (released / n).read_bytes() != (again / n).read_bytes()]
    assert differing == []


def test_the_note_leads_to_nothing_that_is_not_beside_it(released: Path) -> None:
    note = (released / "RELEASE.md").read_text("utf-8")
    assert "### Changes in answers" in note
    assert [one for one in re.findall(r"\]\(([^)]*)\)", note) if "://" not in one] == []


def test_the_sums_are_those_of_every_file(released: Path) -> None:
    lines = (released / "SHA256SUMS").read_text("utf-8").splitlines()
    said = dict(reversed(line.split("  ")) for line in lines)
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in released.iterdir()
        if path.name != "SHA256SUMS"
    }
    assert said == found


def test_the_data_package_describes_its_files_and_columns(released: Path) -> None:
    package = json.loads((released / "datapackage.json").read_text("utf-8"))
    assert package["licenses"][0]["name"] == "CC-BY-SA-4.0"
    for resource in package["resources"]:
        content = (released / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    (table,) = (one for one in package["resources"] if one.get("type") == "table")
    fields = table["schema"]["fields"]
    kinds = {"string": pa.string(), "date": pa.date32(), "number": pa.float64()}
    read = pa.csv.read_csv(
        released / table["path"],
        convert_options=pa.csv.ConvertOptions(
            column_types={one["name"]: kinds[one["type"]] for one in fields},
            null_values=table["schema"]["missingValues"],
        ),
    )
    assert read.column_names == [one["name"] for one in fields]
    assert all(one["description"] for one in fields)


def test_licence_and_attribution_are_in_each_file_that_can_hold_them(released: Path) -> None:
    for name in ("zones.gpkg", "zones.kml", "zones.geojson", "zones.parquet", "metadata.jsonld"):
        content = (released / name).read_bytes()
        assert b"Wikipedia contributors, CC BY-SA" in content, name


def texts(released: Path) -> Iterator[tuple[str, bytes]]:
    for path in released.iterdir():
        if path.suffix in (".zip", ".whl"):
            with zipfile.ZipFile(path) as archive:
                yield from ((f"{path.name}/{n}", archive.read(n)) for n in archive.namelist())
        else:
            yield path.name, path.read_bytes()


def test_nothing_tells_where_it_was_built(released: Path) -> None:
    home = str(ROOT).encode()
    assert [name for name, content in texts(released) if home in content] == []


def tool(*command: object) -> str:
    """Run a program of the package index that is installed nowhere."""
    return run(sys.executable, "-m", "uv", "tool", "run", *command)


def test_the_index_takes_the_packages(released: Path) -> None:
    packages = [*released.glob("*.whl"), *released.glob("*.tar.gz")]
    assert len(packages) == 2
    assert tool("twine", "check", "--strict", *packages).count("PASSED") == 2


def test_frictionless_finds_the_table_as_it_is_described(released: Path) -> None:
    """Of Parquet it counts no bytes, and calls that a difference: files are compared above."""
    package = released / "datapackage.json"
    validate = ("frictionless", "validate", "--trusted", "--json")
    said = json.loads(tool(*validate, "--resource-name", "settlements-csv", package))
    assert said["valid"]
    assert said["stats"]["tasks"] == 1


def test_the_host_takes_the_workflows_the_forms_and_the_citation() -> None:
    check = ("check-jsonschema", "--builtin-schema")
    github = ROOT / ".github"
    tool(*check, "vendor.github-workflows", *(github / "workflows").glob("*.yml"))
    forms = [path for path in (github / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config"]
    tool(*check, "vendor.github-issue-forms", *forms)
    tool("cffconvert", "--validate", "--infile", ROOT / "CITATION.cff")


def test_the_wheel_runs_without_being_installed(released: Path, tmp_path: Path) -> None:
    (wheel,) = released.glob("*.whl")
    said = tool("--from", wheel, "dezone", "check", "35.9306", "36.6339", "--date", "2018-03")
    assert said.startswith("Inside")
