import { PublishCommand } from '@aws-sdk/client-sns';
import type { SNSClient } from './clients/sns.ts';
import { environment } from './entry.ts';

/** Tells people, in the form in which workflows do: the message is JSON. `subject`: at most 100 characters of ASCII. */
export async function notify(
  sns: SNSClient,
  subject: string,
  message: Readonly<Record<string, unknown>>,
): Promise<void> {
  await sns.send(
    new PublishCommand({
      TopicArn: environment('NOTIFICATIONS_TOPIC'),
      Subject: subject,
      Message: JSON.stringify(message),
    }),
  );
}
