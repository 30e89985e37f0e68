"""The service as other programs see it: GDAL, QGIS, OWSLib, Schemathesis, slow and huge clients."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from shapely.geometry import shape

ROOT = Path(__file__).parents[2]
pytest.importorskip("waitress", reason="needs the extra serve")
pytest.importorskip("pygeoapi", reason="needs the extra serve")


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the command on a free port; give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "dezone", "serve", "--port", str(port), "--rate", "100000"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.search(r"http://\S+", line)
        assert found, line + process.stderr.read()
        yield found.group(), process
        if process.poll() is None:
            process.kill()


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310  (our own address)
        return bytes(answer.read())


def test_gdal_reads_the_zones(service):
    if shutil.which("ogrinfo") is None:
        pytest.skip("GDAL is not there (Debian: gdal-bin)")
    command = ["ogrinfo", "-al", "-so", f"OAPIF:{service[0]}/ogc", "zones"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    count = json.loads(get(f"{service[0]}/ogc/collections/zones/items?limit=1"))["numberMatched"]
    assert f"Feature Count: {count}" in done.stdout
    assert re.search(r"^zone: String", done.stdout, re.MULTILINE)
    where = ["-where", "zone = 'idlib' AND estimate = 'best'", "-spat", "36", "35", "37", "36"]
    done = subprocess.run([*command, *where], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search(r"Feature Count: [1-9]", done.stdout)


def test_qgis_reads_the_zones(service, tmp_path):
    if shutil.which("qgis_process.bin") is None and shutil.which("qgis_process") is None:
        pytest.skip("QGIS is not there (Debian: qgis python3-qgis qgis-providers)")
    tmp_path.chmod(0o700)
    here = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    command = ["/usr/bin/python3", str(ROOT / "tests" / "apps" / "oapif_probe.py"), service[0]]
    done = subprocess.run(
        command,
        env=here | {"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert (seen["valid"], seen["crs"], seen["logged"]) == (True, "EPSG:4326", [])
    assert seen["kinds"]["valid_from"] == seen["kinds"]["valid_to"] == "Date"

    def areas(question: str) -> dict[str, float]:
        found = json.loads(get(f"{service[0]}/ogc/collections/zones/items?limit=1000&{question}"))
        return {one["id"]: shape(one["geometry"]).area for one in found["features"]}

    for name, question in (
        ("all", ""),
        ("chosen", "zone=idlib&boundary=line&estimate=best"),
        ("within", "bbox=36.3,33.4,36.5,33.6"),
    ):
        assert seen[name] == pytest.approx(areas(question)), name
        assert seen[name]


def test_owslib_reads_the_zones(service):
    features = pytest.importorskip("owslib.ogcapi.features")
    client = features.Features(f"{service[0]}/ogc")
    assert client.feature_collections() == ["zones"]
    found = client.collection_items(
        "zones", datetime_="2018-03-01", zone="idlib", boundary="line", estimate="best"
    )
    assert [one["id"] for one in found["features"]] == ["idlib.line.2018-02-15.best"]
    one = client.collection_item("zones", found["features"][0]["id"])
    assert one["geometry"]["type"] in ("Polygon", "MultiPolygon")


def test_owslib_runs_a_process(service):
    processes = pytest.importorskip("owslib.ogcapi.processes")
    client = processes.Processes(f"{service[0]}/ogc")
    assert {one["id"] for one in client.processes()} == {"check", "tag", "report"}
    inputs = {"lat": "35.9306", "lon": "36.6339", "date": "2018-03-07"}
    (record,) = client.execute("check", inputs=inputs)["outputs"]
    assert record["verdict"] == "inside"


def test_schemathesis_finds_no_fault_in_the_whole_document(service, tmp_path):
    program = Path(sys.executable).parent / "schemathesis"
    if not program.is_file():
        pytest.skip("Schemathesis is not there")
    # Each operation, with few examples: it is the document that is tried, not the kernel.
    checks = (
        "not_a_server_error,status_code_conformance,content_type_conformance,"
        "response_schema_conformance"
    )
    command = [
        *(program, "run", f"{service[0]}/openapi", "--checks", checks, "--max-examples", "5"),
        *("--seed", "2017", "--no-color", "--generation-database", "none"),
        *("--suppress-health-check", "all"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_slow_clients_take_nothing_from_others(service):
    host, port = service[0].removeprefix("http://").split(":")
    slow = [socket.create_connection((host, int(port))) for _ in range(100)]
    try:
        for one in slow:
            one.sendall(b"POST /check HTTP/1.1\r\nHost: a\r\nContent-Le")
        assert json.loads(get(f"{service[0]}/health")) == {"status": "ok"}
        found = json.loads(get(f"{service[0]}/check?lat=35.9306&lon=36.6339&date=2018-03-07"))
        assert found["verdict"] == "inside"
    finally:
        for one in slow:
            one.close()


def test_a_huge_body_is_refused_before_it_is_read(service):
    host, port = service[0].removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as huge:
        huge.sendall(
            b"POST /check HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            b"Content-Length: 99999999999\r\n\r\n[" + b" " * 1000
        )
        assert b" 413 " in huge.recv(1000).split(b"\r\n")[0]
    assert json.loads(get(f"{service[0]}/health")) == {"status": "ok"}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_several_processes_answer_and_end_with_the_first(how):
    command = [sys.executable, "-m", "dezone", "serve", "--port", "0", "--processes", "3"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        port = int(process.stderr.readline().rsplit(":", 1)[1])
        for _ in range(20):
            assert json.loads(get(f"http://127.0.0.1:{port}/health")) == {"status": "ok"}
        process.send_signal(how)
        assert process.wait(30) == (0 if how == signal.SIGTERM else -how)
        assert process.stderr.read() == ""  # to its end: none of the others holds it any more
    with socket.socket() as again:
        again.settimeout(10)
        assert again.connect_ex(("127.0.0.1", port))


def test_an_address_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "dezone", "serve", "--port", port]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_stops_when_it_is_told_to(service):
    address, process = service
    get(f"{address}/health")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
