"""Check one reported incident: read it, assess it, write its record."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geodata.atlas import Atlas, read_atlas
from geodata.columns.incidents import AREA, NO_DAY, Alternative, Incidents, PlaceType, Reason
from geodata.errors import (
    AmbiguousDateError,
    ArgumentError,
    CoordinateError,
    DateError,
    InputError,
    PlaceError,
    says_its_arguments,
)
from geodata.schema import Area
from geodata.text.axes import fits, swapped
from geodata.text.coordinates import place_and_date, read_pair, read_position
from geodata.text.dates import Days, MonthNames, month_names, read_days, today
from geodata.text.lengths import read_radius
from geodata.text.position import GRIDS, Notation, Position
from zones.calendar import Basis, day_number
from zones.prepared import once_per_atlas
from zones.record import Given, PlaceUsed, Record, Repaired, decides, make_records
from zones.sentence import fill, say_place
from zones.verdict import Assessor, assessor_of

_PCODE = re.compile(r"[^\W\d_][0-9]{3,}")

if TYPE_CHECKING:  # sounds and spellings: only where a place is named
    from geodata.ledger import Ledger
    from geodata.text.names import Found, Gazetteer, Place

_NAMED = ("en", "ar")
"""Languages in which the ledger names every place, or most."""


@says_its_arguments
def check(
    *where: Any,
    longitude: float | str | None = None,
    latitude: float | str | None = None,
    position: str | None = None,
    place: str | None = None,
    date: str | dt.date | None = None,
    radius: float | str | None = None,
    boundary: str | None = None,
    basis: str = "memorandum",
    language: str = "en",
    atlas: Atlas | str | Path | None = None,
    coarsest_radius: float | str | None = None,
    places: str | Path | None = None,
) -> Record:
    """Tell whether an incident happened inside a zone that was in force.

    Parameters
    ----------
    *where
        The place: latitude and longitude, in this order, as two arguments or as one pair; a
        point of shapely, whose x is the longitude; or a text, which is read as a position if it
        has a digit, and as a name if it has none or is a P-code. Or by keyword:
    longitude, latitude
        Degrees (WGS 84), as numbers or as text in any notation of ``docs/reading.md``; or
    position
        both in one text; or
    place
        a name in any spelling, or a P-code, of a settlement of the atlas's ledger or of `places`;
        a governorate or district may follow after a comma. Around a place (``outskirts of X``),
        or between two places, it is an area; so are mountains and countrysides of the atlas, and
        a district that is named as such (``Harim district``). Beside a position the name decides
        nothing, but a reason says if it lies elsewhere. Without any of these the location is
        unknown.
    date
        A day, a month, a year, ``FIRST/LAST`` or a timestamp, local to the atlas. None where it
        is not known, or stands in the text of the place: ``Hamouria, 12 March 2018``.
    radius
        How precisely the place is known: metres, or text like ``2km``. By default what the
        notation itself implies (the square of a grid reference), else 0, an exact point.
    boundary, basis
        Which boundary decides (the atlas's default where None); from when a zone counts as in
        force (``memorandum`` or ``arrangement``).
    language
        Of the sentence.
    atlas
        The shipped one where None; an `Atlas`, or the folder of one.
    coarsest_radius
        A place that is known only within a larger radius counts as unknown; the atlas's own
        limit where None.
    places
        A file with more places: GeoNames or OCHA columns.

    Returns
    -------
    Record
        Everything that can be cited. Missing facts give an honest verdict, not an error.

    Raises
    ------
    CoordinateError, DateError, PlaceError, InputError
        What was given cannot be read, can be read in two ways, or lies in the future; or no
        place has the name, and the message lists the nearest. A name that several places share
        is not an error: the record has the reason ``name-shared`` and lists the `candidates`.
    ArgumentError
        No such argument, or a type that it does not take.
    AtlasError
        No such boundary or language, or an atlas with a fault.

    Examples
    --------
    >>> import zones
    >>> zones.check(latitude=35.9306, longitude=36.6339, date="2018-03").verdict
    'inside'
    >>> zones.check(35.9306, 36.6339, date="2018-03").verdict
    'inside'
    """
    asked = {
        "longitude": longitude,
        "latitude": latitude,
        "position": position,
        "place": place,
        "date": date,
        "radius": radius,
        "boundary": boundary,
        "basis": basis,
        "language": language,
        "coarsest_radius": coarsest_radius,
        "places": places,
    }
    book = atlas if isinstance(atlas, Atlas) else read_atlas(atlas)
    return answer_questions([read_question(book, asked, where)])[0]


@dataclass(frozen=True, kw_only=True)
class Question:
    """One incident that was read, and who assesses it.

    Attributes
    ----------
    incidents
        One row.
    given
        What was given, what was mended in it, and what a name was taken for.
    language
        Of the sentence.
    """

    assessor: Assessor
    incidents: Incidents
    given: Given
    language: str

    @property
    def kind(self) -> tuple[object, ...]:
        """What questions have in common that can be answered together."""
        row = self.incidents
        return id(self.assessor), self.language, row.radius_sources, id(row.units)


def read_question(atlas: Atlas, asked: Mapping[str, Any], where: Sequence[Any] = ()) -> Question:
    """Read what `check` is given: its keywords, and the place as it is at hand.

    Raises what `check` raises.
    """
    latitude, longitude = asked.get("latitude"), asked.get("longitude")
    position, place = asked.get("position"), asked.get("place")
    basis, language = asked.get("basis", "memorandum"), asked.get("language", "en")
    if where:
        *given_so, name = _where(tuple(where))
        if {position, latitude, longitude} != {None} or None not in (place, name):
            raise InputError(
                "expected the place once, found one before the keywords and one among them; "
                "give one of the two."
            )
        latitude, longitude, position = given_so
        place = name if place is None else place
    date = asked.get("date")
    if date is None:
        position, place, date = _with_date(atlas, position, place)
    if basis not in set(Basis):
        raise InputError(
            f"expected a basis of {', '.join(Basis)}, found {basis!r}; choose one of these."
        )
    coarsest = asked.get("coarsest_radius")
    assessor = assessor_of(
        atlas,
        asked.get("boundary"),
        Basis(basis),
        None if coarsest is None else read_radius(coarsest),
    )
    given: dict[str, Any] = {}
    found = _read_position(latitude, longitude, position, given)
    named: Found | None = None
    area: Area | None = None
    if place is not None:
        given["place"] = place
        extra = asked.get("places")
        gazetteer = _gazetteer(atlas, None if extra is None else Path(extra))
        named, area = _named(atlas, gazetteer, place, found)
    days = None
    if date is not None:
        given["date"] = date if isinstance(date, str) else _day_text(date)
        days = read_dates(given["date"], atlas)
    if (radius := asked.get("radius")) is not None:
        given["radius"] = radius
    repairs = (*(found.repairs if found else ()), *(days.repairs if days else ()))
    about = Given(
        input=given,
        repairs=[Repaired(kind=r.kind, before=r.before, after=r.after) for r in repairs],
        place=_area_used(area, language)
        if area
        else _place_used(named, language, atlas.ledger, str(place)),
        passed_over=[place.id for place in named.passed_over] if named else (),
    )
    metres = None if radius is None else read_radius(radius)
    row = _row(atlas, found, named or area, metres, days)
    return Question(assessor=assessor, incidents=row, given=about, language=language)


def answer_questions(questions: Sequence[Question]) -> list[Record]:
    """Return the record of each question, in their order.

    Many together cost far less than each alone, and are answered the same.
    """
    kinds: dict[tuple[object, ...], list[int]] = {}
    for i, question in enumerate(questions):
        kinds.setdefault(question.kind, []).append(i)
    found: dict[int, Record] = {}
    for several in kinds.values():
        asked = [questions[i] for i in several]
        rows = Incidents.joined([one.incidents for one in asked])
        given = [one.given for one in asked]
        records = make_records(asked[0].assessor, rows, given, language=asked[0].language)
        found.update(zip(several, records, strict=True))
    return [found[i] for i in range(len(questions))]


def _row(
    atlas: Atlas,
    position: Position | None,
    named: Found | Area | None,
    radius_m: float | None,
    days: Days | None,
) -> Incidents:
    """Return the incident that was read as columns of one row."""
    if isinstance(named, Area):
        if position is None:
            return _incident_in(named, radius_m, days)
        named = None  # beside a position an area decides nothing
    if position is None and named is not None:
        return incident_at(named, radius_m, days).settled(atlas.ledger)
    row = _one_row(position, *_radius(radius_m, position), days)
    if position is not None and position.notation not in GRIDS:
        row = _with_other_axes(row, atlas)
    if position is not None and named is not None and not named.shared:
        row = _with_other_place(row, position, incident_at(named, None, days), named, atlas)
    return row.settled(atlas.ledger, _placeholders(atlas))


def _where(given: tuple[Any, ...]) -> tuple[Any, Any, str | None, str | None]:
    """Return latitude, longitude, position and place; those not given are None."""
    if len(given) == 1:
        (one,) = given
        if isinstance(one, str):
            return (None, None, None, one) if _is_name(one) else (None, None, one, None)
        if getattr(one, "geom_type", None) == "Point" and not one.is_empty:
            return one.y, one.x, None, None
        if hasattr(one, "__len__") and not isinstance(one, Mapping):
            given = tuple(one)
    readable = all(isinstance(one, str | Real) and not isinstance(one, bool) for one in given)
    if len(given) == 2 and readable:
        latitude, longitude = (  # a whole number may be beyond all floats
            one if isinstance(one, str) else float(max(min(one, 1e300), -1e300)) for one in given
        )
        return latitude, longitude, None, None
    kinds = ", ".join(type(one).__name__ for one in given) or "nothing"
    raise ArgumentError(
        "expected latitude and longitude, a point of shapely (not an empty one), or a text with a "
        f"position or a name, found {kinds}; give one incident like "
        "zones.check(35.9306, 36.6339, date='2018-03'), or a table to zones.tag."
    )


def _with_date(
    atlas: Atlas, position: Any, place: Any
) -> tuple[str | None, str | None, str | None]:
    """Return position, place and date, where one of the first two also holds the third."""
    text = position if place is None else place
    if not isinstance(text, str):
        return position, place, None

    def is_date(part: str) -> bool:
        try:
            _read_days(part, atlas)
        except DateError as error:
            return isinstance(error, AmbiguousDateError)  # the reader of dates asks which
        return True

    if isinstance(position, str) and place is not None and is_date(position):
        return None, place, position
    found = place_and_date(text, is_date)
    if found is None or (place is None and _is_position(text)):
        return position, place, None
    where, date = found
    if place is not None:
        return position, where, date
    return (None, where, date) if _is_name(where) else (where, None, date)


def _is_name(text: str) -> bool:
    """Tell a name, or a P-code, from a position: that has a digit."""
    return not any(char.isdigit() for char in text) or bool(_PCODE.fullmatch(text))


def _is_position(text: str) -> bool:
    try:
        read_position(text)
    except CoordinateError:
        return False
    return True


def _day_text(date: Any) -> str:
    if not isinstance(date, dt.date):
        raise DateError(
            f"expected a date as text or as datetime.date, found {date!r}; write it like 2018-03."
        )
    return date.isoformat()


def _one_row(
    position: Position | None, radius_m: float | None, origin: str, days: Days | None
) -> Incidents:
    """Return one incident as columns of one row."""
    if position is not None and position.longitude == position.latitude == 0:
        position = None  # what tables hold where there is no place
    return Incidents.discs(
        [np.nan if position is None else position.longitude],
        [np.nan if position is None else position.latitude],
        [np.nan if radius_m is None else radius_m],
        [NO_DAY if days is None else day_number(days.first)],
        [NO_DAY if days is None else day_number(days.last)],
        radius_source=origin,
    )


def _with_other_axes(row: Incidents, atlas: Atlas) -> Incidents:
    """Return an incident with its axes swapped as an alternative, where that may be meant."""
    x, y = row.longitude, row.latitude
    # The outline costs a file to read: only where the rectangle leaves a doubt.
    if not fits(y, x, atlas.meta.bounds)[0]:
        return row
    only, both = swapped(x, y, atlas.meta.bounds, atlas.outline)
    if not only.size and not both.size:
        return row
    other = replace(row, longitude=y, latitude=x).settled(atlas.ledger, _placeholders(atlas))
    reason = Reason.AXES_MAY_BE_SWAPPED
    return replace(row, alternatives=(Alternative(reason, np.arange(1), other, is_likely=False),))


def _with_other_place(
    row: Incidents, position: Position, other: Incidents, named: Found, atlas: Atlas
) -> Incidents:
    """Return an incident with the place it names as an alternative, where that lies elsewhere."""
    if named.lies_at(position.longitude, position.latitude):
        return row
    other = other.settled(atlas.ledger)
    beside = Alternative(Reason.POSITIONS_DISAGREE, np.arange(1), other, is_likely=False)
    return replace(row, alternatives=(*row.alternatives, beside))


def area_named(atlas: Atlas, gazetteer: Gazetteer, name: str) -> Area | None:
    """Return the area of the atlas, or the admin unit, that a name means; None if it means none."""
    from geodata.columns.named.areas import find_area  # of use where a place is named

    return find_area(atlas.areas, gazetteer, name, lambda: atlas.outline)


def _named(
    atlas: Atlas, gazetteer: Gazetteer, name: str, position: Position | None
) -> tuple[Found | None, Area | None]:
    """Return what a name was taken for: places, or an area.

    Both are None where a name beside a position cannot be read, which is no error there.
    """
    from geodata.columns.named.areas import look_up

    near = None if position is None else (position.longitude, position.latitude)
    try:
        area = area_named(atlas, gazetteer, name)
        return (None, area) if area else (look_up(atlas.areas, gazetteer, name, near=near), None)
    except PlaceError:
        if position is None:
            raise
        return None, None  # the position counts; what is said of the name is `hint_at_name`


def _placeholders(atlas: Atlas) -> list[tuple[float, float, str]]:
    return [(p.longitude, p.latitude, p.name) for p in atlas.meta.placeholders]


@once_per_atlas
def _gazetteer(atlas: Atlas, extra: Path | None) -> Gazetteer:
    from geodata.text.gazetteers import read_gazetteer
    from geodata.text.names import Gazetteer

    return Gazetteer(atlas.ledger, () if extra is None else read_gazetteer(extra))


def _area_used(area: Area, language: str) -> PlaceUsed:
    """Return the area that a name was taken for."""
    return PlaceUsed(area.name.get(language) or area.name["en"], area.id)


def _place_used(named: Found | None, language: str, ledger: Ledger, given: str) -> PlaceUsed | None:
    """Return what a name was taken for; None where several places share it."""
    if named is None or named.shared:
        return None
    names = (_called(place, language, ledger, given) for place in named.places)
    return PlaceUsed(" – ".join(names), ";".join(place.id for place in named.places))


def _called(place: Place, language: str, ledger: Ledger, given: str) -> str:
    """Return a place's name in a language; as it was given, where the ledger has none in that."""
    if language in _NAMED:
        return (place.name_ar if language == "ar" else None) or place.name
    known = (
        {name.casefold() for name in ledger.names[place.settlement]}
        if place.settlement >= 0
        else ()
    )
    parts = (part.strip() for part in given.split(","))
    return next((part for part in parts if part.casefold() in known), place.name)


def incident_at(named: Found, radius_m: float | None, days: Days | None) -> Incidents:
    """Return one incident at what a name was taken for: a place, an area around it, or several."""
    if named.shared:
        row = _one_row(None, None, "none", days)
        return replace(row, shared=np.zeros(1, dtype=np.int32), candidates=(named.places,))
    longitude, latitude, area_m = named.area
    place = named.places[0]
    if radius_m is not None:
        origin = "given"
    elif named.relation == "at":
        origin, radius_m = ("default", 0.0) if place.settlement >= 0 else ("place", area_m)
    else:
        origin, radius_m = named.relation, area_m
    row = _one_row(Position(longitude, latitude, Notation.DECIMAL), radius_m, origin, days)
    settlement = place.settlement if named.relation == "at" else -1
    return replace(row, settlement=np.array([settlement], dtype=np.int32))


def _incident_in(area: Area, radius_m: float | None, days: Days | None) -> Incidents:
    """Return one incident somewhere in an area of the atlas."""
    from geodata.columns.named.areas import polygon_of

    if radius_m is not None:
        raise InputError(
            "expected an area or a radius, found both; an area has its own limits, leave the "
            "radius out."
        )
    return replace(
        _one_row(None, None, AREA, days),
        place_type=np.array([PlaceType.ADMIN_UNIT], dtype=np.uint8),
        unit=np.zeros(1, dtype=np.int32),
        units=polygon_of(area),
    )


def _read_position(
    latitude: float | str | None,
    longitude: float | str | None,
    position: str | None,
    given: dict[str, Any],
) -> Position | None:
    if position is not None:
        if latitude is not None or longitude is not None:
            raise InputError(
                "expected a position in one text or a latitude and a longitude, found both; "
                "give one of the two."
            )
        given["position"] = position
        return read_position(position)
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        raise InputError(
            "expected a latitude and a longitude, found only one of them; give both, or neither "
            "where the place is not known."
        )
    given["latitude"], given["longitude"] = latitude, longitude
    return read_pair(latitude, longitude)


def read_dates(text: str, atlas: Atlas) -> Days:
    """Return the days that a text names in the atlas's languages and time zone.

    Raises DateError for a date that begins after today (in the atlas's time zone): no incident is
    reported from the future.
    """
    days = _read_days(text, atlas)
    latest = today(atlas.meta.time_zone)
    if days.first > latest:
        raise DateError(
            f"expected a day up to today ({latest}), found {text!r}, which lies in the future; "
            "correct the date."
        )
    return days


def _read_days(text: str, atlas: Atlas) -> Days:
    return read_days(text, months=_months(atlas), zone=atlas.meta.time_zone)


@once_per_atlas
def _months(atlas: Atlas) -> MonthNames:
    return month_names(atlas.words(code) for code in atlas.meta.languages)


def _radius(radius_m: float | None, found: Position | None) -> tuple[float | None, str]:
    """Return the radius in metres and where it came from."""
    if radius_m is not None:
        return radius_m, "given"
    if found is None:
        return None, "none"
    if found.extent_m is not None:
        return found.extent_m, found.notation.value
    return 0.0, "default"


def hint_at_name(record: Record, atlas: Atlas, language: str = "en") -> str:
    """Return a hint for a user whose position and place name disagree; empty if they agree.

    Empty, too, where no position was given, so that the name decides. Names that cannot be looked
    up are mentioned.
    """
    name, x, y = record.input.get("place"), record.longitude, record.latitude
    if name is None or x is None or y is None or decides(record.input):
        return ""
    named, area = _named(
        atlas, _gazetteer(atlas, None), str(name), Position(x, y, Notation.DECIMAL)
    )
    from geodata.columns.named.areas import lies_in

    templates = atlas.words(language)["name_beside"]
    if area is not None:
        if lies_in(area, np.array([x]), np.array([y])).all():
            return ""
        place = _area_used(area, language).name
    elif named is not None:
        if named.lies_at(x, y):
            return ""
        place = "; ".join(say_place(atlas.ledger, p, language) for p in named.places[:_MOST_SAID])
    else:
        return "" if record.place else fill(templates["unclear"], {"name": str(name)})
    return fill(templates["elsewhere"], {"name": str(name), "place": place})


_MOST_SAID = 4


def hint_at_swap(record: Record, atlas: Atlas, language: str = "en") -> str:
    """Return a hint for a user whose axes may be swapped; empty where there is no doubt.

    There is doubt where the point lies within the country's outline only with its axes swapped, or
    either way. The axes are never swapped for the user, who alone can know. Names and grid
    references have no order of axes.
    """
    latitude, longitude = record.latitude, record.longitude
    if latitude is None or longitude is None or not _may_be_swapped(record):
        return ""
    x, y = np.array([longitude]), np.array([latitude])
    # The outline costs a file to read: only where the rectangle leaves a doubt.
    if not fits(y, x, atlas.meta.bounds)[0]:
        return ""
    only, both = swapped(x, y, atlas.meta.bounds, atlas.outline)
    if not only.size and not both.size:
        return ""
    template = atlas.words(language)["swapped"]["only" if only.size else "both"]
    return fill(template, {"latitude": f"{latitude:.7g}", "longitude": f"{longitude:.7g}"})


def _may_be_swapped(record: Record) -> bool:
    if decides(record.input):
        return False
    if "position" not in record.input:
        return True
    notation = read_position(str(record.input["position"])).notation
    return notation not in GRIDS
