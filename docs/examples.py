"""Run the examples of the documentation: `python docs/examples.py` writes their output anew.

An example is a fenced block ``console``: each line that begins with ``$ `` is a command, what
follows is what it printed. The commands of a page run in one folder, which begins with the files
of ``examples/``; ``…`` stands for a moment.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from contextlib import chdir
from pathlib import Path

from click.testing import CliRunner

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # run as a file: the repository is the import path

from dezone.cli import main  # noqa: E402

SETTINGS = {"COLUMNS": "84", "LANGUAGE": "en"}

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

PAGES = tuple(
    path
    for path in (*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").rglob("*.md")))
    if BLOCK.search(path.read_text("utf-8"))
)


def again(text: str) -> str:
    """Return a page with the output of its examples as it is now."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        shutil.copytree(ROOT / "examples", folder, dirs_exist_ok=True)

        def run(found: re.Match[str]) -> str:
            commands = [line for line in found[1].splitlines() if line.startswith("$ ")]
            blocks = [f"{line}\n{_output(line[2:], folder)}" for line in commands]
            return "```console\n" + "".join(blocks) + "```"

        return BLOCK.sub(run, text)


def _output(command: str, folder: Path) -> str:
    plain = command.startswith("dezone ") and not set(command) & set("|;&<>$`*\\'")
    code, said = (_here if plain else _by_shell)(command, folder)
    if code not in (0, 3):
        raise SystemExit(f"{command} ended with {code}:\n{said}")
    return "".join(f"{line.rstrip()}\n" for line in MOMENT.sub("…", said).splitlines())


def _here(command: str, folder: Path) -> tuple[int, str]:
    """Run a command of ours in this process: to start one takes longer than most of them do."""
    with chdir(folder):
        # Two columns less than click takes of a wide terminal, as it does itself.
        found = CliRunner(env=SETTINGS).invoke(
            main, shlex.split(command)[1:], prog_name="dezone", terminal_width=78
        )
    return found.exit_code, found.output


def _by_shell(command: str, folder: Path) -> tuple[int, str]:
    scripts = Path(sys.executable).parent
    done = subprocess.run(  # noqa: S602 - the commands of our own pages
        command,
        shell=True,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        env={
            **os.environ,
            "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            **SETTINGS,
        },
    )
    return done.returncode, done.stdout


if __name__ == "__main__":
    for path in PAGES:
        text = path.read_text("utf-8")
        path.write_text(again(text), "utf-8", newline="\n")
