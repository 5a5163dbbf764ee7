/** The pattern that Kiln's workflows rest on: a task parked on a token, its deadline, its retry, its races. */

import { describe, expect, test } from 'vitest';
import type { Json } from '../../../simulator/contract.ts';
import { type Account, executionArn, makeAccount } from './account.ts';

const supervise = {
  QueryLanguage: 'JSONata',
  StartAt: 'Begin',
  States: {
    Begin: {
      Type: 'Pass',
      Assign: { parkSeconds: '{% $states.input.parkSeconds %}' },
      Next: 'Supervise',
    },
    Supervise: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: {
        FunctionName: 'supervise',
        Payload: {
          token: '{% $states.context.Task.Token %}',
          retryCount: '{% $states.context.State.RetryCount %}',
          enteredAt: '{% $states.context.State.EnteredTime %}',
        },
      },
      TimeoutSeconds: '{% $parkSeconds %}',
      Retry: [
        { ErrorEquals: ['States.Timeout'], IntervalSeconds: 1, BackoffRate: 1, MaxAttempts: 3 },
      ],
      Catch: [
        {
          ErrorEquals: ['States.ALL'],
          Assign: { failure: '{% $states.errorOutput %}' },
          Next: 'Failed',
        },
      ],
      Assign: { decision: '{% $states.result %}' },
      Next: 'Done',
    },
    Failed: { Type: 'Fail', Error: '{% $failure.Error %}', Cause: 'gave up' },
    Done: { Type: 'Pass', Output: '{% $decision %}', End: true },
  },
};

interface Park {
  readonly token: string;
  readonly retryCount: number;
  readonly enteredAt: string;
  readonly atSeconds: number;
}

async function parked(parkSeconds = 60): Promise<{ account: Account; parks: Park[] }> {
  const account = makeAccount();
  const parks: Park[] = [];
  account.functions.set('supervise', (payload) => {
    parks.push({ ...(payload as unknown as Park), atSeconds: account.secondsSinceStart() });
    return { answer: null };
  });
  account.addMachine('Rollout', supervise);
  await account.start('Rollout', 'one', { parkSeconds });
  await account.world.run({ stop: () => parks.length > 0 });
  return { account, parks };
}

const success = (token: string, output: Json) => ({
  taskToken: token,
  output: JSON.stringify(output),
});

describe('a parked task', () => {
  test('goes on with what is sent for its token', async () => {
    const { account, parks } = await parked();
    await account.world.advance(1_000);
    expect(
      await account.ask('SendTaskSuccess', success(parks[0]!.token, { kind: 'resume' })),
    ).toEqual({});
    await account.world.run();
    const { status, outputText } = account.execution('Rollout', 'one');
    expect([status, outputText]).toEqual(['SUCCEEDED', '{"kind":"resume"}']);
    expect(account.history('Rollout', 'one')).toEqual([
      ...['ExecutionStarted', 'PassStateEntered Begin', 'PassStateExited Begin'],
      ...[
        'TaskStateEntered Supervise',
        'TaskScheduled',
        'TaskStarted',
        'TaskSubmitted',
        'TaskSucceeded',
      ],
      ...[
        'TaskStateExited Supervise',
        'PassStateEntered Done',
        'PassStateExited Done',
        'ExecutionSucceeded',
      ],
    ]);
  });

  test('goes on also when the answer comes before the function has returned', async () => {
    const account = makeAccount();
    account.addMachine('Rollout', supervise);
    account.functions.set('supervise', (payload) => {
      const { token } = payload as unknown as Park;
      account.call('SendTaskSuccess', success(token, 'early')).catch(expect.fail);
      return { afterMs: 5_000, answer: null };
    });
    await account.start('Rollout', 'one', { parkSeconds: 60 });
    await account.world.run();
    expect(account.execution('Rollout', 'one').outputText).toBe('"early"');
    expect(account.history('Rollout', 'one')).not.toContain('TaskSubmitted');
  });

  test('parks anew with a new token when its time is up, and counts one transition for it', async () => {
    const { account, parks } = await parked(60);
    await account.world.run({ stop: () => parks.length === 2 });
    expect(parks.map(({ retryCount }) => retryCount)).toEqual([0, 1]);
    expect(parks[0]!.token).not.toBe(parks[1]!.token);
    expect(parks[0]!.enteredAt).toBe(parks[1]!.enteredAt);
    expect(parks[1]!.atSeconds - parks[0]!.atSeconds).toBeGreaterThanOrEqual(61);
    expect(parks[1]!.atSeconds - parks[0]!.atSeconds).toBeLessThan(61.1);
    const before = account.stepFunctions.transitionsOf(executionArn('Rollout', 'one'));
    expect(before).toBe(3);
    expect(await account.ask('SendTaskSuccess', success(parks[0]!.token, 1))).toMatchObject({
      code: 'TaskTimedOut',
    });
    expect(await account.ask('SendTaskSuccess', success(parks[1]!.token, 2))).toEqual({});
    await account.world.run();
    expect(account.execution('Rollout', 'one').outputText).toBe('2');
    expect(account.stepFunctions.transitionsOf(executionArn('Rollout', 'one'))).toBe(4);
  });

  test('is caught as States.Timeout when its retries are used up', async () => {
    const { account, parks } = await parked(60);
    await account.world.run();
    expect(parks.map(({ retryCount }) => retryCount)).toEqual([0, 1, 2, 3]);
    const { status, failure } = account.execution('Rollout', 'one');
    expect([status, failure]).toEqual(['FAILED', { error: 'States.Timeout', cause: 'gave up' }]);
    expect(
      account.history('Rollout', 'one').filter((type) => type === 'TaskTimedOut'),
    ).toHaveLength(4);
  });

  test('fails with what the function threw, before it is parked', async () => {
    const account = makeAccount();
    account.addMachine('Rollout', supervise);
    account.functions.set('supervise', () => ({ error: ['Busy', 'later'] }));
    await account.start('Rollout', 'one', { parkSeconds: 60 });
    await account.world.run();
    expect(account.execution('Rollout', 'one').failure).toEqual({
      error: 'Busy',
      cause: 'gave up',
    });
  });
});

describe('two answers for one token', () => {
  test('the first one counts, the second one gets TaskTimedOut', async () => {
    const { account, parks } = await parked();
    const taskToken = parks[0]!.token;
    const codes: Record<string, string> = {};
    const send = (who: string, operation: string, rest: object): void => {
      account.call(operation, { taskToken, ...rest }).then(
        () => {
          codes[who] = 'taken';
        },
        (error: { code: string }) => {
          codes[who] = error.code;
        },
      );
    };
    send('success', 'SendTaskSuccess', { output: '"done"' });
    send('failure', 'SendTaskFailure', { error: 'Gone' });
    await account.world.run();
    expect(Object.values(codes).sort()).toEqual(['TaskTimedOut', 'taken']);
    const { outputText, failure } = account.execution('Rollout', 'one');
    if (codes['success'] === 'taken') expect(outputText).toBe('"done"');
    else expect(failure.error).toBe('Gone');
  });

  test.each([-200, -20, 0, 20, 200])(
    'an answer %d ms from the deadline is either taken or told TaskTimedOut, never both',
    async (offsetMs) => {
      const { account, parks } = await parked(60);
      let code: string | undefined = 'open';
      const deadlineMs = parks[0]!.atSeconds * 1_000 + 60_000;
      account.world.after(
        deadlineMs - account.secondsSinceStart() * 1_000 + offsetMs,
        'race',
        () => {
          account.call('SendTaskSuccess', success(parks[0]!.token, 'late')).then(
            () => {
              code = undefined;
            },
            (error) => {
              code = error.code;
            },
          );
        },
      );
      await account.world.run();
      const { outputText, failure } = account.execution('Rollout', 'one');
      if (code === undefined) expect([outputText, parks.length]).toEqual(['"late"', 1]);
      else expect([code, failure.error]).toEqual(['TaskTimedOut', 'States.Timeout']);
    },
  );

  test.each([
    ['SendTaskSuccess', { output: '{}' }],
    ['SendTaskFailure', {}],
    ['SendTaskHeartbeat', {}],
  ])(
    '%s knows what is no token, a token of nobody, and a token of the past',
    async (operation, rest) => {
      const { account, parks } = await parked();
      const code = async (taskToken: string) =>
        (await account.ask(operation, { taskToken, ...rest })).code;
      expect(await code('nonsense')).toBe('InvalidToken');
      const [one = '', two = ''] = ['0', '1'].map((digit) => digit.repeat(36));
      expect(await code(Buffer.from(`${one}/${two}/${one}`).toString('base64'))).toBe(
        'TaskDoesNotExist',
      );
      await account.ask('SendTaskFailure', { taskToken: parks[0]!.token, error: 'Over' });
      expect(await code(parks[0]!.token)).toBe('TaskTimedOut');
    },
  );

  test('an output that is not JSON is refused and the task stays open', async () => {
    const { account, parks } = await parked();
    const taskToken = parks[0]!.token;
    expect((await account.ask('SendTaskSuccess', { taskToken, output: '{' })).code).toBe(
      'InvalidOutput',
    );
    const large = JSON.stringify('x'.repeat(262_144));
    expect((await account.ask('SendTaskSuccess', { taskToken, output: large })).code).toBe(
      'ValidationException',
    );
    expect(await account.ask('SendTaskSuccess', { taskToken, output: '{}' })).toEqual({});
  });
});

describe('a heartbeat', () => {
  const waiting = {
    StartAt: 'Wait for it',
    States: {
      'Wait for it': {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Parameters: { FunctionName: 'park', Payload: { 'token.$': '$$.Task.Token' } },
        HeartbeatSeconds: 30,
        TimeoutSeconds: 100,
        Catch: [{ ErrorEquals: ['States.HeartbeatTimeout'], Next: 'Silent' }],
        End: true,
      },
      Silent: { Type: 'Pass', End: true },
    },
  };

  test.each([
    { every: 20, times: 2, ends: 'Silent', between: [70, 71] },
    { every: 25, times: 10, ends: undefined, between: [100, 101] },
    { every: 40, times: 1, ends: 'Silent', between: [30, 31] },
  ])('every $every s, $times times', async ({ every, times, ends, between }) => {
    const account = makeAccount();
    account.addMachine('Slow', waiting);
    account.functions.set('park', (payload) => {
      const { token } = payload as { token: string };
      for (let beat = 1; beat <= times; beat += 1) {
        account.world.after(beat * every * 1_000, 'beat', () => {
          account.call('SendTaskHeartbeat', { taskToken: token }).catch(() => undefined);
        });
      }
      return { answer: null };
    });
    await account.start('Slow', 'one');
    await account.world.run();
    const { status, stoppedMs, startedMs, failure } = account.execution('Slow', 'one');
    const seconds = (stoppedMs! - startedMs) / 1_000;
    expect(seconds).toBeGreaterThan(between[0]!);
    expect(seconds).toBeLessThan(between[1]!);
    if (ends === undefined) expect([status, failure.error]).toEqual(['FAILED', 'States.Timeout']);
    else expect(account.history('Slow', 'one')).toContain(`PassStateEntered ${ends}`);
  });
});
