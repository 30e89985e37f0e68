"""Dates as people write them, read as whole local days; nothing is ever filled in.

A month is an interval of its days and a year one of its. What can be read in two ways is an error
that shows both, unless the order of day and month is stated or proved by the column as a whole.
``docs/reading.md`` is the grammar in words.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from functools import cache
from typing import Any, Literal, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from geodata.errors import AmbiguousDateError, DateError
from geodata.grammar import load
from geodata.text.repairs import Repair, clean_text, fold_case, fold_letters, quote

Order = Literal["dmy", "mdy"]
"""Which comes first in 07/03/2018, the day or the month."""
Epoch = Literal[1900, 1904, "unix"]
"""From when days are counted: the years of spreadsheets, or seconds or milliseconds from 1970."""
MonthNames = Mapping[str, tuple[int, ...]]
"""Folded name of a month to the months that it can mean; two where languages disagree."""


class DateNotation(StrEnum):
    """How a date was written."""

    ISO = "iso"
    YEAR_FIRST = "year-first"
    NUMERIC = "numeric"
    WORDS = "words"
    TIMESTAMP = "timestamp"
    INTERVAL = "interval"


class Precision(StrEnum):
    """What the text names: a day, a month, a year, or its own first and last."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    INTERVAL = "interval"


@dataclass(frozen=True, slots=True)
class Days:
    """An interval of whole local days, first and last included, and how it was written."""

    first: date
    last: date
    notation: DateNotation
    precision: Precision
    repairs: tuple[Repair, ...] = ()


FIRST_YEAR: int = load("limits")["years"]["first"]
LAST_YEAR: int = load("limits")["years"]["last"]
_YEARS = range(FIRST_YEAR, LAST_YEAR + 1)
_LONGEST: int = load("limits")["characters"]["date"]
_WRITE = "write it like '2018-03-07', '2018-03', '2018' or '2018-03-07/2018-03-09'"


def month_names(languages: Iterable[Mapping[str, Any]]) -> MonthNames:
    """Return the month names of an atlas's language files, folded for reading.

    Each language holds `months`, twelve names from January on, and may hold `months_alt`, twelve
    more; an entry may also be a list of names.
    """
    found: dict[str, set[int]] = {}
    for language in languages:
        for table in (language.get("months", ()), language.get("months_alt", ())):
            for month, entry in enumerate(table, start=1):
                for name in (entry,) if isinstance(entry, str) else entry:
                    found.setdefault(_folded(name), set()).add(month)
    return {name: tuple(sorted(months)) for name, months in sorted(found.items())}


def read_days(
    text: str,
    *,
    order: Order | None = None,
    months: MonthNames | None = None,
    zone: str = "Asia/Damascus",
    century: int | None = None,
) -> Days:
    """Return the days that `text` names.

    Parameters
    ----------
    text : str
        A day, month, year, interval or timestamp, in any notation of ``docs/reading.md``.
    order : "dmy" or "mdy", optional
        Which comes first in ``07/03/2018``, where stated or proved (`column_order`).
    months : mapping, optional
        Names of months (`month_names`); without it, months must be numbers.
    zone : str
        Time zone of the days, as in the atlas. A timestamp with a zone of its own is converted, one
        without is taken as local.
    century : int, optional
        The first year of the century of years that are written with two digits: 2000.

    Raises
    ------
    DateError
        The text is no date, the date does not exist, or it can be read in two ways.
    """
    if not isinstance(text, str):
        _refuse(text, "this is not text")
    if len(text) > _LONGEST:
        _refuse(text, f"it has {len(text)} characters")
    clean, repairs = clean_text(text)
    if not clean:
        _refuse(text, "it is empty")
    reader = _Reader(text, order, months or {}, zone, century)
    days = reader.interval(clean) or reader.single(clean)
    return Days(days.first, days.last, days.notation, days.precision, repairs + days.repairs)


def unix_time(text: str) -> str | None:
    """Return a Unix time of ten digits (seconds) or thirteen (milliseconds) as a timestamp in UTC.

    >>> unix_time("1520465400"), unix_time("20180307")
    ('2018-03-07T23:30:00Z', None)
    """
    if not re.fullmatch(r"[0-9]{10}(?:\.[0-9]+)?|[0-9]{13}", text):
        return None
    seconds = float(text) / (1000 if len(text) == 13 else 1)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}Z"


def excel_day(serial: float, *, epoch: Epoch = 1900) -> date:
    """Return the day of a spreadsheet's serial number; the fraction, a time of day, is dropped.

    Day 1 of the 1900 system is 1900-01-01 and day 60 the 29th of February 1900, which never was;
    day 0 of the 1904 system is 1904-01-01 (ECMA-376 part 1, 18.17.4.1).

    Raises
    ------
    DateError
        The serial is no number, lies outside of the years that are read, or is the day that
        never was.
    """
    write = "give the serial number of a day, like 43166"
    if not isinstance(serial, (int, float)) or not -1e6 < serial < 1e6:
        raise DateError(f"expected the serial number of a day, found {quote(serial)}; {write}")
    day = math.floor(serial)
    if epoch == 1904:
        found = date(1904, 1, 1) + timedelta(days=day)
    elif day == 60:
        raise DateError(
            f"expected the serial number of a day, found {quote(serial)}, which stands for "
            f"1900-02-29, a day that never was; {write}"
        )
    else:
        found = date(1899, 12, 31 if day < 60 else 30) + timedelta(days=day)
    if day < (1 if epoch == 1900 else 0) or found.year not in _YEARS:
        raise DateError(
            f"expected a day from {FIRST_YEAR} to {LAST_YEAR}, found {quote(serial)}; {write}"
        )
    return found


def today(zone: str) -> date:
    """Return the day that it is now in a time zone, wherever this runs.

    Raises
    ------
    DateError
        There is no such zone.
    """
    return datetime.now(_zone_info(zone)).date()


def _zone_info(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise DateError(
            f"expected a time zone of the IANA database, found {quote(zone)}; "
            "write it like 'Asia/Damascus'"
        ) from None


def _refuse(text: object, why: str, *, write: str = _WRITE) -> NoReturn:
    raise DateError(f"expected a date, found {quote(text)}: {why}; {write}")


def _two_ways(text: object, readings: Sequence[str], write: str) -> NoReturn:
    raise AmbiguousDateError(
        f"expected one date, found {quote(text)}, which can be read in two ways: "
        f"{' or '.join(readings)}; {write}"
    )


def _folded(text: str) -> str:
    return " ".join(fold_case(fold_letters(text)).replace(".", " ").split())


@cache
def _small_words() -> tuple[frozenset[str], frozenset[str]]:
    """Return the words that may follow a day, and those that may follow a year."""
    table = load("words")["dates"]
    after_day = frozenset(_folded(word).strip("-") for word in table["after_day"])
    return after_day, frozenset(map(_folded, table["after_year"]))


@cache
def _weekdays() -> Mapping[str, int]:
    """Return the days of the week (Monday is 0) by their folded names."""
    return {_folded(name): day for day, names in enumerate(load("words")["weekdays"])
            for name in names}  # fmt: skip


@cache
def _spans() -> tuple[tuple[frozenset[str], bool, frozenset[str], frozenset[str]], ...]:
    """Return words before an interval, whether they may lack, words between its ends, after it."""
    return tuple(
        (
            frozenset(map(_folded, one["open"])),
            one["may_lack_open"],
            frozenset(map(_folded, one["to"])),
            frozenset(map(_folded, one["close"])),
        )
        for one in load("words")["dates"]["spans"]
    )


_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})(?:\2([0-9]{1,2}))?")
_BASIC = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
NUMERIC = re.compile(r"([0-9]{1,2}) ?([-/.]) ?([0-9]{1,2}) ?\2 ?([0-9]{4})(?![0-9])")
_MONTH_YEAR = re.compile(r"([0-9]{1,2})[-/.]([0-9]{4})")
SHORT_YEAR = re.compile(r"([0-9]{1,2}) ?([-/.]) ?([0-9]{1,2}) ?\2 ?([0-9]{2})")
_SECONDS = re.compile(r"([0-9]{8})([0-9]{2})([0-9]{2})([0-9]{2})")
_ZONE = r"(?P<zone>Z|UTC|GMT|(?:UTC|GMT)?[+-][0-9]{2}(?::?[0-9]{2})?)?"
_TIME = re.compile(
    r"(?P<day>.*[^ ,T])(?:T| ?, ?| )(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:[.,][0-9]+)?)? ?(?P<half>[ap]\.?m\.?)? ?" + _ZONE,
    re.I | re.A,
)
_BASIC_TIME = re.compile(
    r"(?P<day>[0-9-]+)T(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})"
    r"(?:(?P<second>[0-9]{2})(?:[.,][0-9]+)?)?(?P<half>)" + _ZONE
)
_WHOLE = r"[0-9]{4}|[0-9]{8}|[0-9]{1,2}[/.][0-9]{1,2}[/.][0-9]{4}"
_DASHES = [
    re.compile(pattern)
    for pattern in (
        r"([^–—]*[^–— ]) ?[–—] ?([^–— ][^–—]*)",
        r"((?:(?! - ).)+) - ((?:(?! - ).)+)",
        rf"({_WHOLE})-({_WHOLE})",
        r"([0-9]{1,2})-([0-9]{1,2} [^0-9].*)",
        r"([^0-9]+[0-9]{1,2})-([0-9]{1,2},? [0-9]{4})",
    )
]
"""What stands between the ends of an interval; a hyphen only where it can be nothing else."""
_DAY_AND_YEAR = re.compile(r"([0-9]{1,2})[^\W\d_]*,? ([0-9]{4})")
_WORD_TOKEN = re.compile(r"(?P<number>[0-9]+)|(?P<word>[^\W\d_]+)|(?P<cut>[/()])|[ ,.'’-]")


def _ends(clean: str) -> tuple[str, str] | None:
    """Return the texts of an interval's ends, between which a word or a dash stands; else None."""
    words = clean.split(" ")
    if any(_folded(words[-1]) in closes for *_, closes in _spans()):
        words, clean = words[:-1], " ".join(words[:-1])
    folded = [_folded(word) for word in words]
    for opens, may_lack, between, _ in _spans():
        start = int(bool(folded) and folded[0] in opens)
        at = [i for i in range(start + 1, len(words) - 1) if folded[i] in between]
        if len(at) == 1 and (start or may_lack):
            return " ".join(words[start : at[0]]), " ".join(words[at[0] + 1 :])
    for pattern in _DASHES:
        match = pattern.fullmatch(clean)
        if match and not all(_folded(word.strip(",،")) in _weekdays() for word in match[1].split()):
            return match[1], match[2]
    return None


@dataclass(frozen=True, slots=True)
class _Reader:
    """One text with all that is known about it; the methods take pieces of it."""

    text: str
    order: Order | None
    months: MonthNames
    zone: str
    century: int | None = None

    def interval(self, clean: str) -> Days | None:
        """Return ``FIRST/LAST``, ``FIRST..LAST``, ``FIRST to LAST``; None where it is no interval.

        A slash cuts an interval only between two years, since it also stands in 07/03/2018 and in
        the double names of months (نيسان/أبريل).
        """
        pieces = re.split(r" ?\.\. ?| / ", clean)
        if len(pieces) == 1 and clean.count("/") == 1:
            halves = clean.split("/")
            if all(re.search(r"[0-9]{4}", half) for half in halves):
                pieces = halves
        if len(pieces) == 1:
            ends = _ends(clean)
            if ends is None:
                return None
            first, last = self.completed(*ends)
        elif len(pieces) > 2 or not all(pieces):
            _refuse(self.text, "an interval has a first and a last day")
        else:
            first, last = (self.single(piece) for piece in pieces)
        if first.first > last.last:
            _refuse(self.text, f"it ends ({last.last}) before it begins ({first.first})")
        return Days(
            first.first,
            last.last,
            DateNotation.INTERVAL,
            Precision.INTERVAL,
            first.repairs + last.repairs,
        )

    def completed(self, first: str, last: str) -> tuple[Days, Days]:
        """Return both ends, the month and the year of which may stand at one of them alone."""
        numbers = re.findall(r"[0-9]+", first)
        if len(numbers) == 1 and (match := _DAY_AND_YEAR.fullmatch(last)):
            last = f"{first.replace(numbers[0], match[1])} {match[2]}"
        end = self.single(last)
        if len(numbers) > 1 or re.search(r"[0-9]{4}", first):
            return self.single(first), end
        items = self.items(first)
        if len(items) != 1 or not isinstance(items[0], str):
            return self.single(f"{first} {end.first.year}"), end
        if end.precision is not Precision.DAY:
            _refuse(self.text, "it is no date")
        begin = self.days(DateNotation.WORDS, end.first.year, end.first.month, int(items[0]))
        self.check_weekday(begin, first)
        return begin, end

    def check_weekday(self, days: Days, clean: str) -> None:
        """Refuse a day that is named together with another day of the week."""
        folded = fold_case(fold_letters(clean))
        said = {_weekdays()[word] for word in re.findall(r"[^\W\d_]+", folded)
                if word in _weekdays()}  # fmt: skip
        if said and days.first == days.last and days.first.weekday() not in said:
            _refuse(self.text, f"{days.first} is another day of the week")

    def single(self, clean: str) -> Days:
        """Return a day, a month, a year or the day of a timestamp."""
        if clean.isalpha():
            return self.in_words(clean)
        if match := _TIME.fullmatch(clean) or _BASIC_TIME.fullmatch(clean):
            return self.timestamp(match)
        if match := _YEAR_FIRST.fullmatch(clean):
            iso = match[2] == "-" and all(len(g) == 2 for g in match.group(3, 4) if g)
            notation = DateNotation.ISO if iso else DateNotation.YEAR_FIRST
            day = int(match[4]) if match[4] else None
            return self.days(notation, int(match[1]), int(match[3]), day)
        if match := _BASIC.fullmatch(clean):
            year, month, day = (int(group) for group in match.groups())
            if year not in _YEARS:
                _refuse(self.text, "eight digits are read as year, month, day")
            return self.days(DateNotation.ISO, year, month, day)
        if match := NUMERIC.fullmatch(clean):
            return self.numeric(int(match[1]), int(match[3]), int(match[4]))
        if match := _MONTH_YEAR.fullmatch(clean):
            return self.days(DateNotation.NUMERIC, int(match[2]), int(match[1]))
        if re.fullmatch(r"[0-9]{4}", clean):
            return self.days(DateNotation.ISO, int(clean))
        if match := SHORT_YEAR.fullmatch(clean):
            return self.numeric(int(match[1]), int(match[3]), self.whole_year(match[4]))
        if match := _SECONDS.fullmatch(clean):
            date_, *time = match.groups()
            return self.single(f"{date_}T{':'.join(time)}")
        if clean.startswith("/") or clean.endswith("/"):
            _refuse(self.text, "a part of it is left out")
        if re.fullmatch(r"[1-6][0-9]{4}(\.[0-9]+)?", clean):  # 1927 to 2091
            serial = float(clean)
            _refuse(
                self.text,
                f"it looks like a spreadsheet's serial number ({excel_day(serial)}, or "
                f"{excel_day(serial, epoch=1904)} where days are counted from 1904)",
                write="say that the column holds serial numbers (--epoch 1900 or 1904)",
            )
        if re.fullmatch(r"[0-9]{10}|[0-9]{13}", clean):
            _refuse(
                self.text,
                "it looks like a Unix time",
                write="say that the column holds them (--epoch unix)",
            )
        return self.in_words(clean)

    def days(
        self, notation: DateNotation, year: int, month: int | None = None, day: int | None = None
    ) -> Days:
        """Return the days of a year, a month of it, or a day; refuse what does not exist."""
        if year not in _YEARS:
            why = f"the year {year} is not within {_YEARS[0]}..{_YEARS[-1]}"
            _refuse(self.text, why, write="convert a date of another calendar, or correct it")
        if month is None:
            return Days(date(year, 1, 1), date(year, 12, 31), notation, Precision.YEAR)
        if not 1 <= month <= 12:
            _refuse(self.text, f"there is no month {month}")
        length = monthrange(year, month)[1]
        if day is None:
            last = date(year, month, length)
            return Days(last.replace(day=1), last, notation, Precision.MONTH)
        if not 1 <= day <= length:
            _refuse(self.text, f"{year}-{month:02d} has no day {day}")
        found = date(year, month, day)
        return Days(found, found, notation, Precision.DAY)

    def numeric(self, first: int, second: int, year: int) -> Days:
        """Return the day of ``07/03/2018`` if only one order gives a date, or `order` says which.

        A dot is no proof of day first: people who write 3/7/2018 for July also write 3.7.2018.
        """
        if self.order == "dmy":
            return self.days(DateNotation.NUMERIC, year, second, first)
        if self.order == "mdy":
            return self.days(DateNotation.NUMERIC, year, first, second)
        if first != second and 1 <= first <= 12 and 1 <= second <= 12:
            ways = [f"{year}-{b:02d}-{a:02d}" for a, b in ((first, second), (second, first))]
            readings = [f"{ways[0]} (day first)", f"{ways[1]} (month first)"]
            _two_ways(self.text, readings, "state the order of day and month, or " + _WRITE)
        if first > 12 or second <= 0:
            return self.days(DateNotation.NUMERIC, year, second, first)
        return self.days(DateNotation.NUMERIC, year, first, second)

    def timestamp(self, match: re.Match[str]) -> Days:
        """Return the local day of a date with a time."""
        days = self.single(match["day"])
        if days.precision is not Precision.DAY or days.notation is DateNotation.TIMESTAMP:
            _refuse(self.text, "a time of day needs one whole date before it")
        hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
        if match["half"]:
            if not 1 <= hour <= 12:
                _refuse(self.text, f"there is no {hour} o'clock in a day of two halves")
            hour = hour % 12 + (12 if match["half"][0] in "pP" else 0)
        if hour > 23 or minute > 59 or second > 59:
            _refuse(self.text, f"there is no time {hour:02d}:{minute:02d}:{second:02d}")
        if match["zone"]:
            instant = datetime(
                days.first.year, days.first.month, days.first.day, hour, minute, second,
                tzinfo=self.offset(match["zone"]),
            )  # fmt: skip
            local = instant.astimezone(_zone_info(self.zone))
            if local.date() != days.first:
                # The day changes on the way, so this is a repair.
                found = self.days(DateNotation.TIMESTAMP, local.year, local.month, local.day)
                repair = Repair("time-zone", match[0], f"{local:%Y-%m-%dT%H:%M:%S%z}")
                return replace(found, repairs=(repair,))
        return Days(days.first, days.last, DateNotation.TIMESTAMP, Precision.DAY, days.repairs)

    def offset(self, name: str) -> timezone:
        """Return the zone that a timestamp gives: Z, UTC, GMT or an offset from it."""
        digits = re.sub(r"[^0-9]", "", name)
        if not digits:
            return UTC
        hours, minutes = int(digits[:2]), int(digits[2:] or 0)
        if hours > 14 or minutes > 59:
            _refuse(self.text, f"no zone is {name} from UTC")
        offset = timedelta(hours=hours, minutes=minutes)
        return timezone(-offset if "-" in name else offset)

    def in_words(self, clean: str) -> Days:
        """Return the day or month of a date with the month's name in it.

        ``day month year``, ``month day year``, ``month year``, ``year month day``, ``year month``,
        with blanks, commas, dots or hyphens between.
        """
        items = self.items(clean)
        names = [item for item in items if not isinstance(item, str)]
        numbers = [item for item in items if isinstance(item, str)]
        shape = "".join(
            "m" if not isinstance(item, str) else "y" if len(item) == 4 else "d" for item in items
        )
        if len(names) > 1 or any(len(number) not in (1, 2, 4) for number in numbers):
            _refuse(self.text, "it is no date")
        if not names:
            if shape == "y":
                return self.days(DateNotation.WORDS, int(numbers[0]))
            _refuse(self.text, "it is no date")
        month = self.month(names[0])
        if shape in ("m", "dm", "md"):
            _refuse(self.text, "it has no year, and none is filled in")
        if shape in ("dmd", "mdd") and len(numbers[1]) == 2:
            year = self.whole_year(numbers[1])
            found = self.days(DateNotation.WORDS, year, month, int(numbers[0]))
            self.check_weekday(found, clean)
            return found
        if shape not in ("dmy", "mdy", "my", "ymd", "ym"):
            _refuse(self.text, "it is no date")
        year = next(int(number) for number in numbers if len(number) == 4)
        day = next((int(number) for number in numbers if len(number) < 4), None)
        found = self.days(DateNotation.WORDS, year, month, day)
        self.check_weekday(found, clean)
        return found

    def whole_year(self, two: str) -> int:
        """Return the year that two digits stand for, in the century that is stated or proved."""
        if self.century is None:
            _refuse(
                self.text,
                "a year needs four digits",
                write="state the century (--century 2000), or " + _WRITE,
            )
        return self.century + int(two)

    def items(self, clean: str) -> list[str | list[str]]:
        """Return the numbers as text and each name of a month as a list of its spellings.

        Small words around numbers (4th of, 2017 года) are left out.
        """
        after_day, after_year = _small_words()
        items: list[str | list[str]] = []
        folded = fold_case(fold_letters(clean))
        at, fresh = 0, True
        while at < len(folded):
            match = _WORD_TOKEN.match(folded, at)
            if match is None:
                _refuse(self.text, f"{quote(folded[at])} has no place in a date")
            at = match.end()
            last = items[-1] if items else None
            if match["number"]:
                items.append(match["number"])
                fresh = True
            elif match["cut"]:
                fresh = True
            elif word := match["word"]:
                if word in _weekdays():
                    continue
                if isinstance(last, str) and word in (after_year if len(last) == 4 else after_day):
                    continue
                if not isinstance(last, list):
                    items.append([word])
                elif fresh:
                    last.append(word)
                else:
                    last[-1] += " " + word
                fresh = False
        return items

    def month(self, spellings: Sequence[str]) -> int:
        """Return the month that all the spellings name, by a name or by three letters of one."""
        found: set[int] = set()
        for spelling in spellings:
            months = set(self.months.get(spelling, ()))
            if not months and len(spelling) >= 3:
                names = sorted(self.months)  # which they are already: this is fast
                first, last = (bisect_left(names, spelling + end) for end in ("", chr(0x10FFFF)))
                months = {month for name in names[first:last] for month in self.months[name]}
            if not months:
                known = "is no month's name" if self.months else "is a word, and no names are known"
                _refuse(self.text, f"{quote(spelling)} {known}")
            found |= months
        if len(found) > 1:
            _two_ways(self.text, [f"month {month}" for month in sorted(found)], _WRITE)
        return found.pop()
