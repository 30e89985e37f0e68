"""Files of incidents of any size: read, assessed and written batch by batch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geodata.columns.diagnostics import FEW_ROWS, Diagnostics, write_repairs
from geodata.columns.opening import open_incidents
from geodata.columns.options import ReadingOptions
from geodata.errors import InputError
from geodata.findings import Finding, Log, Severity
from geodata.formats.storage import (
    fetched,
    is_remote,
    list_parts,
    refuse_overlap,
    stored_at,
)
from geodata.formats.suffixes import output_format
from geodata.formats.table import Dialect, Table, about_file
from geodata.formats.writing import write_table
from zones.tables.folders import tag_folder
from zones.tables.question import Question, ask
from zones.tables.stream import Summary, Tagging, Tally, renamed, tagged_batches

if TYPE_CHECKING:
    import pyarrow as pa


def tag_file(
    incidents: str | Path,
    output: str | Path,
    question: Question | None = None,
    how: Tagging | None = None,
    **reading: Any,
) -> Summary:
    """Give each row of a file its verdict, and write all rows to another file.

    Parameters
    ----------
    incidents
        A file in any format that is read, ``-`` for standard input, or Parquet as a folder, a
        pattern or an address like ``s3://bucket/*.parquet``.
    output
        A file, in the format of its suffix; ``-`` for standard output; or, where the input is
        Parquet, a folder, which gets one part for each part of the input and a `MANIFEST`.
    question
        What is asked about every row; `zones.tables.question.ask` makes one.
    how
        Whether to stop at unreadable rows, where to list repairs, and the like.
    **reading
        What is stated about the input (`geodata.columns.options.ReadingOptions`).

    Raises
    ------
    InputError
        The input cannot be read, the output cannot be written, or, with `strict`, a row cannot be
        read. No half-written file is left under the output's name.
    """
    question, how = question or ask(), how or Tagging()
    options = ReadingOptions.of(**reading)
    refuse_overlap([incidents, *options.polygons()], [output, how.repairs])
    if how.repairs is not None:
        output_format(how.repairs)  # what cannot be written is said before the work, not after it
    if _is_folder(str(output)):
        return tag_folder(str(incidents), str(output), question, how, options)
    for name, wish in (("--resume", how.resume), ("--scheduler", how.scheduler)):
        if wish:
            raise InputError(
                f"expected a folder as the output for {name}, found the file {str(output)!r}; "
                "name a folder, which gets one part for each part of the input."
            )
    return _tag_single(str(incidents), str(output), question, how, options)


def _is_folder(output: str) -> bool:
    if output == "-":
        return False
    return output.endswith(("/", os.sep)) or not Path(output).suffix or Path(output).is_dir()


def _tag_single(
    incidents: str, output: str, question: Question, how: Tagging, options: ReadingOptions
) -> Summary:
    if is_remote(output):
        with stored_at(output) as local:
            summary = _tag_single(incidents, str(local), question, how, options)
            return replace(summary, output=output)
    if is_remote(incidents):
        parts = list_parts(incidents)
        if len(parts) > 1:
            raise InputError(
                f"expected a folder as the output for {len(parts)} parts, found the file "
                f"{output!r}; name a folder."
            )
        with fetched(parts[0]) as local:
            return _tag_single(str(local), output, question, how, options)
    source = open_incidents(incidents, options, atlas=question.atlas)
    log = Log(keep_rows=how.repairs is not None)
    diagnostics = Diagnostics(source, log=log, most_rows=FEW_ROWS)
    tally = Tally(diagnostics)
    batches = tagged_batches(source, question, how, tally, output)
    schema = next(batches)
    like, batches, told = _marked(source.table, batches, output, wanted=how.bom)
    rows, found = write_table(
        output,
        schema,
        batches,
        like=like,
        tags=source.tags_of(schema),
        guard_formulas=how.guard_formulas,
        workers=how.workers,
    )
    diagnostics.log.add((*found, *told))
    if how.repairs is not None:
        write_repairs(how.repairs, diagnostics.log)
    return Summary(
        output=output,
        rows=rows,
        verdicts=tally.by_verdict(),
        unreadable=tally.unreadable,
        mapping=source.mapping,
        log=diagnostics.log,
        renamed=renamed(source.schema.names, question),
    )


def _marked(
    table: Table, batches: Iterator[pa.RecordBatch], output: str, *, wanted: bool
) -> tuple[Table, Iterator[pa.RecordBatch], list[Finding]]:
    """Return the table whose dialect the output takes, with a byte order mark if it needs one."""
    if output_format(output)[0].name != "csv":
        if wanted:
            raise InputError(
                f"expected CSV as the output for --bom, found {output!r}; leave it out."
            )
        return table, batches, []
    if not wanted and table.dialect is None and output != "-":
        first = next(batches, None)
        wanted = first is not None and _is_arabic(first)
        batches = batches if first is None else chain([first], batches)
    if not wanted:
        return table, batches, []
    marked = replace(table, dialect=replace(table.dialect or Dialect(), bom=True))
    why = "written in front, since Excel takes UTF-8 without it for another encoding"
    return marked, batches, [about_file(Severity.REPAIR, "byte-order-mark", "", why)]


def _is_arabic(batch: pa.RecordBatch) -> bool:
    """Tell whether any text of a batch has an Arabic letter."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for column in batch.columns:
        words = column.dictionary if pa.types.is_dictionary(column.type) else column
        if pa.types.is_string(words.type):
            found = pc.any(pc.match_substring_regex(words, r"\p{Arabic}"))
            if found.as_py():
                return True
    return False
