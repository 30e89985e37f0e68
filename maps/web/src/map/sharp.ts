/** Whether a line of the base map is known well enough for the scale it is shown at. */

import type L from "leaflet";

import type { BaseFeature } from "../generated/payload";
import type { Point } from "../rings";
import type { Box } from "./labels";

/** A line that could lie further off than so many pixels is not drawn. */
const MOST_PIXELS = 3;
const EQUATOR = 40_075_017; // metres
const TILE = 256; // pixels of the equator at zoom 0

export function sharp(map: L.Map, { accuracy }: BaseFeature): boolean {
  if (accuracy === undefined) return true;
  const parallel = EQUATOR * Math.cos((map.getCenter().lat * Math.PI) / 180);
  return accuracy <= (MOST_PIXELS * parallel) / (TILE * 2 ** map.getZoom());
}

/** Where on lines their name may lie: along their longest stretch in sight, its middle first. */
export function along(lines: readonly Point[][], view: Box): Point[] {
  let best: { long: number; stretch: Point[] } | null = null;
  for (const line of lines) {
    let stretch: Point[] = [];
    for (const point of [...line, null]) {
      const [x, y] = point ?? [Number.NaN, 0];
      const seen = x > view.x && x < view.x + view.width && y > view.y && y < view.y + view.height;
      if (seen) {
        stretch.push([x, y]);
        continue;
      }
      const long = stretch.reduce((sum, at, index) => {
        const before = stretch[index - 1];
        return before ? sum + Math.hypot(at[0] - before[0], at[1] - before[1]) : sum;
      }, 0);
      if (stretch.length && (!best || long > best.long)) best = { long, stretch };
      stretch = [];
    }
  }
  const { stretch = [] } = best ?? {};
  const { length } = stretch;
  return length ? [4, 3, 5, 2, 6].map((part) => stretch[Math.floor((length * part) / 8)]!) : [];
}
