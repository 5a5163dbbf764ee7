import type { Account } from '../account.ts';
import type { Disturbance, EventEnvelope } from '../aws/event-bridge-bus.ts';
import type { Call, Interference } from '../calls.ts';
import type { Witness } from '../invariants/witness.ts';
import type { RehearsedFleet } from '../scenarios/catalogue.ts';
import type { Fault } from './plan.ts';

/** Where a fault strikes: an account, and who may be asked about it. */
export interface Site {
  readonly account: Account;
  readonly witness: Witness;
}

export interface Strike extends Site {
  readonly fault: Fault;
  /** Of this fault alone. */
  readonly random: () => number;
  /** Counts: the fault has just done harm. */
  readonly struck: () => void;
  /** Whether the fault goes on. */
  readonly blows: () => boolean;
}

/** What one fault does while it blows. Whatever it leaves out, it leaves alone. */
export interface Gust {
  /** Once, when it begins. */
  readonly begins?: () => void;
  /** About every so many seconds of virtual time while it blows. */
  readonly every?: { readonly seconds: number; readonly strikes: () => void };
  readonly ends?: () => void;
  /** Every call of a role; while it does not blow as well. */
  readonly sees?: (call: Call) => void;
  readonly call?: (call: Call) => Interference;
  readonly event?: (event: EventEnvelope) => Disturbance;
  readonly diesAfterMs?: () => number | undefined;
  readonly clockAheadMs?: () => number;
  /** An asynchronous event or a message of a queue comes twice. */
  readonly doubles?: () => boolean;
}
export type FaultKind = {
  /** One line for `--help` and the documentation. */
  readonly says: string;
  readonly gust: (strike: Strike) => Gust;
};

/** After the last fault this long until retries and looks that it held up are made up for. */
const GRACE_MS = 4 * 60_000;

/** The fleet that a fault or a deed is about. */
export const fleetAt = (
  { witness, account }: Site,
  share: number,
): { readonly fleet: RehearsedFleet; readonly groupName: string } | undefined => {
  const fleets = Object.values(witness.catalogue.fleets);
  const fleet = fleets[Math.min(fleets.length - 1, Math.floor(share * fleets.length))];
  if (fleet === undefined || account.world === undefined) return undefined;
  return { fleet, groupName: fleet.autoScalingGroupName };
};

interface Blowing {
  readonly fault: Fault;
  readonly gust: Gust;
  readonly blows: () => boolean;
}

/** All faults of a plan together, as one thing that an account can be disturbed by. */
export class Weather {
  readonly #kinds: Readonly<Record<string, FaultKind>>;
  readonly #faults: readonly Fault[];
  readonly #counts = new Map<string, number>();
  #blowing: readonly Blowing[] = [];
  #startMs: number | undefined;

  /** @throws RangeError for a fault that no kind is known of */
  constructor(kinds: Readonly<Record<string, FaultKind>>, faults: readonly Fault[]) {
    this.#kinds = kinds;
    this.#faults = faults;
    for (const { name } of faults) {
      if (!Object.hasOwn(kinds, name)) throw new RangeError(`there is no fault ${name}`);
    }
  }

  /** How often each fault has struck. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** When the last one is over, epoch milliseconds; the beginning where there is none. */
  overMs(startMs: number): number {
    return Math.max(startMs, ...this.#faults.map((one) => startMs + endSeconds(one) * 1000));
  }

  /** To be handed to the account when it is made. */
  readonly intercept = (call: Call): Interference => {
    if (call.caller.kind !== 'role' || this.#startMs === undefined) return undefined;
    for (const { gust } of this.#blowing) gust.sees?.(call);
    return this.#first((gust) => gust.call?.(call));
  };
  readonly doubles = (): boolean => this.#first((gust) => gust.doubles?.() || undefined) ?? false;

  /** Begins now: from here on faults come and go by themselves. */
  begin(site: Site): void {
    const { world, eventBridge, runtime } = site.account;
    const startMs = world.nowMs();
    this.#startMs = startMs;
    this.#blowing = this.#faults.map((fault, index) => this.#raise(site, fault, index, startMs));
    eventBridge.setDisturbance(
      (event) => this.#first((gust) => disturbing(gust.event?.(event))) ?? 'deliver',
    );
    runtime.setTroubles({
      diesAfterMs: () => this.#first((gust) => gust.diesAfterMs?.()),
      clockAheadMs: () => this.#first((gust) => gust.clockAheadMs?.() || undefined) ?? 0,
    });
  }

  #raise(site: Site, fault: Fault, index: number, startMs: number): Blowing {
    const { world } = site.account;
    const fromMs = startMs + fault.fromSeconds * 1000;
    const toMs = startMs + endSeconds(fault) * 1000;
    const blows = () => world.nowMs() >= fromMs && world.nowMs() < toMs;
    // By what it is and not by its place, so that leaving another one out changes nothing here.
    const random = world.random(`storm ${JSON.stringify(fault)} ${this.#twin(fault, index)}`);
    const struck = () => this.#counts.set(fault.name, (this.#counts.get(fault.name) ?? 0) + 1);
    const gust = this.#kinds[fault.name]?.gust({ ...site, fault, random, struck, blows }) ?? {};
    world.at(fromMs, `${fault.name} begins`, () => {
      world.trace({ kind: 'world', message: `fault ${fault.name} for ${fault.forSeconds} s` });
      gust.begins?.();
      const { every } = gust;
      if (every === undefined) return;
      const again = (): void => {
        if (!blows()) return;
        every.strikes();
        world.after(every.seconds * (500 + 1000 * random()), `${fault.name} again`, again);
      };
      again();
    });
    world.at(toMs, `${fault.name} ends`, () => gust.ends?.());
    return { fault, gust, blows };
  }

  /** How many faults of the very same kind and window came before it. */
  #twin(fault: Fault, index: number): number {
    const text = JSON.stringify(fault);
    return this.#faults.slice(0, index).filter((one) => JSON.stringify(one) === text).length;
  }

  #first<Answer>(ask: (gust: Gust) => Answer | undefined): Answer | undefined {
    for (const { gust, blows } of this.#blowing) {
      const answer = blows() ? ask(gust) : undefined;
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  /** Milliseconds between two instants in which no fault blew and none had just ended. */
  calmMs(fromMs: number, toMs: number): number {
    if (this.#startMs === undefined) return Math.max(0, toMs - fromMs);
    const startMs = this.#startMs;
    const windows = this.#faults
      .map((one): [number, number] => [
        Math.max(fromMs, startMs + one.fromSeconds * 1000),
        Math.min(toMs, startMs + endSeconds(one) * 1000 + GRACE_MS),
      ])
      .filter(([from, to]) => from < to)
      .sort((a, b) => a[0] - b[0]);
    let calm = Math.max(0, toMs - fromMs);
    let reached = fromMs;
    for (const [from, to] of windows) {
      calm -= Math.max(0, to - Math.max(from, reached));
      reached = Math.max(reached, to);
    }
    return Math.max(0, calm);
  }
}

const endSeconds = ({ fromSeconds, forSeconds }: Fault): number => fromSeconds + forSeconds;
const disturbing = (disturbance: Disturbance | undefined): Disturbance | undefined =>
  disturbance === 'deliver' ? undefined : disturbance;
