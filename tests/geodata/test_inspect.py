"""`dezone inspect`: what a user sees of a file before it is used."""

from __future__ import annotations

import csv
import pickle
from pathlib import Path

import numpy as np
from click.testing import CliRunner
from test_reading_dirt import HEAD, ROW, Read, write

from dezone.cli import main
from geodata.columns.diagnostics import inspect_file
from geodata.columns.mapping import read_mapping
from geodata.columns.opening import open_incidents
from geodata.columns.reading import read_batch


def run(*args: object) -> tuple[int, str, str]:
    found = CliRunner().invoke(main, ["inspect", *map(str, args)])
    return found.exit_code, found.stdout, found.stderr


def test_the_mapping_that_is_written_reads_the_file_the_same(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + ROW + "2,07/03/2018,35.9,36.6\n3,25/03/2018,,\n")
    code, text, _ = run(path, "-o", tmp_path / "map.toml")
    assert code == 0
    assert "1: 35.930600, 36.633900  radius 1500 m (settlement)  2018-03-07" in text
    assert "3: no place  radius unknown (none)  2018-03-25  no-location" in text
    assert "repair day-month-order: 1" in text
    mapping = read_mapping(tmp_path / "map.toml")
    assert Read(path, mapping=mapping).days == Read(path).days
    assert (tmp_path / "map.toml").read_text().count("# 1: 35.930600") == 1


def test_what_was_taken_and_why_is_said(tmp_path: Path) -> None:
    _, text, _ = run(write(tmp_path, HEAD + ROW))
    assert "latitude   latitude  (a common name)" in text
    assert "Repairs, warnings, refusals\n  none\n" in text


def test_a_file_that_is_not_understood_gets_a_mapping_to_fill_in(tmp_path: Path) -> None:
    path = write(tmp_path, "when,north,east\n2018-03-07,35.9306,36.6339\n")
    code, _, error = run(path, "-o", tmp_path / "map.toml")
    assert code == 1
    assert "found 'when', 'north', 'east'" in error
    text = (tmp_path / "map.toml").read_text()
    assert '# latitude = ""' in text
    assert "#   north" in text
    filled = 'latitude = "north"\nlongitude = "east"\ndate = "when"\n'
    (tmp_path / "map.toml").write_text(filled)
    code, text, _ = run(path, "--mapping", tmp_path / "map.toml")
    assert code == 0
    assert "35.930600, 36.633900" in text


def test_repairs_are_written_row_by_row_and_defused(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + ROW + "2,=1+1,35.9,36.6\n3,2018-03-07,٣٥٫٩,36.6\n")
    code, _, _ = run(path, "--repairs", tmp_path / "repairs.csv")
    assert code == 0
    with (tmp_path / "repairs.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(r["row"], r["column"], r["kind"]) for r in rows] == [
        ("2", "date", "unreadable-date"),
        ("3", "latitude, longitude", "arabic-decimal"),
        ("3", "latitude, longitude", "arabic-digits"),
    ]
    assert rows[0]["before"] == "'=1+1"


def test_foreign_text_cannot_steer_the_terminal(tmp_path: Path) -> None:
    path = write(tmp_path, "date,latitude,longitude,\x1b[2Jx\n\x1b[31mbad,35.9,36.6,\n")
    code, text, _ = run(path, "-o", tmp_path / "map.toml")
    assert code == 0
    assert "\x1b" not in text + (tmp_path / "map.toml").read_text()


def test_duplicates_and_shared_points_are_told(tmp_path: Path) -> None:
    rows = "".join(f"{i},2018-03-{i % 28 + 1:02d},35.5,36.5\n" for i in range(30))
    text = HEAD + rows + ROW + ROW + "7,2018-03-07,35.6,36.6\n"
    kinds = inspect_file(write(tmp_path, text)).log.kinds()
    assert kinds == {"duplicate-id": 2, "duplicate-row": 1, "shared-point": 1}


def test_swapped_axes_are_weighed_over_the_whole_file(tmp_path: Path) -> None:
    text = (
        HEAD + "1,2018-03-07,40.1,35.3\n2,2018-03-07,35.3,40.1\n3,2018-03-07,36.1,36.2\n"
    )  # Antakya
    text += "4,2018-03-07,35.85,35.83\n5,2018-03-07,36.63,35.93\n"
    found = inspect_file(write(tmp_path, text), keep_rows=True)
    (axes,) = [row for row in found.log.rows() if row[3] == "axes"]
    assert (
        "2 rows fit the country only with their axes swapped, 1 only as read, 1 either way, "
        "1 neither" in axes[5]
    )


def test_a_plan_can_be_sent_to_a_worker_with_its_proofs(tmp_path: Path) -> None:
    source = open_incidents(
        write(tmp_path, HEAD + "1,07/03/2018,35.9,36.6\n2,25/03/2018,35.9,36.6\n")
    )
    (batch,) = source.batches()
    sent = pickle.loads(pickle.dumps(source.plan))  # noqa: S301  (our own)
    (tmp_path / "in.csv").unlink()
    assert np.array_equal(read_batch(batch, sent).first, read_batch(batch, source.plan).first)
