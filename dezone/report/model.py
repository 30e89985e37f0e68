"""What a report holds: numbers, days and codes; no sentence, no drawing.

Three words run through all of it, one for each way of counting what lies in an area:

- ``sure``: incidents surely inside (at least 0.95 of the disc in the zone's ``low`` shape);
- ``best``: incidents more likely inside than not (at least 0.5 of the disc in ``best``);
- ``possible``: incidents possibly inside (more than 0.05 of the disc in ``high``).

So ``sure <= best <= possible`` for every area and every stretch of days. The rest of the country
is the mirror of all zones: what is surely in the rest is what is not even possibly in a zone, and
``best`` of all zones and of the rest add up to all incidents counted.

Areas are the ids of the atlas's zones, `ALL_ZONES` and `REST`. An incident of several days is
spread evenly over them, so counts need not be whole numbers; they are rounded to six decimals.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import msgspec

ALL_ZONES = "all-zones"
"""The area of all zones together: an incident possibly in two of them counts once."""

REST = "rest"
"""The area of the country less all zones."""


class Certainty(StrEnum):
    """Which incidents are counted: surely inside, more likely than not, possibly."""

    SURE = "sure"
    BEST = "best"
    POSSIBLE = "possible"


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a report: compared by value, written to JSON field by field."""


class Input(_Part, frozen=True, kw_only=True):
    """The file of incidents, and where each of its rows went.

    ``rows == unreadable + undated + unlocated + abroad + counted``: a row that could stand in
    several of these stands in the first.

    Attributes
    ----------
    name
        The file's name without its folder.
    sha256
        Of its bytes; of a folder, over the names and hashes of its files.
    bytes
        Its size.
    source
        The known source of its columns (``ucdp-ged``, ``acled``, ...); None where unknown.
    columns
        Role to column, as read: ``latitude``, ``first``, ``deaths``, ...
    rows
        Incidents in the file.
    unreadable
        A place, its radius or a date is given that cannot be read, or a date in the future.
    undated
        No date.
    unlocated
        No place, a placeholder, or one coarser than the coarsest radius allowed.
    abroad
        Beyond the rectangle around the country.
    counted
        Those in an area; all counts are of these.
    first_day, last_day
        The days that the counted incidents cover; None where none is counted.
    spread
        Counted incidents of more than one day, which are spread over their days.
    ground_lost, ground_gained
        Counted incidents in settlements that a zone had lost, or gained, by the ledger: the line
        that counts them is another than the front was.
    deaths
        Whether the file has a column of deaths.
    deaths_unread
        Counted incidents whose deaths are missing or cannot be read; they count as 0 deaths.
    told
        What was mended, doubted and refused in reading: kind to number of rows.
    """

    name: str
    sha256: str
    bytes: int
    source: str | None
    columns: dict[str, str]
    rows: int
    unreadable: int
    undated: int
    unlocated: int
    abroad: int
    counted: int
    first_day: dt.date | None
    last_day: dt.date | None
    spread: int
    ground_lost: int
    ground_gained: int
    deaths: bool
    deaths_unread: int
    told: dict[str, int]


class Setting(_Part, frozen=True, kw_only=True):
    """What was asked: all that decides the numbers besides the file, the atlas and the software.

    Attributes
    ----------
    boundary
        Which way of drawing the zones decides.
    basis
        From when a zone counts as in force: ``memorandum`` or ``arrangement``.
    coarsest_radius_m
        Metres; a place that is known only within a larger radius counts as not located.
    areas_sha256
        Hash of the polygons of districts and governorates that stand for places; None without.
    reading
        What else was stated about the file (mapping, radius, order of day and month, ...), as
        plain values, for reading it again.
    """

    boundary: str
    basis: str
    coarsest_radius_m: float
    areas_sha256: str | None
    reading: dict[str, object]


class Made(_Part, frozen=True, kw_only=True):
    """What the report was made with; nothing of when, so the same input gives the same bytes.

    `atlas_title` is by language; `libraries` are those that compute, with their versions.
    """

    atlas_id: str
    atlas_version: str
    atlas_sha256: str
    software: str
    software_sha256: str
    libraries: dict[str, str]


class Count(_Part, frozen=True, kw_only=True):
    """Incidents, and deaths as the source has them: its low, best and high figures.

    A source with one figure has it in all three. None where the file has no column of deaths.
    """

    incidents: float
    deaths_low: float | None = None
    deaths_best: float | None = None
    deaths_high: float | None = None


class Counts(_Part, frozen=True, kw_only=True):
    """The three counts of one area over some days; see the module's docstring."""

    sure: Count
    best: Count
    possible: Count


class Line(_Part, frozen=True, kw_only=True):
    """A `Count` for each of the starts of a series, column by column, all of one length."""

    incidents: tuple[float, ...]
    deaths_low: tuple[float, ...] | None = None
    deaths_best: tuple[float, ...] | None = None
    deaths_high: tuple[float, ...] | None = None


class Lines(_Part, frozen=True, kw_only=True):
    """The three counts of one area, over the starts of a series."""

    sure: Line
    best: Line
    possible: Line


class Series(_Part, frozen=True, kw_only=True):
    """Counts by calendar weeks (beginning on Monday) or months, without gaps.

    From the first to the last of the file's days, but no earlier than two years before the first
    zone and no later than one year after the last; what lies beyond is in the totals only.
    The ground of a zone is that of the incident's own days: before its first extent the first one,
    after its last the last one.

    Attributes
    ----------
    unit
        ``week`` or ``month``.
    starts
        First day of each.
    days
        How many of its days the file covers: fewer than 7 only for the first and the last week.
    areas
        By area, in the order of the zones' numbers, then `ALL_ZONES`, then `REST`.
    """

    unit: str
    starts: tuple[dt.date, ...]
    days: tuple[int, ...]
    areas: dict[str, Lines]


class PhaseCount(_Part, frozen=True, kw_only=True):
    """What was counted in one phase of one zone; and, to compare, in the rest of the country.

    Attributes
    ----------
    zone, phase
        Ids; a zone may be in a phase several times (``arranged`` after ``contested``).
    start, stop
        First day of the phase and the first day after it; None where it is open.
    first_day, last_day, days
        The part of it that the file's days cover; None and 0 where they cover none of it.
    in_force
        Whether the zone was in force, by the basis.
    counts
        In the zone; divide by ``days / 7`` for a rate per week.
    rest
        In the rest of the country in the same days.
    """

    zone: str
    phase: str
    start: dt.date | None
    stop: dt.date | None
    first_day: dt.date | None
    last_day: dt.date | None
    days: int
    in_force: bool
    counts: Counts
    rest: Counts


class Total(_Part, frozen=True, kw_only=True):
    """What was counted in an area: in the whole file, and while in force.

    Of `ALL_ZONES` in force is each zone while it was itself in force; of `REST` while any was.
    `days_in_force` are those of the file's days.
    """

    area: str
    whole: Counts
    in_force: Counts
    days_in_force: int


class EventKind(StrEnum):
    """What happened on the day of an event; one day may hold several."""

    MEMORANDUM = "memorandum"
    """The zone is declared: the memorandum enters into force."""
    ARRANGEMENT = "arrangement"
    """The zone's own arrangement enters into force."""
    AGREEMENT = "agreement"
    """A further agreement on the zone enters into force."""
    OFFENSIVE = "offensive"
    """An offensive against the zone begins."""
    HALT = "halt"
    """An offensive ends, and the arrangement holds again."""
    END = "end"
    """The zone ends."""


class Event(_Part, frozen=True, kw_only=True):
    """A day on which something changed for a zone (or for all zones at once), from the atlas.

    Attributes
    ----------
    id
        Area and day: ``idlib/2017-05-06``.
    area
        A zone, or `ALL_ZONES` where the same day changed something of the kind for all of them.
    day
        The first day of what is new.
    kinds
        In the order of `EventKind`; at least one.
    agreements
        Ids of those that enter into force on the day.
    confidence
        Of the phase or agreement: ``high``, ``medium``, ``low``, ``unsourced``.
    precision
        ``month`` where the day stands for a month; None where it is known to the day.
    """

    id: str
    area: str
    day: dt.date
    kinds: tuple[EventKind, ...]
    agreements: tuple[str, ...]
    confidence: str
    precision: str | None


class Sign(StrEnum):
    """What an interval supports."""

    FALL = "fall"
    """The whole interval lies below 1."""
    RISE = "rise"
    """The whole interval lies above 1."""
    OPEN = "open"
    """The interval holds 1: neither is supported."""
    UNKNOWN = "unknown"
    """There is no interval."""


class Side(_Part, frozen=True, kw_only=True):
    """One series before and after an event: counts of its weeks, and what they give.

    Attributes
    ----------
    weekly_before, weekly_after
        Incidents in each whole week of seven days before the event's day (oldest first), and from
        it on.
    before, after
        Their sums.
    deaths_before, deaths_after
        The best figure of deaths in the same days; None where the file has none.
    ratio
        Rate a week after, divided by that before; None where nothing was counted before.
    low, high
        Its 95 % interval; None where it cannot be given.
    dispersion
        How much more the weeks vary than a Poisson process; at least 1. None without weeks.
    """

    weekly_before: tuple[float, ...]
    weekly_after: tuple[float, ...]
    before: float
    after: float
    deaths_before: float | None
    deaths_after: float | None
    ratio: float | None
    low: float | None
    high: float | None
    dispersion: float | None


class Ratio(_Part, frozen=True, kw_only=True):
    """How a zone's rate changed, how the rest of the country's did, and the one by the other.

    Attributes
    ----------
    zone, rest
        The two sides, on the ground of the event's day.
    ratio, low, high
        The ratio of the two ratios with its 95 % interval; None where it cannot be given.
    sign
        What the zone's own interval supports.
    relative_sign
        What the interval of the ratio of ratios supports.
    why_not
        Codes where there is no interval: ``no-weeks`` (fewer than four whole weeks of the file on
        a side), ``few`` (too few incidents in the zone), ``few-rest`` (too few in the rest).
    """

    zone: Side
    rest: Side
    ratio: float | None
    low: float | None
    high: float | None
    sign: Sign
    relative_sign: Sign
    why_not: tuple[str, ...]


class Change(_Part, frozen=True, kw_only=True):
    """Up to eight weeks before an event and up to eight from it on.

    Attributes
    ----------
    event
        Id of the event; there is one change an event, except where a zone ends.
    area
        Its area.
    ground
        Ids of the extents held fixed over the whole window: those of the event's day.
    first_day, last_day
        Of the weeks used; None where there are none.
    weeks_before, weeks_after
        How many whole weeks of each the file covers, eight at most.
    spanning
        Incidents of the zone (possibly inside) whose days lie on both sides of the event: they are
        in neither count.
    cautions
        Codes: ``beyond-file`` (the window reaches beyond the file's days), ``overlap`` (of another
        event of the area), ``month`` (the event's day stands for a month), ``zero`` (nothing was
        counted on one side), ``changed-ground`` (the zone was drawn anew within the window).
    overlaps
        Ids of the other events of the area within the window, in order of time.
    sure, best, possible
        The ratios for each way of counting.
    """

    event: str
    area: str
    ground: tuple[str, ...]
    first_day: dt.date | None
    last_day: dt.date | None
    weeks_before: int
    weeks_after: int
    spanning: float
    cautions: tuple[str, ...]
    overlaps: tuple[str, ...]
    sure: Ratio
    best: Ratio
    possible: Ratio


class Moved(_Part, frozen=True, kw_only=True):
    """A change under a variant, by the best count: ratios, and what their intervals support."""

    event: str
    ratio: float | None
    low: float | None
    high: float | None
    sign: Sign
    relative: float | None
    relative_low: float | None
    relative_high: float | None
    relative_sign: Sign


class Variant(_Part, frozen=True, kw_only=True):
    """The report's question asked otherwise in one respect.

    Attributes
    ----------
    id
        ``asked``, ``boundary=ministry``, ``radius=5000``, ``basis=arrangement``, ``days=-3``: the
        kind and its value.
    kind
        ``asked`` (the report's own), ``boundary``, ``radius`` (every located incident with this
        radius instead of its own), ``basis``, ``days`` (all incidents so many days later).
    value
        Id of the boundary or the basis, metres, days; empty for ``asked``.
    whole, in_force
        Incidents by area, as in `Total`: sure, best, possible.
    moved
        The changes, in the order of `Report.changes`.
    """

    id: str
    kind: str
    value: str
    whole: dict[str, tuple[float, float, float]]
    in_force: dict[str, tuple[float, float, float]]
    moved: tuple[Moved, ...]


class Finding(_Part, frozen=True, kw_only=True):
    """One thing that can be said of an area; `dezone.report.words.say_finding` makes the sentences.

    Attributes
    ----------
    area
        A zone or `ALL_ZONES`; empty for one about the file as a whole.
    code
        What is said. Of an area as a whole: ``total``, ``none`` (no incident, not even possibly),
        ``never`` (the file's days are not among those in force). Of a change: ``fall-fall``,
        ``fall-open``, ... (what the area's own interval supports, then what the one against the
        rest of the country does, each a `Sign`), or why it cannot be told: ``few``, ``no-weeks``.
        Of the file: ``no-change`` (none could be estimated), ``unlocated``, ``moved`` (some
        lie on ground that was lost or gained), ``limits``.
    event
        Id of the event that it speaks of; None where of none.
    numbers
        What the words need, by name.
    unless
        Ids of the variants under which a sign of the code is another one; of a change also
        ``count=sure`` and ``count=possible``, the other two ways of counting.
    opposite
        Those of them under which a fall is a rise, or a rise a fall.
    """

    area: str
    code: str
    event: str | None
    numbers: dict[str, float | int | str]
    unless: tuple[str, ...] = ()
    opposite: tuple[str, ...] = ()

    @property
    def signs(self) -> tuple[Sign, Sign] | None:
        """What the two intervals of a change support: its own, and against the rest."""
        return _SIGNS.get(self.code)

    @property
    def claims(self) -> bool:
        """Whether it says that something changed."""
        return self.signs is not None and not {Sign.FALL, Sign.RISE}.isdisjoint(self.signs)


_SIGNS = {f"{own}-{relative}": (own, relative) for own in Sign for relative in Sign}


class Report(_Part, frozen=True, kw_only=True):
    """Everything that a report says, before it is put into words and drawn.

    `areas` lists all areas in order; the series, totals and variants have each of them. The
    changes are in the order of their events' days, then areas.
    """

    input: Input
    setting: Setting
    made: Made
    areas: tuple[str, ...]
    weeks: Series
    months: Series
    phases: tuple[PhaseCount, ...]
    totals: tuple[Total, ...]
    events: tuple[Event, ...]
    changes: tuple[Change, ...]
    variants: tuple[Variant, ...]
    findings: tuple[Finding, ...]
