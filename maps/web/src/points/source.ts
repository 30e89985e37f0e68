/** Where points come from: they stand in the page, or in a file that was dropped on it. */

import type { Content } from "../dom";
import type { Bounds } from "../rings";
import type { Points } from "./points";

export const MOST_LETTERS = 600; // of a cell that is shown

/** What one incident says besides what all of them have. */
export interface Details {
  readonly sentence: string;
  /** Names of columns, and what it has in them. */
  readonly columns: readonly (readonly [name: string, text: string])[];
}

/** Incidents that can be shown; rows are numbers from 0, in the order of their source. */
export interface PointSource {
  readonly rows: number;
  readonly zones: readonly string[];
  readonly phases: readonly string[];
  readonly verdicts: readonly string[];
  /** Columns whose texts the filter can ask for. */
  readonly columns: readonly string[];
  /** When each was, as numbers of days, where that is known before they are read. */
  readonly days?: { readonly first: Int32Array; readonly last: Int32Array };
  /** Whether they are of a file of the page's user. */
  readonly ofFile: boolean;
  /** What the file is called that is handed out. */
  readonly fileName: string;
  heading(): string;
  read(edge: Bounds): Promise<Points>;
  /** What is to be said of all of them; so many have no place, and so many an outline alone. */
  about(unplaced: number, outlined: number): Content[];
  heads(): string[];
  cells(rows: Int32Array): Promise<string[][]>;
  /** The number by which the table calls a row, which it shows in a line counted from 0. */
  number(row: number, line: number): number;
  details(row: number): Promise<Details>;
  /** The rows as a file; nothing where they cannot be had, or can no longer. */
  file(rows: Int32Array, format: "csv" | "xlsx"): Promise<Blob | null>;
}
