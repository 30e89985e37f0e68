"""Deaths of a batch of incidents, where the file has them: low, best and high figures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geodata.columns.cells import Floats, blank, distinct, numbers, texts
from geodata.findings import Log, Severity
from geodata.text.repairs import clean_text

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.columns.mapping import ColumnMapping
    from geodata.columns.plan import Plan

MOST_DEATHS = 1_000_000
"""A larger number is no count of deaths in one incident: a code, or a slip of columns."""


@dataclass(frozen=True)
class Deaths:
    """Figures of n incidents; NaN where the best one is missing or cannot be read.

    `low <= best <= high`: a source without a low or a high figure, or one that contradicts the
    best, has the best in its place.
    """

    low: Floats
    best: Floats
    high: Floats


def deaths_of(batch: pa.RecordBatch, plan: Plan, log: Log) -> Deaths | None:
    """Return the deaths of a batch as the mapping has them; None where it has none."""
    mapping = plan.mapping
    if mapping.deaths is None:
        return None
    best = _figures(batch, mapping.deaths, log)
    low, high = best, best
    if mapping.deaths_low is not None:
        low = _bound(_figures(batch, mapping.deaths_low, log), best, mapping, log, upper=False)
    if mapping.deaths_high is not None:
        high = _bound(_figures(batch, mapping.deaths_high, log), best, mapping, log, upper=True)
    return Deaths(low, best, high)


def _bound(found: Floats, best: Floats, mapping: ColumnMapping, log: Log, *, upper: bool) -> Floats:
    with np.errstate(invalid="ignore"):
        wrong = found < best if upper else found > best
    name = (mapping.deaths_high if upper else mapping.deaths_low) or ""
    why = f"expected no {'fewer' if upper else 'more'} than the best figure, which was taken"
    log.note(Severity.WARNING, "deaths-contradict", name, "", why, np.flatnonzero(wrong))
    return np.where(np.isnan(found) | wrong, best, found)


def _figures(batch: pa.RecordBatch, name: str, log: Log) -> Floats:
    """Return the numbers of one column; NaN where there is none."""
    column = batch.column(name)
    found, plain = numbers(column)
    with np.errstate(invalid="ignore"):
        plain = plain & (found >= 0) & (found <= MOST_DEATHS)
    found = np.where(plain, found, np.nan)
    rows = np.flatnonzero(~plain & ~blank(column))
    odd = distinct((texts(column),), rows)
    for i, text in enumerate(odd.values):
        mine = odd.of(i)
        clean, repairs = clean_text(text)
        if not clean:
            continue
        number = _number(clean)
        if number is None:
            why = f"expected a number of deaths from 0 to {MOST_DEATHS}"
            log.note(Severity.WARNING, "unreadable-deaths", name, text, why, mine)
            continue
        log.repaired(repairs, name, mine)
        found[mine] = number
    return found


def _number(text: str) -> float | None:
    if not text.isascii() or not text.replace(".", "", 1).isdigit():
        return None
    number = float(text)
    return number if math.isfinite(number) and number <= MOST_DEATHS else None
