import { AwsError } from '../contract.ts';

/**
 * AWS's six-field cron: minutes, hours, day of month, month, day of week (1 is Sunday), year; exactly one of the two
 * days is `?`. Of the wildcards `L`, `W` and `#` are understood where the guide has them.
 * @see EventBridge User Guide, "Cron expressions".
 */

/** The parts of the wall clock at an instant. */
export interface WallTime {
  readonly minute: number;
  readonly hour: number;
  readonly dayOfMonth: number;
  /** 1 to 12. */
  readonly month: number;
  readonly year: number;
}
export type Clock = (instantMs: number) => WallTime;

type FieldTest = (time: WallTime) => boolean;

const MINUTE_MS = 60_000;
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

export function compileCron(
  content: string,
  clock: Clock,
  utc: boolean,
): { isDue: (minuteMs: number) => boolean; grainMs: number } {
  const fields = content.trim().split(/\s+/);
  const [minutes = '', hours = '', dayOfMonth = '', month = '', dayOfWeek = '', year = ''] = fields;
  if (fields.length !== 6 || (dayOfMonth === '?') === (dayOfWeek === '?')) throw invalidSchedule();
  const minuteSet = valuesOf(minutes, 0, 59, []);
  const hourSet = valuesOf(hours, 0, 23, []);
  const monthSet = valuesOf(month, 1, 12, MONTHS);
  const yearSet = valuesOf(year, 1970, 2199, []);
  const dayTest = dayOfMonth === '?' ? weekdayTest(dayOfWeek) : monthDayTest(dayOfMonth);
  const isDue = (minuteMs: number) => {
    const time = clock(minuteMs);
    return (
      minuteSet.has(time.minute) &&
      hourSet.has(time.hour) &&
      monthSet.has(time.month) &&
      yearSet.has(time.year) &&
      dayTest(time)
    );
  };
  return { isDue, grainMs: grainMs(minuteSet, hourSet, utc) };
}

/**
 * How rarely one needs to look. Offsets of time zones are multiples of 15 minutes, so that only in UTC more than
 * that can be told from the minutes and hours.
 */
function grainMs(minutes: ReadonlySet<number>, hours: ReadonlySet<number>, utc: boolean): number {
  const minuteGrain = [...minutes].reduce(divisor, 60);
  if (!utc) return divisor(minuteGrain, 15) * MINUTE_MS;
  if (minuteGrain < 60) return minuteGrain * MINUTE_MS;
  return [...hours].reduce(divisor, 24) * 60 * MINUTE_MS;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

/** `*`, `5`, `1,3`, `2-8`, `0/15`, `1-10/3` and names, as a set. */
function valuesOf(field: string, low: number, high: number, names: readonly string[]): Set<number> {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', step, ...rest] = part.split('/');
    const [from = '', to, ...more] = range.split('-');
    if (rest.length > 0 || more.length > 0) throw invalidSchedule();
    const first = range === '*' ? low : numberOf(from, low, names);
    const openEnd = range === '*' || (step !== undefined && to === undefined);
    const last = openEnd ? high : to === undefined ? first : numberOf(to, low, names);
    const by = step === undefined ? 1 : numberOf(step, 0, []);
    if (first < low || last > high || first > last || by < 1) throw invalidSchedule();
    for (let value = first; value <= last; value += by) values.add(value);
  }
  return values;
}

function numberOf(text: string, low: number, names: readonly string[]): number {
  const named = names.indexOf(text.toUpperCase());
  if (named !== -1) return named + low;
  if (!/^\d+$/.test(text)) throw invalidSchedule();
  return Number(text);
}

function monthDayTest(field: string): FieldTest {
  if (field === 'L') return (time) => time.dayOfMonth === lastDay(time);
  const nearest = /^(\d+)W$/.exec(field);
  if (nearest !== null) {
    const wanted = Number(nearest[1]);
    if (wanted < 1 || wanted > 31) throw invalidSchedule();
    return (time) => time.dayOfMonth === nearestWeekday(time, wanted);
  }
  const days = valuesOf(field, 1, 31, []);
  return ({ dayOfMonth }) => days.has(dayOfMonth);
}

function weekdayTest(field: string): FieldTest {
  if (field === 'L') return (time) => weekday(time) === 7;
  const last = /^(\w+)L$/.exec(field);
  if (last !== null) {
    const [wanted] = valuesOf(last[1] ?? '', 1, 7, DAYS);
    return (time) => weekday(time) === wanted && time.dayOfMonth > lastDay(time) - 7;
  }
  const nth = /^(\w+)#([1-5])$/.exec(field);
  if (nth !== null) {
    const [wanted] = valuesOf(nth[1] ?? '', 1, 7, DAYS);
    return (time) => weekday(time) === wanted && Math.ceil(time.dayOfMonth / 7) === Number(nth[2]);
  }
  const days = valuesOf(field, 1, 7, DAYS);
  return (time) => days.has(weekday(time));
}

/** 1 is Sunday. */
const weekday = ({ year, month, dayOfMonth }: WallTime) =>
  new Date(Date.UTC(year, month - 1, dayOfMonth)).getUTCDay() + 1;

const lastDay = ({ year, month }: WallTime) => new Date(Date.UTC(year, month, 0)).getUTCDate();

/** The weekday of this month that is nearest to a day of it. */
function nearestWeekday(time: WallTime, day: number): number {
  const last = lastDay(time);
  const wanted = Math.min(day, last);
  const onDay = weekday({ ...time, dayOfMonth: wanted });
  if (onDay === 7) return wanted > 1 ? wanted - 1 : wanted + 2;
  if (onDay === 1) return wanted < last ? wanted + 1 : wanted - 2;
  return wanted;
}

export const invalidSchedule = () =>
  new AwsError('ValidationException', 'Parameter ScheduleExpression is not valid.');
