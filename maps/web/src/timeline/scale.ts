/** Days along a line on which a year is as wide as it is eventful. */

import { type Day, dayNumber } from "../days";

/** Events of a year that count, and how many of them make it wider by one empty year. */
const MOST = 12;
const EACH = 4;

export class Scale {
  readonly #days: number[] = [];
  readonly #shares: number[] = [];

  constructor(first: Day, last: Day, events: Day[]) {
    const years: number[] = [];
    for (let year = Number(first.slice(0, 4)); year <= Number(last.slice(0, 4)); year += 1) {
      years.push(year);
    }
    const widths = years.map((year) => {
      const count = events.filter((day) => Number(day.slice(0, 4)) === year).length;
      return 1 + Math.min(count, MOST) / EACH;
    });
    const whole = widths.reduce((sum, width) => sum + width, 0);
    let passed = 0;
    years.forEach((year, index) => {
      this.#days.push(dayNumber(`${year}-01-01`));
      this.#shares.push(passed / whole);
      passed += widths[index] ?? 0;
    });
    this.#days.push(dayNumber(last));
    this.#shares.push(1);
  }

  /** Where a day lies, from 0 to 1. */
  share(day: number): number {
    return along(this.#days, this.#shares, day);
  }

  /** The day that lies there. */
  day(share: number): number {
    return Math.round(along(this.#shares, this.#days, share));
  }

  clamp(day: number): number {
    return Math.min(this.#days.at(-1) ?? day, Math.max(this.#days[0] ?? day, day));
  }
}

/** Read a broken line: its y at `x`, its ends beyond them. */
function along(xs: number[], ys: number[], x: number): number {
  const [x0, y0] = [xs[0] ?? 0, ys[0] ?? 0];
  if (x <= x0) return y0;
  const next = xs.findIndex((one) => one >= x);
  if (next < 0) return ys.at(-1) ?? 0;
  const [xa, xb, ya, yb] = [xs[next - 1] ?? 0, xs[next] ?? 0, ys[next - 1] ?? 0, ys[next] ?? 0];
  return ya + ((x - xa) / (xb - xa)) * (yb - ya);
}
