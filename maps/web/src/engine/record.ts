/**
 * One incident, one record: everything that an investigator must be able to cite.
 *
 * The twin of `zones/record.py`.
 */

import { type Day, dayOf } from "../days";
import { areasOf, type AreaSpaces } from "./geometry/areas";
import { FIRST_DAY, LAST_DAY, type Terms } from "./calendar";
import { PHASES, type Reason, type Space, SPACES, TIMES, VERDICTS } from "../generated/codes";
import type { ColumnName, VerdictRecord } from "./fields";
import { type Incidents, NO_DAY, reasonsIn } from "./incidents";
import type { HeldFields } from "./ledger";
import { writeSentence } from "./sentence";
import { NO_SPACE } from "./space";
import type { Assessor, Verdicts } from "./verdict";

/** What was given of a single incident. */
export type Given = Pick<VerdictRecord, "place" | "candidates" | "input" | "repairs">;

/** Verdicts on the rows of incidents, and the language of their sentences. */
export interface Assessed {
  readonly assessor: Assessor;
  readonly incidents: Incidents;
  readonly verdicts: Verdicts;
  readonly language: string;
  readonly given?: Given;
}

/** One row of them, of which each field is made when it is asked for. */
class Row {
  #held: HeldFields | undefined;
  #measured: { distance: number; accuracy: number | null } | null | undefined;

  constructor(
    readonly of: Assessed,
    readonly i: number,
  ) {}

  get zone(): number {
    return this.of.verdicts.zone[this.i]!;
  }

  get settlement(): number {
    return this.of.verdicts.settlement[this.i]!;
  }

  get held(): HeldFields {
    const { assessor, verdicts } = this.of;
    const [first, last] = [verdicts.heldFirst[this.i]!, verdicts.heldLast[this.i]!];
    return (this.#held ??= assessor.atlas.ledger.held(first, last));
  }

  get terms(): Terms | undefined {
    const { assessor, verdicts } = this.of;
    return assessor.calendar.knownTerms[verdicts.terms[this.i]!];
  }

  /** The areas of one kind that hold the place; neighbours only of what lies outside. */
  areas(kind: "subarea" | "neighbour"): AreaSpaces {
    const { settlement, i } = this;
    const { atlas } = this.of.assessor;
    const { incidents, verdicts } = this.of;
    const space = SPACES[verdicts.space[i]!];
    if (space === "unknown" || (kind === "neighbour" && space !== "outside")) return NOWHERE;
    const { longitude, latitude } = settlement < 0 ? incidents : atlas.ledger;
    const at = settlement < 0 ? i : settlement;
    const [first, last] = [incidents.first[i]!, incidents.last[i]!];
    const dated = first !== NO_DAY && last !== NO_DAY;
    return areasOf(atlas).holding(kind, {
      longitude: longitude[at]!,
      latitude: latitude[at]!,
      radius: settlement < 0 ? incidents.radius[i]! : 0,
      first: dated ? first : FIRST_DAY,
      last: dated ? last : LAST_DAY,
    });
  }

  get measured(): { distance: number; accuracy: number | null } | null {
    if (this.#measured !== undefined) return this.#measured;
    const { zone, i } = this;
    const { first, last } = this.of.incidents;
    const { drawing, atlas } = this.of.assessor;
    const { longitude, latitude } = this.settlement < 0 ? this.of.incidents : atlas.ledger;
    const at = this.settlement < 0 ? i : this.settlement;
    this.#measured =
      zone < 0 ? null : drawing.measure(zone, longitude[at]!, latitude[at]!, first[i]!, last[i]!);
    return this.#measured;
  }
}

function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

const FIELDS: { readonly [Name in keyof VerdictRecord]: (row: Row) => VerdictRecord[Name] } = {
  verdict: ({ of, i }) => VERDICTS[of.verdicts.verdict[i]!]!,
  zone: ({ of, zone }) => of.assessor.atlas.zones[zone] ?? null,
  space: ({ of, i }) => SPACES[of.verdicts.space[i]!]!,
  time: ({ of, i }) => TIMES[of.verdicts.time[i]!]!,
  phase: ({ of, i }) => PHASES[of.verdicts.phase[i]!] ?? null,
  basis: ({ of }) => of.assessor.basis,
  share_low: ({ of, i }) => known(of.verdicts.shareLow[i]!),
  share_best: ({ of, i }) => known(of.verdicts.shareBest[i]!),
  share_high: ({ of, i }) => known(of.verdicts.shareHigh[i]!),
  distance_m: ({ measured }) => measured?.distance ?? null,
  accuracy_m: ({ measured }) => measured?.accuracy ?? null,
  radius_m: ({ of, i }) => known(of.incidents.radius[i]!),
  radius_source: ({ of: { incidents }, i }) => incidents.radiusSources[incidents.radiusSource[i]!]!,
  settlement: ({ of, settlement }) =>
    settlement < 0 ? null : of.assessor.atlas.ledger.id(settlement),
  settlement_name: ({ of, settlement }) =>
    settlement < 0 ? null : of.assessor.atlas.ledger.name(settlement),
  admin: ({ of, settlement }) =>
    settlement < 0 ? NONE : of.assessor.atlas.ledger.admin(settlement),
  held_by: ({ held }) => held.held_by,
  held_since: ({ held }) => held.held_since,
  held_until: ({ held }) => held.held_until,
  held_sources: ({ held }) => held.held_sources,
  held_confidence: ({ held }) => held.held_confidence,
  first_day: ({ of, i }) => dayIn(of.incidents.first[i]!),
  last_day: ({ of, i }) => dayIn(of.incidents.last[i]!),
  boundary: ({ of }) => of.assessor.boundary,
  boundaries: ({ of, i }) => spacesIn(of, i),
  drawn_by: ({ of, i }) => boundariesIn(of, i),
  subareas: (row) => row.areas("subarea"),
  neighbours: (row) => row.areas("neighbour"),
  agreements: ({ terms }) => terms?.agreements ?? NONE,
  round: ({ terms }) => terms?.round ?? null,
  guarantors: ({ terms }) => terms?.guarantors ?? NONE,
  mediators: ({ terms }) => terms?.mediators ?? NONE,
  framework_guarantors: ({ terms }) => terms?.framework ?? NONE,
  reasons: ({ of, i }) => reasonsOf(of.verdicts.reasons[i]!),
  sentence: (row) => sentenceOf(row),
  latitude: ({ of, i }) => known(of.incidents.latitude[i]!),
  longitude: ({ of, i }) => known(of.incidents.longitude[i]!),
  place: ({ of }) => of.given?.place ?? null,
  candidates: ({ of, i }) =>
    of.given?.candidates ?? of.incidents.sharing.get(i)?.map(({ id }) => id) ?? NONE,
  input: ({ of }) => of.given?.input ?? {},
  repairs: ({ of }) => of.given?.repairs ?? [],
  atlas_version: ({ of }) => of.assessor.atlas.data.version,
  atlas_sha256: ({ of }) => of.assessor.atlas.data.sha256,
  software: ({ of }) => of.assessor.atlas.data.software,
};

/** Return the record of one row. */
export function recordOf(assessed: Assessed, i: number): VerdictRecord {
  return pick(new Row(assessed, i), Object.keys(FIELDS) as (keyof VerdictRecord)[]);
}

function pick<Name extends keyof VerdictRecord>(
  row: Row,
  names: readonly Name[],
): Pick<VerdictRecord, Name> {
  return Object.fromEntries(names.map((name) => [name, FIELDS[name](row)])) as Pick<
    VerdictRecord,
    Name
  >;
}

function sentenceOf(row: Row): string {
  const { assessor, given, language } = row.of;
  const { sentence: _, place: __, ...others } = FIELDS;
  const fields = pick(row, Object.keys(others) as (keyof typeof others)[]);
  const decides = given && !("position" in given.input) && !("latitude" in given.input);
  const place = (decides ? given.place?.name : undefined) ?? nameOf(row);
  return writeSentence(assessor.atlas.data, fields, language, place);
}

function nameOf({ settlement, of: { assessor, language } }: Row): string | undefined {
  if (settlement < 0) return undefined;
  return assessor.atlas.ledger.name(settlement, language) ?? undefined;
}

// -- a row as cells of a table ------------------------------------------------------------------

/** Return one row as cells of text; nothing is an empty text. */
export function cellsOf(assessed: Assessed, i: number, names: readonly ColumnName[]): string[] {
  const row = new Row(assessed, i);
  return names.map((name) => cellText(FIELDS[name](row)));
}

function cellText(value: string | number | null | Listed): string {
  if (value === null) return "";
  if (typeof value !== "object") return String(value);
  let text = TEXTS.get(value);
  if (text === undefined) {
    const parts = Array.isArray(value) ? value : Object.entries(value).map((pair) => pair.join("="));
    TEXTS.set(value, (text = parts.join(";")));
  }
  return text;
}

// -- what a million rows say over and over --------------------------------------------------------

type Listed = readonly string[] | Readonly<Record<string, string>>;

const NONE: readonly string[] = [];
const NOWHERE: AreaSpaces = {};
const TEXTS = new WeakMap<Listed, string>();
const DAYS = new Map<number, Day>();
const REASONS = new Map<number, Reason[]>();
const DRAWN_BY = new WeakMap<Assessor, Map<number, readonly string[]>>();
const SPACES_BY_BOUNDARY = new WeakMap<Assessor, Map<number, Readonly<Record<string, Space>>>>();

function remembered<Key, Value>(known: Map<Key, Value>, key: Key, make: (key: Key) => Value): Value {
  let found = known.get(key);
  if (found === undefined) known.set(key, (found = make(key)));
  return found;
}

function dayIn(number: number): Day | null {
  return number === NO_DAY ? null : remembered(DAYS, number, dayOf);
}

function reasonsOf(bits: number): Reason[] {
  return remembered(REASONS, bits, reasonsIn);
}

/** Return the boundaries that drew the zone on the days. */
function boundariesIn({ assessor, verdicts }: Assessed, i: number): readonly string[] {
  const bits = verdicts.drawnBy[i]!;
  let known = DRAWN_BY.get(assessor);
  if (!known) DRAWN_BY.set(assessor, (known = new Map()));
  return remembered(known, bits, () =>
    assessor.atlas.boundaries.filter((_, b) => (bits >> b) & 1),
  );
}

/** Return the space by each boundary that has an extent on the days. */
function spacesIn({ assessor, verdicts }: Assessed, i: number): Readonly<Record<string, Space>> {
  const names = assessor.atlas.boundaries;
  const codes = verdicts.boundaries.subarray(i * names.length, (i + 1) * names.length);
  let key = 0;
  for (const code of codes) key = key * 256 + code;
  let known = SPACES_BY_BOUNDARY.get(assessor);
  if (!known) SPACES_BY_BOUNDARY.set(assessor, (known = new Map()));
  return remembered(known, key, () =>
    Object.fromEntries(
      names.flatMap((name, b) => (codes[b] === NO_SPACE ? [] : [[name, SPACES[codes[b]!]!]])),
    ),
  );
}
