"""One table of formats: what a suffix means, for what is read and what is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from geodata.errors import InputError
from geodata.formats.suffixes import READ, SUFFIXES, files_of, output_format, unpacked_name


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_suffix_is_read_and_perhaps_written(suffix: str) -> None:
    format = SUFFIXES[suffix]
    assert format.name in READ
    if format.writer:
        assert callable(format.write())
        assert output_format(f"a{suffix.upper()}") == (format, suffix, None)
    else:
        with pytest.raises(InputError, match=r"expected an output that ends in \.csv, \.tsv"):
            output_format(f"a{suffix}")


def test_text_may_be_packed_and_the_rest_not() -> None:
    assert output_format("-")[1:] == (".csv", None)
    assert output_format("a.jsonl.zst")[1:] == (".jsonl", "zstd")
    with pytest.raises(InputError, match=r"CSV and JSON also \.gz or \.zst"):
        output_format("a.gpkg.gz")
    assert unpacked_name("a.csv.gz") == ("a.csv", "gzip")
    assert unpacked_name("a.csv") == ("a.csv", None)


def test_a_shapefile_is_several_files_and_no_others(tmp_path: Path) -> None:
    for name in ("a.shp", "a.SHX", "a.dbf", "a.qix", "a.shp.xml", "b.dbf"):
        (tmp_path / name).touch()
    assert [path.name for path in files_of(tmp_path / "a.shp")] == ["a.shp", "a.SHX", "a.dbf"]
    assert files_of(tmp_path / "a.csv") == [tmp_path / "a.csv"]
