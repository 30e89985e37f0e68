/** The day on which incidents are first shown: the twin of `opening_day` of `maps/page/layers.py`. */

import { MISSING } from "./points";

type Span = readonly [first: number, last: number];

/**
 * Return the day itself where incidents lie within so many days of it; else that on which one began
 * and around which most lie: while the zones were in force, or else in the years of the timeline.
 */
export function openingDay(
  first: Int32Array,
  last: Int32Array,
  day: number,
  window: number,
  spans: readonly [inForce: Span, years: Span],
): number {
  const [from, until] = spans[1];
  const length = until - from + 1;
  const at = (number: number): number => Math.min(length, Math.max(0, number - from));
  const [steps, begun] = [new Int32Array(length + 1), new Uint8Array(length)];
  for (let row = 0; row < first.length; row++) {
    if (first[row] === MISSING) continue;
    steps[at(first[row]! - window)]!++;
    steps[at(last[row]! + window + 1)]!--;
    if (first[row]! >= from && first[row]! <= until) begun[first[row]! - from] = 1;
  }
  let count = 0;
  const counts = steps.map((step) => (count += step));
  if (counts[at(day)]) return day;
  for (const [start, stop] of spans) {
    let best = -1;
    for (let i = at(start); i < at(stop + 1); i++) {
      if (begun[i] && counts[i]! > (best < 0 ? 0 : counts[best]!)) best = i;
    }
    if (best >= 0) return from + best;
  }
  return day;
}
