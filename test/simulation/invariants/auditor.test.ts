import { expect, test } from 'vitest';
import { invariants, makeAuditor } from '../../../simulator/invariants/auditor.ts';
import type { Witness } from '../../../simulator/invariants/witness.ts';
import type { TraceLine } from '../../../simulator/world.ts';
import { playScenario } from '../scenarios/playing.ts';
import { catalogue, emptyLedger, START_MS } from './doctored.ts';

const witness = {
  catalogue,
  nowMs: () => START_MS,
  ledger: () => emptyLedger,
  group: () => undefined,
  executions: () => [],
} as unknown as Witness;

const denied = {
  at: '',
  kind: 'call',
  caller: 'someone',
  role: 'a role',
  service: 'client-ssm',
  operation: 'GetParameter',
  input: {},
  error: { name: 'AccessDeniedException', message: 'no' },
} as TraceLine;

test('a breach names the invariant, who broke it, when, and the command that repeats it; once', () => {
  const auditor = makeAuditor(witness, 'npx tsx bin/kiln.ts rehearse --scenario x --seed 7');
  auditor.line(denied);
  auditor.line(denied);
  expect(auditor.breaches()).toEqual([
    {
      invariant: '9 every call is allowed',
      message:
        '2026-11-23T09:00:00.000Z someone may not GetParameter (client-ssm): no; replay: npx tsx bin/kiln.ts rehearse --scenario x --seed 7',
    },
  ]);
});

test('the invariants are numbered from 1 to 12', () => {
  expect(Object.keys(invariants).map((name) => Number(name.split(' ')[0]))).toEqual(
    Array.from({ length: 12 }, (_, index) => index + 1),
  );
});

test('a call that its role does not allow is found in a played history', async () => {
  const played = await playScenario('bake-fails', {
    seed: 5,
    arrange: ({ iam }) => {
      const decide = iam.decide.bind(iam);
      iam.decide = (caller, permission) =>
        permission.action === 'sns:Publish'
          ? { allowed: false, why: 'taken away by a test' }
          : decide(caller, permission);
    },
  });
  expect(played.breaches.map(({ invariant }) => invariant)).toContain('9 every call is allowed');
});

test('what a service may not do on behalf of a role is found too, though no call shows it', async () => {
  let role = '';
  const played = await playScenario('bake-fails', {
    seed: 5,
    arrange: ({ iam }) => {
      role = iam.grants().find((one) => one.role.includes('StartBake'))?.role ?? '';
      const Statement = [{ Effect: 'Deny', Action: 'logs:PutLogEvents', Resource: '*' }] as const;
      iam.attachPolicy(role, 'taken away by a test', { Version: '2012-10-17', Statement });
    },
  });
  expect(role).not.toBe('');
  const [breach, ...others] = played.breaches;
  expect(others).toEqual([]);
  expect(breach?.invariant).toBe('9 every call is allowed');
  expect(breach?.message).toContain(`${role} may not logs:PutLogEvents on arn:aws:logs:`);
});
