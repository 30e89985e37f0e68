"""The notebooks run from the first cell to the last, and the page's lines do, in real Jupyter."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "examples" / "notebooks").glob("*.ipynb"))
PAGE = (ROOT / "docs" / "notebooks.md").read_text("utf-8")

nbformat = pytest.importorskip("nbformat", reason="nbclient is not there (pip install nbclient)")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel", reason="ipykernel is not there (pip install ipykernel)")

# What Jupyter's own parts warn of.
pytestmark = pytest.mark.filterwarnings("default")


def run(notebook, folder):
    os.environ["PYTHONPATH"] = str(ROOT)
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    return client.execute()


def outputs(notebook):
    return [out for cell in notebook.cells for out in cell.get("outputs", [])]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_what_it_says(path, tmp_path):
    done = run(nbformat.read(path, as_version=4), tmp_path)
    shown = outputs(done)
    assert any("image/png" in out.get("data", {}) for out in shown)
    assert not [out for out in shown if out.get("name") == "stderr"]


def test_a_record_and_a_card_show_themselves(tmp_path):
    path = next(path for path in NOTEBOOKS if path.stem == "first_hour")
    done = run(nbformat.read(path, as_version=4), tmp_path)
    pages = [
        out["data"]["text/html"] for out in outputs(done) if "text/html" in out.get("data", {})
    ]
    assert any("<strong" in page and "inside" in page for page in pages)
    assert any("sha256" in page for page in pages)


def test_the_lines_of_the_page_run(tmp_path):
    cells = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(cells) >= 3
    run(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells]),
        tmp_path,
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert outputs(notebook) == []
    assert all(cell.get("execution_count") is None for cell in notebook.cells)
