"""A foreign file opens nothing and asks nobody: every reader, watched by strace.

One process takes every file of `hostile.py` through every command that reads such files. strace
sees what Python's own audit hooks do not: what libraries written in C open.
"""

from __future__ import annotations

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
from hostile import HEAD, HOST, ROW, TOKEN, write_hostile

ROOT = Path(__file__).parents[1]
SHARED_FILES = ("field/hostile",)

# Runs commands in one process, each behind an attempt to open its number, which strace sees.
SCRIPT = """
import contextlib, io, json, os, sys
from dezone.cli import main

for number, command in enumerate(json.load(open(sys.argv[1]))):
    with contextlib.suppress(OSError):
        os.open(f"/trace/{number}", os.O_RDONLY)
    out = io.StringIO()
    if command[0] == "control":
        with contextlib.suppress(OSError):
            open("".join(command[1:])).close()
            import socket
            socket.socket().close()
        continue
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            main(command, standalone_mode=False)
        except SystemExit as end:
            print(end)
        except Exception as error:
            print(f"{type(error).__name__}: {error}")
    print(json.dumps([number, out.getvalue()]), flush=True)
"""

# Where Python, its packages, the system's libraries, and data of time zones and PROJ lie.
QUIET = tuple(
    str(path)
    for path in {
        *(Path(path) for path in sysconfig.get_paths().values()),
        Path(sys.prefix),
        Path(sys.base_prefix),
        *(ROOT / name for name in ("dezone", "geodata", "maps", "zones")),
        Path.home() / ".local/share/proj",
    }
) + (
    "/lib", "/usr/lib", "/usr/local/lib", "/usr/share/zoneinfo", "/usr/share/locale", "/etc/ld.so",
    "/etc/localtime", "/proc/self", "/proc/meminfo", "/proc/cpuinfo", "/proc/stat", "/sys/devices/",
    "/sys/fs/cgroup", "/dev/null", "/dev/urandom", "/trace/",
)  # fmt: skip
CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*?)(?:\) += (-?\d+).*)?$")
WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC")


@dataclass
class Watched:
    """What one command said, and what it did that it may not."""

    command: list[str]
    said: str = ""
    breaches: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def strace() -> str:
    if not sys.platform.startswith("linux"):
        pytest.skip("what is opened is watched with strace, which Linux has")
    found = shutil.which("strace")
    if found is None:
        pytest.fail("no strace was found: `make test` installs it as root, or `apt install strace`")
    return found


def commands(made: list[Path], out: Path, benign: Path) -> Iterator[list[str]]:
    """Every way by which a file of a stranger comes in."""
    for number, path in enumerate(made):
        name = str(path)
        mine = out / str(number)
        mine.mkdir()
        yield ["tag", name, "-o", str(mine / "tagged.csv")]
        yield ["tag", name, "-o", str(mine / "kept.gpkg"), "--keep-damaged"]
        yield ["inspect", name, "-o", str(mine / "map.toml")]
        yield ["map", "-o", str(mine / "page.html"), "--incidents", name]
        yield ["report", name, "-o", str(mine / "report")]
        yield ["diff", str(benign), name]
        yield ["tag", str(benign), "-o", str(mine / "a.csv"), "--admin", f"district={name}"]
        yield ["tag", str(benign), "-o", str(mine / "b.csv"), "--mapping", name]
        yield ["tag", str(benign), "-o", str(mine / "c.csv"), "--precision", name]
        yield ["check", "Idlib", "--date", "2018-03", "--places", name]
        yield ["check", "35.9306", "36.6339", "--date", "2018-03", "--atlas", str(path.parent)]
        yield ["verify", name]


def watch(
    strace: str, folder: Path, jobs: list[list[str]], allowed: tuple[str, ...]
) -> list[Watched]:
    """Run commands in one process; return what each did."""
    (folder / "jobs.json").write_text(json.dumps(jobs))
    log = folder / "trace.txt"
    calls = "open,openat,openat2,creat,socket,socketpair,connect,execve,execveat,rename,renameat,renameat2"
    private = folder / "private"
    private.mkdir()
    run = subprocess.run(
        [strace, "-f", "-qq", "-s", "4096", "-e", f"trace={calls},unlink,unlinkat,link,symlink",
         "-e", "signal=none", "-o", str(log), sys.executable, "-c", SCRIPT, str(folder / "jobs.json")],
        capture_output=True, text=True, cwd=folder,
        env={**os.environ, "TMPDIR": str(private), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1",
             "GDAL_SKIP": "", "PROJ_NETWORK": "ON"},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    found = [Watched(job) for job in jobs]
    for line in run.stdout.splitlines():
        number, said = json.loads(line)
        found[number].said = said
    now: Watched | None = None
    allowed = (*allowed, str(private), str(folder / "jobs.json"))
    for line in log.read_text(errors="replace").splitlines():
        if marker := re.search(r'"/trace/(\d+)"', line):
            now = found[int(marker[1])]
        elif now is not None and (why := breach(line, now.command, folder, allowed)):
            now.breaches.append(why)
    return found


def breach(line: str, command: list[str], folder: Path, allowed: tuple[str, ...]) -> str | None:
    """Return what a line of strace says that is not allowed."""
    match = CALL.match(line)
    if match is None or "resumed>" in line:
        return None
    call, inside = match[1], match[2]
    if call in ("socket", "connect", "socketpair", "execve", "execveat"):
        return line
    for text in re.findall(r'"((?:[^"\\]|\\.)*)"', inside):
        path = os.path.normpath(
            folder / text.encode().decode("unicode_escape").encode("latin-1").decode()
        )
        inputs = [os.path.dirname(one) for one in command if str(folder) in one]
        if path.startswith(allowed) and (
            not WRITES.search(inside) or "/out" in path or "private" in path
        ):
            continue
        if any(path.startswith(one) for one in inputs) and not WRITES.search(inside):
            continue
        if path.startswith(QUIET) and not WRITES.search(inside):
            continue
        if path == "/dev/null":
            continue
        return line
    return None


@pytest.fixture(scope="module")
def watched(strace: str, tmp_path_factory: pytest.TempPathFactory) -> list[Watched]:
    folder = tmp_path_factory.mktemp("watched")
    secret = folder / "elsewhere" / "secret.csv"
    secret.parent.mkdir()
    secret.write_text(HEAD.replace("id", "id,note") + ROW.replace("1,", f"1,{TOKEN},", 1))
    benign = folder / "benign" / "in.csv"
    benign.parent.mkdir()
    benign.write_text(HEAD + ROW)
    made = write_hostile(folder / "made", secret)
    shared = Path(os.environ.get("DEZONE_SHARED", ROOT.parent / "shared")) / "field" / "hostile"
    if shared.is_dir():
        copied = folder / "shared"
        shutil.copytree(shared, copied)
        made += sorted(
            one
            for one in copied.rglob("*")
            if one.is_file() and one.suffix not in (".shx", ".dbf", ".prj", ".cpg")
        )
    out = folder / "out"
    out.mkdir()
    jobs = [["control", *str(secret)], *commands(made, out, benign)]
    return watch(
        strace,
        folder,
        jobs,
        (str(out), str(folder / "made"), str(folder / "shared"), str(benign.parent)),
    )


def test_the_watch_sees_what_is_opened_and_asked(watched: list[Watched]) -> None:
    control = watched[0]
    assert len(control.breaches) == 2
    assert "secret.csv" in control.breaches[0]
    assert "socket(" in control.breaches[1]


def test_no_foreign_file_opens_another_or_asks_a_host(watched: list[Watched]) -> None:
    import collections
    c = collections.Counter(re.sub(r"^\d+ +|= .*", "", b)[:150] for one in watched[1:] for b in one.breaches)
    pathlib = Path("/tmp/lay/breach.txt").write_text("\n".join(f"{n} {k}" for k, n in c.most_common()) + "\n" + "\n".join(f"{o.command} {o.breaches[:2]}" for o in watched[1:] if o.breaches) + "\n\n" + "\n".join(f"{o.command[0]} {[a[-30:] for a in o.command[1:]]} {o.said[:300]}" for o in watched))
    assert [(one.command, one.breaches[:3]) for one in watched[1:] if one.breaches] == []


def test_no_secret_is_told(watched: list[Watched]) -> None:
    assert [one.command for one in watched if TOKEN in one.said] == []


def test_every_answer_is_one_of_ours(watched: list[Watched]) -> None:
    ours = re.compile(
        r"^(?:DezoneError|\w*Error: .*(?:expected|No such|Invalid value|does not exist))", re.S
    )
    odd = [
        (one.command, one.said)
        for one in watched[1:]
        if "Error:" in one.said
        and not ours.match(one.said)
        and one.said.startswith(("Type", "Value", "Key", "Attribute", "Arrow", "OS", "Unicode"))
    ]
    assert odd == []
