import type { CheckedCatalogue } from '../../lib/catalogue/checked-catalogue.ts';
import type { Place } from '../../simulator/contract.ts';
import { Clockwork } from '../../simulator/serve/clockwork.ts';
import { makeEndpoint } from '../../simulator/serve/endpoint.ts';
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
 * A simulated account with the app of a catalogue in it, behind one local address.
 * @throws UserMistake when the port cannot be listened on
 */
export async function serveAccount(options: ServingOptions): Promise<Serving> {
  const { catalogue, world, seed, port, speed, complain } = options;
  const assembly = await synthesize(catalogue);
  const served = await makeServedAccount({ catalogue, assembly, world, seed });
  const { account } = served;
  const clockwork = new Clockwork(account.world);
  const endpoint = makeEndpoint({ account, clockwork, complain });
  const control = makeControl({ served, clockwork, speed });
  const listener = await listen({
    port,
    complain,
    answer: (request) =>
      request.path.startsWith(CONTROL_PATH) ? control(request) : endpoint(request),
  });
  const endPace = speed > 0 ? keepPace(clockwork, speed) : () => undefined;
  return {
    url: listener.url,
    place: account.place,
    broken: clockwork.broken,
    close: async () => {
      endPace();
      await Promise.all([listener.close(), clockwork.stop()]);
    },
  };
}
