"""JSON of any size and shape: read value by value, each written back as it was."""

from __future__ import annotations

import json
import resource
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_reading_dirt import PLACE, Read, write
from test_reading_hostile import refused

from geodata.columns.opening import open_table
from geodata.formats import json as formats_json
from geodata.formats import json_text
from geodata.formats.writing import write_table

ROW = {"date": "2018-03-07", "latitude": 35.9306, "longitude": 36.6339}
POINT = {"type": "Point", "coordinates": [36.6339, 35.9306]}
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.just("\ud800"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=4,
)
RECORDS = st.lists(
    st.dictionaries(st.sampled_from(["a", "b", "é", "geometry", "type"]), VALUES, min_size=1),
    min_size=1,
    max_size=7,
)


def written(table: Any, folder: Path) -> list[dict[str, Any]]:
    write_table(folder / "out.jsonl", table.schema, table.scan(3, None), like=table)
    return [json.loads(line) for line in (folder / "out.jsonl").read_text("utf-8").splitlines()]


def shape(records: list[dict[str, Any]], kind: str) -> Any:
    if kind == "array":
        return records
    if kind == "member":
        return {"count": [1, 2], "records": records, "none": []}
    features = [{"type": "Feature", "properties": r, "geometry": POINT} for r in records]
    ends = {"type": "FeatureCollection"}
    return (
        {"features": features, **ends} if kind == "type behind" else {**ends, "features": features}
    )


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n \n"])
@pytest.mark.parametrize("row", [ROW, dict.fromkeys(ROW), {**ROW, "tags": []}])
def test_one_record_on_one_line_is_a_file_of_one_record(
    tmp_path: Path, row: dict[str, Any], end: str
) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps(row) + end, newline="")
    assert written(open_table(tmp_path / "in.jsonl"), tmp_path) == [row]


@pytest.mark.parametrize("kind", ["array", "member", "type before", "type behind"])
@settings(max_examples=60, deadline=None)
@given(records=RECORDS, indent=st.sampled_from([None, 0, 3]), block=st.integers(1, 40))
def test_every_value_comes_back_wherever_the_text_is_cut(
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    records: list[dict[str, Any]],
    indent: int | None,
    block: int,
) -> None:
    folder = tmp_path_factory.mktemp("json")
    (folder / "in.json").write_text(json.dumps(shape(records, kind), indent=indent))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "_BLOCK", block)
        patch.setattr(formats_json, "_AT_ONCE", 2)
        table = open_table(folder / "in.json")
    assert table.rows == len(records)
    found = written(table, folder)
    if kind.startswith("type"):
        assert table.geometry == table.schema.names[-1]
        assert [row.pop(table.geometry) for row in found] == [POINT] * len(records)
    assert json.dumps(found) == json.dumps([
        {key: record[key] for key in dict.fromkeys(k for r in records for k in r) if key in record}
        for record in records
    ])  # fmt: skip


TEXTS = {
    "array": json.dumps([ROW, ROW], indent=1),
    "member": json.dumps({"records": [ROW, {**ROW, "note": 'é"\\'}]}),
    "lines": "".join(json.dumps(ROW) + "\n" for _ in range(3)),
    "features": json.dumps(shape([ROW], "type before")),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_that_breaks_off_is_refused_wherever_it_does(tmp_path: Path, name: str) -> None:
    text = TEXTS[name]
    whole = len(text.rstrip())
    for cut in range(1, whole):
        if name == "lines" and text[:cut].rstrip().endswith("}"):
            continue  # whole lines are a whole file
        assert "mend" in refused(write(tmp_path, text[:cut], "in.json")), cut


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[{"a": 1},\n {"a": tru}]', "Expecting value) at line 2, column 8"),
        ('[{"a": 1}\n {"a": 2}]', "Expecting ',' or ']') at line 2, column 2"),
        ('{"a": [{"b": 1}], "a": 2}', "expected each key once, found 'a' twice in one object"),
        ('[{"a": 1, "a": 1}]', "expected each key once, found 'a' twice in one object"),
        ('[{"a": NaN}]', "NaN is no number in JSON"),
        ('[{"a": 1}] x', "Extra data) at line 1, column 12"),
        ('[{"a": 1}, 2]', "expected an array of objects, found something else"),
        ('{"x": {"b": 1}, "y": {"b": 2}}', "found an object of objects ('x', 'y'); write each"),
        ('{"a": {"x": {"b": 1}, "y": {"b": 2}}}', "jq '[.\"a\"[]]' makes one of records"),
        ('{"a": [1, 2], "b": [3, 4]}', "found an object of lists of values ('a', 'b')"),
        ('{"a": {"b": [{"c": 1}], "d": 1}}', "jq '.\"a\".\"b\"' takes it out"),
        ('[[{"b": 1}], [{"b": 2}]]', "expected an array of objects, found something else"),
        ('[["2018-03-07", 35.8], ["2018-03-08", 35.9]]', "found something else"),
        ('"text"', "expected an array of objects, found something else"),
        ('{"a": [{}], "b": [{}]}', "expected one list of objects, found 'a', 'b'"),
        ("[{}, {}]", "expected a header with the names of the columns, found none"),
        ('[{"a\\ud800": 1}]', r"expected keys of whole characters, found 'a\ud800'"),
        ('{"a\\ud800": 1}\n{"a": 1}', r"expected keys of whole characters, found 'a\ud800'"),
        ('[{"a": ' + "[" * 100_000, "brackets nested too deep"),
        ('{"type": "FeatureCollection", "features": [1]}', "found something else"),
        ('{"type": "FeatureCollection", "features": []}', "found an empty one"),
        ('{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, '
         '"geometry": {"type": "Point"}}]}', "expected a GeoJSON geometry"),
        ('[{"a": ' + "9" * 5000 + "}]", "expected JSON, found a fault"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    assert told in refused(write(tmp_path, text, "in.json"), format="json")


def test_an_id_beside_another_id_is_kept(tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "id": i, "properties": {**ROW, "id": "x"}, "geometry": POINT}
        for i in ("x", "y")
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    found = Read(write(tmp_path, text, "in.geojson"))
    assert found.places == [PLACE] * 2
    (batch,) = found.batches
    assert batch.column("id").to_pylist() == ["x", "x"]
    assert batch.column("feature_id").to_pylist() == [None, "y"]


def test_an_array_takes_no_more_memory_than_its_text(tmp_path: Path) -> None:
    row = json.dumps(
        {**ROW, **{f"column {i}": i / 7 for i in range(20)}, "nested": [{"a": [1, 2]}]}
    )
    with (tmp_path / "in.json").open("w") as file:
        file.write("[" + f"{row},\n" * 60_000 + row + "]")
    size = (tmp_path / "in.json").stat().st_size >> 20
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    assert open_table(tmp_path / "in.json").rows == 60_001
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    assert after - before < 2 * size + 100


def test_records_with_a_key_of_its_own_each_are_refused_before_they_fill_the_memory(
    tmp_path: Path,
) -> None:
    own = [{"date": "2018", f"k{number}": 1} for number in range(10_000)]
    path = write(tmp_path, json.dumps(own), "in.json")
    assert "expected records that share their keys, found 10001 keys in 10000" in refused(path)
    lines = write(tmp_path, "\n".join(map(json.dumps, own)), "in.jsonl")
    assert "expected records that share their keys" in refused(lines)
    many = json.dumps([{f"k{number}": 1 for number in range(20_000)}])
    assert "at most 16384 columns" in refused(write(tmp_path, many, "in.json"))


def test_a_key_twice_is_found_among_very_many(tmp_path: Path) -> None:
    keys = ", ".join(f'"k{number}": 1' for number in range(100_000))
    assert "'last' twice" in refused(
        write(tmp_path, f'[{{{keys}, "last": 1, "last": 2}}]', "in.json")
    )


def test_a_number_of_thousands_of_digits_is_a_fault(tmp_path: Path) -> None:
    assert "found a fault (a whole number of thousands of digits)" in refused(
        write(tmp_path, '[{"a": ' + "9" * 5000 + "}]", "in.json")
    )
