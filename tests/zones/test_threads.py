"""Threads may share what is prepared once: no crash, and the answers of one thread."""

from __future__ import annotations

import subprocess
import sys

# In a process of its own: what goes wrong here ends the process.
SHARED = """
import threading
import numpy as np
import shapely
from geodata.covering import covers
from zones.area_shares import AreaShares
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
grounds = AreaShares(areas, [Outline(shape, plane)], plane).share(0, every)
for _ in range(25):
    again = shapely.from_wkb(shapely.to_wkb(shape))
    outline = Outline(again, plane)
    polygons = AreaShares(areas, [outline], plane)
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
