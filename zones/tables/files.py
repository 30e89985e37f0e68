"""Files of incidents, any size: read, assessed and written batch by batch, whole or not at all."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from geodata.columns.diagnostics import FEW_ROWS, Diagnostics, write_repairs
from geodata.columns.opening import open_incidents
from geodata.columns.options import ReadingOptions
from geodata.errors import InputError
from geodata.findings import Log
from geodata.formats.storage import (
    fetched,
    is_remote,
    list_parts,
    refuse_overlap,
    stored_at,
)
from geodata.formats.suffixes import output_format
from geodata.formats.writing import write_table
from zones.tables.folders import tag_folder
from zones.tables.question import Question, ask
from zones.tables.stream import Summary, Tagging, Tally, renamed, tagged_batches


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
        Parquet, a folder: it gets one part for each part of the input and a `MANIFEST`.
    question
        What is asked about every row; `zones.tables.question.ask` makes one.
    how
        Whether to stop at what cannot be read, where repairs are listed, and the like.
    **reading
        What is stated about the input (`geodata.columns.options.ReadingOptions`).

    Raises
    ------
    InputError
        The input cannot be read, the output cannot be written, or, with `strict`, a row cannot be
        read. Nothing half written is left under the output's name.
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
    rows, found = write_table(
        output,
        schema,
        batches,
        like=source.table,
        tags=source.tags_of(schema),
        guard_formulas=how.guard_formulas,
        workers=how.workers,
    )
    diagnostics.log.add(found)
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
