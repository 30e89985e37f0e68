"""The days on which something changed for a zone, as the atlas has them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from dezone.report.model import ALL_ZONES, Event, EventKind
from geodata.atlas import Atlas
from geodata.schema import Agreement, Phase, PhaseName


@dataclass
class _Day:
    kinds: set[EventKind] = field(default_factory=set)
    agreements: list[Agreement] = field(default_factory=list)
    phases: list[Phase] = field(default_factory=list)


def phases_of(atlas: Atlas, zone: str) -> list[tuple[Phase, dt.date | None]]:
    """Return the phases of a zone in order, each with the first day after it (None: open)."""
    mine = [phase for phase in atlas.phases if phase.zone == zone]
    stops = [phase.start for phase in mine[1:]]
    return list(zip(mine, [*stops, None], strict=True))


def events_of(atlas: Atlas) -> tuple[Event, ...]:
    """Return the events of every zone, and those that all zones share, by day and area.

    An event is a day on which a phase of the zone begins or an agreement on it enters into force.
    """
    order = [zone.id for zone in atlas.zones]
    by_zone = {zone: dict(_days(atlas, zone)) for zone in order}
    found = [
        _event(zone, day, what) for zone, days in by_zone.items() for day, what in days.items()
    ]
    for day in {day for days in by_zone.values() for day in days} if len(order) > 1 else ():
        shared = [days[day].kinds for days in by_zone.values() if day in days]
        common = {
            kind
            for kind in EventKind
            if len(shared) == len(order)
            and (
                all(kind in kinds for kinds in shared)
                # One day, one text, though a zone may take it for its own arrangement.
                or (kind is EventKind.AGREEMENT and all(kinds & _ENTRIES for kinds in shared))
            )
        }
        if common & _ENTRIES:
            if EventKind.MEMORANDUM in common:
                common.discard(EventKind.AGREEMENT)
            agreements = [
                agreement
                for agreement in next(iter(by_zone.values()))[day].agreements
                if set(agreement.zones) >= set(order)
            ]
            found.append(_event(ALL_ZONES, day, _Day(common, agreements, [])))
    areas = [*order, ALL_ZONES]
    return tuple(sorted(found, key=lambda event: (event.day, areas.index(event.area))))


_ENTRIES = {EventKind.MEMORANDUM, EventKind.ARRANGEMENT, EventKind.AGREEMENT}


def _days(atlas: Atlas, zone: str) -> Iterator[tuple[dt.date, _Day]]:
    """Yield the days of one zone, in order."""
    days: dict[dt.date, _Day] = {}
    arranged = False
    before = PhaseName.BEFORE
    for phase, _ in phases_of(atlas, zone):
        if phase.start is not None:
            kind = _KINDS.get(phase.phase, EventKind.ARRANGEMENT)
            if phase.phase is PhaseName.ARRANGED and arranged:
                kind = EventKind.HALT if before is PhaseName.CONTESTED else EventKind.AGREEMENT
            day = days.setdefault(phase.start, _Day())
            day.kinds.add(kind)
            day.phases.append(phase)
        arranged = arranged or phase.phase is PhaseName.ARRANGED
        before = phase.phase
    for agreement in atlas.agreements:
        if zone in agreement.zones and agreement.in_force is not None:
            day = days.setdefault(agreement.in_force, _Day())
            day.agreements.append(agreement)
            if not day.kinds & {EventKind.MEMORANDUM, EventKind.ARRANGEMENT}:
                day.kinds.add(EventKind.AGREEMENT)
    yield from sorted(days.items())


_KINDS = {
    PhaseName.DECLARED: EventKind.MEMORANDUM,
    PhaseName.CONTESTED: EventKind.OFFENSIVE,
    PhaseName.ENDED: EventKind.END,
}


def _event(area: str, day: dt.date, what: _Day) -> Event:
    records = [*what.phases, *what.agreements]
    ranks = ["high", "medium", "low", "unsourced"]
    weakest = max((ranks.index(record.confidence.value) for record in records), default=0)
    precisions = [phase.precision for phase in what.phases if phase.precision]
    return Event(
        id=f"{area}/{day.isoformat()}",
        area=area,
        day=day,
        kinds=tuple(kind for kind in EventKind if kind in what.kinds),
        agreements=tuple(agreement.id for agreement in what.agreements),
        confidence=ranks[weakest],
        precision=precisions[0] if precisions else None,
    )
