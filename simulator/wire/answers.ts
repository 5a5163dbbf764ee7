/** What goes back to a caller, per protocol. */
import type { AwsError } from '../contract.ts';
import { cborStyle, encodeCbor } from './cbor.ts';
import type { ClientSchema, ErrorShape, OperationShape, Protocol } from './clients.ts';
import { jsonStyle, toDocument } from './document.ts';
import { restAnswer } from './rest.ts';
import type { Shape } from './shape.ts';
import type { WireResponse } from './wire-contract.ts';
import { element, escapeText, membersToXml } from './xml.ts';

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const contentTypes: Readonly<Record<Protocol, string>> = {
  query: 'text/xml',
  ec2: 'text/xml;charset=UTF-8',
  'json-1.0': 'application/x-amz-json-1.0',
  'json-1.1': 'application/x-amz-json-1.1',
  rest: 'application/json',
  cbor: 'application/cbor',
};

export interface Answering {
  readonly schema: ClientSchema;
  readonly protocol: Protocol;
  readonly requestId: string;
}

/** @throws Error for an output that its schema does not allow, naming operation and member. */
export function outputAnswer(
  answering: Answering,
  operation: OperationShape,
  output: unknown,
): WireResponse {
  const path = `${answering.schema.client} ${operation.name}`;
  switch (answering.protocol) {
    case 'query':
    case 'ec2':
      return respond(answering, 200, xmlOutput(answering, operation, output, path));
    case 'rest': {
      const { status, headers, body } = restAnswer(operation.output, output, path);
      return respond(answering, status ?? operation.traits.http?.[2] ?? 200, body, headers);
    }
    case 'cbor':
      return respond(
        answering,
        200,
        encodeCbor(document(operation.output, output, cborStyle, path)),
      );
    case 'json-1.0':
    case 'json-1.1': {
      const content = document(operation.output, output, jsonStyle, path);
      return respond(answering, 200, JSON.stringify(content));
    }
    default:
      return answering.protocol satisfies never;
  }
}

const document = (shape: Shape, output: unknown, style: typeof jsonStyle, path: string): unknown =>
  toDocument(shape, output ?? {}, style, path);

function xmlOutput(
  { schema, protocol, requestId }: Answering,
  { name, output: shape }: OperationShape,
  output: unknown,
  path: string,
): string {
  const members = membersToXml(shape, output, path);
  const open = `${declaration}<${name}Response xmlns="${schema.xmlNamespace ?? ''}">`;
  if (protocol === 'ec2') {
    // A command without an output still says that it worked.
    const content = shape.kind === 'unit' ? '<return>true</return>' : members;
    return `${open}${element('requestId', requestId)}${content}</${name}Response>`;
  }
  const result = shape.kind === 'struct' ? element(`${name}Result`, members) : '';
  const metadata = element('ResponseMetadata', element('RequestId', requestId));
  return `${open}${result}${metadata}</${name}Response>`;
}

/**
 * An error as the service words it on the wire: modeled ones with their members and status, any other by its code.
 * `error.code` may be the SDK's name of the error or the code of a query protocol.
 * @throws Error for a field that a modeled error lacks.
 */
export function errorAnswer(answering: Answering, error: AwsError): WireResponse {
  const { schema, protocol } = answering;
  const modeled = schema.errorOf(error.code);
  const members = errorMembers(error, modeled);
  // 400 is what `AwsError` has when nobody named a status.
  const status = error.status === 400 ? (modeled?.status ?? 400) : error.status;
  const fault = status < 500 ? 'Sender' : 'Receiver';
  const code = modeled?.queryCode ?? error.code;
  const headers: Record<string, string> = schema.queryCompatible
    ? { 'x-amzn-query-error': `${code};${fault}` }
    : {};
  const name = modeled?.name ?? error.code;
  const path = `${schema.client} ${name}`;
  switch (protocol) {
    case 'ec2':
      return respond(answering, status, ec2Error(answering, error));
    case 'query': {
      const content = modeledXml(error, modeled, path);
      return respond(answering, status, queryError(answering, fault, code, content));
    }
    case 'rest': {
      headers['x-amzn-errortype'] = name;
      if (modeled === undefined)
        return respond(answering, status, JSON.stringify(members), headers);
      const answer = restAnswer(modeled.shape, members, path);
      return respond(answering, status, answer.body, { ...headers, ...answer.headers });
    }
    case 'cbor':
    case 'json-1.0':
    case 'json-1.1': {
      const style = protocol === 'cbor' ? cborStyle : jsonStyle;
      const fields = modeled ? document(modeled.shape, members, style, path) : members;
      const body = { __type: `${schema.namespace}#${name}`, ...(fields as object) };
      // A modeled error without a message member still tells its message.
      if (!Object.keys(body).some((each) => /^message$/i.test(each))) {
        Object.assign(body, { message: error.message });
      }
      const content = protocol === 'cbor' ? encodeCbor(body) : JSON.stringify(body);
      return respond(answering, status, content, headers);
    }
    default:
      return protocol satisfies never;
  }
}

function errorMembers(error: AwsError, modeled: ErrorShape | undefined): Record<string, unknown> {
  const messageName = messageMember(modeled);
  if (modeled !== undefined && messageName === undefined) return { ...error.fields };
  return { [messageName ?? 'message']: error.message, ...error.fields };
}

const messageMember = (modeled: ErrorShape | undefined): string | undefined =>
  modeled?.shape.members.find((each) => /^message$/i.test(each.name))?.name;

/** `Message` stands apart, so the member that carries it is not written twice. */
function modeledXml(error: AwsError, modeled: ErrorShape | undefined, path: string): string {
  const message = element('Message', escapeText(error.message));
  return modeled === undefined
    ? message
    : message + membersToXml(modeled.shape, error.fields, path);
}

function queryError(
  { schema, requestId }: Answering,
  fault: string,
  code: string,
  content: string,
): string {
  const error = element('Type', fault) + element('Code', escapeText(code)) + content;
  const id = element('RequestId', requestId);
  return `${declaration}<ErrorResponse xmlns="${schema.xmlNamespace ?? ''}"><Error>${error}</Error>${id}</ErrorResponse>`;
}

function ec2Error({ requestId }: Answering, error: AwsError): string {
  const content =
    element('Code', escapeText(error.code)) + element('Message', escapeText(error.message));
  return `${declaration}<Response><Errors><Error>${content}</Error></Errors>${element('RequestID', requestId)}</Response>`;
}

function respond(
  { protocol, requestId }: Answering,
  status: number,
  content: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): WireResponse {
  const body = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  return {
    status,
    headers: {
      'content-type': contentTypes[protocol],
      'content-length': String(body.length),
      'x-amzn-requestid': requestId,
      ...(protocol === 'cbor' ? { 'smithy-protocol': 'rpc-v2-cbor' } : {}),
      ...headers,
    },
    body,
  };
}
