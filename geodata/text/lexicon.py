"""The tokens of an angle: its words and marks, and the pattern that finds them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from geodata.grammar import load
from geodata.text.position import Axis, refuse
from geodata.text.repairs import either_case, fold_case, fold_letters, quote

_REST = re.compile(r"[^\W\d_]+|.")

# The letters d, m, s are marks only as a row, in lower case: alone, D may be the Turkish east and
# s the south.
_LETTERED = re.compile(
    r"([0-9]+) ?d ?([0-9]+(?:[.,][0-9]+)?) ?m(?: ?([0-9]+(?:[.,][0-9]+)?) ?s)?(?![^\W\d_])"
)
_HEMISPHERES: dict[str, tuple[Axis, int]] = {
    "north": ("latitude", 1),
    "south": ("latitude", -1),
    "east": ("longitude", 1),
    "west": ("longitude", -1),
}
_AXES: tuple[Axis, ...] = ("latitude", "longitude")
_KINDS = {"number": "n", "comma": ",", "separator": ";", "colon": ":", "is": "=", "dash": "-",
          "sign": "s"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of an angle.

    Attributes
    ----------
    kind : str
        One sign: ``n`` a number, ``s`` its sign, ``h`` a letter or word of a hemisphere, ``l`` the
        label of an axis, ``°``, ``'`` and ``"`` marks, ``:`` and ``-`` between numbers, ``,`` a
        comma, ``;`` what separates two angles, ``=`` an equals sign.
    text : str
        As it stands.
    axis, sign
        What a hemisphere or a label says.
    paired : bool
        A Turkish letter, which counts only beside another one.
    tight : bool
        A comma with a digit on both sides.
    """

    kind: str
    text: str
    axis: Axis | None = None
    sign: int = 1
    paired: bool = False
    tight: bool = False


def tokens_of(text: str, clean: str) -> list[Token]:
    """Return the tokens of `clean`, which is `text` in plain signs.

    Raises
    ------
    CoordinateError
        A sign or a word has no place in an angle.
    """
    found = list(_scan(text, clean))
    # An equals sign or a colon belongs to the label or letter before it.
    return [
        token
        for before, token in zip([None, *found], found, strict=False)
        if not (token.kind in "=:" and before is not None and before.kind in "lh")
    ]


# Three groups of digits between dots are no number: 41.40.25N is read as 41-40-25N is.
_DOTTED = re.compile(r"(?<![0-9.])([0-9]{1,3})\.([0-9]{1,2})\.([0-9]{1,2}(?:\.[0-9]+)?)(?![0-9.])")


_LETTER = re.compile(r"[^\W\d_]")


def _scan(text: str, clean: str) -> Iterator[Token]:
    lexicon = _lexicon()
    marked = fold_letters(clean.translate(lexicon.marks))
    if _LETTER.search(marked):
        marked = _DOTTED.sub(r"\1-\2-\3", marked)
    marked = _LETTERED.sub(
        lambda m: f"{m[1]}°{m[2]}'" + (f'{m[3]}"' if m[3] is not None else ""), marked
    )
    at = 0
    while at < len(marked):
        match = lexicon.token.match(marked, at)
        if match is None:
            rest = _REST.match(marked, at)
            why = f"{quote(rest[0] if rest else marked[at:])} has no meaning there"
            if rest and rest[0] == "٬":
                why = "U+066C separates thousands, and degrees have none"
            refuse(text, why)
        group, raw = match.lastgroup or "", match[0]
        if group == "word":
            token = lexicon.words.get("=" + raw) or lexicon.words[_word_key(raw)]
            yield token if token.kind in "°'\"" else replace(token, text=raw)
        elif group == "comma":
            around = marked[at - 1 : at] + marked[at + 1 : at + 2]
            yield Token(",", raw, tight=bool(re.fullmatch(r"[0-9]{2}", around)))
        elif group == "mark":
            mark = '"' if raw == "''" else raw
            yield Token(mark, mark)
        elif group != "space":
            yield Token(_KINDS[group], raw)
        at = match.end()


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """The pattern of one token, the words by their folded spelling, and marks to plain marks."""

    token: re.Pattern[str]
    words: dict[str, Token]
    marks: dict[int, str]


@cache
def _lexicon() -> _Lexicon:
    table = load("words")
    words: dict[str, Token] = {}
    patterns: dict[str, tuple[int, str]] = {}

    def add(word: str, token: Token) -> None:
        key = _word_key(word)
        words[key] = token
        # Russian abbreviations come with and without dots and blanks: с.ш., с. ш., сш.
        pieces = fold_letters(word).replace(".", "").split()
        if "." in word:
            pieces, glue = list("".join(pieces)), r"\.? ?"
        else:
            glue = " "
        patterns[key] = (len(glue.join(pieces)), glue.join(map(either_case, pieces)) + r"\.?")

    for name, (axis, sign) in _HEMISPHERES.items():
        for word in table["hemispheres"][name]:
            add(word, Token("h", word, axis, sign))
        for word in table["paired_letters"][name]:
            # Upper case only: the letter d is a mark of degrees.
            words["=" + word] = Token("h", word, axis, sign, paired=True)
    for axis in _AXES:
        for word in table["axes"][axis]:
            add(word, Token("l", word, axis))
    for mark, names in table["marks"].items():
        for word in names:
            add(word, Token(mark, mark))
    paired = "".join(w for group in table["paired_letters"].values() for w in group)
    longest_first = sorted(patterns.values(), key=lambda one: (-one[0], one[1]))
    alternatives = "|".join(pattern for _, pattern in longest_first)
    token = re.compile(
        r"(?P<number>[0-9]+(?:\.[0-9]+)?)"
        r"|(?P<comma>,)|(?P<separator>[;/|])|(?P<colon>:)|(?P<is>=)"
        r"|(?P<dash>(?<=[0-9])-(?=[0-9]))|(?P<sign>[+-](?=[0-9]))"
        r"|(?P<mark>°|''|'|\")"
        rf"|(?<![^\W\d_])(?P<word>{alternatives}|[{paired}])(?![^\W\d_])"
        r"|(?P<space> +)"
    )
    signs = {ord(sign): mark for mark, several in table["mark_signs"].items() for sign in several}
    return _Lexicon(token, words, signs)


def _word_key(word: str) -> str:
    return re.sub(r"[. ]", "", fold_case(fold_letters(word)))
