"""The script that gives a database the tables of an atlas and a function for verdicts."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import shapely
from jinja2 import Environment, PackageLoader, StrictUndefined

from dezone.sql.rows import Range, Rows
from dezone.sql.settled import COLUMNS
from dezone.sql.tables import OF_TERMS, rows_of
from geodata.atlas import Atlas
from zones.calendar import Basis
from zones.record import record_fields

_AT_ONCE = 500  # rows of a statement
_RADIUS_M, _FLATTENING = 6_378_137.0, 1 / 298.257223563  # WGS 84


class Database(StrEnum):
    """The databases that a script can be written for."""

    DUCKDB = "duckdb"
    POSTGIS = "postgis"


def make_script(
    database: Database | str,
    atlas: Atlas,
    *,
    boundary: str | None = None,
    basis: Basis | str = Basis.MEMORANDUM,
) -> str:
    """Return a script of SQL that makes the tables of an atlas and ``dezone_verdict``.

    ``dezone_verdict(lon, lat, day)`` takes degrees (WGS 84) and a local day, any of them NULL, and
    gives columns of a tagged table for an exact point. The names of all that is made begin with
    ``dezone_``; the script may be run again, and does all or nothing.

    Parameters
    ----------
    database
        ``duckdb`` (with its spatial extension) or ``postgis`` (PostgreSQL 12 or later).
    atlas
        What is known.
    boundary, basis
        Which boundary decides, and from when a zone counts as in force: part of the script.

    Raises
    ------
    AtlasError
        There is no such boundary.
    ValueError
        There is no such database or basis.
    """
    kind = Database(database)
    tables = rows_of(atlas, boundary=boundary, basis=Basis(basis))
    dialect = _DIALECTS[kind]
    environment = Environment(
        loader=PackageLoader("dezone.sql"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  (SQL: each value is written by `Dialect.literal`)
    )
    return environment.get_template(f"{kind}.sql").render(
        tables={name: _inserts(name, rows, dialect) for name, rows in tables.items()},
        about={key: value for key, value in tables["about"].rows},  # noqa: C416
        columns=COLUMNS,
        of_terms=OF_TERMS,
        of_points=("zone", "space", "phase", "boundaries"),
        near={"radius": _RADIUS_M, "e2": _FLATTENING * (2 - _FLATTENING)},
        plane=_plane(atlas.meta.bounds),
        nullable={field.name for field in record_fields() if field.nullable},
        **dialect.expressions,
    )


def _plane(bounds: tuple[float, float, float, float]) -> dict[str, Any]:
    """Return the constants of the plane in which the nearest zone is found (`zones.plane.Plane`).

    The stereographic projection of the ellipsoid and its inverse: Snyder 1987, equations 3-1, 3-5,
    21-24 to 21-26 and 21-36 to 21-38.
    """
    latitude, longitude = (bounds[1] + bounds[3]) / 2, (bounds[0] + bounds[2]) / 2
    square = _FLATTENING * (2 - _FLATTENING)
    e, phi = math.sqrt(square), math.radians(latitude)
    drawn_in = ((1 - e * math.sin(phi)) / (1 + e * math.sin(phi))) ** (e / 2)
    chi = 2 * math.atan(math.tan(math.pi / 4 + phi / 2) * drawn_in) - math.pi / 2
    m = math.cos(phi) / math.sqrt(1 - square * math.sin(phi) ** 2)
    series = (
        (square / 2 + 5 * square**2 / 24 + square**3 / 12 + 13 * square**4 / 360, 2),
        (7 * square**2 / 48 + 29 * square**3 / 240 + 811 * square**4 / 11520, 4),
        (7 * square**3 / 120 + 81 * square**4 / 1120, 6),
        (4279 * square**4 / 161280, 8),
    )
    return {
        "longitude": longitude,
        "e": e,
        "sin": math.sin(chi),
        "cos": math.cos(chi),
        "scale": 2 * _RADIUS_M * m / math.cos(chi),
        "series": "".join(f" + {factor!r} * sin({times} * chi)" for factor, times in series),
    }


# -- how databases differ -------------------------------------------------------------------


@dataclass(frozen=True)
class _Dialect:
    """How a database writes days, lists and geometries, and how it asks about points."""

    days: Callable[[Range], str]
    texts: Callable[[str], str]
    geometry: Callable[[str, int], str]
    expressions: Mapping[str, Any]

    def literal(self, value: Any) -> str:
        """Return a value as it is written in a script; a text is never anything else."""
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, int | float):
            return repr(value)
        if isinstance(value, str):
            return _quoted(value)
        if isinstance(value, dt.date):
            return _day(value)
        if isinstance(value, Range):
            return self.days(value)
        if isinstance(value, shapely.Geometry):
            # As many digits as it takes to read back the same numbers.
            text = shapely.to_wkt(value, rounding_precision=-1)
            return self.geometry(text, int(shapely.get_srid(value)))
        return self.texts(", ".join(map(_quoted, value)))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''").replace("\x00", "\ufffd") + "'"


def _day(day: dt.date | None, where_open: str = "NULL") -> str:
    return where_open if day is None else f"DATE '{day.isoformat()}'"


def _inserts(name: str, table: Rows, dialect: _Dialect) -> str:
    """Return the statements that fill a table, some rows each."""
    statements = []
    columns = ", ".join(f'"{column}"' for column in table.columns)
    for start in range(0, len(table.rows), _AT_ONCE):
        some = table.rows[start : start + _AT_ONCE]
        values = ",\n".join(f"({', '.join(map(dialect.literal, row))})" for row in some)
        statements.append(f"INSERT INTO dezone_{name} ({columns}) VALUES\n{values};\n")
    return "".join(statements)


_DUCKDB = _Dialect(
    days=lambda days: (
        f"{{'begin': {_day(days.begin, 'DATE ' + _quoted('-infinity'))}, "
        f"'until': {_day(days.end, 'DATE ' + _quoted('infinity'))}}}"
    ),
    texts=lambda items: f"[{items}]::VARCHAR[]",
    geometry=lambda text, srid: f"ST_GeomFromText('{text}')",
    expressions={
        "once": "",
        "point": lambda x, y: f"ST_Point({x}, {y})",
        "holds": lambda days, day: f'{day} >= {days}."begin" AND {day} < {days}."until"',
        "metres": lambda point, x, y: (
            f"ST_Distance_Spheroid(ST_Point2D(ST_Y({point}), ST_X({point})), ST_Point2D({y}, {x}))"
        ),
    },
)
_POSTGIS = _Dialect(
    days=lambda days: f"daterange({_day(days.begin)}, {_day(days.end)})",
    texts=lambda items: f"ARRAY[{items}]::text[]",
    geometry=lambda text, srid: f"ST_GeomFromText('{text}'{f', {srid}' if srid else ''})",
    expressions={
        "once": "MATERIALIZED",  # PostgreSQL would repeat an expression wherever it is used
        "point": lambda x, y: f"ST_SetSRID(ST_Point({x}, {y}), 4326)",
        "holds": lambda days, day: f"{days} @> {day}",
        "metres": lambda point, x, y: (
            f"ST_Distance({point}::geography, ST_SetSRID(ST_Point({x}, {y}), 4326)::geography)"
        ),
    },
)
_DIALECTS = {Database.DUCKDB: _DUCKDB, Database.POSTGIS: _POSTGIS}
