/** The verdict in a sentence that a person would say: the twin of `zones/sentence.py`. */

import { dayOf, monthLength } from "../days";
import type { AtlasData, Words } from "./atlas";

/** The fields of a record that a sentence is made of; days are numbers from 1970-01-01. */
export interface SentenceFields {
  readonly verdict: string;
  readonly zone: string | null;
  readonly space: string;
  readonly time: string;
  readonly shareLow: number | null;
  readonly shareBest: number | null;
  readonly shareHigh: number | null;
  readonly distance: number | null;
  readonly accuracy: number | null;
  readonly radius: number | null;
  readonly first: number | null;
  readonly last: number | null;
  readonly boundaries: Readonly<Record<string, string>>;
  readonly agreements: readonly string[];
  readonly round: string | null;
  readonly guarantors: readonly string[];
  readonly reasons: readonly string[];
}

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
  const said = [...outline(fields)].map((key) => fill(words.sentence[key]!, slots)).join(" ");
  const [head = ""] = said;
  return head.toUpperCase() + said.slice(head.length);
}

/** Yield the keys of the templates that make up the answer, in order. */
function* outline(fields: SentenceFields): Generator<string> {
  const { verdict, space, time, reasons } = fields;
  const disc = Boolean(fields.radius);
  const accuracy = fields.accuracy !== null;
  if (verdict === "undetermined") {
    if (space === "unknown") {
      if (reasons.includes("placeholder-location")) yield "placeholder";
      else yield reasons.includes("coarse-location") ? "too_coarse" : "unlocated";
    }
    if (time === "unknown") yield "undated";
    return;
  }
  if (verdict === "outside") {
    if (space === "unknown") yield "none_in_force";
    else if (time === "not_yet" || time === "ended") {
      yield `${time}_${space === "outside" ? "elsewhere" : "there"}`;
    } else if (disc && fields.shareHigh! > 0) yield "outside_share";
    else yield time === "unknown" ? "outside_undated" : "outside_place";
    return;
  }
  if (verdict === "inside") yield fields.first === fields.last ? "inside_day" : "inside_days";
  else if (space === "inside") yield "inside_partly";
  else if (reasons.includes("spans-extents")) yield "redrawn";
  else if (disc) yield "uncertain_share";
  else yield fields.shareBest! >= 1 ? "uncertain_within" : "uncertain_beyond";
  const redrawn = verdict !== "inside" && reasons.includes("spans-extents");
  const partlyInside = verdict !== "inside" && space === "inside";
  if (accuracy && !redrawn && !partlyInside) yield "accuracy";
  if (verdict === "uncertain" && time === "partly" && space !== "inside") yield "partly";
  if (fields.agreements.length) yield "arranged_under";
  if (reasons.includes("contested")) yield "contested";
  if (reasons.includes("boundaries-disagree")) yield "boundaries";
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
  for (const [name, share] of [
    ["share_low", fields.shareLow],
    ["share_best", fields.shareBest],
    ["share_high", fields.shareHigh],
  ] as const) {
    if (share !== null) slots.set(name, sayShare(words, share));
  }
  for (const name of ["distance", "radius", "accuracy"] as const) {
    const metres = fields[name];
    if (metres !== null) slots.set(name, sayLength(words, Math.abs(metres)));
  }
  if (fields.first !== null && fields.last !== null) {
    slots.set("days", sayDays(words, fields.first, fields.last));
  }
  if (fields.round) slots.set("round", named(atlas.rounds, fields.round));
  slots.set(
    "guarantors",
    sayList(
      words,
      fields.guarantors.map((actor) => atlas.actors[actor]?.[language] ?? actor),
    ),
  );
  slots.set(
    "boundaries",
    Object.entries(fields.boundaries)
      .map(([name, space]) => `${named(atlas.boundaries, name)}: ${words.space[space]}`)
      .join(words.list["separator"]),
  );
  return slots;
}

/** Put values into a template's {slots}; a value is never read as a template itself. */
export function fill(template: string, slots: ReadonlyMap<string, string>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = slots.get(name);
    if (value === undefined) throw new RangeError(`no value for {${name}}`);
    return value;
  });
}

/** Round to a whole number, halves to the even one, as Python does. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

/** Return a share in whole per cent; only a true 0 or 1 is called 0 % or 100 %. */
export function sayShare(words: Words, share: number): string {
  const whole = roundHalfEven(share * 100);
  const [key, shown] =
    (whole === 0 && share !== 0) || (whole === 100 && share !== 1)
      ? whole === 0
        ? ["less", "1"]
        : ["more", "99"]
      : ["share", String(whole)];
  return fill(words.units[key!]!, new Map([["share", shown!]]));
}

/**
 * Return a length: whole metres below 10 m, tens of metres below 1 km, then tenths of one. Only a
 * true 0 is called 0 m.
 */
export function sayLength(words: Words, metres: number): string {
  if (metres < 9.5) {
    return `${Math.max(roundHalfEven(metres), metres ? 1 : 0)}\u00a0${words.units["m"]}`;
  }
  if (metres < 995) return `${roundHalfEven(metres / 10) * 10}\u00a0${words.units["m"]}`;
  const kilometres = metres / 1000;
  let text: string;
  if (kilometres < 99.95) {
    // A tie that a binary number holds exactly goes to the even tenth.
    const tie = Number.isInteger(kilometres * 4) && (kilometres * 4) % 2 !== 0;
    text = (tie ? roundHalfEven(kilometres * 10) / 10 : kilometres).toFixed(1);
  } else text = String(roundHalfEven(kilometres));
  text = text.replace(/\.0$/, "").replace(".", words.units["decimal"]!);
  return `${text}\u00a0${words.units["km"]}`;
}

/** Return a day, a whole month, a whole year, or an interval, in words. */
export function sayDays(words: Words, first: number, last: number): string {
  const say = (number: number): string => {
    const [year, month, day] = dayOf(number).split("-").map(Number) as [number, number, number];
    return fill(
      words.date["day"]!,
      new Map([
        ["day", String(day)],
        ["month", words.months[month - 1]!],
        ["year", String(year)],
      ]),
    );
  };
  if (first === last) return say(first);
  const [year1, month1, day1] = dayOf(first).split("-").map(Number) as [number, number, number];
  const [year2, month2, day2] = dayOf(last).split("-").map(Number) as [number, number, number];
  if (day1 === 1 && year1 === year2 && day2 === monthLength(year2, month2)) {
    if (month1 === month2) {
      const month = words.months_alone[month1 - 1]!;
      return fill(
        words.date["month"]!,
        new Map([
          ["month", month],
          ["year", String(year1)],
        ]),
      );
    }
    if (month1 === 1 && month2 === 12) return String(year1);
  }
  return fill(
    words.date["range"]!,
    new Map([
      ["first", say(first)],
      ["last", say(last)],
    ]),
  );
}

function sayList(words: Words, items: readonly string[]): string {
  const separator = words.list["separator"]!;
  if (items.length < 2) return items.join("");
  return items.slice(0, -1).join(separator) + words.list["last"]! + items.at(-1)!;
}
