"""Files as people have them: every kind of dirt, with exactly the repairs that are told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from geodata.atlas import read_atlas
from geodata.columns.incidents import NO_DAY, Incidents, reasons_in
from geodata.columns.mapping import ColumnMapping, read_mapping, write_mapping
from geodata.columns.opening import open_incidents
from geodata.columns.reading import read_batch
from geodata.errors import CRSError, InputError
from geodata.findings import Log
from geodata.formats.writing import write_table
from geodata.text.dates import today

HEAD = "id,date,latitude,longitude\n"
ROW = "1,2018-03-07,35.9306,36.6339\n"


class Read:
    """A whole file read: the arrays of all its batches, and its log."""

    def __init__(self, path: Path | str, **options: object) -> None:
        self.source = open_incidents(path, **options)  # type: ignore[arg-type]
        self.log = Log(keep_rows=True)
        self.log.add(self.source.findings)
        self.parts: list[Incidents] = []
        self.batches = list(self.source.batches())
        for batch in self.batches:
            found = read_batch(batch, self.source.plan)
            self.parts.append(found)
            self.log.add(found.findings)

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def join(self, name: str) -> list[object]:
        return [value for part in self.parts for value in getattr(part, name).tolist()]

    @property
    def places(self) -> list[tuple[float, float] | None]:
        pairs = zip(self.join("latitude"), self.join("longitude"), strict=True)
        return [None if np.isnan(a) else (round(a, 6), round(b, 6)) for a, b in pairs]

    @property
    def days(self) -> list[str]:
        out = []
        for first, last in zip(self.join("first"), self.join("last"), strict=True):
            if first == NO_DAY:
                out.append("")
                continue
            a, b = (str(np.datetime64(day, "D")) for day in (first, last))
            out.append(a if a == b else f"{a}/{b}")
        return out

    @property
    def troubles(self) -> list[tuple[str, ...]]:
        return [tuple(reason.value for reason in reasons_in(bits)) for bits in self.join("reasons")]

    @property
    def radii(self) -> list[tuple[float | None, str]]:
        words = self.source.plan.radius_sources
        return [
            (None if np.isnan(r) else r, words[s])
            for r, s in zip(self.join("radius_m"), self.join("radius_source"), strict=True)
        ]


def write(folder: Path, content: str | bytes, name: str = "in.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(folder: Path, content: str | bytes, name: str = "in.csv", **options: object) -> Read:
    return Read(write(folder, content, name), **options)


PLACE = (35.9306, 36.6339)


def test_a_clean_file_needs_no_repair(tmp_path: Path) -> None:
    found = read(tmp_path, HEAD + ROW)
    assert found.log.kinds() == {}
    assert (found.places, found.days, found.troubles) == ([PLACE], ["2018-03-07"], [()])
    assert found.radii == [(1500.0, "settlement")]


@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        pytest.param((HEAD + ROW).encode("utf-8-sig"), {"byte-order-mark": 1}, id="UTF-8 with BOM"),
        pytest.param(
            (HEAD + ROW).encode("utf-16"), {"byte-order-mark": 1, "encoding": 1}, id="UTF-16"
        ),
        pytest.param((HEAD + ROW).encode("utf-16-le"), {"encoding": 1}, id="UTF-16 without BOM"),
        pytest.param((HEAD + ROW).encode("utf-16-be"), {"encoding": 1}, id="UTF-16 big-endian"),
        pytest.param((HEAD + ROW).replace(",", ";"), {"separator": 1}, id="semicolons"),
        pytest.param((HEAD + ROW).replace(",", "\t"), {"separator": 1}, id="tabs"),
        pytest.param((HEAD + ROW).replace("\n", "\r\n"), {}, id="line ends of Windows"),
        pytest.param((HEAD + ROW).replace("\n", "\r"), {}, id="line ends of an old Mac"),
        pytest.param(HEAD + "\n" + ROW + "\n\n", {"blank-line": 1}, id="blank lines"),
        pytest.param(
            HEAD + "1,2018-03-07,٣٥٫٩٣٠٦,٣٦٫٦٣٣٩\n",
            {"arabic-decimal": 2, "arabic-digits": 2},
            id="Arabic digits",
        ),
        pytest.param(
            HEAD + "1,2018-03-07,\u200f35.9306\u200f,36.6339\n",
            {"bidi-marks": 1},
            id="marks of direction",
        ),
        pytest.param(HEAD + "1,2018-03-07,35.9306\u00a0,36.6339\n", {"nbsp": 1}, id="hard blank"),
        pytest.param(
            'id;date;latitude;longitude\n1;2018-03-07;35,9306;36,6339\n',
            {"decimal-comma": 2, "separator": 1},
            id="decimal comma",
        ),
        pytest.param(HEAD + "1,٢٠١٨-٠٣-٠٧,35.9306,36.6339\n", {"arabic-digits": 1}, id="date"),
        pytest.param(HEAD + "1,7 آذار 2018,35.9306,36.6339\n", {}, id="Levantine month"),
        pytest.param(
            HEAD + "1,2018-03-07,\"35°55'50.16\"\"N\",\"36°38'2.04\"\"E\"\n", {}, id="DMS"
        ),
    ],
)  # fmt: skip
def test_dirt_is_read_and_told(tmp_path: Path, content: str | bytes, kinds: dict[str, int]) -> None:
    found = read(tmp_path, content)
    assert found.log.kinds() == kinds
    assert (found.places, found.days, found.troubles) == ([PLACE], ["2018-03-07"], [()])


@pytest.mark.parametrize(
    ("row", "kind", "troubles"),
    [
        ("1,2018-03-07,,", None, ("no-location",)),
        ("1,,35.9306,36.6339", None, ("no-date",)),
        ("1,2018-03-07,35.9306,", "unreadable-location", ("unreadable-location",)),
        ("1,2018-03-07,95.9306,36.6339", "unreadable-location", ("unreadable-location",)),
        ("1,2018-03-07,XY,XY", "unreadable-location", ("unreadable-location",)),
        ("1,2018-03-07,359306,366339", "lost-decimal-point", ("unreadable-location",)),
        ("1,2018-03-07,3.59306e1,36.6339", "unreadable-location", ("unreadable-location",)),
        ("1,07/03/2018,35.9306,36.6339", "ambiguous-date", ("unreadable-date",)),
        ("1,43166,35.9306,36.6339", "ambiguous-date", ("unreadable-date",)),
        ("1,2018-02-30,35.9306,36.6339", "unreadable-date", ("unreadable-date",)),
        ("1,March,35.9306,36.6339", "unreadable-date", ("unreadable-date",)),
        ("1,2099-01-01,35.9306,36.6339", "future-date", ("future-date",)),
        ("1,2018-03-07,35.9306", "ragged-row", ("unreadable-location", "unreadable-date")),
        ("1,2018-03-07,35.9306,36.6339,x", "ragged-row",
         ("unreadable-location", "unreadable-date")),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_and_kept(
    tmp_path: Path, row: str, kind: str | None, troubles: tuple[str, ...]
) -> None:
    found = read(tmp_path, HEAD + ROW + row + "\n")
    assert found.troubles == [(), troubles]
    assert found.log.kinds() == ({} if kind is None else {kind: 1})
    cells = [value.as_py() for value in found.batches[0].column("longitude")]
    assert len(cells) == 2
    if kind:
        assert {r for r, *_ in found.log.rows()} == {2}


def test_the_surplus_of_a_row_is_kept(tmp_path: Path) -> None:
    found = read(tmp_path, HEAD + "1,2018-03-07,35.9306,36.6339,and,more\n" + ROW)
    assert found.batches[0].column("longitude").to_pylist() == ["36.6339,and,more", "36.6339"]


def test_order_of_day_and_month_is_proved_by_the_column(tmp_path: Path) -> None:
    rows = "1,07/03/2018,35.93,36.63\n2,25/03/2018,35.93,36.63\n3,2018-03-09,35.93,36.63\n"
    found = read(tmp_path, HEAD + rows)
    assert found.days == ["2018-03-07", "2018-03-25", "2018-03-09"]
    assert found.log.kinds() == {"day-month-order": 1}
    assert list(found.log.rows()) == [
        (1, "date", "repair", "day-month-order", "07/03/2018",
         "2018-03-07 (day first, proved by the column)")
    ]  # fmt: skip


def test_a_column_that_proves_both_orders_proves_none(tmp_path: Path) -> None:
    rows = "1,07/03/2018,35.93,36.63\n2,25/03/2018,35.93,36.63\n3,03/25/2018,35.93,36.63\n"
    found = read(tmp_path, HEAD + rows)
    assert found.days == ["", "2018-03-25", "2018-03-25"]
    assert found.log.kinds() == {"ambiguous-date": 1}


def test_the_proof_may_stand_in_a_later_batch(tmp_path: Path) -> None:
    rows = ["1,07/03/2018,35.9,36.6\n"] * 70_000 + ["2,25/03/2018,35.9,36.6\n"]
    found = read(tmp_path, HEAD + "".join(rows))
    assert set(found.days) == {"2018-03-07", "2018-03-25"}
    assert found.log.count("day-month-order") == 70_000


@pytest.mark.parametrize(("order", "day"), [("dmy", "2018-03-07"), ("mdy", "2018-07-03")])
def test_order_can_be_stated(tmp_path: Path, order: str, day: str) -> None:
    found = read(tmp_path, HEAD + "1,07/03/2018,35.9,36.6\n", order=order)
    assert found.days == [day]


def test_a_stated_order_is_not_bent(tmp_path: Path) -> None:
    found = read(tmp_path, HEAD + "1,25/03/2018,35.9,36.6\n", order="mdy")
    assert found.troubles == [("unreadable-date",)]


@pytest.mark.parametrize(("epoch", "day"), [(1900, "2018-03-07"), (1904, "2022-03-08")])
def test_serial_dates_need_their_epoch(tmp_path: Path, epoch: int, day: str) -> None:
    found = read(tmp_path, HEAD + "1,43166,35.93,36.63\n2,43166.75,35.93,36.63\n", epoch=epoch)
    assert found.days == [day, day]
    assert found.log.kinds() == {"serial-date": 2}


def test_swapped_axes_are_warned_of_with_both_candidates_and_never_changed(tmp_path: Path) -> None:
    found = read(tmp_path, HEAD + "1,2018-03-07,40.1408,35.3359\n")
    assert found.places == [(40.1408, 35.3359)]
    ((_, _, severity, kind, before, after),) = found.log.rows()
    assert (severity, kind, before) == ("warning", "swapped-axes", "40.1408, 35.3359")
    assert "35.3359, 40.1408" in after


def test_a_grid_reference_cannot_be_the_other_way_round(tmp_path: Path) -> None:
    # The same place: 40.1408 north, 35.3359 east.
    rows = '1,2018-03-07,UTM 36 north 699000 4446000\n2,2018-03-07,"40.1408, 35.3359"\n'
    found = read(tmp_path, "id,date,position\n" + rows)
    assert [(row, kind) for row, _, _, kind, _, _ in found.log.rows()] == [(2, "swapped-axes")]


def test_placeholders_are_warned_of(tmp_path: Path) -> None:
    found = read(tmp_path, HEAD + "1,2018-03-07,35.0,38.0\n2,2018-03-07,0,0\n")
    assert found.places == [(35.0, 38.0), None]
    assert found.log.kinds() == {"placeholder-point": 1, "zero-point": 1}


def test_a_one_byte_encoding_is_refused_with_the_choices_and_read_when_stated(
    tmp_path: Path,
) -> None:
    content = ("id,date,latitude,longitude,place\n1,2018-03-07,35.9306,36.6339,إدلب\n").encode(
        "cp1256"
    )
    path = write(tmp_path, content)
    with pytest.raises(InputError, match=r"--encoding.*cp1256 \('إدلب'\)"):
        open_incidents(path)
    found = Read(path, encoding="cp1256")
    assert found.batches[0].column("place").to_pylist() == ["إدلب"]
    assert found.log.kinds() == {"encoding": 1}


def test_other_bytes_far_down_are_refused_with_their_line(tmp_path: Path) -> None:
    rows = "1,2018-03-07,35.9306,36.6339,x\n" * 560_000  # more than is looked at beforehand
    text = HEAD.strip() + ",note\n" + rows + "2,2018-03-07,35.9306,36.6339,café\n"
    path = write(tmp_path, text.encode("cp1252"))
    with pytest.raises(InputError, match=r"other bytes in line 560002; .*cp1252 \('café'\)"):
        Read(path)
    lines = '{"date": "2018-03-07", "latitude": 35.9306, "longitude": 36.6339}\n' * 280_000
    path = write(tmp_path, (lines + '{"date": "café"}\n').encode("cp1252"), "in.jsonl")
    with pytest.raises(InputError, match=r"other bytes in line 280001"):
        Read(path)


def test_bytes_that_are_not_what_was_stated_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, (HEAD + "1,2018-03-07,35.9,36.6,\xff\n").encode("latin-1"))
    with pytest.raises(InputError, match=r"expected (utf-8 as stated|UTF-8)"):
        open_incidents(path, encoding="utf-8")


def test_two_possible_separators_are_refused_with_the_choices(tmp_path: Path) -> None:
    path = write(tmp_path, "a;b,c;d\n1;2,3;4\n")
    with pytest.raises(InputError, match=r"--separator"):
        open_incidents(path)


@pytest.mark.parametrize("sign", ["،", "¦", "؛", "😀", "|", "^", "]", "\\", " ", "\x1f", "."])
def test_any_character_separates_where_it_is_stated(tmp_path: Path, sign: str) -> None:
    header = sign.join(["date", "latitude", "longitude", "note"])
    cells = ["2018-03-07", "359306", "366339", f'"a{sign}""b"""']
    path = write(tmp_path, f"{header}\n{sign.join(cells)}\n")
    found = Read(path, separator=sign)
    assert found.batches[0].column("note").to_pylist() == [f'a{sign}"b"']
    write_table(tmp_path / "out.csv", found.source.schema, found.batches, like=found.source.table)
    assert (tmp_path / "out.csv").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("sign", ["", ";;", '"', "\n", "\r", "\0", "\ud800"])
def test_what_cannot_separate_is_refused(tmp_path: Path, sign: str) -> None:
    with pytest.raises(InputError, match="expected a separator of one character"):
        open_incidents(write(tmp_path, HEAD + ROW), separator=sign)


def test_an_open_quote_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + '"1,2018-03-07,35.9,36.6\n' + ROW)
    with pytest.raises(InputError, match="every quote to be closed"):
        Read(path)


@pytest.mark.parametrize(
    ("header", "roles"),
    [
        ("id,التاريخ,خط العرض,خط الطول", ("خط العرض", "خط الطول", "التاريخ")),
        ("Incident Date,Lat,Lng", ("Lat", "Lng", "Incident Date")),
        ("date,Y,X", ("Y", "X", "date")),
        ("tarih,enlem,boylam", ("enlem", "boylam", "tarih")),
        ("date,site_lat,site_lng", ("site_lat", "site_lng", "date")),
        ("date,_q_latitude,_q_longitude,_q_precision", ("_q_latitude", "_q_longitude", "date")),
        ("#date,#geo+lat,#geo+lon", ("#geo+lat", "#geo+lon", "#date")),
        ("﻿date,latitude,longitude", ("latitude", "longitude", "date")),
    ],
)
def test_common_headers_are_known(tmp_path: Path, header: str, roles: tuple[str, str, str]) -> None:
    cells = ",".join(["1"] * (header.count(",") + 1))
    mapping = open_incidents(write(tmp_path, f"{header}\n{cells}\n")).mapping
    assert (mapping.latitude, mapping.longitude, mapping.date) == roles
    assert {choice.role for choice in mapping.choices} >= {"latitude", "longitude", "date"}


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("id,when,where", "a place"),
        ("id,latitude,longitude", "a date"),
        ("date,a_lat,a_lon,b_lat,b_lon", "could be meant"),
        ("date,event_date,lat,lon", "could be meant"),
        ("date,lat,lon,latitude,longitude", "could be meant"),
    ],
)
def test_headers_that_leave_a_choice_are_refused(tmp_path: Path, header: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        open_incidents(write(tmp_path, f"{header}\n" + ",".join("1" * (header.count(",") + 1))))


def test_hxl_tags_in_a_second_row_are_no_incident(tmp_path: Path) -> None:
    text = "When,North,East\n#date,#geo+lat,#geo+lon\n2018-03-07,35.9306,36.6339\n"
    found = read(tmp_path, text)
    assert found.source.tags == ("#date", "#geo+lat", "#geo+lon")
    assert (found.places, found.days) == ([PLACE], ["2018-03-07"])


def test_acled_codes_become_radii_and_intervals(tmp_path: Path) -> None:
    head = "event_id_cnty,event_date,time_precision,latitude,longitude,geo_precision\n"
    rows = "".join(
        f"SYR{i},07 March 2018,{t},35.9306,36.6339,{g}\n"
        for i, (t, g) in enumerate([(1, 1), (2, 2), (3, 3), (1, 9)])
    )
    found = read(tmp_path, head + rows)
    assert found.source.mapping.source == "acled"
    assert found.days == [
        "2018-03-07", "2018-03-04/2018-03-10", "2018-03-01/2018-03-31", "2018-03-07",
    ]  # fmt: skip
    assert found.radii == [
        (1500.0, "settlement"),
        (10000.0, "acled geo_precision 2"),
        (None, "acled geo_precision 3"),
        (None, "unknown-code"),
    ]
    assert found.log.kinds() == {"unknown-place-code": 1}


def test_gtd_dates_with_unknown_parts_are_intervals(tmp_path: Path) -> None:
    head = "eventid,iyear,imonth,iday,latitude,longitude,specificity,vicinity\n"
    rows = "".join(
        f"{i},{y},{m},{d},35.9306,36.6339,{s},{v}\n"
        for i, (y, m, d, s, v) in enumerate(
            [(2018, 3, 7, 1, 0), (2018, 3, 0, 1, 1), (2018, 0, 0, 5, 0), (2018, 2, 30, 2, 0)]
        )
    )
    found = read(tmp_path, head + rows)
    assert found.days == ["2018-03-07", "2018-03-01/2018-03-31", "2018-01-01/2018-12-31", ""]
    assert [r for r, _ in found.radii] == [1500.0, 25000.0, None, None]
    assert found.troubles[3] == ("unreadable-date",)


def test_kobo_geopoints_carry_their_accuracy(tmp_path: Path) -> None:
    text = "date;location\n2018-03-07;35.9306 36.6339 410 12.5\n"
    found = read(tmp_path, text, mapping=ColumnMapping(position="location", notation="geopoint"))
    assert (found.places, found.radii) == ([PLACE], [(12.5, "geopoint")])


def test_four_numbers_are_a_geopoint_where_they_cannot_be_degrees_and_minutes(
    tmp_path: Path,
) -> None:
    text = "date;gps\n2018-03-07;35.9306 36.6339 -410.5 12.5\n2018-03-07;35 55.836 36 38.034\n"
    found = read(tmp_path, text)
    assert found.radii[0] == (12.5, "geopoint")
    assert found.places[0] == PLACE
    assert found.radii[1] != (38.034, "geopoint")


@pytest.mark.parametrize("names", ["gps-{}", "_gps_{}", "gps:{}"])
def test_the_accuracy_beside_a_latitude_of_odk_is_the_radius(tmp_path: Path, names: str) -> None:
    header = ",".join(names.format(n) for n in ("Latitude", "Longitude", "Altitude", "Accuracy"))
    found = read(tmp_path, f"date,{header}\n2018-03-07,35.9306,36.6339,410,12.5\n")
    assert (found.places, found.radii) == ([PLACE], [(12.5, "given")])


def test_intervals_that_run_backwards_or_are_half_are_refused(tmp_path: Path) -> None:
    head = "date_start,date_end,latitude,longitude\n"
    rows = (
        "2018-03-07,2018-03-05,35.93,36.6\n2018-03-07,,35.93,36.6\n2018-03,2018-03-31,35.93,36.6\n"
    )
    found = read(tmp_path, head + rows)
    assert found.days == ["", "", "2018-03-01/2018-03-31"]
    assert found.log.kinds() == {"half-interval": 1, "reversed-days": 1}


def test_columns_in_another_crs_are_converted(tmp_path: Path) -> None:
    found = read(tmp_path, "date,y,x\n2018-03-07,3979300,286500\n", crs="EPSG:32637")
    ((latitude, longitude),) = [p for p in found.places if p]
    assert latitude == pytest.approx(35.936, abs=0.01)
    assert longitude == pytest.approx(36.633, abs=0.01)
    with pytest.raises(CRSError, match="EPSG:4326"):
        read(tmp_path, HEAD + ROW, crs="EPSG:nonsense")


def test_headers_that_repeat_or_are_empty_get_names_of_their_own(tmp_path: Path) -> None:
    found = read(tmp_path, "date,latitude,longitude,note,note,\n2018-03-07,35.9,36.6,a,b,c\n")
    assert found.source.schema.names == [
        "date", "latitude", "longitude", "note", "note_2", "column_6",
    ]  # fmt: skip
    assert found.log.kinds() == {"no-header": 1, "same-header": 1}


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize("twin", ["date", "latitude", "longitude", "id"])
def test_two_columns_of_one_name_and_other_cells_are_refused(
    tmp_path: Path, twin: str, suffix: str
) -> None:
    import openpyxl

    header, rows = [*HEAD.strip().split(","), twin], [ROW.strip().split(",") for _ in range(3)]
    for other, row in (("", 1), ("2018-03-08", 2), ("3", 3)):
        at = header.index(twin)
        cells = [[*one, other if i == row else one[at]] for i, one in enumerate(rows, start=1)]
        book = openpyxl.Workbook()
        for line in [header, *cells]:
            book.active.append(line)
        book.save(tmp_path / "in.xlsx")
        write(tmp_path, "".join(",".join(line) + "\n" for line in [header, *cells]))
        told = rf"two with other cells \(row {row}: .*'{twin}_2' the second"
        with pytest.raises(InputError, match=told):
            open_incidents(tmp_path / f"in.{suffix}")
        places = {"latitude": "latitude", "longitude": "longitude", "date": "date", "id": "id"}
        found = Read(tmp_path / f"in.{suffix}", mapping=ColumnMapping(**places))
        assert found.places == [PLACE] * 3
    same = [[*one, one[header.index(twin)]] for one in rows]
    found = read(tmp_path, "".join(",".join(line) + "\n" for line in [header, *same]))
    assert (found.places, found.log.kinds()["same-header"]) == ([PLACE] * 3, 1)


def test_a_mapping_survives_its_file(tmp_path: Path) -> None:
    nasty = 'a"b\\c\n\t= [x]'
    mapping = ColumnMapping(
        latitude=nasty, longitude="lon", date="d", order="dmy", epoch=1904, radius_m=250.0,
        place_codes=("p", "q"), without=("location",),
    )  # fmt: skip
    path = tmp_path / "map.toml"
    path.write_text(write_mapping(mapping, [nasty, "evil\n[x]\ny = 1"], "a\u2028b\nc"), "utf-8")
    assert read_mapping(path) == mapping


def test_a_mapping_goes_before_what_is_recognised(tmp_path: Path) -> None:
    text = "date,reported,latitude,longitude\n2018-03-07,2018-03-09,35.9,36.6\n"
    found = read(tmp_path, text, mapping=ColumnMapping(date="reported"))
    assert found.days == ["2018-03-09"]
    with pytest.raises(InputError, match="'nowhere'"):
        read(tmp_path, text, mapping=ColumnMapping(date="nowhere"))


def test_the_radius_of_a_row_goes_before_the_one_for_all(tmp_path: Path) -> None:
    text = "date,latitude,longitude,radius\n" + "".join(
        f"2018-03-07,35.9,36.6,{r}\n" for r in ("2km", "500", "", "far")
    )
    found = read(tmp_path, text, mapping=ColumnMapping(radius="radius"), radius_m=100.0)
    assert found.radii == [
        (2000.0, "given"), (500.0, "given"), (100.0, "given"), (None, "unreadable"),
    ]  # fmt: skip


def test_nothing_is_read_after_today(tmp_path: Path) -> None:
    day = today(read_atlas().meta.time_zone)
    rows = f"1,{day},35.9,36.6\n2,{day + dt.timedelta(days=1)},35.9,36.6\n"
    found = read(tmp_path, HEAD + rows)
    assert found.days == [str(day), ""]
