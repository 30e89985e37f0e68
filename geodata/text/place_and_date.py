"""A place and a date in one text, as people paste them from a report."""

from __future__ import annotations

import re
from collections.abc import Callable

_LONGEST = 200
_TOKEN = re.compile(r"[^\s,،;؛]+")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_BEFORE = re.compile(r"^[ \t\r\n,،;؛:()]+")
_AFTER = re.compile(r"[ \t\r\n,،;؛:()\-–—]+$")


def place_and_date(text: str, is_date: Callable[[str], bool]) -> tuple[str, str] | None:
    """Return the place and the date of ``Hamouria, 12 March 2018``; None where it has not both.

    The date is the longest that ends the text, else the longest that begins it, and has a year of
    four digits: no part of a position or of a name is taken for one.

    Parameters
    ----------
    text
        At most 200 characters; a longer one has not both.
    is_date
        Tells whether a text can be read as a date.

    Examples
    --------
    >>> place_and_date("Hamouria, 2018-03-12", lambda text: text == "2018-03-12")
    ('Hamouria', '2018-03-12')
    """
    if len(text) > _LONGEST or not _YEAR.search(text):
        return None
    tokens = list(_TOKEN.finditer(text))
    inner = range(1, len(tokens))
    ends = ((text[: tokens[i].start()], text[tokens[i].start() :]) for i in inner)
    begins = ((text[tokens[i].start() :], text[: tokens[i].start()]) for i in reversed(inner))
    for place, date in (*ends, *begins):
        date = _trimmed(date).lstrip("-–— ")
        if _YEAR.search(date) and is_date(date):
            return _trimmed(place), date
    return None


def _trimmed(text: str) -> str:
    return _AFTER.sub("", _BEFORE.sub("", text))
