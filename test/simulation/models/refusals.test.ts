import { describe, expect, test } from 'vitest';
import type { AwsError } from '../../../simulator/contract.ts';
import { checkInput, checkOutput } from '../../../simulator/models/models.ts';

/** Code and message of what an input is refused with. */
function refusal(client: string, operation: string, input: unknown): string {
  try {
    checkInput({ client, operation }, input);
  } catch (error) {
    const { code, message } = error as AwsError;
    return `${code}: ${message}`;
  }
  return 'accepted';
}

type Case = readonly [what: string, operation: string, input: unknown, refused: string];

function refuses(client: string, cases: readonly Case[]): void {
  describe(client, () => {
    test.each(cases)('%s', (_, operation, input, refused) => {
      expect(refusal(client, operation, input)).toBe(refused);
    });
  });
}

const one = (what: string) =>
  `1 validation error detected: ${what.replace(' must ', ' failed to satisfy constraint: Member must ')}`;

refuses('client-auto-scaling', [
  [
    'a number too large',
    'StartInstanceRefresh',
    { AutoScalingGroupName: 'web', Preferences: { MaxHealthyPercentage: 201 } },
    `ValidationError: ${one("Value '201' at 'preferences.maxHealthyPercentage' must have value less than or equal to 200")}`,
  ],
  [
    'a number too small',
    'StartInstanceRefresh',
    { AutoScalingGroupName: 'web', Preferences: { MinHealthyPercentage: -1 } },
    `ValidationError: ${one("Value '-1' at 'preferences.minHealthyPercentage' must have value greater than or equal to 0")}`,
  ],
  [
    'a missing member',
    'StartInstanceRefresh',
    {},
    `ValidationError: ${one("Value null at 'autoScalingGroupName' must not be null")}`,
  ],
  [
    'null, which is the same',
    'StartInstanceRefresh',
    { AutoScalingGroupName: null },
    `ValidationError: ${one("Value null at 'autoScalingGroupName' must not be null")}`,
  ],
  [
    'a word that is none of the known',
    'StartInstanceRefresh',
    { AutoScalingGroupName: 'web', Strategy: 'Fast' },
    `ValidationError: ${one("Value 'Fast' at 'strategy' must satisfy enum value set: [Rolling, ReplaceRootVolume]")}`,
  ],
  [
    'a number in a list, told of the list',
    'StartInstanceRefresh',
    { AutoScalingGroupName: 'web', Preferences: { CheckpointPercentages: [0, 50, 101] } },
    `ValidationError: ${one("Value '[0, 50, 101]' at 'preferences.checkpointPercentages' must satisfy constraint: [Member must have value less than or equal to 100, Member must have value greater than or equal to 1]")}`,
  ],
  [
    'several at once, told together',
    'SuspendProcesses',
    { AutoScalingGroupName: '', ScalingProcesses: [''] },
    "ValidationError: 2 validation errors detected: Value '' at 'autoScalingGroupName' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '[]' at 'scalingProcesses' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\r\\n\\t]*]",
  ],
  [
    'a member of a list of structures',
    'CreateAutoScalingGroup',
    { AutoScalingGroupName: 'web', MinSize: 0, MaxSize: 1, Tags: [{ Key: 'a' }, { Value: 'b' }] },
    `ValidationError: ${one("Value null at 'tags.2.member.key' must not be null")}`,
  ],
  [
    'a first letter alone is lowered',
    'CreateAutoScalingGroup',
    { AutoScalingGroupName: 'web', MinSize: 0, MaxSize: 1, VPCZoneIdentifier: '' },
    `ValidationError: ${one("Value '' at 'vPCZoneIdentifier' must have length greater than or equal to 1")}`,
  ],
  [
    'a misspelt member',
    'StartInstanceRefresh',
    { AutoScalingGroupName: 'web', Preferences: { SkipMatchin: true } },
    'ValidationError: Unknown parameter in Preferences: "SkipMatchin", must be one of: MinHealthyPercentage, InstanceWarmup, CheckpointPercentages, CheckpointDelay, SkipMatching, AutoRollback, ScaleInProtectedInstances, StandbyInstances, AlarmSpecification, MaxHealthyPercentage, BakeTime',
  ],
  [
    'text for a number',
    'StartInstanceRefresh',
    { AutoScalingGroupName: 'web', Preferences: { CheckpointDelay: '3600' } },
    'MalformedInput: Preferences.CheckpointDelay STRING_VALUE cannot be converted to Integer',
  ],
]);

refuses('client-cloudwatch', [
  [
    'a query with an empty id',
    'GetMetricData',
    { MetricDataQueries: [{ Id: '' }], StartTime: new Date(0), EndTime: new Date(1) },
    `ValidationError: ${one("Value '' at 'metricDataQueries.1.member.id' must have length greater than or equal to 1")}`,
  ],
  [
    'units of data, in words of their own',
    'PutMetricData',
    { Namespace: 'Kiln', MetricData: [{ MetricName: 'A', Unit: 'GB' }] },
    'InvalidParameterValue: The parameter MetricData.member.1.Unit must be a value in the set [ Seconds, Microseconds, Milliseconds, Bytes, Kilobytes, Megabytes, Gigabytes, Terabytes, Bits, Kilobits, Megabits, Gigabits, Terabits, Percent, Count, Bytes/Second, Kilobytes/Second, Megabytes/Second, Gigabytes/Second, Terabytes/Second, Bits/Second, Kilobits/Second, Megabits/Second, Gigabits/Second, Terabits/Second, Count/Second, None ].',
  ],
  [
    'data without a name, one line each',
    'PutMetricData',
    { Namespace: 'Kiln', MetricData: [{ Value: 1 }, { Value: 2 }] },
    'MissingParameter: The parameter MetricData.member.1.MetricName is required.\nThe parameter MetricData.member.2.MetricName is required.',
  ],
]);

refuses('client-elastic-load-balancing-v2', [
  [
    'a missing member',
    'DescribeTargetHealth',
    {},
    `ValidationError: ${one("Value null at 'targetGroupArn' must not be null")}`,
  ],
]);

refuses('client-sns', [
  [
    'a missing member',
    'Publish',
    { TopicArn: 'arn:aws:sns:eu-west-1:111122223333:pages' },
    `ValidationError: ${one("Value null at 'message' must not be null")}`,
  ],
]);

refuses('client-dynamodb', [
  [
    'a missing member',
    'GetItem',
    { Key: { pk: { S: 'x' } } },
    `ValidationException: ${one("Value null at 'tableName' must not be null")}`,
  ],
  [
    'a request for nothing',
    'BatchGetItem',
    { RequestItems: {} },
    `ValidationException: ${one("Value '{}' at 'requestItems' must have length greater than or equal to 1")}`,
  ],
  [
    'a member behind a map and a list',
    'BatchWriteItem',
    { RequestItems: { web: [{ PutRequest: {} }] } },
    `ValidationException: ${one("Value null at 'requestItems.web.member.1.member.putRequest.item' must not be null")}`,
  ],
  [
    'a transaction of nothing',
    'TransactWriteItems',
    { TransactItems: [] },
    `ValidationException: ${one("Value '[]' at 'transactItems' must have length greater than or equal to 1")}`,
  ],
  [
    'a number where text must be',
    'GetItem',
    { TableName: 7, Key: {} },
    'SerializationException: NUMBER_VALUE cannot be converted to String',
  ],
  [
    'a structure where text must be',
    'GetItem',
    { TableName: {}, Key: {} },
    'SerializationException: Start of structure or map found where not expected.',
  ],
]);

refuses('client-sfn', [
  [
    'a name too long',
    'StartExecution',
    {
      stateMachineArn: 'arn:aws:states:eu-west-1:111122223333:stateMachine:web',
      name: 'x'.repeat(81),
    },
    `ValidationException: ${one(`Value '${'x'.repeat(81)}' at 'name' must have length less than or equal to 80`)}`,
  ],
  [
    'a sensitive value, which is not repeated',
    'SendTaskSuccess',
    { taskToken: 'token', output: 'x'.repeat(262_145) },
    `ValidationException: ${one("Value at 'output' must have length less than or equal to 262144")}`,
  ],
  [
    'a missing token',
    'SendTaskHeartbeat',
    {},
    `ValidationException: ${one("Value null at 'taskToken' must not be null")}`,
  ],
]);

refuses('client-ssm', [
  [
    'a name of nothing',
    'GetParameter',
    { Name: '' },
    `ValidationException: ${one("Value '' at 'name' must have length greater than or equal to 1")}`,
  ],
  [
    'too many names at once',
    'GetParameters',
    { Names: Array.from({ length: 11 }, () => 'x') },
    `ValidationException: ${one("Value '[x, x, x, x, x, x, x, x, x, x, x]' at 'names' must have length less than or equal to 10")}`,
  ],
]);

refuses('client-eventbridge', [
  [
    'a name of other characters',
    'DescribeRule',
    { Name: 'a b' },
    `ValidationException: ${one("Value 'a b' at 'name' must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+")}`,
  ],
  [
    'no entries',
    'PutEvents',
    { Entries: [] },
    `ValidationException: ${one("Value '[]' at 'entries' must have length greater than or equal to 1")}`,
  ],
]);

refuses('client-scheduler', [
  [
    'two limits of one name, told together',
    'GetSchedule',
    { Name: `${'x'.repeat(64)}/` },
    `ValidationException: 2 validation errors detected: Value '${'x'.repeat(64)}/' at 'name' failed to satisfy constraint: Member must have length less than or equal to 64; Value '${'x'.repeat(64)}/' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[0-9a-zA-Z-_.]+$`,
  ],
]);

refuses('client-lambda', [
  [
    'a name of other characters',
    'Invoke',
    { FunctionName: 'Not Installed' },
    `ValidationException: ${one("Value 'Not Installed' at 'functionName' must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?")}`,
  ],
]);

const brokenArn = 'arn:aws:imagebuilder:eu-west-1:111122223333:image/web';
refuses('client-imagebuilder', [
  [
    'an ARN of another pattern',
    'CancelImageCreation',
    { imageBuildVersionArn: brokenArn },
    "InvalidParameterValueException: The value supplied for parameter 'imageBuildVersionArn' is not valid. imageBuildVersionArn must match pattern ^arn:aws[^:]*:imagebuilder:[^:]+:(?:[0-9]{12}|aws(?:-[a-z-]+)?):image/[a-z0-9-_]+/[0-9]+\\.[0-9]+\\.[0-9]+/[0-9]+$",
  ],
  [
    'a missing member',
    'CancelImageCreation',
    {},
    "InvalidParameterException: The parameter 'imageBuildVersionArn' is required.",
  ],
]);

refuses('client-ec2', [
  [
    'a missing member',
    'CreateLaunchTemplateVersion',
    { LaunchTemplateId: 'lt-1' },
    'MissingParameter: The request must contain the parameter LaunchTemplateData',
  ],
  [
    'a misspelt member',
    'DescribeImages',
    { ImageType: 'machine' },
    'UnknownParameter: The parameter ImageType is not recognized',
  ],
  [
    'a number too large',
    'DescribeLaunchTemplates',
    { MaxResults: 201 },
    'InvalidParameterValue: Value (201) for parameter maxResults is invalid. Expecting a value of at most 200.',
  ],
]);

describe('what is not refused', () => {
  test.each([
    [
      'a token of idempotency left out',
      'client-imagebuilder',
      'CancelImageCreation',
      { imageBuildVersionArn: `${brokenArn}/1.0.0/1` },
    ],
    [
      'members that are undefined',
      'client-ssm',
      'GetParameter',
      { Name: 'x', WithDecryption: undefined },
    ],
    [
      'a text of pairs of units, counted as characters',
      'client-auto-scaling',
      'SuspendProcesses',
      { AutoScalingGroupName: '😀'.repeat(255) },
    ],
    ['no input where none is needed', 'client-ec2', 'DescribeImages', undefined],
  ])('%s', (_, client, operation, input) => {
    expect(refusal(client, operation, input)).toBe('accepted');
  });
});

describe('an output that AWS could not give is a mistake of the simulator', () => {
  test.each([
    [
      'a missing member',
      'client-sfn',
      'StartExecution',
      { executionArn: 'arn' },
      'startDate is missing',
    ],
    [
      'an alien one',
      'client-sfn',
      'StopExecution',
      { stopDate: new Date(0), a: 1 },
      'a is no member',
    ],
    [
      'text for an instant',
      'client-sfn',
      'StopExecution',
      { stopDate: 'now' },
      'stopDate is no instant: "now"',
    ],
    ['null', 'client-ssm', 'GetParameter', { Parameter: null }, 'Parameter is no struct: null'],
    [
      'an unknown word',
      'client-cloudwatch',
      'DescribeAlarms',
      { MetricAlarms: [{ StateValue: 'Ok' }] },
      'MetricAlarms[0].StateValue is "Ok"',
    ],
  ])('%s', (_, client, operation, output, told) => {
    const checked = () => checkOutput({ client, operation }, output);
    expect(checked).toThrow(
      `the simulated answer of ${client} ${operation} is none of AWS's: ${told}`,
    );
  });
});
