"""`dezone diff`: which incidents are new, gone, edited; which verdicts changed, and why."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyogrio
import pytest
from atlases import LANGUAGES, SHIPPED, agreement, extent, square, write_atlas
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zones
from dezone.cli import main
from dezone.diff.atlases import compare_atlases
from dezone.diff.cells import differing, said_otherwise
from dezone.diff.compare import Comparison, compare_files, compare_verdicts
from geodata.atlas import read_atlas
from geodata.errors import InputError
from zones.tables.question import ask

EXAMPLES = Path(__file__).parents[2] / "examples" / "incidents.csv"
INSIDE = {"latitude": "35.9306", "longitude": "36.6339"}  # Idlib
OUTSIDE = {"latitude": "36.2021", "longitude": "37.1343"}  # Aleppo
COLUMNS = ("id", "latitude", "longitude", "date", "radius", "note")


def row(name: str, **cells: str) -> dict[str, str]:
    return {"id": name, **INSIDE, "date": "2017-10-01", "radius": "0", "note": "x", **cells}


def write(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def compare(
    folder: Path, old: Sequence[Mapping[str, str]], new: Sequence[Mapping[str, str]], **options: Any
) -> tuple[Comparison, list[dict[str, Any]]]:
    """The counts, and the rows of the output by JSON."""
    before, now = write(folder / "old.csv", old), write(folder / "new.csv", new)
    found = compare_files(before, now, output=folder / "diff.json", **options)
    return found, json.loads((folder / "diff.json").read_text(encoding="utf-8"))


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["diff", *map(str, words)])


# -- which rows -----------------------------------------------------------------------------

CELLS = {
    "latitude": st.sampled_from(["35.9306", "36.2021", "34.9", "", "?", "33,5"]),
    "longitude": st.sampled_from(["36.6339", "37.1343", "36.7", "36.30"]),
    "date": st.sampled_from(["2017-10-01", "2018-03", "2015", "", "someday", "2020-01-01"]),
    "radius": st.sampled_from(["0", "2 km", "25000", ""]),
    "note": st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8),
}
ROWS = st.lists(
    st.fixed_dictionaries({"id": st.integers(0, 12).map(str), **CELLS}),
    min_size=1,
    max_size=12,
    unique_by=lambda one: one["id"],
)
FEW = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("dezone.diff.compare", "dezone.diff.releases"):
        monkeypatch.setattr(f"{module}.BATCH", 4)


@FEW
@given(rows=ROWS)
@pytest.mark.usefixtures("small_batches")
def test_a_file_does_not_differ_from_itself(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    found, listed = compare(tmp_path, rows, rows)
    assert listed == []
    assert (found.new, found.gone, found.edited, found.rewritten) == (0, 0, 0, 0)
    assert found.unedited == len(rows)
    assert not found.verdicts
    assert not found.details


@FEW
@given(old=ROWS, new=ROWS)
@pytest.mark.usefixtures("small_batches")
def test_the_lists_applied_to_the_old_file_give_the_new_one(
    tmp_path: Path, old: list[dict[str, str]], new: list[dict[str, str]]
) -> None:
    found, listed = compare(tmp_path, old, new)
    by_change = {
        change: [one["id"] for one in listed if one["change"] == change]
        for change in ("new", "gone", "edited", "unedited")
    }
    before, now = ({one["id"]: one for one in rows} for rows in (old, new))
    assert (set(before) - set(by_change["gone"])) | set(by_change["new"]) == set(now)
    assert (found.new, found.gone) == (len(by_change["new"]), len(by_change["gone"]))
    for one in listed:
        if one["change"] == "edited":
            changed = before[one["id"]] | {name: new for name, (_, new) in one["edits"].items()}
            for name, (cell, _) in one["edits"].items():
                assert cell == before[one["id"]][name]
            left = {n: (changed[n], now[one["id"]][n]) for n in COLUMNS}
            assert all(said_the_same(n, *cells) for n, cells in left.items())


def said_the_same(name: str, a: str, b: str) -> bool:
    if a.strip() == b.strip() or name != "note":
        return a.strip() == b.strip() or name in ("latitude", "longitude", "date", "radius")
    return bool(said_otherwise(pa.array([a]), pa.array([b]))[0])


@FEW
@given(old=ROWS, new=ROWS)
def test_verdicts_are_those_of_tagging(
    tmp_path: Path, old: list[dict[str, str]], new: list[dict[str, str]]
) -> None:
    _, listed = compare(tmp_path, old, new)
    for rows, end in ((old, "old"), (new, "new")):
        names = [*INSIDE, "date", "radius"]
        columns = {n: pa.array([one[n] for one in rows], pa.string()) for n in ("id", *names)}
        tagged = {one["id"]: one for one in zones.tag(pa.table(columns)).to_pylist()}
        for one in listed:
            expected = tagged.get(one["id"], {})
            assert one[f"verdict_{end}"] == expected.get("verdict")
            assert one[f"zone_{end}"] == expected.get("zone")


def test_what_is_only_written_otherwise_is_counted_and_not_listed(tmp_path: Path) -> None:
    found, listed = compare(
        tmp_path,
        [row("1", radius="2000"), row("2"), row("3"), row("4", note="007"), row("5", note="a ")],
        [
            row("1", latitude="35.93060", radius="2000.0"),
            row("2", date="2017-10-01 00:00:00.000"),
            row("3", date="1 October 2017", latitude="35°55'50.16\"N", longitude="36°38'2.04\"E"),
            row("4", note="7"),
            row("5", note="a"),
        ],
    )
    assert [one["id"] for one in listed] == ["4"], "a code with zeros in front is no number"
    assert found.rewritten == 4


def test_an_edited_time_is_an_edit_though_the_day_is_the_same(tmp_path: Path) -> None:
    _, listed = compare(
        tmp_path, [row("1", date="2017-10-01T10:00")], [row("1", date="2017-10-01T12:00")]
    )
    assert listed[0]["edits"] == {"date": ["2017-10-01T10:00", "2017-10-01T12:00"]}


def test_rows_that_cannot_be_read_are_compared_as_text_and_counted(tmp_path: Path) -> None:
    found, listed = compare(
        tmp_path,
        [row("1", date="someday"), row("2", date="someday"), row("3")],
        [row("1", date="someday"), row("2", date="one day"), row("3", latitude="?")],
    )
    assert found.unreadable == (2, 3)
    assert [(one["id"], one["edited"]) for one in listed] == [("2", "date"), ("3", "latitude")]
    assert listed[1]["why"] == "There is no usable place any more."


def test_a_format_and_types_of_its_own_make_no_edit(tmp_path: Path) -> None:
    frame = pa.table(
        {
            "id": pa.array([1.0, 2.0]),
            "latitude": [35.5, 36.0],
            "longitude": [36.5, 37.0],
            "date": pa.array(["2017-10-01", "2018-01-01"]),
            "n": pa.array([None, 3]),
        }
    )
    import pyarrow.csv
    import pyarrow.parquet

    pyarrow.parquet.write_table(frame, tmp_path / "a.parquet")
    pyarrow.csv.write_csv(frame, tmp_path / "a.csv")
    found = compare_files(tmp_path / "a.parquet", tmp_path / "a.csv")
    assert (found.unedited, found.edited, found.new, found.gone) == (2, 0, 0, 0)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param([1.5, None, float("nan")], [1.5, float("nan"), None], id="missing numbers"),
        pytest.param([[1, 2], []], [[1, 2], []], id="lists"),
        pytest.param([b"\xff", None], [b"\xff", None], id="bytes"),
        pytest.param(["", None], [None, ""], id="missing texts"),
    ],
)
def test_the_same_cells_do_not_differ_whatever_their_type(old: list[Any], new: list[Any]) -> None:
    assert not differing(pa.array(old), pa.array(new)).any()


# -- ids ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        pytest.param(
            ["1", "2", "2"], "1 rows that repeat one ('2' stands in rows 2, 3)", id="twice"
        ),
        pytest.param(["1", "", "3"], "1 rows without one (the first is row 2)", id="missing"),
    ],
)
def test_ids_that_do_not_name_one_row_are_refused(
    tmp_path: Path, ids: list[str], said: str
) -> None:
    with pytest.raises(InputError) as caught:
        compare(tmp_path, [row("1")], [row(name) for name in ids])
    assert said in str(caught.value)
    assert "--id" in str(caught.value)
    assert not (tmp_path / "diff.json").exists()


def test_a_file_without_ids_needs_one_to_be_named(tmp_path: Path) -> None:
    for name, ids in (("a.csv", "ab"), ("b.csv", "bc")):
        lines = ["ref,latitude,longitude,date", *(f"{i},35.9306,36.6339,2018-03" for i in ids)]
        (tmp_path / name).write_text("\n".join(lines))
    files = tmp_path / "a.csv", tmp_path / "b.csv"
    refused = run(*files)
    assert refused.exit_code == 1
    assert "--id" in refused.output
    assert "New 1 · gone 1 · edited 0 · unedited 1" in run(*files, "--id", "ref").output


# -- why ------------------------------------------------------------------------------------


def test_each_changed_verdict_has_its_reason(tmp_path: Path) -> None:
    _, listed = compare(
        tmp_path,
        [row("place"), row("date"), row("radius"), row("note"), row("both"), row("either")],
        [
            row("place", **OUTSIDE),
            row("date", date="2016-10-01", note="y"),
            row("radius", radius="20 km"),
            row("note", note="y"),
            # Neither would do alone: the place is still inside, and so is the day.
            row("both", latitude="36.0", radius="12 km"),
            row("either", date="2016-10-01", **OUTSIDE),
        ],
    )
    found = {one["id"]: one for one in listed}
    causes = {name: one["causes"] for name, one in found.items()}
    assert causes == {
        "place": "place",
        "date": "date",
        "radius": "radius",
        "note": "",
        "both": causes["both"],
        "either": "place;date",
    }
    assert found["place"]["why"] == "The place moved by 54.2\N{NO-BREAK SPACE}km."
    assert found["place"]["moved_m"] == pytest.approx(54_200, abs=100)
    assert found["date"]["why"] == "Date: 1 October 2017, now 1 October 2016."
    assert found["date"]["edited"] == "date;note"
    assert found["radius"]["why"] == "Place known to: exact point, now 20\N{NO-BREAK SPACE}km."
    assert found["note"]["answer"] == ""
    assert found["place"]["answer"].startswith("verdict")


def test_what_only_together_changed_a_verdict_is_told_together(tmp_path: Path) -> None:
    # A square in force in one year, another in the next: only the new place on the new day is in.
    write_atlas(
        tmp_path / "atlas",
        phases={
            "here": [("declared", "2017-01-01"), ("ended", "2018-01-01")],
            "there": [("declared", "2019-01-01")],
        },
        extents=[
            extent("here", "2017-01-01", None, square(36.0, 35.0)),
            extent("there", "2017-01-01", None, square(37.0, 35.0)),
        ],
    )
    old = row("1", latitude="35.0", longitude="36.0", date="2018-06-01")
    new = row("1", latitude="35.0", longitude="37.0", date="2019-06-01")
    _, listed = compare(tmp_path, [old], [new], question=ask(atlas=tmp_path / "atlas"))
    assert [listed[0][f"verdict_{end}"] for end in ("old", "new")] == ["outside", "inside"]
    assert listed[0]["causes"] == "place+date"


# -- two atlases ----------------------------------------------------------------------------


def sketch(folder: Path, **changes: Any) -> Path:
    return write_atlas(
        folder,
        **{
            "phases": {"here": [("declared", "2017-01-01")], "there": [("declared", "2017-01-01")]},
            "extents": [
                extent("here", "2017-01-01", None, square(36.0, 35.0)),
                extent("there", "2017-01-01", None, square(37.0, 35.0)),
            ],
            "agreements": [agreement("Peace", ["here", "there"], "2017-01-01")],
            **changes,
        },
    )


def test_records_of_two_atlases_are_compared_one_by_one(tmp_path: Path) -> None:
    old = read_atlas(sketch(tmp_path / "old"))
    new = read_atlas(
        sketch(
            tmp_path / "new",
            phases={
                "here": [("declared", "2017-02-01")],
                "there": [("declared", "2017-01-01"), ("ended", "2018-01-01")],
            },
            extents=[
                extent("here", "2017-01-01", None, square(36.1, 35.0)),
                extent("there", "2017-01-01", None, square(37.0, 35.0)),
            ],
            agreements=[agreement("Truce", ["here"], "2017-01-01")],
        )
    )
    found = {(one.kind, one.id): one for one in compare_atlases(old, new)}
    moved = found["extents", "here/line/2017-01-01"]
    assert moved.change == "edited"
    assert moved.overlap == pytest.approx(1 / 3, abs=0.001), "half of each square is shared"
    shifted = found["phases", "here/declared/2017-02-01"]
    assert shifted.edits["from"] == ("2017-01-01", "2017-02-01")
    assert found["phases", "there/ended/2018-01-01"].change == "new"
    assert found["agreements", "Truce"].change == "new"
    assert found["agreements", "Peace"].change == "gone"
    assert {kind for kind, _ in found} == {"extents", "phases", "agreements", "rounds"}
    assert compare_atlases(old, old) == []


@pytest.mark.parametrize(
    ("changes", "cause", "said"),
    [
        pytest.param(
            {"extents": [
                extent("here", "2017-01-01", None, square(36.3, 35.0)),
                extent("there", "2017-01-01", None, square(37.0, 35.0)),
            ]},
            "extents",
            "Drawn anew: here/line/2017-01-01.",
            id="the line",
        ),
        pytest.param(
            {"phases": {
                "here": [("declared", "2017-01-01"), ("ended", "2017-05-01")],
                "there": [("declared", "2017-01-01")],
            }},
            "phases",
            "Phases changed: here/ended/2017-05-01.",
            id="the phase",
        ),
        pytest.param(
            {"agreements": [agreement("Truce", ["here", "there"], "2017-01-01")]},
            "agreements",
            "Agreements changed: Truce, Peace, Round-Truce (+1).",
            id="the agreement",
        ),
        pytest.param(
            {"placeholders": [(36.0, 35.0)]},
            "settings",
            "Settings of the atlas changed: sketch.",
            id="the placeholders",
        ),
    ],
)  # fmt: skip
def test_a_verdict_says_what_of_the_atlas_changed_it(
    tmp_path: Path, changes: dict[str, Any], cause: str, said: str
) -> None:
    old, new = sketch(tmp_path / "old"), sketch(tmp_path / "new", **changes)
    incidents = write(
        tmp_path / "incidents.csv",
        [
            row("1", latitude="35.0", longitude="36.0"),
            row("2", latitude="36.5", longitude="36.0"),
        ],
    )
    questions = (ask(atlas=read_atlas(folder)) for folder in (old, new))
    found = compare_verdicts(incidents, *questions, output=tmp_path / "out.json")
    listed = json.loads((tmp_path / "out.json").read_text())
    assert [(one["id"], one["causes"], one["why"]) for one in listed] == [("1", cause, said)]
    assert found.causes == {cause: 1}
    assert found.unedited == 2


def test_an_edited_copy_of_the_shipped_atlas_differs_in_what_was_edited(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(SHIPPED, mine)
    assert "the same, to the byte" in run("shipped", mine).output
    phases = json.loads((mine / "phases.json").read_text(encoding="utf-8"))
    next(p for p in phases if p["phase"] == "contested")["from"] = "2018-01-02"
    (mine / "phases.json").write_text(json.dumps(phases), encoding="utf-8")
    said = run("shipped", mine, "--incidents", EXAMPLES, "-o", tmp_path / "out.csv")
    assert said.exit_code == 0, said.output
    assert "Phases: new 0, gone 0, edited 1" in said.output
    assert "Rows: 60, judged by both" in said.output
    listed = run("shipped", mine, "-o", tmp_path / "records.csv")
    assert listed.exit_code == 0
    with (tmp_path / "records.csv").open(newline="") as file:
        assert [one["kind"] for one in csv.DictReader(file)] == ["phases"]


# -- output ---------------------------------------------------------------------------------

HOSTILE = [row("=1+1", note='=cmd|"/c calc"!A1'), row("-2", note="<script>"), row("3")]


def test_every_format_holds_the_same_rows_and_no_formula(tmp_path: Path) -> None:
    old = write(tmp_path / "old.csv", HOSTILE[1:])
    new = write(tmp_path / "new.csv", [HOSTILE[0], row("-2", note="@SUM(1)")])
    outputs = {}
    for suffix in ("csv", "tsv", "json", "jsonl", "xlsx", "parquet", "geojson", "gpkg", "csv.gz"):
        outputs[suffix] = tmp_path / f"out.{suffix}"
        assert run(old, new, "-o", outputs[suffix]).exit_code == 0
        again = tmp_path / f"again.{suffix}"
        run(old, new, "-o", again)
        if suffix != "gpkg":
            assert again.read_bytes() == outputs[suffix].read_bytes()
    with outputs["csv"].open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(one["id"], one["change"]) for one in rows] == [
        ("'=1+1", "new"),
        ("'-2", "edited") if rows[1]["id"].startswith("'") else ("-2", "edited"),
        ("3", "gone"),
    ]
    assert not any(cell[:1] in "=+@" for one in rows for cell in one.values() if cell)
    sheet = openpyxl.load_workbook(outputs["xlsx"]).active
    assert sheet is not None
    assert [cell.data_type for cell in sheet["A"]] == ["s"] * 4
    assert len(pyogrio.read_dataframe(outputs["gpkg"])) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_summary_has_at_most_twelve_lines(tmp_path: Path, language: str) -> None:
    old = [row(str(i)) for i in range(40)]
    new = [
        row(str(i), latitude=f"{34 + i / 20}", date=f"201{i % 9}-05-05", note="\x1b[31m" * (i % 2))
        for i in range(8, 60)
    ]
    found = run(
        write(tmp_path / "a.csv", old), write(tmp_path / "b.csv", [*new, row("x", date="?")]),
        "-o", tmp_path / "out.csv", "--lang", language,
    )  # fmt: skip
    assert found.exit_code == 0, found.output
    assert " swapped-axes: " in found.stderr
    assert 6 <= len(found.stdout.splitlines()) <= 12
    assert "{" not in found.output
    both = (
        sketch(tmp_path / "a"),
        sketch(
            tmp_path / "b",
            phases={name: [("declared", "2017-03-03")] for name in "abcdefgh"},
            extents=[
                extent(name, "2017-01-01", None, square(36.0 + i / 4, 35.0))
                for i, name in enumerate("abcdefgh")
            ],
            agreements=[],
        ),
    )
    found = run(*both, "--lang", language)
    assert found.exit_code == 0, found.output
    assert 6 <= len(found.output.splitlines()) <= 12


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["shipped", EXAMPLES], "two of a kind", id="an atlas and a file"),
        pytest.param([EXAMPLES, "nothing.csv"], "found nothing", id="no file"),
        pytest.param(["-", "-"], "standard input twice", id="standard input twice"),
        pytest.param([EXAMPLES, EXAMPLES, "-o", "a.docx"], "an output that ends in", id="suffix"),
        pytest.param([EXAMPLES, EXAMPLES, "--incidents", "x"], "leave it out", id="incidents"),
        pytest.param(["shipped", "shipped", "--atlas", SHIPPED], "leave it out", id="atlas"),
        pytest.param(["shipped", "shipped", "-o", "a.gpkg"], "a table", id="no geometry"),
    ],
)
def test_wrong_usage_is_one_line(words: list[object], said: str) -> None:
    found = run(*words)
    assert found.exit_code == 1
    assert said in found.output
    assert len(found.output.splitlines()) == 1


def test_a_release_of_ucdp_is_compared_by_its_ids(tmp_path: Path, shared: Path) -> None:
    source = shared / "data/incidents/ucdp_ged_syria_2016-2017.csv"
    with source.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:2_000]
    edited = [dict(one) for one in rows[10:]]
    edited[5]["best"] = str(int(edited[5]["best"]) + 1)
    for name, some in (("a.csv", rows), ("b.csv", edited[::-1])):
        with (tmp_path / name).open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, list(rows[0]))
            writer.writeheader()
            writer.writerows(some)
    found = compare_files(tmp_path / "a.csv", tmp_path / "b.csv", output=tmp_path / "d.csv")
    assert (found.gone, found.new, found.edited, found.unedited) == (10, 0, 1, 1_989)
    assert found.columns == {"best": 1}
    assert not found.verdicts


def test_an_event_coded_to_a_district_since_is_judged_by_its_polygon(tmp_path: Path) -> None:
    west, south, east, north = 36.2, 35.2, 36.9, 35.6  # across the line of Idlib
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    feature = {
        "type": "Feature",
        "properties": {"ADM2_EN": "Across", "ADM2_PCODE": "XX01"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    admin = tmp_path / "districts.geojson"
    admin.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    head = "id,where_prec,date_prec,latitude,longitude,date_start,date_end,adm_1,adm_2\n"
    row = "7,{},1,35.44,36.65,2017-10-01,2017-10-01,Idlib,Across\n"
    for name, code in (("old.csv", 1), ("new.csv", 3)):
        (tmp_path / name).write_text(head + row.format(code))
    found = compare_files(
        tmp_path / "old.csv", tmp_path / "new.csv", output=tmp_path / "d.json", admin=[admin]
    )
    assert found.verdicts == {("inside", "uncertain"): 1}
    (listed,) = json.loads((tmp_path / "d.json").read_text())
    assert listed["edits"] == {"where_prec": ["1", "3"]}
    assert listed["causes"] == "radius"
    assert listed["why"] == "Place known to: 1.2\u00a0km, now district."
