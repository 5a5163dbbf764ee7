import { brief } from './brief.ts';
import type { WaveDecision } from './decision.ts';
import { isoInstant } from './durations.ts';
import { worst } from './judge-gates.ts';
import { judgeWave, judgeWaveGates, type WaveJudgement } from './judge-wave.ts';
import type { WaveVerdict } from './ledger.ts';
import type { WaveObservation } from './observation.ts';
import type { FleetPolicy, WavePolicy } from './policy.ts';
import { keptReport } from './verdict.ts';

/** An item holds 400 KB; of more fleets the worst tell enough. */
const FLEETS = 100;
const REASON_CHARACTERS = 300;
const WORST_FIRST: readonly WaveJudgement['kind'][] = [
  'red',
  'unreadable',
  'inconclusive',
  'green',
];

/** What the ledger keeps of a look at a wave: nothing while it waits, or only asks. */
export function waveVerdictOf(
  observation: WaveObservation,
  wave: WavePolicy,
  policies: Readonly<Record<string, FleetPolicy>>,
  startedAtMs: number,
  nowMs: number,
  { kind, reason }: WaveDecision,
): WaveVerdict | undefined {
  if (kind !== 'complete' && kind !== 'roll-back' && kind !== 'keep-proven') return undefined;
  const endMs = startedAtMs + wave.soakSeconds * 1000;
  const judged = judgeWave(observation, wave, policies, { endMs, nowMs });
  const fleets = judged.flatMap(({ fleet, kind: verdict, reason: why }) =>
    fleet === undefined ? [] : [{ fleet, verdict, reason: brief(why, REASON_CHARACTERS) }],
  );
  return {
    wave: wave.name,
    at: isoInstant(nowMs),
    decision: kind,
    verdict: worst(judged).kind,
    reason: brief(reason),
    gates: judgeWaveGates(observation, wave).map(keptReport),
    fleets: WORST_FIRST.flatMap((one) => fleets.filter(({ verdict }) => verdict === one)).slice(
      0,
      FLEETS,
    ),
  };
}
