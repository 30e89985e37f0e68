"""The page of a report: what it says and draws, in every language, whatever the file held."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import pytest
from atlases import extent, square, write_atlas
from click.testing import CliRunner
from conftest import PageLog
from playwright.sync_api import Browser, Page

from dezone.cli import main
from dezone.report import Report, make_report
from dezone.report.files import PAGE, REPORT, page_of, report_files
from dezone.report.page import render_report
from dezone.report.plots import charts_of
from dezone.report.words import say_headline, summarize
from geodata.atlas import Atlas, read_atlas
from zones.tables.question import ask

ATLAS = read_atlas()
LANGUAGES = ATLAS.meta.languages
AXE = Path(__file__).parents[2] / "maps" / "web" / "node_modules" / "axe-core" / "axe.min.js"

PLACES = {  # within a zone each, and the last beyond all of them
    "Idlib": (35.9306, 36.6339),
    "Rastan": (34.9269, 36.7325),
    "Douma": (33.5717, 36.4027),
    "Nawa": (32.8886, 36.0408),
    "Raqqa": (35.95, 39.01),
}
HOSTILE = "<img src=x onerror=alert(1)>\u202e{{7*7}}"


def rows(*, until: dt.date = dt.date(2017, 8, 13)) -> Iterator[str]:
    """Two incidents a week in each place, and six a week in Idlib before the memorandum."""
    day = dt.date(2017, 3, 1)
    while day <= until:
        for n, (latitude, longitude) in enumerate(PLACES.values()):
            often = 1 if n == 0 and day < dt.date(2017, 5, 6) else 3
            if (day.toordinal() + n) % often == 0 and (day.toordinal() * 7 + n) % 5:
                yield f"{day},{latitude},{longitude},{(day.toordinal() + n) % 4}"
        day += dt.timedelta(days=1)


def report_on(folder: Path, lines: list[str], *, name: str = "incidents.csv", **options) -> Report:
    file = folder / name
    file.write_text("date,latitude,longitude,deaths\n" + "\n".join(lines) + "\n", "utf-8")
    return make_report(file, **options)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return report_on(tmp_path_factory.mktemp("report"), list(rows()))


@pytest.fixture(scope="module")
def folder(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("written")
    return write(report_files(report, ATLAS, language="en"), target)


def write(files: dict[str, bytes], folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def opened(page: Page, path: Path, language: str, *, more: str = "") -> Page:
    page.goto(f"{path.as_uri()}#lang={language}{more}")
    page.wait_for_selector("[data-ready]")
    return page


def text_of(html: str) -> str:
    return re.sub(r"<[^>]*>", "", html)


# -- files ----------------------------------------------------------------------------------


def test_each_chart_lies_beside_the_page_as_svg_and_png_and_the_page_links_to_it(report, folder):
    charts = charts_of(report, ATLAS, "en")
    keys = [chart.key for chart in charts]
    assert keys[-4:] == ["change", "phases", "totals", "shifts"]
    assert {f"{measure}-{area}" for area in report.areas for measure in ("incidents", "deaths")} < {
        *keys
    }
    beside = {f"chart-{key}.{suffix}" for key in keys for suffix in ("svg", "png")}
    names = {path.name for path in folder.iterdir()}
    assert {name for name in names if name.startswith("chart-")} == beside
    html = (folder / PAGE).read_text("utf-8")
    links = set(re.findall(r'<a[^>]* href="([^#"]+)"', html))
    assert links == names - {PAGE}


def test_the_same_report_gives_the_same_bytes(report, folder):
    for name, content in report_files(report, ATLAS, language="en").items():
        assert content == (folder / name).read_bytes()


def test_the_page_tells_of_the_tables_and_of_the_document_written_after_it(report):
    html = page_of(report, ATLAS, "tr", {"weeks.csv": b"week\n"}).decode()
    for name in ("weeks.csv", REPORT):
        assert f'<a href="{name}" download dir="ltr">' in html


# -- what it says ---------------------------------------------------------------------------


def test_the_page_leads_with_each_zone_drawn_small_and_a_sentence_of_it(report, folder):
    html = (folder / PAGE).read_text("utf-8")
    lead = html[html.index('id="glance"') : html.index('id="findings"')]
    assert html.index("<h2 ") == html.index('<h2 id="glance"')
    told = re.findall(r"<article[^>]*>(.*?)</article>", lead, re.DOTALL)
    assert len(told) == len(report.areas) - 1, "the rest of the country is no zone"
    for article in told:
        assert article.count("<svg") == len(LANGUAGES)
    signs = [one.signs[1] for one in report.findings if one.area == "idlib" and one.signs]
    counts = {sign: signs.count(sign) for sign in ("fall", "rise", "open")}
    said = text_of(told[0])
    assert sum(counts.values()) > 0
    assert f"rest of the country: {sum(counts.values())}; fewer" in said
    assert f"afterwards: {counts['fall']}, more: {counts['rise']}" in said


def test_every_finding_stands_on_the_page_before_any_number(report, folder):
    html = (folder / PAGE).read_text("utf-8")
    findings = html[html.index('id="findings"') : html.index('id="numbers"')]
    said = text_of(findings)
    for language in LANGUAGES:
        for finding in report.findings:
            headline = say_headline(finding, ATLAS, language=language)
            assert headline is None or headline in said
    assert any("rise" in f.code or "fall" in f.code for f in report.findings)


def test_the_tables_hold_the_numbers_of_the_charts(report, folder):
    html = (folder / PAGE).read_text("utf-8")
    figure = re.search(r'<figure[^>]* id="chart-incidents-idlib">(.*?)</figure>', html, re.DOTALL)
    assert figure
    cells = re.findall(r'<th scope="row"><bdi dir="ltr">([^<]*)</bdi></th>(.*?)</tr>', figure[1])
    lines = report.weeks.areas["idlib"]
    assert [dt.date.fromisoformat(day) for day, _ in cells] == list(report.weeks.starts)
    for (_, row), *counts in zip(
        cells, lines.sure.incidents, lines.best.incidents, lines.possible.incidents, strict=True
    ):
        numbers = [text_of(cell) for cell in re.findall(r"<td>(.*?)</td>", row)]
        assert numbers == [f"{count:g}" for count in counts]


def test_the_terminal_says_it_in_at_most_twelve_lines(report):
    for language in LANGUAGES:
        said = click.unstyle(summarize(ATLAS, report, language))
        lines = said.splitlines()
        assert 3 <= len(lines) <= 11  # and the place of the page
        zone = ATLAS.zone("idlib").name[language]
        assert any(line.startswith(zone) and "2017-05-06" in line for line in lines)
        assert ATLAS.words(language)["report"]["brief"]["caveat"][:40] in said


def test_the_terminal_says_so_where_nothing_could_be_counted(tmp_path):
    found = report_on(tmp_path, [",35.9306,36.6339,1"])
    assert said("no_counted") in summarize(ATLAS, found, "en").replace("\n", " ")


def test_the_command_ends_with_where_the_page_is(tmp_path):
    file = tmp_path / "incidents.csv"
    file.write_text("date,latitude,longitude\n2017-06-01,35.9306,36.6339\n")
    target = tmp_path / "report"
    found = CliRunner().invoke(main, ["report", str(file), "-o", str(target), "--lang", "ar"])
    assert found.exit_code == 0, found.output
    lines = found.stdout.splitlines()
    assert len(lines) <= 12
    assert lines[-1] == str(target / PAGE)
    html = (target / PAGE).read_text("utf-8")
    assert '<html lang="ar" dir="rtl"' in html
    assert 'href="report.json"' in html


@pytest.mark.parametrize("before", [True, False])
def test_where_nothing_was_counted_on_one_side_the_interval_is_open_and_said(before, tmp_path):
    border = "2017-05-06"
    lines = [line for line in rows() if ",36.6339," not in line or (line[:10] < border) is before]
    found = report_on(tmp_path, lines)
    idlib = next(c for c in found.changes if c.area == "idlib" and c.event.endswith(border))
    assert idlib.best.low is not None
    assert (idlib.best.ratio == 0) if before else (idlib.best.ratio is None)
    (chart,) = [c for c in charts_of(found, ATLAS, "en") if c.key == "change"]
    words = ATLAS.words("en")["report"]["finding"]["from_up"].format(low="")
    text = text_of(chart.svg(820, framed=False))
    assert "inf" not in text
    assert (words in text) is not before
    html = render_report(found, ATLAS, language="en")
    assert "inf" not in re.findall(r"<td>[^a-z]*inf", html)


# -- in a browser ---------------------------------------------------------------------------


FAULTS = (
    "axe.run({resultTypes: ['violations']})"
    ".then(run => run.violations.map(one => [one.id, one.nodes[0].html]))"
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_every_language_the_page_is_whole_readable_and_silent(
    language, page: Page, folder, report
):
    words = ATLAS.words(language)
    opened(page, folder / PAGE, language)
    assert page.locator("h1").inner_text() == words["report"]["page"]["title"]
    assert page.evaluate("document.documentElement.dir") == words["direction"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    shown = "els => els.filter(e => e.getClientRects().length).map(e => e.closest('.w').lang)"
    charts = len(charts_of(report, ATLAS, language))
    assert page.eval_on_selector_all(".plots svg", shown) == [language] * charts
    page.evaluate(AXE.read_text("utf-8"))
    # Of the other languages nothing is shown; without them it takes a fifth of the time.
    page.evaluate(
        "l => document.querySelectorAll(`.w:not([lang=${l}])`).forEach(e => e.remove())", language
    )
    assert page.evaluate(FAULTS) == []

    page.set_viewport_size({"width": 360, "height": 780})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.eval_on_selector_all(".plots svg", shown) == [language] * charts
    outside = page.evaluate(
        """() => [...document.querySelectorAll(".plots svg")]
          .filter(svg => svg.getClientRects().length)
          .filter(svg => svg.getBoundingClientRect().width > svg.closest(".plots").scrollWidth + 1)
          .length"""
    )
    assert outside == 0


def test_the_language_changes_in_place_and_digits_with_it(page: Page, folder):
    opened(page, folder / PAGE, "en")
    page.get_by_role("button", name="العربية").click()
    assert page.evaluate("document.documentElement.lang") == "ar"
    ticks = (
        "[...document.querySelectorAll('.plots .w[lang=ar] .wide text')].map(t => t.textContent)"
    )
    assert not re.search("[٠-٩]", " ".join(page.evaluate(ticks)))
    opened(page, folder / PAGE, "ar", more="&digits=arab")
    page.reload()
    page.wait_for_selector("[data-ready]")
    assert re.search("[٠-٩]", " ".join(page.evaluate(ticks)))


def test_the_page_prints_on_a4_with_its_wide_charts(page: Page, folder):
    opened(page, folder / PAGE, "en")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 990})
    shown = "els => els.filter(e => e.getClientRects().length).map(e => e.parentElement.className)"
    assert set(page.eval_on_selector_all(".plots svg", shown)) == {"wide"}
    assert page.evaluate("document.documentElement.scrollWidth") <= 700


def test_dates_from_which_no_change_can_be_told_are_one_line_an_area_and_open_on_paper(
    page: Page, report, folder
):
    opened(page, folder / PAGE, "en")
    silent = {
        area: [
            one
            for one in report.findings
            if one.area == area and one.event and not re.search("fall|rise", one.code)
        ]
        for area in report.areas
    }
    folded = page.locator("details.folded")
    counts = [len(found) for found in silent.values() if found]
    assert counts, "the file has dates from which nothing can be told"
    lines = folded.locator("summary").all_inner_texts()
    assert [int(re.search(r"\d+", line)[0]) for line in lines] == counts
    assert folded.locator(".told").count() == sum(counts)
    assert not any(one.is_visible() for one in folded.locator(".told").all())
    assert page.locator(".finding > .told .open").count() == 0
    folded.first.locator("summary").press("Enter")
    assert folded.first.locator(".told").first.is_visible()
    page.evaluate(
        "addEventListener('beforeprint', () => window.shown ="
        " document.querySelectorAll('details.folded[open]').length)"
    )
    page.pdf()
    assert page.evaluate("window.shown") == len(counts)
    assert page.locator("details.folded[open]").count() == 1, "as its reader left it"


def test_text_of_the_file_does_nothing(page: Page, tmp_path):
    file = tmp_path / "incidents.csv"
    head = f'date,latitude,longitude,"deaths {HOSTILE}"'
    file.write_text(head + "\n" + "\n".join(rows(until=dt.date(2017, 7, 30))) + "\n", "utf-8")
    found = make_report(file)
    name = f"{HOSTILE}</title></script><script>alert(1)</script>.csv"
    columns = {**found.input.columns, "deaths": f'deaths "{HOSTILE}'}
    given = msgspec.structs.replace(found.input, name=name, columns=columns, source="<b>acled")
    hostile = msgspec.structs.replace(found, input=given)
    written = write(report_files(hostile, ATLAS, language="en"), tmp_path / "report")
    html = (written / PAGE).read_text("utf-8")
    assert "\u202e" not in html
    assert html.count("<script") == 2
    opened(page, written / PAGE, "ar")
    assert page.evaluate("document.querySelectorAll('img, b').length") == 0
    assert "alert(1)" in page.locator(".subtitle").inner_text()
    for path in written.glob("*.svg"):
        assert not re.search(r"<(img|script|b)\b", path.read_text("utf-8"))


# -- files with little in them --------------------------------------------------------------


def notices(html: str) -> list[str]:
    found = re.findall(r'<p class="notice">(.*?)</p>', html)
    words = re.compile(r'<span class="w" lang="en">(.*?)</span>')
    return [words.findall(text)[0] for text in found]


def said(key: str, **values: str) -> str:
    return str(ATLAS.words("en")["report"]["page"][key]).format(**values)


@pytest.mark.parametrize(
    ("lines", "notice"),
    [
        pytest.param([",35.9306,36.6339,1"], said("no_counted"), id="no dates"),
        pytest.param(["2017-06-01,,,1"], said("no_counted"), id="no places"),
        pytest.param(
            ["2017-06-01,35.9306,36.6339,1"] * 3, said("one_day", day="1 June 2017"), id="one day"
        ),
        pytest.param(
            ["2017-06-05,35.9306,36.6339,1", "2017-06-09,35.9306,36.6339,1"],
            said("one_week"),
            id="one week",
        ),
        pytest.param(
            [f"2017-{m:02}-01,35.95,39.01,1" for m in range(1, 12)],
            said("no_inside"),
            id="no incident in any zone",
        ),
        pytest.param(
            [f"2012-{m:02}-01,35.9306,36.6339,1" for m in range(1, 12)],
            said("no_change"),
            id="years before the zones",
        ),
    ],
)
def test_a_file_with_little_in_it_gives_a_page_that_says_so(lines, notice, tmp_path):
    found = report_on(tmp_path, lines)
    html = render_report(found, ATLAS, language="en")
    assert notice in notices(html)
    for chart in charts_of(found, ATLAS, "en"):
        assert re.search(r'class="(best|low|relative|band)', chart.svg(820, framed=False))
    # No heading stands above nothing.
    assert not re.search(r"</h[234]>\s*(<h[234]|</section>)", html.replace("</h3><h4", ""))
    assert "None" not in text_of(html.split("<main>")[1].split("<script")[0])


def test_without_deaths_nothing_is_said_of_them(tmp_path):
    file = tmp_path / "incidents.csv"
    lines = [line.rpartition(",")[0] for line in rows(until=dt.date(2017, 7, 30))]
    file.write_text("date,latitude,longitude\n" + "\n".join(lines) + "\n")
    found = make_report(file)
    assert not any(chart.key.startswith("deaths") for chart in charts_of(found, ATLAS, "en"))
    html = render_report(found, ATLAS, language="en")
    assert said("no_deaths") in notices(html)
    assert said("deaths_in_force") not in html


def test_of_a_single_zone_all_zones_say_nothing_more(tmp_path, browser: Browser):
    folder = write_atlas(
        tmp_path / "atlas",
        phases={"alpha": [("declared", "2017-05-06"), ("ended", "2017-09-01")]},
        extents=[extent("alpha", "2017-05-06", "2017-09-01", square(36.6339, 35.9306))],
    )
    atlas: Atlas = read_atlas(folder)
    found = report_on(tmp_path, list(rows()), question=ask(atlas=atlas))
    keys = {chart.key for chart in charts_of(found, atlas, "en")}
    assert "incidents-alpha" in keys
    assert "incidents-all-zones" not in keys
    assert "incidents-rest" in keys
    path = tmp_path / "page.html"
    path.write_text(render_report(found, atlas, language="en"), "utf-8")
    log = PageLog()
    page = browser.new_page()
    log.watch(page)
    opened(page, path, "ar")
    page.close()
    assert log == PageLog()
