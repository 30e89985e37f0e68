/** The reported place on the map: its point, and its disc at true size. */

import L from "leaflet";

import { el, svg } from "../dom";
import type { Drawn } from "../engine/desk";
import { VERDICTS } from "../engine/verdict";
import { verdictMark } from "../points";

export const MOST_POINTS = 5_000;
const AT_ONCE = 125; // points drawn before the page may do something else

/** Let the page answer its user before going on. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

export class Mark {
  readonly #group = L.layerGroup();
  readonly #points = L.layerGroup();
  #canvas: L.Canvas | undefined;
  #turn = 0;
  /** Where the place lies that was asked about, while it is shown. */
  at: L.LatLngTuple | null = null;

  constructor(map: L.Map) {
    map.createPane("asked").style.zIndex = "595";
    const pane = map.createPane("file");
    pane.style.zIndex = "585";
    pane.style.pointerEvents = "none"; // the zones below can be touched
    this.#group.addTo(map);
    this.#points.addTo(map);
  }

  /** Show a place that was asked about, and its verdict. */
  show(at: L.LatLngTuple, radius: number, verdict: string): void {
    this.clear();
    this.at = at;
    if (radius > 0) {
      const disc = { radius, className: "disc asked-disc", interactive: false, pane: "asked" };
      this.#group.addLayer(L.circle(at, disc));
    }
    const html = el("span", {});
    const box = { viewBox: "-14 -14 28 28", width: 28, height: 28 };
    const halo = svg("circle", { r: 12, class: "asked-halo" });
    html.append(svg("svg", box, halo, verdictMark(verdict, 7)));
    const icon = L.divIcon({ className: "mark asked", iconSize: [28, 28], html });
    this.#group.addLayer(L.marker(at, { icon, interactive: false, keyboard: false, pane: "asked" }));
  }

  clear(): void {
    this.at = null;
    this.#group.clearLayers();
  }

  /** Take the incidents of a file off the map. */
  clearFile(): void {
    this.#turn++;
    this.#points.clearLayers();
  }

  /** Show the incidents of a file, `located` of which have a place; at most so many. */
  async file(drawn: Drawn, located: number): Promise<void> {
    this.clearFile();
    const turn = this.#turn;
    this.#canvas ??= L.canvas({ pane: "file", padding: 0.3 });
    const { latitude, longitude, verdict } = drawn;
    const step = Math.max(1, located / MOST_POINTS);
    let [next, seen, shown] = [0, 0, 0];
    const ink = getComputedStyle(document.documentElement).getPropertyValue("--ink").trim();
    const paper = getComputedStyle(document.documentElement).getPropertyValue("--paper").trim();
    for (let i = 0; i < latitude.length; i++) {
      if (Number.isNaN(latitude[i]!)) continue;
      if (seen++ < next) continue;
      next += step;
      if (++shown % AT_ONCE === 0) await pause();
      if (turn !== this.#turn) break; // another file came meanwhile
      const word = VERDICTS[verdict[i]!]!;
      const full = word === "inside";
      this.#points.addLayer(
        L.circleMarker([latitude[i]!, longitude[i]!], {
          renderer: this.#canvas,
          interactive: false,
          radius: 3,
          weight: 1,
          color: full ? paper : ink,
          fillColor: full ? ink : paper,
          fillOpacity: word === "uncertain" ? 0.4 : 0.9,
          ...(word === "undetermined" ? { dashArray: "1.5 1.5" } : {}),
        }),
      );
    }
  }
}
