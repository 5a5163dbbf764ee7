import type { Calls } from '../calls.ts';
import { LostAnswer } from '../calls.ts';
import {
  AwsError,
  type DecodedCall,
  type Iam,
  type WireCodec,
  type WireRequest,
  type WireResponse,
} from '../contract.ts';
import { randomUuid } from '../random.ts';
import type { RunnableWorld } from '../world.ts';
import type { WirePort } from './fake-http.ts';

export interface WirePortOptions {
  readonly world: Pick<RunnableWorld, 'random' | 'activity' | 'atRest' | 'fail'>;
  readonly codec: WireCodec;
  readonly calls: Pick<Calls, 'perform'>;
  readonly iam: Pick<Iam, 'callerOf'>;
}

/**
 * The way in for requests as SDK clients write them. What the codec refuses is answered; whatever else goes wrong
 * here (an access key that nobody issued) is a mistake of the simulator and ends the run.
 */
export function makeWirePort({ world, codec, calls, iam }: WirePortOptions): WirePort {
  const requestIds = world.random('request ids');
  const requestId = (): string => randomUuid(requestIds);
  /** The codec may load a client's schemas at first use, which takes more than promises. */
  const still = async <Value>(label: string, work: Promise<Value>): Promise<Value> => {
    const activity = world.activity(label);
    try {
      return await work;
    } finally {
      activity.done();
    }
  };
  const answer = async (decoding: Promise<DecodedCall>): Promise<WireResponse> => {
    const call = await decoding;
    const caller = iam.callerOf(call.accessKeyId);
    const { client, operation, input } = call;
    return calls.perform({ caller, client, operation, input }, (outcome) =>
      still(
        `encoding ${client} ${operation}`,
        outcome.ok
          ? codec.encodeOutput(call, outcome.output ?? {}, requestId())
          : codec.encodeError(call, withStatus(outcome.error), requestId()),
      ),
    );
  };
  const attempt = async (decoding: Promise<DecodedCall>): Promise<WireResponse> => {
    try {
      return await answer(decoding);
    } catch (error) {
      const call = refusedCall(error);
      if (call !== undefined) return codec.encodeError(call, error as AwsError, requestId());
      if (!(error instanceof LostAnswer)) world.fail(error);
      throw error;
    }
  };
  let waiting: Waiting[] = [];
  const performAll = async (): Promise<void> => {
    const now = waiting.sort(byContent);
    waiting = [];
    for (const { request, resolve } of now) {
      const decoding = still(`decoding for ${request.host}`, codec.decode(request));
      resolve(attempt(decoding));
      // The next one waits: a client whose schemas are yet to be loaded keeps its place.
      await decoding.catch(() => undefined);
    }
  };
  return (request) =>
    new Promise((resolve) => {
      waiting.push({ request, resolve });
      if (waiting.length === 1) world.atRest(() => void performAll());
    });
}

interface Waiting {
  readonly request: WireRequest;
  readonly resolve: (response: Promise<WireResponse>) => void;
}

/**
 * The order of requests that are made in one instant. Not the order in which they are made: that depends on how many
 * promises the SDK awaits for each, which changes with what it has cached.
 */
function byContent({ request: one }: Waiting, { request: other }: Waiting): number {
  const [mine, theirs] = [one, other].map(
    ({ host, method, path, query, headers }) =>
      `${host} ${headers['x-amz-target'] ?? ''} ${method} ${path} ${JSON.stringify(query)}`,
  );
  if (mine !== theirs) return (mine ?? '') < (theirs ?? '') ? -1 : 1;
  return Buffer.compare(one.body, other.body);
}

/** What the codec knows of a request that it refuses: it puts it into the error as `call`. */
function refusedCall(error: unknown): DecodedCall | undefined {
  return error instanceof AwsError && 'call' in error ? (error.call as DecodedCall) : undefined;
}

/** No HTTP answer has the status 0 of an error that was made up for in-process callers. */
function withStatus(error: AwsError): AwsError {
  if (error.status >= 400) return error;
  return new AwsError(error.code, error.message, 400, error.fields);
}
