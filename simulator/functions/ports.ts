import { type Calls, LostAnswer, type Outcome } from '../calls.ts';
import { AwsError, type Iam } from '../contract.ts';
import { randomUuid } from '../random.ts';
import type { DecodedCall, WireCodec, WireRequest, WireResponse } from '../wire/wire-contract.ts';
import type { RunnableWorld } from '../world.ts';
import type { WirePort } from './fake-http.ts';
import type { Carrier } from './hand-over.ts';

export interface PortsOptions {
  readonly world: Pick<RunnableWorld, 'random' | 'activity' | 'atRest' | 'fail'>;
  readonly codec: WireCodec;
  readonly calls: Pick<Calls, 'perform'>;
  readonly iam: Pick<Iam, 'callerOf'>;
}

export interface Ports {
  /**
   * The way in for requests as SDK clients write them. What the codec refuses is answered; whatever else goes wrong
   * here (an access key that nobody issued) is a mistake of the simulator and ends the run.
   */
  readonly wire: WirePort;
  /** The way in for calls that a client hands over before it writes them. */
  readonly carrier: Carrier;
}

/** What is known of a call before it is performed. */
type Arrived = { readonly call: DecodedCall } | { readonly refused: unknown };

interface Waiting {
  readonly arrive: () => Promise<Arrived>;
  readonly perform: (arrived: Arrived) => void;
}

export function makePorts({ world, codec, calls, iam }: PortsOptions): Ports {
  const requestIds = world.random('request ids');
  const requestId = (): string => randomUuid(requestIds);
  const queue = makeQueue(world);
  const known = makeKnownOutcomes();
  /** The codec may load a client's schemas at first use, which takes more than promises. */
  const still = async <Value>(label: string, work: Promise<Value>): Promise<Value> => {
    const activity = world.activity(label);
    try {
      return await work;
    } finally {
      activity.done();
    }
  };
  const encoded = (call: DecodedCall, outcome: Outcome): Promise<WireResponse> =>
    still(
      `encoding ${call.client} ${call.operation}`,
      outcome.ok
        ? codec.encodeOutput(call, outcome.output ?? {}, requestId())
        : codec.encodeError(call, withStatus(outcome.error), requestId()),
    );
  const performed = <Answer>(
    { accessKeyId, client, operation, input }: DecodedCall,
    answer: (outcome: Outcome) => Answer | Promise<Answer>,
  ): Promise<Answer> =>
    calls.perform({ caller: iam.callerOf(accessKeyId), client, operation, input }, answer);
  const answer = async (arrived: Arrived): Promise<WireResponse> => {
    try {
      if ('refused' in arrived) throw arrived.refused;
      const { call } = arrived;
      const before = known.take(call);
      if (before === undefined) {
        return await performed(call, (outcome) => encoded(call, outcome));
      }
      if (before instanceof LostAnswer) throw before;
      return await encoded(call, before);
    } catch (error) {
      const call = refusedCall(error);
      if (call !== undefined) return codec.encodeError(call, error as AwsError, requestId());
      if (!(error instanceof LostAnswer)) world.fail(error);
      throw error;
    }
  };
  const wire: WirePort = (request) =>
    new Promise((resolve) => {
      queue({
        arrive: () => still(`decoding for ${request.host}`, decoded(codec, request)),
        perform: (arrived) => resolve(answer(arrived)),
      });
    });
  const carrier: Carrier = (from, input) => {
    const call = codec.carryInput(from, input);
    if (call === undefined) return undefined;
    return new Promise((resolve) => {
      const otherwise = (outcome: Outcome | LostAnswer): void =>
        resolve({ repeat: () => known.keep(call, outcome) });
      const perform = (): void => {
        performed(call, (outcome) =>
          outcome.ok
            ? { ok: true as const, output: codec.carryOutput(call, outcome.output ?? {}) }
            : outcome,
        ).then(
          (outcome) =>
            outcome.ok ? resolve({ output: outcome.output as object }) : otherwise(outcome),
          (error: unknown) => (error instanceof LostAnswer ? otherwise(error) : world.fail(error)),
        );
      };
      queue({ arrive: async () => ({ call }), perform });
    });
  };
  return { wire, carrier };
}

async function decoded(codec: WireCodec, request: WireRequest): Promise<Arrived> {
  try {
    return { call: await codec.decode(request) };
  } catch (refused) {
    return { refused };
  }
}

/** What is asked in one instant is performed once nothing moves any more, in an order of its own. */
function makeQueue(world: PortsOptions['world']): (waiting: Waiting) => void {
  let waiting: Waiting[] = [];
  const performAll = async (): Promise<void> => {
    const now = waiting;
    waiting = [];
    const ready: { readonly arrived: Arrived; readonly perform: Waiting['perform'] }[] = [];
    for (const { arrive, perform } of now) ready.push({ arrived: await arrive(), perform });
    if (ready.length > 1) ready.sort(byContent);
    for (const { arrived, perform } of ready) perform(arrived);
  };
  return (one) => {
    waiting.push(one);
    if (waiting.length === 1) world.atRest(() => void performAll());
  };
}

/**
 * The order of calls that are made in one instant. Not the order in which they are made: that depends on how many
 * promises the SDK awaits for each, which changes with what it has cached.
 */
function byContent(
  { arrived: one }: { readonly arrived: Arrived },
  { arrived: other }: { readonly arrived: Arrived },
): number {
  const [mine, theirs] = [placeOf(one), placeOf(other)];
  if (mine !== theirs) return mine < theirs ? -1 : 1;
  const [my, their] = [textOf(one), textOf(other)];
  return my < their ? -1 : my > their ? 1 : 0;
}

const placeOf = (arrived: Arrived): string =>
  'call' in arrived ? `${arrived.call.client} ${arrived.call.operation}` : '';

const textOf = (arrived: Arrived): string => ('call' in arrived ? inputText(arrived.call) : '');

/** Whatever order the members were written in. */
const inputText = ({ input }: DecodedCall): string =>
  JSON.stringify(input, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );

/**
 * How calls ended that were handed over and did not succeed. Errors and broken connections are the SDK's to understand
 * and to try again: it makes the call once more, and gets what is known here without another effect.
 */
function makeKnownOutcomes() {
  const outcomes = new Map<string, (Outcome | LostAnswer)[]>();
  const keyOf = (call: DecodedCall): string =>
    `${call.accessKeyId} ${call.client} ${call.operation} ${inputText(call)}`;
  return {
    keep(call: DecodedCall, outcome: Outcome | LostAnswer): void {
      const key = keyOf(call);
      outcomes.set(key, [...(outcomes.get(key) ?? []), outcome]);
    },
    take(call: DecodedCall): Outcome | LostAnswer | undefined {
      if (outcomes.size === 0) return undefined;
      const key = keyOf(call);
      const [first, ...rest] = outcomes.get(key) ?? [];
      if (rest.length > 0) outcomes.set(key, rest);
      else outcomes.delete(key);
      return first;
    },
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
