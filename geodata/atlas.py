"""Read an atlas: the shipped one, or a folder of files of the same schema."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar, get_args

import msgspec
import msgspec.inspect
import shapely

from geodata.errors import AtlasError
from geodata.ledger import Ledger
from geodata.ledger_file import FILE, Columns
from geodata.schema import (
    ALPHABETS,
    FILES,
    OPTIONAL_FILES,
    Actor,
    Agreement,
    Area,
    AreaCollection,
    AreaFeature,
    BaseMap,
    Boundary,
    Estimate,
    Extent,
    Feature,
    FeatureCollection,
    Meta,
    Phase,
    Place,
    Polygonal,
    Post,
    RecordId,
    Round,
    Side,
    Source,
    Zone,
    language_file,
)
from geodata.text.repairs import quote

MOST_BYTES = 1 << 28
"""The largest file of an atlas that is read."""

# Controls but for tab and line ends, U+FFFE and U+FFFF: XML, thus KML and workbooks, has none of
# them, and a GeoPackage ends a text at a zero. Escapes, not an escaped backslash before letters.
_NO_TEXT = re.compile(
    rb"(?<!\\)(?:\\\\)*\\(?:u00(?:0[0-8bcefBCEF]|1[0-9a-fA-F])|u[fF]{3}[efEF]|[bf])"
    rb"|\xef\xbf[\xbe\xbf]"
)
_HINTS = (rb"\u", rb"\b", rb"\f", b"\xef\xbf")

T = TypeVar("T")


class Atlas:
    """Everything that is known; each file is read when it is first needed.

    Parameters
    ----------
    folder
        Where the files are: the package's own data, or any folder of the same schema.
    """

    def __init__(self, folder: Traversable) -> None:
        self.folder = folder

    def __repr__(self) -> str:
        return f"<Atlas {self.meta.id} {self.version} {self.sha256[:12]}>"

    # -- files ------------------------------------------------------------------------------

    @property
    def names(self) -> Sequence[str]:
        """The names of all files of the atlas, in order."""
        there = filter(self._has, OPTIONAL_FILES)
        return sorted([*FILES, *there, *map(language_file, self.meta.languages)])

    def _has(self, name: str) -> bool:
        return self.folder.joinpath(name).is_file()

    def read_bytes(self, name: str) -> bytes:
        """Return a file of the atlas.

        Raises
        ------
        AtlasError
            It is missing, lies outside of the folder, is no plain file or is too large.
        """
        entry = self.folder.joinpath(*name.split("/"))
        try:
            if isinstance(entry, Path) and isinstance(self.folder, Path):
                _check_entry(name, entry, self.folder)
            return entry.read_bytes()
        except OSError as error:
            raise AtlasError(
                f"{name}: expected a file of the atlas in {self.folder}, found none that can be "
                f"read ({error.strerror or error}); name a folder that holds a whole atlas."
            ) from error

    def _read(self, name: str, kind: type[T]) -> T:
        content = self.read_bytes(name)
        hints = any(hint in content for hint in _HINTS)  # far faster than to search
        if hints and (found := _NO_TEXT.search(content)):
            line = content.count(b"\n", 0, found.start()) + 1
            raise AtlasError(
                f"{name}: expected texts that every format can hold, found a control character or "
                f"a code that is no character on line {line}; take it out there."
            )
        try:
            return msgspec.json.decode(content, type=kind)
        except msgspec.ValidationError as error:
            raise AtlasError(f"{name}: {_locate(content, str(error), kind)}") from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise AtlasError(
                f"{name}: expected JSON, found {_json_fault(content)}; mend the file there."
            ) from error

    # -- records ----------------------------------------------------------------------------

    @cached_property
    def meta(self) -> Meta:
        """The atlas as a whole."""
        return self._read("atlas.json", Meta)

    @property
    def version(self) -> str:
        """Version of the data."""
        return self.meta.version

    @cached_property
    def sha256(self) -> str:
        """Hash over the names and bytes of all files of the atlas."""
        digest = hashlib.sha256()
        for name in self.names:
            digest.update(f"{name}\0".encode())
            digest.update(hashlib.sha256(self.read_bytes(name)).digest())
        return digest.hexdigest()

    @cached_property
    def zones(self) -> tuple[Zone, ...]:
        """The zones, ordered by their number."""
        zones = self._read("zones.json", tuple[Zone, ...])
        return tuple(sorted(zones, key=lambda zone: zone.number))

    @cached_property
    def boundaries(self) -> tuple[Boundary, ...]:
        """The ways of drawing the zones, the default first."""
        found = self._read("boundaries.json", tuple[Boundary, ...])
        return tuple(sorted(found, key=lambda b: b.id != self.meta.default_boundary))

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """The features of extents.geojson as they stand, one for each estimate."""
        return tuple(self._read("extents.geojson", FeatureCollection).features)

    @cached_property
    def extents(self) -> tuple[Extent, ...]:
        """The extents, ordered by zone number, boundary and first valid day."""
        grouped: dict[tuple[str, str, dt.date], dict[str, Feature]] = {}
        for feature in self.features:
            p = feature.properties
            grouped.setdefault((p.zone, p.boundary, p.valid_from), {})[p.estimate] = feature
        order = {zone.id: zone.number for zone in self.zones}
        rank = {boundary.id: i for i, boundary in enumerate(self.boundaries)}
        try:
            keys = sorted(grouped, key=lambda key: (order[key[0]], rank[key[1]], key[2]))
        except KeyError as error:
            raise AtlasError(
                f"extents.geojson: {error.args[0]!r} is no zone of zones.json and no boundary of "
                "boundaries.json; expected one that is there. Correct the feature or add one."
            ) from error
        return tuple(_extent(key, grouped[key]) for key in keys)

    @lru_cache(maxsize=64)  # noqa: B019  (a handful of boundaries, kept as long as the atlas)
    def extents_under(self, boundary_id: str) -> tuple[Extent, ...]:
        """Return the extents that stand for the zones under a boundary, by zone and first day.

        Where the boundary has no extent for a zone, or none for a time, those of the default
        boundary take its place, cut to that time; their `boundary` says whose they are. An
        AtlasError for an unknown boundary names those there are.
        """
        own = self.boundary(boundary_id).id
        found: list[Extent] = []
        for zone in self.zones:
            every = [extent for extent in self.extents if extent.zone == zone.id]
            mine = [extent for extent in every if extent.boundary == own]
            default = [e for e in every if e.boundary == self.meta.default_boundary]
            if not mine:
                found += default
            elif own == self.meta.default_boundary:
                found += mine
            else:
                start, end = mine[0].valid_from, mine[-1].valid_to
                found += [e.between(None, start) for e in default if e.valid_from < start]
                found += mine
                if end is not None:
                    later = (e for e in default if e.valid_to is None or e.valid_to > end)
                    found += [e.between(end, None) for e in later]
        return tuple(found)

    @cached_property
    def phases(self) -> tuple[Phase, ...]:
        """The phases of the zones, in the order of the file."""
        return self._read("phases.json", tuple[Phase, ...])

    @cached_property
    def agreements(self) -> tuple[Agreement, ...]:
        """The agreements, oldest in force first; drafts last."""
        found = self._read("agreements.json", tuple[Agreement, ...])
        return tuple(sorted(found, key=lambda a: (a.in_force or dt.date.max, a.id)))

    @cached_property
    def rounds(self) -> tuple[Round, ...]:
        """The rounds and other negotiations, by their first day."""
        found = self._read("rounds.json", tuple[Round, ...])
        return tuple(sorted(found, key=lambda r: (r.first_day, r.id)))

    @cached_property
    def posts(self) -> tuple[Post, ...]:
        """Observation posts, checkpoints and bases."""
        return self._read("posts.json", tuple[Post, ...])

    @cached_property
    def actors(self) -> Mapping[str, Actor]:
        """Actors by id."""
        return {actor.id: actor for actor in self._read("actors.json", tuple[Actor, ...])}

    @cached_property
    def sides(self) -> Mapping[str, Side]:
        """The sides that held settlements, by id; empty where the atlas has no sides.json."""
        if not self._has("sides.json"):
            return {}
        return {side.id: side for side in self._read("sides.json", tuple[Side, ...])}

    @cached_property
    def ledger(self) -> Ledger:
        """The settlements and who held each when; empty where the atlas has no settlements.json."""
        return Ledger(self._read(FILE, Columns)) if self._has(FILE) else Ledger()

    @cached_property
    def area_features(self) -> tuple[AreaFeature, ...]:
        """The features of areas.geojson as they stand; none where the atlas has no such file."""
        if not self._has("areas.geojson"):
            return ()
        return self._read("areas.geojson", AreaCollection).features

    @cached_property
    def areas(self) -> Mapping[str, Area]:
        """The areas that reports and agreements name, by id."""
        grouped: dict[str, dict[Estimate, AreaFeature]] = {}
        for feature in self.area_features:
            grouped.setdefault(feature.properties.area, {})[feature.properties.estimate] = feature
        return {name: _area(name, parts) for name, parts in sorted(grouped.items())}

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The gazetteer."""
        return self._read("places.json", tuple[Place, ...])

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """Sources by id."""
        return self._read("sources.json", dict[RecordId, Source])

    @cached_property
    def base_map(self) -> Mapping[str, Any]:
        """The base map: a GeoJSON FeatureCollection in EPSG:4326."""
        return self._read("base.geojson", dict[str, Any])

    @cached_property
    def outline(self) -> Polygonal | None:
        """The country's outline in the base map (degrees); None where the base map has none."""
        for feature in self.base_map.get("features", ()):
            if (feature.get("properties") or {}).get("kind") == "country":
                text = json.dumps(feature.get("geometry"))
                shape = shapely.from_geojson(text, on_invalid="ignore")
                if isinstance(shape, shapely.Polygon | shapely.MultiPolygon) and not shape.is_empty:
                    return shape
        return None

    @lru_cache(maxsize=16)  # noqa: B019  (a handful of languages, kept as long as the atlas)
    def words(self, language: str) -> Mapping[str, Any]:
        """Return the words of a language, nested as in its file.

        Raises AtlasError, naming the languages there are, for one the atlas does not have.
        """
        if language not in self.meta.languages:
            raise AtlasError(
                f"expected one of the atlas's languages ({', '.join(self.meta.languages)}), found "
                f"{language!r}; choose one of these, or add its file to languages/."
            )
        return self._read(language_file(language), dict[str, Any])

    def note(self, text: str, language: str) -> str:
        """Return a note of the data in a language; in English where it is not translated."""
        return str(self.words(language).get("notes", {}).get(text, text))

    def attribution(self, language: str) -> str:
        """Return whose data these are, in one line of a language; in English what it lacks."""
        return " · ".join(self.note(line, language) for line in self.meta.attribution)

    # -- look-ups ---------------------------------------------------------------------------

    def zone(self, zone_id: str) -> Zone:
        """Return a zone by id; AtlasError names those there are."""
        return _pick(self.zones, zone_id, "zone")

    def boundary(self, boundary_id: str) -> Boundary:
        """Return a boundary by id; AtlasError names those there are."""
        return _pick(self.boundaries, boundary_id, "boundary")

    # -- the whole --------------------------------------------------------------------------

    def check(self) -> None:
        """Check the whole atlas; the first fault is an AtlasError.

        The message names the file, the record and what is wrong: broken JSON, a polygon that
        crosses itself, axes swapped, zones that overlap, phases with a gap, a source that does
        not exist, a language that is missing.
        """
        from geodata import checks
        from geodata.ledger_checks import check_ledger

        checks.check_version(self.meta)
        zones = {zone.id for zone in self.zones}
        boundaries = {boundary.id for boundary in self.boundaries}
        checks.check_meta(self.meta, self.boundaries)
        checks.check_zones(self.zones)
        checks.check_ids(
            {
                "zones.json": [zone.id for zone in self.zones],
                "boundaries.json": [boundary.id for boundary in self.boundaries],
                "agreements.json": [agreement.id for agreement in self.agreements],
                "rounds.json": [entry.id for entry in self.rounds],
                "posts.json": [post.id for post in self.posts],
                "extents.geojson": [feature.id for feature in self.features],
                "areas.geojson": [feature.id for feature in self.area_features],
            }
        )
        words = {code: self.words(code) for code in self.meta.languages}
        checks.check_languages(words, self._facts())
        checks.check_sources(self._facts(), self.sources)
        checks.check_features(self.features, zones, boundaries)
        checks.check_extents(self.extents, self.zones, self.meta)
        checks.check_phases(self.phases, self.zones)
        checks.check_agreements(self.agreements, self.rounds, zones, self.actors)
        checks.check_posts(self.posts, zones, self.actors)
        agreements = {agreement.id for agreement in self.agreements}
        checks.check_areas(self.areas.values(), zones, agreements)
        checks.check_sides(self.sides, self.meta.languages)
        check_ledger(self.ledger, sides=self.sides, zones=zones, sources=self.sources)
        _ = (self.places, self.base_map)
        checks.check_base_map(self._read("base.geojson", BaseMap))

    def _facts(self) -> Iterator[tuple[str, str, Any]]:
        """Yield (file, id, record) for every record of fact."""
        from geodata import checks

        for name, records in (
            ("zones.json", self.zones),
            ("boundaries.json", self.boundaries),
            ("agreements.json", self.agreements),
            ("rounds.json", self.rounds),
            ("posts.json", self.posts),
        ):
            for record in records:
                yield name, record.id, record
        for zone in self.zones:
            for part in (*zone.figures, *zone.parties):
                yield "zones.json", zone.id, part
        for area in self.area_features:
            yield "areas.geojson", area.id, area.properties
        for phase in self.phases:
            yield "phases.json", checks.phase_id(phase), phase
        for feature in self.features:
            yield "extents.geojson", feature.id, feature.properties
        for point in self.meta.placeholders:
            yield "atlas.json", point.name, point
        for actor in self.actors.values():
            if actor.confidence is not None:
                yield "actors.json", actor.id, actor


N = TypeVar("N", Zone, Boundary)


def _pick(records: tuple[N, ...], wanted: str, what: str) -> N:
    for record in records:
        if record.id == wanted:
            return record
    raise AtlasError(
        f"expected a {what} of the atlas ({', '.join(r.id for r in records)}), found {wanted!r}; "
        "choose one of these."
    )


def _extent(key: tuple[str, str, dt.date], parts: dict[str, Feature]) -> Extent:
    missing = [e.value for e in Estimate if e not in parts]
    if missing:
        name = "/".join((*key[:2], key[2].isoformat()))
        raise AtlasError(
            f"extents.geojson: {name}: expected the estimates low, best and high, found no "
            f"{' and no '.join(missing)}; add the feature (empty where nothing is known)."
        )
    best = parts[Estimate.BEST].properties
    shapes = {e: _geometry(parts[e]) for e in Estimate}
    return Extent(
        zone=best.zone,
        boundary=best.boundary,
        valid_from=best.valid_from,
        valid_to=best.valid_to,
        low=shapes[Estimate.LOW],
        best=shapes[Estimate.BEST],
        high=shapes[Estimate.HIGH],
        accuracy_m=best.accuracy_m,
        area_km2={e.value: parts[e].properties.area_km2 for e in Estimate},
        sources=best.sources,
        confidence=best.confidence,
        note=best.note,
    )


def _area(name: str, parts: dict[Estimate, AreaFeature]) -> Area:
    if set(parts) not in ({Estimate.BEST}, {Estimate.LOW, Estimate.HIGH}):
        raise AtlasError(
            f"areas.geojson: {name}: expected the estimate best, or low and high, found "
            f"{', '.join(sorted(parts))}; add or remove a feature."
        )
    one = (parts.get(Estimate.BEST) or parts[Estimate.HIGH]).properties
    shapes = {e: _geometry(part, "areas.geojson") for e, part in parts.items()}
    return Area(
        id=name,
        kind=one.kind,
        name=one.name,
        variants=one.variants,
        zone=one.zone,
        agreement=one.agreement,
        valid_from=one.valid_from,
        valid_to=one.valid_to,
        low=shapes.get(Estimate.LOW) or shapes[Estimate.BEST],
        high=shapes.get(Estimate.HIGH) or shapes[Estimate.BEST],
        explains=one.explains,
        sources=one.sources,
        confidence=one.confidence,
        note=one.note,
    )


def _geometry(feature: Feature | AreaFeature, file: str = "extents.geojson") -> Polygonal:
    raw = bytes(feature.geometry)
    try:
        shape = shapely.from_geojson(raw)
    except shapely.errors.GEOSException as error:
        raise AtlasError(
            f"{file}: {feature.id}: expected a Polygon or MultiPolygon, found a geometry "
            f"that cannot be read ({error}); write it as RFC 7946 has it."
        ) from error
    if not isinstance(shape, shapely.Polygon | shapely.MultiPolygon):
        found = shape.geom_type if shape is not None else "null"
        raise AtlasError(
            f"{file}: {feature.id}: expected a Polygon or MultiPolygon, found {found}; "
            'write an empty estimate as {"type": "MultiPolygon", "coordinates": []}.'
        )
    return shape


def _check_entry(name: str, entry: Path, folder: Path) -> None:
    """Check that a file of an atlas is a plain file in its folder, and not too large."""
    if not entry.resolve().is_relative_to(folder.resolve()):
        raise AtlasError(
            f"{name}: expected a file inside of {folder}, found a link that leads out of it; put "
            "the file itself there."
        )
    found = entry.stat()
    if not stat.S_ISREG(found.st_mode):
        raise AtlasError(f"{name}: expected a plain file, found something else; put one there.")
    if found.st_size > MOST_BYTES:
        raise AtlasError(
            f"{name}: expected at most {MOST_BYTES / 1e6:.0f} MB, found {found.st_size / 1e6:.0f} "
            "MB; simplify what it holds."
        )


def _locate(content: bytes, message: str, kind: object) -> str:
    """Put the name of the faulty record in front of a validation message."""
    text, _, where = message.partition(" - at `")
    for pattern, words in ALPHABETS.items():
        text = text.replace(f"`str` matching regex {pattern!r}", words)
    text = "".join(char if char.isprintable() else "\ufffd" for char in text[:200])
    at_key, _, path = where.rpartition("$")  # a key of a mapping is: `key` in `$.name`
    path = path.rstrip("`")
    if text.startswith("Invalid enum value") and (values := _allowed(kind, path)):
        text = f"expected one of {', '.join(values)}"
    record, found = "", None
    try:
        found = json.loads(content)
        if path.startswith("[...]"):  # a record that is known by its key
            record = _faulty_key(found, kind)
            found, path = found[record], path.removeprefix("[...]")
        for step in re.findall(r"[^.\[\]]+", path):
            found = found[int(step)] if isinstance(found, list) else found[step]
            if isinstance(found, dict) and "id" in found:
                record = str(found["id"])
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        found = None
    if isinstance(found, str) and not at_key and "found" not in text:
        text += f", found {quote(found)}"
    name = f"record {quote(record)}, " if record else ""
    return f"{name}at {path or 'the top'}: {text[:1].lower()}{text[1:]}; correct the record."


def _allowed(kind: object, path: str) -> list[str]:
    """Return the values that may stand at a path of a file, if they are listed."""
    kinds = _alternatives(msgspec.inspect.type_info(kind))
    for step in re.findall(r"[^.\[\]]+|\.\.\.", path):
        inner: list[msgspec.inspect.Type] = []
        for one in kinds:
            if isinstance(one, msgspec.inspect.StructType):
                inner += [field.type for field in one.fields if field.encode_name == step]
            elif isinstance(one, msgspec.inspect.DictType):
                inner.append(one.value_type)
            elif isinstance(one, msgspec.inspect.VarTupleType | msgspec.inspect.ListType):
                inner.append(one.item_type)
        kinds = tuple(one for several in inner for one in _alternatives(several))
    listed = [one for one in kinds if isinstance(one, msgspec.inspect.EnumType)]
    return [str(value) for one in listed for value in one.cls]


def _alternatives(kind: msgspec.inspect.Type) -> tuple[msgspec.inspect.Type, ...]:
    return kind.types if isinstance(kind, msgspec.inspect.UnionType) else (kind,)


def _faulty_key(records: Mapping[str, Any], kind: object) -> str:
    _, record = get_args(kind)
    for key, value in records.items():
        try:
            msgspec.convert(value, record)
        except msgspec.ValidationError:
            return key
    return ""


def _json_fault(content: bytes) -> str:
    try:
        json.loads(content)
    except UnicodeDecodeError as error:
        return f"bytes that are not UTF-8 at byte {error.start}"
    except json.JSONDecodeError as error:
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    except RecursionError:
        return "lists within lists, too deep to be read"
    return "something else"


@lru_cache(maxsize=1)
def _shipped() -> Atlas:
    return Atlas(files("geodata") / "data")


def read_atlas(path: str | Path | None = None) -> Atlas:
    """Read an atlas: the shipped one, or the one in the folder `path`.

    A folder given by the user is checked as a whole at once (`Atlas.check`); the
    shipped atlas is checked by the test suite and read file by file when needed.

    Raises
    ------
    AtlasError
        Names the file, the record and what is wrong.
    """
    if path is None:
        return _shipped()
    folder = Path(path)
    if not folder.is_dir():
        raise AtlasError(
            f"expected a folder with an atlas, found {'a file' if folder.exists() else 'nothing'} "
            f"at {str(path)!r}; name the folder that holds atlas.json."
        )
    atlas = Atlas(folder)
    atlas.check()
    return atlas
