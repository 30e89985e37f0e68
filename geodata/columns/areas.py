"""Polygons of districts and governorates, found by code or by name and never by guess."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from geodata.crs import to_degrees
from geodata.errors import CRSError, InputError
from geodata.grammar import load
from geodata.text.repairs import clean_text, fold_letters, quote

if TYPE_CHECKING:
    from geodata.formats.table import Table

LEVELS = {"governorate": 1, "district": 2}
"""Levels of a country's division, as OCHA counts them; each is also a role of a column."""

# Words that say what a name is of; they are no part of it.
_GENERIC = re.compile(
    r"\b(governorate|province|muhafazat|district|mintaqat|county|region"
    r"|محافظه|منطقه|قضاء|il|ili|ilce|ilcesi|район|мухафаза|провинция)\b"
)


@dataclass(frozen=True)
class Area:
    """One polygon in EPSG:4326: its level, code, names, and those of the area that holds it."""

    level: str
    code: str
    names: tuple[str, ...]
    parent: tuple[str, ...]
    polygon: Any = field(repr=False)


@dataclass(frozen=True, eq=False)
class Areas:
    """All polygons, with the indices of their codes and folded names.

    Two with the same content are equal, so what was computed for one serves the other. `mended`
    names the areas whose outlines crossed themselves.
    """

    all: tuple[Area, ...]
    codes: dict[tuple[str, str], tuple[int, ...]]
    names: dict[tuple[str, str], tuple[int, ...]]
    mended: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Areas) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    @cached_property
    def sha256(self) -> str:
        """Hash of every level, code, name and polygon."""
        digest = hashlib.sha256()
        for area in self.all:
            digest.update(repr((area, area.polygon.wkb)).encode())
        return digest.hexdigest()

    @cached_property
    def polygons(self) -> tuple[Any, ...]:
        """The polygons, in the order that `Incidents.unit` counts."""
        return tuple(area.polygon for area in self.all)

    def find(self, level: str, text: str, parent: str = "") -> tuple[int, str]:
        """Return the polygon of a code or name (-1: none), and why, or how it was matched.

        A name matches when it is the same but for case, accents, hyphens, and words like
        "district", or when `area_names.json` lists it as another spelling of the same area.
        Several of one name are told apart by the area that holds them, or not at all.
        """
        wanted = text.strip()
        if not wanted:
            return -1, "no code and no name"
        found = self.codes.get((level, wanted.upper()), ())
        if len(found) == 1:
            return found[0], ""
        found = found or self.names.get((level, folded(wanted)), ())
        if len(found) > 1 and parent:
            above = {parent.strip().upper(), folded(parent)}
            above |= {
                name
                for code, names in _spellings("governorate")
                if folded(parent) in names
                for name in (code, *names)
            }
            found = tuple(i for i in found if above & set(self.all[i].parent))
        if not found:
            return -1, f"no {level} of this code or name"
        if len(found) > 1:
            return -1, f"{len(found)} polygons of {level} level have this name"
        area = self.all[found[0]]
        return found[0], "" if wanted in area.names else f"{area.names[0]} ({area.code})"


def folded(name: str) -> str:
    """Return a name in one spelling of case, accents, hyphens, without words like "district"."""
    clean, _ = clean_text(name)
    words = re.sub(r"[^\w ]+", " ", re.sub("['’‘ʿʾ`]", "", fold_letters(clean).casefold()))
    return " ".join(_GENERIC.sub(" ", words).split())


@cache
def _spellings(level: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return the code of each area whose name is spelt in several ways, and these, folded."""
    return tuple(
        (area["code"], frozenset(folded(name) for name in area["names"]))
        for area in load("area_names")["areas"]
        if area["level"] == level
    )


def named_level(text: str) -> tuple[str | None, str]:
    """Return the level stated in front of a file's name (None: none), and the name."""
    for level in LEVELS:
        if text.startswith(f"{level}="):
            return level, text.removeprefix(f"{level}=")
    return None, text


def make_areas(files: Iterable[tuple[str, str | None, Table]]) -> Areas:
    """Return the polygons of tables, each with its name and its level; None: by its columns.

    Raises
    ------
    InputError
        A table holds no polygons, has no codes and no names, or no level.
    CRSError
        Its geometries have no CRS.
    """
    found: list[Area] = []
    mended: list[str] = []
    for name, level, table in files:
        found += _read(name, level, table, mended)
    codes: dict[tuple[str, str], list[int]] = {}
    names: dict[tuple[str, str], list[int]] = {}
    for i, area in enumerate(found):
        if area.code:
            codes.setdefault((area.level, area.code.upper()), []).append(i)
        for key in dict.fromkeys(folded(name) for name in area.names):
            if key:
                names.setdefault((area.level, key), []).append(i)
    _add_spellings(codes, names)
    return Areas(
        tuple(found),
        {key: tuple(rows) for key, rows in codes.items()},
        {key: tuple(rows) for key, rows in names.items()},
        tuple(mended),
    )


def _add_spellings(
    codes: dict[tuple[str, str], list[int]], names: dict[tuple[str, str], list[int]]
) -> None:
    """Add the other spellings of areas that are here by code, or by one of their names."""
    own = dict(names)
    for level in LEVELS:
        for code, spellings in _spellings(level):
            here = codes.get((level, code)) or [
                i for name in sorted(spellings) for i in own.get((level, name), ())
            ]
            for name in spellings:
                if here and (level, name) not in own:
                    names[level, name] = sorted({*names.get((level, name), ()), *here})


def _read(name: str, level: str | None, table: Table, mended: list[str]) -> list[Area]:
    """Return the areas of one table; `mended` takes down whose outline crosses itself."""
    import shapely

    if table.geometry is None:
        raise InputError(
            f"{name}: expected polygons, found a table without geometries; name a GeoJSON, "
            "GeoPackage or Shapefile of districts or governorates."
        )
    if table.crs is None:
        raise CRSError(
            f"{name}: expected polygons with a CRS, found none; save the file with its CRS."
        )
    columns = [column for column in table.schema.names if column != table.geometry]
    level = level or _level(name, columns)
    own, above = _keys(columns, LEVELS[level])
    if not own:
        raise InputError(
            f"{name}: expected a column of codes or names of each {level}, found "
            f"{', '.join(map(quote, columns[:20]))}; call it PCODE or NAME."
        )
    areas: list[Area] = []
    crossings = 0
    for batch in table.scan(4096, None):
        shapes = shapely.from_wkb(batch.column(table.geometry).to_pylist(), on_invalid="ignore")
        for shape, row in zip(shapes, batch.select(columns).to_pylist(), strict=True):
            texts = {column: str(value) for column, value in row.items() if value is not None}
            codes = [texts[column] for column in own if column in texts and _is_code(column)]
            names = [texts[column] for column in own if column in texts and not _is_code(column)]
            polygon = _polygon(shape, table.crs, name)
            if not shapely.is_valid(polygon):
                crossings += _crossings(polygon)
                if crossings > _MOST_CROSSINGS:
                    raise InputError(
                        f"{name}: expected outlines that hardly cross themselves, found more than "
                        f"{_MOST_CROSSINGS:,} crossings; mend them (in QGIS: Fix geometries)."
                    )
                polygon = _mend(polygon)
                mended.append([*names, *codes, name][0])
            if polygon.is_empty:
                raise InputError(
                    f"{name}: expected polygons with some ground, found one without; leave it out."
                )
            parents = [texts[column].strip() for column in above if column in texts]
            areas.append(
                Area(
                    level,
                    codes[0] if codes else "",
                    tuple(dict.fromkeys(names)) or tuple(codes),
                    tuple(sorted({key for p in parents for key in (p.upper(), folded(p))})),
                    polygon,
                )
            )
    if not areas:
        raise InputError(f"{name}: expected polygons, found none; name another file.")
    return areas


def _polygon(shape: Any, crs: str, name: str) -> Any:
    """Return a polygon in longitude and latitude; anything else is refused."""
    import numpy as np
    import shapely

    if not isinstance(shape, shapely.Polygon | shapely.MultiPolygon) or shape.is_empty:
        raise InputError(
            f"{name}: expected a polygon in each row, found "
            f"{getattr(shape, 'geom_type', 'none')}; leave such rows out."
        )

    def turn(points: Any) -> Any:
        return np.stack(to_degrees(points[:, 0], points[:, 1], crs), axis=1)

    degrees = shapely.transform(shapely.force_2d(shape), turn)
    west, south, east, north = degrees.bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise CRSError(
            f"{name}: expected polygons on Earth, found coordinates up to {east:g}, {north:g} in "
            f"{crs[:40]}; save the file with its right CRS."
        )
    return degrees


def _mend(shape: Any) -> Any:
    """Return the ground that an outline which crosses itself goes around; empty where none."""
    import shapely

    parts = shapely.get_parts(shapely.make_valid(shape))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


_MOST_CROSSINGS = 2_000  # GEOS takes minutes to mend one outline of 400 edges that all cross


def _crossings(shape: Any) -> int:
    """Return how often the edges of a polygon cross or cover one another; once it is too often."""
    import numpy as np
    import shapely

    rings = shapely.get_rings(shapely.get_parts(shape))
    points, ring = shapely.get_coordinates(rings, return_index=True)
    edges = shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1)[ring[1:] == ring[:-1]])
    tree, found = shapely.STRtree(edges), 0
    for i in range(0, len(edges), 64):
        for how in ("crosses", "overlaps"):
            found += tree.query(edges[i : i + 64], predicate=how).shape[1]
        if found > 2 * _MOST_CROSSINGS:
            break
    return found // 2  # each was found from both sides


_LEVEL = re.compile(
    r"(?:adm(?:in)?_?|name_|gid_|.*_)([0-4])(?:_?(?:en|ar|name|pcode|code|ref).*)?$"
)


def _depth(column: str) -> int | None:
    match = _LEVEL.fullmatch(column.lower())
    return int(match[1]) if match else None


def _is_code(column: str) -> bool:
    return bool(re.search(r"code|gid|iso|^id$", column.lower()))


def _is_name(column: str) -> bool:
    return bool(re.search(r"name|_en$|_ar$|_alt|^adm(in)?_?[0-4]$", column.lower()))


def _level(path: str, columns: Sequence[str]) -> str:
    depths = [depth for c in columns if (depth := _depth(c)) is not None]
    # Columns without a number are the area's own; those with one then those of the areas above.
    plain = any(_depth(c) is None and (_is_name(c) or c.upper() == "PCODE") for c in columns)
    if depths:
        own = max(depths) + 1 if plain else max(depths)
        for name, depth in LEVELS.items():
            if depth == own:
                return name
    raise InputError(
        f"{path}: expected columns that show the level (ADM1_PCODE, ADM2_EN, ...), found "
        f"{', '.join(map(quote, columns[:20]))}; state it: district=FILE or governorate=FILE."
    )


def _keys(columns: Sequence[str], depth: int) -> tuple[list[str], list[str]]:
    """Return the columns of an area's own codes and names, and those of the area above."""
    useful = [c for c in columns if _is_code(c) or _is_name(c)]
    own = [c for c in useful if _depth(c) == depth]
    plain = [c for c in useful if _depth(c) is None and not c.lower().startswith("iso")]
    above = [c for c in useful if _depth(c) == depth - 1]
    return (own or plain), above
