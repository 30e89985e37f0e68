"""Workbooks: each cell as it was last shown, whoever wrote it, and none that fills the memory."""

from __future__ import annotations

import datetime as dt
import io
import resource
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_reading_dirt import PLACE, Read
from test_reading_hostile import refused

from geodata.columns.opening import open_table
from geodata.formats.workbooks.book import kind_of
from geodata.formats.writing import write_table

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEAD = f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{MAIN}"><sheetData>'
TAIL = "</sheetData></worksheet>"
TITLES = ("date", "latitude", "longitude", "note")
# Styles 1 to 4: a day, a day and a time, a duration, a number in red.
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="3">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/>'
    '<numFmt numFmtId="165" formatCode="[h]:mm:ss"/>'
    '<numFmt numFmtId="166" formatCode="[Red]0.00&quot; days&quot;;General"/></numFmts>'
    '<cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs><cellXfs count="5">'
    '<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/>'
    '<xf numFmtId="166"/></cellXfs></styleSheet>'
)


def text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


HEADER = '<row r="1">' + "".join(map(text_cell, ("A1", "B1", "C1", "D1"), TITLES)) + "</row>"
ROW = '<row r="{0}"><c r="A{0}" s="1"><v>43166</v></c><c r="B{0}"><v>35.9306</v></c>' + (
    '<c r="C{0}"><v>36.6339</v></c>{1}</row>'
)


def book(
    path: Path,
    sheet: str | bytes | Iterable[str],
    *,
    shared: str | Iterable[str] = "",
    more: str = "",
) -> Path:
    """Write a workbook of one sheet from its XML."""
    relations = "".join(
        f'<Relationship Id="r{i}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(
            [("worksheet", "/xl/sheet.xml"), ("styles", "styles.xml"),
             ("sharedStrings", "strings.xml")]
        )
    )  # fmt: skip
    parts: dict[str, str | bytes | Iterable[str]] = {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{more}<sheets>'
        '<sheet name="S" sheetId="1" r:id="r0"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{relations}'
        "</Relationships>",
        "xl/styles.xml": STYLES,
        "xl/strings.xml": shared or f'<sst xmlns="{MAIN}"/>',
        "xl/sheet.xml": sheet,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            with archive.open(name, "w", force_zip64=True) as part:
                for piece in [content] if isinstance(content, str | bytes) else content:
                    part.write(piece if isinstance(piece, bytes) else piece.encode())
    return path


def cells(path: Path) -> dict[str, list[object]]:
    table = open_table(path)
    found = pa.Table.from_batches(list(table.scan(65536, None)), table.schema)
    return dict(found.to_pydict())


@pytest.mark.parametrize(
    "error", ["#REF!", "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#VALUE!"]
)
def test_an_error_stays_as_text_and_is_unreadable(tmp_path: Path, error: str) -> None:
    cell = f'<c r="{{}}" t="e"><v>{error}</v></c>'
    rows = (
        ROW.format(2, cell.format("D2"))
        + f'<row r="3">{cell.format("A3")}<c r="B3"><v>35.9306</v></c>{cell.format("C3")}</row>'
    )
    found = Read(book(tmp_path / "in.xlsx", HEAD + HEADER + rows + TAIL))
    assert found.places == [PLACE, None]
    assert found.days == ["2018-03-07", ""]
    date = "no-date" if error == "#N/A" else "unreadable-date"  # which says that there is none
    assert found.troubles == [(), ("unreadable-location", date)]
    assert cells(tmp_path / "in.xlsx") == {
        "date": ["2018-03-07", error],
        "latitude": [35.9306, 35.9306],
        "longitude": ["36.6339", error],
        "note": [error, None],
    }


LATE = dt.datetime(2018, 3, 7, 23, 59, 59)


@pytest.mark.parametrize(
    ("serial", "style", "value"),
    [
        pytest.param("43166", 1, dt.date(2018, 3, 7), id="day"),
        pytest.param("43166.99999999537", 2, LATE.replace(microsecond=999600), id="late"),
        pytest.param("43166.999999999999", 2, dt.date(2018, 3, 8), id="rounded by the number"),
        pytest.param("43166.99999999999", 2, LATE.replace(microsecond=999999), id="later"),
        pytest.param("43166.4166666667", 2, dt.datetime(2018, 3, 7, 10), id="15 digits"),
        pytest.param("43166.416666666664", 2, dt.datetime(2018, 3, 7, 10), id="17 digits"),
        pytest.param("59", 1, "1900-02-28", id="before the day that was not"),
        pytest.param("60", 1, "60", id="the day that was not"),
        pytest.param("61", 1, dt.date(1900, 3, 1), id="after the day that was not"),
        pytest.param("2958465", 1, dt.date(9999, 12, 31), id="last day"),
        pytest.param("2958466", 1, "2958466", id="beyond the last day"),
        pytest.param("-1", 1, "-1", id="before the first day"),
        pytest.param("0.4375", 2, "10:30:00", id="time without a day"),
        pytest.param("1.2534722222222223", 3, "30:05:00", id="duration"),
        pytest.param("-0.0000115740740740741", 3, "-0:00:01", id="duration below zero"),
        pytest.param("1e300", 3, "1e+300", id="duration without end"),
        pytest.param("43166.5", 4, 43166.5, id="number in red"),
        pytest.param("0.30000000000000004", 0, 0.30000000000000004, id="17 digits of a number"),
        pytest.param("9007199254740993", 0, 9007199254740992, id="no more digits than there are"),
        pytest.param("1E+2", 0, 100, id="exponent"),
        pytest.param("nan", 0, "nan", id="no number"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("way", ["", "<!-- parsed -->"])
def test_numbers_are_what_their_format_makes_them(
    tmp_path: Path, serial: str, style: int, value: object, way: str
) -> None:
    row = ROW.format(2, f'<c r="D2" s="{style}"><v>{serial}</v></c>')
    assert cells(book(tmp_path / "in.xlsx", HEAD + HEADER + row + way + TAIL))["note"] == [value]


def test_a_time_just_before_midnight_keeps_its_day(tmp_path: Path) -> None:
    row = ROW.format(2, "").replace('s="1"><v>43166', 's="2"><v>43166.99999999537')
    assert Read(book(tmp_path / "in.xlsx", HEAD + HEADER + row + TAIL)).days == ["2018-03-07"]


def test_a_duration_is_written_back_as_it_was(tmp_path: Path) -> None:
    row = ROW.format(2, '<c r="D2" s="3"><v>1.2534722222222223</v></c>')
    found = Read(book(tmp_path / "in.xlsx", HEAD + HEADER + row + TAIL))
    for suffix in ("csv", "xlsx", "json", "parquet"):
        write_table(tmp_path / f"out.{suffix}", found.source.schema, found.batches)
        assert cells(tmp_path / f"out.{suffix}")["note"] == ["30:05:00"]


def test_one_day_beyond_the_calendar_spoils_one_row(tmp_path: Path) -> None:
    rows = ROW.format(2, "") + ROW.format(3, "").replace("43166", "99999999")
    found = Read(book(tmp_path / "in.xlsx", HEAD + HEADER + rows + TAIL))
    assert found.days == ["2018-03-07", ""]
    assert found.troubles == [(), ("unreadable-date",)]


NOTE = 'a "q" &amp; &lt;b&gt; ,\n\t_x000D__x005F_x000D_ إدلب 😀'
NOTE_READ = 'a "q" & <b> ,\n\t\r_x000D_ إدلب 😀'


@pytest.mark.parametrize(
    ("sheet", "shared"),
    [
        pytest.param(text_cell("D2", NOTE), "", id="text in the cell"),
        pytest.param(f'<c r="D2" t="str"><f>A1</f><v>{NOTE}</v></c>', "", id="text of a formula"),
        pytest.param(
            '<c r="D2" t="s"><v>1</v></c>', f"<si><t/></si><si><t>{NOTE}</t></si>", id="shared"
        ),
        pytest.param(
            '<c r="D2" t="s"><v>0</v></c>',
            f"<si><r><rPr/><t>{NOTE[:3]}</t></r><r><t xml:space='preserve'>{NOTE[3:]}</t></r>"
            "<rPh sb='0' eb='1'><t>phonetic</t></rPh></si>",
            id="shared rich text",
        ),
        pytest.param(
            f'<c r="D2" t="inlineStr"><is><r><t>{NOTE}</t></r></is></c>', "", id="rich text"
        ),
        pytest.param(f"<c t='inlineStr' r='D2'><is><t>{NOTE}</t></is></c>", "", id="other quotes"),
        pytest.param(f'<c r="D2" t="str"><v><![CDATA[a]]>{NOTE[1:]}</v></c>', "", id="CDATA"),
        pytest.param(f'<c t="str">\n<v>{NOTE}</v>\n</c>', "", id="no place of its own"),
    ],
)  # fmt: skip
def test_a_text_is_the_same_however_it_is_kept(tmp_path: Path, sheet: str, shared: str) -> None:
    shared = shared and f'<sst xmlns="{MAIN}">{shared}</sst>'
    path = book(tmp_path / "in.xlsx", HEAD + HEADER + ROW.format(2, sheet) + TAIL, shared=shared)
    assert cells(path)["note"] == [NOTE_READ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_sheet_may_have_another_encoding_and_prefixes(tmp_path: Path, encoding: str) -> None:
    plain = HEAD + HEADER + ROW.format(2, text_cell("D2", "é")) + TAIL
    other = plain.replace("<", "<x:").replace("<x:/", "</x:").replace("<x:?", "<?")
    other = other.replace("xmlns=", "xmlns:x=").replace("UTF-8", encoding.removesuffix("-sig"))
    found = cells(book(tmp_path / "other.xlsx", other.encode(encoding)))
    assert found == cells(book(tmp_path / "plain.xlsx", plain))
    assert found["note"] == ["é"]


def test_rows_and_cells_may_come_in_any_order_and_blank_rows_stay(tmp_path: Path) -> None:
    rows = ROW.format(4, text_cell("D4", "b")) + ROW.format(2, text_cell("D2", "a"))
    found = cells(book(tmp_path / "in.xlsx", HEAD + HEADER + rows + TAIL))
    assert found["note"] == ["a", None, "b"]


VALUES = st.one_of(
    st.none(),
    st.integers(-(2**53), 2**53),
    st.floats(-1e300, 1e300),
    st.booleans(),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8)
    .filter(lambda text: "_x" not in text and not text.startswith("=") and text < "\ufffe"),
    st.dates(dt.date(1900, 3, 1)),
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=8))
def test_both_ways_of_reading_give_what_openpyxl_wrote(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[object, object]]
) -> None:
    folder = tmp_path_factory.mktemp("book")
    made = openpyxl.Workbook()
    for row in [("a", "b"), *rows]:
        made.active.append(row)
    made.save(folder / "plain.xlsx")
    with (
        zipfile.ZipFile(folder / "plain.xlsx") as plain,
        zipfile.ZipFile(folder / "parsed.xlsx", "w") as parsed,
    ):
        for name in plain.namelist():
            content = plain.read(name)
            if "sheet1" in name or "sharedStrings" in name:
                content = content.replace(b"</row>", b"<!-- --></row>").replace(
                    b"<si>", b"<si><!-- -->"
                )
            parsed.writestr(name, content)
    found = cells(folder / "plain.xlsx")
    assert found == cells(folder / "parsed.xlsx")
    read = [
        {said(c.value) for c in row if c.value is not None}
        for row in openpyxl.load_workbook(folder / "plain.xlsx").active.iter_rows(min_row=2)
    ]
    for i, (a, b) in enumerate(zip(found["a"], found["b"], strict=True)):
        assert {said(x) for x in (a, b) if x is not None} <= read[i]


def said(value: object) -> str:
    """Return what a mixed column says of a value."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float | int):
        whole = float(value).is_integer() and abs(value) <= 2**53
        return str(int(value)) if whole else repr(float(value))
    if isinstance(value, dt.datetime):
        value = value.date() if value.time() == dt.time() else value
    return str(value)


# -- bounds -------------------------------------------------------------------------------------


def repeated(text: str, times: int, block: int = 10_000) -> Iterator[str]:
    for _ in range(times // block):
        yield text * block


def numbered(times: int, cell: str) -> Iterator[str]:
    for i in range(3, times + 3):
        yield f'<row r="{i}">{cell.replace("#", str(i))}</row>'


def sheet(*parts: Iterable[str]) -> Iterator[str]:
    yield HEAD + HEADER + ROW.format(2, "")
    for part in parts:
        yield from part
    yield TAIL


def sst(*parts: Iterable[str]) -> Iterator[str]:
    yield f'<sst xmlns="{MAIN}">'
    for part in parts:
        yield from part
    yield "</sst>"


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


@pytest.mark.parametrize(
    ("rows", "shared", "expected"),
    [
        pytest.param(
            lambda: numbered(50_000, '<c r="D#" t="s"><v>0</v></c>'),
            lambda: sst([f"<si><t>{'x' * 50_000}</t></si>"]),
            "one text stands in very many",
            id="one long text in many cells",
        ),
        pytest.param(
            list, lambda: sst(repeated("<si><t/></si>", 11_000_000)), "made to ",
            id="many texts",
        ),
        pytest.param(
            lambda: repeated('<row r="3"><c r="A3"/></row>', 5_000_000), list, "made to ",
            id="many cells",
        ),
        pytest.param(
            lambda: repeated("<row><c><v>1</v></c></row>", 700_000), list, "made to ",
            id="many cells that have to be parsed",
        ),
        pytest.param(
            lambda: ['<row r="3">', *repeated("<c>", 20_000), "</row>"], list, "broken one",
            id="cells in cells",
        ),
        pytest.param(
            lambda: ['<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'], list,
            "right of its 4 columns, up to column XFD", id="one cell far away",
        ),
        pytest.param(
            lambda: ['<row r="1048576"><c r="A1048576"><v>1</v></c></row>'], list,
            "1048573 blank rows in between", id="one cell far below",
        ),
        pytest.param(
            lambda: ['<row r="1048577"><c r="A1048577"><v>1</v></c></row>'], list,
            "a cell beyond 1048576 rows", id="one cell below the last",
        ),
        pytest.param(
            lambda: ['<row r="3"><c r="XFE3"><v>1</v></c></row>'], list,
            "a cell beyond 1048576 rows or 16384 columns", id="one cell beside the last",
        ),
        pytest.param(
            lambda: ['<row r="3"><c r="A99999999999"><v>1</v></c></row>'], list, "broken one",
            id="one cell beyond all numbers",
        ),
        pytest.param(
            lambda: ['<row r="3"><c r="B3"><v>1</v></c><c r="B3"><v>2</v></c></row>'], list,
            "a cell twice", id="a cell twice",
        ),
        pytest.param(
            lambda: ['<row r="3"><c r="B3" t="s"><v>-1</v></c></row>'], list,
            "a shared text that is not there", id="a text that is not there",
        ),
    ],
)  # fmt: skip
def test_a_small_workbook_does_not_become_large(
    tmp_path: Path, rows: object, shared: object, expected: str
) -> None:
    path = book(tmp_path / "in.xlsx", sheet(rows()), shared=shared())  # type: ignore[operator]
    assert path.stat().st_size < 2_000_000
    before = peak_mb()
    assert expected in refused(path)
    assert peak_mb() - before < 600


def test_entities_are_refused(tmp_path: Path) -> None:
    xml = HEAD.replace("<worksheet", '<!DOCTYPE w [<!ENTITY a "b">]><worksheet')
    path = book(tmp_path / "in.xlsx", xml + HEADER + ROW.format(2, text_cell("D2", "&a;")) + TAIL)
    assert "a document type" in refused(path)
    path = book(tmp_path / "in.xlsx", HEAD + HEADER + ROW.format(2, text_cell("D2", "&a;")) + TAIL)
    assert "broken one" in refused(path)


def test_parts_that_lie_about_themselves_are_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "in.xlsx", HEAD + HEADER + ROW.format(2, "") + TAIL)
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/sheet.xml").file_size
    for changed in (size - 1, size + 1, 1 << 30):
        lie = whole.replace(size.to_bytes(4, "little"), changed.to_bytes(4, "little"))
        path.write_bytes(lie)
        refused(path)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive, zipfile.ZipFile(path, "w") as twice:
        for name in archive.namelist():
            twice.writestr(name, archive.read(name))
        with pytest.warns(UserWarning, match="Duplicate name"):
            twice.writestr("xl/sheet.xml", HEAD + HEADER + TAIL)
    assert "twice" in refused(path)


def test_another_format_called_a_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("date,latitude,longitude\n2018-03-07,35.9,36.6\n")
    assert "expected a whole workbook" in refused(path, format="xlsx")


@pytest.mark.parametrize(
    ("code", "kind"), [("[y", 0), ('"', 0), ("[h", 0), ("\\", 0), ("yyyy", 1), ("[h]:mm", 2)]
)
def test_a_format_of_a_million_characters_is_read_at_once(code: str, kind: int) -> None:
    assert kind_of(code * (500_001 if len(code) < 3 else 1)) == kind
