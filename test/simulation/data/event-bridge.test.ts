import { describe, expect, it } from 'vitest';
import { EventBridge } from '../../../simulator/aws/event-bridge.ts';
import type {
  DeadLetter,
  TargetCall,
  Targets,
} from '../../../simulator/aws/event-bridge-delivery.ts';
import type { RuleDefinition } from '../../../simulator/aws/event-bridge-rules.ts';
import { AwsError } from '../../../simulator/contract.ts';
import { makeWorld, type TraceLine } from '../../../simulator/world.ts';
import { ask, place, refusal } from './asking.ts';

const fn = 'arn:aws:lambda:eu-west-1:111122223333:function:wake';
const dlq = 'arn:aws:sqs:eu-west-1:111122223333:dead';
const ruleArn = 'arn:aws:events:eu-west-1:111122223333:rule/wakes';

function aBus(refuse: (attempt: number) => AwsError | undefined = () => undefined, seed = 3) {
  const startMs = Date.UTC(2026, 10, 23, 10, 0, 30);
  const lines: TraceLine[] = [];
  const world = makeWorld({ seed, startMs, trace: (line) => lines.push(line) });
  const calls: (TargetCall & { atMs: number })[] = [];
  const letters: DeadLetter[] = [];
  const targets: Targets = {
    supports: (arn) => arn.includes(':lambda:'),
    deliver: async (call) => {
      calls.push({ ...call, atMs: world.nowMs() - startMs });
      const error = refuse(calls.length);
      if (error !== undefined) throw error;
    },
    deadLetter: (_, letter) => {
      letters.push(letter);
    },
  };
  const bus = new EventBridge({ world, place, targets });
  const rule = (definition: Partial<RuleDefinition> = {}) =>
    bus.addRule({
      name: 'wakes',
      eventPattern: { source: ['aws.autoscaling', 'aws.cloudwatch'] },
      targets: [{ Id: 'one', Arn: fn, DeadLetterConfig: { Arn: dlq } }],
      ...definition,
    });
  const emit = (source = 'aws.autoscaling') =>
    bus.emit({
      source,
      detailType: 'T',
      resources: ['r'],
      detail: { a: '1', n: 2, q: 'say "hi"' },
    });
  const events = () => lines.filter((line) => line.kind === 'event');
  return { world, bus, rule, emit, calls, letters, events, lines };
}

describe('an event', () => {
  it('reaches the targets of the rules that match it, within a second, in an envelope', async () => {
    const { world, rule, emit, calls, events } = aBus();
    rule();
    rule({ name: 'other', eventPattern: { source: ['aws.ec2'] } });
    emit();
    await world.run();
    expect(calls).toHaveLength(1);
    expect(calls[0]!.atMs).toBeGreaterThanOrEqual(100);
    expect(calls[0]!.atMs).toBeLessThanOrEqual(900);
    expect(JSON.parse(calls[0]!.input)).toEqual({
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': 'T',
      source: 'aws.autoscaling',
      account: place.accountId,
      time: '2026-11-23T10:00:30Z',
      region: place.region,
      resources: ['r'],
      detail: { a: '1', n: 2, q: 'say "hi"' },
    });
    expect(events()).toMatchObject([{ source: 'aws.autoscaling', delivered: [fn] }]);
  });

  it('is traced when nobody takes it, or the rule is disabled', async () => {
    const { world, bus, rule, emit, calls, events } = aBus();
    rule();
    ask(bus, 'DisableRule', { Name: 'wakes' });
    emit();
    await world.run();
    expect(calls).toEqual([]);
    expect(events()).toMatchObject([{ delivered: [] }]);
    ask(bus, 'EnableRule', { Name: 'wakes' });
    emit();
    await world.run();
    expect(calls).toHaveLength(1);
  });

  it('may be lost from a best-effort source, never from a durable one', async () => {
    const { world, bus, rule, emit, calls } = aBus();
    rule();
    bus.setDisturbance(() => 'lose');
    emit('aws.autoscaling');
    emit('aws.cloudwatch');
    await world.run();
    expect(calls.map(({ input }) => JSON.parse(input).source)).toEqual(['aws.cloudwatch']);
  });

  it('comes twice with one id, or late, when it is disturbed so', async () => {
    const { world, bus, rule, emit, calls } = aBus();
    rule();
    bus.setDisturbance(() => 'double');
    emit();
    await world.run();
    expect(calls).toHaveLength(2);
    expect(calls[0]!.input).toBe(calls[1]!.input);
    const before = world.nowMs();
    bus.setDisturbance(() => ({ delayMs: 60_000 }));
    emit();
    await world.run();
    expect(world.nowMs() - before).toBeGreaterThanOrEqual(60_100);
  });
});

describe('a target that does not accept', () => {
  const attribute = (letter: DeadLetter | undefined, name: string) =>
    letter?.attributes[name]?.StringValue;

  it.each([
    [new AwsError('AccessDenied', 'no', 403), 'NO_PERMISSIONS'],
    [new AwsError('ResourceNotFoundException', 'gone', 404), 'NO_RESOURCE'],
    [new AwsError('QueueDoesNotExist', 'gone'), 'NO_RESOURCE'],
    [new AwsError('AssumeRoleFailed', 'no', 403), 'FAILED_TO_ASSUME_ROLE'],
    [new AwsError('INVALID_JSON', 'no'), 'INVALID_JSON'],
  ])('%s: %s goes to the dead-letter queue at once', async (error, code) => {
    const { world, rule, emit, calls, letters, events } = aBus(() => error);
    rule();
    emit();
    await world.run();
    expect(calls).toHaveLength(1);
    expect(letters).toHaveLength(1);
    expect(attribute(letters[0], 'ERROR_CODE')).toBe(code);
    expect(attribute(letters[0], 'RULE_ARN')).toBe(ruleArn);
    expect(attribute(letters[0], 'TARGET_ARN')).toBe(fn);
    expect(attribute(letters[0], 'RETRY_ATTEMPTS')).toBe('0');
    expect(attribute(letters[0], 'EXHAUSTED_RETRY_CONDITION')).toBeUndefined();
    expect(JSON.parse(letters[0]!.body)).toMatchObject({ source: 'aws.autoscaling' });
    expect(events()).toMatchObject([{ delivered: [] }]);
  });

  const throttled = new AwsError('TooManyRequestsException', 'slow down', 429);

  it('is tried again with back-off while it is throttled', async () => {
    const { world, rule, emit, calls, letters } = aBus((attempt) =>
      attempt < 4 ? throttled : undefined,
    );
    rule();
    emit();
    await world.run();
    const gaps = calls.slice(1).map(({ atMs }, i) => atMs - calls[i]!.atMs);
    expect(gaps).toHaveLength(3);
    gaps.forEach((gap, i) => {
      expect(gap).toBeGreaterThanOrEqual(500 * 2 ** i);
      expect(gap).toBeLessThanOrEqual(1_000 * 2 ** i);
    });
    expect(letters).toEqual([]);
  });

  it.each([
    [{ MaximumRetryAttempts: 2 }, 3, 'MaximumRetryAttempts'],
    [{ MaximumRetryAttempts: 0 }, 1, 'MaximumRetryAttempts'],
    [{ MaximumEventAgeInSeconds: 60 }, undefined, 'MaximumEventAgeInSeconds'],
  ])('is given up after %j', async (RetryPolicy, attempts, condition) => {
    const { world, rule, emit, calls, letters } = aBus(() => throttled);
    rule({ targets: [{ Id: 'one', Arn: fn, DeadLetterConfig: { Arn: dlq }, RetryPolicy }] });
    emit();
    await world.run();
    if (attempts !== undefined) expect(calls).toHaveLength(attempts);
    expect(calls.at(-1)!.atMs).toBeLessThanOrEqual(60_900);
    expect(attribute(letters[0], 'EXHAUSTED_RETRY_CONDITION')).toBe(condition);
    expect(attribute(letters[0], 'RETRY_ATTEMPTS')).toBe(String(calls.length - 1));
    expect(attribute(letters[0], 'ERROR_CODE')).toBe('THROTTLING');
  });

  it('loses the event where there is no queue for it, and the trace says so', async () => {
    const { world, rule, emit, lines } = aBus(() => new AwsError('AccessDenied', 'no', 403));
    rule({ targets: [{ Id: 'one', Arn: fn }] });
    emit();
    await world.run();
    expect(lines).toContainEqual(
      expect.objectContaining({ kind: 'world', message: expect.stringContaining('is lost') }),
    );
  });
});

describe('the input of a target', () => {
  const input = async (target: object) => {
    const { world, rule, emit, calls } = aBus();
    rule({ targets: [{ Id: 'one', Arn: fn, ...target }] });
    emit();
    await world.run();
    return calls[0]!.input;
  };
  const transformer = (
    InputTemplate: string,
    InputPathsMap = {
      a: '$.detail.a',
      n: '$.detail.n',
      q: '$.detail.q',
      r: '$.resources[0]',
      d: '$.detail',
      none: '$.detail.none',
    },
  ) => ({
    InputTransformer: { InputTemplate, InputPathsMap },
  });

  it.each([
    ['a constant', { Input: '{"x":1}' }, '{"x":1}'],
    ['a part', { InputPath: '$.detail.n' }, '2'],
    [
      'values outside of quotes, as JSON',
      transformer('{"a":<a>,"n":<n>,"r":<r>}'),
      '{"a":"1","n":2,"r":"r"}',
    ],
    [
      'values inside of quotes, as text',
      transformer('{"t":"<a> and <q>"}'),
      '{"t":"1 and say \\"hi\\""}',
    ],
    ['objects', transformer('{"d":<d>}'), '{"d":{"a":"1","n":2,"q":"say \\"hi\\""}}'],
    ['a text', transformer('"n is <n>"'), '"n is 2"'],
    ['the rule', transformer('{"rule":"<aws.events.rule-name>"}'), '{"rule":"wakes"}'],
    ['nothing for a path that leads nowhere', transformer('{"x":"<none>"}'), '{"x":""}'],
  ])('is %s', async (_, target, expected) => {
    expect(await input(target)).toBe(expected);
  });

  it.each([
    [{ Input: '{' }, 'JSON syntax error in input.'],
    [
      { Input: '1', InputPath: '$.a' },
      'Only one of Input, InputPath, or InputTransformer must be provided.',
    ],
    [{ InputPath: '$..a' }, 'Invalid path $..a: only dot notation from $ is supported.'],
    [
      transformer('{"x":<y>}'),
      'Invalid InputTemplate for target : [Placeholder y is not defined in InputPathsMap.].',
    ],
  ])('is refused: %j', (target, message) => {
    const { rule } = aBus();
    expect(refusal(() => rule({ targets: [{ Id: 'one', Arn: fn, ...target }] }))).toBe(
      `ValidationException: ${message}`,
    );
  });
});

describe('rules', () => {
  it('fire by their schedule, in the background', async () => {
    const { world, rule, calls } = aBus();
    rule({ eventPattern: undefined, scheduleExpression: 'rate(5 minutes)' });
    rule({ name: 'daily', eventPattern: undefined, scheduleExpression: 'cron(15 10 * * ? *)' });
    expect(await world.run()).toMatchObject({ ended: 'rest', events: 0 });
    await world.advance(16 * 60_000);
    expect(calls.map(({ input }) => JSON.parse(input).time.slice(11, 16))).toEqual([
      '10:05',
      '10:10',
      '10:15',
      '10:15',
    ]);
    expect(JSON.parse(calls[0]!.input)).toMatchObject({
      source: 'aws.events',
      'detail-type': 'Scheduled Event',
      resources: [ruleArn],
      detail: {},
    });
  });

  it('can be made, read, listed and deleted by calls', () => {
    const { bus } = aBus();
    ask(bus, 'PutRule', { Name: 'r', EventPattern: '{"source":["x"]}' });
    ask(bus, 'PutTargets', { Rule: 'r', Targets: [{ Id: 't', Arn: fn }] });
    expect(ask(bus, 'DescribeRule', { Name: 'r' })).toMatchObject({
      State: 'ENABLED',
      EventPattern: '{"source":["x"]}',
    });
    expect(ask(bus, 'ListRules', { NamePrefix: 'r' }).Rules).toHaveLength(1);
    expect(ask(bus, 'ListTargetsByRule', { Rule: 'r' }).Targets).toEqual([{ Id: 't', Arn: fn }]);
    expect(refusal(() => ask(bus, 'DeleteRule', { Name: 'r' }))).toBe(
      "ValidationException: Rule can't be deleted since it has targets.",
    );
    ask(bus, 'RemoveTargets', { Rule: 'r', Ids: ['t'] });
    ask(bus, 'DeleteRule', { Name: 'r' });
    expect(refusal(() => ask(bus, 'DescribeRule', { Name: 'r' }))).toBe(
      'ResourceNotFoundException: Rule r does not exist on EventBus default.',
    );
  });

  it('have at most five targets, and need a pattern or a schedule', () => {
    const { bus, rule } = aBus();
    const targets = Array.from({ length: 6 }, (_, i) => ({ Id: String(i), Arn: fn }));
    expect(refusal(() => rule({ targets }))).toContain('LimitExceededException');
    expect(refusal(() => rule({ targets: targets.slice(1) }))).toBe('accepted');
    expect(refusal(() => ask(bus, 'PutRule', { Name: 'x' }))).toBe(
      'ValidationException: Parameter(s) EventPattern or ScheduleExpression must be specified.',
    );
  });
});

describe('PutEvents', () => {
  const entry = { Source: 'kiln', DetailType: 'T', Detail: '{"a":1}' };

  it('takes what is well formed and says for each entry what is not', async () => {
    const { world, bus, rule, calls } = aBus();
    rule({ eventPattern: { source: ['kiln'] } });
    const answer = ask(bus, 'PutEvents', {
      Entries: [
        entry,
        { ...entry, Source: undefined },
        { ...entry, Detail: '[]' },
        { ...entry, Source: 'aws.ec2' },
      ],
    });
    expect(answer.FailedEntryCount).toBe(3);
    expect(answer.Entries!.map((each) => ('ErrorCode' in each ? each.ErrorCode : 'ok'))).toEqual([
      'ok',
      'InvalidArgument',
      'MalformedDetail',
      'NotAuthorizedForSourceException',
    ]);
    await world.run();
    expect(calls).toHaveLength(1);
  });

  it('takes 1 to 10 entries of 256 KB together', () => {
    const { bus } = aBus();
    const put = (Entries: object[]) => refusal(() => ask(bus, 'PutEvents', { Entries }));
    expect(put([])).toContain('ValidationException');
    expect(put(Array(11).fill(entry))).toContain('ValidationException');
    expect(put(Array(10).fill(entry))).toBe('accepted');
    expect(put([{ ...entry, Detail: JSON.stringify({ x: 'y'.repeat(256 * 1024) }) }])).toContain(
      'over the limit',
    );
  });
});
