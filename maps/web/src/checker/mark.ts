/** The reported place on the map: its point, and its disc at true size. */

import L from "leaflet";

import { el, svg } from "../dom";
import { verdictMark } from "../map/symbols";

export class Mark {
  readonly #group = L.layerGroup();
  /** Where the place lies that was asked about, while it is shown. */
  at: L.LatLngTuple | null = null;

  constructor(map: L.Map) {
    map.createPane("asked").style.zIndex = "595";
    this.#group.addTo(map);
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
}
