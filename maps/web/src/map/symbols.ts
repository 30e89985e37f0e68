/** What marks on the map mean, as drawings: the map, its key and the printed card share them. */

import type { Tint } from "../colours";
import { el, svg } from "../dom";

/** A pattern of parallel strokes at the tint's own angle. */
export function hatch(id: string, tint: Tint, gap = 6): SVGPatternElement {
  return svg(
    "pattern",
    {
      id,
      width: gap,
      height: gap,
      patternUnits: "userSpaceOnUse",
      patternTransform: `rotate(${tint.angle})`,
    },
    svg("rect", { width: gap, height: gap, fill: tint.colour, "fill-opacity": 0.12 }),
    svg("path", {
      d: `M${gap / 2} 0V${gap}`,
      stroke: tint.colour,
      "stroke-width": 1.7,
    }),
  );
}

/** A dot that says the verdict: full inside, hollow outside, half for what is uncertain. */
export function verdictMark(verdict: string, radius = 4): SVGElement[] {
  const ring = svg("circle", { r: radius, class: "mark-ring" });
  if (verdict === "inside") return [svg("circle", { r: radius, class: "mark-full" })];
  if (verdict === "outside") return [ring];
  const half = svg("path", { d: `M0 ${-radius}A${radius} ${radius} 0 0 0 0 ${radius}Z`, class: "mark-half" });
  if (verdict === "uncertain") return [ring, half];
  return [svg("circle", { r: radius, class: "mark-unknown" })];
}

export function postMark(): SVGElement[] {
  return [svg("path", { d: "M-3.5 3.5V-3.5H3.5V3.5Z", class: "mark-post" })];
}

/** A settlement, in the middle of a line of a key. */
export function settlementMark(): SVGElement[] {
  return [svg("path", { d: "M12 6.5h4v4h-4z", class: "settlements" })];
}

let swatches = 0;

/** A zone in its colour and hatch; an empty outline while it is not in force. */
export function swatch(tint: Tint, inForce: boolean): SVGSVGElement {
  const id = `swatch-${++swatches}`;
  const box = { x: 1, y: 1, width: 20, height: 14, rx: 2 };
  const line = { fill: "none", stroke: tint.colour, "stroke-width": 1.6 };
  if (!inForce) {
    const empty = { ...line, "stroke-width": 1, "stroke-dasharray": "2 2" };
    return svg("svg", { class: "swatch", viewBox: "0 0 22 16" }, svg("rect", { ...box, ...empty }));
  }
  return svg(
    "svg",
    { class: "swatch", viewBox: "0 0 22 16", "aria-hidden": "true" },
    svg("defs", {}, hatch(id, tint, 4)),
    svg("rect", { ...box, fill: `url(#${id})` }),
    svg("rect", { ...box, ...line }),
  );
}

// -- a key: lines of a mark and its meaning -----------------------------------------------------

/** The ground on which a mark of a key is drawn. */
export const KEY_BOX = { x: 1, y: 2, width: 26, height: 13 } as const;
const KEY_LINE = "M1 8.5H27";

/** A line of a key. */
export function keyLine(picture: SVGElement[], meaning: string): HTMLElement {
  return el(
    "li",
    {},
    svg("svg", { viewBox: "0 0 28 17", width: 28, height: 17, "aria-hidden": "true" }, picture),
    el("span", {}, meaning),
  );
}

/** The outline of a zone, as a line of a key draws it. */
export function keyStroke(tint: Tint, width: number, name?: string): SVGElement {
  const stroke = { fill: "none", stroke: tint.colour, "stroke-width": width };
  return svg("path", { d: KEY_LINE, ...stroke, class: name });
}
