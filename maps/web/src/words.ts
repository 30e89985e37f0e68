/** Words, days and numbers in the language of the page, which may change while it is open. */

import type { Day } from "./days";
import type { SentenceWords, State } from "./generated/payload";
import { sayArea, sayLength, sayList, sayNumber, sayShare, type Wording } from "./say";

export type Language = string;
/** What is called something in each language. */
export type Text = Readonly<Record<Language, string>>;

type Word = string | string[] | Tree;
interface Tree {
  [key: string]: Word;
}
/** The digits of a page: those that most read, or the language's own (`٠١٢٣`). */
export type Digits = State["digits"];

/** Of a language, the country whose months the atlas's readers know. */
const LOCALES: Record<Language, string> = { ar: "ar-SY", en: "en-GB" };

export class Words {
  #lang: Language = "";
  #digits: Digits = "latn";
  #locale = "";
  readonly #formats = new Map<string, Intl.DateTimeFormat>();

  constructor(
    lang: Language,
    private readonly trees: Readonly<Record<Language, object>>,
  ) {
    this.use(lang);
  }

  get lang(): Language {
    return this.#lang;
  }

  get digits(): Digits {
    return this.#digits;
  }

  get languages(): Language[] {
    return Object.keys(this.trees);
  }

  /** The words of every language, as the engine takes them; a page with a checker has all these. */
  get engine(): Record<Language, SentenceWords> {
    return this.trees as Record<Language, SentenceWords>;
  }

  get direction(): string {
    return String(this.#tree["direction"] ?? "ltr");
  }

  /** Speak another language from now on; who has drawn words draws them anew. */
  use(lang: Language, digits: Digits = "latn"): void {
    if (!this.trees[lang]) throw new Error(`the page holds no words in ${lang}`);
    this.#lang = lang;
    this.#digits = this.ownDigits(lang) ? digits : "latn";
    this.#locale = `${LOCALES[lang] ?? lang}-u-nu-${this.#digits}`;
    this.#formats.clear();
  }

  /** Whether a language has digits of its own beside those that most read. */
  ownDigits(lang: Language = this.#lang): boolean {
    return lang === "ar";
  }

  has(key: string): boolean {
    return typeof this.#find(key) === "string";
  }

  /** The word at `key` (dots between levels), with `{name}` replaced. */
  say(key: string, values: Record<string, string | number> = {}): string {
    const word = this.#find(key);
    if (typeof word !== "string") throw new Error(`no word for ${key} in ${this.lang}`);
    // A text that comes in, such as the name of a file, keeps its own digits.
    return this.#written(word).replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name] ?? whole;
      return typeof value === "number" ? this.#written(String(value)) : value;
    });
  }

  /** The word at `key` before and after what it says of `name`: for nodes that no text can be. */
  around(key: string, name: string): [before: string, after: string] {
    const [before = "", after = ""] = this.say(key, { [name]: "\u0000" }).split("\u0000");
    return [before, after];
  }

  name(text: Text): string {
    const own = text[this.lang];
    return own === undefined ? (text["en"] ?? "") : this.#written(own);
  }

  /** A sentence of a record, in the digits of the page. */
  sentence(text: string): string {
    return this.#written(text);
  }

  /** What a language calls itself. */
  endonym(lang: Language): string {
    return String((this.trees[lang] as Tree | undefined)?.["language"] ?? lang);
  }

  day(day: Day, precision?: string | null): string {
    const date = new Date(`${day}T00:00:00Z`);
    if (precision === "month") {
      const [year] = day.split("-").map(Number) as [number];
      return this.say("date.month", { month: this.#part(date, true), year: this.year(year) });
    }
    const [year, , number] = day.split("-").map(Number) as [number, number, number];
    const values = { day: this.year(number), month: this.#part(date, false), year: this.year(year) };
    return this.say("date.day", values);
  }

  /** From one day to another, either of which may be open. */
  range(from: Day | null, to: Day | null, precision?: string | null): string {
    if (!from && !to) return this.say("space.unknown");
    if (from && !to) return `${this.say("field.from")} ${this.day(from, precision)}`;
    if (from && to && from.slice(0, 7) === to.slice(0, 7) && this.has("date.within")) {
      const [first, last] = [from, to].map((day) => this.year(Number(day.slice(8)))) as [string, string];
      const month = this.#part(new Date(`${to}T00:00:00Z`), false);
      return this.say("date.within", { first, last, month, year: this.year(Number(to.slice(0, 4))) });
    }
    return this.say("date.range", {
      first: from ? this.day(from, precision) : this.say("date.open"),
      last: to ? this.day(to) : this.say("date.open"),
    });
  }

  /** One day, or from one to another. */
  days(first: Day, last: Day): string {
    return first === last ? this.day(first) : this.range(first, last);
  }

  /** A number that counts nothing: a year, the number of a round. */
  year(value: number): string {
    return this.#written(String(value));
  }

  number(value: number, digits = 0): string {
    return this.#written(sayNumber(this.#wording, value, digits));
  }

  list(items: string[]): string {
    return sayList(this.#wording, items);
  }

  area(squareKilometres: number): string {
    return this.#written(sayArea(this.#wording, squareKilometres));
  }

  length(metres: number): string {
    return this.#written(sayLength(this.#wording, metres));
  }

  share(share: number): string {
    return this.#written(sayShare(this.#wording, share));
  }

  /** The words of the page's language that numbers and lists need. */
  get #wording(): Wording {
    return this.#tree as unknown as Wording;
  }

  /** The name of a month: alone, or as it stands beside a day. */
  #part(date: Date, alone: boolean): string {
    const options: Intl.DateTimeFormatOptions = alone
      ? { month: "long", timeZone: "UTC" }
      : { day: "numeric", month: "long", timeZone: "UTC" };
    const make = (): Intl.DateTimeFormat => new Intl.DateTimeFormat(this.#locale, options);
    const parts = this.#format(`month ${alone}`, make).formatToParts(date);
    return parts.find((part) => part.type === "month")?.value ?? "";
  }

  #format(key: string, make: () => Intl.DateTimeFormat): Intl.DateTimeFormat {
    const known = this.#formats.get(key);
    if (known) return known;
    const made = make();
    this.#formats.set(key, made);
    return made;
  }

  /** Text of the atlas in the digits of the page. */
  #written(text: string): string {
    if (this.#digits === "latn") return text;
    return text.replace(/(?<=[0-9])\.(?=[0-9])/g, "٫").replace(/[0-9]/g, (digit) => String.fromCharCode(0x660 + Number(digit)));
  }

  get #tree(): Tree {
    return this.trees[this.#lang] as Tree;
  }

  #find(key: string): Word | undefined {
    let node: Word | undefined = this.#tree;
    for (const part of key.split(".")) {
      node = typeof node === "object" && !Array.isArray(node) ? node[part] : undefined;
    }
    return node;
  }
}
