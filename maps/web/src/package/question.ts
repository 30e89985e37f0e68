/** A question as a program hands it over, which may hold anything: what would be ignored is refused. */

import type { Atlas } from "../engine/atlas";
import type { Question } from "../engine/incident";
import { ReadingError } from "../engine/text/repairs";
import { BASES } from "../generated/codes";

const NUMBERS = ["number", "string"];
const TEXTS = ["string"];
const TYPES: Readonly<Record<keyof Question, readonly string[]>> = {
  latitude: NUMBERS,
  longitude: NUMBERS,
  position: TEXTS,
  place: TEXTS,
  date: TEXTS,
  radius: NUMBERS,
  boundary: TEXTS,
  basis: TEXTS,
  coarsestRadius: NUMBERS,
  language: TEXTS,
};

/** Return what is known of an incident, without what is null; throws ReadingError. */
export function readQuestion(given: unknown, atlas: Atlas): Question {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw refused("a question as an object", shown(given));
  }
  const choices: Readonly<Record<string, readonly string[]>> = {
    boundary: atlas.boundaries,
    basis: BASES,
    language: Object.keys(atlas.data.words),
  };
  const known = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
  for (const [name, value] of known as [string, unknown][]) {
    const types = Object.hasOwn(TYPES, name) ? TYPES[name as keyof Question] : null;
    if (!types) throw refused(`a question of ${Object.keys(TYPES).join(", ")}`, shown(name));
    if (!types.includes(typeof value)) {
      const wanted = types === TEXTS ? "a text" : "a number or a text";
      throw refused(`${name} as ${wanted}`, shown(value));
    }
    const choice = choices[name];
    if (choice && !choice.includes(value as string)) {
      throw refused(`${name} to be ${choice.join(", ")}`, shown(value));
    }
  }
  return Object.fromEntries(known);
}

function refused(expected: string, found: string): ReadingError {
  return new ReadingError(`expected ${expected}, found ${found}; correct it.`, "question");
}

function shown(value: unknown): string {
  if (typeof value === "string") return `'${value.slice(0, 80)}'`;
  if (value instanceof Date) return "a Date";
  return Array.isArray(value) ? "an array" : value === null ? "null" : typeof value;
}
