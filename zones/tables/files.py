"""Files of incidents, any size: read, judged and written batch by batch, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geodata.atlas import Atlas
from geodata.columns.diagnostics import Diagnostics, write_repairs
from geodata.columns.mapping import ColumnMapping
from geodata.columns.opening import OpenFile, open_incidents
from geodata.columns.options import ReadingOptions
from geodata.columns.plan import Plan
from geodata.errors import InputError
from geodata.findings import Log
from geodata.formats.parquet import read_parquet
from geodata.formats.storage import (
    fetched,
    file_hash,
    is_remote,
    join,
    list_files,
    list_parts,
    names_of,
    open_file_at,
    read_bytes,
    refuse_to_overwrite,
    remove_tree,
    stored_at,
    write_bytes,
)
from geodata.formats.table import Table
from geodata.formats.writing import (
    needs_geometry,
    output_format,
    result_names,
    with_points,
    write_table,
)
from geodata.parallel import in_order
from zones.record import software
from zones.tables.tagging import (
    BATCH,
    Question,
    Tagged,
    add_columns,
    ask,
    output_schema,
    tag_batch,
)
from zones.verdict import VERDICTS

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["MANIFEST", "Job", "Part", "Summary", "tag_file", "tag_part"]

MANIFEST = "manifest.json"
"""Written last into a folder of tagged parts: what was asked, hashes and counts."""

_PARTS = "_parts"  # what is known of the parts while the manifest is not written
_RUN = f"{_PARTS}/run.json"

_LOOKED_AT = 50_000  # rows of a file that is looked at as a whole; `dezone inspect` looks at more

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Summary:
    """What came of a file: rows by verdict, rows that could not be read, and what was found.

    `renamed` are columns of ours that had to be called otherwise; `parts` is the number of parts
    of a folder (0 for a single file), `kept` how many of them were there already.
    """

    output: str
    rows: int
    verdicts: Mapping[str, int]
    unreadable: int
    mapping: ColumnMapping
    log: Log
    renamed: Mapping[str, str] = field(default_factory=dict)
    parts: int = 0
    kept: int = 0


def tag_file(
    incidents: str | Path,
    output: str | Path,
    *,
    with_: Sequence[str] = (),
    boundary: str | None = None,
    basis: str = "memorandum",
    coarsest_radius: float | str | None = None,
    language: str = "en",
    atlas: Atlas | str | Path | None = None,
    strict: bool = False,
    resume: bool = False,
    repairs: str | Path | None = None,
    guard_formulas: bool = False,
    scheduler: str | None = None,
    progress: Progress | None = None,
    workers: int = 0,
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
    with_, boundary, basis, coarsest_radius, language, atlas, strict
        As for `zones.tag`.
    resume
        Go on with a folder from its last whole part. The result is the same to the byte.
    repairs
        A file for the list of all repairs, warnings and refusals, row by row.
    guard_formulas
        Defuse cells that a spreadsheet would run.
    scheduler
        Address of a Dask scheduler, whose workers take the parts of a folder.
    progress
        Called with the number of rows done, and of all rows where it is known.
    workers
        Threads; as many as there are cores where 0.
    **reading
        What is stated about the input (`geodata.columns.options.ReadingOptions`).

    Raises
    ------
    InputError
        The input cannot be read, the output cannot be written, or, with `strict`, a row cannot be
        read. Nothing half written is left under the output's name.
    """
    question = ask(
        with_=with_,
        boundary=boundary,
        basis=basis,
        coarsest_radius=coarsest_radius,
        language=language,
        atlas=atlas,
    )
    options = ReadingOptions.of(**reading)
    run = _Run(
        question=question,
        strict=strict,
        guard_formulas=guard_formulas,
        repairs=None if repairs is None else str(repairs),
        workers=workers,
        progress=progress or _silent,
    )
    refuse_to_overwrite(incidents, output, repairs)
    if repairs is not None:
        output_format(repairs)  # what cannot be written is said before the work and not after it
    if _is_folder(str(output)):
        return _tag_folder(
            str(incidents), str(output), run, options, resume=resume, scheduler=scheduler
        )
    for name, wish in (("--resume", resume), ("--scheduler", scheduler)):
        if wish:
            raise InputError(
                f"expected a folder as the output for {name}, found the file {str(output)!r}; "
                "name a folder, which gets one part for each part of the input."
            )
    return _tag_single(str(incidents), str(output), run, options)


@dataclass(frozen=True, kw_only=True)
class _Run:
    question: Question
    strict: bool
    guard_formulas: bool
    repairs: str | None
    workers: int
    progress: Progress


def _silent(rows: int, total: int | None) -> None:
    pass


def _is_folder(output: str) -> bool:
    if output == "-":
        return False
    return output.endswith(("/", os.sep)) or not Path(output).suffix or Path(output).is_dir()


# -- one file -------------------------------------------------------------------------------


def _tag_single(incidents: str, output: str, run: _Run, options: ReadingOptions) -> Summary:
    if is_remote(output):
        with stored_at(output) as local:
            return replace(_tag_single(incidents, str(local), run, options), output=output)
    if is_remote(incidents):
        parts = list_parts(incidents)
        if len(parts) > 1:
            raise InputError(
                f"expected a folder as the output for {len(parts)} parts, found the file "
                f"{output!r}; name a folder."
            )
        with fetched(parts[0]) as local:
            return _tag_single(str(local), output, run, options)
    source = open_incidents(incidents, options, atlas=run.question.atlas)
    tally = _Tally(Log(keep_rows=run.repairs is not None))
    tally.log.add(source.findings)
    batches = _tagged(source, run.question, run, tally, output)
    schema = next(batches)
    rows, found = write_table(
        output,
        schema,
        batches,
        like=source.table,
        tags=source.tags_of(schema),
        guard_formulas=run.guard_formulas,
        workers=run.workers,
    )
    tally.log.add(found)
    if run.repairs is not None:
        write_repairs(run.repairs, tally.log)
    names = result_names(source.schema.names, run.question.columns)
    return Summary(
        output=output,
        rows=rows,
        verdicts=tally.by_verdict(),
        unreadable=tally.unreadable,
        mapping=source.mapping,
        log=tally.log,
        renamed={ours: name for ours, name in names.items() if name != ours},
    )


@dataclass
class _Tally:
    """Counts, gathered batch by batch in the order of the rows."""

    log: Log
    rows: int = 0
    verdicts: list[int] = field(default_factory=lambda: [0] * len(VERDICTS))
    unreadable: int = 0

    def add(self, tagged: Tagged) -> None:
        self.rows += len(tagged.incidents)
        self.unreadable += tagged.unreadable
        self.verdicts = [a + b for a, b in zip(self.verdicts, tagged.verdicts, strict=True)]
        self.log.add(tagged.findings)

    def by_verdict(self) -> dict[str, int]:
        return {v.value: n for v, n in zip(VERDICTS, self.verdicts, strict=True)}


def _tagged(
    source: Any, question: Question, run: _Run, tally: _Tally, output: str
) -> Iterator[Any]:
    """Yield the schema of the output, then its batches."""
    import pyarrow as pa

    schema = output_schema(source.schema, question)
    add_geometry = needs_geometry(output, source.schema)
    if add_geometry:
        empty = pa.RecordBatch.from_pylist([], schema=schema)
        yield with_points(empty, [], []).schema
    else:
        yield schema

    def work(batch: pa.RecordBatch) -> tuple[pa.RecordBatch, Tagged]:
        tagged = tag_batch(batch, source.plan, question, strict=run.strict)
        whole = add_columns(batch, tagged, schema)
        if add_geometry:
            found = tagged.incidents
            whole = with_points(whole, found.longitude, found.latitude)
        return whole, tagged

    width = len(source.schema)
    # Looks for what only the rows together show: duplicates, swapped axes, common points.
    diagnostics: Diagnostics | None = Diagnostics(source.plan)
    for whole, tagged in in_order(work, source.batches(BATCH), workers=run.workers):
        tally.add(tagged)
        if tally.rows > _LOOKED_AT:
            diagnostics = None
        if diagnostics is not None:
            diagnostics.see(whole.select(range(width)), tagged.incidents)
        yield whole
        run.progress(tally.rows, source.rows)
    if diagnostics is not None:
        tally.log.add(diagnostics.findings())


# -- a folder of parts ----------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """One file of the input, the name of its part of the output, and how many rows it has."""

    source: str
    name: str
    rows: int


@dataclass(frozen=True)
class Job:
    """All that a worker has to know besides the part; it can be pickled."""

    folder: str
    plan: Plan
    question: Question
    atlas_sha256: str
    strict: bool
    workers: int = 0


def tag_part(part: Part, job: Job, progress: Progress | None = None) -> dict[str, Any]:
    """Tag one part, store it, then what is known of it; return that as plain values.

    Doing it twice does no harm: the bytes are the same.

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
    tally = _Tally(Log())
    run = _Run(
        question=job.question,
        strict=job.strict,
        guard_formulas=False,
        repairs=None,
        workers=job.workers,
        progress=progress or _silent,
    )
    with fetched(part.source) as local:
        digest, size = file_hash(local)
        table = replace(read_parquet([local], part.name), crs=job.plan.crs)
        source = OpenFile(table, job.plan, table.schema, part.rows, ())
        target = join(job.folder, part.name)
        with stored_at(target) as out:
            batches = _tagged(source, job.question, run, tally, str(out))
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
        "findings": tally.log.kinds(),
    }
    write_bytes(join(job.folder, f"{_PARTS}/{part.name}.json"), _json(found))
    return found


def _tag_folder(
    incidents: str,
    folder: str,
    run: _Run,
    options: ReadingOptions,
    *,
    resume: bool,
    scheduler: str | None,
) -> Summary:
    for name, wish in (("--repairs", run.repairs), ("--guard-formulas", run.guard_formulas)):
        if wish:
            raise InputError(
                f"expected a file as the output for {name}, found the folder {folder!r}; leave it "
                "out, or write one file."
            )
    if not is_remote(incidents) and not Path(incidents).is_dir() and not _is_parquet(incidents):
        raise InputError(
            f"expected a file as the output for one that is no Parquet, found the folder "
            f"{folder!r}; name a file, with a suffix like .csv."
        )
    parts, table = _survey(incidents)
    question = run.question
    source = open_incidents(table, options, atlas=question.atlas)
    settings = _settings(question, source.plan)
    today = _begin(folder, settings, source.plan.today, resume=resume)
    known = _known(folder) if resume else {}
    done = {
        part.name: known[part.name]
        for part in parts
        if part.name in known and _whole(folder, part, known[part.name])
    }
    kept = len(done)
    job = Job(
        folder=folder,
        plan=replace(source.plan, today=today),
        question=question,
        atlas_sha256=question.atlas.sha256,
        strict=run.strict,
        workers=run.workers,
    )
    total = sum(part.rows for part in parts)
    rows = sum(found["rows"] for found in done.values())
    left = [part for part in parts if part.name not in done]
    if scheduler is not None:
        from zones.tables.cluster import tag_parts

        finished = tag_parts(left, replace(job, workers=1), scheduler)
    else:
        finished = _one_by_one(left, job, lambda n: run.progress(rows + n, total))
    for found in finished:
        done[found["name"]] = found
        rows += found["rows"]
        run.progress(rows, total)
    manifest = _manifest([done[part.name] for part in parts], settings)
    write_bytes(join(folder, MANIFEST), _json(manifest))
    remove_tree(join(folder, _PARTS))
    log = Log()
    log.add(source.findings)
    names = result_names(table.schema.names, question.columns)
    return Summary(
        output=folder,
        rows=manifest["rows"],
        verdicts=manifest["verdicts"],
        unreadable=manifest["unreadable"],
        mapping=source.mapping,
        log=log,
        renamed={ours: name for ours, name in names.items() if name != ours},
        parts=len(parts),
        kept=kept,
    )


def _is_parquet(incidents: str) -> bool:
    path = Path(incidents)
    if not path.is_file():
        return incidents != "-"  # a pattern, or a name of nothing, which is told elsewhere
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def _one_by_one(
    parts: Sequence[Part], job: Job, progress: Callable[[int], None]
) -> Iterator[dict[str, Any]]:
    for part in parts:
        yield tag_part(part, job, lambda rows, _: progress(rows))


def _survey(incidents: str) -> tuple[list[Part], Table]:
    """Return the parts of the input, and a table of all that reads only what proofs need."""
    import pyarrow.parquet as pq

    sources = list_parts(incidents)
    names = names_of(sources)

    def look(source: str) -> tuple[pa.Schema, int]:
        if not is_remote(source):
            found = read_parquet([Path(source)], source)
            return found.schema, found.rows or 0
        with open_file_at(source) as raw, pq.ParquetFile(raw) as file:
            return file.schema_arrow, file.metadata.num_rows

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(look, sources))
    schema = seen[0][0]
    parts = []
    for source, name, (found, rows) in zip(sources, names, seen, strict=True):
        if not found.remove_metadata().equals(schema.remove_metadata()):
            raise InputError(
                f"{name}: expected the columns of {names[0]} ({', '.join(schema.names)}), found "
                f"{', '.join(found.names)}; tag files of different shape one by one."
            )
        parts.append(Part(source, name, rows))

    def scan(size: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        wanted = [n for n in columns or schema.names if _is_text(schema.field(n).type)]
        for part in parts if wanted else ():
            with open_file_at(part.source) as raw, pq.ParquetFile(raw) as file:
                yield from file.iter_batches(batch_size=size, columns=wanted)

    with fetched(sources[0]) as local:
        shape = read_parquet([local], names[0])
    return parts, replace(shape, scan=scan, rows=sum(part.rows for part in parts), parts=sources)


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _settings(question: Question, plan: Plan) -> dict[str, Any]:
    """Return all that decides the bytes of a part besides its rows."""
    mapping = {k: v for k, v in asdict(plan.mapping).items() if k != "choices" and v}
    settings = {"software": software(), "question": question.to_dict(), "mapping": mapping}
    if plan.areas is not None:
        settings["areas_sha256"] = plan.areas.sha256
    if plan.place_codes is not None:
        codes = repr((plan.place_codes, plan.date_codes))
        settings["precision_sha256"] = hashlib.sha256(codes.encode()).hexdigest()
    return settings


def _begin(folder: str, settings: Mapping[str, Any], today: int, *, resume: bool) -> int:
    """Make ready the folder; return the day of reading, that of the run that is resumed."""
    there = [name for name in list_files(folder) if not name.startswith(".")]
    if there and not resume:
        raise InputError(
            f"expected a new or an empty folder, found {there[0]!r} in {folder!r}; name another "
            "one, or go on with it (--resume)."
        )
    before = read_bytes(join(folder, _RUN))
    finished = read_bytes(join(folder, MANIFEST))
    if before is not None:
        run = json.loads(before)
        _same(run["settings"], settings, folder)
        today = run["today"]
    elif finished is not None:
        manifest = json.loads(finished)
        _same({key: manifest[key] for key in settings}, settings, folder)
    elif there:
        raise InputError(
            f"expected a folder that a tagging left unfinished, found {there[0]!r} in {folder!r}; "
            "name another one."
        )
    if not is_remote(folder):
        Path(folder).mkdir(parents=True, exist_ok=True)
        for left in list(Path(folder).rglob(".*")):  # of a process that was killed
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
    write_bytes(join(folder, _RUN), _json({"settings": settings, "today": today}))
    return today


def _same(before: object, now: Mapping[str, Any], folder: str) -> None:
    if json.loads(_json(now)) != before:
        raise InputError(
            f"expected the choices with which {folder!r} was begun, found others (columns, "
            "boundary, mapping, atlas or version); take the same, or another folder."
        )


def _known(folder: str) -> dict[str, dict[str, Any]]:
    """Return what is known of the parts of a folder that was begun, or finished."""
    manifest = read_bytes(join(folder, MANIFEST))
    found = {} if manifest is None else {p["name"]: p for p in json.loads(manifest)["parts"]}
    for name in list_files(folder):
        if name.startswith(f"{_PARTS}/") and name != _RUN:
            part = json.loads(read_bytes(join(folder, name)) or b"{}")
            found[part["name"]] = part
    return found


def _whole(folder: str, part: Part, found: Mapping[str, Any]) -> bool:
    """Tell whether a part is there as it was written, from an input that is still the same."""
    if _size(join(folder, part.name)) != found["output_bytes"]:
        return False
    for path, role in ((part.source, "input"), (join(folder, part.name), "output")):
        with fetched(path) as local:
            if file_hash(local) != (found[f"{role}_sha256"], found[f"{role}_bytes"]):
                return False
    return True


def _size(path: str) -> int | None:
    """Return the number of bytes of a file at any place; None where there is none."""
    try:
        with open_file_at(path) as file:
            return int(file.seek(0, os.SEEK_END))
    except FileNotFoundError:
        return None


def _manifest(parts: Sequence[Mapping[str, Any]], settings: Mapping[str, Any]) -> dict[str, Any]:
    verdicts = {v.value: sum(part["verdicts"][v.value] for part in parts) for v in VERDICTS}
    return {
        "schema": 1,
        **settings,
        "rows": sum(part["rows"] for part in parts),
        "verdicts": verdicts,
        "unreadable": sum(part["unreadable"] for part in parts),
        "parts": list(parts),
    }


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
