"""What people come to the page for, done as by one who has never seen it."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

import maps
from geodata.atlas import Atlas, read_atlas
from zones.tables.files import tag_file

ROWS = 200


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return read_atlas()


@pytest.fixture(scope="module")
def index(atlas: Atlas, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return maps.write_map(atlas, tmp_path_factory.mktemp("tasks") / "index.html")


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 rows as people keep them: days in every notation, radii, cells that cannot be read."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["id", "date", "latitude", "longitude", "radius"])
    days = ["2018-03-07", dt.date(2018, 1, 10), "10 Jan 2018", "١ أيلول ٢٠١٧", "2018-02-30"]
    points = [(35.9306, 36.6339, ""), (34.83, 36.75, "5 km"), (33.513, 36.29, ""), (35.0, 40.0, "")]
    for row in range(ROWS):
        latitude, longitude, radius = points[row % len(points)]
        sheet.append([f"EV{row}", days[row % len(days)], latitude, longitude, radius])
    path = tmp_path_factory.mktemp("mixed") / "mixed.xlsx"
    book.save(path)
    return path


def opened(page: Page, index: Path, lang: str = "en") -> None:
    page.goto("about:blank")
    page.goto(f"{index.as_uri()}#lang={lang}")
    page.wait_for_selector(f"html[lang={lang}] [data-drawn]", state="attached")


def day_shown(page: Page, text: str) -> None:
    page.locator("[name=day]").fill(text)
    page.locator("[name=day]").press("Enter")
    expect(page.locator(".zones h2")).to_have_text(text)


def asked(page: Page, place: str, date: str) -> str:
    """Open the check where it is shut, ask, and return the answer."""
    toggle = page.locator("#checker-toggle")
    if toggle.get_attribute("aria-expanded") == "false":
        toggle.click()
    page.fill("#checker-where", place)
    page.fill("#checker-when", date)
    page.evaluate("document.querySelector('.answer').replaceChildren()")
    page.press("#checker-when", "Enter")
    expect(page.locator(".answer-word")).to_be_visible()
    return page.locator(".answer").inner_text()


def test_which_zones_who_guaranteed_one_and_who_says_so(page: Page, index: Path) -> None:
    opened(page, index)
    day_shown(page, "1 October 2017")
    rows = page.locator(".zones button.row")
    assert rows.locator(".row-name").all_inner_texts() == [
        "Idlib",
        "Northern Homs",
        "Eastern Ghouta",
        "South-west",
    ]
    for phase in rows.locator(".row-phase").all_inner_texts():
        assert phase.startswith("separately agreed since")

    rows.last.click()
    facts = page.locator(".zones .row-facts")
    expect(facts).to_contain_text("Russia · United States · Jordan")
    own = facts.locator(".agreement", has_text="south-west Syria")
    assert "9 July 2017\nRussia · United States · Jordan" in own.inner_text()
    recognised = facts.locator(".agreement", has_text="Joint statement of 15 September 2017")
    assert "Russia · Turkey · Iran" in recognised.inner_text()
    own.locator("summary").click()
    said = own.locator(".sources a, .sources li")
    assert said.count() > 0
    expect(said.first).to_be_visible()


def test_what_happened_to_the_extent_of_idlib(page: Page, index: Path) -> None:
    opened(page, index)
    day_shown(page, "20 July 2018")
    page.locator(".zones button.row").first.click()
    facts = page.locator(".zones .row-facts")
    chart = facts.get_by_role("img").get_attribute("aria-label") or ""
    areas = [part for part in chart.split(". ") if "km²" in part]
    assert any(part.startswith("20 July 2018: ") for part in areas)
    assert any(" 2020: " in part for part in areas)
    area = facts.locator("dl").inner_text()
    assert "Drawn as of\n20 July 2018" in area
    assert "before that" in area
    day_shown(page, "10 March 2020")
    assert page.locator(".zones .row-area").first.inner_text() not in area


def test_was_it_inside(page: Page, index: Path) -> None:
    opened(page, index)
    for place, date, word, sentence in (
        ("Khan Shaykhun", "4 April 2017", "Not in force yet", "what later became the Idlib zone"),
        ("Douma", "7 April 2018", "Inside", "the Eastern Ghouta zone, which was in force"),
        ("حمورية", "12 March 2018", "Inside", "the Eastern Ghouta zone, which was in force"),
    ):
        said = asked(page, place, date)
        assert said.startswith(f"{word}\n")
        assert sentence in said
        assert word == "Not in force yet" or "Drawn as of" in said
        # And the ground has names.
        expect(page.locator(".name-settlement").first).to_be_attached()
        assert page.locator(".asked-disc").count() == 1


def test_the_uncertain_rows_of_a_workbook_are_found_and_taken_home(
    page: Page, index: Path, workbook: Path, atlas: Atlas, tmp_path: Path
) -> None:
    words = atlas.words("ar")
    opened(page, index, "ar")
    page.locator("#checker-toggle").click()
    page.set_input_files("#checker-file", workbook)
    found = page.locator(".file .counts dd")
    expect(found).to_have_count(4)
    page.wait_for_selector("[data-points=drawn]", state="attached")
    tag_file(workbook, tmp_path / "tagged.csv")
    with (tmp_path / "tagged.csv").open(encoding="utf-8-sig", newline="") as file:
        wanted = [row["verdict"] for row in csv.DictReader(file)]
    names = page.locator(".file .counts dt").all_inner_texts()
    counts = dict(zip(names, map(int, found.all_inner_texts()), strict=True))
    assert counts == {said: wanted.count(key) for key, said in words["verdict"].items()}

    page.locator(".points-key summary").click()
    for verdict in ("inside", "outside", "undetermined"):
        page.locator(".points-verdicts").get_by_label(words["verdict"][verdict]).uncheck()
    with page.expect_download() as download:
        page.locator(".file .main").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    assert len(rows) == wanted.count("uncertain") > 0
    assert {row["verdict"] for row in rows} == {"uncertain"}
