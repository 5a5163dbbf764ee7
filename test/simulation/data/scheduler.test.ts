import { describe, expect, it } from 'vitest';
import type { DeadLetter, TargetCall } from '../../../simulator/aws/event-bridge-delivery.ts';
import { Scheduler } from '../../../simulator/aws/scheduler.ts';
import { compileSchedule } from '../../../simulator/aws/scheduler-expression.ts';
import type { ScheduleDefinition } from '../../../simulator/aws/scheduler-schedule.ts';
import { AwsError } from '../../../simulator/contract.ts';
import { makeWorld } from '../../../simulator/world.ts';
import { ask, place, refusal } from './asking.ts';

/** The minutes of a span at which a schedule is due, as UTC text. */
function dueIn(expression: string, from: string, hours: number, timezone?: string): string[] {
  const schedule = compileSchedule(expression, timezone);
  if (schedule.kind !== 'cron') throw new Error(schedule.kind);
  const found: string[] = [];
  const fromMs = Date.parse(from);
  for (let ms = fromMs; ms < fromMs + hours * 3_600_000; ms += 60_000) {
    if (!schedule.isDue(ms)) continue;
    expect(ms % schedule.grainMs).toBe(0);
    found.push(new Date(ms).toISOString().slice(0, 16));
  }
  return found;
}

describe('a schedule expression', () => {
  it.each<[string, string, number, string | undefined, string[]]>([
    [
      'cron(0 12 * * ? *)',
      '2026-11-23T00:00Z',
      48,
      undefined,
      ['2026-11-23T12:00', '2026-11-24T12:00'],
    ],
    [
      'cron(0/20 8-9 ? * MON *)',
      '2026-11-23T00:00Z',
      48,
      undefined,
      [
        '2026-11-23T08:00',
        '2026-11-23T08:20',
        '2026-11-23T08:40',
        '2026-11-23T09:00',
        '2026-11-23T09:20',
        '2026-11-23T09:40',
      ],
    ],
    [
      'cron(30 6 ? * 1,SAT *)',
      '2026-11-23T00:00Z',
      168,
      undefined,
      ['2026-11-28T06:30', '2026-11-29T06:30'],
    ],
    ['cron(0 0 L * ? *)', '2026-11-23T00:00Z', 24 * 14, undefined, ['2026-11-30T00:00']],
    ['cron(0 0 1W * ? *)', '2026-11-01T00:00Z', 24 * 5, undefined, ['2026-11-02T00:00']],
    ['cron(0 0 ? * 2#3 *)', '2026-11-01T00:00Z', 24 * 30, undefined, ['2026-11-16T00:00']],
    ['cron(0 0 ? * 6L *)', '2026-11-01T00:00Z', 24 * 30, undefined, ['2026-11-27T00:00']],
    ['cron(0 9 * * ? *)', '2026-11-23T00:00Z', 24, 'Europe/Berlin', ['2026-11-23T08:00']],
    ['cron(0 9 * * ? *)', '2026-07-23T00:00Z', 24, 'Europe/Berlin', ['2026-07-23T07:00']],
    ['cron(0 9 * * ? *)', '2026-07-23T00:00Z', 24, 'Asia/Kolkata', ['2026-07-23T03:30']],
    ['cron(0 0 1 1 ? 2030)', '2026-12-31T00:00Z', 48, undefined, []],
  ])('%s from %s for %i h in %s', (expression, from, hours, timezone, expected) => {
    expect(dueIn(expression, from, hours, timezone)).toEqual(expected);
  });

  it.each([
    'rate(1 minutes)',
    'rate(5 minute)',
    'rate(0 minutes)',
    'rate(5 weeks)',
    'cron(0 12 * * * *)',
    'cron(0 12 ? * ? *)',
    'cron(60 12 * * ? *)',
    'cron(0 12 * * ?)',
    'cron(0 12 5-3 * ? *)',
    'at(tomorrow)',
    '5 minutes',
  ])('%s is refused', (expression) => {
    expect(refusal(() => compileSchedule(expression))).toBe(
      'ValidationException: Parameter ScheduleExpression is not valid.',
    );
  });

  it('knows one-time instants in a time zone, and no zone that does not exist', () => {
    const berlin = compileSchedule('at(2026-07-01T12:00:00)', 'Europe/Berlin');
    expect(berlin).toEqual({ kind: 'at', atMs: Date.parse('2026-07-01T10:00:00Z') });
    expect(compileSchedule('rate(2 hours)')).toEqual({ kind: 'rate', everyMs: 7_200_000 });
    expect(refusal(() => compileSchedule('cron(0 12 * * ? *)', 'Mars/Olympus'))).toContain(
      'ValidationException',
    );
  });
});

const arn = 'arn:aws:lambda:eu-west-1:111122223333:function:f';

function aScheduler(error?: AwsError) {
  const startMs = Date.UTC(2026, 10, 23, 10, 0, 0);
  const world = makeWorld({ seed: 1, startMs });
  const calls: (TargetCall & { minute: number })[] = [];
  const letters: DeadLetter[] = [];
  const scheduler = new Scheduler({
    world,
    place,
    targets: {
      supports: (target) => target.startsWith('arn:'),
      deliver: async (call) => {
        calls.push({ ...call, minute: Math.floor((world.nowMs() - startMs) / 60_000) });
        if (error !== undefined) throw error;
      },
      deadLetter: (_, letter) => {
        letters.push(letter);
      },
    },
  });
  const definition = (more: Partial<ScheduleDefinition> = {}): ScheduleDefinition => ({
    Name: 'sweep',
    ScheduleExpression: 'rate(15 minutes)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: arn, RoleArn: 'arn:aws:iam::111122223333:role/s', Input: '{"x":1}' },
    ...more,
  });
  return { world, scheduler, calls, letters, definition };
}

describe('a schedule', () => {
  it('calls its target as its role, and keeps no world awake', async () => {
    const { world, scheduler, calls, definition } = aScheduler();
    scheduler.addSchedule(definition());
    expect(await world.run()).toMatchObject({ ended: 'rest', events: 0 });
    await world.advance(46 * 60_000);
    expect(calls.map(({ minute }) => minute)).toEqual([15, 30, 45]);
    expect(calls[0]).toMatchObject({
      arn,
      input: '{"x":1}',
      roleArn: 'arn:aws:iam::111122223333:role/s',
      principal: 'scheduler.amazonaws.com',
    });
  });

  it('happens once at its instant, and goes away when it should', async () => {
    const { world, scheduler, calls, definition } = aScheduler();
    scheduler.addSchedule(
      definition({
        ScheduleExpression: 'at(2026-11-23T10:20:00)',
        ActionAfterCompletion: 'DELETE',
      }),
    );
    await world.advance(3_600_000);
    expect(calls.map(({ minute }) => minute)).toEqual([20]);
    expect(ask(scheduler, 'ListSchedules', {}).Schedules).toEqual([]);
  });

  it('stays silent while it is disabled, before its start and after its end', async () => {
    const { world, scheduler, calls, definition } = aScheduler();
    scheduler.addSchedule(definition({ Name: 'off', State: 'DISABLED' }));
    const [StartDate, EndDate] = [
      new Date(Date.UTC(2026, 10, 23, 10, 20)),
      new Date(Date.UTC(2026, 10, 23, 10, 40)),
    ];
    scheduler.addSchedule(definition({ Name: 'span', StartDate, EndDate }));
    await world.advance(2 * 3_600_000);
    expect(calls.map(({ minute }) => minute)).toEqual([30]);
  });

  it('fills in what it knows of the invocation', async () => {
    const { world, scheduler, calls, definition } = aScheduler();
    const Input = '{"at":"<aws.scheduler.scheduled-time>","n":"<aws.scheduler.attempt-number>"}';
    scheduler.addSchedule(definition({ Target: { ...definition().Target!, Input } }));
    await world.advance(16 * 60_000);
    expect(calls[0]!.input).toBe('{"at":"2026-11-23T10:15:00Z","n":"1"}');
  });

  it('sends to its dead-letter queue what its target refuses', async () => {
    const { world, scheduler, letters, definition } = aScheduler(
      new AwsError('AccessDeniedException', 'no', 403),
    );
    const DeadLetterConfig = { Arn: 'arn:aws:sqs:eu-west-1:111122223333:dead' };
    scheduler.addSchedule(definition({ Target: { ...definition().Target!, DeadLetterConfig } }));
    await world.advance(16 * 60_000);
    expect(letters).toHaveLength(1);
    expect(letters[0]!.attributes).toMatchObject({
      ERROR_CODE: { StringValue: 'NO_PERMISSIONS' },
      SCHEDULE_ARN: {
        StringValue: 'arn:aws:scheduler:eu-west-1:111122223333:schedule/default/sweep',
      },
    });
  });

  it('can be made, read, changed and deleted by calls', async () => {
    const { world, scheduler, calls, definition } = aScheduler();
    const input = { ...definition(), ClientToken: 'once' };
    const { ScheduleArn } = ask(scheduler, 'CreateSchedule', input);
    expect(ask(scheduler, 'CreateSchedule', input).ScheduleArn).toBe(ScheduleArn);
    expect(refusal(() => ask(scheduler, 'CreateSchedule', definition()))).toBe(
      'ConflictException: Schedule sweep already exists.',
    );
    expect(ask(scheduler, 'GetSchedule', { Name: 'sweep' })).toMatchObject({
      Arn: ScheduleArn,
      State: 'ENABLED',
    });
    ask(scheduler, 'UpdateSchedule', definition({ ScheduleExpression: 'rate(40 minutes)' }));
    await world.advance(30 * 60_000);
    expect(calls).toEqual([]);
    ask(scheduler, 'DeleteSchedule', { Name: 'sweep' });
    await world.advance(24 * 3_600_000);
    expect(calls).toEqual([]);
    expect(refusal(() => ask(scheduler, 'GetSchedule', { Name: 'sweep' }))).toBe(
      'ResourceNotFoundException: Schedule sweep does not exist.',
    );
  });
});
