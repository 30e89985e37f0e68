/**
 * Names of places as people spell them, found in a gazetteer; no tie is ever decided.
 *
 * The twin of `geodata/text/places.py`, which says why each rule is as it is.
 */

import { characters } from "grammar/limits.json";
import * as spellings from "grammar/spellings.json";
import { places as words } from "grammar/words.json";

import type { PlaceRow } from "../../generated/payload";
import { cleanText, foldCase, foldLetters, quote, ReadingError } from "./repairs";

export interface Place {
  readonly id: string;
  readonly name: string;
  readonly nameArabic: string | null;
  readonly variants: readonly string[];
  readonly longitude: number;
  readonly latitude: number;
  readonly admin1: string | null;
  readonly population: number | null;
}

export interface Match {
  readonly place: Place;
  readonly score: number;
  readonly spelling: string;
}

/** A name that no place has, or several: these are `choices`. */
export class PlaceError extends ReadingError {
  constructor(
    message: string,
    readonly choices: readonly Place[] = [],
    ambiguous = false,
  ) {
    super(message, "place", ambiguous);
  }
}

/** Return the radius in metres that stands for a settlement's built-up ground. */
export function radiusOf({ population }: Place): number {
  const { radius_m, uncounted_m } = spellings.built_up;
  return radius_m.find(([least]) => (population ?? 0) >= least!)?.[1] ?? uncounted_m;
}

const ALIKE = spellings.alike;
const ARABIC = new Map(Object.entries(spellings.arabic));
const CYRILLIC = new Map(Object.entries(spellings.cyrillic));
const SIGNED = new Map(Object.entries(spellings.signed));
const AYN = new RegExp(`[${spellings.ayn}]`, "gu");

/** Return what puts for each thing that is written what stands for it. */
function replacer(rows: readonly (readonly string[])[]): (text: string) => string {
  const pattern = new RegExp(rows.map(([written]) => written).join("|"), "g");
  const stands = new Map(rows.map(([written, other]) => [written!, other!]));
  return (text) => text.replace(pattern, (found) => stands.get(found)!);
}

const skeletonOf = replacer(spellings.skeleton);
const soundOf = replacer(spellings.sound);

function mapped(text: string, letters: ReadonlyMap<string, string>): string {
  let out = "";
  for (const letter of text) out += letters.get(letter) ?? letter;
  return out;
}

/** Return a text with doubled letters written once: a shadda is written or left out. */
function single(text: string): string {
  return text.replace(/(.)\1+/gu, "$1");
}

// The words of names that say nothing.
const ARTICLES = new Set(words.articles.map((word) => foldCase(foldLetters(word))));
const GENERIC = new Set(words.generic.map((word) => foldCase(foldLetters(word))));

/** A spelling, reduced; two spellings of one script compare by `plain` and `sound`. */
interface Form {
  readonly arabic: boolean;
  readonly plain: string;
  readonly sound: string;
  readonly skeletons: ReadonlySet<string>;
}

/** Return the edit distance (Levenshtein 1966) of two short texts. */
function distance(one: readonly string[], other: readonly string[]): number {
  const row = Array.from({ length: other.length + 1 }, (_, j) => j);
  for (let i = 1; i <= one.length; i++) {
    let before = row[0]!;
    row[0] = i;
    for (let j = 1; j <= other.length; j++) {
      const cost = before + (one[i - 1] === other[j - 1] ? 0 : 1);
      before = row[j]!;
      row[j] = Math.min(before + 1, row[j - 1]! + 1, cost);
    }
  }
  return row[other.length]!;
}

function alike(one: string, other: string): number {
  const [a, b] = [[...one], [...other]]; // letters, as Python counts them
  const longest = Math.max(a.length, b.length);
  return longest ? 1 - distance(a, b) / longest : 0;
}

function shares(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  for (const key of one) if (other.has(key)) return true;
  return false;
}

/** Return how alike two spellings are, from 0 to 1; 1 only for the same letters. */
function scoreOf(asked: Form, known: Form): number {
  if (asked.plain === known.plain) return 1;
  const common = shares(asked.skeletons, known.skeletons);
  if (asked.arabic !== known.arabic) {
    let best = 0;
    for (const a of asked.skeletons) {
      for (const b of known.skeletons) best = Math.max(best, alike(a, b));
    }
    return common ? ALIKE.across_scripts : ALIKE.across_scripts_other * best;
  }
  const near = alike(asked.sound, known.sound);
  return common ? Math.min(ALIKE.same_consonants, near) : ALIKE.other_consonants * near;
}

/** Return a skeleton and all that lack one letter; two that share one differ by one letter. */
function thinned(skeleton: string): string[] {
  const found = [skeleton];
  const letters = [...skeleton];
  if (letters.length > 2) {
    for (const at of letters.keys()) found.push(letters.filter((_, i) => i !== at).join(""));
  }
  return found;
}

/** Places, found by any spelling of their names. */
export class Gazetteer {
  readonly places: readonly Place[];
  readonly #forms: (readonly [spelling: string, form: Form])[][] = [];
  readonly #index = new Map<string, Set<number>>();
  readonly #regions: readonly string[];

  constructor(rows: readonly PlaceRow[]) {
    const found = new Map<string, Place>();
    for (const [id, name, nameArabic, variants, longitude, latitude, admin1, population] of rows) {
      if (found.has(id)) continue;
      found.set(id, { id, name, nameArabic, variants, longitude, latitude, admin1, population });
    }
    this.places = [...found.values()];
    this.places.forEach((place, at) => {
      const forms = [...new Set(this.#spellings(place))].map(
        (spelling) => [spelling, this.#form(spelling)] as const,
      );
      this.#forms.push(forms);
      for (const [, form] of forms) {
        for (const skeleton of form.skeletons) {
          for (const key of thinned(skeleton)) {
            const known = this.#index.get(key);
            if (known) known.add(at);
            else this.#index.set(key, new Set([at]));
          }
        }
      }
    });
    this.#regions = [...new Set(this.places.flatMap(({ admin1 }) => admin1 ?? []))].sort();
  }

  /** Return the places whose spellings are most like `name`, the best first. */
  find(name: string, limit = 8): Match[] {
    const { wanted, region } = this.#asked(name);
    return this.#ranked(this.#form(wanted), region)
      .slice(0, limit)
      .map(([match]) => match);
  }

  /** Return the one place that `name` clearly means; throws PlaceError for none or several. */
  resolve(name: string): Place {
    const { wanted, region } = this.#asked(name);
    const found = this.#ranked(this.#form(wanted), region);
    const best = found[0]?.[0];
    if (!best) {
      throw new PlaceError(
        `expected the name of a place in the gazetteer, found ${quote(name)}, which is like ` +
          "none; give coordinates, or add a gazetteer that holds it",
      );
    }
    // Records of the same place in two gazetteers are one choice.
    const others = found.slice(1).filter(([{ place }]) => metres(place, best.place) > ALIKE.same_place_m);
    const ahead = others.every(([match]) => best.score - match.score >= ALIKE.ahead);
    const alone = best.score === 1 || !others.some(([, shared]) => shared);
    if (best.score >= ALIKE.enough && ahead && alone) return best.place;
    const choices = [best, ...others.map(([match]) => match)].slice(0, 4).map((m) => m.place);
    const several = best.score >= ALIKE.enough;
    const why = several ? "could be several places" : "is near these but like none";
    throw new PlaceError(
      `expected one place, found ${quote(name)}, which ${why}: ${choices.map(listed).join("; ")}; ` +
        "give coordinates, or the governorate after a comma",
      choices,
      several,
    );
  }

  #ranked(asked: Form, region: ReadonlySet<string> | null): [match: Match, shared: boolean][] {
    const near = new Set<number>();
    for (const skeleton of asked.skeletons) {
      for (const key of thinned(skeleton)) for (const at of this.#index.get(key) ?? []) near.add(at);
    }
    const found: [Match, boolean][] = [];
    for (const at of [...near].sort((a, b) => a - b)) {
      const place = this.places[at]!;
      if (region && !region.has(place.admin1 ?? "")) continue;
      const forms = this.#forms[at]!;
      const same = forms.filter(([, form]) => form.arabic === asked.arabic);
      const considered = same.length ? same : forms;
      let score = -1;
      let spelling = "";
      for (const [text, form] of considered) {
        const value = scoreOf(asked, form);
        if (value > score) [score, spelling] = [value, text];
      }
      const shared = considered.some(([, form]) => shares(form.skeletons, asked.skeletons));
      found.push([{ place, score: Math.round(score * 1e4) / 1e4, spelling }, shared]);
    }
    const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
    return found.sort(
      ([a], [b]) =>
        b.score - a.score || order(a.place.name, b.place.name) || order(a.place.id, b.place.id),
    );
  }

  /** Return the name and the governorates that a text asks for. */
  #asked(name: string): { wanted: string; region: ReadonlySet<string> | null } {
    const no = (): never => {
      throw new PlaceError(
        `expected the name of a place, found ${quote(name)}; write it like 'Khan Sheikhoun'`,
      );
    };
    if ([...name.slice(0, 500)].length > characters.place) no();
    const { clean } = cleanText(name);
    const match = /^([^,()]+)(?:,([^,()]+)|\(([^,()]+)\))$/.exec(clean);
    const wanted = match ? match[1]! : clean;
    const hint = match ? (match[2] ?? match[3])!.trim() : "";
    if (!this.#form(wanted).plain) no();
    if (!hint) return { wanted, region: null };
    const keys = this.#form(hint).skeletons;
    const region = new Set(this.#regions.filter((one) => shares(this.#form(one).skeletons, keys)));
    if (!region.size) {
      throw new PlaceError(
        `expected a governorate after the name, found ${quote(hint)}; known are: ` +
          (this.#regions.join(", ") || "none"),
      );
    }
    return { wanted, region };
  }

  *#spellings({ name, nameArabic, variants }: Place): Iterable<string> {
    for (const one of [name, nameArabic, ...variants]) {
      if (!one || !this.#form(one).plain) continue;
      yield one;
      const bare = one.replace(/\(.*?\)/g, " ").trim();
      if (bare && bare !== one) yield bare;
    }
  }

  /** Return the folded words of a name without signs, articles and words like town. */
  #words(text: string): string[] {
    const { clean } = cleanText(text);
    const lowered = mapped(foldCase(clean.replaceAll("İ", "i")).replace(AYN, ""), SIGNED);
    const folded = mapped(foldLetters(lowered), CYRILLIC);
    const found = folded.match(/[\p{L}\p{Nl}\p{No}]+|[0-9]+/gu) ?? [];
    const kept = found.filter((word) => !GENERIC.has(word));
    const names = kept.length ? kept : found;
    return names.filter((word, at) => at === names.length - 1 || !ARTICLES.has(word));
  }

  #form(text: string): Form {
    const words = this.#words(text);
    if (/[\u0600-\u06ff]/.test(foldLetters(text))) {
      const names = words.map((w) => (w.startsWith("ال") && w.length > 3 ? w.slice(2) : w));
      const bones = names
        .flatMap((word) => [...word.replace(/ه$/, "")])
        .map((letter) => ARABIC.get(letter) ?? (/\p{Nd}/u.test(letter) ? letter : ""));
      const skeletons = new Set([single(bones.join(""))]);
      return { arabic: true, plain: names.join(" "), sound: names.join(""), skeletons };
    }
    let keys = [""];
    let sounds = "";
    words.forEach((word, at) => {
      // The ta marbuta: spoken and written t before another word, else h or nothing.
      const bare = at === words.length - 1 ? word : word.replace(/(?<=[ae])t$/, "");
      const stem = bare.replace(/(?<=[aeiou])h$/, "");
      sounds += soundOf(stem.replace(/e$/, "a"));
      const bones = [skeletonOf(stem)];
      // A glued article; both readings are kept, since Alma is a name too.
      const glued = /^(?:al|el)(?=[^aeiou])(.{3,})/u.exec(stem);
      if (glued) bones.push(skeletonOf(glued[1]!));
      keys = keys.slice(0, 4).flatMap((key) => bones.map((bone) => key + bone));
    });
    const skeletons = new Set(keys.map(single));
    return { arabic: false, plain: words.join(""), sound: single(sounds), skeletons };
  }
}

function listed({ name, admin1, latitude, longitude }: Place): string {
  const region = admin1 ? `, ${admin1}` : "";
  return `${name}${region} (${latitude.toFixed(4)}, ${longitude.toFixed(4)})`;
}

/** Return the distance on a sphere of 6,371 km, enough to tell places apart. */
function metres(one: Place, other: Place): number {
  const turn = Math.PI / 180;
  const [a, b] = [one.latitude * turn, other.latitude * turn];
  const half = ((other.longitude - one.longitude) * turn) / 2;
  const chord = Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin(half) ** 2;
  return 2 * 6_371_000 * Math.asin(Math.min(1, Math.sqrt(chord)));
}
