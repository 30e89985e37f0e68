"""What is stated about a file of incidents, where the file itself does not prove it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from geodata.columns.mapping import Century
from geodata.errors import ArgumentError, InputError
from geodata.text.dates import Epoch, Order
from geodata.text.position import Decimal

if TYPE_CHECKING:
    from geodata.columns.mapping import ColumnMapping
    from geodata.columns.precision import PrecisionTable


@dataclass(frozen=True, kw_only=True)
class ReadingOption:
    """How a command offers one option.

    Attributes
    ----------
    flag, help
        Its name on the command line, and what it says of itself.
    choices
        The values it may have, as texts; empty where any text will do.
    is_file
        Whether it names a file.
    repeats
        Whether it may be given several times.
    is_switch
        Whether it has no value.
    """

    flag: str
    help: str
    choices: tuple[str, ...] = ()
    is_file: bool = False
    repeats: bool = False
    is_switch: bool = False


@dataclass(frozen=True, kw_only=True)
class ReadingOptions:
    """Everything that can be stated about how a file of incidents is read.

    Functions that take ``**reading`` take these names, with the values below or the texts that a
    command line has for them (a path for `mapping` and `precision`, ``2km`` for `radius_m`);
    `mapping` may be a dict of entries. What is stated here goes before the mapping, and the mapping
    before what the headers say.

    Attributes
    ----------
    mapping : ColumnMapping
        Which column means what.
    format : str
        ``csv``, ``json``, ``xlsx``, ``parquet`` or ``layers``, where the content does not say.
    encoding, separator : str
        Of a text file. A separator is one character, or ``tab``.
    header_row : int
        Which row of a text file or workbook names the columns: the first is 1, blank rows are not
        counted. What stands above it is left out.
    no_header : bool
        No row does; they are called ``column_1``, ``column_2``, ...
    layer, sheet : str
        Which layer of a GeoPackage or KML, or list of a JSON object; which sheet of a workbook.
    rows : tuple of str
        Lists in each record of JSON, each item of which is a row of its own.
    crs : str
        CRS of the positions, where the file does not say.
    radius_m : float
        Radius in metres within which every place is known.
    precision : PrecisionTable
        What the precision codes of sources mean, instead of the table that comes along.
    admin : tuple of str or Path
        Files with polygons of districts or governorates.
    order : "dmy" or "mdy"
        Whether the day or the month comes first in ``07/03/2018``.
    decimal : "." or ","
        The decimal mark of coordinates.
    epoch : 1900, 1904 or "unix"
        The year from which a spreadsheet's serial dates are counted; ``unix`` for seconds (ten
        digits) or milliseconds (thirteen) from 1970, in UTC.
    century : 1900 or 2000
        The first year of the century of years that are written with two digits.
    keep_damaged : bool
        Whether the whole rows of a damaged layer (GeoPackage, Shapefile, FlatGeobuf, KML) are
        taken, and the others counted; such a file is refused otherwise.

    Examples
    --------
    >>> ReadingOptions.of(radius_m="2km", order="dmy").stated()
    {'radius_m': 2000.0, 'order': 'dmy'}
    """

    mapping: ColumnMapping | None = field(
        default=None,
        metadata={
            "help": "File that says which column means what (TOML), as inspect -o writes it.",
            "is_file": True,
        },
    )
    format: str | None = field(
        default=None,
        metadata={
            "help": "Format, where the content does not show it: csv, json, xlsx, parquet, layers."
        },
    )
    encoding: str | None = field(
        default=None,
        metadata={
            "help": "Encoding of a text file, where its content does not prove it: cp1256, ..."
        },
    )
    separator: str | None = field(
        default=None,
        metadata={
            "help": "Separator of a text file, where its content does not prove it: ';', tab, ..."
        },
    )
    header_row: int | None = field(
        default=None,
        metadata={
            "flag": "header-row",
            "help": "Row that names the columns (blank ones not counted), in CSV or XLSX.",
        },
    )
    no_header: bool | None = field(
        default=None,
        metadata={
            "flag": "no-header",
            "help": "The first row is an incident; columns are called column_1, column_2, ...",
            "is_switch": True,
        },
    )
    layer: str | None = field(
        default=None,
        metadata={"help": "Layer to read, of a file with several: GeoPackage, KML, zip, JSON."},
    )
    rows: tuple[str, ...] = field(
        default=(),
        metadata={
            "help": "A list in each record of JSON, each item of which is a row of its own.",
            "repeats": True,
        },
    )
    sheet: str | None = field(
        default=None, metadata={"help": "Sheet to read, of a workbook with several."}
    )
    crs: str | None = field(
        default=None,
        metadata={"help": "CRS of the positions, where the file does not say: EPSG:32637, ..."},
    )
    radius_m: float | None = field(
        default=None,
        metadata={
            "flag": "radius",
            "help": "Radius within which every place is known: 500m, 25km.",
        },
    )
    precision: PrecisionTable | None = field(
        default=None,
        metadata={
            "help": "File with another table of precision codes (JSON or TOML).",
            "is_file": True,
        },
    )
    admin: tuple[str | Path, ...] = field(
        default=(),
        metadata={
            "help": "Polygons of districts or governorates, for events that are coded to one.",
            "is_file": True,
            "repeats": True,
        },
    )
    order: Order | None = field(
        default=None,
        metadata={
            "help": "Order of day and month in dates like 07/03/2018.",
            "choices": get_args(Order),
        },
    )
    decimal: Decimal | None = field(
        default=None,
        metadata={
            "help": "Decimal mark of coordinates and other numbers.",
            "choices": get_args(Decimal),
        },
    )
    epoch: Epoch | None = field(
        default=None,
        metadata={
            "help": "Year from which serial dates are counted; unix: seconds or milliseconds.",
            "choices": tuple(map(str, get_args(Epoch))),
        },
    )
    century: Century | None = field(
        default=None,
        metadata={"help": "Of years of two digits.", "choices": ("1900", "2000")},
    )
    keep_damaged: bool | None = field(
        default=None,
        metadata={
            "flag": "keep-damaged",
            "help": "Take the whole rows of a damaged map layer, and count the others.",
            "is_switch": True,
        },
    )

    @classmethod
    def of(cls, **stated: Any) -> ReadingOptions:
        """Return options from keywords; None, and an empty list, states nothing.

        Raises
        ------
        ArgumentError
            There is no such option.
        InputError
            A value is not one of an option's choices, or a file of a mapping or of precision codes
            cannot be read.
        """
        known = cls.offered()
        for name in stated:
            if name not in known:
                raise ArgumentError(
                    f"expected an option of reading ({', '.join(known)}), found {name!r}; "
                    "correct the name."
                )
        return cls(
            **{
                name: _value(name, value, known[name].choices)
                for name, value in stated.items()
                if value is not None
            }
        )

    @classmethod
    def offered(cls) -> dict[str, ReadingOption]:
        """Return how a command offers each option, in the order of a command's help."""
        return {
            one.name: ReadingOption(**{"flag": one.name, **one.metadata}) for one in fields(cls)
        }

    def stated(self) -> dict[str, Any]:
        """Return the options that are stated, by name."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in values.items() if value not in (None, ())}

    @property
    def header(self) -> int | None:
        """Which row is the header: 0 where none is, None where it is not stated."""
        return 0 if self.no_header else self.header_row

    def polygons(self) -> list[str]:
        """Return the names of the files of polygons, without the levels stated in front of them."""
        from geodata.columns.areas import named_level

        return [named_level(str(one))[1] for one in self.admin]

    def columns(self) -> ColumnMapping:
        """Return the mapping, with what other options state in place of its own entries."""
        from geodata.columns.mapping import ColumnMapping

        entries = {"radius_m": self.radius_m, "order": self.order, "decimal": self.decimal,
                   "epoch": self.epoch, "century": self.century}  # fmt: skip
        stated: dict[str, Any] = {k: v for k, v in entries.items() if v is not None}
        return replace(self.mapping or ColumnMapping(), **stated)


def _row_number(value: Any) -> int:
    if str(value).isascii() and str(value).isdigit() and 1 <= int(value) <= 1000:
        return int(value)
    raise InputError(
        f"expected header_row to be the number of a row, from 1 to 1000, found {value!r}; count "
        "rows that are not blank."
    )


def _value(name: str, value: Any, choices: tuple[str, ...]) -> Any:
    """Return the value of an option, also where it is given as a command line has it."""
    if choices and str(value) not in choices:
        raise InputError(
            f"expected {name} to be {' or '.join(choices)}, found {value!r}; choose one of these."
        )
    if name in ("epoch", "century") and value != "unix":
        return int(value)
    if name == "header_row":
        return _row_number(value)
    if name == "radius_m":
        from geodata.text.lengths import read_radius

        return read_radius(value)
    if name in ("admin", "rows"):
        return (value,) if isinstance(value, str | Path) else tuple(value)
    if name == "mapping" and isinstance(value, str | Path | dict):
        from geodata.columns.mapping import mapping_of, read_mapping

        return mapping_of(value) if isinstance(value, dict) else read_mapping(value)
    if name == "precision" and isinstance(value, str | Path):
        from geodata.columns.precision import read_precision

        return read_precision(value)
    return value
