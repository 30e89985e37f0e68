"""The separator of a text file: proved by its first rows, stated, or refused."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from geodata.errors import InputError
from geodata.formats.encodings import not_utf8
from geodata.text.repairs import quote

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
LONGEST_LINE = 1 << 26
"""Characters of one line; a longer one is no table."""

_SAMPLE = 200
_MOST_BLANK = 4_000_000


def records(path: Path, separator: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, cells) of every record of a delimited UTF-8 file, blank lines as no cells.

    `line` is the physical line on which the record ends.

    Raises
    ------
    InputError
        The file is not UTF-8, or a line is longer than any table's.
    """
    before = csv.field_size_limit(LONGEST_LINE)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:

            def lines() -> Iterator[str]:
                while line := file.readline(LONGEST_LINE):
                    if len(line) >= LONGEST_LINE:
                        raise InputError(
                            f"{name}: expected lines of a table, found one of more than "
                            f"{LONGEST_LINE} characters; check what the file is."
                        )
                    yield line

            reader = csv.reader(lines(), delimiter=separator)
            filled = blank = 0
            for row in reader:
                filled, blank = (filled + 1, blank) if row else (filled, blank + 1)
                if blank > _MOST_BLANK and blank > 10 * filled:
                    raise InputError(
                        f"{name}: expected rows, found {blank} blank lines and {filled} others; "
                        "leave out the blank ones."
                    )
                yield reader.line_num, row
    except OSError as error:
        raise InputError(
            f"{name}: expected the file that was opened, found {error.strerror}; leave it in its "
            "place until it is read."
        ) from error
    except UnicodeDecodeError as error:
        raise not_utf8(path, name) from error
    except csv.Error as error:
        raise InputError(f"{name}: expected a table, found a fault ({error}); mend it.") from error
    finally:
        csv.field_size_limit(before)


def prove_separator(
    path: Path, name: str, *, known: Callable[[Sequence[str]], bool], header: int = 1
) -> tuple[str, str]:
    """Return the separator that the first rows prove, from that of the header on, and how.

    Proved is the one separator that gives every one of the first rows the same number of cells,
    at least two; among several, the one under which the headers are `known`.

    Raises
    ------
    InputError
        Several separators are possible, or none is.
    """
    even: list[str] = []
    possible: list[str] = []
    headers: dict[str, list[str]] = {}
    for separator in SEPARATORS:
        sample = _sample(path, separator, name)
        sample = sample[header - 1 :] or sample
        if not sample:
            raise InputError(f"{name}: expected a header and rows, found only blank lines.")
        headers[separator] = sample[0]
        if len(sample[0]) > 1:
            possible.append(separator)
            if len({len(row) for row in sample}) == 1:
                even.append(separator)
    if not possible:
        return ",", "one column only"
    if len(even) == 1 and (len(possible) == 1 or known(headers[even[0]])):
        return even[0], "every row has as many cells as the header"
    recognised = [separator for separator in possible if known(headers[separator])]
    if len(recognised) == 1:
        return recognised[0], "the headers are known with it only"
    if len(possible) == 1:
        return possible[0], "the only one in the header"
    if len(even) == 1 and not recognised:
        return even[0], "every row has as many cells as the header"
    choices = [
        f"{SEPARATORS[s]} ({len(headers[s])} columns: {quote(', '.join(headers[s][:3]))})"
        for s in (recognised or even or possible)
    ]
    raise InputError(
        f"{name}: expected one separator, found several that are possible: {' or '.join(choices)}; "
        "state it (--separator)."
    )


def _sample(path: Path, separator: str, name: str) -> list[list[str]]:
    sample: list[list[str]] = []
    for _, row in records(path, separator, name):
        if row:
            sample.append(row)
        if len(sample) == _SAMPLE:
            break
    return sample
