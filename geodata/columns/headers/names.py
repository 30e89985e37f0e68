"""Headers compared by their words, however a tool has written or cut them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from geodata.grammar import load
from geodata.text.repairs import clean_text, fold_case, fold_letters

CUT = 10  # letters of a name in a Shapefile
_WORD = re.compile(r"[^\W_]+")
_SHORT = 7  # letters to which R shortens names for one
_PARTS = ("latitude", "longitude", "altitude", "accuracy")  # of ODK's point, behind its name


class Headers:
    """The columns of a table by their folded headers; a header that occurs twice names neither."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        table = load("headers")
        is_survey = any(mark in self.columns for mark in table["survey_marks"])
        is_dashed = all(mark in self.columns for mark in table["dashed_marks"])
        self.folded: dict[str, list[str]] = {}
        self._joined: dict[str, list[str]] = {}
        for column in columns:
            # Kobo and ODK put the names of groups in front of that of a question.
            words = fold(column.rpartition("/")[2] if is_survey else column)
            self.folded.setdefault(words, []).append(column)
            self._joined.setdefault(words.replace(" ", ""), []).append(column)
            question = fold(column.rpartition("-")[2])
            if is_dashed and question != words and question not in _PARTS:
                self._joined.setdefault(question.replace(" ", ""), []).append(column)

    def get(self, header: str) -> str | None:
        """Return the one column with a header; None where there is none, or several."""
        found = self.all([header])
        return found[0] if len(found) == 1 else None

    def cut(self, header: str) -> str | None:
        """Return the one column with a header that a Shapefile may have cut."""
        found = next(filter(None, (self._joined.get(form) for form in _forms(header))), [])
        return found[0] if len(found) == 1 else None

    def all(self, headers: Iterable[str]) -> list[str]:
        """Return every column with one of some headers, each once."""
        wanted = (fold(header).replace(" ", "") for header in headers)
        return list(dict.fromkeys(one for name in wanted for one in self._joined.get(name, [])))

    def pairs(self, headers: Iterable[Sequence[str]]) -> list[tuple[str, ...]]:
        """Return the columns of every pair (or triple) of headers that are all there."""
        found: list[tuple[str, ...]] = []
        for names in headers:
            rows: list[tuple[str, ...]] = [()]
            for name in names:
                rows = [(*row, column) for row in rows for column in self.all([name])]
            found += rows
        return list(dict.fromkeys(found))

    def endings(self, endings: Iterable[Sequence[str]]) -> list[tuple[str, ...]]:
        """Return pairs like ``site_lat`` and ``site_lng``, or Kobo's ``_site_latitude``."""
        found: list[tuple[str, ...]] = []
        for one, two in endings:
            for folded, columns in self.folded.items():
                if folded.endswith(f" {one}"):
                    partner = self.folded.get(folded.removesuffix(one) + two, [])
                    found += [(a, b) for a in columns for b in partner]
        return found

    def beginnings(self, beginnings: Iterable[Sequence[str]]) -> list[tuple[str, ...]]:
        """Return pairs like ``lat_corrected`` and ``lon_corrected``, or ``lat2`` and ``lon2``."""
        found: list[tuple[str, ...]] = []
        for one, two in beginnings:
            for folded, columns in self.folded.items():
                rest = folded.removeprefix(one)
                if folded.startswith(one) and re.match("[ 0-9]", rest):
                    found += [(a, b) for a in columns for b in self.folded.get(two + rest, [])]
        return found


def fold(header: str) -> str:
    """Return the words of a header in small letters, one blank between two.

    >>> fold("eventDate"), fold("Event.Date"), fold(" EVENT_DATE")
    ('event date', 'event date', 'event date')
    """
    clean, _ = clean_text(header[:500])
    apart = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", clean)
    words = re.sub(r"[\s_./:-]+", " ", fold_case(fold_letters(apart)))
    return re.sub(r" ?\((wgs ?84|dd|decimal degrees|degrees|°)\)$", "", words.strip())


def words_of(header: str) -> str:
    """Return the words of a header between blanks, without brackets and other signs.

    >>> words_of("Time (UTC)")
    ' time utc '
    """
    return f" {' '.join(_WORD.findall(fold(header)))} "


@cache
def says_utc(header: str) -> bool:
    """Tell whether a header says that the times of its column are in UTC.

    >>> says_utc("Date (UTC)"), says_utc("datetime_utc"), says_utc("date")
    (True, True, False)
    """
    return any(f" {word} " in words_of(header) for word in load("headers")["utc"])


@cache
def longitude_first(header: str) -> bool:
    """Tell whether a header says that a plain pair is a longitude, then a latitude.

    >>> longitude_first("coordinates (lon, lat)"), longitude_first("LngLat"), longitude_first("gps")
    (True, True, False)
    """
    return any(f" {words} " in words_of(header) for words in load("headers")["longitude_first"])


@cache
def _forms(header: str) -> tuple[str, ...]:
    """Return a header as it is, and as programs cut it for a Shapefile, without its blanks."""
    forms = (header, header[:CUT], _shortened(header))
    return tuple(dict.fromkeys(fold(form).replace(" ", "") for form in forms))


def _shortened(name: str) -> str:
    """Return a name as R's ``abbreviate`` shortens it: small vowels go first, from the end."""
    letters = list(name)
    for gone in ("aeiou", "abcdefghijklmnopqrstuvwxyz"):
        for at in range(len(letters) - 1, 0, -1):
            if len(letters) <= _SHORT:
                break
            if letters[at] in gone:
                del letters[at]
    return "".join(letters)
