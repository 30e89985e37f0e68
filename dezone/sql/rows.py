"""Rows of a table before they are written as SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Range:
    """Days from `begin` (included) to `end` (excluded); None is open."""

    begin: dt.date | None
    end: dt.date | None


@dataclass(frozen=True)
class Rows:
    """The rows of one table, in the order of its columns."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
