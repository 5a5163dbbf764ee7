import { InvokeCommand } from '@aws-sdk/client-lambda';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import type { Announcement } from '../core/announcement.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import type { LambdaClient } from './clients/lambda.ts';
import type { SQSClient } from './clients/sqs.ts';
import type { Again, LookAnswer } from './supervise.ts';

/** A look that is still to come, as a message of the queue of looks. */
export interface LaterLook {
  readonly executionArn: string;
  readonly announced: Announcement;
  /** How many looks this announcement has had. */
  readonly looks: number;
}

const Answer = z.object({
  looked: z.enum(['moved', 'waiting', 'not-parked']),
  seesAnnounced: z.boolean(),
  reason: z.string(),
});

/**
 * Has a supervising function look again, now. Looking twice does no harm.
 *
 * @throws KilnError Transient when the look failed
 */
export async function askForLook(
  client: LambdaClient,
  functionName: string,
  look: Again['look'],
): Promise<LookAnswer> {
  const { Payload: payload, FunctionError: failed } = await client.send(
    new InvokeCommand({
      FunctionName: functionName,
      Payload: new TextEncoder().encode(JSON.stringify({ look })),
    }),
  );
  const text = payload === undefined ? 'null' : new TextDecoder().decode(payload);
  if (failed !== undefined) {
    throw new KilnError(
      ErrorName.Transient,
      `a look of ${look.parked.executionArn} failed: ${text}`,
    );
  }
  return Answer.parse(JSON.parse(text));
}

/** `delaySeconds`: 900 at most ("DelaySeconds", SQS API reference). */
export async function lookLater(
  client: SQSClient,
  queueUrl: string,
  look: LaterLook,
  delaySeconds: number,
): Promise<void> {
  await client.send(
    new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: JSON.stringify(look),
      DelaySeconds: delaySeconds,
    }),
  );
}
