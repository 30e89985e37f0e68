/** The codes of a record, in the order in which columns number them. */

export const VERDICTS = ["inside", "outside", "undetermined", "uncertain"] as const;
export const SPACES = ["inside", "outside", "straddles", "unknown"] as const;
export const TIMES = ["in_force", "not_yet", "ended", "partly", "unknown"] as const;
export const PHASES = ["before", "declared", "arranged", "contested", "ended"] as const;
export const BASES = ["memorandum", "arrangement"] as const;
/** What kept an answer from being plain, in the order in which a record lists it. */
export const REASONS = [
  "no-location",
  "unreadable-location",
  "placeholder-location",
  "coarse-location",
  "outside-country",
  "near-boundary",
  "boundaries-disagree",
  "spans-extents",
  "no-date",
  "unreadable-date",
  "future-date",
  "partly-in-force",
  "spans-phases",
  "contested",
] as const;

export type Verdict = (typeof VERDICTS)[number];
export type Space = (typeof SPACES)[number];
export type Time = (typeof TIMES)[number];
export type PhaseName = (typeof PHASES)[number];
export type Basis = (typeof BASES)[number];
export type Reason = (typeof REASONS)[number];
