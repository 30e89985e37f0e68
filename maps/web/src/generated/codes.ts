/** The codes of a record: `make types` wrote this from maps/page/codes.py. */

export const VERDICTS = [
  "inside",
  "outside",
  "undetermined",
  "uncertain",
] as const;
export type Verdict = (typeof VERDICTS)[number];

export const SPACES = [
  "inside",
  "outside",
  "straddles",
  "unknown",
] as const;
export type Space = (typeof SPACES)[number];

export const TIMES = [
  "in_force",
  "not_yet",
  "ended",
  "partly",
  "unknown",
] as const;
export type Time = (typeof TIMES)[number];

export const PHASES = [
  "before",
  "declared",
  "arranged",
  "contested",
  "ended",
] as const;
export type PhaseName = (typeof PHASES)[number];

export const BASES = [
  "memorandum",
  "arrangement",
] as const;
export type Basis = (typeof BASES)[number];

export const REASONS = [
  "no-location",
  "unreadable-location",
  "name-shared",
  "placeholder-location",
  "coarse-location",
  "outside-country",
  "near-boundary",
  "boundaries-disagree",
  "spans-extents",
  "held-unknown",
  "held-changed",
  "held-disputed",
  "ground-lost",
  "ground-gained",
  "no-date",
  "unreadable-date",
  "future-date",
  "partly-in-force",
  "spans-phases",
  "contested",
  "axes-may-be-swapped",
  "positions-disagree",
  "whole-degrees",
  "day-and-month-may-be-swapped",
  "dates-disagree",
  "shared-point",
] as const;
export type Reason = (typeof REASONS)[number];

export const DOUBTS = [
  "axes-may-be-swapped",
  "positions-disagree",
  "whole-degrees",
  "day-and-month-may-be-swapped",
  "dates-disagree",
  "shared-point",
] as const;
export type Doubt = (typeof DOUBTS)[number];

export const NOTATIONS = [
  "decimal",
  "decimal-comma",
  "dms",
  "iso-6709",
  "mgrs",
  "utm",
  "plus-code",
  "geo-uri",
  "wkt",
  "geojson",
  "geopoint",
] as const;
export type Notation = (typeof NOTATIONS)[number];

export const GRIDS = [
  "mgrs",
  "utm",
  "plus-code",
] as const;
export type Grid = (typeof GRIDS)[number];

export const RADIUS_SOURCES = [
  "none",
  "default",
  "given",
  "unreadable",
  "unknown-code",
  "around",
  "between",
  "area",
  "settlement",
] as const;
export type RadiusSource = (typeof RADIUS_SOURCES)[number];

export const COLUMNS = [
  "verdict",
  "zone",
  "space",
  "time",
  "phase",
  "share_low",
  "share_best",
  "share_high",
  "radius_m",
  "settlement",
  "held_by",
  "first_day",
  "last_day",
  "boundaries",
  "agreements",
  "round",
  "guarantors",
  "reasons",
] as const;
export type DefaultColumn = (typeof COLUMNS)[number];
