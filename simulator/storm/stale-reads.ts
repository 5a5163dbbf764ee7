import type { Call, Outcome } from '../calls.ts';
import { AwsError, type CallContext, type Operation, type Service } from '../contract.ts';
import { copyOf } from '../copy.ts';
import type { FaultKind, Gust, Strike } from './weather.ts';

/**
 * Reads of EC2, Auto Scaling and Image Builder lag behind writes by some seconds ("eventual consistency", EC2 API reference;
 * the other two say nothing, so they are taken to lag as well). What is read was true a moment ago.
 */

const LAGS_MS = 15_000;
const READ = /^(?:Describe|Get|List)/;

interface Seen {
  readonly outcome: Outcome;
  readonly atMs: number;
}

const staleReads = (strike: Strike): Gust => {
  const { account, fault, random, struck } = strike;
  const lagging: readonly Service[] = [account.ec2, account.autoScaling, account.imageBuilder];
  const known = new Map<string, Call>();
  const before = new Map<string, Seen>();
  const keyOf = ({ client, operation, input }: Call): string =>
    `${client} ${operation} ${JSON.stringify(input)}`;
  const photograph = (client?: string): void => {
    for (const [key, call] of known) {
      if (client !== undefined && call.client !== client) continue;
      const service = lagging.find((one) => one.client === call.client);
      const outcome = service && ask(service, call, account.world.nowMs());
      if (outcome !== undefined) before.set(key, { outcome, atMs: account.world.nowMs() });
    }
  };
  return {
    sees: (call) => {
      if (!lagging.some(({ client }) => client === call.client)) return;
      if (READ.test(call.operation)) known.set(keyOf(call), { ...call, input: copyOf(call.input) });
    },
    every: { seconds: LAGS_MS / 1000, strikes: () => photograph() },
    call: (call) => {
      if (!lagging.some(({ client }) => client === call.client)) return undefined;
      if (!READ.test(call.operation)) {
        photograph(call.client);
        return undefined;
      }
      const seen = before.get(keyOf(call));
      if (seen === undefined || account.world.nowMs() - seen.atMs > LAGS_MS) return undefined;
      if (random() >= fault.strength) return undefined;
      struck();
      return { stale: seen.outcome };
    },
  };
};

function ask(service: Service, call: Call, nowMs: number): Outcome | undefined {
  const operation = service.operations[call.operation] as Operation<unknown> | undefined;
  const context: CallContext = {
    caller: call.caller,
    nowMs,
    require: () => undefined,
    allows: () => true,
  };
  try {
    const output = operation?.run(call.input, context);
    // Describing answers at once: what waits is no read.
    if (output === undefined || output instanceof Promise) return undefined;
    return { ok: true, output: copyOf(output) };
  } catch (error) {
    if (error instanceof AwsError) return { ok: false, error };
    throw error;
  }
}

export const staleReadFaults = {
  'stale-reads': {
    says: 'EC2, Auto Scaling and Image Builder answer what was true seconds ago',
    gust: staleReads,
  },
} as const satisfies Readonly<Record<string, FaultKind>>;
