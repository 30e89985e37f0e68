/** Which incidents are shown: a filter is part of the page's address. */

import { dayNumber } from "../days";
import type { State } from "../state";
import { MISSING, type Points } from "./points";
import { breathe, type Texts } from "../engine/unpack";

const AT_ONCE = 1 << 16; // texts before the page may do something else

/** What is asked of the incidents: a value for each of these, and a text for each other column. */
export interface Filter {
  verdict: string[];
  zone: string;
  phase: string;
  from: string;
  until: string;
  /** By the column's name: a part of its text, whatever the case. */
  columns: Record<string, string>;
}

export const EVERYTHING: Filter = {
  verdict: [],
  zone: "",
  phase: "",
  from: "",
  until: "",
  columns: {},
};

const COLUMN = "column.";
const DAY = /^\d{4}-\d\d-\d\d$/;

/** Read a filter as a state holds it; what cannot be meant is left out. */
export function readFilter(text: string): Filter {
  const said = new URLSearchParams(text);
  const day = (key: string): string => {
    const value = said.get(key) ?? "";
    return DAY.test(value) && !Number.isNaN(Date.parse(value)) ? value : "";
  };
  const columns: Record<string, string> = {};
  for (const [key, value] of said) {
    if (key.startsWith(COLUMN) && value) columns[key.slice(COLUMN.length)] = value;
  }
  return {
    verdict: (said.get("verdict") ?? "").split(",").filter(Boolean),
    zone: said.get("zone") ?? "",
    phase: said.get("phase") ?? "",
    from: day("from"),
    until: day("until"),
    columns,
  };
}

/** Write a filter as a state holds it; nothing where everything is shown. */
export function writeFilter(filter: Filter): string {
  const said = new URLSearchParams();
  if (filter.verdict.length) said.set("verdict", filter.verdict.join(","));
  for (const key of ["zone", "phase", "from", "until"] as const) {
    if (filter[key]) said.set(key, filter[key]);
  }
  for (const [name, value] of Object.entries(filter.columns)) {
    if (value) said.set(COLUMN + name, value);
  }
  return said.toString();
}

/** In a mask: what fits the filter, but lies in other days; and what lies in the days shown, too. */
export const [OTHER_DAYS, SHOWN] = [1, 2] as const;

/** The rows that fit the filter: how many, which ones in order of time, and a mark for each row. */
export interface Selection {
  /** Another number each time that other rows are marked. */
  turn: number;
  count: number;
  rows: Int32Array;
  mask: Uint8Array;
  /** How many of them lie in the days shown. */
  near: number;
}

/** Which of a column's distinct texts contain what is asked for. */
interface Hits {
  readonly texts: Texts;
  readonly hits: Uint8Array;
}

export class Selector {
  readonly selection: Selection;
  readonly #known = new Map<string, Hits>();

  constructor(private readonly points: Points) {
    const n = points.length;
    const [rows, mask] = [new Int32Array(n), new Uint8Array(n)];
    this.selection = { turn: 0, count: 0, rows, mask, near: 0 };
  }

  /** Whether a filter asks for texts that have not been looked through yet. */
  waits(filter: Filter): boolean {
    return Object.entries(filter.columns).some(([name, text]) => !this.#known.has(key(name, text)));
  }

  /** Look through the texts of a filter, bit by bit. */
  async prepare(filter: Filter): Promise<void> {
    for (const [name, text] of Object.entries(filter.columns)) {
      if (this.#known.has(key(name, text))) continue;
      const column = this.points.columns.find((one) => one.name === name);
      if (!column) continue;
      const { texts } = column;
      const hits = new Uint8Array(texts.distinct);
      const wanted = text.toLocaleLowerCase();
      for (let at = 0; at < hits.length; at += AT_ONCE) {
        const stop = Math.min(hits.length, at + AT_ONCE);
        for (let code = at; code < stop; code++) {
          if (texts.word(code).toLocaleLowerCase().includes(wanted)) hits[code] = 1;
        }
        if (stop < hits.length) await breathe();
      }
      if (this.#known.size > 20) this.#known.clear();
      this.#known.set(key(name, text), { texts, hits });
    }
  }

  /** Find the rows of a filter, whose texts have to be prepared; then `mark` those of the days shown. */
  select(filter: Filter): void {
    const { points, selection } = this;
    const { first, last, verdict, zone, phase, length } = points;
    const wanted = points.verdicts.map((one) =>
      !filter.verdict.length || filter.verdict.includes(one) ? 1 : 0,
    );
    const inZone = filter.zone ? points.zones.indexOf(filter.zone) + 1 : -1;
    const inPhase = filter.phase ? points.phases.indexOf(filter.phase) + 1 : -1;
    const from = filter.from ? dayNumber(filter.from) : -Infinity;
    const until = filter.until ? dayNumber(filter.until) : Infinity;
    const dated = from > -Infinity || until < Infinity;
    const words = Object.entries(filter.columns).map(([name, text]) => this.#known.get(key(name, text)));
    const { mask, rows } = selection;
    let count = 0;
    next: for (let row = 0; row < length; row++) {
      mask[row] = 0;
      if (!wanted[verdict[row]!]) continue;
      if (inZone >= 0 && (zone[row] !== inZone || !inZone)) continue;
      if (inPhase >= 0 && (phase[row] !== inPhase || !inPhase)) continue;
      if (dated && (first[row] === MISSING || first[row]! > until || last[row]! < from)) continue;
      for (const word of words) {
        // A column that is not published has no text that could match.
        if (!word?.hits[word.texts.code(row)]) continue next;
      }
      mask[row] = SHOWN;
      rows[count++] = row;
    }
    selection.count = count;
  }

  /** Mark which of the rows found lie in the days of the state; those without a date lie in none. */
  mark({ date, window }: Pick<State, "date" | "window">): void {
    const { points, selection } = this;
    const { first, last } = points;
    const { mask, rows, count } = selection;
    const day = dayNumber(date);
    const [from, until] = window ? [day - window, day + window] : [-Infinity, Infinity];
    let near = 0;
    for (let at = 0; at < count; at++) {
      const row = rows[at]!;
      const dated = !window || first[row] !== MISSING;
      const shown = dated && first[row]! <= until && last[row]! >= from;
      mask[row] = shown ? SHOWN : OTHER_DAYS;
      if (shown) near++;
    }
    selection.near = near;
    selection.turn++;
  }
}

function key(name: string, text: string): string {
  return JSON.stringify([name, text]);
}
