import { createHash } from 'node:crypto';
import type { Caller, FunctionAnswer, Iam, Json, Place, World } from '../contract.ts';
import type { FunctionRuntime } from '../functions/runner.ts';
import { randomUuid } from '../random.ts';

export interface UrlRequest {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface UrlAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface FunctionUrlsOptions {
  readonly world: World;
  readonly place: Place;
  readonly iam: Pick<Iam, 'decide'>;
  readonly runtime: FunctionRuntime;
}

interface Open {
  readonly functionName: string;
  readonly authType: string;
  /** Invocations under way. */
  running: number;
}

const ANYBODY: Caller = { kind: 'anybody' };

/** Of these the body comes as text, of all others in base64 (INFERENCE from what API Gateway's HTTP APIs do). */
const TEXTUAL = /^(?:text\/|application\/(?:json|javascript|xml)\b)/;

/**
 * Addresses at which functions take requests from the internet, buffered. Only `AuthType` NONE: what a signed request may do
 * is not simulated, and neither are CORS and streaming.
 * @see Lambda developer guide, urls-auth, urls-invocation, urls-configuration ("Throttle")
 */
export class FunctionUrls {
  readonly #options: FunctionUrlsOptions;
  /** By host. */
  readonly #open = new Map<string, Open>();

  constructor(options: FunctionUrlsOptions) {
    this.#options = options;
  }

  /** The address, with a slash at its end; the same for the same function. @throws Error for an `AuthType` but NONE */
  open(functionName: string, authType: string): string {
    if (authType !== 'NONE') throw new Error(`unsupported AuthType ${authType} of a function URL`);
    const host = this.#hostOf(functionName);
    this.#open.set(host, { functionName, authType, running: 0 });
    return `https://${host}/`;
  }

  /** Whether a function is at this host. */
  knows(host: string): boolean {
    return this.#open.has(host);
  }

  close(functionName: string): void {
    this.#open.delete(this.#hostOf(functionName));
  }

  #hostOf(functionName: string): string {
    const { region, accountId } = this.#options.place;
    const hash = createHash('sha256').update(`${accountId} ${functionName}`).digest('hex');
    return `${hash.slice(0, 32)}.lambda-url.${region}.on.aws`;
  }

  /** One request of somebody without credentials; settles in virtual time. */
  async request(request: UrlRequest): Promise<UrlAnswer> {
    const { world, runtime } = this.#options;
    const url = new URL(request.url);
    const open = this.#open.get(url.host);
    // There is no such host: nobody answers.
    if (open === undefined) throw new Error(`getaddrinfo ENOTFOUND ${url.host}`);
    if (!this.#mayInvoke(open)) return plain(403, 'AccessDeniedException', 'Forbidden');
    const { reservedConcurrency } = runtime.find(open.functionName) ?? {};
    if (reservedConcurrency !== undefined && open.running >= reservedConcurrency) {
      return plain(429, 'TooManyRequestsException', 'Rate Exceeded.');
    }
    open.running += 1;
    try {
      const requestId = randomUuid(world.random(`requests to ${open.functionName}`));
      const event = eventOf(request, url, requestId, world.nowMs());
      return answerOf((await runtime.run(open.functionName, event, requestId)).answer);
    } finally {
      open.running -= 1;
    }
  }

  /** Both actions, since October 2025. */
  #mayInvoke({ functionName, authType }: Open): boolean {
    const { iam, runtime } = this.#options;
    const resource = runtime.find(functionName)?.arn;
    if (resource === undefined) return false;
    const context = { 'lambda:FunctionUrlAuthType': authType };
    const viaUrl = { 'lambda:InvokedViaFunctionUrl': true };
    return (
      iam.decide(ANYBODY, { action: 'lambda:InvokeFunctionUrl', resource, context }).allowed &&
      iam.decide(ANYBODY, { action: 'lambda:InvokeFunction', resource, context: viaUrl }).allowed
    );
  }
}

/** Payload format version 2.0. */
function eventOf(
  { method, headers = {}, body }: UrlRequest,
  url: URL,
  requestId: string,
  nowMs: number,
): Json {
  const asText = TEXTUAL.test(headers['content-type'] ?? '');
  const content = asText ? body : body && Buffer.from(body).toString('base64');
  const parameters = Object.fromEntries(url.searchParams);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: { host: url.host, 'x-forwarded-proto': 'https', ...headers },
    ...(Object.keys(parameters).length === 0 ? {} : { queryStringParameters: parameters }),
    requestContext: {
      accountId: 'anonymous',
      apiId: url.host.split('.')[0] ?? '',
      domainName: url.host,
      http: {
        ...{ method, path: url.pathname, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1' },
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey: '$default',
      stage: '$default',
      timeEpoch: nowMs,
    },
    ...(content === undefined ? {} : { body: content }),
    isBase64Encoded: content !== undefined && !asText,
  };
}

/** A function that fails, or answers what is no answer, is told of as 502 alone. */
function answerOf(answer: FunctionAnswer): UrlAnswer {
  if (!answer.ok) return { status: 502, headers: {}, body: 'Internal Server Error' };
  const { payload } = answer;
  const isAnswer = typeof payload === 'object' && payload !== null && 'statusCode' in payload;
  if (!isAnswer || Array.isArray(payload)) {
    const headers = { 'content-type': 'application/json' };
    return { status: 200, headers, body: JSON.stringify(payload) };
  }
  const { statusCode, headers, body = '', isBase64Encoded } = payload;
  const text = String(body);
  return {
    status: Number(statusCode),
    headers: Object.fromEntries(
      Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
    ),
    body: isBase64Encoded === true ? Buffer.from(text, 'base64').toString() : text,
  };
}

const plain = (status: number, type: string, message: string): UrlAnswer => ({
  status,
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': type },
  body: JSON.stringify({ Message: message }),
});
