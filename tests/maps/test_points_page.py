"""Many incidents in a real browser: drawn, filtered, found, listed and downloaded alike."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
from playwright.sync_api import Page, expect

import maps
import zones
from geodata.atlas import Atlas, read_atlas
from maps.page.points import Publishing, read_points

AXE = Path(__file__).parents[2] / "maps" / "web" / "node_modules" / "axe-core" / "axe.min.js"
LANGUAGES = ("en", "ar", "ru", "tr")
MANY = 50_000
HOSTILE = [
    "<script>window.hacked = 1</script>",
    "</script><script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    '=HYPERLINK("https://example.org")',
    "${window.hacked = 1}",
    "javascript:window.hacked = 1",
    "\u202egnp.exe",
    "@SUM(A1)",
    'quote " comma , line\nend',
    "x" * 100_000,
    "＝SUM(A1)",
    "﹢1+1",
    "\t=1",
]


def written(count: int) -> str:
    """A count as the page writes it: thousands apart by a narrow space."""
    return f"{count:,}".replace(",", "\u202f")


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return read_atlas()


@pytest.fixture(scope="module")
def many(
    atlas: Atlas, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[dict[str, Any]]]:
    """A page of fifty thousand incidents, and their rows as `zones.tag` answers them."""
    random = np.random.default_rng(11)
    table = pa.table(
        {
            "id": [f"EV{i}" for i in range(MANY)],
            "date": np.datetime64("2017-01-01") + random.integers(0, 900, MANY),
            "latitude": random.uniform(32.5, 37.0, MANY).round(5),
            "longitude": random.uniform(35.8, 38.5, MANY).round(5),
            "town": [f"Town {t}" for t in random.integers(0, 300, MANY)],
        }
    )
    folder = tmp_path_factory.mktemp("many")
    pyarrow.csv.write_csv(table, folder / "incidents.csv")
    crowd = read_points(folder / "incidents.csv", atlas, Publishing(show=("town",)))
    page = maps.write_map(atlas, folder / "many.html", incidents=crowd)
    return page, zones.tag(table, atlas=atlas).to_pylist()


@pytest.fixture(scope="module")
def few(atlas: Atlas, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page whose texts are hostile, with incidents that nothing can be drawn of."""
    folder = tmp_path_factory.mktemp("few")
    rows = [
        {"id": f"{i} {text}", "latitude": 35.2 + i / 10, "longitude": 36.5, "note": text}
        for i, text in enumerate(HOSTILE)
    ]
    rows += [
        {"id": "coarse", "latitude": 33.0, "longitude": 38.2, "note": "", "radius": 20_000},
        {"id": "nowhere", "note": ""},
        {"id": "beyond", "latitude": 60.0, "longitude": 90.0, "note": ""},
    ]
    names = ("id", "date", "latitude", "longitude", "radius", "note")
    with (folder / "incidents.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows({"date": "2017-10-01", "radius": 0, **row} for row in rows)
    crowd = read_points(folder / "incidents.csv", atlas, Publishing(show=("note", "sentence")))
    return maps.write_map(atlas, folder / "few.html", incidents=crowd)


def visit(page: Page, path: Path, state: str = "") -> Page:
    page.goto(path.as_uri() + state)
    page.wait_for_selector("[data-points=drawn]", state="attached")
    page.wait_for_selector("[data-drawn]", state="attached")
    return page


def count_of(page: Page) -> str:
    return page.locator(".points-count").inner_text()


def download(page: Page) -> list[dict[str, str]]:
    with page.expect_download() as found:
        page.get_by_role("button", name="Download these as CSV").click()
    content = found.value.path().read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content, newline="")))


def listed(page: Page) -> int:
    return int(page.locator(".points-rows table").get_attribute("aria-rowcount") or 0) - 1


def pixel(page: Page, latitude: float, longitude: float) -> tuple[float, float]:
    """Where a place lies in the window, once the map shows it in its middle."""
    found = page.evaluate(
        "([lat, lon]) => { const map = window[Object.keys(window).find(k => /^map_/.test(k))];"
        "scrollTo(0, 0); map.setView([lat, lon], 10, {animate: false});"
        "const p = map.latLngToContainerPoint([lat, lon]); return [p.x, p.y]; }",
        [latitude, longitude],
    )
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return found[0], found[1]


# -- places known by an outline alone -------------------------------------------------------


def test_a_place_known_by_a_district_alone_is_drawn_as_its_outline_and_never_as_a_point(
    page: Page, atlas: Atlas, tmp_path: Path
) -> None:
    (west, south, east, north) = (36.2, 35.2, 36.9, 35.6)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    district = {
        "type": "Feature",
        "properties": {"ADM2_EN": "<b>Across</b>", "ADM2_PCODE": "SY9901"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    admin = tmp_path / "districts.geojson"
    admin.write_text(json.dumps({"type": "FeatureCollection", "features": [district]}))
    heads = "id,date_start,date_end,date_prec,latitude,longitude,where_prec,adm_1,adm_2\n"
    rows = [
        f"{n},2017-10-01,2017-10-01,1,35.4,36.5,{prec},,SY9901\n" for n, prec in ((1, 3), (2, 1))
    ]
    (tmp_path / "incidents.csv").write_text(heads + "".join(rows))
    read = {"admin": [admin]}
    crowd = read_points(tmp_path / "incidents.csv", atlas, **read)
    visit(page, maps.write_map(atlas, tmp_path / "page.html", incidents=crowd))
    expect(page.locator(".points-about")).to_contain_text(
        "only when its row is chosen in the table: 1."
    )
    expect(page.locator(".points-about")).not_to_contain_text("no position can be drawn")
    row = page.locator(".points-rows tbody tr").filter(
        has=page.get_by_role("cell", name="1", exact=True)
    )
    row.locator("button").click()
    popup = page.locator(".leaflet-popup")
    expect(popup).to_contain_text("District only")
    expect(popup).to_contain_text("<b>Across</b>")  # foreign text is text
    outline = page.locator("path.disc")
    expect(outline).to_have_count(1)
    drawn = page.evaluate(
        """() => {
          const map = window[Object.keys(window).find(k => /^map_/.test(k))];
          const own = map.getContainer().getBoundingClientRect();
          const box = document.querySelector('path.disc').getBoundingClientRect();
          const [low, high] = [[box.left, box.bottom], [box.right, box.top]].map(([x, y]) =>
            map.containerPointToLatLng([x - own.left, y - own.top]));
          return [low.lng, low.lat, high.lng, high.lat];
        }"""
    )
    assert drawn == pytest.approx([west, south, east, north], abs=0.02)
    # In one look: the map may still be moving to make room for the popup.
    tip, top = page.evaluate(
        "['.leaflet-popup-tip', 'path.disc'].map(one =>"
        " document.querySelector(one).getBoundingClientRect().y)"
    )
    assert abs(tip - top) < 40, "the popup points at the outline"
    # Where places are blurred, no outline is in the page.
    blurred = read_points(tmp_path / "incidents.csv", atlas, Publishing(coarsen_km=5), **read)
    path = maps.write_map(atlas, tmp_path / "blurred.html", incidents=blurred)
    assert "Across" not in path.read_text("utf-8")


# -- redrawing ------------------------------------------------------------------------------


def test_squares_of_the_density_stay_on_their_ground_while_the_map_moves(
    page: Page, many: tuple[Path, list[dict[str, Any]]]
) -> None:
    visit(page, many[0])
    apart = page.evaluate(
        """() => {
          const map = window[Object.keys(window).find(k => /^map_/.test(k))];
          map.setView([35, 37], 8, {animate: false});
          const canvas = document.querySelector('.points-canvas');
          const seen = () => {
            const own = map.getContainer().getBoundingClientRect();
            const box = canvas.getBoundingClientRect();
            const [x, y] = [own.x - box.x, own.y - box.y];
            const copy = new OffscreenCanvas(900, 600).getContext('2d');
            copy.drawImage(canvas, -x, -y);
            return copy.getImageData(0, 0, 900, 600).data;
          };
          const before = seen();
          map.panBy([13, 5], {animate: false});
          const after = seen();
          let [other, inked] = [0, 0];
          for (let y = 0; y < 500; y++) for (let x = 0; x < 800; x++) {
            const was = before[((y + 5) * 900 + x + 13) * 4 + 3];
            if (was) inked++;
            if (was !== after[(y * 900 + x) * 4 + 3]) other++;
          }
          return [other, inked];
        }"""
    )
    assert apart[0] == 0
    assert apart[1] > 10_000


def test_zones_are_drawn_anew_when_the_map_leaves_what_is_drawn_and_only_then(
    page: Page, many: tuple[Path, list[dict[str, Any]]]
) -> None:
    visit(page, many[0])
    page.evaluate(
        """() => {
          window.map = window[Object.keys(window).find(k => /^map_/.test(k))];
          map.setView([35, 37], 9, {animate: false});
          window.draws = 0;
          const line = document.querySelector('.leaflet-zones-pane g');
          const told = {subtree: true, attributeFilter: ['d']};
          new MutationObserver(() => draws++).observe(line, told);
        }"""
    )
    move = """() => new Promise(done => {
      MOVE;
      setTimeout(() => { const now = draws; draws = 0; done(now); });
    })"""
    for moved, drawn in (
        ("map.panBy([90, -60], {animate: false})", False),
        ("map.panBy([-150, 100], {animate: false})", False),
        ("map.panBy([900, 0], {animate: false})", True),
        ("map.setZoom(8, {animate: false})", True),
        ("map.panBy([90, -60], {animate: false})", False),
    ):
        assert bool(page.evaluate(move.replace("MOVE", moved))) == drawn, moved
    # What is drawn lies where the map says that it lies.
    apart = page.evaluate(
        """() => {
          const line = (layer) => layer.options?.className?.includes('zone-line');
          const one = Object.values(map._layers).find(line);
          const box = one.getElement().getBoundingClientRect();
          const own = map.getContainer().getBoundingClientRect();
          const bounds = one.getBounds();
          const [low, high] = [bounds.getSouthWest(), bounds.getNorthEast()].map(
            at => map.latLngToContainerPoint(at));
          return [box.left - own.left - low.x, box.right - own.left - high.x,
                  box.top - own.top - high.y, box.bottom - own.top - low.y].map(Math.abs);
        }"""
    )
    assert max(apart) < 4


# -- filters --------------------------------------------------------------------------------


def test_map_table_and_download_show_what_the_filter_shows(
    page: Page, many: tuple[Path, list[dict[str, Any]]]
) -> None:
    path, rows = many
    visit(page, path)
    assert f"{written(MANY)} of {written(MANY)}" in count_of(page)
    expect(page.locator(".points-canvas")).to_have_attribute("data-look", "density")
    page.get_by_text("Filter", exact=True).click()
    for verdict in ("Outside", "Undetermined"):
        page.get_by_label(verdict, exact=True).uncheck()
    page.locator("select[name=points-zone]").select_option("idlib")
    page.locator("select[name=points-phase]").select_option("arranged")
    page.locator("[name=points-from]").fill("2017-10-01")
    page.locator("[name=points-until]").fill("2018-06-30")
    page.get_by_label("town contains").fill("TOWN 2")
    wanted = {
        row["id"]
        for row in rows
        if row["verdict"] in ("inside", "uncertain")
        and row["zone"] == "idlib"
        and row["phase"] == "arranged"
        and "2017-10-01" <= str(row["first_day"]) <= "2018-06-30"
        and row["town"].startswith("Town 2")
    }
    assert 20 < len(wanted) < 2_000
    expect(page.locator(".points-count")).to_contain_text(
        f"{written(len(wanted))} of {written(MANY)}"
    )
    expect(page.locator(".points-rows table")).to_have_attribute(
        "aria-rowcount", str(len(wanted) + 1)
    )
    found = download(page)
    assert {row["id"] for row in found} == wanted
    assert len(found) == len(wanted)
    # The table has the same columns, and the same rows in the same order.
    heads = page.locator(".points-rows thead th").all_inner_texts()
    assert len(heads) == len(found[0]) + 1
    first = page.locator(".points-rows tbody tr").first.locator("td").all_inner_texts()
    assert first[0] == found[0]["id"]
    assert first[-1] == found[0]["town"]
    known = {row["id"]: row for row in rows}
    for row in found:
        mine = known[row["id"]]
        assert row["verdict"] == mine["verdict"]
        assert float(row["latitude"]) == mine["latitude"]
        assert row["first_day"] == str(mine["first_day"])


def test_filter_is_part_of_the_link(page: Page, many: tuple[Path, list[dict[str, Any]]]) -> None:
    path, rows = many
    link = "#incidents.verdict=uncertain&incidents.zone=south-west&incidents.column.town=town+1"
    visit(page, path, link)
    wanted = sum(
        row["verdict"] == "uncertain" and row["zone"] == "south-west" and "Town 1" in row["town"]
        for row in rows
    )
    assert f"{written(wanted)} of" in count_of(page)
    page.get_by_text("Filter", exact=True).click()
    assert page.get_by_label("town contains").input_value() == "town 1"
    assert not page.get_by_label("Inside", exact=True).is_checked()
    page.locator("select[name=points-zone]").select_option("idlib")
    page.wait_for_url(re.compile(r"incidents\.zone=idlib"))
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(".points-count")).to_contain_text(f"{written(MANY)} of {written(MANY)}")
    page.wait_for_url(re.compile(r"^(?!.*incidents\.)"))


def test_incidents_follow_the_day_and_the_others_are_faint(
    page: Page, many: tuple[Path, list[dict[str, Any]]]
) -> None:
    path, rows = many
    visit(page, path, "#date=2018-03-10&window=7")
    wanted = sum("2018-03-03" <= str(row["first_day"]) <= "2018-03-17" for row in rows)
    assert f"({written(wanted)} of them in these days)" in count_of(page)
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    wanted = sum("2018-03-04" <= str(row["first_day"]) <= "2018-03-18" for row in rows)
    expect(page.locator(".points-count")).to_contain_text(f"({written(wanted)} of them")
    # The others stay on the map, faintly, and in the table.
    expect(page.locator(".points-count")).to_contain_text(f"{written(MANY)} of {written(MANY)}")
    expect(page.locator(".points-rows table")).to_have_attribute("aria-rowcount", str(MANY + 1))


def test_all_rows_of_the_table_can_be_reached_by_keyboard(
    page: Page, many: tuple[Path, list[dict[str, Any]]]
) -> None:
    path, rows = many
    visit(page, path)
    last = max(str(row["first_day"]) for row in rows)
    page.locator(".points-rows .rows-scroller").focus()
    page.keyboard.press("End")
    expect(page.locator(".points-rows tbody th").last).to_have_text(f"{written(MANY)}")
    year = last[:4]
    assert year in page.locator(".points-rows tbody tr").last.inner_text()


# -- the one that is meant ------------------------------------------------------------------


# The ink about a point of the map: near its rim of 20 km, and between that and its mark.
INKED = """([x, y]) => {
  const canvas = document.querySelector(".points-canvas");
  const map = window[Object.keys(window).find(k => /^map_/.test(k))];
  const a = map.latLngToContainerPoint([33, 38.2]);
  const metres = map.distance([33, 38.2], map.containerPointToLatLng([a.x + 100, a.y])) / 100;
  const { left, top, width } = canvas.getBoundingClientRect();
  const scale = canvas.width / width;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const alpha = (far, turn) => {
    const column = Math.floor((x - left + far * Math.cos(turn)) * scale);
    const row = Math.floor((y - top + far * Math.sin(turn)) * scale);
    return data[4 * (row * canvas.width + column) + 3];
  };
  const turns = Array.from({ length: 36 }, (_, i) => i * Math.PI / 18);
  const about = metres => turns.map(turn => alpha(metres, turn));
  const r = 20000 / metres;
  return { rim: [-1, 0, 1].flatMap(by => about(r + by)), within: about(r - 4) };
}"""


def test_hover_and_click_find_the_incident_and_its_disc(page: Page, few: Path) -> None:
    visit(page, few)
    x, y = pixel(page, 33.0, 38.2)
    expect(page.locator(".points-canvas")).to_have_attribute("data-look", "marks")
    inked = page.evaluate(INKED, [x, y])
    assert max(inked["rim"]) > 0, "its disc is drawn"
    assert max(inked["within"]) == 0, "as an outline: a tint would look like a class of ground"
    page.mouse.move(x + 3, y - 3)
    expect(page.locator(".points-tip")).to_contain_text("coarse")
    page.mouse.click(x + 3, y - 3)
    popup = page.locator(".leaflet-popup")
    expect(popup).to_contain_text("1 October 2017")
    expect(popup).to_contain_text("coarse")
    expect(popup).to_contain_text("20 km")
    expect(page.locator(".disc")).to_have_css("fill", "none")
    box = page.locator(".disc").bounding_box()
    assert box
    metres = page.evaluate(
        "() => { const map = window[Object.keys(window).find(k => /^map_/.test(k))];"
        "const p = map.latLngToContainerPoint([33, 38.2]);"
        "return map.distance([33, 38.2], map.containerPointToLatLng([p.x + 100, p.y])) / 100; }"
    )
    assert box["width"] * metres == pytest.approx(40_000, rel=0.02)
    page.keyboard.press("Escape")
    expect(page.locator(".disc")).to_have_count(0)


def test_a_click_in_a_zone_on_a_mark_means_the_mark_and_beside_it_the_zone(
    page: Page, few: Path
) -> None:
    visit(page, few, "#date=2017-10-01")
    x, y = pixel(page, 35.7, 36.5)
    page.mouse.click(x, y)
    expect(page.locator(".leaflet-popup .verdict")).to_have_text("Inside")
    page.keyboard.press("Escape")
    page.mouse.click(x + 60, y)
    expect(page.locator(".leaflet-popup h3")).to_have_text("Idlib")


def test_where_many_lie_they_are_told_one_by_one(
    page: Page, many: tuple[Path, list[dict[str, Any]]]
) -> None:
    visit(page, many[0], "#window=0")
    page.mouse.click(620, 210)
    steps = page.locator(".points-steps span")
    said = steps.inner_text()
    count = int(re.fullmatch(r"1 of ([\d,]+) here", said)[1].replace(",", ""))  # type: ignore[index]
    assert count > 1
    expect(page.locator(".leaflet-pan-anim")).to_have_count(0)  # the map makes room for the popup
    page.get_by_role("button", name="Next").click()
    expect(steps).to_have_text(f"2 of {written(count)} here")
    page.get_by_role("button", name="Previous").click()
    page.get_by_role("button", name="Previous").click()
    expect(steps).to_have_text(f"{written(count)} of {written(count)} here")


def test_a_row_of_the_table_shows_its_incident_by_keyboard(page: Page, few: Path) -> None:
    visit(page, few)
    row = page.locator(".points-rows tbody tr", has_text="coarse")
    row.get_by_role("button", name=re.compile(r"Show row \d+ on the map")).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".leaflet-popup")).to_contain_text("coarse")
    assert page.evaluate("document.activeElement.closest('.leaflet-popup') !== null")
    page.keyboard.press("Escape")
    expect(page.locator(".leaflet-popup")).to_have_count(0)
    expect(row.get_by_role("button")).to_be_focused()
    # What has no place on the map is counted, and has no such button.
    about = page.locator(".points-about").inner_text()
    assert "In the table only, because no position can be drawn: 2." in about
    for name in ("nowhere", "beyond"):
        line = page.locator(".points-rows tbody tr", has_text=name)
        assert line.count() == 1
        assert line.get_by_role("button").count() == 0


# -- foreign text ---------------------------------------------------------------------------


def test_hostile_text_stays_text_everywhere(page: Page, few: Path) -> None:
    visit(page, few)
    page.locator(".points-rows tbody tr").first.wait_for()
    texts = page.locator(".points-rows tbody tr").all_inner_texts()
    for i, text in enumerate(HOSTILE[:8]):
        assert any(f"{i} {text}" in row.replace("\u2068", "") for row in texts), text
        x, y = pixel(page, 35.2 + i / 10, 36.5)
        page.mouse.move(x, y)
        page.mouse.click(x, y)
        expect(page.locator(".leaflet-popup dd").last).to_have_text(text)
        assert page.locator(".leaflet-popup a[href^='javascript']").count() == 0
        page.keyboard.press("Escape")
        expect(page.locator(".leaflet-popup")).to_have_count(0)  # it fades
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("note contains").fill("<img")
    expect(page.locator(".points-count")).to_contain_text(f"1 of {len(HOSTILE) + 3}")
    assert page.evaluate("window.hacked") is None


def test_download_runs_in_no_spreadsheet_and_loses_nothing(page: Page, few: Path) -> None:
    visit(page, few)
    found = download(page)
    assert len(found) == len(HOSTILE) + 3
    notes = {row["id"].split(" ")[0]: row["note"] for row in found}
    for i, text in enumerate(HOSTILE):
        guarded = f"'{text}" if text[0] in "=@＝﹢\t" else text
        assert notes[str(i)] == guarded
    assert {row["latitude"] for row in found if row["id"] == "nowhere"} == {""}


# -- for everyone ---------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(page: Page, few: Path, lang: str) -> None:
    page.emulate_media(reduced_motion="reduce")  # a popup that fades in has no contrast yet
    page.set_viewport_size({"width": 1280 if lang == "en" else 360, "height": 780})
    visit(page, few, f"#lang={lang}&incidents.verdict=inside,outside,uncertain")
    page.locator(".points-key summary").click()
    page.locator(".row-number").first.click()
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "axe.run({rules: {'target-size': {enabled: true}}, resultTypes: ['violations']})"
        ".then(run => run.violations.map(one => [one.id, one.nodes[0].html]))"
    )
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_was_left_out_is_said_in_every_language(
    page: Page, atlas: Atlas, many: tuple[Path, list[dict[str, Any]]], tmp_path: Path
) -> None:
    wanted = Publishing(
        coarsen_km=25, min_count=3, delay_days=0, today=zones.layers.read_day("2018-06-30")
    )
    crowd = read_points(many[0].with_name("incidents.csv"), atlas, wanted)
    visit(page, maps.write_map(atlas, tmp_path / "map.html", incidents=crowd))
    expect(page.locator(".points-canvas")).to_have_attribute("data-look", "cells")
    withheld, delayed = crowd.report.withheld.count, crowd.report.delayed.count
    said = set()
    for lang in LANGUAGES:
        page.locator(f".languages button[lang={lang}]").click()
        about = page.locator(".points-about").inner_text()
        assert "25" in about
        digits = re.sub(r"\D", "", about)
        assert str(withheld) in digits
        assert str(delayed) in digits
        said.add(about)
    assert len(said) == 4
    page.locator(".languages button[lang=en]").click()
    found = download(page)
    assert len(found) == len(crowd)
    assert set(found[0]) == {
        "verdict", "zone", "phase", "first_day", "last_day", "latitude", "longitude", "cell_km",
    }  # fmt: skip
    x, y = pixel(page, float(found[0]["latitude"]), float(found[0]["longitude"]))
    page.mouse.click(x + 20, y - 20)
    expect(page.locator(".leaflet-popup")).to_contain_text("25 km")
    assert page.locator(".disc").count() == 1
