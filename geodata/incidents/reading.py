"""Incidents read from the rows of a file: positions, radii, days, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import numpy.typing as npt

from geodata.incidents.mapping import Mapping
from geodata.incidents.report import Finding

if TYPE_CHECKING:
    import pyarrow as pa

    from geodata.atlas import Atlas
    from geodata.incidents.areas import Areas
    from geodata.incidents.precision import PrecisionTable

__all__ = [
    "NO_DAY",
    "TROUBLES",
    "Incidents",
    "Plan",
    "Source",
    "Trouble",
    "open_incidents",
    "read_batch",
]

NO_DAY = int(np.iinfo(np.int64).min)
"""The day of an incident without a date."""


class Trouble(StrEnum):
    """Why a row has no position or no days; the words are those of a verdict's reasons."""

    NO_LOCATION = "no-location"
    UNREADABLE_LOCATION = "unreadable-location"
    NO_DATE = "no-date"
    UNREADABLE_DATE = "unreadable-date"
    FUTURE_DATE = "future-date"


TROUBLES = tuple(Trouble)
"""Bit i of `Incidents.trouble` is TROUBLES[i]."""


@dataclass(frozen=True)
class Incidents:
    """n incidents as arrays, in the order of their rows.

    Attributes
    ----------
    longitude, latitude : (n,) float64
        Degrees, WGS 84; NaN where there is no position, or none that can be read.
    radius_m : (n,) float64
        NaN where it is not known (also where `area` is used instead).
    radius_source : (n,) uint8
        Position in `radius_sources`.
    radius_sources : tuple of str
        The same for every batch of a file.
    first, last : (n,) int64
        Days since 1970-01-01, both included; NO_DAY where there is no date, or none to be read.
    area : (n,) int32
        Position in `Plan.areas.polygons` of the polygon that stands for the disc; else -1.
    trouble : (n,) uint32
        One bit a trouble, in the order of `TROUBLES`.
    findings : tuple of Finding
        Repairs, warnings and refusals, with their rows.
    """

    longitude: npt.NDArray[np.float64]
    latitude: npt.NDArray[np.float64]
    radius_m: npt.NDArray[np.float64]
    radius_source: npt.NDArray[np.uint8]
    radius_sources: tuple[str, ...]
    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]
    area: npt.NDArray[np.int32]
    trouble: npt.NDArray[np.uint32]
    findings: tuple[Finding, ...]

    def __len__(self) -> int:
        return len(self.longitude)


@dataclass(frozen=True)
class Plan:
    """All that is decided for a file as a whole; it can be pickled and sent to a worker.

    `areas` are the polygons of districts or governorates, None where none were given.
    """

    mapping: Mapping
    areas: Areas | None


class Source(Protocol):
    """An open file of incidents.

    `schema` is that of the columns as they are to be written back; `rows` their number where it
    is known without reading the file; `findings` what was found about the file as a whole
    (encoding, separator, ...). `parts` are the files of a folder or a pattern.
    """

    schema: pa.Schema
    plan: Plan
    rows: int | None
    findings: tuple[Finding, ...]

    @property
    def mapping(self) -> Mapping: ...

    def batches(self, size: int = 65536) -> Iterator[pa.RecordBatch]:
        """Yield the original columns, untouched, in order; the text of CSV cells as text.

        The metadata of a batch's schema carry the number of its first row. May be called again.
        """
        ...


def open_incidents(
    path: str | Path,
    *,
    atlas: Atlas | None = None,
    mapping: Mapping | None = None,
    format: str | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    layer: str | None = None,
    sheet: str | None = None,
    crs: str | None = None,
    radius_m: float | None = None,
    precision: PrecisionTable | None = None,
    admin: Sequence[str | Path] = (),
    order: Literal["dmy", "mdy"] | None = None,
    decimal: Literal[".", ","] | None = None,
    epoch: Literal[1900, 1904] | None = None,
) -> Source:
    """Open a file of incidents: ``-`` is standard input, a folder or a pattern is Parquet.

    The atlas gives time zone, names of months, bounds and placeholders. What is stated here goes
    before the mapping, and the mapping before what is recognised by the headers.

    Raises
    ------
    InputError
        No such file, a format, encoding, separator, layer, sheet or column that is not proved and
        was not stated, or a file that is broken; the message lists the choices.
    CRSError
        Geometries without a CRS.
    """
    raise NotImplementedError


def read_batch(batch: pa.RecordBatch, plan: Plan) -> Incidents:
    """Return the incidents of one batch of a source; a pure function of the two.

    Clean columns go the fast way (numbers, ISO days, dates, timestamps); only the distinct odd
    cells are read one by one.
    """
    raise NotImplementedError
