"""The sentence says the answer, in every language, with the numbers that decided it."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from atlases import LANGUAGES, SHIPPED, agreement, extent, square, write_atlas
from mixture import mixed_incidents, numbers

import zones
from geodata.atlas import Atlas, read_atlas
from geodata.columns.incidents import NO_DAY
from zones.calendar import day_of
from zones.record import Record
from zones.sentence import (
    fill,
    say_area,
    say_days,
    say_length,
    say_list,
    say_number,
    say_share,
    write_sentence,
)
from zones.verdict import Assessor

HOSTILE = [
    "<script>alert(1)</script>",
    "{zone} {place.__class__} {0}",
    "%s %(place)s $place ${place}",
    "\\g<0> \\1",
    "a\u202eb",
    "' \" & ;",
]


IN_SETTLEMENTS = [
    ("C3987", "2019-10-15"),  # Khan Shaykhun: outside of the line drawn after it was lost
    ("C3987", "2019-08-27"),  # lost, and the line not yet drawn anew
    ("C3987", "2019-08-21"),  # on a day on which it was taken
    ("C4093", "2017-11-10"),  # Abu Dali: gained, and the line leaves it out
    ("C6131", "2018-01-10"),  # Tassil: a neighbour's ground
    ("C2338", "2018-04-07"),  # Douma
    ("C3874", "2018-04-07"),  # nobody says who held it
]


def some_of_each_kind() -> dict[tuple[Any, ...], dict[str, Any]]:
    """One incident, as arguments of `check`, for each kind of answer among many."""
    atlas = read_atlas()
    incidents = mixed_incidents(atlas, 4_999, seed=6)
    found = Assessor(atlas).assess(incidents)
    kinds: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in range(len(found)):
        x, y, radius, first, last = numbers(incidents, row)
        if np.isfinite(x) and np.isnan(radius):
            continue
        kind = (
            found.verdict[row],
            found.space[row],
            found.time[row],
            found.reasons[row],
            radius > 0,
            first == last,
        )
        where = {"longitude": x, "latitude": y, "radius": radius} if np.isfinite(x) else {}
        when = {} if first == NO_DAY else {"date": f"{day_of(first)}/{day_of(last)}"}
        kinds.setdefault(kind, {**where, **when})
    for date in ("2016", "2018-03-07"):  # homonyms, some of them in a zone
        kinds["الجديدة", date] = {"place": "الجديدة", "date": date}
    ledger = atlas.ledger
    for code, day in IN_SETTLEMENTS:
        i = ledger.index(code)
        where = {"longitude": ledger.longitude[i], "latitude": ledger.latitude[i]}
        kinds[code, day] = {**where, "date": day}
    return kinds


KINDS = some_of_each_kind()
IN_TABLES = {"doubted", "the_area", "uncertain_area", "outside_area", "outside_area_clear"}
"""Said of incidents in tables only: `test_tag_areas.py` and `test_doubts.py` ask for these."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_answer_has_a_whole_sentence(language):
    assert len(KINDS) > 100
    for arguments in KINDS.values():
        sentence = zones.check(**arguments, language=language).sentence
        assert sentence, arguments
        assert sentence.strip() == sentence, arguments
        assert not re.search(r"[{}]|None|\bnan\b|  ", sentence), (arguments, sentence)
        assert sentence.endswith((".", "؟", "!")), (arguments, sentence)


def test_languages_differ_and_arabic_is_arabic():
    said = {code: check_idlib(language=code).sentence for code in LANGUAGES}
    assert len(set(said.values())) == 4
    assert re.search(r"[\u0600-\u06ff]", said["ar"])
    assert re.search(r"[\u0400-\u04ff]", said["ru"])


def check_idlib(**more: Any) -> Record:
    return zones.check(latitude=35.9306, longitude=36.6339, date="2018-03-07", **more)


def test_every_template_is_used_by_some_answer():
    used = set()

    class Noting(dict):
        def __getitem__(self, key: str) -> Any:
            used.add(key)
            return super().__getitem__(key)

    class Book:
        """The shipped atlas, whose sentences note that they were asked for."""

        def __init__(self) -> None:
            self._words = {**atlas.words("en"), "sentence": Noting(atlas.words("en")["sentence"])}

        def __getattr__(self, name: str) -> Any:
            return getattr(atlas, name)

        def words(self, _: str) -> Any:
            return self._words

    atlas = read_atlas()
    book: Any = Book()
    for arguments in KINDS.values():
        record = zones.check(**arguments)
        fields = {name: getattr(record, name) for name in record.__struct_fields__}
        assert write_sentence(book, fields, language="en") == record.sentence
    assert used == set(atlas.words("en")["sentence"]) - IN_TABLES


# -- numbers --------------------------------------------------------------------------------


def test_numbers_are_those_of_the_record():
    found = zones.check(latitude=35.40, longitude=36.66, date="2018-03", radius="8km")
    assert found.verdict == "uncertain"
    words = read_atlas().words("en")
    for share in (found.share_low, found.share_best, found.share_high):
        assert share is not None
        assert say_share(words, share) in found.sentence
    assert "8\u00a0km" in found.sentence
    assert say_length(words, found.accuracy_m or 0) in found.sentence
    assert say_share(words, 0.5) == "50\u00a0%" or say_share(words, 0.5) == "50 %"


def test_distance_days_round_and_guarantors_are_said():
    far = zones.check(latitude=34.56, longitude=38.27, date="2018-03-07").sentence
    assert say_length(read_atlas().words("en"), 124_497) in far
    assert "7 March 2018" in far
    near = check_idlib().sentence
    assert "Astana 6" in near or "Astana-6" in near or "Astana" in near
    assert "Russia, Turkey and Iran" in near


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0"),
        (1.0, "100"),
        (0.5, "50"),
        (0.001, "less than 1"),
        (0.999, "more than 99"),
        (0.0049, "less than 1"),
        (0.9951, "more than 99"),
    ],
)
def test_only_a_true_0_or_1_is_called_0_or_100_per_cent(share, said):
    text = say_share(read_atlas().words("en"), share)
    assert re.fullmatch(rf"{said}\s*%", text)


@pytest.mark.parametrize(
    ("metres", "said"),
    [
        (0, "0 m"),
        (0.2, "1 m"),
        (4, "4 m"),
        (9.4, "9 m"),
        (9.5, "10 m"),
        (14, "10 m"),
        (300, "300 m"),
        (2_500, "2.5 km"),
        (8_000, "8 km"),
        (23_000, "23 km"),
        (23_400, "23.4 km"),
        (124_523, "125 km"),
        (1_234_567, "1\u202f235 km"),
    ],
)
def test_lengths_in_metres_then_kilometres_and_only_none_is_0(metres, said):
    assert say_length(read_atlas().words("en"), metres) == said.replace(" ", "\u00a0")


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [
        (0, 1, "0"),
        (0.5, 0, "0"),
        (1234.5, 0, "1\u202f234"),
        (1234.56, 1, "1\u202f234,6"),
        (1_000_000, 2, "1\u202f000\u202f000"),
        (2.50, 2, "2,5"),
    ],
)
def test_numbers_have_thousands_apart_and_the_mark_of_the_language(value, digits, said):
    assert say_number(read_atlas().words("ru"), value, digits) == said


@pytest.mark.parametrize(
    ("km2", "said"),
    [(0, "0 km²"), (0.25, "0.2 km²"), (9.94, "9.9 km²"), (9612.3, "9\u202f612 km²")],
)
def test_areas_are_whole_from_ten_on(km2, said):
    assert say_area(read_atlas().words("en"), km2) == said.replace(" ", "\u00a0")


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2018-03-07", "2018-03-07", "7 March 2018"),
        ("2018-03-01", "2018-03-31", "March 2018"),
        ("2018-01-01", "2018-12-31", "2018"),
        ("2018-02-01", "2018-02-28", "February 2018"),
        ("2020-02-01", "2020-02-28", "1 to 28 February 2020"),
        ("2018-03-01", "2018-04-30", "1 March 2018 to 30 April 2018"),
    ],
)
def test_whole_months_and_years_are_called_so(first, last, said):
    days = (dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    assert say_days(read_atlas().words("en"), *days) == said


def test_lists_are_joined_as_the_language_joins_them():
    words = read_atlas().words("en")
    assert [say_list(words, list("abc")[:n]) for n in range(4)] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


# -- foreign text ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hostile_place_name_passes_through_as_text(name, language):
    record = check_idlib(language=language)
    fields = {key: getattr(record, key) for key in record.__struct_fields__}
    said = write_sentence(read_atlas(), fields, language=language, place=name)
    assert name in said or name[:1].upper() + name[1:] in said
    plain = write_sentence(read_atlas(), fields, language=language, place="X")
    assert said.replace(name, "X").replace(name[:1].upper() + name[1:], "X") == plain


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_zone_name_passes_through_as_text(tmp_path: Path, name):
    atlas = read_atlas(
        write_atlas(
            tmp_path,
            phases={"alpha": [("declared", "2017-05-06"), ("ended", "2018-06-01")]},
            extents=[extent("alpha", "2017-05-06", "2018-06-01", square(36.0, 35.0))],
            agreements=[agreement("pact", ["alpha"], "2017-05-06")],
            zone_names={"alpha": name},
            actor_names={"Arbiter": name},
        )
    )
    said = zones.check(latitude=35.0, longitude=36.0, date="2017-06-01", atlas=atlas).sentence
    assert said.count(name) == 2  # the zone and its guarantor


@pytest.mark.parametrize(
    "template",
    ["{place.__class__}", "{place!r}", "{place:>99}", "{place[0]}", "{}", "{{place}}", "{ place }"],
)
def test_a_template_can_name_slots_and_nothing_else(template):
    assert fill(template, {"place": "X"}) == template.replace("{place}", "X")


def test_templates_of_an_atlas_cannot_reach_into_the_program(tmp_path: Path):
    folder = shutil.copytree(SHIPPED, tmp_path / "atlas")
    path = folder / "languages/en.json"
    words = json.loads(path.read_text("utf-8"))
    words["sentence"]["inside_day"] = "{place.__class__.__mro__} {zone!r} {place}."
    path.write_text(json.dumps(words, ensure_ascii=False), "utf-8")
    said = check_idlib(atlas=read_atlas(folder)).sentence
    assert said.startswith("{place.__class__.__mro__} {zone!r} Idleb.")


def test_an_atlas_whose_template_asks_for_an_unknown_slot_is_refused(tmp_path: Path):
    from geodata.errors import AtlasError

    folder = shutil.copytree(SHIPPED, tmp_path / "atlas")
    path = folder / "languages/en.json"
    words = json.loads(path.read_text("utf-8"))
    words["sentence"]["inside_day"] = "{plaec} was inside."
    path.write_text(json.dumps(words, ensure_ascii=False), "utf-8")
    with pytest.raises(AtlasError, match=r"languages/en\.json: sentence\.inside_day: .*plaec"):
        read_atlas(folder)


def test_the_same_answer_is_always_said_the_same(tmp_path: Path):
    again: Atlas = read_atlas(shutil.copytree(SHIPPED, tmp_path / "atlas"))
    assert check_idlib().sentence == check_idlib(atlas=again).sentence
