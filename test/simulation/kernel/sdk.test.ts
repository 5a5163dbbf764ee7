import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle } from '../../../lib/bundle.ts';
import type { CallsOptions } from '../../../simulator/calls.ts';
import { AwsError } from '../../../simulator/contract.ts';
import { aFunction, anAccount, anOperation, aService } from './account.ts';

const source = fileURLToPath(new URL('fixtures/functions', import.meta.url));
let outdir = '';
const paths = new Map<string, string>();

beforeAll(async () => {
  outdir = await mkdtemp(join(tmpdir(), 'kernel-sdk-'));
  for (const { name, path } of await bundle({ source, outdir })) paths.set(name, path);
});
afterAll(() => rm(outdir, { recursive: true, force: true }));

function anAccountWithTable(
  options: { intercept?: CallsOptions['intercept']; denied?: readonly string[] } = {},
) {
  const items = new Map<string, unknown>();
  const PutItem = anOperation('dynamodb:PutItem', (input) => {
    const item = input['Item'] as { pk: { S: string } };
    items.set(item.pk.S, item);
    return {};
  });
  const account = anAccount({ ...options, services: [aService('client-dynamodb', { PutItem })] });
  const code = { path: paths.get('ledger')! };
  account.runtime.add(aFunction('', { functionName: 'ledger', code }));
  return { ...account, items };
}

test('a bundled SDK client reaches a service of the account as the role of its function', async () => {
  const { world, runtime, items, trace } = anAccountWithTable();
  const finished = runtime.run('ledger', { id: 'one' });
  await world.run();
  const { answer } = await finished;
  expect(answer).toMatchObject({ ok: true, payload: { attempts: 1 } });
  const { began, ended } = (answer as unknown as { payload: { began: number; ended: number } })
    .payload;
  expect(items.get('one')).toEqual({ pk: { S: 'one' }, at: { N: String(began) } });
  expect(ended - began).toBeGreaterThanOrEqual(4);
  expect(ended - began).toBeLessThanOrEqual(40);
  expect(trace).toContainEqual(
    expect.objectContaining({
      kind: 'call',
      caller: 'ledger',
      role: 'ledger-role',
      service: 'client-dynamodb',
      operation: 'PutItem',
      input: { TableName: 'ledger', Item: items.get('one') },
    }),
  );
});

test('the SDK backs off in virtual time', async () => {
  let refused = 0;
  const { world, runtime } = anAccountWithTable({
    intercept: () => {
      refused += 1;
      if (refused > 2) return undefined;
      return { fail: new AwsError('ThrottlingException', 'Rate exceeded', 400) };
    },
  });
  const finished = runtime.run('ledger', { id: 'one' });
  await world.run();
  expect((await finished).answer).toMatchObject({ ok: true, payload: { attempts: 3 } });
});

test('a lost answer is a broken connection, so the SDK calls again', async () => {
  let lost = 0;
  const { world, runtime, calls, items } = anAccountWithTable({
    intercept: () => {
      lost += 1;
      return lost === 1 ? { loseAnswer: true } : undefined;
    },
  });
  const finished = runtime.run('ledger', { id: 'one' });
  await world.run();
  expect((await finished).answer).toMatchObject({ ok: true, payload: { attempts: 2 } });
  expect([calls.count(), items.size]).toEqual([2, 1]);
});

test('a denied call fails in the function with the words of AWS', async () => {
  const { world, runtime } = anAccountWithTable({ denied: ['dynamodb:PutItem'] });
  const finished = runtime.run('ledger', { id: 'one' });
  await world.run();
  const { answer } = await finished;
  expect(answer).toMatchObject({ ok: false, errorType: 'AccessDeniedException' });
  expect((answer as { errorMessage: string }).errorMessage).toContain(
    'User: arn:aws:sts::111122223333:assumed-role/ledger-role/ledger is not authorized to perform: dynamodb:PutItem',
  );
});

test('concurrent functions interleave at their calls, alike for the same seed', async () => {
  const run = async (): Promise<string> => {
    const { world, runtime, trace, items } = anAccountWithTable();
    for (let index = 0; index < 8; index += 1) void runtime.run('ledger', { id: `item ${index}` });
    await world.run();
    expect(items.size).toBe(8);
    expect(trace.filter((line) => line.kind === 'invocation' && line.error)).toEqual([]);
    return trace.map((line) => JSON.stringify(line)).join('\n');
  };
  const once = await run();
  expect(await run()).toBe(once);
  let open = 0;
  let openMax = 0;
  for (const line of once.split('\n')) {
    if (line.includes('"phase":"started"')) open += 1;
    if (line.includes('"phase":"ended"')) open -= 1;
    openMax = Math.max(openMax, open);
  }
  expect(openMax).toBeGreaterThan(1);
});

test('five clients of three protocols work from one bundle', async () => {
  const answers: Record<string, unknown> = {
    DescribeAutoScalingGroups: { AutoScalingGroups: [{ AutoScalingGroupName: 'web' }] },
  };
  const service = (client: string, operation: string) =>
    aService(client, {
      [operation]: anOperation(`x:${operation}`, () => answers[operation] ?? {}),
    });
  const { world, runtime, calls } = anAccount({
    services: [
      service('client-auto-scaling', 'DescribeAutoScalingGroups'),
      service('client-cloudwatch', 'DescribeAlarms'),
      service('client-dynamodb', 'GetItem'),
      service('client-elastic-load-balancing-v2', 'DescribeTargetHealth'),
      service('client-sfn', 'SendTaskSuccess'),
    ],
  });
  runtime.add(aFunction('', { functionName: 'many', code: { path: paths.get('many-clients')! } }));
  const finished = runtime.run('many', { group: 'web', token: 'token' });
  await world.run();
  expect((await finished).answer).toEqual({ ok: true, payload: 1 });
  expect(calls.count()).toBe(5);
});
