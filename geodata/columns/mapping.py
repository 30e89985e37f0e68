"""Which column of a file means what, and why it was taken for that."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from geodata.errors import InputError
from geodata.text.lengths import read_radius

__all__ = ["DEATHS", "ROLES", "Choice", "Mapping", "read_mapping", "write_mapping"]


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
    of metres), `radius_m` (one for all rows), or `place_codes` and `date_code`, columns whose codes
    the precision table explains for `source`. `order`, `decimal` and `epoch` state what a column
    cannot prove; `crs` is that of latitude and longitude where it is not WGS 84. `without` names
    what the file does not have: ``location``, ``date``. Only reports ask for `deaths`, with
    `deaths_low` and `deaths_high` where the source gives a range.
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
    place_codes: tuple[str, ...] = ()
    date_code: str | None = None
    district: str | None = None
    governorate: str | None = None
    id: str | None = None
    deaths: str | None = None
    deaths_low: str | None = None
    deaths_high: str | None = None
    radius_m: float | None = None
    notation: Literal["any", "geopoint"] | None = None
    order: Literal["dmy", "mdy"] | None = None
    decimal: Literal[".", ","] | None = None
    epoch: Literal[1900, 1904] | None = None
    crs: str | None = None
    without: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = field(default=(), compare=False)

    def columns(self) -> tuple[str, ...]:
        """Return the columns that hold a place, a date or a precision, each once."""
        named = [getattr(self, role) for role in ROLES if role not in ("id", *DEATHS)]
        named += [*self.place_codes]
        return tuple(dict.fromkeys(name for name in named if name is not None))

    def deaths_columns(self) -> tuple[str, ...]:
        """Return the columns that hold deaths, each once."""
        named = [getattr(self, role) for role in DEATHS]
        return tuple(dict.fromkeys(name for name in named if name is not None))


ROLES = (
    "latitude", "longitude", "position", "geometry", "date", "first", "last", "year", "month",
    "day", "radius", "date_code", "district", "governorate", "id", "deaths", "deaths_low",
    "deaths_high",
)  # fmt: skip
"""The fields of a mapping that name one column."""

DEATHS = ("deaths", "deaths_low", "deaths_high")
"""Those of them that hold numbers of deaths."""

_CHOICES: dict[str, tuple[Any, ...]] = {
    "notation": ("any", "geopoint"),
    "order": ("dmy", "mdy"),
    "decimal": (".", ","),
    "epoch": (1900, 1904),
}
_LISTS = ("place_codes", "without")
_NAMES = tuple(f.name for f in fields(Mapping) if f.name != "choices")


def read_mapping(path: str | Path) -> Mapping:
    """Return the mapping in a TOML file, as `write_mapping` writes it.

    Raises
    ------
    InputError
        The file cannot be read, or an entry is not one of a mapping; the message lists those.
    """
    try:
        table = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(
            f"expected a mapping file at {str(path)!r}, found {error.strerror}; "
            "`dezone inspect` writes one."
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: expected TOML, found a fault ({error}); mend it.") from error
    found: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _NAMES:
            raise InputError(
                f"{path}: expected one of {', '.join(_NAMES)}, found {key!r}; correct the name."
            )
        found[key] = _entry(path, key, value)
    return Mapping(
        **found, choices=tuple(Choice(k, found[k], "stated") for k in ROLES if found.get(k))
    )


def _entry(path: str | Path, key: str, value: Any) -> Any:
    if key == "radius_m":
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return read_radius(value)
        wanted = "a radius in metres"
    elif key in _LISTS:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            known = ("location", "date")
            if key != "without" or all(item in known for item in value):
                return tuple(value)
        wanted = 'a list of "location", "date"' if key == "without" else "a list of columns"
    elif key in _CHOICES:
        if value in _CHOICES[key] and not isinstance(value, bool):
            return value
        wanted = " or ".join(map(repr, _CHOICES[key]))
    else:
        if isinstance(value, str) and value:
            return value
        wanted = "a text"
    raise InputError(f"{path}: {key}: expected {wanted}, found {value!r}; correct the entry.")


def write_mapping(mapping: Mapping, columns: Sequence[str] = (), note: str = "") -> str:
    """Return a mapping as TOML, with the reasons and the file's other columns as comments."""
    why = {choice.role: choice.why for choice in mapping.choices}
    lines = ["# Which column means what. Change what is wrong; leave out what is not there."]
    lines += [f"# {_comment(line)}" for line in note.splitlines()]
    for name in _NAMES:
        value = getattr(mapping, name)
        if value is None or value == ():
            continue
        reason = f"  # {_comment(why[name])}" if name in why else ""
        lines.append(f"{name} = {_toml(value)}{reason}")
    used = {*mapping.columns(), *mapping.deaths_columns(), mapping.id}
    if others := [name for name in columns if name not in used]:
        lines.append("# Columns that mean nothing here:")
        lines += [f"#   {_comment(name)}" for name in others]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, int | float):
        return repr(value)
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    out = "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in text)
    return f'"{out}"'


def _comment(text: str) -> str:
    """Return a text that stays a comment, on one line."""
    shown = "".join(c if c.isprintable() else "�" for c in text)
    return shown if len(shown) <= 200 else shown[:199] + "…"
