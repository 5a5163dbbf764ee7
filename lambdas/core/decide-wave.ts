import { brief, firstFew } from './brief.ts';
import type { WaveDecision } from './decision.ts';
import { earliest, showInstant, showSince } from './durations.ts';
import { gatesOfState } from './gate-policy.ts';
import { judgeGates } from './judge-gates.ts';
import type { WaveFleetObservation, WaveObservation } from './observation.ts';
import { type Owner, refuseWhenOutbid } from './ownership.ts';
import type { FleetPolicy, LookPolicy, WavePolicy } from './policy.ts';

/** Enforced gates of one fleet, and when what keeps them from being green has lasted too long. */
interface FleetJudgement {
  readonly fleet: string;
  readonly kind: 'red' | 'unreadable' | 'inconclusive' | 'green';
  readonly reason: string;
  /** Past it the wave goes back unless the gates are green; infinite for green and red. */
  readonly limitMs: number;
  readonly limit: string;
}

/**
 * Decides over the soak of a wave. Red in any fleet ends it at once; green in every fleet at the end of the soak
 * completes it. Gates may stay inconclusive past the end for as long as their fleet's policy allows, and unreadable
 * for as long as it allows since reading first failed.
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
  const judged = wave.fleets.map((fleet) => {
    const seen = observation.fleets.find((one) => one.fleet === fleet);
    return judgeFleet(fleet, seen, policies[fleet], endMs, nowMs);
  });
  const age = `wave ${wave.name} soaked for ${showSince(startedAtMs, nowMs)} (soakSeconds ${wave.soakSeconds})`;
  const parkSeconds = look.refreshSeconds;
  const red = judged.filter((one) => one.kind === 'red');
  if (red.length > 0) return { kind: 'roll-back', reason: `${age}; ${show(red)}`, parkSeconds };
  const late = judged.filter((one) => nowMs >= one.limitMs);
  if (late.length > 0) {
    const reason = `${age}; ${firstFew(
      late.map((one) => `${showOne(one)} (${one.limit})`),
      '; ',
    )}`;
    return { kind: 'roll-back', reason, parkSeconds };
  }
  const open = judged.filter((one) => one.kind !== 'green');
  if (nowMs >= endMs && open.length === 0) {
    return { kind: 'complete', reason: `${age}; ${show(judged)}`, parkSeconds };
  }
  const limitMs = Math.min(...judged.map((one) => one.limitMs));
  const nextMs = nowMs < endMs ? Math.min(endMs, limitMs) : limitMs;
  return {
    kind: 'wait',
    reason: `${age}; ${open.length} of ${judged.length} fleets not green${open.length > 0 ? `: ${show(open)}` : ''}`,
    lookAgainAtMs: earliest(nextMs, nowMs + look.refreshSeconds * 1000),
    awaiting:
      nextMs === endMs
        ? `the soak ends at ${showInstant(endMs)}, then the wave is judged`
        : `all gates are green; at ${showInstant(nextMs)} at the latest the release goes back`,
  };
}

function judgeFleet(
  fleet: string,
  seen: WaveFleetObservation | undefined,
  policy: FleetPolicy | undefined,
  endMs: number,
  nowMs: number,
): FleetJudgement {
  if (seen === undefined || policy === undefined) {
    const reason = `${seen === undefined ? 'not observed' : 'not in the catalogue'}: 0 gates judged`;
    return { fleet, kind: 'inconclusive', reason, limitMs: endMs, limit: 'the soak is over' };
  }
  const { kind, reason } = judgeGates(
    // The others have judged its rollout.
    gatesOfState(policy.gates),
    seen.gates,
    seen.group,
    seen.launchTemplateVersion,
  ).combined;
  const { inconclusiveSeconds, unreadableSeconds } = policy.limits;
  switch (kind) {
    case 'inconclusive':
      return {
        fleet,
        kind,
        reason,
        limitMs: endMs + inconclusiveSeconds * 1000,
        limit: `${showSince(endMs, nowMs)} past the soak >= inconclusiveSeconds ${inconclusiveSeconds}`,
      };
    case 'unreadable': {
      // Where nobody knows since when: from this look on, but no later than the end of the soak.
      const sinceMs = seen.unreadableSinceMs ?? Math.min(nowMs, endMs);
      return {
        fleet,
        kind,
        reason,
        limitMs: sinceMs + unreadableSeconds * 1000,
        limit: `for ${showSince(sinceMs, nowMs)} >= unreadableSeconds ${unreadableSeconds}`,
      };
    }
    case 'red':
    case 'green':
      return { fleet, kind, reason, limitMs: Number.POSITIVE_INFINITY, limit: '' };
    default:
      return kind satisfies never;
  }
}

/** Of each fleet that is named, so that a decision over a thousand of them stays a message that people read. */
const FLEET_CHARACTERS = 300;

const showOne = ({ fleet, kind, reason }: FleetJudgement): string =>
  `fleet ${fleet} is ${kind}: ${brief(reason, FLEET_CHARACTERS)}`;

const show = (judged: readonly FleetJudgement[]): string => firstFew(judged.map(showOne), '; ');
