"""What axe finds on every page: four languages, light and dark, wide and narrow.

`tests/maps/test_snapshots.py` looks at a part of it each time; this looks at all.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Page
from visual.snapshots import BELOW, FOLDER, open_page, views, write_pages

from dezone.cli import main

ROOT = Path(__file__).parents[2]
AXE = ROOT / "maps" / "web" / "node_modules" / "axe-core" / "axe.min.js"
EXAMPLES = ROOT / "examples" / "incidents.csv"
FIND = """axe.run({rules: {"target-size": {enabled: true}}, resultTypes: ["violations"]})
  .then(run => run.violations.map(one => [one.id, ...one.nodes.map(node => node.html)]))"""
NAMES = [*sorted({path.stem for path in FOLDER.glob("*.png")} - {*BELOW}), "report"]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    report = tmp_path_factory.mktemp("report")
    CliRunner().invoke(main, ["report", str(EXAMPLES), "-o", str(report)], catch_exceptions=False)
    found = write_pages(tmp_path_factory.mktemp("pages"))
    return found | {"report": report / "report.html"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(pages: dict[str, Path], page: Page, name: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    open_page(page, name, pages[name])
    page.evaluate(AXE.read_text("utf-8"))
    found = {(lang, width): page.evaluate(FIND) for lang, width in views(page)}
    assert {key: faults for key, faults in found.items() if faults} == {}
