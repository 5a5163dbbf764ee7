import * as dns from 'node:dns/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import type { ProbeAttempt } from '../core/probe/attempt.ts';
import type { ProbeTarget } from '../core/probe/exchange.ts';
import { BODY_BYTES_MAX, type ProbeRequirements } from '../core/probe/policy.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** What an attempt needs of the world. */
export interface AttemptPorts {
  /** All addresses of a name; of an address itself. @throws with the `code` of getaddrinfo */
  readonly lookup: (name: string) => Promise<readonly ResolvedAddress[]>;
  /** Why nobody may connect there. */
  readonly refusal: (address: string) => string | undefined;
  readonly request: Readonly<Record<'http' | 'https', typeof http.request>>;
  readonly nowMs: () => number;
}

export const nodePorts = (refusal: AttemptPorts['refusal']): AttemptPorts => ({
  lookup: (name) => dns.lookup(name, { all: true }),
  refusal,
  request: { http: http.request, https: https.request },
  nowMs: Date.now,
});

/** Whether a body is as it is asked for; why not, else. */
export type BodyCheck = (body: string) => string | undefined;

/**
 * One request to one target, from looking its name up to the end of the body, within the timeout. The name is resolved
 * once, every address of it must be one that may be connected to, and the connection is made to exactly the first:
 * nothing is resolved again. Always a new connection; certificates are verified; redirects are answers like others.
 */
export async function attempt(
  target: ProbeTarget,
  asked: ProbeRequirements,
  checkBody: BodyCheck,
  ports: AttemptPorts,
): Promise<ProbeAttempt> {
  const startedMs = ports.nowMs();
  const timeoutMs = asked.timeoutSeconds * 1000;
  return new Promise((resolve) => {
    let ended = false;
    let request: http.ClientRequest | undefined;
    let told = (): ProbeAttempt =>
      notMade(`${target.connectTo} was not resolved within ${timeoutMs} ms`);
    const end = (outcome: ProbeAttempt): void => {
      ended = true;
      clearTimeout(timer);
      request?.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => end(told()), timeoutMs);
    const begin = (found: string | ProbeAttempt): void => {
      if (ended) return;
      if (typeof found !== 'string') {
        end(found);
        return;
      }
      const sent = send(target, found, asked, ports);
      request = sent;
      told = () => unanswered(`${waitedFor(sent)} within ${timeoutMs} ms`);
      // Stays on it: what breaks after the end is of no interest.
      sent.on('error', (error) => end(failed(error)));
      sent.on('response', (response) => {
        const body = new BodyReader(response);
        told = () => {
          const came = `status ${response.statusCode} and ${body.bytes} bytes of body`;
          return unanswered(`${came}, but not its end within ${timeoutMs} ms`);
        };
        body.whole.then(
          (text) => {
            const latencyMs = Math.round(ports.nowMs() - startedMs);
            end(answered(response, latencyMs, checkBody(text)));
          },
          (error: unknown) => end(failed(error)),
        );
      });
      sent.end(asked.body);
    };
    addressOf(target.connectTo, ports)
      .then(begin)
      .catch((error: unknown) => end(failed(error)));
  });
}

const notMade = (error: string): ProbeAttempt => ({ kind: 'not-made', error });
const unanswered = (error: string): ProbeAttempt => ({ kind: 'unanswered', error });

/** The address to connect to, or why there is none. */
async function addressOf(name: string, ports: AttemptPorts): Promise<string | ProbeAttempt> {
  let found: readonly ResolvedAddress[];
  try {
    found = await ports.lookup(name);
  } catch (error) {
    const { code } = errorOf(error);
    // Nobody else finds it either; what else goes wrong on the way to an answer is a fault of the way.
    return code === 'ENOTFOUND'
      ? unanswered(`${name} does not exist (ENOTFOUND)`)
      : notMade(`${name} could not be resolved (${code})`);
  }
  const refused = found
    .map(({ address }) => ports.refusal(address))
    .find((why) => why !== undefined);
  if (refused !== undefined) return notMade(`no connection to ${name}: ${refused}`);
  // Outside of a VPC functions speak IPv4 alone.
  const chosen = found.find(({ family }) => family === 4) ?? found[0];
  return chosen?.address ?? unanswered(`${name} has no address`);
}

function send(
  { scheme, port, path, host }: ProbeTarget,
  address: string,
  { method, headers, body }: ProbeRequirements,
  ports: AttemptPorts,
): http.ClientRequest {
  const options: https.RequestOptions = {
    ...{ host: address, port, path, method },
    headers: {
      'user-agent': 'kiln-probe',
      ...headers,
      host,
      'accept-encoding': 'identity',
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
    },
    // A connection of its own, which is closed at the end.
    agent: false,
    ...(scheme === 'https'
      ? { servername: host.replace(/:\d+$/, ''), rejectUnauthorized: true }
      : {}),
  };
  return ports.request[scheme](options);
}

const waitedFor = ({ socket }: http.ClientRequest): string =>
  socket === null || socket.connecting ? 'no connection' : 'no answer';

/** Reads a body, or as much of it as is looked at. */
class BodyReader {
  bytes = 0;
  /** As text. @throws Error when it breaks off before its end */
  readonly whole: Promise<string>;

  constructor(response: http.IncomingMessage) {
    const chunks: Uint8Array[] = [];
    this.whole = new Promise((resolve, reject) => {
      const finish = (): void =>
        resolve(new TextDecoder().decode(Buffer.concat(chunks).subarray(0, BODY_BYTES_MAX)));
      const broken = (): void => reject(new Error(`the body broke off after ${this.bytes} bytes`));
      response.on('data', (chunk: Uint8Array) => {
        chunks.push(chunk);
        this.bytes += chunk.length;
        if (this.bytes >= BODY_BYTES_MAX) finish();
      });
      response.on('end', () => (response.complete ? finish() : broken()));
      response.on('error', broken);
      response.on('close', broken);
    });
  }
}

function answered(
  { statusCode = 0, headers }: http.IncomingMessage,
  latencyMs: number,
  misfit: string | undefined,
): ProbeAttempt {
  const leads = statusCode >= 300 && statusCode <= 399 ? headers.location : undefined;
  return {
    ...{ kind: 'answered', status: statusCode, latencyMs },
    ...(leads === undefined ? {} : { location: oneLine(leads) }),
    ...(misfit === undefined ? {} : { misfit }),
  };
}

/** Faults of the place that the request starts from: they come before anything has left. */
const OUR_OWN: ReadonlySet<string> = new Set([
  ...['ENETUNREACH', 'EADDRNOTAVAIL', 'EADDRINUSE', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'],
  ...['EACCES', 'EPERM', 'EAFNOSUPPORT', 'EINVAL'],
]);

function failed(error: unknown): ProbeAttempt {
  const { code, message } = errorOf(error);
  const shown = oneLine(message.includes(code) ? message : `${code}: ${message}`);
  return OUR_OWN.has(code) ? notMade(shown) : unanswered(shown);
}

function errorOf(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: '', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return { code, message: error.message };
}

const ERROR_CHARACTERS = 200;
const oneLine = (text: string): string =>
  text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, ERROR_CHARACTERS);
