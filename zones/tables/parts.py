"""One part of a folder of tagged Parquet: a pure function of its input and the job."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from geodata.columns.diagnostics import FEW_ROWS, Diagnostics
from geodata.columns.opening import OpenFile
from geodata.columns.plan import Plan
from geodata.errors import InputError
from geodata.findings import Severity
from geodata.formats.parquet import read_parquet
from geodata.formats.storage import fetched, file_hash, join, stored_at, write_bytes
from geodata.formats.writing import write_table
from zones.tables.question import Question
from zones.tables.stream import Progress, Tagging, Tally, silent, tagged_batches

PARTS = "_parts"
"""Folder of notes on the finished parts, until the manifest is written."""


@dataclass(frozen=True)
class Part:
    """One file of the input, the name of its part of the output, and how many rows it has."""

    source: str
    name: str
    rows: int


@dataclass(frozen=True)
class Job:
    """All that a worker needs to know besides the part; it can be pickled."""

    folder: str
    plan: Plan
    question: Question
    atlas_sha256: str
    strict: bool
    workers: int = 0


def tag_part(part: Part, job: Job, progress: Progress = silent) -> dict[str, Any]:
    """Tag one part and store it, then the notes on it; return the notes as plain values.

    Doing it twice does no harm, since the bytes are the same.

    Raises
    ------
    InputError
        The worker has another atlas, or the part cannot be read or written.
    """
    if job.question.atlas.sha256 != job.atlas_sha256:
        raise InputError(
            f"expected the atlas {job.atlas_sha256[:12]} on this worker, found "
            f"{job.question.atlas.sha256[:12]}; install the same version everywhere."
        )
    how = Tagging(strict=job.strict, workers=job.workers, progress=progress)
    with fetched(part.source) as local:
        digest, size = file_hash(local)
        table = replace(read_parquet([local], part.name), crs=job.plan.crs)
        source = OpenFile(table, job.plan, table.schema, part.rows, ())
        tally = Tally(Diagnostics(source, most_rows=FEW_ROWS))
        target = join(job.folder, part.name)
        with stored_at(target) as out:
            batches = tagged_batches(source, job.question, how, tally, str(out))
            schema = next(batches)
            try:
                write_table(out, schema, batches, like=table, workers=job.workers)
            except InputError as error:
                raise InputError(f"{part.name}: {error}") from error
            out_digest, out_size = file_hash(out)
    found = {
        "name": part.name,
        "rows": tally.rows,
        "input_bytes": size,
        "input_sha256": digest,
        "output_bytes": out_size,
        "output_sha256": out_digest,
        "verdicts": tally.by_verdict(),
        "unreadable": tally.unreadable,
        "findings": tally.diagnostics.log.kinds(),
        "warnings": tally.diagnostics.log.kinds(Severity.WARNING),
    }
    write_bytes(join(job.folder, f"{PARTS}/{part.name}.json"), to_json(found))
    return found


def to_json(value: Mapping[str, Any]) -> bytes:
    """Return plain values as JSON, the same bytes each time."""
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
