import { expect, test } from 'vitest';
import { Accounting } from '../../bin/cli/accounting.ts';
import type { TraceLine } from '../../simulator/index.ts';
import type { Witness } from '../../simulator/invariants/witness.ts';

const ARN = 'arn:aws:states:eu-west-1:111122223333:execution';
const release = (name: string) => `${ARN}:kiln-main-release:${name}`;
const rollout = (name: string) => `${ARN}:kiln-main-rollout:${name}`;
const recover = (name: string) => `${ARN}:kiln-main-recover:${name}`;

/** Every execution has ten transitions. */
const witness = { execution: () => ({ transitions: 10 }) } as unknown as Witness;

function accounts(...lines: readonly object[]): Accounting {
  const accounting = new Accounting(witness);
  for (const line of lines) accounting.heard({ at: '', ...line } as TraceLine);
  return accounting;
}

const began = (execution: string, input: object = { image: 'web' }) => ({
  kind: 'execution',
  phase: 'started',
  execution,
  input,
});
const ended = (execution: string) => ({ kind: 'execution', phase: 'ended', execution });
const invoked = (functionName: string) => ({ kind: 'invocation', phase: 'started', functionName });
const called = (caller: string, role = 'a role') => ({ kind: 'call', caller, role });

test('a release counts its rollouts and the Recover that took it over', () => {
  const accounting = accounts(
    began(release('web-1')),
    began(rollout('prod-1'), { fleet: 'prod', releaseId: 'web-1' }),
    ended(release('web-1')),
    ended(rollout('prod-1')),
    began(recover('r-1'), { executionArn: release('web-1') }),
    invoked('TakeOver'),
    ended(recover('r-1')),
    invoked('TakeOver'),
  );
  expect(accounting.spentOn('web-1')).toEqual({
    transitions: 30,
    lambdaInvocations: 1,
    awsCalls: 0,
  });
});

test('calls of workflows go by their execution, those of functions to the release under way', () => {
  const accounting = accounts(
    called('OpenRelease'),
    began(release('web-1')),
    began(release('web-2')),
    called('web-1'),
    called('web-2'),
    called('SuperviseBake'),
    invoked('SuperviseBake'),
    ended(release('web-1')),
    called('CloseRelease'),
  );
  expect(accounting.spentOn('web-1')).toMatchObject({ awsCalls: 2, lambdaInvocations: 1 });
  expect(accounting.spentOn('web-2')).toMatchObject({ awsCalls: 2, lambdaInvocations: 0 });
});

test('people, AWS and what runs by the clock cost a release nothing', () => {
  const accounting = accounts(
    began(release('web-1')),
    called('operator', ''),
    called('Kiln-FindOrphans-1'),
    invoked('Kiln-FindOrphans-1'),
    invoked('Kiln-ReceiveCause-1'),
    called('Kiln-SchedulesSweep-1'),
    began(rollout('by-hand'), { fleet: 'prod', pin: true }),
  );
  expect(accounting.spentOn('web-1')).toEqual({
    transitions: 10,
    lambdaInvocations: 0,
    awsCalls: 0,
  });
});
