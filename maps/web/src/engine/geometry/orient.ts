/** On which side of a line a point lies: exactly. */

const BOUND = 3.3306690738754716e-16; // (3 + 16 eps) eps: Shewchuk 1997, "Adaptive Precision"
const VIEW = new DataView(new ArrayBuffer(8));

/** Return a finite number as a whole multiple of 2 to the power of -1074. */
function whole(value: number): bigint {
  VIEW.setFloat64(0, value);
  const bits = VIEW.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & 0xfffffffffffffn;
  const size = exponent === 0n ? fraction : (fraction | 0x10000000000000n) << (exponent - 1n);
  return value < 0 ? -size : size;
}

/** Return 1 where c lies left of the line from a to b, -1 right of it, 0 on it. */
export function orientation(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  cx: number,
  cy: number,
): number {
  const left = (ax - cx) * (by - cy);
  const right = (ay - cy) * (bx - cx);
  const determinant = left - right;
  const bound = BOUND * (Math.abs(left) + Math.abs(right));
  if (determinant > bound) return 1;
  if (-determinant > bound) return -1;
  const [x, y] = [whole(cx), whole(cy)];
  const exact = (whole(ax) - x) * (whole(by) - y) - (whole(ay) - y) * (whole(bx) - x);
  return exact > 0n ? 1 : exact < 0n ? -1 : 0;
}
