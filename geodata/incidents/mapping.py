"""Which column of a file means what, and why it was taken for that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Choice", "Mapping"]


@dataclass(frozen=True)
class Choice:
    """One column taken for one role, and the reason in words."""

    role: str
    column: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """The roles of a file's columns; every role that nothing fills is None.

    Where: `latitude` and `longitude`, or `position` (both in one cell), or `geometry`. When:
    `date`, or `first` and `last`, or `year`, `month` and `day`. How precisely: `radius` (a column
    of metres), `radius_m` (one for all rows), or the `codes` of the precision table of `source`.
    `order`, `decimal` and `epoch` state what a column cannot prove; `crs` that of two columns.
    """

    source: str | None = None
    latitude: str | None = None
    longitude: str | None = None
    position: str | None = None
    geometry: str | None = None
    date: str | None = None
    first: str | None = None
    last: str | None = None
    year: str | None = None
    month: str | None = None
    day: str | None = None
    radius: str | None = None
    radius_m: float | None = None
    place_codes: tuple[str, ...] = ()
    date_code: str | None = None
    district: str | None = None
    governorate: str | None = None
    id: str | None = None
    notation: Literal["any", "geopoint"] = "any"
    order: Literal["dmy", "mdy"] | None = None
    decimal: Literal[".", ","] | None = None
    epoch: Literal[1900, 1904] | None = None
    crs: str | None = None
    choices: tuple[Choice, ...] = field(default=(), compare=False)
