import { expect, test } from 'vitest';
import { AwsError, type Caller, type Operation } from '../../../simulator/contract.ts';
import { anAccount, anOperation, aService, START_MS } from './account.ts';

const CALLER: Caller = { kind: 'role', roleName: 'rollout-role', session: 'rollout' };
const call = (operation: string, input: unknown = {}, client = 'client-sqs') => ({
  caller: CALLER,
  client,
  operation,
  input,
});

test('has the effect between a request leg and an answer leg', async () => {
  let effectMs = 0;
  const account = anAccount();
  const { world, calls } = account;
  const run = (): unknown => {
    effectMs = world.nowMs();
    return { ok: true };
  };
  calls.addService(aService('client-sqs', { Do: anOperation('sqs:Do', run) }));
  let answeredMs = 0;
  calls.callAws(call('Do')).then(() => {
    answeredMs = world.nowMs();
  });
  expect(await world.run()).toMatchObject({ events: 2 });
  expect(effectMs).toBeGreaterThan(START_MS);
  expect(answeredMs).toBeGreaterThan(effectMs);
  expect(calls.count()).toBe(1);
});

test('copies both ways, dates and bytes kept', async () => {
  const kept: Record<string, unknown>[] = [];
  const Keep = anOperation('sqs:Keep', (input) => {
    kept.push(input);
    return kept[0];
  });
  const { world, calls } = anAccount({ services: [aService('client-sqs', { Keep })] });
  const input = { list: [1], when: new Date(5), bytes: Buffer.from('abc'), gone: undefined };
  const answer = calls.callAws(call('Keep', input)) as Promise<typeof input>;
  input.list.push(2);
  await world.run();
  const output = await answer;
  output.list.push(3);
  output.bytes[0] = 0;
  expect(kept[0]).toEqual({ list: [1], when: new Date(5), bytes: new Uint8Array([97, 98, 99]) });
  expect(Object.keys(kept[0]!)).not.toContain('gone');
});

test('refuses what IAM denies, before any effect, in the words of the service', async () => {
  let effects = 0;
  const run = (): unknown => {
    effects += 1;
    return {};
  };
  const services = [
    aService('client-ec2', { RunInstances: anOperation('ec2:RunInstances', run) }),
    aService('client-sfn', { StartExecution: anOperation('states:StartExecution', run) }),
  ];
  const denied = ['ec2:RunInstances', 'states:StartExecution'];
  const { world, calls, trace } = anAccount({ services, denied });
  const results = Promise.allSettled([
    calls.callAws(call('RunInstances', {}, 'client-ec2')),
    calls.callAws(call('StartExecution', {}, 'client-sfn')),
  ]);
  await world.run();
  const errors = (await results).map((result) => (result as PromiseRejectedResult).reason);
  expect(effects).toBe(0);
  expect(errors.map(({ name }) => name)).toEqual([
    'UnauthorizedOperation',
    'AccessDeniedException',
  ]);
  expect(errors[1].message).toBe(
    'User: arn:aws:sts::111122223333:assumed-role/rollout-role/rollout is not authorized to perform: ' +
      'states:StartExecution on resource: * because no identity-based policy allows the states:StartExecution action',
  );
  expect(trace).toContainEqual(
    expect.objectContaining({
      kind: 'call',
      caller: 'rollout',
      role: 'rollout-role',
      service: 'client-sfn',
      operation: 'StartExecution',
      error: { name: 'AccessDeniedException', message: errors[1].message },
    }),
  );
});

test('lets an operation ask for more permissions', async () => {
  const Pass: Operation<Record<string, unknown>> = {
    authorize: () => [],
    run: (_input, context) => {
      const may = context.allows({ action: 'iam:PassRole', resource: '*' });
      context.require({ action: 'sqs:More', resource: '*' });
      return { may };
    },
  };
  const services = [aService('client-sqs', { Pass })];
  const { world, calls } = anAccount({ services, denied: ['iam:PassRole'] });
  const answer = calls.callAws(call('Pass'));
  await world.run();
  expect(await answer).toEqual({ may: false });
});

test('names an unknown service and an unknown operation', async () => {
  const { world, calls } = anAccount({ services: [aService('client-sqs', {})] });
  const results = Promise.allSettled([
    calls.callAws(call('Nap')),
    calls.callAws(call('toString')),
    calls.callAws(call('Nap', {}, 'client-bed')),
  ]);
  await world.run();
  const messages = (await results).map((result) =>
    String((result as PromiseRejectedResult).reason),
  );
  expect(messages).toEqual([
    'UnknownOperationException: The simulated client-sqs has no operation Nap',
    'UnknownOperationException: The simulated client-sqs has no operation toString',
    'UnknownServiceException: The simulated account has no service client-bed (asked for Nap)',
  ]);
});

test('waits for an operation that a later event answers', async () => {
  const { world, calls } = anAccount();
  const Wait = anOperation(
    'sqs:Wait',
    () => new Promise((resolve) => world.after(60_000, 'reply', () => resolve({ late: true }))),
  );
  calls.addService(aService('client-sqs', { Wait }));
  const answer = calls.callAws(call('Wait'));
  await world.run();
  expect(await answer).toEqual({ late: true });
  expect(world.nowMs()).toBeGreaterThan(START_MS + 60_000);
});

test('ends the run when a service breaks instead of answering', async () => {
  const Break = anOperation('sqs:Break', () => {
    throw new TypeError('x is not a function');
  });
  const { world, calls } = anAccount({ services: [aService('client-sqs', { Break })] });
  void calls.callAws(call('Break'));
  await expect(world.run()).rejects.toThrow('x is not a function');
});

test('interference fails, delays or loses the answer of a call', async () => {
  let effects = 0;
  const Do = anOperation('sqs:Do', () => {
    effects += 1;
    return {};
  });
  const { world, calls } = anAccount({
    services: [aService('client-sqs', { Do })],
    intercept: ({ input }) => {
      const { how } = input as { how: string };
      if (how === 'fail') return { fail: new AwsError('Throttling', 'Rate exceeded') };
      return how === 'lose' ? { loseAnswer: true } : { delayMs: 5000 };
    },
  });
  const failed = calls.callAws(call('Do', { how: 'fail' })).catch((error: Error) => error.name);
  await world.run();
  expect([await failed, effects]).toEqual(['Throttling', 0]);
  const lost = calls.callAws(call('Do', { how: 'lose' })).catch((error: Error) => error.name);
  await world.run();
  expect([await lost, effects]).toEqual(['SdkClientException', 1]);
  const beforeMs = world.nowMs();
  void calls.callAws(call('Do', { how: 'delay' }));
  await world.run();
  expect(world.nowMs()).toBeGreaterThan(beforeMs + 5000);
});
