import { describe, expect, test } from 'vitest';
import { makeStateMachine } from '../../../simulator/states/definition.ts';
import { makeAccount } from './account.ts';

const task = (rest: object) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: 'f' },
  End: true,
  ...rest,
});
const machine = (a: object, rest: object = {}) => ({
  QueryLanguage: 'JSONata',
  StartAt: 'A',
  States: { A: a, B: { Type: 'Succeed' } },
  ...rest,
});
const pass = { Type: 'Pass', End: true };
const inner = (states: object) => ({ StartAt: 'I', States: states });

const choosing = (rule: object) => ({
  StartAt: 'A',
  States: { A: { Type: 'Choice', Choices: [{ ...rule, Next: 'B' }] }, B: { Type: 'Succeed' } },
});
const mapping = (fields: object, ProcessorConfig: object = {}, states: object = { I: pass }) =>
  machine({
    Type: 'Map',
    ItemProcessor: { ProcessorConfig, ...inner(states) },
    End: true,
    ...fields,
  });

const REFUSALS: readonly [string, object, string][] = [
  ['no such type', machine({ Type: 'Sleep' }), 'the Type "Sleep" in state \'A\''],
  [
    'an unknown field',
    machine({ ...pass, Outputs: 1 }),
    "the field Outputs of a JSONata Pass in state 'A'",
  ],
  [
    'a path in JSONata',
    machine({ ...pass, ResultPath: '$' }),
    "the field ResultPath of a JSONata Pass in state 'A'",
  ],
  ['a top field', machine(pass, { Foo: 1 }), 'the field Foo of the definition'],
  [
    'a missing target',
    machine({ Type: 'Pass', Next: 'C' }),
    "a transition to 'C', which is no state in state 'A'",
  ],
  ['a missing start', machine(pass, { StartAt: 'Z' }), "a StartAt 'Z' that is no state"],
  [
    'no transition',
    machine({ Type: 'Pass' }),
    "a transition that is not one of Next and End in state 'A'",
  ],
  [
    'two transitions',
    machine({ ...pass, Next: 'B' }),
    "a transition that is not one of Next and End in state 'A'",
  ],
  [
    'no expression',
    machine({ ...pass, Output: '{% 1 + %}' }),
    "the JSONata expression '1 +' of the field 'Output': S0207: Unexpected end of expression in state 'A'",
  ],
  [
    'a Condition that is a text',
    machine({ Type: 'Choice', Choices: [{ Condition: 'yes', Next: 'B' }] }),
    'the Condition "yes" in state \'A\'',
  ],
  [
    'Assign to states',
    machine({ ...pass, Assign: { states: 1 } }),
    "an Assign to 'states' in state 'A'",
  ],
  [
    'States.ALL not last',
    machine(task({ Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['X'] }] })),
    "an ErrorEquals with States.ALL that is not alone and last in state 'A'",
  ],
  [
    'States.ALL not alone',
    machine(task({ Retry: [{ ErrorEquals: ['States.ALL', 'X'] }] })),
    "an ErrorEquals with States.ALL that is not alone and last in state 'A'",
  ],
  [
    'a bad jitter',
    machine(task({ Retry: [{ ErrorEquals: ['X'], JitterStrategy: 'HALF' }] })),
    'the JitterStrategy "HALF" in state \'A\'',
  ],
  [
    'a delay below the interval',
    machine(task({ Retry: [{ ErrorEquals: ['X'], IntervalSeconds: 5, MaxDelaySeconds: 5 }] })),
    "the field MaxDelaySeconds with the value 5 in state 'A'",
  ],
  [
    'attempts below 0',
    machine(task({ Retry: [{ ErrorEquals: ['X'], MaxAttempts: -1 }] })),
    "the field MaxAttempts with the value -1 in state 'A'",
  ],
  [
    'a backoff below 1',
    machine(task({ Retry: [{ ErrorEquals: ['X'], BackoffRate: 0.5 }] })),
    "the field BackoffRate with the value 0.5 in state 'A'",
  ],
  [
    'a timeout of 0',
    machine(task({ TimeoutSeconds: 0 })),
    "the field TimeoutSeconds with the value 0 in state 'A'",
  ],
  [
    'an SDK .sync',
    machine(task({ Resource: 'arn:aws:states:::aws-sdk:ec2:runInstances.sync' })),
    "the Resource 'arn:aws:states:::aws-sdk:ec2:runInstances.sync': SDK integrations have no .sync in state 'A'",
  ],
  [
    'an item reader',
    machine({ Type: 'Map', ItemReader: {}, ItemProcessor: inner({ I: pass }), End: true }),
    "the field ItemReader of a JSONata Map in state 'A'",
  ],
  [
    'a result writer',
    machine({ Type: 'Map', ResultWriter: {}, ItemProcessor: inner({ I: pass }), End: true }),
    "the field ResultWriter of a JSONata Map in state 'A'",
  ],
  [
    'an outer name inside',
    machine({
      Type: 'Parallel',
      Branches: [inner({ I: { ...pass, Assign: { x: 1 } } })],
      Assign: { x: 2 },
      End: true,
    }),
    "an Assign to 'x', which an outer scope assigns in state 'I'",
  ],
  [
    'a fault inside of a Map',
    machine({
      Type: 'Map',
      ItemProcessor: inner({ I: { ...pass, Output: '{% ( %}' } }),
      End: true,
    }),
    "in state 'I'",
  ],
  [
    'JSONPath below JSONata',
    machine({ ...pass, QueryLanguage: 'JSONPath' }),
    "the QueryLanguage JSONPath below one that is JSONata in state 'A'",
  ],
  [
    'two waits',
    machine({ Type: 'Wait', Seconds: 1, Timestamp: '2026-11-23T00:00:00Z', End: true }),
    "a Wait without exactly one of its fields in state 'A'",
  ],
  [
    'no intrinsic function',
    { StartAt: 'A', States: { A: { ...pass, Parameters: { 'x.$': 'States.Nope($.a)' } } } },
    "'States.Nope' is not an intrinsic function in state 'A'",
  ],
  [
    'an intrinsic function with an argument too few',
    { StartAt: 'A', States: { A: { ...pass, Parameters: { 'x.$': 'States.MathAdd(1)' } } } },
    "'States.MathAdd' does not take 1 arguments in state 'A'",
  ],
  [
    'an intrinsic function without its comma',
    { StartAt: 'A', States: { A: { ...pass, Parameters: { 'x.$': 'States.Array(1 2)' } } } },
    "'States.Array(1 2)' has a parenthesis that is not closed in state 'A'",
  ],
  [
    'a backslash that escapes nothing',
    { StartAt: 'A', States: { A: { ...pass, Parameters: { 'x.$': "States.Array('a\\b')" } } } },
    "the text 'a\\b' has a backslash that escapes nothing in state 'A'",
  ],
  [
    'a heartbeat that is not below the timeout',
    machine(task({ TimeoutSeconds: 60, HeartbeatSeconds: 60 })),
    "the field HeartbeatSeconds with the value 60, not below TimeoutSeconds in state 'A'",
  ],
  [
    'an error twice',
    { StartAt: 'A', States: { A: { Type: 'Fail', Error: 'x', ErrorPath: '$.x' } } },
    "both Error and ErrorPath in state 'A'",
  ],
  [
    'a wait of part of a second',
    machine({ Type: 'Wait', Seconds: 1.5, End: true }),
    "the field Seconds with the value 1.5 in state 'A'",
  ],
  [
    'a comparison with another type',
    choosing({ Variable: '$.a', NumericEquals: '1' }),
    'the comparison NumericEquals with "1" in state \'A\'',
  ],
  [
    'a pattern at a path',
    choosing({ Variable: '$.a', StringMatchesPath: '$.b' }),
    "the comparison StringMatchesPath in state 'A'",
  ],
  [
    'a rule of no rules',
    choosing({ And: [] }),
    "a choice rule with And that is not a list of rules in state 'A'",
  ],
  [
    'a rule of two kinds',
    choosing({ Not: { Variable: '$.a', IsNull: true }, Variable: '$.b', IsNull: true }),
    "a choice rule with Not and Variable and IsNull in state 'A'",
  ],
  [
    'a way out of the middle of a rule',
    choosing({ Not: { Variable: '$.a', IsNull: true, Next: 'B' } }),
    "a choice rule with a Next inside in state 'A'",
  ],
  [
    'a name of two states',
    machine({
      Type: 'Map',
      ItemProcessor: { StartAt: 'B', States: { B: pass } },
      End: true,
    }),
    "a name that another state has in state 'B'",
  ],
  [
    'less than no iteration at once',
    mapping({ MaxConcurrency: -1 }),
    "the field MaxConcurrency with the value -1 in state 'A'",
  ],
  [
    'a share above all',
    mapping({ ToleratedFailurePercentage: 101 }),
    "the field ToleratedFailurePercentage with the value 101 in state 'A'",
  ],
  [
    'a batch of an inline Map',
    mapping({ ItemBatcher: { MaxItemsPerBatch: 2 } }),
    "an ItemBatcher of an inline Map in state 'A'",
  ],
  [
    'a batch without a limit',
    mapping({ ItemBatcher: { BatchInput: 1 } }, { Mode: 'DISTRIBUTED' }),
    "an ItemBatcher without a limit of items or bytes in state 'A'",
  ],
  [
    'a batch of none',
    mapping({ ItemBatcher: { MaxItemsPerBatch: 0 } }, { Mode: 'DISTRIBUTED' }),
    "the field MaxItemsPerBatch with the value 0 in state 'A'",
  ],
  [
    'a strange field of a batch',
    mapping({ ItemBatcher: { MaxItemsPerBatch: 1, Size: 2 } }, { Mode: 'DISTRIBUTED' }),
    "the field Size of an ItemBatcher in state 'A'",
  ],
  [
    'a label that is no name',
    mapping({ Label: 'a b' }, { Mode: 'DISTRIBUTED' }),
    "the Label 'a b' in state 'A'",
  ],
  [
    'children of no type',
    mapping({}, { Mode: 'DISTRIBUTED', ExecutionType: 'FAST' }),
    'the ExecutionType "FAST" in state \'A\'',
  ],
  [
    'waiting in an Express child',
    mapping(
      {},
      { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' },
      {
        I: task({ Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken' }),
      },
    ),
    "the pattern .waitForTaskToken inside of an Express workflow in state 'I'",
  ],
  [
    'no path',
    { StartAt: 'A', States: { A: { ...pass, InputPath: '$.a[' } } },
    "the path '$.a[' has a bracket that is not closed in state 'A'",
  ],
];

describe('is refused when it is loaded', () => {
  test.each(REFUSALS)('%s', (_, definition, feature) => {
    expect(() => makeStateMachine(JSON.parse(JSON.stringify(definition)))).toThrow(feature);
  });

  test('what is not JSON', () => {
    expect(() => makeStateMachine('{')).toThrow('a definition that is not JSON');
  });

  test.each([
    ['arn:aws:states:::ecs:runTask.sync', 'the integration ecs:runTask.sync'],
    [
      'arn:aws:states:eu-west-1:111122223333:activity:x',
      "the activity 'arn:aws:states:eu-west-1:111122223333:activity:x'",
    ],
    ['arn:aws:states:::lambda:invoke.sync', 'the integration lambda:invoke.sync'],
    ['arn:aws:states:::aws-sdk:s3:getObject', 'the integration aws-sdk:s3:getObject'],
    [
      'arn:aws:states:::aws-sdk:autoscaling:makeItSo',
      'the integration aws-sdk:autoscaling:makeItSo',
    ],
  ])('%s, in an account', (Resource, feature) => {
    expect(() => makeAccount().addMachine('M', machine(task({ Resource })))).toThrow(
      `${feature} in state 'A'`,
    );
  });

  test('a task with a role of its own, in an account', () => {
    const other = task({ Credentials: { RoleArn: 'arn:aws:iam::111122223333:role/x' } });
    expect(() => makeAccount().addMachine('M', machine(other))).toThrow(
      "the field Credentials in state 'A'",
    );
  });
});

test('a Catch may assign what the branch that it catches assigns, as AWS allows', () => {
  const parallel = {
    Type: 'Parallel',
    Branches: [inner({ I: { ...pass, Assign: { x: 1 } } })],
    Catch: [{ ErrorEquals: ['States.ALL'], Assign: { x: 2 }, Next: 'B' }],
    End: true,
  };
  expect(() => makeStateMachine(JSON.stringify(machine(parallel)))).not.toThrow();
});
