"""Spellings of names, in Arabic and Latin letters, and how far apart two of them are.

One Arabic name has dozens of Latin spellings. A name is reduced to a code of sounds, letter by
letter, without articles and words such as town; the distance between two codes is the least cost
of the letters that must be exchanged, left out or put in. Both tables, the sounds and the costs,
are data in ``grammar/sounds.json``, so that the page computes the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geodata import grammar
from geodata.ledger_file import Spellings
from geodata.text.repairs import clean_text, fold_case, fold_letters

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Costs = NDArray[np.int32]
Numbers = NDArray[np.uint8]

# Costs are in hundredths while they are summed.
_ANOTHER_SOUND = 100
_LEFT_OUT = 95  # a consonant that one spelling has and the other has not
_READINGS = 4  # of one name: with a glued article, and without

_TABLE = grammar.load("sounds")
_ARABIC_SYMBOLS = len(_TABLE["arabic"])
_SYMBOLS = _TABLE["arabic"] + _TABLE["latin"] + _TABLE["digits"]
_NUMBER = {symbol: i + 1 for i, symbol in enumerate(_SYMBOLS)}
_ARABIC = re.compile("[\u0600-\u06ff]")
# Signs for ayn and hamza; some are letters to Unicode and must go before accents are folded.
_SIGNS = re.compile("['`´‘’ʻʼʾʿˈʹ′]")
_SIGNED = str.maketrans(_TABLE["signed"])
_LATIN = re.compile("|".join(sorted(map(re.escape, _TABLE["latin_as"]), key=len, reverse=True)))
_GLUED = re.compile("(?:al|el|ul|il)(.{3,})")


@dataclass(frozen=True, slots=True)
class Spelling:
    """One spelling, reduced: its codes (one a reading) and its qualifiers, one bit each.

    Qualifiers tell places of one name apart: big and small, east and west, upper and lower.
    """

    codes: tuple[str, ...]
    qualifiers: int


@cache
def _small_words() -> tuple[frozenset[str], frozenset[str], dict[str, int]]:
    """Return articles, words such as town, and the bit of every qualifying word, all reduced."""
    articles = frozenset(_folded(word) for word in _TABLE["articles"])
    generic = frozenset(_single(_without_article(_folded(word))) for word in _TABLE["generic"])
    bits = {
        _ending_apart(_folded(word)): 1 << i
        for i, words in enumerate(_TABLE["qualifiers"].values())
        for word in words
    }
    return articles, generic, bits


def _ending_apart(word: str) -> str:
    """Return a word without its article, however its ending is written (sharqia, sharqiyyeh)."""
    return _without_article(word) if _ARABIC.search(word) else _latin_code(word, last=True)


def _folded(text: str) -> str:
    """Return a text in small letters without accents and signs, Cyrillic as Latin."""
    if text.isascii():
        return _SIGNS.sub("", text.lower())
    lowered = _SIGNS.sub("", fold_case(text.replace("İ", "i"))).translate(_SIGNED)
    cyrillic: dict[str, str] = _TABLE["cyrillic"]
    if any(char in cyrillic for char in lowered):
        lowered = "".join(cyrillic.get(char, char) for char in lowered)
    folded = fold_letters(lowered)
    same: dict[str, str] = _TABLE["arabic_as"]
    return "".join(same.get(char, char) for char in folded)


def _without_article(word: str) -> str:
    """Return a word without the article that is glued to it (الكبير)."""
    return word[2:] if word.startswith("ال") and len(word) > 4 else word


def _single(text: str) -> str:
    """Return a text with every doubled letter once (villlage)."""
    return re.sub(r"(\D)\1+", r"\1", text)


def words_of(text: str) -> list[str]:
    """Return the words of a name, folded: no accents, no signs, hyphens and brackets as spaces.

    Numbers are words; one in other signs than plain digits (①, ½) is a ``#``, which no name has.
    """
    folded = _folded(clean_text(text)[0])
    if not folded.isascii():
        folded = "".join("#" if _is_odd_number(char) else char for char in folded)
    return re.findall(r"[^\W\d_]+|[0-9#]+", folded)


def _is_odd_number(char: str) -> bool:
    return not char.isascii() and unicodedata.category(char)[0] == "N"


@lru_cache(maxsize=65_536)
def read_spelling(text: str) -> Spelling:
    """Return the codes and qualifiers of one spelling; no codes where it has no letters.

    Examples
    --------
    >>> read_spelling("Khan Sheikhoun").codes, read_spelling("خان شيخون").codes
    (('xAnSEIxUn',), ('خانشيخون',))
    """
    articles, generic, bits = _small_words()
    found = words_of(text)
    named = [word for word in found if _single(_without_article(word)) not in generic] or found
    named = [
        word for word, after in pairwise([*named, ""]) if not _is_article(word, after, articles)
    ]
    base: list[str] = []
    qualifiers = 0
    for word in named:
        bit = bits.get(_ending_apart(word), 0)
        if not bit and (glued := _GLUED.fullmatch(word)):
            bit = bits.get(_ending_apart(glued[1]), 0)
        if bit:
            qualifiers |= bit
        else:
            base.append(word)
    if not base:
        base, qualifiers = named, 0
    codes = [""]
    for i, word in enumerate(base):
        readings = _codes_of(word, last=i == len(base) - 1)
        codes = [code + reading for code in codes[:_READINGS] for reading in readings]
    single = dict.fromkeys(map(_single, codes))
    return Spelling(tuple(code for code in single if code), qualifiers)


def _is_article(word: str, after: str, articles: frozenset[str]) -> bool:
    """Tell whether a word is an article: al, or one that took the sound of the next (ar-Rastan)."""
    if word not in articles or not after:
        return False
    return word[-1] in "lль" or word[-1:] == after[:1] or word[-2:] == after[:2]


def _codes_of(word: str, *, last: bool) -> list[str]:
    if word[0] in _TABLE["digits"]:
        return [word]
    if _ARABIC.search(word):
        bare = word[2:] if word.startswith("ال") and len(word) > 3 else word
        code = "".join(char for char in bare if char in _NUMBER)
        code = code[:-1] + "ة" if code.endswith("ه") and len(code) > 2 else code
        # عزالدين, written as one word
        inner = re.fullmatch("(.{2,})ال(.{3,})", code)
        return [code, inner[1] + inner[2]] if inner else [code]
    readings = [_latin_code(word, last=last)]
    if glued := _GLUED.fullmatch(word):
        readings.append(_latin_code(glued[1], last=last))
    return readings


@lru_cache(maxsize=65_536)
def _latin_code(word: str, *, last: bool) -> str:
    """Return the sounds of a Latin word; ``@`` is the ending that Arabic writes as ta marbuta.

    It is spoken and written t before another word (Maarrat al-Numan), else h or nothing.
    """
    if not last:
        word = re.sub(r"(?<=[a-z]{3})[ae]t$", "@", word)
    word = re.sub(r"(?<=[a-z]{2})(iy*|e?yy*)[ae]h?$", "i@", word)
    word = re.sub(r"(?<=[a-z]{2})[ae]+h?$", "@", word)
    sounds: dict[str, str] = _TABLE["latin_as"]
    return "".join(
        "@" if part == "@" else _LATIN.sub(lambda match: sounds[match[0]], part)
        for part in re.split("(@)", re.sub("[^a-z@]", "", word))
    )


def is_arabic(code: str) -> bool:
    """Tell whether a code is of a spelling in Arabic letters."""
    return bool(_ARABIC.search(code))


def reduced(names: Iterable[Iterable[str]]) -> Spellings:
    """Return every spelling of places, reduced; without brackets, which tell twins apart."""
    settlement: list[int] = []
    qualifiers: list[int] = []
    codes: list[str] = []
    for at, several in enumerate(names):
        parts = (
            re.sub(r"\(.*?\)", " ", part) for name in several if name for part in name.split("_")
        )
        for spelling in dict.fromkeys(map(read_spelling, parts)):
            for code in spelling.codes:
                settlement.append(at)
                qualifiers.append(spelling.qualifiers)
                codes.append(code)
    return Spellings(settlement, qualifiers, "\n".join(codes))


# --- the distance ----------------------------------------------------------------------------


@cache
def _costs() -> tuple[Costs, Costs]:
    """Return what it costs to exchange two symbols, and to leave one out, by their numbers."""
    size = len(_SYMBOLS) + 1
    exchange = np.full((size, size), _ANOTHER_SOUND, dtype=np.int32)
    np.fill_diagonal(exchange, 0)
    for group in _TABLE["exchange"].values():
        for cost, pairs in group.items():
            for one, other in pairs:
                a, b = _NUMBER[one], _NUMBER[other]
                exchange[a, b] = exchange[b, a] = round(100 * float(cost))
    leave_out = np.full(size, _LEFT_OUT, dtype=np.int32)
    leave_out[0] = 0  # what fills the codes up
    for cost, symbols in _TABLE["leave_out"].items():
        for symbol in symbols:
            leave_out[_NUMBER[symbol]] = round(100 * float(cost))
    return exchange, leave_out


@cache
def _by_character() -> tuple[Numbers, NDArray[np.uint16]]:
    """Return tables by character: the number of a symbol, and the bit of its class of consonants.

    A class holds the consonants that transliterations mix up. Vowels, glides, ayn and ha have
    none: they are written or not.
    """
    number = np.zeros(0x700, dtype=np.uint8)
    bit = np.zeros(0x700, dtype=np.uint16)
    for symbol, i in _NUMBER.items():
        number[ord(symbol)] = i
    for i, symbols in enumerate(_TABLE["classes"]):
        for symbol in symbols:
            bit[ord(symbol)] = 1 << i
    return number, bit


class Codes:
    """Codes of many spellings as arrays, made once: what `distances` compares with.

    Attributes
    ----------
    symbols : (longest, n) uint8
        Numbers of the symbols of each code, filled up with 0.
    length : (n,) int
        How many symbols each has.
    classes : (n,) uint16
        Which classes of consonants each holds, a bit each.
    arabic : (n,) bool
        Whether each is of a spelling in Arabic letters.
    """

    def __init__(self, codes: Sequence[str]) -> None:
        longest = max(map(len, codes), default=1)
        letters = np.array(codes, dtype=f"U{longest}").view(np.uint32).reshape(-1, longest)
        number, bit = _by_character()
        self.symbols: Numbers = np.ascontiguousarray(number[letters].T)
        self.length: Ints = (self.symbols != 0).sum(axis=0)
        self.classes = np.bitwise_or.reduce(bit[letters], axis=1)
        arabic = (self.symbols > 0) & (self.symbols <= _ARABIC_SYMBOLS)
        self.arabic = np.asarray(arabic.any(axis=0))

    def __len__(self) -> int:
        return len(self.length)

    def alike(self, code: str, among: Ints, *, differ: int = 2) -> Ints:
        """Return those `among` the codes whose classes of consonants differ by few from a code's.

        Spellings of one name have the same nearly always, and few names do.
        """
        _, bit = _by_character()
        own = np.bitwise_or.reduce([bit[ord(char)] for char in code])
        other = self.classes[among] ^ own
        few = _BITS[other & 0xFF] + _BITS[other >> 8] <= differ
        return np.asarray(among[few])


_BITS = np.array([i.bit_count() for i in range(256)], dtype=np.uint8)


_SLACK = np.float32(1e-3)  # more than single precision loses in a limit
_NO_LIMIT = np.float32(1e4)
_WHOLE, _INSIDE, _AROUND = range(3)  # a code and another, in a part of it, with it as a part


def distances(code: str, codes: Codes, among: Ints, most: float = np.inf) -> Floats:
    """Return how far each of the codes `among` all is from one code; 0 where no sound differs.

    The least sum of costs that turns one into the other (Wagner and Fischer 1974), of (k,) codes
    at once; infinite where it is surely more than `most`.
    """
    lacking, more = _least_by_classes(code, codes, among)
    limit = np.full(len(among), most, dtype=np.float32) + _SLACK
    far = np.full(len(among), np.inf, dtype=np.float32)
    rows = np.flatnonzero(np.maximum(lacking, more) <= limit)
    far[rows] = _table(code, codes, among[rows], limit[rows], _WHOLE)
    return far


def distances_of_parts(code: str, codes: Codes, among: Ints, most: Floats) -> Floats:
    """Return how far a code is from a part of each longer one, each shorter from a part of it.

    What stands before and behind the part costs nothing. Infinite where it is surely more than
    `most`, of (k,) codes.
    """
    lacking, more = _least_by_classes(code, codes, among)
    longer = codes.length[among] >= len(code)
    limit = most.astype(np.float32) + _SLACK
    far = np.full(len(among), np.inf, dtype=np.float32)
    for which, least, mode in ((longer, lacking, _INSIDE), (~longer, more, _AROUND)):
        rows = np.flatnonzero(which & (least <= limit))
        far[rows] = _table(code, codes, among[rows], limit[rows], mode)
    return far


def _least_by_classes(code: str, codes: Codes, among: Ints) -> tuple[Floats, Floats]:
    """Return how far a code is at least from others: by the classes they lack, and by their own.

    Each class that only one of two codes holds takes a letter of its own to be left out, or to be
    exchanged for one of another class.
    """
    _, bit = _by_character()
    own = int(np.bitwise_or.reduce([bit[ord(char)] for char in code]))
    other = codes.classes[among].astype(np.int64)
    price = _prices()
    return price[own & ~other], price[other & ~own]


@cache
def _prices() -> Floats:
    """Return the least that it costs to be rid of classes of consonants, by their bits."""
    exchange, leave_out = _costs()
    bit = _by_character()[1]
    bits = np.array([0, *(bit[ord(symbol)] for symbol in _SYMBOLS)])
    price = np.zeros(1, dtype=np.float32)
    for i in range(len(_TABLE["classes"])):
        of = bits == 1 << i
        least = min(leave_out[of].min(), exchange[of][:, ~of].min())
        price = np.concatenate([price, price + np.float32(least / 100)])
    return price


def _table(code: str, codes: Codes, among: Ints, most: Floats, mode: int) -> Floats:
    """Fill the table of costs row by row, without those codes that are beyond (k,) `most`."""
    exchange, leave_out = _costs()
    found = np.full(len(among), np.inf, dtype=np.float32)
    limit = (100 * np.minimum(most, _NO_LIMIT)).astype(np.int32)
    left = np.arange(len(among))
    length = codes.length[among]
    longest = int(length.max()) if len(length) else 0
    symbols = codes.symbols[:longest, among]
    put_in = np.zeros((longest + 1, len(length)), dtype=np.int32)
    np.cumsum(leave_out[symbols], axis=0, out=put_in[1:])
    row = np.zeros_like(put_in) if mode == _INSIDE else put_in
    least = row[length, left]
    if not len(left):
        return found
    number, _ = _by_character()
    for symbol in number[[ord(char) for char in code]]:
        if mode != _AROUND:
            near = row.min(axis=0) <= limit
            if np.count_nonzero(near) <= _MOSTLY * len(left):
                left, length, limit = left[near], length[near], limit[near]
                row, symbols, put_in = row[:, near], symbols[:, near], put_in[:, near]
        if not len(left):
            return found
        after = np.empty_like(row)
        after[0] = 0 if mode == _AROUND else row[0] + leave_out[symbol]
        exchanged = row[:-1] + exchange[symbol][symbols]
        np.minimum(row[1:] + leave_out[symbol], exchanged, out=after[1:])
        # The least of what ends here, and of what ends before with all that is put in since.
        row = np.minimum.accumulate(after - put_in, axis=0) + put_in
        if mode == _AROUND:
            least = np.minimum(least, row[length, left])
    if mode != _AROUND:
        least = row.min(axis=0) if mode == _INSIDE else row[length, np.arange(len(left))]
    found[left] = least / 100
    return found


_MOSTLY = 0.7  # of the codes: fewer than so many left are worth copying
