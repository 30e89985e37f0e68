/** The quiet ground: sea, land, borders, roads. */

import L from "leaflet";

import type { Base } from "../generated/payload";
import { decodeRing } from "../rings";
import { Ground } from "./ground";

type LatLngs = [number, number][];

export function flip(text: string, scale: number): LatLngs {
  return decodeRing(text, scale).map(([longitude, latitude]) => [latitude, longitude]);
}

/** Draw everything of the base map that is no name. */
export function drawBase(map: L.Map, base: Base): void {
  const pane = map.createPane("base");
  pane.style.zIndex = "210";
  pane.style.pointerEvents = "none";
  const renderer = new Ground(map, { pane: "base", padding: 1 });
  const style = { pane: "base", renderer, interactive: false, smoothFactor: 0.6 };
  const order = ["neighbour", "country", "border", "road"];
  const drawn = [...base.features].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  for (const feature of drawn) {
    for (const rings of feature.polygons ?? []) {
      const shape = rings.map((ring) => flip(ring, base.scale));
      L.polygon(shape, { ...style, className: `base-${feature.kind}`, stroke: true }).addTo(map);
    }
    const lines = (feature.lines ?? []).map((line) => flip(line, base.scale));
    if (!lines.length) continue;
    if (feature.kind === "road") {
      L.polyline(lines, { ...style, className: "base-road-case" }).addTo(map);
    }
    L.polyline(lines, { ...style, className: `base-${feature.kind}` }).addTo(map);
  }
}
