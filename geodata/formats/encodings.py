"""The encoding of a text file: proved, stated, or refused with the choices.

A byte order mark is proof; bytes that are valid UTF-8 are; zero bytes at every other place with
line ends at the right ones are proof of UTF-16. An encoding of one byte a character (cp1256,
cp1252, ...) can never be proved, since almost every text is valid in all of them.
"""

from __future__ import annotations

import codecs
import unicodedata
from pathlib import Path
from typing import Any

from geodata.errors import InputError
from geodata.findings import Finding, Severity
from geodata.formats.spool import Local
from geodata.formats.table import about_file
from geodata.formats.temporary import Temporary
from geodata.text.repairs import quote

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What partners' machines write, in the order in which equals are offered.
_ONE_BYTE = ("cp1256", "iso8859-6", "cp1252", "cp1254", "cp1251", "cp720", "mac-arabic")
_HEAD = 1 << 24
_CHUNK = 1 << 20


class Text:
    """A text file in UTF-8: its path, whether a byte order mark stands in front, what was found."""

    def __init__(
        self, path: Path, bom: bool, findings: tuple[Finding, ...], keep: tuple[Any, ...]
    ) -> None:
        self.path, self.bom, self.findings, self.keep = path, bom, findings, keep


def as_utf8(local: Local, *, encoding: str | None = None) -> Text:
    """Return the file as one in UTF-8, written anew where it is in something else.

    Raises
    ------
    InputError
        The encoding is not proved and was not stated, or the bytes are not what was stated.
    """
    with local.path.open("rb") as file:
        head = file.read(_HEAD)
        whole = not file.read(1)
    bom, marked = next(((b, name) for b, name in _BOMS if head.startswith(b)), (b"", None))
    findings: list[Finding] = []
    if encoding is not None:
        try:
            wanted = codec_of(encoding)
        except (LookupError, TypeError, ValueError) as error:
            raise InputError(
                f"expected an encoding that is known, found {quote(encoding)}; "
                "write it like 'utf-8', 'utf-16' or 'cp1256'."
            ) from error
        if marked is not None and not marked.startswith(wanted.removesuffix("-sig")):
            raise InputError(
                f"{local.name}: expected {encoding} as stated, found the byte order mark of "
                f"{marked}; leave the encoding out."
            )
        found = marked or wanted
        if marked is None and wanted == "utf-16":
            found = _utf16(head) or "utf-16-le"
    elif marked is not None:
        found = marked
    else:
        found = _utf16(head) or "utf-8"
    if bom:
        findings.append(about_file(Severity.REPAIR, "byte-order-mark", bom.hex(" "), found))
    if found != "utf-8":
        why = "stated" if encoding else "proved by its byte order mark" if bom else "proved"
        findings.append(about_file(Severity.REPAIR, "encoding", found, f"UTF-8 ({why})"))
        folder = Temporary()
        target = folder.path / "text"
        _transcode(local, target, found, len(bom), stated=encoding is not None)
        return Text(target, False, (*local.findings, *findings), (*local.keep, folder))
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, whole)
    except UnicodeDecodeError as error:
        _refuse(local, head, error.start)
    return Text(local.path, bool(bom), (*local.findings, *findings), local.keep)


# Codecs of Python that are no encodings of texts in files.
_NO_ENCODINGS = ("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape")


def codec_of(encoding: str) -> str:
    """Return the name of an encoding of text as Python has it.

    Raises
    ------
    LookupError, TypeError, ValueError
        There is none of this name.
    """
    name = codecs.lookup(encoding).name
    "".encode(name)  # LookupError where it is a codec of bytes
    if name in _NO_ENCODINGS:
        raise LookupError(f"unknown encoding: {encoding}")
    return name


_LEAST_PLAIN = 4
_CONTROLS = bytes({*range(32)} - {*b"\t\n\r\f"})
_MOST_CONTROLS = 0.05  # of the bytes of a text, in any encoding of one byte a character


def _utf16(head: bytes) -> str | None:
    """Return which UTF-16 these bytes without a mark prove, or None."""
    sample = head[: 1 << 16]
    sample = sample[: len(sample) // 2 * 2]
    if b"\0" not in sample:
        return None
    proved = []
    for name in ("utf-16-le", "utf-16-be"):
        try:
            text = sample.decode(name)
        except UnicodeDecodeError as error:
            if error.start < len(sample) - 2:
                continue
            text = sample[: error.start].decode(name)
        plain = sum(char < "\x80" for char in text)
        if plain < max(_LEAST_PLAIN, len(text) / 8):
            continue  # a zero byte in UTF-8 can make a line end, but no digits and separators
        if "\n" in text and "\0" not in text and not any(map(_strange, text)):
            proved.append(name)
    return proved[0] if len(proved) == 1 else None


def _strange(char: str) -> bool:
    return unicodedata.category(char) in ("Cn", "Co", "Cs") or (char < " " and char not in "\t\r\n")


def _transcode(local: Local, target: Path, name: str, skip: int, *, stated: bool) -> None:
    decoder = codecs.getincrementaldecoder(name)()
    at = skip
    with local.path.open("rb") as source, target.open("wb") as out:
        source.seek(skip)
        try:
            while chunk := source.read(_CHUNK):
                out.write(decoder.decode(chunk).encode())
                at += len(chunk)
            out.write(decoder.decode(b"", True).encode())
        except UnicodeError as error:
            how = "as stated" if stated else "as its first bytes have it"
            raise InputError(
                f"{local.name}: expected {name} {how}, found other bytes near {at}; "
                "state the right encoding, or mend the file."
            ) from error


def _refuse(local: Local, head: bytes, start: int) -> None:
    """Say where the bytes stop being UTF-8, and what they would be in other encodings."""
    sample = head[: 1 << 16]
    if len(sample.translate(None, _CONTROLS)) < len(sample) * (1 - _MOST_CONTROLS):
        raise InputError(
            f"{local.name}: expected a table in a format that is read (CSV, XLSX, JSON, Parquet, "
            "GeoPackage, ...), found bytes that are neither that nor text; fetch it again, or "
            "name another."
        )
    raise _other_bytes(local.name, head, start, head.count(b"\n", 0, start) + 1)


def not_utf8(path: Path, name: str) -> InputError:
    """Return the error of a file that is not UTF-8 somewhere behind its beginning."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return _other_bytes(name, line, error.start, number)
    return InputError(f"{name}: expected UTF-8, found a file that changed while it was read.")


def _other_bytes(name: str, data: bytes, start: int, line: int) -> InputError:
    """Return an error with the line, and with what the cell would be in other encodings."""
    begin, end = max(start - 40, 0), start + 40
    for sign in b',;\t\n\r"|':
        begin = max(begin, data.rfind(sign, begin, start) + 1)
        found = data.find(sign, start, end)
        end = found if found >= 0 else end
    return InputError(
        f"{name}: expected UTF-8 or UTF-16, found other bytes in line {line}; which encoding it is "
        "cannot be proved, so state it (--encoding): "
        f"{choices(data[begin:end], data[: 1 << 16])}."
    )


def choices(cell: bytes, around: bytes) -> str:
    """Return what a cell would be in the encodings of one byte that can be that of its file."""
    shown = []
    for name in _ONE_BYTE:
        try:
            text = cell.decode(name)
            around.decode(name)
        except UnicodeDecodeError:
            continue
        if not any(unicodedata.category(c) == "Cc" for c in text):
            shown.append(f"{name} ({text.strip()!r})")
    return ", ".join(shown[:5]) or "none of the common ones"
