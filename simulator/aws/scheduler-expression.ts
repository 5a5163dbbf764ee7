import { AwsError } from '../contract.ts';
import { type Clock, compileCron, invalidSchedule } from './scheduler-cron.ts';

/**
 * `rate(...)`, `cron(...)` and `at(...)`. @see EventBridge Scheduler User Guide, "Schedule types"; EventBridge User
 * Guide, "Setting a schedule pattern for scheduled rules".
 */

export type ScheduleExpression =
  | { readonly kind: 'rate'; readonly everyMs: number }
  | {
      readonly kind: 'cron';
      /** Whether the schedule is due in the minute that begins at this instant. */
      readonly isDue: (minuteMs: number) => boolean;
      /** A whole multiple of this is the only time when it can be due. */
      readonly grainMs: number;
    }
  | { readonly kind: 'at'; readonly atMs: number };

const MINUTE_MS = 60_000;
const UNITS: Readonly<Record<string, number>> = {
  minute: MINUTE_MS,
  hour: 60 * MINUTE_MS,
  day: 24 * 60 * MINUTE_MS,
};

/** @throws ValidationException */
export function compileSchedule(text: string, timezone = 'UTC'): ScheduleExpression {
  const [, kind, content = ''] = /^(rate|cron|at)\((.+)\)$/.exec(text) ?? [];
  switch (kind) {
    case 'rate':
      return compileRate(content);
    case 'cron':
      return { kind, ...compileCron(content, clockOf(timezone), timezone === 'UTC') };
    case 'at':
      return { kind, atMs: compileAt(content, timezone) };
    default:
      throw invalidSchedule();
  }
}

/** A rate of one takes the singular, any other the plural. */
function compileRate(content: string): ScheduleExpression {
  const [, count = '', unit = '', plural] = /^(\d+) (minute|hour|day)(s?)$/.exec(content) ?? [];
  const value = Number(count);
  const everyMs = value * (UNITS[unit] ?? 0);
  if (everyMs === 0 || (value === 1) !== (plural === '')) throw invalidSchedule();
  return { kind: 'rate', everyMs };
}

function compileAt(content: string, timezone: string): number {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(content)) throw invalidSchedule();
  const asUtcMs = Date.parse(`${content}Z`);
  if (Number.isNaN(asUtcMs)) throw invalidSchedule();
  const clock = clockOf(timezone);
  // The offset at the guess may differ from the one at the instant itself, next to a change of the clocks.
  const guessMs = asUtcMs - offsetMs(clock, asUtcMs);
  return asUtcMs - offsetMs(clock, guessMs);
}

function clockOf(timezone: string): Clock {
  if (timezone === 'UTC') return utcTime;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
  } catch {
    throw new AwsError('ValidationException', `Invalid Schedule Expression Timezone ${timezone}.`);
  }
  return (instantMs) => {
    const parts = new Map(format.formatToParts(instantMs).map(({ type, value }) => [type, value]));
    const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
    return {
      minute: part('minute'),
      hour: part('hour'),
      dayOfMonth: part('day'),
      month: part('month'),
      year: part('year'),
    };
  };
}

const utcTime: Clock = (instantMs) => {
  const date = new Date(instantMs);
  return {
    minute: date.getUTCMinutes(),
    hour: date.getUTCHours(),
    dayOfMonth: date.getUTCDate(),
    month: date.getUTCMonth() + 1,
    year: date.getUTCFullYear(),
  };
};

function offsetMs(clock: Clock, instantMs: number): number {
  const { year, month, dayOfMonth, hour, minute } = clock(instantMs);
  const wallMs = Date.UTC(year, month - 1, dayOfMonth, hour, minute);
  return wallMs - Math.floor(instantMs / MINUTE_MS) * MINUTE_MS;
}
