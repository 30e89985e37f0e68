/** Time: what was in force when. The twin of `zones/calendar.py`. */

import { dayNumber } from "../days";
import type { Atlas, Ground, PhaseName } from "./atlas";

/** The day number that stands for a missing date. */
export const NO_DAY = -2_147_483_648;

const FIRST = -1_000_000_000;
const LAST = 1_000_000_000;

export const BASES = ["memorandum", "arrangement"] as const;
export const TIMES = ["in_force", "not_yet", "ended", "partly", "unknown"] as const;
export const PHASES = ["before", "declared", "arranged", "contested", "ended"] as const;
export type Basis = (typeof BASES)[number];
export type Time = (typeof TIMES)[number];

/** What the days of an incident meant for one zone. */
export interface Spell {
  readonly time: Time;
  readonly phase: PhaseName;
  readonly contested: boolean;
  readonly spansPhases: boolean;
  readonly agreements: readonly string[];
  readonly round: string | null;
  readonly guarantors: readonly string[];
}

interface PhaseSpan {
  readonly phase: PhaseName;
  readonly start: number;
  readonly stop: number;
}

/** When each zone of an atlas was in which phase, and which agreements held. */
export class Calendar {
  /** Sorted day numbers on which anything changes. */
  readonly cuts: readonly number[];
  readonly #phases: PhaseSpan[][];
  readonly #force: { begin: number; end: number }[];

  constructor(
    readonly atlas: Atlas,
    readonly basis: Basis,
  ) {
    const { phases, agreements, extents } = atlas.data;
    const days = [
      ...phases.map((phase) => phase.from),
      ...agreements.flatMap((agreement) => [agreement.from, agreement.to]),
      ...extents.flatMap((extent) => [extent.from, extent.to]),
    ];
    const known = days.filter((day) => day !== null).map(dayNumber);
    this.cuts = [...new Set(known)].sort((a, b) => a - b);
    this.#phases = atlas.zones.map((zone) => {
      const mine = phases.filter((phase) => phase.zone === zone);
      const starts = mine.map((phase) => (phase.from === null ? FIRST : dayNumber(phase.from)));
      return mine.map(({ phase }, i) => ({
        phase,
        start: starts[i] ?? FIRST,
        stop: starts[i + 1] ?? LAST,
      }));
    });
    this.#force = this.#phases.map((spans) => this.#forceOf(spans));
  }

  /** Return which stretch between cuts a day lies in; 0 is before the first cut. */
  segment(day: number): number {
    let low = 0;
    let high = this.cuts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.cuts[middle]! <= day) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Return what the days from one segment to another meant for the zone at a position. */
  spell(zone: number, firstSegment: number, lastSegment: number): Spell {
    const first = this.#dayIn(firstSegment);
    const last = this.#dayIn(lastSegment);
    const { begin, end } = this.#force[zone]!;
    const phases = this.#phases[zone]!.filter((p) => p.start <= last && first < p.stop);
    const id = this.atlas.zones[zone]!;
    const agreements = this.atlas.data.agreements.filter((agreement) => {
      if (agreement.from === null || !agreement.zones.includes(id)) return false;
      const stop = agreement.to === null ? LAST : dayNumber(agreement.to);
      return (
        Math.max(first, begin, dayNumber(agreement.from)) <= Math.min(last, end - 1, stop - 1)
      );
    });
    const newest = agreements.at(-1);
    return {
      time: timeOf(first, last, begin, end),
      phase: phases[0]!.phase,
      contested: phases.some((phase) => phase.phase === "contested"),
      spansPhases: phases.length > 1,
      agreements: agreements.map((agreement) => agreement.id),
      round: newest?.round ?? null,
      guarantors: newest?.guarantors ?? [],
    };
  }

  /** Tell how days lie to the force of the zones when it is not known which zone. */
  anywhere(firstSegment: number, lastSegment: number): Time {
    const first = this.#dayIn(firstSegment);
    const last = this.#dayIn(lastSegment);
    const times = new Set(this.#force.map(({ begin, end }) => timeOf(first, last, begin, end)));
    if (times.has("in_force")) return "in_force";
    if (times.has("partly")) return "partly";
    if (times.has("ended")) return times.size === 1 ? "ended" : "partly";
    return "not_yet";
  }

  #forceOf(spans: readonly PhaseSpan[]): { begin: number; end: number } {
    let [begin, end] = [LAST, LAST];
    for (const { phase, start } of spans) {
      if (start === FIRST) continue;
      if (phase === "ended") end = start;
      else if (this.basis === "memorandum" || phase === "arranged") begin = Math.min(begin, start);
    }
    return { begin, end };
  }

  #dayIn(segment: number): number {
    return segment ? this.cuts[segment - 1]! : FIRST;
  }
}

/** Which extents of a ground held on some days; made once and asked for each incident. */
export class Governing {
  /** Positions of the first and the last extent that held, and of the one that governs. */
  first = 0;
  last = 0;
  main = 0;
  readonly #starts: Int32Array;

  constructor(ground: Ground) {
    this.#starts = Int32Array.from(ground, (extent) => extent.from);
  }

  /** Before the first extent and after the last, the nearest in time stands for the ground. */
  ask(first: number, last: number): void {
    const starts = this.#starts;
    let i = 0;
    let j = 0;
    for (let k = 1; k < starts.length; k++) {
      const start = starts[k]!;
      if (start <= first) i = k;
      if (start <= last) j = k;
    }
    this.first = i;
    this.last = j;
    this.main = i;
    if (i === j) return;
    let most = -1;
    for (let k = 0; k < starts.length; k++) {
      const opens = k === 0 ? FIRST : starts[k]!;
      const stops = k + 1 < starts.length ? starts[k + 1]! : LAST;
      const covered = Math.max(0, Math.min(last + 1, stops) - Math.max(first, opens));
      if (covered > most) {
        this.main = k;
        most = covered;
      }
    }
  }
}

function timeOf(first: number, last: number, begin: number, end: number): Time {
  if (last < begin) return "not_yet";
  if (first >= end) return "ended";
  return first >= begin && last < end ? "in_force" : "partly";
}
