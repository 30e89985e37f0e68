"""Names of places as people spell them, found in a gazetteer; no tie is ever decided.

``docs/reading.md`` says what counts as one clear winner.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Any, NoReturn

from geodata.errors import PlaceError
from geodata.grammar import load
from geodata.text.repairs import clean_text, fold_case, fold_letters, quote

__all__ = ["Gazetteer", "Match", "Settlement"]


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


@dataclass(frozen=True, slots=True)
class Settlement:
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
        """Radius in metres that stands for the built-up ground, by population: our own choice.

        No gazetteer states it.
        """
        built_up = load("spellings")["built_up"]
        reached = (r for least, r in built_up["radius_m"] if (self.population or 0) >= least)
        return float(next(reached, built_up["uncounted_m"]))


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate: the place, how alike a spelling of it is (1 = the same), and that spelling."""

    place: Settlement
    score: float
    spelling: str


@dataclass(frozen=True)
class Gazetteer:
    """Places, found by any spelling of their names."""

    places: tuple[Settlement, ...]
    _forms: Mapping[int, tuple[tuple[str, Spelling], ...]] = field(repr=False, compare=False)
    _index: Mapping[str, tuple[int, ...]] = field(repr=False, compare=False)
    _regions: frozenset[str] = field(repr=False, compare=False)

    @classmethod
    def from_records(cls, records: Iterable[Mapping[str, Any]]) -> Gazetteer:
        """Return a gazetteer of records with the fields of `Settlement`.

        `id`, `name`, `longitude` and `latitude` are needed. Of records that share an id, the first
        counts.

        Raises
        ------
        PlaceError
            A record lacks a field, or its position is not on Earth.
        """
        places = {place.id: place for place in map(_place, reversed(list(records)))}
        ordered = tuple(reversed(places.values()))
        forms: dict[int, tuple[tuple[str, Spelling], ...]] = {}
        index: dict[str, set[int]] = {}
        for at, place in enumerate(ordered):
            spellings = dict.fromkeys(_spellings(place))
            forms[at] = tuple((spelling, spelling_of(spelling)) for spelling in spellings)
            for _, form in forms[at]:
                for skeleton in form.skeletons:
                    for key in thinned(skeleton):
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
        asked = spelling_of(wanted)
        return [match for match, _ in self._ranked(asked, region)][:limit]

    def resolve(self, name: str) -> Settlement:
        """Return the one place that `name` clearly means.

        Raises
        ------
        PlaceError
            No place is alike enough, or several are; the message lists them with their positions.
        """
        wanted, region = self._asked(name)
        found = self._ranked(spelling_of(wanted), region)
        if not found:
            raise PlaceError(
                f"expected the name of a place in the gazetteer, found {quote(name)}, which is "
                "like none; give coordinates, or add a gazetteer that holds it"
            )
        best = found[0][0]
        rule = load("spellings")["alike"]
        enough, ahead_by = rule["enough"], rule["ahead"]
        # Records of the same place in two gazetteers are one choice.
        others = [
            (match, shared)
            for match, shared in found[1:]
            if not _same_place(match.place, best.place)
        ]
        ahead = all(best.score - match.score >= ahead_by for match, _ in others)
        # Spellings of one Arabic name differ more than names do: another place with the same
        # consonants is a homonym, unless this one is spelt letter by letter.
        alone = best.score == 1 or not any(shared for _, shared in others)
        if best.score >= enough and ahead and alone:
            alike = [match.place for match, _ in found if match.score >= enough]
            return _counted(best.place, alike)
        choices = [best, *(match for match, _ in others)][:4]
        listed = "; ".join(_listed(match.place) for match in choices)
        why = "could be several places" if best.score >= enough else "is near these but like none"
        raise PlaceError(
            f"expected one place, found {quote(name)}, which {why}: {listed}; "
            "give coordinates, or the governorate after a comma"
        )

    def _ranked(self, asked: Spelling, region: frozenset[str] | None) -> list[tuple[Match, bool]]:
        """Return the candidates, best first, each with whether it shares the skeleton."""
        near = {
            at
            for skeleton in asked.skeletons
            for key in thinned(skeleton)
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
                ((alikeness(asked, form), spelling) for spelling, form in alike),
                key=lambda pair: pair[0],
            )
            shared = any(form.skeletons & asked.skeletons for _, form in alike)
            found.append((Match(place, round(score, 4), spelling), shared))
        found.sort(key=lambda pair: (-pair[0].score, pair[0].place.name, pair[0].place.id))
        return found

    def _asked(self, name: str) -> tuple[str, frozenset[str] | None]:
        """Return the name and the governorates that a text asks for."""
        if not isinstance(name, str) or len(name) > load("limits")["characters"]["place"]:
            _refuse(name)
        clean, _ = clean_text(name)
        match = re.fullmatch(r"([^,()]+)(?:,([^,()]+)|\(([^,()]+)\))", clean)
        wanted, hint = (match[1], (match[2] or match[3]).strip()) if match else (clean, None)
        if not spelling_of(wanted).plain:
            _refuse(name)
        if not hint:
            return wanted, None
        keys = spelling_of(hint).skeletons
        region = frozenset(r for r in self._regions if spelling_of(r).skeletons & keys)
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


def _counted(place: Settlement, alike: Iterable[Settlement]) -> Settlement:
    """Return a place with the people that another record of it counts where its own counts none."""
    if place.population:
        return place
    same = [one.population or 0 for one in alike if _same_place(one, place)]
    return replace(place, population=max(same, default=0) or None)


def _listed(place: Settlement) -> str:
    region = f", {place.admin1}" if place.admin1 else ""
    return f"{place.name}{region} ({place.latitude:.4f}, {place.longitude:.4f})"


def _same_place(one: Settlement, other: Settlement) -> bool:
    """Tell whether two records of one name are near enough to be of one place."""
    return bool(_metres(one, other) <= load("spellings")["alike"]["same_place_m"])


def _metres(one: Settlement, other: Settlement) -> float:
    """Return the distance on a sphere of 6,371 km; good to 0.5 %, enough to tell places apart."""
    a, b = math.radians(one.latitude), math.radians(other.latitude)
    half = math.radians(other.longitude - one.longitude) / 2
    chord = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(half) ** 2
    return 2 * 6_371_000.0 * math.asin(min(1.0, math.sqrt(chord)))


def _spellings(place: Settlement) -> Iterator[str]:
    """Yield every spelling of a place, also without brackets, which tell twins apart."""
    for name in (place.name, place.name_ar, *place.variants):
        if name and spelling_of(name).plain:
            yield name
            bare = re.sub(r"\(.*?\)", " ", name).strip()
            if bare and bare != name:
                yield bare


def _place(record: Mapping[str, Any]) -> Settlement:
    try:
        longitude, latitude = float(record["longitude"]), float(record["latitude"])
        population = record.get("population")
        found = Settlement(
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
