"""Pages: no network, no foreign code, the same bytes each time, and what they show."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import json
import re
from pathlib import Path
from typing import Any

import folium
import folium.plugins
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Locator, Page, expect

import maps
from geodata.atlas import Atlas, read_atlas
from geodata.errors import AtlasError, CRSError, OutputError, PageError
from maps.page.document import to_json
from maps.page.layers import incident_marks
from maps.page.packing import encode_ring
from maps.style import DARK, TOKENS, dark_palette, palette, tint
from zones import load_zones
from zones.tables.rows import check_rows

HOSTILE = [
    "<script>window.hacked = 1</script>",
    "</script><script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    "${window.hacked = 1}",
    "`+(window.hacked = 1)+`",
    "\\`${window.hacked = 1}",
    "{{ 7 * 7 }} {# no #}",
    "{% raw %} {%",
    "'\"; window.hacked = 1; //",
    "<!--<script>",
    "]]>\u2028\u2029\u202e\x00 end",
    "javascript:window.hacked = 1",
]


@pytest.fixture(scope="session")
def atlas() -> Atlas:
    return read_atlas()


@pytest.fixture(scope="session")
def site(atlas: Atlas, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One site a language."""
    folder = tmp_path_factory.mktemp("site")
    for lang in ("en", "ar"):
        maps.write_site(atlas, folder / lang, lang=lang, incidents=incidents())
    return {lang: folder / lang for lang in ("en", "ar")}


def incidents() -> list[dict[str, Any]]:
    rows = [
        {"id": "a", "latitude": 35.93, "longitude": 36.63, "verdict": "inside", "zone": "idlib"},
        {"id": "b", "latitude": 35.13, "longitude": 36.75, "verdict": "outside"},
        {"id": "c", "latitude": 34.9, "longitude": 36.7, "verdict": "uncertain", "radius_m": 9000},
        {"id": "d", "latitude": None, "longitude": float("nan"), "verdict": "undetermined"},
    ]
    return [{"date": "2017-10-01", "place": f"Place {row['id']}", **row} for row in rows]


def show(page: Page, chart: folium.Map, path: Path) -> Page:
    """Open a map as a page and wait until it is drawn."""
    return open_page(page, maps.write_page(chart, path))


def open_page(page: Page, path: Path, address: str = "") -> Page:
    page.goto(path.as_uri() + address)
    page.wait_for_selector("[data-drawn]", state="attached")
    return page


def data_of(html: str, kind: str) -> Any:
    block = re.search(
        rf'<script type="application/json" id="[^"]*{kind}[^"]*">(.*?)</script>', html
    )
    assert block
    return json.loads(block[1])


# -- the document ---------------------------------------------------------------------------


def test_page_is_the_same_to_the_byte_each_time(atlas: Atlas, tmp_path: Path) -> None:
    one = maps.write_map(atlas, tmp_path / "one.html", incidents=incidents())
    two = maps.write_map(atlas, tmp_path / "two.html", incidents=incidents())
    assert one.read_bytes() == two.read_bytes()


def test_user_layers_are_numbered_in_order_not_at_random() -> None:
    def draw() -> str:
        chart = maps.draw_map(load_zones())
        folium.Marker((35, 36), popup="a", tooltip="b").add_to(chart)
        folium.FeatureGroup().add_to(chart)
        folium.LayerControl().add_to(chart)
        return maps.render_page(chart)

    page = draw()
    assert page == draw()
    assert not re.search(r"_[0-9a-f]{32}", page)


def test_rendering_leaves_the_users_map_as_it_was() -> None:
    chart = maps.draw_map(load_zones())
    marker = folium.Marker((35, 36), popup=folium.Popup("a")).add_to(chart)
    first = maps.render_page(chart)
    assert maps.render_page(chart) == first
    assert [type(child) for child in marker._children.values()] == [folium.Popup]


def test_page_names_its_language_direction_title_and_description(site: dict[str, Path]) -> None:
    english = (site["en"] / "index.html").read_text("utf-8")
    arabic = (site["ar"] / "idlib.html").read_text("utf-8")
    words = read_atlas().words("ar")
    assert '<html lang="en" dir="ltr"' in english
    assert '<html lang="ar" dir="rtl"' in arabic
    assert f'<meta name="description" content="{words["page"]["description"]}">' in arabic
    assert "<title>إدلب" in arabic


def test_title_description_and_language_can_be_given_and_are_only_text() -> None:
    page = maps.render_page(
        maps.draw_map(load_zones()), title="</title><script>", description='"><b>', lang='x"'
    )
    assert "<title>&lt;/title&gt;&lt;script&gt;</title>" in page
    assert 'content="&quot;&gt;&lt;b&gt;"' in page
    assert '<html lang="x&quot;"' in page


def test_policy_allows_nothing_but_the_hashes_of_the_page_itself(site: dict[str, Path]) -> None:
    page = (site["en"] / "index.html").read_text("utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    rules = dict(rule.split(" ", 1) for rule in policy[1].split("; "))
    assert rules["default-src"] == rules["connect-src"] == "'none'"
    assert rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["img-src"] == "data:"
    for name in ("script-src", "style-src"):
        assert all(re.fullmatch(r"'sha256-[\w+/=]{44}'", part) for part in rules[name].split())
    assert not re.search(r"<[a-z][^<>]*\s(style|on\w+)=", page.split("<script>")[0])


def test_pages_are_small(site: dict[str, Path], atlas: Atlas, tmp_path: Path) -> None:
    names = {path.name for path in site["en"].iterdir()}
    assert names >= {"index.html", *(f"{zone.id}.html" for zone in atlas.zones)}
    for lang in atlas.meta.languages:
        index, *_ = maps.write_site(atlas, tmp_path / lang, lang=lang)
        assert index.stat().st_size < 1_200_000, lang  # a third is the script


def test_page_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chart = maps.draw_map(load_zones())
    target = tmp_path / "map.html"
    target.write_text("kept")

    def fail(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OutputError, match="No space left"):
        maps.write_page(chart, target)
    assert target.read_text() == "kept"
    assert list(tmp_path.iterdir()) == [target]


def test_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"make the folder"):
        maps.write_page(maps.draw_map(load_zones()), tmp_path / "no" / "map.html")


def test_save_and_notebook_give_the_same_offline_page(tmp_path: Path) -> None:
    chart = maps.draw_map(load_zones())
    chart.save(tmp_path / "saved.html")
    page = maps.render_page(chart)
    assert (tmp_path / "saved.html").read_text("utf-8") == page
    assert chart._repr_html_().startswith('<iframe srcdoc="&lt;!DOCTYPE html&gt;')


# -- what may not get in --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "address"),
    [
        pytest.param(folium.TileLayer("OpenStreetMap"), "tile.openstreetmap", id="tiles"),
        pytest.param(
            folium.WmsTileLayer("http://example.org/wms", "a"), "example.org/wms", id="WMS"
        ),
        pytest.param(
            folium.raster_layers.ImageOverlay("https://example.org/a.png", [[0, 0], [1, 1]]),
            "example.org/a.png",
            id="image from afar",
        ),
        pytest.param(folium.plugins.MarkerCluster(), "cdn", id="plug-in"),
        pytest.param(
            folium.Marker((35, 36), icon=folium.CustomIcon("https://example.org/i.png")),
            "example.org/i.png",
            id="icon from afar",
        ),
    ],
)
def test_layer_that_needs_the_network_is_named_with_its_address(layer: Any, address: str) -> None:
    chart = maps.draw_map(load_zones())
    layer.add_to(chart)
    with pytest.raises(PageError, match=re.escape(address)) as caught:
        maps.render_page(chart)
    assert type(layer).__name__ in str(caught.value) or "CustomIcon" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="https://example.org/a.png">',
        '<script src="//example.org/a.js"></script>',
        '<link rel="stylesheet" href="https://example.org/a.css">',
        "<style>@import 'https://example.org/a.css';</style>",
        '<p style="color: red">red</p>',
        '<p onclick="alert(1)">click</p>',
        '<a href="javascript:alert(1)">go</a>',
        '<iframe srcdoc="x"></iframe>',
        '<meta http-equiv="refresh" content="0">',
    ],
)
def test_markup_that_the_policy_would_block_is_refused_at_once(markup: str) -> None:
    chart = maps.draw_map(load_zones())
    chart.get_root().html.add_child(folium.Element(markup))
    with pytest.raises(PageError):
        maps.render_page(chart)


def test_own_script_and_style_of_the_user_run(page: Page, tmp_path: Path) -> None:
    chart = maps.draw_map(load_zones())
    root = chart.get_root()
    root.header.add_child(folium.Element("<style>h4 { color: rgb(1, 2, 3) }</style>"))
    root.html.add_child(folium.Element("<h4>Mine</h4><script>window.mine = 1</script>"))
    show(page, chart, tmp_path / "map.html")
    assert page.evaluate("window.mine") == 1
    assert page.evaluate("getComputedStyle(document.querySelector('h4')).color") == "rgb(1, 2, 3)"


def test_plain_folium_map_is_refused() -> None:
    with pytest.raises(PageError, match=r"maps\.draw_map"):
        maps.render_page(folium.Map())


def test_element_other_than_text_in_a_popup_is_refused() -> None:
    chart = maps.draw_map(load_zones())
    folium.Marker((35, 36), popup=folium.Popup(folium.IFrame("<b>x</b>"))).add_to(chart)
    with pytest.raises(PageError, match="IFrame"):
        maps.render_page(chart)


def test_hostile_text_in_folium_layers_stays_text(page: Page, tmp_path: Path) -> None:
    chart = maps.draw_map(load_zones())
    for number, text in enumerate(HOSTILE):
        x = 36 + number / 10
        folium.Marker((35.6, x), popup=text, tooltip=text).add_to(chart)
        folium.CircleMarker((35.7, x), popup=folium.Popup(text, parse_html=True)).add_to(chart)
        folium.Marker((35.8, x), icon=folium.DivIcon(html=text), tooltip=text).add_to(chart)
    show(page, chart, tmp_path / "map.html")
    for number, text in enumerate(HOSTILE):
        # folium escapes backticks before we see them: one escaped already loses its mark.
        assert popup_of(page, ".pin", number) == squeeze(text.replace("\\`", "`"))
        assert page.locator(".leaflet-popup-content :is(script, img)").count() == 0
    assert page.evaluate("window.hacked") is None


def test_hostile_properties_of_geojson_stay_text(page: Page, tmp_path: Path) -> None:
    chart = maps.draw_map(load_zones())
    texts = [text for text in HOSTILE if "{%" not in text]
    for number, text in enumerate(texts):
        feature = {
            "type": "Feature",
            "properties": {"name": text, "<b>": {"a": text}},
            "geometry": {"type": "Point", "coordinates": [36 + number / 10, 35.6]},
        }
        folium.GeoJson(
            {"type": "FeatureCollection", "features": [feature]},
            name=text,
            popup=folium.GeoJsonPopup(["name", "<b>"], aliases=[text, "b"]),
            tooltip=folium.GeoJsonTooltip(["name"]),
        ).add_to(chart)
    folium.LayerControl(collapsed=False).add_to(chart)
    show(page, chart, tmp_path / "map.html")
    for number, text in enumerate(texts):
        assert squeeze(text) in popup_of(page, ".pin", number)
    assert page.locator(":is(.leaflet-popup-content, .leaflet-control-layers) img").count() == 0
    assert page.evaluate("window.hacked") is None


def popup_of(page: Page, marks: str, number: int) -> str:
    """Open the popup of one of the marks alone, and return its text."""
    page.evaluate("document.querySelector('.leaflet-popup-close-button')?.click()")
    page.locator(".leaflet-popup-content").wait_for(state="detached")
    page.evaluate("([m, n]) => document.querySelectorAll(m)[n].click()", [marks, number])
    shown = page.locator(".leaflet-popup-content")
    shown.wait_for()
    return squeeze(shown.text_content())


def test_text_that_folium_reads_as_a_template_is_refused_not_run() -> None:
    chart = maps.draw_map(load_zones())
    point = {"type": "Point", "coordinates": [36.6, 35.6]}
    feature = {"type": "Feature", "properties": {"name": "{% boom %}"}, "geometry": point}
    folium.GeoJson({"type": "FeatureCollection", "features": [feature]}).add_to(chart)
    with pytest.raises(PageError, match="template"):
        maps.render_page(chart)


def test_hostile_incidents_stay_text(page: Page, atlas: Atlas, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = []
    for number, text in enumerate(HOSTILE):
        row = {"longitude": 36 + number / 3, "latitude": 35.6, "verdict": text, "zone": text}
        rows.append(row | dict.fromkeys(("id", "date", "place", "sentence", "source"), text))
    open_page(page, maps.write_map(atlas, tmp_path / "map.html", incidents=rows))
    for number, text in enumerate(HOSTILE):
        assert squeeze(text) in popup_of(page, ".incident", number)
        assert page.locator(".leaflet-popup-content a").count() == 0
    assert page.locator("#tables :is(script, img)").count() == 0
    assert page.evaluate("window.hacked") is None


def squeeze(text: str | None) -> str:
    return re.sub(r"[\s\x00\ufffd]+", " ", text or "").strip()


@given(st.text())
def test_any_text_survives_as_json_in_a_script(text: str) -> None:
    written = to_json({"text": text})
    assert json.loads(written) == {"text": text.encode("utf-8", "replace").decode()}
    assert not set(written) & set("<>&\u2028\u2029")


# -- what is drawn --------------------------------------------------------------------------


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=30))
def test_ring_is_told_in_differences(points: list[tuple[float, float]]) -> None:
    assert decode(encode_ring(points, 100_000)) == [
        (round(x * 100_000), round(y * 100_000)) for x, y in points
    ]


def decode(text: str) -> list[tuple[int, int]]:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    values, value, shift = [], 0, 0
    for letter in text:
        digit = letters.index(letter)
        value |= (digit & 31) << shift
        shift += 5
        if not digit & 32:
            values.append(-(value + 1) // 2 if value & 1 else value // 2)
            value = shift = 0
    x = y = 0
    points = []
    for dx, dy in zip(values[::2], values[1::2], strict=True):
        x, y = x + dx, y + dy
        points.append((x, y))
    return points


def test_page_draws_the_very_vertices_of_the_atlas(atlas: Atlas) -> None:
    html = maps.render_page(maps.draw_site_map(atlas))
    zones = data_of(html, "zones")
    for extent in atlas.extents:
        for estimate in ("low", "best", "high"):
            record = next(
                one
                for one in zones["extents"]
                if (one["zone"], one["boundary"], one["from"], one["estimate"])
                == (extent.zone, extent.boundary, extent.valid_from.isoformat(), estimate)
            )
            drawn = shapely.MultiPolygon(
                [
                    (rings[0], rings[1:])
                    for polygon in record["polygons"]
                    for rings in [
                        [
                            [(x / 1e5, y / 1e5) for x, y in decode(zones["rings"][index])]
                            for index in polygon
                        ]
                    ]
                ]
            )
            truth = extent.geometry(estimate)
            assert drawn.normalize().equals_exact(
                shapely.MultiPolygon(getattr(truth, "geoms", [truth])).normalize()
                if not truth.is_empty
                else shapely.MultiPolygon(),
                1e-9,
            )


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_every_map_of_the_site_opens_in_silence(
    site: dict[str, Path], page: Page, lang: str, atlas: Atlas
) -> None:
    for name in ("index", *(zone.id for zone in atlas.zones)):
        page.set_viewport_size({"width": 1280 if lang == "en" else 360, "height": 780})
        open_page(page, site[lang] / f"{name}.html")
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 780})
            zones = [name] if name != "index" else [zone.id for zone in atlas.zones]
            page.locator(".name-zone").first.wait_for(state="attached")  # drawn anew
            assert page.locator(".zone-line").count() == len(zones)
            assert page.locator(".row").count() == len(zones)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, "the page scrolls sideways"


def test_names_do_not_touch_one_another(site: dict[str, Path], page: Page) -> None:
    open_page(page, site["en"] / "index.html")
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 780})
        for _ in range(100):  # they are placed anew where the window has another size
            boxes = page.evaluate(NAMES)
            if len(boxes) >= 4 and not any(map(overlap, boxes, itertools.repeat(boxes))):
                break
            page.wait_for_timeout(50)
        else:
            raise AssertionError((width, boxes))


NAMES = """() => [...document.querySelectorAll('.name')]
  .filter(one => one.checkVisibility({visibilityProperty: true}))
  .map(one => { const {left, top, right, bottom} = one.getBoundingClientRect();
                return [left, top, right, bottom]; })"""


def overlap(one: list[float], boxes: list[list[float]]) -> bool:
    return any(
        one is not other
        and min(one[2], other[2]) > max(one[0], other[0])
        and min(one[3], other[3]) > max(one[1], other[1])
        for other in boxes
    )


def test_a_zone_on_the_map_is_chosen_in_the_panel_and_the_address(
    site: dict[str, Path], page: Page
) -> None:
    open_page(page, site["en"] / "index.html")
    page.get_by_role("button", name="South-west", exact=True).focus()
    page.keyboard.press("Enter")
    assert page.locator(".leaflet-popup-content").inner_text().split("\n\n") == [
        "South-west",
        "separately agreed since 9 July 2017",
        "More",
    ]
    row = page.locator("button[data-zone=south-west]")
    assert row.get_attribute("aria-expanded") == "true"
    expect(page).to_have_url(re.compile("zone=south-west"))
    page.locator(".leaflet-popup .more").click()
    assert row.evaluate("row => row === document.activeElement")
    fades = "['.zones', '.legend-body'].map(one => getComputedStyle(document.querySelector(one)"
    fades += ", '::after').position)"
    assert page.evaluate(fades) == ["sticky", "sticky"], "no line is cut where a panel ends"


def test_the_first_screen_of_a_phone_shows_map_day_and_zones(
    site: dict[str, Path], page: Page
) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    for lang in ("en", "ar", "ru", "tr"):
        page.goto("about:blank")
        open_page(page, site["en"] / "index.html", f"#lang={lang}")
        row = page.locator(".zones .row-name").first.bounding_box()
        bar = page.locator(".panel.checker").bounding_box()
        assert row is not None
        assert bar is not None
        assert row["y"] + row["height"] < bar["y"], lang


def test_a_window_made_narrow_shows_the_zones_whole_in_every_language(
    site: dict[str, Path], page: Page
) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    open_page(page, site["en"] / "index.html")
    page.set_viewport_size({"width": 360, "height": 800})
    for lang in ("en", "tr"):  # whose title takes a line more
        page.locator(f".languages button[lang={lang}]").click()
        page.wait_for_selector(f"html[lang={lang}]", state="attached")
        above = page.locator("header.panel, .panel:has(.languages)").first.bounding_box()
        ground = page.locator(".leaflet-container").bounding_box()
        shapes = page.locator("path.zone-touch")
        assert above is not None
        assert ground is not None
        assert shapes.count() == 4
        for box in map(Locator.bounding_box, shapes.all()):
            assert box is not None
            assert above["y"] + above["height"] < box["y"], lang
            assert box["y"] + box["height"] < ground["y"] + ground["height"], lang


def test_popup_of_a_zone_says_who_when_and_how_surely(site: dict[str, Path], page: Page) -> None:
    open_page(page, site["en"] / "idlib.html", "#embed")  # where no panel says it
    page.locator(".zone-touch").focus()
    page.keyboard.press("Enter")
    text = page.locator(".leaflet-popup-content").inner_text()
    for part in (
        "Idlib",
        "separately agreed since 15 September 2017",
        "Russia · Turkey · Iran",
        "Astana-6",
    ):
        assert part in text
    page.locator(".leaflet-popup-content summary").click()
    link = page.locator(".leaflet-popup-content a").first
    assert (link.get_attribute("href") or "").startswith("http")
    assert link.get_attribute("rel") == "noopener noreferrer"


def test_page_names_the_agreement_that_the_library_names(
    site: dict[str, Path], page: Page, atlas: Atlas
) -> None:
    open_page(page, site["en"] / "index.html")
    for day in ("2017-06-01", "2017-12-01", "2018-03-01", "2020-04-01"):
        date = dt.date.fromisoformat(day)
        page.evaluate(f"location.hash = 'date={day}'")
        told = f"{date.day} {date:%B %Y}"
        zones = page.locator("#tables table").first
        zones.locator("caption", has_text=told).wait_for()
        for row in load_zones(day).to_dict("records"):
            if not row["in_force"]:
                continue
            shown = zones.locator("tr", has_text=row["name"]).inner_text()
            names = " · ".join(atlas.actors[one].name["en"] for one in row["guarantors"])
            assert names in shown
            assert next(one for one in atlas.rounds if one.id == row["round"]).name["en"] in shown


def test_band_between_low_and_high_is_hatched(site: dict[str, Path], page: Page) -> None:
    open_page(page, site["en"] / "index.html")
    fills = page.locator(".zone-band").evaluate_all("all => all.map(e => e.getAttribute('fill'))")
    assert len(fills) == len(set(fills)) == 4
    for fill in fills:
        assert page.locator(f"pattern{fill[4:-1]}").count() == 1


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_without_scripts_a_page_says_what_it_needs_and_when_the_zones_were_in_force(
    site: dict[str, Path], browser: Browser, lang: str, atlas: Atlas
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site[lang] / "index.html").as_uri())
    plain = page.locator(".plain")
    assert "JavaScript" in plain.inner_text()
    assert plain.locator("tbody tr").count() == sum(one.start is not None for one in atlas.phases)
    for zone in atlas.zones:
        assert zone.name[lang] in plain.inner_text()
    drawn = plain.locator("figure svg")
    for zone in atlas.zones:  # named on the map, in its own colour
        ink = tint(zone.number).ink
        assert drawn.locator(f"text[fill='{ink}']", has_text=zone.name[lang]).count()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert not page.locator("main").is_visible()
    context.close()


@pytest.mark.parametrize(("width", "height"), [(800, 600), (360, 380)])
def test_in_a_frame_there_are_no_sheets_but_whose_it_is_and_a_way_to_the_whole(
    site: dict[str, Path], browser: Browser, atlas: Atlas, width: int, height: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": height})
    address = f"{(site['en'] / 'index.html').as_uri()}#embed&date=2017-10-01"
    page.goto(address)
    page.wait_for_selector("[data-drawn]", state="attached")
    assert page.locator(".panel:visible:not(.zoom)").count() == 0
    line = page.locator(".embedded")
    assert "1 October 2017" in line.inner_text()
    assert atlas.meta.attribution[0] in str(line.text_content())
    assert "embed" not in str(line.locator("a").get_attribute("href"))
    assert "date=2017-10-01" in str(line.locator("a").get_attribute("href"))
    map_box, below = page.locator(".folium-map").bounding_box(), line.bounding_box()
    assert map_box is not None
    assert below is not None
    assert below["y"] + below["height"] <= height + 1  # the frame shows all of it
    assert map_box["height"] >= 0.5 * height
    assert page.url == address
    page.close()


def test_what_is_less_exact_than_three_pixels_is_not_drawn(
    site: dict[str, Path], page: Page
) -> None:
    page.emulate_media(reduced_motion="reduce")  # a view is where it was put, at once
    open_page(page, site["en"] / "index.html")
    limits = page.locator("path.base-governorate-limit")
    assert not page.locator("path.base-border.coarse").count()
    assert "coarse" not in str(limits.first.get_attribute("class"))
    for _ in range(4):
        page.keyboard.press("Escape")
        page.locator(".leaflet-control-zoom-in, .zoom button").first.click()
    expect(limits.first).to_have_class(re.compile("coarse"))
    assert page.locator(".name-river, .name-governorate").count() == 0


def test_a_zone_out_of_force_leaves_a_dotted_outline(site: dict[str, Path], page: Page) -> None:
    page.goto(f"{(site['en'] / 'index.html').as_uri()}#date=2019-06-01")
    page.wait_for_selector("[data-drawn]", state="attached")
    assert page.locator(".zone-line").count() == 1
    idle = page.locator(".zone-idle")
    assert idle.count() == 3
    assert idle.first.evaluate("one => getComputedStyle(one).strokeDasharray") == "0.1px, 5px"
    page.locator(".row").first.click()
    facts = page.locator(".row-facts").inner_text()
    assert re.search(r"Drawn as of\s+\d+ \w+ 20\d\d\s+before that [\d\s]+km²", facts)


def test_a_popup_takes_the_focus_and_gives_it_back(site: dict[str, Path], page: Page) -> None:
    open_page(page, site["en"] / "idlib.html")
    page.locator(".zone-touch").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "dialog"
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Idlib"
    page.keyboard.press("Escape")
    expect(page.locator(".zone-touch")).to_be_focused()


def test_the_first_stops_of_the_keyboard_are_the_ways_past_the_rest(
    site: dict[str, Path], page: Page
) -> None:
    open_page(page, site["en"] / "index.html")
    skips = []
    for _ in range(3):
        page.keyboard.press("Tab")
        skips.append(page.evaluate("document.activeElement.textContent"))
    assert skips == ["Skip to check", "Skip to map", "Skip to table"]
    order = page.evaluate(
        "['.title', '.checker', '.folium-map'].map(one => document.querySelector(one))"
        ".every((one, n, all) => !n ||"
        " all[n - 1].compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING)"
    )
    assert order, "title, check, map"
    page.locator(".steps button").last.click()
    told = page.locator(".timeline [role=status]").inner_text()
    assert told.startswith(page.locator(".flag").inner_text().replace("\n", ". "))
    assert "Idlib: " in told


SPACING = """* {line-height: 1.5 !important; letter-spacing: 0.12em !important;
  word-spacing: 0.16em !important} p {margin-block-end: 2em !important}"""  # WCAG 2.2, 1.4.12

COVERED = """() => [...document.querySelectorAll("a[href], button, input, select, summary")]
  .filter(one => one.checkVisibility({visibilityProperty: true}) && one.type !== "range"
    && !one.closest(".leaflet-pane, .skip") && one.type !== "file")
  .filter(one => {
    one.scrollIntoView({block: "center", behavior: "instant"});
    const {x, y, width, height} = one.getBoundingClientRect();
    const top = document.elementFromPoint(x + width / 2, y + height / 2);
    return !top || !(one.contains(top) || top.contains(one) || one.closest("label")?.contains(top));
  })
  .map(one => one.textContent || one.name)"""


def test_all_can_be_reached_in_every_window_and_with_a_readers_own_spacing(
    site: dict[str, Path], page: Page
) -> None:
    open_page(page, site["en"] / "index.html")
    windows = ((1280, 800), (1010, 400), (640, 400), (740, 360), (320, 568), (320, 256))
    for spaced in (False, True):
        for width, height in windows:
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(100)
            assert page.evaluate(COVERED) == [], (spaced, width, height)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate(
            "text => { const sheet = new CSSStyleSheet(); sheet.replaceSync(text);"
            " document.adoptedStyleSheets.push(sheet); }",
            SPACING,
        )


def test_time_moves_by_key_and_the_zones_with_it(site: dict[str, Path], page: Page) -> None:
    open_page(page, site["en"] / "index.html")
    slider = page.get_by_role("slider")
    assert slider.get_attribute("aria-valuetext") == "15 September 2017, Astana-6"
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "16 September 2017"
    page.keyboard.press("PageUp")
    assert slider.get_attribute("aria-valuetext") == "16 October 2017"
    page.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext") == "1 January 2016"
    assert page.locator(".zone-line").count() == 0
    assert "No zone was in force" in page.locator(".zones").inner_text()


def test_row_of_a_zone_opens_its_facts_by_keyboard(site: dict[str, Path], page: Page) -> None:
    open_page(page, site["en"] / "index.html")
    row = page.locator("button.row").nth(1)
    row.focus()
    page.keyboard.press("Enter")
    assert page.locator("button.row").nth(1).get_attribute("aria-expanded") == "true"
    assert "Russia" in page.locator(".row-facts").inner_text()
    assert page.evaluate("document.activeElement.dataset.zone") == "north-homs"


def test_boundary_can_be_changed(site: dict[str, Path], page: Page) -> None:
    open_page(page, site["en"] / "idlib.html")
    before = page.locator(".zone-line").get_attribute("d")
    page.get_by_text("Map layers").click()
    page.get_by_label("Boundary").select_option("ministry")
    assert page.locator(".zone-line").get_attribute("d") != before


def test_incidents_are_marked_by_verdict_and_listed_even_without_a_place(
    site: dict[str, Path], page: Page
) -> None:
    open_page(page, site["en"] / "index.html")
    marks = page.locator(".incident")
    assert marks.count() == 3
    assert marks.locator(".mark-full").count() == 1
    assert marks.locator(".mark-half").count() == 1
    assert page.locator(".disc").count() == 1
    assert page.locator("#tables").get_by_text("Place d").count() == 1


def test_table_says_what_the_map_says(site: dict[str, Path], page: Page, atlas: Atlas) -> None:
    open_page(page, site["en"] / "index.html")
    table = page.locator("#tables table").first
    assert table.locator("tbody tr").count() == len(atlas.zones)
    assert "Russia · Turkey · Iran" in table.inner_text()
    phases = page.locator("#tables table").nth(1)
    dated = [phase for phase in atlas.phases if phase.start is not None]
    assert phases.locator("tbody tr").count() == len(dated)


def test_sheets_stand_on_the_other_side_in_arabic(site: dict[str, Path], page: Page) -> None:
    sides = {}
    for lang in ("en", "ar"):
        open_page(page, site[lang] / "index.html")
        box = page.locator(".zones").bounding_box()
        assert box
        sides[lang] = box["x"] > 640
    assert sides == {"en": True, "ar": False}


def test_map_of_a_frame_shows_its_rows_alone(page: Page, tmp_path: Path) -> None:
    frame = load_zones("2017-10-01")
    chart = maps.draw_map(frame[frame["zone"] == "idlib"], incidents=incidents(), lang="tr")
    assert isinstance(chart, folium.Map)
    show(page, chart, tmp_path / "map.html")
    assert page.locator(".zone-line").count() == 1
    assert page.locator(".zone-band").count() == 1
    assert page.locator(".name-zone").text_content() == "İdlib"
    assert page.locator(".incident").count() == 3


def test_map_of_a_day_shows_that_day(page: Page, tmp_path: Path) -> None:
    show(page, maps.draw_map(load_zones("2019-01-01")), tmp_path / "map.html")
    assert page.locator(".name-zone").all_text_contents() == ["Idlib"]


def test_layers_of_folium_work_as_on_any_map(page: Page, tmp_path: Path) -> None:
    chart = maps.draw_map(load_zones())
    folium.Marker((35.6, 36.6), icon=folium.Icon(color="green"), popup="green").add_to(chart)
    folium.PolyLine([(35, 36), (36, 37)], tooltip="way").add_to(chart)
    group = folium.FeatureGroup("Mine").add_to(chart)
    folium.Circle((35.2, 36.6), radius=5000, popup="circle").add_to(group)
    folium.GeoJson(shapely.Point(36.9, 35.9).buffer(0.1).__geo_interface__).add_to(chart)
    folium.LayerControl(collapsed=False).add_to(chart)
    chart.fit_bounds([(35, 36), (36, 37)])
    show(page, chart, tmp_path / "map.html")
    assert page.locator(".pin.coloured").count() == 1
    assert "Mine" in page.locator(".leaflet-control-layers").inner_text()


@pytest.mark.parametrize(
    ("damage", "error", "match"),
    [
        pytest.param(lambda f: f.drop(columns="zone"), PageError, "no column zone", id="column"),
        pytest.param(lambda f: f.set_crs(None, allow_override=True), CRSError, "4326", id="CRS"),
    ],
)
def test_frame_of_something_else_is_refused(damage: Any, error: type, match: str) -> None:
    with pytest.raises(error, match=match):
        maps.draw_map(damage(load_zones()))


def test_frame_in_another_crs_is_drawn_where_it_lies(page: Page, tmp_path: Path) -> None:
    frame = load_zones()
    projected = maps.render_page(maps.draw_map(frame.to_crs(3857)))
    west, *_ = data_of(projected, "settings")["fit"]
    assert west == pytest.approx(frame.total_bounds[0], abs=1e-3)


def test_unknown_zone_language_and_boundary_are_named(atlas: Atlas, tmp_path: Path) -> None:
    for wrong in ({"zone": "nowhere"}, {"lang": "xx"}, {"boundary": "wish"}):
        with pytest.raises(AtlasError):
            maps.write_map(atlas, tmp_path / "map.html", **wrong)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_incidents_may_be_a_frame() -> None:
    frame = load_zones()[["zone"]].assign(longitude=36.0, latitude=[35.0, None, 200.0, 1.0])
    drawn = incident_marks(frame).payload
    assert [one.latitude for one in drawn] == [35.0, None, None, 1.0]


def test_answers_of_the_examples_are_shown_with_verdict_sentence_and_source(atlas: Atlas) -> None:
    examples = Path(__file__).parents[2] / "examples" / "incidents.csv"
    rows = list(csv.DictReader(examples.read_text("utf-8").splitlines()))
    answers = check_rows(rows, atlas)
    drawn = incident_marks(answers).payload
    assert [one.verdict for one in drawn] == [answer.record.verdict for answer in answers]
    assert all(one.sentence and one.longitude for one in drawn)
    assert [one.source for one in drawn] == [row["source_url"] for row in rows]


def test_incidents_of_another_kind_are_refused() -> None:
    with pytest.raises(PageError, match="found int"):
        incident_marks([1])


def test_notebook_shows_the_map_in_a_frame(page: Page, tmp_path: Path) -> None:
    chart = maps.draw_map(load_zones())
    notebook = tmp_path / "notebook.html"
    notebook.write_text(f"<!DOCTYPE html><body>{chart._repr_html_()}</body>", "utf-8")
    page.goto(notebook.as_uri())
    inside = page.frame_locator("iframe")
    inside.locator("[data-drawn]").wait_for(state="attached")
    assert inside.locator(".zone-line").count() == 4


def test_link_added_to_one_map_is_refused_there_and_unknown_elsewhere() -> None:
    chart = maps.draw_map(load_zones())
    chart.add_js_link("mine", "https://example.org/mine.js")
    with pytest.raises(PageError, match=r"example\.org/mine\.js"):
        maps.render_page(chart)
    assert "example.org" not in maps.render_page(maps.draw_map(load_zones()))


# -- colours --------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mix(colour: str, ground: str, share: float) -> str:
    pairs = [(int(colour[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02X}" for a, b in pairs)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_zones_can_be_read_and_told_apart(number: int) -> None:
    look = tint(number)
    for ground in ("paper", "land", "neighbour"):
        assert contrast(look.ink, TOKENS[ground]) >= 4.5
    tinted = mix(look.colour, TOKENS["land"], 0.3)
    assert contrast(look.ink, tinted) >= 3  # bold names with a light edge
    assert contrast(look.colour, TOKENS["land"]) >= 3
    assert contrast(look.colour, tinted) >= 2
    hatched = mix(look.colour, TOKENS["land"], 0.12)  # as maps/web/src/map/symbols.ts
    assert contrast(look.colour, hatched) >= 3
    assert len({tint(n).angle for n in (1, 2, 3, 4)}) == 4


@pytest.mark.parametrize("number", range(1, len(palette()) + 1))
def test_colours_keep_their_contrast_on_a_dark_screen(number: int) -> None:
    look = dark_palette()[number - 1]
    assert look.angle == palette()[number - 1].angle
    for ground in ("paper", "land", "neighbour"):
        assert contrast(look.ink, DARK[ground]) >= 4.5
    assert contrast(look.colour, DARK["land"]) >= 3
    assert contrast(look.colour, mix(look.colour, DARK["land"], 0.12)) >= 3


@pytest.mark.parametrize("ink", ["ink", "ink-2", "ink-3", "link", "error"])
def test_text_keeps_its_contrast_on_a_dark_screen(ink: str) -> None:
    assert set(DARK) == set(TOKENS)
    for ground in ("paper", "field"):
        assert contrast(DARK[ink], DARK[ground]) >= 4.5


@pytest.mark.parametrize("ink", ["ink", "ink-2", "ink-3", "link"])
def test_text_keeps_its_contrast(ink: str) -> None:
    grounds = ("land", "neighbour") if ink == "ink-3" else ("paper", "land")
    for ground in grounds:
        assert contrast(TOKENS[ink], TOKENS[ground]) >= 4.5
