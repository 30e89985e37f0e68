"""The cells of a column of any type as plain values or as texts: no cell breaks a column."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from geodata.findings import Severity
from geodata.formats.table import Job, about_file, geometry_column

if TYPE_CHECKING:
    import pyarrow as pa

_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
# What Python's days reach, in days since 1970-01-01; of times a day less, which a zone may take.
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
# What Arrow writes as text, in years.
_ARROW_YEARS = 32_000


def plain_values(column: pa.Array) -> list[Any]:
    """Return the cells as values of Python: None, bool, int, float, str, Decimal, days and times.

    Lists are lists, structs are dicts, maps are lists of pairs. Bytes are hexadecimal, UUIDs and
    durations (``30:05:00``) texts. Days and times that Python does not reach are texts in ISO 8601,
    and so are those with nanoseconds; times of a zone that is not known are in UTC.
    """
    import pyarrow as pa

    column = _unwrapped(column)
    kind = column.type
    if pa.types.is_date(kind):
        return _days(column)
    if pa.types.is_timestamp(kind):
        return _moments(column)
    if pa.types.is_time(kind):
        return _times(column)
    if pa.types.is_duration(kind):
        per_second = _PER_SECOND[kind.unit]
        return [None if v is None else hours(v, per_second) for v in _ticks(column).to_pylist()]
    if _is_bytes(kind):
        return [None if v is None else v.hex() for v in column.to_pylist()]
    if pa.types.is_struct(kind):
        names = [kind.field(i).name for i in range(kind.num_fields)]
        parts = [plain_values(part) for part in column.flatten()]
        rows = zip(*parts, strict=True) if parts else ((),) * len(column)
        valid = column.is_valid().to_pylist()
        return [_record(names, row) if v else None for row, v in zip(rows, valid, strict=True)]
    if pa.types.is_nested(kind) and not pa.types.is_union(kind):
        return _lists(column)
    return list(column.to_pylist())


def plain_texts(column: pa.Array) -> pa.Array:
    """Return the cells as text, or in a type that CSV writes by itself: numbers and strings."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = _unwrapped(column)
    kind = column.type
    if pa.types.is_nested(kind) or _is_bytes(kind) or pa.types.is_duration(kind):
        cells = [v if v is None or isinstance(v, str) else in_json(v) for v in plain_values(column)]
        return pa.array(cells, pa.string())
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _dated(column)
    if pa.types.is_floating(kind):
        column = column.cast(pa.float64())  # each to its last digit
        return pc.if_else(pc.is_nan(column), pa.scalar(None, pa.float64()), column)
    if pa.types.is_integer(kind) or pa.types.is_string(kind):
        return column
    return column.cast(pa.string())


def batches_for(job: Job, format: str) -> Iterator[pa.RecordBatch]:
    """Yield the batches of a job for CSV, JSON or XLSX, and report what these hold as text only."""
    own = geometry_column(job.schema)
    for field in job.schema:
        if field.name != own and _is_text_in(format, field.type):
            why = f"{field.name} ({field.type}): written as text, since {format} has no such type"
            job.findings.append(about_file(Severity.WARNING, "written-as-text", "", why))
    yield from without_nan(job, format)


def without_nan(job: Job, format: str) -> Iterator[pa.RecordBatch]:
    """Yield the batches of a job for a format without NaN, which is left empty and reported."""
    import pyarrow as pa

    count = 0
    for batch in job.batches():
        columns = list(batch.columns)
        for i, column in enumerate(columns):
            if pa.types.is_floating(column.type) and len(column) > column.null_count:
                numbers = column.to_numpy(zero_copy_only=False)  # null is NaN there, too
                empty = np.isnan(numbers)
                if found := int(empty.sum()) - column.null_count:
                    count += found
                    columns[i] = pa.array(numbers, column.type, mask=empty)
        yield pa.RecordBatch.from_arrays(columns, schema=batch.schema)
    if count:
        why = f"{count} cells without a number (NaN): left empty, since {format} has no NaN"
        job.findings.append(about_file(Severity.WARNING, "nan", "", why))


def _is_text_in(format: str, kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_decimal(kind):
        return format != "CSV"
    if pa.types.is_nested(kind):
        return format != "JSON"
    return _is_bytes(kind) or bool(pa.types.is_duration(kind))


def in_json(value: Any) -> str:
    """Return a value as JSON; what JSON does not have is a text, and NaN is null."""
    return json.dumps(json_value(value), ensure_ascii=False)


def json_value(value: Any) -> Any:
    """Return a value of `plain_values` as one that JSON has."""
    if isinstance(value, float) and not np.isfinite(value):
        return None if np.isnan(value) else str(value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list):
        return [json_value(one) for one in value]
    if isinstance(value, dict):
        return {key: json_value(one) for key, one in value.items()}
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def hours(ticks: int, per_second: int) -> str:
    """Return a duration as hours, minutes and seconds.

    Examples
    --------
    >>> hours(108_300_500, 1_000)
    '30:05:00.5'
    """
    seconds, rest = divmod(abs(ticks), per_second)
    minutes, second = divmod(seconds, 60)
    digits = len(str(per_second)) - 1
    fraction = f".{rest:0{digits}}".rstrip("0") if rest else ""
    return f"{'-' if ticks < 0 else ''}{minutes // 60}:{minutes % 60:02}:{second:02}{fraction}"


def _unwrapped(column: pa.Array) -> pa.Array:
    """Return the values of a dictionary, or of an extension type."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if isinstance(column, pa.ExtensionArray):
        name, column = column.type.extension_name, column.storage
        if name == "arrow.uuid":
            cells = [None if v is None else str(UUID(bytes=v)) for v in column.to_pylist()]
            return pa.array(cells, pa.string())
        if name == "arrow.bool8":
            return column.cast(pa.bool_())
    return column


def _is_bytes(kind: Any) -> bool:
    import pyarrow as pa

    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_binary_view(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


def _record(names: list[str], row: tuple[Any, ...]) -> Any:
    found = dict(zip(names, row, strict=True))
    return found if len(found) == len(names) else [[n, v] for n, v in zip(names, row, strict=True)]


def _lists(column: pa.Array) -> list[Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_map(kind):
        pairs = pa.struct([("key", kind.key_type), ("value", kind.item_type)])
        found = _lists(column.cast(pa.list_(pairs)))
        return [row and [list(pair.values()) for pair in row] for row in found]
    items = iter(plain_values(column.flatten()))
    lengths = pc.list_value_length(column).to_pylist()
    return [None if n is None else [next(items) for _ in range(n)] for n in lengths]


# -- days and times -----------------------------------------------------------------------------


def _ticks(column: pa.Array) -> pa.Array:
    import pyarrow as pa

    wide = column.type.bit_width == 64
    return column.view(pa.int64()) if wide else column.view(pa.int32()).cast(pa.int64())


def _numbers(column: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return the ticks of days or times, and which cells hold one."""
    valid = np.asarray(column.is_valid().to_numpy(zero_copy_only=False))
    return _ticks(column).fill_null(0).to_numpy(), valid


def _filled(column: pa.Array, odd: npt.NDArray[np.bool_], texts: list[str]) -> list[Any]:
    """Return the cells of a column, of which some are odd and get these texts."""
    import pyarrow as pa
    import pyarrow.compute as pc

    cells = pc.if_else(pa.array(odd), pa.scalar(None, column.type), column).to_pylist()
    for i, text in zip(np.flatnonzero(odd).tolist(), texts, strict=True):
        cells[i] = text
    return list(cells)


def _days(column: pa.Array) -> list[Any]:
    import pyarrow as pa

    ticks, valid = _numbers(column)
    days = ticks if pa.types.is_date32(column.type) else ticks // 86_400_000
    odd = valid & ((days < _FIRST_DAY) | (days > _LAST_DAY))
    return _filled(column, odd, np.datetime_as_string(days[odd].astype("M8[D]")).tolist())


def _moments(column: pa.Array) -> list[Any]:
    import pyarrow as pa

    unit, zone = column.type.unit, column.type.tz
    if zone is not None and not is_known_zone(zone):
        zone = "UTC"
    ticks, valid = _numbers(column)
    days = ticks // (86_400 * _PER_SECOND[unit])
    odd = valid & ((days <= _FIRST_DAY) | (days >= _LAST_DAY))
    texts = np.datetime_as_string(ticks[odd].astype(f"M8[{unit}]")).tolist()
    rest = np.zeros(len(ticks), dtype=np.int64)
    if unit == "ns":
        rest, unit = ticks % 1_000, "us"
        ticks = ticks // 1_000
    plain = pa.array(ticks, pa.int64(), mask=~valid).view(pa.timestamp(unit, zone))
    cells = _filled(plain, odd, [f"{text}+00:00" if zone else text for text in texts])
    for i in np.flatnonzero(valid & ~odd & (rest != 0)).tolist():
        text = cells[i].isoformat(timespec="microseconds")
        cells[i] = f"{text[:26]}{rest[i]:03}{text[26:]}"
    return cells


def _times(column: pa.Array) -> list[Any]:
    import pyarrow as pa

    if column.type.unit != "ns":
        return list(column.to_pylist())
    ticks, valid = _numbers(column)
    cells = pa.array(ticks // 1_000, pa.int64(), mask=~valid).view(pa.time64("us")).to_pylist()
    for i in np.flatnonzero(valid & (ticks % 1_000 != 0)).tolist():
        cells[i] = f"{cells[i].isoformat(timespec='microseconds')}{ticks[i] % 1_000:03}"
    return list(cells)


def _dated(column: pa.Array) -> pa.Array:
    """Return days and times as Arrow writes them; those that it does not reach as numpy does."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    ticks, valid = _numbers(column)
    if pa.types.is_timestamp(kind):
        if kind.tz is not None and not is_known_zone(kind.tz):
            column = column.cast(pa.timestamp(kind.unit, "UTC"))
        a_day, unit, end = 86_400 * _PER_SECOND[kind.unit], kind.unit, "Z" if kind.tz else ""
    else:
        ticks = ticks if pa.types.is_date32(kind) else ticks // 86_400_000
        a_day, unit, end = 1, "D", ""
    odd = valid & (np.abs(ticks // a_day) > _ARROW_YEARS * 365)
    if not odd.any():
        return column.cast(pa.string())
    texts = np.datetime_as_string(ticks[odd].astype(f"M8[{unit}]")).tolist()
    texts = [text.replace("T", " ") + end for text in texts]
    plain = pc.if_else(pa.array(odd), pa.scalar(None, column.type), column).cast(pa.string())
    return pc.replace_with_mask(plain, pa.array(odd), pa.array(texts, pa.string()))


@lru_cache(maxsize=64)
def is_known_zone(zone: str) -> bool:
    """Tell whether Arrow knows a time zone."""
    import pyarrow as pa

    try:
        pa.array([0], pa.timestamp("s", zone)).cast(pa.string())
        pa.array([0], pa.timestamp("s", zone)).to_pylist()
    except (pa.ArrowException, ValueError, KeyError):
        return False
    return True
