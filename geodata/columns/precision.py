"""How precise a source's codes are, as radii, areas and intervals of days."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import msgspec

from geodata.errors import InputError
from geodata.text.lengths import LARGEST_RADIUS_M


class PlaceCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a code of place means: a radius in metres, or a polygon's level; neither is unknown."""

    radius_m: float | None = None
    area: Literal["district", "governorate"] | None = None


class DateCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a code of time means: so many days before and after, or the whole month or year."""

    days: int | None = None
    span: Literal["month", "year"] | None = None


class PlaceScheme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The columns that hold a source's code of place, and its codes (joined by a blank)."""

    columns: tuple[str, ...]
    codes: dict[str, PlaceCode]


class DateScheme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The column that holds a source's code of time, and its codes."""

    columns: tuple[str, ...]
    codes: dict[str, DateCode]


Scheme = PlaceScheme | DateScheme


class PrecisionTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The schemes of all sources; source id to scheme."""

    note: str = ""
    places: dict[str, PlaceScheme] = {}
    dates: dict[str, DateScheme] = {}


def read_precision(path: str | Path | None = None) -> PrecisionTable:
    """Return the shipped table, or the one in the file `path` (JSON or TOML of the same shape).

    Raises
    ------
    InputError
        The file cannot be read, or states a radius below 0 or beyond 100 km.
    """
    return _shipped() if path is None else _read(Path(path))


@cache
def _shipped() -> PrecisionTable:
    content = files("geodata.grammar").joinpath("precision.json").read_bytes()
    return msgspec.json.decode(content, type=PrecisionTable)


def _read(path: Path) -> PrecisionTable:
    expected = f"{path}: expected a table of precision codes in JSON or TOML"
    try:
        content = path.read_bytes()
        if path.suffix.lower() == ".toml":
            import tomllib

            raw: Any = tomllib.loads(content.decode())
            table = msgspec.convert(raw, PrecisionTable)
        else:
            table = msgspec.json.decode(content, type=PrecisionTable)
    except OSError as error:
        raise InputError(f"{expected}, found {error.strerror}; name a file that exists.") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise InputError(f"{expected}, found a fault ({error}); mend the file.") from error
    for source, scheme in table.places.items():
        for code, meaning in scheme.codes.items():
            radius = meaning.radius_m
            if radius is not None and not 0 <= radius <= LARGEST_RADIUS_M:
                raise InputError(
                    f"{path}: {source}, code {code!r}: expected a radius from 0 to "
                    f"{LARGEST_RADIUS_M:.0f} m, "
                    f"found {radius:g}; leave it out where the place is not known."
                )
    for source, dates in table.dates.items():
        for code, when in dates.codes.items():
            if when.days is not None and not 0 <= when.days <= 3660:
                raise InputError(
                    f"{path}: {source}, code {code!r}: expected 0 to 3660 days, found "
                    f"{when.days}; leave the code out where the date is not known."
                )
    return table
