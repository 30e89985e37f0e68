"""What a column of dates proves as a whole: order, century, swapped days and months."""

from __future__ import annotations

import re
from collections.abc import Iterable

from geodata.text.dates import NUMERIC, SHORT_YEAR, Order
from geodata.text.repairs import clean_text

_TRUE_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?![0-9])")
_FULL_YEAR = re.compile(r"(?<![0-9])((?:19|20|21)[0-9]{2})(?![0-9])")


def column_order(values: Iterable[object]) -> Order | None:
    """Return the order of day and month that a column of numeric dates proves as a whole, or None.

    A first number above 12 proves ``dmy``, a second one ``mdy``. Both in one column prove nothing
    but that the column is mixed.
    """
    found: set[Order] = set()
    for value in values:
        if isinstance(value, str):
            clean, _ = clean_text(value)
            if match := NUMERIC.match(clean) or SHORT_YEAR.match(clean):
                first, second = int(match[1]), int(match[3])
                if 12 < first <= 31 and 1 <= second <= 12:
                    found.add("dmy")
                if 12 < second <= 31 and 1 <= first <= 12:
                    found.add("mdy")
    return found.pop() if len(found) == 1 else None


def column_century(values: Iterable[object]) -> int | None:
    """Return the century (its first year) that all years of four digits in a column lie in."""
    found = {
        int(match[1]) // 100 * 100
        for value in values
        if isinstance(value, str)
        for match in _FULL_YEAR.finditer(clean_text(value)[0])
    }
    return found.pop() if len(found) == 1 else None


def days_exchanged(values: Iterable[object]) -> bool:
    """Tell whether a column shows that a spreadsheet took days for months and months for days.

    Such a program makes true dates of what it can read in its own order, and leaves the others as
    texts: then no true date has a day above 12, and every text has one.
    """
    true, texts = set[str](), 0
    for value in values:
        clean = clean_text(value)[0] if isinstance(value, str) else ""
        if match := _TRUE_DATE.match(clean):
            if int(match[3]) > 12:
                return False
            true.add(clean[:10])
        elif match := NUMERIC.match(clean):
            first, second = int(match[1]), int(match[3])
            if max(first, second) <= 12:
                return False
            texts += 1
    return texts > 0 and len(true) > 1
