"""Charts: what is drawn is what the numbers say, on the right day, and mirrored in Arabic."""

from __future__ import annotations

import base64
import datetime as dt
import math
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from dezone.report.charts.chart import Chart, Range, Ratio
from dezone.report.charts.panels import Panel, PanelChart
from dezone.report.charts.rows import Group, RangeChart, RangeRow, RatioChart, RatioRow
from dezone.report.charts.weeks import Lane, Mark, PhaseSpan, TimeChart
from geodata.atlas import read_atlas
from maps.print.typesetting import to_png
from maps.style import tint

ATLAS = read_atlas()
LANGUAGES = ATLAS.meta.languages
WIDTHS = (820.0, 320.0)
MONDAY = dt.date(2017, 3, 6)


def common(key: str, language: str = "en") -> dict[str, Any]:
    return {
        "key": key,
        "title": "Title <&> of the chart",
        "unit": "Incidents a week",
        "about": "What it shows",
        "source": "Source: a.csv",
        "language": language,
        "words": ATLAS.words(language),
    }


def weeks(language: str = "en", **changes: Any) -> TimeChart:
    count = 30
    low = tuple(float(n % 5) for n in range(count))
    chart = TimeChart(
        starts=tuple(MONDAY + dt.timedelta(weeks=n) for n in range(count)),
        stop=MONDAY + dt.timedelta(weeks=count),
        low=low,
        best=tuple(value + n % 3 for n, value in enumerate(low)),
        high=tuple(value + n % 3 + n % 4 for n, value in enumerate(low)),
        partial=(True, *[False] * (count - 1)),
        tint=tint(1),
        lanes=(
            Lane(
                "Zone",
                tint(1),
                (
                    PhaseSpan("declared", dt.date(2017, 5, 6), dt.date(2017, 8, 1)),
                    PhaseSpan("arranged", dt.date(2017, 8, 1), dt.date.max),
                ),
            ),
        ),
        rounds=(Mark(dt.date(2017, 5, 4), "4"), Mark(dt.date(2019, 1, 1), "9")),
        events=(Mark(dt.date(2017, 5, 6), ""), Mark(dt.date(2017, 8, 1), "")),
        number=lambda value: f"{value:g}",
        **common("weeks", language),
    )
    return replace(chart, **changes)


def intervals(language: str = "en") -> RatioChart:
    def row(label: str, relative: Any, alone: Any, missing: str = "") -> RatioRow:
        outer = None if relative is None else (relative[1] / 2, relative[2] * 2)
        value = "" if relative is None else str(relative[0])
        return RatioRow(
            label=label,
            days="6 May 2017",
            relative=None if relative is None else Ratio(*relative),
            outer=outer,
            alone=None if alone is None else Ratio(*alone),
            value=value,
            missing=missing,
        )

    rows = (
        row("Half as many", (0.5, 0.25, 1.0), (0.6, 0.3, 1.2)),
        row("Beyond the scale", (3.0, 0.0, 90.0), None),
        row("None", None, None, "not estimable: too few"),
    )
    return RatioChart(
        groups=(Group("Zone", tint(2), rows),),
        number=lambda value: f"{value:g}",
        **common("change", language),
    )


def ranges(language: str = "en") -> RangeChart:
    rows = tuple(
        RangeRow(
            label=phase, days="2017", phase=phase, range=Range(low, low + 1, low + 3), value="v"
        )
        for phase, low in (("", 4.0), ("declared", 0.0), ("contested", 7.0))
    )
    return RangeChart(
        groups=(Group("Zone", tint(3), rows),),
        number=lambda value: f"{value:g}",
        **common("phases", language),
    )


def matrix(language: str = "en", *, log: bool = False) -> PanelChart:
    ratios = (Ratio(1.0, 0.5, 2.0), Ratio(0.5, 0.25, 1.0), None)
    rows = ratios if log else (Range(1, 2, 3), Range(2, 4, 8), None)
    panels = tuple(Panel(name=n, under=("u",), tint=tint(1), rows=rows) for n in ("a", "b"))
    return PanelChart(
        labels=("asked", "other", "third"),
        panels=panels,
        number=lambda value: f"{value:g}",
        **common("matrix", language),
    )


def every(language: str) -> list[Chart]:
    return [
        weeks(language),
        intervals(language),
        ranges(language),
        matrix(language),
        matrix(language, log=True),
    ]


def parsed(chart: Chart, width: float = 820.0, *, framed: bool = False) -> ET.Element:
    return ET.fromstring(chart.svg(width, framed=framed))  # noqa: S314  (our own)


def of_class(root: ET.Element, name: str) -> list[dict[str, str]]:
    return [e.attrib for e in root.iter() if name in e.get("class", "").split()]


def said(root: ET.Element) -> dict[str, tuple[float, float]]:
    """Where each text stands; of one that is there twice, where the last does."""
    return {
        "".join(e.itertext()).strip("\u2067\u2069"): (float(e.get("x", 0)), float(e.get("y", 0)))
        for e in root.iter()
        if e.tag.endswith("}text")
    }


def pole(attributes: dict[str, str]) -> float:
    found = re.match(r"M(-?[\d.]+) ", attributes["d"])
    assert found
    return float(found[1])


def steps(data: str) -> list[tuple[float, float, float, float]]:
    """Left, lower, upper and right of each rectangle of a path."""
    pattern = r"M(-?[\d.]+) (-?[\d.]+)V(-?[\d.]+)H(-?[\d.]+)V\2Z"
    assert re.sub(pattern, "", data) == ""
    return [tuple(map(float, m)) for m in re.findall(pattern, data)]  # type: ignore[misc]


def levels(root: ET.Element) -> tuple[float, float]:
    """The y of 0 and the height of one unit, from the labels of the axis."""
    texts = said(root)
    x, zero = texts["0"]
    top, y = max((float(t), y) for t, (at, y) in texts.items() if at == x and t.isdecimal())
    assert top > 0
    return zero - 3.6, (zero - y) / top  # a label stands 3.6 below what it labels


# -- weeks ----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("width", WIDTHS)
def test_steps_are_as_high_as_their_numbers(width, language):
    chart = weeks(language)
    root = parsed(chart, width)
    floor, unit = levels(root)
    (low,) = of_class(root, "low")
    assert [round((down - up) / unit, 1) for _, down, up, _ in steps(low["d"])] == [
        value for value in chart.low if value
    ]
    (band,) = of_class(root, "band")
    spans = [
        (round((floor - down) / unit, 1), round((floor - up) / unit, 1))
        for _, down, up, _ in steps(band["d"])
    ]
    assert spans == [(a, b) for a, b in zip(chart.low, chart.high, strict=True) if a != b]
    best = "".join(found["d"] for found in reversed(of_class(root, "best")))
    tops = [float(y) for y in re.findall(r"(?:M-?[\d.]+ |V)(-?[\d.]+)H", best)]
    assert [round((floor - y) / unit, 1) for y in tops] == list(chart.best)


@pytest.mark.parametrize("width", WIDTHS)
def test_time_stands_where_its_day_is(width):
    chart = weeks(low=(1.0,) * 30, best=(2.0,) * 30, high=(5.0,) * 30)
    root = parsed(chart, width)
    (low,) = of_class(root, "low")
    lefts = [left for left, *_ in steps(low["d"])]
    a_day = (lefts[-1] - lefts[0]) / (29 * 7)

    def day_at(x: float) -> float:
        return (x - lefts[0]) / a_day

    assert [day_at(left) for left in lefts] == pytest.approx([7 * n for n in range(30)], abs=0.1)
    marks = {
        "event": [mark.day for mark in chart.events],
        "round": [chart.rounds[0].day],  # the other lies beyond the chart
    }
    for name, days in marks.items():
        found = [day_at(pole(one)) for one in of_class(root, name)]
        assert found == pytest.approx([(day - MONDAY).days for day in days], abs=0.1)
    (declared,) = of_class(root, "declared")
    (arranged,) = of_class(root, "arranged")
    assert day_at(float(declared["x"]) - 0.6) == pytest.approx(61, abs=0.1)
    assert day_at(float(arranged["x"])) == pytest.approx(148, abs=0.1)
    end = float(arranged["x"]) + float(arranged["width"])
    assert day_at(end) == pytest.approx(210, abs=0.1)


@pytest.mark.parametrize("width", WIDTHS)
def test_time_runs_from_the_right_in_arabic(width):
    def line(language: str) -> list[float]:
        root = parsed(weeks(language), width)
        (low,) = of_class(root, "low")
        return [x for left, _, _, right in steps(low["d"]) for x in (left, right)]

    mirrored = [width - x for x in line("ar")]
    assert mirrored == pytest.approx(line("en"), abs=0.02)
    assert line("ar")[0] > line("ar")[-1]


def test_a_week_covered_in_part_is_dashed_and_told():
    root = parsed(weeks())
    (dashed,) = of_class(root, "partial")
    assert dashed["stroke-dasharray"]
    assert dashed["d"].count("H") == 1
    word = ATLAS.words("en")["report"]["chart"]["partial"]
    assert word in said(root)
    assert word not in said(parsed(weeks(partial=(False,) * 30)))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=2, max_size=60),
    st.sampled_from(WIDTHS),
)
def test_no_number_leaves_the_chart(values, width):
    values = tuple(values)
    count = len(values)
    chart = weeks(
        starts=tuple(MONDAY + dt.timedelta(weeks=n) for n in range(count)),
        stop=MONDAY + dt.timedelta(weeks=count),
        low=(0.0,) * count,
        best=values,
        high=values,
        partial=(False,) * count,
    )
    root = parsed(chart, chart.least_width(width))
    wide, tall = float(root.attrib["width"]), float(root.attrib["height"])
    for band in of_class(root, "band"):
        for left, down, up, right in steps(band["d"]):
            assert 0 <= left < right <= wide
            assert 0 < up < down < tall


# -- ratios and ranges ----------------------------------------------------------------------


def span(attributes: dict[str, str]) -> tuple[float, float]:
    found = re.fullmatch(r"M(-?[\d.]+) [-\d.]+H(-?[\d.]+)", attributes["d"])
    assert found
    return float(found[1]), float(found[2])


@pytest.mark.parametrize("width", WIDTHS)
def test_half_and_double_lie_equally_far_from_no_change(width):
    root = parsed(intervals(), width)
    (one,) = of_class(root, "one")
    half, beyond = of_class(root, "relative")
    low, high = span(half)
    assert high == pytest.approx(pole(one), abs=0.02)  # its interval ends at 1
    ticks = said(root)
    if width == WIDTHS[0]:
        assert low == pytest.approx(ticks["0.25"][0], abs=0.02)
    a_doubling = (high - low) / 2
    middle = [float(e.get("cx", 0)) for e in root.iter() if e.tag.endswith("circle")]
    assert any(abs(x - (high - a_doubling)) < 0.02 for x in middle)
    # What goes on beyond the scale ends at its edges, with a tip on either side.
    start, end = span(beyond)
    assert math.isclose(high - start, end - high, abs_tol=0.1)
    assert len(of_class(root, "beyond")) == 2


@pytest.mark.parametrize(("ratio", "low", "high"), [(0.0, 0.0, 0.4), (math.inf, 2.0, math.inf)])
def test_an_interval_that_is_open_has_a_tip_and_no_dot_where_it_goes_on(ratio, low, high):
    chart = intervals()
    row = replace(chart.groups[0].rows[0], relative=Ratio(ratio, low, high), outer=None, alone=None)
    root = parsed(replace(chart, groups=(Group("Zone", tint(2), (row,)),)))
    (line,) = of_class(root, "relative")
    (one,) = of_class(root, "one")
    start, end = span(line)
    assert (end < pole(one)) if low == 0 else (start > pole(one))
    assert len(of_class(root, "beyond")) == 1
    dots = [e for e in root.iter() if e.tag.endswith("circle")]
    assert len(dots) == 2  # those of the legend


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_cannot_be_estimated_is_said_and_not_drawn(language):
    root = parsed(intervals(language))
    assert "not estimable: too few" in " ".join(said(root))
    assert len(of_class(root, "relative")) == 2  # of three rows
    assert len(of_class(root, "alone")) == 1


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_bars_are_as_long_as_their_numbers(language, width):
    chart = ranges(language)
    root = parsed(chart, width)
    rows = chart.groups[0].rows
    lows = [float(bar["width"]) for bar in of_class(root, "low")]
    bands = [float(bar["width"]) for bar in of_class(root, "band")]
    unit = bands[0] / 3
    assert bands == pytest.approx([unit * 3] * 3, abs=0.05)
    assert lows == pytest.approx([unit * row.range.low for row in rows if row.range.low], abs=0.1)
    ticks = [pole(best) for best in of_class(root, "best")]
    start = float(of_class(root, "low")[0]["x"])
    zero = start if language == "en" else start + lows[0]
    along = [abs(tick - zero) / unit for tick in ticks]
    assert along == pytest.approx([row.range.best for row in rows], abs=0.02)


def test_panels_of_ratios_share_one_scale_and_those_of_totals_say_theirs():
    root = parsed(matrix(log=True))
    lines = [span(one) for one in of_class(root, "relative")]
    first, second = lines[:2], lines[2:]
    shift = second[0][0] - first[0][0]
    moved = [x + shift for line in first for x in line]
    assert moved == pytest.approx([x for line in second for x in line], abs=0.05)
    assert list(said(root)).count(ATLAS.words("en")["report"]["chart"]["none"]) == 1


# -- all of them ----------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_charts_are_well_formed_the_same_each_time_and_have_a_name(language):
    for chart, again in zip(every(language), every(language), strict=True):
        for width in WIDTHS:
            for framed in (False, True):
                text = chart.svg(width, framed=framed)
                assert text == again.svg(width, framed=framed)
                root = ET.fromstring(text)  # noqa: S314  (our own)
                assert root.get("role") == "img"
                assert root.get("aria-label", "").startswith("Title <&> of the chart")
                assert (chart.source in said(root)) is framed
                assert "://" not in text.replace("http://www.w3.org/2000/svg", "")
                assert not re.search(r"<(script|style|image|a|foreignObject)\b|\son\w+=", text)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_drawn_beyond_the_chart(language, width, page: Page):
    page.set_content("<body>" + "".join(c.svg(width, framed=False) for c in every(language)))
    outside = page.evaluate(
        """() => [...document.querySelectorAll("svg")].flatMap(svg => {
          const box = svg.getBoundingClientRect();
          return [...svg.querySelectorAll("text")].filter(text => {
            const own = text.getBoundingClientRect();
            return own.left < box.left - 2 || own.right > box.right + 2
              || own.top < box.top - 2 || own.bottom > box.bottom + 2;
          }).map(text => text.textContent);
        })"""
    )
    assert outside == []


@pytest.mark.parametrize("language", ["en", "ar"])
def test_png_looks_the_same_as_svg(language, page: Page):
    for chart in every(language)[:2]:
        drawing = chart.draw(900, framed=True)
        svg = drawing.svg(title=chart.title, language=language)
        png = to_png(drawing, title=chart.title, language=language, scale=1.0)
        assert png == to_png(drawing, title=chart.title, language=language, scale=1.0)
        pictures = [
            f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}",
            f"data:image/png;base64,{base64.b64encode(png).decode()}",
        ]
        differ = page.evaluate(
            """async sources => {
              const [across, down] = [45, 20];
              const cells = [];
              for (const source of sources) {
                const image = new Image();
                image.src = source;
                await image.decode();
                const canvas = document.createElement("canvas");
                [canvas.width, canvas.height] = [across * 10, down * 10];
                const pen = canvas.getContext("2d");
                pen.drawImage(image, 0, 0, canvas.width, canvas.height);
                const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
                const sums = new Float64Array(across * down);
                for (let i = 0; i < data.length / 4; i += 1) {
                  const x = Math.floor((i % canvas.width) / 10);
                  const y = Math.floor(i / canvas.width / 10);
                  sums[y * across + x] += (data[4 * i] + data[4 * i + 1] + data[4 * i + 2]) / 300;
                }
                cells.push(sums);
              }
              const gaps = [...cells[0]].map((value, n) => Math.abs(value - cells[1][n]));
              return { most: Math.max(...gaps), mean: gaps.reduce((a, b) => a + b) / gaps.length };
            }""",
            pictures,
        )
        assert differ["mean"] < 1.5
        assert differ["most"] < 45
