import { gunzipSync } from 'node:zlib';
import { AwsError } from '../contract.ts';
import { type Answering, errorAnswer, outputAnswer } from './answers.ts';
import { carried } from './carry.ts';
import { decodeCbor } from './cbor.ts';
import {
  type ClientSchema,
  clientOfNamespace,
  clientSigningAs,
  type OperationShape,
  type Protocol,
  schemaOf,
} from './clients.ts';
import { fromDocument } from './document.ts';
import { fromForm, parseForm } from './query.ts';
import { renameInput, renameOutput } from './rename.ts';
import { restInput, routeRequest } from './rest.ts';
import type { DecodedCall, WireCodec, WireRequest } from './wire-contract.ts';

/**
 * Reads and writes what the SDK clients and every other client of AWS (boto3, the CLI) put on the wire.
 *
 * `decode` throws an `AwsError` for what the service would refuse before it looks at the operation: no credentials,
 * an unknown operation, a body that cannot be read; `encodeError` answers it with the `call` of `UndecodableCall`.
 */
export function makeWireCodec(): WireCodec {
  return {
    decode: async (request) => decode(request),
    carryInput: ({ namespace, operation, accessKeyId }, input) => {
      const client = clientOfNamespace(namespace);
      if (client === undefined) return undefined;
      const { input: shape } = operationOf(client, operation);
      const given = input as Readonly<Record<string, unknown>>;
      const lacking = shape.kind === 'struct' && shape.tokens.some((name) => given[name] == null);
      if (lacking) return undefined;
      return { client, operation, input: carried(shape, input), accessKeyId };
    },
    carryOutput: ({ client, operation }, output) =>
      carried(operationOf(client, operation).output, output),
    encodeOutput: async (call, output, requestId) =>
      outputAnswer(answering(call, requestId), operationOf(call.client, call.operation), output),
    encodeError: async (call, error, requestId) => errorAnswer(answering(call, requestId), error),
    renameInput: (client, operation, input) =>
      renameInput(operationOf(client, operation).input, input, `${client} ${operation}`),
    renameOutput: (client, operation, output) =>
      renameOutput(operationOf(client, operation).output, output, `${client} ${operation}`),
  };
}

/** A request that names no operation which can be run; `call` tells as much as is known of it. */
export class UndecodableCall extends AwsError {
  readonly call: DecodedCall;
  constructor(error: AwsError, call: DecodedCall) {
    super(error.code, error.message, error.status);
    this.call = call;
  }
}

const operationOf = (client: string, operation: string): OperationShape => {
  const known = schemaOf(client).operations.get(operation);
  if (known === undefined) throw new Error(`${client} has no operation ${operation}`);
  return known;
};

function answering(call: DecodedCall, requestId: string): Answering {
  const schema = schemaOf(call.client);
  return {
    schema,
    protocol: (call.protocol as Protocol | undefined) ?? schema.protocol,
    requestId,
  };
}

interface Signer {
  readonly accessKeyId: string;
  readonly service: string;
}

function decode(request: WireRequest): DecodedCall {
  const { accessKeyId, service } = signerOf(request);
  const client = clientSigningAs(service);
  if (client === undefined) {
    throw new AwsError('UnknownService', `the service ${service} is not simulated`, 501);
  }
  const schema = schemaOf(client);
  const protocol = protocolOf(schema, request);
  let operation = '';
  try {
    const read = reading(schema, protocol, inflated(request));
    operation = read.operation.name;
    return { client, operation, input: read.input(), accessKeyId, protocol };
  } catch (error) {
    const call = { client, operation, input: {}, accessKeyId, protocol };
    if (error instanceof AwsError) throw new UndecodableCall(error, call);
    // A malformed percent sign, JSON or number: the message of the parser is all there is to say.
    const reason = error instanceof Error ? error.message : String(error);
    throw new UndecodableCall(new AwsError('SerializationException', reason), call);
  }
}

const scope = /Credential=([^/,\s]+)\/\d{8}\/[^/]*\/([^/]+)\/aws4_request/;

/** Who signed, and for which service: from the header, or from the query of a presigned URL. */
function signerOf(request: WireRequest): Signer {
  const presigned = request.query['X-Amz-Credential'];
  const text =
    request.headers['authorization'] ?? (presigned === undefined ? '' : `Credential=${presigned}`);
  const match = scope.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
  }
  return { accessKeyId: match[1], service: match[2] };
}

/** CloudWatch and SQS understand older and newer protocols than the one their JavaScript client speaks. */
function protocolOf(schema: ClientSchema, { headers, path, query }: WireRequest): Protocol {
  if (schema.protocol === 'rest' || schema.protocol === 'ec2') return schema.protocol;
  if (headers['smithy-protocol'] === 'rpc-v2-cbor' || path.startsWith('/service/')) return 'cbor';
  const target = headers['x-amz-target'];
  if (target !== undefined) {
    return headers['content-type']?.includes('json-1.1') ? 'json-1.1' : 'json-1.0';
  }
  const isForm = headers['content-type']?.includes('x-www-form-urlencoded') === true;
  return isForm || query['Action'] !== undefined ? 'query' : schema.protocol;
}

function inflated(request: WireRequest): WireRequest {
  if (request.headers['content-encoding'] !== 'gzip') return request;
  return { ...request, body: gunzipSync(request.body) };
}

interface Reading {
  readonly operation: OperationShape;
  readonly input: () => unknown;
}

function reading(schema: ClientSchema, protocol: Protocol, request: WireRequest): Reading {
  switch (protocol) {
    case 'query':
    case 'ec2':
      return readingForm(schema, protocol, request);
    case 'rest': {
      const routed = routeRequest(schema, request);
      if (routed === undefined) throw unknownOperation(`${request.method} ${request.path}`, 404);
      return { operation: routed.operation, input: () => restInput(routed, request, parseJson) };
    }
    case 'cbor': {
      const operation = named(schema, request.path.split('/').at(-1) ?? '');
      const parse = request.body.length === 0 ? () => ({}) : () => decodeCbor(request.body);
      return { operation, input: () => fromDocument(operation.input, parse()) };
    }
    case 'json-1.0':
    case 'json-1.1': {
      const target = request.headers['x-amz-target'] ?? '';
      const operation = named(schema, target.slice(target.lastIndexOf('.') + 1));
      return { operation, input: () => fromDocument(operation.input, parseJson(request.body)) };
    }
    default:
      return protocol satisfies never;
  }
}

function readingForm(
  schema: ClientSchema,
  dialect: 'query' | 'ec2',
  request: WireRequest,
): Reading {
  const form = parseForm(Buffer.from(request.body).toString('utf8'));
  for (const [name, value] of Object.entries(request.query)) form.set(name, String(value));
  const action = form.get('Action') ?? '';
  const operation = schema.operations.get(action);
  if (operation === undefined) {
    throw new AwsError('InvalidAction', `The action ${action} is not valid for this web service.`);
  }
  return { operation, input: () => fromForm(operation.input, form, dialect) };
}

function named(schema: ClientSchema, name: string): OperationShape {
  const operation = schema.operations.get(name);
  if (operation === undefined) throw unknownOperation(name, 400);
  return operation;
}

const unknownOperation = (name: string, status: number): AwsError =>
  new AwsError('UnknownOperationException', `unknown operation ${name}`, status);

const parseJson = (body: Uint8Array): unknown =>
  body.length === 0
    ? {}
    : JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
