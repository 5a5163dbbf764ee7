import type { CheckedCatalogue } from '../../lib/catalogue/checked-catalogue.ts';
import type { Place } from '../../simulator/contract.ts';
import { Clockwork } from '../../simulator/serve/clockwork.ts';
import { makeEndpoint } from '../../simulator/serve/endpoint.ts';
import type { WireRequest, WireResponse } from '../../simulator/wire/wire-contract.ts';
import { makeServedAccount } from './serve-account.ts';
import { CONTROL_PATH, makeControl } from './serve-control.ts';
import { listen } from './serve-listener.ts';
import { keepPace } from './serve-pace.ts';
import { synthesize } from './synthesize.ts';
import type { WorldFile } from './world-file.ts';

export interface ServingOptions {
  readonly catalogue: CheckedCatalogue;
  readonly world: WorldFile;
  readonly seed: number;
  /** 0: any that is free. */
  readonly port: number;
  /** Virtual seconds for each second of the host; 0: time moves by steps alone. */
  readonly speed: number;
  /** Told of what breaks inside, which callers see as `InternalFailure`. */
  readonly complain: (error: unknown) => void;
}

export interface Serving {
  readonly url: string;
  readonly place: Place;
  /** Settles, by rejection, when the simulated world breaks. */
  readonly broken: Promise<never>;
  close(): Promise<void>;
}

/**
 * A simulated account with the app of a catalogue in it, behind one local address. Requests that come before it is ready wait.
 * @throws UserMistake when the port cannot be listened on
 */
export async function serveAccount(options: ServingOptions): Promise<Serving> {
  const { port, speed, complain } = options;
  let ready: (parts: Parts) => void = () => undefined;
  const parts = new Promise<Parts>((resolve) => {
    ready = resolve;
  });
  // Before the account is made, which takes a while: a port that is taken is told at once.
  const answer = async (request: WireRequest) => (await parts).answer(request);
  const listener = await listen({ port, complain, answer });
  try {
    const made = await makeParts(options);
    ready(made);
    const { place, clockwork } = made;
    const endPace = speed > 0 ? keepPace(clockwork, speed) : () => undefined;
    const close = async (): Promise<void> => {
      endPace();
      await Promise.all([listener.close(), clockwork.stop()]);
    };
    return { url: listener.url, place, broken: clockwork.broken, close };
  } catch (error) {
    await listener.close();
    throw error;
  }
}

interface Parts {
  readonly place: Place;
  readonly clockwork: Clockwork;
  readonly answer: (request: WireRequest) => Promise<WireResponse>;
}

async function makeParts({ speed, complain, ...options }: ServingOptions): Promise<Parts> {
  const assembly = await synthesize(options.catalogue);
  const served = await makeServedAccount({ ...options, assembly });
  const { account } = served;
  const clockwork = new Clockwork(account.world);
  const endpoint = makeEndpoint({ account, clockwork, complain });
  const control = makeControl({ served, clockwork, speed });
  const answer = (request: WireRequest) =>
    request.path.startsWith(CONTROL_PATH) ? control(request) : endpoint(request);
  return { place: account.place, clockwork, answer };
}
