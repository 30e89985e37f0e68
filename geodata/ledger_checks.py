"""What a ledger of settlements must satisfy; checked once, when an atlas is read."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from geodata.errors import AtlasError
from geodata.ledger import BY, UNSOURCED, Ledger
from geodata.ledger_file import FILE

OWN = "own"
"""The source of a point that the atlas's makers read themselves."""

KINDS = ("camp", "city", "farm", "mark", "neighbourhood", "town", "village")
BASES = ("kind", "outline", "population", "position")
CONFIDENCES = ("high", "medium", "low", UNSOURCED)
PRECISIONS = ("day", "interval", BY)

_UNITS = (4, 6, 8)  # signs of the P-codes of a governorate, a district, a sub-district


def check_ledger(
    ledger: Ledger,
    *,
    sides: Collection[str],
    zones: Collection[str],
    sources: Collection[str],
) -> None:
    """Check a ledger against the sides, zones and sources of its atlas; the first fault is raised.

    Raises
    ------
    AtlasError
        Names the settlement and what is wrong: columns of different length, a code that does not
        exist, a place twice, a point off the earth, a size of nothing, a change of hands out of
        order, a source that is not listed.
    """
    places, points, control = ledger._places, ledger._points, ledger._control
    names, admin = ledger._names, ledger._admin
    _check_lengths("places", places, ("kind", "zone", "radius_m", "radius_basis", "unit"))
    _check_lengths("names", names, ("id", "name", "name_ar", "variants"))
    _check_lengths("admin", admin, ("pcode", "name", "name_ar"))
    _check_lengths("points", points, ("settlement", "longitude", "latitude", "source"))
    columns = ("settlement", "side", "earliest", "latest", "precision", "event", "confidence")
    _check_lengths("control", control, (*columns, "cited"))
    if len(names.id) != len(places.kind):
        raise _fault("names", f"{len(places.kind)} of them, as of places", str(len(names.id)))
    for code, times in Counter(names.id).items():
        if times > 1:
            raise _fault(code, "an id that is used once", f"it {times} times")
    for what, used, known in (
        ("kinds", places.kinds, KINDS),
        ("radius_bases", places.radius_bases, BASES),
        ("zones", places.zones, sorted(zones)),
        ("sides", control.sides, sorted(sides)),
    ):
        for word in used:
            if word not in known:
                raise _fault(what, f"one of {', '.join(known) or 'none'}", repr(word))
    for what, used in (("points", points.sources), ("control", control.sources)):
        for source in used:
            if source not in sources and not (what == "points" and source == OWN):
                raise _fault(what, "source ids of sources.json", repr(source))
    _check_places(ledger)
    _check_points(ledger)
    _check_control(ledger)


def _check_lengths(group: str, columns: Any, names: Sequence[str]) -> None:
    expected = len(getattr(columns, names[0]))
    for name in names:
        if (found := len(getattr(columns, name))) != expected:
            raise _fault(f"{group}.{name}", f"{expected} values, as in {names[0]}", str(found))


def _check_places(ledger: Ledger) -> None:
    places, names = ledger._places, ledger._names
    codes = set(ledger._admin.pcode)
    for code in codes:
        if len(code) not in _UNITS or any(code[:n] not in codes for n in _UNITS if n <= len(code)):
            raise _fault("admin", "each unit with those above it", repr(code))
    for i, code in enumerate(names.id):
        for value, vocabulary, what in (
            (places.kind[i], places.kinds, "kind"),
            (places.zone[i], places.zones, "zone"),
            (places.radius_basis[i], places.radius_bases, "radius_basis"),
            (places.unit[i], ledger._admin.pcode, "unit"),
        ):
            if value is not None and not 0 <= value < len(vocabulary):
                raise _fault(f"{code}, {what}", f"a code below {len(vocabulary)}", str(value))
        if places.radius_m[i] <= 0:
            raise _fault(f"{code}, radius_m", "metres above 0", str(places.radius_m[i]))
        if not names.name[i] and places.kinds[places.kind[i]] != "mark":
            raise _fault(f"{code}, name", "a name", "none")


def _check_points(ledger: Ledger) -> None:
    points, ids = ledger._points, ledger._names.id
    for p, (i, x, y) in enumerate(
        zip(points.settlement, points.longitude, points.latitude, strict=True)
    ):
        if not 0 <= i < len(ids):
            raise _fault(f"points, {p}", f"a settlement below {len(ids)}", str(i))
        if not (-180 <= x <= 180 and -90 <= y <= 90):
            raise _fault(ids[i], "longitude and latitude in degrees", f"{x}, {y}")
        if not 0 <= points.source[p] < len(points.sources):
            raise _fault(ids[i], f"a source below {len(points.sources)}", str(points.source[p]))
    if points.settlement[: len(ids)] != list(range(len(ids))):
        raise _fault("points", "the main point of each settlement first, in order", "another order")


def _check_control(ledger: Ledger) -> None:
    control, ids = ledger._control, ledger._names.id
    if control.settlement != sorted(control.settlement):
        raise _fault("control", "the holdings of a settlement together, in its order", "them apart")
    for h, i in enumerate(control.settlement):
        if not 0 <= i < len(ids):
            raise _fault(f"control, {h}", f"a settlement below {len(ids)}", str(i))
        holding = f"{ids[i]}, holding {h}"
        side = control.side[h]
        if side is not None and not 0 <= side < len(control.sides):
            raise _fault(holding, f"a side below {len(control.sides)}", str(side))
        if not 0 <= control.event[h] < len(control.events):
            raise _fault(holding, f"an event below {len(control.events)}", str(control.event[h]))
        if any(not 0 <= s < len(control.sources) for s in control.cited[h]):
            raise _fault(holding, f"sources below {len(control.sources)}", str(control.cited[h]))
        if control.confidence[h] not in CONFIDENCES:
            raise _fault(holding, f"one of {', '.join(CONFIDENCES)}", control.confidence[h])
        if (control.confidence[h] == UNSOURCED) != (not control.cited[h]):
            raise _fault(
                holding, "`unsourced` exactly where no source is named", control.confidence[h]
            )
        _check_days(ledger, h, holding)
    for h, readings in control.readings:
        if len(readings) < 2 or any(not cited for _, cited in readings):
            raise _fault(
                f"{ids[control.settlement[h]]}, holding {h}",
                "two readings or more, each with its sources",
                str(len(readings)),
            )


def _check_days(ledger: Ledger, h: int, holding: str) -> None:
    control = ledger._control
    earliest, latest = control.earliest[h], control.latest[h]
    first = h == 0 or control.settlement[h - 1] != control.settlement[h]
    if first:
        if (earliest, latest, control.precision[h]) != (None, None, None):
            raise _fault(holding, "no days: it was there before every change", str(latest))
        return
    if earliest is None or latest is None or earliest > latest:
        raise _fault(holding, "an earliest day not after the latest", f"{earliest}, {latest}")
    if control.precision[h] not in PRECISIONS:
        raise _fault(holding, f"one of {', '.join(PRECISIONS)}", repr(control.precision[h]))
    if control.side[h] == control.side[h - 1]:
        raise _fault(holding, "another side than before", "the same")
    before = (control.earliest[h - 1] or dt.date.min, control.latest[h - 1] or dt.date.min)
    if earliest < before[0] or latest < before[1]:
        raise _fault(holding, "days not before those of the holding before", f"{earliest}")


def _fault(record: str, expected: str, found: str) -> AtlasError:
    return AtlasError(
        f"{FILE}: {record}: expected {expected}, found {found}; correct the row it is built from."
    )
