import type { Account } from '../account.ts';
import type { Calls, Outcome } from '../calls.ts';
import { AwsError, type Caller } from '../contract.ts';
import { makePorts } from '../functions/ports.ts';
import type { WireRequest, WireResponse } from '../wire/wire-contract.ts';
import type { Clockwork } from './clockwork.ts';
import { plainRefusal } from './refusal.ts';

export interface EndpointOptions {
  readonly account: Pick<Account, 'world' | 'codec' | 'calls' | 'iam' | 'functionUrls'>;
  readonly clockwork: Clockwork;
  /** Told of every request that a simulated service broke on; the caller saw `InternalFailure`. */
  readonly complain: (error: unknown) => void;
}

export type Endpoint = (request: WireRequest) => Promise<WireResponse>;

/** Who has no role's session is an administrator, with whatever access key. */
const PERSON: Caller = { kind: 'person', name: 'operator' };

/**
 * The whole account behind one address: the service is the one that the request is signed for, whatever Region its scope
 * names. Signatures are not checked. A request that names the host of a function URL is that function's.
 *
 * A request becomes one event of the world at the instant at which it comes, so requests that come together are done one
 * after another. An answer that takes virtual time (a function's, a long poll's) comes when that time has passed.
 */
export function makeEndpoint({ account, clockwork, complain }: EndpointOptions): Endpoint {
  const internalFailure = (error: unknown): AwsError => {
    complain(error);
    const message = 'The request processing has failed because of an unknown error.';
    return new AwsError('InternalFailure', message, 500);
  };
  const { wire: port } = makePorts({
    // What is no answer goes to the caller below; it is no reason to end the world.
    world: {
      random: (stream) => account.world.random(stream),
      activity: (label) => account.world.activity(label),
      // Clients come one by one: nobody else's request belongs to this instant.
      atRest: (check) => check(),
      fail: () => undefined,
    },
    codec: account.codec,
    calls: { perform: performing(account.calls, internalFailure) },
    iam: { callerOf: (accessKeyId) => roleOrPerson(account.iam, accessKeyId) },
  });
  const answered = async (request: WireRequest): Promise<WireResponse> => {
    try {
      return await port(request);
    } catch (error) {
      return plainRefusal(request, error instanceof AwsError ? error : internalFailure(error));
    }
  };
  const visited = (request: WireRequest): Promise<WireResponse> =>
    visit(account.functionUrls, request).catch((error: unknown) =>
      plainRefusal(request, internalFailure(error)),
    );
  return (request) => {
    const answer = account.functionUrls.knows(request.host) ? visited(request) : answered(request);
    clockwork.settle();
    return answer;
  };
}

/** A function at an address of its own is told apart by the host that the request names. */
async function visit(
  urls: Account['functionUrls'],
  { method, host, path, query, headers, body }: WireRequest,
): Promise<WireResponse> {
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, values]) =>
      [values].flat().map((value): [string, string] => [name, value]),
    ),
  );
  const shown = await urls.request({
    ...{ method, headers, url: `https://${host}${path}?${search}` },
    ...(body.length === 0 ? {} : { body: Buffer.from(body).toString() }),
  });
  return { ...shown, body: Buffer.from(shown.body) };
}

/** Without virtual latency, and with an answer even where a service or the schema of its output breaks. */
const performing =
  (
    calls: Pick<Calls, 'perform'>,
    internalFailure: (error: unknown) => AwsError,
  ): Calls['perform'] =>
  (call, answer) =>
    calls.perform(
      call,
      async (outcome: Outcome) => {
        try {
          return await answer(outcome);
        } catch (error) {
          return answer({ ok: false, error: internalFailure(error) });
        }
      },
      { atOnce: true, broken: internalFailure },
    );

function roleOrPerson(iam: Pick<Account['iam'], 'callerOf'>, accessKeyId: string): Caller {
  try {
    return iam.callerOf(accessKeyId);
  } catch (error) {
    if (error instanceof AwsError) return PERSON;
    throw error;
  }
}
