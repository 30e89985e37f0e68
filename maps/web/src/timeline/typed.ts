/** Days as people type them, read as the checker reads them, in the languages of the page. */

import { type Day, dayOf } from "../days";
import { DateReader } from "../engine/text/dates";
import { ReadingError } from "../engine/text/repairs";
import type { Reference, SentenceWords } from "../generated/payload";

export class TypedDays {
  #reader: DateReader | null = null;

  /** Without what the checker knows of dates, days are read as `2018-03-07`. */
  constructor(
    private readonly reference: Pick<Reference, "languages" | "time_zone"> | null,
    private readonly words: Record<string, SentenceWords>,
  ) {}

  /** The first and the last day that a text names; null where it names none, or could mean others. */
  read(text: string): readonly [first: Day, last: Day] | null {
    const { reference, words } = this;
    const known = { languages: [], time_zone: "UTC", ...reference, words };
    this.#reader ??= new DateReader(known);
    try {
      const { first, last } = this.#reader.readDays(text);
      return [dayOf(first), dayOf(last)];
    } catch (error) {
      if (!(error instanceof ReadingError)) throw error;
      return null;
    }
  }
}
