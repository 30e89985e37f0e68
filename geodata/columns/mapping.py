"""Which column of a file means what, and why it was taken for that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from geodata.errors import InputError
from geodata.text.dates import Epoch, Order
from geodata.text.lengths import read_radius
from geodata.text.position import Decimal

Century = Literal[1900, 2000]
"""The first year of the century of years of two digits."""

Notation = Literal["any", "geopoint"]
"""What a column of positions holds: any notation, or geopoints of ODK and Kobo alone."""


@dataclass(frozen=True)
class Choice:
    """One column taken for one role, and the reason in words."""

    role: str
    column: str
    why: str


# What the columns of a role are about; of each, one way to give it is enough.
_PLACE, _TIME, _DEATHS = {"about": "place"}, {"about": "time"}, {"about": "deaths"}
_RADIUS, _DATE_CODE, _ID = {"about": "radius"}, {"about": "date_code"}, {"about": "id"}
_DISTRICT, _GOVERNORATE = {"about": "district"}, {"about": "governorate"}
_NAME, _SUBDISTRICT = {"about": "name"}, {"about": "subdistrict"}


@dataclass(frozen=True, kw_only=True)
class ColumnMapping:
    """The roles of a file's columns; every role that no column has is None.

    Where: `latitude` and `longitude`, or `position` (both in one cell), or `geometry`, or `dms`
    (degrees, minutes, seconds and perhaps the direction of the latitude, then of the longitude, in
    columns of their own); where a row has none of these, `place_code` or `place` (a P-code or the
    name of a settlement), told apart by `subdistrict`, `district` and `governorate`. When: `date`,
    or `first` and `last`, or `year`, `month` and `day`, or `span` (these of the first day, then of
    the last). How precisely: `radius` (a column of metres), `radius_m` (one for all rows), or
    `place_codes` and `date_code`, columns whose codes the precision table explains for `source`.
    `order`, `decimal`, `epoch` and `century` state what a column cannot prove; `also` names a
    second position (two columns, or one), which is compared, and used where a row has no other, and
    `also_days` a second date (year, month and day). `crs` is that of latitude and longitude where
    it is not WGS 84. `without` names what the file does not have: ``location``, ``date``; `ignore`
    columns that are not used, whatever they are called. Only reports ask for
    `deaths`, with `deaths_low` and `deaths_high` where the source gives a range.
    """

    source: str | None = None
    latitude: str | None = field(default=None, metadata=_PLACE)
    longitude: str | None = field(default=None, metadata=_PLACE)
    position: str | None = field(default=None, metadata=_PLACE)
    geometry: str | None = field(default=None, metadata=_PLACE)
    place_code: str | None = field(default=None, metadata=_NAME)
    place: str | None = field(default=None, metadata=_NAME)
    date: str | None = field(default=None, metadata=_TIME)
    first: str | None = field(default=None, metadata=_TIME)
    last: str | None = field(default=None, metadata=_TIME)
    year: str | None = field(default=None, metadata=_TIME)
    month: str | None = field(default=None, metadata=_TIME)
    day: str | None = field(default=None, metadata=_TIME)
    radius: str | None = field(default=None, metadata=_RADIUS)
    place_codes: tuple[str, ...] = ()
    date_code: str | None = field(default=None, metadata=_DATE_CODE)
    subdistrict: str | None = field(default=None, metadata=_SUBDISTRICT)
    district: str | None = field(default=None, metadata=_DISTRICT)
    governorate: str | None = field(default=None, metadata=_GOVERNORATE)
    id: str | None = field(default=None, metadata=_ID)
    deaths: str | None = field(default=None, metadata=_DEATHS)
    deaths_low: str | None = field(default=None, metadata=_DEATHS)
    deaths_high: str | None = field(default=None, metadata=_DEATHS)
    radius_m: float | None = None
    notation: Notation | None = None
    order: Order | None = None
    decimal: Decimal | None = None
    epoch: Epoch | None = None
    century: Century | None = None
    crs: str | None = None
    also: tuple[str, ...] = ()
    dms: tuple[str, ...] = ()
    also_days: tuple[str, ...] = ()
    span: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = field(default=(), compare=False)

    def of(self, *about: str) -> tuple[str, ...]:
        """Return the columns about ``place``, ``time``, ``deaths``, ..., each once."""
        named = (getattr(self, role) for role, what in ROLES.items() if what in about)
        return tuple(dict.fromkeys(name for name in named if name is not None))

    def columns(self) -> tuple[str, ...]:
        """Return the columns that hold a place, a date or a precision, each once."""
        named = self.of(*(what for what in ROLES.values() if what not in ("id", "deaths")))
        return tuple(
            dict.fromkeys(
                (*named, *self.place_codes, *self.also, *self.dms, *self.also_days, *self.span)
            )
        )

    def used(self) -> tuple[str, ...]:
        """Return all columns that have a role, each once."""
        return tuple(dict.fromkeys((*self.columns(), *self.of("deaths", "id"))))


ROLES: dict[str, str] = {
    one.name: one.metadata["about"] for one in fields(ColumnMapping) if one.metadata
}
"""The fields of a mapping that name one column, and what each is about."""

_CHOICES: dict[str, tuple[Any, ...]] = {
    "notation": get_args(Notation),
    "order": get_args(Order),
    "decimal": get_args(Decimal),
    "epoch": get_args(Epoch),
    "century": get_args(Century),
}
_LISTS = ("place_codes", "also", "dms", "also_days", "span", "without", "ignore")
_NAMES = tuple(f.name for f in fields(ColumnMapping) if f.name != "choices")


def read_mapping(path: str | Path) -> ColumnMapping:
    """Return the mapping in a TOML file, as `write_mapping` writes it.

    Raises
    ------
    InputError
        The file cannot be read, or an entry is not one of a mapping; the message lists those.
    """
    import tomllib

    try:
        table = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(
            f"expected a mapping file at {str(path)!r}, found {error.strerror}; "
            "`dezone inspect` writes one."
        ) from error
    except ValueError as error:  # also a number of thousands of digits
        raise InputError(f"{path}: expected TOML, found a fault ({error}); mend it.") from error
    return mapping_of(table, str(path))


def mapping_of(table: Mapping[str, Any], name: str = "mapping") -> ColumnMapping:
    """Return the mapping with the entries of a table; errors begin with `name`.

    Raises InputError where an entry is not one of a mapping.

    >>> mapping_of({"date": "When", "order": "dmy"}).date
    'When'
    """
    found: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _NAMES:
            raise InputError(
                f"{name}: expected one of {', '.join(_NAMES)}, found {key!r}; correct the name."
            )
        found[key] = _entry(name, key, value)
    return ColumnMapping(
        **found, choices=tuple(Choice(k, found[k], "stated") for k in ROLES if found.get(k))
    )


def _entry(name: str, key: str, value: Any) -> Any:
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
    raise InputError(f"{name}: {key}: expected {wanted}, found {value!r}; correct the entry.")


def write_mapping(mapping: ColumnMapping, columns: Sequence[str] = (), note: str = "") -> str:
    """Return a mapping as TOML, with the reasons and the file's other columns as comments."""
    why = {choice.role: choice.why for choice in mapping.choices}
    lines = ["# Which column means what. Change what is wrong; leave out what is not there."]
    lines += [f"# {_comment(line)}" for line in note.splitlines()]
    for name in _NAMES:
        value = getattr(mapping, name)
        if value is None or value == ():
            continue
        reason = f"  # {_comment(why[name])}" if name in why else ""
        lines.append(f"{name} = {toml(value)}{reason}")
    used = mapping.used()
    if others := [name for name in columns if name not in used]:
        lines.append("# Columns that mean nothing here:")
        lines += [f"#   {_comment(name)}" for name in others]
    return "\n".join(lines) + "\n"


def toml(value: object) -> str:
    """Return a value of a mapping as TOML."""
    if isinstance(value, tuple):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    if isinstance(value, int | float):
        return repr(value)
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    out = "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in text)
    return f'"{out}"'


def _comment(text: str) -> str:
    """Return a text that stays a comment, on one line."""
    shown = "".join(c if c.isprintable() else "�" for c in text)
    return shown if len(shown) <= 200 else shown[:199] + "…"
