import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AwsError } from '../../../simulator/contract.ts';
import { decodeCbor, encodeCbor } from '../../../simulator/wire/cbor.ts';
import { makeWireCodec, UndecodableCall } from '../../../simulator/wire/codec.ts';
import type { WireRequest } from '../../../simulator/wire/wire-contract.ts';
import { clientThrough, commandOf } from './harness.ts';

const codec = makeWireCodec();
const { AwsQueryProtocol, AwsSmithyRpcV2CborProtocol } = createRequire(import.meta.url)(
  '@aws-sdk/core/protocols',
);

const aRequest = (changed: Partial<WireRequest> & { service?: string }): WireRequest => ({
  method: 'POST',
  host: 'localhost',
  path: '/',
  query: {},
  body: Buffer.from(''),
  ...changed,
  headers: {
    authorization: `AWS4-HMAC-SHA256 Credential=AKID/20261123/eu-west-1/${changed.service}/aws4_request, SignedHeaders=host, Signature=f`,
    ...changed.headers,
  },
});

const form = (body: string) => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
  body: Buffer.from(body),
});

describe('the older and newer protocols of CloudWatch', () => {
  const input = {
    Namespace: 'Kiln & co',
    MetricData: [
      {
        MetricName: 'Requests',
        Timestamp: new Date(1_700_000_000_000),
        Value: 1.5,
        Dimensions: [{ Name: 'Fleet', Value: 'web-prod' }],
      },
    ],
  };
  test.each([
    ['query', AwsQueryProtocol],
    ['cbor', AwsSmithyRpcV2CborProtocol],
  ])('a client that speaks %s is understood and answered alike', async (protocol, Protocol) => {
    let seen: unknown;
    const alarms = {
      MetricAlarms: [
        { AlarmName: 'a', Threshold: 0.1, StateUpdatedTimestamp: new Date(1_700_000_000_500) },
      ],
    };
    const sdk = clientThrough(
      codec,
      'client-cloudwatch',
      (call) => {
        seen = call;
        return { output: call.operation === 'DescribeAlarms' ? alarms : {} };
      },
      { protocol: Protocol },
    );
    await sdk.send(commandOf('client-cloudwatch', 'PutMetricData', input));
    expect(seen).toMatchObject({ operation: 'PutMetricData', input, protocol });
    const answer = await sdk.send(commandOf('client-cloudwatch', 'DescribeAlarms', {}));
    expect(answer).toMatchObject(alarms);
  });

  test.each([
    ['query', AwsQueryProtocol],
    ['cbor', AwsSmithyRpcV2CborProtocol],
  ])('an error in %s keeps its name', async (_, Protocol) => {
    const error = new AwsError('LimitExceededFault', 'too many');
    const sdk = clientThrough(codec, 'client-cloudwatch', () => ({ error }), {
      protocol: Protocol,
    });
    await expect(
      sdk.send(commandOf('client-cloudwatch', 'PutMetricAlarm', { AlarmName: 'a' })),
    ).rejects.toMatchObject({ name: 'LimitExceededFault', message: 'too many' });
  });

  test('a compressed body is inflated', async () => {
    const call = await codec.decode(
      aRequest({
        service: 'monitoring',
        headers: {
          'x-amz-target': 'GraniteServiceVersion20100801.PutMetricData',
          'content-type': 'application/x-amz-json-1.0',
          'content-encoding': 'gzip',
        },
        body: gzipSync('{"Namespace":"n"}'),
      }),
    );
    expect(call.input).toEqual({ Namespace: 'n' });
  });
});

describe('forms of other clients', () => {
  test('SQS in its older query protocol, with flattened lists and maps', async () => {
    const call = await codec.decode(
      aRequest({
        service: 'sqs',
        ...form(
          'Action=ReceiveMessage&Version=2012-11-05&QueueUrl=http%3A%2F%2Fq&AttributeName.2=B&AttributeName.1=A+b&MaxNumberOfMessages=3',
        ),
      }),
    );
    expect(call).toEqual({
      client: 'client-sqs',
      operation: 'ReceiveMessage',
      input: { QueueUrl: 'http://q', AttributeNames: ['A b', 'B'], MaxNumberOfMessages: 3 },
      accessKeyId: 'AKID',
      protocol: 'query',
    });
    const answer = await codec.encodeOutput(call, { Messages: [{ Body: 'x<y' }] }, 'r');
    expect(Buffer.from(answer.body).toString()).toContain(
      '<ReceiveMessageResult><Message><Body>x&#x3c;y</Body></Message></ReceiveMessageResult>',
    );
  });

  test('EC2 lists are numbered in any order, more than nine in theirs', async () => {
    const ids = Array.from(
      { length: 11 },
      (_, index) => `InstanceId.${11 - index}=i-${11 - index}`,
    );
    const call = await codec.decode(
      aRequest({
        service: 'ec2',
        ...form(
          `Action=DescribeInstances&Filter.1.Name=tag%3Afleet&Filter.1.Value.1=web&${ids.join('&')}`,
        ),
      }),
    );
    expect(call.input).toEqual({
      Filters: [{ Name: 'tag:fleet', Values: ['web'] }],
      InstanceIds: Array.from({ length: 11 }, (_, index) => `i-${index + 1}`),
    });
  });

  test('EC2 refuses a parameter that it does not know; the other services do not', async () => {
    const asked = (service: string, action: string) =>
      codec.decode(aRequest({ service, ...form(`Action=${action}&Version=1&ImageType=machine`) }));
    await expect(asked('ec2', 'DescribeImages')).rejects.toMatchObject({
      code: 'UnknownParameter',
      message: 'The parameter ImageType is not recognized',
    });
    expect((await asked('autoscaling', 'DescribeAutoScalingGroups')).input).toEqual({});
  });

  test('an EC2 command without an output says that it worked', async () => {
    const call = { client: 'client-ec2', operation: 'CreateTags', input: {}, accessKeyId: 'A' };
    const answer = await codec.encodeOutput(call, undefined, 'r-1');
    expect(Buffer.from(answer.body).toString()).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<CreateTagsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15"><requestId>r-1</requestId><return>true</return></CreateTagsResponse>',
    );
  });

  test('a presigned URL names its caller in the query', async () => {
    const call = await codec.decode({
      ...aRequest({}),
      headers: {},
      query: {
        Action: 'ListTopics',
        'X-Amz-Credential': 'AKID2/20261123/eu-west-1/sns/aws4_request',
      },
    });
    expect(call).toMatchObject({
      client: 'client-sns',
      operation: 'ListTopics',
      accessKeyId: 'AKID2',
    });
  });
});

describe('what is no call', () => {
  const refusals: readonly (readonly [string, WireRequest, object])[] = [
    [
      'no signature',
      { ...aRequest({}), headers: {} },
      { code: 'MissingAuthenticationTokenException', status: 403 },
    ],
    ['a service that is not simulated', aRequest({ service: 's3' }), { code: 'UnknownService' }],
    [
      'an unknown JSON operation',
      aRequest({ service: 'states', headers: { 'x-amz-target': 'AWSStepFunctions.Startle' } }),
      { code: 'UnknownOperationException', call: { client: 'client-sfn', operation: '' } },
    ],
    [
      'an unknown action',
      aRequest({ service: 'sns', ...form('Action=Startle') }),
      { code: 'InvalidAction' },
    ],
    [
      'an unknown path',
      aRequest({ service: 'lambda', path: '/nowhere' }),
      { code: 'UnknownOperationException', status: 404 },
    ],
    [
      'broken JSON',
      aRequest({
        service: 'ssm',
        headers: { 'x-amz-target': 'AmazonSSM.GetParameter' },
        body: Buffer.from('{'),
      }),
      { code: 'SerializationException', call: { operation: 'GetParameter' } },
    ],
    [
      'a text where a number belongs',
      aRequest({
        service: 'ssm',
        headers: { 'x-amz-target': 'AmazonSSM.GetParametersByPath' },
        body: Buffer.from('{"Path":"/a","MaxResults":"ten"}'),
      }),
      { code: 'SerializationException', message: 'STRING_VALUE can not be converted to Number' },
    ],
  ];
  test.each(refusals)('%s is refused as AWS would', async (_, request, expected) => {
    await expect(codec.decode(request)).rejects.toMatchObject(expected);
  });

  test('the refusal can be answered in the protocol of its client', async () => {
    const refused = await codec
      .decode(aRequest({ service: 'sns', ...form('Action=Startle') }))
      .then(
        () => expect.unreachable('was decoded'),
        (error: UndecodableCall) => error,
      );
    expect(refused).toBeInstanceOf(UndecodableCall);
    const answer = await codec.encodeError(refused.call, refused, 'r');
    expect(Buffer.from(answer.body).toString()).toContain('<Code>InvalidAction</Code>');
  });
});

test('any text of bytes is parsed or refused, never thrown raw', async () => {
  const services = fc.constantFrom('states', 'ec2', 'sns', 'lambda', 'monitoring', 'imagebuilder');
  const paths = fc.constantFrom(
    '/',
    '/2015-03-31/functions/%/invocations',
    '/service/x/operation/ListMetrics',
  );
  await fc.assert(
    fc.asyncProperty(
      services,
      paths,
      fc.uint8Array(),
      fc.boolean(),
      async (service, path, body, json) => {
        const headers: Record<string, string> = json
          ? { 'x-amz-target': 'AWSStepFunctions.StartExecution' }
          : { 'content-type': 'application/x-www-form-urlencoded' };
        const refusal = await codec.decode(aRequest({ service, path, body, headers })).then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(refusal === undefined || refusal instanceof AwsError).toBe(true);
      },
    ),
  );
});

test('an output that its operation does not have is an error of the simulated service', async () => {
  const call = { client: 'client-ec2', operation: 'DescribeImages', input: {}, accessKeyId: 'A' };
  await expect(codec.encodeOutput(call, { Images: [{ ImageID: 'ami-1' }] }, 'r')).rejects.toThrow(
    'Image has no member ImageID',
  );
  await expect(codec.encodeOutput(call, { Images: [{ ImageId: 7 }] }, 'r')).rejects.toThrow(
    'ImageId: expected a string, got number 7',
  );
});

test('CBOR documents survive', () => {
  const document = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.string(),
      fc.double({ noNaN: true }),
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array({ maxLength: 300 }),
      fc.integer({ min: 0, max: 2e12 }).map((ms) => new Date(ms)),
      fc.array(tie('any')),
      fc.dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        tie('any'),
        { noNullPrototype: true },
      ),
    ),
  }));
  fc.assert(
    fc.property(document.any, (value) => {
      expect(decodeCbor(encodeCbor(value))).toEqual(value);
    }),
  );
});

test.each([
  ['half floats', [0xf9, 0x3e, 0x00], 1.5],
  ['the smallest half float', [0xf9, 0x00, 0x01], 2 ** -24],
  ['endless lists', [0x9f, 0x01, 0x02, 0xff], [1, 2]],
  ['endless maps', [0xbf, 0x61, 0x61, 0x01, 0xff], { a: 1 }],
  ['endless texts', [0x7f, 0x61, 0x61, 0x61, 0x62, 0xff], 'ab'],
  ['instants', [0xc1, 0x1a, 0x51, 0x4b, 0x67, 0xb0], new Date(1_363_896_240_000)],
])('CBOR: %s are read', (_, bytes, value) => {
  expect(decodeCbor(Uint8Array.from(bytes))).toEqual(value);
});
