/** Rings as short text: the reader of what `maps/page/layers.py` writes. */

export type Point = readonly [longitude: number, latitude: number];
export type Ring = readonly Point[];
export type Polygons = readonly (readonly Ring[])[];
export type Bounds = [west: number, south: number, east: number, north: number];

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const VALUE = new Map([...ALPHABET].map((letter, index) => [letter, index]));

/**
 * Decode one ring or line.
 *
 * Each coordinate is the difference from the one before it, in steps of `1 / scale` degree,
 * zigzag, five bits a letter, the sixth bit says that more follow; longitude first.
 */
export function decodeRing(text: string, scale: number): Ring {
  const ring: Point[] = [];
  const last = [0, 0];
  let axis = 0;
  let value = 0;
  let factor = 1;
  for (const letter of text) {
    const digit = VALUE.get(letter);
    if (digit === undefined) throw new RangeError(`not a letter of a ring: ${letter}`);
    value += (digit & 31) * factor;
    if (digit & 32) {
      factor *= 32;
      continue;
    }
    const half = Math.floor(value / 2);
    last[axis] = (last[axis] ?? 0) + (value % 2 ? -half - 1 : half);
    if (axis === 1) ring.push([(last[0] ?? 0) / scale, (last[1] ?? 0) / scale]);
    axis = 1 - axis;
    value = 0;
    factor = 1;
  }
  return ring;
}
