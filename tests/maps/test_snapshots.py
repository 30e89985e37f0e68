"""How every page looks, in each language and two widths; and that it is open to everyone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from visual.snapshots import (
    BELOW,
    FOLDER,
    SIZES,
    Blocks,
    blocks,
    compare,
    in_our_fonts,
    open_page,
    picture,
    read,
    views,
    write_pages,
)

from maps.style import zone_tint

ROOT = Path(__file__).parents[2]
AXE = ROOT / "maps" / "web" / "node_modules" / "axe-core" / "axe.min.js"
NAMES = sorted(path.stem for path in FOLDER.glob("*.png"))
WIDE, NARROW = (width for width, _ in SIZES)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_pages(tmp_path_factory.mktemp("snapshots"))


@pytest.fixture(scope="module")
def lab(browser: Browser) -> Iterator[Page]:
    """A page of our own that takes pictures apart."""
    page = browser.new_page()
    yield page
    page.close()


def test_every_page_has_kept_pictures(pages: dict[str, Path]) -> None:
    assert sorted(pages) == NAMES, "write the pictures anew: make snapshots"


@pytest.mark.parametrize("name", NAMES)
def test_page_looks_as_it_did_and_is_open_to_everyone(
    pages: dict[str, Path], page: Page, lab: Page, tmp_path: Path, name: str
) -> None:
    kept = read(FOLDER / f"{name}.png")
    in_our_fonts(page)
    open_page(page, name, pages[name])
    assert AXE.is_file(), "the page's packages are not there: run `npm ci` in maps/web"
    page.evaluate(AXE.read_text("utf-8"))  # as a tool of the browser: no policy holds it back
    changed = []
    for lang, width in views(page):
        seen = picture(page, name)
        found = compare(blocks(lab, seen), kept[lang, width])
        if not found.alike:
            path = tmp_path / f"{name}-{lang}-{width}.png"
            path.write_bytes(seen)
            changed.append((found, str(path)))
        across = page.evaluate("document.documentElement.scrollWidth")
        assert across <= width, "the page scrolls sideways"
        if name in BELOW:
            continue  # axe has looked at the whole of it
        # What axe reads is wide from right to left, and narrow with the longest words: the other
        # languages differ from these in words alone, and to look takes longest of all.
        if (lang, width) in (("ar", WIDE), ("ru", NARROW)):
            rules = {"target-size": {"enabled": True}}
            violations = page.evaluate(
                "rules => axe.run({rules, resultTypes: ['violations']})"
                ".then(run => run.violations.map(one => [one.id, one.nodes[0].html]))",
                rules,
            )
            assert violations == [], (lang, width)
            assert contrast_on_a_dark_screen(page) == [], (lang, width)
    assert not changed, "look at these; if they are as they should be: make snapshots"


def contrast_on_a_dark_screen(page: Page) -> list[list[str]]:
    """Return what axe finds too faint where a dark screen is preferred."""
    page.emulate_media(color_scheme="dark")
    found: list[list[str]] = page.evaluate(
        "axe.run({runOnly: ['color-contrast'], resultTypes: ['violations']}).then(run =>"
        " run.violations.flatMap(one => one.nodes.map(node => [node.html, node.failureSummary])))"
    )
    page.emulate_media(color_scheme="light")
    return found


# -- the measure ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def looked_at(browser: Browser, pages: dict[str, Path]) -> Iterator[Page]:
    """The map of all zones, narrow and wide in turn, to be changed and mended again."""
    page = browser.new_page()
    in_our_fonts(page)
    open_page(page, "index", pages["index"])
    page.locator("select[name=window]").select_option("0")  # all incidents, none of them faint
    yield page
    page.close()


def seen_with(page: Page, lab: Page, style: str, width: int) -> Blocks:
    """Return the picture of a page that has one more rule of style."""
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate(
        "style => { const sheet = new CSSStyleSheet(); sheet.replaceSync(style);"
        " document.adoptedStyleSheets.push(sheet); }",
        style,
    )
    page.wait_for_timeout(50)
    found = blocks(lab, picture(page))
    page.evaluate("document.adoptedStyleSheets.pop()")
    return found


def zone(number: int) -> str:
    """Return what finds a zone on the map, and its name."""
    look = zone_tint(number)
    name = f".name-zone[style*='{look.ink}']"
    return f"path[stroke='{look.colour}'], path[fill='{look.colour}'], {name}"


MISSING = {
    "the title": ".title",
    "the legend": ".legend",
    "the checker's sheet": ".panel.checker",
    "the sheet of zones": ".zones",
    "the smallest zone": zone(3),
    "the largest zone": zone(1),
    "the bands of doubt": ".zone-band",
    "the score": ".timeline",
    "one lane": ".lane:nth-of-type(2)",
    "the cursor": ".cursor",
    "the neighbours of the sea": ".base-neighbour",
    "the incidents": ".incident, .disc",
}


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_measure_sees_what_is_missing(looked_at: Page, lab: Page, width: int) -> None:
    whole = seen_with(looked_at, lab, "", width)
    for what, selector in MISSING.items():
        if width == NARROW and what in ("the legend", "the sheet of zones"):
            continue  # lie further down
        without = seen_with(
            looked_at, lab, f"{selector} {{ visibility: hidden !important }}", width
        )
        assert not compare(whole, without).alike, (what, compare(whole, without))


SAME = {
    "letters of another shape": "* { text-rendering: geometricPrecision !important }",
    "letters without kerning": "* { font-kerning: none !important }",
    "everything a pixel further and lower": ".panel > *, .name { translate: 1px 1px }",
    "lines a little paler": "path { stroke-opacity: 0.93 !important }",
}


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_measure_does_not_see_another_browsers_letters(
    looked_at: Page, lab: Page, width: int
) -> None:
    whole = seen_with(looked_at, lab, "", width)
    for what, style in SAME.items():
        found = compare(whole, seen_with(looked_at, lab, style, width))
        assert found.alike, (what, found)


def test_pictures_of_two_sizes_are_not_alike() -> None:
    one = np.zeros((2, 3, 3), np.uint8)
    assert compare(one, one).alike
    assert not compare(one, np.zeros((3, 3, 3), np.uint8)).alike
