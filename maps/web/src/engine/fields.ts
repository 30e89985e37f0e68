/** The fields of a record, and which of them can be columns of a table. */

import type * as made from "../generated/record";

export type { PlaceUsed } from "../generated/record";

/** What nobody changes once it is made. */
type Kept<T> = {
  readonly [Name in keyof T]: T[Name] extends (infer Item)[] ? readonly Item[] : T[Name];
};
/** The verdict on one incident; the keys and their order are those of the command. */
export type VerdictRecord = Kept<made.VerdictRecord>;

/** Every field that can be a column. */
export type ColumnName = Exclude<keyof VerdictRecord, "place" | "input" | "repairs">;
