"""The day on which a page with incidents opens."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from zones.calendar import calendar_of, day_number, day_of
from zones.layers import reference_day

if TYPE_CHECKING:
    from geodata.atlas import Atlas

WINDOW = 30
"""Days before and after the day shown within which a page's incidents are not faint."""


def opening_day(atlas: Atlas, first: npt.NDArray[np.int32], last: npt.NDArray[np.int32]) -> dt.date:
    """Return the day on which a page opens that shows n incidents.

    It is `reference_day` where incidents lie within `WINDOW` days of it; else the day on which
    one began and around which most lie: while the zones were in force, or else in the years of
    the timeline. Of several such days it is the earliest.

    Parameters
    ----------
    first, last : (n,) int32
        Days since 1970-01-01, both included, of incidents that have a date.
    """
    usual = day_number(reference_day(atlas))
    days, begun = np.unique(first), np.sort(first)
    # So many had begun by the end of the window, less those that were over before it.
    near = np.searchsorted(begun, [*days + WINDOW, usual + WINDOW], side="right")
    near -= np.searchsorted(np.sort(last), [*days - WINDOW, usual - WINDOW])
    if near[-1]:
        return day_of(usual)
    begin, end = calendar_of(atlas).in_force
    years = sorted(phase.start.year for phase in atlas.phases if phase.start)
    timeline = day_number(dt.date(years[0] - 1, 1, 1)), day_number(dt.date(years[-1] + 1, 12, 31))
    for start, stop in ((begin, end - 1), timeline):
        inside = np.flatnonzero((days >= start) & (days <= stop))
        if inside.size:
            return day_of(int(days[inside[np.argmax(near[inside])]]))
    return day_of(usual)
