"""The words that a page carries of a language file: each group is listed once, in its type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from geodata.errors import AtlasError
from geodata.schema import language_file

if TYPE_CHECKING:
    from geodata.atlas import Atlas

Text = Mapping[str, str]
"""What something is called in each language, by its code; or words, by their keys."""

Group = Mapping[str, Any]
"""Words by key, as a language file has them."""


class SentenceWords(msgspec.Struct, frozen=True, kw_only=True):
    """The words of one language that sentences are made of and dates are read by."""

    date: Text
    list: Text
    months: Sequence[str]
    months_alone: Sequence[str]
    months_alt: Sequence[str | Sequence[str]] | UnsetType = UNSET
    sentence: Text
    space: Text
    units: Text


class PageWords(msgspec.Struct, frozen=True, kw_only=True):
    """The words of one language that a map shows."""

    direction: str
    language: str
    boundary_estimate: Group
    confidence: Group
    crowd: Group
    date: Group
    field: Group
    figure: Group
    list: Group
    page: Group
    phase: Group
    phase_meaning: Group
    post_kind: Group
    space: Group
    units: Group
    verdict: Group


class CheckerWords(PageWords, frozen=True, kw_only=True):
    """The words of one language that a page with a checker shows."""

    card: Group
    checker: Group
    distance: Group
    radius_exact: str
    reason: Group
    shares: str
    swapped: Group
    time: Group


W = TypeVar("W", SentenceWords, PageWords, CheckerWords)


def choose_words(atlas: Atlas, kind: type[W], languages: Iterable[str]) -> dict[str, W]:
    """Return the words that a page carries, by language: those that `kind` lists, and no others.

    Raises
    ------
    AtlasError
        A language lacks some, or has others than texts where texts are expected.
    """
    found = {}
    for code in languages:
        try:
            found[code] = msgspec.convert(atlas.words(code), kind)
        except msgspec.ValidationError as error:
            raise AtlasError(
                f"{language_file(code)}: expected the words that a page shows, found a fault "
                f"({error}); add or correct them."
            ) from error
    return found
