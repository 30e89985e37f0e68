/** The file of a session: its table, and the verdicts on its rows. */

import { COLUMNS, VERDICTS } from "../generated/codes";
import type { Batch, Fault, Turned } from "../engine/columns/batch";
import { type Columns, Plan, type ReadingOptions } from "../engine/columns/plan";
import { ColumnReader } from "../engine/columns/reading";
import { longitudeFirst, saysUtc } from "../engine/columns/headers";
import { positionsAmong, type Recognised, recognise } from "../engine/columns/recognise";
import { headed } from "../engine/columns/top";
import { columnWarnings, withoutCodes } from "../engine/columns/unused";
import { exchangedDay, isUnixTime } from "../engine/columns/when";
import type { ColumnName } from "../engine/fields";
import { isFormula, lineOf } from "../engine/formats/csv";
import type { OpenedTable } from "../engine/formats/opening";
import type { Table } from "../engine/formats/table";
import { writeWorkbook } from "../engine/formats/workbook";
import { asRead, decideShared, doubt, doubtAxes, doubtShared } from "../engine/doubts";
import type { Checker } from "../engine/incident";
import { bit, type Incidents } from "../engine/incidents";
import { type Assessed, cellsOf } from "../engine/record";
import type { Country } from "../engine/text/axes";
import { unitOf } from "../engine/text/lengths";
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
const ARABIC = /\p{Script=Arabic}/u;
const NO_ROWS: ReadonlySet<number> = new Set();
const PLACEHOLDER = bit("placeholder-location");

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
  readonly faults: Fault[] = [];
  mended = 0;
  readonly repairs = new Map<string, RepairKind>();
  readonly warnings = new Map<string, RepairKind>();
  /** By stretch, what its rows are doubted by. */
  readonly batches: Pick<Batch, "whole" | "elsewhere" | "exchanged" | "otherDays">[] = [];
  hasDecimals = false;
  #finer = 0;
  #placed = 0;
  #tenths: Batch["tenths"][number][] = [];
  readonly swaps = { only: 0, both: 0 };
  readonly turned: Turned[] = [];
  /** By stretch: rows whose axes may be swapped, and rows given in a grid, which has none. */
  readonly doubted: number[][] = [];
  readonly grids: (readonly number[])[] = [];

  add(batch: Batch): void {
    const { start, faults, turned, grids, mended, repairs, warnings } = batch;
    const { whole, elsewhere, exchanged, otherDays } = batch;
    this.batches.push({ whole, elsewhere, exchanged, otherDays });
    this.hasDecimals ||= batch.hasDecimals;
    this.#finer += batch.finer;
    this.#placed += batch.placed;
    this.#tenths = this.#finer ? [] : this.#tenths.concat(batch.tenths);
    this.doubted.push(turned.map(({ row }) => row - start));
    this.grids.push(grids);
    this.mended += mended;
    for (const one of repairs) count(this.repairs, one);
    for (const one of warnings) count(this.warnings, one);
    for (const fault of faults) this.faults.push(fault);
    for (const { doubt } of turned) this.swaps[doubt]++;
    this.turned.push(...turned.slice(0, MOST_TURNED - this.turned.length));
  }

  /** Warn of positions in tenths of a degree, where those of the file are no finer. */
  end(): void {
    if (this.#finer || this.#tenths.length + this.#placed < 2) return;
    for (const one of this.#tenths) count(this.warnings, { kind: "whole-degrees", after: "", ...one });
  }
}

/** Count one more of a kind, and keep the first of them. */
function count(kinds: Map<string, RepairKind>, one: Omit<RepairKind, "count">): void {
  const known = kinds.get(one.kind);
  const cut = (text: string): string => text.slice(0, LONGEST_SHOWN);
  if (known) known.count++;
  else kinds.set(one.kind, { ...one, count: 1, before: cut(one.before), after: cut(one.after) });
}

export class SessionFile {
  readonly #table: Table | null;
  readonly #sheets: Pick<OpenedReply, "sheet" | "sheets">;
  readonly #recognised: Recognised | null;
  /** What was left out above the first incident: kinds of repairs, with how many rows. */
  readonly #above: ReturnType<typeof headed>["repairs"];
  #stretches: Assessed[] = [];
  #faults: readonly Fault[] = [];
  #chunk = CHUNK;

  /** Without a table, columns come along with what is asked. */
  readonly #tags: readonly string[];
  /** A row below the header that is no incident, and stays where it is. */
  readonly #second: readonly string[] | null;

  constructor(opened: OpenedTable | null, headerRow?: number) {
    const { table: whole = null, sheet = null, sheets = [] } = opened ?? {};
    const none = { table: null, tags: [], repairs: [], second: null };
    const { table, tags, repairs, second = null } = whole ? headed(whole, headerRow) : none;
    this.#second = second;
    this.#table = table;
    this.#above = repairs;
    this.#tags = tags;
    this.#sheets = { sheet, sheets };
    if (!table) {
      this.#recognised = null;
      return;
    }
    const { headers, written, points, inside, moments = [] } = table;
    const names = [...headers, ...(inside?.paths ?? [])];
    const positions = positionsAmong(names, (name) => table.column(name));
    const recognised = recognise(names, {
      written,
      located: points !== undefined,
      moments,
      points: [...new Set([...(inside?.points ?? []), ...positions])],
      ...(tags.length ? { tags } : {}),
    });
    this.#recognised = withoutCodes(table, recognised);
  }

  /** What it holds, and what its columns are taken for. */
  get opened(): OpenedReply {
    const { written = [], length = 0, ragged = NO_ROWS, formulas = 0, shapes = 0 } = this.#table ?? {};
    const { roles = {}, source = null } = this.#recognised ?? {};
    const headers = length || written.some((name) => name.trim()) ? (this.#table?.headers ?? []) : [];
    const counts = { length, ragged: ragged.size, formulas, shapes };
    const located = this.#table?.points !== undefined;
    const warnings = this.#table && this.#recognised ? columnWarnings(this.#table, this.#recognised, this.#tags) : [];
    const headed = this.#table?.headless() !== null;
    const known = { headers, headed, paths: this.#table?.inside?.paths ?? [], located, roles, source, columnWarnings: warnings };
    return { type: "opened", ...known, ...counts, ...this.#sheets };
  }

  /** Compute the verdicts on all rows, a stretch at a time. */
  async compute(checker: Checker, request: ComputeRequest, progress: Progress): Promise<ComputedReply> {
    const { choices = {}, chunk = CHUNK } = request;
    const columns = this.#columns(request.columns);
    const options = { ...this.#recognised?.options, ...this.#epoch(), ...this.#units(request.columns), ...request.options };
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
      decideShared(assessor, incidents, verdicts);
      summary.add(batch);
      this.#stretches.push({ assessor, incidents, verdicts, language: "en" });
      progress.report(stop, total);
      await breathe(); // so that a stop, or a question, is heard
    }
    const stopped = progress.isStopped();
    const exchanged = await this.#doubt(summary, assessor, checker.country);
    summary.end();
    this.#doubtOthers(summary, assessor);
    const points = sharedPoints(this.#stretches.map(({ incidents }) => incidents));
    for (const { incidents, verdicts } of points.length ? this.#stretches : []) {
      doubtShared(assessor, incidents, points.map(({ point }) => point), verdicts);
    }
    const shared = points[0] ? { position: points[0].point.join(", "), count: points[0].count } : null;
    this.#countDuplicates(summary, total);
    const counts = this.#counts(summary);
    const { mended, swaps, turned } = summary;
    this.#faults = summary.faults;
    const faults = this.#faults.slice(0, MOST_FAULTS).map((fault) => {
      return { ...fault, text: fault.text.slice(0, LONGEST_SHOWN) };
    });
    const above = this.#above.map((one) => ({ ...one, row: 0, before: "", after: "" }));
    const repairs = [...above, ...summary.repairs.values()];
    const warnings = [...summary.warnings.values()];
    const told = { mended, repairs, warnings, swaps, turned };
    const found = { counts, faults, faultCount: this.#faults.length, ...told };
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
      doubtAxes(assessor, incidents, rows, verdicts, isLikely);
      await breathe();
    }
    return isLikely;
  }

  /** Doubt rows that other columns place elsewhere, whole degrees, and days that were perhaps exchanged. */
  #doubtOthers(summary: Summary, assessor: Assessor): void {
    for (const [n, { incidents, verdicts }] of this.#stretches.entries()) {
      const { elsewhere, whole, exchanged, otherDays } = summary.batches[n]!;
      const apart = elsewhere.map(({ i }) => i);
      const there = asRead(incidents, apart);
      elsewhere.forEach(({ longitude, latitude }, k) => {
        [there.longitude[k], there.latitude[k]] = [longitude, latitude];
      });
      doubt(assessor, verdicts, { reason: "positions-disagree", rows: apart, other: there, isLikely: true });
      const read = asRead(incidents, whole);
      const byDefault = incidents.radiusSources.indexOf("default");
      const exact = whole.filter((_, k) => read.radius[k] === 0 && read.radiusSource[k] === byDefault);
      const vague = asRead(incidents, exact);
      vague.radius.fill(NaN);
      doubt(assessor, verdicts, { reason: "whole-degrees", rows: exact, other: vague, isLikely: !summary.hasDecimals });
      const turned = exchanged.map((i) => {
        const day = exchangedDay(incidents.first[i]!);
        return { i, first: day, last: day };
      });
      for (const [reason, days] of [
        ["day-and-month-may-be-swapped", turned],
        ["dates-disagree", otherDays],
      ] as const) {
        const rows = days.map(({ i }) => i);
        const other = asRead(incidents, rows);
        days.forEach(({ i, first, last }, k) => {
          [other.first[k], other.last[k]] = [first, last];
          other.settlement[k] = incidents.settlement[i]!;
        });
        doubt(assessor, verdicts, { reason, rows, other, isLikely: true });
      }
    }
  }

  /** Count the rows that are the same as an earlier one in every cell. */
  #countDuplicates(summary: Summary, total: number): void {
    const seen = new Set<string>();
    for (let row = 0; row < Math.min(total, this.#table ? MOST_POINTS : 0); row++) {
      const cells = this.#given(row).join("\0");
      if (seen.has(cells)) count(summary.warnings, { kind: "duplicate-row", row, before: "", after: "" });
      seen.add(cells);
    }
  }

  /** Count the verdicts, and the points that stand for a whole area. */
  #counts(summary: Summary): number[] {
    const counts = VERDICTS.map(() => 0);
    for (const [n, { incidents, verdicts }] of this.#stretches.entries()) {
      for (const code of verdicts.verdict) counts[code]!++;
      for (const [i, bits] of verdicts.reasons.entries()) {
        if (!(bits & PLACEHOLDER)) continue;
        const before = `${incidents.latitude[i]!}, ${incidents.longitude[i]!}`;
        count(summary.warnings, { kind: "placeholder-point", row: n * this.#chunk + i, before, after: "" });
      }
    }
    return counts;
  }

  /** Return from which year a workbook counts its days. */
  #epoch(): ReadingOptions {
    const { epoch } = this.#table ?? {};
    return epoch ? { epoch } : {};
  }

  /** Return in which units the columns are, by their headers. */
  #units({ latitude, longitude, position, also, radius, date, first }: ComputeRequest["columns"]): ReadingOptions {
    const small = [latitude, longitude].every((name) => typeof name === "string" && /e7$/i.test(name));
    const unit = typeof radius === "string" ? unitOf(radius) : undefined;
    const years = this.#table?.headers.find((name) => name.toLowerCase() === "year");
    // A number alone says nothing of its unit: only of a column that somebody chose as the date.
    const chosen = this.#table && typeof date === "string" && date !== this.#recognised?.roles.date;
    const times = chosen ? this.#table!.column(date) : null;
    const texts = Array.from({ length: Math.min(CHUNK, times?.length ?? 0) }, (_, row) => times!.get(row).trim());
    const unix = texts.some(Boolean) && texts.every((text) => !text || isUnixTime(text));
    return {
      ...(unix ? { unix } : {}),
      ...(saysUtc(date ?? first) ? { utc: true } : {}),
      ...(small ? { tenmillionths: true } : {}),
      ...(longitudeFirst(position) ? { turned: true } : {}),
      ...(longitudeFirst([also].flat()[0]) ? { alsoTurned: true } : {}),
      ...(unit === undefined ? {} : { unit }),
      ...(this.#table && years !== undefined ? { years: this.#table.column(years) } : {}),
    };
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
    const { separator, lineEnd, bom } = this.#table?.dialect ?? { separator: ",", lineEnd: "\n", bom: null };
    const total = rows?.length ?? this.#stretches.reduce((sum, { verdicts }) => sum + verdicts.length, 0);
    const encoder = new TextEncoder();
    const head = [this.#headers(names), ...this.#belowHeader(names)];
    const pieces = [encoder.encode(head.map((line) => lineOf(line, separator) + lineEnd).join(""))];
    let isArabic = false;
    for (let start = 0; start < total; start += CHUNK) {
      let lines = "";
      for (let k = start; k < Math.min(start + CHUNK, total); k++) {
        const row = rows?.[k] ?? k;
        const given = this.#table?.line(row) ?? lineOf(this.#given(row), separator);
        const answers = lineOf(this.#answers(row, names, language), separator);
        lines += (given ? given + separator : "") + answers + lineEnd;
      }
      isArabic ||= bom === null && ARABIC.test(lines);
      pieces.push(encoder.encode(lines));
      await breathe();
    }
    // Without the mark, Excel takes UTF-8 for another encoding.
    if (bom || isArabic) pieces.unshift(encoder.encode("\ufeff"));
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
    const body: string[][] = [this.#headers(names), ...this.#belowHeader(names)];
    for (let k = 0; k < total; k++) {
      const row = rows?.[k] ?? k;
      const given = this.#given(row);
      const width = this.#table?.headers.length ?? 0;
      body.push([...given.slice(0, width), ...this.#answers(row, names, language)]);
      if (k % CHUNK === CHUNK - 1) await breathe();
    }
    return writeWorkbook(body, this.#sheets.sheet ?? "incidents");
  }

  /** Return the headers of the file and of what is added; one that is there already gets a prefix. */
  #headers(names: readonly ColumnName[]): string[] {
    const headers = [...(this.#table?.written ?? [])];
    const taken = new Set(this.#table?.headers.map((name) => name.toLowerCase()));
    for (const name of names) {
      let header: string = name;
      while (taken.has(header)) header = `dezone_${header}`;
      taken.add(header);
      headers.push(header);
    }
    return headers;
  }

  /** Return the row below the header that is no incident: HXL tags get those of what is added. */
  #belowHeader(names: readonly ColumnName[]): string[][] {
    if (!this.#second) return [];
    const added = names.map((name) => `#meta+dezone+${name.replaceAll("_", "")}`);
    return [[...this.#second, ...(this.#tags.length ? added : names.map(() => ""))]];
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
    const placed = ["latitude", "longitude", "position", "dms"].some((role) => found[role] !== undefined);
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

  /** Return the cells of a row: what it has more than the header stays in the last one. */
  #given(row: number): string[] {
    const table = this.#table;
    if (!table) return [];
    const [cells, last] = [table.cells(row), table.headers.length - 1];
    if (cells.length <= last + 1) return cells;
    return [...cells.slice(0, last), cells.slice(last).join(table.dialect?.own)];
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
  for (const column of (Object.values(columns) as unknown[]).flat()) {
    if (typeof column === "object" && column !== null && "length" in column) {
      return column.length as number;
    }
  }
  throw new RangeError("expected columns, found none");
}
