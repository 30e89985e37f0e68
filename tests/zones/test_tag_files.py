"""`dezone tag`: rows in = rows out, whole files or none, the same bytes however it got there."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

import zones
from dezone.cli import main
from geodata.errors import InputError, OutputError
from zones.tables.files import tag_file
from zones.tables.folders import MANIFEST
from zones.tables.question import COLUMNS, ask
from zones.tables.stream import Tagging

RESUME = Tagging(resume=True)

EXAMPLES = Path(__file__).parents[2] / "examples" / "incidents.csv"
ORIGINAL = ["id", "date", "latitude", "longitude"]


def incidents(n: int, seed: int = 1) -> pa.Table:
    """Random exact points of the whole country, over the life of the zones."""
    random = np.random.default_rng(seed)
    days = np.datetime64("2017-01-01") + random.integers(0, 900, n)
    return pa.table(
        {
            "id": pa.array(random.integers(0, 10**9, n)),
            "date": pa.array(days.astype("datetime64[D]")),
            "latitude": pa.array(random.uniform(32.4, 37.1, n).round(5)),
            "longitude": pa.array(random.uniform(35.8, 42.2, n).round(5)),
        }
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three parts of Parquet, one of them in a folder below."""
    made = tmp_path / "archive"
    (made / "older").mkdir(parents=True)
    for i, name in enumerate(["a.parquet", "b.parquet", "older/c.parquet"]):
        pq.write_table(incidents(500, seed=i), made / name)
    return made


def run(*words: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["tag", *map(str, words)], input=stdin)


def contents(folder: Path) -> dict[str, str]:
    """Every file below a folder, hidden ones too, by the hash of its bytes."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# -- one file -------------------------------------------------------------------------------


def test_the_text_of_every_cell_stays_and_the_record_follows(tmp_path: Path) -> None:
    found = run(EXAMPLES, "-o", tmp_path / "tagged.csv")
    assert found.exit_code == 0, found.output
    with EXAMPLES.open(newline="") as before, (tmp_path / "tagged.csv").open(newline="") as after:
        old, new = list(csv.reader(before)), list(csv.reader(after))
    assert [row[: len(old[0])] for row in new] == old
    assert new[0][len(old[0]) :] == list(COLUMNS)


def test_a_file_has_the_verdicts_of_the_same_table_in_memory(tmp_path: Path) -> None:
    given = incidents(2_000)
    pq.write_table(given, tmp_path / "in.parquet")
    tag_file(tmp_path / "in.parquet", tmp_path / "out.parquet")
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.select(ORIGINAL).equals(given)
    assert found.to_pylist() == zones.tag(given).to_pylist()


def test_batches_and_threads_do_not_show_in_the_output(tmp_path: Path) -> None:
    given = incidents(140_000)  # more than one batch
    pq.write_table(given, tmp_path / "in.parquet")
    outputs = []
    for workers in (1, 3):
        out = tmp_path / f"{workers}.parquet"
        summary = tag_file(tmp_path / "in.parquet", out, how=Tagging(workers=workers))
        assert summary.rows == len(given)
        assert sum(summary.verdicts.values()) == len(given)
        outputs.append(out.read_bytes())
    assert outputs[0] == outputs[1]
    found = pq.read_table(tmp_path / "1.parquet")
    assert found.select(ORIGINAL).equals(given)
    some = np.arange(0, len(given), 9_973)
    assert found.take(some).to_pylist() == zones.tag(given.take(some)).to_pylist()


def test_columns_of_every_kind_of_number_come_back_as_they_were(tmp_path: Path) -> None:
    n = 2_000
    random = np.random.default_rng(5)
    table = incidents(n)
    lost = pa.array(random.random(n) < 0.2)
    for name, values in {
        "unsigned": random.integers(0, 2**64, n, dtype=np.uint64),
        "signed": random.integers(-(2**63), 2**63, n),
        "small": random.integers(-(2**15), 2**15, n).astype(np.int16),
        "few": random.integers(0, 3, n),
        "since": random.integers(-700_000, 2_900_000, n).astype("datetime64[D]"),
        "until": random.integers(0, 10**15, n).astype("datetime64[us]"),
        "float": random.normal(size=n),
        "half": random.normal(size=n).astype(np.float16),
        "nothing": np.full(n, np.nan),
        "never": np.zeros(n),
    }.items():
        column = pa.array(values)
        never = pa.array([name == "never"] * n)
        empty = pc.if_else(pc.or_(lost, never), None, column) if name != "half" else column
        table = table.append_column(name, empty)
    pq.write_table(table, tmp_path / "in.parquet")

    tag_file(tmp_path / "in.parquet", tmp_path / "out.parquet")

    found = pq.read_table(tmp_path / "out.parquet").select(table.column_names)
    assert found.schema.types == table.schema.types
    assert [str(one) for one in found.to_pylist()] == [str(one) for one in table.to_pylist()]


def test_columns_are_added_by_name(tmp_path: Path) -> None:
    run(EXAMPLES, "-o", tmp_path / "tagged.csv", "--with", "distance_m", "--with", "sentence")
    with (tmp_path / "tagged.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(row["sentence"] for row in rows)
    assert int(rows[0]["distance_m"]) != 0
    assert run(EXAMPLES, "-o", tmp_path / "x.csv", "--with", "nothing").exit_code == 1


def test_standard_input_and_output_can_be_a_pipe(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dezone", "tag", "-", "-o", "-"]
    done = subprocess.run(command, input=EXAMPLES.read_bytes(), capture_output=True, check=True)
    run(EXAMPLES, "-o", tmp_path / "tagged.csv")
    assert done.stdout == (tmp_path / "tagged.csv").read_bytes()
    assert b"\r" not in done.stderr, "progress is for a terminal"


BAD = (
    "id,date,latitude,longitude\n"
    "1,2017-10-01,35.9306,36.6339\n"
    "2,2017-10-01,nowhere,36.6339\n"
    "3,once,35.9306,36.6339\n"
    "4,,35.9306,36.6339\n"
)


def test_rows_that_cannot_be_read_are_written_with_their_reasons_and_tell_in_the_status(
    tmp_path: Path,
) -> None:
    (tmp_path / "in.csv").write_text(BAD)
    found = run(tmp_path / "in.csv", "-o", tmp_path / "out.csv", "--repairs", tmp_path / "r.csv")
    assert found.exit_code == 3
    assert "2 rows could not be read" in found.output
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["id"], row["verdict"], row["reasons"]) for row in rows] == [
        ("1", "inside", ""),
        ("2", "undetermined", "unreadable-location"),
        ("3", "undetermined", "unreadable-date"),
        ("4", "undetermined", "no-date"),
    ]
    with (tmp_path / "r.csv").open(newline="") as file:
        assert {row["row"] for row in csv.DictReader(file)} >= {"2", "3"}


def test_a_missing_date_was_read_well_enough(tmp_path: Path) -> None:
    lines = BAD.splitlines(keepends=True)
    (tmp_path / "in.csv").write_text("".join([*lines[:2], lines[4]]))
    assert run(tmp_path / "in.csv", "-o", tmp_path / "out.csv").exit_code == 0


def test_strict_stops_at_the_first_bad_row_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(BAD)
    found = run(tmp_path / "in.csv", "-o", tmp_path / "out.csv", "--strict")
    assert found.exit_code == 1
    assert "row 2" in found.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv"]


def test_a_radius_that_cannot_be_read_is_told_as_a_place_or_a_date_is(tmp_path: Path) -> None:
    head, near, far = "date,latitude,longitude,radius", "35.9,36.6,wide", "50.1,10.1,-5"
    (tmp_path / "in.csv").write_text(f"{head}\n2018-03-07,{near}\n2018-03-07,{far}\n")
    found = run(tmp_path / "in.csv", "-o", tmp_path / "out.csv", "--with", "radius_source,sentence")
    assert found.exit_code == 3
    assert "2 rows could not be read" in found.output
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["verdict"] for row in rows] == ["undetermined", "outside"]
    assert {row["radius_source"] for row in rows} == {"unreadable"}
    assert rows[1]["sentence"].startswith("The place lay outside every zone in force then")
    given = str(tmp_path / "in.csv")
    for words in (["tag", given], ["report", given], ["map", "--incidents", given]):
        out = tmp_path / ("again.csv" if words[0] == "tag" else words[0])
        strict = CliRunner().invoke(main, [*words, "-o", str(out), "--strict"])
        assert (strict.exit_code, "row 1, radius" in strict.output) == (1, True), words


def test_without_an_output_a_small_file_is_a_table(tmp_path: Path) -> None:
    found = run(EXAMPLES)
    assert found.exit_code == 0
    assert "inc-01" in found.output
    assert run(EXAMPLES, "--resume").exit_code == 1


def test_a_table_on_the_terminal_tells_what_was_mended_and_doubted_as_well(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("id;date;latitude;longitude\na;2018-03-07;35,93;36,63\nb;2018-03;35;38\n")
    found = run(source)
    assert found.exit_code == 0
    for words in ("latitude (a common name)", "repair decimal-comma: 2", "placeholder-point: 1"):
        assert words in found.output, words


@pytest.mark.parametrize("suffix", ["csv", "kml"])  # of a KML file GDAL does not tell
def test_a_full_disk_leaves_the_old_file_and_no_new_one(tmp_path: Path, suffix: str) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    out = tmp_path / f"out.{suffix}"
    out.write_text("old")
    limit = 20_000
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}));"
        "from dezone.cli import main; main()"
    )
    pq.write_table(incidents(5_000), tmp_path / "in.parquet")
    command = [sys.executable, "-B", "-c", script, "tag", tmp_path / "in.parquet", "-o", out]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert out.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet", out.name]


def test_an_old_shapefile_is_never_seen_with_half_of_a_new_one(tmp_path: Path) -> None:
    out = tmp_path / "out.shp"
    source = tmp_path / "in.parquet"
    pq.write_table(incidents(5), source)
    tag_file(source, out)
    (tmp_path / "out.prj").unlink()
    (tmp_path / "out.prj").mkdir()  # comes between the first of its files and the last
    with pytest.raises(OutputError, match="Is a directory"):
        tag_file(source, out)
    assert not out.exists()


def test_what_is_read_is_never_written_over(tmp_path: Path, folder: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(BAD)
    (tmp_path / "link.csv").symlink_to(source)
    part = next(folder.glob("*.parquet"))
    before = contents(folder)
    for found in (
        run(source, "-o", source),
        run(source, "-o", tmp_path / "link.csv"),
        run(source, "-o", tmp_path / "out.csv", "--repairs", source),
        run(folder, "-o", part),
        run(f"{folder}/*.parquet", "-o", part),
        CliRunner().invoke(main, ["inspect", str(source), "-o", str(source)]),
        CliRunner().invoke(main, ["diff", str(EXAMPLES), str(source), "-o", str(source)]),
    ):
        assert found.exit_code == 1
        assert "so that the original stays as it is" in found.output
    assert source.read_text() == BAD
    assert contents(folder) == before
    assert not (tmp_path / "out.csv").exists()


def test_what_cannot_be_written_is_said_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(BAD)
    found = run(tmp_path / "in.csv", "-o", tmp_path / "out.csv", "--repairs", tmp_path / "r.doc")
    assert (found.exit_code, "r.doc" in found.output) == (1, True)
    found = run(tmp_path / "in.csv", "-o", tmp_path / "tagged")
    assert "name a file, with a suffix like .csv" in found.output
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_file_in_several_parts_is_looked_at_as_a_whole(folder: Path, tmp_path: Path) -> None:
    again = pq.read_table(folder / "a.parquet").slice(7, 3)
    pq.write_table(again, folder / "z.parquet")
    found = tag_file(folder, tmp_path / "out.csv")
    assert found.rows == 1_503
    assert found.log.count("duplicate-row") == 3


# -- a folder of parts ----------------------------------------------------------------------


def test_a_folder_gets_a_part_for_each_part_and_a_manifest(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = run(folder, "-o", out)
    assert found.exit_code == 0, found.output
    assert set(contents(out)) == {"a.parquet", "b.parquet", "older/c.parquet", MANIFEST}
    manifest = json.loads((out / MANIFEST).read_text())
    assert manifest["rows"] == 1_500 == sum(manifest["verdicts"].values())
    for part in manifest["parts"]:
        for root, role in ((folder, "input"), (out, "output")):
            data = (root / part["name"]).read_bytes()
            assert part[f"{role}_sha256"] == hashlib.sha256(data).hexdigest()
            assert part[f"{role}_bytes"] == len(data)
        tagged = pq.read_table(out / part["name"])
        assert tagged.select(ORIGINAL).equals(pq.read_table(folder / part["name"]))
        counted = {name: count for name, count in part["verdicts"].items() if count}
        words, counts = np.unique(tagged.column("verdict").to_pylist(), return_counts=True)
        assert counted == dict(zip(words.tolist(), counts.tolist(), strict=True))
    assert str(tmp_path) not in (out / MANIFEST).read_text()


def test_a_pattern_is_as_good_as_a_folder(folder: Path, tmp_path: Path) -> None:
    tag_file(folder, tmp_path / "one")
    tag_file(f"{folder}/**/*.parquet", tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_what_proves_the_order_of_day_and_month_may_lie_in_another_part(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name, day in (("a", "03/07/2017"), ("b", "13/07/2017")):
        place = {"latitude": [35.93], "longitude": [36.63]}
        pq.write_table(pa.table({"date": [day], **place}), tmp_path / "in" / f"{name}.parquet")
    summary = tag_file(tmp_path / "in", tmp_path / "out")
    assert summary.unreadable == 0
    first = pq.read_table(tmp_path / "out" / "a.parquet").column("first_day").to_pylist()
    assert [day.isoformat() for day in first] == ["2017-07-03"]


def test_resume_does_only_what_is_missing_and_the_result_is_the_same(
    folder: Path, tmp_path: Path
) -> None:
    whole, out = tmp_path / "whole", tmp_path / "out"
    tag_file(folder, whole)
    tag_file(folder, out)
    (out / "b.parquet").unlink()
    stamp = (out / "a.parquet").stat().st_mtime_ns
    summary = tag_file(folder, out, how=RESUME)
    assert (summary.parts, summary.kept) == (3, 2)
    assert (out / "a.parquet").stat().st_mtime_ns == stamp
    assert contents(out) == contents(whole)


def test_resume_does_again_what_was_changed_since(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    tag_file(folder, out)
    pq.write_table(incidents(10, seed=99), folder / "a.parquet")
    (out / "b.parquet").write_bytes(b"not what it was")
    assert tag_file(folder, out, how=RESUME).kept == 1
    tag_file(folder, tmp_path / "whole")
    assert contents(out) == contents(tmp_path / "whole")


def test_a_folder_begun_with_other_choices_is_not_gone_on_with(
    folder: Path, tmp_path: Path
) -> None:
    tag_file(folder, tmp_path / "out")
    with pytest.raises(InputError, match="options with which"):
        tag_file(folder, tmp_path / "out", ask(boundary="ministry"), RESUME)
    with pytest.raises(InputError, match="--resume"):
        tag_file(folder, tmp_path / "out")


def test_a_folder_with_something_else_in_it_is_left_alone(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    for resume in (False, True):
        with pytest.raises(InputError, match=r"thesis\.txt"):
            tag_file(folder, tmp_path / "out", how=Tagging(resume=resume))
    assert (tmp_path / "out" / "thesis.txt").read_text() == "mine"


def test_parts_of_different_shape_are_refused_by_name(folder: Path, tmp_path: Path) -> None:
    pq.write_table(incidents(3).drop_columns(["id"]), folder / "z.parquet")
    with pytest.raises(InputError, match=r"z\.parquet"):
        tag_file(folder, tmp_path / "out")


def start(*words: object) -> subprocess.Popen[bytes]:
    command: list[Any] = [sys.executable, "-m", "dezone", "tag", *words]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


@pytest.mark.skipif(os.name != "posix", reason="other systems do not hold folders")
def test_a_folder_that_another_run_writes_to_is_left_to_it(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    whole = tag_file(folder, out)

    def meanwhile(done: int, total: int) -> None:
        with pytest.raises(InputError, match=r"found one at work in .*--resume"):
            tag_file(folder, out, how=RESUME)

    first = next(path for path in out.rglob("*.parquet"))
    first.unlink()
    again = tag_file(folder, out, how=replace(RESUME, progress=meanwhile))
    assert (again.rows, again.verdicts) == (whole.rows, whole.verdicts)


def test_killed_in_the_middle_no_half_file_has_a_final_name_and_resume_ends_the_same(
    tmp_path: Path,
) -> None:
    (tmp_path / "in").mkdir()
    for i in range(12):
        pq.write_table(incidents(1_000, seed=i), tmp_path / "in" / f"{i:02}.parquet")
    whole = tmp_path / "whole"
    tag_file(tmp_path / "in", whole)
    expected = contents(whole)
    out = tmp_path / "out"
    for kills, wait in enumerate((1, 4)):  # once in the first parts, once further on
        process = start(tmp_path / "in", "-o", out, *(["--resume"] if kills else []))
        while process.poll() is None and len(list(out.glob("*.parquet"))) < wait:
            time.sleep(0.01)
        process.kill()
        assert process.wait() == -signal.SIGKILL, "it was done before it could be killed"
        assert not (out / MANIFEST).exists()
        for part in out.glob("*.parquet"):
            assert hashlib.sha256(part.read_bytes()).hexdigest() == expected[part.name]
    summary = tag_file(tmp_path / "in", out, how=RESUME)
    assert summary.kept >= 1
    assert contents(out) == expected


def test_killed_while_writing_one_file_leaves_nothing_under_its_name(tmp_path: Path) -> None:
    pq.write_table(incidents(400_000), tmp_path / "in.parquet")
    for suffix in (".parquet", ".csv"):
        out = tmp_path / f"out{suffix}"
        process = start(tmp_path / "in.parquet", "-o", out)

        def begun(name: str = out.name) -> bool:
            return any(path.stat().st_size > 100_000 for path in tmp_path.glob(f".{name}*/{name}"))

        while process.poll() is None and not begun():
            time.sleep(0.01)
        process.kill()
        assert process.wait() == -signal.SIGKILL, "it was done before it could be killed"
        assert not out.exists()
