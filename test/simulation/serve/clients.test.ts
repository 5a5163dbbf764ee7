import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeInstanceRefreshesCommand,
} from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, GetItemCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DescribeImagesCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import {
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Served, servedByStep } from './served.ts';

let served: Served;
let sdk: ReturnType<typeof clientsOf>;

function clientsOf(endpoint: string) {
  const config = {
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'whoever', secretAccessKey: 'whatever' },
    maxAttempts: 1,
  };
  return {
    sfn: new SFNClient(config),
    groups: new AutoScalingClient(config),
    ec2: new EC2Client(config),
    alarms: new CloudWatchClient(config),
    balancing: new ElasticLoadBalancingV2Client(config),
    events: new EventBridgeClient(config),
    ledger: new DynamoDBClient(config),
    parameters: new SSMClient(config),
    queues: new SQSClient(config),
  };
}

beforeAll(async () => {
  served = await servedByStep();
  sdk = clientsOf(served.url);
});

afterAll(async () => {
  expect(served.complaints).toEqual([]);
  await served.close();
});

const start = async (name: string, input: object): Promise<string> => {
  const { stateMachineArn } = served;
  const command = new StartExecutionCommand({
    stateMachineArn,
    name,
    input: JSON.stringify(input),
  });
  return (await sdk.sfn.send(command)).executionArn ?? '';
};

const describeExecution = (executionArn: string) =>
  sdk.sfn.send(new DescribeExecutionCommand({ executionArn }));

/** Steps until it has ended, and answers how. */
async function ended(executionArn: string) {
  for (let steps = 0; steps < 100; steps += 1) {
    const found = await describeExecution(executionArn);
    if (found.status !== 'RUNNING') return found;
    await served.step(300);
  }
  throw new Error(`${executionArn} still runs`);
}

const ledgerItem = async (pk: string, sk: string) => {
  const { TableNames = [] } = await sdk.ledger.send(new ListTablesCommand());
  const Key = { pk: { S: pk }, sk: { S: sk } };
  const { Item } = await sdk.ledger.send(new GetItemCommand({ TableName: TableNames[0], Key }));
  return Item && unmarshall(Item);
};

/** What the instances of a group run that are not on their way out. */
const imagesOf = async (AutoScalingGroupName: string) => {
  const command = new DescribeAutoScalingGroupsCommand({
    AutoScalingGroupNames: [AutoScalingGroupName],
  });
  const { AutoScalingGroups = [] } = await sdk.groups.send(command);
  const live = AutoScalingGroups[0]?.Instances?.filter(
    ({ LifecycleState }) => !LifecycleState?.startsWith('Terminating'),
  );
  return new Set(live?.map(({ ImageId }) => ImageId));
};

const refreshesOf = async (AutoScalingGroupName: string) => {
  const command = new DescribeInstanceRefreshesCommand({ AutoScalingGroupName });
  return (await sdk.groups.send(command)).InstanceRefreshes ?? [];
};

/** Steps until a refresh of the fleet runs. */
async function refreshing(group: string): Promise<void> {
  for (let steps = 0; steps < 100; steps += 1) {
    if ((await refreshesOf(group)).some(({ Status }) => Status === 'InProgress')) return;
    await served.step(60);
  }
  throw new Error(`no refresh of ${group} has begun`);
}

const alarmStates = async (AlarmNamePrefix: string) => {
  const { MetricAlarms = [] } = await sdk.alarms.send(
    new DescribeAlarmsCommand({ AlarmNamePrefix }),
  );
  return MetricAlarms.map(({ AlarmName, StateValue }) => `${AlarmName} ${StateValue}`).sort();
};

const targetStates = async (group: string) => {
  const { TargetGroups = [] } = await sdk.balancing.send(
    new DescribeTargetGroupsCommand({ Names: [group] }),
  );
  const TargetGroupArn = TargetGroups[0]?.TargetGroupArn;
  const { TargetHealthDescriptions = [] } = await sdk.balancing.send(
    new DescribeTargetHealthCommand({ TargetGroupArn }),
  );
  return TargetHealthDescriptions.map(({ TargetHealth }) => TargetHealth?.State);
};

describe('an operator with the SDK', { timeout: 180_000 }, () => {
  it('has a release promoted, and reads all about it', async () => {
    const before = await imagesOf('web-prod');
    const executionArn = await start('a-good-one', { image: 'web' });
    await refreshing('web-staging');
    expect(await describeExecution(executionArn)).toMatchObject({
      status: 'RUNNING',
      input: '{"image":"web"}',
    });

    const { output, ...end } = await ended(executionArn);
    expect(end).toMatchObject({ status: 'SUCCEEDED', name: 'a-good-one' });
    expect(JSON.parse(output ?? '')).toMatchObject({ outcome: 'promoted', image: 'web' });

    const { events = [] } = await sdk.sfn.send(
      new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 5 }),
    );
    expect(events[0]?.type).toBe('ExecutionSucceeded');
    expect(events[0]?.timestamp?.getTime()).toBe(end.stopDate?.getTime());

    const version = await ledgerItem('IMAGE#web', `VERSION#${JSON.parse(output ?? '').version}`);
    expect(version).toMatchObject({ status: 'promoted' });
    expect(await ledgerItem('RELEASE#a-good-one', 'META')).toMatchObject({ outcome: 'promoted' });

    const after = await imagesOf('web-prod');
    expect([...after]).toHaveLength(1);
    expect(after).not.toEqual(before);
    const { Images = [] } = await sdk.ec2.send(
      new DescribeImagesCommand({ ImageIds: [...after].map(String) }),
    );
    expect(Images.map(({ State }) => State)).toEqual(['available']);

    const refreshes = await refreshesOf('web-prod');
    expect(refreshes.map(({ Status }) => Status)).toEqual(['Successful']);
    expect(await alarmStates('web-prod-')).toEqual(['web-prod-5xx OK', 'web-prod-latency OK']);
    expect(await targetStates('web-prod')).toEqual(Array(6).fill('healthy'));
  });

  it('sees a release of a sick image go back', async () => {
    const before = await imagesOf('web-staging');
    await served.control('/kiln/bakes', { images: 'sick' });
    const end = await ended(await start('a-sick-one', { image: 'web' }));
    await served.control('/kiln/bakes', { images: 'well' });

    expect(end).toMatchObject({ status: 'FAILED', error: 'RolledBack' });
    expect(await imagesOf('web-staging')).toEqual(before);
    const { version } = (await ledgerItem('RELEASE#a-sick-one', 'META')) ?? {};
    expect(await ledgerItem('IMAGE#web', `VERSION#${version}`)).toMatchObject({
      status: 'quarantined',
    });
  });

  it('stops a release, and Recover takes the fleet back', async () => {
    const before = await imagesOf('web-staging');
    const executionArn = await start('a-stopped-one', { image: 'web' });
    await refreshing('web-staging');
    await sdk.sfn.send(new StopExecutionCommand({ executionArn, cause: 'users are hurt' }));
    expect(await describeExecution(executionArn)).toMatchObject({
      status: 'ABORTED',
      cause: 'users are hurt',
    });

    await served.step(3600);
    const stateMachineArn = served.stateMachineArn.replace('release', 'recover');
    const { executions = [] } = await sdk.sfn.send(new ListExecutionsCommand({ stateMachineArn }));
    expect(executions[0]?.status).toBe('SUCCEEDED');
    expect(await imagesOf('web-staging')).toEqual(before);
    expect(await ledgerItem('RELEASE#a-stopped-one', 'META')).toMatchObject({
      outcome: 'rolled-back',
    });
  });

  it('moves a base image, and a release follows', async () => {
    const Name = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64';
    const value = async () =>
      (await sdk.parameters.send(new GetParameterCommand({ Name }))).Parameter?.Value;
    const before = await value();
    await served.control('/kiln/base', { image: 'web' });
    expect(await value()).not.toBe(before);

    await served.step(3600);
    const { stateMachineArn } = served;
    const { executions = [] } = await sdk.sfn.send(
      new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }),
    );
    expect(executions.map(({ name }) => name)).toEqual([
      expect.stringContaining(`web-base-${await value()}`),
    ]);
  });

  it('puts events on the bus', async () => {
    const Entries = [
      { Source: 'my.app', DetailType: 'Something happened', Detail: '{}' },
      { Source: 'aws.ec2', DetailType: 'Something happened', Detail: '{}' },
    ];
    const answer = await sdk.events.send(new PutEventsCommand({ Entries }));
    expect(answer.FailedEntryCount).toBe(1);
    expect(answer.Entries?.[1]?.ErrorCode).toBe('NotAuthorizedForSourceException');
  });
});

describe('time', () => {
  it('stands still but for steps, whatever is asked', async () => {
    const beforeMs = await served.nowMs();
    await imagesOf('web-prod');
    await start('a-moment', { image: 'no-such-image' });
    expect(await served.nowMs()).toBe(beforeMs);
    await served.step(0.5);
    expect(await served.nowMs()).toBe(beforeMs + 500);
  });

  it('must pass before a long poll is answered', async () => {
    const { QueueUrls = [] } = await sdk.queues.send(new ListQueuesCommand());
    // Nobody but people reads this one.
    const QueueUrl = QueueUrls.find((url) => url.includes('QueuesDeadLetters'));
    let answered = false;
    const polling = sdk.queues
      .send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
      .finally(() => {
        answered = true;
      });
    await served.step(19);
    expect(answered).toBe(false);
    await sdk.queues.send(new SendMessageCommand({ QueueUrl, MessageBody: 'at last' }));
    await served.step(1);
    expect((await polling).Messages?.map(({ Body }) => Body)).toEqual(['at last']);
  });
});

describe('requests that come together', () => {
  it('are done one after another, so that one name starts one execution', async () => {
    const both = await Promise.allSettled([
      start('twins', { image: 'no-such-image' }),
      start('twins', { image: 'another' }),
    ]);
    const refusals = both.flatMap((one) => (one.status === 'rejected' ? [one.reason.name] : []));
    expect(refusals).toEqual(['ExecutionAlreadyExists']);
  });
});

describe('what is refused', () => {
  it('reads as AWS words it', async () => {
    const executionArn = `${served.stateMachineArn.replace('stateMachine', 'execution')}:nobody`;
    await expect(describeExecution(executionArn)).rejects.toMatchObject({
      name: 'ExecutionDoesNotExist',
      message: `Execution Does Not Exist: '${executionArn}'`,
    });
    await expect(refreshesOf('no-such-group')).rejects.toMatchObject({ name: 'ValidationError' });
  });

  it.each([
    ['application/x-www-form-urlencoded', '<Code>MissingAuthenticationToken</Code>'],
    ['application/x-amz-json-1.0', '"__type":"MissingAuthenticationTokenException"'],
  ])('a request without a signature, as %s', async (type, expected) => {
    const response = await fetch(served.url, {
      method: 'POST',
      headers: { 'content-type': type },
      body: 'Action=DescribeImages',
    });
    expect(response.status).toBe(403);
    expect(await response.text()).toContain(expected);
  });

  it.each([
    ['/kiln/step', { seconds: -1 }, /400 .*0 or more/s],
    ['/kiln/step', { minutes: 1 }, /400 .*minutes/s],
    ['/kiln/bakes', { images: 'ill' }, /400 .*sick/s],
    ['/kiln/base', { image: 'wbe' }, /400 there is no image wbe; there is web/],
    ['/kiln/stop', {}, /404 .*POST \/kiln\/step/],
  ])('POST %s %o', async (path, body, message) => {
    await expect(served.control(path, body)).rejects.toThrow(message);
  });
});
