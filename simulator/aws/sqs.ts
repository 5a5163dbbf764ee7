import type {
  BatchResultErrorEntry,
  ChangeMessageVisibilityCommandInput,
  ChangeMessageVisibilityCommandOutput,
  DeleteMessageBatchCommandInput,
  DeleteMessageBatchCommandOutput,
  DeleteMessageCommandInput,
  DeleteMessageCommandOutput,
  GetQueueAttributesCommandInput,
  GetQueueAttributesCommandOutput,
  GetQueueUrlCommandInput,
  GetQueueUrlCommandOutput,
  ListQueuesCommandInput,
  ListQueuesCommandOutput,
  MessageAttributeValue,
  PurgeQueueCommandInput,
  PurgeQueueCommandOutput,
  ReceiveMessageCommandInput,
  ReceiveMessageCommandOutput,
  SendMessageBatchCommandInput,
  SendMessageBatchCommandOutput,
  SendMessageCommandInput,
  SendMessageCommandOutput,
} from '@aws-sdk/client-sqs';
import { AwsError, type Permission, type Place, type Service, type World } from '../contract.ts';
import { operation, pageOf } from './fleet-operation.ts';
import type { PolledMessage, QueuePoller } from './lambda-queue-source.ts';
import { checkEntries, checkMessage, checkRange, NO_SUCH_QUEUE, queueUrl } from './sqs-checks.ts';
import { md5, Queue, type QueueDefinition, type StoredMessage } from './sqs-queue.ts';
import { attributesOf, show } from './sqs-shapes.ts';

interface SqsOptions {
  readonly world: World;
  readonly place: Place;
  /** Asked at each receipt; true delivers the message once more, as a standard queue may. @default never */
  readonly doubles?: (queueArn: string) => boolean;
}

/** Amazon SQS, standard queues. FIFO queues, encryption and message move tasks are not simulated. */
export class Sqs implements Service, QueuePoller {
  readonly client = 'client-sqs';
  readonly #options: SqsOptions;
  readonly #queues = new Map<string, Queue>();

  constructor(options: SqsOptions) {
    this.#options = options;
  }

  /** @throws Error for a FIFO queue and for a name that is taken. */
  addQueue(definition: QueueDefinition): void {
    const { queueName, arn } = definition;
    if (queueName.endsWith('.fifo')) throw new Error(`FIFO queue ${queueName} is not simulated`);
    if (this.#queues.has(arn)) throw new Error(`there are two queues ${queueName}`);
    const { world, place, doubles } = this.#options;
    const bury = (deadLetterArn: string, message: StoredMessage) => {
      const dead = this.#queues.get(deadLetterArn);
      dead?.takeFrom(message.sourceArn ?? arn, message);
      return dead !== undefined;
    };
    const parts = { world, bury, doubles: doubles ?? (() => false), senderId: place.accountId };
    this.#queues.set(arn, new Queue(definition, parts));
  }

  has(queueArn: string): boolean {
    return this.#queues.has(queueArn);
  }

  urlOf(queueName: string): string {
    return queueUrl(queueName, this.#options.place);
  }

  /**
   * Puts a message into a queue for another service, which has asked IAM itself.
   * @throws QueueDoesNotExist
   */
  accept(
    queueArn: string,
    body: string,
    attributes: Readonly<Record<string, MessageAttributeValue>> = {},
  ): void {
    checkMessage(body, attributes);
    this.#byArn(queueArn).send({ body, attributes });
  }

  /** Everything in a queue, hidden or not, oldest first. For tests and auditors. */
  messagesOf(queueArn: string): readonly StoredMessage[] {
    return this.#byArn(queueArn).all();
  }

  receive(queueArn: string, max: number): readonly PolledMessage[] {
    return this.#byArn(queueArn)
      .receive(max)
      .map(({ messageId, receiptHandle, body, systemAttributes }) => ({
        messageId,
        receiptHandle,
        body,
        attributes: systemAttributes,
      }));
  }

  remove(queueArn: string, receiptHandle: string): void {
    this.#byArn(queueArn).remove(receiptHandle);
  }

  onMessage(queueArn: string, listener: () => void): void {
    this.#byArn(queueArn).onMessage(listener);
  }

  readonly operations = {
    SendMessage: operation<SendMessageCommandInput, SendMessageCommandOutput>({
      authorize: ({ QueueUrl }) => this.#permission('SendMessage', QueueUrl),
      run: (input) => this.#send(this.#byUrl(input.QueueUrl), input),
    }),
    SendMessageBatch: operation<SendMessageBatchCommandInput, SendMessageBatchCommandOutput>({
      authorize: ({ QueueUrl }) => this.#permission('SendMessage', QueueUrl),
      run: (input) => {
        const queue = this.#byUrl(input.QueueUrl);
        const entries = checkEntries(input.Entries);
        const { Successful, Failed } = each(entries, (entry) => this.#send(queue, entry));
        return { Successful, Failed };
      },
    }),
    ReceiveMessage: operation<ReceiveMessageCommandInput, ReceiveMessageCommandOutput>({
      authorize: ({ QueueUrl }) => this.#permission('ReceiveMessage', QueueUrl),
      run: (input) => this.#receive(this.#byUrl(input.QueueUrl), input),
    }),
    DeleteMessage: operation<DeleteMessageCommandInput, DeleteMessageCommandOutput>({
      authorize: ({ QueueUrl }) => this.#permission('DeleteMessage', QueueUrl),
      run: ({ QueueUrl, ReceiptHandle }) => {
        this.#byUrl(QueueUrl).remove(ReceiptHandle ?? '');
        return {};
      },
    }),
    DeleteMessageBatch: operation<DeleteMessageBatchCommandInput, DeleteMessageBatchCommandOutput>({
      authorize: ({ QueueUrl }) => this.#permission('DeleteMessage', QueueUrl),
      run: (input) => {
        const queue = this.#byUrl(input.QueueUrl);
        return each(checkEntries(input.Entries), ({ ReceiptHandle }) => {
          queue.remove(ReceiptHandle ?? '');
          return {};
        });
      },
    }),
    ChangeMessageVisibility: operation<
      ChangeMessageVisibilityCommandInput,
      ChangeMessageVisibilityCommandOutput
    >({
      authorize: ({ QueueUrl }) => this.#permission('ChangeMessageVisibility', QueueUrl),
      run: ({ QueueUrl, ReceiptHandle, VisibilityTimeout = 0 }) => {
        const queue = this.#byUrl(QueueUrl);
        checkRange('VisibilityTimeout', VisibilityTimeout, 0, 43_200);
        if (!queue.changeVisibility(ReceiptHandle ?? '', VisibilityTimeout)) {
          throw new AwsError(
            'InvalidParameterValue',
            `Value ${ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
          );
        }
        return {};
      },
    }),
    GetQueueAttributes: operation<GetQueueAttributesCommandInput, GetQueueAttributesCommandOutput>({
      authorize: ({ QueueUrl }) => this.#permission('GetQueueAttributes', QueueUrl),
      run: ({ QueueUrl, AttributeNames = [] }) => {
        const all = attributesOf(this.#byUrl(QueueUrl));
        const wanted = new Set<string>(AttributeNames);
        const chosen = Object.entries(all).filter(([n]) => wanted.has('All') || wanted.has(n));
        return { Attributes: Object.fromEntries(chosen) };
      },
    }),
    GetQueueUrl: operation<GetQueueUrlCommandInput, GetQueueUrlCommandOutput>({
      authorize: ({ QueueName }) => this.#permission('GetQueueUrl', this.urlOf(QueueName ?? '')),
      run: ({ QueueName }) => {
        const url = this.urlOf(QueueName ?? '');
        this.#byUrl(url);
        return { QueueUrl: url };
      },
    }),
    ListQueues: operation<ListQueuesCommandInput, ListQueuesCommandOutput>({
      authorize: () => [{ action: 'sqs:ListQueues', resource: '*' }],
      run: ({ QueueNamePrefix = '', NextToken, MaxResults = 1_000 }) => {
        const names = [...this.#queues.values()].map(({ definition }) => definition.queueName);
        const urls = names
          .filter((name) => name.startsWith(QueueNamePrefix))
          .sort()
          .map((name) => this.urlOf(name));
        const invalid = () => new AwsError('InvalidAddress', 'The NextToken is not valid.', 404);
        const { page, nextToken } = pageOf(urls, NextToken, MaxResults, invalid);
        return { QueueUrls: page, ...(nextToken && { NextToken: nextToken }) };
      },
    }),
    PurgeQueue: operation<PurgeQueueCommandInput, PurgeQueueCommandOutput>({
      authorize: ({ QueueUrl }) => this.#permission('PurgeQueue', QueueUrl),
      run: ({ QueueUrl }) => {
        this.#byUrl(QueueUrl).purge();
        return {};
      },
    }),
  };

  #send(
    queue: Queue,
    input: Pick<SendMessageCommandInput, 'MessageBody' | 'MessageAttributes' | 'DelaySeconds'>,
  ) {
    const { MessageBody: body = '', MessageAttributes: attributes = {}, DelaySeconds } = input;
    checkMessage(body, attributes);
    if (DelaySeconds !== undefined) checkRange('DelaySeconds', DelaySeconds, 0, 900);
    const { messageId } = queue.send({ body, attributes, delaySeconds: DelaySeconds });
    return { MessageId: messageId, MD5OfMessageBody: md5(body) };
  }

  /** With a wait time an empty queue answers when a message comes or the time is over. */
  #receive(queue: Queue, input: ReceiveMessageCommandInput) {
    const { MaxNumberOfMessages: max = 1, VisibilityTimeout, WaitTimeSeconds = 0 } = input;
    checkRange('MaxNumberOfMessages', max, 1, 10);
    checkRange('WaitTimeSeconds', WaitTimeSeconds, 0, 20);
    if (VisibilityTimeout !== undefined)
      checkRange('VisibilityTimeout', VisibilityTimeout, 0, 43_200);
    const take = () => queue.receive(max, VisibilityTimeout).map((message) => show(message, input));
    const found = take();
    if (found.length > 0 || WaitTimeSeconds === 0)
      return found.length > 0 ? { Messages: found } : {};
    const { world } = this.#options;
    const deadlineMs = world.nowMs() + WaitTimeSeconds * 1_000;
    return new Promise<{ Messages?: typeof found }>((resolve) => {
      const look = () => {
        const messages = take();
        if (messages.length > 0) resolve({ Messages: messages });
        else if (world.nowMs() >= deadlineMs) resolve({});
        else world.after(250, `long poll of ${queue.definition.queueName}`, look);
      };
      world.after(250, `long poll of ${queue.definition.queueName}`, look);
    });
  }

  #permission(action: string, url: string | undefined): Permission[] {
    const { partition, region, accountId } = this.#options.place;
    const name = url?.split('/').at(-1) ?? '';
    const resource = `arn:${partition}:sqs:${region}:${accountId}:${name}`;
    return [{ action: `sqs:${action}`, resource }];
  }

  #byUrl(url: string | undefined): Queue {
    const [{ resource } = { resource: '' }] = this.#permission('', url);
    return this.#byArn(resource);
  }

  #byArn(arn: string): Queue {
    const queue = this.#queues.get(arn);
    if (queue !== undefined) return queue;
    throw new AwsError(NO_SUCH_QUEUE, 'The specified queue does not exist.');
  }
}

/** Each entry by itself: one that fails leaves the others be. */
function each<Entry extends { readonly Id: string | undefined }, Done extends object>(
  entries: readonly Entry[],
  act: (entry: Entry) => Done,
): { Successful: (Done & { Id: string })[]; Failed: BatchResultErrorEntry[] } {
  const Successful: (Done & { Id: string })[] = [];
  const Failed: BatchResultErrorEntry[] = [];
  for (const entry of entries) {
    const Id = entry.Id ?? '';
    try {
      Successful.push({ ...act(entry), Id });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id, Code: error.code, Message: error.message, SenderFault: true });
    }
  }
  return { Successful, Failed };
}
