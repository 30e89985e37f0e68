/** Time: what was in force when. The twin of `zones/calendar.py`. */

import { dayNumber } from "../days";
import type { Atlas } from "./atlas";
import { type Basis, type PhaseName, PHASES, type Time, TIMES } from "../generated/codes";
import { setOf } from "./incidents";
import { type Answering, answering } from "./terms";

/** Before every day of an atlas, and after every one. */
export const FIRST_DAY = -1_000_000_000;
export const LAST_DAY = 1_000_000_000;
/** Positions in TIMES. */
export const [IN_FORCE, NOT_YET, ENDED, PARTLY, NO_TIME] = [0, 1, 2, 3, 4] as const;

/** What was in force for one zone on the days of an incident. */
export interface Terms extends Answering {
  /** Of all its days; the phase is that of the first. */
  readonly time: Time;
  readonly phase: PhaseName;
  readonly contested: boolean;
  readonly spansPhases: boolean;
  readonly agreements: readonly string[];
}

interface PhaseSpan {
  readonly phase: PhaseName;
  readonly arranged: boolean;
  readonly start: number;
  readonly stop: number;
}

/** What days mean for each zone; last comes what they mean where the zone is not known. */
export interface Meaning {
  /** Positions in TIMES and PHASES; -1 for a phase that is not known. */
  readonly times: readonly number[];
  readonly phases: readonly number[];
  /** Positions in the calendar's `knownTerms`; -1 for none. */
  readonly terms: readonly number[];
  /** One bit a reason. */
  readonly reasons: readonly number[];
}

/**
 * When each zone of an atlas was in which phase, and which agreements held.
 *
 * All that depends on days changes only at the `cuts`; a period is what lies between two of them,
 * and all its days are alike.
 */
export class Calendar {
  /** Sorted day numbers on which anything changes. */
  readonly cuts: readonly number[];
  /** It grows as days are asked about. */
  readonly knownTerms: Terms[] = [];
  readonly #meanings = new Map<number, Meaning>();
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
      const starts = mine.map((phase) => (phase.from === null ? FIRST_DAY : dayNumber(phase.from)));
      return mine.map(({ phase, arranged }, i) => ({
        phase,
        arranged,
        start: starts[i] ?? FIRST_DAY,
        stop: starts[i + 1] ?? LAST_DAY,
      }));
    });
    this.#force = this.#phases.map((spans) => this.#forceOf(spans));
  }

  /** Return the period in which a day lies; 0 is before the first cut. */
  period(day: number): number {
    let low = 0;
    let high = this.cuts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.cuts[middle]! <= day) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Return what was in force for the zone at a position from one period to another. */
  terms(zone: number, firstPeriod: number, lastPeriod: number): Terms {
    const first = this.#dayIn(firstPeriod);
    const last = this.#dayIn(lastPeriod);
    const { begin, end } = this.#force[zone]!;
    const phases = this.#phases[zone]!.filter((p) => p.start <= last && first < p.stop);
    const id = this.atlas.zones[zone]!;
    const agreements = this.atlas.data.agreements.filter((agreement) => {
      if (agreement.from === null || !agreement.zones.includes(id)) return false;
      const stop = agreement.to === null ? LAST_DAY : dayNumber(agreement.to);
      return (
        Math.max(first, begin, dayNumber(agreement.from)) <= Math.min(last, end - 1, stop - 1)
      );
    });
    return {
      time: timeOf(first, last, begin, end),
      phase: phases[0]!.phase,
      contested: phases.some((phase) => phase.phase === "contested"),
      spansPhases: phases.length > 1,
      agreements: agreements.map((agreement) => agreement.id),
      ...answering(agreements),
    };
  }

  /** Tell how days lie to the force of the zones when it is not known which zone. */
  anywhere(firstPeriod: number, lastPeriod: number): Time {
    const first = this.#dayIn(firstPeriod);
    const last = this.#dayIn(lastPeriod);
    const times = new Set(this.#force.map(({ begin, end }) => timeOf(first, last, begin, end)));
    if (times.has("in_force")) return "in_force";
    if (times.has("partly")) return "partly";
    if (times.has("ended")) return times.size === 1 ? "ended" : "partly";
    return "not_yet";
  }

  /** Return what days mean for each zone, both included. */
  meaning(first: number, last: number): Meaning {
    const [begin, end] = [this.period(first), this.period(last)];
    const span = begin * (this.cuts.length + 1) + end;
    let found = this.#meanings.get(span);
    if (!found) this.#meanings.set(span, (found = this.#makeMeaning(begin, end)));
    return found;
  }

  #makeMeaning(begin: number, end: number): Meaning {
    const terms = this.atlas.zones.map((_, zone) => this.terms(zone, begin, end));
    const times = [...terms.map(({ time }) => time), this.anywhere(begin, end)];
    return {
      times: times.map((time) => TIMES.indexOf(time)),
      phases: [...terms.map(({ phase }) => PHASES.indexOf(phase)), -1],
      terms: [...terms.map((one) => this.knownTerms.push(one) - 1), -1],
      reasons: [...terms.map(reasonsOf), 0],
    };
  }

  #forceOf(spans: readonly PhaseSpan[]): { begin: number; end: number } {
    let [begin, end] = [LAST_DAY, LAST_DAY];
    for (const { phase, arranged, start } of spans) {
      if (start === FIRST_DAY) continue;
      if (phase === "ended") end = start;
      else if (this.basis === "memorandum" || arranged) begin = Math.min(begin, start);
    }
    return { begin, end };
  }

  #dayIn(period: number): number {
    return period ? this.cuts[period - 1]! : FIRST_DAY;
  }
}

/** What of the days keeps an answer from being plain: one bit a reason. */
function reasonsOf({ time, contested, spansPhases }: Terms): number {
  return setOf(
    ...(time === "partly" ? (["partly-in-force"] as const) : []),
    ...(spansPhases ? (["spans-phases"] as const) : []),
    ...(contested ? (["contested"] as const) : []),
  );
}

function timeOf(first: number, last: number, begin: number, end: number): Time {
  if (last < begin) return "not_yet";
  if (first >= end) return "ended";
  return first >= begin && last < end ? "in_force" : "partly";
}
