/** A zone too small for the map of all, drawn larger beside its name. */

import type { Zone } from "../atlas";
import type { Context } from "../context";
import { svg } from "../dom";
import { hatch } from "../map/symbols";
import type { Point, Polygons } from "../rings";
import type { State } from "../state";

const WIDTH = 280;
const HEIGHT = 104;
const KILOMETRE = 1 / 111.2; // degrees of latitude
const EDGE = 6;
/** A zone of less than this share of the largest is hardly seen beside it. */
const SMALL = 0.02;

/** Draw a zone as it is on the day; nothing where the map of all shows it well. */
export function inset(zone: Zone, state: State, { atlas, colours, words }: Context): SVGSVGElement | null {
  const area = (id: string): number =>
    atlas.inForce(id, state.date) ? (atlas.extent(id, "best", state)?.area ?? 0) : 0;
  const own = area(zone.id);
  if (!own || own > SMALL * Math.max(...atlas.data.zones.map(({ id }) => area(id)))) return null;
  const drawn = (estimate: "low" | "best" | "high"): Polygons =>
    atlas.polygons(atlas.extent(zone.id, estimate, state));
  const [low, best, high] = [drawn("low"), drawn("best"), drawn("high")];
  const points = (high.length ? high : best).flat(2) as Point[];
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [west, east] = [Math.min(...xs), Math.max(...xs)];
  const [south, north] = [Math.min(...ys), Math.max(...ys)];
  const squeeze = Math.cos((north * Math.PI) / 180);
  const scale = Math.min(
    (HEIGHT - 2 * EDGE) / (north - south),
    (WIDTH - 90) / ((east - west) * squeeze),
  );
  const path = (polygons: Polygons): string =>
    polygons
      .flat()
      .map((ring) => {
        const places = ring.map(([x, y]) => {
          const at = [EDGE + (x - west) * squeeze * scale, EDGE + (north - y) * scale];
          return at.map((value) => value.toFixed(1)).join(" ");
        });
        return `M${places.join("L")}Z`;
      })
      .join("");
  const tint = colours.of(zone, state);
  const id = `inset-${zone.id}`;
  const evenodd = { "fill-rule": "evenodd" };
  const long = 5 * KILOMETRE * scale;
  const rule = `M${WIDTH - EDGE} ${HEIGHT - 10}v4h${(-long).toFixed(1)}v-4`;
  const scaled = { x: WIDTH - EDGE, y: HEIGHT - 14, "text-anchor": "end" };
  return svg(
    "svg",
    { class: "inset", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" },
    svg("defs", {}, hatch(id, tint)),
    svg("path", { d: `${path(high)}${path(low)}`, fill: `url(#${id})`, ...evenodd }),
    svg("path", { d: path(low), fill: tint.colour, "fill-opacity": 0.3, ...evenodd }),
    svg("path", { d: path(best), fill: "none", stroke: tint.colour, "stroke-width": 1.8 }),
    svg("path", { d: rule, class: "inset-rule" }),
    svg("text", { ...scaled, direction: "ltr" }, words.length(5000)),
  );
}
