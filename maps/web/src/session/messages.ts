/** What the page and its worker say to each other. */

import type { AtlasData } from "../engine/atlas";
import type { Fault, Turned } from "../engine/columns/batch";
import type { Columns, ReadingOptions } from "../engine/columns/plan";
import type { Roles } from "../engine/columns/roles";
import type { ColumnWarning } from "../engine/columns/unused";
import type { ColumnName, VerdictRecord } from "../engine/fields";
import type { GivenFile } from "../engine/formats/opening";
import type { Question } from "../engine/incident";
import type { Swap } from "../engine/text/axes";
import type { Offer } from "../engine/text/completion";
import type { Place } from "../engine/text/names";
import type { ReadingError, Repair } from "../engine/text/repairs";
import type { Choices } from "../engine/verdict";

/** What the page asks; answers carry the same `id`. */
export type Request = { readonly id: number } & (
  | { readonly type: "atlas"; readonly atlas: AtlasData | string }
  | { readonly type: "check"; readonly question: Question }
  | { readonly type: "dated"; readonly question: Question }
  | { readonly type: "complete"; readonly text: string }
  | ({ readonly type: "open" } & GivenFile)
  | ComputeRequest
  | {
      readonly type: "rows";
      readonly rows: readonly number[];
      readonly names?: readonly ColumnName[];
      readonly language?: string;
    }
  | ExportRequest
  | { readonly type: "faults" }
  | { readonly type: "stop" }
);

/** Compute the verdicts on all rows of the file, or of columns that come along. */
export interface ComputeRequest {
  readonly type: "compute";
  readonly columns: Roles | Columns;
  readonly options?: ReadingOptions;
  readonly choices?: Choices;
  /** How many rows at a time. */
  readonly chunk?: number;
}

/** Return the file with its verdicts as CSV, or as a workbook. */
export interface ExportRequest {
  readonly type: "export";
  readonly format?: "csv" | "xlsx";
  readonly names?: readonly ColumnName[];
  readonly rows?: readonly number[] | Int32Array;
  readonly language?: string;
}

export type Reply = { readonly id: number } & (
  | { readonly type: "ready" }
  | {
      readonly type: "record";
      readonly record: VerdictRecord;
      /** Whether latitude and longitude may be swapped. */
      readonly doubt: Swap | null;
    }
  | { readonly type: "offers"; readonly offers: readonly Offer[] }
  | { readonly type: "dated"; readonly question: Question }
  | FaultReply
  | OpenedReply
  | { readonly type: "progress"; readonly done: number; readonly total: number }
  | ComputedReply
  | { readonly type: "rows"; readonly headers: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly type: "export"; readonly file: Blob }
);

/** What is wrong with a request. */
export interface FaultReply {
  readonly type: "fault";
  readonly message: string;
  readonly ambiguous: boolean;
  /** What cannot be read; null where it is a file or a choice. */
  readonly what: ReadingError["what"] | "encoding" | null;
  /** What the text can mean, each written so that it means nothing else. */
  readonly readings: readonly string[];
  /** The places that a name could mean. */
  readonly places: readonly Place[];
  /** The row of a file that seems to be its header, from 1. */
  readonly headerRow?: number;
}

/** What a file holds, and what its columns are taken for. */
export interface OpenedReply {
  readonly type: "opened";
  readonly headers: readonly string[];
  /** Paths to values inside those of JSON, which can be chosen as columns. */
  readonly paths: readonly string[];
  readonly length: number;
  readonly ragged: number;
  /** Cells that a spreadsheet would run as formulas. */
  readonly formulas: number;
  /** Features that are no points. */
  readonly shapes: number;
  /** Whether the file has points of its own. */
  readonly located: boolean;
  /** Whether a row of the file is its header. */
  readonly headed: boolean;
  /** Of a workbook the sheet that was read, and all that hold cells; of several one is to be chosen first. */
  readonly sheet: string | null;
  readonly sheets: readonly string[];
  readonly roles: Roles;
  /** The source whose headers these are, by its name. */
  readonly source: string | null;
  /** Columns that may say where, when or how precise, and that nothing is taken from. */
  readonly columnWarnings: readonly ColumnWarning[];
}

/** What was mended or doubted in cells: how often, and the first of them, its row counted from 0. */
export interface RepairKind extends Repair {
  count: number;
  readonly row: number;
}

/** A point that very many rows share. */
export interface SharedPoint {
  readonly position: string;
  readonly count: number;
}

export interface ComputedReply {
  readonly type: "computed";
  readonly points: PointColumns;
  /** By position in VERDICTS. */
  readonly counts: readonly number[];
  /** The first cells that cannot be read, and how many there are. */
  readonly faults: readonly Fault[];
  readonly faultCount: number;
  /** Places and dates mended before they could be read, and what was mended, by kind. */
  readonly mended: number;
  readonly repairs: readonly RepairKind[];
  /** What is doubted of rows, by kind. */
  readonly warnings: readonly RepairKind[];
  readonly stopped: boolean;
  /** Rows whose axes may be swapped: how many, and the first of them. */
  readonly swaps: Readonly<Record<Swap, number>>;
  readonly turned: readonly Turned[];
  /** Whether the file as a whole speaks for swapped axes. */
  readonly exchanged: boolean;
  readonly shared: SharedPoint | null;
}

/** What a page draws of the incidents of a file, as columns. */
export interface PointColumns {
  readonly longitude: Float64Array;
  readonly latitude: Float64Array;
  readonly radius: Float64Array;
  readonly first: Int32Array;
  readonly last: Int32Array;
  readonly verdict: Uint8Array;
  readonly zone: Int8Array;
  readonly phase: Int8Array;
  readonly reasons: Uint32Array;
}
