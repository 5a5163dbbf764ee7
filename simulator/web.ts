import type { Ec2Instance } from './aws/ec2-instances.ts';
import type { World } from './contract.ts';
import type { WireRequest, WireResponse } from './wire/wire-contract.ts';

/** What a machine answers to a request over HTTP. */
export interface WebAnswer {
  readonly status: number;
  /** From the request to the end of the answer; `null`: it takes the request and never answers. */
  readonly seconds: number | null;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request of a function to what is no endpoint of AWS. */
export interface WebRequest extends WireRequest {
  /** Where the connection goes: an address. */
  readonly host: string;
  /** Whether the function is connected to a VPC; the account has one, in which all instances are. */
  readonly inVpc: boolean;
}

export interface Resolved {
  readonly address: string;
  readonly family: 4 | 6;
}

/** What answers behind a name: whoever is in service when it is asked. */
export interface Site {
  readonly instances: () => readonly Ec2Instance[];
  /** Known within the VPC alone, by a private address. @default false */
  readonly internal?: boolean;
}

/** What the simulated web knows of the machines in it. */
export interface Machines {
  byAddress(address: string): Ec2Instance | undefined;
  /** How a machine answers now; undefined while nothing on it listens. */
  answerOf(instance: Ec2Instance, random: () => number): WebAnswer | undefined;
}

/** Milliseconds of a leg of a connection. Chosen: within a Region. */
const LEG_MS = 3;
/** 52.95.0.0/16 is Amazon's; 10.255.0.0/16 no instance gets here. */
const PUBLIC = '52.95';
const INTERNAL = '10.255';

/**
 * The web as functions see it: names that lead to load balancers, and instances by their private addresses. Certificates
 * are taken for good, connections for there: what is modelled is who answers, what and when. Nothing is followed, and what
 * answers at once answers whole.
 */
export class SimulatedWeb {
  readonly #world: World;
  readonly #sites = new Map<string, Site & { readonly address: string }>();
  readonly #random: () => number;
  #machines: Machines | undefined;
  #lost = false;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random('web');
  }

  connect(machines: Machines): void {
    this.#machines = machines;
  }

  /** Gives a name to a site, or puts another behind it. */
  publish(name: string, site: Site): void {
    const number = this.#sites.size + 1;
    const net = site.internal === true ? INTERNAL : PUBLIC;
    const address =
      this.#sites.get(name)?.address ?? `${net}.${Math.floor(number / 250)}.${(number % 250) + 1}`;
    this.#sites.set(name, { ...site, address });
  }

  /** A disturbance: nobody who knows names can be reached, or can be again. */
  loseNames(lost: boolean): void {
    this.#lost = lost;
  }

  /** @throws Error `ENOTFOUND` or `EAI_AGAIN`, as getaddrinfo words it */
  async lookup(name: string): Promise<readonly Resolved[]> {
    await this.#leg();
    if (isAddress(name)) return [{ address: name, family: name.includes(':') ? 6 : 4 }];
    if (this.#lost) throw broken('EAI_AGAIN', `getaddrinfo EAI_AGAIN ${name}`);
    const site = this.#sites.get(name);
    if (site !== undefined) return [{ address: site.address, family: 4 }];
    throw broken('ENOTFOUND', `getaddrinfo ENOTFOUND ${name}`);
  }

  /** Settles when the whole answer is there, and never where none comes. @throws Error with the code of a socket */
  async request({ host: address, inVpc }: WebRequest): Promise<WireResponse> {
    await this.#leg();
    // From outside no way leads to a private address, and nothing says so.
    if (address.startsWith('10.') && !inVpc) return never();
    const answer = this.#answerAt(address);
    if (answer === undefined) throw broken('ECONNREFUSED', `connect ECONNREFUSED ${address}`);
    if (answer.seconds === null) return never();
    await this.#after(LEG_MS + answer.seconds * 1000);
    return {
      status: answer.status,
      headers: { 'content-type': 'text/plain', ...answer.headers },
      body: Buffer.from(answer.body ?? ''),
    };
  }

  #answerAt(address: string): WebAnswer | undefined {
    const instance = this.#machines?.byAddress(address);
    if (instance !== undefined) return this.#machines?.answerOf(instance, this.#random);
    const site = [...this.#sites.values()].find((one) => one.address === address);
    if (site === undefined) return { status: 0, seconds: null };
    // As a load balancer does: to any of its healthy targets. @see ELB docs, http-503-issues
    const behind = site.instances();
    const chosen = behind[Math.floor(this.#random() * behind.length)];
    if (chosen === undefined) return { status: 503, seconds: 0 };
    return this.#machines?.answerOf(chosen, this.#random) ?? { status: 502, seconds: 0 };
  }

  #leg(): Promise<void> {
    return this.#after(LEG_MS);
  }

  #after(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#world.after(delayMs, 'a leg on the web', resolve);
    });
  }
}

/** Names of AWS's endpoints are none of these. */
export const isAddress = (host: string): boolean => /^[\d.]+$|:/.test(host);

const never = (): Promise<never> => new Promise(() => undefined);

const broken = (code: string, message: string): Error =>
  Object.assign(new Error(message), { code });
