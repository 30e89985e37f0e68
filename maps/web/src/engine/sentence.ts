/** The verdict in a sentence that a person would say: the twin of `zones/sentence.py`. */

import { type Day, monthLength } from "../days";
import type { AtlasData, Words } from "./atlas";
import { DOUBTS, type Reason } from "../generated/codes";
import type { VerdictRecord } from "./fields";
import { fill, sayLength, sayList, sayShare } from "../say";

/** The fields of a record that a sentence is made of. */
export type SentenceFields = Omit<VerdictRecord, "sentence" | "place">;

/** Return the answer in plain words, with the numbers that decided it. */
export function writeSentence(
  atlas: AtlasData,
  fields: SentenceFields,
  language: string,
  place?: string,
): string {
  const words = atlas.words[language];
  if (!words) throw new RangeError(`expected a language of the atlas, found ${language}`);
  const slots = slotsOf(atlas, words, fields, language, place);
  const said = [...outline(fields), ...areas(fields)].map((key) => fill(words.sentence[key]!, slots)).join(" ");
  const [head = ""] = said;
  return head.toUpperCase() + said.slice(head.length);
}

/** Yield the keys of the templates that make up the answer, in order. */
function* outline(fields: SentenceFields): Generator<string> {
  const { verdict, space, time, reasons } = fields;
  const disc = Boolean(fields.radius_m);
  if (verdict === "undetermined") {
    if (space === "unknown") {
      if (reasons.includes("placeholder-location")) yield "placeholder";
      else yield reasons.includes("coarse-location") ? "too_coarse" : "unlocated";
    }
    if (time === "unknown") yield "undated";
    return;
  }
  const settled = (space === "inside" && time === "in_force") || space === "outside" || space === "unknown";
  const past = time === "not_yet" || time === "ended";
  if (verdict === "uncertain" && (settled || past) && reasons.some(isDoubt)) {
    yield "doubted";
    return;
  }
  if (verdict === "outside") {
    if (space === "unknown") yield "none_in_force";
    else if (time === "not_yet" || time === "ended") {
      yield `${time}_${space === "outside" ? "elsewhere" : "there"}`;
    } else if (disc && fields.share_high! > 0) yield "outside_share";
    else yield time === "unknown" ? "outside_undated" : "outside_place";
    const decided = space !== "unknown" && time !== "not_yet" && time !== "ended";
    if (decided && reasons.includes("ground-lost")) yield "outside_lost";
    if (decided) yield* holders(fields);
    return;
  }
  if (verdict === "inside") yield fields.first_day === fields.last_day ? "inside_day" : "inside_days";
  else if (space === "outside") yield "uncertain_gained";
  else if (space === "inside" && time === "in_force") {
    yield reasons.includes("ground-lost") ? "uncertain_lost" : "uncertain_changed";
  } else if (space === "inside") yield "inside_partly";
  else if (reasons.includes("spans-extents")) yield "redrawn";
  else if (disc) yield "uncertain_share";
  else yield fields.share_best! >= 1 ? "uncertain_within" : "uncertain_beyond";
  const redrawn = verdict !== "inside" && reasons.includes("spans-extents");
  const measured = verdict === "inside" ? fields.settlement === null : space === "straddles";
  if (fields.accuracy_m !== null && !redrawn && measured) yield "accuracy";
  if (verdict === "uncertain" && time === "partly" && space !== "inside") yield "partly";
  yield* holders(fields);
  if (fields.round) yield "arranged_under";
  if (fields.mediators.length) yield "mediated";
  if (reasons.includes("contested")) yield "contested";
  if (reasons.includes("boundaries-disagree")) yield "boundaries";
}

/** Yield the key of the template that says who held the settlement, where it is one. */
function* holders({ reasons, held_by }: SentenceFields): Generator<string> {
  if (reasons.includes("held-unknown")) yield "held_unknown";
  else if (held_by.length) yield held_by.length === 1 ? "held" : "held_in_turn";
}

/** Yield the keys of the templates that say in which areas a known place lies. */
function* areas({ verdict, subareas, neighbours }: SentenceFields): Generator<string> {
  if (verdict === "undetermined") return;
  if (Object.keys(subareas).length) yield "subareas";
  if (Object.keys(neighbours).length) yield "neighbours";
}

function isDoubt(reason: Reason): boolean {
  return (DOUBTS as readonly Reason[]).includes(reason);
}

function slotsOf(
  atlas: AtlasData,
  words: Words,
  fields: SentenceFields,
  language: string,
  place: string | undefined,
): Map<string, string> {
  const slots = new Map([["place", place || words.sentence["the_place"]!]]);
  const named = (list: readonly { id: string; name: Readonly<Record<string, string>> }[], id: string) =>
    list.find((one) => one.id === id)?.name[language] ?? id;
  if (fields.zone) slots.set("zone", named(atlas.zones, fields.zone));
  for (const name of ["share_low", "share_best", "share_high"] as const) {
    const share = fields[name];
    if (share !== null) slots.set(name, sayShare(words, share));
  }
  for (const name of ["distance", "radius", "accuracy"] as const) {
    const metres = fields[`${name}_m`];
    if (metres !== null) slots.set(name, sayLength(words, Math.abs(metres)));
  }
  if (fields.first_day !== null && fields.last_day !== null) {
    slots.set("days", sayDays(words, fields.first_day, fields.last_day));
  }
  if (fields.round) slots.set("round", named(atlas.rounds, fields.round));
  for (const name of ["guarantors", "mediators"] as const) {
    const actors = fields[name].map((actor) => atlas.actors[actor]?.[language] ?? actor);
    slots.set(name, sayList(words, actors));
  }
  for (const name of ["subareas", "neighbours"] as const) {
    const said = Object.entries(fields[name]).map(([id, space]) => {
      const area = atlas.areas.find((one) => one.id === id)!;
      const text = (area.explains ?? area.name)[language] ?? id;
      return space === "inside" ? text : fill(words.sentence["by_some"]!, new Map([["area", text]]));
    });
    slots.set(name, said.join(words.list["separator"]));
  }
  slots.set(
    "holders",
    fields.held_by
      .map((id) => named(atlas.ledger.sides, id))
      .join(words.list["separator"]),
  );
  slots.set(
    "boundaries",
    Object.entries(fields.boundaries)
      .map(([name, space]) => `${named(atlas.boundaries, name)}: ${words.space[space]}`)
      .join(words.list["separator"]),
  );
  return slots;
}

/** Return a day, a whole month, a whole year, or an interval, in words. */
export function sayDays(words: Words, first: Day, last: Day): string {
  const [year1, month1, day1] = partsOf(first);
  const [year2, month2, day2] = partsOf(last);
  const write = (form: string, slots: Readonly<Record<string, string>>): string =>
    fill(words.date[form]!, new Map(Object.entries(slots)));
  const say = (day: Day): string => {
    const [year, month, number] = partsOf(day);
    return write("day", { day: `${number}`, month: words.months[month - 1]!, year: `${year}` });
  };
  if (first === last) return say(first);
  if (day1 === 1 && year1 === year2 && day2 === monthLength(year2, month2)) {
    if (month1 === month2) {
      return write("month", { month: words.months_alone[month1 - 1]!, year: `${year1}` });
    }
    if (month1 === 1 && month2 === 12) return `${year1}`;
  }
  if (year1 === year2 && month1 === month2 && words.date["within"]) {
    const month = words.months[month1 - 1]!;
    return write("within", { first: `${day1}`, last: `${day2}`, month, year: `${year1}` });
  }
  return write("range", { first: say(first), last: say(last) });
}

function partsOf(day: Day): [year: number, month: number, day: number] {
  return day.split("-").map(Number) as [number, number, number];
}
