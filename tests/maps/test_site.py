"""The site: time, languages and choices as a person uses them, and the pages beside the maps."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import json
import re
import sqlite3
import struct
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, expect

import maps
from dezone.cli import main
from geodata.atlas import Atlas, read_atlas
from geodata.errors import PageError
from maps.page.tiles import background
from maps.style import TOKENS, palette
from zones.layers import all_zones, reference_day, write_zones

LANGUAGES = ("en", "ar", "ru", "tr")


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return read_atlas()


def write_site(atlas: Atlas, folder: Path) -> None:
    """Write a site with incidents, and with one file more than every site has."""
    rows: list[dict[str, object]] = [
        {"id": day, "date": day, "longitude": 36.63, "latitude": lat, "verdict": "inside"}
        for day, lat in (("2017-10-01", 35.93), ("2018-03-01", 35.6), ("2018-03-20", 35.3))
    ]
    rows.append({"id": "undated", "longitude": 37.5, "latitude": 35.0, "verdict": "undetermined"})

    def further(path: Path) -> str:
        path.write_text("a,b\n1,2\n", "utf-8")
        return "To be cited <so>."

    maps.write_site(atlas, folder, incidents=rows, further={"settlements.csv": further})


@pytest.fixture(scope="module")
def site(atlas: Atlas, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    write_site(atlas, folder)
    return folder


def visit(page: Page, path: Path, state: str = "") -> Page:
    page.goto(path.as_uri() + state)
    page.wait_for_selector("[data-drawn], [data-ready]", state="attached")
    return page


# -- as a person uses it --------------------------------------------------------------------


def test_state_is_a_link_that_is_read_written_and_followed_back(site: Path, page: Page) -> None:
    link = "#date=2018-03-01&zone=north-homs&boundary=ministry&estimate=low&lang=ru"
    visit(page, site / "index.html", link)
    assert page.get_by_role("slider").get_attribute("aria-valuetext") == "1 марта 2018 года"
    assert page.locator('button.row[aria-expanded="true"]').get_attribute("data-zone") == (
        "north-homs"
    )
    assert page.locator("select[name=boundary]").input_value() == "ministry"
    assert page.locator(".zone-band").count() == 0

    page.get_by_role("slider").press("ArrowRight")
    page.wait_for_url(re.compile("date=2018-03-02"))
    page.evaluate("location.hash = 'date=2017-05-01&boundary=wish&lang=xx&estimate=<b>'")
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", "1 мая 2017 года")
    assert page.locator("select[name=boundary]").input_value() == "ministry"
    page.go_back()
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", "2 марта 2018 года")


def test_language_changes_without_reloading(site: Path, page: Page, atlas: Atlas) -> None:
    visit(page, site / "index.html")
    page.evaluate("window.same = true")
    for lang in (*LANGUAGES[1:], "en"):
        page.locator(f".languages button[lang={lang}]").click()
        words = atlas.words(lang)
        root = page.locator("html")
        assert (root.get_attribute("lang"), root.get_attribute("dir")) == (lang, words["direction"])
        assert page.title() == words["page"]["title"]
        shown = page.locator("body").inner_text()
        for zone in atlas.zones:
            assert zone.name[lang] in shown
        assert page.evaluate("document.activeElement.lang") == lang
    assert page.evaluate("window.same")


def test_arabic_is_mirrored_with_levantine_months_and_its_own_digits(
    site: Path, page: Page
) -> None:
    visit(page, site / "index.html", "#lang=ar&date=2018-04-15")
    slider = page.get_by_role("slider")
    assert slider.get_attribute("aria-valuetext") == "15 نيسان 2018"
    years = [box["x"] for mark in page.locator(".year").all() if (box := mark.bounding_box())]
    assert years == sorted(years, reverse=True)
    page.get_by_role("button", name="أرقام عربية").click()
    assert slider.get_attribute("aria-valuetext") == "١٥ نيسان ٢٠١٨"
    assert not re.search("[0-9]", page.locator(".zones").inner_text())


def test_time_is_moved_by_buttons_pointer_and_keys(site: Path, page: Page) -> None:
    visit(page, site / "index.html", "#date=2017-09-15")
    slider = page.get_by_role("slider")

    def day() -> str:
        return slider.get_attribute("aria-valuetext") or ""

    page.get_by_role("button", name="Later change").click()
    assert day() == "22 October 2017"
    page.get_by_role("button", name="Earlier change").click()
    assert day() == "15 September 2017, Astana-6", "a tick has no other name"
    box = page.locator(".flag").bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 260, box["y"] + 10, steps=4)
    page.mouse.up()
    assert day().endswith("2018")
    slider.press("End")
    assert day() == "31 December 2025"
    slider.press("Home")
    assert day() == "1 January 2016"
    assert page.locator(".zone-line").count() == 0


def test_time_is_dragged_by_a_finger_and_the_score_scrolls_under_it(
    browser: Browser, site: Path
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 780}, has_touch=True)
    page = visit(context.new_page(), site / "index.html", "#date=2017-09-15")
    finger = context.new_cdp_session(page)

    def drag(x: float, y: float, by: float) -> None:
        for kind, points in (
            ("touchStart", [(x, y)]),
            *(("touchMove", [(x + by * step / 8, y)]) for step in range(1, 9)),
            ("touchEnd", []),
        ):
            finger.send(
                "Input.dispatchTouchEvent",
                {"type": kind, "touchPoints": [{"x": a, "y": b} for a, b in points]},
            )
            page.wait_for_timeout(20)

    slider = page.get_by_role("slider")
    flag = page.locator(".flag").bounding_box()
    track = page.locator(".track").bounding_box()
    assert flag
    assert track
    drag(flag["x"] + flag["width"] / 2, flag["y"] + 10, 60)
    moved = slider.get_attribute("aria-valuetext") or ""
    assert moved.endswith(("2017", "2018"))
    assert moved != "15 September 2017, Astana-6"
    before = page.locator(".track").evaluate("e => e.scrollLeft")
    drag(track["x"] + 160, track["y"] + track["height"] - 40, -120)
    far = f"document.querySelector('.track').scrollLeft > {before} + 40"
    wait = f"for (let n = 0; n < 900 && !({far}); n++) await new Promise(requestAnimationFrame)"
    assert page.evaluate(f"async () => {{ {wait}; return {far}; }}")
    assert slider.get_attribute("aria-valuetext") == moved, (
        "a finger beside the handle only scrolls"
    )
    bar = page.locator(".lane").first.bounding_box()
    assert bar
    page.touchscreen.tap(track["x"] + 180, bar["y"] + 8)
    expect(slider).not_to_have_attribute("aria-valuetext", moved)
    context.close()


@pytest.mark.parametrize(
    "link",
    [
        "#date=foo&zone=<script>alert(1)</script>&boundary=&estimate=__proto__&lang=xx&colour=toString",
        "#date=2018-02-30&zone=constructor&window=-1&digits=arab",
        "#" + "date=" * 5000,
        "#%E0%A4%A&zone=%00",
        "#date=9999-12-31",
    ],
)
def test_broken_link_shows_what_is_usual(site: Path, page: Page, link: str) -> None:
    visit(page, site / "index.html", link)
    slider = page.get_by_role("slider")
    assert slider.get_attribute("aria-valuetext") == "15 September 2017, Astana-6"
    assert page.locator('button.row[aria-expanded="true"]').count() == 0
    assert page.locator(".zone-line").count() == 4


def test_time_plays_and_pauses(site: Path, page: Page) -> None:
    visit(page, site / "index.html", "#date=2017-04-01")
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".zone-line")).to_have_count(4)
    page.get_by_role("button", name="Pause").click()
    stopped = page.locator(".flag").inner_text()
    page.wait_for_timeout(200)
    assert page.locator(".flag").inner_text() == stopped
    assert page.get_by_role("button", name="Play").is_visible()


def test_who_wants_no_motion_sees_time_in_steps(site: Path, page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    visit(page, site / "index.html", "#date=2017-05-06")
    page.get_by_role("button", name="Play").click()
    days = set()
    for _ in range(6):
        days.add(page.locator(".flag").inner_text().partition("\n")[0])
        page.wait_for_timeout(300)
    assert "6 May 2017" in days
    assert days <= {"6 May 2017", "30 May 2017", "5 July 2017", "7 July 2017"}


def test_zones_appear_change_are_contested_and_end(site: Path, page: Page) -> None:
    visit(page, site / "index.html")
    lines = page.locator(".zone-line")
    for day, count, contested in (
        ("2017-05-05", 0, 0),
        ("2017-05-06", 4, 0),
        ("2018-03-01", 4, 1),
        ("2018-04-14", 3, 0),
        ("2024-11-26", 1, 0),
        ("2024-11-27", 0, 0),
    ):
        page.evaluate(f"location.hash = 'date={day}'")
        expect(lines).to_have_count(count)
        expect(page.locator(".zone-line.contested")).to_have_count(contested)


def test_choices_change_what_is_drawn(site: Path, page: Page) -> None:
    visit(page, site / "index.html", "#date=2018-03-10")
    page.get_by_text("Map layers").click()
    page.get_by_label("Boundary").select_option("both")
    expect(page.locator(".zone-other")).to_have_count(4)
    page.get_by_label("Estimate").select_option("high")
    expect(page.locator(".zone-band")).to_have_count(0)
    page.get_by_label("Colour by").select_option("phase")
    legend = page.locator(".legend-body > ul").first
    expect(legend).to_contain_text("contested")
    strokes = page.locator(".zone-line").evaluate_all(
        "all => all.map(e => e.getAttribute('stroke'))"
    )
    assert len(set(strokes)) == 2
    page.get_by_label("Colour by").select_option("guarantors")
    expect(legend).to_contain_text("Russia · United States · Jordan")
    page.wait_for_url(re.compile("boundary=both&estimate=high.*colour=guarantors"))


def test_incidents_are_shown_for_a_window_around_the_day(site: Path, page: Page) -> None:
    visit(page, site / "index.html", "#date=2018-03-10")
    window = page.locator("select[name=window]")
    expect(window).to_have_value("30")
    expect(window).to_be_visible()
    for days, count in (("7", 0), ("30", 2), ("365", 3), ("0", 4)):
        window.select_option(days)
        expect(page.locator(".incident:not(.faint)")).to_have_count(count)
        expect(page.locator(".incident.faint")).to_have_count(4 - count)
    rows = page.locator("#tables table", has_text="verdicts").locator("tbody tr")
    expect(rows).to_have_count(4)


def test_a_page_with_incidents_opens_on_a_day_that_has_some(atlas: Atlas) -> None:
    usual = reference_day(atlas)

    def opened(*days: str, **more: Any) -> dt.date:
        rows = [{"id": "a", "date": day, "verdict": "outside"} for day in days]
        chart = maps.draw_site_map(atlas, incidents=rows, **more)
        return chart.settings.state.date

    assert opened() == usual
    assert opened(str(usual + dt.timedelta(days=30)), "2018-03-01", "2018-03-02") == usual
    assert opened(str(usual + dt.timedelta(days=31))) == usual + dt.timedelta(days=31)
    assert opened("2016-02-01", "2016-02-02", "2018-03-09") == dt.date(2018, 3, 9)  # in force
    assert opened("2016-02-01", "2016-02-02") == dt.date(2016, 2, 1)
    assert opened("2011-02-01") == usual  # the timeline has no such day
    assert opened("2018-03-09", date=usual) == usual  # what is asked for goes first


def test_a_day_can_be_typed_as_one_writes_it(site: Path, page: Page) -> None:
    visit(page, site / "index.html")
    day = page.get_by_role("textbox", name="Day shown")
    expect(day).to_have_value("15 September 2017")
    for typed, shown in (("1 Oct 2017", "1 October 2017"), ("٧ نيسان ٢٠١٨", "7 April 2018")):
        day.fill(typed)
        day.press("Enter")
        expect(day).to_have_value(shown)
        expect(page.locator(".zones h2")).to_have_text(shown)
    for typed in ("03/04/2018", "1 October 1917", "soon"):  # two days, too early, none
        day.fill(typed)
        day.press("Enter")
        expect(page.locator("#day-error")).to_contain_text("Expected a day from 1 January 2016")
        expect(page.locator(".zones h2")).to_have_text("7 April 2018")
    day.press("Escape")
    expect(day).to_have_value("7 April 2018")
    expect(page.locator("#day-error")).to_be_empty()


def test_a_chart_tells_the_area_of_a_zone_over_the_years(site: Path, page: Page) -> None:
    visit(page, site / "index.html", "#date=2019-01-01&zone=idlib")
    chart = page.get_by_role("img", name="Area over the years")
    expect(chart).to_be_visible()
    told = chart.get_attribute("aria-label") or ""
    assert "March 2020: 3\u202f2" in told
    assert {"2018", "2019", "2020"} <= set(chart.locator("text").all_text_contents())


def test_the_stretched_axis_says_so_in_sight(site: Path, page: Page) -> None:
    visit(page, site / "index.html")
    said = page.locator(".stretched")
    expect(said).to_be_visible()
    expect(said).to_have_text("Years with more events are drawn wider.")


def test_ways_are_measured_by_pointer_and_by_keyboard(site: Path, page: Page) -> None:
    visit(page, site / "idlib.html")
    page.get_by_role("button", name="Measure").click()
    status = page.locator(".measured")
    assert "Enter" in status.inner_text()
    page.mouse.click(600, 300)
    page.mouse.click(700, 300)
    assert re.search(r"Total [\d.]+\skm", status.inner_text())
    assert page.locator(".leaflet-popup").count() == 0
    page.get_by_role("button", name="Clear").click()
    page.locator(".leaflet-container").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.wait_for_timeout(400)
    page.keyboard.press("Enter")
    assert "Point 2" in status.inner_text()
    page.keyboard.press("Escape")
    assert status.inner_text() == ""
    assert page.evaluate("document.activeElement.className") == "measure"


# -- for everyone ---------------------------------------------------------------------------


@pytest.mark.parametrize("look", palette(), ids=lambda look: look.colour)
def test_every_colour_keeps_its_contrast(look: object) -> None:
    from test_pages import contrast

    assert contrast(look.colour, TOKENS["land"]) >= 3  # type: ignore[attr-defined]
    assert contrast(look.ink, TOKENS["paper"]) >= 4.5  # type: ignore[attr-defined]


# -- the pages of text, and what lies beside them -------------------------------------------


def test_pages_of_text_speak_every_language(site: Path, page: Page, atlas: Atlas) -> None:
    visit(page, site / "method.html", "#lang=ar")
    assert page.locator("html").get_attribute("dir") == "rtl"
    heading = page.locator("h2 .w:visible").first
    assert heading.inner_text() == atlas.words("ar")["method"]["line"]
    page.locator(".languages button[lang=tr]").click()
    assert page.locator("h1").inner_text() == atlas.words("tr")["page"]["method"]
    link = page.locator("nav a").first.get_attribute("href")
    assert link == "index.html#lang=tr"


def test_timeline_tells_everything_with_its_confidence(site: Path, atlas: Atlas) -> None:
    text = (site / "timeline.html").read_text("utf-8")
    phases = [phase for phase in atlas.phases if phase.start]
    told = [one for one in atlas.agreements if one.in_force or one.signed]
    assert text.count('<li class="event of-') == len(atlas.rounds) + len(phases) + len(told)
    records = [*atlas.rounds, *phases, *told]
    for record in records:
        for disagreement in record.disagreements or ():
            for lang in LANGUAGES:
                assert html.escape(atlas.words(lang)["disagreement"][disagreement.what]) in text
            for reading in disagreement.readings:
                for lang in LANGUAGES:
                    assert html.escape(atlas.note(reading.value, lang), quote=False) in text
    assert text.count('class="confidence ') == len(records)


def test_data_page_lists_every_record_and_source_and_no_source_is_missing(
    site: Path, atlas: Atlas
) -> None:
    text = (site / "data.html").read_text("utf-8")
    for key in atlas.sources:
        assert f'id="source-{key}"' in text
    cited = set(re.findall(r'href="data\.html#source-([^"]+)"', text))
    cited |= set(
        re.findall(r'href="data\.html#source-([^"]+)"', (site / "timeline.html").read_text("utf-8"))
    )
    assert cited <= set(atlas.sources)


def test_data_are_described_for_machines(site: Path, atlas: Atlas) -> None:
    for name in ("index", "data"):
        text = (site / f"{name}.html").read_text("utf-8")
        block = re.search(r'<script type="application/ld\+json">(.*?)</script>', text)
        assert block
        found = json.loads(block[1])
        assert (found["@type"], found["version"]) == ("Dataset", atlas.version)
        assert found["license"] == "https://creativecommons.org/licenses/by-sa/4.0/"
        for item in found["distribution"]:
            content = (site / item["contentUrl"]).read_bytes()
            assert item["sha256"] == hashlib.sha256(content).hexdigest()


def test_citations_can_be_read_by_programs(site: Path, atlas: Atlas) -> None:
    text = (site / "cite.html").read_text("utf-8")
    plain, bibtex, csl = re.findall(r"<pre[^>]*>(.*?)</pre>", text, re.S)
    assert json.loads(csl)[0]["version"] == atlas.version
    assert bibtex.startswith("@dataset{")
    assert bibtex.count("{") == bibtex.count("}")
    assert atlas.sha256 in plain


def test_downloads_hold_every_outline_in_five_formats(site: Path, atlas: Atlas) -> None:
    rows = 3 * len(atlas.extents)
    for suffix in ("geojson", "gpkg"):
        frame = gpd.read_file(site / f"zones.{suffix}")
        assert len(frame) == rows
        best = frame[frame["estimate"] == "best"]
        assert all(best.geometry.is_valid)
    assert len(gpd.read_parquet(site / "zones.parquet")) == rows
    assert len((site / "zones.csv").read_text("utf-8").splitlines()) == rows + 1
    marks = ET.parse(site / "zones.kml").iter("{http://www.opengis.net/kml/2.2}Placemark")  # noqa: S314
    assert len(list(marks)) == rows


def test_more_files_can_be_offered_each_with_its_citation(site: Path) -> None:
    page = (site / "data.html").read_text("utf-8")
    assert 'href="settlements.csv"' in page
    assert "To be cited &lt;so&gt;." in page
    manifest = json.loads((site / "manifest.json").read_text("utf-8"))
    assert "settlements.csv" in manifest["files"]


def test_site_is_the_same_to_the_byte_and_its_manifest_true(
    site: Path, atlas: Atlas, tmp_path: Path
) -> None:
    write_site(atlas, tmp_path)
    again = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert again == {path.name: path.read_bytes() for path in site.iterdir()}
    manifest = json.loads((site / "manifest.json").read_text("utf-8"))
    files = {path.name for path in site.iterdir()} - {"manifest.json"}
    assert set(manifest["files"]) == files
    for name, said in manifest["files"].items():
        content = (site / name).read_bytes()
        assert said == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    index = (site / "index.html").read_text("utf-8")
    assert '<meta property="og:image" content="preview.png">' in index
    width, height = struct.unpack(">II", (site / "preview.png").read_bytes()[16:24])
    assert (width, height) == (1200, 675)


def test_geopackage_does_not_tell_when_it_was_written(atlas: Atlas, tmp_path: Path) -> None:
    path = tmp_path / "zones.gpkg"
    write_zones(all_zones(atlas), path)
    with sqlite3.connect(path) as base:
        changed = base.execute("select last_change from gpkg_contents").fetchone()
    base.close()
    assert changed == ("1970-01-01T00:00:00.000Z",)


# -- the online background ------------------------------------------------------------------


def test_a_name_of_a_page_is_one_page_and_no_folder(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = CliRunner().invoke(main, ["map", "-o", str(page), "--date", "2018-01-01"])
    assert done.exit_code == 0, done.output
    assert done.output == f"{page}\n"
    assert page.is_file()
    assert [one.name for one in tmp_path.iterdir()] == ["page.html"]


def test_tiles_open_just_their_host_and_the_page_says_what_they_cost(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        main, ["map", "idlib", "--tiles", "OpenTopoMap", "-o", str(tmp_path / "idlib.html")]
    )
    assert done.exit_code == 0, done.output
    assert "learns your address" in done.stderr
    text = (tmp_path / "idlib.html").read_text("utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    rules = dict(rule.split(" ", 1) for rule in policy[1].split("; "))
    hosts = [f"https://{letter}.tile.opentopomap.org" for letter in "abc"]
    assert rules["img-src"].split() == ["data:", *hosts]
    assert rules["connect-src"] == rules["default-src"] == "'none'"


def test_page_with_tiles_asks_its_host_alone_and_says_so(
    page: Page, page_log: object, atlas: Atlas, tmp_path: Path
) -> None:
    path = maps.write_map(atlas, tmp_path / "map.html", tiles="OpenStreetMap.Mapnik")
    visit(page, path)
    assert "tile.openstreetmap.org" in page.locator(".legend").inner_text()
    page.locator(".leaflet-tile").first.wait_for(state="attached")
    page.goto("about:blank")
    assert page_log.requests  # type: ignore[attr-defined]
    for address in page_log.requests:  # type: ignore[attr-defined]
        assert address.startswith("https://tile.openstreetmap.org/")
    assert not any("content policy" in said for said in page_log.messages)  # type: ignore[attr-defined]
    page_log.requests.clear()  # type: ignore[attr-defined]
    page_log.messages.clear()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "match"),
    [
        pytest.param("Nothing.Known", "xyzservices knows", id="unknown"),
        pytest.param("MapBox", "need no key", id="with a key"),
    ],
)
def test_tiles_that_a_page_cannot_have_are_refused_with_the_reason(name: str, match: str) -> None:
    with pytest.raises(PageError, match=match):
        background(name)


def test_the_map_shows_who_held_which_settlement_as_the_day_moves(page: Page, site: Path) -> None:
    def painted() -> str:
        return str(page.evaluate("document.querySelector('canvas.front').toDataURL()"))

    visit(page, site / "index.html", "#date=2019-08-01")
    expect(page.locator("canvas.front")).to_be_hidden()
    page.locator("input[data-keep=front]").check(force=True)
    expect(page.locator("[data-front=shown]")).to_be_visible()
    expect(page.locator(".front-key li")).to_have_count(6)
    before = painted()
    visit(page, site / "index.html", "#date=2019-10-15")
    page.wait_for_selector("canvas.front", state="attached")
    page.locator("input[data-keep=front]").set_checked(True, force=True)
    expect(page.locator("[data-front=shown]")).to_be_visible()
    assert painted() != before
