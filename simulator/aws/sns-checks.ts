import type { PublishCommandInput } from '@aws-sdk/client-sns';
import { AwsError } from '../contract.ts';

/** The limits of messages. @see Amazon SNS API Reference, "Publish". */

const MESSAGE_BYTES_MAX = 262_144;
const SUBJECT_LENGTH_MAX = 100;
/** "Subjects must be UTF-8 text with no line breaks or control characters, and less than 100 characters long." */
const SUBJECT = /^[^\p{Cc}\s][^\p{Cc}]*$/u;

export const invalidParameter = (what: string) =>
  new AwsError('InvalidParameterException', `Invalid parameter: ${what}`);

/** @throws InvalidParameterException, InvalidParameterValueException */
export function checkPublish({
  Message = '',
  Subject,
  MessageAttributes = {},
  MessageStructure,
}: Pick<
  PublishCommandInput,
  'Message' | 'Subject' | 'MessageAttributes' | 'MessageStructure'
>): void {
  if (Message === '') throw invalidParameter('Empty message');
  let bytes = Buffer.byteLength(Message, 'utf8');
  for (const [name, { DataType = '', StringValue, BinaryValue }] of Object.entries(
    MessageAttributes,
  )) {
    if (!/^(String|Number|Binary)(\..+)?$/.test(DataType)) {
      throw parameterValue(
        `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
      );
    }
    if ((StringValue ?? '') === '' && (BinaryValue?.length ?? 0) === 0) {
      throw parameterValue(
        `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${DataType}'.`,
      );
    }
    bytes += Buffer.byteLength(name + DataType + (StringValue ?? ''), 'utf8');
    bytes += BinaryValue?.length ?? 0;
  }
  if (bytes > MESSAGE_BYTES_MAX) throw invalidParameter('Message too long');
  if (Subject !== undefined && (Subject.length > SUBJECT_LENGTH_MAX || !SUBJECT.test(Subject))) {
    throw invalidParameter('Subject');
  }
  if (MessageStructure !== undefined) checkStructure(MessageStructure, Message);
}

function checkStructure(structure: string, message: string): void {
  if (structure !== 'json') throw invalidParameter('MessageStructure');
  let parsed: unknown;
  try {
    parsed = JSON.parse(message);
  } catch {
    throw invalidParameter('Message Structure - JSON message body failed to parse');
  }
  const isMap = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  if (!isMap || typeof (parsed as Record<string, unknown>)['default'] !== 'string') {
    throw invalidParameter('Message Structure - No default entry in JSON message body');
  }
}

const parameterValue = (message: string) => new AwsError('InvalidParameterValueException', message);
