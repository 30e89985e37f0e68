"""Files that break readers: each is read, or refused in one line; none is waited for."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from test_reading_dirt import HEAD, PLACE, ROW, read, write

from geodata.columns.headers.paths import bases_of
from geodata.columns.opening import open_incidents
from geodata.columns.plan import MOST_UNREADABLE, Memo
from geodata.errors import DezoneError, InputError
from geodata.formats.layers.wkb import is_deep, with_damage
from geodata.formats.parquet import read_parquet
from geodata.formats.table import unique
from geodata.formats.writing import write_table


def refused(path: Path | str, **options: object) -> str:
    with pytest.raises(DezoneError) as caught:
        for _ in open_incidents(path, **options).batches():  # type: ignore[arg-type]
            pass
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_cell_of_ten_megabytes_is_kept(tmp_path: Path) -> None:
    long = "x" * 10_000_000
    found = read(tmp_path, HEAD.strip() + ",note\n" + ROW.strip() + f",{long}\n")
    assert found.places == [PLACE]
    assert found.batches[0].column("note")[0].as_py() == long


def test_a_coordinate_of_ten_megabytes_is_refused(tmp_path: Path) -> None:
    found = read(tmp_path, HEAD + f"1,2018-03-07,{'9' * 10_000_000},36.6\n")
    assert found.troubles == [("unreadable-location",)]
    assert found.log.kinds() == {"unreadable-location": 1}
    assert len(found.log.to_text()) < 1000


def test_a_million_columns_are_refused(tmp_path: Path) -> None:
    text = ",".join(["date,latitude,longitude"] + [f"c{i}" for i in range(1_000_000)]) + "\n"
    assert "at most 16384 columns" in refused(write(tmp_path, text))


def test_nul_bytes_are_cells_like_others(tmp_path: Path) -> None:
    found = read(tmp_path, HEAD.strip() + ",note\n" + ROW.strip() + ",a\0b\n")
    assert found.batches[0].column("note").to_pylist() == ["a\0b"]
    found = read(tmp_path, HEAD + "1,2018-03-07,35.9\0,36.6\n")
    assert found.troubles == [("unreadable-location",)]
    # Here the zero byte makes a line end in UTF-16, of signs that are none by accident.
    found = read(tmp_path, 'tarih,position\n\0,"a,b"\n3612,37SBA1234567890\n-36,"a""b"\n')
    assert found.source.schema.names == ["tarih", "position"]


@pytest.mark.parametrize("cut", [12, 40, 60])
def test_gzip_that_breaks_off_is_refused(tmp_path: Path, cut: int) -> None:
    packed = gzip.compress((HEAD + ROW * 50).encode())
    refused(write(tmp_path, packed[:cut], "in.csv.gz"))


def test_parquet_that_breaks_off_is_refused(tmp_path: Path) -> None:
    table = pa.table({"date": ["2018"] * 999, "lat": [35.9] * 999, "lon": [36.6] * 999})
    pq.write_table(table, tmp_path / "whole.parquet")
    whole = (tmp_path / "whole.parquet").read_bytes()
    for content in (whole[:-10], whole[: len(whole) // 2], b"PAR1" + b"x" * 100 + b"PAR1"):
        refused(write(tmp_path, content, "broken.parquet"))


def test_pages_of_parquet_that_are_passed_over_are_missed(tmp_path: Path) -> None:
    table = pa.table({"date": ["2018"] * 9, "lat": [35.9] * 9, "lon": [36.6] * 9})
    pq.write_table(table, tmp_path / "a.parquet", use_dictionary=False, compression="none")
    content = bytearray((tmp_path / "a.parquet").read_bytes())
    assert content[4:6] == b"\x15\x00"  # the first page is one of data
    content[5] = 2  # now it says that it is one of an index
    (tmp_path / "a.parquet").write_bytes(content)
    assert "whole Parquet file" in refused(tmp_path / "a.parquet")


def test_pages_of_parquet_are_held_to_their_sum(tmp_path: Path) -> None:
    table = pa.table({"date": ["2018"] * 9, "lat": [35.9] * 9, "lon": [36.6] * 9})
    write_table(tmp_path / "a.parquet", table.schema, table.to_batches())
    content = (tmp_path / "a.parquet").read_bytes()
    value = np.float64(35.9).tobytes()
    at = content.index(value)
    (tmp_path / "a.parquet").write_bytes(content[:at] + b"\0" + content[at + 1 :])
    assert "checksum" in refused(tmp_path / "a.parquet")


def test_a_page_of_parquet_that_says_it_is_of_two_gigabytes_gets_no_such_memory(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table({"date": ["2018"], "lat": [35.9], "lon": [36.6]})
    pq.write_table(table, path, use_dictionary=False, compression="none")
    content = path.read_bytes()
    at = pq.read_metadata(path).row_group(0).column(2).data_page_offset
    sizes = content[at + 2 : at + 6]
    assert (content[at : at + 2], sizes[::2]) == (b"\x15\x00", b"\x15\x15")  # type, two sizes
    packed = sizes[:3] + b"\xfe\xff\xff\xff\x0f"  # 2^31 - 1
    path.write_bytes(content[: at + 2] + packed + content[at + 6 :])
    pool = pa.default_memory_pool()
    most = max(pool.max_memory(), 1 << 28)
    refused(path)
    assert pool.max_memory() <= most


def test_a_text_whose_last_line_has_no_end_may_have_been_cut(tmp_path: Path) -> None:
    for end, told in (("", True), ("\n", False), ("\r\n", False)):
        source = open_incidents(write(tmp_path, HEAD + ROW.strip() + end))
        assert ("no-line-end" in {one.kind for one in source.findings}) == told


def test_of_the_two_copies_of_metadata_in_parquet_one_counts(tmp_path: Path) -> None:
    table = pa.table({"date": ["2018"], "g": [b""], "lat": [35.9], "lon": [36.6]})
    entry = '{"primary_column": "g", "columns": {"g": {"encoding": "WKB"}}}'
    pq.write_table(table.replace_schema_metadata({"geo": entry}), tmp_path / "a.parquet")
    content = (tmp_path / "a.parquet").read_bytes()
    assert entry.encode() in content  # the other copy is packed
    (tmp_path / "a.parquet").write_bytes(content.replace(b'"g", "columns"', b'"g", "column]"'))
    source = open_incidents(tmp_path / "a.parquet")
    (batch,) = source.batches()
    assert batch.schema.metadata[b"geo"] == source.schema.metadata[b"geo"] == entry.encode()
    write_table(tmp_path / "out.csv", batch.schema, [batch])


@pytest.mark.parametrize("entry", [b"\xff" * 9_000, b"{}", b"[]", b'{"columns": 1'])
def test_geographic_metadata_that_are_none_are_refused_in_one_line(
    tmp_path: Path, entry: bytes
) -> None:
    table = pa.table({"date": ["2018"], "lat": [35.9], "lon": [36.6]})
    pq.write_table(table.replace_schema_metadata({b"geo": entry}), tmp_path / "a.parquet")
    said = refused(tmp_path / "a.parquet")
    assert "expected GeoParquet, found metadata that cannot be read" in said
    assert len(said) < 500


def test_parquet_of_many_more_rows_than_bytes_is_refused(tmp_path: Path) -> None:
    zero = pa.array(np.zeros(5_000_000, np.int8))
    same = {
        name: pa.DictionaryArray.from_arrays(zero, pa.array([value]))
        for name, value in (("date", "2018-03"), ("lat", 35.9), ("lon", 36.6))
    }
    pq.write_table(pa.table(same), tmp_path / "a.parquet", compression="zstd")
    assert "expected at most 16 rows for each byte, found 5000000 in" in refused(
        tmp_path / "a.parquet"
    )


def test_a_geometry_of_parquet_that_is_no_binary_column_is_refused(tmp_path: Path) -> None:
    table = pa.table({"date": ["2018"], "lat": [35.9], "lon": [36.6]})
    entry = '{"primary_column": "lat", "columns": {"lat": {"encoding": "WKB"}}}'
    pq.write_table(table.replace_schema_metadata({"geo": entry}), tmp_path / "a.parquet")
    assert "expected a geometry column in WKB, found 'lat'" in refused(tmp_path / "a.parquet")


def test_texts_of_parquet_that_are_no_utf_8_are_refused(tmp_path: Path) -> None:
    bad = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xdf\xff")]
    )
    pq.write_table(pa.table({"date": bad, "lat": [35.9], "lon": [36.6]}), tmp_path / "a.parquet")
    assert "UTF-8 in column 'date'" in refused(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("blank.csv", b"\n\n\n"),
        ("page.csv", b"<!DOCTYPE html><html><body>no table</body></html>"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
        ("cut.xlsx", b"PK\x03\x04" + b"\0" * 100),
        ("cut.gpkg", b"SQLite format 3\0" + b"\0" * 100),
        ("cut.fgb", b"fgb\x03fgb\x00" + b"\0" * 100),
        ("cut.kml", b"<?xml version='1.0'?><kml><Document>"),
        ("zeros.csv", b"\0" * 5000),
        ("half.json", b'[{"date": "2018"'),
        ("text.json", b'{"lat": 1'),
        ("odd.csv", b"\xff\xfe\x00"),
        ("photo.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 100),
        ("report.pdf", b"%PDF-1.4\n1 0 obj\n"),
    ],
)
def test_broken_and_foreign_files_are_refused_in_one_line(
    tmp_path: Path, name: str, content: bytes
) -> None:
    refused(write(tmp_path, content, name))


def test_a_workbook_without_its_parts_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    refused(tmp_path / "book.xlsx")
    with zipfile.ZipFile(tmp_path / "other.xlsx", "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    assert "a document of Word" in refused(tmp_path / "other.xlsx")


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "found nothing" in refused(tmp_path / "nowhere.csv")
    assert "Parquet files" in refused(tmp_path)
    assert "one of these" in refused(write(tmp_path, HEAD + ROW), format="doc")


def test_options_for_another_format_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + ROW)
    for option in ("layer", "sheet"):
        with pytest.raises(InputError, match="leave it out"):
            open_incidents(path, **{option: "x"})  # type: ignore[arg-type]


def test_a_compound_file_is_told_for_what_it_is(tmp_path: Path) -> None:
    head = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)
    for stream, told in (("EncryptedPackage", "one with a password"), ("Workbook", "a broken one")):
        content = head + stream.encode("utf-16-le") + bytes(1000)
        assert told in refused(write(tmp_path, content, "in.xlsx"))


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet", "gpkg"])
def test_bytes_that_are_no_text_are_not_taken_for_text_of_an_unknown_encoding(
    tmp_path: Path, suffix: str
) -> None:
    noise = np.random.default_rng(3).bytes(20_000)
    told = refused(write(tmp_path, noise, f"in.{suffix}"))
    assert f"in.{suffix}: expected a table in a format that is read" in told


def test_an_archive_in_gzip_is_no_table(tmp_path: Path) -> None:
    import tarfile

    inner = write(tmp_path, HEAD + ROW)
    with tarfile.open(tmp_path / "in.csv.tar.gz", "w:gz") as archive:
        archive.add(inner, inner.name)
    assert "an archive (tar)" in refused(tmp_path / "in.csv.tar.gz")


def test_a_shapefile_without_the_files_that_belong_to_it_is_refused(tmp_path: Path) -> None:
    import geopandas
    import shapely

    frame = geopandas.GeoDataFrame(
        {"date": ["2018-03-07"]}, geometry=[shapely.Point(36.6339, 35.9306)], crs=4326
    )
    for suffix in ("dbf", "shx"):
        frame.to_file(tmp_path / f"no{suffix}.shp")
        (tmp_path / f"no{suffix}.{suffix}").unlink()
        assert f"found no .{suffix};" in refused(tmp_path / f"no{suffix}.shp")


@pytest.mark.skipif(os.name != "posix", reason="names of files are bytes on POSIX")
def test_a_shapefile_whose_name_is_not_utf8_is_read_with_its_parts(tmp_path: Path) -> None:
    import geopandas
    import shapely

    frame = geopandas.GeoDataFrame(
        {"date": ["2018-03-07"]}, geometry=[shapely.Point(36.6339, 35.9306)], crs=4326
    )
    frame.to_file(tmp_path / "a.shp")
    bad = os.fsdecode(os.fsencode(tmp_path) + b"/\xff")
    for part in tmp_path.glob("a.*"):
        part.rename(bad + part.suffix)
    source = open_incidents(f"{bad}.shp")
    (batch,) = source.batches()
    assert batch.column("date").to_pylist() == ["2018-03-07"]
    assert source.table.crs


@pytest.mark.parametrize("named", ["rot13", "idna", "unicode_escape", "a\0b", "../../x"])
def test_a_cpg_that_names_no_encoding_is_refused(tmp_path: Path, named: str) -> None:
    import geopandas
    import shapely

    frame = geopandas.GeoDataFrame(
        {"date": ["2018-03-07"]}, geometry=[shapely.Point(36.6339, 35.9306)], crs=4326
    )
    frame.to_file(tmp_path / "a.shp")
    (tmp_path / "a.cpg").write_text(named)
    assert "expected an encoding that is known" in refused(tmp_path / "a.shp")


def test_a_pattern_of_other_files_is_told_that_it_is_for_parquet(tmp_path: Path) -> None:
    write(tmp_path, HEAD + ROW, "a.csv")
    write(tmp_path, HEAD + ROW, "b.csv")
    assert "tag such files one by one" in refused(f"{tmp_path}/*.csv")


def test_what_is_wrong_with_the_columns_names_the_file(tmp_path: Path) -> None:
    assert "in.csv: expected a column with a date" in refused(
        write(tmp_path, "latitude,longitude\n")
    )


def test_short_rows_below_a_very_wide_header_are_refused_before_they_fill_the_disk(
    tmp_path: Path,
) -> None:
    path = tmp_path / "in.csv"
    header = ",".join(["date,latitude,longitude", *(f"c{n}" for n in range(16_000))])
    path.write_text(f"{header}\n" + "2018-03-07,35.9306,36.6339\n" * 2_200)
    assert "expected rows about as long as the header, found 6600 cells in 2200" in refused(path)


def test_blank_lines_by_the_million_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("\n" * 4_000_001 + HEAD + ROW)
    assert "expected rows, found 4000001 blank lines and 0 others" in refused(path)


def test_a_header_of_one_name_only_is_told_apart_at_once() -> None:
    names, _ = unique(["date", *["latitude"] * 16_000, "latitude_2", *[""] * 300])
    assert len(set(names)) == len(names)
    assert names[2:4] == ["latitude_3", "latitude_4"]


def test_the_columns_of_a_very_wide_table_are_found_at_once() -> None:
    names = [f"c{number}" for number in range(16_000)]
    schema = pa.schema([(name, pa.string()) for name in names])
    assert bases_of([*names, "c7.lat", "d.lat"], schema) == [*names, "d.lat"]


@pytest.mark.parametrize("as_stored", [True, False], ids=["dictionary", "text"])
def test_a_text_that_stands_once_and_is_every_cell_fills_no_memory(
    tmp_path: Path, as_stored: bool
) -> None:
    rows = 3_000
    note = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), ["x" * 1_000_000])
    same = {"date": ["2018-03"] * rows, "latitude": [35.9] * rows, "longitude": [36.6] * rows}
    path = tmp_path / "in.parquet"
    pq.write_table(pa.table({**same, "note": note}), path, store_schema=as_stored)
    assert "found texts of column 'note' that are repeated to more" in refused(path)
    short = note.from_arrays(note.indices, ["Idlib"])
    pq.write_table(pa.table({**same, "note": short}), path, store_schema=as_stored)
    found = open_incidents(path)
    (batch,) = found.batches()
    assert batch.schema.field("note").type == (short.type if as_stored else pa.string())
    assert batch.column("note").to_pylist() == ["Idlib"] * rows


@pytest.mark.parametrize(
    "head", [b"\1\7\0\0\0\1\0\0\0", b"\0\0\0\3\xef\0\0\0\1", b"\1\7\0\0\x80\1\0\0\0"]
)
def test_geometries_within_geometries_without_end_end_no_process(
    tmp_path: Path, head: bytes
) -> None:
    cell = head * 100_000 + b"\1\1\0\0\0" + bytes(16)
    assert is_deep(cell)
    path = tmp_path / "in.parquet"
    geo = {"primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}
    table = pa.table({"date": ["2018-03"], "geometry": [cell]})
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    assert "found a broken one (geometries within geometries in 'geometry')" in refused(path)
    assert with_damage(pa.array([cell, cell[-21:]]))[1].tolist() == [True, False]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
def test_a_geometry_of_very_many_parts_that_is_every_cell_fills_no_memory(tmp_path: Path) -> None:
    star = shapely.to_wkb(shapely.MultiPoint(np.arange(2_000).reshape(-1, 2) / 1_000))
    geo = {"primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}
    table = pa.table({"date": ["2018-03"] * 5_000, "geometry": [star] * 5_000})
    path = tmp_path / "in.parquet"
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    assert path.stat().st_size < 20_000
    for suffix in (".csv", ".geojson"):
        code = (
            # ru_maxrss would begin with the memory of the process that runs the tests.
            "import atexit, re; from dezone.cli import main; status = '/proc/self/status'; "
            "atexit.register(lambda: print(int(re.search(r'VmHWM:\\s+(\\d+)', "
            "open(status).read())[1]) >> 10)); main()"
        )
        given = ["tag", str(path), "-o", str(tmp_path / f"out{suffix}")]
        run = [sys.executable, "-c", code, *given]
        found = subprocess.run(run, capture_output=True, text=True, check=False)
        assert found.returncode == 3, found.stderr
        assert int(found.stdout.split()[-1]) < 700, suffix


def test_very_many_columns_of_texts_in_parquet_are_read_together(tmp_path: Path) -> None:
    path = tmp_path / "wide.parquet"
    table = pa.table({f"column {i}": ["a", "a", "b"] for i in range(3_000)})
    pq.write_table(table, path)
    batches = list(read_parquet([path], "wide").scan(100, None))
    assert pa.Table.from_batches(batches).to_pydict() == table.to_pydict()
    assert sum(batch.num_rows for batch in read_parquet([path], "wide").scan(100, [])) == 3


def test_more_unreadable_texts_than_a_reader_has_time_for_are_refused_in_one_line(
    tmp_path: Path,
) -> None:
    rows = "".join(f"{i},{i:0300}x,35.9306,36.6339\n" for i in range(40_000))
    with pytest.raises(InputError, match="a quarter of the rows; state which columns hold them"):
        read(tmp_path, HEAD + rows)
    # Rows that hold the same one count once, and few are no reason to give up the others.
    same = f"1,{'9' * 300},35.9306,36.6339\n" * 40_000
    assert read(tmp_path, HEAD + same).log.kinds() == {"unreadable-date": 40_000}


def test_texts_that_cannot_be_read_count_once_whatever_is_forgotten() -> None:
    def unreadable() -> str:
        raise InputError("no")

    memo = Memo()
    for _ in range(2):
        for i in range(MOST_UNREADABLE):
            assert memo.recall(("date", "a", str(i)), unreadable) == "no"
    with pytest.raises(InputError, match="at most 200,000 different texts"):
        memo.recall(("date", "a", "one more"), unreadable)
    assert memo.recall(("date", "a", "readable"), lambda: "yes") == "yes"


def test_bad_cells_of_a_table_that_is_sound_otherwise_spoil_their_rows_alone() -> None:
    def unreadable() -> str:
        raise InputError("no")

    memo = Memo()
    memo.begin(4 * (MOST_UNREADABLE + 10))
    for i in range(MOST_UNREADABLE + 10):
        assert memo.recall(("date", "a", str(i)), unreadable) == "no"
    with pytest.raises(InputError, match="a quarter of the rows"):
        memo.recall(("date", "a", "one more"), unreadable)
