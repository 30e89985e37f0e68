"""A card holds all that one must cite, shows foreign text as text, and betrays any change."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import msgspec
import pypdfium2
import pytest
from atlases import extent, square, write_atlas
from click.testing import CliRunner
from playwright.sync_api import Page

from dezone.cite.card import Card, make_card
from dezone.cite.drawing import card_drawing
from dezone.cite.files import write_card
from dezone.cite.page import card_html
from dezone.cite.sections import card_sections
from dezone.cite.verifying import verify
from dezone.cli import main
from geodata.atlas import read_atlas
from geodata.errors import RecordError
from zones.incident import check

ATLAS = read_atlas()
LANGUAGES = ATLAS.meta.languages
MADE = dt.datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=dt.UTC)
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>${7*7}\u202e\"'&\x00#let"

INCIDENTS: dict[str, dict[str, Any]] = {
    "en": {"latitude": "35°55'50\"N", "longitude": "36.6339", "date": "2018-03"},
    "ar": {"latitude": 35.44, "longitude": 36.65, "date": "2018-03", "radius": "25km"},
    "ru": {"latitude": 32.63, "longitude": 36.1, "date": "2018-07-01/2018-09-01", "radius": "2km"},
    "tr": {"latitude": 33.52, "longitude": 36.35, "date": "2017-10-12"},
}


DATA = '<script type="application/json" id="card">'


def scripts(page: str) -> list[str]:
    """Return what begins a script in a page: the card itself is data, which does not run."""
    return re.findall(r"<script[^>]*>?", page)


def card_in(language: str, **incident: Any) -> Card:
    record = check(language=language, **(incident or INCIDENTS[language]))
    return make_card(record, ATLAS, language=language, made=MADE)


CARD = card_in("en")
FILE = CARD.to_json().encode()


# -- what it holds ----------------------------------------------------------------------------


def test_a_card_is_the_record_and_all_it_rests_on():
    whole = json.loads(FILE)
    assert list(whole)[:-2] == list(CARD.record.to_dict())
    assert list(whole)[-2:] == ["card", "sha256"]
    assert whole["input"] == INCIDENTS["en"]
    card = whole["card"]
    assert card["made"] == "2026-11-23T12:00:00Z"
    assert [extent["id"] for extent in card["extents"] if extent["governs"]] == [
        "idlib/line/2018-02-15"
    ]
    assert card["extents"][0]["valid_to"] == "2018-07-20"
    assert {item["id"] for item in card["agreements"]} == set(whole["agreements"])
    assert {item["id"] for item in card["boundaries"]} == set(whole["boundaries"])
    assert all(item["accuracy"] for item in card["boundaries"])
    assert card["atlas"]["sha256"] == ATLAS.sha256
    assert re.fullmatch("[0-9a-f]{64}", card["software"]["sha256"])
    assert {"numpy", "shapely", "pyproj"} <= set(card["software"]["libraries"])


def test_every_source_that_a_card_cites_is_in_it():
    card = json.loads(FILE)["card"]
    cited = {
        source
        for part in ("extents", "phase", "agreements", "rounds", "boundaries")
        for item in card[part]
        for source in item["sources"]
    } | set(card["zone"]["sources"])
    assert cited == set(card["sources"])


def test_the_citation_names_the_record_the_atlas_and_the_moment():
    citation = CARD.details["citation"]
    digest = CARD.details["record_sha256"]
    assert citation["csl"]["issued"] == {"date-parts": [[2026, 11, 23]]}
    for text in (citation["text"], citation["bibtex"], citation["csl"]["note"]):
        assert digest in text
        assert ATLAS.sha256 in text
    assert citation["bibtex"].startswith(f"@misc{{dezone-{digest[:12]},\n")
    assert citation["bibtex"].count("{") == citation["bibtex"].count("}")


def test_the_same_incident_and_moment_give_the_same_bytes(tmp_path):
    for suffix in ("json", "html", "svg", "pdf"):
        first = write_card(CARD, ATLAS, tmp_path / f"a.{suffix}").read_bytes()
        again = write_card(card_in("en"), ATLAS, tmp_path / f"b.{suffix}").read_bytes()
        assert first == again


def test_the_record_has_one_hash_whenever_its_card_is_made():
    later = make_card(CARD.record, ATLAS, language="en", made=MADE + dt.timedelta(days=900))
    assert later.details["record_sha256"] == CARD.details["record_sha256"]
    assert later.sha256 != CARD.sha256


def test_a_moment_without_a_time_zone_is_refused():
    with pytest.raises(RecordError, match="time zone"):
        make_card(CARD.record, ATLAS, language="en", made=dt.datetime(2026, 11, 23))


# -- how it is shown --------------------------------------------------------------------------


def hostile_card(language: str = "en") -> Card:
    record = msgspec.structs.replace(
        CARD.record, input={"place": HOSTILE, HOSTILE: 1}, sentence=f"{HOSTILE} lay inside."
    )
    return make_card(record, ATLAS, language=language, made=MADE)


def test_foreign_text_is_text_in_html():
    page = card_html(hostile_card(), ATLAS)
    assert scripts(page) == [DATA]
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "\u202e" not in page
    assert "\x00" not in page


def test_foreign_text_is_text_in_svg_and_pdf(tmp_path):
    svg = write_card(hostile_card(), ATLAS, tmp_path / "card.svg").read_text("utf-8")
    root = ET.fromstring(svg)  # noqa: S314  (our own)
    names = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert not names & {"script", "foreignObject", "image", "a", "use", "style"}
    assert "<script" not in svg
    assert "alert(1)" in "".join(root.itertext()).replace(" ", "")
    text = pdf_text(write_card(hostile_card(), ATLAS, tmp_path / "card.pdf"))
    assert "#let" in text
    assert "${7*7}" in text


def test_a_date_as_given_is_not_turned_round_by_an_arabic_label():
    card = make_card(
        check(place="Idlib", date="2017-10", language="ar"), ATLAS, language="ar", made=MADE
    )
    lines = card_sections(card, ATLAS)[0].facts[0].lines
    assert "\N{FIRST STRONG ISOLATE}2017-10\N{POP DIRECTIONAL ISOLATE}" in lines[1]
    assert "position" not in str(lines)


def test_a_place_is_named_as_it_was_used():
    card = make_card(check(place="Khan Sheikhoun"), ATLAS, language="en", made=MADE)
    used = " ".join(line for fact in card_sections(card, ATLAS)[0].facts for line in fact.lines)
    assert "Khan Shaykun (C3987)" in used
    assert "by the size of the settlement" in used


def test_a_hostile_name_of_an_atlas_is_text_on_a_card_and_in_its_citation(tmp_path):
    name = "\u202e</pre></script><script>alert(1)</script>{\\input{x}}}%&$#_~^"
    folder = write_atlas(
        tmp_path / "atlas",
        phases={"here": [("declared", "2017-01-01")]},
        extents=[extent("here", "2017-01-01", None, square(36.0, 35.0))],
        zone_names={"here": name},
    )
    atlas = read_atlas(folder)
    record = check(latitude=35.0, longitude=36.0, date="2018", atlas=atlas)
    card = make_card(record, atlas, language="en", made=MADE)
    bibtex = card.details["citation"]["bibtex"]
    depth = 0
    for char in bibtex:
        depth += (char == "{") - (char == "}")
        assert depth >= 0
    assert depth == 0, "BibTeX counts every brace"
    title = next(line for line in bibtex.splitlines() if "title" in line)
    assert not re.search(r"(?<!\\)[%&$#_]", title.replace("\\_", ""))
    assert "\\input" not in title
    for suffix in ("html", "svg"):
        page = write_card(card, atlas, tmp_path / f"card.{suffix}").read_text("utf-8")
        assert scripts(page) == ([DATA] if suffix == "html" else [])
        assert "\u202e" not in page
    assert verify(card.to_json().encode(), atlas=atlas).verified


def test_an_endless_input_stays_on_the_page(tmp_path):
    record = msgspec.structs.replace(CARD.record, input={"place": "Ж" * 100_000})
    card = make_card(record, ATLAS, language="en", made=MADE)
    drawing = card_drawing(card, ATLAS)
    assert all(0 <= text.x <= drawing.width for text in drawing.texts)
    assert all(0 <= text.y <= drawing.height for text in drawing.texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_fits_one_page_without_a_word_off_it(language):
    drawing = card_drawing(card_in(language), ATLAS)
    assert (drawing.width, drawing.height) == (595.0, 842.0)
    assert max(text.y for text in drawing.texts) <= drawing.height - 20
    assert all("{" not in text.content for text in drawing.texts)


def test_the_longest_interval_fits_one_page():
    for zone_point in ((35.5, 36.6), (33.52, 36.35), (32.7, 36.2)):
        card = card_in("ru", latitude=zone_point[0], longitude=zone_point[1], date="2016/2025")
        drawing = card_drawing(card, ATLAS)
        assert max(text.y for text in drawing.texts) <= drawing.height - 20


def pdf_text(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    assert len(document) == 1
    return str(document[0].get_textpage().get_text_range())


def test_a_pdf_is_one_page_of_text_with_its_fonts(tmp_path):
    path = write_card(CARD, ATLAS, tmp_path / "card.pdf")
    text = pdf_text(path)
    assert "Inside" in text
    assert CARD.details["record_sha256"][:30] in text
    assert b"NotoSans" in path.read_bytes()


def test_text_copied_from_an_arabic_pdf_has_each_letter_once(tmp_path):
    """Dots and vowel signs that are glyphs of their own would be letters; none is in English."""
    card = card_in("ar", latitude=33.52, longitude=36.35, date="2018-03-12")
    text = pdf_text(write_card(card, ATLAS, tmp_path / "card.pdf"))
    words = ATLAS.words("ar")
    for said in (words["card"]["title"], words["verdict"]["inside"], "الغوطة الشرقية"):
        assert said in text
    assert not re.search("[\u064b-\u0652]", text)
    assert "يقيناً" in words["card"]["method_text"]
    assert text.count("يقينا") == 2, (
        "in the legend and in the method, and no letter of it once more"
    )
    assert not any(boundary.accuracy[:9] in text for boundary in ATLAS.boundaries)


def test_the_circle_and_the_distance_are_drawn_to_the_same_scale():
    card = card_in("en", latitude=35.44, longitude=36.65, date="2018-03", radius="5km")
    shapes = "".join(card_drawing(card, ATLAS).shapes)
    x, y, r = (
        float(v)
        for v in re.search(
            r'<circle cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)"[^>]*dasharray', shapes
        ).groups()
    )  # type: ignore[union-attr]
    ends = re.findall(r'd="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)" stroke="#1F2933"', shapes)
    (line,) = [tuple(map(float, end)) for end in ends if abs(float(end[0]) - x) < 0.1]
    length = ((line[2] - x) ** 2 + (line[3] - y) ** 2) ** 0.5
    assert length / r == pytest.approx(abs(card.record.distance_m) / 5_000, rel=0.01)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_offline_without_script_and_prints_on_one_sheet(language, page: Page, tmp_path):
    path = write_card(card_in(language), ATLAS, tmp_path / "card.html")
    content = path.read_text("utf-8")
    assert "default-src 'none'; style-src 'sha256-" in content
    assert scripts(content) == [DATA]
    assert not re.search(r"\s(style|on\w+)=", content)
    style = re.search(r"<style>(.*?)</style>", content, re.DOTALL).group(1)  # type: ignore[union-attr]
    digest = hashlib.sha256(style.encode()).digest()
    assert f"'sha256-{base64.b64encode(digest).decode()}'" in content
    page.goto(path.as_uri())
    words = ATLAS.words(language)
    assert page.evaluate("document.documentElement.dir") == words["direction"]
    assert page.locator("h1").inner_text() == words["verdict"][card_in(language).record.verdict]
    assert page.evaluate("getComputedStyle(document.body).maxWidth") != "none"  # style is let in
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert len(pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))) == 1


def test_hostile_text_does_nothing_in_a_browser(page: Page, tmp_path):
    for suffix in ("html", "svg"):
        path = write_card(hostile_card(), ATLAS, tmp_path / f"card.{suffix}")
        page.goto(path.as_uri())
        assert page.evaluate("document.querySelectorAll('img').length") == 0
        found = page.evaluate("Array.from(document.querySelectorAll('script'), one => one.id)")
        assert found == (["card"] if suffix == "html" else [])  # the card as data


def test_arabic_runs_from_right_to_left_in_svg_and_html(page: Page, tmp_path):
    card = card_in("ar")
    for suffix in ("svg", "html"):
        page.goto(write_card(card, ATLAS, tmp_path / f"card.{suffix}").as_uri())
        starts = page.evaluate(
            """() => [...document.querySelectorAll("text")]
              .filter(text => /^[\\u2067]?[\\u0621-\\u064a]{4,}/.test(text.textContent))
              .map(text => {
                const first = text.textContent.charCodeAt(0) === 0x2067 ? 1 : 0;
                return text.getStartPositionOfChar(first).x
                  - text.getStartPositionOfChar(first + 3).x;
              })"""
        )
        assert len(starts) > 5
        assert all(gap > 0 for gap in starts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_on_the_page(language, page: Page, tmp_path):
    axe = Path(__file__).parents[2] / "maps" / "web" / "node_modules" / "axe-core" / "axe.min.js"
    page.goto(write_card(card_in(language), ATLAS, tmp_path / "card.html").as_uri())
    page.evaluate(axe.read_text("utf-8"))
    run = "axe.run({resultTypes: ['violations']})"
    assert page.evaluate(f"{run}.then(run => run.violations.map(one => one.help))") == []


def test_a_file_that_is_no_card_says_nothing_of_an_answer(tmp_path: Path) -> None:
    path = tmp_path / "no-card.json"
    path.write_text("root:x:0:0\n")
    found = CliRunner().invoke(main, ["verify", str(path)])
    assert found.exit_code == 4
    assert found.output.startswith("expected a card")
    assert "answer" not in found.output


def test_a_card_says_that_a_settlement_is_judged_by_its_holder_and_not_by_its_circle():
    card = card_in("en", place="Douma", date="2018-04-07")
    page = card_html(card, ATLAS)
    assert "one whose holder is known counts as a whole, by that holder" in page
    assert "Size of the settlement: 1.9\u00a0km" in page
    assert "Circle of" not in page


def test_where_time_decides_the_card_says_so_in_its_word():
    card = card_in("en", place="Khan Shaykhun", date="2017-04-04")
    assert "Not in force yet" in card_html(card, ATLAS)
    assert "“Not in force yet”" in card.details["citation"]["text"]
