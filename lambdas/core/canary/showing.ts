/** Numbers as a reason tells them. */

/** Four figures are as many as a person compares. */
const FIGURES = 4;

export function short(value: number): string {
  const rounded = value.toPrecision(FIGURES);
  const number = Number(rounded);
  // The largest numbers are rounded past what is a number.
  return Number.isFinite(number) ? String(number) : rounded;
}

export const percent = (share: number): string => `${short(share * 100)} %`;

export const count = (number: number, what: string): string =>
  `${number} ${what}${number === 1 ? '' : 's'}`;
