/** What is marked on the timeline: years, the phases of each zone, rounds of talks. */

import type { Atlas } from "../atlas";
import { type Day, dayNumber } from "../days";
import type { Tint } from "../colours";
import { el, svg } from "../dom";
import { hatch } from "../map/symbols";
import type { Words } from "../words";
import type { Scale } from "./scale";

/** Return where a day lies, as CSS says it. */
export function placeOf(day: Day, scale: Scale): string {
  return percent(scale.share(dayNumber(day)));
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)}%`;
}

export function yearMarks([first, last]: [Day, Day], scale: Scale, words: Words): HTMLElement[] {
  const marks: HTMLElement[] = [];
  for (let year = Number(first.slice(0, 4)); year <= Number(last.slice(0, 4)); year += 1) {
    const mark = el("span.year", { "aria-hidden": "true" }, el("span", {}, words.year(year)));
    mark.style.insetInlineStart = placeOf(`${year}-01-01`, scale);
    marks.push(mark);
  }
  return marks;
}

const DIGIT = 0.0065; // of the timeline: what a digit of a round's number takes
const ROOMY = 0.017; // between numbers that do not touch on paper either
const LABEL = 0.045; // what the word for them takes

/** The rounds of talks, numbered where there is room, and the word for what the numbers count. */
export function roundMarks(
  [first, last]: [Day, Day],
  scale: Scale,
  atlas: Atlas,
  words: Words,
): HTMLElement[] {
  let edge = -1;
  const shown = atlas.data.rounds.filter((round) => round.last >= first && round.last <= last);
  const ticks = shown.map((round) => {
    const title = `${words.name(round.name)}, ${words.day(round.last)}`;
    const tick = el("span.round", { title, "aria-hidden": "true" });
    tick.style.insetInlineStart = placeOf(round.last, scale);
    const share = scale.share(dayNumber(round.last));
    const text = words.year(round.number ?? 0);
    if (round.number !== null && share - edge > (text.length + 0.5) * DIGIT) {
      tick.append(el("span", {}, text));
      tick.classList.toggle("close", share - edge < ROOMY);
      edge = share;
    }
    return tick;
  });
  const begins = Math.min(...shown.map(({ last }) => scale.share(dayNumber(last))));
  const label = el("span.rounds-label", { "aria-hidden": "true" }, words.say("field.rounds"));
  return shown.length && begins > LABEL ? [label, ...ticks] : ticks;
}

function hatched(id: string, tint: Tint): SVGSVGElement {
  const fill = { width: "100%", height: "100%", fill: `url(#${id})` };
  return svg("svg", {}, svg("defs", {}, hatch(id, tint, 5)), svg("rect", fill));
}

/** The phases of one zone while it was in force. */
export function lane(
  zone: string,
  last: Day,
  scale: Scale,
  atlas: Atlas,
  words: Words,
): HTMLElement {
  const tint = atlas.zone(zone);
  const lane = el("div.lane", { "data-zone": zone, "aria-hidden": "true" });
  for (const { zone: of, from, to, phase } of atlas.spans) {
    if (of !== zone || from === null || phase === "ended") continue;
    const [start, stop] = [from, to ?? last].map((day) => scale.share(dayNumber(day)));
    const title = `${words.say(`phase.${phase}`)}, ${words.day(from)}`;
    const bar = el("span.bar", { title });
    bar.classList.add(phase);
    bar.style.insetInlineStart = placeOf(from, scale);
    bar.style.inlineSize = percent((stop ?? 0) - (start ?? 0));
    bar.style.setProperty("--zone", tint?.colour ?? "");
    if (tint && phase === "contested") bar.append(hatched(`lane-${zone}-${from}`, tint));
    lane.append(bar);
  }
  return lane;
}
