/**
 * Dates as people write them, read as whole local days; nothing is ever filled in.
 *
 * The twin of `geodata/text/dates.py`: the same grammar, the same refusals.
 */

import * as limits from "grammar/limits.json";
import * as words from "grammar/words.json";

import { dayNumber, dayOf, monthLength, numberOf } from "../../days";
import type { AtlasData } from "../atlas";
import { characters, cleanText, foldCase, foldLetters, quote, ReadingError, type Repair } from "./repairs";

export type Order = "dmy" | "mdy" | null;
export type DateNotation = "iso" | "year-first" | "numeric" | "words" | "timestamp" | "interval";
export type Precision = "day" | "month" | "year" | "interval";
/** Folded name of a month to the months that it can mean; two where languages disagree. */
export type MonthNames = ReadonlyMap<string, readonly number[]>;

/** An interval of whole local days as numbers, both included, and how it was written. */
export interface Days {
  readonly first: number;
  readonly last: number;
  readonly notation: DateNotation;
  readonly precision: Precision;
  readonly repairs: readonly Repair[];
}

const YEARS = limits.years;
const LONGEST = limits.characters.date;
const WRITE = "write it like '2018-03-07', '2018-03', '2018' or '2018-03-07/2018-03-09'";

function refuse(text: unknown, why: string, write = WRITE): never {
  throw new ReadingError(`expected a date, found ${quote(text)}: ${why}; ${write}`, "date");
}

/** How to read what can be read in several ways; null where it is not known. */
interface Way {
  readonly order: Order;
  /** Which of the months that a name can mean. */
  readonly month: number | null;
  /** The first year of the century of years that are written with two digits. */
  readonly century?: number | null;
}

const WAYS: readonly Way[] = (["dmy", "mdy"] as const).flatMap((order) =>
  [0, 1].map((month) => ({ order, month })),
);

function folded(text: string): string {
  return foldCase(foldLetters(text)).replaceAll(".", " ").split(" ").filter(Boolean).join(" ");
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}

/** Return the month names of an atlas's language files, folded for reading. */
export function monthNames(atlas: Pick<AtlasData, "languages" | "words">): MonthNames {
  const found = new Map<string, Set<number>>();
  for (const language of atlas.languages) {
    const words = atlas.words[language];
    for (const table of [words?.months ?? [], words?.months_alt ?? []]) {
      table.forEach((entry, index) => {
        for (const name of typeof entry === "string" ? [entry] : entry) {
          const key = folded(name);
          found.set(key, (found.get(key) ?? new Set()).add(index + 1));
        }
      });
    }
  }
  return new Map([...found].map(([name, months]) => [name, [...months].sort((a, b) => a - b)]));
}

const YEAR_FIRST = /^([0-9]{4})([-/.])([0-9]{1,2})(?:\2([0-9]{1,2}))?$/;
const BASIC = /^([0-9]{4})([0-9]{2})([0-9]{2})$/;
const NUMERIC = /^([0-9]{1,2}) ?([-/.]) ?([0-9]{1,2}) ?\2 ?([0-9]{4})(?![0-9])/;
const MONTH_YEAR = /^([0-9]{1,2})[-/.]([0-9]{4})$/;
const SHORT_YEAR = /^([0-9]{1,2}) ?([-/.]) ?([0-9]{1,2}) ?\2 ?([0-9]{2})/;
const TRUE_DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})(?![0-9])/;
const FULL_YEAR = /(?<![0-9])((?:19|20|21)[0-9]{2})(?![0-9])/g;
const ZONE = "(?<zone>Z|UTC|GMT|(?:UTC|GMT)?[+-][0-9]{2}(?::?[0-9]{2})?)?";
const TIME = new RegExp(
  "^(?<day>.*[^ ,T])(?:T| ?, ?| )(?<hour>[0-9]{1,2}):(?<minute>[0-9]{2})" +
    "(?::(?<second>[0-9]{2})(?:[.,][0-9]+)?)? ?(?<half>[ap]\\.?m\\.?)? ?" +
    `${ZONE}$`,
  "i",
);
const BASIC_TIME = new RegExp(
  "^(?<day>[0-9-]+)T(?<hour>[0-9]{2})(?<minute>[0-9]{2})" +
    `(?:(?<second>[0-9]{2})(?:[.,][0-9]+)?)?(?<half>)${ZONE}$`,
);
const SECONDS = /^([0-9]{8})([0-9]{2})([0-9]{2})([0-9]{2})$/;
const WHOLE = "[0-9]{4}|[0-9]{8}|[0-9]{1,2}[/.][0-9]{1,2}[/.][0-9]{4}";
/** What stands between the ends of an interval; a hyphen only where it can be nothing else. */
const DASHES = [
  "([^–—]*[^–— ]) ?[–—] ?([^–— ][^–—]*)",
  "((?:(?! - ).)+) - ((?:(?! - ).)+)",
  `(${WHOLE})-(${WHOLE})`,
  "([0-9]{1,2})-([0-9]{1,2} [^0-9].*)",
  "([^0-9]+[0-9]{1,2})-([0-9]{1,2},? [0-9]{4})",
].map((pattern) => new RegExp(`^(?:${pattern})$`, "u"));
const DAY_AND_YEAR = /^([0-9]{1,2})[\p{L}\p{Nl}\p{No}]*,? ([0-9]{4})$/u;
const LETTERS = /[\p{L}\p{Nl}\p{No}]+/gu;
const WORD_TOKEN = /(?<number>[0-9]+)|(?<word>[\p{L}\p{Nl}\p{No}]+)|(?<cut>[/()])|[ ,.'’-]/uy;

const AFTER_DAY = new Set(words.dates.after_day.map((word) => folded(word).replace(/^-+|-+$/g, "")));
const AFTER_YEAR = new Set(words.dates.after_year.map(folded));

/** A year of two digits, the century of which is not known. */
export class ShortYearError extends ReadingError {}

/** Reads dates in the languages and the time zone of one atlas. */
export class DateReader {
  readonly months: MonthNames;
  readonly #zone: string;

  constructor(atlas: Pick<AtlasData, "languages" | "words" | "time_zone">) {
    this.months = monthNames(atlas);
    this.#zone = atlas.time_zone;
  }

  /**
   * Return the days that a text names; `order` says what comes first in 07/03/2018, `century` is the
   * first year of that of years with two digits.
   */
  readDays(text: string, order: Order = null, century: number | null = null): Days {
    if (text.length > LONGEST && characters(text) > LONGEST) {
      refuse(text, `it has ${characters(text)} characters`);
    }
    return this.#read(text, { order, month: null, century });
  }

  #read(text: string, way: Way): Days {
    const { clean, repairs } = cleanText(text);
    if (!clean) refuse(text, "it is empty");
    const days = this.#interval(text, clean, way) ?? this.#single(text, clean, way);
    return { ...days, repairs: [...repairs, ...days.repairs] };
  }

  /** Refuse what can be read in these ways. */
  #twoWays(text: string, readings: readonly string[], write: string): never {
    throw new ReadingError(
      `expected one date, found ${quote(text)}, which can be read in two ways: ` +
        `${readings.join(" or ")}; ${write}`,
      "date",
      true,
      () => this.#clearly(text),
    );
  }

  /** Return what a text can mean as days of ISO 8601. */
  #clearly(text: string): string[] {
    const found = WAYS.flatMap((way) => {
      try {
        const { first, last } = this.#read(text, way);
        return [first === last ? dayOf(first) : `${dayOf(first)}/${dayOf(last)}`];
      } catch (error) {
        if (!(error instanceof ReadingError)) throw error;
        return []; // the text can be read in some of the ways alone
      }
    });
    return [...new Set(found)];
  }

  /** A slash cuts an interval only between two years: it also stands in dates and double names. */
  #interval(text: string, clean: string, way: Way): Days | null {
    let pieces = clean.split(/ ?\.\. ?| \/ /);
    if (pieces.length === 1 && clean.split("/").length === 2) {
      const parts = clean.split("/");
      if (parts.every((part) => /[0-9]{4}/.test(part))) pieces = parts;
    }
    if (pieces.length === 1) {
      const found = ends(clean);
      return found ? this.#between(text, ...this.#completed(text, ...found, way)) : null;
    }
    if (pieces.length > 2 || !pieces.every(Boolean)) {
      refuse(text, "an interval has a first and a last day");
    }
    return this.#between(text, ...(pieces.map((piece) => this.#single(text, piece, way)) as [Days, Days]));
  }

  #between(text: string, first: Days, last: Days): Days {
    if (first.first > last.last) {
      refuse(text, `it ends (${dayOf(last.last)}) before it begins (${dayOf(first.first)})`);
    }
    return {
      first: first.first,
      last: last.last,
      notation: "interval",
      precision: "interval",
      repairs: [...first.repairs, ...last.repairs],
    };
  }

  /** Return both ends, the month and the year of which may stand at one of them alone. */
  #completed(text: string, first: string, last: string, way: Way): [Days, Days] {
    const numbers = first.match(/[0-9]+/g) ?? [];
    const match = numbers.length === 1 ? DAY_AND_YEAR.exec(last) : null;
    const whole = match ? `${first.replace(numbers[0]!, match[1]!)} ${match[2]!}` : last;
    const end = this.#single(text, whole, way);
    if (numbers.length > 1 || /[0-9]{4}/.test(first)) return [this.#single(text, first, way), end];
    const [year, month] = dayOf(end.first).split("-").map(Number) as [number, number];
    const items = this.#items(text, first);
    const [day] = items;
    if (items.length !== 1 || typeof day !== "string") {
      return [this.#single(text, `${first} ${year}`, way), end];
    }
    if (end.precision !== "day") refuse(text, "it is no date");
    return [this.#onWeekday(text, this.#days(text, "words", year, month, Number(day)), first), end];
  }

  /** Return a day; refuse one that is named together with another day of the week. */
  #onWeekday(text: string, days: Days, clean: string): Days {
    const letters = foldCase(foldLetters(clean));
    const said = (letters.match(LETTERS) ?? []).flatMap((word) => WEEKDAYS.get(word) ?? []);
    const weekday = (((days.first + 3) % 7) + 7) % 7;
    if (said.length && days.first === days.last && !said.includes(weekday)) {
      refuse(text, `${dayOf(days.first)} is another day of the week`);
    }
    return days;
  }

  #single(text: string, clean: string, way: Way): Days {
    let match = TIME.exec(clean) ?? BASIC_TIME.exec(clean);
    if (match) return this.#timestamp(text, match, way);
    if ((match = YEAR_FIRST.exec(clean))) {
      const day = match[4];
      const iso = match[2] === "-" && match[3]!.length === 2 && (day ?? "00").length === 2;
      return this.#days(
        text,
        iso ? "iso" : "year-first",
        Number(match[1]),
        Number(match[3]),
        day === undefined ? undefined : Number(day),
      );
    }
    if ((match = BASIC.exec(clean))) {
      const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
      if (!isYear(year)) refuse(text, "eight digits are read as year, month, day");
      return this.#days(text, "iso", year, month, day);
    }
    match = NUMERIC.exec(clean);
    if (match && match[0] === clean) {
      return this.#numeric(text, Number(match[1]), Number(match[3]), Number(match[4]), way);
    }
    if ((match = MONTH_YEAR.exec(clean))) {
      return this.#days(text, "numeric", Number(match[2]), Number(match[1]));
    }
    if (/^[0-9]{4}$/.test(clean)) return this.#days(text, "iso", Number(clean));
    match = SHORT_YEAR.exec(clean);
    if (match && match[0] === clean) {
      const year = this.#wholeYear(text, match[4]!, way);
      return this.#numeric(text, Number(match[1]), Number(match[3]), year, way);
    }
    if ((match = SECONDS.exec(clean))) {
      const [date, hour, minute, second] = match.slice(1);
      return this.#single(text, `${date}T${hour}:${minute}:${second}`, way);
    }
    if (clean.startsWith("/") || clean.endsWith("/")) refuse(text, "a part of it is left out");
    if (/^[1-6][0-9]{4}(\.[0-9]+)?$/.test(clean)) {
      const serial = Number(clean);
      refuse(
        text,
        `it looks like a spreadsheet's serial number (${dayOf(excelDay(serial))}, or ` +
          `${dayOf(excelDay(serial, 1904))} where days are counted from 1904)`,
        "say that the column holds serial numbers",
      );
    }
    if (/^(?:[0-9]{10}|[0-9]{13})$/.test(clean)) {
      refuse(text, "it looks like a Unix time, which says nothing of its unit and zone");
    }
    return this.#inWords(text, clean, way);
  }

  #days(text: string, notation: DateNotation, year: number, month?: number, day?: number): Days {
    if (!isYear(year)) {
      const write = "convert a date of another calendar, or correct it";
      refuse(text, `the year ${year} is not within ${YEARS.first}..${YEARS.last}`, write);
    }
    const days = (first: number, last: number, precision: Precision): Days => ({
      first,
      last,
      notation,
      precision,
      repairs: [],
    });
    if (month === undefined) return days(numberOf(year, 1, 1), numberOf(year, 12, 31), "year");
    if (!(month >= 1 && month <= 12)) refuse(text, `there is no month ${month}`);
    const length = monthLength(year, month);
    if (day === undefined) {
      return days(numberOf(year, month, 1), numberOf(year, month, length), "month");
    }
    if (!(day >= 1 && day <= length)) refuse(text, `${year}-${two(month)} has no day ${day}`);
    const found = numberOf(year, month, day);
    return days(found, found, "day");
  }

  #numeric(text: string, first: number, second: number, year: number, way: Way): Days {
    const { order } = way;
    if (order === "dmy") return this.#days(text, "numeric", year, second, first);
    if (order === "mdy") return this.#days(text, "numeric", year, first, second);
    const both = first >= 1 && first <= 12 && second >= 1 && second <= 12;
    if (first !== second && both) {
      this.#twoWays(
        text,
        [
          `${year}-${two(second)}-${two(first)} (day first)`,
          `${year}-${two(first)}-${two(second)} (month first)`,
        ],
        `state the order of day and month, or ${WRITE}`,
      );
    }
    if (first > 12 || second <= 0) return this.#days(text, "numeric", year, second, first);
    return this.#days(text, "numeric", year, first, second);
  }

  #timestamp(text: string, match: RegExpExecArray, way: Way): Days {
    const groups = match.groups!;
    const days = this.#single(text, groups["day"]!, way);
    if (days.precision !== "day" || days.notation === "timestamp") {
      refuse(text, "a time of day needs one whole date before it");
    }
    let hour = Number(groups["hour"]);
    const minute = Number(groups["minute"]);
    const second = Number(groups["second"] ?? 0);
    const half = groups["half"];
    if (half) {
      if (!(hour >= 1 && hour <= 12)) {
        refuse(text, `there is no ${hour} o'clock in a day of two halves`);
      }
      hour = (hour % 12) + (/^p/i.test(half) ? 12 : 0);
    }
    if (hour > 23 || minute > 59 || second > 59) {
      refuse(text, `there is no time ${two(hour)}:${two(minute)}:${two(second)}`);
    }
    const zone = groups["zone"];
    if (zone) {
      const moment =
        days.first * 86_400 + hour * 3600 + minute * 60 + second - this.#offset(text, zone);
      const local = localTime(moment, this.#zone);
      if (local.day !== days.first) {
        // The day changes on the way, so this is a repair.
        const [year, month, day] = dayOf(local.day).split("-").map(Number) as [number, number, number];
        const repair = { kind: "time-zone", before: match[0], after: local.text };
        return { ...this.#days(text, "timestamp", year, month, day), repairs: [repair] };
      }
    }
    return { ...days, notation: "timestamp" };
  }

  /** Return the seconds east of UTC that a timestamp gives. */
  #offset(text: string, name: string): number {
    const digits = name.replace(/[^0-9]/g, "");
    if (!digits) return 0;
    const hours = Number(digits.slice(0, 2));
    const minutes = Number(digits.slice(2) || 0);
    if (hours > 14 || minutes > 59) refuse(text, `no zone is ${name} from UTC`);
    const seconds = hours * 3600 + minutes * 60;
    return name.includes("-") ? -seconds : seconds;
  }

  #inWords(text: string, clean: string, way: Way): Days {
    const items = this.#items(text, clean);
    const names = items.filter((item) => typeof item !== "string");
    const numbers = items.filter((item) => typeof item === "string");
    const shape = items
      .map((item) => (typeof item !== "string" ? "m" : item.length === 4 ? "y" : "d"))
      .join("");
    if (names.length > 1 || numbers.some((number) => ![1, 2, 4].includes(number.length))) {
      refuse(text, "it is no date");
    }
    const name = names[0];
    if (!name) {
      if (shape === "y") return this.#days(text, "words", Number(numbers[0]));
      refuse(text, "it is no date");
    }
    const month = this.#month(text, name, way);
    if (["m", "dm", "md"].includes(shape)) refuse(text, "it has no year, and none is filled in");
    if (["dmd", "mdd"].includes(shape) && numbers[1]!.length === 2) {
      const short = this.#wholeYear(text, numbers[1]!, way);
      return this.#onWeekday(text, this.#days(text, "words", short, month, Number(numbers[0])), clean);
    }
    if (!["dmy", "mdy", "my", "ymd", "ym"].includes(shape)) refuse(text, "it is no date");
    const year = Number(numbers.find((number) => number.length === 4));
    const day = numbers.find((number) => number.length < 4);
    const found = this.#days(text, "words", year, month, day === undefined ? undefined : Number(day));
    return this.#onWeekday(text, found, clean);
  }

  /** Return the year that two digits stand for, in the century that is proved. */
  #wholeYear(text: string, two: string, { century = null }: Way): number {
    if (century === null) {
      throw new ShortYearError(`expected a date, found ${quote(text)}: a year needs four digits; ${WRITE}`, "date");
    }
    return century + Number(two);
  }

  /** Return the numbers as text and each name of a month as a list of its spellings. */
  #items(text: string, clean: string): (string | string[])[] {
    const items: (string | string[])[] = [];
    const letters = foldCase(foldLetters(clean));
    let fresh = true;
    for (let at = 0; at < letters.length; at = WORD_TOKEN.lastIndex) {
      WORD_TOKEN.lastIndex = at;
      const groups = WORD_TOKEN.exec(letters)?.groups;
      if (!groups) refuse(text, `${quote(letters[at])} has no place in a date`);
      const next = WORD_TOKEN.lastIndex;
      const last = items.at(-1);
      const word = groups["word"];
      if (groups["number"] !== undefined) {
        items.push(groups["number"]);
        fresh = true;
      } else if (groups["cut"] !== undefined) fresh = true;
      else if (word !== undefined) {
        if (WEEKDAYS.has(word)) {
          WORD_TOKEN.lastIndex = next;
          continue;
        }
        const small = typeof last === "string" && last.length === 4 ? AFTER_YEAR : AFTER_DAY;
        if (!(typeof last === "string" && small.has(word))) {
          if (!Array.isArray(last)) items.push([word]);
          else if (fresh) last.push(word);
          else last[last.length - 1] += ` ${word}`;
          fresh = false;
        }
      }
      WORD_TOKEN.lastIndex = next;
    }
    return items;
  }

  /** Return the month that all the spellings name, by a name or by three letters of one. */
  #month(text: string, spellings: readonly string[], way: Way): number {
    const found = new Set<number>();
    for (const spelling of spellings) {
      let months = [...(this.months.get(spelling) ?? [])];
      if (!months.length && characters(spelling) >= 3) {
        months = [...this.months].flatMap(([name, ms]) => (name.startsWith(spelling) ? ms : []));
      }
      if (!months.length) refuse(text, `${quote(spelling)} is no month's name`);
      for (const month of months) found.add(month);
    }
    const sorted = [...found].sort((a, b) => a - b);
    if (sorted.length > 1) {
      const chosen = way.month === null ? undefined : sorted[way.month];
      if (chosen !== undefined) return chosen;
      this.#twoWays(text, sorted.map((month) => `month ${month}`), WRITE);
    }
    return sorted[0]!;
  }
}

/** Tell whether a year is one of those that are read. */
export function isYear(year: number): boolean {
  return year >= YEARS.first && year <= YEARS.last;
}

/** Days of the week (Monday is 0) by their folded names. */
const WEEKDAYS = new Map(words.weekdays.flatMap((names, day) => names.map((name) => [folded(name), day])));
const SPANS = words.dates.spans.map(({ open, may_lack_open, to, close }) => ({
  opens: new Set(open.map(folded)),
  mayLack: may_lack_open,
  between: new Set(to.map(folded)),
  closes: new Set(close.map(folded)),
}));

/** Return the texts of an interval's ends, between which a word or a dash stands; else null. */
function ends(clean: string): [string, string] | null {
  let words = clean.split(" ");
  if (SPANS.some(({ closes }) => closes.has(folded(words.at(-1)!)))) words = words.slice(0, -1);
  const letters = words.map(folded);
  for (const { opens, mayLack, between } of SPANS) {
    const start = Number(opens.has(letters[0] ?? ""));
    const at = letters.flatMap((word, i) =>
      i > start && i < words.length - 1 && between.has(word) ? [i] : [],
    );
    if (at.length === 1 && (start || mayLack)) {
      return [words.slice(start, at[0]).join(" "), words.slice(at[0]! + 1).join(" ")];
    }
  }
  const rest = words.join(" ");
  for (const dash of DASHES) {
    const match = dash.exec(rest);
    const isDay = (word: string): boolean => WEEKDAYS.has(folded(word.replace(/[,،]/g, "")));
    if (match && !match[1]!.split(" ").filter(Boolean).every(isDay)) return [match[1]!, match[2]!];
  }
  return null;
}

const CLOCKS = new Map<string, Intl.DateTimeFormat>();

/** Return the local day of a moment (seconds from 1970-01-01 UTC) in a zone, and it in writing. */
export function localTime(moment: number, zone: string): { day: number; text: string } {
  let clock = CLOCKS.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat("en-GB-u-ca-iso8601-nu-latn", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    CLOCKS.set(zone, clock);
  }
  const parts = new Map(clock.formatToParts(moment * 1000).map(({ type, value }) => [type, value]));
  const part = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name)!.padStart(2, "0");
  const date = `${part("year")}-${part("month")}-${part("day")}`;
  const time = `${part("hour")}:${part("minute")}:${part("second")}`;
  const day = dayNumber(date);
  const [h, m, s] = time.split(":").map(Number) as [number, number, number];
  const east = day * 86_400 + h * 3600 + m * 60 + s - moment;
  const size = Math.abs(east);
  const rest = size % 60 ? two(size % 60) : "";
  const offset = `${two(Math.floor(size / 3600))}${two(Math.floor(size / 60) % 60)}${rest}`;
  return { day, text: `${date}T${time}${east < 0 ? "-" : "+"}${offset}` };
}

/** Return the order of day and month that a column of numeric dates proves as a whole, or null. */
export function columnOrder(values: Iterable<unknown>): Order {
  const found = new Set<"dmy" | "mdy">();
  for (const value of values) {
    if (typeof value !== "string") continue;
    const { clean } = cleanText(value);
    const match = NUMERIC.exec(clean) ?? SHORT_YEAR.exec(clean);
    if (!match) continue;
    const [first, second] = [Number(match[1]), Number(match[3])];
    if (first > 12 && first <= 31 && second >= 1 && second <= 12) found.add("dmy");
    if (second > 12 && second <= 31 && first >= 1 && first <= 12) found.add("mdy");
  }
  return found.size === 1 ? [...found][0]! : null;
}

/** Return the century (its first year) that all years of four digits in a column lie in, or null. */
export function columnCentury(values: Iterable<string>): number | null {
  const found = new Set<number>();
  for (const value of values) {
    for (const [year] of cleanText(value).clean.matchAll(FULL_YEAR)) {
      found.add(Math.floor(Number(year) / 100) * 100);
    }
  }
  return found.size === 1 ? [...found][0]! : null;
}

/**
 * Tell whether a column shows that a spreadsheet took days for months and months for days: then no
 * true date has a day above 12, and every text has one.
 */
export function daysExchanged(values: Iterable<string>): boolean {
  const whole = new Set<string>();
  let texts = 0;
  for (const value of values) {
    const { clean } = cleanText(value);
    let match = TRUE_DATE.exec(clean);
    if (match) {
      if (Number(match[3]) > 12) return false;
      whole.add(clean.slice(0, 10));
    } else if ((match = NUMERIC.exec(clean))) {
      if (Math.max(Number(match[1]), Number(match[3])) <= 12) return false;
      texts++;
    }
  }
  return texts > 0 && whole.size > 1;
}

/** Return the day of a spreadsheet's serial number (ECMA-376 part 1, 18.17.4.1). */
export function excelDay(serial: number, epoch: 1900 | 1904 = 1900): number {
  const write = "give the serial number of a day, like 43166";
  const no = (why: string): never => {
    throw new ReadingError(`expected ${why}, found ${quote(serial)}; ${write}`, "date");
  };
  if (!(serial > -1e6 && serial < 1e6)) no("the serial number of a day");
  const day = Math.floor(serial);
  if (epoch === 1900 && day === 60) no("a day that was, which 1900-02-29 is not");
  const start =
    epoch === 1904 ? dayNumber("1904-01-01") : dayNumber(day < 60 ? "1899-12-31" : "1899-12-30");
  const found = start + day;
  if (day < (epoch === 1900 ? 1 : 0) || !isYear(Number(dayOf(found).slice(0, 4)))) {
    no(`a day from ${YEARS.first} to ${YEARS.last}`);
  }
  return found;
}
