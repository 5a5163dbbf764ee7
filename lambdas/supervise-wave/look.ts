import * as z from 'zod/mini';
import { recallCatalogue } from '../adapters/catalogue.ts';
import { readLock } from '../adapters/locks.ts';
import { changeRelease, readRelease } from '../adapters/releases.ts';
import type { Look, Supervisor } from '../adapters/supervise.ts';
import { recordWaveVerdict } from '../adapters/verdicts.ts';
import { decideWave } from '../core/decide-wave.ts';
import type { Wait, WaveDecision } from '../core/decision.ts';
import { instantMs, isoInstant } from '../core/durations.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import { gatesOfState } from '../core/gate-policy.ts';
import { enforcedUnreadable } from '../core/judge-gates.ts';
import { imageKeys } from '../core/keys.ts';
import type { Release } from '../core/ledger.ts';
import { ReleaseMandate } from '../core/mandate.ts';
import type { WaveFleetObservation, WaveObservation } from '../core/observation.ts';
import type { FleetPolicy, WavePolicy } from '../core/policy.ts';
import { waveVerdictOf } from '../core/wave-verdict.ts';
import { wavesOf } from '../core/waves.ts';
import { type Clients, observeWave } from './observe.ts';

const Input = z.object({
  mandate: ReleaseMandate,
  /** From 1. */
  wave: z.int().check(z.minimum(1)),
  startedAt: z.iso.datetime(),
});
type Input = z.infer<typeof Input>;
type Moving = Exclude<WaveDecision, Wait>;

/** Watches all fleets of a wave together after they are rolled out, and asks whoever must say that it may go on. */
export const makeSuperviseWave = (clients: Clients): Supervisor<Input, Moving> => ({
  name: 'wave',
  input: Input,
  async look({ mandate, wave: number, startedAt }: Input, nowMs: number): Promise<Look<Moving>> {
    const [catalogue, claim, release] = await Promise.all([
      recallCatalogue(mandate.catalogueDigest),
      readLock(imageKeys(mandate.image).claim),
      readRelease(mandate.releaseId),
    ]);
    const wave = wavesOf(catalogue, mandate.image)[number - 1];
    if (wave === undefined) {
      const message = `catalogue ${mandate.catalogueDigest} has no wave ${number} of image ${mandate.image}`;
      throw new KilnError(ErrorName.Unexpected, message);
    }
    const about = { image: mandate.image, releaseId: mandate.releaseId, startedAt };
    const seen = await observeWave(clients, about, wave, catalogue.fleets, nowMs);
    const observation = {
      ...(await noteUnreadable(release, seen, wave, catalogue.fleets, nowMs)),
      claim,
    };
    const soakedSinceMs = instantMs(startedAt);
    const { fleets, look } = catalogue;
    const decision = decideWave(observation, wave, fleets, look, mandate, soakedSinceMs, nowMs);
    const verdict = waveVerdictOf(observation, wave, fleets, soakedSinceMs, nowMs, decision);
    if (verdict !== undefined) await recordWaveVerdict(mandate.releaseId, verdict);
    await noteEnd(mandate.releaseId, number, decision);
    return { decision, seen: { alarms: alarmsIn(observation) } };
  },
});

/** Before the token is sent: what comes next is read from the ledger. */
async function noteEnd(
  releaseId: string,
  wavesSoaked: number,
  decision: WaveDecision,
): Promise<void> {
  if (decision.kind === 'complete') await changeRelease(releaseId, { wavesSoaked });
  if (decision.kind === 'keep-proven') {
    await changeRelease(releaseId, { wavesSoaked, keptReason: decision.reason });
  }
}

const alarmsIn = ({ fleets, gates }: Pick<WaveObservation, 'fleets' | 'gates'>) =>
  [...fleets.map((one) => one.gates), ...(gates === undefined ? [] : [gates])].flatMap((one) =>
    one.alarms.map(({ name, state }) => ({ name, state })),
  );

type Seen = Pick<WaveObservation, 'fleets' | 'gates'>;

/**
 * Since when enforced gates could not be read, in any fleet of the wave or of its own, is what the next look must know:
 * how long they may be is the policy's. Kept once for the whole wave, as what fails is a service that all are read from.
 */
async function noteUnreadable(
  { id, waveUnreadableSince }: Release,
  { fleets, gates }: Seen,
  wave: WavePolicy,
  policies: Readonly<Record<string, FleetPolicy>>,
  nowMs: number,
): Promise<Omit<WaveObservation, 'claim'>> {
  const isUnreadable = (one: WaveFleetObservation) =>
    enforcedUnreadable(gatesOfState(policies[one.fleet]?.gates ?? []), one.gates);
  const isOwn = gates !== undefined && enforcedUnreadable(wave.gates ?? [], gates);
  const own = gates === undefined ? {} : { gates };
  if (!isOwn && !fleets.some(isUnreadable)) {
    if (waveUnreadableSince !== undefined) await changeRelease(id, {}, ['waveUnreadableSince']);
    return { fleets, ...own };
  }
  const since = waveUnreadableSince ?? isoInstant(nowMs);
  if (waveUnreadableSince === undefined) await changeRelease(id, { waveUnreadableSince: since });
  const unreadableSinceMs = instantMs(since);
  return {
    fleets: fleets.map((one) => (isUnreadable(one) ? { ...one, unreadableSinceMs } : one)),
    ...own,
    ...(isOwn ? { unreadableSinceMs } : {}),
  };
}
