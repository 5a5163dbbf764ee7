/** The standard normal distribution, to about thirteen digits and without underflow up to 37 standard deviations. */

const DENSITY_AT_ZERO = 1 / Math.sqrt(2 * Math.PI);
/** Below it the power series is exact enough, from it on the continued fraction converges soon enough. */
const SERIES_BELOW = 2.5;
/** At 2.5, where it converges slowest, so many levels leave an error below 1e-15. */
const FRACTION_LEVELS = 100;
/** Past it a tail is smaller than the smallest number. */
const FARTHEST = 39;

const density = (z: number): number => DENSITY_AT_ZERO * Math.exp((-z * z) / 2);

/** Probability of a value above `z`, for z >= 0. @see https://dlmf.nist.gov/7.6 and https://dlmf.nist.gov/7.9 */
export function upperTail(z: number): number {
  if (z >= FARTHEST) return 0;
  if (z >= SERIES_BELOW) {
    let fraction = z;
    for (let level = FRACTION_LEVELS; level > 0; level -= 1) fraction = z + level / fraction;
    return density(z) / fraction;
  }
  let term = z;
  let sum = z;
  for (let odd = 3; term > sum * Number.EPSILON; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return 0.5 - density(z) * sum;
}

/** The z >= 0 above which lies `tail` of the distribution, for 0 < tail <= 0.5. By bisection, to the last digit. */
export function upperQuantile(tail: number): number {
  let low = 0;
  let high = FARTHEST;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return high;
    if (upperTail(middle) > tail) low = middle;
    else high = middle;
  }
}
