"""Names of places as people spell them, found in a gazetteer; no tie is ever decided.

One Arabic name has dozens of Latin spellings. Each spelling is reduced twice: to a **skeleton** of
consonants that all transliterations share, which finds candidates, and to a **sound** that keeps
the vowels, which ranks them. ``docs/reading.md`` says what counts as one clear winner.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NoReturn

from geodata.errors import InputError, PlaceError
from geodata.text.repairs import clean_text, fold_letters, quote, words

__all__ = ["Gazetteer", "Match", "Place", "read_gazetteer"]


@dataclass(frozen=True, slots=True)
class Place:
    """A settlement: its names, its point on WGS 84 in degrees, and how far it reaches."""

    id: str
    name: str
    longitude: float
    latitude: float
    name_ar: str | None = None
    variants: tuple[str, ...] = ()
    admin1: str | None = None
    population: int | None = None
    kind: str | None = None

    @property
    def radius_m(self) -> float:
        """Radius in metres that stands for the built-up ground; by population, our own choice.

        No gazetteer states it. Nobody counted: 2 km, as for a town.
        """
        if not self.population:
            return 2_000.0
        for least, radius in _RADII:
            if self.population >= least:
                return radius
        return 1_000.0


# Ours, unsourced: discs that hold about 5,000 to 10,000 people a square kilometre.
_RADII = ((1_000_000, 8_000.0), (200_000, 4_000.0), (20_000, 2_000.0))


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate: the place, how alike a spelling of it is (1 = the same), and that spelling."""

    place: Place
    score: float
    spelling: str


# --- how spellings are reduced ---------------------------------------------------------------

# Each row: what is written, what stands for it in the skeleton, why. Longest first within a
# group; applied from left to right in one pass.
_SKELETON: tuple[tuple[str, str, str], ...] = (
    ("dzh", "j", "Russian and Polish spelling of jim"),
    ("sch", "S", "German spelling of shin"),
    ("tch", "S", "French spelling of ch, for shin in dialect"),
    ("kh", "h", "kha; Turkish and many maps write it h like ha"),
    ("sh", "S", "shin"),
    ("ch", "S", "French spelling of shin"),
    ("gh", "g", "ghayn"),
    ("dj", "j", "French spelling of jim"),
    ("dz", "j", "Polish spelling of jim"),
    ("dh", "d", "dhal and za, which dialects and maps write d, dh or z"),
    ("th", "t", "tha, which dialects and Turkish write t"),
    ("ck", "k", "German spelling of k"),
    ("z", "d", "zay, but also dhal, dad and za in dialect (Zahr, Dhahr)"),
    ("q", "k", "qaf; most maps write k"),
    ("x", "h", "Kurdish spelling of kha"),
    ("c", "j", "Turkish spelling of jim"),
    ("p", "b", "Turkish and Latin spelling of a final ba (Halep)"),
    ("y", "", "a long vowel or a glide; both are written or left out"),
    ("w", "", "a long vowel or a glide; both are written or left out"),
    ("v", "", "Turkish spelling of waw"),
    ("a", "", "vowels are not written in Arabic"),
    ("e", "", "vowels are not written in Arabic"),
    ("i", "", "vowels are not written in Arabic"),
    ("o", "", "vowels are not written in Arabic"),
    ("u", "", "vowels are not written in Arabic"),
)
_SOUND: tuple[tuple[str, str, str], ...] = (
    ("dzh", "j", "as above"),
    ("sch", "S", "as above"),
    ("kh", "h", "kha; Turkish writes h"),
    ("x", "h", "Kurdish spelling of kha"),
    ("sh", "S", "shin"),
    ("ch", "S", "French spelling of shin"),
    ("gh", "g", "ghayn"),
    ("dj", "j", "French spelling of jim"),
    ("dh", "d", "dhal, dad"),
    ("th", "t", "tha"),
    ("ou", "u", "French spelling of u"),
    ("oo", "u", "English spelling of u"),
    ("ow", "u", "diphthong, spoken o"),
    ("aw", "u", "diphthong, spoken o"),
    ("au", "u", "diphthong, spoken o"),
    ("ee", "i", "English spelling of i"),
    ("ie", "i", "English spelling of i"),
    ("ai", "i", "diphthong, spoken e"),
    ("ay", "i", "diphthong, spoken e"),
    ("ei", "i", "diphthong, spoken e"),
    ("ey", "i", "diphthong, spoken e"),
    ("iy", "i", "long i"),
    ("e", "i", "e and i are one vowel in Arabic"),
    ("y", "i", "glide or long i"),
    ("o", "u", "o and u are one vowel in Arabic"),
    ("w", "u", "glide or long u"),
    ("v", "u", "Turkish spelling of waw"),
    ("q", "k", "qaf"),
    ("c", "j", "Turkish spelling of jim"),
    ("p", "b", "Turkish and Latin spelling of a final ba"),
)
# The consonants of Arabic in the skeleton's letters; ayn, hamza and the long vowels are left out.
_ARABIC = dict(
    zip(
        "بتثجحخدذرزسشصضطظغفقكلمنهپچگڤ",
        "bttjhhddrdsSsdtdgfkklmnhbSgf",
        strict=True,
    )
)
# Cyrillic by BGN/PCGN, which turns Хан-Шейхун into Khan Sheykhun.
_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "j", "з": "z", "и": "i",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",
    "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ы": "y",
    "ь": "", "э": "e", "ю": "yu", "я": "ya",
}  # fmt: skip
# Signs for ayn and hamza; U+02BB, BC, BE and BF are letters to Unicode and must go before folding.
_AYN = re.compile("['`´‘’ʻʼʾʿˈʹ′]")
# Letters whose sign changes the sound, before accents are folded.
_SIGNED = str.maketrans({"ş": "sh", "š": "sh", "ç": "ch", "č": "ch", "ğ": "gh", "ġ": "gh",
                         "ḫ": "kh", "ḵ": "kh", "ḏ": "dh", "ḍ": "d", "ṯ": "th", "ž": "j", "ż": "j",
                         "ǧ": "j", "ə": "a", "й": "y", "ё": "e"})  # fmt: skip


@cache
def _small_words() -> tuple[frozenset[str], frozenset[str]]:
    table = words()["places"]
    articles = frozenset(fold_letters(word).casefold() for word in table["articles"])
    return articles, frozenset(fold_letters(word).casefold() for word in table["generic"])


@cache
def _pattern(table: tuple[tuple[str, str, str], ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    return re.compile("|".join(row[0] for row in table)), {row[0]: row[1] for row in table}


def _replace(text: str, table: tuple[tuple[str, str, str], ...]) -> str:
    pattern, new = _pattern(table)
    return pattern.sub(lambda match: new[match[0]], text)


def _single(text: str) -> str:
    """Return `text` with doubled letters written once: a shadda is written or left out."""
    return re.sub(r"(.)\1+", r"\1", text)


@dataclass(frozen=True, slots=True)
class _Form:
    """A spelling, reduced; two spellings of one script compare by `plain` and `sound`."""

    arabic: bool
    plain: str
    sound: str
    skeletons: frozenset[str]


def _word_list(text: str) -> list[str]:
    """Return the folded words of a name without signs, articles and words like town."""
    clean, _ = clean_text(text)
    lowered = _AYN.sub("", clean.replace("İ", "i").casefold()).translate(_SIGNED)
    folded = fold_letters(lowered)
    folded = "".join(_CYRILLIC.get(char, char) for char in folded)
    found = re.findall(r"[^\W\d_]+|[0-9]+", folded)
    articles, generic = _small_words()
    kept = [word for word in found if word not in generic] or found
    return [word for word in kept[:-1] if word not in articles] + kept[-1:]


@lru_cache(maxsize=65_536)
def _form(text: str) -> _Form:
    """Return the reduced forms of one spelling."""
    if re.search("[\u0600-\u06ff]", fold_letters(text)):
        names = _word_list(text)
        names = [w[2:] if w.startswith("ال") and len(w) > 3 else w for w in names]
        parts = [
            "".join(_ARABIC.get(c, c if c.isdigit() else "") for c in word.removesuffix("ه"))
            for word in names
        ]
        plain = " ".join(names)
        return _Form(True, plain, plain.replace(" ", ""), frozenset([_single("".join(parts))]))
    names = _word_list(text)
    plain = "".join(names)
    sounds: list[str] = []
    keys = [""]
    for at, word in enumerate(names):
        last = at == len(names) - 1
        # The ta marbuta: spoken and written t before another word (Maarrat al-Numan), else h or
        # nothing (Maarra, Maarrah).
        stem = word if last else re.sub(r"(?<=[ae])t$", "", word)
        stem = re.sub(r"(?<=[aeiou])h$", "", stem)
        sounds.append(_replace(re.sub(r"e$", "a", stem), _SOUND))
        bones = [_replace(stem, _SKELETON)]
        # A glued article (Eldawahreh); both readings are kept, since Alma is a name too.
        if glued := re.match(r"(?:al|el)(?=[^aeiou])(.{3,})", stem):
            bones.append(_replace(glued[1], _SKELETON))
        keys = [key + bone for key in keys[:4] for bone in bones]
    return _Form(False, plain, _single("".join(sounds)), frozenset(_single(key) for key in keys))


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


def _score(asked: _Form, known: _Form) -> float:
    """Return how alike two spellings are, from 0 to 1; 1 only for the same letters."""
    if asked.plain == known.plain:
        return 1.0
    common = bool(asked.skeletons & known.skeletons)
    if asked.arabic != known.arabic:
        # Across scripts only consonants can be compared.
        best = max(_alike(a, b) for a in asked.skeletons for b in known.skeletons)
        return 0.85 if common else 0.75 * best
    alike = _alike(asked.sound, known.sound)
    return min(0.97, alike) if common else 0.8 * alike


def _thinned(skeleton: str) -> Iterator[str]:
    """Yield a skeleton and all that lack one letter; two that share one differ by one letter."""
    yield skeleton
    if len(skeleton) > 2:
        for at in range(len(skeleton)):
            yield skeleton[:at] + skeleton[at + 1 :]


# --- the gazetteer ---------------------------------------------------------------------------

# Chosen on spellings of 2017-2020 against OCHA's settlements; the figures are in docs/reading.md.
_ENOUGH = 0.9  # a winner is at least this alike,
_AHEAD = 0.15  # the next place is at least this much less,
_SAME_PLACE_M = 3_000.0  # two records of one name nearer than this are one place


@dataclass(frozen=True)
class Gazetteer:
    """Places, found by any spelling of their names."""

    places: tuple[Place, ...]
    _forms: Mapping[int, tuple[tuple[str, _Form], ...]] = field(repr=False, compare=False)
    _index: Mapping[str, tuple[int, ...]] = field(repr=False, compare=False)
    _regions: frozenset[str] = field(repr=False, compare=False)

    @classmethod
    def from_records(cls, records: Iterable[Mapping[str, Any]]) -> Gazetteer:
        """Return a gazetteer of records with the fields of `Place`.

        `id`, `name`, `longitude` and `latitude` are needed. Of records that share an id, the first
        counts.

        Raises
        ------
        PlaceError
            A record lacks a field, or its position is not on Earth.
        """
        places = {place.id: place for place in map(_place, reversed(list(records)))}
        ordered = tuple(reversed(places.values()))
        forms: dict[int, tuple[tuple[str, _Form], ...]] = {}
        index: dict[str, set[int]] = {}
        for at, place in enumerate(ordered):
            spellings = dict.fromkeys(_spellings(place))
            forms[at] = tuple((spelling, _form(spelling)) for spelling in spellings)
            for _, form in forms[at]:
                for skeleton in form.skeletons:
                    for key in _thinned(skeleton):
                        index.setdefault(key, set()).add(at)
        regions = frozenset(place.admin1 for place in ordered if place.admin1)
        return cls(ordered, forms, {k: tuple(sorted(v)) for k, v in index.items()}, regions)

    def find(self, name: str, limit: int = 8) -> list[Match]:
        """Return the places whose spellings are most like `name`, the best first.

        A governorate may follow after a comma or in brackets (``Tamanah, Idlib``); then only its
        places are searched.

        Raises
        ------
        PlaceError
            `name` is empty, or names a governorate that no place lies in.
        """
        wanted, region = self._asked(name)
        asked = _form(wanted)
        return [match for match, _ in self._ranked(asked, region)][:limit]

    def resolve(self, name: str) -> Place:
        """Return the one place that `name` clearly means.

        Raises
        ------
        PlaceError
            No place is alike enough, or several are; the message lists them with their positions.
        """
        wanted, region = self._asked(name)
        found = self._ranked(_form(wanted), region)
        if not found:
            raise PlaceError(
                f"expected the name of a place in the gazetteer, found {quote(name)}, which is "
                "like none; give coordinates, or add a gazetteer that holds it"
            )
        best = found[0][0]
        # Records of the same place in two gazetteers are one choice.
        others = [
            (match, shared)
            for match, shared in found[1:]
            if _metres(match.place, best.place) > _SAME_PLACE_M
        ]
        ahead = all(best.score - match.score >= _AHEAD for match, _ in others)
        # Spellings of one Arabic name differ more than names do: another place with the same
        # consonants is a homonym, unless this one is spelt letter by letter.
        alone = best.score == 1 or not any(shared for _, shared in others)
        if best.score >= _ENOUGH and ahead and alone:
            alike = [match.place for match, _ in found if match.score >= _ENOUGH]
            return _counted(best.place, alike)
        choices = [best, *(match for match, _ in others)][:4]
        listed = "; ".join(_listed(match.place) for match in choices)
        why = "could be several places" if best.score >= _ENOUGH else "is near these but like none"
        raise PlaceError(
            f"expected one place, found {quote(name)}, which {why}: {listed}; "
            "give coordinates, or the governorate after a comma"
        )

    def _ranked(self, asked: _Form, region: frozenset[str] | None) -> list[tuple[Match, bool]]:
        """Return the candidates, best first, each with whether it shares the skeleton."""
        near = {
            at
            for skeleton in asked.skeletons
            for key in _thinned(skeleton)
            for at in self._index.get(key, ())
        }
        found: list[tuple[Match, bool]] = []
        for at in sorted(near):
            place = self.places[at]
            if region is not None and place.admin1 not in region:
                continue
            # Consonants alone say little: only a place without a spelling in the script that was
            # asked for is compared across scripts.
            forms = self._forms[at]
            alike = [pair for pair in forms if pair[1].arabic == asked.arabic] or forms
            score, spelling = max(
                ((_score(asked, form), spelling) for spelling, form in alike),
                key=lambda pair: pair[0],
            )
            shared = any(form.skeletons & asked.skeletons for _, form in alike)
            found.append((Match(place, round(score, 4), spelling), shared))
        found.sort(key=lambda pair: (-pair[0].score, pair[0].place.name, pair[0].place.id))
        return found

    def _asked(self, name: str) -> tuple[str, frozenset[str] | None]:
        """Return the name and the governorates that a text asks for."""
        if not isinstance(name, str) or len(name) > 200:
            _refuse(name)
        clean, _ = clean_text(name)
        match = re.fullmatch(r"([^,()]+)(?:,([^,()]+)|\(([^,()]+)\))", clean)
        wanted, hint = (match[1], (match[2] or match[3]).strip()) if match else (clean, None)
        if not _form(wanted).plain:
            _refuse(name)
        if not hint:
            return wanted, None
        keys = _form(hint).skeletons
        region = frozenset(r for r in self._regions if _form(r).skeletons & keys)
        if not region:
            known = ", ".join(sorted(self._regions)) or "none"
            raise PlaceError(
                f"expected a governorate after the name, found {quote(hint)}; known are: {known}"
            )
        return wanted, region


def _refuse(name: object) -> NoReturn:
    raise PlaceError(
        f"expected the name of a place, found {quote(name)}; write it like 'Khan Sheikhoun'"
    )


def _counted(place: Place, alike: Iterable[Place]) -> Place:
    """Return a place with the people that another record of it counts where its own counts none."""
    if place.population:
        return place
    same = [one.population or 0 for one in alike if _metres(one, place) <= _SAME_PLACE_M]
    return replace(place, population=max(same, default=0) or None)


def _listed(place: Place) -> str:
    region = f", {place.admin1}" if place.admin1 else ""
    return f"{place.name}{region} ({place.latitude:.4f}, {place.longitude:.4f})"


def _metres(one: Place, other: Place) -> float:
    """Return the distance on a sphere of 6,371 km; good to 0.5 %, enough to tell places apart."""
    a, b = math.radians(one.latitude), math.radians(other.latitude)
    half = math.radians(other.longitude - one.longitude) / 2
    chord = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(half) ** 2
    return 2 * 6_371_000.0 * math.asin(min(1.0, math.sqrt(chord)))


def _spellings(place: Place) -> Iterator[str]:
    """Yield every spelling of a place, also without brackets, which tell twins apart."""
    for name in (place.name, place.name_ar, *place.variants):
        if name and _form(name).plain:
            yield name
            bare = re.sub(r"\(.*?\)", " ", name).strip()
            if bare and bare != name:
                yield bare


def _place(record: Mapping[str, Any]) -> Place:
    try:
        longitude, latitude = float(record["longitude"]), float(record["latitude"])
        population = record.get("population")
        found = Place(
            id=str(record["id"]),
            name=str(record["name"]),
            longitude=longitude,
            latitude=latitude,
            name_ar=record.get("name_ar") or None,
            variants=tuple(record.get("variants") or ()),
            admin1=record.get("admin1") or None,
            population=int(population) if population else None,
            kind=record.get("kind") or None,
        )
    except (KeyError, TypeError, ValueError):
        raise PlaceError(
            "expected a place with id, name, longitude and latitude, "
            f"found {quote(dict(record))}; correct the gazetteer"
        ) from None
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise PlaceError(
            f"expected a place on Earth, found {quote(found.name)} at latitude {latitude}, "
            f"longitude {longitude}; correct the gazetteer"
        )
    return found


# --- gazetteers from files -------------------------------------------------------------------

_GEONAMES_COLUMNS = 19  # of the dump's main table, download.geonames.org/export/dump/readme.txt


def read_gazetteer(path: str | Path) -> list[dict[str, Any]]:
    """Return the records of a gazetteer file, for `Gazetteer.from_records`.

    A GeoNames dump (tabs, no header; only populated places, class P), OCHA's settlements
    (``ocha_pcode, name_en, name_ar, lat, lon, ADM1_EN``), or any CSV with ``name``, ``latitude``
    and ``longitude`` and, if there, ``id``, ``name_ar``, ``variants`` (parted by ``|``),
    ``admin1``, ``population``, ``kind``. UTF-8, with or without a byte order mark.

    Raises
    ------
    InputError
        The file cannot be read, or has none of these forms.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"expected a gazetteer in UTF-8, found {quote(path.name)}: "
            f"{type(error).__name__}; give a GeoNames dump, OCHA's settlements or a CSV"
        ) from None
    lines = text.splitlines()
    if lines and lines[0].count("\t") == _GEONAMES_COLUMNS - 1:
        numbered = enumerate(lines, start=1)
        return [_geonames(line, path, number) for number, line in numbered if _is_town(line)]
    rows = csv.DictReader(lines)
    header = {name.strip().lower(): name for name in rows.fieldnames or ()}

    def column(*names: str) -> str | None:
        return next((header[name] for name in names if name in header), None)

    name = column("name", "name_en")
    latitude, longitude = column("latitude", "lat"), column("longitude", "lon", "lng")
    if name is None or latitude is None or longitude is None:
        found = ", ".join(header) or "nothing"
        raise InputError(
            f"expected a gazetteer with columns name, latitude and longitude, found "
            f"{quote(found, limit=120)} in {quote(path.name)}; name the columns so"
        )
    places: list[dict[str, Any]] = []
    for row in rows:

        def cell(column: str | None, row: dict[str, Any] = row) -> str:
            value = row.get(column) if column else None
            return value.strip() if isinstance(value, str) else ""

        number = rows.line_num
        if not cell(name) and not cell(column("name_ar")):
            continue
        places.append(
            {
                "id": cell(column("id", "ocha_pcode", "pcode")) or f"{path.name}:{number}",
                "name": cell(name) or cell(column("name_ar")),
                "name_ar": cell(column("name_ar")) or None,
                "variants": tuple(filter(None, cell(column("variants")).split("|"))),
                "latitude": _degrees(cell(latitude), path, number),
                "longitude": _degrees(cell(longitude), path, number),
                "admin1": cell(column("admin1", "adm1_en")) or None,
                "population": _people(cell(column("population"))),
                "kind": cell(column("kind")) or None,
            }
        )
    return places


def _is_town(line: str) -> bool:
    cells = line.split("\t")
    return len(cells) != _GEONAMES_COLUMNS or cells[6] == "P"


def _geonames(line: str, path: Path, number: int) -> dict[str, Any]:
    cells = line.split("\t")
    if len(cells) != _GEONAMES_COLUMNS:
        raise InputError(
            f"expected {_GEONAMES_COLUMNS} columns of a GeoNames dump, found {len(cells)} in line "
            f"{number} of {quote(path.name)}; download it again"
        )
    return {
        "id": cells[0],
        "name": cells[1],
        "name_ar": None,
        "variants": tuple(filter(None, [cells[2], *cells[3].split(",")])),
        "latitude": _degrees(cells[4], path, number),
        "longitude": _degrees(cells[5], path, number),
        "admin1": cells[10] or None,
        "population": _people(cells[14]),
        "kind": cells[7] or None,
    }


def _degrees(text: str, path: Path, number: int) -> float:
    if not re.fullmatch(r"[+-]?[0-9]+(?:\.[0-9]+)?", text):
        raise InputError(
            f"expected degrees, found {quote(text)} in line {number} of {quote(path.name)}; "
            "write them like 35.4422"
        )
    return float(text)


def _people(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
