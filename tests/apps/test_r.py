"""In real R: the page's lines run, and the command answers the vectors from there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEZONE = Path(sys.executable).with_name("dezone")
RSCRIPT = shutil.which("Rscript")
PAGE = (ROOT / "docs" / "r.md").read_text("utf-8")


def has(*packages):
    """Tell whether R is there with these packages."""
    if RSCRIPT is None:
        return False
    asked = "; ".join(f"library({name})" for name in packages)
    return subprocess.run([RSCRIPT, "-e", asked], capture_output=True, check=False).returncode == 0


def script(path, *words, cwd=ROOT):
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PATH": f"{DEZONE.parent}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        [RSCRIPT, "--vanilla", str(path), *map(str, words)],
        cwd=cwd, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(not has("sf"), reason="R with sf is not there (Debian: r-base-core r-cran-sf)")
def test_the_lines_of_the_page_run(tmp_path):
    shutil.copy(ROOT / "examples" / "incidents.csv", tmp_path)
    first = re.search(r"^    dezone (.+)$", PAGE, re.MULTILINE)[1].split()
    subprocess.run([DEZONE, *first], cwd=tmp_path, check=True, capture_output=True)
    lines = "\n".join(re.findall(r"^```r\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
    page = tmp_path / "page.R"
    page.write_text(f"{lines}\nprint(table(points$nearest_post))\nprint(class(zones$valid_from))\n")
    said = script(page, cwd=tmp_path)
    assert re.search(r"^ +eastern-ghouta +idlib +north-homs +south-west", said, re.MULTILINE)
    assert re.search(r"idlib +arranged", said)
    assert '"Date"' in said


@pytest.mark.skipif(
    not has("jsonlite"), reason="R is not there (Debian: r-base-core r-cran-jsonlite)"
)
def test_the_vectors_of_verdicts_are_answered_through_the_command():
    said = script(ROOT / "tests/apps/vectors.R", DEZONE, ROOT / "tests/vectors/vectors.json")
    assert int(said.split()[0]) > 1000
