"""Verifying a report: its files follow from its numbers, and its numbers from the incidents."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from dezone.provenance import libraries, software_sha256
from dezone.report.files import (
    PAGE,
    ReportDocument,
    page_of,
    png_charts,
    read_document,
    svg_charts,
)
from dezone.report.model import Made, Report
from dezone.report.numbers.making import make_report
from dezone.report.tables import write_tables
from dezone.verification import Finding, Verification, differs, leaves, listed, same, unchecked
from geodata.atlas import Atlas, read_atlas
from geodata.columns.mapping import ColumnMapping
from geodata.columns.precision import PrecisionTable
from geodata.errors import DezoneError, RecordError
from zones.record import software
from zones.tables.question import ask

_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9]+)+")
_LARGEST = 256 << 20  # bytes of one file: the largest of a report have a few million


def verify_report(
    path: str | Path,
    *,
    atlas: Atlas | None = None,
    incidents: str | Path | None = None,
    admin: Sequence[str | Path] = (),
) -> Verification:
    """Compare a report with a new computation, and every file beside it with its numbers.

    Page, charts and tables are made again from the numbers, so that a change is found even if
    their hashes were updated. The numbers are computed again from the file of incidents; without
    it they are `unchecked`, and the report is not `verified`.

    Parameters
    ----------
    path
        A report.json.
    atlas
        The atlas to compute with; the shipped one where None.
    incidents
        The file of incidents that the report was made from.
    admin
        The files of polygons that it was made with, if it was.

    Raises
    ------
    RecordError
        The file cannot be opened.
    """
    where = Path(path)
    try:
        content = where.read_bytes()
    except OSError as error:
        raise RecordError(
            f"expected a report at {str(path)!r}, found nothing that can be read "
            f"({error.strerror or error}); name the report.json that `dezone report` wrote."
        ) from error
    try:
        document = read_document(content)
    except RecordError as error:
        return Verification.of([differs("report", str(error))])
    book = read_atlas() if atlas is None else atlas
    return Verification.of(
        [
            _as_made(document, content),
            *_versions(document.report.made, book),
            *_Folder(document, where, book).findings(),
            *_numbers(document.report, book, incidents, admin),
        ]
    )


def _as_made(document: ReportDocument, content: bytes) -> Finding:
    if content == document.to_json():
        return same("report")
    hint = "its bytes are not as reports are written"
    stated = msgspec.json.decode(content).get("sha256")
    if stated != document.sha256:
        hint = f"it states {stated}, its content has {document.sha256}"
    return differs("report", f"report differs: it is not as it was when it was made ({hint})")


def _versions(made: Made, atlas: Atlas) -> Iterator[Finding]:
    """Tell which versions differ, and which do not fit their hashes."""
    now = Made(
        atlas_id=atlas.meta.id,
        atlas_version=atlas.version,
        atlas_sha256=atlas.sha256,
        software=software(),
        software_sha256=software_sha256(),
        libraries=libraries(),
    )
    for what, fields in (
        ("atlas", ("atlas_id", "atlas_version")),
        ("software", ("software",)),
    ):
        named = {name: getattr(made, name) for name in fields}
        mine = {name: getattr(now, name) for name in fields}
        stated, here = (getattr(one, f"{what}_sha256") for one in (made, now))
        if stated != here:
            hint = "; name its folder (--atlas)" if what == "atlas" else ""
            yield unchecked(
                what,
                f"{what} {', '.join(named.values())} ({stated}) is not this one ({here}){hint}",
            )
        elif found := list(leaves(named, mine)):
            yield differs(what, f"{what} differs: {listed(found)}")
        else:
            yield same(what)
    if found := list(leaves(made.libraries, now.libraries)):
        yield unchecked("libraries", f"libraries are others than these: {listed(found)}")


# -- the folder -----------------------------------------------------------------------------


class _Folder:
    """The files beside a report.json, those that it names, and those that it would have."""

    def __init__(self, document: ReportDocument, path: Path, atlas: Atlas) -> None:
        self.document, self.atlas = document, atlas
        self.folder, self.own_name = path.parent, path.name
        made = document.report.made
        self.same_atlas = made.atlas_sha256 == atlas.sha256
        self.exact = made.software_sha256 == software_sha256() and made.libraries == libraries()

    def findings(self) -> Iterator[Finding]:
        """Yield what came of the files."""
        found = [*self._unlisted(), *self._listed(), *self._made_again()]
        yield from found
        if not found:
            yield same("files", f"{len(self.document.files)} files")

    def _unlisted(self) -> Iterator[Finding]:
        """Find files that look like a part of the report and are not."""
        known = {*self.document.files, self.own_name}
        for entry in sorted(self.folder.iterdir()):
            if entry.name not in known and not entry.name.startswith("."):
                yield differs("file", f"file not of the report: {entry.name!r}")

    def _listed(self) -> Iterator[Finding]:
        for name, stated in self.document.files.items():
            if not _NAME.fullmatch(name):  # it names a file beside it, and none elsewhere
                yield differs("file", f"no name of a file beside a report: {name!r}")
                continue
            content = self._read(name)
            if content is None:
                yield differs("file", f"file missing: {name}")
            elif (now := hashlib.sha256(content).hexdigest()) != stated:
                yield differs("file", f"file changed: {name} had {stated}, has {now}")

    def _read(self, name: str) -> bytes | None:
        path = self.folder / name
        try:
            if not path.is_file() or path.stat().st_size > _LARGEST:
                return None
            return path.read_bytes()
        except OSError:
            return None

    def _made_again(self) -> Iterator[Finding]:
        """Make every file again from the numbers, so that an updated hash hides nothing."""
        if not self.same_atlas:
            yield unchecked("files", "whether the files follow from the numbers (with that atlas)")
            return
        report, language = self.document.report, self.document.language
        try:
            files = write_tables(report, self.atlas, language=language)
            files |= svg_charts(report, self.atlas, language)
            names = {name.replace(".svg", ".png") for name in files if name.endswith(".svg")}
            beside = {name: self._read(name) or b"" for name in names & set(self.document.files)}
            pictures = png_charts(report, self.atlas, language) if any(beside.values()) else {}
            files[PAGE] = page_of(report, self.atlas, language, files | beside)
        except Exception as error:  # nobody promises that a stranger's numbers fit together
            yield differs("report", f"report differs: its files cannot be made again: {error}")
            return
        for name, content in files.items():
            if self._read(name) != content:
                said = f"{name} does not follow from the report's numbers"
                yield differs("file", said) if self.exact else unchecked("file", said)
        for name in self.document.files:
            if name not in files and name not in beside:
                yield differs("file", f"no file that a report has: {name}")
        other = sorted(name for name in beside if pictures.get(name) != beside[name])
        if other:
            yield unchecked("file", f"{len(other)} charts as PNG (another release of typst?)")


# -- the numbers ----------------------------------------------------------------------------


def _numbers(
    before: Report, atlas: Atlas, incidents: str | Path | None, admin: Sequence[str | Path]
) -> Iterator[Finding]:
    """Make the report again from its file, and tell which parts differ."""
    setting = before.setting
    if incidents is None:
        yield unchecked("numbers", "numbers (name the file of incidents: --incidents)")
        return
    if setting.areas_sha256 is not None and not admin:
        yield unchecked(
            "numbers",
            "numbers (made with polygons of districts or governorates, "
            f"{setting.areas_sha256}; name the same files: --admin)",
        )
        return
    try:
        question = ask(
            boundary=setting.boundary,
            basis=setting.basis,
            coarsest_radius=setting.coarsest_radius_m,
            atlas=atlas,
        )
        again = make_report(incidents, question, admin=admin, **_reading(setting.reading))
    except (DezoneError, TypeError, ValueError) as error:
        yield differs("numbers", f"numbers cannot be computed: {error}")
        return
    if again.input.sha256 != before.input.sha256:
        yield differs(
            "input",
            f"incidents changed: the report was made from {before.input.name!r} "
            f"({before.input.sha256}), this is {again.input.name!r} ({again.input.sha256})",
        )
    elif again.input.name != before.input.name:
        yield unchecked(
            "input", f"the name of the file: {before.input.name!r} there, {again.input.name!r} here"
        )
    # What it was made with is told above.
    named = msgspec.structs.replace(again.input, name=before.input.name, sha256=before.input.sha256)
    again = msgspec.structs.replace(again, made=before.made, input=named)
    parts = [p for p in before.__struct_fields__ if getattr(before, p) != getattr(again, p)]
    for part in parts:
        yield differs("numbers", f"numbers differ: {part}")
    if not parts:
        yield same("numbers")


def _reading(stated: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of reading as they were stated."""
    options = dict(stated)
    if "mapping" in options:
        options["mapping"] = msgspec.convert(options["mapping"], ColumnMapping)
    if "precision" in options:
        options["precision"] = msgspec.convert(options["precision"], PrecisionTable)
    return options
