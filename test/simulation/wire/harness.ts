import { createRequire } from 'node:module';
import type { AwsError } from '../../../simulator/contract.ts';
import { clientNames } from '../../../simulator/wire/clients.ts';
import type { Member, Shape } from '../../../simulator/wire/shape.ts';
import type { DecodedCall, WireCodec, WireRequest } from '../../../simulator/wire/wire-contract.ts';

const require = createRequire(import.meta.url);

/** What an SDK client hands to its request handler. */
interface SdkRequest {
  readonly method: string;
  readonly hostname: string;
  readonly path: string;
  readonly query: Record<string, string | string[] | null>;
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array;
}

export interface SdkClient {
  send(command: unknown): Promise<Record<string, unknown>>;
}

/** What the service behind the handler does with a call: an output or an error. */
export type Answer = (call: DecodedCall) => { output: unknown } | { error: AwsError };

export type SdkModule = Record<string, new (argument: unknown) => never>;
export const moduleOf = (client: string): SdkModule => require(`@aws-sdk/${client}`) as SdkModule;

/** A real client whose requests go through the codec instead of a socket. */
export function clientThrough(
  codec: WireCodec,
  client: string,
  answer: Answer,
  settings: Record<string, unknown> = {},
): SdkClient {
  const module = moduleOf(client);
  const constructorName = Object.keys(module).find((each) => /^[A-Z]\w+Client$/.test(each));
  return new module[constructorName!]!({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: { handle: (request: SdkRequest) => respond(codec, request, answer) },
    ...settings,
  });
}

async function respond(codec: WireCodec, request: SdkRequest, answer: Answer) {
  const call = await codec.decode(wireRequest(request));
  const answered = answer(call);
  const response =
    'output' in answered
      ? await codec.encodeOutput(call, answered.output, 'request-1')
      : await codec.encodeError(call, answered.error, 'request-1');
  return {
    response: {
      statusCode: response.status,
      headers: { ...response.headers },
      body: Buffer.from(response.body),
    },
  };
}

export function wireRequest(request: SdkRequest): WireRequest {
  const headers = Object.entries(request.headers).map(([k, v]) => [k.toLowerCase(), v]);
  const query = Object.entries(request.query).map(([k, v]) => [k, v ?? '']);
  return {
    method: request.method,
    host: request.hostname,
    path: request.path,
    query: Object.fromEntries(query),
    headers: Object.fromEntries(headers),
    // The clients wrap their bytes in a class that warns when it is treated as text.
    body:
      typeof request.body === 'string'
        ? Buffer.from(request.body)
        : new Uint8Array(request.body ?? []),
  };
}

export const commandOf = (client: string, operation: string, input: unknown): unknown =>
  new (moduleOf(client)[`${operation}Command`]!)(input);

export { clientNames };

/** Texts that break careless writers. */
const texts = [
  'a',
  'x & y <z> "q" \'s\'',
  'ünï ☃ 𝒳',
  '100% +1=2;',
  'two\nlines\tand a tab',
  ' spaced ',
];

/** A value with every member of the shape, in which a structure stands at most once below itself. */
export function generate(shape: Shape, seed = 0, within: readonly Shape[] = []): unknown {
  switch (shape.kind) {
    case 'struct': {
      if (within.filter((each) => each === shape).length > 0 || within.length > 9) return undefined;
      const members = shape.union ? unionMember(shape.members, seed) : shape.members;
      const entries = members.map((member, index) => [
        member.name,
        generateMember(member, seed + index + 1, [...within, shape]),
      ]);
      const present = entries.filter(([, value]) => value !== undefined);
      return shape.union && present.length === 0 ? undefined : Object.fromEntries(present);
    }
    case 'list': {
      const items = [0, 1].map((index) => generate(shape.element.shape, seed + index, within));
      const present = items.filter((each) => each !== undefined);
      return present.length === 0 ? undefined : present;
    }
    case 'map': {
      const value = generate(shape.value.shape, seed + 1, within);
      return value === undefined ? undefined : { 'key.one': value, [`k ${seed}`]: value };
    }
    case 'string':
      return texts[seed % texts.length];
    case 'number':
      return seed % 97;
    case 'boolean':
      return seed % 2 === 0;
    case 'timestamp':
      return new Date(1_700_000_000_000 + (seed % 3) * 86_400_123);
    case 'blob':
      return Uint8Array.of(0, 255, seed % 256, 10);
    case 'unit':
      return {};
    default:
      return shape satisfies never;
  }
}

/** Headers and labels carry less than a document does. */
function generateMember(member: Member, seed: number, within: readonly Shape[]): unknown {
  if (member.binding.kind === 'header' && member.shape.kind === 'string') return `header-${seed}`;
  if (member.binding.kind === 'status') return 200;
  return generate(member.shape, seed, within);
}

const unionMember = (members: readonly Member[], seed: number): readonly Member[] => [
  members[seed % members.length]!,
];
