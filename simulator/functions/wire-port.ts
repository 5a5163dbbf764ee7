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
  readonly world: Pick<RunnableWorld, 'random' | 'activity' | 'fail'>;
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
  let turn: Promise<unknown> = Promise.resolve();
  /** One after another: of two requests the first is the first, even when its client's schemas are yet to be loaded. */
  const decode = (request: WireRequest): Promise<DecodedCall> => {
    const mine = turn.then(() => codec.decode(request));
    turn = mine.catch(() => undefined);
    return mine;
  };
  const answer = async (request: WireRequest): Promise<WireResponse> => {
    const call = await still(`decoding for ${request.host}`, decode(request));
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
  return async (request) => {
    try {
      return await answer(request);
    } catch (error) {
      const call = refusedCall(error);
      if (call !== undefined) return codec.encodeError(call, error as AwsError, requestId());
      if (!(error instanceof LostAnswer)) world.fail(error);
      throw error;
    }
  };
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
