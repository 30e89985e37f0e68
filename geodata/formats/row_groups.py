"""Files of Parquet that were encoded apart, put together into one without encoding them again.

pyarrow encodes a file's columns one after the other in one thread. Several small files can be
encoded at a time; this module puts their row groups behind each other and writes the one footer
that describes them. The result is the same to the byte as if one writer had written all of it.

A footer is a struct of Thrift's compact protocol; only offsets, ordinals and the number of rows
change in it, and whatever else it holds is carried over as it is. Source of the numbers of fields:
``parquet.thrift`` of Apache Parquet's format; of the encoding: ``thrift-compact-protocol.md`` of
Apache Thrift.
"""

from __future__ import annotations

from typing import IO, Any

_MAGIC = b"PAR1"

# What in a footer depends on the place in the file, by the numbers of its fields.
_ROWS, _GROUPS = 3, 4  # of the file
_COLUMNS, _GROUP_OFFSET, _ORDINAL = 1, 5, 7  # of a row group
_CHUNK_OFFSETS, _META = (2, 4, 6), 3  # of a column chunk
_PAGE_OFFSETS = (9, 10, 11, 14)  # of the metadata of a column chunk

_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_INTEGERS = (4, 5, 6)

_Struct = dict[int, tuple[int, Any]]
"""The type and the value of each field, by its number."""


class RowGroups:
    """One file of Parquet that is put together from whole ones of the same schema.

    Parameters
    ----------
    out
        A binary file that is written from its start, and left open.
    """

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._size = 0
        self._footer: _Struct = {}
        self._groups: list[bytes] = []

    def add(self, part: bytes | memoryview) -> None:
        """Append the row groups of a whole file of Parquet, as pyarrow has encoded it.

        Raises
        ------
        ValueError
            Not a whole file of Parquet, or one that is encrypted.
        """
        view = memoryview(part)
        if len(view) < 12 or view[:4] != _MAGIC or view[-4:] != _MAGIC:
            raise ValueError("expected a whole file of Parquet, not encrypted, found other bytes.")
        end = len(view) - 8 - int.from_bytes(view[-8:-4], "little")
        footer = _Reader(bytes(view[end:-8])).struct()
        start = len(_MAGIC) if self._size else 0
        kind, groups = footer[_GROUPS][1]
        for group in groups:
            _move(group, self._size - start, len(self._groups))
            encoded = bytearray()
            _write_struct(encoded, group)
            self._groups.append(bytes(encoded))  # a small part of what the values would take
        rows = footer[_ROWS]
        if self._footer:
            footer[_ROWS] = (rows[0], rows[1] + self._footer[_ROWS][1])
        footer[_GROUPS] = (_LIST, (kind, self._groups))
        self._footer = footer
        self._out.write(view[start:end])
        self._size += end - start

    def close(self) -> None:
        """Write the footer; at least one file must have been added."""
        footer = bytearray()
        _write_struct(footer, self._footer)
        self._out.write(footer)
        self._out.write(len(footer).to_bytes(4, "little"))
        self._out.write(_MAGIC)


def _move(group: _Struct, by: int, ordinal: int) -> None:
    """Tell a row group that it begins `by` bytes later, and which one it is."""
    _shift(group, (_GROUP_OFFSET,), by)
    if _ORDINAL in group:
        group[_ORDINAL] = (group[_ORDINAL][0], ordinal)
    for chunk in group[_COLUMNS][1][1]:
        _shift(chunk, _CHUNK_OFFSETS, by)
        _shift(chunk[_META][1], _PAGE_OFFSETS, by)


def _shift(struct: _Struct, fields: tuple[int, ...], by: int) -> None:
    for field in fields:
        if field in struct and struct[field][1]:  # zero: not told
            kind, value = struct[field]
            struct[field] = (kind, value + by)


# -- Thrift's compact protocol --------------------------------------------------------------


class _Reader:
    """Reads a struct without knowing what its fields mean."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self) -> _Struct:
        out: _Struct = {}
        number = 0
        while head := self._byte():
            step, kind = head >> 4, head & 15
            number = number + step if step else _signed(self._varint())
            out[number] = (kind, kind == _TRUE if kind <= _FALSE else self._value(kind))
        return out

    def _value(self, kind: int) -> Any:
        if kind in _INTEGERS:
            return _signed(self._varint())
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind == _STRUCT:
            return self.struct()
        if kind in (_LIST, _SET):
            head = self._byte()
            size, of = head >> 4, head & 15
            if size == 15:
                size = self._varint()
            return of, [self._value(of) for _ in range(size)]
        if kind == _MAP:
            size = self._varint()
            head = self._byte() if size else 0
            return head, [(self._value(head >> 4), self._value(head & 15)) for _ in range(size)]
        if kind == _DOUBLE:
            return self._bytes(8)
        if kind in (_TRUE, _FALSE, _BYTE):  # booleans of a list have a byte each
            return self._byte()
        raise ValueError(f"expected a type of Thrift's compact protocol, found {kind}.")

    def _byte(self) -> int:
        value = self._data[self._at]
        self._at += 1
        return value

    def _bytes(self, n: int) -> bytes:
        self._at += n
        return self._data[self._at - n : self._at]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7


def _signed(value: int) -> int:
    return (value >> 1) ^ -(value & 1)


def _write_struct(out: bytearray, struct: _Struct) -> None:
    last = 0
    for number, (kind, value) in struct.items():
        if kind <= _FALSE:
            kind = _TRUE if value else _FALSE
        if 0 < number - last < 16:
            out.append((number - last) << 4 | kind)
        else:
            out.append(kind)
            _write_signed(out, number)
        if kind > _FALSE:
            _write_value(out, kind, value)
        last = number
    out.append(0)


def _write_value(out: bytearray, kind: int, value: Any) -> None:
    if kind in _INTEGERS:
        _write_signed(out, value)
    elif kind == _BINARY:
        _write_varint(out, len(value))
        out += value
    elif kind == _STRUCT and isinstance(value, bytes):  # encoded already
        out += value
    elif kind == _STRUCT:
        _write_struct(out, value)
    elif kind in (_LIST, _SET):
        of, items = value
        if len(items) < 15:
            out.append(len(items) << 4 | of)
        else:
            out.append(15 << 4 | of)
            _write_varint(out, len(items))
        for item in items:
            _write_value(out, of, item)
    elif kind == _MAP:
        kinds, pairs = value
        _write_varint(out, len(pairs))
        if pairs:
            out.append(kinds)
        for key, item in pairs:
            _write_value(out, kinds >> 4, key)
            _write_value(out, kinds & 15, item)
    elif kind == _DOUBLE:
        out += value
    else:
        out.append(value)


def _write_signed(out: bytearray, value: int) -> None:
    _write_varint(out, value << 1 if value >= 0 else (-value << 1) - 1)


def _write_varint(out: bytearray, value: int) -> None:
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
