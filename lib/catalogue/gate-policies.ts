import type { CanaryGate, GatePolicy } from '../../lambdas/core/gate-policy.ts';
import type { CanaryDefinition } from './canary-schema.ts';
import { secondsOr } from './duration.ts';
import type { GateDefinition, WaveGateDefinition } from './gate-schema.ts';
import { probeGate } from './probe-policy.ts';

/** What holds where a canary gate says nothing; the descriptions in `canary-schema.ts` name the same numbers. */
export const canaryDefaults = {
  pass: 95,
  marginal: 75,
  confidence: 0.98,
  minimumSamples: 10,
  periodSeconds: 60,
  windowSeconds: 3600,
  settleSeconds: 0,
} as const;

const functionTimeoutSeconds = 10;
export const approvalExpiresSeconds = 24 * 3600;
export const waveApprovalExpiresSeconds = 7 * 24 * 3600;

/** A gate as the workflows obey it. The definition has passed all checks. */
export function gatePolicy(gate: GateDefinition, firstCheckpoint: number): GatePolicy {
  if ('approval' in gate) {
    const { at = [firstCheckpoint] } = gate.approval;
    return approvalPolicy(gate.approval, at, approvalExpiresSeconds);
  }
  const mode = gate.mode ?? 'enforce';
  if ('alarms' in gate) {
    const { alarms, insufficientData } = gate;
    const told = insufficientData === undefined ? {} : { insufficientData };
    return { kind: 'alarms', mode, alarms: [...alarms], ...told };
  }
  if ('targetHealth' in gate) {
    return { kind: 'target-health', mode, healthyPercentMin: gate.targetHealth.min };
  }
  if ('canary' in gate) return canaryGate(gate.canary, mode);
  if ('function' in gate) {
    const timeoutSeconds = secondsOr(gate.function.timeout, functionTimeoutSeconds);
    return { kind: 'function', mode, functionName: gate.function.name, timeoutSeconds };
  }
  if ('probe' in gate) return probeGate(gate.probe, mode);
  return { kind: 'instance-health', mode, healthyPercentMin: gate.instanceHealth.min };
}

/** The same of a gate of a wave, which has no checkpoints. */
export const waveGatePolicy = (gate: WaveGateDefinition): GatePolicy =>
  'approval' in gate
    ? approvalPolicy(gate.approval, [], waveApprovalExpiresSeconds)
    : gatePolicy(gate, 100);

function approvalPolicy(
  { expires, onExpiry }: Extract<WaveGateDefinition, { approval: unknown }>['approval'],
  checkpoints: readonly number[],
  otherwiseSeconds: number,
): GatePolicy {
  return {
    ...{ kind: 'approval', mode: 'enforce', checkpoints: [...checkpoints] },
    expiresSeconds: secondsOr(expires, otherwiseSeconds),
    ...(onExpiry === undefined ? {} : { onExpiry }),
  };
}

function canaryGate(canary: CanaryDefinition, mode: GatePolicy['mode']): CanaryGate {
  const { metrics, groups, toleranceOf, period, window, settle } = canary;
  const otherwise = canaryDefaults;
  return {
    ...{ kind: 'canary', mode },
    pass: canary.pass ?? otherwise.pass,
    marginal: canary.marginal ?? otherwise.marginal,
    confidence: canary.confidence ?? otherwise.confidence,
    minimumSamples: canary.minimumSamples ?? otherwise.minimumSamples,
    metrics: metrics.map(comparedMetric),
    ...(groups === undefined ? {} : { groups: { ...groups } }),
    ...(toleranceOf === undefined ? {} : { toleranceOf }),
    periodSeconds: secondsOr(period, otherwise.periodSeconds),
    windowSeconds: secondsOr(window, otherwise.windowSeconds),
    settleSeconds: secondsOr(settle, otherwise.settleSeconds),
  };
}

type MetricDefinition = CanaryDefinition['metrics'][number];
type SourceDefinition = Extract<MetricDefinition, { metric: unknown }>['metric'];

function comparedMetric(definition: MetricDefinition): CanaryGate['metrics'][number] {
  if ('metric' in definition) {
    const { metric, ...judged } = definition;
    return { ...judged, from: metricSource(metric) };
  }
  const { math, ...judged } = definition;
  const of = Object.entries(math.of).map(([name, source]) => [name, metricSource(source)]);
  return { ...judged, from: { expression: math.expression, of: Object.fromEntries(of) } };
}

const metricSource = ({ stat = 'Average', ...source }: SourceDefinition) => ({ ...source, stat });
