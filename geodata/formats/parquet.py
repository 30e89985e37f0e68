"""Parquet and GeoParquet: one file, a folder or a pattern, batch by batch."""

from __future__ import annotations

import glob
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geodata.errors import InputError
from geodata.formats.row_groups import RowGroups
from geodata.formats.table import MOST_COLUMNS, Job, Table, checked, geometry_column, unique
from geodata.parallel import in_order

if TYPE_CHECKING:
    import pyarrow as pa


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
            # Not `schema_arrow`, in which texts are what they are read as.
            found = file.metadata.schema.to_arrow_schema()
            rows += file.metadata.num_rows
        if schema is None:
            schema = found
        elif not found.remove_metadata().equals(schema.remove_metadata()):
            raise InputError(
                f"{path}: expected the columns of {paths[0]} ({_columns(schema)}), found "
                f"{_columns(found)}; tag files of different shape one by one."
            )
    assert schema is not None  # noqa: S101  (at least one path)
    _refuse_odd(schema, rows, sum(path.stat().st_size for path in paths), name)
    geometry, crs = _geometry(schema, name)
    metadata = schema.metadata

    def scan(size: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        size = max(1, min(size, _CELLS_AT_ONCE // max(1, len(schema.names))))
        for path in paths:
            with _opened(path) as file:
                try:
                    wanted = None if columns is None else list(columns)
                    left, room = file.metadata.num_rows, _Room(path)
                    for batch in file.iter_batches(batch_size=size, columns=wanted):
                        left -= batch.num_rows
                        if batch.num_rows:
                            batch = checked(_plain(batch, schema, path, room), str(path))
                            # Of the two copies in a file only the one that was looked at counts.
                            batch = batch.replace_schema_metadata(metadata)
                            yield batch.select(wanted) if wanted is not None else batch
                except (pa.ArrowException, OSError) as error:
                    raise _broken(path, error) from error
                if left:
                    raise _broken(path, ValueError(f"{-left:+} rows, which it does not declare"))

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


def _refuse_odd(schema: pa.Schema, rows: int, size: int, name: str) -> None:
    """Refuse columns of one name, and rows that are far too many for the bytes of the files."""
    if len(schema) > MOST_COLUMNS:
        unique(schema.names)
    if rows > max(_ALWAYS, _MOST_ROWS * size):
        raise InputError(
            f"{name}: expected at most {_MOST_ROWS} rows for each byte, found {rows} in {size} "
            "bytes: rows that are all the same, or made to fill the disk; leave out such rows."
        )
    if len(set(schema.names)) < len(schema):
        twice = Counter(schema.names).most_common(1)[0][0]
        raise InputError(
            f"{name}: expected a name of its own for each column, found {twice!r} twice; rename it."
        )


_WHOLE = 64 << 20  # bytes of a file whose columns are read at once
_ALWAYS, _MOST_ROWS = 1_000_000, 16  # rows of any file; and a row takes some bytes, packed too


_ALWAYS_TEXT, _MOST_TIMES = 1 << 28, 100  # bytes of texts that stand once, and are many cells


def _texts(metadata: Any) -> list[str]:
    """Return the columns of texts, of which one that stands once may be very many cells.

    What is said of them in row groups is not asked: where it is damaged, pyarrow ends the process.
    """
    columns = (metadata.schema.column(at) for at in range(metadata.num_columns))
    return [
        one.path
        for one in columns
        if one.physical_type == "BYTE_ARRAY"
        and not one.max_repetition_level
        and "." not in one.path
    ]


class _Room:
    """How many bytes of repeated texts a file may still have."""

    def __init__(self, path: Path) -> None:
        self.left = max(_ALWAYS_TEXT, _MOST_TIMES * path.stat().st_size)


def _long(column: pa.Array) -> pa.Array:
    """Return the cells of so many bytes that geometries may be nested in them without end."""
    import pyarrow.compute as pc

    lengths = pc.binary_length(column)
    return column.filter(pc.greater(lengths, 1_000))


def _plain(batch: pa.RecordBatch, schema: pa.Schema, path: Path, room: _Room) -> pa.RecordBatch:
    """Return a batch with the types of the schema, if its repeated texts are not far too much."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from geodata.formats.layers.wkb import is_deep

    fields, columns = list(batch.schema), list(batch.columns)
    for at, (name, column) in enumerate(zip(batch.schema.names, batch.columns, strict=True)):
        field = schema.field(name)
        repeated = pa.types.is_dictionary(column.type)
        values = column.dictionary if repeated else column
        if _is_binary(values.type) and any(is_deep(cell.as_py()) for cell in _long(values)):
            raise _broken(path, ValueError(f"geometries within geometries in {field.name!r}"))
        if not repeated:
            continue
        if pa.types.is_string(values.type) or _is_binary(values.type):
            lengths = pc.cast(pc.binary_length(values), pa.int64())
            room.left -= pc.sum(lengths.take(column.indices)).as_py() or 0
        if room.left < 0:
            raise InputError(
                f"{path}: expected a file that unpacks to at most {_MOST_TIMES} times its size, "
                f"found texts of column {field.name!r} that are repeated to more; leave them out."
            )
        if not pa.types.is_dictionary(field.type):
            fields[at] = field
            columns[at] = column.dictionary_decode().cast(field.type)
    if fields == list(batch.schema):
        return batch  # also one of rows without columns
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields, batch.schema.metadata))


def _opened(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet

    try:
        # Mapped pages, and ranges fetched beforehand, would grow with the file. Where columns are
        # read piece by piece, a page of two gigabytes that a small file declares gets them.
        piece = 1 << 20 if path.stat().st_size > _WHOLE else 0
        metadata = pyarrow.parquet.read_metadata(path)
        return pyarrow.parquet.ParquetFile(
            path,
            metadata=metadata,
            read_dictionary=[] if piece else _texts(metadata),
            buffer_size=piece,
            pre_buffer=False,
            page_checksum_verification=True,
        )
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
            f"{name}: expected GeoParquet, found metadata that cannot be read "
            f"({type(error).__name__}: {error}); write the file anew."
        ) from error
    binary = column in schema.names and _is_binary(schema.field(column).type)
    if not binary or encoding != "WKB":
        raise InputError(
            f"{name}: expected a geometry column in WKB, found {column!r} in {encoding!r}; write "
            "the geometry as WKB."
        )
    return column, crs if isinstance(crs, str | None) else json.dumps(crs)


def _is_binary(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


# -- writing -------------------------------------------------------------------------------------


def write_parquet(job: Job, out: Any) -> None:
    """Write Parquet (GeoParquet 1.1 where a column holds geometries), several batches at a time.

    Each batch is a row group. The first one decides how the columns are encoded.
    """
    import pyarrow as pa
    import pyarrow.parquet

    schema = _schema(job)
    batches = iter(job.batches())
    first = next(batches, None)
    if first is None:
        pa.parquet.ParquetWriter(out, schema).close()
        return
    choices = _encodings(first)

    def encode(batch: pa.RecordBatch) -> pa.Buffer:
        part = pa.BufferOutputStream()
        with pa.parquet.ParquetWriter(part, schema, write_page_checksum=True, **choices) as writer:
            writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
        return part.getvalue()

    whole = RowGroups(out)
    for part in in_order(encode, chain([first], batches), workers=job.workers):
        whole.add(part)
    whole.close()


_LOOKED_AT = 1 << 15
_CELLS_AT_ONCE = 1 << 25  # of very many columns fewer rows are read at a time
_FEW = 256  # distinct values, of which each row tells one by a byte


def _encodings(batch: pa.RecordBatch) -> dict[str, Any]:
    """Return how columns are best written: what each costs is seen from the first rows.

    A dictionary of values that hardly repeat takes longer than all the rest and saves nothing;
    such days and whole numbers are stored as differences, in less time and space. Texts and
    fractions with few distinct values get no statistics, since their least and greatest are the
    same in nearly every batch. What does not get smaller is not compressed.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if any(pa.types.is_nested(kind) for kind in batch.schema.types):
        return {}  # these name the leaves of columns
    batch = batch.slice(0, _LOOKED_AT)
    dictionary, statistics = [], []
    encodings: dict[str, str] = {}
    compression: dict[str, str] = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        kind = column.type
        compression[name] = "snappy"
        if pa.types.is_dictionary(kind):
            dictionary.append(name)
            continue
        try:
            distinct = pc.count_distinct(column, mode="all").as_py()
        except pa.ArrowNotImplementedError:  # a kind that Arrow cannot count
            distinct = 0
        if distinct > _FEW or not pa.types.is_floating(kind):
            statistics.append(name)
        if distinct > _FEW and _is_whole(kind):
            encodings[name] = "DELTA_BINARY_PACKED"
        elif distinct * 2 <= batch.num_rows:
            dictionary.append(name)
        elif pa.types.is_floating(kind) and not _gets_smaller(column):
            compression[name] = "none"
    return {
        "use_dictionary": dictionary,
        "write_statistics": statistics,
        "column_encoding": encodings or None,
        "compression": compression,
    }


def _is_whole(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_date32(kind))


def _gets_smaller(column: pa.Array) -> bool:
    """Tell whether compressing a column of numbers is worth the time."""
    import pyarrow as pa

    numbers = column.drop_null().to_numpy()
    return bool(len(pa.Codec("snappy").compress(numbers)) < 0.9 * numbers.nbytes)


def _schema(job: Job) -> pa.Schema:
    """Return the schema with the metadata of GeoParquet, without our own."""
    import pyarrow as pa

    from geodata.crs import check_crs

    fields = []
    for field in job.schema:
        kept = {
            k: v
            for k, v in (field.metadata or {}).items()
            if not k.startswith((b"dezone.", b"ARROW:extension"))
        }
        fields.append(field.with_metadata(kept or None))
    metadata = {
        k: v for k, v in (job.schema.metadata or {}).items() if not k.startswith(b"dezone.")
    }
    column = geometry_column(job.schema)
    if column is not None and b"geo" not in metadata:
        entry: dict[str, Any] = {"encoding": "WKB", "geometry_types": []}
        if (crs := job.crs()) is None:
            entry["crs"] = None  # not known; without the entry it would be longitude and latitude
        elif (found := check_crs(crs)).to_epsg() != 4326:
            entry["crs"] = found.to_json_dict()
        geo = {"version": "1.1.0", "primary_column": column, "columns": {column: entry}}
        metadata[b"geo"] = json.dumps(geo, sort_keys=True).encode()
    return pa.schema(fields, metadata=metadata or None)
