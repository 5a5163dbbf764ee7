import { judgeApprovalGate } from './approval-view.ts';
import type { Judgement, Verdict } from './decision.ts';
import type { FunctionGate, GatePolicy } from './gate-policy.ts';
import { inServiceOf, isLeaving } from './instances.ts';
import { judgeAlarms } from './judge-alarms.ts';
import { type CanaryEvidence, judgeCanaryGate } from './judge-canary-gate.ts';
import { judgeFunction } from './judge-function.ts';
import { judgeProbe, type ProbeEvidence } from './judge-probe.ts';
import type { GateReading, GateSource, GroupObservation } from './observation.ts';
import { quoteAws } from './refreshes.ts';

export interface GateReport {
  readonly gate: GatePolicy['kind'];
  readonly mode: GatePolicy['mode'];
  readonly judgement: Judged;
}

/** With what it was made from, where that is more than the reason says. */
export type Judged = Judgement & { readonly evidence?: CanaryEvidence | ProbeEvidence };

export interface GatesReport {
  /** Every gate of the policy in its order, those in `observe` mode too. */
  readonly gates: readonly GateReport[];
  /** The enforced gates together: red before unreadable before inconclusive before green. */
  readonly combined: Judgement;
}

const WORST_FIRST = ['red', 'unreadable', 'inconclusive', 'green'] as const;

/**
 * Judges all gates of a fleet. Fails closed: without an enforced gate there is no evidence, which is never green.
 * `newVersion` is the launch template version that is being judged.
 */
export function judgeGates(
  gates: readonly GatePolicy[],
  reading: GateReading,
  group: GroupObservation,
  newVersion: string,
): GatesReport {
  const reports = gates.map((gate, index) => ({
    gate: gate.kind,
    mode: gate.mode,
    judgement: judgeGate(gate, reading, group, newVersion, index),
  }));
  const enforced = reports.filter((report) => report.mode === 'enforce');
  return { gates: reports, combined: worst(enforced.map((report) => report.judgement)) };
}

/** The worst of some judgements, with the reasons of all that are as bad; inconclusive when there is none. */
export function worst(judgements: readonly Judgement[]): Judgement {
  for (const kind of WORST_FIRST) {
    const found = judgements.filter((judgement) => judgement.kind === kind);
    if (found.length > 0) return { kind, reason: found.map((one) => one.reason).join('; ') };
  }
  return { kind: 'inconclusive', reason: 'no enforced gate: 0 judgements' };
}

/** Judges one gate, whatever its mode; `index`: which one of the policy it is. */
export function judgeGate(
  gate: GatePolicy,
  reading: GateReading,
  group: GroupObservation,
  newVersion: string,
  index = 0,
): Judged {
  switch (gate.kind) {
    case 'alarms':
      return (
        unreadable(reading, 'alarms') ??
        judgeAlarms(gate.alarms, reading.alarms, gate.insufficientData)
      );
    case 'target-health':
      return (
        unreadable(reading, 'target-health') ??
        judgeTargets(gate.healthyPercentMin, reading, group, newVersion)
      );
    case 'instance-health':
      return judgeInstances(gate.healthyPercentMin, group, newVersion);
    case 'canary':
      return (
        unreadable(reading, 'canary') ??
        judgeCanaryGate(
          gate,
          reading.canaries?.find((one) => one.gate === index),
        )
      );
    case 'function':
      return judgeFunctionGate(gate, index, reading);
    case 'probe':
      return judgeProbe(gate, reading.probes?.find((one) => one.gate === index)?.outcome);
    case 'approval':
      return judgeApprovalGate(reading.approval);
    default:
      return gate satisfies never;
  }
}

function judgeFunctionGate(
  { functionName }: FunctionGate,
  index: number,
  { functions }: Pick<GateReading, 'functions'>,
): Judgement {
  const asked = functions?.find(({ gate }) => gate === index);
  if (asked !== undefined) return judgeFunction(functionName, asked.outcome);
  const reason = `function ${functionName} is not asked before a new instance is in service`;
  return { kind: 'inconclusive', reason };
}

function unreadable(reading: GateReading, source: GateSource): Judgement | undefined {
  const failure = reading.unreadable.find((one) => one.source === source);
  if (failure === undefined) return undefined;
  return { kind: 'unreadable', reason: `${source} could not be read: ${quoteAws(failure.error)}` };
}

function judgeTargets(
  healthyPercentMin: number,
  reading: GateReading,
  group: GroupObservation,
  newVersion: string,
): Judgement {
  if (group.targetGroupArns.length === 0) {
    return {
      kind: 'inconclusive',
      reason: `group ${group.name} has 0 target groups: attach one, or use an instance-health gate instead`,
    };
  }
  const instances = new Set(inServiceOf(group, newVersion).map((one) => one.instanceId));
  const verdicts = group.targetGroupArns.map((arn) => {
    const states = new Map<string, string>();
    for (const target of reading.targets) {
      if (target.targetGroupArn === arn) states.set(target.instanceId, target.state);
    }
    const kinds = [...instances].map((id) => targetKind(states.get(id)));
    return judgeShare(`target group ${targetGroupName(arn)}`, healthyPercentMin, newVersion, {
      healthy: kinds.filter((kind) => kind === 'healthy').length,
      unhealthy: kinds.filter((kind) => kind === 'unhealthy').length,
      undecided: kinds.filter((kind) => kind === 'undecided').length,
    });
  });
  return worst(verdicts);
}

/**
 * Target states as DescribeTargetHealth spells them. `unhealthy.draining` is a target that failed its health checks,
 * whose connections still drain; plain `draining` is one that was deregistered and tells nothing about the version.
 */
function targetKind(state: string | undefined): 'healthy' | 'unhealthy' | 'undecided' | 'ignored' {
  if (state === 'healthy') return 'healthy';
  if (state === 'unhealthy' || state === 'unhealthy.draining') return 'unhealthy';
  return state === 'draining' ? 'ignored' : 'undecided';
}

const targetGroupName = (arn: string): string => arn.split('/')[1] ?? arn;

function judgeInstances(
  healthyPercentMin: number,
  group: GroupObservation,
  newVersion: string,
): Verdict {
  const instances = inServiceOf(group, newVersion);
  const healthy = instances.filter((one) => one.healthy).length;
  // Of an image whose instances die again and again, each look finds some that are young enough to be healthy.
  const dying = group.instances.filter(
    (one) => isLeaving(one) && !one.healthy && one.launchTemplateVersion === newVersion,
  ).length;
  return judgeShare(`group ${group.name}`, healthyPercentMin, newVersion, {
    healthy,
    unhealthy: instances.length - healthy + dying,
    undecided: 0,
  });
}

/**
 * Red as soon as the unhealthy ones alone are too many; green only when the healthy ones alone are enough, so that
 * whatever the undecided ones turn out to be changes nothing; else inconclusive.
 */
function judgeShare(
  where: string,
  healthyPercentMin: number,
  version: string,
  count: { readonly healthy: number; readonly unhealthy: number; readonly undecided: number },
): Verdict {
  const { healthy, unhealthy, undecided } = count;
  const all = healthy + unhealthy + undecided;
  if (all === 0) {
    return {
      kind: 'inconclusive',
      reason: `${where}: 0 instances of version ${version} in service`,
    };
  }
  const numbers = `${where}: of ${all} instances of version ${version} ${healthy} healthy, ${unhealthy} unhealthy, ${undecided} undecided; healthyPercentMin ${healthyPercentMin}`;
  if (unhealthy * 100 > (100 - healthyPercentMin) * all) return { kind: 'red', reason: numbers };
  const enough = healthy + unhealthy > 0 && healthy * 100 >= healthyPercentMin * all;
  return { kind: enough ? 'green' : 'inconclusive', reason: numbers };
}

/** The source that a gate is judged from, where it can fail to be read. */
const SOURCE = {
  alarms: 'alarms',
  'target-health': 'target-health',
  'instance-health': undefined,
  canary: 'canary',
  function: undefined,
  probe: undefined,
  approval: undefined,
} as const satisfies Readonly<Record<GatePolicy['kind'], GateSource | undefined>>;

/** Whether an enforced gate could not be read. What only observed gates need never counts. */
export const enforcedUnreadable = (
  gates: readonly GatePolicy[],
  reading: Pick<GateReading, 'unreadable' | 'functions' | 'probes'>,
): boolean =>
  gates.some((gate, index) => {
    if (gate.mode !== 'enforce') return false;
    if (gate.kind === 'probe') {
      const probed = reading.probes?.find((one) => one.gate === index);
      return judgeProbe(gate, probed?.outcome).kind === 'unreadable';
    }
    if (gate.kind === 'function') {
      return judgeFunctionGate(gate, index, reading).kind === 'unreadable';
    }
    return reading.unreadable.some(({ source }) => source === SOURCE[gate.kind]);
  });
