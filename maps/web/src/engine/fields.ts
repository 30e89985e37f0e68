/** The fields of a record, and which of them are columns of a table. */

import type { Day } from "../days";
import type { Repair } from "./text/repairs";

/** The verdict on one incident; the keys and their order are those of the command. */
export interface VerdictRecord {
  readonly verdict: string;
  readonly zone: string | null;
  readonly space: string;
  readonly time: string;
  readonly phase: string | null;
  readonly basis: string;
  readonly share_low: number | null;
  readonly share_best: number | null;
  readonly share_high: number | null;
  readonly distance_m: number | null;
  readonly accuracy_m: number | null;
  readonly radius_m: number | null;
  readonly radius_source: string;
  readonly first_day: Day | null;
  readonly last_day: Day | null;
  readonly boundary: string;
  readonly boundaries: Readonly<Record<string, string>>;
  readonly agreements: readonly string[];
  readonly round: string | null;
  readonly guarantors: readonly string[];
  readonly reasons: readonly string[];
  readonly sentence: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** The place that a name was taken for, and its id in the gazetteer. */
  readonly place: PlaceUsed | null;
  readonly input: Readonly<Record<string, string | number>>;
  readonly repairs: readonly Repair[];
  readonly atlas_version: string;
  readonly atlas_sha256: string;
  readonly software: string;
}

export interface PlaceUsed {
  readonly name: string;
  readonly gazetteer_id: string;
}

/** Every field that can be a column. */
export type ColumnName = Exclude<keyof VerdictRecord, "place" | "input" | "repairs">;
