/** On which days each row was: the twin of `geodata/columns/when.py`. */

import { dayOf, monthLength, numberOf } from "../../days";
import { FUTURE_DATE, NO_DATE, NO_DAY, UNREADABLE_DATE } from "../incidents";
import { type Days, excelDay, isYear } from "../text/dates";
import { cleanText, readCode, ReadingError, type Repair } from "../text/repairs";
import type { Batch } from "./batch";
import { type Cells, isBlank, isCells, Memo, type Read, textOf } from "./cells";
import type { Plan } from "./plan";

const ISO = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
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
    const days = this.#days(row);
    if (days === null) {
      batch.miss(i, NO_DATE);
      batch.blank(i, this.#shown(row).replace(/^-+$/, ""));
    } else if (days instanceof ReadingError) {
      const text = this.#shown(row);
      batch.refuse(i, UNREADABLE_DATE, { what: "date", text, message: days.message });
    } else if (days.first > this.plan.checker.today) {
      const message = "expected a day up to today, found one in the future; correct the date.";
      batch.refuse(i, FUTURE_DATE, { what: "date", text: this.#shown(row), message });
    } else {
      batch.mend(i, days.repairs ?? []);
      const widened = this.#widened(days, row);
      if (!widened) batch.miss(i, NO_DATE);
      batch.incidents.first[i] = widened?.first ?? NO_DAY;
      batch.incidents.last[i] = widened?.last ?? NO_DAY;
    }
  }

  #days(row: number): Read<Interval> {
    const { date, first, last, year } = this.plan.columns;
    if (date) return this.#cell(date, row);
    if (first && last) return between(this.#cell(first, row), this.#cell(last, row));
    if (!year) return null;
    const parts = this.#partTexts(row);
    return this.#parts.recall(parts.join("-"), () => daysOfParts(parts));
  }

  /** The cells of a row that say when it was, for a message. */
  #shown(row: number): string {
    const { date, first, last } = this.plan.columns;
    if (date) return textOf(date, row);
    if (first && last) return `${textOf(first, row)} / ${textOf(last, row)}`;
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
      if (!clean) return null;
      const { epoch } = this.plan.options;
      if (SERIAL.test(clean) && epoch) {
        const day = excelDay(Number(clean), epoch);
        return { first: day, last: day };
      }
      return this.#careful(column, text);
    });
  }

  /** What the column as a whole proves is asked for last. */
  #careful(column: Cells, text: string): Days {
    const { dates } = this.plan.checker;
    const stated = this.plan.options.order ?? null;
    try {
      const found = dates.readDays(text);
      return stated && found.notation === "numeric" ? dates.readDays(text, stated) : found;
    } catch (error) {
      if (!(error instanceof ReadingError) || !error.ambiguous) throw error;
      const order = stated ?? this.plan.order(column);
      if (order === null) throw error;
      const found = dates.readDays(text, order);
      if (stated) return found;
      const after = [...new Set([found.first, found.last])].map(dayOf).join("/");
      const proved: Repair = { kind: "day-month-order", before: text, after };
      return { ...found, repairs: [...found.repairs, proved] };
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

/** Return the days from a first to a last cell. */
function between(first: Read<Interval>, last: Read<Interval>): Read<Interval> {
  if (first instanceof ReadingError) return first;
  if (last instanceof ReadingError) return last;
  if (!first && !last) return null;
  if (!first || !last) {
    return new ReadingError("expected a first and a last day, found only one of them", "date");
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
