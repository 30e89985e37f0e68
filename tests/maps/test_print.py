"""On paper: the printed index, the card and the report show what they are about, and no control."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import maps
from geodata.atlas import Atlas, read_atlas
from maps.page.points import read_points

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "incidents.csv"
A4 = {"width": 688, "height": 1017}  # CSS pixels inside of margins of 14 mm
CONTROLS = "select, summary, input:not(.slider), .zoom, .languages, .links, .measure, .steps, .skip"


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return read_atlas()


@pytest.fixture(scope="module")
def index(atlas: Atlas, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("paper")
    return maps.write_map(atlas, folder / "index.html", incidents=read_points(EXAMPLE, atlas))


def sheets_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\s", pdf))


def seen(page: Page, selector: str) -> list[str]:
    """What can be seen of the elements that a selector finds."""
    return page.evaluate(
        """selector => [...document.querySelectorAll(selector)]
          .filter(one => one.checkVisibility({visibilityProperty: true, opacityProperty: true}))
          .map(one => one.textContent || one.className || one.tagName)""",
        selector,
    )


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_printed_index_shows_zones_legend_and_sources_on_its_first_sheet_and_no_control(
    page: Page, index: Path, atlas: Atlas, lang: str
) -> None:
    words = atlas.words(lang)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{index.as_uri()}#lang={lang}")
    page.wait_for_selector("[data-points=drawn]", state="attached")
    page.wait_for_selector("[data-drawn]", state="attached")
    page.set_viewport_size(A4)
    page.emulate_media(media="print")
    page.wait_for_timeout(100)
    assert seen(page, CONTROLS) == []
    for zone in atlas.zones:
        expect(page.locator(".zones")).to_contain_text(zone.name[lang])
        expect(page.locator(".name-zone", has_text=zone.name[lang])).to_have_count(1)
    assert page.locator(".folium-map path.zone-line").count() == len(atlas.zones)
    legend = page.locator(".legend")
    for key in ("surely_inside", "line", "possibly_inside"):
        key_of = legend.locator("li > span").get_by_text(words["page"][key], exact=True)
        expect(key_of).to_be_visible()
    source = page.locator(".credit")
    expect(source).to_contain_text(f"{atlas.meta.id} {atlas.version}, {atlas.meta.licence}")
    expect(source).to_contain_text(atlas.note(atlas.meta.attribution[0], lang))
    feet = [
        page.locator(one).bounding_box() for one in (".folium-map", ".zones", ".legend", ".credit")
    ]
    assert all(box and box["y"] + box["height"] <= A4["height"] for box in feet), feet
    assert page.evaluate("document.documentElement.scrollWidth") <= A4["width"]
    # The table of incidents shows a part of them at a time: on paper it would pass for all.
    assert seen(page, ".points-rows") == []
    expect(page.get_by_text(words["crowd"]["not_printed"])).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 800})
    assert sheets_of(page.pdf(prefer_css_page_size=True, format="A4")) <= 5


def test_on_paper_the_zones_fit_and_nothing_lies_on_the_map(
    page: Page, index: Path, atlas: Atlas
) -> None:
    upright, lengthwise = A4, {"width": A4["height"], "height": A4["width"]}
    page.set_viewport_size({"width": 1280, "height": 800})
    for lang in ("en", "ar", "ru", "tr"):
        page.goto(f"{index.as_uri()}#lang={lang}")
        page.wait_for_selector(f"html[lang={lang}] [data-drawn]", state="attached")
        screen = page.evaluate(PAPER)[1]
        for size in (upright, lengthwise):
            page.emulate_media(media="print")
            page.set_viewport_size(size)
            page.wait_for_selector("html.paper", state="attached")
            ground, lines, panels, wide = page.evaluate(PAPER)
            assert len(lines) == len(atlas.zones)
            assert all(lies_in(line, ground) for line in lines), (lang, size, ground, lines)
            assert not any(touch(panel, ground) for panel in panels), (lang, size, panels)
            assert wide <= size["width"]
            page.emulate_media(media="screen")
            page.wait_for_selector("html:not(.paper)", state="attached")
            page.set_viewport_size({"width": 1280, "height": 800})
            assert returns_to(screen, page), (lang, size, screen, page.evaluate(PAPER)[1])


PAPER = """() => {
  const boxes = selector => [...document.querySelectorAll(selector)]
    .filter(one => one.checkVisibility({visibilityProperty: true}))
    .map(one => { const {x, y, right, bottom} = one.getBoundingClientRect();
                  return [x, y, right, bottom]; });
  const [ground] = boxes('.folium-map');
  return [ground, boxes('.zone-line'), boxes('.panel:not(.zoom)'),
          document.documentElement.scrollWidth];
}"""


def returns_to(lines: list[list[float]], page: Page) -> bool:
    """Whether the zones come to lie where they lay, to the pixels to which Leaflet rounds."""
    for _ in range(100):
        found = page.evaluate(PAPER)[1]
        if all(
            abs(one - other) <= 2
            for line, was in zip(found, lines, strict=True)
            for one, other in zip(line, was, strict=True)
        ):
            return True
        page.wait_for_timeout(50)
    return False


def lies_in(box: list[float], ground: list[float]) -> bool:
    return (
        box[0] >= ground[0] and box[1] >= ground[1] and box[2] <= ground[2] and box[3] <= ground[3]
    )


def touch(one: list[float], other: list[float]) -> bool:
    return (
        one[0] < other[2] - 1
        and one[2] > other[0] + 1
        and one[1] < other[3] - 1
        and one[3] > other[1] + 1
    )


def test_what_is_known_of_a_chosen_zone_comes_after_map_and_timeline_on_paper(
    page: Page, index: Path
) -> None:
    page.goto(index.as_uri() + "#zone=idlib")
    page.wait_for_selector("[data-drawn]", state="attached")
    page.emulate_media(media="print")
    tops = ".map(one => document.querySelector(one).getBoundingClientRect().top)"
    order = page.evaluate(f"['.folium-map', '.timeline', '.row-facts']{tops}")
    assert order == sorted(order), "facts are longer than a sheet"
    page.emulate_media(media="screen")


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_printed_card_shows_the_zone_its_legend_and_the_atlas_and_no_control(
    page: Page, index: Path, atlas: Atlas, lang: str
) -> None:
    words = atlas.words(lang)
    path = maps.write_checker(atlas, index.parent / "checker.html")
    page.goto(f"{path.as_uri()}#lang={lang}")
    page.wait_for_selector("[data-drawn]", state="attached")
    for field, text in (("where", "34.83, 36.75"), ("when", "2018-01-10"), ("precision", "5 km")):
        page.fill(f"#checker-{field}", text)
    page.press("#checker-where", "Enter")
    page.wait_for_selector(f".answer[lang={lang}]")
    page.evaluate("window.print = () => {}")
    page.get_by_role("button", name=words["checker"]["print"]).click()
    page.emulate_media(media="print")
    assert seen(page, f"{CONTROLS}, button") == []
    card = page.locator(".card-page")
    assert len(seen(page, ".card-map path[stroke]")) >= 1
    for word in ("surely_inside", "line", "possibly_inside"):
        expect(card.get_by_text(words["page"][word], exact=True)).to_be_visible()
    assert atlas.sha256 in card.inner_text()
    assert sheets_of(page.pdf(prefer_css_page_size=True, format="A4")) == 1
