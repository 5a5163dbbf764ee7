/**
 * REST services: the operation is found by method and path, and members travel in path, query, headers and body.
 * @see https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
 */

import type { ClientSchema, OperationShape } from './clients.ts';
import {
  bytesOf,
  fromDocument,
  instantIn,
  instantOf,
  jsonStyle,
  memberOf,
  recordOf,
  toDocument,
} from './document.ts';
import type { Member, Shape } from './shape.ts';
import type { WireRequest } from './wire-contract.ts';

interface Route {
  readonly operation: OperationShape;
  /** Literal segments, or the name of a label; a greedy label takes all that follows. */
  readonly segments: readonly (
    | { readonly literal: string }
    | { readonly label: string; readonly greedy: boolean }
  )[];
  readonly query: readonly (readonly [name: string, value: string])[];
  /** The more is fixed, the earlier a route is tried. */
  readonly fixed: number;
}

export interface RoutedRequest {
  readonly operation: OperationShape;
  readonly labels: Readonly<Record<string, string>>;
}

const routesByClient = new WeakMap<ClientSchema, ReadonlyMap<string, readonly Route[]>>();

export function routeRequest(
  schema: ClientSchema,
  request: WireRequest,
): RoutedRequest | undefined {
  const segments = segmentsOf(request.path);
  for (const route of routesOf(schema).get(request.method) ?? []) {
    const labels = labelsIn(route, segments);
    if (labels === undefined) continue;
    if (route.query.every(([name, value]) => request.query[name] === value)) {
      return { operation: route.operation, labels };
    }
  }
  return undefined;
}

const segmentsOf = (path: string): readonly string[] => path.replace(/^\/+|\/+$/g, '').split('/');

function routesOf(schema: ClientSchema): ReadonlyMap<string, readonly Route[]> {
  const before = routesByClient.get(schema);
  if (before !== undefined) return before;
  const routes = new Map<string, Route[]>();
  for (const operation of schema.operations.values()) {
    const { http } = operation.traits;
    if (http === undefined) continue;
    const ofMethod = routes.get(http[0]) ?? [];
    ofMethod.push(routeOf(operation, http[1]));
    routes.set(http[0], ofMethod);
  }
  for (const ofMethod of routes.values()) ofMethod.sort((a, b) => b.fixed - a.fixed);
  routesByClient.set(schema, routes);
  return routes;
}

function routeOf(operation: OperationShape, uri: string): Route {
  const [path = '', queryText = ''] = uri.split('?');
  const segments = segmentsOf(path).map((each) => {
    const label = /^\{([^}+]+)(\+?)\}$/.exec(each);
    return label === null ? { literal: each } : { label: label[1] ?? '', greedy: label[2] === '+' };
  });
  const query = [...new URLSearchParams(queryText)];
  const literals = segments.filter((each) => 'literal' in each).length;
  return { operation, segments, query, fixed: literals + query.length };
}

function labelsIn(
  route: Route,
  segments: readonly string[],
): Readonly<Record<string, string>> | undefined {
  const labels: Record<string, string> = {};
  for (const [index, expected] of route.segments.entries()) {
    const segment = segments[index];
    if (segment === undefined) return undefined;
    if ('literal' in expected) {
      if (expected.literal !== segment) return undefined;
    } else if (segment === '') {
      return undefined;
    } else if (expected.greedy) {
      labels[expected.label] = decodeURIComponent(segments.slice(index).join('/'));
      return labels;
    } else {
      labels[expected.label] = decodeURIComponent(segment);
    }
  }
  return segments.length === route.segments.length ? labels : undefined;
}

/** @throws SerializationException for what is not of its member's type. */
export function restInput(
  { operation, labels }: RoutedRequest,
  request: WireRequest,
  parseBody: (body: Uint8Array) => unknown,
): unknown {
  if (operation.input.kind !== 'struct') return {};
  const result: Record<string, unknown> = {};
  const hasBody = operation.input.members.some((each) => each.binding.kind === 'body');
  if (hasBody && request.body.length > 0) {
    Object.assign(result, fromDocument(operation.input, parseBody(request.body)));
  }
  for (const member of operation.input.members) {
    const value = boundValue(member, labels, request, parseBody);
    if (value !== undefined) result[member.name] = value;
  }
  return result;
}

function boundValue(
  member: Member,
  labels: Readonly<Record<string, string>>,
  request: WireRequest,
  parseBody: (body: Uint8Array) => unknown,
): unknown {
  const { binding, shape } = member;
  switch (binding.kind) {
    case 'label':
      return fromText(shape, labels[member.name]);
    case 'query':
      return fromText(shape, request.query[binding.name]);
    case 'header':
      return fromText(shape, request.headers[binding.name]);
    case 'payload':
      if (request.body.length === 0) return undefined;
      return shape.kind === 'blob'
        ? plainBytes(request.body)
        : fromDocument(shape, parseBody(request.body));
    case 'body':
    case 'status':
      return undefined;
    default:
      return binding satisfies never;
  }
}

/** A handler sees no Buffer, whose `toString` and `slice` are not those of its class. */
const plainBytes = (body: Uint8Array): Uint8Array =>
  new Uint8Array(body.buffer, body.byteOffset, body.byteLength);

function fromText(shape: Shape, text: string | readonly string[] | undefined): unknown {
  if (text === undefined) return undefined;
  if (shape.kind === 'list') {
    const items = typeof text === 'string' ? [text] : text;
    return items.map((each) => fromText(shape.element.shape, each));
  }
  const single = typeof text === 'string' ? text : (text[0] ?? '');
  if (shape.kind === 'number') return Number(single);
  if (shape.kind === 'boolean') return single === 'true';
  if (shape.kind === 'timestamp') return instantIn(single);
  return single;
}

export interface RestAnswer {
  readonly status?: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** @throws Error as `toDocument`. */
export function restAnswer(shape: Shape, output: unknown, path: string): RestAnswer {
  const headers: Record<string, string> = {};
  if (shape.kind !== 'struct') return { headers, body: new Uint8Array() };
  const document: Record<string, unknown> = {};
  let status: number | undefined;
  let payload: Uint8Array | undefined;
  for (const [name, value] of Object.entries(recordOf(output ?? {}, path))) {
    const member = memberOf(shape, name, path);
    if (member === undefined || value == null) continue;
    const { binding } = member;
    if (binding.kind === 'status') status = Number(value);
    else if (binding.kind === 'header') headers[binding.name] = headerText(member, value, name);
    else if (binding.kind === 'payload') payload = payloadOf(member, value, name);
    else document[name] = toDocument(member.shape, value, jsonStyle, name);
  }
  if (payload !== undefined) return { status, headers, body: payload };
  const hasBody = shape.members.some((each) => each.binding.kind === 'body');
  const body = hasBody ? Buffer.from(JSON.stringify(document), 'utf8') : new Uint8Array();
  return { status, headers, body };
}

function headerText(member: Member, value: unknown, path: string): string {
  if (member.shape.kind === 'timestamp') return instantOf(value, path).toUTCString();
  return String(value);
}

function payloadOf(member: Member, value: unknown, path: string): Uint8Array {
  if (member.shape.kind === 'blob') return bytesOf(value, path);
  if (member.shape.kind === 'struct' && member.shape.union) {
    throw new Error(`${path}: event streams are not simulated`);
  }
  return Buffer.from(JSON.stringify(toDocument(member.shape, value, jsonStyle, path)), 'utf8');
}
