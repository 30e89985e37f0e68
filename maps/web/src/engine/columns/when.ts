/** On which days each row was: the twin of `geodata/columns/when.py`. */

import { dayOf, monthLength, numberOf } from "../../days";
import { FUTURE_DATE, NO_DATE, NO_DAY, UNREADABLE_DATE } from "../incidents";
import { type Days, excelDay, isYear, ShortYearError } from "../text/dates";
import { cleanText, readCode, ReadingError, type Repair } from "../text/repairs";
import type { Batch } from "./batch";
import { type Cells, isBlank, isCells, Memo, type Read, textOf } from "./cells";
import type { Plan } from "./plan";

const ISO = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
/** A time of day without a zone at the end of a text. */
const BARE_TIME = /[0-9]:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?: ?[ap]\.?m\.?)?$/i;
const SERIAL = /^[0-9]{5}(?:\.[0-9]+)?$/;

interface Interval {
  readonly first: number;
  readonly last: number;
  readonly repairs?: readonly Repair[];
}

export class DaysReader {
  readonly #memo = new Memo<Interval>();
  readonly #parts = new Memo<Interval>();

  constructor(private readonly plan: Plan) {}

  /** Read on which days a row was. */
  read(batch: Batch, i: number): void {
    const row = batch.start + i;
    const days = this.#days(row) ?? this.#otherDays(batch, i);
    if (days === null) {
      batch.miss(i, NO_DATE);
      batch.blank(i, this.#shown(row).replace(/^-+$/, ""));
    } else if (days instanceof ReadingError) {
      const text = this.#shown(row);
      batch.refuse(i, UNREADABLE_DATE, { what: "date", text, message: days.message, word: days.ambiguous ? "ambiguous" : days.what });
    } else if (days.first > this.plan.checker.today) {
      const message = "expected a day up to today, found one in the future; correct the date.";
      batch.refuse(i, FUTURE_DATE, { what: "date", text: this.#shown(row), message, word: "future" });
    } else {
      batch.mend(i, days.repairs ?? []);
      this.#doubt(batch, i, days);
      const widened = this.#widened(days, row);
      if (!widened) batch.miss(i, NO_DATE);
      batch.incidents.first[i] = widened?.first ?? NO_DAY;
      batch.incidents.last[i] = widened?.last ?? NO_DAY;
    }
  }

  /** Doubt a true date that a spreadsheet may have made, and one that other columns contradict. */
  #doubt(batch: Batch, i: number, days: Interval): void {
    const { date, alsoDays } = this.plan.columns;
    if (!isCells(date)) return;
    const text = date.get(batch.start + i);
    if (text[4] === "-" && days.first === days.last && exchangedDay(days.first) !== days.first) {
      if (this.plan.exchanged(date)) {
        batch.exchanged.push(i);
        batch.warn(i, "day-and-month", text);
      }
    }
    if (!alsoDays) return;
    const [texts, other] = this.#beside(alsoDays, batch.start + i);
    if (other === null || other instanceof ReadingError) return;
    if (other.last < days.first || other.first > days.last) {
      batch.otherDays.push({ i, first: other.first, last: other.last });
      batch.warn(i, "dates-disagree", text, texts.join("-"));
    }
  }

  /** Return year, month and day beside a date, as texts and as days. */
  #beside(alsoDays: readonly Cells[], row: number): [string[], Read<Interval>] {
    const texts = alsoDays.map((cells) => cells.get(row));
    return [texts, this.#parts.recall(texts.join("-"), () => daysOfParts(texts))];
  }

  /** Return the year, month and day of a row that has no other date. */
  #otherDays(batch: Batch, i: number): Interval | null {
    const { alsoDays } = this.plan.columns;
    if (!alsoDays) return null;
    const [texts, other] = this.#beside(alsoDays, batch.start + i);
    if (other === null || other instanceof ReadingError) return null;
    batch.repairs.push({ row: batch.start + i, kind: "other-date", before: "", after: texts.join("-") });
    return other;
  }

  #days(row: number): Read<Interval> {
    const { date, first, last, year, span } = this.plan.columns;
    if (date) return this.#cell(date, row);
    if (first && last) return between(this.#cell(first, row), this.#cell(last, row));
    const parts = (texts: readonly string[]): Read<Interval> =>
      this.#parts.recall(texts.join("-"), () => daysOfParts(texts));
    if (span) {
      const texts = span.map((cells) => cells.get(row));
      return between(parts(texts.slice(0, 3)), parts(texts.slice(3)));
    }
    return year ? parts(this.#partTexts(row)) : null;
  }

  /** The cells of a row that say when it was, for a message. */
  #shown(row: number): string {
    const { date, first, last, span } = this.plan.columns;
    if (date) return textOf(date, row);
    if (first && last) return `${textOf(first, row)} / ${textOf(last, row)}`;
    if (span) return span.map((cells) => cells.get(row)).join("-");
    return this.#partTexts(row).join("-");
  }

  #partTexts(row: number): string[] {
    const { year, month, day } = this.plan.columns;
    return [year, month, day].map((cells) => cells?.get(row) ?? "");
  }

  #cell(column: Cells | Int32Array, row: number): Read<Interval> {
    if (!isCells(column)) {
      const day = column[row]!;
      return day === NO_DAY ? null : { first: day, last: day };
    }
    const text = column.get(row);
    return this.#memo.recall(text, () => {
      if (ISO.test(text)) return this.plan.checker.dates.readDays(text);
      const { clean } = cleanText(text);
      if (!clean || isBlank(text)) return null;
      const { epoch, unix } = this.plan.options;
      if (unix && isUnixTime(clean)) {
        const moment = new Date(Number(clean) * (clean.length === 10 ? 1000 : 1)).toISOString();
        const days = this.plan.checker.dates.readDays(moment.replace(/\.[0-9]+Z$/, "Z"));
        return { ...days, repairs: [{ kind: "unix-time", before: text, after: moment }] };
      }
      if (SERIAL.test(clean) && epoch) {
        const day = excelDay(Number(clean), epoch);
        return { first: day, last: day, repairs: [{ kind: "serial-date", before: text, after: dayOf(day) }] };
      }
      return this.#careful(column, this.plan.options.utc && BARE_TIME.test(clean) ? `${clean}Z` : text);
    });
  }

  /** What the column as a whole proves is asked for last. */
  #careful(column: Cells, text: string, century: number | null = null): Days {
    const { dates } = this.plan.checker;
    const stated = this.plan.options.order ?? null;
    const told = (found: Days, kind: string): Days => {
      const after = [...new Set([found.first, found.last])].map(dayOf).join("/");
      return { ...found, repairs: [...found.repairs, { kind, before: text, after }] };
    };
    try {
      const found = dates.readDays(text, null, century);
      const ordered = stated && found.notation === "numeric";
      const days = ordered ? dates.readDays(text, stated, century) : found;
      return century === null ? days : told(days, "century");
    } catch (error) {
      if (error instanceof ShortYearError) {
        const proved = this.plan.options.century ?? this.plan.century(column);
        if (proved !== null) return this.#careful(column, text, proved);
      }
      if (!(error instanceof ReadingError) || !error.ambiguous) throw error;
      const order = stated ?? this.plan.order(column);
      if (order === null) throw error;
      const found = dates.readDays(text, order, century);
      return stated ? found : told(found, "day-month-order");
    }
  }

  /** Return days as far apart as the source's own code says; null where it says nothing. */
  #widened(days: Interval, row: number): Interval | null {
    const { columns, options } = this.plan;
    const { dates } = options;
    if (!dates || !(columns.dateCode || "" in dates)) return days;
    const meaning = dates[columns.dateCode ? readCode(columns.dateCode.get(row)) : ""];
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
}

/** Tell whether a text may be a Unix time: ten digits are seconds, thirteen milliseconds. */
export function isUnixTime(text: string): boolean {
  return /^(?:[0-9]{10}|[0-9]{13})$/.test(text);
}

/** Return a day with its numbers of day and month exchanged; as it is where there is none. */
export function exchangedDay(day: number): number {
  const [year, month, number] = dayOf(day).split("-").map(Number) as [number, number, number];
  return number > 12 ? day : numberOf(year, number, month);
}

const HALF =
  "expected a first and a last day, found only one of them; if that was the only day, write it " +
  "in both cells, or state its column alone as the date";

/** Return the days from a first to a last cell. */
function between(first: Read<Interval>, last: Read<Interval>): Read<Interval> {
  if (first instanceof ReadingError) return first;
  if (last instanceof ReadingError) return last;
  if (!first && !last) return null;
  if (!first || !last) {
    return new ReadingError(HALF, "date");
  }
  if (first.first > last.last) {
    return new ReadingError("expected the last day to be no earlier than the first", "date");
  }
  const repairs = [...(first.repairs ?? []), ...(last.repairs ?? [])];
  return { first: first.first, last: last.last, repairs };
}

/** Return the days of a year, month and day in columns of their own; 0 or nothing is unknown. */
function daysOfParts(parts: readonly string[]): Interval | null {
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
