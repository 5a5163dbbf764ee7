import { describe, expect, it } from 'vitest';
import { Sqs } from '../../../simulator/aws/sqs.ts';
import type { QueueDefinition } from '../../../simulator/aws/sqs-queue.ts';
import { makeWorld } from '../../../simulator/world.ts';
import { ask, place, refusal } from './asking.ts';

const arn = 'arn:aws:sqs:eu-west-1:111122223333:work';
const dead = 'arn:aws:sqs:eu-west-1:111122223333:dead';
const QueueUrl = 'https://sqs.eu-west-1.amazonaws.com/111122223333/work';

function aQueue(more: Partial<QueueDefinition> = {}, doubles?: () => boolean) {
  const world = makeWorld({ seed: 1, startMs: 0 });
  const sqs = new Sqs({ world, place, ...(doubles && { doubles }) });
  sqs.addQueue({ queueName: 'dead', arn: dead });
  sqs.addQueue({ queueName: 'work', arn, ...more });
  const send = (MessageBody = 'm', more: object = {}) =>
    ask(sqs, 'SendMessage', { QueueUrl, MessageBody, ...more });
  const receive = (more: object = {}) => ask(sqs, 'ReceiveMessage', { QueueUrl, ...more });
  return { world, sqs, send, receive };
}

describe('a message', () => {
  it('is hidden while it is in flight and comes back when nobody deletes it', async () => {
    const { world, send, receive } = aQueue();
    send('hello');
    const [first] = (await receive({ MessageSystemAttributeNames: ['All'] })).Messages!;
    expect(first).toMatchObject({
      Body: 'hello',
      MD5OfBody: '5d41402abc4b2a76b9719d911017c592',
      Attributes: { ApproximateReceiveCount: '1' },
    });
    await world.advance(29_999);
    expect(await receive()).toEqual({});
    await world.advance(1);
    const [second] = (await receive({ AttributeNames: ['ApproximateReceiveCount'] })).Messages!;
    expect(second).toMatchObject({
      MessageId: first!.MessageId,
      Attributes: { ApproximateReceiveCount: '2' },
    });
    expect(second!.ReceiptHandle).not.toBe(first!.ReceiptHandle);
  });

  it('is gone once deleted; an old receipt deletes nothing', async () => {
    const { world, sqs, send, receive } = aQueue({ visibilityTimeoutSeconds: 1 });
    send();
    const [first] = (await receive()).Messages!;
    await world.advance(1_000);
    const [second] = (await receive()).Messages!;
    ask(sqs, 'DeleteMessage', { QueueUrl, ReceiptHandle: first!.ReceiptHandle });
    expect(sqs.messagesOf(arn)).toHaveLength(1);
    ask(sqs, 'DeleteMessage', { QueueUrl, ReceiptHandle: second!.ReceiptHandle });
    expect(sqs.messagesOf(arn)).toHaveLength(0);
  });

  it('can be delayed, up to 15 minutes', async () => {
    const { world, send, receive } = aQueue();
    send('late', { DelaySeconds: 900 });
    expect(refusal(() => send('m', { DelaySeconds: 901 }))).toContain('InvalidParameterValue');
    await world.advance(899_999);
    expect(await receive()).toEqual({});
    await world.advance(1);
    expect((await receive()).Messages).toHaveLength(1);
  });

  it('can stay hidden longer or come back at once', async () => {
    const { sqs, send, receive } = aQueue();
    send();
    const [{ ReceiptHandle } = {}] = (await receive()).Messages!;
    ask(sqs, 'ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 });
    expect((await receive()).Messages).toHaveLength(1);
    expect(
      refusal(() =>
        ask(sqs, 'ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout: 5 }),
      ),
    ).toContain('not available for visibility timeout change');
  });

  it('goes to the dead-letter queue when it comes back once too often', async () => {
    const { world, sqs, send, receive } = aQueue({
      redrive: { deadLetterArn: dead, maxReceiveCount: 2 },
    });
    send('bad');
    for (let i = 0; i < 2; i += 1) {
      expect((await receive()).Messages).toHaveLength(1);
      await world.advance(30_000);
    }
    expect(await receive()).toEqual({});
    expect(sqs.messagesOf(arn)).toEqual([]);
    expect(sqs.messagesOf(dead)).toMatchObject([{ body: 'bad', sourceArn: arn }]);
  });

  it('goes after its retention period, and may be delivered twice', async () => {
    const { world, sqs, send, receive } = aQueue({ retentionSeconds: 60 }, () => true);
    send();
    expect((await receive()).Messages).toHaveLength(1);
    expect((await receive()).Messages).toHaveLength(1);
    await world.advance(60_001);
    expect(sqs.messagesOf(arn)).toEqual([]);
  });
});

describe('a queue', () => {
  it('keeps no world awake that nobody listens in', async () => {
    const { world, send } = aQueue();
    send('m', { DelaySeconds: 10 });
    expect(await world.run()).toMatchObject({ events: 0, ended: 'rest' });
  });

  it('tells a listener of every message that becomes visible', async () => {
    const { world, sqs, send } = aQueue();
    const told: number[] = [];
    sqs.onMessage(arn, () => {
      told.push(world.nowMs());
      for (const { receiptHandle } of sqs.receive(arn, 10)) {
        if (told.length > 1) sqs.remove(arn, receiptHandle);
      }
    });
    send('m', { DelaySeconds: 10 });
    await world.run();
    expect(told).toEqual([10_000, 40_000]);
    expect(sqs.messagesOf(arn)).toEqual([]);
  });

  it('waits for a message as long as it is asked to', async () => {
    const { world, send, receive } = aQueue();
    const answer = receive({ WaitTimeSeconds: 20 });
    const silent = receive({ WaitTimeSeconds: 1 });
    await world.advance(5_000);
    send('at last');
    await world.run();
    expect(await silent).toEqual({});
    expect(await answer).toMatchObject({ Messages: [{ Body: 'at last' }] });
  });

  it('counts what is in it', async () => {
    const { sqs, send, receive } = aQueue();
    send();
    send();
    send('m', { DelaySeconds: 60 });
    await receive();
    expect(
      ask(sqs, 'GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] }).Attributes,
    ).toMatchObject({
      QueueArn: arn,
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesNotVisible: '1',
      ApproximateNumberOfMessagesDelayed: '1',
      VisibilityTimeout: '30',
    });
    expect(ask(sqs, 'GetQueueUrl', { QueueName: 'work' })).toEqual({ QueueUrl });
    ask(sqs, 'PurgeQueue', { QueueUrl });
    expect(sqs.messagesOf(arn)).toEqual([]);
  });

  it('refuses what SQS refuses', () => {
    const { sqs, send, receive } = aQueue();
    expect(refusal(() => send(''))).toContain('MissingParameter');
    expect(refusal(() => send('\u0000'))).toContain('InvalidMessageContents');
    expect(refusal(() => send('x'.repeat(1_048_577)))).toContain('InvalidParameterValue');
    expect(refusal(() => receive({ MaxNumberOfMessages: 11 }))).toContain('InvalidParameterValue');
    expect(refusal(() => ask(sqs, 'GetQueueUrl', { QueueName: 'no' }))).toBe(
      'QueueDoesNotExist: The specified queue does not exist.',
    );
    expect(() => sqs.addQueue({ queueName: 'a.fifo', arn: `${arn}.fifo` })).toThrow(
      'not simulated',
    );
  });

  it('takes a batch entry by entry', () => {
    const { sqs } = aQueue();
    const batch = (Entries: { Id: string; MessageBody: string }[]) =>
      ask(sqs, 'SendMessageBatch', { QueueUrl, Entries });
    const answer = batch([
      { Id: 'a', MessageBody: 'm' },
      { Id: 'b', MessageBody: '' },
    ]);
    expect(answer.Successful!.map(({ Id }) => Id)).toEqual(['a']);
    expect(answer.Failed).toMatchObject([{ Id: 'b', Code: 'MissingParameter', SenderFault: true }]);
    expect(refusal(() => batch([]))).toContain('EmptyBatchRequest');
    const doubled = [
      { Id: 'a', MessageBody: 'm' },
      { Id: 'a', MessageBody: 'm' },
    ];
    expect(refusal(() => batch(doubled))).toContain('BatchEntryIdsNotDistinct');
  });
});
