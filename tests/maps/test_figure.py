"""Figures for print: the same bytes each time, names that do not touch, doubt that is drawn."""

from __future__ import annotations

import datetime as dt
import re
import struct
import xml.etree.ElementTree as ET
from pathlib import Path

import pypdfium2
import pyproj
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from dezone.cli import main
from geodata.atlas import read_atlas
from geodata.errors import AtlasError, PageError
from maps.print.drawing import Box, Drawing, Labels, Text, View
from maps.print.figure import draw_figure, write_figure
from maps.print.lettering import clean, isolate, measure, wrap
from maps.style import TOKENS, tint

ATLAS = read_atlas()
LANGUAGES = ATLAS.meta.languages
DAY = dt.date(2017, 10, 1)
GEOD = pyproj.Geod(ellps="WGS84")


def svg_of(tmp_path: Path, zone: str | None = None, language: str = "en") -> ET.Element:
    path = write_figure(ATLAS, tmp_path / "f.svg", zone=zone, day=DAY, language=language)
    return ET.parse(path).getroot()  # noqa: S314  (our own)


def said(root: ET.Element) -> list[str]:
    return [
        "".join(text.itertext()).strip("\u2067\u2069") for text in root.iter() if "text" in text.tag
    ]


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf"])
@pytest.mark.parametrize("zone", [None, "eastern-ghouta"])
def test_the_same_day_gives_the_same_bytes(suffix, zone, tmp_path):
    files = [
        write_figure(ATLAS, tmp_path / f"{n}.{suffix}", zone=zone, day=DAY, language="ar")
        for n in range(2)
    ]
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("zone", [None, *(zone.id for zone in ATLAS.zones)])
def test_a_figure_has_all_that_a_map_in_print_needs(zone, language, tmp_path):
    words = ATLAS.words(language)
    texts = said(svg_of(tmp_path, zone, language))
    whole = " ".join(texts)
    shown = [z for z in ATLAS.zones if zone in (None, z.id)]
    for name in (z.name[language] for z in shown):
        assert texts.count(name) >= 2  # on the map and in the table
    page = words["page"]
    for legend in ("surely_inside", "line", "possibly_inside", "state_border", "north"):
        assert page[legend] in texts
    assert any(text.endswith(f"\u00a0{words['units']['km']}") for text in texts)
    assert " ".join(ATLAS.attribution(language).split()[:2]) in whole
    assert ATLAS.sha256[:16] in whole
    assert "{" not in whole


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("size", "page"), [("landscape", (1200, 675)), ("square", (1080, 1080))])
def test_a_size_of_the_press_is_exact_and_nothing_is_cut(size, page, language, tmp_path):
    words = ATLAS.words(language)
    path = write_figure(ATLAS, tmp_path / "f.svg", day=DAY, language=language, size=size)
    root = ET.parse(path).getroot()  # noqa: S314  (our own)
    assert (float(root.get("width")), float(root.get("height"))) == page
    whole = " ".join(said(root))
    for zone in ATLAS.zones:
        assert whole.count(zone.name[language]) >= 2  # on the map and in the list
    for word in ("disclaimer", "doubt", "possibly_inside"):
        assert words["page"][word].split()[0] in whole
    assert ATLAS.attribution(language).split()[-1] in whole  # to its end
    picture = write_figure(ATLAS, tmp_path / "f.png", day=DAY, language=language, size=size)
    assert struct.unpack(">II", picture.read_bytes()[16:24]) == page


def test_a_figure_says_that_its_borders_are_no_judgement_and_dashes_those_not_final(tmp_path):
    root = svg_of(tmp_path, None)
    assert ATLAS.words("en")["page"]["disclaimer"].split(".")[0] in " ".join(said(root))
    dashes = [p.get("stroke-dasharray") for p in root.iter() if p.tag.endswith("path")]
    assert dashes.count("5 3") >= 2  # on the map and in the legend


def test_the_band_of_doubt_is_hatched_and_only_the_band(tmp_path):
    root = svg_of(tmp_path, "idlib")
    paths = [p.attrib for p in root.iter() if p.tag.endswith("path")]
    hatched = [p for p in paths if p.get("fill") == "url(#hatch-1)"]
    tinted = [p for p in paths if p.get("fill") == tint(1).colour]
    lines = [p for p in paths if p.get("stroke") == tint(1).colour and p.get("fill") == "none"]
    assert len(hatched) == len(tinted) == 1
    assert hatched[0]["d"] != tinted[0]["d"]
    assert lines
    pattern = next(p for p in root.iter() if p.get("id") == "hatch-1")
    assert pattern.get("patternTransform") == f"rotate({tint(1).angle})"


def test_each_zone_has_its_own_hatch_so_that_grey_print_tells_them_apart():
    assert len({tint(zone.number).angle for zone in ATLAS.zones}) == len(ATLAS.zones)


def test_a_day_without_zones_says_so(tmp_path):
    for day in (dt.date(2016, 1, 1), dt.date(2025, 6, 1)):
        texts = [text.content for text in draw_figure(ATLAS, day=day, language="en").texts]
        assert ATLAS.words("en")["page"]["no_zone"] in texts


def test_another_suffix_and_another_zone_are_refused(tmp_path):
    with pytest.raises(PageError, match=r"\.svg, \.png or \.pdf, found 'f\.gif'"):
        write_figure(ATLAS, tmp_path / "f.gif", day=DAY, language="en")
    with pytest.raises(AtlasError, match="'atlantis'"):
        write_figure(ATLAS, tmp_path / "f.svg", zone="atlantis", day=DAY, language="en")


def test_the_command_draws_by_suffix(tmp_path):
    target = tmp_path / "f.png"
    done = CliRunner().invoke(
        main, ["figure", "idlib", "--date", "2018-03-10", "--lang", "ar", "-o", str(target)]
    )
    assert done.exit_code == 0, done.output
    assert target.read_bytes().startswith(b"\x89PNG")


# -- text -------------------------------------------------------------------------------------


def test_a_pdf_carries_its_fonts_and_its_text(tmp_path):
    path = write_figure(ATLAS, tmp_path / "f.pdf", day=DAY, language="ru")
    assert b"NotoSans" in path.read_bytes()
    document = pypdfium2.PdfDocument(path)
    assert len(document) == 1
    assert "Идлиб" in document[0].get_textpage().get_text_range()


def test_arabic_is_joined_and_runs_from_right_to_left_in_pdf(tmp_path):
    """Joined letters are other glyphs than the same letters apart, and narrower together."""
    path = write_figure(ATLAS, tmp_path / "f.pdf", day=DAY, language="ar")
    page = pypdfium2.PdfDocument(path)[0].get_textpage()
    boxes = [(page.get_text_range(i, 1), page.get_charbox(i)) for i in range(page.count_chars())]
    title = sorted(
        (box for box in boxes if "\u0621" <= box[0][:1] <= "\u064a"), key=lambda b: -b[1][3]
    )
    top = title[0][1][3]
    first_line = [box for box in title if abs(box[1][3] - top) < 14]
    right = max(first_line, key=lambda box: box[1][2])
    expected = ATLAS.words("ar")["page"]["title"]
    assert right[0] == expected[0]
    assert right[1][2] > 0.9 * 720


def test_arabic_runs_from_right_to_left_in_svg(page: Page, tmp_path):
    path = write_figure(ATLAS, tmp_path / "f.svg", day=DAY, language="ar")
    page.goto(path.as_uri())
    gaps = page.evaluate(
        """() => [...document.querySelectorAll("text")]
          .filter(text => /^\\u2067[\\u0621-\\u064a]{4,}/.test(text.textContent))
          .map(text => text.getStartPositionOfChar(1).x - text.getStartPositionOfChar(4).x)"""
    )
    assert len(gaps) > 20
    assert all(gap > 0 for gap in gaps)


def test_names_are_measured_no_narrower_than_they_are_drawn(page: Page, tmp_path):
    """What keeps names apart is only as good as their measure; Noto is what print uses."""
    fonts = Path(__file__).parents[2] / "maps" / "static" / "fonts"
    ranges = {
        "noto-sans": "U+0000-00FF,U+2000-206F",
        "noto-sans-latin-ext": "U+0100-02BA,U+1E00-1EFF",
        "noto-sans-cyrillic": "U+0400-045F",
        "vazirmatn": "U+0600-06FF",
    }
    faces = "".join(
        f"@font-face{{font-family:'Print';font-weight:{weight};unicode-range:{span};"
        f"src:url({(fonts / f'{family}-{weight}.ttf').as_uri()})}}"
        for family, span in ranges.items()
        for weight in (400, 700)
    )
    texts = [
        (name, size, weight)
        for language in LANGUAGES
        for size, weight in ((14.0, 700), (9.5, 400))
        for name in (
            *(zone.name[language] for zone in ATLAS.zones),
            *(
                feature["properties"]["name"][language]
                for feature in ATLAS.base_map["features"]
                if feature["properties"]["kind"] == "town"
            ),
        )
    ]
    spans = "".join(
        f'<span style="font-size:{size}px;font-weight:{weight}">{name}</span><br>'
        for name, size, weight in texts
    )
    path = tmp_path / "names.html"
    style = f"{faces}body{{font-family:Print}}"
    path.write_text(f'<!doctype html><meta charset="utf-8"><style>{style}</style>{spans}', "utf-8")
    page.goto(path.as_uri())
    assert page.evaluate("document.fonts.ready.then(fonts => fonts.size)") == 8
    widths = page.evaluate(
        "[...document.querySelectorAll('span')].map(span => span.getBoundingClientRect().width)"
    )
    for (name, size, weight), width in zip(texts, widths, strict=True):
        assert width <= measure(name, size, weight), name
        assert width >= measure(name, size, weight) * 0.55, name


@given(st.text(max_size=60), st.floats(20, 200))
def test_lines_are_no_wider_than_their_column(text, width):
    for line in wrap(clean(text), 10.0, width):
        assert measure(line, 10.0) <= width or len(line.strip("\u2068\u2069")) <= 1


@given(st.text(max_size=80))
def test_clean_text_can_steer_nothing(text):
    shown = clean(text)
    assert not re.search(
        "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]", shown
    )
    ET.fromstring(f"<t>{shown.replace('&', '').replace('<', '')}</t>")  # noqa: S314


@given(st.text(alphabet="ab \u0628\u0633", min_size=1, max_size=80), st.floats(30, 90))
def test_a_break_within_an_isolate_opens_it_again(text, width):
    for line in wrap(f"x {isolate(text)} y", 10.0, width):
        assert line.count("\u2068") == line.count("\u2069")


# -- names that do not touch ------------------------------------------------------------------


def box_of(text: Text) -> Box:
    """Return the box of a name as it is reckoned."""
    width = measure(text.content, text.size, text.weight) + text.spacing * len(text.content)
    left = text.x - width * {"left": 0, "middle": 0.5, "right": 1}[text.anchor]
    return Box(left, text.y - text.size * 0.86, width, text.size * 1.1)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 300), st.floats(0, 200), st.text("abcdef", min_size=1, max_size=12)),
        max_size=40,
    ),
    st.booleans(),
)
def test_names_never_touch_and_never_leave_the_frame(points, rtl):
    frame = Box(0, 0, 300, 200)
    drawing = Drawing(300, 200)
    labels = Labels(drawing, frame, rtl=rtl)
    for x, y, name in points:
        text = Text(x, y, name, 10, "#000", halo="#fff")
        labels.put(text, reach=(20.0, 40.0), leader="#000")
    boxes = [box_of(text) for text in drawing.texts]
    for i, box in enumerate(boxes):
        assert frame.holds(box.grown(-0.01))
        assert not any(box.grown(-0.01).meets(other) for other in boxes[:i])


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_names_of_a_figure_touch(language):
    drawing = draw_figure(ATLAS, day=DAY, language=language)
    names = [text for text in drawing.texts if text.halo]
    boxes = [box_of(text) for text in names]
    for i, box in enumerate(boxes):
        assert not any(box.grown(-0.01).meets(other) for other in boxes[:i]), names[i]


# -- scale and colours ------------------------------------------------------------------------


@given(st.floats(0, 360), st.floats(1_000, 200_000))
def test_the_page_is_true_to_scale_about_its_middle(bearing, metres):
    view = View(36.6, 35.5, 500.0, Box(0, 0, 600, 600))
    longitude, latitude, _ = GEOD.fwd(36.6, 35.5, bearing, metres)
    x, y = view.point(longitude, latitude)
    assert ((x - 300) ** 2 + (y - 300) ** 2) ** 0.5 == pytest.approx(metres / 500, rel=1e-6)


def test_the_scale_bar_is_as_long_as_it_says(tmp_path):
    root = svg_of(tmp_path, "idlib")
    bars = [r.attrib for r in root.iter() if r.tag.endswith("rect") and r.get("height") == "3.4"]
    length = sum(float(bar["width"]) for bar in bars)
    assert "20\u00a0km" in said(root)
    west, south, east, north = ATLAS.extents[0].high.bounds
    view_width = 720 - 52
    _, _, ground = GEOD.inv(west, (south + north) / 2, east, (south + north) / 2)
    assert 0.03 * view_width < length < 0.3 * view_width
    assert 20_000 / length == pytest.approx(ground * 1.16 / view_width, rel=0.35)


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2.2 defines it."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def over(colour: str, ground: str, opacity: float) -> str:
    mixed = [
        round(int(colour[i : i + 2], 16) * opacity + int(ground[i : i + 2], 16) * (1 - opacity))
        for i in (1, 3, 5)
    ]
    return "#" + "".join(f"{value:02X}" for value in mixed)


def test_text_and_lines_keep_their_contrast():
    for ground in ("paper", "land", "neighbour"):
        for ink in ("ink", "ink-2", "ink-3"):
            assert contrast(TOKENS[ink], TOKENS[ground]) >= 4.5
    for zone in ATLAS.zones:
        look = tint(zone.number)
        assert contrast(look.ink, TOKENS["land"]) >= 4.5
        assert contrast(look.colour, TOKENS["land"]) >= 3
        tinted = over(look.colour, TOKENS["land"], 0.3)
        assert contrast(TOKENS["ink"], tinted) >= 4.5
        assert contrast(look.colour, tinted) >= 2  # the line, on the ground it bounds
