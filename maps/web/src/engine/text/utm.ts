/** From the grid of Universal Transverse Mercator to degrees, on WGS 84. */

const A = 6_378_137;
const F = 1 / 298.257223563;
const N = F / (2 - F);
const SCALE = 0.9996;
const DEGREES = 180 / Math.PI;

/** Return the terms of a series in the third flattening: a row holds the powers from `first` on. */
function series(rows: readonly (readonly number[])[]): number[] {
  return rows.map((row, j) => row.reduce((sum, c, k) => sum + c * N ** (j + 1 + k), 0));
}

// Karney 2011, "Transverse Mercator with an accuracy of a few nanometers", J. Geodesy 85, eq. 36.
const BETA = series([
  [1 / 2, -2 / 3, 37 / 96, -1 / 360, -81 / 512, 96199 / 604800],
  [1 / 48, 1 / 15, -437 / 1440, 46 / 105, -1118711 / 3870720],
  [17 / 480, -37 / 840, -209 / 4480, 5569 / 90720],
  [4397 / 161280, -11 / 504, -830251 / 7257600],
  [4583 / 161280, -108847 / 3991680],
  [20648693 / 638668800],
]);
const E = Math.sqrt(F * (2 - F));
const RECTIFYING = (A / (1 + N)) * (1 + N ** 2 / 4 + N ** 4 / 64 + N ** 6 / 256);

/** Return longitude and latitude in degrees of a point of a UTM zone. */
export function fromUtm(
  zone: number,
  north: boolean,
  easting: number,
  northing: number,
): { longitude: number; latitude: number } {
  const xi = (northing - (north ? 0 : 1e7)) / (SCALE * RECTIFYING);
  const eta = (easting - 5e5) / (SCALE * RECTIFYING);
  let [x, y] = [xi, eta];
  BETA.forEach((beta, j) => {
    const m = 2 * (j + 1);
    x -= beta * Math.sin(m * xi) * Math.cosh(m * eta);
    y -= beta * Math.cos(m * xi) * Math.sinh(m * eta);
  });
  const conformal = Math.sin(x) / Math.hypot(Math.sinh(y), Math.cos(x));
  const longitude = zone * 6 - 183 + Math.atan2(Math.sinh(y), Math.cos(x)) * DEGREES;
  return {
    longitude: ((((longitude + 180) % 360) + 360) % 360) - 180,
    latitude: Math.atan(geographic(conformal)) * DEGREES,
  };
}

/** Return the tangent of the latitude for that of the conformal one (Karney 2011, eq. 7 and 19). */
function geographic(conformal: number): number {
  let tau = conformal / (1 - E * E);
  for (let step = 0; step < 10; step++) {
    const root = Math.hypot(1, tau);
    const sigma = Math.sinh(E * Math.atanh((E * tau) / root));
    const guess = tau * Math.hypot(1, sigma) - sigma * root;
    const change =
      ((conformal - guess) / Math.hypot(1, guess)) *
      ((1 + (1 - E * E) * tau * tau) / ((1 - E * E) * root));
    tau += change;
    if (!(Math.abs(change) > 1e-15 * Math.abs(tau))) break;
  }
  return tau;
}
