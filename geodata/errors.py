"""The whole error family of dezone.

::

    DezoneError                 anything a user can mend; its text is one line
    ├── InputError              an incident, a coordinate, a date or a file that cannot be read
    │   ├── CoordinateError     a position that is no position, or that can be read in two ways
    │   ├── DateError           a date that does not exist, or that can be read in two ways
    │   ├── PlaceError          a place name with no match, or with several
    │   │   └── UnknownPlaceError   one with no match; its message lists the nearest
    │   └── ArgumentError       an argument that a function does not take, or of a type that
    │                           it does not take; a TypeError as well
    ├── OutputError             a file or a folder that cannot be written
    ├── CRSError                geometries without a CRS, or in one that cannot be used
    ├── AtlasError              an atlas that breaks its schema: which file, which record, what
    ├── PageError               a page that would need the network, or could run foreign text
    └── RecordError             a verdict record that cannot be verified

Each message says what was expected, what was found and what to do. An `InputWarning` lists what
was found in a table all rows of which were answered.
"""

from __future__ import annotations

import inspect
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from functools import wraps
from numbers import Real
from typing import ParamSpec, TypeVar


class DezoneError(Exception):
    """Anything that a user can mend; the message is one line, whatever a foreign file put into it.

    Control characters are written as ``\\x1b``, line ends as spaces; a message of more than 2,000
    characters is cut.
    """

    def __init__(self, *details: object) -> None:
        super().__init__(*[_line(one) if isinstance(one, str) else one for one in details])


class InputError(DezoneError):
    """An incident or a file that cannot be read."""


class CoordinateError(InputError):
    """A position that is no position, or that can be read in two ways."""


class DateError(InputError):
    """A date that does not exist, or that can be read in two ways."""


class AmbiguousDateError(DateError):
    """A date that can be read in two ways."""


class PlaceError(InputError):
    """A place name that matches nothing, or several places."""


class UnknownPlaceError(PlaceError):
    """No place is called so. The nearest are looked for when the message is asked for.

    Attributes
    ----------
    brief : str
        The message without them.
    """

    def __init__(self, found: str, remedy: str, nearest: Callable[[], Iterable[object]]) -> None:
        super().__init__(found, remedy)
        self.brief = f"{found}; {remedy}"
        self._nearest = nearest

    def __str__(self) -> str:
        listed = "; ".join(map(str, self._nearest()))
        near = f"; the nearest are: {listed}" if listed else ""
        return _line(f"{self.args[0]}{near}; {self.args[1]}")

    def __reduce__(self) -> tuple[type[PlaceError], tuple[str]]:
        return PlaceError, (str(self),)


class ArgumentError(InputError, TypeError):
    """An argument that a function does not take, or not of this type."""


class InputWarning(UserWarning):
    """What was doubted or refused in a table; its rows are answered as far as possible."""


class OutputError(DezoneError):
    """A file or a folder that cannot be written."""


class CRSError(DezoneError):
    """Geometries without a CRS, or in one that cannot be used."""


class AtlasError(DezoneError):
    """An atlas that breaks its schema."""


class PageError(DezoneError):
    """A page that would need the network, or could run foreign text."""


class RecordError(DezoneError):
    """A verdict record that cannot be read or verified."""


def refuse_arguments(function: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raise ArgumentError for the first of the keywords that a function does not know, if any."""
    choices = list(known)
    for name in given:
        begun = [one for one in choices if one.startswith(name)]
        near = begun or get_close_matches(name, choices, n=1)
        advice = f"; write {near[0]}=" if near else ""
        raise ArgumentError(
            f"expected an argument of {function} ({', '.join(choices)}), found {name!r}{advice}."
        )


_P = ParamSpec("_P")
_T = TypeVar("_T")


def says_its_arguments(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Return a public function that raises ArgumentError for arguments that it does not take."""
    signature = inspect.signature(function)
    known = [
        name for name, one in signature.parameters.items() if one.kind is not one.VAR_POSITIONAL
    ]
    types = _types_of(signature)
    name = f"{function.__module__.partition('.')[0]}.{function.__name__}"

    @wraps(function)
    def call(*given: _P.args, **named: _P.kwargs) -> _T:
        try:
            bound = signature.bind(*given, **named)
        except TypeError as error:
            refuse_arguments(name, (one for one in named if one not in known), known)
            raise ArgumentError(
                f"expected the arguments of {name} ({', '.join(known)}), found others: {error}."
            ) from None
        for argument, value in bound.arguments.items():
            taken = types.get(argument)
            if taken and not any(_is_a(value, one) for one in taken):
                raise ArgumentError(
                    f"expected {argument} of {name} as {' or '.join(taken)}, "
                    f"found {type(value).__name__}; choose one of these."
                )
        return function(*given, **named)

    return call


_PLAIN = {"str", "float", "bool", "Path", "Atlas", "None"}


def _types_of(signature: inspect.Signature) -> Mapping[str, tuple[str, ...]]:
    """Return the names of the classes of each parameter that takes one of several plain ones.

    What takes days or one class of ours says by itself what to write.
    """
    found = {}
    for name, one in signature.parameters.items():
        types = tuple(part.strip() for part in str(one.annotation).split("|"))
        if {*types} <= _PLAIN and types != ("Atlas",):
            found[name] = types
    return found


def _is_a(value: object, name: str) -> bool:
    """Whether a value is of a class of that name: so that no class needs to be imported."""
    if name == "None":
        return value is None
    if name == "float":  # a number of any library; True is none
        return isinstance(value, Real | Decimal) and not isinstance(value, bool)
    return any(one.__name__ == name for one in type(value).__mro__)


_LONGEST = 2_000


def _line(text: str) -> str:
    if text.isprintable() and len(text) <= _LONGEST:
        return text
    plain = "".join(
        char
        if char.isprintable() or unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp")
        else (" " if char.isspace() else ascii(char)[1:-1])
        for char in text[: _LONGEST + 1]  # a library may quote half a file
    )
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


def with_extra(name: str) -> str:
    """Return what to do where an extra is missing.

    It names no command: which one is right depends on how dezone was installed, and it is on no
    index, so its name there would be a stranger's.
    """
    return f"install dezone with its extra [{name}], as the page Start of the documentation shows"
