import { expect, test } from 'vitest';
import {
  clockShown,
  dateShown,
  shortName,
  spanShown,
  subjectOf,
} from '../../simulator/transcript/short-names.ts';
import { Transcript } from '../../simulator/transcript/transcript.ts';
import type { TraceLine } from '../../simulator/world.ts';

const at = '2026-11-23T09:00:00.000Z';
const execution = 'arn:aws:states:eu-west-1:111122223333:execution:kiln-main-rollout:prod-1';
const machine = 'kiln-main-rollout';

/** What a trace is to people. */
function told(...lines: readonly object[]): readonly string[] {
  const transcript = new Transcript();
  return lines.flatMap((line) =>
    transcript.tell({ at, ...line } as TraceLine).map(({ who, what }) => `${who}: ${what}`),
  );
}

const started = {
  kind: 'execution',
  phase: 'started',
  execution,
  machine,
  status: 'RUNNING',
  input: { fleet: 'prod', direction: 'forward', releaseId: 'x' },
};
const state = (name: string, phase = 'entered') => ({
  kind: 'state',
  phase,
  execution,
  machine,
  state: name,
});

test('a workflow is told by what it is about, state by state, without its questions', () => {
  expect(
    told(
      started,
      state('Survey the fleet'),
      state('Survey the fleet', 'exited'),
      state('What was decided?'),
      state('Supervise the rollout'),
      state('Supervise the rollout'),
      state('Rolled out'),
      {
        kind: 'execution',
        phase: 'ended',
        execution,
        machine,
        status: 'SUCCEEDED',
        output: { reason: 'all 6 instances' },
      },
    ),
  ).toEqual([
    'Rollout prod: begins: fleet prod, direction forward',
    'Rollout prod: Survey the fleet',
    'Rollout prod: Supervise the rollout',
    'Rollout prod: ends: Rolled out (all 6 instances)',
  ]);
});

const looked = (kind: string, reason = 'because') => ({
  kind: 'log',
  functionName: 'supervise-rollout',
  message: JSON.stringify({
    level: 'INFO',
    message: 'looked',
    executionArn: execution,
    decision: { kind, reason },
  }),
});

test('a decision is told with its reason, once; waiting is not', () => {
  expect(
    told(started, looked('wait'), looked('hold'), looked('hold'), looked('resume')).slice(1),
  ).toEqual(['Rollout prod: decides hold: because', 'Rollout prod: decides resume: because']);
});

test('what is stopped is told as AWS calls it', () => {
  const ended = { ...started, phase: 'ended', status: 'ABORTED', cause: 'by a person' };
  expect(told(started, state('Hold the fleet'), ended).at(-1)).toBe(
    'Rollout prod: ends: ABORTED (by a person)',
  );
});

const event = (detailType: string, detail: object, resources: readonly string[] = []) => ({
  kind: 'event',
  source: 'aws',
  detailType,
  delivered: [],
  event: { resources, detail },
});

test('AWS is told where people would look: refreshes, bakes, alarms, failed launches', () => {
  const refresh = { AutoScalingGroupName: 'prod', InstanceRefreshId: 'r' };
  expect(
    told(
      event('EC2 Auto Scaling Instance Refresh Checkpoint Reached', {
        ...refresh,
        CheckpointPercentage: '50',
      }),
      event('EC2 Image Builder Image State Change', { state: { status: 'TESTING' } }),
      event('EC2 Image Builder Image State Change', { state: { status: 'AVAILABLE' } }, [
        'arn:aws:imagebuilder:eu-west-1:111122223333:image/kiln-main-web/1.0.0/1',
      ]),
      event('CloudWatch Alarm State Change', {
        alarmName: 'prod-5xx',
        state: { value: 'ALARM', reason: 'too many' },
      }),
      event('CloudWatch Alarm State Change', {
        alarmName: 'new',
        state: { value: 'OK' },
        previousState: { value: 'INSUFFICIENT_DATA' },
      }),
      event('EC2 Instance Launch Unsuccessful', { ...refresh, StatusMessage: 'no capacity' }),
      event('EC2 Instance Launch Successful', refresh),
    ),
  ).toEqual([
    'Auto Scaling prod: instance refresh: checkpoint reached (50 %)',
    'Image Builder: image kiln-main-web/1.0.0/1 is AVAILABLE',
    'alarm prod-5xx: ALARM: too many',
    'Auto Scaling prod: launch failed: no capacity',
  ]);
});

test('people, the world and notifications are told', () => {
  expect(
    told(
      { kind: 'world', message: 'operator presses Stop on web-1' },
      { kind: 'world', message: 'a base image moves' },
      {
        kind: 'call',
        caller: 'x',
        role: 'r',
        service: 'client-sns',
        operation: 'Publish',
        input: { Subject: 'Kiln: web promoted' },
      },
    ),
  ).toEqual([
    'operator: presses Stop on web-1',
    'world: a base image moves',
    'notification: Kiln: web promoted',
  ]);
});

test('names are short and spans are rounded', () => {
  expect(shortName(execution)).toBe('Rollout prod-1');
  expect(shortName(`${execution}-that-is-really-much-too-long-4711`)).toBe(
    'Rollout prod-1-that-is-reall…ng-4711',
  );
  expect(subjectOf(execution, { executionArn: 'x' })).toBe('Rollout');
  expect([45, 60, 3540, 3600, 7500].map((seconds) => spanShown(seconds * 1000))).toEqual([
    '45 s',
    '1 min',
    '59 min',
    '1 h',
    '2 h 5 min',
  ]);
  expect([dateShown, clockShown].map((shown) => shown(Date.parse(at)))).toEqual([
    '2026-11-23',
    '09:00:00',
  ]);
});
