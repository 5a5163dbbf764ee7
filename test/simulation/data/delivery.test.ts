import { describe, expect, it } from 'vitest';
import { makeTargets, type TargetParts } from '../../../simulator/aws/event-bridge-targets.ts';
import { Sns } from '../../../simulator/aws/sns.ts';
import { makeTopicDelivery } from '../../../simulator/aws/sns-delivery.ts';
import { Sqs } from '../../../simulator/aws/sqs.ts';
import { AwsError, type FunctionRunner } from '../../../simulator/contract.ts';
import { makeIam } from '../../../simulator/iam/iam.ts';
import { makeWorld, type TraceLine } from '../../../simulator/world.ts';
import { ask, place, refusal } from './asking.ts';

const topic = 'arn:aws:sns:eu-west-1:111122223333:alerts';
const queue = 'arn:aws:sqs:eu-west-1:111122223333:work';
const fn = 'arn:aws:lambda:eu-west-1:111122223333:function:f';
const machine = 'arn:aws:states:eu-west-1:111122223333:stateMachine:m';
const rule = 'arn:aws:events:eu-west-1:111122223333:rule/r';
const role = 'arn:aws:iam::111122223333:role/invoker';

function anAccount() {
  const lines: TraceLine[] = [];
  const world = makeWorld({ seed: 1, startMs: 0, trace: (line) => lines.push(line) });
  const iam = makeIam(place);
  const invoked: unknown[] = [];
  const functions: FunctionRunner = {
    invoke: async (functionName, payload, options) => {
      if (functionName !== 'f')
        throw new AwsError('ResourceNotFoundException', 'no such function', 404);
      invoked.push({ payload, ...options });
      return { ok: true, payload: null };
    },
  };
  const calls: object[] = [];
  const queues = new Sqs({ world, place });
  queues.addQueue({ queueName: 'work', arn: queue });
  const sns = new Sns({ world, place, deliver: makeTopicDelivery({ iam, functions, queues }) });
  sns.addTopic({ topicName: 'alerts', arn: topic });
  const parts: TargetParts = {
    iam,
    functions,
    queues,
    topics: sns,
    callAws: async (call) => calls.push(call),
    renameInput: (_, __, input) => ({ renamed: input }),
  };
  const letIn = (resource: string, principal: string, action: string, sourceArn: string) =>
    iam.addResourceStatement(resource, {
      Effect: 'Allow',
      Principal: { Service: principal },
      Action: action,
      Resource: resource,
      Condition: { ArnEquals: { 'aws:SourceArn': sourceArn } },
    });
  const trust = {
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'scheduler.amazonaws.com' },
      Action: 'sts:AssumeRole',
    },
  } as const;
  iam.addRole({ name: 'invoker', arn: role, trust });
  return { world, iam, sns, queues, targets: makeTargets(parts), invoked, calls, letIn, lines };
}

describe('a topic', () => {
  it('hands a message to functions and queues that let it in, and to nobody else', async () => {
    const { world, sns, queues, invoked, letIn, lines } = anAccount();
    letIn(queue, 'sns.amazonaws.com', 'sqs:SendMessage', topic);
    sns.addSubscription({ topicArn: topic, protocol: 'sqs', endpoint: queue });
    sns.addSubscription({ topicArn: topic, protocol: 'lambda', endpoint: fn });
    sns.addSubscription({ topicArn: topic, protocol: 'email', endpoint: 'ops@example.com' });
    ask(sns, 'Publish', { TopicArn: topic, Message: 'hello', Subject: 'page' });
    await world.run();
    const [received] = queues.messagesOf(queue);
    expect(JSON.parse(received!.body)).toMatchObject({
      Type: 'Notification',
      TopicArn: topic,
      Subject: 'page',
      Message: 'hello',
    });
    expect(invoked).toEqual([]);
    expect(lines).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining(`does not reach ${fn}`) }),
    );
    letIn(fn, 'sns.amazonaws.com', 'lambda:InvokeFunction', topic);
    sns.publish(topic, { Message: 'again' });
    await world.run();
    expect(invoked).toMatchObject([
      {
        kind: 'event',
        payload: { Records: [{ EventSource: 'aws:sns', Sns: { Message: 'again' } }] },
      },
    ]);
    expect(sns.messagesOf(topic).map(({ message }) => message)).toEqual(['hello', 'again']);
  });

  it('gives each protocol its own text of a structured message, raw where it is asked for', async () => {
    const { world, sns, queues, letIn } = anAccount();
    letIn(queue, 'sns.amazonaws.com', 'sqs:SendMessage', topic);
    sns.addSubscription({
      topicArn: topic,
      protocol: 'sqs',
      endpoint: queue,
      rawMessageDelivery: true,
    });
    const Message = JSON.stringify({ default: 'd', sqs: 's' });
    ask(sns, 'Publish', { TopicArn: topic, Message, MessageStructure: 'json' });
    await world.run();
    expect(queues.messagesOf(queue)[0]!.body).toBe('s');
  });

  it.each<[object, string]>([
    [{ Message: '' }, 'InvalidParameterException: Invalid parameter: Empty message'],
    [
      { Message: 'x'.repeat(262_145) },
      'InvalidParameterException: Invalid parameter: Message too long',
    ],
    [
      { Message: 'm', Subject: 'x'.repeat(101) },
      'InvalidParameterException: Invalid parameter: Subject',
    ],
    [
      { Message: 'm', Subject: 'two\nlines' },
      'InvalidParameterException: Invalid parameter: Subject',
    ],
    [
      { Message: '{}', MessageStructure: 'json' },
      'InvalidParameterException: Invalid parameter: Message Structure - No default entry in JSON message body',
    ],
    [{ Message: 'm', TopicArn: `${topic}x` }, 'NotFoundException: Topic does not exist'],
    [{ Message: 'x'.repeat(262_144), Subject: 'x'.repeat(100) }, 'accepted'],
  ])('refuses what SNS refuses', (input, message) => {
    const { sns } = anAccount();
    expect(
      refusal(() => ask(sns, 'Publish', { TopicArn: topic, Message: undefined, ...input })),
    ).toBe(message);
  });

  it('subscribes and lists by calls, each subscriber once', () => {
    const { sns } = anAccount();
    const subscribe = () =>
      ask(sns, 'Subscribe', { TopicArn: topic, Protocol: 'sqs', Endpoint: queue });
    expect(subscribe()).toEqual(subscribe());
    expect(ask(sns, 'ListSubscriptionsByTopic', { TopicArn: topic }).Subscriptions).toHaveLength(1);
    expect(
      refusal(() =>
        ask(sns, 'Subscribe', { TopicArn: topic, Protocol: 'carrier-pigeon', Endpoint: 'x' }),
      ),
    ).toContain('InvalidParameterException');
  });
});

describe('a target', () => {
  const from = { principal: 'events.amazonaws.com', sourceArn: rule, roleArn: undefined };

  it('is reached through its own policy, for this rule alone', async () => {
    const { targets, letIn, invoked, queues, sns } = anAccount();
    const call = { ...from, arn: fn, input: '{"a":1}' };
    await expect(targets.deliver(call)).rejects.toMatchObject({ code: 'AccessDenied' });
    letIn(fn, 'events.amazonaws.com', 'lambda:InvokeFunction', rule);
    await targets.deliver(call);
    expect(invoked).toMatchObject([{ payload: { a: 1 }, kind: 'event' }]);
    await expect(targets.deliver({ ...call, sourceArn: `${rule}2` })).rejects.toMatchObject({
      code: 'AccessDenied',
    });
    letIn(queue, 'events.amazonaws.com', 'sqs:SendMessage', rule);
    letIn(topic, 'events.amazonaws.com', 'sns:Publish', rule);
    await targets.deliver({ ...call, arn: queue });
    await targets.deliver({ ...call, arn: topic });
    expect(queues.messagesOf(queue)).toMatchObject([{ body: '{"a":1}' }]);
    expect(sns.messagesOf(topic)).toMatchObject([{ message: '{"a":1}' }]);
  });

  it('that is gone says so', async () => {
    const { targets, letIn } = anAccount();
    const gone = `${fn}gone`;
    letIn(gone, 'events.amazonaws.com', 'lambda:InvokeFunction', rule);
    await expect(targets.deliver({ ...from, arn: gone, input: '{}' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
  });

  it('that starts executions needs a role, and input that is JSON', async () => {
    const { targets } = anAccount();
    const call = { ...from, arn: machine, input: '{}' };
    await expect(targets.deliver(call)).rejects.toMatchObject({ code: 'AccessDeniedException' });
    // This role trusts the scheduler, not the bus.
    await expect(targets.deliver({ ...call, roleArn: role })).rejects.toMatchObject({
      code: 'AssumeRoleFailed',
    });
    const scheduled = { ...call, roleArn: role, principal: 'scheduler.amazonaws.com' };
    await expect(targets.deliver({ ...scheduled, input: '{' })).rejects.toMatchObject({
      code: 'INVALID_JSON',
    });
  });

  it.each([
    [
      machine,
      {
        client: 'client-sfn',
        operation: 'StartExecution',
        input: { stateMachineArn: machine, input: '{"a":1}' },
      },
    ],
    [
      queue,
      {
        client: 'client-sqs',
        operation: 'SendMessage',
        input: {
          QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/work',
          MessageBody: '{"a":1}',
        },
      },
    ],
    [
      topic,
      {
        client: 'client-sns',
        operation: 'Publish',
        input: { TopicArn: topic, Message: '{"a":1}' },
      },
    ],
    [
      'arn:aws:scheduler:::aws-sdk:autoscaling:suspendProcesses',
      {
        client: 'client-auto-scaling',
        operation: 'SuspendProcesses',
        input: { renamed: { a: 1 } },
      },
    ],
  ])('%s is called as the role of the schedule', async (arn, expected) => {
    const { targets, calls } = anAccount();
    const sourceArn = 'arn:aws:scheduler:eu-west-1:111122223333:schedule/default/sweep';
    await targets.deliver({
      arn,
      input: '{"a":1}',
      principal: 'scheduler.amazonaws.com',
      sourceArn,
      roleArn: role,
    });
    expect(calls).toEqual([
      { ...expected, caller: { kind: 'role', roleName: 'invoker', session: 'sweep' } },
    ]);
  });

  it('of a function is invoked as an event by the role of the schedule', async () => {
    const { targets, calls } = anAccount();
    const sourceArn = 'arn:aws:scheduler:eu-west-1:111122223333:schedule/default/sweep';
    await targets.deliver({
      arn: fn,
      input: '{"a":1}',
      principal: 'scheduler.amazonaws.com',
      sourceArn,
      roleArn: role,
    });
    expect(calls).toMatchObject([
      {
        client: 'client-lambda',
        operation: 'Invoke',
        input: { FunctionName: fn, InvocationType: 'Event' },
      },
    ]);
  });

  it('and its dead-letter queue must let the rule in too', () => {
    const { targets, letIn, queues } = anAccount();
    const letter = {
      body: 'b',
      attributes: { ERROR_CODE: { DataType: 'String', StringValue: 'NO_RESOURCE' } },
    };
    expect(refusal(() => targets.deadLetter(queue, letter, from))).toContain('AccessDenied');
    letIn(queue, 'events.amazonaws.com', 'sqs:SendMessage', rule);
    targets.deadLetter(queue, letter, from);
    expect(queues.messagesOf(queue)).toMatchObject([letter]);
  });

  it('and what a schedule could not hand over goes to the dead-letter queue by its role, not by the door', () => {
    const { targets, letIn, iam, queues } = anAccount();
    const scheduled = {
      principal: 'scheduler.amazonaws.com',
      sourceArn: 'arn:aws:scheduler:eu-west-1:111122223333:schedule/default/sweep',
      roleArn: role,
    };
    const letter = { body: 'b', attributes: {} };
    letIn(queue, 'events.amazonaws.com', 'sqs:SendMessage', scheduled.sourceArn);
    expect(refusal(() => targets.deadLetter(queue, letter, scheduled))).toContain('AccessDenied');
    iam.attachPolicy('invoker', 'own', {
      Statement: { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queue },
    });
    targets.deadLetter(queue, letter, scheduled);
    expect(queues.messagesOf(queue)).toMatchObject([letter]);
  });
});
