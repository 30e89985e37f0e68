/** The area of a zone over the years: as drawn day by day, and between what it may have been. */

import type { Extent, Zone } from "../atlas";
import type { Context } from "../context";
import { type Day, dayNumber, dayOf } from "../days";
import { el, svg } from "../dom";
import type { State } from "../state";

const [WIDTH, HEIGHT, TOP, BOTTOM] = [304, 100, 16, 18]; // pixels
const YEAR_WIDTH = 32; // pixels that the number of a year takes

/** Areas from a day to before another. */
type Step = readonly [from: number, until: number, low: number, best: number, high: number];

/** Return the chart of a zone's area while it was in force; null where it has no extents. */
export function areaChart(zone: Zone, state: State, context: Context): HTMLElement | null {
  const { atlas, words } = context;
  const life = atlas.life(zone.id);
  const extents = drawnExtents(zone.id, state, context);
  const [first] = extents;
  if (!first || life.from === null) return null;
  const [, last] = atlas.years();
  const [begin, end] = [dayNumber(life.from), dayNumber(life.to ?? last)];
  const steps = extents.map((best) => stepOf(best, [begin, end], state, context));
  const most = Math.max(...steps.map(([, , , , high]) => high));
  const rtl = words.direction === "rtl";
  const x = (day: number): number => {
    const share = (day - begin) / (end - begin || 1);
    return Math.round((rtl ? 1 - share : share) * WIDTH * 10) / 10;
  };
  const y = (area: number): number =>
    Math.round((TOP + (1 - area / (most || 1)) * (HEIGHT - TOP - BOTTOM)) * 10) / 10;
  const line = (pick: (step: Step) => number): string =>
    steps.map((step) => `${x(step[0])} ${y(pick(step))}L${x(step[1])} ${y(pick(step))}`).join("L");
  const back = [...steps]
    .reverse()
    .map((step) => `${x(step[1])} ${y(step[2])}L${x(step[0])} ${y(step[2])}`);
  const day = Math.min(end, Math.max(begin, dayNumber(state.date)));
  const now = steps.find(([from, until]) => day >= from && day < until);
  const tint = { fill: zone.colour, stroke: zone.colour };
  const told = steps.map(([from, , , best]) => `${words.day(dayOf(from))}: ${words.area(best)}`);
  const label = `${words.say("page.area_chart")}. ${told.join(". ")}`;
  return el(
    "figure.area-chart",
    {},
    el("figcaption", {}, words.say("page.area_chart")),
    svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label },
      svg("path", { d: `M0 ${y(0)}H${WIDTH}`, class: "area-axis" }),
      yearTicks([begin, end], x, context),
      svg("path", { d: `M${line(([, , , , high]) => high)}L${back.join("L")}Z`, ...tint, class: "area-band" }),
      svg("path", { d: `M${line(([, , , best]) => best)}`, stroke: zone.colour, class: "area-line" }),
      now ? svg("path", { d: `M${x(day)} ${TOP}V${y(0)}`, class: "area-day" }) : null,
      now ? svg("circle", { cx: x(day), cy: y(now[3]), r: 3.5, ...tint }) : null,
      svg("text", { x: rtl ? WIDTH : 0, y: 10 }, words.area(most)),
    ),
  );
}

/** The best extents of a zone by the boundary that counts, or else by the first that draws it, by age. */
function drawnExtents(zone: string, state: State, { atlas }: Context): Extent[] {
  const by = (id: string | undefined): Extent[] =>
    atlas.data.extents.filter(
      (one) => one.zone === zone && one.estimate === "best" && one.boundary === id,
    );
  const own = by(atlas.boundary(state));
  const found = own.length ? own : by(atlas.data.boundaries[0]?.id);
  return found.sort((a, b) => (a.from < b.from ? -1 : 1));
}

function stepOf(
  best: Extent,
  [begin, end]: readonly [number, number],
  state: State,
  { atlas }: Context,
): Step {
  const on = { boundary: best.boundary, date: best.from };
  const area = (estimate: "low" | "high"): number =>
    atlas.extent(best.zone, estimate, { ...state, ...on })?.area ?? best.area;
  const from = Math.max(begin, dayNumber(best.from));
  const until = Math.min(end, best.to === null ? end : dayNumber(best.to));
  return [from, until, area("low"), best.area, area("high")];
}

/** The first days of the years, numbered where there is room. */
function yearTicks(
  [begin, end]: readonly [number, number],
  x: (day: number) => number,
  { words }: Context,
): SVGElement[] {
  const ticks: SVGElement[] = [];
  const [first, last] = [begin, end].map((day) => Number(dayOf(day).slice(0, 4))) as [number, number];
  let free = -Infinity;
  for (let year = first + 1; year <= last; year++) {
    const day: Day = `${year}-01-01`;
    const at = x(dayNumber(day));
    const from = Math.min(at, WIDTH - at);
    ticks.push(svg("path", { d: `M${at} ${HEIGHT - BOTTOM}v4`, class: "area-axis" }));
    if (from < YEAR_WIDTH / 2 || Math.abs(at - free) < YEAR_WIDTH) continue;
    free = at;
    ticks.push(svg("text", { x: at, y: HEIGHT - 2, "text-anchor": "middle" }, words.year(year)));
  }
  return ticks;
}
