"""Names on the map: which settlements a view names, in whose spelling, and over what they lie."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

import maps
from geodata.atlas import read_atlas
from zones.tables.rows import check_rows

EXAMPLES = Path(__file__).parents[2] / "examples" / "incidents.csv"
KHAN_SHAYKHUN = (35.4416, 36.6489)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    atlas = read_atlas()
    incidents = check_rows(list(csv.DictReader(EXAMPLES.read_text("utf-8").splitlines())), atlas)
    return maps.write_map(atlas, tmp_path_factory.mktemp("names") / "map.html", incidents=incidents)


def look(page: Page, path: Path, lang: str, zoom: float) -> dict[str, dict[str, float]]:
    """Show Khan Shaykhun in a language; return the settlements named, with their boxes."""
    page.goto(f"{path.as_uri()}#lang={lang}")
    page.wait_for_selector("[data-drawn][data-settlements=named]", state="attached")
    page.evaluate(
        "([at, zoom]) => window[Object.keys(window).find(k => /^map_/.test(k))]"
        ".setView(at, zoom, {animate: false})",
        [KHAN_SHAYKHUN, zoom],
    )
    found: list[list[Any]] = page.evaluate(
        "[...document.querySelectorAll('.name-settlement')].map(one => "
        "[one.textContent, one.getBoundingClientRect().toJSON()])"
    )
    return dict(map(tuple, found))


def test_settlements_are_named_as_one_comes_nearer(page: Page, index: Path) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    assert not look(page, index, "en", 7)
    towns = look(page, index, "en", 9.6)
    near = look(page, index, "en", 10.8)
    assert "Khan Shaykun" in towns
    assert {"Khan Shaykun", "Heish"} <= near.keys()
    assert len(near) > len(towns)
    ledger = read_atlas().ledger
    assert near.keys() <= {ledger.name(at) for at in range(len(ledger))}, "not its other spellings"


@pytest.mark.parametrize(
    ("lang", "town"),
    [
        ("ar", "خان شيخون"),
        ("ru", "Khan Shaykun"),  # no list of places has it in Cyrillic
    ],
)
def test_settlements_are_named_in_the_script_of_the_page(
    page: Page, index: Path, lang: str, town: str
) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    assert town in look(page, index, lang, 13)


def test_no_name_covers_a_mark_or_another_name(page: Page, index: Path) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    for zoom in (9.6, 11, 12.4):
        names = list(look(page, index, "en", zoom).values())
        assert len(names) > 5
        marks: list[dict[str, float]] = page.evaluate(
            "[...document.querySelectorAll('.mark.incident circle')].map(one => "
            "one.getBoundingClientRect().toJSON())"
        )
        assert marks
        for number, name in enumerate(names):
            for other in (*names[number + 1 :], *marks):
                assert (
                    name["right"] <= other["left"] + 1
                    or other["right"] <= name["left"] + 1
                    or name["bottom"] <= other["top"] + 1
                    or other["bottom"] <= name["top"] + 1
                )
