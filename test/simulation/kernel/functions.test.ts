import { expect, test } from 'vitest';
import type { FunctionAnswer } from '../../../simulator/contract.ts';
import { aFunction, anAccount, START_MS } from './account.ts';

/** Runs one invocation to its end. */
async function answerOf(
  text: string,
  payload: unknown = {},
  seconds = 30,
): Promise<FunctionAnswer> {
  const { world, runtime } = anAccount();
  runtime.add(aFunction(text, { timeoutSeconds: seconds }));
  const finished = runtime.run('thing', payload);
  await world.run();
  return (await finished).answer;
}

test('runs timers in virtual time, on the virtual clock', async () => {
  const text = `exports.handler = async () => {
    const began = Date.now();
    const ticks = [];
    const interval = setInterval(() => ticks.push(Date.now() - began), 1000);
    await new Promise((resolve) => setTimeout(resolve, 3500, 'done'));
    clearInterval(interval);
    await require('node:timers/promises').setTimeout(10_000);
    return { ticks, waited: new Date() - began, started: began };
  };`;
  const answer = await answerOf(text);
  expect(answer).toMatchObject({
    ok: true,
    payload: { ticks: [1000, 2000, 3000], waited: 13_500 },
  });
  const { started } = (answer as unknown as { payload: { started: number } }).payload;
  expect(started - START_MS).toBeGreaterThanOrEqual(250);
  expect(started - START_MS).toBeLessThanOrEqual(450);
});

test('gives the same trace for the same seed and another for another', async () => {
  const text = `const crypto = require('crypto');
  exports.handler = async (event) => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 1000));
    console.log(JSON.stringify({ event, id: crypto.randomUUID(), own: globalThis.crypto.randomUUID(), at: Date.now() }));
    return Math.random();
  };`;
  const run = async (seed: number): Promise<string> => {
    const { world, runtime, trace } = anAccount({ seed });
    runtime.add(aFunction(text));
    runtime.add(aFunction(text, { functionName: 'other' }));
    for (let index = 0; index < 5; index += 1) {
      void runtime.run('thing', { index });
      void runtime.run('other', { index });
    }
    await world.run();
    return trace.map((line) => JSON.stringify(line)).join('\n');
  };
  const once = await run(1);
  expect(once.split('\n')).toHaveLength(10 * 3);
  expect(await run(1)).toBe(once);
  expect(await run(2)).not.toBe(once);
});

test('uses an idle instance again, and a further one when it is busy', async () => {
  const text = `let calls = 0; exports.handler = async ({ ms }) => {
    calls += 1;
    if (ms) await new Promise((resolve) => setTimeout(resolve, ms));
    return calls;
  };`;
  const { world, runtime } = anAccount();
  runtime.add(aFunction(text));
  const run = async (...waits: number[]): Promise<unknown[]> => {
    const all = waits.map((ms) => runtime.run('thing', { ms }));
    await world.run();
    return (await Promise.all(all)).map(({ answer }) => answer.ok && answer.payload);
  };
  expect(await run(0)).toEqual([1]);
  expect(await run(0)).toEqual([2]);
  expect(await run(1000, 1000)).toEqual([3, 1]);
  const fresh = anAccount({ reuseInstances: false });
  fresh.runtime.add(aFunction(text));
  const answers = [];
  for (let index = 0; index < 3; index += 1) {
    const finished = fresh.runtime.run('thing', {});
    await fresh.world.run();
    answers.push((await finished).answer);
  }
  expect(answers).toEqual(Array(3).fill({ ok: true, payload: 1 }));
});

test('gives a function its own environment and hides that of the host', async () => {
  process.env['KERNEL_TEST_SECRET'] = 'host';
  const { world, runtime } = anAccount();
  const text = `exports.handler = async (event, context) => ({
    env: require('node:process').env,
    same: process.env === globalThis.process.env,
    id: context.awsRequestId,
    left: context.getRemainingTimeInMillis(),
    arn: context.invokedFunctionArn,
    files: require('fs').existsSync('/etc/passwd'),
  });`;
  runtime.add(aFunction(text, { environment: { TABLE: 'ledger' }, timeoutSeconds: 7 }));
  const finished = runtime.run('thing', {});
  await world.run();
  const { answer, requestId } = await finished;
  const payload = (answer as unknown as { payload: { env: Record<string, string> } }).payload;
  expect(payload).toMatchObject({ same: true, id: requestId, left: 7000, files: false });
  expect(payload.env).toMatchObject({
    TABLE: 'ledger',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'KEY-thing',
    AWS_LAMBDA_FUNCTION_NAME: 'thing',
  });
  expect(payload.env).not.toHaveProperty('KERNEL_TEST_SECRET');
});

test('answers a thrown error with its name, message and the frames of the bundle alone', async () => {
  const text = `class Outbid extends Error { constructor(m) { super(m); this.name = 'Outbid'; } }
exports.handler = async () => { throw new Outbid('another owner'); };`;
  const answer = await answerOf(text);
  expect(answer).toMatchObject({ ok: false, errorType: 'Outbid', errorMessage: 'another owner' });
  const frames = (answer as unknown as { trace: string[] }).trace.slice(1);
  expect(frames.length).toBeGreaterThan(0);
  expect(frames.every((frame) => frame.includes('/var/task/index.js'))).toBe(true);
});

test.each([
  ['a string thrown', 'exports.handler = async () => { throw "no"; };', 'string', 'no'],
  ['no handler', 'exports.other = 1;', 'Runtime.HandlerNotFound', 'index.handler is undefined'],
  ['a module that throws', 'throw new RangeError("at load");', 'RangeError', 'at load'],
  ['a syntax error', 'exports.handler = ;', 'SyntaxError', 'Unexpected token'],
  [
    'a built-in that is not offered',
    'require("node:worker_threads"); exports.handler = async () => 1;',
    'Error',
    "Cannot find module 'node:worker_threads'",
  ],
  [
    'an answer that is no JSON',
    'exports.handler = async () => ({ n: 1n });',
    'Runtime.MarshalError',
    'Unable to stringify response body',
  ],
  [
    'an exception in a timer',
    'exports.handler = () => new Promise(() => setTimeout(() => { throw new TypeError("late"); }, 5));',
    'TypeError',
    'late',
  ],
  [
    'a promise that nothing settles',
    'exports.handler = () => new Promise(() => {});',
    'Runtime.NodeJsExit',
    'thing waits for a promise that no call and no timer will settle',
  ],
])('makes an answer of %s', async (_name, text, errorType, message) => {
  const answer = await answerOf(text);
  expect(answer).toMatchObject({ ok: false, errorType });
  expect((answer as { errorMessage: string }).errorMessage).toContain(message);
});

test('ends an invocation at its timeout and never uses that instance again', async () => {
  const { world, runtime, trace } = anAccount();
  const text = `let calls = 0; exports.handler = async ({ ms }) => {
    calls += 1;
    await new Promise((resolve) => setTimeout(resolve, ms));
    console.log('woke');
    return calls;
  };`;
  runtime.add(aFunction(text, { timeoutSeconds: 3 }));
  const slow = runtime.run('thing', { ms: 10_000 });
  await world.run();
  const { answer, requestId } = await slow;
  expect(answer).toEqual({
    ok: false,
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestId} Error: Task timed out after 3.00 seconds`,
  });
  expect(trace.filter(({ kind }) => kind === 'log')).toEqual([]);
  expect(trace.at(-1)).toMatchObject({ kind: 'invocation', phase: 'ended', ms: 3000 });
  const next = runtime.run('thing', { ms: 1 });
  await world.run();
  expect((await next).answer).toEqual({ ok: true, payload: 1 });
});

test('freezes what an instance left behind until its next invocation', async () => {
  const { world, runtime, trace } = anAccount();
  const text = `exports.handler = async ({ ms }) => {
    if (ms === undefined) setTimeout(() => console.log('left behind'), 1000);
    else await new Promise((resolve) => setTimeout(resolve, ms));
  };`;
  runtime.add(aFunction(text));
  void runtime.run('thing', {});
  await world.run();
  await world.advance(3_600_000);
  expect(trace.filter(({ kind }) => kind === 'log')).toEqual([]);
  void runtime.run('thing', { ms: 2000 });
  await world.run();
  expect(trace.filter(({ kind }) => kind === 'log')).toHaveLength(1);
});

test('traces invocations and logs, JSON lines as data', async () => {
  const { world, runtime, trace } = anAccount();
  const text = `exports.handler = async () => {
    console.log('{"message":"decided","numbers":[1]}');
    console.warn('plain %s', 'text');
    process.stdout.write('written\\n');
  };`;
  runtime.add(aFunction(text));
  const finished = runtime.run('thing', {});
  await world.run();
  const { requestId } = await finished;
  expect(trace.map(({ at, ...line }) => line)).toEqual([
    { kind: 'invocation', phase: 'started', functionName: 'thing', requestId },
    { kind: 'log', functionName: 'thing', message: { message: 'decided', numbers: [1] } },
    { kind: 'log', functionName: 'thing', message: 'plain text' },
    { kind: 'log', functionName: 'thing', message: 'written' },
    { kind: 'invocation', phase: 'ended', functionName: 'thing', requestId, ms: 0 },
  ]);
});

test('says so when the role may not write logs', async () => {
  const { world, runtime, trace } = anAccount({ denied: ['logs:PutLogEvents'] });
  runtime.add(aFunction('exports.handler = async () => 1;'));
  void runtime.run('thing', {});
  await world.run();
  const message = 'the logs of thing are lost: its role may not logs:PutLogEvents';
  expect(trace).toContainEqual(expect.objectContaining({ kind: 'world', message }));
});
