"""Threads may share what is prepared once, and a process may be forked while they are at it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# In a process of its own: what goes wrong here ends the process.
SHARED = """
import threading
import numpy as np
import shapely
from geodata.covering import covers
from zones.places import UnitShares
from zones.plane import Plane
from zones.shares import Outline

angle = np.linspace(0.0, 2.0 * np.pi, 2_000)
reach = 1.0 + 0.1 * np.sin(37.0 * angle)
ring = np.column_stack([38.0 + reach * np.cos(angle), 35.0 + reach * np.sin(angle)])
shape = shapely.polygons(ring)
random = np.random.default_rng(7)
x, y = random.uniform(36.8, 39.2, 2_000), random.uniform(33.8, 36.2, 2_000)
radius = random.choice([0.0, 100.0, 20_000.0], 2_000)
expected = shapely.intersects_xy(shape, x, y)
plane = Plane((35.0, 32.0, 42.0, 38.0))
shares = Outline(shape, plane).share(x, y, radius)
west, south = np.meshgrid(np.linspace(36.7, 39.2, 15), np.linspace(33.7, 36.2, 15))
areas = shapely.box(west, south, west + 0.15, south + 0.15).ravel()
every = np.arange(len(areas))
grounds = UnitShares(areas, [Outline(shape, plane)], plane).share(0, every)
for _ in range(25):
    again = shapely.from_wkb(shapely.to_wkb(shape))
    outline = Outline(again, plane)
    polygons = UnitShares(areas, [outline], plane)
    together, wrong = threading.Barrier(4), []

    def ask():
        together.wait()
        if not np.array_equal(covers(again, x, y), expected):
            wrong.append("covers")
        if not np.array_equal(outline.share(x, y, radius), shares):
            wrong.append("share")
        if not np.array_equal(polygons.share(0, every), grounds):
            wrong.append("share of areas")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong
"""


def test_threads_that_ask_about_one_shape_get_its_answers_and_do_not_crash() -> None:
    run = subprocess.run([sys.executable, "-c", SHARED], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


FORKED = """
import os
import signal
import sys
import threading
import time
import numpy as np
from geodata.atlas import read_atlas
from geodata.columns.incidents import Incidents
from zones import verdict
from zones.verdict import Assessor

verdict._MANY = 0
assessor = Assessor(read_atlas())
random = np.random.default_rng(5)
x, y = random.uniform(35.6, 38.5, 1_000), random.uniform(32.5, 36.9, 1_000)
radius = random.choice([0.0, 700.0], 1_000)
days = random.integers(17_000, 19_000, 1_000)
incidents = Incidents.discs(x, y, radius, days, days)
expected = assessor.assess(incidents).verdict
done = False

def keep_busy():
    while not done:
        assessor.compute(incidents)

threads = [threading.Thread(target=keep_busy) for _ in range(3)]
for thread in threads:
    thread.start()
children = []
for _ in range(20):
    time.sleep(0.02)
    child = os.fork()
    if child == 0:
        os._exit(0 if np.array_equal(assessor.assess(incidents).verdict, expected) else 1)
    children.append(child)
done = True
for thread in threads:
    thread.join()
wrong = []
end = time.monotonic() + 60
for child in children:
    while (found := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            found = os.waitpid(child, 0)
        time.sleep(0.01)
    if found[1]:
        wrong.append(found)
sys.exit(f"{len(wrong)} of {len(children)} children hung or found something else" if wrong else 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_forked_while_threads_assess_goes_on_alone() -> None:
    run = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
