/** Columns of a file read as incidents, and verdicts written as the columns of a tagged table. */

import { dayOf, monthLength, numberOf } from "../../days";
import type { Swap } from "../text/axes";
import { columnDecimal, readGeopoint, readPair, readPosition } from "../text/coordinates";
import { type Decimal, GRIDS, type Position } from "../text/position";
import { columnOrder, excelDay, isYear, type Days, type Order } from "../text/dates";
import { readRadius } from "../text/lengths";
import { NO_DAY, PHASES, TIMES } from "../calendar";
import type { Checker } from "../record";
import { measure, reasonCodes } from "../record";
import { cleanText, readCode, ReadingError, type Repair } from "../text/repairs";
import { roundHalfEven, writeSentence } from "../sentence";
import {
  bit,
  NO_SPACE,
  SPACES,
  VERDICTS,
  type Columns,
  type Judge,
  type Judgements,
} from "../verdict";

/** The cells of one column as they stand in a file. */
export interface Cells {
  readonly length: number;
  get(row: number): string;
}

/** Which column holds what; a number column may stand for cells. */
export interface RawColumns {
  readonly latitude?: Cells | Float64Array;
  readonly longitude?: Cells | Float64Array;
  /** A whole position in one text; with `geopoint`, as ODK and Kobo write it. */
  readonly position?: Cells;
  readonly geopoint?: boolean;
  readonly date?: Cells | Int32Array;
  readonly first?: Cells | Int32Array;
  readonly last?: Cells | Int32Array;
  readonly year?: Cells;
  readonly month?: Cells;
  readonly day?: Cells;
  readonly radius?: Cells | Float64Array;
  /** The source's own codes of how precise place and date are. */
  readonly placeCodes?: readonly Cells[];
  readonly dateCode?: Cells;
}

/** What is stated about a file as a whole. */
export interface Statement {
  /** Radius in metres of every place; by default a point is exact. */
  readonly radius?: number;
  readonly order?: Order;
  readonly decimal?: Decimal;
  /** Of a spreadsheet's serial dates. */
  readonly epoch?: 1900 | 1904;
  /** What the codes mean: without a radius, the place is not known. */
  readonly places?: Readonly<Record<string, { readonly radius_m?: number; readonly source?: string }>>;
  readonly dates?: Readonly<
    Record<string, { readonly days?: number; readonly span?: "month" | "year" }>
  >;
}

/** A cell that cannot be read: its row from 0, what it was to be, its text and why. */
export interface Fault {
  readonly row: number;
  readonly what: "position" | "date" | "radius";
  readonly text: string;
  readonly message: string;
}

/** A row, from 0, whose latitude and longitude may be swapped; they are not. */
export interface Turned {
  readonly row: number;
  readonly doubt: Swap;
  readonly latitude: number;
  readonly longitude: number;
}

/** Incidents as they were read; `trouble` has a bit for each reason why one is no incident. */
export interface Incidents extends Columns {
  readonly trouble: Uint32Array;
  /** Position in the reader's `sources`. */
  readonly radiusSource: Uint8Array;
  readonly faults: readonly Fault[];
  readonly turned: readonly Turned[];
}

const NO_LOCATION = bit("no-location");
const NO_DATE = bit("no-date");
const BAD_LOCATION = bit("unreadable-location");
const BAD_DATE = bit("unreadable-date");
const FUTURE = bit("future-date");
const UNREADABLE = BAD_LOCATION | BAD_DATE | FUTURE;

const [NONE, DEFAULT, GIVEN, UNREAD, UNKNOWN_CODE] = [0, 1, 2, 3, 4] as const;
const MOST_REMEMBERED = 200_000; // distinct texts, so that a hostile file fills no memory
const NUMBER = /^[+-]?[0-9]{1,3}(?:\.[0-9]+)?$/;
const ISO = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const SERIAL = /^[0-9]{5}(?:\.[0-9]+)?$/;

type Read<T> = T | ReadingError | null; // null: an empty cell

interface Interval {
  readonly first: number;
  readonly last: number;
  readonly repairs?: readonly Repair[];
}

function isCells(column: Cells | Float64Array | Int32Array | undefined): column is Cells {
  return column !== undefined && !ArrayBuffer.isView(column);
}

function* every(...columns: (Cells | Float64Array | Int32Array | undefined)[]): Generator<string> {
  for (const column of columns) {
    if (isCells(column)) for (let row = 0; row < column.length; row++) yield column.get(row);
  }
}

/** Reads the columns of one file, a stretch of rows at a time. */
export class ColumnReader {
  /** Where a radius can come from, as a record names it. */
  readonly sources: string[] = ["none", "default", "given", "unreadable", "unknown-code"];
  readonly #places = new Map<string, Read<Position>>();
  readonly #dates = new Map<string, Read<Interval>>();
  readonly #radii = new Map<string, Read<number>>();
  #decimal: Decimal | undefined;
  readonly #orders = new Map<Cells, Order>();
  /** How many places and dates were mended before they could be read. */
  mended = 0;

  constructor(
    readonly checker: Checker,
    readonly raw: RawColumns,
    readonly stated: Statement = {},
  ) {}

  /** Return the incidents of the rows from `start` to before `stop`. */
  read(start: number, stop: number): Incidents {
    const n = stop - start;
    const found = {
      longitude: new Float64Array(n).fill(NaN),
      latitude: new Float64Array(n).fill(NaN),
      radius: new Float64Array(n).fill(this.stated.radius ?? 0),
      first: new Int32Array(n).fill(NO_DAY),
      last: new Int32Array(n).fill(NO_DAY),
      trouble: new Uint32Array(n),
      radiusSource: new Uint8Array(n).fill(this.stated.radius === undefined ? DEFAULT : GIVEN),
      faults: [] as Fault[],
      turned: [] as Turned[],
    };
    const { country } = this.checker;
    for (let i = 0; i < n; i++) {
      const row = start + i;
      const grid = this.#readPlace(found, i, row);
      const [longitude, latitude] = [found.longitude[i]!, found.latitude[i]!];
      const doubt = grid ? null : country.swapped(longitude, latitude);
      if (doubt) found.turned.push({ row, doubt, latitude, longitude });
      this.#readDays(found, i, row);
      this.#readRadius(found, i, row);
    }
    return found;
  }

  // -- where --------------------------------------------------------------------------------

  /** Read where a row is; tell whether that is by a grid, whose axes cannot be swapped. */
  #readPlace(found: Incidents, i: number, row: number): boolean {
    const { latitude, longitude, position } = this.raw;
    if (latitude && longitude) {
      if (!isCells(latitude) && !isCells(longitude)) {
        const [y, x] = [latitude[row]!, longitude[row]!];
        if (Math.abs(y) <= 90 && Math.abs(x) <= 180) {
          found.latitude[i] = y;
          found.longitude[i] = x;
        } else if (Number.isNaN(x) && Number.isNaN(y)) found.trouble[i]! |= NO_LOCATION;
        else {
          found.trouble[i]! |= BAD_LOCATION;
          // A shape that is no point is counted by its table.
          if (Number.isFinite(x) || Number.isFinite(y)) {
            const message = "expected a latitude within -90..90 and a longitude within -180..180";
            (found.faults as Fault[]).push({ row, what: "position", text: `${y}, ${x}`, message });
          }
        }
        return false;
      }
      const north = textOf(latitude, row);
      const east = textOf(longitude, row);
      if (NUMBER.test(north) && NUMBER.test(east)) {
        const [y, x] = [Number(north), Number(east)];
        if (Math.abs(y) <= 90 && Math.abs(x) <= 180) {
          found.latitude[i] = y;
          found.longitude[i] = x;
          return false;
        }
      }
      return this.#place(found, i, row, `${north} / ${east}`, (decimal) =>
        isBlank(north) && isBlank(east)
          ? null
          : readPair(north, east, decimal),
      );
    }
    if (position) {
      const text = position.get(row);
      return this.#place(found, i, row, text, (decimal) => {
        if (isBlank(text)) return null;
        return this.raw.geopoint ? readGeopoint(text) : readPosition(text, decimal);
      });
    }
    found.trouble[i]! |= NO_LOCATION;
    return false;
  }

  #place(
    found: Incidents,
    i: number,
    row: number,
    text: string,
    read: (decimal: Decimal) => Position | null,
  ): boolean {
    const one = remembered(this.#places, text, () => {
      const decimal = this.stated.decimal ?? null;
      try {
        return read(decimal);
      } catch (error) {
        // What the column as a whole proves is asked for last.
        const proved = decimal === null && text.includes(",") ? this.#provedDecimal() : null;
        if (!(error instanceof ReadingError) || proved === null) throw error;
        return read(proved);
      }
    });
    if (one === null) found.trouble[i]! |= NO_LOCATION;
    else if (one instanceof ReadingError) {
      found.trouble[i]! |= BAD_LOCATION;
      (found.faults as Fault[]).push({ row, what: "position", text, message: one.message });
    } else {
      if (one.repairs.length) this.mended++;
      found.latitude[i] = one.latitude;
      found.longitude[i] = one.longitude;
      if (one.extent !== null && this.stated.radius === undefined) {
        found.radius[i] = one.extent;
        found.radiusSource[i] = this.#source(one.notation);
      }
      return GRIDS.includes(one.notation);
    }
    return false;
  }

  #provedDecimal(): Decimal {
    const { latitude, longitude, position } = this.raw;
    return (this.#decimal ??= columnDecimal(every(latitude, longitude, position)));
  }

  // -- when ---------------------------------------------------------------------------------

  #readDays(found: Incidents, i: number, row: number): void {
    const { date, first, last, year } = this.raw;
    let days: Read<Interval> = null;
    let text = "";
    if (date) {
      text = textOf(date, row);
      days = this.#cell(date, row);
    } else if (first && last) {
      const [one, two] = [this.#cell(first, row), this.#cell(last, row)];
      text = `${textOf(first, row)} / ${textOf(last, row)}`;
      if (one instanceof ReadingError) days = one;
      else if (two instanceof ReadingError) days = two;
      else if (one && two) {
        const repairs = [...(one.repairs ?? []), ...(two.repairs ?? [])];
        days = { first: one.first, last: two.last, repairs };
        if (days.first > days.last) {
          days = new ReadingError("expected the last day to be no earlier than the first", "date");
        }
      } else if (one || two) {
        const why = "expected a first and a last day, found only one of them";
        days = new ReadingError(why, "date");
      }
    } else if (year) {
      const parts = [year, this.raw.month, this.raw.day].map((cells) => cells?.get(row) ?? "");
      text = parts.join("-");
      days = remembered(this.#dates, `parts ${text}`, () => partsOf(parts));
    }
    if (days === null) found.trouble[i]! |= NO_DATE;
    else if (days instanceof ReadingError) {
      found.trouble[i]! |= BAD_DATE;
      (found.faults as Fault[]).push({ row, what: "date", text, message: days.message });
    } else if (days.first > this.checker.today) {
      found.trouble[i]! |= FUTURE;
      const message = "expected a day up to today, found one in the future; correct the date.";
      (found.faults as Fault[]).push({ row, what: "date", text, message });
    } else {
      if (days.repairs?.length) this.mended++;
      const widened = this.#widened(days, row);
      found.first[i] = widened?.first ?? NO_DAY;
      found.last[i] = widened?.last ?? NO_DAY;
      if (!widened) found.trouble[i]! |= NO_DATE;
    }
  }

  #cell(column: Cells | Int32Array, row: number): Read<Interval> {
    if (!isCells(column)) {
      const day = column[row]!;
      return day === NO_DAY ? null : { first: day, last: day };
    }
    const text = column.get(row);
    return remembered(this.#dates, text, () => {
      if (ISO.test(text)) return this.checker.dates.readDays(text);
      const { clean } = cleanText(text);
      if (!clean) return null;
      if (SERIAL.test(clean) && this.stated.epoch) {
        const day = excelDay(Number(clean), this.stated.epoch);
        return { first: day, last: day };
      }
      return this.#careful(column, text);
    });
  }

  #careful(column: Cells, text: string): Days {
    const { dates } = this.checker;
    const stated = this.stated.order ?? null;
    try {
      const found = dates.readDays(text);
      return stated && found.notation === "numeric" ? dates.readDays(text, stated) : found;
    } catch (error) {
      if (!(error instanceof ReadingError) || !error.ambiguous) throw error;
      const order = stated ?? this.#provedOrder(column);
      if (order === null) throw error;
      return dates.readDays(text, order);
    }
  }

  #provedOrder(column: Cells): Order {
    let order = this.#orders.get(column);
    if (order === undefined) {
      order = columnOrder(every(column));
      this.#orders.set(column, order);
    }
    return order;
  }

  /** Return days as far apart as the source's own code says; null where it says nothing. */
  #widened(days: Interval, row: number): Interval | null {
    if (!this.raw.dateCode || !this.stated.dates) return days;
    const meaning = this.stated.dates[readCode(this.raw.dateCode.get(row))];
    if (!meaning) return null;
    if (meaning.days !== undefined) {
      return { first: days.first - meaning.days, last: days.last + meaning.days };
    }
    if (!meaning.span) return null;
    const [year1, month1] = dayOf(days.first).split("-").map(Number) as [number, number];
    const [year2, month2] = dayOf(days.last).split("-").map(Number) as [number, number];
    const whole = meaning.span === "year";
    const end = whole ? 12 : month2;
    return {
      first: numberOf(year1, whole ? 1 : month1, 1),
      last: numberOf(year2, end, monthLength(year2, end)),
    };
  }

  // -- how precise --------------------------------------------------------------------------

  #readRadius(found: Incidents, i: number, row: number): void {
    const { radius, placeCodes } = this.raw;
    if (placeCodes && this.stated.places && this.stated.radius === undefined) {
      const code = placeCodes.map((cells) => readCode(cells.get(row))).join(" ");
      const meaning = this.stated.places[code];
      found.radius[i] = meaning?.radius_m ?? NaN;
      found.radiusSource[i] = meaning ? this.#source(meaning.source ?? code) : UNKNOWN_CODE;
    }
    if (radius) {
      const text = textOf(radius, row);
      const metres = isBlank(text)
        ? null
        : remembered(this.#radii, text, () => readRadius(isCells(radius) ? text : Number(text)));
      if (metres instanceof ReadingError) {
        found.radius[i] = NaN;
        found.radiusSource[i] = UNREAD;
        (found.faults as Fault[]).push({ row, what: "radius", text, message: metres.message });
      } else if (metres !== null) {
        found.radius[i] = metres;
        found.radiusSource[i] = GIVEN;
      }
    }
    if (found.trouble[i]! & (NO_LOCATION | BAD_LOCATION)) {
      found.radius[i] = NaN;
      found.radiusSource[i] = NONE;
    }
  }

  #source(name: string): number {
    const at = this.sources.indexOf(name);
    return at < 0 ? this.sources.push(name) - 1 : at;
  }
}

/** Return what was made of a text before, or what `read` makes of it. */
function remembered<T>(memory: Map<string, Read<T>>, text: string, read: () => T | null): Read<T> {
  let found = memory.get(text);
  if (found !== undefined) return found;
  try {
    found = read();
  } catch (error) {
    if (!(error instanceof ReadingError)) throw error;
    found = error;
  }
  if (memory.size < MOST_REMEMBERED) memory.set(text, found);
  return found;
}

function textOf(column: Cells | Float64Array | Int32Array, row: number): string {
  if (isCells(column)) return column.get(row);
  const value = column[row]!;
  return Number.isNaN(value) || value === NO_DAY ? "" : String(value);
}

function isBlank(text: string): boolean {
  return text === "" || cleanText(text).clean === "";
}

/** Return the days of a year, month and day in columns of their own; 0 or nothing is unknown. */
function partsOf(parts: readonly string[]): Interval | null {
  const wrong = (): never => {
    const why = "expected a year, a month and a day that exist (0 where unknown)";
    throw new ReadingError(why, "date");
  };
  const [year, month, day] = parts.map((part) => {
    if (isBlank(part)) return 0;
    const text = readCode(part);
    return /^[0-9]{1,4}$/.test(text) ? Number(text) : wrong();
  }) as [number, number, number];
  if (!year && !month && !day) return null;
  if (!year || (!month && day) || !isYear(year) || month > 12) wrong();
  if (!month) return { first: numberOf(year, 1, 1), last: numberOf(year, 12, 31) };
  const length = monthLength(year, month);
  if (day > length) wrong();
  return {
    first: numberOf(year, month, day || 1),
    last: numberOf(year, month, day || length),
  };
}

/**
 * Return the verdicts on incidents as they were read; one that could not be is undetermined.
 *
 * A row that cannot be read says nothing, not even with the half of it that can be: its place or its
 * day may be what was mistyped.
 */
export function judgeIncidents(judge: Judge, incidents: Incidents): Judgements {
  const found = judge.judge(incidents);
  for (let i = 0; i < found.length; i++) {
    const bad = incidents.trouble[i]! & UNREADABLE;
    if (!bad) continue;
    found.verdict[i] = VERDICTS.indexOf("undetermined");
    if (bad & BAD_LOCATION) found.reasons[i]! &= ~NO_LOCATION;
    if (bad & (BAD_DATE | FUTURE)) found.reasons[i]! &= ~NO_DATE;
    found.reasons[i]! |= bad;
  }
  return found;
}

// -- out --------------------------------------------------------------------------------------

/** What a tagged table gets by default, in the order of a record. */
export const COLUMNS = [
  "verdict",
  "zone",
  "space",
  "time",
  "phase",
  "share_low",
  "share_best",
  "share_high",
  "radius_m",
  "first_day",
  "last_day",
  "boundaries",
  "agreements",
  "round",
  "guarantors",
  "reasons",
] as const;
/** What it can get besides. */
export const MORE_COLUMNS = [
  "basis",
  "distance_m",
  "accuracy_m",
  "radius_source",
  "boundary",
  "sentence",
  "latitude",
  "longitude",
  "atlas_version",
  "atlas_sha256",
  "software",
] as const;
export type ColumnName = (typeof COLUMNS)[number] | (typeof MORE_COLUMNS)[number];

/** What the cells of a tagged table are made from. */
export interface Tagged {
  readonly judge: Judge;
  readonly incidents: Incidents;
  readonly found: Judgements;
  readonly sources: readonly string[];
  readonly language: string;
}

/** Return one cell of a tagged table as text; nothing is an empty text. */
export function cellOf(tagged: Tagged, name: ColumnName, i: number): string {
  const { judge, incidents, found } = tagged;
  const { data, zones } = judge.atlas;
  const spell = judge.spells[found.spell[i]!];
  const number = (value: number): string => (Number.isNaN(value) ? "" : String(value));
  switch (name) {
    case "verdict":
      return VERDICTS[found.verdict[i]!]!;
    case "zone":
      return zones[found.zone[i]!] ?? "";
    case "space":
      return SPACES[found.space[i]!]!;
    case "time":
      return TIMES[found.time[i]!]!;
    case "phase":
      return PHASES[found.phase[i]!] ?? "";
    case "share_low":
      return number(found.shareLow[i]!);
    case "share_best":
      return number(found.shareBest[i]!);
    case "share_high":
      return number(found.shareHigh[i]!);
    case "radius_m":
      return number(incidents.radius[i]!);
    case "first_day":
      return dayText(incidents.first[i]!);
    case "last_day":
      return dayText(incidents.last[i]!);
    case "boundaries":
      return boundariesText(judge, found, i);
    case "agreements":
      return spell?.agreements.join(";") ?? "";
    case "round":
      return spell?.round ?? "";
    case "guarantors":
      return spell?.guarantors.join(";") ?? "";
    case "reasons":
      return reasonsText(found.reasons[i]!);
    case "basis":
      return judge.basis;
    case "boundary":
      return judge.boundary;
    case "distance_m":
    case "accuracy_m": {
      const near = nearOf(tagged, i);
      return String((name === "distance_m" ? near?.distance : near?.accuracy) ?? "");
    }
    case "radius_source":
      return tagged.sources[incidents.radiusSource[i]!]!;
    case "sentence":
      return sentenceOf(tagged, i);
    case "latitude":
      return number(incidents.latitude[i]!);
    case "longitude":
      return number(incidents.longitude[i]!);
    case "atlas_version":
      return data.version;
    case "atlas_sha256":
      return data.sha256;
    case "software":
      return data.software;
  }
}

// A table of a million rows says the same few things over and over.
const DAYS = new Map<number, string>([[NO_DAY, ""]]);
const REASONED = new Map<number, string>();
const BOUNDED = new WeakMap<Judge, Map<number, string>>();

function dayText(day: number): string {
  let text = DAYS.get(day);
  if (text === undefined) DAYS.set(day, (text = dayOf(day)));
  return text;
}

function reasonsText(bits: number): string {
  let text = REASONED.get(bits);
  if (text === undefined) REASONED.set(bits, (text = reasonCodes(bits).join(";")));
  return text;
}

function boundariesText(judge: Judge, found: Judgements, i: number): string {
  const width = judge.atlas.boundaries.length;
  let key = 0;
  for (let b = 0; b < width; b++) key = key * 256 + found.boundaries[i * width + b]!;
  let texts = BOUNDED.get(judge);
  if (!texts) BOUNDED.set(judge, (texts = new Map()));
  let text = texts.get(key);
  if (text === undefined) {
    const spaces = Object.entries(spacesOf(judge, found, i));
    texts.set(key, (text = spaces.map(([name, space]) => `${name}=${space}`).join(";")));
  }
  return text;
}

/** Return the space under each boundary that has an extent on the days. */
export function spacesOf(judge: Judge, found: Judgements, i: number): Record<string, string> {
  const names = judge.atlas.boundaries;
  const spaces: Record<string, string> = {};
  names.forEach((name, b) => {
    const code = found.boundaries[i * names.length + b]!;
    if (code !== NO_SPACE) spaces[name] = SPACES[code]!;
  });
  return spaces;
}

function nearOf({ judge, incidents, found }: Tagged, i: number) {
  const known = (day: number): number | null => (day === NO_DAY ? null : day);
  return found.zone[i]! < 0
    ? null
    : measure(judge, found.zone[i]!, {
        longitude: incidents.longitude[i]!,
        latitude: incidents.latitude[i]!,
        first: known(incidents.first[i]!),
        last: known(incidents.last[i]!),
      });
}

function sentenceOf(tagged: Tagged, i: number): string {
  const { judge, incidents, found } = tagged;
  const near = nearOf(tagged, i);
  const spell = judge.spells[found.spell[i]!];
  const known = (value: number, none: number): number | null =>
    Number.isNaN(value) || value === none ? null : value;
  return writeSentence(
    judge.atlas.data,
    {
      verdict: VERDICTS[found.verdict[i]!]!,
      zone: judge.atlas.zones[found.zone[i]!] ?? null,
      space: SPACES[found.space[i]!]!,
      time: TIMES[found.time[i]!]!,
      shareLow: known(found.shareLow[i]!, NaN),
      shareBest: known(found.shareBest[i]!, NaN),
      shareHigh: known(found.shareHigh[i]!, NaN),
      distance: near ? roundHalfEven(near.distance) : null,
      accuracy: near?.accuracy ?? null,
      radius: known(incidents.radius[i]!, NaN),
      first: known(incidents.first[i]!, NO_DAY),
      last: known(incidents.last[i]!, NO_DAY),
      boundaries: spacesOf(judge, found, i),
      agreements: spell?.agreements ?? [],
      round: spell?.round ?? null,
      guarantors: spell?.guarantors ?? [],
      reasons: reasonCodes(found.reasons[i]!),
    },
    tagged.language,
  );
}
