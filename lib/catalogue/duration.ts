/** The seconds of each unit that a duration in the catalogue may end in. */
const unitSeconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

export const durationPattern = /^\d+[smhd]$/;
export const durationExpected = 'a duration such as 90s, 10m, 2h or 1d';

const isUnit = (text: string): text is keyof typeof unitSeconds => text in unitSeconds;

/** The seconds of a duration, or `undefined` when the text is none. */
export function durationSeconds(text: string): number | undefined {
  const unit = text.slice(-1);
  return durationPattern.test(text) && isUnit(unit)
    ? Number(text.slice(0, -1)) * unitSeconds[unit]
    : undefined;
}

/** Of a definition that has passed all checks. */
export const secondsOr = (text: string | undefined, otherwise: number): number =>
  (text === undefined ? undefined : durationSeconds(text)) ?? otherwise;

/** The shortest way to write that many seconds: `600` is `10m`. */
export function durationText(seconds: number): string {
  for (const unit of ['d', 'h', 'm'] as const) {
    if (seconds > 0 && seconds % unitSeconds[unit] === 0) {
      return `${seconds / unitSeconds[unit]}${unit}`;
    }
  }
  return `${seconds}s`;
}
