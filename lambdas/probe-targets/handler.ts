import { entry, environment } from '../adapters/entry.ts';
import { nodePorts } from '../adapters/probe-attempt.ts';
import { probeTargets } from '../adapters/probe-targets.ts';
import { addressRefusal } from '../core/probe/address.ts';
import { type ProbeAnswer, ProbeRequest } from '../core/probe/exchange.ts';

const ports = () => {
  const reach = environment('PROBE_REACH') === 'vpc' ? 'vpc' : 'internet';
  return nodePorts((address) => addressRefusal(address, reach));
};

/** Makes requests and says what they came to. Changes nothing; asked twice it asks twice. */
export const handler = entry(
  (event: unknown): Promise<ProbeAnswer> => probeTargets(ProbeRequest.parse(event), ports()),
);
