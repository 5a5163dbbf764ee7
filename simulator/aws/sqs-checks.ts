import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { AwsError, type Place } from '../contract.ts';

/** The limits of messages. @see Amazon SQS Developer Guide, "Amazon SQS message quotas". */

export const NO_SUCH_QUEUE = 'QueueDoesNotExist';
/** 1 MiB since August 2025, body and attributes together. */
const MESSAGE_BYTES_MAX = 1_048_576;
const ATTRIBUTES_MAX = 10;
const ENTRIES_MAX = 10;
/** #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF. */
const CHARACTERS = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

export function queueUrl(queueName: string, { region, accountId }: Place): string {
  return `https://sqs.${region}.amazonaws.com/${accountId}/${queueName}`;
}

/** @throws InvalidParameterValue, InvalidMessageContents, MissingParameter */
export function checkMessage(
  body: string,
  attributes: Readonly<Record<string, MessageAttributeValue>>,
): void {
  if (body === '') {
    throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.');
  }
  if (!CHARACTERS.test(body)) {
    throw new AwsError(
      'InvalidMessageContents',
      'Invalid binary character was found in the message body, the set of allowed characters is #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
    );
  }
  const names = Object.keys(attributes);
  if (names.length > ATTRIBUTES_MAX) {
    throw invalid(
      `Number of message attributes [${names.length}] exceeds the allowed maximum [${ATTRIBUTES_MAX}].`,
    );
  }
  let bytes = Buffer.byteLength(body, 'utf8');
  for (const [name, { DataType = '', StringValue, BinaryValue }] of Object.entries(attributes)) {
    if (!/^(String|Number|Binary)(\..+)?$/.test(DataType)) {
      throw invalid(
        `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
      );
    }
    if ((StringValue ?? '') === '' && (BinaryValue?.length ?? 0) === 0) {
      throw invalid(
        `The message (user) attribute '${name}' must contain a non-empty value of type '${DataType}'.`,
      );
    }
    bytes += Buffer.byteLength(name + DataType + (StringValue ?? ''), 'utf8');
    bytes += BinaryValue?.length ?? 0;
  }
  if (bytes > MESSAGE_BYTES_MAX) {
    throw invalid(
      `One or more parameters are invalid. Reason: Message must be shorter than ${MESSAGE_BYTES_MAX} bytes.`,
    );
  }
}

/** @throws InvalidParameterValue outside of the bounds, both included. */
export function checkRange(name: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw invalid(
    `Value ${value} for parameter ${name} is invalid. Reason: Must be between ${low} and ${high}, if provided.`,
  );
}

/** @throws EmptyBatchRequest, TooManyEntriesInBatchRequest, BatchEntryIdsNotDistinct */
export function checkEntries<Entry extends { readonly Id: string | undefined }>(
  entries: readonly Entry[] | undefined,
): readonly Entry[] {
  if (entries === undefined || entries.length === 0) {
    throw new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  }
  if (entries.length > ENTRIES_MAX) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${ENTRIES_MAX}. You have sent ${entries.length}.`,
    );
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new AwsError(
      'BatchEntryIdsNotDistinct',
      'Two or more batch entries in the request have the same Id.',
    );
  }
  return entries;
}

const invalid = (message: string) => new AwsError('InvalidParameterValue', message);
