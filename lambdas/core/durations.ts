/** Instants as epoch ms inside the core, ISO 8601 UTC in the ledger; durations in seconds. */

/** Epoch ms of an instant of the ledger. */
export const instantMs = (iso: string): number => Date.parse(iso);

/** An instant for the ledger: `2026-11-23T03:47:00.000Z`. */
export const isoInstant = (ms: number): string => new Date(ms).toISOString();

/** An instant as people read it, to the second: `2026-11-23T03:47:00Z`. */
export const showInstant = (ms: number): string => isoInstant(ms).replace(/\.\d{3}Z$/, 'Z');

const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
];

/** A duration as people read it, in at most two units: `45 s`, `5 min`, `1 h 30 min`. Parts of a second are dropped. */
export function showSeconds(seconds: number): string {
  let rest = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
    else if (parts.length > 0) break;
  }
  return parts.length === 0 ? '0 s' : parts.slice(0, 2).join(' ');
}

/** How long ago something began, as people read it. */
export const showSince = (sinceMs: number, nowMs: number): string =>
  showSeconds((nowMs - sinceMs) / 1000);

/** The earliest of some instants; what is not known does not count. */
export function earliest(first: number, ...others: readonly (number | undefined)[]): number {
  return Math.min(first, ...others.filter((ms) => ms !== undefined));
}
