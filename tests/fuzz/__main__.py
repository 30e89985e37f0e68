"""Fuzz every reader, guided by what of our code each file reaches: `make fuzz`, or this folder.

    python tests/fuzz [--seconds N] [READER ...]

The time is divided over the readers, and each runs in a process of its own, forked from one in
which our code stands instrumented already: that takes longer than thousands of files. What a reader
learns (files that reach new code) stays in `.fuzz/READER/corpus` and is where the next run begins;
a file that breaks a promise is kept in `.fuzz/READER/faults` beside what it did. A fault is an
error that is not one of dezone's own, a broken promise of `targets.py`, 20 seconds for a file, or
2 GiB.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import io
import json
import os
import random
import re
import shutil
import sys
import tempfile
import time
import traceback
import zlib
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".fuzz"
LONGEST = 20  # seconds for a file
LARGEST = 1 << 18  # bytes of a file
MEMORY = 2048  # MiB
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]


INSTRUMENTED = ["geodata", "dezone", "zipfile", "tomllib", "xlrd", "pandas.io.stata"]

# -- one reader, in a process of its own ----------------------------------------------------


def fuzz(name: str, seconds: int) -> None:
    """Fuzz one reader until the time is over; libFuzzer ends the process."""
    import atheris
    from targets import TARGETS

    target = TARGETS[name]
    corpus, faults = (FOLDER / name / part for part in ("corpus", "faults"))
    for folder in (corpus, faults):
        folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="fuzz-"))

    def once(content: bytes) -> None:
        try:
            target.run(content, work)
        except Exception as error:
            keep(error, content, faults)
        for left in work.iterdir():
            left.unlink() if left.is_file() else shutil.rmtree(left)

    with atheris.instrument_imports(include=INSTRUMENTED):
        for content in target.seeds():
            once(content)  # imports whatever is imported on the way
            (corpus / hashlib.sha256(content).hexdigest()[:16]).write_bytes(content)

    def mutate(content: bytes, most: int, seed: int) -> bytes:
        rng = random.Random(seed)  # noqa: S311  (no secret)
        changed = content
        if rng.random() < 0.85:
            changed = MUTATORS[target.parts](content, rng, atheris.Mutate)
        if changed == content or len(changed) > most:
            changed = atheris.Mutate(content, min(most, max(2 * len(content), 64)))
        return bytes(changed)

    options = [f"-max_total_time={seconds}", f"-timeout={LONGEST}", f"-rss_limit_mb={MEMORY}",
               f"-max_len={LARGEST}", f"-artifact_prefix={faults}/", "-print_final_stats=1",
               "-len_control=0", str(corpus)]  # fmt: skip
    changing: dict[str, Any] = {"custom_mutator": mutate} if target.parts else {}
    atheris.Setup([sys.argv[0], *options], once, **changing)
    atheris.Fuzz()


def keep(error: Exception, content: bytes, folder: Path) -> None:
    """Keep a file that does what it should not, one for each place in the code where it does."""
    frames = traceback.extract_tb(error.__traceback__)
    where = "\n".join(f"{frame.filename}:{frame.lineno}" for frame in frames[-3:])
    path = folder / hashlib.sha256(f"{type(error)}{where}".encode()).hexdigest()[:12]
    if not path.exists():
        path.write_bytes(content)
        text = "".join(traceback.format_exception(error, limit=-8))
        path.with_suffix(".txt").write_text(text, encoding="utf-8")


# -- changes that a file's own sums and offsets survive -------------------------------------


def mutate_member(content: bytes, rng: random.Random, change: Any) -> bytes:
    """Change, leave out, or repeat one member of an archive, and pack it anew."""
    import zipfile

    import seeds

    try:
        with zipfile.ZipFile(seeds.io.BytesIO(content)) as before:
            members = {one.filename: before.read(one) for one in before.infolist()[:40]}
    except Exception:
        return content
    if not members:
        return content
    name = rng.choice(sorted(members))
    match rng.random():
        case much if much < 0.6 and members[name][:1] in b"{[":
            members[name] = mutate_value(members[name], rng, change)
        case much if much < 0.9:
            members[name] = bytes(change(members[name], 2 * len(members[name]) + 64))
        case much if much < 0.95:
            del members[name]
        case _:
            members[name] = members[rng.choice(sorted(members))]
    return seeds.archive(members)


def mutate_value(content: bytes, rng: random.Random, change: Any) -> bytes:
    """Change one value of a JSON text."""
    try:
        whole = json.loads(content)
        change_value(whole, rng, change)
        return json.dumps(whole, ensure_ascii=False).encode()
    except ValueError:
        return content


def mutate_record(content: bytes, rng: random.Random, change: Any) -> bytes:
    """Change one value of a card or a report, and write the hash over all of it anew."""
    from dezone.provenance import canonical

    try:
        whole = json.loads(content)
        change_value(whole, rng, change)
        whole.pop("sha256", None)
        indent = 2 if "card" in whole else 1
        whole["sha256"] = hashlib.sha256(canonical(whole, indent=indent)).hexdigest()
        return canonical(whole, indent=indent)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return content


def mutate_carried(content: bytes, rng: random.Random, change: Any) -> bytes:
    """Change one value of the card that an HTML, SVG or PDF carries; else any of its bytes."""
    for carries, unpack, pack in CARRIED:
        if rng.random() < 0.6 and (found := carries.search(content)):
            try:
                card = mutate_record(unpack(found[1]), rng, change)
            except (ValueError, zlib.error):
                return content
            return content[: found.start(1)] + pack(card) + content[found.end(1) :]
    return content


CARRIED: list[tuple[re.Pattern[bytes], Any, Any]] = [
    (re.compile(rb'<script type="application/json" id="card">([^<]*)<'), bytes,
     lambda card: card.replace(b"<", rb"\u003c")),
    (re.compile(rb"<metadata>([^<]*)<"), lambda text: html.unescape(text.decode()).encode(),
     lambda card: html.escape(card.decode(), quote=False).encode()),
    (re.compile(rb"/EmbeddedFile.*?stream\r?\n(.*?)\r?\nendstream", re.DOTALL), zlib.decompress,
     zlib.compress),
]  # fmt: skip
"""Where a medium has its card, and how the card stands in it."""


def change_value(whole: Any, rng: random.Random, change: Any) -> None:
    """Change one value somewhere in a tree of values, mostly a leaf."""
    parent: Any = {"": whole}
    key: Any = ""
    while isinstance(parent[key], dict | list) and parent[key]:
        parent = parent[key]
        key = rng.choice(sorted(parent) if isinstance(parent, dict) else range(len(parent)))
        if rng.random() < 0.05:
            break
    match parent[key]:
        case str() as text:
            changed = bytes(change(text.encode(), len(text) + 32))
            parent[key] = changed.decode("utf-8", "ignore")
        case bool() | None:
            parent[key] = rng.choice([True, False, None, 0, "", [], {}])
        case int() | float() as number:
            others = [number + 1, -number, number / 3, 1e308, None, str(number)]
            parent[key] = rng.choice(others)
        case _:
            parent[key] = rng.choice([None, [], {}, "", [parent[key]]])


MUTATORS = {"zip": mutate_member, "json": mutate_value, "record": mutate_record,
            "carried": mutate_carried}  # fmt: skip


# -- all of them ----------------------------------------------------------------------------


def run(name: str, seconds: int) -> tuple[list[int], list[Path]]:
    """Fuzz a reader; return files, seconds, edges of code reached, new files; and its faults."""
    before = set((FOLDER / name / "faults").glob("*"))
    begun = time.monotonic()
    files = edges = new = 0
    while (left := seconds - int(time.monotonic() - begun)) > 0:
        said = forked(name, left)
        runs = re.findall(r"^stat::number_of_executed_units: +(\d+)", said, re.M)
        runs = runs or re.findall(r"^#(\d+)\s", said, re.M)
        if not runs:
            sys.exit(f"{name}: the fuzzer did not begin:\n{said[-3000:]}")
        files += int(runs[-1])
        edges = max([edges, *map(int, re.findall(r" cov: (\d+)", said))])
        new += sum(map(int, re.findall(r"^stat::new_units_added: +(\d+)", said, re.M)))
        for one in set((FOLDER / name / "faults").glob("*-*")) - before:
            if not one.with_suffix(".txt").exists():  # too long, too much, or the process ended
                one.with_suffix(".txt").write_text(said[-6000:], encoding="utf-8")
    faults = sorted(
        one
        for one in set((FOLDER / name / "faults").glob("*")) - before
        if one.suffix != ".txt" and not one.name.startswith("slow-unit")
    )
    return [files, int(time.monotonic() - begun), edges, new], faults


def forked(name: str, seconds: int) -> str:
    """Fuzz a reader in a process that is forked from this one; return what libFuzzer says."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        said = Path(folder) / "said"
        child = os.fork()
        if child == 0:
            os.environ["TMPDIR"] = tempfile.tempdir = folder
            os.dup2(os.open(said, os.O_CREAT | os.O_WRONLY | os.O_APPEND), 2)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            try:
                fuzz(name, seconds)
            except BaseException:
                os.write(2, traceback.format_exc().encode("utf-8", "replace"))
            os._exit(1)
        os.waitpid(child, 0)
        return said.read_text("utf-8", "replace")


def main() -> None:
    """Divide the time over the readers, and print what came of each."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--seconds", type=int, default=600)
    words.add_argument("readers", nargs="*")
    given = words.parse_args()
    import atheris

    with redirect_stderr(io.StringIO()), atheris.instrument_imports(include=INSTRUMENTED):
        import targets
    unknown = set(given.readers) - set(targets.TARGETS)
    if unknown:
        sys.exit(f"expected readers of {', '.join(targets.TARGETS)}, found {', '.join(unknown)}.")
    names = given.readers or list(targets.TARGETS)
    each = max(5, given.seconds // len(names))
    print(f"{'reader':10} {'files':>8} {'seconds':>8} {'edges':>7} {'new':>6} {'faults':>7}")
    found: list[Path] = []
    total = [0, 0]
    for name in names:
        counts, faults = run(name, each)
        found += faults
        total = [total[0] + counts[0], total[1] + counts[1]]
        print(f"{name:10} {counts[0]:8,} {counts[1]:8,} {counts[2]:7,} {counts[3]:6,}"
              f" {len(faults):7}", flush=True)  # fmt: skip
    print(f"{'all':10} {total[0]:8,} {total[1]:8,} {'':7} {'':6} {len(found):7}")
    for path in found:
        said = path.with_suffix(".txt")
        last = said.read_text("utf-8").strip().splitlines()[-1:] if said.exists() else []
        print(f"{path.relative_to(ROOT)}: {' '.join(last)[:200]}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
