"""The values of a JSON text, read one after the other and strictly: each key once, no NaN."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NoReturn

from geodata.errors import InputError
from geodata.formats.encodings import not_utf8
from geodata.formats.separators import LONGEST_LINE
from geodata.text.repairs import quote

Record = dict[str, Any]


class _Repeated(ValueError):  # noqa: N818  (told as an InputError)
    """An object that has one key twice."""


def fault(name: str, error: Exception | str, where: str = "") -> InputError:
    """Return the error of a text that is no JSON, or none that can be read in one way."""
    if isinstance(error, _Repeated):
        return InputError(f"{name}: expected each key once, found {error}; rename or remove one.")
    what = error.msg if isinstance(error, json.JSONDecodeError) else str(error)[:120]
    if "integer string conversion" in what:
        what = "a whole number of thousands of digits"
    if isinstance(error, RecursionError):
        what = "brackets nested too deep"
    return InputError(f"{name}: expected JSON, found a fault ({what}){where}; mend the file.")


def _object(pairs: list[tuple[str, Any]]) -> Record:
    found = dict(pairs)
    if len(found) < len(pairs):
        (twice, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        raise _Repeated(f"{quote(twice)} twice in one object")
    return found


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number in JSON")


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]} is beyond every number")
    return value


DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_number)
_SPACE = re.compile("[ \\t\\n\\r]*")
_BETWEEN = re.compile("[ \\t\\n\\r]*,[ \\t\\n\\r]*")
_BEGIN = ("{", "[", '"')
_BLOCK = 1 << 20


class Stream:
    """One JSON text, read value by value: no more of it is held than one value takes."""

    def __init__(self, file: IO[str], path: Path, name: str) -> None:
        self._file, self._path, self._name = file, path, name
        self._held, self._at = "", 0
        self._line = self._column = 1

    def line(self) -> int:
        """Return the number of the line that is reached."""
        return self._place(self._at)[0]

    def next(self) -> str:
        """Return the next character that is no white space; nothing at the end."""
        while True:
            match = _SPACE.match(self._held, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._more():
                return ""

    def value(self) -> Any:
        """Return the next value."""
        if self._held[self._at : self._at + 1] not in _BEGIN:
            self.next()
        while True:
            try:
                value, end = DECODER.raw_decode(self._held, self._at)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated") or error.pos > len(self._held) - 16
                if not cut or not self._more():
                    raise self._fault(error, error.pos) from error
            except (ValueError, RecursionError) as error:
                raise self._fault(error, self._at) from error
            else:
                if end < len(self._held) or not self._more():  # a number may go on
                    self._at = end
                    return value

    def items(self) -> Iterator[Any]:
        """Yield the values of a list."""
        self._take("[")
        if self.next() == "]":
            self._take("]")
            return
        while True:
            yield self.value()
            found = _BETWEEN.match(self._held, self._at)
            if found and found.end() < len(self._held):
                self._at = found.end()  # the usual case, at once
            elif self._take(",]") == "]":
                return

    def members(self) -> Iterator[str]:
        """Yield the keys of an object; whoever takes one reads its value before the next."""
        self._take("{")
        seen: list[tuple[str, Any]] = []
        sign = "," if self.next() != "}" else self._take("}")
        while sign == ",":
            if self.next() != '"':
                raise self._fault("Expecting property name enclosed in double quotes", self._at)
            seen.append((self.value(), None))
            self._take(":")
            yield seen[-1][0]
            sign = self._take(",}")
        try:
            _object(seen)
        except _Repeated as error:
            raise self._fault(error, self._at) from error

    def end(self) -> None:
        """Refuse whatever follows."""
        if self.next():
            raise self._fault("Extra data", self._at)

    def _fault(self, error: Exception | str, at: int) -> InputError:
        """Return the error of a fault in the text that is held."""
        line, column = self._place(at)
        return fault(self._name, error, f" at line {line}, column {column}")

    def _take(self, signs: str) -> str:
        found = self.next()
        if not found or found not in signs:
            raise self._fault(f"Expecting {' or '.join(map(repr, signs))}", self._at)
        self._at += 1
        return found

    def _more(self) -> bool:
        """Read on; tell whether there was anything."""
        if len(self._held) - self._at > LONGEST_LINE:
            raise self._fault(f"a value of more than {LONGEST_LINE} characters", self._at)
        try:
            block = self._file.read(max(_BLOCK, len(self._held) - self._at))
        except UnicodeDecodeError as error:
            raise not_utf8(self._path, self._name) from error
        if block:
            self._line, self._column = self._place(self._at)
            self._held, self._at = self._held[self._at :] + block, 0
        return bool(block)

    def _place(self, at: int) -> tuple[int, int]:
        """Return the line and the column of what is held."""
        before = self._held.rfind("\n", 0, at)
        column = at - before if before >= 0 else self._column + at
        return self._line + self._held.count("\n", 0, at), column


def refuse_keyed(members: Mapping[str, Any], lists: Mapping[str, object], name: str) -> None:
    """Refuse records under a key each, columns of values, and a list that lies deeper."""
    keyed, path = members, "."
    if len(members) == 1 and isinstance(only := next(iter(members.values())), dict):
        keyed, path = only, f".{json.dumps(next(iter(members)), ensure_ascii=False)}"
    inner = [set(value) for value in keyed.values() if isinstance(value, dict)]
    deeper = [key for key, value in keyed.items() if _is_list_of_objects(value)]
    what, do = "", f"jq '[{path}[]]' makes one of records under keys, orient=\"records\" in pandas"
    if len(keyed) > 1 and len(inner) == len(keyed) and set.intersection(*inner):
        what = f"an object of objects ({', '.join(map(quote, list(keyed)[:4]))})"
    elif len(lists) > 1 and len(lists) == len(members) and not any(lists.values()):
        what = f"an object of lists of values ({', '.join(map(quote, list(lists)[:4]))})"
        do = 'orient="records" in pandas does so'
    elif keyed is not members and deeper:
        what = f"one inside of {quote(next(iter(members)))}"
        do = f"jq '{path}.{json.dumps(deeper[0], ensure_ascii=False)}' takes it out"
    if what:
        raise InputError(
            f"{name}: expected an array of objects, found {what}; write each record as an object "
            f"in one array: {do}."
        )


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)
