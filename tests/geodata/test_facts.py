"""The atlas's facts: every record keeps its promises, and the ones people cite are right."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from geodata.atlas import read_atlas
from geodata.errors import AtlasError
from geodata.schema import Estimate
from geodata.sources import facts
from zones.space import grounds_of

DATA = Path(__file__).parents[2] / "geodata" / "data"
LANGUAGES = ("en", "ar", "ru", "tr")
ZONES = ["idlib", "north-homs", "eastern-ghouta", "south-west"]
CONFIDENCES = {"high", "medium", "low", "unsourced"}
SCRIPT = {"ar": r"[\u0600-\u06ff]", "ru": r"[\u0400-\u04ff]", "en": r"[A-Za-z]", "tr": r"[A-Za-z]"}
WRITTEN = (
    *("actors", "agreements", "atlas", "boundaries", "phases", "places"),
    *("posts", "rounds", "sides", "sources", "zones"),
    *(f"languages/{language}" for language in LANGUAGES),
)


def load(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


ATLAS = load("atlas")
ACTORS = {actor["id"]: actor for actor in load("actors")}
AGREEMENTS = {agreement["id"]: agreement for agreement in load("agreements")}
ROUNDS = {one["id"]: one for one in load("rounds")}
PHASES = load("phases")
POSTS = {post["id"]: post for post in load("posts")}
PLACES = load("places")
SOURCES = load("sources")
ZONE = {zone["id"]: zone for zone in load("zones")}
WORDS = {language: load(f"languages/{language}") for language in LANGUAGES}


def walk(node: Any, trail: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every object of a document with the way that leads to it."""
    if isinstance(node, dict):
        yield trail, node
        for key, value in node.items():
            yield from walk(value, f"{trail}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            name = value.get("id", index) if isinstance(value, dict) else index
            yield from walk(value, f"{trail}/{name}")


FACTS = [
    (trail, record)
    for name in ("atlas", "zones", "boundaries", "agreements", "rounds", "phases", "posts")
    for trail, record in walk(load(name), name)
]
RECORDS = [(trail, record) for trail, record in FACTS if "confidence" in record]


def find_phase(zone: str, day: str) -> dict[str, Any]:
    """Return the phase of a zone on a day: the last that has begun."""
    begun = [p for p in PHASES if p["zone"] == zone and (p["from"] or "") <= day]
    return begun[-1]


# -- the bytes ------------------------------------------------------------------------------------


def test_writing_again_gives_the_committed_bytes(tmp_path: Path) -> None:
    facts.write_facts(tmp_path)
    for name in WRITTEN:
        assert (tmp_path / f"{name}.json").read_bytes() == (DATA / f"{name}.json").read_bytes(), (
            f"{name}.json differs from its raw records: run `make data` and commit the result"
        )


def test_writing_leaves_other_files_alone(tmp_path: Path) -> None:
    (tmp_path / "extents.geojson").write_text("mine")
    facts.write_facts(tmp_path)
    assert (tmp_path / "extents.geojson").read_text() == "mine"


@pytest.mark.parametrize("name", WRITTEN)
def test_file_is_readable_in_a_diff(name: str) -> None:
    text = (DATA / f"{name}.json").read_bytes()
    assert text.endswith(b"\n")
    assert b"\r" not in text
    assert b"\\u" not in text, "write letters as they are, not as escapes"


def test_broken_record_is_named_with_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "actors.json").write_text('[\n {"id": }\n]')
    monkeypatch.setattr(facts, "RAW", tmp_path)
    with pytest.raises(AtlasError, match=r"actors\.json line 2: expected JSON"):
        facts.write_facts(tmp_path / "out")


def test_row_with_a_cell_too_many_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "posts.csv").write_text("id,zone\nsalwa,idlib,Turkey\n")
    monkeypatch.setattr(facts, "RAW", tmp_path)
    monkeypatch.setattr(facts, "NESTED", ())
    with pytest.raises(AtlasError, match=r"posts\.csv line 2: expected 2 cells"):
        facts.write_facts(tmp_path / "out")


# -- every record ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("trail", "record"), RECORDS, ids=[trail for trail, _ in RECORDS])
def test_record_says_how_sure_it_is(trail: str, record: dict[str, Any]) -> None:
    assert record["confidence"] in CONFIDENCES
    assert (record["confidence"] == "unsourced") == (record["sources"] == [])
    assert len(set(record["sources"])) == len(record["sources"])


def test_every_source_named_exists() -> None:
    for trail, record in FACTS:
        for source in record.get("sources", ()):
            assert source in SOURCES, f"{trail} names {source!r}"


def test_every_disagreement_has_two_readings_with_sources() -> None:
    seen = 0
    for trail, record in FACTS:
        for disagreement in record.get("disagreements", ()):
            seen += 1
            assert len(disagreement["readings"]) >= 2, trail
            assert all(reading["sources"] for reading in disagreement["readings"]), trail
    assert seen >= 20


def test_every_shown_name_is_there_in_four_languages() -> None:
    shown = [(t, r) for t, r in FACTS if set(LANGUAGES) & set(r) and "/variants" not in t]
    shown += [(f"actors/{i}", actor["name"]) for i, actor in ACTORS.items()]
    assert len(shown) > 100
    for trail, text in shown:
        assert set(text) == set(LANGUAGES), trail
        for language in LANGUAGES:
            assert re.search(SCRIPT[language], text[language]), f"{trail}: {language}"


def test_every_day_exists() -> None:
    keys = ("date", "signed", "in_force", "until", "first_day", "last_day", "from", "encircled")
    for trail, record in FACTS:
        for key in keys:
            day = record.get(key)
            if isinstance(day, str):
                assert dt.date.fromisoformat(day).isoformat() == day, trail
                assert "2017-01-23" <= day <= "2024-12-31", trail


@pytest.mark.parametrize("name", ["zones", "boundaries", "agreements", "rounds", "posts", "places"])
def test_ids_are_unique(name: str) -> None:
    doubles = [i for i, n in Counter(r["id"] for r in load(name)).items() if n > 1]
    assert doubles == []


def test_every_source_can_be_followed() -> None:
    for key, source in SOURCES.items():
        assert set(source) == {"title", "publisher", "url", "date", "language", "kind"}, key
        assert re.fullmatch(r"https?://[!-~]+", source["url"]), key
        assert source["title"], key
        assert source["publisher"], key
        assert re.fullmatch(r"[a-z]{2}", source["language"]), key
        assert source["date"] is None or re.fullmatch(r"\d{4}(-\d\d){0,2}", source["date"]), key


def test_sources_that_the_geometry_cites_are_there() -> None:
    cited = {"control_map_2017", "modmap2017", "modmap2018", "wikimod", "natural_earth", "ocha"}
    cited |= {"wiki_nw1718", "geonames", "ucdp", "tass0505ru", "dw0529", "cna_180719"}
    assert cited <= set(SOURCES)


def test_provisions_and_notes_are_short_words_of_our_own() -> None:
    for trail, record in FACTS:
        for key in ("note", "what", "about_zones", "provisions"):
            if isinstance(record.get(key), str):
                assert len(record[key]) <= 420, f"{trail}/{key}"


# -- the atlas as a whole -------------------------------------------------------------------------


def test_placeholders_are_the_country_and_thirteen_governorates() -> None:
    kinds = Counter(point["what"] for point in ATLAS["placeholders"])
    assert kinds == {"country": 1, "governorate": 13}


def test_placeholder_is_never_a_town_that_is_used_as_itself() -> None:
    towns = {(place["longitude"], place["latitude"]) for place in PLACES}
    for point in ATLAS["placeholders"]:
        assert (round(point["longitude"], 5), round(point["latitude"], 5)) not in towns


def test_everything_with_a_position_lies_in_the_country() -> None:
    west, south, east, north = ATLAS["bounds"]
    for record in (*ATLAS["placeholders"], *POSTS.values(), *PLACES):
        if record["longitude"] is not None:
            assert west < record["longitude"] < east, record
            assert south < record["latitude"] < north, record


# -- zones ----------------------------------------------------------------------------------------


def test_zones_are_numbered_as_in_the_memorandum() -> None:
    assert [(zone["id"], zone["number"]) for zone in load("zones")] == [
        (zone, number) for number, zone in enumerate(ZONES, start=1)
    ]


@pytest.mark.parametrize("zone", ZONES)
def test_zone_knows_its_parties_and_figures(zone: str) -> None:
    record = ZONE[zone]
    assert {party["actor"] for party in record["parties"]} <= set(ACTORS)
    assert {party["side"] for party in record["parties"]} == {
        "government",
        "opposition",
        "designated",
    }
    assert {figure["what"] for figure in record["figures"]} == {"people", "fighters"}


@pytest.mark.parametrize(
    ("zone", "what", "value", "by"),
    [
        ("idlib", "people", 1_000_000, "Russian Ministry of Defence"),
        ("idlib", "fighters", 14_500, "Russian Ministry of Defence"),
        ("north-homs", "people", 180_000, "Russian Ministry of Defence"),
        ("north-homs", "people", 147_000, "Russian Ministry of Defence"),
        ("eastern-ghouta", "people", 690_000, "Russian Ministry of Defence"),
        ("eastern-ghouta", "people", 400_000, "United Nations and press"),
        ("south-west", "fighters", 15_000, "Russian Ministry of Defence"),
    ],
)
def test_figure_keeps_who_gave_it(zone: str, what: str, value: int, by: str) -> None:
    assert (what, value, by) in [(f["what"], f["value"], f["by"]) for f in ZONE[zone]["figures"]]


# -- rounds and agreements ------------------------------------------------------------------------


def test_astana_rounds_1_to_22_are_present_and_in_order() -> None:
    series = [one for one in ROUNDS.values() if one["series"] == "Astana" and one["number"]]
    assert [one["number"] for one in series] == list(range(1, 23))
    assert [one["id"] for one in series] == [f"Astana-{n}" for n in range(1, 23)]
    assert all(one["last_day"] < other["first_day"] for one, other in pairwise(series))


@pytest.mark.parametrize(
    ("round_id", "place", "first", "last"),
    [
        ("Astana-1", "Astana", "2017-01-23", "2017-01-24"),
        ("Astana-3", "Astana", "2017-03-14", "2017-03-15"),
        ("Astana-4", "Astana", "2017-05-03", "2017-05-04"),
        ("Astana-6", "Astana", "2017-09-14", "2017-09-15"),
        ("Astana-10", "Sochi", "2018-07-30", "2018-07-31"),
        ("Astana-11", "Astana", "2018-11-28", "2018-11-29"),
        ("Astana-13", "Nur-Sultan", "2019-08-01", "2019-08-02"),
        ("Astana-15", "Sochi", "2021-02-16", "2021-02-17"),
        ("Astana-19", "Astana", "2022-11-22", "2022-11-23"),
        ("Astana-22", "Astana", "2024-11-11", "2024-11-12"),
        ("Cairo-2017", "Cairo", "2017-07-20", "2017-07-31"),
        ("Moscow-2020", "Moscow", "2020-03-05", "2020-03-05"),
    ],
)
def test_round(round_id: str, place: str, first: str, last: str) -> None:
    found = ROUNDS[round_id]
    assert (found["place"], found["first_day"], found["last_day"]) == (place, first, last)


@pytest.mark.parametrize("agreement", AGREEMENTS.values(), ids=AGREEMENTS)
def test_agreement_hangs_together(agreement: dict[str, Any]) -> None:
    people = (*agreement["signatories"], *agreement["guarantors"], *agreement["mediators"])
    assert set(people) <= set(ACTORS)
    assert agreement["guarantors"]
    assert set(agreement["zones"]) <= set(ZONES)
    assert agreement["round"] in ROUNDS
    if agreement["in_force"] is None:
        assert agreement["signed"] is None, "only a draft is never in force"
    else:
        assert agreement["signed"] <= agreement["in_force"]
        assert ROUNDS[agreement["round"]]["first_day"] <= agreement["in_force"]


@pytest.mark.parametrize(
    ("agreement", "signed", "in_force", "hour", "guarantors"),
    [
        pytest.param(
            *("astana-memorandum", "2017-05-04", "2017-05-06", "00:00"),
            ["Russia", "Turkey", "Iran"],
            id="memorandum: signed on 4 May, in force from 6 May 00:00",
        ),
        pytest.param(
            *("south-west-july", "2017-07-07", "2017-07-09", "12:00"),
            ["Russia", "United States", "Jordan"],
            id="south-west: noon of 9 July 2017, no Astana guarantors",
        ),
        pytest.param(
            *("ghouta-cairo", "2017-07-20", "2017-07-22", "12:00"),
            ["Russia"],
            id="Ghouta: signed in Cairo, halt at noon of 22 July",
        ),
        pytest.param(
            *("homs-cairo", "2017-07-31", "2017-08-03", "12:00"),
            ["Russia"],
            id="northern Homs: noon of 3 August",
        ),
        pytest.param(
            *("homs-draft-august", None, None, None),
            ["Russia"],
            id="draft of 13 August: never signed, never in force",
        ),
        pytest.param(
            *("ghouta-geneva", "2017-08-16", "2017-08-18", "21:00"),
            ["Russia"],
            id="Faylaq al-Rahman joins on 18 August",
        ),
        pytest.param(
            *("astana-6", "2017-09-15", "2017-09-15", None),
            ["Russia", "Turkey", "Iran"],
            id="all four zones declared",
        ),
        pytest.param(
            *("sochi-memorandum", "2018-09-17", "2018-09-17", None),
            ["Russia", "Turkey"],
            id="Sochi",
        ),
        pytest.param(
            *("moscow-protocol", "2020-03-05", "2020-03-06", "00:01"),
            ["Russia", "Turkey"],
            id="Moscow: a minute past midnight",
        ),
    ],
)
def test_agreement(
    agreement: str,
    signed: str | None,
    in_force: str | None,
    hour: str | None,
    guarantors: list[str],
) -> None:
    found = AGREEMENTS[agreement]
    assert (found["signed"], found["in_force"], found["in_force_time"]) == (signed, in_force, hour)
    assert found["guarantors"] == guarantors


def test_agreements_can_be_joined_to_the_literature() -> None:
    assert {a["pa_x"] for a in AGREEMENTS.values()} - {None} == {
        *("2093", "2094", "2169", "2273"),
        *("local 1995", "local 1999"),
    }
    assert AGREEMENTS["sochi-memorandum"]["un_symbol"] == "S/2018/852"


def test_first_day_of_the_memorandum_keeps_all_three_readings() -> None:
    (first_day,) = (
        d for d in AGREEMENTS["astana-memorandum"]["disagreements"] if d["what"] == "first day"
    )
    assert [reading["value"][:5] for reading in first_day["readings"]] == [
        "4 May",
        "5 May",
        "6 May",
    ]


# -- phases ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES)
def test_phases_have_no_gap(zone: str) -> None:
    phases = [p for p in PHASES if p["zone"] == zone]
    assert [p["phase"] for p in phases[:2]] == ["before", "declared"]
    assert phases[2]["legal"] == "arrangement"  # in Eastern Ghouta contested from its first day
    assert phases[0]["from"] is None
    assert phases[-1]["phase"] == "ended"
    assert all((one["from"] or "") < other["from"] for one, other in pairwise(phases))
    assert all(one["phase"] != other["phase"] for one, other in pairwise(phases))


def test_phase_says_what_stood_on_paper_and_what_happened() -> None:
    assert {(p["phase"], p["legal"], p["actual"]) for p in PHASES} == {
        ("before", "none", "none"),
        ("declared", "memorandum", "paper"),
        ("arranged", "arrangement", "holding"),
        ("contested", "arrangement", "offensive"),
        ("ended", "arrangement", "over"),
    }


@pytest.mark.parametrize(
    ("zone", "day", "phase"),
    [
        pytest.param("idlib", "2017-05-05", "before", id="signed, but not yet in force"),
        pytest.param("idlib", "2017-05-06", "declared", id="first day of the memorandum"),
        pytest.param("idlib", "2017-09-15", "arranged", id="Astana-6"),
        pytest.param("idlib", "2017-10-21", "arranged", id="the day before the campaign"),
        pytest.param("idlib", "2017-10-22", "contested", id="campaign in north-east Hama"),
        pytest.param("idlib", "2017-12-10", "contested", id="the army goes into Idlib"),
        pytest.param("idlib", "2018-02-15", "arranged", id="the post at Surman"),
        pytest.param("idlib", "2019-04-30", "contested", id="first offensive of 2019"),
        pytest.param("idlib", "2019-05-18", "contested", id="a truce that did not hold"),
        pytest.param("idlib", "2019-08-04", "arranged", id="truce with conditions"),
        pytest.param("idlib", "2019-08-05", "contested", id="the truce is dropped"),
        pytest.param("idlib", "2019-08-31", "arranged", id="halt of August 2019"),
        pytest.param("idlib", "2019-11-13", "arranged", id="the day before the first advance"),
        pytest.param("idlib", "2019-11-24", "contested", id="south-east Idlib"),
        pytest.param("idlib", "2020-01-10", "contested", id="announced by Russia alone"),
        pytest.param("idlib", "2020-01-12", "arranged", id="truce of both guarantors"),
        pytest.param("idlib", "2020-01-15", "contested", id="fighting on the ground again"),
        pytest.param("idlib", "2020-03-05", "contested", id="the last day before the protocol"),
        pytest.param("idlib", "2020-03-06", "arranged", id="Moscow protocol"),
        pytest.param("idlib", "2024-11-26", "arranged", id="the day before the offensive"),
        pytest.param("idlib", "2024-11-27", "ended", id="the line of contact is gone"),
        pytest.param("north-homs", "2017-08-03", "arranged", id="Cairo agreement on Homs"),
        pytest.param("north-homs", "2018-04-25", "contested", id="paused, but not arranged again"),
        pytest.param("north-homs", "2018-05-16", "ended", id="last convoy from Homs"),
        pytest.param("eastern-ghouta", "2017-07-22", "contested", id="Cairo agreement on Ghouta"),
        pytest.param("eastern-ghouta", "2017-08-17", "contested", id="Jobar and Ain Tarma"),
        pytest.param("eastern-ghouta", "2017-08-18", "arranged", id="agreement of Geneva"),
        pytest.param("eastern-ghouta", "2017-11-13", "arranged", id="the day before Harasta"),
        pytest.param("eastern-ghouta", "2017-11-14", "contested", id="the base at Harasta"),
        pytest.param("eastern-ghouta", "2018-02-18", "contested", id="offensive on Ghouta"),
        pytest.param("eastern-ghouta", "2018-04-14", "ended", id="siege over"),
        pytest.param("south-west", "2017-07-08", "declared", id="the day before the ceasefire"),
        pytest.param("south-west", "2017-07-09", "arranged", id="ceasefire of three states"),
        pytest.param("south-west", "2018-06-18", "contested", id="offensive in the south"),
        pytest.param("south-west", "2018-07-31", "ended", id="the south-west is taken"),
    ],
)
def test_phase_on_a_day(zone: str, day: str, phase: str) -> None:
    assert find_phase(zone, day)["phase"] == phase


@pytest.mark.parametrize("zone", ZONES)
def test_zone_becomes_arranged_on_the_day_its_agreement_is_in_force(zone: str) -> None:
    first = next(p["from"] for p in PHASES if p["zone"] == zone and p["phase"] == "arranged")
    assert first in {a["in_force"] for a in AGREEMENTS.values() if zone in a["zones"]}


# -- posts ----------------------------------------------------------------------------------------


def test_idlib_has_12_turkish_10_russian_and_7_iranian_observation_posts() -> None:
    counts = Counter(
        post["actor"]
        for post in POSTS.values()
        if post["zone"] == "idlib" and post["kind"] == "observation-post"
    )
    assert counts == {"Turkey": 12, "Russia": 10, "Iran": 7}


@pytest.mark.parametrize("zone", ZONES)
def test_russian_military_police_is_in_every_zone(zone: str) -> None:
    assert any(
        post["zone"] == zone and post["actor"] == "Russia" and not post["planned"]
        for post in POSTS.values()
    )


@pytest.mark.parametrize("post", POSTS.values(), ids=POSTS)
def test_post_hangs_together(post: dict[str, Any]) -> None:
    place = (post["longitude"], post["latitude"], post["accuracy_m"], post["position_basis"])
    assert all(place) or not any(place), "a position has an accuracy and a basis, or is not known"
    days = [day for day in (post["from"], post["encircled"], post["until"]) if day]
    assert days == sorted(days)
    assert post.get("precision") in (None, "month", "by")
    assert post["zone"] in ZONES
    assert post["actor"] in ACTORS


@pytest.mark.parametrize(
    ("post", "number", "first", "encircled", "until"),
    [
        ("idlib-turkey-salwa", None, "2017-10-13", None, None),
        ("idlib-turkey-al-eis", 6, "2018-02-05", "2020-02-08", None),
        ("idlib-turkey-tell-tuqan", None, "2018-02-09", "2020-02-05", "2021-01-12"),
        ("idlib-turkey-surman", None, "2018-02-15", "2019-12-23", "2020-12-29"),
        ("idlib-turkey-anadan", 4, "2018-03-17", "2020-02-16", "2020-12-29"),
        ("idlib-turkey-morek", 9, "2018-04-07", "2019-08-23", "2020-10-20"),
        ("idlib-turkey-rashidin", None, "2018-05-09", "2020-01-29", "2020-11-26"),
        ("idlib-turkey-ishtabraq", 11, "2018-05-16", None, None),
    ],
)
def test_turkish_post(
    post: str, number: int | None, first: str, encircled: str | None, until: str | None
) -> None:
    found = POSTS[post]
    assert (found["number"], found["from"]) == (number, first)
    assert (found["encircled"], found["until"]) == (encircled, until)


SLIDE = {name: post for name, post in POSTS.items() if "modmap2018" in post["sources"]}


def test_of_29_posts_on_the_slide_of_may_2018_25_have_a_point_of_somebody_else() -> None:
    assert len(SLIDE) == 29
    read_off = {name for name, post in SLIDE.items() if "slide" in post["position_basis"]}
    assert read_off == {
        "idlib-turkey-shir-mughar",
        "idlib-russia-aleppo",
        "idlib-russia-ain-rihaniya",
        "idlib-iran-assad-academy",
    }


@pytest.mark.parametrize("post", SLIDE.values(), ids=SLIDE)
def test_post_stands_on_its_own_side_of_the_line_or_within_its_error(post: dict[str, Any]) -> None:
    atlas = read_atlas()
    ground = grounds_of(atlas)["line", "idlib"]
    day = dt.date.fromisoformat(max(post["from"], "2018-05-23"))
    (k,) = (k for k, extent in enumerate(ground.extents) if extent.holds_on(day))
    at = np.array([post["longitude"]]), np.array([post["latitude"]])
    metres = float(ground.outlines[k][Estimate.BEST].distance(*at)[0][0])  # positive inside
    assert (metres if post["actor"] == "Turkey" else -metres) >= -post["accuracy_m"]
    assert atlas.outline is not None
    assert atlas.outline.covers(shapely.Point(post["longitude"], post["latitude"]))


# -- places ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name_ar", "admin1", "longitude", "latitude"),
    [
        ("إدلب", "Idlib", 36.63, 35.93),
        ("دمشق", "Damascus", 36.29, 33.51),
        ("طرطوس", "Tartus", 35.89, 34.89),
        ("درعا", "Daraa", 36.10, 32.62),
        ("نوى", "Daraa", 36.04, 32.89),
        ("خان شيخون", "Idlib", 36.65, 35.44),
        ("تلدو", "Homs", 36.53, 34.88),
    ],
)
def test_place_is_found_by_its_arabic_name(
    name_ar: str, admin1: str, longitude: float, latitude: float
) -> None:
    (place,) = (p for p in PLACES if p["name_ar"] == name_ar)
    assert place["admin1"] == admin1
    assert place["longitude"] == pytest.approx(longitude, abs=0.02)
    assert place["latitude"] == pytest.approx(latitude, abs=0.02)


def test_places_are_sorted_and_named() -> None:
    assert len(PLACES) > 300
    assert [p["id"] for p in PLACES] == sorted(p["id"] for p in PLACES)
    for place in PLACES:
        assert place["name"] not in place["variants"]
        assert place["name_ar"] not in place["variants"]
        for name in (place["name"], *place["variants"]):
            assert not re.search(r"[\u200b-\u200f\u202a-\u202e]", name), place
    assert [p["name"] for p in PLACES if p["name_ar"] is None] == ["Qenterê"]


# -- languages ------------------------------------------------------------------------------------


def flatten(words: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    leaves: dict[str, Any] = {}
    for key, value in words.items():
        if isinstance(value, dict):
            leaves |= flatten(value, f"{prefix}{key}.")
        else:
            leaves[prefix + key] = value
    return leaves


ENGLISH = flatten(WORDS["en"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_language_says_everything(language: str) -> None:
    words = flatten({key: text for key, text in WORDS[language].items() if key != "notes"})
    assert words.keys() == ENGLISH.keys()
    assert all(words.values())
    for key in ("months", "months_alt"):
        names = [[entry] if isinstance(entry, str) else entry for entry in words[key]]
        assert len(names) == 12
        assert len({name for several in names for name in several}) == sum(map(len, names))
    neutral = ("direction", "units.", "date.", "list.", "explain.plural")
    neutral += ("report.finding.head", "report.variant.boundary", "report.chart.value")
    neutral += ("report.chart.range",)
    for key, text in words.items():
        if isinstance(text, str) and not key.startswith(neutral):
            assert re.search(SCRIPT[language], text), key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", [k for k, v in ENGLISH.items() if "{" in v])
def test_sentence_keeps_its_places_to_fill(language: str, key: str) -> None:
    def fields(text: str) -> list[str]:
        return sorted(set(re.findall(r"{(\w+)}", text)))

    found = fields(flatten(WORDS[language])[key])
    if key.startswith("explain.days.") and not found:
        return  # Arabic says "a day" and "two days" in words of their own
    assert found == fields(ENGLISH[key])


def test_words_cover_what_the_facts_use() -> None:
    words = WORDS["en"]
    assert {p["phase"] for p in PHASES} == set(words["phase"])
    assert {p["legal"] for p in PHASES} == set(words["legal"])
    assert {p["actual"] for p in PHASES} == set(words["actual"])
    assert {p["kind"] for p in POSTS.values()} == set(words["post_kind"])
    assert {r["series"] for r in ROUNDS.values()} == set(words["series"])
    assert set(words["confidence"]) == CONFIDENCES


def test_arabic_months_are_levantine_and_the_others_can_be_read() -> None:
    assert WORDS["ar"]["months"][:3] == ["كانون الثاني", "شباط", "آذار"]
    egyptian = [e if isinstance(e, str) else e[0] for e in WORDS["ar"]["months_alt"]]
    assert egyptian[:3] == ["يناير", "فبراير", "مارس"]
    assert "يونيه" in WORDS["ar"]["months_alt"][5], "as Cairo writes it"
    assert "تشرين ثاني" in WORDS["ar"]["months_alt"][10], "as people write it, without the article"


def test_arabic_leaves_latin_digits_to_code() -> None:
    for key, text in flatten(WORDS["ar"]).items():
        if key == "page.local_digits":
            continue  # shows the digits that it offers
        assert not re.search(r"[٠-٩۰-۹]", str(text)), key


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_every_note_that_is_shown_is_translated_with_the_same_figures(language: str) -> None:
    records = [*load("rounds"), *load("agreements"), *load("phases")]
    texts = {r.get("about_zones") or r.get("provisions") or r["what"] for r in records}
    texts |= {boundary["accuracy"] for boundary in load("boundaries")}
    credits_ = load("atlas")["attribution"]  # with names and licences that have no other
    for record in records:
        for one in record.get("disagreements", ()):
            texts |= {reading["value"] for reading in one["readings"]}
    notes = WORDS[language]["notes"]
    assert set(notes) == texts | set(credits_)
    for english, own in notes.items():
        assert sorted(re.findall(r"\d+", own)) == sorted(re.findall(r"\d+", english)), english
        if english not in credits_ and language != "tr":
            assert not re.search("[A-Za-z]{3}", own), "in Latin letters"


MENDED = {
    "en": "ended since|Together|In all:|No place is called|Reckoned|Precise to|Kept by"
    "|[Cc]ells mended|Stood|What is shown|is an example|Accounts differ|^Mind|^arranged$"
    "|^a tenth of it",
    "ar": "ذات ترتيب خاص|روسيا، تركيا وإيران|يقع {place}|حتماً|ًا|مجال الثقة|هل خففت|أعطِ"
    "|مدة القيام|تديرها|لا تتحدث بلدة|في منتصف الفراغ|رُتّبت|أيام السريان|خانة|الحادث |بُدِّل خط"
    "|الترتيب الخاص بالمنطقة|الحكم:|لا شيء يغادر|بدّل خط|^النقاط$",
    "ru": "обустро|происшеств|проходили|Не определить|Неясно|Снаружи|под наступлением|под атакой"
    "|[Фф]аза |Север Хомса|прекращена с|точная точка|лучшая|Пуск|Отбор|Как ссылаться|Ничто не"
    "|Внутри: |Второе положение|Чей пост|Стоял|взятием|Уменьшили",
    "tr": "düzenlenmiş|tarihinden beri sona|[Dd]enetle|Kesin değil|çizginin|Karar kartı|[Kk]uşku"
    "|[Aa]tıf|[Aa]lıntı|Süz|Kaydı sakla|Belirlenemez|Kime ait|[Ee]n iyi|Neredeydiler|söz söylemez",
}
"""What readers of each language found wrong, odd or twofold; other words are in its place."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_that_readers_had_mended_do_not_come_back(language: str) -> None:
    for key, text in flatten(WORDS[language]).items():
        assert not re.search(MENDED[language], str(text)), key
