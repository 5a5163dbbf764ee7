import { expect, test } from 'vitest';
import {
  type LambdaFunction,
  LambdaService,
  type PolledMessage,
  type QueuePoller,
} from '../../../simulator/aws/lambda.ts';
import type { Caller, Iam, PolicyStatement } from '../../../simulator/contract.ts';
import { aFunction, anAccount, anOperation, aService, PLACE, START_MS } from './account.ts';

const PERSON: Caller = { kind: 'person', name: 'operator' };
const QUEUE = 'arn:aws:sqs:eu-west-1:111122223333:dead';
const FAILS = `exports.handler = async (event) => { console.log(event); throw new Error('no luck'); };`;
const ECHO = 'exports.handler = async (event) => ({ echo: event });';

function aLambdaAccount(
  options: { denied?: readonly string[]; queues?: QueuePoller; double?: boolean } = {},
) {
  const sent: Record<string, unknown>[] = [];
  const SendMessage = anOperation('sqs:SendMessage', (input) => {
    sent.push(input);
    return {};
  });
  const account = anAccount({
    denied: options.denied,
    services: [aService('client-sqs', { SendMessage })],
  });
  const statements: PolicyStatement[] = [];
  const iam = {
    ...account.iam,
    addResourceStatement: (_arn: string, statement: PolicyStatement) => statements.push(statement),
  } as unknown as Iam;
  const { world, runtime } = account;
  const { callAws } = account.calls;
  let doubles = options.double === true ? 1 : 0;
  const doubleEvent = (): boolean => {
    doubles -= 1;
    return doubles >= 0;
  };
  const { queues } = options;
  const lambda = new LambdaService({
    world,
    place: PLACE,
    iam,
    callAws,
    runtime,
    queues,
    doubleEvent,
  });
  account.calls.addService(lambda);
  const invoke = (input: object) =>
    callAws({ caller: PERSON, client: 'client-lambda', operation: 'Invoke', input });
  return { ...account, lambda, sent, statements, invoke };
}

const add = (text: string, changes: Partial<LambdaFunction> = {}): LambdaFunction => ({
  ...aFunction(text),
  ...changes,
});
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const read = (payload: unknown): unknown =>
  JSON.parse(new TextDecoder().decode(payload as Uint8Array));

test.each(['thing', 'thing:$LATEST', 'arn:aws:lambda:eu-west-1:111122223333:function:thing'])(
  'Invoke by %s answers the payload',
  async (FunctionName) => {
    const { world, lambda, invoke } = aLambdaAccount();
    lambda.addFunction(add(ECHO));
    const answer = invoke({ FunctionName, Payload: bytes({ a: 1 }) });
    await world.run();
    const output = (await answer) as Record<string, unknown>;
    expect(output).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(output).not.toHaveProperty('FunctionError');
    expect(read(output['Payload'])).toEqual({ echo: { a: 1 } });
  },
);

test('Invoke answers a failed function with FunctionError and the error as payload', async () => {
  const { world, lambda, invoke } = aLambdaAccount();
  lambda.addFunction(add(FAILS));
  const answer = invoke({ FunctionName: 'thing' });
  await world.run();
  const output = (await answer) as Record<string, unknown>;
  expect(output).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
  expect(read(output['Payload'])).toMatchObject({ errorType: 'Error', errorMessage: 'no luck' });
});

test('Invoke refuses an unknown function, a payload that is no JSON, and a caller who may not', async () => {
  const { world, lambda, invoke } = aLambdaAccount();
  lambda.addFunction(add(ECHO));
  const results = Promise.allSettled([
    invoke({ FunctionName: 'nobody' }),
    invoke({ FunctionName: 'thing', Payload: new TextEncoder().encode('{') }),
    invoke({
      FunctionName: 'thing',
      InvocationType: 'Event',
      Payload: bytes('x'.repeat(1_048_576)),
    }),
  ]);
  await world.run();
  const names = (await results).map((result) => (result as PromiseRejectedResult).reason.name);
  expect(names).toEqual([
    'ResourceNotFoundException',
    'InvalidRequestContentException',
    'RequestTooLargeException',
  ]);
  const strict = aLambdaAccount({ denied: ['lambda:InvokeFunction'] });
  strict.lambda.addFunction(add(ECHO));
  const denied = strict.invoke({ FunctionName: 'thing' }).catch((error: Error) => error.name);
  await strict.world.run();
  expect(await denied).toBe('AccessDeniedException');
  expect(strict.runtime.invocations).toBe(0);
});

test('DryRun runs nothing; GetFunctionConfiguration tells what was deployed', async () => {
  const { world, lambda, invoke, calls, runtime } = aLambdaAccount();
  lambda.addFunction(add(ECHO, { environment: { A: 'b' }, timeoutSeconds: 12 }));
  const dry = invoke({ FunctionName: 'thing', InvocationType: 'DryRun' });
  const operation = 'GetFunctionConfiguration';
  const input = { FunctionName: 'thing' };
  const told = calls.callAws({ caller: PERSON, client: 'client-lambda', operation, input });
  await world.run();
  expect(await dry).toEqual({ StatusCode: 204 });
  expect(runtime.invocations).toBe(0);
  expect(await told).toMatchObject({ Timeout: 12, Environment: { Variables: { A: 'b' } } });
});

test('an event that fails is tried three times, after one and two minutes, then kept as a dead letter', async () => {
  const { world, lambda, invoke, sent, trace } = aLambdaAccount();
  lambda.addFunction(add(FAILS, { deadLetterArn: QUEUE }));
  const input = { FunctionName: 'thing', InvocationType: 'Event', Payload: bytes({ cause: 'c1' }) };
  const accepted = invoke(input);
  await world.run();
  expect(await accepted).toEqual({ StatusCode: 202 });
  const starts = trace.filter((line) => line.kind === 'invocation' && line.phase === 'started');
  const seconds = starts.map(({ at }) => Math.floor((Date.parse(at) - START_MS) / 1000));
  expect(seconds).toEqual([0, 60, 180]);
  expect(new Set(starts.map((line) => 'requestId' in line && line.requestId)).size).toBe(1);
  expect(sent).toHaveLength(1);
  expect(sent[0]).toMatchObject({
    QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/dead',
    MessageBody: '{"cause":"c1"}',
    MessageAttributes: { ErrorMessage: { DataType: 'String', StringValue: 'no luck' } },
  });
});

test('retries and event age are as configured; the failure destination gets a record', async () => {
  const once = aLambdaAccount();
  const asyncConfig = { maximumRetryAttempts: 0, onFailureArn: QUEUE };
  once.lambda.addFunction(add(FAILS, { asyncConfig }));
  await once.lambda.invoke('thing', { a: 1 }, { kind: 'event', invokedBy: 'a rule' });
  await once.world.run();
  expect(once.runtime.invocations).toBe(1);
  expect(JSON.parse(String(once.sent[0]?.['MessageBody']))).toMatchObject({
    requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 1 },
    requestPayload: { a: 1 },
    responsePayload: { errorType: 'Error', errorMessage: 'no luck' },
  });
  const aged = aLambdaAccount();
  const young = { maximumEventAgeSeconds: 90, onFailureArn: QUEUE };
  aged.lambda.addFunction(add(FAILS, { asyncConfig: young }));
  await aged.lambda.invoke('thing', {}, { kind: 'event', invokedBy: 'a rule' });
  await aged.world.run();
  expect(aged.runtime.invocations).toBe(2);
  expect(String(aged.sent[0]?.['MessageBody'])).toContain('EventAgeExceeded');
});

test('a dead letter that the role may not send is lost, and the trace says so', async () => {
  const { world, lambda, sent, trace } = aLambdaAccount({ denied: ['sqs:SendMessage'] });
  const asyncConfig = { maximumRetryAttempts: 0 };
  lambda.addFunction(add(FAILS, { asyncConfig, deadLetterArn: QUEUE }));
  await lambda.invoke('thing', {}, { kind: 'event', invokedBy: 'a rule' });
  await world.run();
  expect(sent).toEqual([]);
  const messages = trace.map((line) => (line.kind === 'world' ? line.message : ''));
  expect(messages.join('\n')).toContain(`a failed event of thing does not reach ${QUEUE}: User:`);
});

test('an event may be delivered twice when the account is disturbed so', async () => {
  const { world, lambda, runtime } = aLambdaAccount({ double: true });
  lambda.addFunction(add(ECHO));
  await lambda.invoke('thing', {}, { kind: 'event', invokedBy: 'a rule' });
  await lambda.invoke('thing', {}, { kind: 'event', invokedBy: 'a rule' });
  await world.run();
  expect(runtime.invocations).toBe(3);
});

test('addPermission becomes a statement of the function', () => {
  const { lambda, statements } = aLambdaAccount();
  const sourceArn = 'arn:aws:events:eu-west-1:111122223333:rule/r';
  const principal = 'events.amazonaws.com';
  const permission = { statementId: 's', action: 'lambda:InvokeFunction', principal, sourceArn };
  lambda.addPermission('arn:f', permission);
  expect(statements).toEqual([
    {
      Sid: 's',
      Effect: 'Allow',
      Principal: { Service: principal },
      Action: 'lambda:InvokeFunction',
      Resource: 'arn:f',
      Condition: { ArnLike: { 'AWS:SourceArn': sourceArn } },
    },
  ]);
});

test.each([
  ['a timeout of 901 s', { timeoutSeconds: 901 }],
  ['three retries', { asyncConfig: { maximumRetryAttempts: 3 } }],
  ['a bus as destination', { deadLetterArn: 'arn:aws:events:eu-west-1:1:event-bus/b' }],
])('refuses %s', (_name, changes) => {
  expect(() => aLambdaAccount().lambda.addFunction(add(ECHO, changes))).toThrow(
    expect.objectContaining({ name: 'InvalidParameterValueException' }),
  );
});

test('refuses a role that Lambda cannot assume', () => {
  const { world, runtime, calls } = anAccount();
  const iam = {
    sessionFor: () => {
      throw new Error('the trust policy does not name lambda.amazonaws.com');
    },
  } as unknown as Iam;
  const { callAws } = calls;
  const lambda = new LambdaService({ world, place: PLACE, iam, callAws, runtime });
  expect(() => lambda.addFunction(add(ECHO))).toThrow(
    'The role defined for the function cannot be assumed by Lambda.',
  );
});

/** A queue without visibility timeouts: what was received and not removed can be shown again. */
function aQueue() {
  let visible: PolledMessage[] = [];
  const hidden = new Map<string, PolledMessage>();
  const listeners: (() => void)[] = [];
  const show = (messages: readonly PolledMessage[]): void => {
    visible.push(...messages);
    for (const listener of listeners) listener();
  };
  return {
    hidden,
    send: (...bodies: string[]) =>
      show(
        bodies.map((body) => ({
          messageId: body,
          body,
          attributes: {},
          receiptHandle: `r-${body}`,
        })),
      ),
    reappear: () => {
      const again = [...hidden.values()];
      hidden.clear();
      show(again);
    },
    poller: {
      receive: (_arn, max) => {
        const taken = visible.slice(0, max);
        visible = visible.slice(max);
        for (const message of taken) hidden.set(message.receiptHandle, message);
        return taken;
      },
      remove: (_arn, handle) => void hidden.delete(handle),
      onMessage: (_arn, listener) => void listeners.push(listener),
    } satisfies QueuePoller,
  };
}

test('a queue source hands over batches and removes what was handled', async () => {
  const queue = aQueue();
  const { world, lambda, trace } = aLambdaAccount({ queues: queue.poller });
  lambda.addFunction(
    add('exports.handler = async ({ Records }) => console.log(Records.map((r) => r.body));'),
  );
  lambda.addEventSourceMapping({ functionName: 'thing', queueArn: QUEUE, batchSize: 2 });
  queue.send('a', 'b', 'c');
  await world.run();
  const logs = trace.flatMap((line) => (line.kind === 'log' ? [line.message] : []));
  expect(logs).toHaveLength(2);
  expect(JSON.stringify(logs)).toMatch(/a.*b.*c/);
  expect(queue.hidden.size).toBe(0);
});

test.each([
  ['leaves a failed batch in the queue', 'throw new Error("no");', ['a', 'b']],
  [
    'leaves only the reported items',
    'return { batchItemFailures: [{ itemIdentifier: "b" }] };',
    ['b'],
  ],
  ['takes no report as success', 'return null;', []],
  [
    'takes an unknown identifier as failure of all',
    'return { batchItemFailures: [{ itemIdentifier: "z" }] };',
    ['a', 'b'],
  ],
])('a queue source %s', async (_name, body, left) => {
  const queue = aQueue();
  const { world, lambda, runtime } = aLambdaAccount({ queues: queue.poller });
  lambda.addFunction(add(`exports.handler = async () => { ${body} };`));
  const reportBatchItemFailures = true;
  lambda.addEventSourceMapping({ functionName: 'thing', queueArn: QUEUE, reportBatchItemFailures });
  queue.send('a', 'b');
  await world.run();
  expect([...queue.hidden.values()].map((message) => message.body)).toEqual(left);
  const before = runtime.invocations;
  queue.reappear();
  await world.run();
  expect(runtime.invocations - before).toBe(left.length > 0 ? 1 : 0);
});

test('a queue source whose role may not receive gets nothing, and the trace says so', async () => {
  const queue = aQueue();
  const denied = ['sqs:ReceiveMessage'];
  const { world, lambda, runtime, trace } = aLambdaAccount({ queues: queue.poller, denied });
  lambda.addFunction(add(ECHO));
  lambda.addEventSourceMapping({ functionName: 'thing', queueArn: QUEUE });
  queue.send('a');
  await world.run();
  expect(runtime.invocations).toBe(0);
  const message = `thing gets nothing from ${QUEUE}: its role may not sqs:ReceiveMessage`;
  expect(trace).toContainEqual(expect.objectContaining({ kind: 'world', message }));
});
