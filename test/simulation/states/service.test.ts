/** Step Functions as its API shows it. */

import type { GetExecutionHistoryOutput } from '@aws-sdk/client-sfn';
import { describe, expect, test } from 'vitest';
import {
  AwsError,
  type Operation,
  type PolicyStatement,
  type Service,
} from '../../../simulator/contract.ts';
import { executionArn, machineArn, makeAccount, place } from './account.ts';

const wait = {
  QueryLanguage: 'JSONata',
  StartAt: 'Wait',
  States: {
    Wait: {
      Type: 'Wait',
      Seconds: '{% $states.input.seconds %}',
      Assign: { waited: true },
      Next: 'Done',
    },
    Done: { Type: 'Pass', Output: { waited: '{% $waited %}' }, End: true },
  },
};
const startOf = (machine: string, name: string, input: object | string = { seconds: 60 }) => ({
  stateMachineArn: machineArn(machine),
  name,
  input: typeof input === 'string' ? input : JSON.stringify(input),
});

function account() {
  const made = makeAccount();
  made.addMachine('M', wait);
  return made;
}

describe('StartExecution', () => {
  test('by the same name and input while it runs is the same execution', async () => {
    const made = account();
    const one = await made.ask('StartExecution', startOf('M', 'a', '{"seconds":60,"x":1}'));
    const two = await made.ask('StartExecution', startOf('M', 'a', '{"x":1, "seconds":60}'));
    expect(two).toEqual(one);
    expect(made.stepFunctions.executions()).toHaveLength(1);
  });

  test.each([
    ['another input while it runs', 1, { seconds: 61 }],
    ['the same input after its end', 100, { seconds: 60 }],
    ['the same input 89 days after its end', 89 * 86_400, { seconds: 60 }],
  ])('by the same name and %s is refused', async (_, afterSeconds, input) => {
    const made = account();
    await made.ask('StartExecution', startOf('M', 'a'));
    await made.world.advance(afterSeconds * 1_000);
    expect(await made.ask('StartExecution', startOf('M', 'a', input))).toMatchObject({
      code: 'ExecutionAlreadyExists',
    });
  });

  test('may use a name again 90 days after its end', async () => {
    const made = account();
    await made.ask('StartExecution', startOf('M', 'a'));
    await made.world.advance(91 * 86_400_000);
    expect(
      await made.ask('DescribeExecution', { executionArn: executionArn('M', 'a') }),
    ).toMatchObject({
      code: 'ExecutionDoesNotExist',
    });
    expect(await made.ask('StartExecution', startOf('M', 'a'))).toMatchObject({
      executionArn: executionArn('M', 'a'),
    });
  });

  test.each([
    ['', 'InvalidName'],
    ['x'.repeat(81), 'InvalidName'],
    ['with space', 'InvalidName'],
    ['a/b', 'InvalidName'],
    ['a:b', 'InvalidName'],
    ['x'.repeat(80), undefined],
    ['r-2026.11.23_1@(x)!+=', undefined],
  ])('by the name "%s": %s', async (name, code) => {
    expect((await account().ask('StartExecution', startOf('M', name)))['code']).toBe(code);
  });

  test.each([
    ['{', 'InvalidExecutionInput'],
    [JSON.stringify('x'.repeat(262_143)), 'InvalidExecutionInput'],
    [JSON.stringify('x'.repeat(262_142)), undefined],
  ])('with an input that starts %.6s: %s', async (input, code) => {
    expect((await account().ask('StartExecution', startOf('M', 'a', input)))['code']).toBe(code);
  });

  test.each([
    [machineArn('Nobody'), 'StateMachineDoesNotExist'],
    ['nonsense', 'InvalidArn'],
  ])('of %s: %s', async (stateMachineArn, code) => {
    expect((await account().ask('StartExecution', { stateMachineArn })).code).toBe(code);
  });
});

describe('reading', () => {
  test('DescribeExecution before and after the end', async () => {
    const made = account();
    await made.ask('StartExecution', startOf('M', 'a'));
    const running = await made.ask('DescribeExecution', { executionArn: executionArn('M', 'a') });
    expect(running).toMatchObject({
      status: 'RUNNING',
      name: 'a',
      input: '{"seconds":60}',
      redriveStatus: 'NOT_REDRIVABLE',
    });
    expect(running).not.toHaveProperty('stopDate');
    await made.world.run();
    const ended = await made.ask('DescribeExecution', { executionArn: executionArn('M', 'a') });
    expect(ended).toMatchObject({
      status: 'SUCCEEDED',
      output: '{"waited":true}',
      stateMachineArn: machineArn('M'),
    });
    expect(ended['stopDate']).toBeInstanceOf(Date);
  });

  test('GetExecutionHistory in pages, both ways, with and without data', async () => {
    const made = account();
    await made.ask('StartExecution', startOf('M', 'a'));
    await made.world.run();
    const read = async (rest: object): Promise<GetExecutionHistoryOutput> =>
      (await made.ask('GetExecutionHistory', {
        executionArn: executionArn('M', 'a'),
        ...rest,
      })) as never;
    const all = await read({});
    expect(all.events!.map(({ type }) => type)).toEqual([
      ...['ExecutionStarted', 'WaitStateEntered', 'WaitStateExited'],
      ...['PassStateEntered', 'PassStateExited', 'ExecutionSucceeded'],
    ]);
    expect(all.events![2]).toMatchObject({
      id: 3,
      previousEventId: 2,
      stateExitedEventDetails: {
        name: 'Wait',
        output: '{"seconds":60}',
        outputDetails: { truncated: false },
        assignedVariables: { waited: 'true' },
      },
    });
    expect(all.nextToken).toBeUndefined();
    const first = await read({ maxResults: 4, reverseOrder: true });
    const second = await read({ maxResults: 4, reverseOrder: true, nextToken: first.nextToken });
    expect([...first.events!, ...second.events!].map(({ id }) => id)).toEqual([6, 5, 4, 3, 2, 1]);
    const bare = await read({ includeExecutionData: false });
    expect(JSON.stringify(bare.events)).not.toContain('waited":');
  });

  test('ListExecutions newest first, by status', async () => {
    const made = account();
    for (const name of ['a', 'b', 'c'])
      await made.ask('StartExecution', startOf('M', name, { seconds: name === 'b' ? 1 : 999 }));
    await made.world.advance(5_000);
    const names = async (rest: object): Promise<unknown> => {
      const { executions } = await made.ask('ListExecutions', {
        stateMachineArn: machineArn('M'),
        ...rest,
      });
      return (executions as { name: string }[]).map(({ name }) => name);
    };
    expect(await names({})).toEqual(['c', 'b', 'a']);
    expect(await names({ statusFilter: 'SUCCEEDED' })).toEqual(['b']);
    expect(await names({ maxResults: 2 })).toEqual(['c', 'b']);
  });

  test('an execution keeps the definition it started with', async () => {
    const made = account();
    await made.ask('StartExecution', startOf('M', 'a'));
    const other = { StartAt: 'Other', States: { Other: { Type: 'Succeed' } } };
    made.stepFunctions.updateDefinition(machineArn('M'), JSON.stringify(other));
    const running = await made.ask('DescribeStateMachineForExecution', {
      executionArn: executionArn('M', 'a'),
    });
    expect(running['definition']).toBe(JSON.stringify(wait));
    const now = await made.ask('DescribeStateMachine', { stateMachineArn: machineArn('M') });
    expect(now).toMatchObject({
      definition: JSON.stringify(other),
      status: 'ACTIVE',
      type: 'STANDARD',
    });
    await made.world.run();
    expect(made.execution('M', 'a').outputText).toBe('{"waited":true}');
  });
});

describe('status events', () => {
  test('tell every change, with input and output as text', async () => {
    const made = account();
    await made.ask('StartExecution', startOf('M', 'a'));
    await made.world.run();
    await made.ask('StartExecution', startOf('M', 'b'));
    await made.ask('StopExecution', {
      executionArn: executionArn('M', 'b'),
      error: 'Stop',
      cause: 'by hand',
    });
    expect(made.events.map(({ detail }) => (detail as { status: string }).status)).toEqual([
      ...['RUNNING', 'SUCCEEDED', 'RUNNING', 'ABORTED'],
    ]);
    expect(made.events[1]).toMatchObject({
      source: 'aws.states',
      detailType: 'Step Functions Execution Status Change',
      resources: [executionArn('M', 'a')],
      detail: {
        executionArn: executionArn('M', 'a'),
        stateMachineArn: machineArn('M'),
        name: 'a',
        input: '{"seconds":60}',
        inputDetails: { included: true },
        output: '{"waited":true}',
        outputDetails: { included: true },
        stopDate: made.execution('M', 'a').stoppedMs!,
        redriveCount: 0,
      },
    });
    expect(made.events[3]!.detail).toMatchObject({
      error: 'Stop',
      cause: 'by hand',
      output: null,
      redriveStatus: 'REDRIVABLE',
    });
  });

  test('leave out an input of more than 248 KiB', async () => {
    const made = account();
    await made.ask('StartExecution', startOf('M', 'a', { seconds: 1, text: 'x'.repeat(254_000) }));
    expect(made.events[0]!.detail).toMatchObject({
      input: null,
      inputDetails: { included: false },
    });
  });
});

describe('RedriveExecution', () => {
  test('goes on from the state that was under way, with its variables', async () => {
    const made = account();
    await made.ask('StartExecution', startOf('M', 'a'));
    await made.world.advance(10_000);
    await made.ask('StopExecution', { executionArn: executionArn('M', 'a') });
    expect(
      (await made.ask('RedriveExecution', { executionArn: executionArn('M', 'a') }))['redriveDate'],
    ).toBeInstanceOf(Date);
    await made.world.run();
    expect(made.execution('M', 'a')).toMatchObject({
      status: 'SUCCEEDED',
      redriveCount: 1,
      outputText: '{"waited":true}',
    });
    expect(made.history('M', 'a')).toEqual([
      ...[
        'ExecutionStarted',
        'WaitStateEntered Wait',
        'ExecutionAborted',
        'ExecutionRedriven',
        'WaitStateExited Wait',
      ],
      ...['PassStateEntered Done', 'PassStateExited Done', 'ExecutionSucceeded'],
    ]);
  });

  test.each([
    ['runs', 1],
    ['succeeded', 100],
  ])('is refused for one that %s', async (_, afterSeconds) => {
    const made = account();
    await made.ask('StartExecution', startOf('M', 'a'));
    await made.world.advance(afterSeconds * 1_000);
    expect(
      await made.ask('RedriveExecution', { executionArn: executionArn('M', 'a') }),
    ).toMatchObject({
      code: 'ExecutionNotRedrivable',
    });
  });

  test('is refused 14 days after the end', async () => {
    const made = account();
    await made.ask('StartExecution', startOf('M', 'a'));
    await made.ask('StopExecution', { executionArn: executionArn('M', 'a') });
    await made.world.advance(15 * 86_400_000);
    expect(
      (await made.ask('RedriveExecution', { executionArn: executionArn('M', 'a') })).code,
    ).toBe('ExecutionNotRedrivable');
  });
});

describe('integrations', () => {
  function scaling(run: (input: Record<string, unknown>) => unknown): Service {
    const update: Operation = {
      authorize: () => [{ action: 'autoscaling:UpdateAutoScalingGroup', resource: 'arn:group' }],
      run: run as never,
    };
    return {
      client: 'client-auto-scaling',
      operations: { UpdateAutoScalingGroup: update, StartInstanceRefresh: update },
    };
  }
  const sdk = (action: string, args: object) => ({
    QueryLanguage: 'JSONata',
    StartAt: 'Act',
    States: {
      Act: {
        Type: 'Task',
        Resource: `arn:aws:states:::aws-sdk:autoscaling:${action}`,
        Arguments: args,
        End: true,
      },
    },
  });
  const allow: PolicyStatement = { Effect: 'Allow', Action: 'autoscaling:*', Resource: '*' };

  test('rename members to the SDK and back, and call as the session of the execution', async () => {
    const made = makeAccount();
    let seen: unknown;
    made.calls.addService(
      scaling((input) => {
        seen = input;
        return { InstanceRefreshId: 'r-1' };
      }),
    );
    made.addMachine(
      'M',
      sdk('startInstanceRefresh', {
        AutoScalingGroupName: 'web',
        Preferences: { MinHealthyPercentage: 90 },
      }),
      [allow],
    );
    await made.start('M', 'release-7');
    await made.world.run();
    expect(seen).toEqual({
      AutoScalingGroupName: 'web',
      Preferences: { MinHealthyPercentage: 90 },
    });
    expect(made.execution('M', 'release-7').outputText).toBe('{"InstanceRefreshId":"r-1"}');
    expect(
      made.trace.find((line) => line.kind === 'call' && line.service === 'client-auto-scaling'),
    ).toMatchObject({
      caller: 'release-7',
      role: 'M-role',
      operation: 'StartInstanceRefresh',
    });
  });

  test.each([
    ['InstanceRefreshInProgress', 'AutoScaling.InstanceRefreshInProgressException'],
    ['InstanceRefreshInProgressFault', 'AutoScaling.InstanceRefreshInProgressException'],
    ['ValidationError', 'AutoScaling.AutoScalingException'],
    ['SdkClientException', 'AutoScaling.SdkClientException'],
  ])('name the error %s: %s', async (code, error) => {
    const made = makeAccount();
    made.calls.addService(
      scaling(() => {
        throw new AwsError(code, 'An update is under way');
      }),
    );
    made.addMachine('M', sdk('updateAutoScalingGroup', { AutoScalingGroupName: 'web' }), [allow]);
    await made.start('M', 'a');
    await made.world.run();
    const { failure } = made.execution('M', 'a');
    expect(failure.error).toBe(error);
    expect(failure.cause).toMatch(
      code === 'SdkClientException'
        ? /^An update is under way$/
        : /^An update is under way \(Service: AutoScaling, Status Code: 400, Request ID: /,
    );
  });

  test('fail as IAM words it when the role may not', async () => {
    const made = makeAccount();
    made.calls.addService(scaling(() => ({})));
    made.addMachine('M', sdk('updateAutoScalingGroup', { AutoScalingGroupName: 'web' }), []);
    await made.start('M', 'a');
    await made.world.run();
    expect(made.execution('M', 'a').failure).toMatchObject({
      error: 'AutoScaling.AutoScalingException',
      cause: expect.stringContaining(
        `User: arn:aws:sts::${place.accountId}:assumed-role/M-role/a is not authorized to perform: autoscaling:UpdateAutoScalingGroup`,
      ),
    });
  });

  test('put the execution among the resources of its events, and fail on a failed entry', async () => {
    const made = makeAccount();
    let failing = false;
    let entries: unknown;
    const putEvents: Operation<{ Entries: unknown }> = {
      authorize: () => [],
      run: (input) => {
        entries = input.Entries;
        return failing
          ? {
              FailedEntryCount: 1,
              Entries: [{ ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' }],
            }
          : { FailedEntryCount: 0, Entries: [{ EventId: 'e-1' }] };
      },
    };
    made.calls.addService({
      client: 'client-eventbridge',
      operations: { PutEvents: putEvents as Operation },
    });
    made.addMachine('M', {
      QueryLanguage: 'JSONata',
      StartAt: 'Tell',
      States: {
        Tell: {
          Type: 'Task',
          Resource: 'arn:aws:states:::events:putEvents',
          Arguments: {
            Entries: [
              { Source: 'kiln', DetailType: 'Release', Detail: { n: 1 }, EventBusName: 'default' },
            ],
          },
          End: true,
        },
      },
    });
    await made.start('M', 'a');
    await made.world.run();
    expect(entries).toEqual([
      {
        Source: 'kiln',
        DetailType: 'Release',
        Detail: '{"n":1}',
        EventBusName: 'default',
        Resources: [executionArn('M', 'a'), machineArn('M')],
      },
    ]);
    failing = true;
    await made.start('M', 'b');
    await made.world.run();
    expect(made.execution('M', 'b').failure).toEqual({
      error: 'EventBridge.FailedEntry',
      cause:
        '{"FailedEntryCount":1,"Entries":[{"ErrorCode":"MalformedDetail","ErrorMessage":"Detail is malformed."}]}',
    });
  });

  test('a function by its ARN, and one that is not there', async () => {
    const made = makeAccount();
    const arn = `arn:aws:lambda:${place.region}:${place.accountId}:function:gone`;
    made.addMachine('M', {
      StartAt: 'F',
      States: { F: { Type: 'Task', Resource: arn, End: true } },
    });
    await made.start('M', 'a');
    await made.world.run();
    expect(made.execution('M', 'a').failure.error).toBe('Lambda.ResourceNotFoundException');
    expect(made.history('M', 'a')).toContain('LambdaFunctionFailed');
  });

  test('startExecution without waiting answers at once', async () => {
    const made = account();
    made.addMachine('P', {
      QueryLanguage: 'JSONata',
      StartAt: 'Start',
      States: {
        Start: {
          Type: 'Task',
          Resource: 'arn:aws:states:::states:startExecution',
          Arguments: { StateMachineArn: machineArn('M'), Name: 'child', Input: { seconds: 500 } },
          Output: '{% $states.result.ExecutionArn %}',
          End: true,
        },
      },
    });
    await made.start('P', 'a');
    await made.world.advance(10_000);
    expect(made.execution('P', 'a').outputText).toBe(`"${executionArn('M', 'child')}"`);
    expect(made.execution('M', 'child').status).toBe('RUNNING');
  });
});

test('every operation asks for its own permission on its own resource', async () => {
  const made = account();
  const asked: string[] = [];
  const context = {
    caller: { kind: 'person', name: 'x' },
    nowMs: 0,
    require: () => {},
    allows: () => true,
  } as const;
  const input = {
    stateMachineArn: machineArn('M'),
    executionArn: executionArn('M', 'a'),
    taskToken: 't',
  };
  for (const [name, operation] of Object.entries(made.stepFunctions.operations)) {
    const [permission] = (operation as Operation<object>).authorize(input, context);
    expect(permission!.action).toBe(`states:${name}`);
    asked.push(`${name} ${permission!.resource.split(':')[5] ?? permission!.resource}`);
  }
  expect(asked.sort()).toEqual([
    ...[
      'DescribeExecution execution',
      'DescribeStateMachine stateMachine',
      'DescribeStateMachineForExecution execution',
    ],
    ...[
      'GetExecutionHistory execution',
      'ListExecutions stateMachine',
      'ListStateMachines *',
      'RedriveExecution execution',
    ],
    ...[
      'SendTaskFailure *',
      'SendTaskHeartbeat *',
      'SendTaskSuccess *',
      'StartExecution stateMachine',
      'StopExecution execution',
    ],
  ]);
});
