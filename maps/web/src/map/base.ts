/** The quiet ground: sea, land, borders, roads. */

import L from "leaflet";

import type { Base } from "../generated/payload";
import { decodeRing } from "../rings";
import { Ground } from "./ground";
import { sharp } from "./sharp";

type LatLngs = [number, number][];

export function flip(text: string, scale: number): LatLngs {
  return decodeRing(text, scale).map(([longitude, latitude]) => [latitude, longitude]);
}

/** Without these there would be no map: they are drawn however far off they may be. */
const GROUND = ["neighbour", "country", "border", "unsettled", "ceasefire"];
const ORDER = [
  "neighbour",
  "country",
  "lake",
  "river",
  "governorate-limit",
  "road",
  "border",
  "unsettled",
  "ceasefire",
];
/** What has a line below it, to stand out from what it crosses, or to cover it. */
const CASED = ["road", "unsettled"];

/** Draw everything of the base map that is no name. */
export function drawBase(map: L.Map, base: Base): void {
  const pane = map.createPane("base");
  pane.style.zIndex = "210";
  pane.style.pointerEvents = "none";
  const renderer = new Ground(map, { pane: "base", padding: 1 });
  const style = { pane: "base", renderer, interactive: false, smoothFactor: 0.6 };
  const drawn = [...base.features].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  for (const feature of drawn) {
    const className = `base-${feature.kind}`;
    const paths: L.Path[] = (feature.polygons ?? []).map((rings) =>
      L.polygon(
        rings.map((ring) => flip(ring, base.scale)),
        { ...style, className, stroke: true },
      ),
    );
    const lines = (feature.lines ?? []).map((line) => flip(line, base.scale));
    if (lines.length) {
      if (CASED.includes(feature.kind)) {
        paths.push(L.polyline(lines, { ...style, className: `${className}-case` }));
      }
      paths.push(L.polyline(lines, { ...style, className }));
    }
    for (const path of paths) path.addTo(map);
    if (GROUND.includes(feature.kind)) continue;
    const show = (): void => {
      for (const path of paths) path.getElement()?.classList.toggle("coarse", !sharp(map, feature));
    };
    map.on("zoomend viewreset", show);
    show();
  }
}
