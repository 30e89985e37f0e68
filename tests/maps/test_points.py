"""Many incidents for one page: how they are packed, what is published, and what is kept back."""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
import zlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import maps
import zones
from dezone.cli import main
from geodata.atlas import Atlas, read_atlas
from geodata.errors import InputError, PageError
from maps.page.packing import pack_numbers, pack_texts
from maps.page.payload import ListedColumn, NumberedColumn, PackedNumbers
from maps.page.points import (
    MISSING,
    MOST_ROWS,
    SCALE,
    PublishedPoints,
    Publishing,
    point_marks,
    read_points,
)
from zones.verdict import PHASES, VERDICTS

WHOLE = st.integers(-(2**31), 2**31 - 1)


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return read_atlas()


@pytest.fixture(scope="module")
def incidents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two thousand incidents, half of them in eight towns, with what nobody asked to publish."""
    random = np.random.default_rng(7)
    n = 2_000
    town = random.integers(0, 8, n)
    spread = np.where(np.arange(n) % 2, 1.0, 0.0)
    table = pa.table(
        {
            "id": [f"EV{i}" for i in random.permutation(n)],
            "date": np.datetime64("2017-04-01") + random.integers(0, 400, n),
            "latitude": (35.2 + town * 0.1 + spread * random.uniform(0, 1, n)).round(5),
            "longitude": (36.2 + town * 0.1 + spread * random.uniform(0, 1, n)).round(5),
            "town": [f"Town {t}" for t in town],
            "informant": [f"secret-{i}" for i in range(n)],
        }
    )
    path = tmp_path_factory.mktemp("crowd") / "incidents.csv"
    pyarrow.csv.write_csv(table, path)
    return path


# -- packing --------------------------------------------------------------------------------


def inflate(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text), -15)


def unpack_numbers(packed: PackedNumbers) -> list[int]:
    planes = np.frombuffer(inflate(packed.data), np.uint8).reshape(4, -1)
    zigzag = planes.T.copy().view("<u4").ravel().astype(np.int64)
    values = (zigzag >> 1) ^ -(zigzag & 1)
    if packed.steps:
        values = np.cumsum(values)
    return values.astype(np.int32).tolist()


def unpack_texts(packed: NumberedColumn | ListedColumn) -> list[str]:
    if isinstance(packed, NumberedColumn):
        return [f"{packed.prefix}{number}" for number in unpack_numbers(packed.numbers)]
    lines = inflate(packed.table).decode().split("\n")
    table = [text for line in lines for text in json.loads(line)] if lines != [""] else []
    return [table[code] for code in unpack_numbers(packed.codes)]


@given(st.lists(WHOLE))
def test_numbers_come_back_as_they_were(values: list[int]) -> None:
    assert unpack_numbers(pack_numbers(values)) == values


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))), st.booleans())
def test_texts_come_back_as_they_were(texts: list[str], numbered: bool) -> None:
    packed = pack_texts("a", pa.array(texts, pa.string()), numbered=numbered)
    assert unpack_texts(packed) == texts


@given(st.text("ABZ-ä0'", max_size=4), st.lists(st.integers(0, 2**40), min_size=1))
def test_numbered_texts_come_back_as_they_were(prefix: str, numbers: list[int]) -> None:
    texts = [f"{prefix}{number}" for number in numbers]
    assert unpack_texts(pack_texts("a", pa.array(texts), numbered=True)) == texts


def test_many_distinct_texts_are_read_line_by_line() -> None:
    texts = [f"text\n{i}" for i in range(40_000)]
    packed = pack_texts("a", pa.array(texts))
    assert inflate(packed.table).count(b"\n") == 2
    assert unpack_texts(packed) == texts


# -- what is read and published -------------------------------------------------------------


def columns_of(points: PublishedPoints) -> dict[str, list[str]]:
    return {name: texts.to_pylist() for name, texts in points.columns}


def content_of(page: str) -> str:
    """All text of a page, that of its packed columns too."""
    block = re.search(r'id="dezone_points[^"]*">(.*?)</script>', page)
    assert block
    parts = re.findall(r'"(?:data|table)":"([A-Za-z0-9+/=]*)"', block[1])
    assert len(parts) >= 7
    return page + "".join(inflate(part).decode("latin-1") for part in parts)


def test_verdicts_are_those_of_a_tagged_table(atlas: Atlas, incidents: Path) -> None:
    points = read_points(incidents, atlas)
    tagged = zones.tag(pyarrow.csv.read_csv(incidents)).to_pylist()
    known = {row["id"]: (row["verdict"], row["zone"], row["phase"]) for row in tagged}
    names = {"verdict": VERDICTS, "zone": points.zones, "phase": PHASES}
    for row, name in enumerate(columns_of(points)["id"]):
        codes = [(getattr(points, key)[row], words) for key, words in names.items()]
        assert tuple(None if code < 0 else str(words[code]) for code, words in codes) == known[name]


def test_rows_are_in_order_of_time_and_each_is_there(atlas: Atlas, incidents: Path) -> None:
    points = read_points(incidents, atlas)
    assert (np.diff(points.first) >= 0).all()
    given = pyarrow.csv.read_csv(incidents)
    assert sorted(columns_of(points)["id"]) == sorted(given["id"].to_pylist())
    place = dict(zip(given["id"].to_pylist(), given["latitude"].to_pylist(), strict=True))
    for name, steps in zip(columns_of(points)["id"], points.latitude, strict=True):
        assert steps / SCALE == pytest.approx(place[name], abs=1e-9)


def test_by_default_verdict_date_id_and_position_are_published_and_nothing_else(
    atlas: Atlas, incidents: Path, tmp_path: Path
) -> None:
    points = read_points(incidents, atlas)
    assert [name for name, _ in points.columns] == ["id"]
    page = maps.write_map(atlas, tmp_path / "map.html", incidents=points).read_text("utf-8")
    content = content_of(page)
    assert "secret" not in content
    assert "Town 1" not in content
    assert "informant" not in content
    assert points.report.columns_left_out == 2


def test_columns_are_published_that_are_named(atlas: Atlas, incidents: Path) -> None:
    points = read_points(incidents, atlas, Publishing(show=("town", "sentence", "zone")))
    assert [name for name, _ in points.columns] == ["id", "town", "sentence"]
    assert points.report.columns_left_out == 1
    with pytest.raises(InputError, match=r"found 'twon'; show one of these\.$"):
        read_points(incidents, atlas, Publishing(show=("twon",)))


def test_own_columns_make_room_for_those_of_the_file(atlas: Atlas, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("id,latitude,longitude,date,verdict\na,35.9,36.6,2017-10-01,guilty\n")
    points = read_points(path, atlas, Publishing(show=("verdict",)))
    assert columns_of(points)["verdict"] == ["guilty"]
    assert points.names[0] == "dezone_verdict"


@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet", "jsonl", "xlsx"])
def test_every_format_gives_the_same_page(
    atlas: Atlas, incidents: Path, tmp_path: Path, suffix: str
) -> None:
    frame = pyarrow.csv.read_csv(incidents).slice(0, 50)
    path = tmp_path / f"incidents.{suffix}"
    if suffix == "parquet":
        pq.write_table(frame, path)
    elif suffix == "jsonl":
        frame.to_pandas().astype({"date": str}).to_json(path, orient="records", lines=True)
    elif suffix == "xlsx":
        frame.to_pandas().astype({"date": str}).to_excel(path, index=False)
    else:
        options = pyarrow.csv.WriteOptions(delimiter="," if suffix == "csv" else "\t")
        pyarrow.csv.write_csv(frame, path, options)
    plain = tmp_path / "plain.csv"
    pyarrow.csv.write_csv(frame, plain)
    wanted = Publishing(show=("town",))
    payloads = [point_marks(read_points(one, atlas, wanted)).payload for one in (plain, path)]
    assert payloads[0] == payloads[1]


def test_rows_without_a_place_or_that_cannot_be_read_are_there(
    atlas: Atlas, tmp_path: Path
) -> None:
    path = tmp_path / "file.csv"
    path.write_text(
        "id,latitude,longitude,date\nnowhere,,,2017-10-01\nbad,north,36,2017-10-01\n"
        "undated,35.9,36.6,\nmiddle,35,38,2017-10-01\nwell,35.9,36.6,2017-10-01\n"
    )
    points = read_points(path, atlas)
    drawn = dict(zip(columns_of(points)["id"], points.latitude != MISSING, strict=True))
    placed = {"undated": True, "well": True, "nowhere": False, "bad": False, "middle": False}
    assert drawn == placed  # the country's middle is no place
    assert points.unreadable == 1
    assert points.report.rows == len(points) == 5


def test_a_file_without_ids_gets_the_numbers_of_its_rows(atlas: Atlas, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("latitude,longitude,date\n35.9,36.6,2018-10-01\n35.9,36.6,2017-10-01\n")
    assert columns_of(read_points(path, atlas)) == {"row": ["2", "1"]}


def test_a_page_of_a_zone_has_its_share(atlas: Atlas, incidents: Path) -> None:
    points = read_points(incidents, atlas)
    shares = [points.of_zone(zone) for zone in points.zones]
    assert sum(map(len, shares)) == int((points.zone >= 0).sum())
    assert shares[0].report.elsewhere == len(points) - len(shares[0])


def test_the_page_is_the_same_to_the_byte(atlas: Atlas, incidents: Path, tmp_path: Path) -> None:
    pages = [
        maps.write_map(atlas, tmp_path / name, incidents=read_points(incidents, atlas)).read_bytes()
        for name in ("one.html", "two.html")
    ]
    assert pages[0] == pages[1]


# -- size -----------------------------------------------------------------------------------


def test_a_million_rows_fit_into_the_page_at_the_size_of_a_row(
    atlas: Atlas, tmp_path: Path
) -> None:
    """Positions, days and ids are drawn at random: no real file is harder to pack."""
    random = np.random.default_rng(1)
    n = 60_000
    table = pa.table(
        {
            "id": [f"SYR{i}" for i in random.integers(0, 10_000_000, n)],
            "date": np.datetime64("2016-06-01") + random.integers(0, 1_400, n),
            "latitude": random.uniform(32.3, 37.3, n).round(5),
            "longitude": random.uniform(35.7, 42.3, n).round(5),
        }
    )
    pq.write_table(table, tmp_path / "file.parquet")
    page = maps.write_map(
        atlas, tmp_path / "map.html", incidents=read_points(tmp_path / "file.parquet", atlas)
    )
    bare = maps.write_map(atlas, tmp_path / "bare.html")
    row = (page.stat().st_size - bare.stat().st_size) / n
    assert bare.stat().st_size + row * MOST_ROWS < 12_000_000


def test_too_many_rows_are_refused_in_one_line(atlas: Atlas, tmp_path: Path) -> None:
    path = tmp_path / "many.parquet"
    n = MOST_ROWS + 1
    table = pa.table({"latitude": np.linspace(33, 36, n), "longitude": np.full(n, 36.0)})
    pq.write_table(table.append_column("date", pa.array(np.full(n, "2017-10-01"))), path)
    with pytest.raises(InputError, match="at most 1,000,000 incidents") as error:
        read_points(path, atlas)
    assert "\n" not in str(error.value)


def test_a_page_that_grows_too_large_names_the_column(atlas: Atlas, tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    notes = [base64.b64encode(random.bytes(3_000)).decode() for _ in range(4_000)]
    table = pa.table({"latitude": [35.0] * 4_000, "longitude": [36.0] * 4_000, "notes": notes})
    pq.write_table(table.append_column("date", pa.array(["2017"] * 4_000)), tmp_path / "f.parquet")
    points = read_points(tmp_path / "f.parquet", atlas, Publishing(show=("notes",)))
    with pytest.raises(PageError, match=r"'notes' takes 1\d\.\d MB; leave that column out"):
        point_marks(points)


# -- do no harm -----------------------------------------------------------------------------


def test_coarse_positions_are_the_middles_of_their_cells_and_verdicts_stay(
    atlas: Atlas, incidents: Path
) -> None:
    exact = read_points(incidents, atlas)
    points = read_points(incidents, atlas, Publishing(coarsen_km=10, show=("id",)))
    ids = columns_of(points)["id"]
    order = {name: row for row, name in enumerate(columns_of(exact)["id"])}
    rows = [order[name] for name in ids]
    assert (points.verdict == exact.verdict[rows]).all()
    half = 5 / 111.195
    lat, lon = exact.latitude[rows] / SCALE, exact.longitude[rows] / SCALE
    away = np.abs(points.latitude / SCALE - lat)
    assert away.max() <= half + 1e-5
    wide = half / np.cos(np.radians(points.latitude / SCALE))
    assert (np.abs(points.longitude / SCALE - lon) <= wide + 1e-5).all()
    assert away.max() > half / 2  # they are blurred indeed
    assert len(set(zip(points.latitude, points.longitude, strict=True))) < 300
    assert not points.radius.any()


@pytest.mark.parametrize("wanted", [Publishing(coarsen_km=5), Publishing(min_count=3)])
def test_ids_lead_to_the_source_so_that_blurred_incidents_have_none(
    atlas: Atlas, incidents: Path, wanted: Publishing
) -> None:
    assert read_points(incidents, atlas, wanted).columns == ()


@pytest.mark.parametrize(
    ("wanted", "column"),
    [
        (Publishing(coarsen_km=5, show=("latitude",)), "latitude"),
        (Publishing(coarsen_km=5, show=("distance_m",)), "distance_m"),
        (Publishing(coarsen_km=5, show=("sentence",)), "sentence"),
        (Publishing(min_count=2, show=("date",)), "date"),
    ],
)
def test_a_column_that_undoes_the_blur_is_refused(
    atlas: Atlas, incidents: Path, wanted: Publishing, column: str
) -> None:
    with pytest.raises(InputError, match=f"found '{column}', which tells what was blurred"):
        read_points(incidents, atlas, wanted)


def test_small_counts_are_left_out_and_their_number_is_told(atlas: Atlas, incidents: Path) -> None:
    wanted = Publishing(coarsen_km=20, min_count=4)
    points = read_points(incidents, atlas, wanted)
    alike = np.stack(
        [points.first, points.last, points.latitude, points.longitude, points.verdict, points.zone],
        1,
    )
    _, counts = np.unique(alike, axis=0, return_counts=True)
    assert counts.min() >= 4
    assert 0 < len(points) < 2_000
    assert len(points) + points.report.withheld.count == 2_000
    weekdays = {(dt.date(1970, 1, 1) + dt.timedelta(int(day))).weekday() for day in points.first}
    assert weekdays == {0}
    assert (points.last - points.first == 6).all()


def test_recent_incidents_are_left_out_counted_from_a_stated_day(
    atlas: Atlas, incidents: Path
) -> None:
    wanted = Publishing(delay_days=30, today=dt.date(2018, 1, 31))
    points = read_points(incidents, atlas, wanted)
    limit = (dt.date(2018, 1, 1) - dt.date(1970, 1, 1)).days
    assert points.last.max() <= limit
    assert points.report.delayed.until == dt.date(2018, 1, 1)
    assert points.report.delayed.count == 2_000 - len(points) > 0


def test_an_incident_without_a_date_may_be_young(atlas: Atlas, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("id,latitude,longitude,date\na,35.9,36.6,\nb,35.9,36.6,2017-10-01\n")
    points = read_points(path, atlas, Publishing(delay_days=0))
    assert columns_of(points)["id"] == ["b"]
    assert points.report.delayed.undated == 1


# -- the command ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--show", "place"], "expected a file for --show"),
        (["--radius", "2km"], "expected a file for --radius"),
        (["--incidents", "{file}", "--coarsen", "0"], "expected cells of more than 0"),
        (["--incidents", "{file}", "--min-count", "0"], "expected a smallest count of 1 or more"),
        (["--incidents", "{file}", "--today", "2018-01-01"], "expected a delay"),
        (["--incidents", "nowhere.csv"], "nowhere.csv"),
    ],
)
def test_what_cannot_be_shown_is_said_in_one_line(
    incidents: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    options = [word.format(file=incidents) for word in words]
    done = CliRunner().invoke(main, ["map", "idlib", "-o", str(tmp_path / "m.html"), *options])
    assert done.exit_code == 1
    assert said in done.output
    assert done.output.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_what_it_published(tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_text("id,latitude,longitude,date\na,35.93,36.63,2018-03-01\nb,35.93,36.63,2019\n")
    options = ["--incidents", str(file), "--delay", "100", "--today", "2018-12-31"]
    done = CliRunner().invoke(main, ["map", "idlib", "-o", str(tmp_path / "m.html"), *options])
    assert done.exit_code == 0, done.output
    assert "1 of 2 incidents, published with verdict, date, position, id" in done.output
    assert "left out: 1 after 2018-09-22, 0 of them without a date" in done.output
