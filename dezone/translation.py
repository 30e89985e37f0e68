"""The language of a run: help, errors and notes in the words of a table of sentences.

A table is a file of `dezone/languages`, named by its language: a sentence as the code has it in
English, with ``{}`` for each value, and the same in the other language, with ``{}`` in the same
order or ``{0}``, ``{1}`` in another. What no table has stays English. Answers, files and pages have
words of their own, in the atlas.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import Any

import click

from geodata.atlas import read_atlas

_LANGUAGE: ContextVar[str] = ContextVar("language", default="en")


def language_of(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return the language that ``--lang`` or else the locale asks for; ``en`` without a table."""
    words = list(map(str, arguments))
    asked = ""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "--":
            break
        if word == "--lang" or word.startswith("--lang="):
            asked = following if word == "--lang" else word.partition("=")[2]
    if not asked:
        names = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
        asked = next(filter(None, map(environment.get, names)), "")
    code = asked.partition(":")[0].partition(".")[0].partition("_")[0].lower()
    return code if code in _known() else "en"


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say everything in a language for as long as this lasts."""
    before = _LANGUAGE.set(language)
    try:
        yield
    finally:
        _LANGUAGE.reset(before)


def say(text: str) -> str:
    """Return a text in the language of the run; as it is where the table does not have it."""
    table = _table(_LANGUAGE.get())
    if table is None or _MASK in text:
        return text
    quoted: list[str] = []

    def mask(found: re.Match[str]) -> str:
        quoted.append(found[0])
        return f"{_MASK}{len(quoted) - 1}{_MASK}"

    several = _NEXT.split(_QUOTED.sub(mask, text))
    masked = " ".join(map(table.translate, several))
    if _LANGUAGE.get() == "ar":
        masked = _PLACE.sub(_place, masked)
    return _MASKED.sub(lambda found: quoted[int(found[1])], masked)


def _place(found: re.Match[str]) -> str:
    """Return a place of a message with the names that the ledger has in this language."""
    from geodata.text.names import gazetteer_of
    from zones.sentence import say_place

    ledger = read_atlas().ledger
    if found[1] not in ledger:
        return found[0]
    (place, *_) = gazetteer_of(ledger).look_up(found[1]).places
    written = say_place(ledger, place, "en")
    return found[0].replace(written, say_place(ledger, place, _LANGUAGE.get()))


_PLACE = re.compile(r"\b(C[0-9]+) [^;()]+ \([-0-9., ]+\)")  # as `say_place` writes it

# What is quoted is what somebody wrote: it is no sentence of ours, whatever it says.
_QUOTED = re.compile(r"""(?<!\w)(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")(?!\w)""")
_NEXT = re.compile("; (?=expected )")  # the message on another cell of the row
_MASK = "\ue000"
_MASKED = re.compile(f"{_MASK}([0-9]+){_MASK}")


class Formatter(click.HelpFormatter):
    """Writes help in the language of the run."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the line of usage."""
        super().write_usage(prog, args, f"{say(prefix or 'Usage:').strip()} ")

    def write_heading(self, heading: str) -> None:
        """Write a heading."""
        super().write_heading(say(heading))

    def write_text(self, text: str) -> None:
        """Write paragraphs; examples stay as they are."""
        several = text.split("\n\n")
        super().write_text("\n\n".join(one if "\b" in one else _paragraph(one) for one in several))

    def write_dl(self, rows: Iterable[tuple[str, str]], *columns: Any, **spacing: Any) -> None:
        """Write options or commands with what is said of each."""
        super().write_dl([(name, _described(text)) for name, text in rows], *columns, **spacing)


class Context(click.Context):
    """The context of a command whose help is in the language of the run."""

    formatter_class = Formatter


class _SaidError(click.ClickException):
    """An error of the command line, shown as it would be, in the language of the run."""

    def __init__(self, error: click.ClickException) -> None:
        super().__init__(error.format_message())
        self.exit_code = error.exit_code  # type: ignore[misc]  # of the class, there
        self._error = error

    def show(self, file: Any = None) -> None:
        """Say it on stderr."""
        shown = io.StringIO()
        self._error.show(shown)
        for line in shown.getvalue().splitlines():
            click.echo(say(line), file=file, err=file is None)


def said(error: click.ClickException) -> click.ClickException:
    """Return an error that shows itself in the language of the run."""
    return error if _LANGUAGE.get() == "en" else _SaidError(error)


def _paragraph(text: str) -> str:
    return say(" ".join(text.split()))


def _described(text: str) -> str:
    """Return what is said of an option, and its default in brackets."""
    words, bracket, more = text.partition("  [")
    return _paragraph(words) + (f"  [{say(more.removesuffix(']'))}]" if bracket else "")


class _Table:
    """Sentences of one language by those in English."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        self._plain = sentences
        patterns = [(key.split("{}"), said) for key, said in sentences.items() if "{}" in key]
        # What begins as the text does comes first, then what has the most words of its own.
        self._patterns = sorted(patterns, key=lambda one: (not one[0][0], -sum(map(len, one[0]))))

    def translate(self, text: str) -> str:
        """Return the text in this language; the values in it, too, where they are sentences."""
        return self._best(text, 6, {})[1]

    def _best(
        self, text: str, depth: int, known: dict[tuple[str, int], tuple[int, str]]
    ) -> tuple[int, str]:
        """Return how much English is left and the text, by the sentences that leave the least.

        A sentence of the table is not taken where another leaves less, and a short one only where
        it leaves none: it would fit many a text of which it is no part.
        """
        if text in self._plain and "{}" not in text:
            return 0, self._plain[text]
        if (text, depth) in known:
            return known[text, depth]
        best = (2 * len(_ENGLISH.findall(_CODE.sub("", text))), text)
        tried = 0
        for parts, said in self._patterns if depth else ():
            if (not best[0] and tried) or tried == _MOST_TRIED:
                break
            values = _values(parts, text)
            if values is None:
                continue
            tried += 1
            found = [self._best(value, depth - 1, known) for value in values]
            # A colon parts more than the words after it: what is before is not theirs.
            split = not parts[0] and ": " in values[0]
            left = sum(one for one, _ in found) + split
            if left < best[0] and (left <= 1 or not _is_short(parts)):
                best = (left, said.format(*(value for _, value in found)))
        known[text, depth] = best
        return best


def _is_short(parts: Sequence[str]) -> bool:
    """Tell whether a sentence has too few words of its own to be known by them."""
    own = "".join(parts)
    return ":" not in own and sum(map(str.isalpha, own)) < _FEW_LETTERS


_FEW_LETTERS = 7
_MOST_TRIED = 8
_ENGLISH = re.compile(r"\b[A-Za-z]?[a-z]+\b")
_CODE = re.compile(r"`[^`]*`|--[a-z-]+|[^\s]*[./_=\ue000][^\s]*\w")


def _values(parts: Sequence[str], text: str) -> list[str] | None:
    """Return what stands between the parts of a sentence, or None where a text is another one.

    What is quoted from a file can hold what stands between parts: the last is looked for from the
    end, since what to do comes last and quotes nothing.
    """
    first, *between, last = parts
    at, end = len(first), len(text) - len(last)
    if not (text.startswith(first) and text.endswith(last) and at <= end):
        return None
    values = []
    for n, part in enumerate(between, 1):
        found = (text.rfind if n == len(between) > 1 else text.find)(part, at, end)
        if found < 0:
            return None
        values.append(text[at:found])
        at = found + len(part)
    return [*values, text[at:end]]


@cache
def _known() -> frozenset[str]:
    home = files("dezone").joinpath("languages")
    return frozenset(one.name.removesuffix(".json") for one in home.iterdir())


@cache
def _table(language: str) -> _Table | None:
    if language not in _known():
        return None
    text = files("dezone").joinpath("languages", f"{language}.json").read_text("utf-8")
    return _Table(json.loads(text))
