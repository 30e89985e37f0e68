"""A file where it can be read twice: copied from standard input, unpacked from gzip or zstd."""

from __future__ import annotations

import os
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import IO, Any

from geodata.errors import InputError
from geodata.findings import Finding, Severity
from geodata.formats.suffixes import READ, SUFFIXES, files_of, unpacked_name
from geodata.formats.table import about_file
from geodata.formats.temporary import Temporary, no_room

_PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Local:
    """A file on disk, its format, and what was found on the way."""

    path: Path
    name: str
    format: str
    findings: tuple[Finding, ...] = ()
    keep: tuple[Any, ...] = field(default=(), repr=False)


def bring(path: str | Path, *, format: str | None = None) -> Local:
    """Return the file as one that can be read twice; ``-`` is standard input.

    The format is recognised by the content; the suffix decides only between kinds of plain text.

    Raises
    ------
    InputError
        There is no such file, it is empty or broken off, or its format is none that is read.
    """
    if format is not None and format not in READ:
        raise InputError(
            f"expected a format of {', '.join(READ)}, found {format!r}; choose one of these."
        )
    name = str(path)
    findings: list[Finding] = []
    keep: tuple[Any, ...] = ()
    if name == "-":
        folder, local = from_standard_input()
        name, keep = "standard input", (folder,)
    else:
        local = Path(path)
        if not local.is_file():
            raise InputError(f"expected a file at {name!r}, found {_what_is(local)}")
        if not _is_unicode(name):
            folder, local = _renamed(local)
            name, keep = legible(name), (folder,)
    head = _head(local, name)
    inner = "input" if str(path) == "-" else Path(path).name
    inner = legible(inner)
    for _ in range(2):  # a file is packed once, by accident twice
        packing = next((kind for magic, kind in _PACKED.items() if head.startswith(magic)), None)
        if packing is None:
            break
        inner, _ = unpacked_name(inner)
        folder = Temporary()
        local = _unpack(local, folder.path / (inner or "input"), packing, name)
        keep = (*keep, folder)
        findings.append(about_file(Severity.REPAIR, "unpacked", packing, inner))
        head = _head(local, name)
    if head.startswith(b"PK\x03\x04") and (member := _only_table(local)):
        folder = Temporary()
        inner = Path(member).name
        local = _from_zip(local, member, folder.path / f"table{Path(inner).suffix}", name)
        keep = (*keep, folder)
        findings.append(about_file(Severity.REPAIR, "unpacked", "zip", inner))
        head = _head(local, name)
    suffix = Path(inner).suffix.lower()
    told = format or _by_content(head, local, suffix, name)
    if format is None and suffix in SUFFIXES and SUFFIXES[suffix].name != told:
        findings.append(about_file(Severity.WARNING, "format", suffix, f"read as {told}"))
    return Local(local, name, told, tuple(findings), keep)


def legible(name: str) -> str:
    """Return the name of a file as Unicode, with escapes like ``\\xff`` for other bytes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _renamed(path: Path) -> tuple[Temporary, Path]:
    """Return a copy of a file whose name is no Unicode, which libraries in C++ cannot open."""
    folder = Temporary()
    for part in files_of(path):
        if part.is_symlink() and part != path:
            continue  # as of any Shapefile
        with part.open("rb") as source, (folder.path / f"input{part.suffix}").open("wb") as out:
            for chunk in iter(partial(source.read, _CHUNK), b""):
                _put(out, chunk, "input")
    return folder, folder.path / f"input{path.suffix}"


def _what_is(path: Path) -> str:
    """Return what there is in place of a file, and what to do."""
    if path.is_dir():
        return "a folder; name a file."
    if path.exists():
        return "a pipe or a device; name - and redirect it to standard input."
    return "nothing; name a file."


def from_standard_input() -> tuple[Temporary, Path]:
    """Write standard input to a temporary file; return it and the folder that keeps it."""
    folder = Temporary()
    local = folder.path / "input"
    with local.open("wb") as out:
        for chunk in _chunks(sys.stdin.buffer, "standard input"):
            _put(out, chunk, "standard input")
    return folder, local


def _head(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise InputError(
            f"expected a file that can be read at {name!r}, found {error.strerror}; "
            "check the path and the permissions."
        ) from error
    if not head:
        raise InputError(f"{name}: expected incidents, found an empty file; name another.")
    return head


def _chunks(source: Any, name: str) -> Iterator[bytes]:
    try:
        while chunk := source.read1(_CHUNK):  # what there is: a signal need not wait for more
            yield chunk
    except (OSError, EOFError, ValueError) as error:
        raise InputError(
            f"{name}: expected a whole file, found one that breaks off or is damaged "
            f"({error}); fetch it again."
        ) from error


def _put(out: IO[bytes], chunk: bytes, name: str) -> None:
    try:
        out.write(chunk)
        out.flush()
    except OSError as error:
        raise no_room(name, error) from error


class Unpacking:
    """Unpacks a file, as long as the result does not become too large for the file's size."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self.packed = path.stat().st_size
        self.left = max(_ALWAYS, _MOST_TIMES * self.packed)

    def copy(self, source: Any, target: Path) -> None:
        """Write all that `source` gives to a file; InputError where it is damaged or too much."""
        with target.open("wb") as out:
            for chunk in _chunks(source, self.name):
                self.left -= len(chunk)
                if self.left < 0:
                    raise InputError(
                        f"{self.name}: expected a file that unpacks to at most {_MOST_TIMES} times "
                        f"its size, found {self.packed} bytes that become more; unpack it yourself "
                        "if you trust it."
                    )
                _put(out, chunk, self.name)


_ALWAYS = 1 << 26  # bytes that any packed file may become
_MOST_TIMES = 50  # tables pack to a twentieth; much less is meant to harm


def _unpack(path: Path, target: Path, packing: str, name: str) -> Path:
    import pyarrow as pa

    with path.open("rb") as raw:
        try:
            stream = pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), packing)
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{name}: expected {packing}, found {error}.") from error
        with stream:
            Unpacking(path, name).copy(stream, target)
    return target


_FOREIGN = {
    b"%PDF-": "a PDF",
    b"\x89PNG": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"GIF8": "a picture (GIF)",
    b"II*\0": "a picture (TIFF)",
    b"MM\0*": "a picture (TIFF)",
    b"7z\xbc\xaf\x27\x1c": "an archive (7z)",
    b"Rar!": "an archive (RAR)",
    b"BZh": "a file packed with bzip2",
    b"\xfd7zXZ\0": "a file packed with xz",
    b"\x7fELF": "a program",
    b"{\\rtf": "a text document (RTF)",
    b"RDX2": "a file of R; in R, write.csv() writes CSV",
    b"RDX3": "a file of R; in R, write.csv() writes CSV",
    b"X\n\0\0\0": "a file of R (RDS); in R, write.csv() writes CSV",
    b"$FL2": "a file of SPSS; save it as CSV or .xlsx",
    b"$FL3": "a file of SPSS; save it as CSV or .xlsx",
    b"ARROW1\0\0": "an Arrow or Feather file; write it as Parquet",
    b"\x89HDF": "an HDF5 file; write its table as Parquet or CSV",
    b"HEADER RECORD*******": "a transport file of SAS; in SAS, PROC EXPORT writes CSV",
    b"\x00\x01\x00\x00Standard ": "a database of Access; export its table as .xlsx or .csv",
    b"\x80\x04": "a pickle of Python, which is never opened: it can run a program; write Parquet",
    b"\x80\x05": "a pickle of Python, which is never opened: it can run a program; write Parquet",
    b"%!PS": "a PostScript file",
}
"""Files that are often named by mistake, by their first bytes."""


_OLD_STATA = re.compile(rb"[\x6e-\x73][\x01\x02]\x01\x00")
"""Stata 7 to 12: the release, the order of bytes, the kind of file, nothing."""

_MARKUP = {
    "<html": "a web page",
    "<osm": "a file of OpenStreetMap",
    "<rss": "a feed",
    "<feed": "a feed",
    "<office:document": "a flat document of LibreOffice (.fods); save it as .ods or .xlsx",
    "schemas-microsoft-com:office:spreadsheet": "a workbook in XML; save it as .xlsx",
}
"""Kinds of XML that are often named by mistake, by what stands at the beginning."""


def _by_content(head: bytes, path: Path, suffix: str, name: str) -> str:
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"SQLite format 3\0") or head.startswith(b"fgb\x03"):
        return "layers"
    if head.startswith(b"\x00\x00\x27\x0a"):
        return "layers"
    if head.startswith(b"PK\x03\x04"):
        return _in_zip(path, name)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        if (other := _compound(path)) is not None:
            raise InputError(f"{name}: expected a workbook, found {other}.")
        return "xls"
    if head.startswith(b"<stata_dta>") or _OLD_STATA.match(head):
        return "dta"
    foreign = next((kind for magic, kind in _FOREIGN.items() if head.startswith(magic)), None)
    if head[257:262] == b"ustar":
        foreign = "an archive (tar)"
    if re.match(rb"[\x66-\x6d][\x01\x02]\x01\x00", head):
        foreign = "a file of Stata before version 7; in Stata, `export delimited` writes CSV"
    if head[:1] == b"\x03" and suffix == ".dbf":
        foreign = "the table of a Shapefile; name the .shp beside it, or save it as .csv"
    if b"SAS FILE" in head[:128]:
        foreign = "a file of SAS; in SAS, PROC EXPORT writes CSV"
    if foreign is not None:
        raise InputError(
            f"{name}: expected a table, found {foreign}; name a file in which the incidents are "
            "rows: CSV, XLSX, GeoJSON, ..."
        )
    text = _start_of_text(head)
    if text.startswith("<"):
        if "<kml" in text or "<gpx" in text:
            return "layers"
        kind = next((kind for mark, kind in _MARKUP.items() if mark in text.lower()), "XML")
        raise InputError(
            f"{name}: expected a table, found {kind}; export the table itself, as CSV for example."
        )
    if suffix in SUFFIXES and SUFFIXES[suffix].name == "csv":
        return "csv"
    if text.startswith(("{", "[")):
        return "json"
    return "csv"


_STREAMS = {
    "EncryptedPackage": "one with a password; save it without",
    "WordDocument": "a document of Word; save its table as .xlsx or .csv",
    "PowerPoint Document": "slides; save the table in them as .xlsx or .csv",
    "__properties_version1.0": "a mail of Outlook; save what is attached to it",
}
"""Compound files (MS-CFB) that are no workbooks, by the name of a stream that each has."""


def _compound(path: Path) -> str | None:
    """Return what a compound file is, and what to do, where it is no .xls; else None."""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as whole:
        for stream, kind in _STREAMS.items():
            if whole.find(stream.encode("utf-16-le")) >= 0:
                return kind
        if not any(whole.find(one.encode("utf-16-le")) >= 0 for one in ("Workbook", "Book")):
            return "a compound file of another program; save its table as .xlsx or .csv"
    return None


def _start_of_text(head: bytes) -> str:
    """Return the first characters of what may be text, in any Unicode encoding."""
    for bom, encoding in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if head.startswith(bom):
            return head[len(bom) :].decode(encoding, "ignore").lstrip()
    return head.replace(b"\0", b"").decode("latin-1").lstrip()


_TABLES = (
    ".csv",
    ".tsv",
    ".json",
    ".jsonl",
    ".geojson",
    ".xlsx",
    ".xls",
    ".ods",
    ".dta",
    ".parquet",
    ".gpkg",
)


def _only_table(path: Path) -> str | None:
    """Return the one member of an archive, if it is a table by its suffix; else None."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [one.filename for one in archive.infolist()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None  # which is told later
    members = [one for one in members if not one.startswith("__MACOSX/") and one[-1:] != "/"]
    return members[0] if len(members) == 1 and members[0].lower().endswith(_TABLES) else None


def _from_zip(path: Path, member: str, target: Path, name: str) -> Path:
    try:
        with zipfile.ZipFile(path) as archive, archive.open(member) as source:
            Unpacking(path, name).copy(source, target)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        raise InputError(
            f"{name}: expected an archive that can be unpacked, found {error}; unpack it yourself."
        ) from error
    return target


_PACKAGES = {
    "content.xml": "a document of LibreOffice; save its table as .ods, .xlsx or .csv",
    "xl/workbook.bin": "a binary workbook (.xlsb); save it as .xlsx or .csv",
    "word/document.xml": "a document of Word; save its table as .xlsx or .csv",
    "ppt/presentation.xml": "slides; save the table in them as .xlsx or .csv",
    "Index/Document.iwa": "a document of Numbers or Pages; export it as .xlsx or .csv",
}
"""Archives that are not tables, by a member that each has."""


def _is_spreadsheet(path: Path) -> bool:
    """Tell whether a document of LibreOffice is a spreadsheet, by the type that it states."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open("mimetype") as file:
            return file.read(200).startswith(b"application/vnd.oasis.opendocument.spreadsheet")
    except (zipfile.BadZipFile, OSError, ValueError, KeyError, RuntimeError, NotImplementedError):
        return False


def _in_zip(path: Path, name: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputError(
            f"{name}: expected a whole workbook or archive, found a damaged one ({error}); "
            "fetch it again."
        ) from error
    if "xl/workbook.xml" in members:
        return "xlsx"
    if "content.xml" in members and _is_spreadsheet(path):
        return "ods"
    if any(member.lower().endswith((".shp", ".kml")) for member in members):
        return "layers"
    kind = next((kind for part, kind in _PACKAGES.items() if part in members), None)
    if kind is not None:
        raise InputError(f"{name}: expected a table, found {kind}.")
    raise InputError(
        f"{name}: expected a workbook (XLSX) or a zipped Shapefile, found an archive with "
        f"{', '.join(members[:5]) or 'nothing'}; unpack it and name one file."
    )
