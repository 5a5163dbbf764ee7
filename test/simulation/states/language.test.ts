/** What the recorded cases do not show: retries in time, scopes, quotas, failures of branches. */

import { describe, expect, test } from 'vitest';
import { executionArn } from './account.ts';
import { call, jsonata, ran } from './running.ts';

describe('Retry', () => {
  const gaps = (calls: readonly number[]): number[] =>
    calls.slice(1).map((at, index) => Math.round(at - calls[index]!));

  test.each([
    { retry: {}, waits: [1, 2, 4] },
    { retry: { IntervalSeconds: 3, MaxAttempts: 2 }, waits: [3, 6] },
    { retry: { IntervalSeconds: 10, BackoffRate: 1, MaxAttempts: 4 }, waits: [10, 10, 10, 10] },
    { retry: { IntervalSeconds: 2, MaxDelaySeconds: 9, MaxAttempts: 5 }, waits: [2, 4, 8, 9, 9] },
    { retry: { MaxAttempts: 0 }, waits: [] },
  ])('%j', async ({ retry, waits }) => {
    const Retry = [{ ErrorEquals: ['Broken'], ...retry }];
    const { calls, execution, account } = await ran(
      jsonata({ A: call('fails', {}, { Retry, End: true }) }),
    );
    expect(gaps(calls)).toEqual(waits);
    expect(execution.failure.error).toBe('Broken');
    expect(account.stepFunctions.transitionsOf(executionArn('M', 'one'))).toBe(1 + waits.length);
  });

  test('with full jitter waits any share of the delay, the same for the same seed', async () => {
    const Retry = [
      {
        ErrorEquals: ['States.ALL'],
        IntervalSeconds: 100,
        BackoffRate: 1,
        MaxAttempts: 20,
        JitterStrategy: 'FULL',
      },
    ];
    const definition = jsonata({ A: call('fails', {}, { Retry, End: true }) });
    const [one, same, other] = await Promise.all([
      ran(definition),
      ran(definition),
      ran(definition, {}, 8),
    ]);
    expect(one.calls).toEqual(same.calls);
    expect(one.calls).not.toEqual(other.calls);
    const waits = gaps(one.calls);
    expect(Math.max(...waits)).toBeLessThanOrEqual(100);
    expect(Math.min(...waits)).toBeLessThan(25);
    expect(waits.reduce((sum, wait) => sum + wait, 0) / waits.length).toBeGreaterThan(30);
  });

  test('asks only the first retrier that names the error', async () => {
    const Retry = [
      { ErrorEquals: ['Other'], MaxAttempts: 9 },
      { ErrorEquals: ['Broken'], MaxAttempts: 1 },
      { ErrorEquals: ['States.ALL'], MaxAttempts: 9 },
    ];
    const { calls } = await ran(jsonata({ A: call('fails', {}, { Retry, End: true }) }));
    expect(calls).toHaveLength(2);
  });

  test.each([
    ['States.TaskFailed', 2],
    ['States.ALL', 2],
    ['States.Timeout', 1],
    ['States.HeartbeatTimeout', 1],
  ])('%s and a failed function: %i calls', async (name, count) => {
    const Retry = [{ ErrorEquals: [name], MaxAttempts: 1 }];
    const { calls } = await ran(jsonata({ A: call('fails', {}, { Retry, End: true }) }));
    expect(calls).toHaveLength(count);
  });
});

describe('variables', () => {
  test('are seen from the next state on; Output and Assign do not see each other', async () => {
    const { output } = await ran(
      jsonata({
        A: { Type: 'Pass', Assign: { n: 1 }, Next: 'B' },
        B: { Type: 'Pass', Assign: { n: '{% $n + 1 %}' }, Output: { was: '{% $n %}' }, Next: 'C' },
        C: { Type: 'Pass', Output: { was: '{% $states.input.was %}', is: '{% $n %}' }, End: true },
      }),
    );
    expect(output).toEqual({ was: 1, is: 2 });
  });

  test('of a branch are its own and gone after it', async () => {
    const branch = (name: string) => ({
      StartAt: name,
      States: {
        [name]: { Type: 'Pass', Assign: { inner: name }, Next: `${name} reads` },
        [`${name} reads`]: { Type: 'Pass', Output: '{% $inner & $outer %}', End: true },
      },
    });
    const { output, execution } = await ran(
      jsonata({
        A: { Type: 'Pass', Assign: { outer: '!' }, Next: 'P' },
        P: {
          Type: 'Parallel',
          Branches: [branch('x'), branch('y')],
          Assign: { both: '{% $states.result %}' },
          Next: 'Q',
        },
        Q: { Type: 'Pass', Output: '{% [$both, $exists($inner)] %}', End: true },
      }),
    );
    expect(execution.status).toBe('SUCCEEDED');
    expect(output).toEqual(['x!', 'y!', false]);
  });

  test('are not assigned in part', async () => {
    const { execution } = await ran(
      jsonata({
        A: { Type: 'Pass', Assign: { good: 1, bad: '{% $states.input.missing %}' }, End: true },
      }),
    );
    expect(execution.failure).toMatchObject({
      error: 'States.QueryEvaluationError',
      cause:
        "An error occurred while executing the state 'A' (entered at the event id #2). The JSONata expression " +
        "'$states.input.missing' specified for the field 'Assign/bad' returned nothing (undefined).",
    });
  });
});

describe('a state that cannot be evaluated', () => {
  test('is caught, and its error output carries the words', async () => {
    const { output } = await ran(
      jsonata({
        A: call('echo', '{% $states.input.missing %}', {
          Catch: [
            {
              ErrorEquals: ['States.QueryEvaluationError'],
              Output: '{% $states.errorOutput.Error %}',
              Next: 'B',
            },
          ],
          End: true,
        }),
        B: { Type: 'Pass', End: true },
      }),
    );
    expect(output).toBe('States.QueryEvaluationError');
  });

  test('in a Catch is not caught again', async () => {
    const { execution, calls } = await ran(
      jsonata({
        A: call(
          'fails',
          {},
          {
            Catch: [
              { ErrorEquals: ['States.ALL'], Output: '{% $states.input.missing %}', Next: 'B' },
            ],
            End: true,
          },
        ),
        B: { Type: 'Pass', End: true },
      }),
    );
    expect([execution.status, execution.failure.error]).toEqual([
      'FAILED',
      'States.QueryEvaluationError',
    ]);
    expect(calls).toHaveLength(1);
  });

  test('with States.Runtime ends the execution past every Catch', async () => {
    const { execution } = await ran({
      StartAt: 'P',
      States: {
        P: {
          Type: 'Parallel',
          Branches: [
            { StartAt: 'X', States: { X: { Type: 'Pass', InputPath: '$.missing', End: true } } },
          ],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
          End: true,
        },
        Caught: { Type: 'Pass', End: true },
      },
    });
    expect([execution.status, execution.failure.error]).toEqual(['FAILED', 'States.Runtime']);
  });

  test('a Choice that nothing fits, without Default, fails at run time', async () => {
    const { execution } = await ran(
      jsonata({
        A: { Type: 'Choice', Choices: [{ Condition: '{% $states.input.no = 1 %}', Next: 'B' }] },
        B: { Type: 'Succeed' },
      }),
    );
    expect(execution.failure).toMatchObject({
      error: 'States.Runtime',
      cause: expect.stringContaining('The state does not point to a next state.'),
    });
  });
});

describe('branches and iterations', () => {
  const waiting = (seconds: number) => ({ Type: 'Wait', Seconds: seconds, End: true });

  test('the first branch that fails ends the others', async () => {
    const { execution, account } = await ran(
      jsonata({
        A: {
          Type: 'Parallel',
          Branches: [
            { StartAt: 'Long', States: { Long: waiting(500) } },
            {
              StartAt: 'Short',
              States: {
                Short: { Type: 'Wait', Seconds: 5, Next: 'Bad' },
                Bad: { Type: 'Fail', Error: 'Bad' },
              },
            },
          ],
          Catch: [{ ErrorEquals: ['Bad'], Next: 'B' }],
          End: true,
        },
        B: { Type: 'Succeed' },
      }),
    );
    expect(execution.status).toBe('SUCCEEDED');
    expect(execution.stoppedMs! - execution.startedMs).toBeLessThan(6_000);
    expect(account.history('M', 'one')).toContain('WaitStateAborted');
  });

  test.each([
    { MaxConcurrency: 1, seconds: 50 },
    { MaxConcurrency: 2, seconds: 30 },
    { MaxConcurrency: 0, seconds: 10 },
    { MaxConcurrency: '{% 5 %}', seconds: 10 },
  ])('five iterations of ten seconds, %j', async ({ MaxConcurrency, seconds }) => {
    const { execution, output } = await ran(
      jsonata({
        A: {
          Type: 'Map',
          Items: '{% [1..5] %}',
          MaxConcurrency,
          ItemSelector: {
            n: '{% $states.context.Map.Item.Value %}',
            at: '{% $states.context.Map.Item.Index %}',
          },
          ItemProcessor: { StartAt: 'W', States: { W: waiting(10) } },
          End: true,
        },
      }),
    );
    expect(Math.round((execution.stoppedMs! - execution.startedMs) / 1_000)).toBe(seconds);
    expect(output).toEqual([1, 2, 3, 4, 5].map((n) => ({ n, at: n - 1 })));
  });

  test('an inline Map runs at most 40 at once', async () => {
    const { execution } = await ran(
      jsonata({
        A: {
          Type: 'Map',
          Items: '{% [1..41] %}',
          ItemProcessor: { StartAt: 'W', States: { W: waiting(10) } },
          End: true,
        },
      }),
    );
    expect(Math.round((execution.stoppedMs! - execution.startedMs) / 1_000)).toBe(20);
  });

  test.each([
    { tolerated: {}, status: 'FAILED' },
    { tolerated: { ToleratedFailureCount: 1 }, status: 'FAILED' },
    { tolerated: { ToleratedFailureCount: 2 }, status: 'SUCCEEDED' },
    { tolerated: { ToleratedFailurePercentage: 49 }, status: 'FAILED' },
    { tolerated: { ToleratedFailurePercentage: 50 }, status: 'SUCCEEDED' },
  ])('a distributed Map of which two of four fail, %j', async ({ tolerated, status }) => {
    const { execution, output } = await ran(
      jsonata({
        A: {
          Type: 'Map',
          Items: [1, 2, 3, 4],
          ...tolerated,
          ItemProcessor: {
            ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
            StartAt: 'C',
            States: {
              C: {
                Type: 'Choice',
                Choices: [{ Condition: '{% $states.input < 3 %}', Next: 'No' }],
                Default: 'Yes',
              },
              No: { Type: 'Fail' },
              Yes: { Type: 'Pass', End: true },
            },
          },
          End: true,
        },
      }),
    );
    expect(execution.status).toBe(status);
    if (status === 'SUCCEEDED') expect(output).toEqual([3, 4]);
    else expect(execution.failure.error).toBe('States.ExceedToleratedFailureThreshold');
  });
});

describe('quotas', () => {
  const endless = {
    A: { Type: 'Pass', Next: 'B' },
    B: { Type: 'Pass', Next: 'A' },
  };

  test('25,000 events end an execution as failed', async () => {
    const { execution } = await ran(jsonata(endless));
    expect(execution.history.events).toHaveLength(25_000);
    expect(execution.history.events.at(-1)!.type).toBe('ExecutionFailed');
    expect(execution.failure).toEqual({
      error: 'States.Runtime',
      cause: 'The execution reached the maximum number of history events (25000).',
    });
  });

  const text = (bytes: number): string =>
    `{% $join($map([1..${bytes / 1_024}], function() { $pad('', 1024, 'x') })) %}`;

  test.each([
    { output: text(262_144 - 1_024), status: 'SUCCEEDED' },
    { output: text(262_144), status: 'FAILED' },
  ])('an output of 256 KiB with its quotes is too large: $status', async ({ output, status }) => {
    const { execution } = await ran(jsonata({ A: { Type: 'Pass', Output: output, End: true } }));
    expect(execution.status).toBe(status);
    if (status === 'FAILED') expect(execution.failure.error).toBe('States.DataLimitExceeded');
  });

  test('a variable of 256 KiB is too large, and States.ALL does not catch it', async () => {
    const { execution } = await ran(
      jsonata({
        A: call(
          'echo',
          {},
          {
            Assign: { big: text(262_144) },
            Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B' }],
            End: true,
          },
        ),
        B: { Type: 'Succeed' },
      }),
    );
    expect(execution.failure.error).toBe('States.DataLimitExceeded');
  });

  test('a year is the longest that an execution lasts', async () => {
    const { execution } = await ran(
      jsonata({ A: { Type: 'Wait', Seconds: 99_999_999, End: true } }),
    );
    expect(execution.status).toBe('TIMED_OUT');
    expect((execution.stoppedMs! - execution.startedMs) / 86_400_000).toBe(365);
  });

  test('TimeoutSeconds of the machine ends it as timed out', async () => {
    const { execution } = await ran({
      ...jsonata({ A: { Type: 'Wait', Seconds: 100, End: true } }),
      TimeoutSeconds: 99,
    });
    expect([execution.status, execution.failure.error]).toEqual(['TIMED_OUT', 'States.Timeout']);
  });
});

test('the same seed gives the same trace, to the byte', async () => {
  const definition = jsonata({
    A: {
      Type: 'Map',
      Items: '{% [1..9] %}',
      ItemProcessor: {
        StartAt: 'R',
        States: {
          R: {
            Type: 'Pass',
            Output: '{% [$random(), $uuid(), $millis(), $shuffle([1..9])] %}',
            Next: 'T',
          },
          T: call('echo', '{% $states.input %}', { End: true }),
        },
      },
      End: true,
    },
  });
  const [one, same, other] = await Promise.all([
    ran(definition),
    ran(definition),
    ran(definition, {}, 8),
  ]);
  expect(JSON.stringify(one.account.trace)).toBe(JSON.stringify(same.account.trace));
  expect(one.output).not.toEqual(other.output);
});
