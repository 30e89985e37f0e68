"""What was mended in a text before it could be read, and how foreign text is quoted in an error.

Every repair changes the writing and never the meaning: digits of another script, marks that
print nothing, spaces of another kind. Each is recorded, so that a verdict can say what was done.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from geodata.grammar import load


@dataclass(frozen=True, slots=True)
class Repair:
    """One change to a text: its kind as a code, the text before and the text after."""

    kind: str
    before: str
    after: str


@cache
def _steps() -> tuple[tuple[str, re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]:
    """Return what is mended: the kind of repair, what it finds, and what that becomes."""
    return tuple(
        (
            one["kind"],
            re.compile(one["pattern"]),
            _plain_digit if one["becomes"] == "digit" else one["becomes"],
        )
        for one in load("letters")["repairs"]
    )


def _plain_digit(match: re.Match[str]) -> str:
    return str(unicodedata.digit(match[0]))


def clean_text(text: str) -> tuple[str, tuple[Repair, ...]]:
    """Return `text` in plain digits, spaces and signs, with one repair for each kind of change.

    Leading, trailing and repeated white space goes without a repair: it carries nothing.
    """
    if text.isascii():
        return " ".join(text.split()), ()
    repairs: list[Repair] = []
    for kind, pattern, new in _steps():
        changed = pattern.sub(new, text)
        if changed != text:
            repairs.append(Repair(kind, text, changed))
            text = changed
    return " ".join(text.split()), tuple(repairs)


@cache
def _missing() -> frozenset[str]:
    return frozenset(fold_case(fold_letters(mark)) for mark in load("words")["missing"])


def is_missing(text: str) -> bool:
    """Tell whether a text says that there is nothing: ``NA``, ``NULL``, a dash, غير معروف.

    >>> is_missing("n/a"), is_missing("Nablus"), is_missing("")
    (True, False, False)
    """
    clean = " ".join(text.split())
    return len(clean) <= _LONGEST_MARK and fold_case(fold_letters(clean)) in _missing()


_LONGEST_MARK = 20


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
    and English capitals meet in `fold_case`.
    """
    if text.isascii():
        return text
    return text.translate(_folds())


class _Folds(dict[int, str]):
    """Characters in one form each, worked out when they are first met."""

    _MOST = 20_000  # of all scripts together: a file of every character fills no memory

    def __missing__(self, code: int) -> str:
        if len(self) >= self._MOST:
            self.clear()
        self[code] = folded = _fold(chr(code)).translate(_one_form())
        return folded


@cache
def _folds() -> _Folds:
    return _Folds()


def _fold(char: str) -> str:
    category = unicodedata.category(char)
    if category.startswith("L"):
        decomposed = unicodedata.normalize("NFKD", char)
        return "".join(c for c in decomposed if not unicodedata.category(c).startswith("M"))
    return "" if category.startswith("M") else char


# NFKD already turns آ أ إ into ا, ؤ into و and ئ into ي; what is left are letters that are written
# for each other at the end of a word (ى ي, ة ه), those of Persian keyboards, and the tatweel.
@cache
def _one_form() -> dict[int, str]:
    return {ord(letter): other for letter, other in load("letters")["one_form"].items()}


def fold_case(text: str) -> str:
    """Return `text` in small letters; like ``casefold``, but the page can do the same."""
    if text.isascii():
        return text.lower()
    text = text.lower()
    for letter, other in load("letters")["one_case"].items():
        text = text.replace(letter, other)
    return text


def either_case(word: str) -> str:
    """Return a pattern of a word in capitals, small letters or both, and of nothing else.

    ``re.IGNORECASE`` would match the kelvin sign for k, the long s for s, and more like these.
    """
    cases = ((char.lower(), char.upper(), char) for char in word)
    return "".join(re.escape(c) if a == b else f"[{a}{b}]" for a, b, c in cases)


def quote(text: object, *, limit: int = 60) -> str:
    """Return `text` for an error message: quoted, on one line, unseen signs spelt out."""
    shown = text if isinstance(text, str) else repr(text)
    if len(shown) > limit:
        shown = shown[: limit - 1] + "…"
    return repr(shown)
