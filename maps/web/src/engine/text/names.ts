/**
 * Places by the names and codes that people give them; a name that several share is not decided.
 *
 * The twin of `geodata/text/names.py`, which says why each rule is as it is.
 */

import { characters, names as limits } from "grammar/limits.json";
import { and, around, between, or, rule } from "grammar/sounds.json";

import type { Ledger } from "../ledger";
import { cleanText, foldCase, quote, ReadingError } from "./repairs";
import { bitCount, Codes, distanceOfPart, isArabic, numbersOf, readSpelling, wordsOf } from "./sounds";
import { Units } from "./units";

/** A settlement that a name can mean; `settlement` is its position in the ledger. */
export interface Place {
  readonly settlement: number;
  readonly id: string;
  readonly name: string;
  readonly nameArabic: string | null;
  readonly longitude: number;
  readonly latitude: number;
  readonly radius: number;
  readonly admin: readonly string[];
  readonly adminArabic: readonly string[];
}

/** What a name was taken for: `places` are one, several that share it, or two to lie between. */
export interface Found {
  readonly places: readonly Place[];
  readonly relation: "at" | "around" | "between";
  readonly passedOver: readonly Place[];
}

/** A name that no place has, or several: these are `choices`. */
export class PlaceError extends ReadingError {
  constructor(
    message: string,
    readonly choices: readonly Place[] = [],
    ambiguous = false,
    what: "place" | "area" = "place",
  ) {
    super(message, what, ambiguous);
  }
}

interface Spelt {
  readonly owner: number;
  readonly text: string;
  readonly code: Uint8Array;
  readonly arabic: boolean;
  readonly qualifiers: number;
}

interface Likeness {
  readonly at: number;
  readonly distance: number;
  readonly sound: number;
  readonly lacks: number;
  readonly adds: number;
}

export type Point = readonly [longitude: number, latitude: number];
const SURE = /[,،٫;؛()]/;
/** What parts a name from its units, for sure or perhaps. */
export const ANY_SIGN = /[,،٫;؛()/]|\s[-–—]\s/;
const DASH = /\/|\s[-–—]\s/;
export const CITY = 2;
const UNIT_WORDS = 3;
/** Spellings of one name have the same classes of consonants nearly always, and few names do. */
const CLASSES_APART = 2;

function listed(groups: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.values(groups)
    .flat()
    .sort((a, b) => b.length - a.length);
}

const AROUND = listed(around);
const EITHER = partsOf(or);
const BOTH = partsOf(and);

function partsOf(words: Readonly<Record<string, readonly string[]>>): RegExp {
  const plain = listed(words).map((word) => word.replace(/\+/g, "\\+"));
  return new RegExp(`\\s+(?:${plain.join("|")})\\s+|\\s*/\\s*`, "u");
}

/** Places, found by any spelling of their names, or by their codes. */
export class Gazetteer {
  /** Whether a refusal lists the nearest places, which takes longer than all the rest. */
  suggests = true;
  readonly units: Units;
  readonly #spelt: Spelt[] = [];
  readonly #codes: Codes;
  /** Of each place whether it is spelt in Latin (1), in Arabic (2). */
  readonly #scripts: Uint8Array;
  readonly #arabic = new Map<number, Set<string>>();
  readonly #ids = new Map<string, number>();
  readonly #owners = new Map<string, number[]>();

  constructor(readonly ledger: Ledger) {
    this.units = new Units(ledger.units);
    this.#scripts = new Uint8Array(ledger.length);
    for (let owner = 0; owner < ledger.length; owner++) {
      this.#ids.set(ledger.id(owner), owner);
      const spellings = new Map<string, readonly [text: string, qualifiers: number]>();
      for (const name of ledger.spellings(owner)) {
        for (const part of name.split("_")) {
          const { codes, qualifiers } = readSpelling(part.replace(/\(.*?\)/g, " "));
          for (const text of codes) spellings.set(`${qualifiers} ${text}`, [text, qualifiers]);
        }
      }
      for (const [key, [text, qualifiers]] of spellings) {
        const arabic = isArabic(text);
        const code = numbersOf(text);
        this.#spelt.push({ owner, text, code, arabic, qualifiers });
        this.#scripts[owner]! |= arabic ? 2 : 1;
        const others = this.#owners.get(text);
        if (others) others.push(owner);
        else this.#owners.set(text, [owner]);
        if (!arabic) continue;
        const own = this.#arabic.get(owner);
        if (own) own.add(key);
        else this.#arabic.set(owner, new Set([key]));
      }
    }
    this.#codes = new Codes(this.#spelt.map(({ code }) => code));
  }

  /** Return the place that a name or a code clearly means, or those that share it. */
  lookUp(name: string, within: readonly string[] = [], near: Point | null = null): Found {
    const text = cleaned(name);
    const coded = this.#ids.get(text);
    if (coded !== undefined) return { places: [this.#place(coded)], relation: "at", passedOver: [] };
    if (/^C[0-9]{3,6}$/.test(text)) {
      throw new PlaceError(
        `expected the P-code of a settlement, found ${quote(text)}, which the ledger does not ` +
          "have; correct it, or give a name or coordinates",
      );
    }
    const readings = this.#readings(text);
    for (const [asked, hints] of readings) {
      const found = this.#found(asked, this.units.within([...hints, ...within]), near);
      if (found) return found;
    }
    const [asked, hints] = readings[0]!;
    const units = this.units.within([...hints, ...within]);
    for (const [inner, unit] of this.#withUnitInside(asked)) {
      const narrower = this.units.narrowed(units, unit);
      const found = narrower.length ? this.#found(inner, narrower, near) : null;
      if (found) return found;
    }
    const parts = asked.split(BOTH).filter((part) => part.trim());
    if (parts.length !== 2) return this.#refuse(name, related(asked)[0], units);
    try {
      const places = parts.map((part) => this.#one(part, units, near));
      const both: Found = { places, relation: "between", passedOver: [] };
      if (areaOf(both)[2] <= rule.together_m) return both;
    } catch (error) {
      if (!(error instanceof PlaceError)) throw error;
    }
    return this.#refuse(name, parts, units);
  }

  /** Return what one reading of a text means; null where no place is called so. */
  #found(asked: string, units: readonly number[] | null, near: Point | null): Found | null {
    const [names, relation] = related(asked);
    if (relation === "between") {
      return { places: names.map((one) => this.#one(one, units, near)), relation, passedOver: [] };
    }
    const [chosen, passed] = this.#chosen(names, units, near);
    const place = (at: number): Place => this.#place(at);
    return chosen.length ? { places: chosen.map(place), relation, passedOver: passed.map(place) } : null;
  }

  /** Yield the name and the units where a unit stands before or behind it without a sign. */
  *#withUnitInside(text: string): Generator<readonly [name: string, units: readonly number[]]> {
    const words = text.split(/\s+/);
    for (let count = 1; count <= Math.min(UNIT_WORDS, words.length - 1); count++) {
      const cuts = [
        [words.slice(-count), words.slice(0, -count)],
        [words.slice(0, count), words.slice(count)],
      ] as const;
      for (const [unit, name] of cuts) {
        const named = this.units.find(unit.join(" "));
        if (named.length) yield [name.join(" "), named];
      }
    }
  }

  /** Return the places that are spelt as a name is, letter by letter, or have it as code. */
  speltSo(name: string): Place[] {
    const { clean } = cleanText(name);
    const coded = this.#ids.get(clean);
    if (coded !== undefined) return [this.#place(coded)];
    const { codes } = readSpelling(clean);
    const owners = codes.flatMap((code) => this.#owners.get(code) ?? []);
    return [...new Set(owners)].sort((a, b) => a - b).map((at) => this.#place(at));
  }

  /** Return the places whose spellings are like a name, the nearest first. */
  similar(name: string): Place[] {
    return this.#ranked(name, null, rule.listed).map(({ at }) => this.#place(at));
  }

  /** Return the places whose spellings are nearest to a name, the nearest first. */
  nearest(name: string, limit = 8): Place[] {
    const [asked, hints] = this.#readings(cleaned(name))[0]!;
    return this.#nearest(related(asked)[0], this.units.within(hints), limit);
  }

  #readings(text: string): (readonly [name: string, hints: readonly string[]])[] {
    const bare = text.replace(/\([^()]*\)/g, " ").split(/\s+/).filter(Boolean).join(" ");
    const inner = [...text.matchAll(/\(([^()]+)\)/g)].map(([, name]) => name!);
    const isUnit = (part: string): boolean => this.units.find(part).length > 0;
    if (bare && inner.length && !inner.every(isUnit)) {
      const named = inner.filter((name) => readSpelling(name).codes.length);
      return [[bare, []], ...named.map((name) => [name, []] as const)];
    }
    let parts = split(SURE, text);
    if (parts.length > 1) {
      const first = [parts[0]!, parts.slice(1)] as const;
      return isUnit(parts[0]!) ? [first, [parts.at(-1)!, parts.slice(0, -1)]] : [first];
    }
    parts = split(DASH, text);
    const readings: (readonly [string, readonly string[]])[] = [[text, []]];
    if (parts.length > 1) {
      if (isUnit(parts.at(-1)!)) readings.push([parts[0]!, parts.slice(1)]);
      if (isUnit(parts[0]!)) readings.push([parts.at(-1)!, parts.slice(0, -1)]);
    }
    return text.includes("/") ? readings.reverse() : readings;
  }

  #one(name: string, units: readonly number[] | null, near: Point | null): Place {
    const [chosen] = this.#chosen([name], units, near);
    if (chosen.length === 1) return this.#place(chosen[0]!);
    if (!chosen.length) return this.#refuse(name, [name], units);
    const places = chosen.map((at) => this.#place(at));
    throw new PlaceError(
      `expected two places to lie between, found ${quote(name)}, which could be several; give the ` +
        "governorate after a comma",
      places,
      true,
    );
  }

  #chosen(
    asked: readonly string[],
    units: readonly number[] | null,
    near: Point | null,
  ): [number[], number[]] {
    const chosen = new Set<number>();
    const passed: number[] = [];
    for (const name of asked) {
      let ranked = this.#ranked(name, units);
      let told = units !== null;
      const close = near ? ranked.filter(({ at }) => this.#apart(at, near) <= rule.near_m) : [];
      if (close.length) [ranked, told] = [close, true];
      let found = this.#clear(name, ranked, told);
      if (found.length === 1 && !told && !this.#standsAlone(found[0]!)) found = [];
      const best = ranked[0];
      if (found.length > 1 && this.units.areNarrow(units)) found = this.#writtenSo(name, found);
      if (found.length && best && told && (best.lacks || best.distance >= rule.doubted)) {
        const least = Math.min(best.distance - rule.ahead, rule.elsewhere);
        const elsewhere = this.#ranked(name, null).filter((one) => one.distance <= least);
        found = [...found, ...elsewhere.map(({ at }) => at)];
      }
      if (found.length > 1) {
        const [foremost, over] = this.#foremost(name, ranked, found, told);
        found = foremost;
        passed.push(...over);
      }
      for (const at of found) chosen.add(at);
    }
    const [first = 0] = chosen;
    return [[...chosen].filter((at) => at === first || !this.#same(at, first)), passed];
  }

  #clear(name: string, ranked: readonly Likeness[], told: boolean): number[] {
    const best = ranked[0];
    if (!best) return [];
    const { codes, qualifiers } = readSpelling(name);
    const length = Math.min(...codes.map((code) => code.length)) + rule.short * bitCount(qualifiers);
    const limits = told ? rule.told : rule.alone;
    let far = Math.min(limits.far + limits.far_a_sound * length, limits.farthest);
    if (length < rule.short) far = limits.short;
    else if (told && this.ledger.size(best.at)) {
      const clear = best.distance + rule.town.ahead;
      if (ranked.slice(1, 2).every((one) => one.distance >= clear)) far += rule.town.far;
    }
    if (best.sound > far || best.adds) return [];
    if (best.lacks && !(told && best.sound <= rule.lacks)) return [];
    const ahead = best.distance ? limits.ahead : limits.ahead_of_exact;
    const within = best.distance * (1 + rule.ahead_more) + ahead;
    const rivals = ranked.slice(1).filter(
      (one) => one.distance <= within + (this.#homonyms(one.at, best.at) ? rule.homonym : 0),
    );
    return [best.at, ...rivals.map(({ at }) => at).filter((at) => !this.#same(at, best.at))];
  }

  #foremost(
    name: string,
    ranked: readonly Likeness[],
    chosen: number[],
    told: boolean,
  ): [number[], number[]] {
    const far = new Map(ranked.map(({ at, distance: metres }) => [at, metres]));
    const cities = chosen.filter((at) => this.ledger.size(at) === CITY);
    if (!told && cities.length === 1 && this.#isCalled(cities[0]!, name)) {
      return [cities, chosen.filter((at) => at !== cities[0])];
    }
    const [best, ...others] = chosen;
    if (told && isArabic(name) && others.every((at) => this.#homonyms(at, best!))) {
      const asked = wordsOf(name).join(" ");
      // A record beside one that was chosen, and is the same place, has its names, too.
      const spelt = [...far.keys(), ...chosen].filter((at) =>
        this.ledger.spellings(at).some((one) => wordsOf(one).join(" ") === asked),
      );
      const own = chosen.filter((at) => spelt.some((one) => this.#same(at, one)));
      if (own.length === 1) return [own, chosen.filter((at) => at !== own[0])];
    }
    const towns = chosen.filter((at) => this.ledger.size(at) > 0);
    const alike = others.some((at) => !far.get(at) || this.#homonyms(at, best!));
    return towns.length === 1 && towns[0] === best && !alike ? [[best!], []] : [chosen, []];
  }

  /** Tell whether a name that nothing narrows can mean a place: a town, or one near a zone. */
  #standsAlone(at: number): boolean {
    const { ledger } = this;
    if (ledger.size(at) > 0) return true;
    const { longitude, latitude } = ledger;
    const [across, up] = rule.alone_deg as [number, number];
    const isNear = (one: number): boolean =>
      Math.abs(longitude[one]! - longitude[at]!) <= across && Math.abs(latitude[one]! - latitude[at]!) <= up;
    for (let one = 0; one < ledger.length; one++) if (ledger.isOfZone(one) && isNear(one)) return true;
    return false;
  }

  /** Return the one place that is written the very way, article and all; else those chosen. */
  #writtenSo(name: string, chosen: number[]): number[] {
    const asked = plain(name);
    const own = chosen.filter((at) => this.ledger.spellings(at).some((one) => plain(one) === asked));
    return own.length === 1 ? own : chosen;
  }

  /** Tell whether a name is the very one that a settlement is listed by, in either script. */
  #isCalled(at: number, name: string): boolean {
    const numbers = (text: string): Uint8Array[] => readSpelling(text).codes.map(numbersOf);
    const own = new Codes(this.ledger.spellings(at).slice(0, 2).flatMap(numbers));
    let called = false;
    for (const code of numbers(name)) {
      own.near(code, rule.namesake, (_, far) => (called ||= far <= Math.fround(rule.namesake)));
    }
    return called;
  }

  #ranked(name: string, units: readonly number[] | null, alike = rule.alike): Likeness[] {
    const asked = readSpelling(name);
    const found = new Map<number, Likeness>();
    const sounds = new Map<number, number>();
    for (const text of asked.codes) {
      const arabic = isArabic(text);
      const compare = (at: number, apart: number): void => {
        const one = this.#spelt[at]!;
        let far = text === one.text ? 0 : Math.fround(apart + Math.fround(rule.other));
        if (arabic !== one.arabic && this.#scripts[one.owner]! & (arabic ? 2 : 1)) {
          far = Math.fround(far + Math.fround(rule.across[Number(arabic)]!));
        }
        if (far <= Math.fround(alike)) sounds.set(at, Math.min(far, sounds.get(at) ?? Infinity));
      };
      this.#codes.near(numbersOf(text), alike, compare, CLASSES_APART);
    }
    const isWithin = this.#inside(units);
    for (const [at, sound] of [...sounds].sort(([a], [b]) => a - b)) {
      const one = this.#spelt[at]!;
      if (!isWithin(one)) continue;
      const lacks = bitCount(one.qualifiers & ~asked.qualifiers);
      const adds = bitCount(asked.qualifiers & ~one.qualifiers);
      const price = rule.qualifier;
      const words = lacks && adds ? price.other : price.lacks * lacks + price.adds * adds;
      const whole = Math.round((sound + words) * 1000) / 1000;
      const before = found.get(one.owner);
      if (whole > alike || (before && before.distance <= whole)) continue;
      found.set(one.owner, { at: one.owner, distance: whole, sound, lacks, adds });
    }
    return [...found.values()].sort((a, b) => a.distance - b.distance || a.at - b.at);
  }

  /** Return what tells whether a spelling is of a place in some units. */
  #inside(units: readonly number[] | null): (one: Spelt) => boolean {
    const codes = units && this.units.codes(units);
    return ({ owner }) => {
      const own = codes && this.ledger.admin(owner).at(-1);
      return !codes || (!!own && codes.some((code) => own.startsWith(code)));
    };
  }

  #nearest(asked: readonly string[], units: readonly number[] | null, limit = 8): Place[] {
    const here = asked.flatMap((name) => this.#ranked(name, units, rule.remote));
    const there = units?.length ? asked.flatMap((name) => this.#ranked(name, null)) : [];
    const few = Math.floor(limit / 2);
    const like = here.filter((one) => one.distance <= rule.listed).slice(0, few);
    const parts = asked.flatMap((name) => this.#withPart(name, units).slice(0, few));
    const soCalled = there.filter((one) => one.distance <= rule.elsewhere).slice(0, few / 2);
    const at = (one: Likeness): number => one.at;
    const all = [...like.map(at), ...soCalled.map(at), ...parts, ...here.map(at), ...there.map(at)];
    return [...new Set(all)].slice(0, limit).map((one) => this.#place(one));
  }

  #withPart(name: string, units: readonly number[] | null): number[] {
    const best = new Map<number, number>();
    const isWithin = this.#inside(units);
    const codes = readSpelling(name).codes.filter((text) => text.length >= rule.short);
    for (const text of codes) {
      const [code, arabic] = [numbersOf(text), isArabic(text)];
      for (const one of this.#spelt.filter(isWithin)) {
        if (one.code.length < rule.short || one.arabic !== arabic) continue;
        const common = Math.min(one.code.length, code.length);
        const far = distanceOfPart(code, one.code, rule.part * common);
        if (far > rule.part * common) continue;
        const rank = 4 * far - common;
        best.set(one.owner, Math.min(rank, best.get(one.owner) ?? Infinity));
      }
    }
    return [...best].sort(([a, i], [b, j]) => i - j || a - b).map(([at]) => at);
  }

  #place(at: number): Place {
    const { ledger } = this;
    return {
      settlement: at,
      id: ledger.id(at),
      name: ledger.name(at) ?? ledger.name(at, "ar") ?? ledger.id(at),
      nameArabic: ledger.name(at, "ar"),
      longitude: ledger.longitude[at]!,
      latitude: ledger.latitude[at]!,
      radius: ledger.radius(at),
      admin: ledger.admin(at).map((code) => ledger.unitName(code)),
      adminArabic: ledger.admin(at).map((code) => ledger.unitName(code, "ar")),
    };
  }

  #apart(at: number, point: Point): number {
    return metresApart([this.ledger.longitude[at]!, this.ledger.latitude[at]!], point);
  }

  #same(one: number, other: number): boolean {
    const { longitude, latitude } = this.ledger;
    return this.#apart(one, [longitude[other]!, latitude[other]!]) <= rule.same_place_m;
  }

  #homonyms(one: number, other: number): boolean {
    const [a, b] = [this.#arabic.get(one), this.#arabic.get(other)];
    return !!a && !!b && [...a].some((key) => b.has(key));
  }

  #refuse(name: string, asked: readonly string[], units: readonly number[] | null): never {
    const places = this.suggests ? this.#nearest(asked, units) : [];
    const [where, more] = units ? [" there", ""] : ["", " add its governorate,"];
    const near = places.length ? `; the nearest are: ${places.map((place) => described(place)).join("; ")}` : "";
    throw new PlaceError(
      `expected the name of a place, found ${quote(name)}, which no place${where} clearly ` +
        `has${near}; correct it,${more} or give coordinates`,
      places,
    );
  }
}

/** Return a place as a choice for people. */
export function described({ name, admin, latitude, longitude }: Place, comma = ", "): string {
  const where = admin.length ? comma + admin[0]! : "";
  return `${name}${where} (${latitude.toFixed(4)}, ${longitude.toFixed(4)})`;
}

/** The same in Arabic, as far as there are such names; the latitude stays in front of the longitude. */
export function describedInArabic(place: Place): string {
  const admin = place.adminArabic[0] ? place.adminArabic : place.admin;
  const said = described({ ...place, name: place.nameArabic || place.name, admin }, "، ");
  return said.replace(/\(([-\d., ]+)\)$/, "(\u2066$1\u2069)");
}

/** Longitude, latitude and radius in metres of what is meant, by `relation`. */
export function areaOf({ places, relation }: Found): [number, number, number] {
  const [one, other] = places as [Place, Place];
  if (relation === "between") {
    const apart = metresApart([one.longitude, one.latitude], [other.longitude, other.latitude]);
    const middle = [(one.longitude + other.longitude) / 2, (one.latitude + other.latitude) / 2] as const;
    return [...middle, apart / 2 + Math.max(one.radius, other.radius)];
  }
  const reach = relation === "at" ? one.radius : one.radius + Math.max(one.radius, 1000);
  return [one.longitude, one.latitude, reach];
}

/** Tell whether several places share the name. */
export function isShared({ places, relation }: Found): boolean {
  return relation !== "between" && places.length > 1;
}

/** Tell whether a point is of what is meant, or of one place that shares the name. */
export function liesAt(found: Found, point: Point): boolean {
  const each = isShared(found) ? found.places.map((one) => ({ ...found, places: [one] })) : [found];
  return each.map(areaOf).some(([x, y, radius]) => metresApart([x, y], point) <= radius + rule.same_place_m);
}

/** Return the position in the ledger of the settlement that is meant; -1 of an area. */
export function settlementOf({ places, relation }: Found): number {
  return relation === "at" ? places[0]!.settlement : -1;
}

export function metresApart([x, y]: Point, [u, v]: Point): number {
  const radians = Math.PI / 180;
  const across = Math.sin(((u - x) * radians) / 2) ** 2;
  const up = Math.sin(((v - y) * radians) / 2) ** 2;
  const half = up + Math.cos(y * radians) * Math.cos(v * radians) * across;
  return 2 * 6_371_000 * Math.asin(Math.min(1, Math.sqrt(half)));
}

function plain(name: string): string {
  return foldCase(cleanText(name).clean);
}

function split(at: RegExp, text: string): string[] {
  return text.split(at).map((part) => part.trim()).filter(Boolean);
}

function refused(name: string): never {
  throw new PlaceError(
    `expected the name of a place, of at most ${limits.letters} letters, found ${quote(name)}; ` +
      "write it like 'Khan Sheikhoun'",
  );
}

function cleaned(name: string): string {
  if ([...name].length > characters.place) refused(name);
  const { clean } = cleanText(name);
  if (!readSpelling(clean).codes.length || split(SURE, clean).length > limits.parts) refused(name);
  return clean;
}

/** Return the places that a name speaks of, and how the incident lies to them. */
function related(name: string): [string[], Found["relation"]] {
  for (const [before, middle] of between) {
    const pair = new RegExp(`^${before}\\s+(.+?)\\s+${middle}\\s*(.+)$`, "iu").exec(name);
    if (!pair) continue;
    if (!pair.slice(1).every(isName)) refused(name);
    return [pair.slice(1), "between"];
  }
  let relation: Found["relation"] = "at";
  const word = AROUND.find((one) => new RegExp(`^${one}\\s+\\S`, "iu").test(name));
  if (word !== undefined) [name, relation] = [name.slice(word.length).trim(), "around"];
  const parts = name.split(EITHER).filter((part) => part.trim());
  if (!parts.length || parts.length > limits.spellings || !parts.every(isName)) refused(name);
  return [parts, relation];
}

/** Tell whether a text has letters or digits, and not more than any name of a place. */
function isName(text: string): boolean {
  const { codes } = readSpelling(text);
  return codes.length > 0 && codes.every((code) => code.length <= limits.letters);
}
