"""A page of a million incidents beside folium's FastMarkerCluster: size, opening, redrawing.

And a file of as many, dropped on the page that checks: from the drop to all of them drawn.

Both pages are opened in the same headless Chromium, in turn, and are measured by the same script.
folium's page loads its scripts from the network: here they are answered from npm packages (see
``benchmarks/rivals``), those that draw nothing are answered as empty, and it has no tiles, so that
no network is measured. Run it with

    python benchmarks/page.py [--rows 1000000] [--rounds 3] [--write]

`--write` puts the table into ``docs/benchmarks.md``.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.parquet as pq

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "benchmarks")]

from browser.chromium import ARGUMENTS, install_chromium
from playwright.sync_api import Browser, Page, Route, sync_playwright
from tag import incidents, machine

import maps
from geodata.atlas import read_atlas
from hatch_build import CAREFULLY, npm, npm_reason
from maps.page.points import read_points

DOC = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- page: begin -->", "<!-- page: end -->"
RIVALS = ROOT / "benchmarks" / "rivals"
SCRIPTS = {
    "leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet.css": "leaflet/dist/leaflet.css",
    "leaflet.markercluster.js": "leaflet.markercluster/dist/leaflet.markercluster.js",
    "MarkerCluster.css": "leaflet.markercluster/dist/MarkerCluster.css",
    "MarkerCluster.Default.css": "leaflet.markercluster/dist/MarkerCluster.Default.css",
    "leaflet.awesome-markers.js": "leaflet.awesome-markers/dist/leaflet.awesome-markers.js",
    "leaflet.awesome-markers.css": "leaflet.awesome-markers/dist/leaflet.awesome-markers.css",
}
DRAWN = {"dezone": "[data-crowd=drawn]", "folium": ".leaflet-marker-pane > *"}
PATIENCE_S = 240
PROMISED_S, PROMISED_TASK_MS = 15, 200  # of a million rows dropped, on two cores
KINDS = ("pan", "zoom", "filter", "slider")  # what a redraw follows

# Writes down when what is looked for is there and painted, and the longest task until then.
WATCH = """
window.longest = 0;  // and from the last time that it was set to 0
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) window.longest = Math.max(window.longest, one.duration);
}).observe({ type: "longtask", buffered: true });
const painted = () => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))));
const look = new MutationObserver(async () => {
  if (!document.querySelector(SELECTOR)) return;
  look.disconnect();
  window.drawn = await painted();
});
look.observe(document, { subtree: true, childList: true, attributes: true });
"""

# Moves the map as a user would, then the filter and the slider where there are any, and writes down
# how long each picture took: from the act to the frame after the one that shows it.
MOVE = """
async () => {
  const map = window[Object.keys(window).find((name) => /^map_/.test(name))];
  const painted = () => new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(done)));
  const rest = (ms) => new Promise((done) => setTimeout(done, ms));
  const times = {};
  const own = [];
  const drawn = () => performance.getEntriesByName("crowd-draw").at(-1);
  const take = async (kind, act, awaited = () => true) => {
    await painted();
    const begin = performance.now();
    act();
    do await painted(); while (!awaited(begin));
    (times[kind] ??= []).push(performance.now() - begin);
    if ((drawn()?.startTime ?? 0) > begin) own.push(drawn().duration);
  };
  const still = { animate: false };
  map.setView([35.2, 37.5], 7, still);
  await rest(300);
  window.longest = 0;
  for (const zoom of [8, 9, 10, 11, 10, 9, 8, 7]) {
    await take("zoom", () => map.setZoom(zoom, still));
    await take("pan", () => map.panBy([260, 0], still));
    await take("pan", () => map.panBy([-260, 90], still));
    await take("pan", () => map.panBy([0, -90], still));
  }
  const field = (name) => document.querySelector(`[name="${name}"]`);
  if (field("crowd-zone")) {
    const shown = (begin) => (drawn()?.startTime ?? 0) > begin;
    const say = (name, value, type = "change") => () => {
      field(name).value = value;
      field(name).dispatchEvent(new Event(type, { bubbles: true }));
    };
    for (const act of [
      () => field("crowd-verdict-outside").click(),
      () => field("crowd-verdict-undetermined").click(),
      say("crowd-zone", field("crowd-zone").options[1].value),
      say("crowd-phase", field("crowd-phase").options[2].value),
      say("crowd-from", "2018-01-01"),
      say("crowd-until", "2019-06-30"),
      say("crowd-zone", ""),
      () => document.querySelector(".crowd-clear").click(),
    ]) {
      await take("filter", act, shown);
      await rest(400); // the table follows when nothing changes any more
    }
    const days = document.querySelector("input.slider");
    const to = (share) => () => {
      days.value = Number(days.min) + Math.round(share * (days.max - days.min));
      days.dispatchEvent(new Event("input", { bubbles: true }));
    };
    for (const period of [0, 30, 365]) {
      say("window", period)();
      await rest(400);
      for (let step = 0; step < 12; step++) {
        await take("slider", to(0.2 + step * 0.05), period ? shown : undefined);
      }
      await rest(400);
    }
  }
  return [times, own, window.longest];
}
"""


def make_ours(source: Path, page: Path) -> None:
    """Write the page of every row."""
    atlas = read_atlas()
    maps.write_map(atlas, page, incidents=read_points(source, atlas))


def make_folium(source: Path, page: Path, rows: int) -> None:
    """Write folium's page of the first rows, without tiles."""
    import folium
    from folium.plugins import FastMarkerCluster

    table = pq.read_table(source, columns=["latitude", "longitude"]).slice(0, rows)
    chart = folium.Map((35, 38.5), zoom_start=7, tiles=None, maxZoom=18)
    points = zip(table["latitude"].to_pylist(), table["longitude"].to_pylist(), strict=True)
    FastMarkerCluster([list(point) for point in points]).add_to(chart)
    chart.save(page)


def answer(route: Route) -> None:
    """Answer what folium's page asks the network for, from npm's packages, or as empty."""
    if route.request.url.startswith("file:"):
        route.continue_()
        return
    name = route.request.url.rsplit("/", 1)[1]
    kind = "text/css" if name.endswith(".css") else "text/javascript"
    body = (RIVALS / "node_modules" / SCRIPTS[name]).read_bytes() if name in SCRIPTS else b""
    route.fulfill(body=body, content_type=kind)


def measure(browser: Browser, page: Path, kind: str) -> dict[str, Any]:
    """Open a page, move its map; milliseconds."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.route("**/*", answer)
    tab = context.new_page()
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.add_init_script(WATCH.replace("SELECTOR", repr(DRAWN[kind])))
    tab.goto(page.as_uri(), wait_until="commit", timeout=PATIENCE_S * 1000)
    wait(tab, faults)
    opened, longest = tab.evaluate("[window.drawn, window.longest]")
    moves, own, later = tab.evaluate(MOVE)
    context.close()
    if faults:
        raise RuntimeError(f"{page.name}: {faults[0]}")
    return {"opened": opened, "longest": longest, "moves": moves, "own": own, "later": later}


def wait(tab: Page, faults: list[str]) -> None:
    """Wait for what is looked for, and a little longer."""
    end = time.monotonic() + PATIENCE_S
    while not tab.evaluate("window.drawn ?? 0"):  # the page's policy allows no other waiting
        if faults:
            raise RuntimeError(faults[0])
        if time.monotonic() > end:
            raise TimeoutError(f"not drawn after {PATIENCE_S} s")
        tab.wait_for_timeout(100)
    tab.wait_for_timeout(500)


def drop(browser: Browser, checker: Path, file: Path) -> dict[str, Any]:
    """Drop a file on the checker, move its map; milliseconds."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    tab = context.new_page()
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.add_init_script(WATCH.replace("SELECTOR", repr("[data-crowd=drawn]")))
    tab.goto(checker.as_uri())
    tab.wait_for_selector("[data-drawn]", state="attached")
    tab.wait_for_timeout(500)
    # The browser first makes the file its own; the page hears of it with the change.
    tab.evaluate(
        "document.querySelector('#checker-file').addEventListener('change',"
        " () => { window.begun = performance.now(); window.longest = 0; }, true)"
    )
    tab.set_input_files("#checker-file", str(file))
    wait(tab, faults)
    taken, longest = tab.evaluate("[window.drawn - window.begun, window.longest]")
    moves, own, later = tab.evaluate(MOVE)
    context.close()
    if faults:
        raise RuntimeError(f"{checker.name}: {faults[0]}")
    return {"opened": taken, "longest": longest, "moves": moves, "own": own, "later": later}


def redraws(rounds: list[dict[str, Any]]) -> str:
    """Return the cells of the redraws: of each kind, the median and the slowest."""
    said = []
    for kind in KINDS:
        moves = [time for one in rounds for time in one["moves"].get(kind, [])]
        said.append(f"{statistics.median(moves):.0f}, {max(moves):.0f} ms" if moves else "–")
    return " | ".join(said)


def report(found: dict[str, dict[str, Any]], dropped: dict[str, Any], rounds: int) -> str:
    """Return the table of the results."""
    lines = [
        BEGIN,
        f"Machine: {machine()}. folium {version('folium')}, {rounds} rounds, medians.",
        "",
        "| page | points | size | opening to drawn | longest task | "
        + " | ".join(f"redraw after {kind}: median, slowest" for kind in KINDS)
        + " |",
        "|---" * (5 + len(KINDS)) + "|",
    ]
    for name, one in found.items():
        if not one["rounds"]:
            lines.append(
                f"| {name} | {one['points']:,} | {one['size'] / 1e6:.1f} MB | {one['why']} |"
            )
            continue
        opened = statistics.median(r["opened"] for r in one["rounds"])
        longest = statistics.median(r["longest"] for r in one["rounds"])
        lines.append(
            f"| {name} | {one['points']:,} | {one['size'] / 1e6:.1f} MB | {opened / 1000:.2f} s "
            f"| {longest:.0f} ms | {redraws(one['rounds'])} |"
        )
    own = [time for r in found["dezone"]["rounds"] for time in r["own"]]
    later = max(r["later"] for r in found["dezone"]["rounds"])
    lines += [
        "",
        "A redraw is the time from the act to the second frame of the browser after it. Of each of "
        f"ours, the incidents themselves take {statistics.median(own):.0f} ms (median; the slowest "
        f"{max(own):.0f} ms); the longest task while the map was moved, filtered and run through "
        f"time was {f'{later:.0f} ms' if later else 'under 50 ms'}.",
        "",
        "The same incidents as a file, dropped on the page that checks (`dezone page`); each is "
        "judged there:",
        "",
        "| file | rows | size | dropping to drawn | longest task of all | "
        + " | ".join(KINDS)
        + " |",
        "|---" * (5 + len(KINDS)) + "|",
    ]
    rounds_of = dropped["rounds"]
    taken = statistics.median(r["opened"] for r in rounds_of) / 1000
    longest = max(max(r["longest"], r["later"]) for r in rounds_of)
    kept = taken <= PROMISED_S and longest <= PROMISED_TASK_MS
    lines += [
        f"| CSV | {dropped['points']:,} | {dropped['size'] / 1e6:.1f} MB | {taken:.2f} s "
        f"| {longest:.0f} ms | {redraws(rounds_of)} |",
        "",
        f"Promised are {PROMISED_S} s for a million rows, and no task over {PROMISED_TASK_MS} ms: "
        f"{'kept' if kept else 'not kept'}.",
    ]
    return "\n".join([*lines, END])


def main() -> None:
    """Measure, print, and, if asked, write down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    choice = parser.parse_args()
    done = npm("ci", *CAREFULLY, folder=RIVALS)
    if done.returncode:
        raise SystemExit(f"npm could not fetch what folium's page needs: {npm_reason(done)}")
    folder = Path(tempfile.mkdtemp(prefix="dezone-bench-"))
    try:
        source = folder / "incidents.parquet"
        table = incidents(choice.rows, codes=False)
        pq.write_table(table, source)
        file = folder / "incidents.csv"
        pyarrow.csv.write_csv(table, file)
        checker = maps.write_checker(read_atlas(), folder / "checker.html")
        dropped: dict[str, Any] = {
            "points": choice.rows,
            "size": file.stat().st_size,
            "rounds": [],
        }
        tenth = choice.rows // 10
        pages = {
            "dezone": ("dezone", choice.rows),
            "folium FastMarkerCluster, a tenth": ("folium", tenth),
            "folium FastMarkerCluster, as many": ("folium", choice.rows),
        }
        found: dict[str, dict[str, Any]] = {}
        for name, (kind, points) in pages.items():
            page = folder / f"{kind}-{points}.html"
            begin = time.perf_counter()
            if kind == "dezone":
                make_ours(source, page)
            else:
                make_folium(source, page, points)
            print(f"{name}: written in {time.perf_counter() - begin:.1f} s", flush=True)
            size = page.stat().st_size
            found[name] = {"page": page, "points": points, "size": size, "rounds": []}
        with sync_playwright() as playwright:
            for _ in range(choice.rounds):
                for name, (kind, _points) in pages.items():
                    one = found[name]
                    browser = playwright.chromium.launch(
                        executable_path=install_chromium(), args=list(ARGUMENTS)
                    )
                    try:
                        one["rounds"].append(measure(browser, one["page"], kind))
                    except Exception as error:  # a page that never gets there is a result, too
                        if kind == "dezone":
                            raise
                        one["why"] = f"not drawn: {str(error).splitlines()[0]}"
                    browser.close()
                browser = playwright.chromium.launch(
                    executable_path=install_chromium(), args=list(ARGUMENTS)
                )
                dropped["rounds"].append(drop(browser, checker, file))
                browser.close()
    finally:
        shutil.rmtree(folder)
    said = report(found, dropped, choice.rounds)
    print(said)
    if choice.write:
        head, _, rest = DOC.read_text().partition(BEGIN)
        DOC.write_text(head + said + rest.partition(END)[2])


if __name__ == "__main__":
    main()
