"""Dates: whole local days, in many notations, with nothing filled in."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import geodata
from geodata.errors import DateError
from geodata.text.date_columns import column_order
from geodata.text.dates import Precision, excel_day, month_names, read_days

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "dates.json").read_text(encoding="utf-8")
)
LANGUAGES = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(geodata.__file__).parent / "data" / "languages").glob("*.json"))
}
MONTHS = month_names(LANGUAGES.values())


def cases(kind):
    return [pytest.param(case, id=case["id"]) for case in VECTORS[kind]]


@pytest.mark.parametrize("case", cases("readable"))
def test_days_are_read(case):
    days = read_days(case["text"], order=case["order"], months=MONTHS)
    assert (str(days.first), str(days.last)) == (case["first"], case["last"])
    assert days.notation == case["notation"]
    assert days.precision == case["precision"]
    assert [repair.kind for repair in days.repairs] == case["repairs"]


@pytest.mark.parametrize("case", cases("refused"))
def test_days_are_refused(case):
    with pytest.raises(DateError) as caught:
        read_days(case["text"], order=case["order"], months=MONTHS)
    message = str(caught.value)
    assert message.startswith("expected ")
    assert "\n" not in message
    for part in case["says"]:
        assert part in message


def test_the_zone_is_the_callers():
    assert read_days("2018-03-07T23:30:00Z", zone="Europe/London").first == date(2018, 3, 7)
    with pytest.raises(DateError, match="IANA"):
        read_days("2018-03-07T23:30:00Z", zone="Asia/Atlantis")


def test_changed_day_is_told():
    (told,) = read_days("2018-03-07T23:30:00Z").repairs
    assert (told.before, told.after) == ("2018-03-07T23:30:00Z", "2018-03-08T01:30:00+0200")


def test_no_names_no_guess():
    with pytest.raises(DateError, match="no names are known"):
        read_days("4 April 2017")


def test_languages_that_disagree_show_both_months():
    """Listopad is October in Croatian and November in Czech."""
    blank = [f"m{n}" for n in range(12)]
    croatian = {"months": [*blank[:9], "listopad", *blank[10:]]}
    czech = {"months": [*blank[:10], "listopad", *blank[11:]]}
    months = month_names([croatian, czech])
    with pytest.raises(DateError, match="month 10 or month 11"):
        read_days("4 listopad 2017", months=months)
    assert read_days("4 listopad 2017", months=month_names([czech])).first.month == 11


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(["07/03/2018", "25/03/2018"], "dmy", id="one day above 12"),
        pytest.param(["07/03/2018", "03/25/2018 12:00"], "mdy", id="with times"),
        pytest.param(["07.03.2018", "٢٥.٠٣.٢٠١٨"], "dmy", id="Arabic digits"),
        pytest.param(["07/03/2018", "08/03/2018"], None, id="no proof"),
        pytest.param(["25/03/2018", "03/25/2018"], None, id="mixed"),
        pytest.param(["2018-03-25", "", None, 43166], None, id="nothing numeric"),
        pytest.param(["25/13/2018", "99/12/2018"], None, id="impossible dates prove nothing"),
    ],
)
def test_column_proves_its_order(values, expected):
    assert column_order(values) == expected


@pytest.mark.parametrize(
    ("serial", "epoch", "expected"),
    [
        pytest.param(43166, 1900, "2018-03-07", id="1900"),
        pytest.param(43166.98, 1900, "2018-03-07", id="late in the day"),
        pytest.param(41704, 1904, "2018-03-07", id="1904"),
        pytest.param(1, 1900, "1900-01-01", id="first day"),
        pytest.param(59, 1900, "1900-02-28", id="last before the gap"),
        pytest.param(61, 1900, "1900-03-01", id="first after the gap"),
        pytest.param(0, 1904, "1904-01-01", id="first day of 1904"),
    ],
)
def test_serial_days(serial, epoch, expected):
    assert str(excel_day(serial, epoch=epoch)) == expected


@pytest.mark.parametrize(
    "serial", [60, 60.5, 0, -1, 99999, 1e9, float("nan"), float("inf"), "43166"]
)
def test_serial_days_that_never_were(serial):
    with pytest.raises(DateError):
        excel_day(serial)


# --- properties ------------------------------------------------------------------------------

any_day = st.dates(date(1900, 1, 1), date(2100, 12, 31))
arabic = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@settings(deadline=None)
@given(
    any_day,
    st.sampled_from(
        [
            (language, key, n)
            for language in LANGUAGES
            for key in ("months", "months_alt")
            for n in (0, -1)
        ]
    ),
    st.sampled_from(
        ["{d} {m} {y}", "{m} {d}, {y}", "{d}-{m}-{y}", "{y} {m} {d}", "{d:02d} {m} {y}"]
    ),
    st.sampled_from([str, str.upper, str.lower]),
    st.booleans(),
)
def test_named_months_come_back(day, table, pattern, case, in_arabic):
    language, key, which = table
    names = LANGUAGES[language][key][day.month - 1]
    name = names if isinstance(names, str) else names[which]
    if not (language == "tr" and case is str.lower):  # lower() gives İ two letters
        name = case(name)
    text = pattern.format(d=day.day, m=name, y=day.year)
    days = read_days(text.translate(arabic) if in_arabic else text, months=MONTHS)
    assert (days.first, days.last) == (day, day)


@settings(deadline=None)
@given(any_day, st.sampled_from("/.-"), st.sampled_from(["dmy", "mdy"]))
def test_numeric_days_come_back_or_are_refused(day, mark, order):
    parts = [f"{day.day:02d}", f"{day.month:02d}"]
    text = mark.join([*(parts if order == "dmy" else reversed(parts)), str(day.year)])
    assert read_days(text, order=order).first == day
    if day.day > 12 or day.day == day.month:
        assert read_days(text).first == day
    else:
        with pytest.raises(DateError, match="two ways"):
            read_days(text)


@settings(deadline=None)
@given(any_day, any_day, st.sampled_from(["/", "..", " / "]))
def test_intervals_come_back(one, other, mark):
    first, last = sorted((one, other))
    days = read_days(f"{first}{mark}{last}")
    assert (days.first, days.last) == (first, last)


@settings(deadline=None)
@given(st.datetimes(datetime(1950, 1, 1), datetime(2030, 1, 1)), st.integers(-12 * 60, 14 * 60))
def test_timestamps_become_local_days(moment, minutes):
    moment = moment.replace(tzinfo=UTC)
    shifted = moment.replace(tzinfo=None) + timedelta(minutes=minutes)
    sign = "-" if minutes < 0 else "+"
    text = f"{shifted:%Y-%m-%dT%H:%M:%S}{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    assert read_days(text).first == moment.astimezone(ZoneInfo("Asia/Damascus")).date()


@settings(deadline=None)
@given(any_day.filter(lambda day: day > date(1904, 1, 1)))
def test_serial_days_come_back(day):
    for epoch in (1900, 1904):
        start = date(1904, 1, 1) if epoch == 1904 else date(1899, 12, 30)
        assert excel_day((day - start).days, epoch=epoch) == day


PIECES = """2018 03 7 31 13 / - . .. : T Z +02:00 12:30 PM , ( ) April Mart نيسان كانون الثاني
апреля г. of th ٤ ٢٠١٨ 43166 İ ² 9999 0000 24:00 \u200f UTC"""


@settings(deadline=None)
@given(
    st.one_of(
        st.text(max_size=40),
        st.lists(st.sampled_from([*PIECES.split(), " "]), max_size=9).map("".join),
    )
)
def test_any_text_is_days_or_a_date_error(text):
    message = ""
    try:
        days = read_days(text, months=MONTHS)
    except DateError as error:
        message = str(error)
    if message:
        assert "\n" not in message
    else:
        assert days.first <= days.last
        assert days.first.year >= 1899
        assert days.last.year <= 2101
        if days.precision is Precision.DAY:
            assert days.first == days.last
