"""A foreign file opens nothing and asks nobody: every reader, watched by strace.

One process takes every file of `hostile.py` through every command that reads such files. strace
sees what Python's own audit hooks do not: what libraries written in C open.
"""

from __future__ import annotations

import codecs
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hostile import HEAD, ROW, TOKEN, write_hostile

ROOT = Path(__file__).parents[1]

# Runs commands in one process, each behind an attempt to open its number, which strace sees.
SCRIPT = """
import contextlib, io, json, os, sys
from dezone.cli import main

with open(sys.argv[1]) as file:
    jobs = json.load(file)
for number, command in enumerate(jobs):
    out = io.StringIO()
    with contextlib.suppress(OSError):
        os.open(f"/mark/{number}", os.O_RDONLY)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            if command[0] == "control":
                import socket
                open("".join(command[1:])).close()
                socket.socket().close()
            else:
                main(command, standalone_mode=False)
        except SystemExit as end:
            print("exit", end)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}")
    print(json.dumps([number, out.getvalue()]), flush=True)
"""

CALLS = (
    "open,openat,openat2,creat,socket,socketpair,connect,execve,execveat,rename,renameat,renameat2,"
    "link,linkat,symlink,symlinkat"
)
# Where Python, its packages, the system's libraries, and data of time zones and PROJ lie, and
# what libraries ask of the machine.
QUIET = (
    *sysconfig.get_paths().values(), sys.prefix, sys.base_prefix, sys.executable,
    *(str(ROOT / name) for name in ("dezone", "geodata", "maps", "zones")),
    str(Path.home() / ".local/share/proj"), "/lib", "/usr/lib", "/usr/local/lib", "/etc/ld.so",
    "/usr/share/zoneinfo", "/etc/localtime", "/usr/share/locale", "/proc/self", "/proc/meminfo",
    "/proc/cpuinfo", "/proc/stat", "/proc/sys/vm", "/sys/devices", "/sys/fs/cgroup",
    "/sys/kernel/mm", "/dev/urandom",
)  # fmt: skip
CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)$")
PATHS = re.compile(r'(?:<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')  # perhaps in a folder that is open
WRITES = re.compile("O_WRONLY|O_RDWR|O_CREAT|O_TRUNC")
PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


@dataclass
class Watched:
    """A command, what it said, and what it did that it may not."""

    command: list[str]
    said: str = ""
    breaches: list[str] = field(default_factory=list)

    def may_read(self, path: str) -> bool:
        """Tell whether a path is an input of the command, or what belongs to one."""
        for word in self.command:
            named = Path(word.partition("=")[2] or word)
            parts = PARTS if named.suffix == ".shp" else ()
            if path in map(str, (named, named.parent, *map(named.with_suffix, parts))):
                return True
            if self.command[-2:] == ["--atlas", word] and path.startswith(word):
                return True
        return False

    def look(self, line: str, own: tuple[str, ...], folder: Path) -> None:
        """Take down what a line of strace shows if it is not allowed; `own` may be written."""
        match = CALL.match(line)
        if match is None:  # the end of a call that was interrupted
            return
        for within, text in PATHS.findall(match[2]):
            name = codecs.escape_decode(text)[0].decode()
            path = os.path.normpath(folder / within / name)
            if path == "/dev/null" or path.startswith(own):
                continue
            writes = not match[1].startswith("open") or WRITES.search(match[2])
            if writes or not (path.startswith(QUIET) or self.may_read(path)):
                self.breaches.append(f"{path}: {line}")
        if match[1] in ("socket", "socketpair", "connect", "execve", "execveat"):
            self.breaches.append(line)


def commands(path: Path, out: Path, plain: Path) -> Iterator[list[str]]:
    """Every way by which a file of a stranger comes in."""
    name, given = str(path), str(plain)
    out.mkdir()
    yield ["tag", name, "-o", str(out / "tagged.csv")]
    yield ["tag", name, "-o", str(out / "kept.gpkg"), "--keep-damaged"]
    yield ["tag", name, "-o", str(out / "parts")]  # a folder: what each worker of a cluster does
    yield ["inspect", name, "-o", str(out / "map.toml")]
    yield ["map", "-o", str(out / "page.html"), "--incidents", name]
    yield ["report", name, "-o", str(out / "report")]
    yield ["diff", given, name, "-o", str(out / "changes.csv")]
    yield ["tag", given, "-o", str(out / "a.fgb"), "--admin", f"district={name}"]
    yield ["tag", given, "-o", str(out / "b.csv"), "--mapping", name, "--precision", name]
    yield ["check", "Idlib", "--date", "2018-03", "--places", name]
    yield ["verify", name]
    yield ["check", "35.9306", "36.6339", "--date", "2018-03", "--atlas", str(path.parent)]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> list[Watched]:
    """Every command on every hostile file, behind one that does what is forbidden."""
    folder = tmp_path_factory.mktemp("watched")
    secret = folder / "elsewhere" / "secret.csv"
    plain = folder / "plain" / "in.csv"
    for path, content in ((secret, f"{TOKEN}\n{HEAD}{ROW}"), (plain, HEAD + ROW)):
        path.parent.mkdir()
        path.write_text(content)
    made = write_hostile(folder / "made", secret)
    beside = Path(os.environ.get("DEZONE_SHARED", ROOT.parent / "shared")) / "field" / "hostile"
    if beside.is_dir():
        shutil.copytree(beside, folder / "more")
        more = [path for path in (folder / "more").rglob("*.*") if path.suffix not in PARTS[1:]]
        made += sorted(more)
    out = folder / "out"
    out.mkdir()
    # The first run of a library may do more: what it does then is not the file's doing.
    warm = [*commands(plain, out / "warm", plain), ["tag", str(plain), "-o", str(out / "a.gpkg")]]
    found = [Watched(job) for job in [*warm, ["control", *str(secret)]]]
    for number, path in enumerate(made):
        found += [Watched(job) for job in commands(path, out / str(number), plain)]
    watch(found, folder, (str(out), str(folder / "private")))
    return found[len(warm) :]


def watch(found: list[Watched], folder: Path, own: tuple[str, ...]) -> None:
    """Run commands in one process, and take down what each does."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.fail("no strace was found: `make test` installs it as root, or `apt install strace`")
    jobs, log, private = folder / "jobs.json", folder / "trace.txt", folder / "private"
    jobs.write_text(json.dumps([one.command for one in found]))
    private.mkdir()
    run = subprocess.run(
        [strace, "-f", "-y", "-qq", "-s", "4096", "-e", f"trace={CALLS}", "-e", "signal=none",
         "-o", log, sys.executable, "-P", "-B", "-c", SCRIPT, jobs],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "TMPDIR": str(private), "PYTHONPATH": str(ROOT), "PROJ_NETWORK": "ON"},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    for line in run.stdout.splitlines():
        number, said = json.loads(line)
        found[number].said = said
    now = None
    for line in log.read_text("utf-8", "surrogateescape").splitlines():
        if marker := re.search(r'"/mark/(\d+)"', line):
            now = found[int(marker[1])]
        elif now is not None and "/jobs.json" not in line:
            now.look(line, own, folder)


linux = pytest.mark.skipif(sys.platform != "linux", reason="strace is a program of Linux")


@linux
def test_the_watch_sees_what_is_opened_and_asked(watched: list[Watched]) -> None:
    opened, asked = watched[0].breaches
    assert "elsewhere/secret.csv" in opened
    assert "socket(" in asked


@linux
def test_no_foreign_file_opens_another_or_asks_a_host(watched: list[Watched]) -> None:
    assert [(one.command, one.breaches) for one in watched[1:] if one.breaches] == []


@linux
def test_no_secret_is_told_or_written(watched: list[Watched]) -> None:
    assert [one.command for one in watched if TOKEN in one.said] == []
    written = {Path(word) for one in watched[1:] for word in one.command if "/out/" in word}
    files = [file for path in written for file in ([path] if path.is_file() else path.rglob("*.*"))]
    assert len(files) > 50
    assert [file for file in files if TOKEN.encode() in file.read_bytes()] == []
