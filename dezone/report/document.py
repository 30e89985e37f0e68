"""``report.json``: a report with the hashes of all that lies beside it, and its verification."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from dezone.provenance import canonical, software_sha256
from dezone.report.making import make_report
from dezone.report.model import Report
from dezone.report.tables import write_tables
from dezone.verification import Difference, Verification
from geodata.atlas import Atlas, read_atlas
from geodata.columns.mapping import ColumnMapping
from geodata.columns.precision import PrecisionTable
from geodata.errors import DezoneError, RecordError

__all__ = ["REPORT", "Document", "is_report", "read_document", "verify_report"]

REPORT = "report.json"
"""The name of the document in the report's folder."""

_SCHEMA = 1
_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9]+)+")


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it is kept.

    Attributes
    ----------
    report
        All its numbers.
    language
        Of the sentences in its tables.
    files
        Name to SHA-256 of each file beside it.
    schema
        Of the document itself.
    """

    report: Report
    language: str
    files: dict[str, str]
    schema: int = _SCHEMA

    @classmethod
    def of(cls, report: Report, *, language: str, files: Mapping[str, bytes]) -> Document:
        """Return the document of a report and the files that were written for it."""
        hashes = {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}
        return cls(report=report, language=language, files=hashes)

    @property
    def sha256(self) -> str:
        """Hash over the canonical bytes of all but itself."""
        return hashlib.sha256(canonical(self, indent=1)).hexdigest()

    def to_json(self) -> bytes:
        """Return the document as JSON, its own hash last."""
        whole = {**msgspec.to_builtins(self), "sha256": self.sha256}
        return canonical(whole, indent=1)


def read_document(content: bytes) -> Document:
    """Read a report.json as it stands, changed or not.

    Raises
    ------
    RecordError
        It is no JSON, or no report.
    """
    try:
        return msgspec.json.decode(content, type=Document)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RecordError(
            f"expected a report as `dezone report` writes it, found something else "
            f"({str(error).splitlines()[0]}); use the file as it was written."
        ) from error


def is_report(path: Path) -> bool:
    """Tell whether a file is meant as a report: by its content, or by its name if it has none."""
    try:
        whole = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return path.name == REPORT
    return isinstance(whole, dict) and "report" in whole


def verify_report(
    path: str | Path,
    *,
    atlas: Atlas | None = None,
    incidents: str | Path | None = None,
    admin: Sequence[str | Path] = (),
) -> Verification:
    """Tell whether a report is what it says, and what differs.

    Always: its bytes, those of every file beside it, the versions, and whether its tables follow
    from its numbers. With the incidents all numbers are reckoned anew from their file.

    Parameters
    ----------
    path
        A report.json.
    atlas
        The atlas to reckon with; the shipped one where None.
    incidents
        The file of incidents that the report was made from; None to leave the numbers be.
    admin
        The files of polygons that it was made with, if it was.

    Raises
    ------
    RecordError
        The file cannot be opened.
    """
    where = Path(path)
    book = read_atlas() if atlas is None else atlas
    try:
        content = where.read_bytes()
    except OSError as error:
        raise RecordError(
            f"expected a report at {str(path)!r}, found nothing that can be read "
            f"({error.strerror or error}); name the report.json that `dezone report` wrote."
        ) from error
    try:
        found = read_document(content)
    except RecordError as error:
        unreadable = Difference(what="report", text=str(error))
        return Verification(differences=[unreadable], recomputed=False)
    differences = [
        *_changed_bytes(found, content),
        *_changed_files(found, where.parent),
        *_other_versions(found, book),
    ]
    if not differences:
        differences += _tables(found, book)
    if incidents is not None:
        differences += _reckoned(found, book, incidents, admin)
    return Verification(differences=differences, recomputed=incidents is not None)


def _changed_bytes(found: Document, content: bytes) -> Iterator[Difference]:
    if content != found.to_json():
        stated = msgspec.json.decode(content).get("sha256")
        hint = "its bytes are not as reports are written"
        if stated != found.sha256:
            hint = f"it states {stated}, its content has {found.sha256}"
        yield Difference(
            what="report", text=f"report changed: it is not as it was when it was made ({hint})"
        )


def _changed_files(found: Document, folder: Path) -> Iterator[Difference]:
    for name, stated in found.files.items():
        if not _NAME.fullmatch(name):  # it names a file beside it, and none elsewhere
            yield Difference(what="file", text=f"no name of a file beside a report: {name!r}")
            continue
        try:
            is_now = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        except OSError:
            yield Difference(what="file", text=f"file missing: {name}")
            continue
        if is_now != stated:
            yield Difference(what="file", text=f"file changed: {name} had {stated}, has {is_now}")


def _other_versions(found: Document, atlas: Atlas) -> Iterator[Difference]:
    made = found.report.made
    if made.atlas_sha256 != atlas.sha256:
        yield Difference(
            what="atlas",
            text=f"atlas changed: the report was made with {made.atlas_version} "
            f"({made.atlas_sha256}), this is {atlas.version} ({atlas.sha256})",
        )
    now = software_sha256()
    if made.software_sha256 != now:
        yield Difference(
            what="software",
            text=f"software changed: the report was made with {made.software} "
            f"({made.software_sha256}), this is {now}",
        )


def _tables(found: Document, atlas: Atlas) -> Iterator[Difference]:
    """Tell of tables that do not follow from the numbers: hashes written anew hide nothing."""
    for name, content in write_tables(found.report, atlas, language=found.language).items():
        if hashlib.sha256(content).hexdigest() != found.files.get(name):
            yield Difference(what="file", text=f"table differs from the report's numbers: {name}")


def _reckoned(
    found: Document, atlas: Atlas, incidents: str | Path, admin: Sequence[str | Path]
) -> Iterator[Difference]:
    """Make the report anew from its file, and tell which parts come out otherwise."""
    before = found.report
    setting = before.setting
    if setting.areas_sha256 is not None and not admin:
        yield Difference(
            what="numbers",
            text="numbers cannot be reckoned: the report was made with polygons of districts or "
            f"governorates ({setting.areas_sha256}); name the same files (--admin)",
        )
        return
    try:
        again = make_report(
            incidents,
            boundary=setting.boundary,
            basis=setting.basis,
            coarsest_radius=setting.coarsest_radius_m,
            atlas=atlas,
            admin=admin,
            **_reading(setting.reading),
        )
    except (DezoneError, TypeError, ValueError) as error:
        yield Difference(what="numbers", text=f"numbers cannot be reckoned: {error}")
        return
    if again.input.sha256 != before.input.sha256:
        yield Difference(
            what="input",
            text=f"incidents changed: the report was made from {before.input.name} "
            f"({before.input.sha256}), this is {again.input.name} ({again.input.sha256})",
        )
    # What it was made with is told above, and the name of a file proves nothing.
    named = msgspec.structs.replace(again.input, name=before.input.name, sha256=before.input.sha256)
    again = msgspec.structs.replace(again, made=before.made, input=named)
    for part in before.__struct_fields__:
        if getattr(before, part) != getattr(again, part):
            yield Difference(what="numbers", text=f"numbers differ: {part}")


def _reading(stated: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of reading as they were stated."""
    options = dict(stated)
    if "mapping" in options:
        options["mapping"] = msgspec.convert(options["mapping"], ColumnMapping)
    if "precision" in options:
        options["precision"] = msgspec.convert(options["precision"], PrecisionTable)
    return options
