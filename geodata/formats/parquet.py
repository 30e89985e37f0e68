"""Parquet and GeoParquet: one file, a folder or a pattern, batch by batch."""

from __future__ import annotations

import glob
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geodata.errors import InputError
from geodata.formats.table import MOST_COLUMNS, Table, checked, unique

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["no_parquet", "parquet_parts", "read_parquet"]


def parquet_parts(path: str | Path) -> tuple[Path, ...] | None:
    """Return the files of a folder or a pattern, by name; None where `path` is neither.

    Raises
    ------
    InputError
        A folder or a pattern without Parquet files.
    """
    text = str(path)
    if Path(text).is_dir():
        found = [p for p in Path(text).rglob("*") if p.suffix in (".parquet", ".geoparquet")]
        found = [p for p in found if not any(s.startswith(("_", ".")) for s in p.parts[-1:])]
    elif any(sign in text for sign in "*?[") and not Path(text).exists():
        found = [Path(name) for name in glob.glob(text, recursive=True)]  # noqa: PTH207  (absolute, too)
        found = [p for p in found if p.is_file()]
    else:
        return None
    if not found:
        raise no_parquet(text)
    return tuple(sorted(found))


def no_parquet(path: str) -> InputError:
    """Return the error of a folder or a pattern without Parquet files."""
    return InputError(
        f"expected Parquet files at {path!r}, found none; name a folder or a pattern of Parquet, "
        "or one file of another format."
    )


def read_parquet(paths: Sequence[Path], name: str, *, keep: tuple[Any, ...] = ()) -> Table:
    """Return Parquet files of one schema as a table.

    Raises
    ------
    InputError
        A file is broken, or has other columns than the first.
    """
    schema: pa.Schema | None = None
    rows = 0
    for path in paths:
        with _opened(path) as file:
            found = file.schema_arrow
            rows += file.metadata.num_rows
        if schema is None:
            schema = found
        elif not found.remove_metadata().equals(schema.remove_metadata()):
            raise InputError(
                f"{path}: expected the columns of {paths[0]} ({_columns(schema)}), found "
                f"{_columns(found)}; tag files of different shape one by one."
            )
    assert schema is not None  # noqa: S101  (at least one path)
    if len(schema) > MOST_COLUMNS:
        unique(schema.names)
    if len(set(schema.names)) < len(schema):
        raise InputError(
            f"{name}: expected a name of its own for each column, found one twice; rename it."
        )
    geometry, crs = _geometry(schema, name)

    def scan(size: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        for path in paths:
            with _opened(path) as file:
                try:
                    wanted = None if columns is None else list(columns)
                    for batch in file.iter_batches(batch_size=size, columns=wanted):
                        if batch.num_rows:
                            checked(batch, str(path))
                            yield batch.select(wanted) if wanted is not None else batch
                except (pa.ArrowException, OSError) as error:
                    raise _broken(path, error) from error

    return Table(
        "parquet",
        schema,
        scan,
        rows=rows,
        geometry=geometry,
        crs=crs,
        parts=tuple(map(str, paths)) if len(paths) > 1 else (),
        keep=keep,
    )


def _opened(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet

    try:
        # Mapped pages, and ranges fetched beforehand, would grow with the file.
        return pyarrow.parquet.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _broken(path, error) from error


def _broken(path: Path, error: Exception) -> InputError:
    if isinstance(error, OSError | ValueError) and path.is_file():
        with path.open("rb") as file:
            if file.read(4) != b"PAR1":
                return InputError(
                    f"{path}: expected Parquet in a folder or by a pattern, found another format; "
                    "tag such files one by one."
                )
    reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return InputError(
        f"{path}: expected a whole Parquet file, found a broken one ({reason}); fetch it again."
    )


def _columns(schema: pa.Schema) -> str:
    return ", ".join(f"{f.name} {f.type}" for f in list(schema)[:12])


def _geometry(schema: pa.Schema, name: str) -> tuple[str | None, str | None]:
    """Return the geometry column of GeoParquet and its CRS as text.

    Without an entry it is longitude and latitude, with an empty one it is not known: None.
    """
    raw = (schema.metadata or {}).get(b"geo")
    if raw is None:
        return None, None
    try:
        geo = json.loads(raw)
        column = geo["primary_column"]
        entry = geo["columns"][column]
        encoding = entry["encoding"]
        crs = entry.get("crs", "OGC:CRS84")
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{name}: expected GeoParquet, found metadata that are none ({error!r}); write the "
            "file anew."
        ) from error
    if column not in schema.names or encoding != "WKB":
        raise InputError(
            f"{name}: expected a geometry column in WKB, found {column!r} in {encoding!r}; write "
            "the geometry as WKB."
        )
    return column, crs if isinstance(crs, str | None) else json.dumps(crs)
