/** The file of a session: its table, and the verdicts on its rows. */

import { COLUMNS, VERDICTS } from "../generated/codes";
import type { Batch, Fault, Turned } from "../engine/columns/batch";
import { type Columns, Plan } from "../engine/columns/plan";
import { ColumnReader } from "../engine/columns/reading";
import { type Recognised, recognise } from "../engine/columns/recognise";
import type { ColumnName } from "../engine/fields";
import { lineOf, quoted } from "../engine/formats/csv";
import { DelimitedTable } from "../engine/formats/delimited";
import { PointTable } from "../engine/formats/geojson";
import type { Table } from "../engine/formats/table";
import type { Checker } from "../engine/incident";
import { type Assessed, cellsOf } from "../engine/record";
import type { ComputedReply, ComputeRequest, ExportRequest, OpenedReply, PointColumns } from "./messages";

const CHUNK = 16_384; // rows at a time
const MOST_FAULTS = 1_000;
const MOST_TURNED = 20;
const LONGEST_SHOWN = 300; // characters of a cell that the page is given to show
const NO_ROWS: ReadonlySet<number> = new Set();

/** Let other messages in. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** How a computation goes on: whether it is to stop, and whom to tell of each stretch. */
export interface Progress {
  isStopped(): boolean;
  report(done: number, total: number): void;
}

/** What is counted, and shown as an example, while rows are computed. */
class Summary {
  readonly counts = VERDICTS.map(() => 0);
  readonly faults: Fault[] = [];
  faultCount = 0;
  mended = 0;
  readonly swaps = { only: 0, both: 0 };
  readonly turned: Turned[] = [];

  add({ faults, turned, mended }: Batch, verdicts: Uint8Array): void {
    for (const code of verdicts) this.counts[code]!++;
    this.mended += mended;
    this.faultCount += faults.length;
    for (const fault of faults.slice(0, MOST_FAULTS - this.faults.length)) {
      this.faults.push({ ...fault, text: fault.text.slice(0, LONGEST_SHOWN) });
    }
    for (const { doubt } of turned) this.swaps[doubt]++;
    this.turned.push(...turned.slice(0, MOST_TURNED - this.turned.length));
  }
}

export class SessionFile {
  readonly #table: Table | null;
  readonly #recognised: Recognised | null;
  #stretches: Assessed[] = [];
  #chunk = CHUNK;

  /** Without a table, columns come along with what is asked. */
  constructor(table: Table | null) {
    this.#table = table;
    this.#recognised = table && recognise(table.headers);
  }

  static of(text: string, kind: "delimited" | "geojson"): SessionFile {
    return new SessionFile(kind === "geojson" ? new PointTable(text) : new DelimitedTable(text));
  }

  /** What it holds, and what its columns are taken for. */
  get opened(): OpenedReply {
    const { headers = [], length = 0, ragged = NO_ROWS, formulas = 0, shapes = 0 } = this.#table ?? {};
    const { roles = {}, source = null } = this.#recognised ?? {};
    return { type: "opened", headers, length, ragged: ragged.size, formulas, shapes, roles, source };
  }

  /** Compute the verdicts on all rows, a stretch at a time. */
  async compute(checker: Checker, request: ComputeRequest, progress: Progress): Promise<ComputedReply> {
    const { choices = {}, chunk = CHUNK } = request;
    const columns = this.#columns(request.columns);
    const options = { ...this.#recognised?.options, ...request.options };
    const reader = new ColumnReader(new Plan(checker, columns, options));
    const assessor = checker.assessor(choices);
    const ragged = this.#table?.ragged ?? NO_ROWS;
    const total = lengthOf(columns);
    const summary = new Summary();
    this.#stretches = [];
    this.#chunk = chunk;
    for (let start = 0; start < total && !progress.isStopped(); start += chunk) {
      const stop = Math.min(start + chunk, total);
      const batch = reader.read(start, stop, ragged);
      const { incidents } = batch;
      const verdicts = assessor.assess(incidents);
      summary.add(batch, verdicts.verdict);
      this.#stretches.push({ assessor, incidents, verdicts, language: "en" });
      progress.report(stop, total);
      await breathe(); // so that a stop, or a question, is heard
    }
    const stopped = progress.isStopped();
    return { type: "computed", points: this.#points(), ...summary, stopped };
  }

  /** Return rows as the page shows them: the cells of the file, then those of the verdict. */
  rows(
    rows: readonly number[],
    names: readonly ColumnName[] = COLUMNS,
    language = "en",
  ): { headers: string[]; rows: string[][] } {
    const headers = this.#table?.headers ?? [];
    return {
      headers: [...headers, ...names],
      rows: rows.map((row) => {
        const given = this.#given(row).slice(0, headers.length);
        return [...given.map((cell) => cell.slice(0, LONGEST_SHOWN)), ...this.#answers(row, names, language)];
      }),
    };
  }

  /** Return the file with its verdicts as CSV; an added column that is there already gets a number. */
  async export({ names = COLUMNS, rows, language = "en" }: ExportRequest): Promise<Blob> {
    const headers = [...(this.#table?.headers ?? [])];
    for (const name of names) {
      let header: string = name;
      for (let n = 2; headers.includes(header); n++) header = `${name}_${n}`;
      headers.push(header);
    }
    const total = rows?.length ?? this.#stretches.reduce((sum, { verdicts }) => sum + verdicts.length, 0);
    const encoder = new TextEncoder();
    const pieces = [encoder.encode(`${lineOf(headers)}\n`)];
    for (let start = 0; start < total; start += CHUNK) {
      let lines = "";
      for (let k = start; k < Math.min(start + CHUNK, total); k++) {
        const row = rows?.[k] ?? k;
        const given = this.#table?.line(row) ?? lineOf(this.#given(row));
        const answers = this.#answers(row, names, language).map(quoted);
        lines += `${(given ? [given, ...answers] : answers).join(",")}\n`;
      }
      pieces.push(encoder.encode(lines));
      await breathe();
    }
    return new Blob(pieces, { type: "text/csv" });
  }

  /** Return the columns of the file that have these headers; columns that come along stay. */
  #columns(named: ComputeRequest["columns"]): Columns {
    const table = this.#table;
    const columnOf = (one: unknown): unknown => {
      if (typeof one !== "string") return one;
      if (!table) throw new RangeError("expected a file before its columns, found none");
      return table.column(one);
    };
    const found: Record<string, unknown> = Object.fromEntries(
      Object.entries(named).map(([role, one]: [string, unknown]) => [
        role,
        Array.isArray(one) ? one.map(columnOf) : columnOf(one),
      ]),
    );
    const placed = ["latitude", "longitude", "position"].some((role) => found[role] !== undefined);
    return placed ? found : { ...found, ...table?.points };
  }

  #points(): PointColumns {
    const parts = this.#stretches;
    const length = parts.reduce((sum, { verdicts }) => sum + verdicts.length, 0);
    type Numbers = Float64Array | Int32Array | Uint8Array | Int8Array | Uint32Array;
    const joined = <T extends Numbers>(whole: T, pick: (part: Assessed) => T): T => {
      let at = 0;
      for (const part of parts) {
        whole.set(pick(part), at);
        at += part.verdicts.length;
      }
      return whole;
    };
    return {
      longitude: joined(new Float64Array(length), ({ incidents }) => incidents.longitude),
      latitude: joined(new Float64Array(length), ({ incidents }) => incidents.latitude),
      radius: joined(new Float64Array(length), ({ incidents }) => incidents.radius),
      first: joined(new Int32Array(length), ({ incidents }) => incidents.first),
      last: joined(new Int32Array(length), ({ incidents }) => incidents.last),
      verdict: joined(new Uint8Array(length), ({ verdicts }) => verdicts.verdict),
      zone: joined(new Int8Array(length), ({ verdicts }) => verdicts.zone),
      phase: joined(new Int8Array(length), ({ verdicts }) => verdicts.phase),
      reasons: joined(new Uint32Array(length), ({ verdicts }) => verdicts.reasons),
    };
  }

  #answers(row: number, names: readonly ColumnName[], language: string): string[] {
    const stretch = this.#stretches[Math.floor(row / this.#chunk)];
    if (!stretch) throw new RangeError(`expected a row whose verdict is computed, found ${row}`);
    return cellsOf({ ...stretch, language }, row % this.#chunk, names);
  }

  #given(row: number): string[] {
    return this.#table?.cells(row) ?? [];
  }
}

function lengthOf(columns: Columns): number {
  for (const column of Object.values(columns) as unknown[]) {
    if (typeof column === "object" && column !== null && "length" in column && !Array.isArray(column)) {
      return column.length as number;
    }
  }
  throw new RangeError("expected columns, found none");
}
