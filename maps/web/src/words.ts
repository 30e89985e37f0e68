/** Words, days and numbers in the language of the page. */

import type { Day, Language, Text } from "./atlas";

type Word = string | string[] | Tree;
export interface Tree {
  [key: string]: Word;
}

const MILLISECONDS = 86_400_000;

export function dayNumber(day: Day): number {
  return Math.round(Date.parse(`${day}T00:00:00Z`) / MILLISECONDS);
}

export function dayOf(number: number): Day {
  return new Date(number * MILLISECONDS).toISOString().slice(0, 10);
}

export class Words {
  readonly #list: Intl.ListFormat;

  constructor(
    readonly lang: Language,
    private readonly tree: Tree,
  ) {
    this.#list = new Intl.ListFormat(lang, { type: "conjunction" });
  }

  has(key: string): boolean {
    return typeof this.#find(key) === "string";
  }

  /** The word at `key` (dots between levels), with `{name}` replaced. */
  say(key: string, values: Record<string, string | number> = {}): string {
    const word = this.#find(key);
    if (typeof word !== "string") throw new Error(`no word for ${key} in ${this.lang}`);
    return word.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  }

  name(text: Text): string {
    return text[this.lang] ?? text["en"] ?? "";
  }

  day(day: Day, precision?: string | null): string {
    const [year, month, date] = day.split("-").map(Number) as [number, number, number];
    const values = {
      day: this.year(date),
      month: this.#month(month),
      year: this.year(year),
    };
    return this.say(precision === "month" ? "date.month" : "date.day", values);
  }

  /** From one day to another, either of which may be open. */
  range(from: Day | null, to: Day | null, precision?: string | null): string {
    if (!from && !to) return this.say("space.unknown");
    if (from && !to) return `${this.say("field.from")} ${this.day(from, precision)}`;
    return this.say("date.range", {
      first: from ? this.day(from, precision) : this.say("date.open"),
      last: to ? this.day(to) : this.say("date.open"),
    });
  }

  /** A number that counts nothing: a year, the number of a round. */
  year(value: number): string {
    return this.number(value, 0, false);
  }

  number(value: number, digits = 0, grouped = true): string {
    return new Intl.NumberFormat(this.lang, {
      maximumFractionDigits: digits,
      numberingSystem: "latn", // as the names of rounds and agreements are written
      useGrouping: grouped,
    }).format(value);
  }

  list(items: string[]): string {
    return this.#list.format(items);
  }

  area(squareKilometres: number): string {
    const digits = squareKilometres > 0 && squareKilometres < 10 ? 1 : 0;
    return this.#measure(squareKilometres, digits, "km2");
  }

  length(metres: number): string {
    if (metres < 1000) return this.#measure(metres, 0, "m");
    return this.#measure(metres / 1000, metres < 20_000 ? 1 : 0, "km");
  }

  #measure(value: number, digits: number, unit: string): string {
    return `${this.number(value, digits)}\u00a0${this.say(`units.${unit}`)}`;
  }

  #month(month: number): string {
    const names = this.tree["months"];
    return (Array.isArray(names) ? names[month - 1] : undefined) ?? String(month);
  }

  #find(key: string): Word | undefined {
    let node: Word | undefined = this.tree;
    for (const part of key.split(".")) {
      node = typeof node === "object" && !Array.isArray(node) ? node[part] : undefined;
    }
    return node;
  }
}
