/** What is shared with maps/page/payload.py: `make types` wrote this from there. */

/**
 * What an agreement is to its zones.
 *
 * The memorandum that declared them, an arrangement of their own, or a text that recognises
 * zones which others have arranged.
 */
export type AgreementKind = "arrangement" | "memorandum" | "recognition";
/** How far a record may be relied on; `unsourced` means that no source states it. */
export type Confidence = "high" | "low" | "medium" | "unsourced";
/** What an area is: one that reports name, a part of a zone, or a neighbour's ground. */
export type AreaKind = "named" | "neighbour" | "subarea";
/** What the extents of a boundary rest on: who held each settlement, or a published map. */
export type DrawnFrom = "ledger" | "map";
/** Which of an extent's three nested geometries: surely inside, the line, possibly inside. */
export type Estimate = "best" | "high" | "low";
/** The phases that a zone can be in, in their usual order. */
export type PhaseName = "arranged" | "before" | "contested" | "declared" | "ended";

/** An agreement and what it rests on. */
export interface Agreement {
  id: string;
  kind: AgreementKind;
  zones: string[];
  from: string | null;
  to: string | null;
  round: string | null;
  guarantors: string[];
  mediators: string[];
  title: Record<string, string>;
  signed: string | null;
  sources: string[];
  confidence: Confidence;
}
/** A part of a zone, or a neighbour's ground, while it held good; no `low`: it is as `high`. */
export interface Area {
  id: string;
  name: Record<string, string>;
  kind: AreaKind;
  explains: Record<string, string> | null;
  from: string | null;
  to: string | null;
  low: string[][];
  high: string[][];
}
/** The outline of a `district` or a `governorate`. */
export interface AreaOutline {
  level: string;
  name: string;
  rings: string[];
}
/** Outlines by which alone some places are known, and which of them each row has, or -1. */
export interface Areas {
  scale: number;
  outlines: AreaOutline[];
  rows: PackedNumbers;
}
/** Whole numbers of 32 bits, deflated; with `steps` each is a difference from the one before. */
export interface PackedNumbers {
  steps: boolean;
  data: string;
}
/** What an agreement was to which zones, when it was in force, and who guaranteed it. */
export interface Arrangement {
  id: string;
  kind: AgreementKind;
  zones: string[];
  from: string | null;
  to: string | null;
  round: string | null;
  guarantors: string[];
  mediators: string[];
}
/** The base map; rings and lines are in steps of 1 / `scale` degree. */
export interface Base {
  scale: number;
  features: BaseFeature[];
}
/**
 * A feature of the base map: ground, a line, a town or a name.
 *
 * `accuracy` is its stated error in metres: what could be further off than a few pixels is not
 * drawn.
 */
export interface BaseFeature {
  kind: string;
  name?: Record<string, string>;
  rank?: number;
  role?: string;
  accuracy?: number;
  point?: [number, number];
  lines?: string[];
  polygons?: string[][];
}
/** A way of drawing the zones, as it is shown. */
export interface Boundary {
  id: string;
  name: Record<string, string>;
  drawn_from: DrawnFrom;
  description: Record<string, string>;
}
/** What the page's own engine needs; no `ground` where the page draws it; `alone`: for it. */
export interface Checker {
  alone: boolean;
  reference: Reference;
  ground: Ground | null;
}
/**
 * What an assessment needs of the atlas beside the ground of the zones.
 *
 * `country`: where a point counts as in the country, in polygons; empty where that is not known.
 */
export interface Reference {
  version: string;
  sha256: string;
  software: string;
  time_zone: string;
  languages: string[];
  default_boundary: string;
  bounds: [number, number, number, number];
  coarsest_radius_m: number;
  placeholders: [number, number][];
  country: string[][];
  errors: LineErrors[];
  areas: Area[];
  ledger: Ledger;
}
/** Of each vertex of a best extent, in metres: pairs of neighbours, encoded like a ring. */
export interface LineErrors {
  zone: string;
  boundary: string;
  from: string;
  metres: string;
}
/**
 * The ledger: n settlements, their published points (the n main ones first), who held them.
 *
 * Numbers are positions (-1: none), steps of 1 / `scale` degree, days from 1970-01-01 (-2^31:
 * none). `cited` tells of each holding how many sources it has, then which. `names` and `arabic`
 * are the name of each, then its other spellings in that script; `admin` codes and names of all
 * admin units, and `areas` the sub-districts (positions, apart by commas) and the names of each
 * area of the atlas; apart by tabs.
 */
export interface Ledger {
  sides: LedgerSide[];
  kinds: string[];
  confidences: Confidence[];
  scale: number;
  units: string;
  sources: string;
  admin: string;
  areas: string;
  ids: string;
  names: string;
  arabic: string;
  kind: PackedNumbers;
  zone: PackedNumbers;
  radius: PackedNumbers;
  rank: PackedNumbers;
  unit: PackedNumbers;
  point_of: PackedNumbers;
  longitude: PackedNumbers;
  latitude: PackedNumbers;
  holding_of: PackedNumbers;
  side: PackedNumbers;
  earliest: PackedNumbers;
  latest: PackedNumbers;
  confidence: PackedNumbers;
  open: PackedNumbers;
  cited: PackedNumbers;
}
/** A side that held settlements; `in_zones`: zones are made of what it held. */
export interface LedgerSide {
  id: string;
  name: Record<string, string>;
  in_zones: boolean;
}
/** The zones as an assessment needs them; rings are in steps of 1 / `scale` degree. */
export interface Ground {
  zones: Named[];
  boundaries: Drawn[];
  scale: number;
  rings: string[];
  extents: Outline[];
  phases: PhaseStart[];
  agreements: Arrangement[];
  rounds: Named[];
  actors: {
    [k: string]: Record<string, string>;
  };
}
/** A zone, a boundary or a round. */
export interface Named {
  id: string;
  name: Record<string, string>;
}
/** A way of drawing the zones, and what its extents rest on. */
export interface Drawn {
  id: string;
  name: Record<string, string>;
  drawn_from: DrawnFrom;
}
/** One estimate of the ground of a zone while it was valid; polygons are numbers of rings. */
export interface Outline {
  zone: string;
  boundary: string;
  estimate: Estimate;
  from: string;
  to: string | null;
  polygons: number[][];
}
/** The first day of a phase; `arranged`: the zone's own arrangement is in force. */
export interface PhaseStart {
  zone: string;
  phase: PhaseName;
  arranged: boolean;
  from: string | null;
}
/** The words of one language that a page with a checker shows, and those its engine needs. */
export interface CheckerWords {
  direction: string;
  language: string;
  boundary_estimate: Record<string, unknown>;
  confidence: Record<string, unknown>;
  crowd: Record<string, unknown>;
  date: Record<string, unknown>;
  field: Record<string, unknown>;
  figure: Record<string, unknown>;
  list: Record<string, unknown>;
  page: Record<string, unknown>;
  phase: Record<string, unknown>;
  phase_meaning: Record<string, unknown>;
  post_kind: Record<string, unknown>;
  space: Record<string, unknown>;
  units: Record<string, unknown>;
  verdict: Record<string, unknown>;
  card: Record<string, unknown>;
  checker: Record<string, unknown>;
  distance: Record<string, unknown>;
  months: string[];
  months_alone: string[];
  months_alt?: (string | string[])[];
  radius_exact: string;
  reason: Record<string, unknown>;
  sentence: Record<string, string>;
  shares: string;
  swapped: Record<string, unknown>;
  time: Record<string, unknown>;
}
/** Whom the data are from, in English and where it is translated, and which they are. */
export interface Credit {
  attribution: Record<string, string>;
  atlas: string;
}
/** How many incidents were left out as too young or without a date. */
export interface Delayed {
  until: string;
  count: number;
  undated: number;
}
/** The fields of features, each with its label or without, in a popup or a tooltip. */
export interface Details {
  kind: "popup" | "tooltip";
  fields: string[];
  labels: string[];
  options: Record<string, unknown>;
}
/** An outline with its area in km2, and the median and ninth decile of its error in metres. */
export interface Extent {
  zone: string;
  boundary: string;
  estimate: Estimate;
  from: string;
  to: string | null;
  polygons: number[][];
  area: number;
  accuracy: [number, number] | null;
  sources: string[];
  confidence: Confidence;
}
/** One incident of a table; `date` as it is written, `first` and `last` where it says days. */
export interface Incident {
  id: string;
  date: string;
  first: string | null;
  last: string | null;
  place: string;
  longitude: number | null;
  latitude: number | null;
  radius: number;
  verdict: string;
  zone: string | null;
  sentence: string;
  source: string;
}
/** Another page of the site: where it lies, and the key of its word. */
export interface Link {
  href: string;
  word: string;
}
/** A column of texts, each `distinct` one listed once, deflated, `line` of them a line. */
export interface ListedColumn {
  kind: "listed";
  name: string;
  distinct: number;
  line: number;
  table: string;
  codes: PackedNumbers;
}
/** A column of texts that are all a number behind one prefix. */
export interface NumberedColumn {
  kind: "numbered";
  name: string;
  prefix: string;
  numbers: PackedNumbers;
}
/** What our own columns are called where a column of the file has the same name. */
export interface OwnNames {
  verdict: string;
  zone: string;
  phase: string;
  first_day: string;
  last_day: string;
  latitude: string;
  longitude: string;
  radius_m: string;
  cell_km: string;
}
/** A language of a page of text. */
export interface PageLanguage {
  title: string;
  direction: string;
}
/** The words of one language that a map shows. */
export interface PageWords {
  direction: string;
  language: string;
  boundary_estimate: Record<string, unknown>;
  confidence: Record<string, unknown>;
  crowd: Record<string, unknown>;
  date: Record<string, unknown>;
  field: Record<string, unknown>;
  figure: Record<string, unknown>;
  list: Record<string, unknown>;
  page: Record<string, unknown>;
  phase: Record<string, unknown>;
  phase_meaning: Record<string, unknown>;
  post_kind: Record<string, unknown>;
  space: Record<string, unknown>;
  units: Record<string, unknown>;
  verdict: Record<string, unknown>;
}
/** A phase of a zone and what it rests on. */
export interface Phase {
  zone: string;
  phase: PhaseName;
  arranged: boolean;
  from: string | null;
  precision: string | null;
  sources: string[];
  confidence: Confidence;
}
/**
 * What is known of each incident as numbers.
 *
 * `first` counts days from 1970-01-01, `days` from `first`; positions are in steps of 1 / `scale`
 * degree, `radius` in metres; `kind` is ((zone + 1) * (phases + 1) + phase + 1) * verdicts +
 * verdict.
 */
export interface PointNumbers {
  first: PackedNumbers;
  days: PackedNumbers;
  latitude: PackedNumbers;
  longitude: PackedNumbers;
  radius: PackedNumbers;
  kind: PackedNumbers;
}
/** Incidents as they are published. */
export interface Points {
  rows: number;
  scale: number;
  zones: string[];
  phases: string[];
  verdicts: string[];
  numbers: PointNumbers;
  names: OwnNames;
  columns: (NumberedColumn | ListedColumn)[];
  report: PublishingReport;
  areas?: Areas;
}
/** What was left out or made coarse of the `rows` incidents of a file. */
export interface PublishingReport {
  rows: number;
  id: boolean;
  cell_km: number | null;
  delayed: Delayed | null;
  withheld: Withheld | null;
  elsewhere: number;
  columns_left_out: number;
}
/** How many incidents were left out, for there were fewer than `least` alike. */
export interface Withheld {
  least: number;
  count: number;
  groups: number;
}
/** A popup of text; `show`: it is open from the start. */
export interface Popup {
  text: string;
  options: Record<string, unknown>;
  show: boolean;
}
/** An observation post, a checkpoint or a base. */
export interface Post {
  sources: string[];
  confidence: Confidence;
  zone: string;
  actor: string;
  kind: string;
  name: Record<string, string>;
  number?: number;
  longitude: number | null;
  latitude: number | null;
  accuracy: number | null;
  from: string | null;
  precision?: string;
  encircled?: string;
  to: string | null;
  planned?: boolean;
}
/** A round of talks. */
export interface Round {
  id: string;
  name: Record<string, string>;
  number: number | null;
  first: string;
  last: string;
  precision: string | null;
  sources: string[];
  confidence: Confidence;
}
/** The words of one language that sentences are made of and dates are read by. */
export interface SentenceWords {
  date: Record<string, string>;
  list: Record<string, string>;
  months: string[];
  months_alone: string[];
  months_alt?: (string | string[])[];
  sentence: Record<string, string>;
  space: Record<string, string>;
  units: Record<string, string>;
}
/**
 * What a map draws itself from.
 *
 * `head` is what the browser's window is called; `palette` has the colours beyond the zones' own;
 * a page has all its `sheets`, a map in a notebook the legend alone; `fit` is shown at first, and
 * nothing beyond `edge`.
 */
export interface Settings {
  languages: Record<string, PageWords>;
  state: State;
  title: Record<string, string>;
  subtitle: Record<string, string>;
  head: Record<string, string>;
  description: Record<string, string>;
  palette: Tint[];
  links: Link[];
  zone_pages: boolean;
  tiles: Tiles | null;
  credit: Credit;
  sheets: "map" | "page";
  fit: [number, number, number, number];
  edge: [number, number, number, number];
}
/**
 * What a page shows: everything on it is drawn from this.
 *
 * `window`: days before and after `date` beyond which incidents are faint, 0 for none; `filter`:
 * which incidents there are.
 */
export interface State {
  date: string;
  zone: string | null;
  boundary: string;
  lang: string;
  estimate: "all" | "best" | "high" | "low";
  colour: "guarantors" | "phase" | "round" | "zone";
  window: number;
  digits: "arab" | "latn";
  filter: string;
}
/** Colours of an area: its line, its text, and the angle of its hatching. */
export interface Tint {
  colour: string;
  ink: string;
  angle: number;
}
/** An online background, for who chose one. */
export interface Tiles {
  url: string;
  subdomains: string;
  attribution: string;
  max_zoom: number;
  host: string;
}
/** Where a fact comes from. */
export interface Source {
  title: string;
  publisher: string;
  url: string;
  date: string | null;
}
/** What a page of text changes when its language changes. */
export interface TextSettings {
  lang: string;
  languages: Record<string, PageLanguage>;
}
/** A tooltip of text, or an icon of text. */
export interface Tooltip {
  text: string;
  options: Record<string, unknown>;
}
/** A zone and how it looks. */
export interface Zone {
  id: string;
  name: Record<string, string>;
  number: number;
  colour: string;
  ink: string;
  angle: number;
}
/** The zones with everything that dates them, and the sources that is from. */
export interface Zones {
  zones: Zone[];
  boundaries: Boundary[];
  scale: number;
  rings: string[];
  extents: Extent[];
  phases: Phase[];
  agreements: Agreement[];
  rounds: Round[];
  actors: {
    [k: string]: Record<string, string>;
  };
  sources: Record<string, Source>;
}
