"""Spellings of names, reduced until those of one name meet, and how alike two of them are.

One Arabic name has dozens of Latin spellings. Each spelling is reduced twice: to a **skeleton** of
consonants that all transliterations share, which finds candidates, and to a **sound** that keeps
the vowels, which ranks them. The tables are in ``geodata/grammar/spellings.json``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from geodata.grammar import load
from geodata.text.repairs import clean_text, fold_case, fold_letters

__all__ = ["Spelling", "alikeness", "spelling_of", "thinned"]


@dataclass(frozen=True, slots=True)
class _Tables:
    """The tables of spellings, ready to be used."""

    skeleton: Callable[[str], str]
    sound: Callable[[str], str]
    arabic: dict[str, str]
    cyrillic: dict[int, str]
    signed: dict[int, str]
    ayn: re.Pattern[str]
    articles: frozenset[str]
    generic: frozenset[str]


@cache
def _tables() -> _Tables:
    spellings, words = load("spellings"), load("words")["places"]

    def small(several: list[str]) -> frozenset[str]:
        return frozenset(fold_case(fold_letters(word)) for word in several)

    return _Tables(
        skeleton=_replacer(spellings["skeleton"]),
        sound=_replacer(spellings["sound"]),
        arabic=spellings["arabic"],
        cyrillic=str.maketrans(spellings["cyrillic"]),
        signed=str.maketrans(spellings["signed"]),
        ayn=re.compile(f"[{spellings['ayn']}]"),
        articles=small(words["articles"]),
        generic=small(words["generic"]),
    )


def _replacer(rows: list[list[str]]) -> Callable[[str], str]:
    """Return what puts for each thing that is written what stands for it."""
    pattern, new = re.compile("|".join(row[0] for row in rows)), {row[0]: row[1] for row in rows}
    return lambda text: pattern.sub(lambda match: new[match[0]], text)


def _single(text: str) -> str:
    """Return `text` with doubled letters written once: a shadda is written or left out."""
    return re.sub(r"(.)\1+", r"\1", text)


@dataclass(frozen=True, slots=True)
class Spelling:
    """A spelling, reduced; two spellings of one script compare by `plain` and `sound`."""

    arabic: bool
    plain: str
    sound: str
    skeletons: frozenset[str]


def _word_list(text: str) -> list[str]:
    """Return the folded words of a name without signs, articles and words like town."""
    clean, _ = clean_text(text)
    tables = _tables()
    lowered = tables.ayn.sub("", fold_case(clean.replace("İ", "i"))).translate(tables.signed)
    folded = fold_letters(lowered).translate(tables.cyrillic)
    found = re.findall(r"[^\W\d_]+|[0-9]+", folded)
    kept = [word for word in found if word not in tables.generic] or found
    return [word for word in kept[:-1] if word not in tables.articles] + kept[-1:]


@lru_cache(maxsize=65_536)
def spelling_of(text: str) -> Spelling:
    """Return the reduced forms of one spelling."""
    if re.search("[\u0600-\u06ff]", fold_letters(text)):
        names = _word_list(text)
        arabic = _tables().arabic
        names = [w[2:] if w.startswith("ال") and len(w) > 3 else w for w in names]
        parts = [
            "".join(arabic.get(c, c if c.isdecimal() else "") for c in word.removesuffix("ه"))
            for word in names
        ]
        plain = " ".join(names)
        return Spelling(True, plain, plain.replace(" ", ""), frozenset([_single("".join(parts))]))
    tables, names = _tables(), _word_list(text)
    plain = "".join(names)
    sounds: list[str] = []
    keys = [""]
    for at, word in enumerate(names):
        last = at == len(names) - 1
        # The ta marbuta: spoken and written t before another word (Maarrat al-Numan), else h or
        # nothing (Maarra, Maarrah).
        stem = word if last else re.sub(r"(?<=[ae])t$", "", word)
        stem = re.sub(r"(?<=[aeiou])h$", "", stem)
        sounds.append(tables.sound(re.sub(r"e$", "a", stem)))
        bones = [tables.skeleton(stem)]
        # A glued article (Eldawahreh); both readings are kept, since Alma is a name too.
        if glued := re.match(r"(?:al|el)(?=[^aeiou])(.{3,})", stem):
            bones.append(tables.skeleton(glued[1]))
        keys = [key + bone for key in keys[:4] for bone in bones]
    return Spelling(False, plain, _single("".join(sounds)), frozenset(_single(key) for key in keys))


def _distance(one: str, other: str) -> int:
    """Return the edit distance (Levenshtein 1966) of two short texts."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def _alike(one: str, other: str) -> float:
    longest = max(len(one), len(other))
    return 1.0 - _distance(one, other) / longest if longest else 0.0


def alikeness(asked: Spelling, known: Spelling) -> float:
    """Return how alike two spellings are, from 0 to 1; 1 only for the same letters."""
    scores: dict[str, float] = load("spellings")["alike"]
    if asked.plain == known.plain:
        return 1.0
    common = bool(asked.skeletons & known.skeletons)
    if asked.arabic != known.arabic:
        # Across scripts only consonants can be compared.
        best = max(_alike(a, b) for a in asked.skeletons for b in known.skeletons)
        return scores["across_scripts"] if common else scores["across_scripts_other"] * best
    alike = _alike(asked.sound, known.sound)
    return min(scores["same_consonants"], alike) if common else scores["other_consonants"] * alike


def thinned(skeleton: str) -> Iterator[str]:
    """Yield a skeleton and all that lack one letter; two that share one differ by one letter."""
    yield skeleton
    if len(skeleton) > 2:
        for at in range(len(skeleton)):
            yield skeleton[:at] + skeleton[at + 1 :]
