"""Text for drawings: made harmless, measured and broken into lines."""

from __future__ import annotations

import json
import unicodedata
from functools import lru_cache
from importlib.resources import files

_ISOLATE, _END = "\u2068", "\u2069"  # first-strong isolate and its end (Unicode UAX 9)
_SUBSTITUTE = "\ufffd"
_BOLD = 1.06  # the mean of bold to regular advances of Noto Sans
_JOINED = 1.12  # found in the tests: no Arabic name is then drawn wider than it is reckoned
_UNKNOWN = 0.62
_ALLOWANCE = 1.045  # other fonts than Noto may stand in


def clean(text: str) -> str:
    """Return foreign text with all that could steer a page, a drawing or a reader shown as such.

    Controls, lone surrogates and marks that turn the direction of text become U+FFFD; line
    breaks and tabs become spaces.
    """
    shown = "".join(" " if char in "\t\n\r\u2028\u2029" else _harmless(char) for char in text)
    return shown.strip()


def _harmless(char: str) -> str:
    if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Cn"):
        return _SUBSTITUTE
    # Two noncharacters have a category of their own nowhere, but no XML may hold them.
    return _SUBSTITUTE if ord(char) & 0xFFFE == 0xFFFE else char


def isolate(text: str) -> str:
    """Return text that keeps its own direction and leaves that of its neighbours alone."""
    return f"{_ISOLATE}{text}{_END}"


@lru_cache(maxsize=1)
def _advances() -> dict[str, float]:
    """Return the widths of characters in ems: the advances of Noto Sans and Noto Sans Arabic."""
    table = json.loads((files("maps") / "advances.json").read_text(encoding="utf-8"))
    return {char: int(width) / 1000 for width, chars in table.items() for char in chars}


def measure(text: str, size: float, weight: int = 400) -> float:
    """Return about how wide a text is drawn, rather more than less, in the unit of `size`."""
    advances = _advances()
    width = 0.0
    for char in text:
        if unicodedata.combining(char) or unicodedata.category(char) == "Cf":
            continue
        advance = advances.get(char, _UNKNOWN)
        joined = unicodedata.bidirectional(char) == "AL"
        width += advance * (_JOINED if joined else 1.0)
    return width * size * (_BOLD if weight > 500 else 1.0) * _ALLOWANCE


def wrap(
    text: str, size: float, width: float, weight: int = 400, lines: int | None = None
) -> list[str]:
    """Break a text into lines no wider than `width`; too long a word is broken anywhere.

    With `lines` given, what does not fit is left out and an ellipsis says so.
    """
    found: list[str] = []
    line = ""
    for word in text.split(" "):
        piece = word
        joined = f"{line} {piece}" if line else piece
        if measure(joined, size, weight) <= width:
            line = joined
            continue
        if line:
            found.append(line)
        while measure(piece, size, weight) > width and len(piece) > 1:
            cut = _fitting(piece, size, width, weight)
            found.append(piece[:cut])
            piece = piece[cut:]
            if lines is not None and len(found) > lines:
                break
        line = piece
    if line:
        found.append(line)
    if lines is not None and len(found) > lines:
        last = found[lines - 1]
        while last and measure(f"{last} …", size, weight) > width:
            last = last[:-1]
        found = [*found[: lines - 1], f"{last.rstrip()} …"]
    return _closed(found) or [""]


def _fitting(text: str, size: float, width: float, weight: int) -> int:
    low, high = 1, min(len(text), 400)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle], size, weight) <= width:
            low = middle
        else:
            high = middle - 1
    return low


def _closed(lines: list[str]) -> list[str]:
    """Carry isolates over the breaks: each line opens those still open and closes its own."""
    closed, depth = [], 0
    for line in lines:
        begun = depth
        for char in line:
            depth = depth + 1 if char == _ISOLATE else max(depth - (char == _END), 0)
        closed.append(_ISOLATE * begun + line + _END * depth)
    return closed
