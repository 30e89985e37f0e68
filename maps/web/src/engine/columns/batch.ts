/** A stretch of rows while it is read: incidents, and what is to be said of their cells. */

import { blankIncidents, type Incidents } from "../incidents";
import type { Swap } from "../text/axes";
import type { Repair } from "../text/repairs";

/** A cell that cannot be read: its row from 0, what it was to be, its text and why. */
export interface Fault {
  readonly row: number;
  readonly what: "position" | "place" | "date" | "radius";
  readonly text: string;
  readonly message: string;
  /** What the page says of it in other languages than English: `what`, unless it can say more. */
  readonly word?: string;
  /** The places that are meant perhaps, in Arabic. */
  readonly near?: string;
}

/** A row, from 0, whose latitude and longitude may be swapped; they are not. */
export interface Turned {
  readonly row: number;
  readonly doubt: Swap;
  readonly latitude: number;
  readonly longitude: number;
}

export class Batch {
  readonly incidents: Incidents;
  readonly faults: Fault[] = [];
  readonly turned: Turned[] = [];
  /** Rows, from 0 in the batch, given in a grid, which has no axes to swap. */
  readonly grids: number[] = [];
  /** Rows, from 0 in the batch, whose coordinates are both whole numbers of degrees. */
  readonly whole: number[] = [];
  /** Rows that a second position places elsewhere, with that: longitude and latitude in degrees. */
  readonly elsewhere: { readonly i: number; readonly longitude: number; readonly latitude: number }[] = [];
  /** Rows of one day, the day and month of which a spreadsheet may have exchanged. */
  readonly exchanged: number[] = [];
  /** Rows whose year, month and day say other days than their date, with these. */
  readonly otherDays: { readonly i: number; readonly first: number; readonly last: number }[] = [];
  /** What is doubted of rows, cell by cell. */
  readonly warnings: (Repair & { readonly row: number })[] = [];
  /** Whether a position is finer than whole degrees. */
  hasDecimals = false;
  /** How many positions are finer than tenths of a degree, or whole degrees. */
  finer = 0;
  placed = 0;
  /** Rows in tenths of a degree. */
  readonly tenths: { readonly row: number; readonly before: string }[] = [];
  /** How many places and dates were mended before they could be read. */
  mended = 0;
  /** What was mended, and what stands for nothing, cell by cell. */
  readonly repairs: (Repair & { readonly row: number })[] = [];

  constructor(
    /** The number of the first row. */
    readonly start: number,
    length: number,
    radiusSources: readonly string[],
  ) {
    this.incidents = blankIncidents(length, radiusSources);
  }

  /** Note that a row has no place, or no date. */
  miss(i: number, reason: number): void {
    this.incidents.reasons[i]! |= reason;
  }

  /** Note that the text of a cell was mended. */
  mend(i: number, repairs: readonly Repair[]): void {
    if (repairs.length) this.mended++;
    for (const repair of repairs) this.repairs.push({ row: this.start + i, ...repair });
  }

  /** Note that a cell holds a mark that stands for nothing, such as n/a; an empty cell needs none. */
  blank(i: number, text: string, kind = "missing-mark"): void {
    if (/[^\s/]/.test(text)) this.repairs.push({ row: this.start + i, kind, before: text, after: "" });
  }

  /** Note that something is doubtful of a row. */
  warn(i: number, kind: string, before: string, after = "", arabic = after): void {
    this.warnings.push({ row: this.start + i, kind, before, after, ...(arabic === after ? {} : { arabic }) });
  }

  /** Note that a cell cannot be read. */
  refuse(i: number, reason: number, fault: Omit<Fault, "row">): void {
    this.incidents.reasons[i]! |= reason;
    this.faults.push({ row: this.start + i, ...fault });
  }
}
