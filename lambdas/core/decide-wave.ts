import { approvalGate } from './approval-view.ts';
import { firstFew } from './brief.ts';
import type { Wait, WaveDecision } from './decision.ts';
import { earliest, isoInstant, showInstant, showSince } from './durations.ts';
import { judgeWave, showJudgement, showJudgements, type WaveJudgement } from './judge-wave.ts';
import { lookSeconds } from './look-interval.ts';
import type { WaveObservation } from './observation.ts';
import { type Owner, refuseWhenOutbid } from './ownership.ts';
import type { FleetPolicy, LookPolicy, WavePolicy } from './policy.ts';

interface WaveView {
  readonly observation: WaveObservation;
  readonly wave: WavePolicy;
  readonly look: LookPolicy;
  readonly judged: readonly WaveJudgement[];
  readonly startedAtMs: number;
  readonly endMs: number;
  readonly nowMs: number;
  readonly age: string;
}

/**
 * Decides over the soak of a wave. Red anywhere ends it at once; when the soak is over and all is green a person is asked,
 * where the wave has such a gate, and the wave is complete. Gates may stay inconclusive past the end for as long as their policy
 * allows, not counting the time in which a person is waited for, and unreadable for as long as it allows since reading
 * first failed.
 *
 * @param policies the fleets of the wave by name
 */
export function decideWave(
  observation: WaveObservation,
  wave: WavePolicy,
  policies: Readonly<Record<string, FleetPolicy>>,
  look: LookPolicy,
  owner: Owner,
  startedAtMs: number,
  nowMs: number,
): WaveDecision {
  const outbid = refuseWhenOutbid(`wave ${wave.name}`, observation.claim, owner);
  if (outbid !== undefined) return outbid;
  const endMs = startedAtMs + wave.soakSeconds * 1000;
  const judged = judgeWave(observation, wave, policies, { endMs, nowMs });
  const age = `wave ${wave.name} soaked for ${showSince(startedAtMs, nowMs)} (soakSeconds ${wave.soakSeconds})`;
  const view = { observation, wave, look, judged, startedAtMs, endMs, nowMs, age };
  const harm = harmOf(view);
  if (harm !== undefined) {
    const parkSeconds = look.refreshSeconds;
    return { kind: 'roll-back', reason: `${age}; ${harm}`, parkSeconds };
  }
  const isOver = nowMs >= endMs && judged.every(({ kind }) => kind === 'green');
  return isOver ? decideSoaked(view) : waitForGates(view);
}

function harmOf({ observation, wave, judged, nowMs }: WaveView): string | undefined {
  const red = judged.filter((one) => one.kind === 'red');
  if (red.length > 0) return showJudgements(red);
  const late = judged.filter((one) => nowMs >= one.limitMs);
  if (late.length > 0) {
    return firstFew(
      late.map((one) => `${showJudgement(one)} (${one.limit})`),
      '; ',
    );
  }
  const approval = observation.gates?.approval;
  return approval?.kind === 'expired' && !keepsProven(wave) ? approval.reason : undefined;
}

const keepsProven = ({ gates = [] }: WavePolicy): boolean =>
  approvalGate(gates)?.onExpiry === 'hold';

/** The soak is over, and everything that is no person is green. */
function decideSoaked(view: WaveView): WaveDecision {
  const { observation, wave, look, judged, nowMs, age } = view;
  const parkSeconds = look.refreshSeconds;
  const approval = observation.gates?.approval;
  const green = `${age}; ${showJudgements(judged)}`;
  switch (approval?.kind) {
    case undefined:
    case 'not-needed':
      return { kind: 'complete', reason: green, parkSeconds };
    case 'approved':
    case 'rejected':
      return { kind: 'complete', reason: `${green}; ${approval.reason}`, parkSeconds };
    case 'unasked': {
      const { expiresSeconds } = approval;
      return {
        kind: 'ask',
        reason: `${green}; a person is asked`,
        ...{ wave: wave.name, expiresSeconds, otherwise: otherwise(wave), parkSeconds },
        expiresAt: isoInstant(nowMs + expiresSeconds * 1000),
      };
    }
    case 'waiting':
      return waitForGates(view);
    case 'expired':
      return { kind: 'keep-proven', reason: `${age}; green; ${approval.reason}`, parkSeconds };
    default:
      return approval satisfies never;
  }
}

const otherwise = (wave: WavePolicy): string =>
  keepsProven(wave)
    ? 'the waves so far keep the new version and the release ends'
    : 'the release goes back';

function waitForGates(view: WaveView): Wait {
  const { observation, wave, look, judged, startedAtMs, endMs, nowMs, age } = view;
  const approval = observation.gates?.approval;
  const asked = approval?.kind === 'waiting' ? approval : undefined;
  const open = judged.filter((one) => one.kind !== 'green');
  const limitMs = earliest(Math.min(...judged.map((one) => one.limitMs)), asked?.untilMs);
  const nextMs = nowMs < endMs ? Math.min(endMs, limitMs) : limitMs;
  // Where gates have a limit, the look that finds them well again must come before it.
  const isQuiet =
    judged.every(({ kind }) => kind !== 'unreadable') && (nowMs < endMs || asked !== undefined);
  const ageSeconds = isQuiet ? (nowMs - startedAtMs) / 1000 : 0;
  const seen = `${open.length} of ${judged.length} ${wave.gates === undefined ? 'fleets' : 'fleets and gates'} not green`;
  return {
    kind: 'wait',
    reason: [
      age,
      ...(asked === undefined ? [] : [asked.reason]),
      `${seen}${open.length > 0 ? `: ${showJudgements(open)}` : ''}`,
    ].join('; '),
    lookAgainAtMs: earliest(nextMs, nowMs + lookSeconds(look, ageSeconds) * 1000),
    awaiting: awaiting(view, nextMs),
  };
}

function awaiting({ observation, wave, endMs }: WaveView, nextMs: number): string {
  const approval = observation.gates?.approval;
  if (nextMs === endMs) return `the soak ends at ${showInstant(endMs)}, then the wave is judged`;
  if (approval?.kind === 'waiting' && nextMs === approval.untilMs) {
    return `a person answers (${approval.reason}); at ${showInstant(nextMs)} at the latest ${otherwise(wave)}`;
  }
  return `all gates are green; at ${showInstant(nextMs)} at the latest the release goes back`;
}
