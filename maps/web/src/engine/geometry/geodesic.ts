/** Distances on the ellipsoid, by Vincenty's inverse formula. */

// WGS 84: the semi-major axis in metres, and the flattening.
export const A = 6_378_137;
export const F = 1 / 298.257223563;
export const B = A * (1 - F);

const RADIANS = Math.PI / 180;

/** Return an angle in degrees within half a turn of zero. */
export function turned(degrees: number): number {
  if (degrees > 180) return degrees - 360;
  return degrees < -180 ? degrees + 360 : degrees;
}

/**
 * Return the geodesic distance in metres between two points in degrees, on WGS 84.
 *
 * Vincenty's inverse formula (Survey Review XXIII, 176, 1975), right to 0.1 mm. It does not settle
 * for two points almost opposite each other on Earth; those get half of a meridian.
 */
export function geodesic(
  longitude1: number,
  latitude1: number,
  longitude2: number,
  latitude2: number,
): number {
  const difference = turned(longitude2 - longitude1) * RADIANS;
  const u1 = Math.atan((1 - F) * Math.tan(latitude1 * RADIANS));
  const u2 = Math.atan((1 - F) * Math.tan(latitude2 * RADIANS));
  const [sin1, cos1] = [Math.sin(u1), Math.cos(u1)];
  const [sin2, cos2] = [Math.sin(u2), Math.cos(u2)];
  let lambda = difference;
  for (let step = 0; step < 200; step++) {
    const sinL = Math.sin(lambda);
    const cosL = Math.cos(lambda);
    const sinS = Math.hypot(cos2 * sinL, cos1 * sin2 - sin1 * cos2 * cosL);
    if (sinS === 0) return 0;
    const cosS = sin1 * sin2 + cos1 * cos2 * cosL;
    const sigma = Math.atan2(sinS, cosS);
    const sinAlpha = (cos1 * cos2 * sinL) / sinS;
    const cos2Alpha = 1 - sinAlpha * sinAlpha;
    const cosM = cos2Alpha === 0 ? 0 : cosS - (2 * sin1 * sin2) / cos2Alpha;
    const c = (F / 16) * cos2Alpha * (4 + F * (4 - 3 * cos2Alpha));
    const before = lambda;
    lambda =
      difference +
      (1 - c) * F * sinAlpha * (sigma + c * sinS * (cosM + c * cosS * (2 * cosM * cosM - 1)));
    if (Math.abs(lambda - before) > 1e-13) continue;
    const uu = (cos2Alpha * (A * A - B * B)) / (B * B);
    const a = 1 + (uu / 16384) * (4096 + uu * (-768 + uu * (320 - 175 * uu)));
    const b = (uu / 1024) * (256 + uu * (-128 + uu * (74 - 47 * uu)));
    const turn =
      b *
      sinS *
      (cosM +
        (b / 4) *
          (cosS * (2 * cosM * cosM - 1) -
            (b / 6) * cosM * (4 * sinS * sinS - 3) * (4 * cosM * cosM - 3)));
    return B * a * (sigma - turn);
  }
  return 20_003_931;
}
