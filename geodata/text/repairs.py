"""What was mended in a text before it could be read, and how foreign text is quoted in an error.

Every repair changes the writing and never the meaning: digits of another script, marks that
print nothing, spaces of another kind. Each is recorded, so that a verdict can say what was done.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["Repair", "clean_text", "fold_letters", "quote", "words"]


@dataclass(frozen=True, slots=True)
class Repair:
    """One change to a text: its kind as a code, the text before and the text after."""

    kind: str
    before: str
    after: str


# U+061C, U+200E and U+200F mark direction; U+202A..E embed and override; U+2066..9 isolate
# (Unicode Standard Annex 9). They come along when a number is copied out of an Arabic page.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ZERO_WIDTH = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_SPACES = re.compile("[\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
# A dash counts as a minus sign only where a minus could stand: before a digit, after no digit.
_MINUS = re.compile("[\u2212\ufe63\uff0d]|(?<![0-9])[\u2010-\u2013](?=[0-9])")
_ARABIC_DIGITS = {ord("\u0660") + n: str(n) for n in range(10)} | {
    ord("\u06f0") + n: str(n) for n in range(10)
}
_ARABIC_DIGIT = re.compile("[\u0660-\u0669\u06f0-\u06f9]")

_STEPS: Sequence[tuple[str, re.Pattern[str], str | Mapping[int, str]]] = (
    ("bidi-marks", _BIDI, ""),
    ("zero-width", _ZERO_WIDTH, ""),
    ("nbsp", _SPACES, " "),
    ("arabic-digits", _ARABIC_DIGIT, _ARABIC_DIGITS),
    ("arabic-decimal", re.compile("(?<=[0-9])\u066b(?=[0-9])"), "."),
    ("arabic-comma", re.compile("\u060c"), ","),
    ("arabic-semicolon", re.compile("\u061b"), ";"),
    ("minus-sign", _MINUS, "-"),
)


def clean_text(text: str) -> tuple[str, tuple[Repair, ...]]:
    """Return `text` in plain digits, spaces and signs, with one repair for each kind of change.

    Leading, trailing and repeated white space goes without a repair: it carries nothing.
    """
    if text.isascii():
        return " ".join(text.split()), ()
    repairs: list[Repair] = []
    for kind, pattern, new in _STEPS:
        changed = pattern.sub(new, text) if isinstance(new, str) else text.translate(new)
        if changed != text:
            repairs.append(Repair(kind, text, changed))
            text = changed
    return " ".join(text.split()), tuple(repairs)


def read_code(text: str) -> tuple[str, tuple[Repair, ...]]:
    """Return a code of a table in plain signs; ``3.0`` is how many programs write a 3."""
    clean, repairs = clean_text(text)
    whole = re.sub(r"^([0-9]+)\.0+$", r"\1", clean)
    if whole != clean:
        repairs = (*repairs, Repair("whole-number", clean, whole))
    return whole, repairs


def fold_letters(text: str) -> str:
    """Return `text` with letters in one form each: no accents, one alef, one ya, no tatweel.

    Case is kept, signs that are not letters are kept, and the dotless ı becomes i, so that Turkish
    and English capitals meet after ``casefold``.
    """
    if text.isascii():
        return text
    out: list[str] = []
    for char in text:
        category = unicodedata.category(char)
        if category.startswith("L"):
            decomposed = unicodedata.normalize("NFKD", char)
            out.extend(c for c in decomposed if not unicodedata.category(c).startswith("M"))
        elif not category.startswith("M"):
            out.append(char)
    return "".join(out).translate(_LETTERS)


# NFKD already turns آ أ إ into ا, ؤ into و and ئ into ي; what is left are letters that are written
# for each other at the end of a word (ى ي, ة ه), those of Persian keyboards, and the tatweel.
_LETTERS = str.maketrans({"ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ٱ": "ا", "ـ": None, "ı": "i"})


def quote(text: object, *, limit: int = 60) -> str:
    """Return `text` for an error message: quoted, on one line, unseen signs spelt out."""
    shown = text if isinstance(text, str) else repr(text)
    if len(shown) > limit:
        shown = shown[: limit - 1] + "…"
    return repr(shown)


@cache
def words() -> Mapping[str, Any]:
    """Return the words of coordinates and dates that are no month names, as the page reads them."""
    text = files("geodata.grammar").joinpath("words.json").read_text(encoding="utf-8")
    table: Mapping[str, Any] = json.loads(text)
    return table
