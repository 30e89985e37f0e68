"""The report on rows that do not come from a file: the same numbers, page and files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from dezone.report.files import page_of, report_files
from dezone.report.model import Report
from dezone.report.numbers.making import Identity, make_report
from geodata.formats.table import Table
from zones.tables.question import Question


@dataclass(frozen=True)
class RowsReport:
    """A report on rows, each part of which is made when it is needed."""

    report: Report
    question: Question

    def numbers(self) -> dict[str, Any]:
        """Return the numbers as JSON has them: the `report` of a report.json."""
        return dict(msgspec.to_builtins(self.report))

    def page(self) -> bytes:
        """Return the page by itself, which names no file beside it."""
        return page_of(self.report, self.question.atlas, self.question.language, {})

    def files(self) -> dict[str, bytes]:
        """Return the files of the folder by name."""
        return report_files(self.report, self.question.atlas, language=self.question.language)


def report_rows(rows: Table, question: Question, name: str, content: bytes) -> RowsReport:
    """Return the report of rows, which are known by the name and the bytes of their text.

    Raises
    ------
    InputError
        The columns cannot be known.
    """
    return RowsReport(
        make_report(rows, question, identity=Identity.of_bytes(name, content)), question
    )
