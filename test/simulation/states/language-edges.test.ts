/** Corners of the States Language that no recorded case shows. Sources: the States Language specification, the developer guide. */

import { describe, expect, test } from 'vitest';
import type { Json } from '../../../simulator/contract.ts';
import { makeStateMachine } from '../../../simulator/states/definition.ts';
import { Execution } from '../../../simulator/states/execution.ts';
import { retryDelayMs } from '../../../simulator/states/retry.ts';
import { batchesOf } from '../../../simulator/states/state-map-batches.ts';
import type { TaskReport } from '../../../simulator/states/tasks.ts';
import { makeWorld } from '../../../simulator/world.ts';
import { makeAccount } from './account.ts';
import { call, jsonata, ran } from './running.ts';

const end = { End: true } as const;
const evaluated = async (text: string, input: Json = {}) =>
  ran(
    { StartAt: 'A', States: { A: { Type: 'Pass', Parameters: { 'x.$': text }, ...end } } },
    input,
  );

type Work = (report: TaskReport, later: (ms: number, step: () => void) => void) => void;

/** Runs one Task alone; `work` is who does it. */
async function ranTask(state: object, work: Work, language = 'JSONPath'): Promise<Execution> {
  const world = makeWorld({ seed: 1, startMs: Date.UTC(2026, 10, 23) });
  const execution = new Execution({
    world,
    machine: makeStateMachine(
      JSON.stringify({
        QueryLanguage: language,
        StartAt: 'A',
        States: { A: { Type: 'Task', ...state, ...end } },
      }),
    ),
    identity: { arn: 'e', name: 'e', machineArn: 'm', machineName: 'm', roleArn: 'r' },
    input: { n: 1 },
    tasks: {
      start: (_, report) => {
        work(report, (ms, step) => world.after(ms, 'worker', step));
        return { abandon: () => undefined };
      },
    },
    region: 'eu-west-1',
  });
  execution.start();
  await world.run();
  return execution;
}

describe('a result of null is a result', () => {
  const Resource = 'arn:aws:lambda:eu-west-1:111122223333:function:says-nothing';
  const saysNothing: Work = (report, later) => later(10, () => report.succeeded(null));

  test.each([
    ['JSONata', {}, null],
    ['JSONata', { Output: { r: '{% $states.result %}' } }, { r: null }],
    ['JSONPath', {}, null],
    ['JSONPath', { ResultPath: '$.r' }, { n: 1, r: null }],
    ['JSONPath', { ResultSelector: { 'r.$': '$' } }, { r: null }],
  ])('of a task in %s, %j', async (language, fields, output) => {
    const { outputText } = await ranTask({ Resource, ...fields }, saysNothing, language);
    expect(JSON.parse(outputText!)).toEqual(output);
  });

  test('of a Pass at a ResultPath', async () => {
    const { output } = await ran(
      { StartAt: 'A', States: { A: { Type: 'Pass', Result: null, ResultPath: '$.r', ...end } } },
      { kept: true },
    );
    expect(output).toEqual({ kept: true, r: null });
  });
});

describe('escapes of intrinsic functions', () => {
  test.each([
    [String.raw`States.Format('{} \{\} {}', 1, 2)`, '1 {} 2'],
    [String.raw`States.Format('it\'s {}', 1)`, "it's 1"],
    // An escaped backslash, and then a place for an argument.
    [String.raw`States.Format('\\{}', 1)`, String.raw`\1`],
    [String.raw`States.Format('\\\{}', 1)`, undefined],
    [String.raw`States.Array('\{\}\\')`, [String.raw`{}\ `.trim()]],
    ['States.Format($.template, 1)', '1 {}'],
  ])('%s', async (text, answer) => {
    const { execution, output } = await evaluated(text, { template: String.raw`{} \{\}` });
    if (answer === undefined) expect(execution.failure.error).toBe('States.IntrinsicFailure');
    else expect(output).toEqual({ x: answer });
  });

  test.each(['States.Base64Encode($.long)', "States.Hash($.long, 'MD5')"])(
    '%s takes 10,000 characters',
    async (text) => {
      const most = await evaluated(text, { long: 'x'.repeat(10_000) });
      expect(most.execution.status).toBe('SUCCEEDED');
      const more = await evaluated(text, { long: 'x'.repeat(10_001) });
      expect(more.execution.failure.error).toBe('States.IntrinsicFailure');
    },
  );
});

describe('batches of a distributed Map', () => {
  const batched = (fields: object, states: object = { I: { Type: 'Pass', ...end } }) =>
    jsonata({
      A: {
        Type: 'Map',
        Items: [1, 2, 3, 4, 5],
        ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'I', States: states },
        ...fields,
        ...end,
      },
    });

  test('hold as many items as they may, and what all are told', async () => {
    const { output } = await ran(
      batched({
        ItemSelector: { n: '{% $states.context.Map.Item.Value %}' },
        ItemBatcher: {
          MaxItemsPerBatch: '{% 1 + 1 %}',
          BatchInput: { from: '{% $states.context.StateMachine.Name %}' },
        },
      }),
    );
    const of = (...items: number[]) => ({
      BatchInput: { from: 'M' },
      Items: items.map((n) => ({ n })),
    });
    expect(output).toEqual([of(1, 2), of(3, 4), of(5)]);
  });

  test('fail with all of their items', async () => {
    const failing = (ToleratedFailureCount: number) =>
      ran(
        batched(
          { ItemBatcher: { MaxItemsPerBatch: 3 }, ToleratedFailureCount },
          {
            I: {
              Type: 'Choice',
              Choices: [{ Condition: '{% 1 in $states.input.Items %}', Next: 'No' }],
              Default: 'Yes',
            },
            No: { Type: 'Fail' },
            Yes: { Type: 'Pass', ...end },
          },
        ),
      );
    expect((await failing(2)).execution.failure.error).toBe(
      'States.ExceedToleratedFailureThreshold',
    );
    expect((await failing(3)).output).toEqual([{ Items: [4, 5] }]);
  });

  test('in JSONPath take their limits from paths', async () => {
    const definition = (path: string) => ({
      StartAt: 'A',
      States: {
        A: {
          Type: 'Map',
          ItemsPath: '$.items',
          ItemBatcher: { MaxItemsPerBatchPath: path, BatchInput: { 'of.$': '$.of' } },
          ItemProcessor: {
            ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
            StartAt: 'I',
            States: { I: { Type: 'Pass', ...end } },
          },
          ...end,
        },
      },
    });
    const input = { items: [1, 2, 3], most: 2, none: 0, of: 'x' };
    expect((await ran(definition('$.most'), input)).output).toEqual([
      { BatchInput: { of: 'x' }, Items: [1, 2] },
      { BatchInput: { of: 'x' }, Items: [3] },
    ]);
    expect((await ran(definition('$.none'), input)).execution.failure.error).toBe('States.Runtime');
  });

  test.each([
    // {"Items":["aa","bb"]} is 21 bytes.
    { bytesMax: 21, lists: [['aa', 'bb'], ['cc']] },
    { bytesMax: 20, lists: [['aa'], ['bb'], ['cc']] },
    { bytesMax: 26, lists: [['aa', 'bb', 'cc']] },
  ])('of at most $bytesMax bytes', ({ bytesMax, lists }) => {
    const batches = batchesOf(['aa', 'bb', 'cc'], { itemsMax: 9, bytesMax, shared: undefined });
    expect(batches).toEqual(lists.map((Items) => ({ input: { Items }, itemCount: Items.length })));
  });
});

test('an Express child ends within five minutes', async () => {
  const waiting = (ExecutionType: string) =>
    jsonata({
      A: {
        Type: 'Map',
        Items: [1],
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType },
          StartAt: 'W',
          States: { W: { Type: 'Wait', Seconds: 301, ...end } },
        },
        ...end,
      },
    });
  expect((await ran(waiting('STANDARD'))).execution.status).toBe('SUCCEEDED');
  expect((await ran(waiting('EXPRESS'))).execution.failure.error).toBe(
    'States.ExceedToleratedFailureThreshold',
  );
});

describe('a number of iterations that is none', () => {
  test.each(['{% -1 %}', '{% 0.5 %}'])(
    '%s fails the Map, and does not wait for ever',
    async (MaxConcurrency) => {
      const { execution } = await ran(
        jsonata({
          A: {
            Type: 'Map',
            Items: [1],
            MaxConcurrency,
            ItemProcessor: { StartAt: 'I', States: { I: { Type: 'Pass', ...end } } },
            ...end,
          },
        }),
      );
      expect(execution.failure.error).toBe('States.QueryEvaluationError');
    },
  );
});

describe('256 KiB', () => {
  const large = "{% $join($map([1..256], function() { $pad('', 1024, 'x') })) %}";

  test.each([
    [
      'of a branch',
      {
        Type: 'Parallel',
        Arguments: large,
        Branches: [{ StartAt: 'I', States: { I: { Type: 'Pass', ...end } } }],
      },
    ],
    [
      'of an iteration',
      {
        Type: 'Map',
        Items: [1, 2],
        ItemSelector: { text: large },
        ItemProcessor: { StartAt: 'I', States: { I: { Type: 'Pass', ...end } } },
      },
    ],
    [
      'of a child',
      {
        Type: 'Map',
        Items: [1, 2],
        ItemSelector: { text: large },
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED' },
          StartAt: 'I',
          States: { I: { Type: 'Pass', ...end } },
        },
      },
    ],
    ['of a task', call('echo', large, {})],
  ])('are too much for the input %s, and States.ALL does not catch it', async (_, state) => {
    const { execution } = await ran(
      jsonata({
        A: { ...state, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B' }], ...end },
        B: { Type: 'Succeed' },
      }),
    );
    expect([execution.status, execution.failure.error]).toEqual([
      'FAILED',
      'States.DataLimitExceeded',
    ]);
  });

  test('too much is caught by its name', async () => {
    const { execution } = await ran(
      jsonata({
        A: {
          ...call('echo', large, {}),
          Catch: [{ ErrorEquals: ['States.DataLimitExceeded'], Next: 'B' }],
          ...end,
        },
        B: { Type: 'Succeed' },
      }),
    );
    expect(execution.status).toBe('SUCCEEDED');
  });

  test('are the most that all of one Assign may hold', async () => {
    const half = "{% $join($map([1..127], function() { $pad('', 1024, 'x') })) %}";
    const assigning = (names: readonly string[]) =>
      ran(
        jsonata({
          A: { Type: 'Pass', Assign: Object.fromEntries(names.map((n) => [n, half])), ...end },
        }),
      );
    expect((await assigning(['a', 'b'])).execution.status).toBe('SUCCEEDED');
    expect((await assigning(['a', 'b', 'c'])).execution.failure.error).toBe(
      'States.DataLimitExceeded',
    );
  });

  test('forty-two times are too many for all variables together', async () => {
    const half = "{% $join($map([1..250], function() { $pad('', 1024, 'x') })) %}";
    const states = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `S${index}`,
          {
            Type: 'Pass',
            Assign: { [`v${index}`]: half },
            Output: null,
            ...(index === count - 1 ? end : { Next: `S${index + 1}` }),
          },
        ]),
      );
    expect((await ran(jsonata(states(40), 'S0'))).execution.status).toBe('SUCCEEDED');
    const over = await ran(jsonata(states(43), 'S0'));
    expect(over.execution.failure.error).toBe('States.DataLimitExceeded');
  });
});

describe('an expression', () => {
  test('that never ends fails, whatever the host takes for it', async () => {
    const { execution } = await ran(
      jsonata({
        A: {
          Type: 'Pass',
          Output: '{% ($f := function($n) { $f($n + 1) }; $f(1)) %}',
          ...end,
        },
      }),
    );
    expect(execution.failure).toMatchObject({
      error: 'States.QueryEvaluationError',
      cause: expect.stringContaining('the expression takes too long'),
    });
  });
});

describe('an activity', () => {
  const arn = 'arn:aws:states:eu-west-1:111122223333:activity:work';
  const run = (work: Work) =>
    ranTask({ Resource: arn, TimeoutSeconds: 600, HeartbeatSeconds: 60 }, work);
  const types = ({ history }: Execution) => history.events.slice(2, -1).map(({ type }) => type);

  test('is scheduled, started by a worker, and ended by its word', async () => {
    const execution = await run((report, later) =>
      later(50, () => {
        report.started('worker 1');
        later(50_000, () => report.heartbeat());
        later(100_000, () => report.succeeded({ done: true }));
      }),
    );
    expect([execution.status, execution.outputText]).toEqual(['SUCCEEDED', '{"done":true}']);
    expect(types(execution)).toEqual([
      ...['ActivityScheduled', 'ActivityStarted', 'ActivitySucceeded', 'TaskStateExited'],
    ]);
    expect(execution.history.events[2]!.details).toEqual({
      resource: arn,
      input: '{"n":1}',
      timeoutInSeconds: 600,
      heartbeatInSeconds: 60,
    });
  });

  test('that nobody takes on times out', async () => {
    const execution = await run(() => undefined);
    expect(types(execution)).toEqual(['ActivityScheduled', 'ActivityTimedOut']);
    expect(execution.failure.error).toBe('States.Timeout');
  });
});

test('a retry waits for no longer than a leap year, however it grows', () => {
  const retrier = {
    errorEquals: ['States.ALL'],
    intervalSeconds: 1,
    maxAttempts: 9_999,
    backoffRate: 1e300,
    jitter: false,
  };
  expect(retryDelayMs(retrier, 5, () => 0)).toBe(31_622_400_000);
  expect(retryDelayMs({ ...retrier, jitter: true }, 5, () => 0)).toBe(0);
});

test('each retrier counts for itself, and a new visit counts anew', async () => {
  const account = makeAccount();
  const errors = ['One', 'Two', 'One', 'Two', 'One'];
  let calls = 0;
  account.functions.set('varies', () => {
    const error = errors[calls];
    calls += 1;
    return error === undefined ? { answer: 'well' } : { error: [error, ''] };
  });
  const Retry = [
    { ErrorEquals: ['One'], MaxAttempts: 2 },
    { ErrorEquals: ['Two'], MaxAttempts: 2 },
  ];
  account.addMachine(
    'M',
    jsonata({
      A: call('varies', {}, { Retry, Catch: [{ ErrorEquals: ['One'], Next: 'B' }], ...end }),
      B: { Type: 'Pass', Assign: { again: true }, Next: 'A' },
    }),
  );
  await account.start('M', 'one');
  await account.world.run();
  // Two of each; the third of the first kind is caught, and the second visit goes well at once.
  expect([account.execution('M', 'one').status, calls]).toEqual(['SUCCEEDED', 6]);
});

test('a redriven execution knows since when', async () => {
  const account = makeAccount();
  let calls = 0;
  account.functions.set('mends', () => {
    calls += 1;
    return calls === 1 ? { error: ['Broken', ''] } : { answer: 'well' };
  });
  const context = '{% $states.context.Execution %}';
  account.addMachine('M', jsonata({ A: call('mends', {}, { Output: context, ...end }) }));
  const arn = await account.start('M', 'one');
  await account.world.run();
  const { redriveDate } = await account.ask('RedriveExecution', { executionArn: arn });
  await account.world.run();
  expect(JSON.parse(account.execution('M', 'one').outputText!)).toMatchObject({
    RedriveCount: 1,
    RedriveTime: (redriveDate as Date).toISOString(),
  });
});

test('a Catch inside of an iteration keeps the Map going', async () => {
  const { output } = await ran(
    jsonata({
      A: {
        Type: 'Map',
        Items: ['fails', 'echo'],
        ItemProcessor: {
          StartAt: 'T',
          States: {
            T: {
              ...call('{% $states.input %}', {}, {}),
              Output: 'well',
              Catch: [
                { ErrorEquals: ['Broken'], Output: '{% $states.errorOutput.Error %}', Next: 'C' },
              ],
              ...end,
            },
            C: { Type: 'Pass', ...end },
          },
        },
        ...end,
      },
    }),
  );
  expect(output).toEqual(['Broken', 'well']);
});
