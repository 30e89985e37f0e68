/** Who held which settlement when, as the map plays it. */

import { unpackNumbers } from "../engine/unpack";
import type { Ledger as Packed } from "../generated/payload";

/** Who held a settlement from a day on; `open` where nobody says so, or it was changing hands. */
export interface Holding {
  readonly side: number;
  readonly earliest: number;
  readonly latest: number;
  readonly sourced: boolean;
}

export interface Place {
  /** Latitude and longitude. */
  readonly at: [number, number];
  readonly holdings: readonly Holding[];
}

/** Return who held a place on a day, and whether that is open; -1 where nothing is told. */
export function holderOn(holdings: readonly Holding[], day: number): { side: number; open: boolean } {
  let k = -1;
  while (k + 1 < holdings.length && holdings[k + 1]!.earliest <= day) k++;
  const held = holdings[k];
  if (!held) return { side: -1, open: true };
  const changing = k > 0 && day <= held.latest && holdings[k - 1]!.side !== held.side;
  return { side: held.side, open: changing || !held.sourced };
}

/** Unpack the settlements of which it is told who held them. */
export async function placesOf(packed: Packed): Promise<Place[]> {
  const { confidences, scale } = packed;
  const columns = [
    ...[packed.longitude, packed.latitude, packed.holding_of, packed.side],
    ...[packed.earliest, packed.latest, packed.confidence],
  ];
  const [x, y, of, side, earliest, latest, confidence] = (await Promise.all(
    columns.map(unpackNumbers),
  )) as [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array];
  const found = new Map<number, Holding[]>();
  of.forEach((place, k) => {
    const held = found.get(place) ?? [];
    found.set(place, held);
    held.push({
      side: side[k]!,
      earliest: earliest[k]!,
      latest: latest[k]!,
      sourced: confidences[confidence[k]!] !== "unsourced",
    });
  });
  return [...found].map(([place, holdings]) => ({
    at: [y[place]! / scale, x[place]! / scale],
    holdings,
  }));
}
