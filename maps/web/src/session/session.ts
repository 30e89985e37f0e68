/**
 * What a worker does for a page, without the worker: questions in, answers out.
 *
 * Files stay here, and so do the verdicts on their rows; the page gets what it draws, and asks for
 * the rows that it shows.
 */

import { Atlas, type AtlasData } from "../engine/atlas";
import {
  cellOf,
  ColumnReader,
  COLUMNS,
  judgeIncidents,
  type ColumnName,
  type Fault,
  type Incidents,
  type RawColumns,
  type Statement,
  type Tagged,
  type Turned,
} from "../engine/columns/reading";
import type { Swap } from "../engine/text/axes";
import { PointTable } from "../engine/formats/geojson";
import { PlaceError, type Place } from "../engine/text/places";
import { Checker, type Question, type VerdictRecord } from "../engine/record";
import { ReadingError } from "../engine/text/repairs";
import { Table, TableError } from "../engine/formats/delimited";
import { bit, VERDICTS, type Choices, type Judge, type Judgements } from "../engine/verdict";

/** Which header means what. */
export interface Roles {
  readonly latitude?: string;
  readonly longitude?: string;
  readonly position?: string;
  readonly geopoint?: boolean;
  readonly date?: string;
  readonly first?: string;
  readonly last?: string;
  readonly year?: string;
  readonly month?: string;
  readonly day?: string;
  readonly radius?: string;
  readonly placeCodes?: readonly string[];
  readonly dateCode?: string;
}

/** What the page asks; answers carry the same `id`. */
export type Request =
  | { readonly type: "atlas"; readonly id: number; readonly atlas: AtlasData | string }
  | { readonly type: "check"; readonly id: number; readonly question: Question }
  | {
      readonly type: "table";
      readonly id: number;
      readonly content: Blob | ArrayBuffer | string;
      readonly kind: "delimited" | "geojson";
      readonly separator?: string;
    }
  | {
      readonly type: "judge";
      readonly id: number;
      readonly columns: Roles | RawColumns;
      readonly stated?: Statement;
      readonly choices?: Choices;
      readonly chunk?: number;
    }
  | {
      readonly type: "rows";
      readonly id: number;
      readonly rows: readonly number[];
      readonly names?: readonly ColumnName[];
      readonly language?: string;
    }
  | {
      readonly type: "export";
      readonly id: number;
      readonly names?: readonly ColumnName[];
      readonly rows?: readonly number[] | Int32Array;
      readonly language?: string;
    }
  | { readonly type: "stop"; readonly id: number };

/** What a page draws of the incidents of a file. */
export interface Drawn {
  readonly longitude: Float64Array;
  readonly latitude: Float64Array;
  readonly radius: Float64Array;
  readonly first: Int32Array;
  readonly last: Int32Array;
  readonly verdict: Uint8Array;
  readonly space: Uint8Array;
  readonly time: Uint8Array;
  readonly zone: Int8Array;
  readonly phase: Int8Array;
  readonly reasons: Uint32Array;
}

export type Reply = { readonly id: number } & (
  | { readonly type: "ready"; readonly zones: readonly string[]; readonly boundaries: readonly string[] }
  | {
      readonly type: "record";
      readonly record: VerdictRecord;
      /** Whether latitude and longitude may be swapped. */
      readonly doubt: Swap | null;
    }
  | {
      readonly type: "fault";
      readonly message: string;
      readonly ambiguous: boolean;
      /** What cannot be read; null where it is a file or a choice. */
      readonly what: ReadingError["what"] | null;
      /** What the text can mean, each written so that it means nothing else. */
      readonly readings: readonly string[];
      /** The places that a name could mean. */
      readonly places: readonly Place[];
    }
  | {
      readonly type: "table";
      readonly headers: readonly string[];
      readonly length: number;
      readonly ragged: number;
      /** Cells that a spreadsheet would run as formulas. */
      readonly formulas: number;
      /** Features that are no points. */
      readonly shapes: number;
      readonly sample: readonly (readonly string[])[];
    }
  | { readonly type: "progress"; readonly done: number; readonly total: number }
  | {
      readonly type: "judged";
      readonly drawn: Drawn;
      /** By position in VERDICTS. */
      readonly counts: readonly number[];
      readonly faults: readonly Fault[];
      readonly faultCount: number;
      /** Places and dates mended before they could be read. */
      readonly mended: number;
      readonly stopped: boolean;
      /** Rows whose axes may be swapped: how many, and the first of them. */
      readonly swaps: Readonly<Record<Swap, number>>;
      readonly turned: readonly Turned[];
    }
  | { readonly type: "rows"; readonly headers: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly type: "export"; readonly text: Blob }
);

const CHUNK = 16_384;
const MOST_FAULTS = 1_000;
const MOST_TURNED = 20;
const SAMPLE = 20;
const LONGEST_SHOWN = 300; // characters of a cell that the page is given to show

interface Stretch {
  readonly incidents: Incidents;
  readonly found: Judgements;
}

/** Answers one page. */
export class Desk {
  #checker: Checker | null = null;
  #table: Table | PointTable | null = null;
  #judge: Judge | null = null;
  #sources: readonly string[] = [];
  #stretches: Stretch[] = [];
  #chunk = CHUNK;
  #long: Promise<void> = Promise.resolve();
  readonly #stopped = new Set<number>();

  constructor(
    readonly reply: (reply: Reply, transfer?: ArrayBuffer[]) => void,
    readonly today?: number,
  ) {}

  /**
   * Answer a request; what is wrong with it is an answer, too.
   *
   * What takes long is done one after the other, in the order asked; all else in between.
   */
  handle(request: Request): Promise<void> {
    if (!["table", "judge", "export"].includes(request.type)) return this.#answer(request);
    const done = this.#long.then(() => this.#answer(request));
    this.#long = done.catch(() => undefined);
    return done;
  }

  async #answer(request: Request): Promise<void> {
    const { id } = request;
    try {
      switch (request.type) {
        case "atlas": {
          const { atlas } = request;
          const data = typeof atlas === "string" ? (JSON.parse(atlas) as AtlasData) : atlas;
          this.#checker = new Checker(new Atlas(data), this.today);
          const { zones, boundaries } = this.#checker.atlas;
          return this.reply({ type: "ready", id, zones, boundaries });
        }
        case "check": {
          const record = this.#ready.check(request.question);
          return this.reply({ type: "record", id, record, doubt: this.#ready.doubt(record) });
        }
        case "table":
          return await this.#open(id, request.content, request.kind, request.separator);
        case "judge":
          return await this.#judgeAll(request);
        case "rows": {
          const names = request.names ?? COLUMNS;
          const rows = request.rows.map((row) => {
            const tagged = this.#tagged(row, request.language ?? "en");
            const answers = names.map((name) => cellOf(tagged, name, row % this.#chunk));
            const originals = this.#originals(row).slice(0, this.#table?.headers.length ?? 0);
            return [...originals.map((cell) => cell.slice(0, LONGEST_SHOWN)), ...answers];
          });
          const headers = [...(this.#table?.headers ?? []), ...names];
          return this.reply({ type: "rows", id, headers, rows });
        }
        case "export": {
          const text = await this.#export(request.names ?? COLUMNS, request.rows, request.language);
          return this.reply({ type: "export", id, text });
        }
        case "stop":
          this.#stopped.add(id);
      }
    } catch (error) {
      const known = [ReadingError, TableError, RangeError].some((kind) => error instanceof kind);
      if (!known) throw error;
      this.reply({
        type: "fault",
        id,
        message: (error as Error).message,
        ambiguous: error instanceof ReadingError && error.ambiguous,
        what: error instanceof ReadingError ? error.what : null,
        readings: error instanceof ReadingError ? error.readings() : [],
        places: error instanceof PlaceError ? error.choices : [],
      });
    }
  }

  get #ready(): Checker {
    if (!this.#checker) throw new RangeError("expected an atlas before any question, found none");
    return this.#checker;
  }

  async #open(
    id: number,
    content: Blob | ArrayBuffer | string,
    kind: "delimited" | "geojson",
    separator?: string,
  ): Promise<void> {
    let text: string;
    if (typeof content === "string") text = content;
    else {
      const bytes = content instanceof ArrayBuffer ? content : await content.arrayBuffer();
      text = decoded(bytes);
    }
    const table = kind === "geojson" ? new PointTable(text) : new Table(text, separator);
    this.#table = table;
    this.#stretches = [];
    const width = table.headers.length;
    const sample = Array.from({ length: Math.min(SAMPLE, table.length) }, (_, row) =>
      Array.from({ length: width }, (_, column) =>
        table.cell(row, column).slice(0, LONGEST_SHOWN),
      ),
    );
    const { headers, length, ragged, formulas } = table;
    const shapes = table instanceof PointTable ? table.shapes : 0;
    this.reply({ type: "table", id, headers, length, ragged: ragged.size, formulas, shapes, sample });
  }

  async #judgeAll(request: Extract<Request, { type: "judge" }>): Promise<void> {
    const { id, stated = {}, choices = {}, chunk = CHUNK } = request;
    const checker = this.#ready;
    const raw = this.#columns(request.columns);
    const total = lengthOf(raw);
    const reader = new ColumnReader(checker, raw, stated);
    const judge = checker.judge(choices);
    this.#judge = judge;
    this.#sources = reader.sources;
    this.#stretches = [];
    this.#chunk = chunk;
    const ragged = this.#table?.ragged ?? new Set<number>();
    const counts = VERDICTS.map(() => 0);
    const faults: Fault[] = [];
    let faultCount = 0;
    const swaps = { only: 0, both: 0 };
    const turned: Turned[] = [];
    for (let start = 0; start < total && !this.#stopped.has(id); start += chunk) {
      const stop = Math.min(start + chunk, total);
      const incidents = reader.read(start, stop);
      if (ragged.size) disown(incidents, ragged, start);
      const found = judgeIncidents(judge, incidents);
      for (const code of found.verdict) counts[code]!++;
      faultCount += incidents.faults.length;
      for (const fault of incidents.faults) {
        if (faults.length >= MOST_FAULTS) break;
        faults.push({ ...fault, text: fault.text.slice(0, LONGEST_SHOWN) });
      }
      for (const one of incidents.turned) {
        if (ragged.has(one.row)) continue;
        swaps[one.doubt]++;
        if (turned.length < MOST_TURNED) turned.push(one);
      }
      this.#stretches.push({ incidents: { ...incidents, faults: [], turned: [] }, found });
      this.reply({ type: "progress", id, done: stop, total });
      await turn(); // so that a stop, or a question, is heard
    }
    const stopped = this.#stopped.delete(id);
    const drawn = this.#drawn();
    this.reply(
      { type: "judged", id, drawn, counts, faults, faultCount, mended: reader.mended, stopped, swaps, turned },
      Object.values(drawn).map((column) => column.buffer as ArrayBuffer),
    );
  }

  #columns(columns: Roles | RawColumns): RawColumns {
    const table = this.#table;
    const found: Record<string, unknown> = {};
    for (const [role, named] of Object.entries(columns) as [string, unknown][]) {
      const columnOf = (one: unknown): unknown => {
        if (typeof one !== "string") return one;
        if (!table) throw new RangeError("expected a table before its columns, found none");
        return table.column(one);
      };
      found[role] = Array.isArray(named) ? named.map(columnOf) : columnOf(named);
    }
    const placed = ["latitude", "longitude", "position"].some((role) => found[role] !== undefined);
    if (table instanceof PointTable && !placed) {
      found["longitude"] = table.longitude;
      found["latitude"] = table.latitude;
    }
    return found;
  }

  #drawn(): Drawn {
    const parts = this.#stretches;
    const length = parts.reduce((sum, part) => sum + part.found.length, 0);
    const joined = <T extends Float64Array | Int32Array | Uint8Array | Int8Array | Uint32Array>(
      whole: T,
      pick: (stretch: Stretch) => T,
    ): T => {
      let at = 0;
      for (const part of parts) {
        whole.set(pick(part), at);
        at += part.found.length;
      }
      return whole;
    };
    return {
      longitude: joined(new Float64Array(length), (s) => s.incidents.longitude),
      latitude: joined(new Float64Array(length), (s) => s.incidents.latitude),
      radius: joined(new Float64Array(length), (s) => s.incidents.radius),
      first: joined(new Int32Array(length), (s) => s.incidents.first),
      last: joined(new Int32Array(length), (s) => s.incidents.last),
      verdict: joined(new Uint8Array(length), (s) => s.found.verdict),
      space: joined(new Uint8Array(length), (s) => s.found.space),
      time: joined(new Uint8Array(length), (s) => s.found.time),
      zone: joined(new Int8Array(length), (s) => s.found.zone),
      phase: joined(new Int8Array(length), (s) => s.found.phase),
      reasons: joined(new Uint32Array(length), (s) => s.found.reasons),
    };
  }

  #tagged(row: number, language: string): Tagged {
    const stretch = this.#stretches[Math.floor(row / this.#chunk)];
    if (!stretch || !this.#judge) throw new RangeError(`expected a judged row, found ${row}`);
    const { incidents, found } = stretch;
    return { judge: this.#judge, incidents, found, sources: this.#sources, language };
  }

  #originals(row: number): string[] {
    return this.#table?.cells(row) ?? [];
  }

  /** Return the file with its verdicts as CSV; an added column that is there already gets a number. */
  async #export(
    names: readonly ColumnName[],
    rows: readonly number[] | Int32Array | undefined,
    language = "en",
  ): Promise<Blob> {
    const headers = [...(this.#table?.headers ?? [])];
    for (const name of names) {
      let header: string = name;
      for (let n = 2; headers.includes(header); n++) header = `${name}_${n}`;
      headers.push(header);
    }
    const total = rows?.length ?? this.#stretches.reduce((sum, s) => sum + s.found.length, 0);
    const encoder = new TextEncoder();
    const pieces = [encoder.encode(`${lineOf(headers)}\n`)];
    for (let start = 0; start < total; start += CHUNK) {
      let lines = "";
      for (let k = start; k < Math.min(start + CHUNK, total); k++) {
        const row = rows?.[k] ?? k;
        const tagged = this.#tagged(row, language);
        const original = this.#table?.line(row) ?? lineOf(this.#originals(row));
        lines += original;
        for (let n = 0; n < names.length; n++) {
          if (n || original) lines += ",";
          lines += quoted(cellOf(tagged, names[n]!, row % this.#chunk));
        }
        lines += "\n";
      }
      pieces.push(encoder.encode(lines));
      await turn();
    }
    return new Blob(pieces, { type: "text/csv" });
  }
}

const NEEDS_QUOTES = /[",\r\n]/;

function quoted(cell: string): string {
  return NEEDS_QUOTES.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function lineOf(cells: readonly string[]): string {
  return cells.map(quoted).join(",");
}

/** Return the text of a file: UTF-8, or UTF-16 where its byte order mark says so. */
function decoded(bytes: ArrayBuffer): string {
  const [one, two] = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
  const wide = one === 0xff && two === 0xfe ? "utf-16le" : one === 0xfe && two === 0xff ? "utf-16be" : "";
  try {
    return new TextDecoder(wide || "utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new TableError(
      `expected ${wide ? "UTF-16" : "UTF-8"}, found other bytes; save the file as UTF-8.`,
    );
  }
}

/** Take nothing from rows whose cells cannot be told apart. */
function disown(incidents: Incidents, ragged: ReadonlySet<number>, start: number): void {
  for (let i = 0; i < incidents.trouble.length; i++) {
    if (ragged.has(start + i)) {
      incidents.trouble[i] = bit("unreadable-location") | bit("unreadable-date");
    }
  }
}

function lengthOf(raw: RawColumns): number {
  for (const column of Object.values(raw) as unknown[]) {
    if (typeof column === "object" && column !== null && "length" in column && !Array.isArray(column)) {
      return column.length as number;
    }
  }
  throw new RangeError("expected columns, found none");
}

/** Let other messages in. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
