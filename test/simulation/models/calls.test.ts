import { expect, test } from 'vitest';
import { makeCalls } from '../../../simulator/calls.ts';
import type { Permission, Service } from '../../../simulator/contract.ts';
import { simulate } from '../../../simulator/index.ts';
import { checkInput, checkOutput } from '../../../simulator/models/models.ts';
import { makeWorld } from '../../../simulator/world.ts';

const caller = { kind: 'role', roleName: 'kiln', session: 'test' } as const;
const place = { accountId: '111122223333', region: 'eu-west-1', partition: 'aws' };

/** A parameter store that answers this, and writes down what it was asked. */
function setUp(answer: unknown, checked = true) {
  const world = makeWorld({ seed: 1, startMs: 0 });
  const asked: Permission[] = [];
  const ran: unknown[] = [];
  const service: Service = {
    client: 'client-ssm',
    operations: {
      GetParameter: {
        authorize: () => [{ action: 'ssm:GetParameter', resource: '*' }],
        run: (input) => {
          ran.push(input);
          return answer;
        },
      },
    },
  };
  const calls = makeCalls({
    world,
    place,
    iam: {
      decide: (_, permission) => {
        asked.push(permission);
        return { allowed: true, why: '' };
      },
    },
    services: [service],
    ...(checked && { models: { checkInput, checkOutput } }),
  });
  const ask = (input: unknown) => {
    const made = calls.callAws({ caller, client: 'client-ssm', operation: 'GetParameter', input });
    made.catch(() => undefined);
    return made;
  };
  return { world, asked, ran, ask };
}

test('an input that the model refuses reaches neither permissions nor the service', async () => {
  const { world, asked, ran, ask } = setUp({});
  const asking = ask({ Name: '' });
  await world.run();
  await expect(asking).rejects.toMatchObject({ code: 'ValidationException' });
  expect([asked, ran]).toEqual([[], []]);
});

test('an input that the model allows is asked permission for, and run', async () => {
  const { world, asked, ran, ask } = setUp({ Parameter: { Name: 'x' } });
  const asking = ask({ Name: 'x' });
  await world.run();
  expect(await asking).toEqual({ Parameter: { Name: 'x' } });
  expect([asked.length, ran.length]).toEqual([1, 1]);
});

test.each([
  ['at once', { Parameter: 'x' }],
  ['later', Promise.resolve({ Parameter: 'x' })],
])('an answer that AWS could not give, %s, ends the run', async (_, answer) => {
  const { world, ask } = setUp(answer);
  void ask({ Name: 'x' });
  const told =
    "the simulated answer of client-ssm GetParameter is none of AWS's: Parameter is no struct";
  await expect(world.run()).rejects.toThrow(told);
});

test('without models nothing is checked', async () => {
  const { world, ask } = setUp({ Parameter: 'x' }, false);
  const asking = ask({ Name: '' });
  await world.run();
  expect(await asking).toEqual({ Parameter: 'x' });
});

test('a simulated account checks by default', async () => {
  const { account, run } = simulate({ seed: 1 });
  const call = { caller: { kind: 'person', name: 'operator' }, client: 'client-ssm' } as const;
  const asking = account.calls.callAws({ ...call, operation: 'GetParameters', input: {} });
  const seen = expect(asking).rejects.toThrow("Value null at 'names' failed");
  await run();
  await seen;
});
