"""The service: answers of the library, errors as problems, nothing stored and nothing said."""

from __future__ import annotations

import contextlib
import html
import io
import json
import logging
import re
import zipfile

import jsonschema
import pytest
from click.testing import CliRunner

import zones
from dezone.cli import main
from geodata.atlas import read_atlas
from zones.record import json_schema

serving = pytest.importorskip("dezone.serve.app", reason="needs the extra serve")

from dezone.serve.limits import Limits  # noqa: E402

POINT = {"latitude": 35.9306, "longitude": 36.6339, "date": "2018-03-07"}


@pytest.fixture(scope="module")
def client():
    return serving.make_app(read_atlas(), "http://127.0.0.1:8080").test_client()


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ("/check?place=Foobar&date=2018-03&lang=ar", 400, "المتوقع: اسم مكان. الموجود: 'Foobar'"),
        ("/nowhere?lang=ar", 404, "المتوقع: عنوان من عناوين /openapi"),
        ("/nowhere?lang=../ar", 404, "expected an address that /openapi lists"),
    ],
)
def test_an_error_is_in_the_language_that_is_asked_for(client, asked, status, said):
    found = client.get(asked)
    assert found.status_code == status
    assert found.get_json()["detail"].startswith(said)


def test_one_incident_gets_the_record_of_the_library(client):
    found = client.get("/check?lat=35.9306&lon=36.6339&date=2018-03-07&lang=ar&radius=2km")
    assert found.status_code == 200
    record = found.get_json()
    jsonschema.validate(record, json_schema())
    asked = {"latitude": "35.9306", "longitude": "36.6339", "date": "2018-03-07", "radius": "2km"}
    assert record == zones.check(**asked, language="ar").to_dict()


def test_a_place_can_be_asked_for_by_name(client):
    record = client.get("/check", query_string={"place": "Kessab", "date": "2018"}).get_json()
    assert record["place"]["name"] == zones.check(place="Kessab", date="2018").place.name


@pytest.mark.parametrize(
    ("body", "kind", "answers"),
    [
        (json.dumps([POINT, POINT | {"date": "once"}]), "application/json", json.loads),
        (
            "\n".join(map(json.dumps, [POINT, POINT | {"date": "once"}])),
            "application/x-ndjson",
            lambda text: [json.loads(line) for line in text.splitlines()],
        ),
        (
            json.dumps(
                {
                    "type": "FeatureCollection",
                    "features": [
                        {
                            "type": "Feature",
                            "geometry": {"type": "Point", "coordinates": [36.6339, 35.9306]},
                            "properties": {"date": date},
                        }
                        for date in ("2018-03-07", "once")
                    ],
                }
            ),
            "application/geo+json",
            lambda text: [one["properties"] for one in json.loads(text)["features"]],
        ),
    ],
    ids=["JSON", "JSON Lines", "GeoJSON"],
)
def test_many_incidents_get_their_records_in_the_form_they_came_in(client, body, kind, answers):
    found = client.post("/check", data=body, content_type=kind)
    assert (found.status_code, found.mimetype) == (200, kind)
    first, second = answers(found.get_data(as_text=True))
    assert (first["verdict"], first["zone"]) == ("inside", "idlib")
    assert (second["verdict"], "unreadable-date" in second["reasons"]) == ("undetermined", True)


def test_ten_thousand_are_taken_and_one_more_is_not(client):
    empty = [{"latitude": None, "longitude": None, "date": None}]
    refused = client.post("/check", json=empty * 10_001)
    assert refused.status_code == 413
    assert "10000" in refused.get_json()["detail"]


@pytest.mark.parametrize("path", ["/check", "/ogc/processes/tag/execution"])
@pytest.mark.parametrize(
    "rows",
    [[{f"k{i}": 1} for i in range(2_001)], [{f"k{i}": 1 for i in range(1_001)}]],
    ids=["a name for each", "names of one"],
)
def test_a_small_body_becomes_no_huge_table(client, path, rows):
    body = rows if path == "/check" else {"inputs": {"incidents": rows}}
    refused = client.post(path, json=body)
    assert refused.status_code in (400, 413)
    assert "expected at most 1000 different names" in refused.get_json()["detail"]


@pytest.mark.parametrize(
    "row", [{"y": 35.93, "x": 36.63, "when": "2018"}, {"lat": 1, "latitude": 1}]
)
def test_names_that_are_not_known_are_cured_without_a_file(client, row):
    said = client.post("/check", json=[row]).get_json()["detail"]
    assert "name it in each incident as latitude and longitude" in said
    assert "mapping" not in said
    cured = {"latitude": 35.93, "longitude": 36.63, "first_day": "2018-03-07", "last_day": None}
    assert client.post("/check", json=[cured]).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/check?lat=99&lon=36", 400, "expected a latitude"),
        ("/check?lat=35.93&lon=36.63&lat=1", 400, "once"),
        ("/check?lat=35.93&lon=36.63&boundary=nix", 400, "boundary"),
        ("/check?colour=red", 400, "expected parameters of lat"),
        ("/nowhere", 404, "expected an address"),
        ("/ogc/collections/zones/items?limit=x", 400, "limit"),
        ("/ogc/collections/zones/items?bbox=1,2", 400, "bbox"),
        ("/ogc/collections/zones/items/nix", 404, ""),
        ("/ogc/collections/nix/items", 404, ""),
    ],
)
def test_errors_are_problems(client, path, status, said):
    found = client.get(path)
    assert (found.status_code, found.mimetype) == (status, "application/problem+json")
    assert found.get_json()["status"] == status
    assert said in found.get_json()["detail"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("[", "application/json", 400),
        ("7", "application/json", 400),
        ("[7]", "application/json", 400),
        ("a,b", "text/csv", 415),
        ('{"type": "FeatureCollection", "features": [{"geometry": {}}]}', "application/json", 400),
    ],
)
def test_bodies_that_are_none_are_refused(client, body, kind, status):
    assert client.post("/check", data=body, content_type=kind).status_code == status


def test_a_body_that_is_too_large_is_refused():
    app = serving.make_app(read_atlas(), "http://127.0.0.1", Limits(body_bytes=100))
    found = app.test_client().post(
        "/check", data="[" + " " * 200 + "]", content_type="application/json"
    )
    assert (found.status_code, found.mimetype) == (413, "application/problem+json")


def test_one_client_cannot_ask_without_end():
    app = serving.make_app(read_atlas(), "http://127.0.0.1", Limits(requests_a_second=1))
    asked = [app.test_client().get("/version").status_code for _ in range(4)]
    assert asked[:2] == [200, 200]
    assert asked[-1] == 429
    assert app.test_client().get("/health").status_code == 200


def test_nothing_that_is_asked_is_logged(client, caplog, capfd):
    with caplog.at_level(logging.DEBUG):
        client.get("/check?lat=35.9306&lon=36.6339&date=2018-03-07")
        client.get("/ogc/collections/zones/items?bbox=36.6339,35.9306,37,36&datetime=bad")
        client.post(
            "/ogc/processes/check/execution", json={"inputs": {"lat": "35.9306", "lon": "x"}}
        )
    out, err = capfd.readouterr()
    said = caplog.text + out + err
    assert "35.9306" not in said
    assert "36.6339" not in said


def test_pages_of_other_sites_may_ask(client):
    asked = client.options("/check")
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]


def test_zones_are_filtered_by_day_box_and_property(client):
    found = client.get(
        "/ogc/collections/zones/items",
        query_string={
            "zone": "idlib",
            "boundary": "line",
            "estimate": "best",
            "datetime": "2018-03-01",
        },
    ).get_json()
    assert [one["id"] for one in found["features"]] == ["idlib.line.2018-02-15.best"]
    nowhere = client.get("/ogc/collections/zones/items?bbox=10,10,11,11").get_json()
    assert nowhere["numberMatched"] == 0
    before = client.get(
        "/ogc/collections/zones/items?datetime=../2017-05-06&boundary=line"
    ).get_json()
    assert {one["properties"]["valid_from"] for one in before["features"]} == {"2017-05-06"}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("zone=east", "expected zone to be idlib, "),
        ("boundary=front", "expected boundary to be "),
        ("estimate=middle", "expected estimate to be low, best, high"),
        ("filter=zone='idlib'", "found 'filter'"),
        ("q=idlib", "found 'q'"),
        ("day=2018-03-01", "found 'day'"),
        ("zone=idlib&zone=south", "expected each parameter once"),
        ("datetime=soon", "expected a day or an interval of days, found 'soon'"),
        ("datetime=2018-13-01", "expected a day or an interval"),
        ("datetime=2019-01-01/2018-01-01", "expected a day or an interval"),
        ("datetime=..", "expected a day or an interval"),
        ("datetime=2018/2019/2020", "expected a day or an interval"),
        ("bbox=1,2", "(bbox should be either 4 values"),
    ],
)
def test_features_that_would_not_be_those_asked_for_are_refused(client, asked, said):
    answer = client.get(f"/ogc/collections/zones/items?{asked}")
    assert answer.status_code == 400
    assert said in answer.json["detail"]


@pytest.mark.parametrize(
    ("asked", "like"),
    [
        ("2018-03", "2018-03-01/2018-03-31"),
        ("2018-03-01T23:30:00Z", "2018-03-02"),  # local days
        ("../2018-03-01T12:00:00", "1900-01-01/2018-03-01"),
        ("2018-03-01/..", "2018-03-01/2150-01-01"),
    ],
)
def test_a_time_of_features_is_of_local_days(client, asked, like):
    counts = [
        client.get(f"/ogc/collections/zones/items?datetime={when}&resulttype=hits").json
        for when in (asked, like)
    ]
    assert counts[0]["numberMatched"] == counts[1]["numberMatched"] > 0


def test_no_standard_is_claimed_that_is_not_kept(client):
    for _ in range(2):
        claimed = client.get("/ogc/conformance").json["conformsTo"]
        assert len(claimed) == len({*claimed})
        assert not [one for one in claimed if "create" in one or "callback" in one]
    page = client.get("/ogc/conformance?f=html").text
    assert all(one in page for one in claimed)


def test_the_day_on_which_an_extent_ends_is_not_its_own(client):
    asked = {"zone": "idlib", "boundary": "line", "estimate": "best"}
    last, next_ = (
        client.get(
            "/ogc/collections/zones/items", query_string=asked | {"datetime": day}
        ).get_json()
        for day in ("2018-02-14", "2018-02-15")
    )
    assert [one["properties"]["valid_from"] for one in last["features"]] == ["2017-05-06"]
    assert [one["properties"]["valid_from"] for one in next_["features"]] == ["2018-02-15"]


def test_processes_answer_as_the_plain_addresses_do(client):
    inputs = {"lat": "35.9306", "lon": "36.6339", "date": "2018-03-07"}
    one = client.post("/ogc/processes/check/execution", json={"inputs": inputs})
    assert one.get_json() == client.get("/check", query_string=inputs).get_json()
    many = client.post("/ogc/processes/tag/execution", json={"inputs": {"incidents": [POINT]}})
    assert many.get_json()["records"] == client.post("/check", json=[POINT]).get_json()


def test_many_are_checked_by_the_boundary_basis_and_language_that_are_asked_for(client):
    asked = {"boundary": "ministry", "basis": "arrangement", "lang": "ar"}
    (record,) = client.post("/check", json=[POINT], query_string=asked).get_json()
    alone = {"lat": "35.9306", "lon": "36.6339", "date": "2018-03-07", **asked}
    one = client.get("/check", query_string=alone).get_json()
    assert {name for name in one if one[name] != record[name]} <= {"input"}
    assert record["boundary"] == "ministry"
    refused = client.post("/check", json=[POINT], query_string={"boundary": "nix"})
    assert (refused.status_code, "boundary" in refused.get_json()["detail"]) == (400, True)


ROWS = [POINT, POINT | {"date": "once"}, POINT | {"latitude": 33.5, "date": "2018-03"}]


def execute(client, **asked):
    return client.post("/ogc/processes/report/execution", json=asked)


def test_a_report_has_the_numbers_of_the_command_and_can_be_verified(client, tmp_path):
    inputs = {"incidents": ROWS, "lang": "ar", "boundary": "ministry"}
    found = execute(client, inputs=inputs, outputs={"folder": {}})
    assert (found.status_code, found.mimetype) == (200, "application/zip")
    zipfile.ZipFile(io.BytesIO(found.data)).extractall(tmp_path)
    assert json.loads((tmp_path / "incidents.json").read_bytes()) == ROWS
    command = ["report", "incidents.json", "-o", "again", "--boundary", "ministry", "--lang", "ar"]
    run = CliRunner()
    with contextlib.chdir(tmp_path):
        assert run.invoke(main, command).exit_code == 3  # a row that cannot be read
        said = run.invoke(main, ["verify", "report/report.json", "--incidents", "incidents.json"])
    assert said.exit_code == 0, said.output
    for path in (tmp_path / "again").iterdir():
        assert path.read_bytes() == (tmp_path / "report" / path.name).read_bytes(), path.name


def test_a_report_is_numbers_or_a_page(client):
    numbers = execute(client, inputs={"incidents": ROWS}).get_json()
    assert (numbers["input"]["rows"], numbers["input"]["unreadable"]) == (3, 1)
    page = execute(client, inputs={"incidents": ROWS}, outputs={"page": {}})
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert page.data.startswith(b"<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"inputs": {"incidents": {}}}, "list of objects"),
        ({"inputs": {}}, "list of objects"),
        ({"inputs": {"incidents": [], "colour": "red"}}, "boundary, basis, lang"),
        ({"inputs": {"incidents": ROWS}, "outputs": {"page": {}, "report": {}}}, "one at a time"),
        ({"inputs": {"incidents": ROWS, "boundary": "nix"}}, "boundary"),
        ({"inputs": {"incidents": [{"colour": "red"}]}}, "column"),
    ],
)
def test_a_report_that_cannot_be_made_says_why(client, asked, said):
    found = execute(client, **asked)
    assert (found.status_code, found.mimetype) == (400, "application/problem+json")
    assert said in found.get_json()["detail"]


def test_a_process_calls_no_other_address(client):
    asked = {"inputs": {}, "subscriber": {"successUri": "http://127.0.0.1:9/"}}
    assert client.post("/ogc/processes/check/execution", json=asked).status_code == 400


@pytest.mark.parametrize(
    "path", ["/ogc/", "/ogc/collections", "/ogc/processes", "/ogc/conformance"]
)
def test_pages_load_nothing_from_elsewhere(client, path):
    found = client.get(path, headers={"Accept": "text/html"})
    assert found.mimetype == "text/html"
    assert found.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("form", ["html", "json"])
def test_every_link_leads_somewhere(client, form):
    """All but the addresses of processes, which are for POST."""
    links, seen = [f"/ogc/?f={form}"], set()
    while links:
        link = links.pop()
        if link in seen or len(seen) > 80:
            continue
        seen.add(link)
        answer = client.get(link)
        assert answer.status_code == (405 if "/execution" in link else 200), link
        found = re.findall(r'href(?:="|": ?")(?:http://127[^/"]+)?(/[^"#]*)', answer.text)
        links += [html.unescape(one) for one in found if "/items/" not in one or "2018" in one]
    assert len(seen) > 15


def test_the_page_at_the_root_is_the_checker(client):
    found = client.get("/")
    assert (found.status_code, found.mimetype) == (200, "text/html")
    assert len(found.data) > 100_000


def test_what_is_doubtful_of_all_rows_together_is_a_header_of_the_answer(client):
    rows = [{"latitude": 36.35, "longitude": 33.53, "date": "2018-03-07", "geo_precision": 3}] * 2
    found = client.post("/check", json=rows)
    kinds = {one["kind"]: one["count"] for one in json.loads(found.headers["Dezone-Notices"])}
    assert kinds == {"axes": 1, "duplicate-row": 1, "swapped-axes": 2, "unused-precision": 1}
    assert "axes-may-be-swapped" in found.get_json()[0]["reasons"]
    assert "Dezone-Notices" not in client.post("/check", json=[POINT]).headers
    process = "/ogc/processes/tag/execution"
    notices = client.post(process, json={"inputs": {"incidents": rows}}).get_json()["notices"]
    assert notices == json.loads(found.headers["Dezone-Notices"])


def test_a_process_says_what_is_wrong_as_the_plain_address_does(client):
    process = "/ogc/processes/check/execution"
    for lang in ("en", "ar"):
        found = client.post(f"{process}?lang={lang}", json={"inputs": {"lat": "99", "lon": "36"}})
        plain = client.get(f"/check?lat=99&lon=36&lang={lang}")
        assert found.get_json() == plain.get_json()
