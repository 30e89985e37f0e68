/** What is shown, as part of the page's address: a state is a link. */

import { type Day, dayNumber } from "./days";
import type { State } from "./generated/payload";
import type { Language } from "./words";

export type { State } from "./generated/payload";

/** What the zones are coloured by. */
export const COLOURINGS = ["zone", "guarantors", "round", "phase"] as const satisfies State["colour"][];

/** Which outlines of a zone are drawn: all three with the band between them, or one. */
export const DRAWN = ["all", "low", "best", "high"] as const satisfies State["estimate"][];

/** Days before and after the day shown within which an incident is not faint; 0 for the whole time. */
export const WINDOWS = [0, 7, 30, 90, 365] as const;

/** Both boundaries at once. */
export const BOTH = "both";

/** Tell whether days may lie in those that a state shows; what has no date lies in none. */
export function isInWindow(
  first: Day | null,
  last: Day | null,
  { date, window }: Pick<State, "date" | "window">,
): boolean {
  if (!window) return true;
  if (first === null || last === null) return false;
  const day = dayNumber(date);
  return dayNumber(first) <= day + window && dayNumber(last) >= day - window;
}

/** What a state may hold: whatever else an address says is ignored. */
export interface Choices {
  zones: string[];
  boundaries: string[];
  languages: Language[];
  first: Day;
  last: Day;
}

/** The parts of an address that stand there always, and those only where they differ. */
const ALWAYS = ["date", "zone", "boundary", "estimate", "lang"] as const;
const SOMETIMES = ["colour", "window", "digits"] as const;
/** In front of what a filter says. */
const FILTER = "incidents.";

function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === text;
}

function one<T extends string>(text: string, allowed: readonly T[]): T | undefined {
  return allowed.find((item) => item === text);
}

/** Read what an address says of the state; bad values are left out. */
export function readAddress(hash: string, choices: Choices): Partial<State> {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  const state: Partial<State> = {};
  const take = <K extends keyof State>(key: K, read: (text: string) => State[K] | undefined): void => {
    const text = said.get(key);
    const value = text === null ? undefined : read(text);
    if (value !== undefined) state[key] = value;
  };
  const { zones, boundaries, languages, first, last } = choices;
  take("date", (text) => (isDay(text) && text >= first && text <= last ? text : undefined));
  take("zone", (text) => (text === "" ? null : one(text, zones)));
  take("boundary", (text) => one(text, boundaries.length > 1 ? [...boundaries, BOTH] : boundaries));
  take("estimate", (text) => one(text, DRAWN));
  take("lang", (text) => one(text, languages));
  take("colour", (text) => one(text, COLOURINGS));
  take("window", (text) => WINDOWS.find((days) => String(days) === text));
  take("digits", (text) => one(text, ["latn", "arab"] as const));
  const filter = new URLSearchParams();
  for (const [key, value] of said) {
    if (key.startsWith(FILTER)) filter.set(key.slice(FILTER.length), value);
  }
  if (filter.size) state.filter = String(filter);
  return state;
}

/** Write a state as the part of an address after `#`. */
export function writeAddress(state: State, usual: State): string {
  const said = new URLSearchParams();
  for (const key of ALWAYS) if (state[key] !== null) said.set(key, String(state[key]));
  for (const key of SOMETIMES) {
    if (state[key] !== usual[key]) said.set(key, String(state[key]));
  }
  for (const [key, value] of new URLSearchParams(state.filter)) said.set(FILTER + key, value);
  return `#${said}`;
}
