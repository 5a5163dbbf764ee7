import type { Judgement } from './decision.ts';
import type { GatePolicy } from './gate-policy.ts';
import { inServiceOf } from './instances.ts';
import type { GroupObservation } from './observation.ts';
import { standing, type TargetTally } from './probe/attempt.ts';
import type { ProbeGate } from './probe/policy.ts';
import { quoteAws } from './refreshes.ts';

export type ProbeOutcome =
  | {
      readonly kind: 'answered';
      readonly targets: readonly TargetTally[];
      /** How many new instances there were to choose from. */
      readonly inService: number;
    }
  /** Nobody probed: the prober threw, timed out, could not be called, or answered something else. */
  | { readonly kind: 'failed'; readonly error: string };

/** What a probe's verdict was made from, as the ledger keeps it. */
export interface ProbeEvidence {
  readonly inService: number;
  readonly targets: readonly TargetTally[];
}

/** Whose probes are made: a fleet, or a wave. */
export interface Probed {
  readonly gates: readonly GatePolicy[];
  /** New instances in service, sorted. Without any nothing is probed. */
  readonly instanceIds: readonly string[];
  /** How long an instance has to get ready, where its gate does not say. */
  readonly settleSeconds: number;
}

/** `newVersion`: the launch template version that is judged; absent before there is one. */
export const probedFleet = (
  gates: readonly GatePolicy[],
  group: GroupObservation,
  newVersion: string | undefined,
): Probed => ({
  gates,
  instanceIds:
    newVersion === undefined
      ? []
      : inServiceOf(group, newVersion)
          .map(({ instanceId }) => instanceId)
          .sort(),
  settleSeconds: group.healthCheckGracePeriodSeconds,
});

/** A wave's own probes ask by name alone: behind a name there is somebody once one of its fleets has an instance in service. */
export const probedWave = (gates: readonly GatePolicy[], fleets: readonly Probed[]): Probed => ({
  gates,
  instanceIds: fleets.flatMap(({ instanceIds }) => instanceIds),
  settleSeconds: 0,
});

/** Which of some new instances are probed now: at each minute others, so that looks come to all of them. */
export function probedInstances(
  { target }: ProbeGate,
  ids: readonly string[],
  nowMs: number,
): readonly string[] {
  const most = 'url' in target ? 0 : target.instancesMax;
  const from = ids.length <= most ? 0 : (Math.floor(nowMs / 60_000) * most) % ids.length;
  const turned = [...ids.slice(from), ...ids.slice(0, from)];
  return turned.slice(0, most);
}

const nameOf = ({ target, asked }: ProbeGate): string =>
  'url' in target
    ? `probe ${asked.method} ${target.url}`
    : `probe ${asked.method} :${target.port}${target.path}`;

/**
 * Red as soon as one target fails more often than it may: it was asked, and what it did is evidence. Unreadable where
 * that cannot be told of one, because requests were not made: that fails closed. Green when all pass.
 *
 * @param outcome absent where nobody was probed, because no new instance is in service
 */
export function judgeProbe(
  gate: ProbeGate,
  outcome: ProbeOutcome | undefined,
): Judgement & { readonly evidence?: ProbeEvidence } {
  const name = nameOf(gate);
  if (outcome === undefined) {
    const reason = `${name}: not made before a new instance is in service`;
    return { kind: 'inconclusive', reason };
  }
  if (outcome.kind === 'failed') {
    return { kind: 'unreadable', reason: `${name}: nobody probed: ${quoteAws(outcome.error)}` };
  }
  const { targets, inService } = outcome;
  if (targets.length === 0) {
    const reason = `${name}: of ${inService} new instances none that was chosen has settled yet, or all of these have left`;
    return { kind: 'inconclusive', reason };
  }
  const { attempts, passes } = gate.asked;
  const of = (wanted: ReturnType<typeof standing>) =>
    targets.filter((one) => standing(one, gate.asked) === wanted);
  const evidence = { inService, targets };
  const rule = `${passes} of ${attempts} must pass`;
  const failing = of('fails');
  if (failing.length > 0) {
    const reason = `${name}: ${told(failing, gate, targets.length, 'fail')} (${rule})`;
    return { kind: 'red', reason, evidence };
  }
  const open = of('open');
  if (open.length > 0) {
    const reason = `${name}: ${told(open, gate, targets.length, 'cannot be told')} (${rule})`;
    return { kind: 'unreadable', reason, evidence };
  }
  const slowest = Math.max(...targets.map(({ slowestMs = 0 }) => slowestMs));
  const who =
    'url' in gate.target ? '' : `${targets.length} of ${inService} new instances answered, `;
  const reason = `${name}: ${who}${rule} and did, slowest ${slowest} ms`;
  return { kind: 'green', reason, evidence };
}

/** A gate's reason has to stay a line. */
const TARGETS_SHOWN = 3;

function told(
  some: readonly TargetTally[],
  { target }: ProbeGate,
  all: number,
  what: string,
): string {
  const numbers = ({ passed, failed, notMade, reason }: TargetTally) => {
    const counts = [`${passed} passed`, `${failed} failed`];
    if (notMade > 0) counts.push(`${notMade} not made`);
    return `${counts.join(', ')}${reason === undefined ? '' : `, last: ${reason}`}`;
  };
  const [only] = some;
  if ('url' in target) return only === undefined ? '' : numbers(only);
  const shown = some.slice(0, TARGETS_SHOWN).map((one) => `${one.target} (${numbers(one)})`);
  const more = some.length > shown.length ? [`and ${some.length - shown.length} more`] : [];
  return `${some.length} of ${all} instances ${what}: ${[...shown, ...more].join(', ')}`;
}
