/** A verdict as a person reads it: one word, where, a sentence, the facts, the card. */

import type { Atlas, Extent } from "../atlas";
import { el, isolated, type Content } from "../dom";
import type { VerdictRecord } from "../engine/fields";
import type { Swap } from "../engine/text/axes";
import { factList, type Facts } from "../facts";
import type { Words } from "../words";
import { daysText, distanceText } from "./wording";

/** The facts of a record as pairs of a label and what it says. */
export function recordRows(
  record: VerdictRecord,
  words: Words,
  atlas: Atlas,
  facts: Facts,
): [string, Content][] {
  const rows: [string, Content][] = [];
  const put = (key: string, value: Content): void => {
    if (value !== null && value !== "") rows.push([words.say(`field.${key}`), value]);
  };
  if (record.place) put("place", isolated(record.place.name));
  // Of a place that was named, the settlement would say the same again, in Latin letters alone.
  if (record.settlement_name && record.place?.gazetteer_id !== record.settlement) {
    put("settlement", isolated(record.settlement_name));
  }
  const { latitude, longitude } = record;
  if (latitude !== null && longitude !== null) {
    const point = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
    rows.push([words.say("checker.position"), el("bdi", { dir: "ltr" }, point)]);
  }
  put("date", daysText(words, record));
  if (record.radius_m !== null) {
    put("radius", record.radius_m ? words.length(record.radius_m) : words.say("radius_exact"));
  }
  const { share_low: low, share_best: best, share_high: high } = record;
  if (low !== null && best !== null && high !== null) {
    const share = (one: number): string => words.share(one).replaceAll(" ", "\u00a0");
    put("share", words.say("shares", { low: share(low), best: share(best), high: share(high) }));
  }
  if (record.accuracy_m !== null) put("accuracy", `± ${words.length(record.accuracy_m)}`);
  const extent = extentOf(record, atlas);
  if (extent) rows.push([words.say("page.drawn_since"), facts.drawn(extent)]);
  if (record.phase) put("phase", words.say(`phase.${record.phase}`));
  put("time", words.say(`time.${record.time}`));
  for (const field of ["guarantors", "mediators", "framework_guarantors"] as const) {
    const actors = record[field].map((id) => words.name(atlas.actor(id)));
    put(field, actors.join(" · "));
  }
  const round = atlas.round(record.round);
  if (record.round) put("round", round ? words.name(round.name) : isolated(record.round));
  const agreements = record.agreements.map((id) => {
    const one = atlas.data.agreements.find((agreement) => agreement.id === id);
    return el("div", {}, isolated(one ? words.name(one.title) : id));
  });
  if (agreements.length) put("agreements", agreements);
  const spaces = Object.entries(record.boundaries).map(([id, space]) => {
    const boundary = atlas.data.boundaries.find((one) => one.id === id);
    const name = boundary ? words.name(boundary.name) : id;
    return el("div", {}, isolated(name), ": ", words.say(`space.${space}`));
  });
  if (spaces.length) put("boundaries", spaces);
  for (const field of ["subareas", "neighbours"] as const) {
    const found = Object.entries(record[field]).map(([id, space]) => {
      const name = atlas.areas.find((one) => one.id === id)?.name;
      return el("div", {}, isolated(name ? words.name(name) : id), ": ", words.say(`space.${space}`));
    });
    if (found.length) put(field, found);
  }
  const reasons = record.reasons.map((code) => el("div", {}, words.say(`reason.${code}`)));
  if (reasons.length) put("reasons", reasons);
  const repairs = record.repairs.map(({ before, after }) =>
    el("div", {}, el("bdi", {}, before), " → ", el("bdi", {}, after)),
  );
  if (repairs.length) rows.push([words.say("card.repaired"), repairs]);
  return rows;
}

/** The outline that an answer rests on: it may be years older than the day that is asked about. */
function extentOf(record: VerdictRecord, atlas: Atlas): Extent | undefined {
  const { zone, first_day: date, boundary, time } = record;
  if (zone === null || date === null || time !== "in_force") return undefined;
  return atlas.extent(zone, "best", { date, boundary });
}

/** The word of a verdict: where time alone keeps a place from being inside, the word says so. */
export function verdictWord({ verdict, time, space }: VerdictRecord, words: Words): string {
  const late = verdict === "outside" && (space === "inside" || space === "straddles");
  if (!late || (time !== "not_yet" && time !== "ended")) return words.say(`verdict.${verdict}`);
  const said = words.say(`time.${time}`);
  return said.charAt(0).toLocaleUpperCase(words.lang) + said.slice(1);
}

/** Of an open answer, how much of the circle may be inside: never the middle alone. */
export function shareRange({ verdict, share_low, share_high }: VerdictRecord, words: Words): string | null {
  if (verdict !== "uncertain" || share_low === null || share_high === null) return null;
  const [low, high] = [words.share(share_low), words.share(share_high)];
  return low === high ? low : words.say("checker.share_range", { low, high });
}

/** Where a record's place lies: the zone, and how far from the line. */
export function whereText(record: VerdictRecord, words: Words, atlas: Atlas): string {
  const zone = record.zone === null ? undefined : atlas.zone(record.zone);
  const named = zone ? words.say("checker.zone_named", { zone: words.name(zone.name) }) : null;
  return [named, distanceText(words, record)].filter(Boolean).join(" · ");
}

/** What is to be said of a record whose axes may be swapped; nothing where there is no doubt. */
export function swapText(record: VerdictRecord, doubt: Swap | null, words: Words): string {
  const { latitude, longitude } = record;
  if (!doubt || latitude === null || longitude === null) return "";
  return words.say(`swapped.${doubt}`, swapValues(latitude, longitude));
}

/** The degrees of a point as that text says them: with seven digits, as Python does. */
export function swapValues(latitude: number, longitude: number): Record<string, string> {
  const short = (value: number): string => String(Number(value.toPrecision(7)));
  return { latitude: short(latitude), longitude: short(longitude) };
}

/** The sources of what a record rests on. */
function sourcesOf(record: VerdictRecord, atlas: Atlas): string[] {
  const agreements = atlas.data.agreements.filter(({ id }) => record.agreements.includes(id));
  const round = atlas.round(record.round);
  const span = record.zone && record.first_day ? atlas.span(record.zone, record.first_day) : undefined;
  return [...new Set([...agreements, round, span].flatMap((fact) => fact?.sources ?? []))];
}

/** What was answered, as nodes. */
export function answerNodes(
  record: VerdictRecord,
  words: Words,
  atlas: Atlas,
  facts: Facts,
  doubt: HTMLElement | null,
  actions: HTMLElement,
): Node[] {
  const zone = record.zone === null ? undefined : atlas.zone(record.zone);
  const word = el("h3.answer-word", {}, verdictWord(record, words));
  if (record.verdict === "inside" && zone) word.style.color = zone.ink;
  const nodes: Node[] = [];
  const range = shareRange(record, words);
  if (range !== null) {
    nodes.push(
      el(
        "p.answer-share",
        {},
        el("span.answer-percent", {}, range),
        el("span", {}, words.say("checker.share_inside")),
      ),
    );
    word.classList.add("second");
  }
  nodes.push(word);
  const where = whereText(record, words, atlas);
  if (where) nodes.push(el("p.answer-where", {}, where));
  nodes.push(el("p.sentence", { dir: "auto" }, words.sentence(record.sentence)));
  if (doubt) nodes.push(doubt);
  nodes.push(factList(recordRows(record, words, atlas, facts)));
  const ids = sourcesOf(record, atlas);
  if (ids.length) nodes.push(facts.sources(ids));
  nodes.push(actions, el("p.answer-note", {}, words.say("page.no_violation")));
  return nodes;
}
