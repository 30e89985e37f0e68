/** The file of a session: its table, and the verdicts on its rows. */

import { COLUMNS, VERDICTS } from "../generated/codes";
import type { Batch, Fault, Turned } from "../engine/columns/batch";
import { type Columns, Plan } from "../engine/columns/plan";
import { ColumnReader } from "../engine/columns/reading";
import { type Recognised, recognise } from "../engine/columns/recognise";
import type { ColumnName } from "../engine/fields";
import { isFormula, lineOf, quoted } from "../engine/formats/csv";
import type { OpenedTable } from "../engine/formats/opening";
import type { Table } from "../engine/formats/table";
import { writeWorkbook } from "../engine/formats/workbook";
import { doubtAxes, doubtShared } from "../engine/doubts";
import type { Checker } from "../engine/incident";
import type { Incidents } from "../engine/incidents";
import { type Assessed, cellsOf } from "../engine/record";
import type { Country } from "../engine/text/axes";
import type { Assessor } from "../engine/verdict";
import type {
  ComputedReply,
  ComputeRequest,
  ExportRequest,
  OpenedReply,
  PointColumns,
  RepairKind,
} from "./messages";

const CHUNK = 16_384; // rows at a time
const MOST_FAULTS = 1_000; // of which the page is told; the download has all
const MOST_TURNED = 20;
const LONGEST_SHOWN = 300; // characters of a cell that the page is given to show
const [MANY, MANY_SHARE] = [20, 0.02]; // rows that share a point, of which something is to be said
const MOST_POINTS = 200_000; // looked at for that
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
  mended = 0;
  readonly repairs = new Map<string, RepairKind>();
  readonly swaps = { only: 0, both: 0 };
  readonly turned: Turned[] = [];
  /** By stretch: rows whose axes may be swapped, and rows given in a grid, which has none. */
  readonly doubted: number[][] = [];
  readonly grids: (readonly number[])[] = [];

  add({ start, faults, turned, grids, mended, repairs }: Batch, verdicts: Uint8Array): void {
    this.doubted.push(turned.map(({ row }) => row - start));
    this.grids.push(grids);
    for (const code of verdicts) this.counts[code]!++;
    this.mended += mended;
    for (const { kind, row, before, after } of repairs) {
      const known = this.repairs.get(kind);
      const cut = (text: string): string => text.slice(0, LONGEST_SHOWN);
      if (known) known.count++;
      else this.repairs.set(kind, { kind, count: 1, row, before: cut(before), after: cut(after) });
    }
    for (const fault of faults) this.faults.push(fault);
    for (const { doubt } of turned) this.swaps[doubt]++;
    this.turned.push(...turned.slice(0, MOST_TURNED - this.turned.length));
  }
}

export class SessionFile {
  readonly #table: Table | null;
  readonly #sheets: Pick<OpenedReply, "sheet" | "sheets">;
  readonly #recognised: Recognised | null;
  #stretches: Assessed[] = [];
  #faults: readonly Fault[] = [];
  #chunk = CHUNK;

  /** Without a table, columns come along with what is asked. */
  constructor(opened: OpenedTable | null) {
    const { table = null, sheet = null, sheets = [] } = opened ?? {};
    this.#table = table;
    this.#sheets = { sheet, sheets };
    // A file's own points go before what its columns could say of places.
    const headers = table?.points ? table.headers.filter((name) => name !== "geometry") : table?.headers;
    this.#recognised = headers ? recognise(headers) : null;
  }

  /** What it holds, and what its columns are taken for. */
  get opened(): OpenedReply {
    const { headers = [], length = 0, ragged = NO_ROWS, formulas = 0, shapes = 0 } = this.#table ?? {};
    const { roles = {}, source = null, unused = [] } = this.#recognised ?? {};
    const counts = { length, ragged: ragged.size, formulas, shapes };
    const located = this.#table?.points !== undefined;
    return { type: "opened", headers, ...counts, located, ...this.#sheets, roles, source, unused };
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
    const exchanged = await this.#doubt(summary, assessor, checker.country);
    const points = sharedPoints(this.#stretches.map(({ incidents }) => incidents));
    for (const { incidents, verdicts } of points.length ? this.#stretches : []) {
      doubtShared(assessor, incidents, points.map(({ point }) => point), verdicts);
    }
    const shared = points[0] ? { position: points[0].point.join(", "), count: points[0].count } : null;
    const { counts, mended, swaps, turned } = summary;
    this.#faults = summary.faults;
    const faults = this.#faults.slice(0, MOST_FAULTS).map((fault) => {
      return { ...fault, text: fault.text.slice(0, LONGEST_SHOWN) };
    });
    const repairs = [...summary.repairs.values()];
    const found = { counts, faults, faultCount: this.#faults.length, mended, repairs, swaps, turned };
    return { type: "computed", points: this.#points(), ...found, exchanged, shared, stopped };
  }

  /** Doubt the axes of rows, and of all where the file speaks for an exchange; tell whether it does. */
  async #doubt(summary: Summary, assessor: Assessor, country: Country): Promise<boolean> {
    if (!summary.swaps.only && !summary.swaps.both) return false;
    const apart = this.#stretches.map(({ incidents }, n) => {
      const grids = new Set(summary.grids[n]);
      return [...incidents.longitude.keys()].filter(
        (i) => Number.isFinite(incidents.longitude[i]) && !grids.has(i),
      );
    });
    let [swapped, others] = [0, 0];
    for (const [n, { incidents }] of this.#stretches.entries()) {
      for (const i of apart[n]!) {
        const [x, y] = [incidents.longitude[i]!, incidents.latitude[i]!];
        const [plain, turned] = [country.fits(x, y), country.fits(y, x)];
        if (turned && !plain) swapped++;
        else if (!turned) others++;
      }
      await breathe();
    }
    const isLikely = swapped > others;
    for (const [n, { incidents, verdicts }] of this.#stretches.entries()) {
      const rows = isLikely ? apart[n]! : summary.doubted[n]!;
      for (const row of rows) summary.counts[verdicts.verdict[row]!]!--;
      doubtAxes(assessor, incidents, rows, verdicts, isLikely);
      for (const row of rows) summary.counts[verdicts.verdict[row]!]!++;
      await breathe();
    }
    return isLikely;
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

  /** Return the file with its verdicts as CSV. */
  async export({ names = COLUMNS, rows, language = "en" }: ExportRequest): Promise<Blob> {
    const headers = this.#headers(names);
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

  /** Return all cells that cannot be read as CSV: row, what it was to be, its text and why. */
  faults(): Blob {
    const lines = this.#faults.map(({ row, what, text, message }) => {
      return lineOf([String(row + 1), what, isFormula(text) ? `'${text}` : text, message]);
    });
    return new Blob([["row,what,text,why", ...lines, ""].join("\n")], { type: "text/csv" });
  }

  /** Return the file with its verdicts as a workbook; numbers that a sheet holds exactly stay such. */
  async workbook({ names = COLUMNS, rows, language = "en" }: ExportRequest): Promise<Blob> {
    const total = rows?.length ?? this.#stretches.reduce((sum, { verdicts }) => sum + verdicts.length, 0);
    const body: string[][] = [this.#headers(names)];
    for (let k = 0; k < total; k++) {
      const row = rows?.[k] ?? k;
      const given = this.#given(row);
      const width = this.#table?.headers.length ?? 0;
      body.push([...given.slice(0, width), ...this.#answers(row, names, language)]);
      if (k % CHUNK === CHUNK - 1) await breathe();
    }
    return writeWorkbook(body, this.#sheets.sheet ?? "incidents");
  }

  /** Return the headers of the file and of what is added; one that is there already gets a number. */
  #headers(names: readonly ColumnName[]): string[] {
    const headers = [...(this.#table?.headers ?? [])];
    for (const name of names) {
      let header: string = name;
      for (let n = 2; headers.includes(header); n++) header = `${name}_${n}`;
      headers.push(header);
    }
    return headers;
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

interface Shared {
  /** Latitude and longitude in degrees. */
  readonly point: readonly [number, number];
  readonly count: number;
}

/** Return the points that very many rows share, those of most first: each a place, or one for an area. */
function sharedPoints(parts: readonly Incidents[]): Shared[] {
  const counts = new Map<string, number>();
  let total = 0;
  for (const { latitude, longitude } of parts) {
    for (let i = 0; i < latitude.length && counts.size < MOST_POINTS; i++) {
      if (!Number.isFinite(latitude[i])) continue;
      const key = `${latitude[i]!}, ${longitude[i]!}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      total++;
    }
  }
  const many = [...counts].filter(([, count]) => count >= Math.max(MANY, MANY_SHARE * total) && count < total);
  return many
    .map(([position, count]) => ({ point: position.split(", ").map(Number) as [number, number], count }))
    .sort((one, other) => other.count - one.count);
}

function lengthOf(columns: Columns): number {
  for (const column of Object.values(columns) as unknown[]) {
    if (typeof column === "object" && column !== null && "length" in column && !Array.isArray(column)) {
      return column.length as number;
    }
  }
  throw new RangeError("expected columns, found none");
}
