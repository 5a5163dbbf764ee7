import type {
  DescribeAlarmsOutput,
  GetMetricDataOutput,
  StateValue,
} from '@aws-sdk/client-cloudwatch';
import { describe, expect, it } from 'vitest';
import { type AlarmRuleset, evaluateAlarm } from '../../../simulator/aws/cloudwatch-evaluation.ts';
import { parseMetricMath } from '../../../simulator/aws/cloudwatch-math.ts';
import { holds, parseAlarmRule } from '../../../simulator/aws/cloudwatch-rule.ts';
import { errorOf, Fleet, makeAccount, putErrorAlarm, START_MS, sick } from './account.ts';

const points = (pattern: string) =>
  pattern.split(' ').map((mark) => (mark === '-' ? undefined : mark === 'X' ? 1 : 0));

const rules = (m: number, treatMissingData: AlarmRuleset['treatMissingData']): AlarmRuleset => ({
  evaluationPeriods: 3,
  datapointsToAlarm: m,
  comparison: 'GreaterThanThreshold',
  threshold: 0.5,
  treatMissingData,
});

describe('missing data, as the tables of the CloudWatch guide have it', () => {
  const A = 'ALARM';
  const O = 'OK';
  const I = 'INSUFFICIENT_DATA';
  const retain = 'retain';
  it.each([
    { m: 3, pattern: '0 - X - X', missing: O, ignore: O, breaching: O, notBreaching: O },
    { m: 3, pattern: '0 - - - -', missing: O, ignore: O, breaching: O, notBreaching: O },
    { m: 3, pattern: '- - - - -', missing: I, ignore: retain, breaching: A, notBreaching: O },
    { m: 3, pattern: '0 X X - X', missing: A, ignore: A, breaching: A, notBreaching: A },
    { m: 3, pattern: '- - X - -', missing: A, ignore: retain, breaching: A, notBreaching: O },
    { m: 2, pattern: '0 - X - X', missing: A, ignore: A, breaching: A, notBreaching: A },
    { m: 2, pattern: '0 0 X 0 X', missing: A, ignore: A, breaching: A, notBreaching: A },
    { m: 2, pattern: '0 - X - -', missing: O, ignore: O, breaching: A, notBreaching: O },
    { m: 2, pattern: '- - - - 0', missing: O, ignore: O, breaching: A, notBreaching: O },
    { m: 2, pattern: '- - - X -', missing: A, ignore: retain, breaching: A, notBreaching: O },
    { m: 2, pattern: '- - - - X', missing: O, ignore: retain, breaching: A, notBreaching: O },
  ])('$m of 3 over $pattern', ({ m, pattern, ...expected }) => {
    for (const treatment of ['missing', 'ignore', 'breaching', 'notBreaching'] as const)
      for (const current of ['OK', 'ALARM'] satisfies StateValue[]) {
        const wanted = expected[treatment] === retain ? current : expected[treatment];
        const { state } = evaluateAlarm(points(pattern), rules(m, treatment), current);
        expect([treatment, current, state]).toEqual([treatment, current, wanted]);
      }
  });

  it.each([
    ['GreaterThanThreshold', 5, 'OK'],
    ['GreaterThanOrEqualToThreshold', 5, 'ALARM'],
    ['LessThanThreshold', 5, 'OK'],
    ['LessThanOrEqualToThreshold', 5, 'ALARM'],
    ['GreaterThanThreshold', 6, 'ALARM'],
    ['LessThanThreshold', 4, 'ALARM'],
  ] as const)('%s of 5 is %s: %s', (comparison, value, state) => {
    const one = { ...rules(1, 'missing'), evaluationPeriods: 1, threshold: 5, comparison };
    expect(evaluateAlarm([value], one, 'INSUFFICIENT_DATA').state).toBe(state);
  });

  it('shows the numbers in the reason', () => {
    expect(evaluateAlarm(points('0 X X - X'), rules(3, 'missing'), 'OK').reason()).toBe(
      'Threshold Crossed: 3 out of the last 3 datapoints [1, 1, 1] were greater than the threshold (0.5) (minimum 3 datapoints for OK -> ALARM transition).',
    );
  });
});

describe('an alarm on a fleet', () => {
  it('goes from no data to OK to ALARM by what the instances emit, with an event each', async () => {
    const account = makeAccount();
    putErrorAlarm(account, 'web-errors', { AlarmDescription: 'errors' });
    expect(account.cloudWatch.stateOf('web-errors')).toBe('INSUFFICIENT_DATA');
    const fleet = await Fleet.make(account, { size: 4, behaviour: sick });
    expect(account.cloudWatch.stateOf('web-errors')).toBe('OK');
    fleet.start({ CheckpointPercentages: [25, 100], MinHealthyPercentage: 75 });
    await account.minutes(12);
    expect(account.cloudWatch.stateOf('web-errors')).toBe('ALARM');
    const changes = account.events.filter(({ source }) => source === 'aws.cloudwatch');
    expect(
      changes.map(({ detail }) => (detail as { state: { value: string } }).state.value),
    ).toEqual(['OK', 'ALARM']);
    expect(changes[1]).toMatchObject({
      detailType: 'CloudWatch Alarm State Change',
      resources: ['arn:aws:cloudwatch:eu-west-1:111122223333:alarm:web-errors'],
      detail: {
        alarmName: 'web-errors',
        configuration: {
          description: 'errors',
          metrics: [
            {
              id: 'm1',
              metricStat: {
                metric: {
                  namespace: 'Fleet',
                  name: 'ErrorRate',
                  dimensions: { AutoScalingGroupName: 'web' },
                },
                period: 60,
                stat: 'Average',
              },
              returnData: true,
            },
          ],
        },
        previousState: { value: 'OK' },
        state: {
          value: 'ALARM',
          reason: expect.stringContaining('[12.5, 12.5]'),
          reasonData: expect.stringContaining('"threshold":2'),
          timestamp: expect.stringMatching(/^2026-11-23T10:\d\d:00\.000\+0000$/),
        },
      },
    });
  });

  it('tells new from old instances by image, even for an image that comes later', async () => {
    const account = makeAccount();
    const fleet = await Fleet.make(account, { size: 4, behaviour: sick });
    const ofImage = (ImageId: string) => ({
      Dimensions: [
        { Name: 'ImageId', Value: ImageId },
        { Name: 'AutoScalingGroupName', Value: 'web' },
      ],
    });
    putErrorAlarm(account, 'old', ofImage(fleet.oldImage));
    putErrorAlarm(account, 'new', ofImage(fleet.newImage));
    fleet.start({ CheckpointPercentages: [25, 100], MinHealthyPercentage: 75 });
    await account.minutes(12);
    expect([account.cloudWatch.stateOf('old'), account.cloudWatch.stateOf('new')]).toEqual([
      'OK',
      'ALARM',
    ]);
  });

  it('can read a ratio of two metrics', async () => {
    const account = makeAccount();
    const stat = (Id: string, MetricName: string) => ({
      Id,
      ReturnData: false,
      MetricStat: {
        Metric: {
          Namespace: 'Fleet',
          MetricName,
          Dimensions: [{ Name: 'AutoScalingGroupName', Value: 'web' }],
        },
        Period: 60,
        Stat: 'Sum',
      },
    });
    account.call(account.cloudWatch, 'PutMetricAlarm', {
      AlarmName: 'ratio',
      Metrics: [
        { Id: 'ratio', Expression: '100 * errors / FILL(requests, 1)', ReturnData: true },
        stat('errors', 'Errors'),
        stat('requests', 'Requests'),
      ],
      EvaluationPeriods: 1,
      Threshold: 10,
      ComparisonOperator: 'GreaterThanThreshold',
    });
    const fleet = await Fleet.make(account, { size: 4, behaviour: sick });
    expect(account.cloudWatch.stateOf('ratio')).toBe('OK');
    fleet.start({ MinHealthyPercentage: 50 });
    await account.minutes(15);
    expect(account.cloudWatch.stateOf('ratio')).toBe('ALARM');
  });

  it('counts healthy hosts of a target group', async () => {
    const account = makeAccount();
    const arn = account.elb.addTargetGroup({ name: 'web' });
    const [counts] = account.elb.hostCounts();
    putErrorAlarm(account, 'hosts', {
      Namespace: 'AWS/ApplicationELB',
      MetricName: 'HealthyHostCount',
      Dimensions: Object.entries(counts!.dimensions).map(([Name, Value]) => ({ Name, Value })),
      ComparisonOperator: 'LessThanThreshold',
    });
    await Fleet.make(account, { size: 3, group: { TargetGroupARNs: [arn] } });
    expect(account.cloudWatch.stateOf('hosts')).toBe('OK');
    account.call(account.autoScaling, 'SetDesiredCapacity', {
      AutoScalingGroupName: 'web',
      DesiredCapacity: 1,
    });
    await account.minutes(4);
    expect(account.cloudWatch.stateOf('hosts')).toBe('ALARM');
  });

  it.each([
    [{ EvaluationPeriods: 0 }, 'EvaluationPeriods'],
    [{ DatapointsToAlarm: 3 }, 'DatapointsToAlarm'],
    [{ ComparisonOperator: 'GreaterThanUpperThreshold' }, 'GreaterThanUpperThreshold'],
    [{ TreatMissingData: 'forget' }, 'forget'],
    [{ Period: 90 }, 'Period 90'],
    [{ Statistic: undefined, ExtendedStatistic: 'tm99' }, 'tm99'],
    [{ Period: 86_400 }, 'more than a day'],
  ])('is refused: %o', (patch, says) => {
    const error = errorOf(() => putErrorAlarm(makeAccount(), 'x', patch));
    expect(error).toEqual({ name: 'ValidationError', message: expect.stringContaining(says) });
  });
});

describe('composite alarms', () => {
  it.each([
    ['ALARM(a)', true],
    ['ALARM("b")', false],
    ['NOT ALARM("b") AND OK(b)', true],
    ['ALARM(b) OR (ALARM(a) AND INSUFFICIENT_DATA(c))', true],
    ['NOT (ALARM(a) OR FALSE)', false],
    ['ALARM(arn:aws:cloudwatch:eu-west-1:1:alarm:a)', true],
  ])('%s holds: %s', (rule, expected) => {
    const states: Record<string, StateValue> = { a: 'ALARM', b: 'OK', c: 'INSUFFICIENT_DATA' };
    expect(holds(parseAlarmRule(rule), (name) => states[name]!)).toBe(expected);
  });

  it.each(['', 'ALARM(a) AND', 'MAYBE(a)', '(ALARM(a)', 'ALARM(a) ALARM(b)'])(
    '%j cannot be read',
    (rule) => {
      expect(errorOf(() => parseAlarmRule(rule)).name).toBe('ValidationError');
    },
  );

  it('follow their children and are described only when asked for', async () => {
    const account = makeAccount();
    const { cloudWatch } = account;
    putErrorAlarm(account);
    const fleet = await Fleet.make(account, { size: 2, behaviour: sick });
    account.call(cloudWatch, 'PutCompositeAlarm', {
      AlarmName: 'any',
      AlarmRule: 'ALARM("web-errors")',
    });
    expect(cloudWatch.stateOf('any')).toBe('OK');
    fleet.start({ MinHealthyPercentage: 0 });
    await account.minutes(12);
    expect(cloudWatch.stateOf('any')).toBe('ALARM');
    const changes = account.events.filter(({ resources }) => resources[0]?.endsWith(':any'));
    expect(changes.at(-1)!.detail).toMatchObject({
      configuration: { alarmRule: 'ALARM("web-errors")' },
      state: { value: 'ALARM' },
    });
    const describeAlarms = (input: object) =>
      account.call<DescribeAlarmsOutput>(cloudWatch, 'DescribeAlarms', input);
    expect(describeAlarms({}).CompositeAlarms).toEqual([]);
    expect(describeAlarms({ AlarmTypes: ['CompositeAlarm'] })).toMatchObject({
      MetricAlarms: [],
      CompositeAlarms: [{ AlarmName: 'any', StateValue: 'ALARM' }],
    });
    const missing = { AlarmName: 'y', AlarmRule: 'ALARM(none)' };
    expect(errorOf(() => account.call(cloudWatch, 'PutCompositeAlarm', missing)).message).toContain(
      'none',
    );
  });
});

describe('DescribeAlarms', () => {
  it('finds by name and prefix, in pages, and asks for a permission on each alarm or on all', () => {
    const account = makeAccount();
    for (let index = 10; index < 70; index += 1) putErrorAlarm(account, `web-${index}`);
    putErrorAlarm(account, 'api-1');
    const describeAlarms = (input: object) => {
      const answer = account.call<DescribeAlarmsOutput>(
        account.cloudWatch,
        'DescribeAlarms',
        input,
      );
      return {
        names: (answer.MetricAlarms ?? []).map(({ AlarmName }) => AlarmName),
        next: answer.NextToken,
      };
    };
    const first = describeAlarms({ AlarmNamePrefix: 'web-' });
    const second = describeAlarms({ AlarmNamePrefix: 'web-', NextToken: first.next });
    expect([first.names.length, second.names.length, second.next]).toEqual([50, 10, undefined]);
    expect(describeAlarms({ AlarmNames: ['api-1', 'none'] }).names).toEqual(['api-1']);
    const many = Array.from({ length: 101 }, (_, index) => `n${index}`);
    expect(errorOf(() => describeAlarms({ AlarmNames: many })).name).toBe('ValidationError');
    const { authorize } = account.cloudWatch.operations['DescribeAlarms']!;
    const resources = (input: object) =>
      authorize(input as never, undefined as never).map(({ resource }) => resource);
    expect(resources({ AlarmNames: ['api-1'] })).toEqual([
      'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:api-1',
    ]);
    expect(
      resources({ AlarmNames: ['api-1'], AlarmTypes: ['CompositeAlarm', 'MetricAlarm'] }),
    ).toEqual(['*']);
  });
});

describe('metrics', () => {
  it('are answered by period, end exclusive, newest first unless asked otherwise', () => {
    const account = makeAccount();
    const put = (minute: number, Value: number) =>
      account.call(account.cloudWatch, 'PutMetricData', {
        Namespace: 'App',
        MetricData: [{ MetricName: 'M', Value, Timestamp: new Date(START_MS + minute * 60_000) }],
      });
    for (const [minute, value] of [3, 5, 8, 100].entries()) put(minute, value);
    const get = (Stat: string, Period = 120, more: object = {}) =>
      account.call<GetMetricDataOutput>(account.cloudWatch, 'GetMetricData', {
        MetricDataQueries: [
          { Id: 'm', MetricStat: { Metric: { Namespace: 'App', MetricName: 'M' }, Period, Stat } },
        ],
        StartTime: new Date(START_MS),
        EndTime: new Date(START_MS + 180_000),
        ...more,
      }).MetricDataResults![0]!.Values;
    expect(get('Sum', 60)).toEqual([8, 5, 3]);
    expect(get('Average')).toEqual([54, 4]);
    expect(get('Maximum', 120, { ScanBy: 'TimestampAscending' })).toEqual([5, 100]);
    expect(get('p50', 60)).toEqual([8, 5, 3]);
    expect(errorOf(() => get('tm99')).name).toBe('ValidationError');
  });

  it('of services are kept only where an alarm or keepMetrics asks for them', async () => {
    const query = {
      MetricDataQueries: [
        {
          Id: 'm',
          MetricStat: {
            Metric: {
              Namespace: 'Fleet',
              MetricName: 'Requests',
              Dimensions: [{ Name: 'AutoScalingGroupName', Value: 'web' }],
            },
            Period: 60,
            Stat: 'SampleCount',
          },
        },
      ],
      StartTime: new Date(START_MS),
      EndTime: new Date(START_MS + 600_000),
    };
    for (const keep of [false, true]) {
      const account = makeAccount();
      account.cloudWatch.keepMetrics(keep);
      // An alarm on another metric of the same dimensions keeps that one only.
      putErrorAlarm(account);
      await Fleet.make(account, { size: 3 });
      const answer = account.call<GetMetricDataOutput>(account.cloudWatch, 'GetMetricData', query);
      expect(answer.MetricDataResults![0]!.Values!.includes(3)).toBe(keep);
    }
  });

  it.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3 - -1', 10],
    ['a / b', 2],
    ['a / 0', undefined],
    ['a + none', undefined],
    ['FILL(none, 0) + a', 4],
    ['SUM(a, b, none)', 6],
    ['MAX(a, b)', 4],
    ['AVG(a, b)', 3],
  ])('math %s is %s', (text, expected) => {
    const values: Record<string, number> = { a: 4, b: 2 };
    expect(parseMetricMath(text).evaluate((id) => values[id])).toBe(expected);
  });

  it.each(['IF(a, b)', 'a +', 'a b', 'a % b'])('math %s is refused by name', (text) => {
    expect(errorOf(() => parseMetricMath(text)).message).toContain(text);
  });
});
