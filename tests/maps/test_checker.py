"""The checker of the pages, used as a person would: in a browser without a network."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import maps
import zones
from dezone.cite.verifying import verify
from geodata.atlas import Atlas, read_atlas
from geodata.text.names import gazetteer_of
from maps.page.points import read_points
from zones.incident import hint_at_swap
from zones.tables.files import tag_file

AXE = Path(__file__).parents[2] / "maps" / "web" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="session")
def atlas() -> Atlas:
    return read_atlas()


@pytest.fixture(scope="session")
def checkers(atlas: Atlas, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The checker alone in two languages, and the page of one zone."""
    folder = tmp_path_factory.mktemp("checker")
    found = {
        lang: maps.write_checker(atlas, folder / f"{lang}.html", lang=lang) for lang in ("en", "ar")
    }
    found["zone"] = maps.write_map(atlas, folder / "zone.html", zone="eastern-ghouta")
    return found


def open_page(page: Page, path: Path) -> Page:
    page.goto(path.as_uri())
    page.wait_for_selector("[data-drawn]", state="attached")
    return page


def ask(page: Page, where: str, date: str = "", radius: str = "") -> None:
    """Fill in the form and send it; wait for whatever comes."""
    page.fill("#checker-where", where)
    page.fill("#checker-when", date)
    page.fill("#checker-precision", radius)
    page.evaluate(
        "document.querySelectorAll('.answer, .checker .error, .meant')"
        ".forEach(one => one.replaceChildren())"
    )
    page.press("#checker-where", "Enter")
    page.wait_for_selector(".answer-word, .checker .error:not(:empty), .checker .place")


def faults(page: Page) -> list[tuple[str, list[str]]]:
    """Return what axe-core finds wrong."""
    page.evaluate(AXE.read_text("utf-8"))  # as a tool of the browser: no policy holds it back
    found: list[tuple[str, list[str]]] = page.evaluate(
        "axe.run({resultTypes: ['violations']}).then(run => run.violations"
        ".map(one => [one.id, one.nodes.map(node => node.html.slice(0, 200))]))"
    )
    return found


def saved_file(page: Page) -> bytes:
    """Return the file of a record as the browser saves it."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the record").click()
    return Path(download.value.path()).read_bytes()


def saved(page: Page) -> dict[str, Any]:
    """Return the record that the page hands out."""
    record: dict[str, Any] = json.loads(saved_file(page))
    return record


INCIDENTS = [
    {"position": "35.9306, 36.6339", "date": "2018-03"},
    {"position": "35°55'50\"N 36°38'02\"E", "date": "7 March 2018"},
    {"position": "35.9306 N, 36.6339 E", "date": "٧ آذار ٢٠١٨"},
    {"position": "34.83, 36.75", "date": "2018-01-10", "radius": "5 km"},
    {"position": "33.57, 36.40", "date": "2018-03-10", "radius": "500 m"},
    {"position": "33.513, 36.29", "date": "2017-09-01"},
    {"position": "32.62, 36.10", "date": "2018-06-20/2018-08-05"},
    {"position": "35.0, 40.0", "date": "2016"},
    {"position": "37S BV 86000 79000", "date": "2019-05-01"},
    {"position": "34.802, 38.997", "date": "2018-01-01", "radius": "30 km"},
    {"place": "Khan Sheikhoun", "date": "2017-10"},
    {"place": "دوما", "date": "10 Mart 2018"},
    {"position": "35.6, 36.7"},
]


def test_every_answer_is_the_one_that_python_gives_and_an_edited_one_is_not_verified(
    page: Page, checkers: dict[str, Path]
) -> None:
    open_page(page, checkers["en"])
    outcomes = set()
    for incident in INCIDENTS:
        where = incident.get("position") or incident["place"]
        ask(page, where, incident.get("date", ""), incident.get("radius", ""))
        content = saved_file(page)
        found, wanted = json.loads(content), zones.check(**incident).to_dict()
        assert list(found) == list(wanted)
        for key, value in wanted.items():
            if isinstance(value, float) or key in ("distance_m", "accuracy_m"):
                loose = 1 if key.endswith("_m") else 1e-4
                assert found[key] == pytest.approx(value, abs=loose), (incident, key)
            else:
                assert found[key] == value, (incident, key)
        checked = verify(content)
        # What the page's own engine may be off by is the only thing that can stay unchecked.
        assert not checked.differences, (incident, checked)
        assert {one.what for one in checked.unchecked} <= {"record"}
        outcomes.add(checked.verified)
        for key, other in (("verdict", "inside"), ("zone", "homs"), ("sentence", "It was so.")):
            edited = json.loads(content)
            if edited[key] != other:
                edited[key] = other
                assert verify(json.dumps(edited).encode()).differences
    assert True in outcomes


def test_the_page_counts_the_cells_that_a_spreadsheet_would_run_as_the_command_does(
    page: Page, checkers: dict[str, Path], tmp_path: Path
) -> None:
    cells = [f"{sign}{rest}" for sign in "=+-@＝＋－＠﹦﹢﹣﹫" for rest in ("1+1", "5", "x", "")]
    cells += ["+1e5%", "-.5", "\t=1", " =1", "'=1", "1-1", "a=b", "[", "_"]
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(["id", "date", "latitude", "longitude", "=x", "＠y"])
    write.writerows([[i, "2018-03-07", "35.9", "36.6", one, one] for i, one in enumerate(cells)])
    (tmp_path / "in.csv").write_text(out.getvalue(), "utf-8")
    told = tag_file(tmp_path / "in.csv", tmp_path / "out.csv").log.to_text()
    count = re.search(r"(\d+) cells begin like a formula", told)
    assert count
    open_page(page, checkers["en"])
    drop(page, "in.csv", out.getvalue().encode())
    assert f"left as they are: {count[1]}" in page.locator(".notes").inner_text()


def test_an_answer_says_the_word_the_zone_the_sentence_and_the_facts(
    page: Page, checkers: dict[str, Path]
) -> None:
    open_page(page, checkers["en"])
    ask(page, "Khan Sheikhoun", "March 2018")
    answer = page.locator(".answer")
    assert answer.locator(".answer-word").inner_text() == "Inside"
    assert answer.locator(".answer-where").inner_text().startswith("Idlib zone · ")
    for said in ("which was in force on every day of March 2018", "Astana-6", "Russia · Turkey"):
        assert said in answer.inner_text()
    boundaries = answer.locator("dt", has_text="Boundaries").locator("+ dd")
    assert boundaries.inner_text().splitlines()[0] == "Line of control: inside"
    assert page.locator(".asked-disc").count() == 1, "the disc is drawn at its true size"
    assert page.locator(".flag").inner_text() == "1 March 2018", "the map shows the day"

    ask(page, "34.83, 36.75", "2018-01-10", "5 km")
    first = answer.locator(":scope > *").first
    assert first.locator(".answer-percent").inner_text() == "33 % to 94 %"
    sizes = [
        answer.locator(part).evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
        for part in (".answer-percent", ".answer-word")
    ]
    assert sizes[0] > sizes[1], "where it is uncertain, the share comes first and largest"
    printed = page.locator(".card-page > *").evaluate_all("all => all.map(one => one.className)")
    assert printed.index("card-share") + 1 == printed.index("card-word"), "in the same order"


def test_where_time_decides_the_word_says_so(page: Page, checkers: dict[str, Path]) -> None:
    for lang, place, date, word in (
        ("en", "35.4416, 36.6489", "2017-04-04", "Not in force yet"),
        ("en", "35.9306, 36.6339", "2025-06-01", "No longer in force"),
        ("ar", "35.4416, 36.6489", "2017-04-04", "لم تسرِ بعد"),
    ):
        if page.locator(f"html[lang={lang}] .answer").count() == 0:
            open_page(page, checkers[lang])
        ask(page, place, date)
        expect(page.locator(".answer-word")).to_have_text(word)
        told = page.get_by_role("status").first
        # A screen reader hears the word first.
        expect(told).to_have_text(re.compile(rf"{re.escape(word)}\. "))
        assert page.locator(".answer [aria-live], .answer[aria-live]").count() == 0


def test_a_link_brings_an_answer_back_and_the_address_holds_no_incident(
    page: Page, checkers: dict[str, Path]
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.emulate_media(reduced_motion="reduce")  # a view is where it was put, at once
    open_page(page, checkers["en"])
    ask(page, "34.83, 36.75", "2018-01-10", "5 km")
    sentence = page.locator(".answer .sentence").inner_text()
    page.evaluate(
        "window[Object.keys(window).find(k => /^map_/.test(k))].setZoom(12, {animate: false})"
    )
    page.get_by_role("button", name="Copy link to this answer").click()
    said = page.locator(".answer .answer-note[role=status]")
    expect(said).to_contain_text("It holds the place, the date and the accuracy")
    by_hand = said.locator("input")
    link = (
        by_hand.input_value()
        if by_hand.count()
        else page.evaluate("navigator.clipboard.readText()")
    )
    assert "34.83" in link
    assert "34.83" not in page.url
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator(".answer .sentence")).to_have_text(sentence)
    assert page.input_value("#checker-precision") == "5 km"
    zoom = page.evaluate("window[Object.keys(window).find(k => /^map_/.test(k))].getZoom()")
    assert zoom == pytest.approx(12, abs=0.1)
    assert "34.83" not in page.evaluate("location.href")


def test_what_cannot_be_read_is_said_in_one_line_under_its_field(
    page: Page, checkers: dict[str, Path]
) -> None:
    open_page(page, checkers["en"])
    for where, date, radius, field, said in (
        ("35,55 36,38", "", "", "where", "two ways"),
        ("Atlantis", "2018", "", "where", "perhaps one of these"),
        ("35.9, 36.6", "Tuesday", "", "when", "expected a date"),
        ("35.9, 36.6", "03/04/2018", "", "when", "two ways"),
        ("35.9, 36.6", "2018", "far", "precision", "expected a radius"),
        ("35.9, 36.6", "2100-01-01", "", "when", "lies in the future"),
        ("", "", "", "where", "Give a place or a date"),
    ):
        ask(page, where, date, radius)
        message = page.locator(f"#checker-{field}-error").inner_text()
        assert said in message
        assert "\n" not in message
        assert page.locator(f"#checker-{field}").get_attribute("aria-invalid") == "true"
        assert page.locator(".checker .error:not(:empty)").count() == 1


def test_a_date_pasted_beside_the_place_goes_into_its_own_field(
    page: Page, checkers: dict[str, Path]
) -> None:
    open_page(page, checkers["en"])
    ask(page, "حمورية, 12 March 2018")
    assert page.inner_text(".answer-word") == "Inside"
    fields = [page.input_value(f"#checker-{name}") for name in ("where", "when")]
    assert fields == ["حمورية", "12 March 2018"]
    ask(page, "Douma, 03/04/2018")
    assert "two ways" in page.inner_text("#checker-when-error")
    page.locator(".meant button").first.click()
    expect(page.locator(".answer-word")).to_have_text("Inside")


def test_names_are_completed_while_typing_in_any_script(
    page: Page, checkers: dict[str, Path]
) -> None:
    open_page(page, checkers["en"])
    field = page.get_by_role("combobox", name="Coordinates or place")
    options = page.get_by_role("option")
    for typed, offered in (
        ("Kafr", "Kafr Nobol"),
        ("kafr z", "Kafr Zeita"),
        ("كفر ز", "Kafr Zeita"),
        ("Кафр З", "Kafr Zeita"),
        ("Ltamen", "Latmana"),  # by its sounds
    ):
        field.fill(typed)
        expect(options.filter(has_text=offered).first).to_be_visible(timeout=30_000)
    for nothing in ("K", "Zzzyx", "35.9, 36"):
        field.fill(nothing)
        expect(page.get_by_role("listbox")).to_be_hidden()
        assert field.get_attribute("aria-expanded") == "false"


def test_a_completed_name_is_chosen_by_keyboard_and_means_one_place(
    page: Page, checkers: dict[str, Path]
) -> None:
    open_page(page, checkers["ar"])
    field = page.locator("#checker-where")
    field.fill("كفر ز")
    first = page.get_by_role("option").first
    expect(first).to_contain_text("حماة", timeout=30_000)  # the governorate in the page's language
    expect(page.locator(".field [aria-live]")).to_contain_text("عدد الأماكن المقترحة")
    field.press("ArrowUp")  # from the field to the last
    field.press("ArrowDown")  # and back to it
    assert field.get_attribute("aria-activedescendant") is None
    field.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == first.get_attribute("id")
    field.press("Enter")
    expect(page.get_by_role("listbox")).to_be_hidden()
    assert re.fullmatch(r"كفر زيتا \(C\d+\)", field.input_value())
    page.fill("#checker-when", "2017-10-01")
    page.press("#checker-when", "Enter")
    expect(page.locator(".answer .facts")).to_contain_text("كفر زيتا")
    field.fill("كفر ز")
    expect(first).to_be_visible()
    field.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_be_visible()  # the panel is still open


def test_a_name_of_several_places_is_left_to_the_user(
    page: Page, checkers: dict[str, Path], atlas: Atlas
) -> None:
    places = gazetteer_of(atlas.ledger).look_up("الجديدة").places
    open_page(page, checkers["en"])
    ask(page, "الجديدة", "2018-03-10")
    names = page.locator(".checker .place bdi:first-child").all_inner_texts()
    assert names[0] == places[0].name
    page.locator(".checker .place").first.click()
    expect(page.locator(".answer-word")).to_be_visible()
    assert page.input_value("#checker-where") == f"{places[0].name} ({places[0].id})"


def test_what_can_be_read_in_two_ways_is_a_choice_of_both(
    page: Page, checkers: dict[str, Path]
) -> None:
    open_page(page, checkers["en"])
    for where, date, field, offered in (
        ("35,55 36,38", "", "where", ["35.55 N, 36.38 E", "35°55' N, 36°38' E"]),
        ("[36.63, 35.93]", "2018", "where", ["36.63 N, 35.93 E", "35.93 N, 36.63 E"]),
        ("35.93, 36.63", "03/04/2018", "when", ["2018-04-03", "2018-03-04"]),
    ):
        ask(page, where, date)
        choices = page.locator(f"#checker-{field}-meant").get_by_role("button")
        assert [one.locator("bdi").first.inner_text() for one in choices.all()] == offered
        page.keyboard.press("Tab")  # from the field, where the focus is, to the first choice
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator(".answer-word")).to_be_visible()
        assert page.input_value(f"#checker-{field}") == offered[1]
        assert page.evaluate("document.activeElement.id") == f"checker-{field}"
        assert page.locator(".checker .place").count() == 0
    assert saved(page)["first_day"] == "2018-03-04"
    page.get_by_role("button", name="العربية").click()
    ask(page, "35.93, 36.63", "03/04/2018")
    expect(page.get_by_role("group", name="ما قد يكون مقصوداً")).to_contain_text("4 آذار 2018")
    assert faults(page) == []


def test_swapped_axes_are_said_with_both_candidates_and_never_mended(
    page: Page, checkers: dict[str, Path], atlas: Atlas
) -> None:
    open_page(page, checkers["en"])
    ask(page, "36.6339, 35.1", "2018-03")
    hint = hint_at_swap(zones.check(position="36.6339, 35.1", date="2018-03"), atlas)
    assert page.locator(".doubt p").inner_text() == hint
    assert saved(page)["latitude"] == 36.6339
    assert hint in (page.locator(".card-page").text_content() or ""), "the card says so, too"
    page.get_by_role("button", name="Check 35.1, 36.6339 instead").click()
    expect(page.locator(".answer-where")).to_contain_text("Northern Homs")
    assert page.locator(".doubt").count() == 0
    ask(page, "36.8391, 36.6506")
    expect(page.locator(".doubt")).to_contain_text("make sure which is meant")
    points = ("36.6339,35.1", "35.1,36.6339", "36.8391,36.6506")
    rows = "".join(f"2018-03-07,{point}\n" for point in points)
    drop(page, "turned.csv", f"date,lat,lon\n{rows}".encode())
    notes = page.locator(".notes").inner_text()
    assert "only with latitude and longitude swapped: 1. Nothing was changed." in notes
    assert "either way round: 1" in notes
    page.get_by_text("Perhaps latitude and longitude are swapped").click()
    listed = page.locator(".file .faults li").all_inner_texts()
    assert listed[0] == f"Row 1: {hint}"
    assert listed[1].startswith("Row 3: Both latitude 36.8391, longitude 36.6506")


def test_a_click_on_the_map_asks_about_that_place(page: Page, checkers: dict[str, Path]) -> None:
    open_page(page, checkers["zone"])
    page.click(".checker-toggle")
    day = page.locator(".flag").inner_text().partition("\n")[0]
    target = page.locator("path.zone-touch")
    box = target.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".answer-where")).to_contain_text("Eastern Ghouta")
    assert day in page.locator(".answer .facts").inner_text(), "a click takes the day shown"
    assert page.locator(".leaflet-popup").count() == 0
    ask(page, "35.93, 36.63", "2018-03")  # of a zone that this page does not draw
    expect(page.locator(".answer-word")).to_have_text("Inside")
    page.keyboard.press("Escape")
    expect(page.locator(".checker-toggle")).to_have_attribute("aria-expanded", "false")
    assert page.evaluate("document.activeElement.className") == "checker-toggle"


def test_all_of_it_works_by_keyboard(page: Page, checkers: dict[str, Path]) -> None:
    open_page(page, checkers["zone"])
    page.locator(".checker-toggle").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "checker-where"
    page.keyboard.type("دوما")
    page.keyboard.press("Tab")
    page.keyboard.type("March 2018")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".answer-word")).to_have_text("Inside")
    seen = set()
    for _ in range(8):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.textContent.slice(0, 12)"))
    assert {"Print a card", "Save the rec"} <= seen


def test_the_language_changes_and_the_question_stays(page: Page, checkers: dict[str, Path]) -> None:
    open_page(page, checkers["en"])
    ask(page, "Khan Sheikhoun", "March 2018")
    page.get_by_role("button", name="العربية").click()
    expect(page.locator(".answer .sentence")).to_contain_text("خان شيخون")
    assert page.input_value("#checker-where") == "Khan Sheikhoun"
    expect(page.locator(".answer-word")).to_have_text("داخل المنطقة")


# -- files --------------------------------------------------------------------------------------


def drop(page: Page, name: str, content: bytes) -> None:
    page.evaluate("document.querySelector('.file').replaceChildren()")  # of another file
    page.set_input_files(
        "#checker-file", {"name": name, "mimeType": "text/plain", "buffer": content}
    )
    page.wait_for_selector(".file .counts, .file .error", timeout=60_000)


def downloaded(page: Page) -> str:
    with page.expect_download() as download:
        page.locator(".file .main").click()
    return Path(download.value.path()).read_bytes().decode("utf-8")


ROWS = (
    'id,date,latitude,longitude,note\n1,2018-03-07,35.9306,36.6339,"a, b"\n'
    "2,2018-03-07,35.13,36.75,plain\n3,someday,35.9306,36.6339,no date\n"
    "4,2018-03-07,٣٥٫٩٣٠٦,36.6339,mended\n5,2018-03-07,35.9306\n"
)


def test_a_file_is_checked_shown_and_given_back(page: Page, checkers: dict[str, Path]) -> None:
    open_page(page, checkers["en"])
    given_back = []
    for encoding in ("utf-8-sig", "utf-16", "utf-8"):
        drop(page, "incidents.csv", ROWS.encode(encoding))
        counts = page.locator(".counts dd").all_inner_texts()
        assert counts == ["2", "1", "2", "0"], encoding
        notes = page.locator(".notes").inner_text()
        for said in ("corrected on reading: 1", "cannot be read: 1", "cells than the header: 1"):
            assert said in notes
        given_back.append(downloaded(page))
    text = given_back[-1]
    assert given_back == [f"\ufeff{text}", text, text], "the mark of a file stays"
    lines = text.splitlines()
    assert [line.startswith(row) for line, row in zip(lines, ROWS.splitlines(), strict=True)] == [
        True
    ] * 6, "the originals are untouched"
    table = list(csv.DictReader(io.StringIO(text)))
    assert list(table[0])[5:8] == ["verdict", "zone", "space"]
    assert list(table[0])[-1] == "reasons"
    for row in (table[0], table[1]):
        wanted = zones.check(
            latitude=row["latitude"], longitude=row["longitude"], date=row["date"]
        ).to_dict()
        for key in ("verdict", "zone", "space", "time", "phase", "first_day", "last_day", "round"):
            assert row[key] == (str(wanted[key]) if wanted[key] else "")
        assert row["guarantors"] == ";".join(wanted["guarantors"])
    first = page.locator(".rows-scroller tbody tr").first
    expect(first).to_contain_text("Inside")


def test_columns_are_recognised_and_can_be_chosen(page: Page, checkers: dict[str, Path]) -> None:
    open_page(page, checkers["en"])
    drop(page, "a.tsv", "التاريخ\tخط العرض\tخط الطول\n2018-03\t35.9306\t36.6339\n".encode())
    assert page.locator(".counts dd").first.inner_text() == "1"
    acled = "event_id_cnty,event_date,time_precision,latitude,longitude,geo_precision\n"
    drop(page, "b.csv", f"{acled}S1,07 March 2018,3,35.9306,36.6339,1\n".encode())
    row = next(csv.DictReader(io.StringIO(downloaded(page))))
    assert (row["first_day"], row["last_day"]) == ("2018-03-01", "2018-03-31")
    drop(page, "c.csv", b"a,b,c\n36.6339,35.9306,2018-03-07\n")
    assert "Choose the columns" in page.locator(".file .error").inner_text()
    for role, column in (("latitude", "b"), ("longitude", "a"), ("date", "c")):
        page.select_option(f"[data-role={role}]", column)
        page.wait_for_selector(".file .counts, .file .error")
    expect(page.locator(".counts dd").first).to_have_text("1")
    point = {"type": "Point", "coordinates": [36.6339, 35.9306]}
    feature = {"type": "Feature", "geometry": point, "properties": {"date": "2018-03-07"}}
    area = {
        "type": "Polygon",
        "coordinates": [[[36.5, 35.8], [36.7, 35.8], [36.7, 36], [36.5, 35.8]]],
    }
    others = [
        {**feature, "geometry": area},
        {**feature, "geometry": {"type": "Point", "coordinates": [36.6339, 95]}},
        {**feature, "geometry": None},
    ]
    points = json.dumps({"type": "FeatureCollection", "features": [feature, *others]})
    drop(page, "d.geojson", points.encode())
    assert page.locator(".counts dd").all_inner_texts() == ["1", "0", "3", "0"]
    notes = page.locator(".notes").inner_text()
    assert "Areas and lines, of which no place is read: 1." in notes
    assert "Cells that cannot be read: 1" in notes


def test_a_hostile_file_changes_nothing(page: Page, checkers: dict[str, Path]) -> None:
    open_page(page, checkers["en"])
    page.evaluate("window.hacked = 0")
    evil = [
        "<script>window.hacked = 1</script>",
        "</script><script>window.hacked = 1</script>",
        "<img src=x onerror='window.hacked = 1'>",
        "${window.hacked = 1}",
        "javascript:window.hacked = 1",
        "\u202e\u2066gnp.exe\u2069",
        "=HYPERLINK(1)",
        "{{ 7 * 7 }}",
    ]
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(["id", "date", "latitude", "longitude", evil[0], "__proto__"])
    for i, text in enumerate(evil):
        write.writerow([text, "2018-03-07", "35.9306", "36.6339", text, text])
        write.writerow([i, text, text, text, text, text])
    write.writerow(["long", "2018-03-07", "35.9306", "36.6339", "x" * 3_000_000, ""])
    write.writerow(["wide", "2018-03-07", "35.9306", *["y"] * 200_000])
    drop(page, '<img src=x onerror="hacked=1">.csv', out.getvalue().encode())
    counts = page.locator(".counts dd").all_inner_texts()
    assert counts == ["9", "0", "9", "0"]
    assert "as a formula, left as they are: 8" in page.locator(".notes").inner_text()
    page.locator(".rows-scroller").focus()
    page.keyboard.press("End")
    expect(page.locator(".rows-scroller tbody tr").last).to_contain_text("wide")
    assert page.locator(".file img, .file script, .points-below img").count() == 0
    text = downloaded(page)
    assert text.count("x" * 3_000_000) == 1
    assert next(csv.reader(io.StringIO(text)))[4] == evil[0]
    assert page.evaluate("window.hacked") == 0


def test_what_is_no_table_is_refused_in_one_line_that_says_what_to_do(
    page: Page, checkers: dict[str, Path]
) -> None:
    open_page(page, checkers["en"])
    for name, content, said in (
        ("a.csv", b"a,b\n\xff\xfa", "save the file as UTF-8"),
        ("b.csv", b'a,b\n"x', "the quotes that begin at character 4"),
        ("c.json", b"{", "expected JSON, found text that is none"),
        ("d.csv", b"", "The file is empty"),
        ("e.csv", b"\n\n", "The file is empty"),
        ("f.png", b"\x89PNG\r\n\x1a\n", "no table but a picture"),
        ("g.XLSX", b"PK\x03\x04", "expected a workbook, found a damaged"),
        ("g.xlsb", b"PK\x03\x04", "does not read \u2068Excel (.xlsb)\u2069: save it as XLSX"),
        ("g.ods", b"PK\x03\x04", "does not read \u2068OpenDocument (.ods)\u2069"),
        ("g.xls", b"\xd0\xcf\x11\xe0", "does not read \u2068Excel (.xls)\u2069"),
        ("h.dta", b"\x72\x02\x01\0", "\u2068Stata (.dta)\u2069: save it as XLSX or CSV"),
        ("h.parquet", b"PAR1\x15", "does not read \u2068Parquet"),
    ):
        drop(page, name, content)
        message = page.locator(".file .error").inner_text()
        assert said in message
        assert "\n" not in message
        page.get_by_role("button", name="العربية").click()
        expect(page.locator(".file .error")).not_to_have_text(message)
        page.get_by_role("button", name="English").click()
        expect(page.locator(".file .error")).to_have_text(message)


def test_a_title_above_the_header_is_cured_with_one_click_and_names_are_looked_up(
    page: Page, checkers: dict[str, Path]
) -> None:
    open_page(page, checkers["en"])
    rows = b"2018-03-07,Idlib,Saraqib\n2018-03-07,,Jadideh\n2018-03-07,,Eastern Ghouta\n"
    drop(page, "in.csv", b"Strikes,,\nDate,Governorate,Town\n" + rows)
    assert "the header seems to be row 2" in page.locator(".file .error").inner_text()
    page.get_by_role("button", name="Take row 2 as the header").click()
    page.wait_for_selector(".file .counts")
    counts = page.locator(".file .counts dd").all_inner_texts()
    assert counts == ["1", "0", "2", "0"]  # an area is only judged by the command
    assert "Names that several places share" in page.locator(".file .notes").inner_text()
    near = b"2018-03-07,35.861,36.806,Saraqib\n2018-03-07,35.861,36.806,Douma\n"
    drop(page, "in.csv", b"date,lat,lon,location\n" + near)
    page.wait_for_selector(".file .counts")
    expect(page.locator(".file .notes")).to_contain_text("far from the position beside them")
    assert page.locator(".file .counts dd").all_inner_texts() == ["2", "0", "0", "0"]


def test_a_file_without_a_header_is_read_with_one_click(
    page: Page, checkers: dict[str, Path]
) -> None:
    open_page(page, checkers["en"])
    for file, place in (
        (
            b"1,2018-03-07,35.9306,36.6339\n2,2018-03-07,35.9306,36.6339\n",
            ("latitude", "longitude"),
        ),
        (b"1,2018-03-07,Saraqib\n2,2018-03-08,Kafr Nabl\n", ("place",)),
    ):
        drop(page, "in.csv", file)
        page.get_by_role("button", name="There is no header").click()
        page.wait_for_selector("[data-role=date]")
        assert not page.get_by_role("button", name="There is no header").count()
        for at, role in enumerate(("date", *place), 2):
            page.select_option(f"[data-role={role}]", f"column_{at}")
        page.wait_for_selector(".file .counts")
        assert page.locator(".file .counts dd").all_inner_texts() == ["2", "0", "0", "0"]
        assert downloaded(page).splitlines()[1].startswith("1,2018-03-07,")


def test_why_cells_cannot_be_read_is_said_in_the_language_of_the_page(
    page: Page, checkers: dict[str, Path]
) -> None:
    open_page(page, checkers["en"])
    page.get_by_role("button", name="العربية").click()
    names = ("Eastern Ghouta", "Kafr Xyzw Idlib", "Jadideh")
    rows = "".join(f"{name},2018-03-07\n" for name in names)
    drop(page, "in.csv", f"place,date\nKafr Nabl,someday\n{rows}".encode())
    page.wait_for_selector(".file .counts")
    faults = page.locator(".file .faults .secondary").all_text_contents()
    assert len(faults) == 3
    assert "لا يمكن قراءة هذا التاريخ" in faults[0]
    assert "منطقة واسعة" in faults[1]
    places = page.locator(".file .notes .secondary").first.inner_text() + faults[2]
    assert "إدلب" in places, "names of places are those of the language"
    assert "Idleb" not in places
    drop(page, "in.csv", "date,المحافظة\n2018-03-07,إدلب\n".encode())
    expect(page.locator(".file")).to_contain_text("المحافظة: هذا اسم منطقة واسعة")


def test_days_that_can_be_read_in_several_ways_are_read_by_what_is_chosen(
    page: Page, checkers: dict[str, Path]
) -> None:
    open_page(page, checkers["en"])
    drop(page, "in.csv", b"date,lat,lon\n7/3/18,35.93,36.63\n1/2/18,35.93,36.63\n")
    page.select_option("[name=date-century]", "2018")
    page.wait_for_selector(".file progress", state="detached")
    page.select_option("[name=date-order]", "2018-07-03")
    page.wait_for_selector(".file progress", state="detached")
    assert "2018-07-03" in downloaded(page)


def test_a_file_of_a_million_columns_changes_nothing(page: Page, checkers: dict[str, Path]) -> None:
    open_page(page, checkers["en"])
    wide = b"id,date,latitude,longitude" + b",c" * 1_000_000
    drop(page, "wide.csv", wide + b"\n1,2018-03-07,35.93,36.63\n")
    assert page.locator(".file .error").inner_text().startswith("expected up to 4096 columns")
    drop(
        page, "row.csv", b"id,date,latitude,longitude\n1,2018-03-07,35.93,36.63" + b",y" * 1_000_000
    )
    assert page.locator(".counts dd").all_inner_texts() == ["0", "0", "1", "0"]
    ask(page, "35.93, 36.63", "2018-03")
    assert page.locator(".answer-word").inner_text() == "Inside"


def test_a_file_dropped_while_another_is_read_is_the_one_that_counts(
    page: Page, checkers: dict[str, Path]
) -> None:
    open_page(page, checkers["en"])
    head = "id,date,latitude,longitude\n"
    slow = head + "1,2018-03-07,35.93,36.63\n" * 30_000
    for name, content in (("slow.csv", slow), ("quick.csv", f"{head}1,2018-03-07,35.13,36.75\n")):
        page.set_input_files(
            "#checker-file", {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
        )
    expect(page.locator(".file h3")).to_have_text("quick.csv")
    expect(page.locator(".counts dd").nth(1)).to_have_text("1")
    page.wait_for_timeout(300)
    assert page.locator(".counts dd").all_inner_texts() == ["0", "1", "0", "0"]


# -- files on the map ---------------------------------------------------------------------------

# Of each four rows: inside, outside, before the zones, and in the placeholder of the whole country.
FOUR = (("2018-03-07", 35.9306, 36.6339), ("2018-03-07", 35.13, 38.2), ("2016-01-01", 35.95, 36.64),
        ("2018-03-07", 35.0, 38.0))  # fmt: skip
ROUNDS = 1_500


@pytest.fixture(scope="module")
def large() -> bytes:
    """Six thousand rows, of which 4,500 have a place that can be drawn; each has its own."""
    lines = ["id,date,latitude,longitude,note"]
    for n in range(ROUNDS):
        for k, (date, latitude, longitude) in enumerate(FOUR):
            apart = n * 0.00002 if k < 3 else 0
            lines.append(f"EV{n}-{k},{date},{latitude - apart:.6f},{longitude},note {k}")
    return "\n".join(lines).encode()


def drawn(page: Page) -> None:
    page.wait_for_selector("[data-points=drawn]", state="attached")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def on_map(page: Page, latitude: float, longitude: float) -> tuple[float, float]:
    """Where a place lies in the window, once the map shows it in its middle."""
    x, y = page.evaluate(
        "([lat, lon]) => { const map = window[Object.keys(window).find(k => /^map_/.test(k))];"
        "scrollTo(0, 0); map.setView([lat, lon], 11, {animate: false});"
        "const p = map.latLngToContainerPoint([lat, lon]); return [p.x, p.y]; }",
        [latitude, longitude],
    )
    drawn(page)
    return x, y


def test_all_rows_of_a_file_are_drawn_found_and_filtered_as_published_incidents_are(
    page: Page, checkers: dict[str, Path], large: bytes
) -> None:
    open_page(page, checkers["en"])
    drop(page, "large.csv", large)
    drawn(page)
    look = page.locator(".points-canvas")
    assert look.get_attribute("data-look") == "density", "no row is left out, however many"
    expect(page.locator(".points-density")).to_be_visible()
    expect(page.locator(".points-count")).to_contain_text("6\u202f000 of 6\u202f000")
    expect(page.locator(".points-about")).to_contain_text("no position can be drawn: 1\u202f500")
    table = page.locator(".rows-scroller table")
    expect(table).to_have_attribute("aria-rowcount", "6001")

    page.locator(".points-key summary").click()
    page.get_by_label("Until").fill("1 Jan 2017")
    page.get_by_label("Until").press("Enter")
    expect(page.locator(".points-count")).to_contain_text("1\u202f500 of 6\u202f000")
    page.get_by_label("Until").fill("")
    page.get_by_label("Until").press("Enter")
    for verdict in ("Outside", "Undetermined", "Uncertain"):
        page.locator(".points-verdicts").get_by_label(verdict).uncheck()
    expect(page.locator(".points-count")).to_contain_text("1\u202f500 of 6\u202f000")
    expect(table).to_have_attribute("aria-rowcount", "1501")
    rows = list(csv.DictReader(io.StringIO(downloaded(page))))
    assert len(rows) == ROUNDS
    assert {row["verdict"] for row in rows} == {"inside"}
    assert [row["id"] for row in rows] == [f"EV{n}-0" for n in range(ROUNDS)], "in the file's order"
    second = page.locator(".rows-scroller tbody tr").nth(1)
    expect(second.get_by_role("button")).to_have_text("5")  # its row in the file

    x, y = on_map(page, FOUR[0][1], FOUR[0][2])
    page.mouse.move(x - 2, y)
    expect(page.locator(".points-tip")).to_be_visible()
    page.mouse.click(x, y)
    popup = page.locator(".leaflet-popup")
    for said in ("Inside", "which was in force", "Idlib", "EV0-0", "note 0"):
        expect(popup).to_contain_text(said)
    assert page.locator(".answer").inner_text() == "", "a click on an incident asks for no other"
    page.keyboard.press("Escape")
    page.mouse.click(x - 60, y + 120)
    expect(page.locator(".answer-word")).to_be_visible()
    assert "35.9" not in page.url, "what is in the file is no part of the address"
    page.get_by_role("button", name="Remove the file").click()
    assert page.locator(".points-canvas, .points-below, .file > *").count() == 0
    # Its filter goes with it.
    expect(page).not_to_have_url(re.compile("incidents"))


def test_a_file_takes_the_place_of_the_published_incidents_until_it_is_removed(
    page: Page, atlas: Atlas, tmp_path: Path
) -> None:
    (tmp_path / "published.csv").write_text("id,date,latitude,longitude\n1,2018-03-07,35.9,36.6\n")
    crowd = read_points(tmp_path / "published.csv", atlas)
    maps.write_map(atlas, tmp_path / "page.html", incidents=crowd)
    open_page(page, tmp_path / "page.html")
    drawn(page)
    expect(page.locator(".legend .points-count")).to_contain_text("1 of 1")
    drop(page, "incidents.csv", ROWS.encode())
    drawn(page)
    expect(page.locator(".points-count")).to_have_count(1)
    expect(page.locator(".file .points-count")).to_contain_text("5 of 5")
    expect(page.locator("#incidents h2")).to_have_text("Rows of incidents.csv")
    page.get_by_role("button", name="Remove the file").click()
    drawn(page)
    expect(page.locator(".legend .points-count")).to_contain_text("1 of 1")
    expect(page.locator("#incidents h2")).to_have_text("Reported incidents and their verdicts")


# -- privacy, paper, everyone -------------------------------------------------------------------


def test_the_policy_lets_nothing_out_and_nothing_is_kept(
    page: Page, checkers: dict[str, Path]
) -> None:
    html = checkers["en"].read_text("utf-8")
    for rule in ("default-src 'none'", "connect-src 'none'", "worker-src blob:"):
        assert rule in html
    assert "unsafe" not in html.partition("</head>")[0]
    open_page(page, checkers["en"])
    ask(page, "35.93, 36.63", "2018-03")
    kept = page.evaluate(
        "async () => [localStorage.length, sessionStorage.length, document.cookie,"
        " (await indexedDB.databases()).length]"
    )
    assert kept == [0, 0, "", 0]
    assert "35.93" not in page.url, "what was asked is no part of the address"


def test_the_card_is_one_page_with_the_hash_of_the_atlas(
    page: Page, checkers: dict[str, Path], atlas: Atlas
) -> None:
    open_page(page, checkers["en"])
    ask(page, "34.83, 36.75", "2018-01-10", "5 km")
    page.evaluate("window.print = () => {}")
    page.get_by_role("button", name="Print a card").click()
    page.emulate_media(media="print")
    card = page.locator(".card-page")
    expect(card).to_be_visible()
    assert atlas.sha256 in card.inner_text()
    assert card.locator(".card-map .card-disc").count() == 1
    expect(page.locator(".checker")).to_be_hidden()
    pdf = page.pdf(
        format="A4", margin={"top": "15mm", "right": "15mm", "bottom": "15mm", "left": "15mm"}
    )
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") == 1
    # Paper carries no record: the file that the page saves beside it does.
    found = verify(pdf)
    assert not found.verified
    assert "verify the file that the page saves" in found.differences[0].text


def test_axe_finds_nothing(page: Page, checkers: dict[str, Path]) -> None:
    open_page(page, checkers["en"])  # test_snapshots.py has the other languages
    ask(page, "34.83, 36.75", "2018-01-10", "5 km")
    drop(page, "incidents.csv", ROWS.encode())
    ask(page, "34.83, 36.75", "2018-01-10", "5 km")
    page.locator(".file .points-key summary").click()
    assert faults(page) == []


def test_a_phone_has_the_sheet_from_below(page: Page, checkers: dict[str, Path]) -> None:
    page.set_viewport_size({"width": 360, "height": 780})
    open_page(page, checkers["zone"])
    closed = page.locator(".panel.checker").bounding_box()
    assert closed is not None
    assert closed["y"] + closed["height"] == pytest.approx(780, abs=1)
    page.click(".checker-toggle")
    ask(page, "Douma", "2018-03-10")
    above = (  # the place is seen above the sheet
        "document.querySelector('.asked svg')?.getBoundingClientRect().bottom"
        " < document.querySelector('.panel.checker').getBoundingClientRect().top"
    )
    wait = f"for (let n = 0; n < 900 && !({above}); n++) await new Promise(requestAnimationFrame)"
    assert page.evaluate(f"async () => {{ {wait}; return {above}; }}")
    drop(page, "incidents.csv", ROWS.encode())
    page.wait_for_selector(".rows-scroller tbody tr", state="attached")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator(".points-count a").click()
    expect(page.locator(".checker-body")).to_be_hidden()  # the rows have the room
    expect(page.locator("#incidents h2")).to_be_in_viewport()
