"""Map layers: which format a file is in, which of its layers is meant, and whether it is whole."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from geodata.errors import InputError
from geodata.findings import Finding, Severity
from geodata.formats.spool import Local, Unpacking
from geodata.formats.suffixes import SHAPEFILE
from geodata.formats.table import Broken, Layer, Table, about_file
from geodata.formats.temporary import Temporary
from geodata.text.repairs import quote

if TYPE_CHECKING:
    import pyarrow as pa

Opener = Callable[[Local], "dict[str, Callable[[], Layer]]"]
"""Opens a file: its layers by name, each still to be opened. Raises `Broken`, or InputError."""


def read_layer(
    local: Local,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    keep_damaged: bool = False,
) -> Table:
    """Return one layer as a table, its geometry as WKB in the last column.

    Only the file itself is read, and what belongs to a Shapefile; out of an archive, only its
    Shapefiles and KML. Links, and tables that stand for other files, are not followed.

    Parameters
    ----------
    local
        A GeoPackage or another SQLite file, a Shapefile, FlatGeobuf, KML, GPX, or an archive (KMZ,
        zip) of Shapefiles or KML.
    layer
        Its name, where there are several.
    encoding
        Of the texts of a Shapefile, where it does not say.
    keep_damaged
        Take the whole rows of a file that is damaged or cut, and tell how many there are.

    Raises
    ------
    InputError
        The file has several layers and none was named, or not the one that was; it is damaged, or
        has fewer rows than it says; or it is none of these formats.
    """
    try:
        local, layers = _open(local, encoding)
        if layer is None and len(layers) == 1:
            layer = next(iter(layers))
        if layer is None and "" in layers:  # all folders of a KML file
            layer = ""
        if not layers:
            raise InputError(
                f"{local.name}: expected a layer with rows, found none; what it links to is not "
                "fetched: open that in a program you trust, and save its rows."
            )
        if layer not in layers:
            found = ", ".join(quote(name) for name in [one for one in layers if one][:30]) or "none"
            raise InputError(
                f"{local.name}: expected "
                f"{'one layer' if layer is None else f'the layer {layer!r}'}, found {found}; "
                "name one (--layer)."
            )
        opened = replace(layers[layer](), name=layer)
    except Broken as error:
        raise _damaged(local, str(error), keepable=False) from error
    if opened.broken and not keep_damaged:
        raise _damaged(local, opened.broken)
    return (_kept if keep_damaged else _checked)(local, opened)


def _open(local: Local, encoding: str | None) -> tuple[Local, dict[str, Callable[[], Layer]]]:
    """Return the layers of a file by its first bytes, out of an archive where it is one."""
    with local.path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PK\x03\x04"):
        return _unpacked(local, encoding)
    return local, _opener(head, local.name, encoding)(local)


def _opener(head: bytes, name: str, encoding: str | None) -> Opener:
    if head.startswith(b"\x00\x00\x27\x0a"):
        from geodata.formats.layers.shapefile import open_shapefile

        return partial(open_shapefile, encoding=encoding)
    if encoding is not None:
        raise InputError(
            f"{name}: expected an encoding for text and Shapefiles only, found another layer; "
            "leave it out."
        )
    if head.startswith(b"SQLite format 3\0"):
        from geodata.formats.layers.geopackage import open_geopackage

        return open_geopackage
    if head.startswith(b"fgb\x03"):
        from geodata.formats.layers.flatgeobuf import open_flatgeobuf

        return open_flatgeobuf
    if b"<gpx" in head:
        from geodata.formats.layers.gpx import open_gpx

        return open_gpx
    from geodata.formats.layers.kml import open_kml

    return open_kml


# -- archives -------------------------------------------------------------------------------


_MAINS = (".shp", ".kml")


def _unpacked(local: Local, encoding: str | None) -> tuple[Local, dict[str, Callable[[], Layer]]]:
    """Write the Shapefiles and the KML of an archive to a folder of our own; return their layers.

    Members get names of our own, so no name in an archive is ever a path.
    """
    folder = Temporary()
    layers: dict[str, Callable[[], Layer]] = {}
    unpacking = Unpacking(local.path, local.name)
    try:
        with zipfile.ZipFile(local.path) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            for number, main in enumerate(n for n in names if n.lower().endswith(_MAINS)):
                target = folder.path / f"{number}{main[-4:].lower()}"
                parts = [n for n in names if n[:-4] == main[:-4] and n[-4:].lower() in SHAPEFILE]
                for part in parts if target.suffix == ".shp" else [main]:
                    with _member(archive, part) as source:
                        unpacking.copy(source, target.with_suffix(part[-4:].lower()))
                with target.open("rb") as file:
                    opener = _opener(file.read(16), local.name, encoding)
                for name, opened in opener(replace(local, path=target)).items():
                    plain = PurePosixPath(main).stem if name == target.stem else name
                    layers[plain if plain not in layers else f"{main}/{plain}"] = opened
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError, zlib.error) as error:
        why = str(error)[:100]  # which may quote the rest of the archive
        raise Broken(f"an archive that cannot be unpacked ({why})") from error
    return replace(local, keep=(*local.keep, folder)), layers


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    try:
        return archive.open(name)
    except (OSError, ValueError) as error:  # it is said to begin before the file does
        raise zipfile.BadZipFile(str(error)) from error


# -- whole or not ---------------------------------------------------------------------------


def _damaged(local: Local, found: str, *, keepable: bool = True) -> InputError:
    keep = ", or take the rows that are whole (--keep-damaged)" if keepable else ""
    return InputError(
        f"{local.name}: expected a whole layer, found {found}; fetch the file again{keep}."
    )


def _table(local: Local, layer: Layer, scan: Any, rows: int | None, *told: Finding) -> Table:
    return Table(
        "layers",
        layer.schema,
        scan,
        rows=rows,
        findings=(*local.findings, *layer.findings, *told),
        geometry=layer.geometry,
        crs=layer.crs,
        layer=layer.name,
        keep=local.keep,
        moments=layer.moments,
    )


def _checked(local: Local, layer: Layer) -> Table:
    """Return a table that is refused as soon as a row is seen to be missing or damaged."""

    def scan(size: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        rows = 0
        try:
            for batch, lost in layer.pieces(size, columns):
                if lost is not None and lost.any():
                    first = rows + int(lost.argmax()) + 1
                    raise _damaged(local, f"a damaged row ({first})")
                rows += batch.num_rows
                if batch.num_rows:
                    yield batch
        except Broken as error:
            raise _damaged(local, str(error)) from error
        if layer.declared is not None and rows != layer.declared:
            raise _damaged(local, f"{rows} of {layer.declared} rows")

    return _table(local, layer, scan, layer.declared)


def _kept(local: Local, layer: Layer) -> Table:
    """Return a table of the rows that are whole; they are counted by reading them all once."""

    def scan(size: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        try:
            # Always with all columns: whether a row is whole may depend on any of them.
            for batch, lost in layer.pieces(size, None):
                whole = batch if lost is None else batch.filter(pa.array(~lost))
                if whole.num_rows:
                    yield whole if columns is None else whole.select(list(columns))
        except Broken:
            return

    seen = lost_rows = 0
    broken = layer.broken
    try:
        for batch, lost in layer.pieces(65536, None):
            seen += batch.num_rows
            lost_rows += 0 if lost is None else int(lost.sum())
    except Broken as error:
        broken = broken or str(error)
    rows = seen - lost_rows
    missing = max((layer.declared or 0) - rows, lost_rows)
    if not missing and not broken:
        return _table(local, layer, scan, rows)
    count = f"{missing} of {rows + missing} rows were lost" if missing else "rows may be missing"
    why = f"{count}; {rows} whole ones were kept{f' (found {broken})' if broken else ''}"
    return _table(local, layer, scan, rows, about_file(Severity.WARNING, "damaged", "", why))
