"""The ledger of settlements: who held what when, by the shipped tables and by small ones."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geodata.atlas import read_atlas
from geodata.errors import AtlasError
from geodata.ledger import Ledger
from geodata.ledger_checks import check_ledger
from geodata.ledger_file import Columns
from geodata.sources import settlements
from geodata.sources.settlements import TABLES, read_holders, read_statements, read_table
from geodata.sources.statements import Holder, Statement, holder_on, holders

ATLAS = read_atlas()
LEDGER = ATLAS.ledger
DATA = Path(str(ATLAS.folder))
GEOD = Geod(ellps="WGS84")
ROWS = read_table("settlements.csv")
STATEMENTS = read_statements()


def sides_on(code: str, first: str, last: str | None = None) -> list[str | None]:
    """List the sides that can have held a settlement on the days, in order."""
    held = LEDGER.held(LEDGER.index(code), first, last or first)
    if held.first[0] < 0:
        return []
    return [LEDGER.holding(h).side for h in range(int(held.first[0]), int(held.last[0]) + 1)]


# -- statements -----------------------------------------------------------------------------------


def told(
    event: str, side: str, last: str, first: str | None = "same", before: str | None = None
) -> Statement:
    begin = last if first == "same" else first
    precision = "by" if begin is None else "day" if begin == last else "interval"
    return Statement(
        settlement="C1",
        event=event,
        side=side,
        first=dt.date.fromisoformat(begin) if begin else None,
        last=dt.date.fromisoformat(last),
        precision=precision,
        before=before,
        sources=(f"{event}_{last}",),
        confidence="high",
        note="",
    )


def spell(found: list[Holder]) -> list[tuple[str, str, str]]:
    return [(h.side, str(h.earliest), str(h.latest)) for h in found]


def test_a_place_that_was_taken_had_another_holder_before() -> None:
    found = holders([told("offensive", "government", "2020-02-05", before="opposition")])
    assert spell(found) == [
        ("opposition", "None", "None"),
        ("government", "2020-02-05", "2020-02-05"),
    ]
    assert [h.precision for h in found] == [None, "day"]
    assert found[0].sources == found[1].sources == ("offensive_2020-02-05",)


def test_taken_by_a_day_leaves_open_the_time_since_the_last_statement() -> None:
    found = holders(
        [
            told("held", "opposition", "2017-08-31", "2017-07-01"),
            told("offensive", "government", "2018-02-15", None, before="opposition"),
        ]
    )
    assert spell(found)[1] == ("government", "2017-07-01", "2018-02-15")
    assert found[1].precision == "by"


def test_two_days_of_one_change_are_an_interval_with_both_readings() -> None:
    found = holders(
        [
            told("offensive", "government", "2019-08-20", before="opposition"),
            told("offensive", "government", "2019-08-23", before="opposition"),
        ]
    )
    assert spell(found)[1] == ("government", "2019-08-20", "2019-08-23")
    assert found[1].readings == [
        ("2019-08-20", ("offensive_2019-08-20",)),
        ("2019-08-23", ("offensive_2019-08-23",)),
    ]


def test_held_later_by_the_same_side_only_confirms() -> None:
    found = holders(
        [
            told("offensive", "government", "2018-01-10", before="opposition"),
            told("offensive", "government", "2018-03-01", None, before="opposition"),
            told("held", "government", "2018-09-17"),
        ]
    )
    assert spell(found)[1] == ("government", "2018-01-10", "2018-01-10")
    assert found[1].readings == []
    assert "held_2018-09-17" in found[1].sources


def test_lost_and_retaken_within_a_day_keeps_the_order_of_the_table() -> None:
    found = holders(
        [
            told("offensive", "government", "2018-03-15", before="opposition"),
            told("recapture", "opposition", "2018-03-15", before="government"),
            told("recapture", "government", "2018-03-16", before="opposition"),
        ]
    )
    assert [h.side for h in found] == ["opposition", "government", "opposition", "government"]


def test_a_statement_that_does_not_fit_the_one_before_is_refused() -> None:
    rows = [
        told("held", "government", "2017-08-31", "2017-07-01"),
        told("offensive", "government", "2018-01-12", before="opposition"),
    ]
    with pytest.raises(AtlasError, match=r"C1, offensive 2018-01-12: expected 'government' before"):
        holders(rows)


def test_a_line_takes_the_new_holder_from_the_first_day_of_a_change() -> None:
    found = holders(
        [
            told("offensive", "government", "2019-08-20", before="opposition"),
            told("offensive", "government", "2019-08-23", before="opposition"),
        ]
    )
    days = [dt.date(2019, 8, day) for day in (19, 20, 24)]
    sides = [getattr(holder_on(found, day), "side", None) for day in days]
    assert sides == ["opposition", "government", "government"]
    assert holder_on([], days[0]) is None


days = st.dates(dt.date(2017, 1, 1), dt.date(2024, 12, 31))


@given(st.lists(st.tuples(st.sampled_from("abc"), days, st.integers(0, 40)), max_size=8))
def test_holders_follow_each_other_whatever_is_told(told_of: list[tuple[str, Any, int]]) -> None:
    rows = [
        Statement(
            settlement="C1",
            event="offensive" if span % 2 else "held",
            side=side,
            first=None if span % 5 == 0 and span % 2 else last - dt.timedelta(span),
            last=last,
            precision="by" if span % 5 == 0 and span % 2 else "interval" if span else "day",
            before=None,
            sources=("x",),
            confidence="low",
            note="",
        )
        for side, last, span in told_of
    ]
    found = holders(rows)
    for one, other in pairwise(found):
        assert one.side != other.side
        assert other.earliest is not None
        assert other.latest is not None
        assert other.earliest <= other.latest
        assert (one.earliest or dt.date.min) <= other.earliest
        assert (one.latest or dt.date.min) <= other.latest


# -- asking ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "day", "expected"),
    [
        pytest.param("C3987", "2019-08-19", ["opposition"], id="Khan Shaykhun, the day before"),
        pytest.param("C3987", "2019-08-20", ["opposition", "government"], id="a day of change"),
        pytest.param("C3987", "2019-08-23", ["opposition", "government"], id="its last reading"),
        pytest.param("C3987", "2019-08-24", ["government"], id="Khan Shaykhun, lost"),
        pytest.param("C3987", "2019-10-15", ["government"], id="Khan Shaykhun in October 2019"),
        pytest.param("C2338", "2018-04-07", ["opposition"], id="Douma, 7 April 2018"),
        pytest.param("C2338", "2018-04-15", ["government"], id="Douma, after the last convoy"),
        pytest.param("C3916", "2020-03-06", ["government"], id="Saraqib when Moscow begins"),
        pytest.param("C3905", "2018-07-18", ["government"], id="Fua, a day before its buses"),
        pytest.param("C3905", "2018-07-20", ["opposition"], id="Fua, emptied"),
        pytest.param("N0025", "2017-10-01", ["opposition"], id="Jobar"),
        pytest.param("N0007", "2017-06-01", ["government"], id="Qaboun"),
        pytest.param("C1126", "2017-10-01", ["government"], id="Tamura, taken in 2016"),
        pytest.param("C2202", "2017-12-01", ["opposition"], id="Hajeb, Jabal al-Hass"),
        pytest.param("C2202", "2018-01-20", ["government"], id="Hajeb, lost in January 2018"),
        pytest.param("C6107", "2017-10-01", ["opposition"], id="Mahjeh, a besieged enclave"),
        pytest.param("C4093", "2017-09-15", ["government"], id="Abu Dali before the attack on it"),
        pytest.param("N0184", "2018-01-01", ["government"], id="New Aleppo"),
        pytest.param("golan-majdal-shams", "2017-10-01", ["israel"], id="Majdal Shams"),
    ],
)
def test_who_held_a_place_on_a_day(code: str, day: str, expected: list[str]) -> None:
    assert sides_on(code, day) == expected


def test_an_interval_of_days_meets_every_holder_in_order() -> None:
    assert sides_on("C3905", "2018-01-01", "2019-01-01") == ["government", "opposition"]
    held = LEDGER.held([LEDGER.index("C3905")], ["2018-01-01"], ["2019-01-01"])
    assert (held.side[0], held.changed[0], held.sourced[0]) == (-1, True, True)


def test_what_is_not_told_has_no_answer() -> None:
    raqqa = LEDGER.index("C5710")
    held = LEDGER.held([raqqa, -1, LEDGER.index("C3987")], "2018-01-01", ["2018-01-02"] * 2 + ["NaT"])  # fmt: skip  # noqa: E501
    assert held.first.tolist() == held.last.tolist() == held.side.tolist() == [-1, -1, -1]
    assert not (held.sourced | held.changed | held.disputed).any()
    assert LEDGER.history(raqqa) == ()


def test_a_change_that_sources_date_differently_is_disputed_only_while_it_may_happen() -> None:
    index = [LEDGER.index("C3987")] * 3
    held = LEDGER.held(index, ["2019-08-19", "2019-08-21", "2019-08-24"], ["2019-08-19", "2019-08-21", "2019-08-24"])  # fmt: skip  # noqa: E501
    assert held.disputed.tolist() == [False, True, False]


def test_arrays_say_what_the_records_say() -> None:
    """Exact oracle: every settlement that anything is told of, on days about each change."""
    for index in np.unique(LEDGER.holding_of)[::7].tolist():
        history = LEDGER.history(index)
        near = {d + dt.timedelta(n) for h in history for d in (h.earliest, h.latest) if d for n in (-1, 0, 1)}  # fmt: skip  # noqa: E501
        for day in near | {dt.date(2017, 5, 6), dt.date(2024, 12, 31)}:
            possible = [
                k
                for k, h in enumerate(history)
                if (h.earliest or dt.date.min) <= day
                and (k + 1 == len(history) or day <= history[k + 1].latest)  # type: ignore[operator]
            ]
            held = LEDGER.held(index, day, day)
            offset = int(np.searchsorted(LEDGER.holding_of, index))
            assert list(range(held.first[0] - offset, held.last[0] - offset + 1)) == possible
            sides = {history[k].side for k in possible}
            (one,) = sides if len(sides) == 1 else (None,)
            assert held.side[0] == (LEDGER.sides.index(one) if one else -1)
            assert held.sourced[0] == all(history[k].sources and history[k].side for k in possible)
            assert held.changed[0] == (len(possible) > 1)
            assert held.disputed[0] == any(
                history[k].precision == "by" or history[k].readings for k in possible[1:]
            )


# -- places ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("longitude", "latitude", "code"),
    [
        pytest.param(36.6489, 35.4416, "C3987", id="a town, 200 m from its point"),
        pytest.param(36.341, 33.525, "N0025", id="Jobar within Damascus: the nearer for its size"),
        pytest.param(36.29, 33.52, "N0033", id="a quarter of Damascus, not the city"),
        pytest.param(36.6339, 35.9306, "C3871", id="Idlib, not a quarter of which nothing is told"),
        pytest.param(39.5, 34.0, None, id="desert"),
        pytest.param(float("nan"), 35.0, None, id="no point"),
    ],
)
def test_the_settlement_that_a_point_lies_in(
    longitude: float, latitude: float, code: str | None
) -> None:
    index, distance = LEDGER.near(longitude, latitude)
    assert (LEDGER.ids[index[0]] if index[0] >= 0 else None) == code
    assert np.isnan(distance[0]) == (code is None)


@given(st.integers(0, len(LEDGER.point_of) - 1), st.floats(0, 360), st.floats(0, 1.2))
def test_near_is_the_smallest_distance_for_the_size(
    point: int, bearing: float, part: float
) -> None:
    size = LEDGER.radius_m[LEDGER.point_of[point]]
    x, y, _ = GEOD.fwd(LEDGER.longitude[point], LEDGER.latitude[point], bearing, part * size)
    around = np.abs(LEDGER.latitude - y) < 0.1
    xs, ys = LEDGER.longitude[around], LEDGER.latitude[around]
    metres = np.asarray(GEOD.inv(np.full(len(xs), x), np.full(len(xs), y), xs, ys)[2])
    share = metres / LEDGER.radius_m[LEDGER.point_of[around]]
    # A city counts only where no place does of which more is told.
    rank = LEDGER.rank[LEDGER.point_of[around]]
    share[rank > rank[share <= 0.999].min(initial=2)] = np.inf
    index, distance = LEDGER.near(x, y)
    if index[0] < 0:
        assert share.min() > 0.999
    else:
        own = LEDGER.point_of[around] == index[0]
        assert share[own].min() <= share.min() + 1e-3
        assert distance[0] == pytest.approx(metres[own].min(), rel=1e-3, abs=0.5)


def test_a_record_says_where_a_settlement_is_and_how_large() -> None:
    douma = LEDGER.settlement(LEDGER.index("C2338"))
    assert [unit.code for unit in douma.admin] == ["SY03", "SY0302", "SY030200"]
    assert douma.points[0].source == "ocha"
    assert (douma.kind, douma.zone, douma.radius_basis) == ("city", "eastern-ghouta", "population")
    assert {"Douma", "دوما"} <= {douma.name, douma.name_ar, *douma.variants}


def test_an_unknown_code_is_refused_in_one_line() -> None:
    assert "C2338" in LEDGER
    assert "C0" not in LEDGER
    with pytest.raises(AtlasError, match=r"found 'C0'"):
        LEDGER.index("C0")


def test_an_atlas_without_settlements_has_an_empty_ledger() -> None:
    empty = Ledger()
    assert len(empty) == 0
    assert empty.near([36.0], [35.0])[0].tolist() == [-1]
    assert empty.held([-1], ["2018-01-01"], ["2018-01-01"]).first.tolist() == [-1]


# -- the tables -----------------------------------------------------------------------------------


def test_writing_again_gives_the_committed_bytes(tmp_path: Path) -> None:
    settlements.write_settlements(tmp_path)
    assert (tmp_path / "settlements.json").read_bytes() == (DATA / "settlements.json").read_bytes()


def test_every_settlement_of_ocha_is_there_once() -> None:
    ids = Counter(row["id"] for row in ROWS)
    assert max(ids.values()) == 1
    assert sum(code[0] == "C" for code in ids) == 7693
    assert sum(code[0] == "N" for code in ids) == 414


def test_only_points_of_known_licence_are_shipped() -> None:
    licensed = {"ocha", "ocha_2020", "ocha_2023", "control_2017", "geonames", "ucdp", "wikimapia"}
    used = {row["point_source"] for row in ROWS} | {r["source"] for r in read_table("points.csv")}
    assert used <= licensed | {"own"}


def test_every_source_of_the_ledger_is_listed() -> None:
    cited = {source for statement in STATEMENTS for source in statement.sources}
    cited |= {row["source"] for name in ("names.csv", "points.csv") for row in read_table(name)}
    cited |= {row["point_source"] for row in ROWS}
    assert cited - {"own"} <= set(ATLAS.sources)


def test_every_statement_names_a_side_of_the_atlas_or_says_that_none_is_known() -> None:
    assert {s.side for s in STATEMENTS} - {""} <= set(ATLAS.sides)
    assert {s.before for s in STATEMENTS} - {None} <= set(ATLAS.sides)
    assert {s.event for s in STATEMENTS} == {
        *("held", "inferred", "offensive", "recapture", "deal", "evacuation")
    }


def test_what_is_read_off_the_places_round_it_has_no_source() -> None:
    assert not any(s.sources for s in STATEMENTS if s.event == "inferred")


def test_the_tables_are_sorted_so_that_a_change_shows_as_a_line() -> None:
    order = {row["id"]: i for i, row in enumerate(ROWS)}
    for name in ("control.csv", "names.csv", "points.csv"):
        places = [order[row["settlement"]] for row in read_table(name)]
        assert places == sorted(places), name


def test_no_mark_is_a_place_and_every_place_has_a_name() -> None:
    assert {row["kind"] for row in ROWS if not row["name"]} == {"mark"}


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("name", "Duma", r"expected the name 'Alala'"),
        ("to", "2018-02-31", r"expected days like 2018-03-31"),
        ("precision", "about", r"a precision among day, interval, by"),
        ("from", "", r"a first day, or precision `by`"),
        ("from", "2030-01-01", r"a first day not after the last"),
        ("confidence", "unsourced", r"`unsourced` exactly where no source is named"),
    ],
)
def test_a_wrong_cell_of_a_statement_is_named(
    tmp_path: Path, column: str, value: str, message: str
) -> None:
    for table in settlements.TABLES.iterdir():
        (tmp_path / table.name).write_bytes(table.read_bytes())
    rows = read_table("control.csv")
    row = next(r for r in rows if r["sources"] and r["precision"] == "day")
    message = message.replace("Alala", row["name"])
    with (tmp_path / "control.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, row)
        writer.writeheader()
        writer.writerow({**row, column: value})
    with pytest.raises(AtlasError, match=message) as caught:
        read_holders(tmp_path)
    assert row["settlement"] in str(caught.value)


# -- faults of a ledger ---------------------------------------------------------------------------


def put(group: str, column: str, at: int | None, value: Any) -> Callable[[Any], None]:
    def how(content: Any) -> None:
        if at is None:
            content[group][column] = value
        else:
            content[group][column][at] = value

    return how


def check(content: Any) -> None:
    check_ledger(
        Ledger(msgspec.json.decode(json.dumps(content), type=Columns)),
        sides=ATLAS.sides,
        zones={zone.id for zone in ATLAS.zones},
        sources=ATLAS.sources,
    )


def test_the_shipped_ledger_has_no_fault() -> None:
    check(json.loads((DATA / "settlements.json").read_text("utf-8")))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put("names", "id", 1, "C1001"), "C1001: expected an id that is used once"),
        (put("names", "id", 0, "C 1"), "expected `str` matching regex"),
        (put("places", "radius_m", 0, 0), "radius_m: expected metres above 0"),
        (put("places", "kind", 0, 99), "kind: expected a code below"),
        (put("places", "zones", 0, "atlantis"), "zones: expected one of"),
        (put("places", "kinds", 0, "spaceport"), "kinds: expected one of"),
        (put("points", "longitude", 0, 500.0), "longitude and latitude in degrees"),
        (put("points", "sources", 0, "hearsay"), "points: expected source ids"),
        (put("control", "sources", 0, "hearsay"), "control: expected source ids"),
        (put("control", "sides", 0, "martians"), "sides: expected one of"),
        (put("control", "confidence", 0, "sure"), "expected one of high, medium"),
        (put("control", "earliest", 0, "2017-05-06"), "no days: it was there before"),
        (put("control", "settlement", 0, 9000), "the holdings of a settlement together"),
        (put("control", "cited", 0, []), "`unsourced` exactly where no source"),
        (put("places", "zone", None, []), "places.zone: expected"),
        (put("control", "readings", None, [[0, [["2017-05-06", [0]]]]]), "two readings or more"),
    ],
)
def test_a_ledger_with_a_fault_is_refused(change: Callable[[Any], None], message: str) -> None:
    content = json.loads((DATA / "settlements.json").read_text("utf-8"))
    change(content)
    with pytest.raises(AtlasError) as caught:
        check(content)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_changes_of_hands_out_of_order_are_refused() -> None:
    content = json.loads((DATA / "settlements.json").read_text("utf-8"))
    of, latest = content["control"]["settlement"], content["control"]["latest"]
    third = next(h for h in range(2, len(of)) if of[h] == of[h - 1] == of[h - 2])
    for column in ("earliest", "latest"):
        content["control"][column][third] = "1990-01-01"
    assert latest[third] == "1990-01-01"
    with pytest.raises(AtlasError, match="days not before those of the holding before"):
        check(content)


def test_a_line_has_no_holder_while_a_change_may_have_come_on_any_of_many_days() -> None:
    found = holders(
        [
            told("held", "opposition", "2017-08-31"),
            told("held", "government", "2020-03-06"),
        ]
    )
    days = [dt.date(2017, 8, 1), dt.date(2018, 9, 17), dt.date(2020, 3, 6)]
    sides = [getattr(holder_on(found, day), "side", None) for day in days]
    assert sides == ["opposition", None, "government"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("held,opposition,2018-09-17", "held,oposition,2018-09-17",
                     "expected ids of facts/sides.json, found 'oposition'", id="no such side"),
        pytest.param("offensive,government,2019-08-20", "ofensive,government,2019-08-20",
                     "expected event among held, inferred, offensive", id="no such event"),
        pytest.param("wiki_nw19;step_190820", "my_source;step_190820",
                     "expected ids of facts/sources.csv, found 'my_source'", id="no such source"),
        pytest.param("C3987,Khan Shaykun", "C39870,Khan Shaykun",
                     "expected the id of a settlement of settlements.csv", id="no such place"),
        pytest.param("2019-08-20,2019-08-20,day", "2019-08-20,2019-08-20,interval",
                     "expected precision `day` exactly where", id="an interval of one day"),
        pytest.param("2018-09-17,2018-09-17", "2018-9-17,2018-09-17",
                     "expected days like 2018-03-31", id="a day written otherwise"),
    ],
)  # fmt: skip
def test_a_row_that_a_stranger_got_wrong_is_named_with_what_was_expected(
    tmp_path: Path, before: str, after: str, expected: str
) -> None:
    folder = tmp_path / "ledger"
    shutil.copytree(TABLES, folder)
    rows = (folder / "control.csv").read_text("utf-8").split("\n")
    at = next(i for i, row in enumerate(rows) if row.startswith("C3987,") and before in row)
    rows[at] = rows[at].replace(before, after)
    (folder / "control.csv").write_text("\n".join(rows), "utf-8")
    with pytest.raises(AtlasError, match=re.escape(expected)):
        read_statements(folder)
