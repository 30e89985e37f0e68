"""Tables of Excel 97 (.xls), LibreOffice (.ods) and Stata (.dta): as from XLSX, and in bounds."""

from __future__ import annotations

import datetime as dt
import struct
import zipfile
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
import pytest
from old_tables import globals_of, in_compound, ods, record, xls
from test_reading_dirt import PLACE, Read
from test_reading_hostile import refused
from test_workbook import cells

from dezone.cli import main
from geodata.columns.opening import open_table

TITLES = [("text", title) for title in ("id", "date", "latitude", "longitude", "note")]
LATE = dt.datetime(2018, 3, 7, 23, 59, 59)
SERIAL = 43166 + 86399 / 86400


def rows(kind: str, *, epoch: int = 1900) -> list[list[Any]]:
    """Return rows with a cell of each kind; .ods writes days and spans as ISO has them."""
    apart = 1462 if epoch == 1904 else 0
    day, late, span, yes = (
        ("2018-03-07", LATE.isoformat(), "PT30H00M00S", "true")
        if kind == "ods"
        else (43166 - apart, SERIAL - apart, 1.25, True)
    )
    place = [("number", PLACE[0]), ("number", PLACE[1])]
    return [
        TITLES,
        [("text", "إدلب"), ("day", day), *place, ("truth", yes)],
        [("text", "b"), ("moment", late), *place, ("span", span)],
        [None, ("error", "#DIV/0!"), ("error", "#REF!"), place[1], ("text", " a\n b")],
    ]


def written(path: Path, sheets: dict[str, Any], epoch: int = 1900) -> Path:
    if path.suffix == ".ods":
        path.write_bytes(ods(sheets, first="1904-01-01" if epoch == 1904 else "1899-12-30"))
    else:
        path.write_bytes(xls(sheets, epoch=epoch))
    return path


@pytest.fixture(params=["xls", "ods"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("epoch", [1900, 1904])
def test_every_kind_of_cell_is_read_as_from_xlsx(tmp_path: Path, kind: str, epoch: int) -> None:
    path = written(tmp_path / f"in.{kind}", {"S": rows(kind, epoch=epoch), "empty": []}, epoch)
    assert open_table(path).epoch == epoch
    found = cells(path)
    assert found["date"] == ["2018-03-07", str(LATE), "#DIV/0!"]
    assert found["latitude"] == [str(PLACE[0]), str(PLACE[0]), "#REF!"]
    assert found["longitude"] == [PLACE[1]] * 3
    assert found["note"] == ["TRUE", "30:00:00", found["note"][2]]
    assert str(found["note"][2]).split() == ["a", "b"]
    read = Read(path)
    assert read.places == [PLACE, PLACE, None]
    assert read.days == ["2018-03-07", "2018-03-07", ""]
    assert read.troubles[2] == ("unreadable-location", "unreadable-date")


def test_a_column_of_days_has_days_and_one_of_whole_numbers_has_these(
    tmp_path: Path, kind: str
) -> None:
    day = {"xls": 43166, "ods": "2018-03-07"}[kind]
    sheet = [[("text", "date"), ("text", "n")], [("day", day), ("number", 3)]]
    found = cells(written(tmp_path / f"in.{kind}", {"S": sheet}))
    assert found == {"date": [dt.date(2018, 3, 7)], "n": [3]}


def test_of_several_sheets_one_is_named(tmp_path: Path, kind: str) -> None:
    path = written(tmp_path / f"in.{kind}", {"A": rows(kind), "B": rows(kind)})
    assert "found 'A', 'B'; name one (--sheet)" in refused(path)
    assert Read(path, sheet="B").places[0] == PLACE


def test_title_rows_and_no_header_are_as_in_other_tables(tmp_path: Path, kind: str) -> None:
    titled = [[("text", "Incidents of 2018")], *rows(kind)]
    path = written(tmp_path / f"in.{kind}", {"S": titled})
    assert "--header-row 2" in refused(path)
    assert Read(path, header_row=2).places[0] == PLACE
    bare = written(tmp_path / f"bare.{kind}", {"S": rows(kind)[1:]})
    assert "--no-header" in refused(bare)


def test_what_is_tagged_is_written_in_the_formats_that_are_written(
    tmp_path: Path, kind: str
) -> None:
    path = written(tmp_path / f"in.{kind}", {"S": rows(kind)[:3]})
    for name in ("out.csv", "out.xlsx"):
        main(["tag", str(path), "-o", str(tmp_path / name)], standalone_mode=False)
        assert Read(tmp_path / name).places == [PLACE, PLACE]
    with pytest.raises(click.ClickException, match=r"ends in \.csv"):
        main(["tag", str(path), "-o", str(tmp_path / f"out.{kind}")], standalone_mode=False)


# -- hostile and odd: .xls ----------------------------------------------------------------------


def test_xls_with_a_password_or_of_another_program_says_so(tmp_path: Path) -> None:
    head = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    path = tmp_path / "in.xls"
    path.write_bytes(in_compound(head, record(0x2F, bytes(54)), record(0x0A, b"")))
    assert "a password; save it without" in refused(path)
    path.write_bytes(in_compound(bytes(512), stream="WordDocument"))
    assert "a document of Word" in refused(path)
    path.write_bytes(in_compound(bytes(512), stream="Book"))
    refused(path)


def test_sheets_that_share_their_cells_are_no_more_than_the_file(tmp_path: Path) -> None:
    body = (
        record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
        + b"".join(
            record(0xBD, struct.pack("<HH", i, 0) + bytes(6 * 60) + b"\x3b\0") for i in range(50)
        )
        + record(0x0A, b"")
    )
    names = [f"s{i}" for i in range(250)]
    path = tmp_path / "in.xls"
    path.write_bytes(in_compound(globals_of(names, [0] * 250), body))
    assert "share their cells" in refused(path)
    path.write_bytes(in_compound(globals_of([f"s{i}" for i in range(2000)], [0] * 2000), body))
    assert "at most 1000 sheets" in refused(path)


# -- hostile and odd: .ods ----------------------------------------------------------------------

P = "<text:p>{}</text:p>"


def sheet(inner: str) -> str:
    return f'<table:table table:name="S">{inner}</table:table>'


def cell(text: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string"{more}>{text}</table:table-cell>'


def row(*inner: str, more: str = "") -> str:
    return f"<table:table-row{more}>{''.join(inner)}</table:table-row>"


MANY = ' table:number-{}-repeated="{}"'


@pytest.mark.parametrize(
    ("inner", "why"),
    [
        (sheet(row(cell(P.format("x"), MANY.format("columns", 16_000)),
                   more=MANY.format("rows", 1_000_000))), "said to be repeated"),
        (sheet(row(cell(P.format("x"), MANY.format("columns", 10**9)))), "beyond 16384 columns"),
        (sheet(row(cell(P.format("x")), more=MANY.format("rows", 10**9))), "beyond 1048576 rows"),
        (sheet(row(cell(P.format('<text:s text:c="999999999"/>')))), "999999999 spaces"),
        (sheet(row(cell(sheet("")))), "a table in a cell"),
        ("<table:a>" * 200 + "</table:a>" * 200, "elements 100 deep"),
        (sheet(row(cell(P.format("x")))) * 2, "the sheet 'S' twice"),
        (sheet(row('<table:table-cell office:value-type="float"/>')), "broken one"),
    ],
)  # fmt: skip
def test_hostile_ods_is_refused(tmp_path: Path, inner: str, why: str) -> None:
    (tmp_path / "in.ods").write_bytes(ods(inner))
    assert why in refused(tmp_path / "in.ods")


def test_ods_that_unpacks_to_too_much_has_a_doctype_or_a_password_is_refused(
    tmp_path: Path,
) -> None:
    path = tmp_path / "in.ods"
    blank = row(cell(P.format(" " * 99_999)) * 9)
    path.write_bytes(ods(sheet(blank * 80)))
    assert "many times that" in refused(path)
    path.write_bytes(ods(sheet("")).replace(b"content.xml", b"content.xmk"))
    refused(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    assert "document type" in refused(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("META-INF/manifest.xml", "<manifest:encryption-data/>")
    assert "a password; save it without" in refused(path)


def test_what_is_said_of_a_cell_or_drawn_over_it_is_no_text_of_it(tmp_path: Path) -> None:
    note = "<office:annotation><text:p>a note</text:p></office:annotation>"
    other = '<table:table table:name="\'file:///x.ods\'#$A" table:style-name="ta_extref">'
    inner = (
        sheet(
            row(cell(P.format("id")), cell(P.format("note")), cell(P.format("n")))
            + row(
                cell(
                    note
                    + P.format('a<text:s text:c="2"/>b')
                    + P.format("c<text:span>d</text:span>")
                ),
                cell(P.format("x"), MANY.format("columns", 2)),
                more=MANY.format("rows", 2),
            )
        )
        + other
        + row(cell(P.format("elsewhere")))
        + "</table:table>"
    )
    (tmp_path / "in.ods").write_bytes(ods(inner))
    assert cells(tmp_path / "in.ods") == {
        "id": ["a  b\ncd"] * 2, "note": ["x"] * 2, "n": ["x"] * 2,
    }  # fmt: skip


def test_an_error_that_an_older_program_wrote_as_nought_is_an_error(tmp_path: Path) -> None:
    wrong = cell(P.format("#REF!")).replace('"string"', '"float" office:value="0"')
    (tmp_path / "in.ods").write_bytes(ods(sheet(row(cell(P.format("n"))) + row(wrong))))
    assert cells(tmp_path / "in.ods") == {"n": ["#REF!"]}


# -- Stata --------------------------------------------------------------------------------------

FRAME = pd.DataFrame(
    {
        "id": [1, 2, 3],
        "date": pd.to_datetime(["2018-03-07", "2018-03-08", None]),
        "late": pd.to_datetime(["2018-03-07 23:59:59"] * 3),
        "month": pd.to_datetime(["2018-03-01"] * 3),
        "latitude": [PLACE[0]] * 3,
        "longitude": [PLACE[1]] * 3,
        "where_prec": np.array([1, 2, 6], dtype="i1"),
        "side": np.array([0, 1, 9], dtype="i2"),
    }
)
DATES = {"date": "td", "late": "tc", "month": "tm"}
LABELS = {"side": {0: "A", 1: "B"}, "where_prec": {1: "exact", 2: "near", 6: "far"}}


def stata(path: Path, frame: pd.DataFrame = FRAME, **more: Any) -> Path:
    options: dict[str, Any] = {
        "version": 118, "convert_dates": DATES, "write_index": False, "value_labels": LABELS, **more
    }  # fmt: skip
    frame.to_stata(path, **options)
    return path


@pytest.mark.parametrize("version", [114, 117, 118, 119])
def test_days_codes_and_labels_of_stata(tmp_path: Path, version: int) -> None:
    path = stata(tmp_path / "in.dta", version=version)
    found = cells(path)
    assert found["date"] == [dt.date(2018, 3, 7), dt.date(2018, 3, 8), None]
    assert found["late"] == [LATE] * 3
    assert found["month"] == ["2018-03"] * 3
    assert found["side"] == ["A", "B", "9"]
    assert found["where_prec"] == [1, 2, 6]
    told = [one for one in open_table(path).findings if one.kind == "value-labels"]
    assert [(one.before, one.after) for one in told] == [("'side'", "0 is 'A', 1 is 'B'")]
    read = Read(path)
    assert [source for _, source in read.radii[1:]] == [
        "ucdp-ged where_prec 2",
        "ucdp-ged where_prec 6",
    ]
    assert read.days == ["2018-03-07", "2018-03-08", ""]


def test_missing_codes_are_nothing_and_told_and_other_units_stay(tmp_path: Path) -> None:
    path = stata(tmp_path / "in.dta", FRAME.assign(side=FRAME["side"].astype("i1")))
    content = bytearray(path.read_bytes())
    start = content.index(b"<data>") + len(b"<data>")
    width = (content.index(b"</data>") - start) // 3
    content[start + width - 1] = 102  # .a of a byte
    content[start + 2 * width - 1] = 101  # .
    for other in (b"%tw", b"%tq"):
        changed = bytes(content).replace(b"%tm", other)
        path.write_bytes(changed)
        found = cells(path)
        assert found["month"] == {b"%tw": ["1973w23"] * 3, b"%tq": ["2134q3"] * 3}[other]
        assert found["side"] == [None, None, "9"]
    told = [one for one in open_table(path).findings if one.kind == "missing-code"]
    assert [one.after for one in told] == ["1 cells are nothing: Stata's missing code .a"]
    path.write_bytes(bytes(content).replace(b"%tc", b"%tC"))
    assert [one.before for one in open_table(path).findings if one.kind == "stata-format"] == [
        "'late'"
    ]


def test_texts_of_an_older_stata_need_their_encoding(tmp_path: Path) -> None:
    frame = FRAME.assign(note="Id\u00e9")
    path = stata(tmp_path / "in.dta", frame, version=117)
    assert "--encoding" in refused(path)
    assert Read(path, encoding="cp1252").places == [PLACE] * 3
    path.write_bytes(path.read_bytes().replace(b"Id\xe9", "إ".encode() + b"x"))
    table = open_table(path)
    assert next(table.scan(9, ["note"])).to_pydict() == {"note": ["إx"] * 3}
    new = stata(tmp_path / "new.dta", frame.assign(note="إدلب"))
    assert "UTF-8" in refused(new, encoding="cp1256")
    assert next(open_table(new).scan(9, ["note"]))["note"].to_pylist() == ["إدلب"] * 3


def test_long_texts_are_read_in_chunks_of_any_size(tmp_path: Path) -> None:
    frame = FRAME.assign(note=["x" * 3000, "إ", ""])
    table = open_table(stata(tmp_path / "in.dta", frame, convert_strl=["note"]))
    for size in (1, 2, 9):
        found = [one for batch in table.scan(size, ["note"]) for one in batch["note"].to_pylist()]
        assert found == ["x" * 3000, "إ", ""]


def test_hostile_files_of_stata_are_refused(tmp_path: Path) -> None:
    path = stata(tmp_path / "in.dta")
    sound = path.read_bytes()
    rows_at, columns_at = sound.index(b"<N>") + 3, sound.index(b"<K>") + 3
    for at, wrong in [
        (rows_at, struct.pack("<Q", 1 << 60)),
        (rows_at, struct.pack("<Q", 4)),
        (columns_at, b"\xff\xff"),
    ]:
        path.write_bytes(sound[:at] + wrong + sound[at + len(wrong) :])
        assert "expected a whole file of Stata" in refused(path)
    many = pd.DataFrame({"side": np.zeros(5_000, dtype="i1")})
    stata(path, many, convert_dates={}, value_labels={"side": {0: "x" * 30_000}})
    assert "one text stands in very many" in refused(path)
    same = pd.DataFrame({"a": ["x" * 60_000] * 2_500})
    stata(path, same, convert_dates={}, value_labels={}, convert_strl=["a"])
    assert "one text stands in very many" in refused(path)
