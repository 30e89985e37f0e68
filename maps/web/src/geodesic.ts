/** Distances on the ellipsoid, by Vincenty's inverse formula (Survey Review 23, 1975). */

import type { Point } from "./codec";

// WGS 84
const A = 6_378_137;
const F = 1 / 298.257223563;
const B = A * (1 - F);

/** The shortest way between two points, in metres; NaN for nearly opposite ends of the earth. */
export function geodesic([lon1, lat1]: Point, [lon2, lat2]: Point): number {
  if (lon1 === lon2 && lat1 === lat2) return 0;
  const rad = Math.PI / 180;
  const turn = (lon2 - lon1) * rad;
  const [u1, u2] = [lat1, lat2].map((lat) => Math.atan((1 - F) * Math.tan(lat * rad))) as [
    number,
    number,
  ];
  const [sin1, cos1, sin2, cos2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
  let lambda = turn;
  for (let step = 0; step < 100; step += 1) {
    const [sinL, cosL] = [Math.sin(lambda), Math.cos(lambda)];
    const sin = Math.hypot(cos2 * sinL, cos1 * sin2 - sin1 * cos2 * cosL);
    if (sin === 0) return 0;
    const cos = sin1 * sin2 + cos1 * cos2 * cosL;
    const sigma = Math.atan2(sin, cos);
    const sinAlpha = (cos1 * cos2 * sinL) / sin;
    const square = 1 - sinAlpha ** 2;
    const middle = square === 0 ? 0 : cos - (2 * sin1 * sin2) / square;
    const c = (F / 16) * square * (4 + F * (4 - 3 * square));
    const inner = middle + c * cos * (2 * middle ** 2 - 1);
    const next = turn + (1 - c) * F * sinAlpha * (sigma + c * sin * inner);
    if (Math.abs(next - lambda) > 1e-12) {
      lambda = next;
      continue;
    }
    const u = (square * (A ** 2 - B ** 2)) / B ** 2;
    const a = 1 + (u / 16384) * (4096 + u * (-768 + u * (320 - 175 * u)));
    const b = (u / 1024) * (256 + u * (-128 + u * (74 - 47 * u)));
    const third = (b / 6) * middle * (4 * sin ** 2 - 3) * (4 * middle ** 2 - 3);
    const delta = b * sin * (middle + (b / 4) * (cos * (2 * middle ** 2 - 1) - third));
    return B * a * (sigma - delta);
  }
  return NaN;
}
