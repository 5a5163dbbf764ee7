/** Executions inside of executions: their outcome as data, their end with their parent's. */

import { describe, expect, test } from 'vitest';
import type { PolicyStatement } from '../../../simulator/contract.ts';
import { executionArn, machineArn, makeAccount, place } from './account.ts';

const fleets = {
  QueryLanguage: 'JSONata',
  StartAt: 'Roll out',
  States: {
    'Roll out': {
      Type: 'Map',
      Items: '{% $states.input.fleets %}',
      ItemProcessor: {
        StartAt: 'One fleet',
        States: {
          'One fleet': {
            Type: 'Task',
            Resource: 'arn:aws:states:::states:startExecution.sync:2',
            Arguments: {
              StateMachineArn: machineArn('Child'),
              Name: "{% 'r1-' & $states.input.fleet %}",
              Input: '{% $states.input %}',
            },
            Output: {
              fleet: '{% $states.input.fleet %}',
              outcome: '{% $states.result.Output.outcome %}',
            },
            Catch: [
              {
                ErrorEquals: ['States.ALL'],
                Output: {
                  fleet: '{% $states.input.fleet %}',
                  outcome: 'lost',
                  why: '{% $states.errorOutput.Error %}',
                  child: '{% $parse($states.errorOutput.Cause) %}',
                },
                Next: 'Lost',
              },
            ],
            End: true,
          },
          Lost: { Type: 'Pass', End: true },
        },
      },
      End: true,
    },
  },
};

const child = {
  QueryLanguage: 'JSONata',
  StartAt: 'What now?',
  States: {
    'What now?': {
      Type: 'Choice',
      Choices: [
        { Condition: '{% $states.input.ends = "fails" %}', Next: 'Fails' },
        { Condition: '{% $states.input.ends = "never" %}', Next: 'Never' },
      ],
      Default: 'Ends well',
    },
    Fails: { Type: 'Fail', Error: 'Sick', Cause: 'the canary died' },
    Never: { Type: 'Wait', Seconds: 900_000, Next: 'Ends well' },
    'Ends well': { Type: 'Pass', Output: { outcome: 'rolled-out' }, End: true },
  },
};

const executionsOfChild = `arn:aws:states:${place.region}:${place.accountId}:execution:Child:*`;
const rule = `arn:aws:events:${place.region}:${place.accountId}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`;
const needed: Record<string, PolicyStatement> = {
  start: { Effect: 'Allow', Action: 'states:StartExecution', Resource: machineArn('Child') },
  describe: { Effect: 'Allow', Action: 'states:DescribeExecution', Resource: executionsOfChild },
  stop: { Effect: 'Allow', Action: 'states:StopExecution', Resource: executionsOfChild },
  rule: {
    Effect: 'Allow',
    Action: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
    Resource: rule,
  },
};

function twoMachines(statements: PolicyStatement[] = Object.values(needed)) {
  const account = makeAccount();
  account.addMachine('Parent', fleets, statements);
  account.addMachine('Child', child);
  return account;
}

describe('a Map of nested executions', () => {
  test('gives each outcome as data, a failed one too, and lets the siblings end', async () => {
    const account = twoMachines();
    await account.start('Parent', 'release', {
      fleets: [
        { fleet: 'a', ends: 'well' },
        { fleet: 'b', ends: 'fails' },
        { fleet: 'c', ends: 'well' },
      ],
    });
    await account.world.run();
    const { status, outputText } = account.execution('Parent', 'release');
    expect(status).toBe('SUCCEEDED');
    const [a, b, c] = JSON.parse(outputText ?? '[]');
    expect(a).toEqual({ fleet: 'a', outcome: 'rolled-out' });
    expect(c).toEqual({ fleet: 'c', outcome: 'rolled-out' });
    expect(b).toMatchObject({
      fleet: 'b',
      outcome: 'lost',
      why: 'States.TaskFailed',
      child: {
        Error: 'Sick',
        Cause: 'the canary died',
        Status: 'FAILED',
        ExecutionArn: executionArn('Child', 'r1-b'),
        Input: '{"fleet":"b","ends":"fails"}',
      },
    });
  });

  test('ends its children when it is stopped, those alone', async () => {
    const account = twoMachines();
    await account.start('Child', 'other', { ends: 'never' });
    await account.start('Parent', 'release', {
      fleets: [
        { fleet: 'a', ends: 'never' },
        { fleet: 'b', ends: 'well' },
      ],
    });
    await account.world.advance(60_000);
    await account.ask('StopExecution', {
      executionArn: executionArn('Parent', 'release'),
      error: 'Stop',
      cause: 'by hand',
    });
    await account.world.advance(60_000);
    expect(account.execution('Parent', 'release')).toMatchObject({
      status: 'ABORTED',
      failure: { error: 'Stop', cause: 'by hand' },
    });
    expect(account.execution('Child', 'r1-a').status).toBe('ABORTED');
    expect(account.execution('Child', 'r1-b').status).toBe('SUCCEEDED');
    expect(account.execution('Child', 'other').status).toBe('RUNNING');
  });

  test('ends its children when its own time is up', async () => {
    const account = twoMachines();
    account.stepFunctions.updateDefinition(
      machineArn('Parent'),
      JSON.stringify({ ...fleets, TimeoutSeconds: 120 }),
    );
    await account.start('Parent', 'release', { fleets: [{ fleet: 'a', ends: 'never' }] });
    await account.world.run();
    expect(account.execution('Parent', 'release')).toMatchObject({
      status: 'TIMED_OUT',
      failure: { error: 'States.Timeout' },
    });
    expect(account.history('Parent', 'release').at(-1)).toBe('ExecutionTimedOut');
    expect(account.execution('Child', 'r1-a').status).toBe('ABORTED');
  });

  test('leaves a child running that its role may not stop any more', async () => {
    const account = twoMachines();
    await account.start('Parent', 'release', { fleets: [{ fleet: 'a', ends: 'never' }] });
    await account.world.advance(60_000);
    account.iam.attachPolicy('Parent-role', 'later', {
      Statement: { Effect: 'Deny', Action: 'states:StopExecution', Resource: '*' },
    });
    await account.ask('StopExecution', { executionArn: executionArn('Parent', 'release') });
    await account.world.advance(60_000);
    expect(account.execution('Child', 'r1-a').status).toBe('RUNNING');
  });

  test.each(Object.keys(needed))('fails without the permission to %s', async (missing) => {
    const statements = Object.entries(needed).flatMap(([name, statement]) =>
      name === missing ? [] : [statement],
    );
    const account = twoMachines(statements);
    account.stepFunctions.updateDefinition(
      machineArn('Parent'),
      JSON.stringify({
        StartAt: 'Nested',
        States: {
          Nested: {
            Type: 'Task',
            Resource: 'arn:aws:states:::states:startExecution.sync:2',
            Parameters: {
              StateMachineArn: machineArn('Child'),
              Name: 'n',
              Input: { ends: 'well' },
            },
            End: true,
          },
        },
      }),
    );
    await account.start('Parent', 'release');
    await account.world.run();
    const { status, failure } = account.execution('Parent', 'release');
    expect(status).toBe('FAILED');
    expect(failure.cause).toMatch(
      /is not authorized to perform: .* \(Service: AWSStepFunctions; .*AccessDeniedException/,
    );
  });

  test('is not started twice by one name while the first one runs', async () => {
    const account = twoMachines();
    await account.start('Child', 'r1-a', { fleet: 'a', ends: 'never' });
    await account.start('Parent', 'release', { fleets: [{ fleet: 'a', ends: 'never' }] });
    await account.world.advance(60_000);
    await account.ask('StopExecution', { executionArn: executionArn('Child', 'r1-a'), error: 'E' });
    await account.world.run();
    const [a] = JSON.parse(account.execution('Parent', 'release').outputText ?? '[]');
    expect(a).toMatchObject({ outcome: 'lost', child: { Status: 'ABORTED', Error: 'E' } });
  });
});
