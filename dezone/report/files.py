"""The files of a report: its page, charts and tables, and ``report.json``, which names them all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from dezone.provenance import canonical
from dezone.report.model import Report
from dezone.report.page import render_report
from dezone.report.plots import charts_of
from dezone.report.tables import write_tables
from geodata.atlas import Atlas
from geodata.errors import RecordError
from maps.print.typesetting import can_print, to_png

PAGE = "report.html"
"""The name of the page in the report's folder."""

REPORT = "report.json"
"""The name of the document in the report's folder."""

_SCHEMA = 1
_FRAMED = 900.0
_SCALE_PNG = 2.0


def report_files(report: Report, atlas: Atlas, *, language: str) -> dict[str, bytes]:
    """Return all files of a report by name, the page first; the same bytes each time.

    The page holds every language of the atlas and opens in this one; tables and charts are in it.
    Charts are left out as PNG where what print needs is not installed.
    """
    tables = write_tables(report, atlas, language=language)
    charts = {**svg_charts(report, atlas, language), **png_charts(report, atlas, language)}
    page = page_of(report, atlas, language, tables | charts)
    files = {PAGE: page, **tables, **charts}
    return {**files, REPORT: ReportDocument.of(report, language=language, files=files).to_json()}


def svg_charts(report: Report, atlas: Atlas, language: str) -> dict[str, bytes]:
    """Return the charts of a report as SVG, by file name."""
    found = {}
    for chart in charts_of(report, atlas, language):
        drawing = chart.draw(chart.least_width(_FRAMED), framed=True)
        svg = drawing.svg(title=chart.title, about=chart.about, language=language)
        found[f"chart-{chart.key}.svg"] = svg.encode()
    return found


def png_charts(report: Report, atlas: Atlas, language: str) -> dict[str, bytes]:
    """Return the charts of a report as PNG, by file name; none where print is not installed."""
    found = {}
    for chart in charts_of(report, atlas, language) if can_print() else ():
        drawing = chart.draw(chart.least_width(_FRAMED), framed=True)
        found[f"chart-{chart.key}.png"] = to_png(
            drawing, title=chart.title, language=language, scale=_SCALE_PNG
        )
    return found


def page_of(report: Report, atlas: Atlas, language: str, beside: Mapping[str, bytes]) -> bytes:
    """Return the page, which names the files beside it with their hashes."""
    return render_report(report, atlas, language=language, files=beside, document=REPORT).encode()


# -- report.json ----------------------------------------------------------------------------


class ReportDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it is stored.

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
    def of(cls, report: Report, *, language: str, files: Mapping[str, bytes]) -> ReportDocument:
        """Return the document of a report and of the files that were written for it."""
        hashes = {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}
        return cls(report=report, language=language, files=hashes)

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical bytes of everything but the hash itself."""
        return hashlib.sha256(canonical(self, indent=1)).hexdigest()

    def to_json(self) -> bytes:
        """Return the document as JSON, its own hash last."""
        whole: dict[str, Any] = {**msgspec.to_builtins(self), "sha256": self.sha256}
        return canonical(whole, indent=1)


def read_document(content: bytes) -> ReportDocument:
    """Read a report.json as it stands, altered or not.

    Raises
    ------
    RecordError
        It is not JSON, or not a report.
    """
    try:
        return msgspec.json.decode(content.decode(), type=ReportDocument)
    except RecursionError:
        found = "JSON that is nested too deeply"
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        found = f"something else ({str(error).splitlines()[0]})"
    raise RecordError(
        f"expected a report as `dezone report` writes it, found {found}; use the file as it was "
        "written."
    )


def is_report(path: Path) -> bool:
    """Tell whether a file is meant as a report: by its content, or by its name if it has none."""
    try:
        whole = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return path.name == REPORT
    return isinstance(whole, dict) and "report" in whole
