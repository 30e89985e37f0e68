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
    """The words of one language that a page with a checker shows, and those its engine needs."""

    card: Group
    checker: Group
    distance: Group
    months: Sequence[str]
    months_alone: Sequence[str]
    months_alt: Sequence[str | Sequence[str]] | UnsetType = UNSET
    radius_exact: str
    reason: Group
    sentence: Text
    shares: str
    swapped: Group
    time: Group


# fmt: off
_ELSEWHERE = {
    "page": (
        "all_sources", "all_zones", "arabic", "checksums", "cite_intro", "cite_plain", "counts",
        "data_and_method", "data_intro", "differ", "downloads", "downloads_about", "english",
        "licence", "military_police", "needs_scripts", "not_drawn", "notes_language",
        "observation_post", "offline", "one_zone", "possible_error", "post_accuracy", "russian",
        "table_rounds", "timeline_intro", "turkish", "version",
    ),
    "field": ("actual", "duration", "fighters", "legal", "signatories"),
    "card": (
        "answer", "check_text", "extent", "licence", "made", "method", "method_text",
        "more_sources", "no_map", "not_signed", "origin", "provenance", "question", "signed",
        "talks", "used", "validity", "validity_open",
    ),
}
# fmt: on
"""Words of the same groups that only pages of text, or cards of the command, say."""

W = TypeVar("W", SentenceWords, PageWords, CheckerWords)


def choose_words(atlas: Atlas, kind: type[W], languages: Iterable[str]) -> dict[str, W]:
    """Return the words that a page carries, by language: those that `kind` lists, and no others.

    What only other pages say is left out of their groups.

    Raises
    ------
    AtlasError
        A language lacks some, or has others than texts where texts are expected.
    """
    found = {}
    for code in languages:
        try:
            found[code] = msgspec.convert(_own(atlas.words(code)), kind)
        except msgspec.ValidationError as error:
            raise AtlasError(
                f"{language_file(code)}: expected the words that a page shows, found a fault "
                f"({error}); add or correct them."
            ) from error
    return found


def _own(words: Group) -> Group:
    said = {
        group: {key: text for key, text in words[group].items() if key not in left_out}
        for group, left_out in _ELSEWHERE.items()
        if isinstance(words.get(group), Mapping)
    }
    return {**words, **said}
