"""Every sign of Unicode in every reader of one text: read as what it is, or refused in one line."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geodata.atlas import read_atlas
from geodata.errors import DezoneError, InputError
from geodata.ledger import Ledger
from geodata.text.coordinates import read_geopoint, read_pair, read_position
from geodata.text.dates import month_names, read_days
from geodata.text.lengths import read_radius
from geodata.text.names import Gazetteer, Place
from geodata.text.repairs import clean_text, fold_case, fold_letters

KELVIN, LONG_S = "\u212a", "\u017f"
POSITIONS = (
    "35.9306 36.6339", "35°55'50\"N 36°38'02\"E", "35.9 K 36.6 D", "lat 35.9 lon 36.6",
    "35 deg 55 min 50 sec south, 36 deg east", "37S CA 50430 12345", "36S YE 47607 86188",
    "UTM 37 south 286000 3980000", "EPSG:32637 286000 3980000", "8G7RWJJM+6H", "POINT (36.6 35.9)",
    "SRID=4326;POINT Z (36.6 35.9 1)", "geo:35.9,36.6;crs=wgs84;u=3", "+35.9306+036.6339CRSWGS_84/",
    "35.9 güneyi 36.6 doğusu", "36.2 в.д. 35.9 с.ш.", "خط العرض 35.9 خط الطول 36.6", "[36.6, 35.9]",
)  # fmt: skip
DATES = (
    "2018-03-07", "7/3/2018", "7 March 2018", "21 Kasım 2017", "12 марта 2018 г.", "7 آذار 2018",
    "2018-03-07T23:30:00Z", "7.3.2018 11:30 pm GMT+2", "2018-03..2018-04", "December 12th, 2018",
)  # fmt: skip
RADII = ("2km", "500 M", "3 км", "٢ كم")
NAMES = ("Khan Sheikhoun", "Binnish", "إدلب", "Хан-Шейхун", "Kefr Nabil")


@cache
def months() -> Any:
    atlas = read_atlas()
    return month_names(atlas.words(code) for code in atlas.meta.languages)


@cache
def gazetteer() -> Gazetteer:
    places = (
        Place(-1, str(p.id), p.name, p.name_ar, p.longitude, p.latitude, 1000.0, (), p.variants)
        for p in read_atlas().places[:60]
    )
    return Gazetteer(Ledger(), places)


def read_north(text: str) -> object:
    return read_pair(text, "36.6339")


def read_date(text: str) -> object:
    return read_days(text, months=months())


def read_name(text: str) -> object:
    return gazetteer().look_up(text)


READERS: tuple[tuple[Callable[[str], object], tuple[str, ...]], ...] = (
    (read_position, POSITIONS),
    (read_geopoint, ("35.9 36.6 310 4.5",)),
    (read_north, ("35.9306", "35°55'50\"N", "35,9306", "35 55 50 south")),
    (read_date, DATES),
    (read_radius, RADII),
    (read_name, NAMES),
)


def assert_read_or_refused(read: Callable[[str], object], text: str) -> None:
    said = ""
    try:
        read(text)
    except DezoneError as error:
        said = str(error)
    assert "\n" not in said
    assert len(said) < 600


def pretenders() -> Iterator[str]:
    """Yield every sign that folds, normalises or counts like a letter or digit of a notation."""
    plain = set("abcdefghijklmnopqrstuvwxyz0123456789.,:;°'\"+-/()[]абвгдсшю")
    for code in range(0x80, 0x110000):
        char = chr(code)
        if unicodedata.category(char) in ("Cn", "Cs", "Co"):
            continue
        same = unicodedata.normalize("NFKC", char)
        forms = {form.casefold() for form in (char.lower(), char.upper(), same, fold_letters(char))}
        if unicodedata.digit(char, None) is not None or forms & plain - {char}:
            yield char


def test_signs_that_pretend_to_be_letters_or_digits_crash_no_reader():
    signs = list(pretenders())
    assert {KELVIN, LONG_S, "\u0130", "\u0131", "²", "①", "Ａ", "٣", "߁"} <= set(signs)
    # Of the alphabets of mathematics, all alike, each seventh sign.
    signs = [sign for at, sign in enumerate(signs) if sign < "\U00010000" or at % 7 == 0]
    for at, sign in enumerate(signs):
        for read, texts in READERS:
            text = texts[at % len(texts)]
            here = at % (len(text) + 1)
            assert_read_or_refused(read, text[:here] + sign + text[here + 1 :])
            assert_read_or_refused(read, text[:here] + sign + text[here:])


@pytest.mark.parametrize(
    "text",
    [
        f"37{KELVIN}CA5043",
        f"36{LONG_S} YE 47607 86188",
        f"8G7RW{KELVIN}JM+6H",
        f"geo:35,36;cr{LONG_S}=wgs84",
        f"UTM 37 {LONG_S}outh 286000 3980000",
        f"{LONG_S}RID=4326;POINT (36 35)",
        "POİNT (36 35)",
    ],
)
def test_a_grid_reference_is_of_plain_letters(text: str):
    with pytest.raises(InputError, match="expected a latitude and a longitude"):
        read_position(text)


@pytest.mark.parametrize("text", [f"2 {KELVIN}m", "2 k\u217f", "²km", "2² km"])
def test_a_length_is_of_plain_letters_and_digits(text: str):
    with pytest.raises(InputError, match="expected a radius"):
        read_radius(text)


@pytest.mark.parametrize(("read", "texts"), READERS)
@settings(deadline=None)
@given(data=st.data())
def test_any_signs_at_any_place_are_read_or_refused(
    read: Callable[[str], object], texts: tuple[str, ...], data: st.DataObject
):
    text = data.draw(st.sampled_from(texts))
    at = data.draw(st.integers(0, len(text)))
    odd = data.draw(st.text(min_size=1, max_size=3))
    assert_read_or_refused(read, text[:at] + odd + text[at + data.draw(st.integers(0, 2)) :])


@settings(deadline=None)
@given(st.text(max_size=40))
@example("ŉ\u0130ß\u1e9e\u03a3")
def test_cleaning_and_folding_take_any_text_and_change_nothing_twice(text: str):
    clean, repairs = clean_text(text)
    assert clean_text(clean)[0] == clean
    assert repairs or clean == " ".join(text.split())
    folded = fold_case(fold_letters(text))
    assert fold_case(fold_letters(folded)) == folded
