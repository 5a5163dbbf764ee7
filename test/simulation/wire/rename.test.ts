import { describe, expect, test } from 'vitest';
import type { Json } from '../../../simulator/contract.ts';
import { makeWireCodec } from '../../../simulator/wire/codec.ts';
import { pascal } from '../../../simulator/wire/rename.ts';

const codec = makeWireCodec();

describe('input of a Step Functions integration', () => {
  const rows: readonly (readonly [string, string, string, Json, unknown])[] = [
    [
      'members of a service in camel case',
      'client-imagebuilder',
      'StartImagePipelineExecution',
      { ImagePipelineArn: 'arn:p', ClientToken: 't', Tags: { someKey: 'v' } },
      { imagePipelineArn: 'arn:p', clientToken: 't', tags: { someKey: 'v' } },
    ],
    [
      'members within lists and structures, with numbers and booleans as texts',
      'client-auto-scaling',
      'StartInstanceRefresh',
      {
        AutoScalingGroupName: 'g',
        DesiredConfiguration: { LaunchTemplate: { LaunchTemplateId: 'lt', Version: '3' } },
        Preferences: {
          CheckpointPercentages: [10, '50'],
          SkipMatching: 'true',
          AutoRollback: false,
        },
      },
      {
        AutoScalingGroupName: 'g',
        DesiredConfiguration: { LaunchTemplate: { LaunchTemplateId: 'lt', Version: '3' } },
        Preferences: { CheckpointPercentages: [10, 50], SkipMatching: true, AutoRollback: false },
      },
    ],
    [
      'acronyms in either spelling',
      'client-auto-scaling',
      'UpdateAutoScalingGroup',
      { AutoScalingGroupName: 'g', VpcZoneIdentifier: 's' },
      { AutoScalingGroupName: 'g', VPCZoneIdentifier: 's' },
    ],
    [
      'instants as text',
      'client-cloudwatch',
      'GetMetricData',
      { StartTime: '2026-11-23T00:00:00Z', EndTime: 1_700_000_000.5, MetricDataQueries: [] },
      {
        StartTime: new Date('2026-11-23T00:00:00Z'),
        EndTime: new Date(1_700_000_000_500),
        MetricDataQueries: [],
      },
    ],
    [
      'a document where the service wants its text',
      'client-sfn',
      'StartExecution',
      { StateMachineArn: 'arn:m', Input: { image: 'web' } },
      { stateMachineArn: 'arn:m', input: '{"image":"web"}' },
    ],
    [
      'the payload of a function',
      'client-lambda',
      'Invoke',
      { FunctionName: 'f', Payload: { a: 1 } },
      { FunctionName: 'f', Payload: Uint8Array.from(Buffer.from('{"a":1}')) },
    ],
    [
      'attribute values, whose names are data or already capitals',
      'client-dynamodb',
      'PutItem',
      { TableName: 't', Item: { pk: { S: 'a' }, list: { L: [{ N: '1' }, { BOOL: true }] } } },
      { TableName: 't', Item: { pk: { S: 'a' }, list: { L: [{ N: '1' }, { BOOL: true }] } } },
    ],
    [
      'null members, which are left out',
      'client-ssm',
      'GetParameter',
      { Name: 'n', WithDecryption: null },
      { Name: 'n' },
    ],
  ];
  test.each(rows)('%s', (_, client, operation, input, expected) => {
    expect(codec.renameInput(client, operation, input)).toEqual(expected);
  });

  test.each([
    [
      'an unknown field',
      { ClientTokn: 't' },
      "The field 'ClientTokn' is not supported by Step Functions",
    ],
    [
      "the service's own spelling",
      { clientToken: 't' },
      "The field 'clientToken' is not supported by Step Functions",
    ],
    ['a list for a structure', { Tags: ['a'] }, 'expected an object, got ["a"]'],
  ])('refuses %s', (_, input, message) => {
    expect(() =>
      codec.renameInput('client-imagebuilder', 'StartImagePipelineExecution', input),
    ).toThrow(message);
  });
});

describe('output of a Step Functions integration', () => {
  test('has capital members and instants as text, and keeps the keys of maps', () => {
    const output = {
      $metadata: { httpStatusCode: 200 },
      image: {
        arn: 'arn:i',
        state: { status: 'AVAILABLE' },
        outputResources: { amis: [{ region: 'eu-west-1', image: 'ami-1', reason: undefined }] },
        tags: { someKey: 'v' },
      },
    };
    expect(codec.renameOutput('client-imagebuilder', 'GetImage', output)).toEqual({
      Image: {
        Arn: 'arn:i',
        State: { Status: 'AVAILABLE' },
        OutputResources: { Amis: [{ Region: 'eu-west-1', Image: 'ami-1' }] },
        Tags: { someKey: 'v' },
      },
    });
    const started = { executionArn: 'arn:e', startDate: new Date(1_700_000_000_250) };
    expect(codec.renameOutput('client-sfn', 'StartExecution', started)).toEqual({
      ExecutionArn: 'arn:e',
      StartDate: '2023-11-14T22:13:20.250Z',
    });
  });

  test('of an operation without one is an empty object', () => {
    expect(codec.renameOutput('client-auto-scaling', 'SuspendProcesses', undefined)).toEqual({});
  });
});

test.each([
  ['clientToken', 'ClientToken'],
  ['VPCZoneIdentifier', 'VpcZoneIdentifier'],
  ['AutoScalingGroupARN', 'AutoScalingGroupARN'],
  ['BOOL', 'BOOL'],
  ['S3Bucket', 'S3Bucket'],
  ['ImageId', 'ImageId'],
])('Step Functions spells %s as %s', (name, spelled) => {
  expect(pascal(name)).toBe(spelled);
});
