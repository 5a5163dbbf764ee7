import { describe, expect, test } from 'vitest';
import { AwsError } from '../../../simulator/contract.ts';
import { schemaOf } from '../../../simulator/wire/clients.ts';
import { makeWireCodec } from '../../../simulator/wire/codec.ts';
import { clientNames, clientThrough, commandOf, generate } from './harness.ts';

const codec = makeWireCodec();

/** A cheap operation of each client, to have something that can fail. */
const anyOperation: Readonly<Record<string, readonly [operation: string, input: object]>> = {
  'client-auto-scaling': ['DescribeAccountLimits', {}],
  'client-cloudwatch': ['ListDashboards', {}],
  'client-dynamodb': ['DescribeLimits', {}],
  'client-ec2': ['DescribeImages', {}],
  'client-elastic-load-balancing-v2': ['DescribeTargetGroups', {}],
  'client-eventbridge': ['ListRules', {}],
  'client-imagebuilder': ['ListImagePipelines', {}],
  'client-kms': ['ListKeys', {}],
  'client-lambda': ['GetAccountSettings', {}],
  'client-scheduler': ['ListScheduleGroups', {}],
  'client-sfn': ['ListStateMachines', {}],
  'client-sns': ['ListTopics', {}],
  'client-sqs': ['ListQueues', {}],
  'client-ssm': ['ListCommands', {}],
};

async function failureOf(client: string, error: AwsError): Promise<Record<string, unknown>> {
  const [operation, input] = anyOperation[client]!;
  const sdk = clientThrough(codec, client, () => ({ error }));
  return sdk.send(commandOf(client, operation, input)).then(
    () => expect.unreachable(`${client} ${error.code} did not fail`),
    (caught) => caught as Record<string, unknown>,
  );
}

/** Errors that a client restores by another name, each with the reason. */
const exceptions: Readonly<Record<string, string>> = {
  'client-cloudwatch DashboardNotFoundError':
    'shares its query code ResourceNotFound with another error',
};

describe.each(clientNames)('%s', (client) => {
  test('restores every modeled error by name, with its fields and status', async () => {
    const broken: string[] = [];
    for (const { name, shape, status } of schemaOf(client).errors) {
      if (`${client} ${name}` in exceptions) continue;
      const { message: _m, Message: _M, ...fields } = generate(shape, 3) as Record<string, unknown>;
      try {
        const caught = await failureOf(client, new AwsError(name, `it <failed> & so`, 400, fields));
        expect(caught).toMatchObject({ name, message: 'it <failed> & so', ...fields });
        expect(caught['$metadata']).toMatchObject({
          httpStatusCode: status,
          requestId: 'request-1',
        });
      } catch (error) {
        broken.push(`${client} ${name}: ${error instanceof Error ? error.message : error}`);
      }
    }
    expect(broken).toEqual([]);
  });

  test('shows an error that no model has by its code and status', async () => {
    const caught = await failureOf(client, new AwsError('Invented.NotFound', 'none', 503));
    expect(caught).toMatchObject({ name: 'Invented.NotFound', message: 'none' });
    expect(caught['$metadata']).toMatchObject({ httpStatusCode: 503 });
  });
});

test.each([
  ['client-auto-scaling', 'InstanceRefreshInProgress', 'InstanceRefreshInProgressFault'],
  ['client-sqs', 'AWS.SimpleQueueService.NonExistentQueue', 'QueueDoesNotExist'],
])('%s takes the code on the wire, %s, as well as the name', async (client, code, name) => {
  expect(await failureOf(client, new AwsError(code, 'm'))).toMatchObject({ name });
});

test('brings the item of a failed condition and the reasons of a cancelled transaction', async () => {
  const item = { pk: { S: 'FLEET#web' }, bytes: { B: Uint8Array.of(1, 2) }, n: { N: '7' } };
  const condition = new AwsError('ConditionalCheckFailedException', 'failed', 400, { Item: item });
  expect(await failureOf('client-dynamodb', condition)).toMatchObject({ Item: item });
  const CancellationReasons = [{ Code: 'None' }, { Code: 'ConditionalCheckFailed', Item: item }];
  const cancelled = new AwsError('TransactionCanceledException', 'cancelled', 400, {
    CancellationReasons,
  });
  expect(await failureOf('client-dynamodb', cancelled)).toMatchObject({
    name: 'TransactionCanceledException',
    CancellationReasons,
  });
});

test('tells the older error code of a service that moved to JSON', async () => {
  const call = { client: 'client-sqs', operation: 'GetQueueUrl', input: {}, accessKeyId: 'A' };
  const answer = await codec.encodeError(call, new AwsError('QueueDoesNotExist', 'm'), 'r');
  expect(answer.headers['x-amzn-query-error']).toBe(
    'AWS.SimpleQueueService.NonExistentQueue;Sender',
  );
  expect(JSON.parse(Buffer.from(answer.body).toString())).toEqual({
    __type: 'com.amazonaws.sqs#QueueDoesNotExist',
    message: 'm',
  });
});

test('refuses to write a field that a modeled error lacks', async () => {
  const call = { client: 'client-dynamodb', operation: 'PutItem', input: {}, accessKeyId: 'A' };
  const error = new AwsError('ConditionalCheckFailedException', 'm', 400, { Itme: {} });
  await expect(codec.encodeError(call, error, 'r')).rejects.toThrow(
    'client-dynamodb ConditionalCheckFailedException: ConditionalCheckFailedException has no member Itme',
  );
});
