"""Days of a batch of incidents: plain days at once, the rest cell by cell."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.columns.cells import (
    Bools,
    Floats,
    Ints,
    blank,
    distinct,
    is_text,
    note_marks,
    numbers,
    texts,
)
from geodata.columns.headers.names import says_utc
from geodata.columns.incidents import NO_DAY
from geodata.columns.plan import Refused
from geodata.errors import DateError
from geodata.findings import Log, Severity
from geodata.text.dates import (
    FIRST_YEAR,
    LAST_YEAR,
    DateNotation,
    Days,
    excel_day,
    read_days,
    unix_time,
)
from geodata.text.repairs import clean_text, is_missing, read_code

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.columns.plan import Plan

_EPOCH = dt.date(1970, 1, 1)
_SERIAL = re.compile(r"[0-9]{5}(\.[0-9]+)?")
_BARE_TIME = re.compile(r"[0-9]:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?( ?[ap]\.?m\.?)?$", re.I)
"""A time of day without a zone at the end of a text."""


@dataclass
class When:
    """First and last day (NO_DAY: none), and what went wrong."""

    first: Ints
    last: Ints
    missing: Bools
    unreadable: Bools
    future: Bools
    exchanged: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Rows of which day and month may have been exchanged, each of one day."""
    other: tuple[Ints, Ints, Ints] | None = None
    """Rows whose year, month and day say other days than their date, and the first and last."""


@dataclass
class _Column:
    """One column of dates, read."""

    first: Ints
    last: Ints
    missing: Bools
    unreadable: Bools
    exchanged: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


def days_of(batch: pa.RecordBatch, plan: Plan, log: Log) -> When:
    """Return the days of a batch as the mapping has them."""
    n = batch.num_rows
    mapping = plan.mapping
    exchanged = np.zeros(0, dtype=np.int64)
    other = None
    if mapping.date is not None:
        found = _read(batch.column(mapping.date), mapping.date, plan, log)
        first, last = found.first, found.last
        missing, unreadable = found.missing, found.unreadable
        exchanged = found.exchanged
    elif mapping.first is not None and mapping.last is not None:
        one = _read(batch.column(mapping.first), mapping.first, plan, log)
        two = _read(batch.column(mapping.last), mapping.last, plan, log)
        first, last, missing, unreadable = _interval(
            one, two, f"{mapping.first}, {mapping.last}", log
        )
    elif mapping.span:
        one, two = (
            _parts(batch, replace(plan, mapping=replace(mapping, year=y, month=m, day=d)), log)
            for y, m, d in (mapping.span[:3], mapping.span[3:])
        )
        first, last, missing, unreadable = _interval(one, two, ", ".join(mapping.span), log)
    elif mapping.year is not None:
        found = _parts(batch, plan, log)
        first, last = found.first, found.last
        missing, unreadable = found.missing, found.unreadable
    else:
        none = np.full(n, NO_DAY)
        no = np.zeros(n, dtype=bool)
        return When(none, none.copy(), ~no, no, no.copy())
    if mapping.date is not None and mapping.also_days:
        parts = _other_parts(batch, plan)
        first, last, missing = _filled(parts, plan, log, first, last, missing)
        other = _compare_parts(parts, plan, log, first, last)
    bad = missing | unreadable
    if bad.any():
        first, last = np.where(bad, NO_DAY, first), np.where(bad, NO_DAY, last)
    future = first > plan.today
    if future.any():
        rows = np.flatnonzero(future)
        why = "lies after the day of reading"
        log.note(Severity.REFUSAL, "future-date", _names(plan), "", why, rows)
        first, last = np.where(future, NO_DAY, first), np.where(future, NO_DAY, last)
    if plan.date_codes is not None:
        first, last = _widen(batch, plan, log, first, last)
    return When(first, last, missing, unreadable, future, exchanged, other)


def _interval(one: _Column, two: _Column, names: str, log: Log) -> tuple[Ints, Ints, Bools, Bools]:
    """Return first and last days, and which are missing, or unreadable as one of two is."""
    missing = one.missing & two.missing
    unreadable = one.unreadable | two.unreadable
    half = (one.missing ^ two.missing) & ~unreadable
    why = "expected a first and a last day, found only one of them; if that was the only day, "
    why += "write it in both cells, or state its column alone as the date"
    log.note(Severity.REFUSAL, "half-interval", names, "", why, np.flatnonzero(half))
    turned = ~missing & ~unreadable & ~half & (one.first > two.last)
    why = "expected the last day to be no earlier than the first"
    log.note(Severity.REFUSAL, "reversed-days", names, "", why, np.flatnonzero(turned))
    return one.first, two.last, missing, unreadable | half | turned


def _names(plan: Plan) -> str:
    m = plan.mapping
    named = (m.date, m.first, m.last, m.year, m.month, m.day, *m.span)
    return ", ".join(name for name in named if name)


# --- one column ---------------------------------------------------------------------------------


def _read(column: pa.Array, name: str, plan: Plan, log: Log) -> _Column:
    import pyarrow as pa

    kind = column.type
    n = len(column)
    no = np.zeros(n, dtype=bool)
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if pa.types.is_temporal(kind) and not pa.types.is_duration(kind) and not pa.types.is_time(kind):
        return _temporal(column, name, plan, log)
    if pa.types.is_string(kind) and column.null_count == 0:
        days = _iso_days(column)
        if days is not None:
            return _Column(days, days, no, no.copy())
    first = np.full(n, NO_DAY)
    last = first.copy()
    missing = blank(column)
    unreadable = no
    rows = np.flatnonzero(~missing)
    if pa.types.is_string(kind) and rows.size:
        import pyarrow.compute as pc

        ten = pc.fill_null(pc.match_substring_regex(column, r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), False)
        plain = np.flatnonzero(ten.to_numpy(zero_copy_only=False))
        days = _iso_days(column.take(pa.array(plain))) if plain.size else None
        if days is not None:
            first[plain] = last[plain] = days
            rows = np.setdiff1d(rows, plain, assume_unique=True)
    odd = distinct((texts(column),), rows)
    true = np.ones(n, dtype=bool)
    for i, text in enumerate(odd.values):
        mine = odd.of(i)
        true[mine] = text[4:5] == "-"
        if not clean_text(text)[0] or is_missing(text):
            missing[mine] = True
            note_marks((text,), name, mine, log)
            continue

        def read(text: str = text) -> tuple[Days, tuple[str, str] | None]:
            return _cell(text, name, plan)

        cell = plan.memo.recall(("date", name, text), read)
        if isinstance(cell, Refused):
            unreadable[mine] = True
            kind_of = "ambiguous-date" if "two ways" in cell else "unreadable-date"
            log.note(Severity.REFUSAL, kind_of, name, text, cell, mine)
            continue
        read_as, repair = cell
        if repair is not None:
            log.note(Severity.REPAIR, repair[0], name, text, repair[1], mine)
        first[mine] = (read_as.first - _EPOCH).days
        last[mine] = (read_as.last - _EPOCH).days
        log.repaired(read_as.repairs, name, mine)
    found = _Column(first, last, missing, unreadable)
    if not true.all() and is_text(column) and plan.proofs.exchanged(name):
        _doubt_true_dates(found, true, name, log)
    return found


def _doubt_true_dates(found: _Column, true: Bools, name: str, log: Log) -> None:
    """Warn of the true dates in a column in which a spreadsheet exchanged days and months."""
    whole = true & ~found.missing & ~found.unreadable & (found.first == found.last)
    found.exchanged = np.flatnonzero(whole & (exchanged_days(found.first) != found.first))
    why = (
        "true dates all with days up to 12, and texts all with days above: a spreadsheet may have "
        "exchanged day and month in the true dates"
    )
    log.note(Severity.WARNING, "day-and-month", name, "", why, found.exchanged)


def exchanged_days(days: Ints) -> Ints:
    """Return days with their numbers of day and month exchanged; as they are where none exists."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    month = months.astype(np.int64) % 12
    day = (dates - months.astype("datetime64[D]")).astype(np.int64)
    january = dates.astype("datetime64[Y]").astype("datetime64[M]").astype(np.int64)
    other = (january + np.minimum(day, 11)).astype("datetime64[M]").astype("datetime64[D]")
    return np.where((day < 12) & (days != NO_DAY), other.astype(np.int64) + month, days)


def _cell(text: str, name: str, plan: Plan) -> tuple[Days, tuple[str, str] | None]:
    """Return the days of one cell, and the repair that the reader of one text does not know of.

    What only the column as a whole can prove is looked for last: that reads it once more.
    """
    clean, _ = clean_text(text)
    if says_utc(name) and _BARE_TIME.search(clean):
        text = f"{clean}Z"
    if _SERIAL.fullmatch(clean):
        return _serial(text, float(clean), plan)
    stated = plan.mapping.order
    unix = unix_time(clean) if plan.mapping.epoch == "unix" else None
    if unix is not None:
        return read_days(unix, zone=plan.zone), ("unix-time", unix)
    options: dict[str, Any] = {"months": plan.months, "zone": plan.zone}
    found = _attempt(text, options)
    if isinstance(found, DateError) and "four digits" in str(found):
        options["century"] = plan.mapping.century or plan.proofs.century(name)
        found = _attempt(text, options)
    told = None
    if isinstance(found, DateError):
        if "two ways" not in str(found):
            raise found
        order = stated or plan.proofs.order(name)
        if order is None:
            wish = "the order of day and month"
            raise DateError(str(found).replace(wish, f"{wish} (--order dmy or --order mdy)"))
        found = read_days(text, order=order, **options)
        how = "stated" if stated else "proved by the column"
        told = "day-month-order", f"{'day' if order == 'dmy' else 'month'} first, {how}"
    elif stated is not None and found.notation is DateNotation.NUMERIC:
        found = read_days(text, order=stated, **options)
    if told is None and options.get("century") is not None:
        told = "century", f"of {options['century']}, stated or proved by other years"
    return found, told and (told[0], f"{found.first.isoformat()} ({told[1]})")


def _attempt(text: str, options: Mapping[str, Any]) -> Days | DateError:
    """Return the days of a cell, or why it has none: what the column proves may tell."""
    try:
        return read_days(text, **options)
    except DateError as error:
        return error


def _serial(text: str, number: float, plan: Plan) -> tuple[Days, tuple[str, str]]:
    """Return the day of a spreadsheet's serial number, if its epoch is known."""
    epoch = plan.mapping.epoch or plan.epoch
    if epoch is None or epoch == "unix":
        ways = [excel_day(number, epoch=e).isoformat() for e in (1900, 1904)]
        raise DateError(
            f"expected a date, found {text!r}, which looks like a spreadsheet's serial number and "
            f"can be read in two ways: {ways[0]} (epoch 1900) or {ways[1]} (epoch 1904); state "
            "the epoch (--epoch 1900)."
        )
    day = excel_day(number, epoch=epoch)
    how = f"{day.isoformat()} (serial number, epoch {epoch})"
    return read_days(day.isoformat()), ("serial-date", how)


def _temporal(column: pa.Array, name: str, plan: Plan, log: Log) -> _Column:
    """Read dates and timestamps; one with a zone is of the local day, one without is local."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_timestamp(kind) and kind.tz is None and says_utc(name):
        kind = pa.timestamp(kind.unit, "UTC")
        column = column.view(kind)
    missing = blank(column)
    low, high = _limits()
    days = _day_numbers(column)
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        # Times thousands of years away are converted to no zone.
        near = ~missing & (days >= low - 1) & (days <= high + 1)
        local = _local_days(column, np.flatnonzero(near), days, plan.zone)
        why = f"the day is another one in {plan.zone}"
        log.note(Severity.REPAIR, "time-zone", name, kind.tz, why, np.flatnonzero(local != days))
        days = local
    bad = ~missing & ((days < low) | (days > high))
    why = f"expected a year from {FIRST_YEAR} to {LAST_YEAR}"
    log.note(Severity.REFUSAL, "unreadable-date", name, "", why, np.flatnonzero(bad))
    return _Column(days, days, missing, bad)


_A_DAY = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}


def _day_numbers(column: pa.Array) -> Ints:
    """Return the days since 1970-01-01 of dates and timestamps, in UTC; 0 where there is none.

    They are computed from the numbers that are stored: a cast of what is far out of range wraps
    round to some other day without an error.
    """
    import pyarrow as pa

    kind = column.type
    stored = column.view(pa.int32()) if pa.types.is_date32(kind) else column.view(pa.int64())
    numbers: Ints = stored.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    if pa.types.is_date32(kind):
        return numbers
    return numbers // _A_DAY["ms" if pa.types.is_date64(kind) else kind.unit]


def _local_days(column: pa.Array, rows: Ints, days: Ints, zone: str) -> Ints:
    """Return the days, those of the rows of timestamps as they are in a zone."""
    import pyarrow as pa
    import pyarrow.compute as pc

    chosen = column if len(rows) == len(column) else column.take(pa.array(rows))
    local = _day_numbers(pc.local_timestamp(chosen.cast(pa.timestamp(column.type.unit, zone))))
    if len(rows) == len(column):
        return local
    found = days.copy()
    found[rows] = local
    return found


@lru_cache(maxsize=1)
def _months() -> tuple[Ints, Ints]:
    """Return the first day of every month that can be read, and how many days it has."""
    count = (LAST_YEAR - FIRST_YEAR + 1) * 12
    starts = np.arange(count + 1) + (FIRST_YEAR - 1970) * 12
    days = starts.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return days[:-1], np.diff(days)


def _limits() -> tuple[int, int]:
    starts, lengths = _months()
    return int(starts[0]), int(starts[-1] + lengths[-1] - 1)


def _iso_days(column: pa.Array) -> Ints | None:
    """Return the days of cells that are all ``YYYY-MM-DD`` and exist; else None."""
    n = len(column)
    if not n or column.null_count:
        return None
    _, offsets_buffer, data = column.buffers()
    if data is None:
        return None
    offsets = np.frombuffer(offsets_buffer, dtype=np.int32)[column.offset : column.offset + n + 1]
    begin = int(offsets[0])
    if int(offsets[-1]) - begin != 10 * n or not (np.diff(offsets) == 10).all():
        return None
    rows = np.frombuffer(data, dtype=np.uint8)[begin : begin + 10 * n].reshape(n, 10)
    signs = np.ascontiguousarray(rows.T)  # a column a line: many times faster below
    if not ((signs[4] == 45) & (signs[7] == 45)).all():
        return None
    y1, y2, y3, y4, _, m1, m2, _, d1, d2 = digits = signs - np.uint8(48)
    if any(digits[i].max() > 9 for i in (0, 1, 2, 3, 5, 6, 8, 9)):
        return None
    century = (y1 * np.uint8(10) + y2).astype(np.int16)
    year = century * np.int16(100) + (y3 * np.uint8(10) + y4)
    month = m1 * np.uint8(10) + m2
    day = d1 * np.uint8(10) + d2
    if year.min() < FIRST_YEAR or year.max() > LAST_YEAR:
        return None
    if month.min() < 1 or month.max() > 12 or day.min() < 1:
        return None
    starts, lengths = _months()
    at = (year - np.int16(FIRST_YEAR)) * np.int16(12) + month - np.int16(1)
    if (day > lengths[at]).any():
        return None
    found: Ints = starts[at] + (day - 1)
    return found


def _other_parts(batch: pa.RecordBatch, plan: Plan) -> _Column:
    """Return the days that year, month and day say beside a date."""
    year, month, day = plan.mapping.also_days
    mapping = replace(plan.mapping, year=year, month=month, day=day)
    return _parts(batch, replace(plan, mapping=mapping), Log())


def _filled(
    parts: _Column, plan: Plan, log: Log, first: Ints, last: Ints, missing: Bools
) -> tuple[Ints, Ints, Bools]:
    """Take year, month and day where a row has no other date."""
    use = missing & ~parts.missing & ~parts.unreadable
    if not use.any():
        return first, last, missing
    why = "the row has no other date"
    names = ", ".join(plan.mapping.also_days)
    log.note(Severity.REPAIR, "other-date", names, "", why, np.flatnonzero(use))
    return np.where(use, parts.first, first), np.where(use, parts.last, last), missing & ~use


def _compare_parts(
    parts: _Column, plan: Plan, log: Log, first: Ints, last: Ints
) -> tuple[Ints, Ints, Ints]:
    """Warn of rows whose year, month and day are not those of their date; return these days."""
    year, month, day = plan.mapping.also_days
    both = (first != NO_DAY) & ~parts.missing & ~parts.unreadable
    apart = np.flatnonzero(both & ((parts.last < first) | (parts.first > last)))
    why = f"another day than {year}, {month}, {day} say: which is right?"
    log.note(Severity.WARNING, "dates-disagree", plan.mapping.date or "", "", why, apart)
    return apart, parts.first[apart], parts.last[apart]


# --- year, month and day in columns of their own ------------------------------------------------


def _parts(batch: pa.RecordBatch, plan: Plan, log: Log) -> _Column:
    """Return intervals from year, month and day; 0 or nothing is an unknown month or day."""
    n = batch.num_rows
    mapping = plan.mapping
    values, none = [], []
    wrong = np.zeros(n, dtype=bool)
    for name in (mapping.year, mapping.month, mapping.day):
        if name is None:
            values.append(np.zeros(n))
            none.append(np.ones(n, dtype=bool))
            continue
        column = batch.column(name)
        found, plain = _whole(column, name, log)
        empty = blank(column) | (plain & (found == 0))
        wrong |= ~plain & ~empty
        values.append(np.where(plain, found, 0))
        none.append(empty)
    year, month, day = (value.astype(np.int64) for value in values)
    missing = none[0] & none[1] & none[2]
    wrong |= ~missing & (none[0] | (none[1] & ~none[2]))
    wrong |= ~none[0] & ((year < FIRST_YEAR) | (year > LAST_YEAR))
    wrong |= (month < 0) | (month > 12) | (day < 0)
    wrong &= ~missing
    starts, lengths = _months()
    safe = np.where(wrong | missing, FIRST_YEAR, year)
    low = np.where(wrong | missing | none[1], 1, month)
    high = np.where(none[1], 12, low)
    a, b = (safe - FIRST_YEAR) * 12 + low - 1, (safe - FIRST_YEAR) * 12 + high - 1
    wrong |= ~missing & ~none[2] & ~none[1] & (day > lengths[a])
    whole = none[2] | none[1] | wrong
    first = starts[a] + np.where(whole, 0, day - 1)
    last = np.where(whole, starts[b] + lengths[b] - 1, first)
    why = "expected a year, a month and a day that exist (0 where unknown)"
    log.note(Severity.REFUSAL, "unreadable-date", _names(plan), "", why, np.flatnonzero(wrong))
    return _Column(first, last, missing, wrong)


def _whole(column: pa.Array, name: str, log: Log) -> tuple[Floats, Bools]:
    """Return plain whole numbers of up to four digits, and which cells are such."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if is_text(column) or pa.types.is_string_view(column.type):
        column = texts(column)
        plain = pc.fill_null(pc.match_substring_regex(column, r"^[0-9]{1,4}$"), False)
        at = np.array(plain.to_numpy(zero_copy_only=False))
        found = np.zeros(len(column))
        if at.any():
            found[at] = column.filter(plain).cast(pa.int64()).to_numpy(zero_copy_only=False)
        odd = distinct((column,), np.flatnonzero(~at & ~blank(column)))
        for i, text in enumerate(odd.values):
            if is_missing(text):
                at[odd.of(i)] = True  # 0: unknown
                note_marks((text,), name, odd.of(i), log)
                continue
            code, repairs = read_code(text)
            if code.isascii() and code.isdigit() and len(code) <= 4:
                found[odd.of(i)], at[odd.of(i)] = int(code), True
                log.repaired(repairs, name, odd.of(i))
        return found, at
    found, at = numbers(column)
    at = at & (found == np.floor(found)) & (np.abs(found) < 10_000)
    return np.where(at, found, 0), at


# --- how precise --------------------------------------------------------------------------------


def _widen(
    batch: pa.RecordBatch, plan: Plan, log: Log, first: Ints, last: Ints
) -> tuple[Ints, Ints]:
    """Return the days widened by the codes of the precision table."""
    name = plan.mapping.date_code or ""
    codes = plan.date_codes or {}
    first, last = first.copy(), last.copy()
    known = first != NO_DAY
    coded = (texts(batch.column(name)),) if name else ()
    odd = distinct(coded, np.flatnonzero(known))
    for i, text in enumerate(odd.values):
        rows = odd.of(i)
        code, repairs = read_code(text or "")
        log.repaired(repairs, name, rows)
        meaning = codes.get(code)
        if meaning is None:
            why = "not a code of the precision table: the date is not known"
            log.note(Severity.REFUSAL, "unknown-date-code", name, text or "", why, rows)
            first[rows] = last[rows] = NO_DAY
        elif meaning.days:
            first[rows] -= meaning.days
            last[rows] += meaning.days
        elif meaning.span is not None:
            unit = "M" if meaning.span == "month" else "Y"
            begin = first[rows].astype("datetime64[D]").astype(f"datetime64[{unit}]")
            end = last[rows].astype("datetime64[D]").astype(f"datetime64[{unit}]") + 1
            first[rows] = begin.astype("datetime64[D]").astype(np.int64)
            last[rows] = end.astype("datetime64[D]").astype(np.int64) - 1
        elif meaning.days is None:
            first[rows] = last[rows] = NO_DAY
    return first, last
