"""The Makefile's promises that can be kept without installing everything again."""

from __future__ import annotations

import os
import subprocess
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def make(*arguments, **environment):
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_is_the_default_and_names_every_target():
    done = make()
    assert done.returncode == 0
    targets = [line.split()[1] for line in done.stdout.splitlines()]
    assert {"help", "run", "test", "check", "bench", "data", "site", "wheel"} <= set(targets)
    assert done.stdout == make("help").stdout


def test_too_old_python_is_refused_in_one_line(tmp_path):
    old = tmp_path / "python3"
    old.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.10.13" && exit\nexit 1\n',
        encoding="ascii",
    )
    old.chmod(0o755)
    done = make(f"PYTHON={old}", f"VENV={tmp_path}/venv", "run")
    assert done.returncode != 0
    assert "dezone needs Python 3.11 or later" in done.stderr
    assert "is Python 3.10.13" in done.stderr
    assert not (tmp_path / "venv").exists()


@pytest.mark.parametrize("missing", ["no-such-python", "/nowhere/python3"])
def test_missing_python_is_named(tmp_path, missing):
    done = make(f"PYTHON={missing}", f"VENV={tmp_path}/venv", "run")
    assert done.returncode != 0
    assert f"there is no {missing}" in done.stderr


def test_a_clone_in_a_folder_of_any_name_is_found_in_any_locale(tmp_path):
    clone = tmp_path / "نسخة من المشروع"
    clone.mkdir()
    (clone / "here.py").write_text("print('found')\n", "ascii")
    venv.create(clone / ".venv", symlinks=True)
    (packages,) = clone.glob(".venv/lib/python*/site-packages")
    (packages / "_dezone.pth").write_text(str(clone), "utf-8")  # as pip leaves it
    step = "--eval=step:\n\t$(PYTHON) -c '$(RELATIVE)'"
    done = make("-C", str(clone), "-f", str(ROOT / "Makefile"), step, "step", LC_ALL="C")
    assert done.returncode == 0, done.stderr
    shown = subprocess.run(
        [clone / ".venv/bin/python", "-m", "here"],
        cwd=tmp_path,
        env={"LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (shown.stdout, shown.stderr) == ("found\n", "")
