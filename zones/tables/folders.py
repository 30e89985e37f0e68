"""Folders of Parquet, tagged part by part; an interrupted run can be resumed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geodata.columns.opening import OpenFile, open_incidents
from geodata.columns.options import ReadingOptions
from geodata.columns.plan import Plan
from geodata.errors import InputError
from geodata.findings import Log, Severity
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
    remove_tree,
    write_bytes,
)
from geodata.formats.table import Table, about_file
from zones.record import software
from zones.tables.cluster import tag_parts
from zones.tables.parts import PARTS, Job, Part, tag_part, to_json
from zones.tables.question import Question
from zones.tables.stream import Summary, Tagging, renamed
from zones.verdict import VERDICTS

if TYPE_CHECKING:
    import pyarrow as pa

MANIFEST = "manifest.json"
"""The file written last into a folder of tagged parts: the question, hashes and counts."""

_RUN = f"{PARTS}/run.json"


def tag_folder(
    incidents: str, folder: str, question: Question, how: Tagging, reading: ReadingOptions
) -> Summary:
    """Give each row of all parts of a folder its verdict, in one part for each.

    Raises
    ------
    InputError
        The input is not Parquet, or its parts differ in their columns; an option is given that
        only a single file can have; or the output folder holds something else, or was begun with
        other options.
    """
    _check(incidents, folder, how)
    parts, table = _survey(incidents)
    source = open_incidents(table, reading, atlas=question.atlas)
    settings = _settings(question, source.plan)
    with _alone(folder):
        return _tag(folder, parts, source, settings, question, how)


def _tag(
    folder: str,
    parts: Sequence[Part],
    source: OpenFile,
    settings: Mapping[str, Any],
    question: Question,
    how: Tagging,
) -> Summary:
    today = _begin(folder, settings, source.plan.today, resume=how.resume)
    known = _known(folder) if how.resume else {}
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
        strict=how.strict,
        workers=how.workers,
    )
    _tag_rest(parts, done, job, how)
    manifest = _manifest([done[part.name] for part in parts], settings)
    write_bytes(join(folder, MANIFEST), to_json(manifest))
    remove_tree(join(folder, PARTS))
    log = Log()
    log.add(source.findings)
    warnings: Counter[str] = Counter()
    for part in parts:
        warnings.update(done[part.name]["warnings"])
    for kind, count in sorted(warnings.items()):
        log.add([about_file(Severity.WARNING, kind, "", f"{count} in all parts")])
    return Summary(
        output=folder,
        rows=manifest["rows"],
        verdicts=manifest["verdicts"],
        unreadable=manifest["unreadable"],
        mapping=source.mapping,
        log=log,
        renamed=renamed(source.table.schema.names, question),
        parts=len(parts),
        kept=kept,
    )


@contextmanager
def _alone(folder: str) -> Iterator[None]:
    """Lock a folder against other runs; the lock ends with the process, however it ends.

    Folders in a store, and those on systems without file locks, are not locked.
    """
    try:
        import fcntl
    except ImportError:  # not a Unix
        fcntl = None  # type: ignore[assignment]
    if fcntl is None or is_remote(folder):
        yield
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    held = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(
                f"expected a folder that no other run writes to, found one at work in {folder!r}; "
                "wait for it, or stop it and continue with --resume."
            ) from error
        except OSError:  # a disk that has no locks
            pass
        yield
    finally:
        os.close(held)


def _check(incidents: str, folder: str, how: Tagging) -> None:
    """Refuse what a folder cannot have."""
    for name, wish in (
        ("--repairs", how.repairs),
        ("--guard-formulas", how.guard_formulas),
        ("--bom", how.bom),
    ):
        if wish:
            raise InputError(
                f"expected a file as the output for {name}, found the folder {folder!r}; leave it "
                "out, or write one file."
            )
    if not is_remote(incidents) and not Path(incidents).is_dir() and not _is_parquet(incidents):
        raise InputError(
            f"expected a file as the output, since the input is not Parquet, found the folder "
            f"{folder!r}; name a file, with a suffix like .csv."
        )


def _tag_rest(
    parts: Sequence[Part], done: dict[str, dict[str, Any]], job: Job, how: Tagging
) -> None:
    """Tag the parts that are not done yet, and add the notes on each."""
    total = sum(part.rows for part in parts)
    rows = sum(found["rows"] for found in done.values())
    left = [part for part in parts if part.name not in done]
    if how.scheduler is not None:
        finished = tag_parts(left, replace(job, workers=1), how.scheduler)
    else:
        finished = _one_by_one(left, job, lambda n: how.progress(rows + n, total))
    for found in finished:
        done[found["name"]] = found
        rows += found["rows"]
        how.progress(rows, total)


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
    """Return the parts of the input, and a table of all that reads only what is to be proved."""
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
    """Return everything that decides the bytes of a part besides its rows."""
    mapping = {k: v for k, v in asdict(plan.mapping).items() if k != "choices" and v}
    settings = {"software": software(), "question": question.to_dict(), "mapping": mapping}
    if plan.areas is not None:
        settings["areas_sha256"] = plan.areas.sha256
    if plan.place_codes is not None:
        codes = repr((plan.place_codes, plan.date_codes))
        settings["precision_sha256"] = hashlib.sha256(codes.encode()).hexdigest()
    return settings


def _begin(folder: str, settings: Mapping[str, Any], today: int, *, resume: bool) -> int:
    """Prepare the folder; return the day of reading, which a resumed run keeps."""
    there = [name for name in list_files(folder) if not name.startswith(".")]
    if there and not resume:
        raise InputError(
            f"expected a new or an empty folder, found {there[0]!r} in {folder!r}; name another "
            "one, or continue this one (--resume)."
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
            f"expected a folder of an unfinished run, found {there[0]!r} in {folder!r}; "
            "name another one."
        )
    if not is_remote(folder):
        for left in list(Path(folder).rglob(".*")):  # of a process that was killed
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
    write_bytes(join(folder, _RUN), to_json({"settings": settings, "today": today}))
    return today


def _same(before: object, now: Mapping[str, Any], folder: str) -> None:
    if json.loads(to_json(now)) != before:
        raise InputError(
            f"expected the options with which {folder!r} was begun, found others (columns, "
            "boundary, mapping, atlas or version); give the same ones, or name another folder."
        )


def _known(folder: str) -> dict[str, dict[str, Any]]:
    """Return the notes on the parts of a folder that was begun, or finished."""
    manifest = read_bytes(join(folder, MANIFEST))
    found = {} if manifest is None else {p["name"]: p for p in json.loads(manifest)["parts"]}
    for name in list_files(folder):
        if name.startswith(f"{PARTS}/") and name != _RUN:
            part = json.loads(read_bytes(join(folder, name)) or b"{}")
            found[part["name"]] = part
    return found


def _whole(folder: str, part: Part, found: Mapping[str, Any]) -> bool:
    """Tell whether a part is still there as it was written, and its input unchanged."""
    if _size(join(folder, part.name)) != found["output_bytes"]:
        return False
    for path, role in ((part.source, "input"), (join(folder, part.name), "output")):
        with fetched(path) as local:
            if file_hash(local) != (found[f"{role}_sha256"], found[f"{role}_bytes"]):
                return False
    return True


def _size(path: str) -> int | None:
    """Return the size of a file, local or in a store, in bytes; None if there is none."""
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
