"""The XML of an XLSX workbook: its parts within bounds, its texts, the cells of a sheet.

Sheets and texts as nearly every program writes them are cut by their tags, all at once; any other
XML goes through a parser, element by element, in ten times the time. Source: ECMA-376, part 1
(SpreadsheetML) and part 2 (the package).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree
from xml.parsers import expat

import numpy as np
import numpy.typing as npt

from geodata.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
"""What a sheet holds."""

_CHUNK = 1 << 20
_TOGETHER = 16  # chunks: expat before 2.6 goes over a long text again with each
# Workbooks unpack to 5 to 15 times their size. A small one may have this much, a larger one this
# many times its size, and none more than the last; less where parsing is needed, which takes long.
_ALWAYS, _TIMES, _NEVER = 1 << 27, 40, (1 << 31) - 1
_ALWAYS_PARSED, _TIMES_PARSED = 1 << 24, 20

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


# -- the package --------------------------------------------------------------------------------


class Package:
    """The parts of a zip file by their names in lower case, and how much they may unpack to.

    What has to be parsed may unpack to `always` bytes, or `times` the file's size.
    """

    def __init__(
        self, path: Path, name: str, *, always: int = _ALWAYS_PARSED, times: int = _TIMES_PARSED
    ) -> None:
        self.name, self._path, self._size = name, path, path.stat().st_size
        self._room = min(_NEVER, max(_ALWAYS, _TIMES * self._size))
        self._room_parsed = min(_NEVER, max(always, times * self._size))
        self.parts: dict[str, zipfile.ZipInfo] = {}
        with told(name), zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if info.filename.lower() in self.parts:
                    raise ValueError(f"the part {info.filename!r} twice")
                self.parts[info.filename.lower()] = info

    def _chunks(self, part: str) -> Iterator[bytes]:
        """Yield the bytes of a part, whose length and checksum are compared at its end."""
        info = self.parts.get(part)
        if info is None:
            raise ValueError(f"no part {part!r}")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"the part {part!r} packed otherwise than in workbooks")
        length = 0
        with zipfile.ZipFile(self._path) as archive, archive.open(info) as file:
            while chunk := file.read(_CHUNK):
                length += len(chunk)
                self._room = self._less(self._room, len(chunk))
                yield chunk
        if length != info.file_size:
            raise ValueError(f"the part {part!r} shorter than it says")

    def _less(self, room: int, length: int) -> int:
        """Return what is left of the room for parts."""
        if length > room:
            raise InputError(
                f"{self.name}: expected a workbook that unpacks to what one of {self._size} bytes "
                "does, found many times that: it is damaged, or made to fill the memory; save it "
                "as CSV."
            )
        return room - length

    def cells(self, part: str) -> Cells:
        """Return the cells of a sheet that hold something."""
        cells, room = Cells(), self._room
        try:
            for block in _blocks(self._chunks(part), b"<row", b"</row>", _AFTER_ROWS):
                cells.take(*_plain_cells(block))
        except _NotPlainError:
            cells, self._room = Cells(), room
            gather = _Sheet(cells)
            self.parse(part, gather.start, gather.end, gather.text)
            gather.flush()
        return cells

    def texts(self, part: str) -> pa.Array:
        """Return the texts that cells share; of rich text the plain one, without its phonetics."""
        import pyarrow as pa

        room = self._room
        try:
            blocks = _blocks(self._chunks(part), b"<si>", b"</si>", _AFTER_TEXTS)
            return pa.concat_arrays(list(map(_plain_texts, blocks)))
        except _NotPlainError:
            self._room = room
        found: list[str] = []
        gather = _Gather("si", found.append)
        self.parse(part, gather.start, gather.end, gather.text)
        return pa.array(map(unescaped, found), pa.string())

    def parse(
        self,
        part: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        """Call the functions with the local names of elements, their attributes and their text."""
        parser = expat.ParserCreate(namespace_separator="\n")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        local = _LocalNames()
        parser.StartElementHandler = lambda name, found: start(local[name], found)
        if end is not None:
            parser.EndElementHandler = lambda name: end(local[name])
        if text is not None:
            parser.CharacterDataHandler = text
        held: list[bytes] = []
        for chunk in self._chunks(part):
            self._room_parsed = self._less(self._room_parsed, len(chunk))
            held.append(chunk)
            if len(held) == _TOGETHER:
                parser.Parse(b"".join(held))
                held = []
        parser.Parse(b"".join(held), True)


@contextmanager
def told(name: str) -> Iterator[None]:
    """Turn whatever a broken workbook raises into one line."""
    try:
        yield
    except (InputError, MemoryError):
        raise
    except Exception as error:
        what = str(error).splitlines()[0][:150] if str(error) else type(error).__name__
        raise InputError(
            f"{name}: expected a whole workbook, found a broken one ({what}); save it anew, or as "
            "CSV."
        ) from error


def _refuse_doctype(*_: Any) -> None:
    raise ValueError("a document type, which the XML of a workbook never has")


class _LocalNames(dict[str, str]):
    """Names of elements without their namespaces."""

    def __missing__(self, name: str) -> str:
        self[name] = local = name.rpartition("\n")[2]
        return local


class _Gather:
    """Gathers the text (elements v and t, without phonetics) of each element of one name."""

    def __init__(self, of: str, done: Callable[[str], None]) -> None:
        self._of, self._done = of, done
        self._pieces: list[str] | None = None
        self._wanted = self._aside = False

    def start(self, tag: str, _: dict[str, str]) -> None:
        if tag == self._of:
            if self._pieces is not None:
                raise ValueError(f"an element {tag!r} in another one")
            self._pieces = []
        elif tag == "rPh":
            self._aside = True
        self._wanted = (tag == "v" or tag == "t") and not self._aside

    def end(self, tag: str) -> None:
        self._wanted = False
        if tag == self._of and self._pieces is not None:
            self._done("".join(self._pieces))
            self._pieces = None
        elif tag == "rPh":
            self._aside = False

    def text(self, data: str) -> None:
        if self._wanted and self._pieces is not None:
            self._pieces.append(data)


# -- cells --------------------------------------------------------------------------------------


class Cells:
    """Gathers the cells of a sheet that hold something.

    Attributes
    ----------
    abouts : dict
        The attributes of cells as they are written, with a number for each.
    formulas_without_value : int
        How many cells have a formula, and nothing that it came to.
    """

    def __init__(self) -> None:
        self.abouts: dict[str, int] = {}
        self.formulas_without_value = 0
        self._found: list[tuple[Ints, Ints, Ints, pa.Array]] = []

    def take(self, places: pa.Array, abouts: pa.Array, texts: pa.Array, valueless: int) -> None:
        """Take in cells: where they are (``B2``), their attributes, what is written in them."""
        import pyarrow as pa
        import pyarrow.compute as pc

        self.formulas_without_value += valueless
        letters = pc.ascii_rtrim(places, characters="0123456789").dictionary_encode()
        columns = [column_number(text) for text in letters.dictionary.to_pylist()]
        rows = pc.cast(pc.ascii_ltrim(places, characters=_LETTERS), pa.int32())
        coded = abouts.dictionary_encode()
        codes = [
            self.abouts.setdefault(text, len(self.abouts)) for text in coded.dictionary.to_pylist()
        ]
        found = (
            np.array(columns, dtype=np.int32)[letters.indices.to_numpy()],
            rows.to_numpy(),
            np.array(codes, dtype=np.int32)[coded.indices.to_numpy()],
            texts,
        )
        self._found.append(found)

    def whole(self) -> tuple[Ints, Ints, Ints, pa.Array]:
        """Return columns (from 0), rows (from 1), numbers of attributes, and texts of all cells."""
        import pyarrow as pa

        if not any(len(texts) for *_, texts in self._found):
            none = np.empty(0, dtype=np.int32)
            return none, none, none, pa.array([], pa.string())
        columns, rows, abouts = (
            np.concatenate([part[i] for part in self._found]) for i in range(3)
        )
        texts = pa.concat_arrays([part[3] for part in self._found])
        self._found.clear()
        if columns.max() >= MOST_COLUMNS or rows.max() > MOST_ROWS or rows.min() < 1:
            raise ValueError(f"a cell beyond {MOST_ROWS} rows or {MOST_COLUMNS} columns")
        return columns, rows, abouts, texts


class _Sheet(_Gather):
    """Takes in a sheet of any XML, element by element."""

    def __init__(self, cells: Cells) -> None:
        super().__init__("c", self._put)
        self._cells = cells
        self._row = self._column = self._valueless = 0
        self._place = self._about = ""
        self._formula = False
        self._held: list[tuple[str, str, str]] = []

    def start(self, tag: str, found: dict[str, str]) -> None:
        super().start(tag, found)
        if tag == "row":
            self._row, self._column = int(found.get("r", self._row + 1)), 0
        elif tag == "c":
            self._place = found.get("r", f"{column_letters(self._column)}{self._row}")
            self._column = column_number(self._place.rstrip("0123456789")) + 1
            self._about = f' s="{found.get("s", "0")}" t="{found.get("t", "n")}"'
            self._formula = False
        elif tag == "f":
            self._formula = True

    def _put(self, text: str) -> None:
        if text:
            self._held.append((self._place, self._about, text))
        elif self._formula:
            self._valueless += 1
        if len(self._held) == 1 << 16:
            self.flush()

    def flush(self) -> None:
        """Hand over what is held."""
        import pyarrow as pa

        held = list(zip(*self._held, strict=True)) or [()] * 3
        places, abouts, texts = (pa.array(column, pa.string()) for column in held)
        self._cells.take(places, abouts, texts, self._valueless)
        self._held, self._valueless = [], 0


# -- sheets as nearly every program writes them, in a tenth of the time that parsing takes ------


class _NotPlainError(Exception):
    """XML that is written otherwise than nearly every program does."""


_LESS, _GREATER, _QUOTE, _SLASH = (ord(sign) for sign in '<>"/')
_OTHER_ENCODING = re.compile(rb"""encoding=["'](?!utf-8["'])""", re.I)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# One sign for each tag by its first two characters, with the eighth bit where it closes itself.
_TAGS = {
    "c": ("c ",), "C": ("/c",), "v": ("v>", "v/"), "V": ("/v",), "f": ("f>", "f ", "f/"),
    "F": ("/f",), "i": ("is",), "I": ("/i",), "t": ("t>", "t ", "t/"), "T": ("/t",),
    "r": ("ro",), "R": ("/r",), "s": ("si",), "S": ("/s",),
}  # fmt: skip
_SIGNS = np.zeros(1 << 16, dtype=np.uint8)
for _sign, _starts in _TAGS.items():
    for _start in _starts:
        _SIGNS[ord(_start[0]) << 8 | ord(_start[1])] = ord(_sign)
_ROWS = re.compile(rb"(?:r(?:c(?:fF|\xe6)?(?:vV|\xf6|i(?:tT|\xf4)I)?C|\xe3)*R|\xf2)*")
_TEXTS_OF = re.compile(rb"(?:s(?:tT|\xf4)S)*")
_AFTER_ROWS = re.compile(rb"(?:<row[^<>]*/>)*</sheetData>")
_AFTER_TEXTS = re.compile(rb"</sst>|<extLst")
_C, _F, _T, _V = b"cftv"


def _blocks(
    chunks: Iterator[bytes], start: bytes, end: bytes, after: re.Pattern[bytes]
) -> Iterator[bytes]:
    """Yield the bytes from the first `start` to the last `end`, cut behind some `end`."""
    rest = next(chunks, b"")
    at = rest.find(start)
    if at < 0 or b"<!" in rest[:at] or _OTHER_ENCODING.search(rest[:at]):
        raise _NotPlainError
    rest = rest[at:]
    for chunk in chunks:
        if cut := rest.rfind(end) + 1:
            yield rest[: cut - 1 + len(end)]
            rest = rest[cut - 1 + len(end) :]
        elif len(rest) > 64 * _CHUNK:
            raise _NotPlainError
        rest += chunk
    if cut := rest.rfind(end) + 1:
        yield rest[: cut - 1 + len(end)]
        rest = rest[cut - 1 + len(end) :]
    if not after.match(rest):
        raise _NotPlainError


def _tokens(block: bytes, grammar: re.Pattern[bytes]) -> tuple[Bytes, Longs, Longs, Bytes]:
    """Return the bytes of a block, where its tags begin and end, and what they are.

    Raises
    ------
    _NotPlainError
        The tags do not follow the grammar, or there is text where there should be none.
    """
    signs = np.frombuffer(block, dtype=np.uint8)
    begins, ends = np.flatnonzero(signs == _LESS), np.flatnonzero(signs == _GREATER)
    if b"\r" in block or len(begins) != len(ends):
        raise _NotPlainError
    gaps = begins[1:] - ends[:-1] - 1
    if not (begins < ends).all() or (gaps < 0).any():
        raise _NotPlainError
    tags = _SIGNS[signs[begins + 1].astype(np.uint16) << 8 | signs[begins + 2]]
    tags |= (signs[ends - 1] == _SLASH).astype(np.uint8) << 7
    texts = (tags == _V) | (tags == _T) | (tags == _F)
    if not grammar.fullmatch(tags.tobytes()) or gaps[~texts[:-1]].any():
        raise _NotPlainError
    return signs, begins, ends, tags


def _plain_cells(block: bytes) -> tuple[pa.Array, pa.Array, pa.Array, int]:
    """Return the cells of some rows that hold something, as `Cells.take` takes them."""
    signs, begins, ends, tags = _tokens(block, _ROWS)
    cells = np.flatnonzero((tags & 127) == _C)
    formulas = np.searchsorted(cells, np.flatnonzero((tags & 127) == _F)) - 1
    valued = np.flatnonzero((tags == _V) | (tags == _T))
    valued = valued[begins[valued + 1] > ends[valued] + 1]
    owners = np.searchsorted(cells, valued) - 1
    tokens = cells[owners]
    starts = begins[tokens]
    if any((signs[starts + i] != ord(sign)).any() for i, sign in enumerate('<c r="')):
        raise _NotPlainError
    quotes = np.flatnonzero(signs == _QUOTE)
    closed = quotes[np.searchsorted(quotes, starts + 6)] if len(quotes) else starts
    return (
        _cut(signs, starts + 6, closed),
        _cut(signs, closed + 1, ends[tokens]),
        _without_entities(_cut(signs, ends[valued] + 1, begins[valued + 1])),
        len(np.setdiff1d(formulas, owners)) if len(formulas) else 0,
    )


def _plain_texts(block: bytes) -> pa.Array:
    """Return the texts of some shared strings."""
    signs, begins, ends, tags = _tokens(block, _TEXTS_OF)
    at = np.flatnonzero((tags & 127) == _T)
    stops = np.where(tags[at] == _T, begins[np.minimum(at + 1, len(begins) - 1)], ends[at] + 1)
    found = _without_entities(_cut(signs, ends[at] + 1, stops))
    return mended(found, "_x", unescaped)


def _cut(signs: Bytes, starts: Longs, stops: Longs) -> pa.Array:
    """Return the texts between these places as an array."""
    import pyarrow as pa

    lengths = stops - starts
    offsets = np.zeros(len(starts) + 1, dtype=np.int32)
    np.cumsum(lengths, out=offsets[1:])
    at = np.repeat(starts - offsets[:-1], lengths) + np.arange(offsets[-1])
    found = pa.StringArray.from_buffers(
        len(starts), pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(signs[at]))
    )
    found.validate(full=True)  # that it is UTF-8
    return found


def _without_entities(texts: pa.Array) -> pa.Array:
    return mended(texts, "&", lambda text: ElementTree.fromstring(f"<t>{text}</t>").text or "")  # noqa: S314


def mended(texts: pa.Array, sign: str, mend: Callable[[str], str]) -> pa.Array:
    """Return texts of which those that hold a sign are mended one by one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    odd = pc.match_substring(texts, sign)
    if not pc.any(odd).as_py():
        return texts
    mended = [mend(text) for text in texts.filter(odd).to_pylist()]
    return pc.replace_with_mask(texts, odd, pa.array(mended, pa.string()))


# -- texts and places -----------------------------------------------------------------------------


_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def unescaped(text: str) -> str:
    """Return a text with the characters that a sheet writes by their numbers (``_x000D_``)."""
    if "_x" not in text:
        return text
    found = _ESCAPE.sub(lambda number: chr(int(number[1], 16)), text)
    try:
        return found.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:  # half a pair, which is no character
        return text


def column_number(letters: str) -> int:
    """Return the number of a column, from 0, by its letters: 26 for ``AA``."""
    number = 0
    for letter in letters[:4]:
        number = number * 26 + _LETTERS.index(letter) + 1
    if not number:
        raise ValueError("a cell without a column")
    return number - 1


def column_letters(number: int) -> str:
    """Return the letters of a column by its number, from 0: ``AA`` for 26."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = _LETTERS[rest] + letters
    return letters
