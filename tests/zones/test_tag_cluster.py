"""The same function on a real cluster: separate processes, an object store, a worker that dies."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import zones
from zones.tables.files import tag_file
from zones.tables.folders import MANIFEST
from zones.tables.question import COLUMNS

pytest.importorskip("distributed")
boto3 = pytest.importorskip("boto3")
pytest.importorskip("moto")
pytest.importorskip("s3fs")

pytestmark = pytest.mark.filterwarnings("default")  # of packages that are not ours
ROOT = Path(__file__).parents[2]
ROWS = 800


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(what: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def answers(port: int) -> bool:
    with socket.socket() as found:
        return found.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def process(*words: object, env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as out:
        started = subprocess.Popen(
            [sys.executable, *map(str, words)], env=env, stdout=out, stderr=out, cwd=log.parent
        )
    try:
        yield started
    finally:
        started.kill()
        started.wait()


@dataclass(frozen=True)
class Cluster:
    """A store and a cluster on this machine; `env` is what lets a process find the store."""

    scheduler: str
    workers: list[subprocess.Popen[bytes]]
    env: dict[str, str]
    store: Any

    def upload(self, folder: Path, bucket: str) -> None:
        self.store.create_bucket(Bucket=bucket)
        for path in sorted(folder.rglob("*.parquet")):
            self.store.upload_file(str(path), bucket, f"in/{path.relative_to(folder).as_posix()}")

    def listing(self, bucket: str) -> dict[str, str]:
        """Every object below out/, by the hash of its bytes."""
        found = self.store.list_objects_v2(Bucket=bucket, Prefix="out/").get("Contents", [])
        names = [one["Key"] for one in found]
        return {
            name.removeprefix("out/"): hashlib.sha256(self.read(bucket, name)).hexdigest()
            for name in names
        }

    def read(self, bucket: str, name: str) -> bytes:
        data: bytes = self.store.get_object(Bucket=bucket, Key=name)["Body"].read()
        return data

    def tag(self, bucket: str, *more: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dezone", "tag", f"s3://{bucket}/in/*.parquet"]
        command += ["-o", f"s3://{bucket}/out/", "--scheduler", self.scheduler, *more]
        return subprocess.Popen(command, env=self.env, stderr=subprocess.PIPE)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    store_port, port = free_port(), free_port()
    env = {
        **os.environ,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{store_port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "PYTHONPATH": str(ROOT),
        "no_proxy": "127.0.0.1",
    }
    scheduler = f"tcp://127.0.0.1:{port}"
    log = tmp_path / "log.txt"
    with ExitStack() as stack:

        def start(*words: object) -> subprocess.Popen[bytes]:
            return stack.enter_context(process("-m", *words, env=env, log=log))

        start("moto.server", "-H", "127.0.0.1", "-p", store_port)
        start(
            "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", port,
            "--no-dashboard",
        )  # fmt: skip
        wait_for(lambda: answers(store_port) and answers(port))
        workers = [
            start(
                "distributed.cli.dask_worker",
                scheduler,
                "--nthreads",
                1,
                "--no-nanny",
                "--no-dashboard",
                "--host",
                "127.0.0.1",
            )
            for _ in range(2)
        ]
        store = boto3.client(
            "s3",
            endpoint_url=env["AWS_ENDPOINT_URL"],
            aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
            region_name="us-east-1",
        )
        yield Cluster(scheduler, workers, env, store)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    folder.mkdir()
    random = np.random.default_rng(5)
    for i in range(16):
        days = np.datetime64("2017-01-01") + random.integers(0, 900, ROWS)
        part = {
            "id": random.integers(0, 10**9, ROWS),
            "date": days.astype("datetime64[D]"),
            "latitude": random.uniform(32.4, 37.1, ROWS).round(5),
            "longitude": random.uniform(35.8, 42.2, ROWS).round(5),
        }
        pq.write_table(pa.table(part), folder / f"{i:02}.parquet")
    return folder


def test_a_worker_that_dies_in_the_middle_costs_no_row_and_changes_no_byte(
    cluster: Cluster, archive: Path, tmp_path: Path
) -> None:
    cluster.upload(archive, "incidents")
    running = cluster.tag("incidents")
    wait_for(lambda: len(cluster.listing("incidents")) > 2)
    os.kill(cluster.workers[0].pid, signal.SIGKILL)
    _, said = running.communicate(timeout=300)
    assert running.returncode == 0, said.decode()
    assert cluster.workers[0].wait() == -signal.SIGKILL

    tag_file(archive, tmp_path / "out")
    here = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (tmp_path / "out").iterdir()
    }
    assert cluster.listing("incidents") == here
    manifest = json.loads(cluster.read("incidents", f"out/{MANIFEST}"))
    assert manifest["rows"] == 16 * ROWS
    for part in manifest["parts"]:
        data = cluster.read("incidents", f"out/{part['name']}")
        assert part["output_sha256"] == hashlib.sha256(data).hexdigest()
        given = pq.read_table(archive / part["name"])
        assert pq.read_table(io.BytesIO(data)).select(given.column_names).equals(given)

    again = cluster.tag("incidents", "--resume")
    _, said = again.communicate(timeout=300)
    assert again.returncode == 0, said.decode()
    assert b"16 parts (16 were there already)" in said
    assert cluster.listing("incidents") == here


def test_a_dask_dataframe_has_the_answers_of_the_frame_it_is_made_of() -> None:
    dask = pytest.importorskip("dask.dataframe")
    pandas = pytest.importorskip("pandas")
    random = np.random.default_rng(8)
    frame = pandas.DataFrame(
        {
            "date": ["03/07/2017", "13/07/2017"] * 100,  # the order is proved by the whole
            "latitude": random.uniform(32.4, 37.1, 200).round(5),
            "longitude": random.uniform(35.8, 42.2, 200).round(5),
        }
    )
    lazy = zones.tag(dask.from_pandas(frame, npartitions=5))
    assert isinstance(lazy, dask.DataFrame)
    found = lazy.compute()
    expected = zones.tag(frame)
    assert list(lazy.columns) == [*frame.columns, *COLUMNS]
    ours, theirs = list(COLUMNS), list(frame.columns)
    assert lazy[ours].dtypes.to_dict() == expected[ours].dtypes.to_dict()
    pandas.testing.assert_frame_equal(found[ours], expected[ours])
    pandas.testing.assert_frame_equal(found[theirs], frame, check_dtype=False)
    assert found["first_day"].dt.month.eq(7).all()


def test_without_a_scheduler_there_the_command_says_so(archive: Path, tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "dezone", "tag", archive, "-o", tmp_path / "out"]
    command += ["--scheduler", f"tcp://127.0.0.1:{port}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert f"expected a Dask scheduler at 'tcp://127.0.0.1:{port}'" in done.stderr
