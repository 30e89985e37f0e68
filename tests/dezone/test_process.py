"""However a run ends: one line and no traceback, nothing in part, nothing unpacked left behind."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from dezone.cli import main
from geodata.formats.temporary import Temporary

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "incidents.csv"
CHECK = ["check", "35.9306", "36.6339", "--date", "2018-03"]

resource = pytest.importorskip("resource", reason="limits of POSIX")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and descriptors of POSIX")


def environment(**more: str) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PYTHONIO")}
    return {**inherited, "PYTHONPATH": str(ROOT), **more}


def run(*words: object, redirect: str = "", cwd: Path | None = None, **more: str):
    """Run the command in a shell, with what comes after it: redirections, mostly."""
    command = f'exec "$0" -m dezone "$@" {redirect}'
    return subprocess.run(
        ["/bin/sh", "-c", command, sys.executable, *map(os.fsencode, map(str, words))],
        env=environment(**more),
        cwd=cwd,
        capture_output=True,
        timeout=120,
    )


def here(*words: object):
    """Run the command in this process: for what is no matter of streams and signals."""
    return CliRunner().invoke(main, list(map(str, words)))


def one_line(done) -> str:
    said = done.stderr if isinstance(done.stderr, str) else done.stderr.decode(errors="replace")
    assert said.count("\n") == 1, said
    assert said.startswith("Error: ")
    assert "expected " in said
    assert "found" in said
    return said


# -- streams ----------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [CHECK, ["--help"], ["zones"]])
def test_output_that_does_not_fit_is_one_line(words):
    done = run(*words, redirect="> /dev/full")
    assert done.returncode == 1
    assert "room" in one_line(done)


@pytest.mark.parametrize("shell", ["> /dev/full", ">&-"])
def test_a_table_that_cannot_be_written_to_standard_output_is_one_line(shell):
    done = run("tag", EXAMPLES, "-o", "-", redirect=shell)
    assert done.returncode == 1
    one_line(done)


def test_a_closed_output_is_refused_where_it_is_used(tmp_path):
    done = run(*CHECK, redirect=">&-")
    assert done.returncode == 1
    assert "standard output" in one_line(done)
    done = run("tag", EXAMPLES, "-o", tmp_path / "o.csv", redirect=">&-")
    assert (done.returncode, done.stderr.count(b"60 rows")) == (0, 1)


def test_a_closed_input_is_one_line(tmp_path):
    done = run("tag", "-", "-o", tmp_path / "o.csv", redirect="<&-")
    assert done.returncode == 1
    assert "standard input" in one_line(done)


@pytest.mark.parametrize("shell", ["2>/dev/full", "<&- 2>&-"])
def test_without_an_error_stream_the_work_is_done_all_the_same(shell, tmp_path):
    done = run("tag", EXAMPLES, "-o", tmp_path / "o.csv", redirect=shell)
    assert done.returncode == (1 if "full" in shell else 0)
    assert (tmp_path / "o.csv").is_file()
    assert run(*CHECK, redirect=shell).returncode == 0
    assert run("check", "95", "36", redirect=shell).returncode == 1


def test_no_file_takes_the_place_of_a_closed_stream(tmp_path):
    """Else whatever a library says on descriptor 1 or 2 would be written into it."""
    whole, closed = tmp_path / "whole.csv", tmp_path / "closed.csv"
    assert run("tag", EXAMPLES, "-o", whole).returncode == 0
    assert run("tag", EXAMPLES, "-o", closed, redirect="<&- >&- 2>&-").returncode == 0
    assert closed.read_bytes() == whole.read_bytes()


def test_whoever_stops_reading_is_not_told():
    done = run("zones", "--json", redirect="| head -c 1")
    assert (done.stdout, done.stderr) == (b"[", b"")


@pytest.mark.parametrize(
    ("language", "encoding"),
    [("en", "cp437"), ("ar", "cp1252"), ("ar", "cp1256"), ("ar", "ascii"), ("en", "koi8-r"),
     ("ar", "utf-16")],
)  # fmt: skip
def test_any_encoding_of_the_terminal_shows_an_answer(language, encoding):
    done = run(*CHECK, "--lang", language, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    shown = done.stdout.decode("utf-8" if encoding == "ascii" else encoding)
    assert "35.93060, 36.63390" in shown


def test_what_an_encoding_lacks_is_written_as_something_near_or_as_its_code():
    done = run(*CHECK, PYTHONIOENCODING="cp437")
    assert b"Russian ministry's map" in done.stdout
    done = run(*CHECK, "--lang", "ar", PYTHONIOENCODING="cp437")
    assert b"\\u0625\\u062f\\u0644\\u0628" in done.stdout


# -- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["--place", "حمورية"], ["حمورية"]])
def test_a_name_is_understood_where_the_locale_knows_ascii_alone(words):
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "dezone", "check", *words, "--date", "١٢ آذار ٢٠١٨"],
        cwd=ROOT,
        env=os.environ | plain,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"Inside  Eastern Ghouta")


def test_a_file_whose_name_is_not_utf8_is_read_and_written(tmp_path):
    bad = os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.csv")
    shutil.copy(EXAMPLES, bad)
    out = tmp_path / "o.csv"
    assert here("tag", EXAMPLES, "-o", out).exit_code == 0
    expected = out.read_bytes()
    for words in (["tag", bad, "-o", out], ["tag", EXAMPLES, "-o", bad]):
        done = run(*words)
        assert done.returncode == 0, done.stderr
        assert b"\xff" not in done.stderr
        assert b"Traceback" not in done.stderr
    assert out.read_bytes() == Path(bad).read_bytes() == expected
    shutil.copy(EXAMPLES, bad)
    for words in (["inspect", bad], ["diff", bad, bad, "-o", tmp_path / "changes.csv"],
                  ["report", bad, "-o", tmp_path / "report"],
                  ["map", "-o", tmp_path / "page.html", "--incidents", bad]):  # fmt: skip
        done = here(*words)
        assert done.exit_code == 0, (words[0], done.output)


@pytest.mark.parametrize(
    "words",
    [
        ["tag", "{}.csv", "-o", "o.csv"],
        ["tag", EXAMPLES, "-o", "{}.csv"],
        ["tag", EXAMPLES, "-o", "o.csv", "--repairs", "{}.csv"],
        ["tag", EXAMPLES, "-o", "o.csv", "--admin", "{}.geojson"],
        ["inspect", "{}.csv"],
        ["inspect", EXAMPLES, "-o", "{}.toml"],
        ["report", EXAMPLES, "-o", "{}"],
        ["map", "-o", "{}"],
        ["map", "idlib", "-o", "{}.html"],
        ["export", "-o", "{}.gpkg"],
        ["figure", "-o", "{}.svg"],
        [*CHECK, "--card", "{}.json"],
        ["zones", "--atlas", "{}"],
        ["diff", EXAMPLES, "{}.csv"],
    ],
)
def test_a_name_that_is_too_long_is_one_line(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = here(*(str(word).format("a" * 300) for word in words))
    assert done.exit_code == 1
    assert len(one_line(done)) < 1_000
    assert [path.name for path in tmp_path.iterdir() if path.name != "o.csv"] == []


@pytest.mark.parametrize("words", [["tag", ""], ["tag", EXAMPLES, "-o", ""], ["map", "-o", ""]])
def test_an_empty_name_is_not_the_current_folder(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = here(*words)
    assert done.exit_code == 2
    assert "an empty name" in one_line(done)


def test_a_pipe_in_place_of_a_file_is_named(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    done = here("tag", tmp_path / "pipe.csv", "-o", tmp_path / "o.csv")
    assert "found a pipe or a device; name -" in one_line(done)


# -- room and leave ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ["map", "-o", "site"],
        ["map", "idlib", "-o", "m.html"],
        ["report", EXAMPLES, "-o", "report"],
        ["export", "-o", "z.geojson"],
        ["export", "-o", "z.gpkg"],
        ["export", "-o", "z.kml"],
        ["export", "-o", "z.csv"],
        ["export", "-o", "z.parquet"],
        ["figure", "-o", "f.svg"],
        [*CHECK, "--card", "c.html"],
        ["tag", EXAMPLES, "-o", "o.csv"],
    ],
    ids=lambda words: " ".join(map(str, words[:1] + words[-1:])),
)
def test_what_does_not_fit_is_written_not_at_all(words, tmp_path, monkeypatch):
    """With a limit on the size of a file, which a full disk is like; what was there stays."""
    target = tmp_path / str(words[-1])
    if words[-1] in ("site",):
        target.mkdir()
        (target / "index.html").write_text("before")
    elif "." in str(words[-1]):
        target.write_text("before")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # it would be cut off, and stay so
    before = resource.getrlimit(resource.RLIMIT_FSIZE)  # Python ignores the signal that comes of it
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        done = here(*words)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert done.exit_code == 1
    found = one_line(done)  # SQLite knows one error only for a disk and a file that take no more
    assert "File too large" in found or ("No space left" in found and "gpkg" in found)
    left = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    kept = {"site": {Path("site/index.html")}, "report": set()}
    assert left == kept.get(str(words[-1]), {Path(str(words[-1]))})
    assert all((tmp_path / path).read_text() == "before" for path in left)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not hold to the limit")
def test_too_little_memory_is_told_before_it_may_end_the_process(tmp_path):
    script = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (600 << 20, 600 << 20))\n"
        "from dezone.cli import main; main()"
    )
    words = ["tag", EXAMPLES, "-o", tmp_path / "out.gpkg"]
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, words)],
        env=environment(),
        capture_output=True,
        timeout=120,
    )
    said = done.stderr.decode().splitlines()
    assert said[0].startswith("memory is limited to 600 MiB (ulimit -v)")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr.decode()
    assert not any(tmp_path.iterdir())


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to_is_named(tmp_path):
    tmp_path.chmod(0o555)
    for words in (
        ["map", "-o", "site"],
        ["report", EXAMPLES, "-o", "r"],
        ["figure", "-o", "f.svg"],
    ):
        assert "Permission denied" in one_line(run(*words, cwd=tmp_path))


def test_a_new_file_may_be_read_by_no_more_people_than_any_other(tmp_path):
    before = os.umask(0o077)
    try:
        here(*CHECK, "--card", tmp_path / "card.json")
        here("export", "-o", tmp_path / "zones.csv")
        here("map", "-o", tmp_path / "site")
    finally:
        os.umask(before)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > 10
    assert {path.stat().st_mode & 0o077 for path in written} == {0}


# -- signals ----------------------------------------------------------------------------------


def wait_for(what: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    for _ in range(6_000):
        if what():
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    raise AssertionError("nothing happened in a minute")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nothing_unpacked_behind(number, tmp_path):
    """Half a file has come in by a pipe and lies in the temporary folder when the signal comes."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "dezone", "tag", "-", "-o", str(tmp_path / "o.csv")],
        env=environment(TMPDIR=str(scratch)),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(EXAMPLES.read_bytes() * 200)
    process.stdin.flush()
    wait_for(lambda: any(path.is_file() for path in scratch.rglob("*")), process)
    process.send_signal(number)
    process.send_signal(number)  # as impatient supervisors do
    assert process.wait(timeout=60) == 128 + number  # though the pipe stays open
    _, said = process.communicate()
    assert b"Traceback" not in said
    assert list(scratch.iterdir()) == []
    assert not (tmp_path / "o.csv").exists()


def test_what_a_killed_run_left_goes_with_the_next_one_that_needs_a_copy(tmp_path, monkeypatch):
    """What is no longer locked: neither the folder of a run that goes on, nor one made just now."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    make = "import os; from geodata.formats.temporary import Temporary; kept = Temporary(); "

    def another(ending: str) -> None:
        words = [sys.executable, "-c", make + ending]
        subprocess.run(words, env=environment(), check=True, timeout=60)

    another("open(kept.path / 'secret', 'w').close(); os._exit(0)")
    (left,) = tmp_path.iterdir()
    held = Temporary()
    (young := tmp_path / "dezone-run-0").mkdir()
    for path in (left, held.path):
        os.utime(path, (0, 0))
    another("pass")
    assert set(tmp_path.iterdir()) == {held.path, young}
    held.close()
    assert list(tmp_path.iterdir()) == [young]


@pytest.mark.parametrize("where", ["full", "none"])
def test_copies_lie_where_tmpdir_says_or_the_run_says_why_not(where, tmp_path, monkeypatch):
    """Python would take another folder without a word: not every disk may hold such texts."""
    packed, scratch = tmp_path / "in.csv.gz", tmp_path / where
    packed.write_bytes(gzip.compress(EXAMPLES.read_bytes() * 9))
    if where == "full":
        scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        done = here("tag", packed, "-o", tmp_path / "o.csv")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert done.exit_code == 1
    assert f"room for a copy in '{scratch}'" in one_line(done)
    assert "damaged" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_no_part_of_an_output(number, tmp_path):
    lines = EXAMPLES.read_bytes().splitlines(keepends=True)
    (tmp_path / "in.csv").write_bytes(lines[0] + b"".join(lines[1:]) * 2_000)
    out = tmp_path / "out"
    out.mkdir()
    (out / "o.csv").write_text("before")
    process = subprocess.Popen(
        [sys.executable, "-m", "dezone", "tag", "in.csv", "-o", "out/o.csv"],
        env=environment(),
        cwd=tmp_path,
        stderr=subprocess.PIPE,
    )
    wait_for(lambda: len(list(out.iterdir())) > 1, process)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, b"Traceback" in said) == (128 + number, False), said
    assert [path.name for path in out.iterdir()] == ["o.csv"]
    assert (out / "o.csv").read_text() == "before"


def test_a_signal_that_is_ignored_stays_ignored(tmp_path):
    """As `nohup` asks for."""
    script = (
        f"trap '' HUP; (sleep 1; kill -HUP $$) & exec {sys.executable} -m dezone tag - -o o.csv"
    )
    process = subprocess.Popen(
        ["/bin/sh", "-c", script], env=environment(), cwd=tmp_path, stdin=subprocess.PIPE
    )
    time.sleep(2)
    process.communicate(EXAMPLES.read_bytes(), timeout=60)
    assert process.returncode == 0
    assert (tmp_path / "o.csv").is_file()
