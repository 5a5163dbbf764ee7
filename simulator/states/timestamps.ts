/** Timestamps as the States Language takes them. Source: specification, "Timestamps" (RFC 3339, capital T and Z). */

const TIMESTAMP =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)$/;

/** Epoch milliseconds, or undefined for what is not an extended offset date-time. */
export function parseTimestamp(text: string): number | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = '00', fraction = '', zone = 'Z'] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0');
  const atMs = Date.parse(
    `${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}${zone}`,
  );
  if (Number.isNaN(atMs)) return undefined;
  // The engine's own calendar turns 30 February into March.
  const localDay = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate();
  return localDay === Number(day) ? atMs : undefined;
}

export const isoText = (atMs: number): string => new Date(atMs).toISOString();
