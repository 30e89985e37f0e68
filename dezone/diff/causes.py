"""Why an answer changed: what of the input or of the atlas, changed alone, would have done it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from dezone.diff.atlases import MixedAtlas, RecordChange
from dezone.diff.releases import ASKED, Answers, Codes, Mask, Pair, Rows, pick
from geodata.columns.incidents import NO_DAY, Incidents, PlaceType, Reason, set_of
from zones.calendar import PHASES, day_of
from zones.record import assess_names
from zones.sentence import fill, say_days, say_length
from zones.verdict import VERDICTS, Assessor, Verdict, assessor_of

_MOST_EXAMPLES = 3


def find_changes(codes: Codes, old: Answers, new: Answers) -> dict[str, Mask]:
    """Tell which answers changed, and in what; zone and time count where they were at issue."""
    at_issue = [codes.of(Verdict.INSIDE.value), codes.of(Verdict.UNCERTAIN.value)]
    either = np.isin(old["verdict"], at_issue) | np.isin(new["verdict"], at_issue)
    found = {name: (old[name] != new[name]) & either for name in ASKED}
    found["verdict"] = old["verdict"] != new["verdict"]
    return found


def _answered(assessor: Assessor, incidents: Incidents, codes: Codes) -> Answers:
    found, which = assess_names(assessor, incidents)

    def table(words: Sequence[str | None], index: Any) -> npt.NDArray[np.int32]:
        numbers = [codes.of(word) for word in words]
        index = index if which is None else index[which]
        known = np.array([*numbers, 0], dtype=np.int32)
        taken: npt.NDArray[np.int32] = np.take(known, index)  # -1 is the last
        return taken

    agreements = [";".join(terms.agreements) for terms in found.known_terms]
    return {
        "verdict": table([verdict.value for verdict in VERDICTS], found.verdict),
        "zone": table(found.zone_ids, found.zone),
        "phase": table([phase.value for phase in PHASES], found.phase),
        "agreements": table([*agreements, ""], found.terms),
    }


@dataclass(frozen=True)
class Why:
    """Why one answer changed.

    Attributes
    ----------
    parts
        Of the input or of the atlas.
    together
        Whether only all of them together did it; else each would have done it alone.
    sentence
        The same in words.
    """

    parts: tuple[str, ...] = ()
    together: bool = False
    sentence: str = ""

    @property
    def code(self) -> str:
        """The parts as a table has them: joined by ``+`` where together, else by ``;``."""
        return ("+" if self.together else ";").join(self.parts)


class Causes:
    """What may have changed an answer, and what the answer would be with one of these alone."""

    parts: tuple[str, ...]

    def __init__(self, pair: Pair) -> None:
        self.before, self.now, self.codes = pair.old, pair.new, pair.codes

    def differs(self, part: str, o: Rows, n: Rows) -> Mask:
        """Tell for which pairs of rows a part differs."""
        raise NotImplementedError

    def alone(self, part: str, o: Rows, n: Rows) -> Answers | None:
        """Return the answers on the rows before, with this one part as it is now."""
        raise NotImplementedError

    def say(self, part: str, o: int, n: int) -> str:
        """Return a part's change in words."""
        raise NotImplementedError

    def find(self, o: Rows, n: Rows) -> list[Why]:
        """Return for each pair of rows why its answer changed."""
        differs = {part: self.differs(part, o, n) for part in self.parts}
        enough = {part: np.zeros(len(o), dtype=bool) for part in self.parts}
        for part, mask in differs.items():
            rows = np.flatnonzero(mask)
            if not rows.size:
                continue
            answers = self.alone(part, o[rows], n[rows])
            if answers is not None:
                left = find_changes(self.codes, answers, pick(self.now.answers, n[rows]))
                enough[part][rows] = ~np.logical_or.reduce(list(left.values()))
        found = []
        for i in range(len(o)):
            alone = tuple(part for part in self.parts if enough[part][i])
            parts = alone or tuple(part for part in self.parts if differs[part][i])
            said = " ".join(self.say(part, int(o[i]), int(n[i])) for part in parts)
            found.append(Why(parts, not alone, said))
        return found

    @property
    def words(self) -> Mapping[str, Any]:
        """The words of the language asked for."""
        question = self.now.question
        return question.atlas.words(question.language)


class RowCauses(Causes):
    """Two releases: the place was moved, the days are others, the precision is another."""

    parts = ("place", "date", "radius")

    def differs(self, part: str, o: Rows, n: Rows) -> Mask:
        """Tell for which rows the place, the days or the precision was read otherwise."""
        a, b = self.before.incidents.take(o), self.now.incidents.take(n)
        found = np.zeros(len(o), dtype=bool)
        for name in _PARTS[part]:
            x, y = getattr(a, name), getattr(b, name)
            unequal = x != y
            if x.dtype.kind == "f":
                unequal &= ~(np.isnan(x) & np.isnan(y))
            found |= unequal
        if part == "radius":  # of no place there is none
            for side in (a, b):
                found &= ~np.isnan(side.longitude) | (side.unit >= 0)
            found &= ~((a.settlement >= 0) & (b.settlement >= 0))  # the size comes with the place
        bits = _REASONS[part]
        found |= (a.reasons & bits) != (b.reasons & bits)
        return found

    def alone(self, part: str, o: Rows, n: Rows) -> Answers | None:
        """Return the answers on the old rows with the new place, days or precision."""
        a, b = self.before.incidents.take(o), self.now.incidents.take(n)
        bits = _REASONS[part]
        taken: dict[str, Any] = {name: getattr(b, name) for name in _PARTS[part]}
        taken["reasons"] = (a.reasons & ~bits) | (b.reasons & bits)
        if part == "place":
            taken |= _settled_anew(a, b)
        elif part == "radius":
            settled = b.place_type == PlaceType.SETTLEMENT
            taken["settlement"] = np.where(settled, b.settlement, np.int32(-1))
        return _answered(self.before.question.assessor, replace(a, **taken), self.codes)

    def say(self, part: str, o: int, n: int) -> str:
        """Return how far the place moved, or what was before and what is now."""
        words = self.words["diff"]["why"]
        a, b = self.before.incidents, self.now.incidents
        if part == "place":
            there = [not np.isnan(side.longitude[i]) for side, i in ((a, o), (b, n))]
            if not all(there):
                return str(words["place_found" if there[1] else "place_lost"])
            moved = metres_moved(a, b, np.array([o]), np.array([n]))[0]
            return fill(words["place"], {"distance": say_length(self.words, float(moved))})
        say = self._days if part == "date" else self._radius
        return fill(words[part], {"old": say(a, o), "new": say(b, n)})

    def _days(self, side: Incidents, i: int) -> str:
        if side.first[i] == NO_DAY:
            return str(self.words["space"]["unknown"])
        return say_days(self.words, day_of(int(side.first[i])), day_of(int(side.last[i])))

    def _radius(self, side: Incidents, i: int) -> str:
        if side.unit[i] >= 0:
            return str(side.radius_sources[side.radius_source[i]])
        radius = float(side.radius_m[i])
        if np.isnan(radius):
            return str(self.words["space"]["unknown"])
        return say_length(self.words, radius) if radius else str(self.words["radius_exact"])


def _settled_anew(a: Incidents, b: Incidents) -> dict[str, Any]:
    """Return the columns that say which settlement is the place, of rows that lie where others do.

    Only what was exact before can lie in a settlement.
    """
    exact = (a.settlement >= 0) | ((a.radius_m == 0) & (a.place_type == PlaceType.DISC))
    settled = exact & (b.settlement >= 0)
    kind = np.where(settled, PlaceType.SETTLEMENT, PlaceType.DISC).astype(np.uint8)
    return {
        "settlement": np.where(settled, b.settlement, np.int32(-1)),
        "place_type": np.where(exact, kind, a.place_type),
        "radius_m": np.where(exact, np.where(settled, b.radius_m, 0.0), a.radius_m),
    }


_PARTS = {
    "place": ("longitude", "latitude"),
    "date": ("first", "last"),
    "radius": ("radius_m", "unit", "place_type"),
}


_REASONS = {
    "place": set_of(Reason.NO_LOCATION, Reason.UNREADABLE_LOCATION),
    "date": set_of(Reason.NO_DATE, Reason.UNREADABLE_DATE, Reason.FUTURE_DATE),
    "radius": set_of(),
}
"""What reading may have said of each part."""


def metres_moved(a: Incidents, b: Incidents, o: Rows, n: Rows) -> npt.NDArray[np.float64]:
    """Return the geodesic distance in metres between places before and now; NaN without one."""
    from pyproj import Geod

    _, _, metres = Geod(ellps="WGS84").inv(
        a.longitude[o], a.latitude[o], b.longitude[n], b.latitude[n]
    )
    return np.asarray(metres, dtype=np.float64)


class AtlasCauses(Causes):
    """Two atlases: lines drawn anew, other phases, agreements or settings."""

    parts = ("extents", "phases", "agreements", "settings")

    def __init__(self, pair: Pair, records: Sequence[RecordChange]) -> None:
        super().__init__(pair)
        self.records = {
            part: [one for one in records if one.kind in kinds] for part, kinds in _KINDS_OF.items()
        }
        old, new = self.before.question.atlas, self.now.question.atlas
        # With other zones or boundaries the files of the two do not fit together.
        self.fits = all(
            {one.id for one in getattr(old, kind)} == {one.id for one in getattr(new, kind)}
            for kind in ("zones", "boundaries")
        )

    def differs(self, part: str, o: Rows, n: Rows) -> Mask:
        """Tell whether anything in a part of the atlas differs: the same for every row."""
        return np.full(len(o), bool(self.records[part]))

    def alone(self, part: str, o: Rows, n: Rows) -> Answers | None:
        """Return the answers by the old atlas with this part of the new one."""
        if not self.fits:
            return None
        question = self.before.question
        mixed = MixedAtlas(question.atlas, self.now.question.atlas, _FILES_OF[part])
        assessor = assessor_of(mixed, question.boundary, question.basis)
        side, rows = (self.now, n) if part == "settings" else (self.before, o)
        return _answered(assessor, side.incidents.take(rows), self.codes)

    def say(self, part: str, o: int, n: int) -> str:
        """Return which records of the part have changed that concern the row."""
        assessor = self.now.question.assessor
        zone = self.codes.texts[self.now.answers["zone"][n]]
        extents = assessor.atlas.extents_under(assessor.boundary)
        drawn = {None, *(extent.boundary for extent in extents if extent.zone == zone)}
        concerned = [
            one for one in self.records[part] if one.zone in (None, zone) and one.boundary in drawn
        ]
        first, last = (int(side[n]) for side in (self.now.incidents.first, self.now.incidents.last))
        if first != NO_DAY:
            days = day_of(first), day_of(last)
            on = [
                one
                for one in concerned
                if (one.first is None or one.first <= days[1])
                and (one.last is None or one.last >= days[0])
            ]
            concerned = on or concerned
        named = [one.id + _from_to(one) for one in concerned or self.records[part]]
        more = f" (+{len(named) - _MOST_EXAMPLES})" if len(named) > _MOST_EXAMPLES else ""
        items = self.words["list"]["separator"].join(named[:_MOST_EXAMPLES]) + more
        return fill(self.words["diff"]["why"][part], {"items": items})


_KINDS_OF = {
    "extents": ("extents",),
    "phases": ("phases",),
    "agreements": ("agreements", "rounds"),
    "settings": ("settings", "zones", "boundaries"),
}
_FILES_OF = {
    "extents": ("extents.geojson",),
    "phases": ("phases.json",),
    "agreements": ("agreements.json", "rounds.json"),
    "settings": ("atlas.json", "zones.json", "boundaries.json"),
}


def _from_to(change: RecordChange) -> str:
    """Return the days of a phase before and now, where these changed."""
    days = change.edits.get("from")
    return f" ({days[0]} → {days[1]})" if days else ""
