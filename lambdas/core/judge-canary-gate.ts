import { type CanaryFinding, judgeCanary } from './canary/judge-canary.ts';
import type { MetricFinding } from './canary/policy.ts';
import { type SampleSummary, summaryOf } from './canary/summary.ts';
import type { Verdict } from './decision.ts';
import { showInstant } from './durations.ts';
import type { CanaryGate } from './gate-policy.ts';
import type { CanaryReading } from './observation.ts';

/** What a canary gate's verdict was made from, as the ledger keeps it. */
export interface CanaryEvidence {
  readonly score: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly instances: { readonly baseline: number; readonly canary: number };
  readonly metrics: readonly (Omit<MetricFinding, 'reason' | 'u'> & {
    readonly baseline: SampleSummary;
    readonly canary: SampleSummary;
  })[];
}

/**
 * Judges the samples that were read for a canary gate. Before both versions are in service there is nothing to compare:
 * inconclusive, as is everything that could not be seen.
 */
export function judgeCanaryGate(
  gate: CanaryGate,
  reading: CanaryReading | undefined,
): Verdict & { readonly evidence?: CanaryEvidence } {
  if (reading === undefined) {
    const reason = 'canary: no new and old instances were in service together for a whole period';
    return { kind: 'inconclusive', reason };
  }
  const { samples, instances, fromMs, toMs } = reading;
  const metrics = gate.metrics.map(({ from: _, ...metric }, index) => ({
    ...metric,
    baseline: samples[index]?.baseline ?? [],
    canary: samples[index]?.canary ?? [],
  }));
  const finding = judgeCanary(metrics, gate);
  const who = `canary: ${instances.canary} new against ${instances.baseline} old instances`;
  const reason = `${who}, ${showInstant(fromMs)} to ${showInstant(toMs)}: ${finding.reason}`;
  return { kind: finding.verdict, reason, evidence: evidenceOf(finding, metrics, reading) };
}

function evidenceOf(
  { score, metrics: findings }: CanaryFinding,
  metrics: CanaryReading['samples'],
  { fromMs, toMs, instances }: CanaryReading,
): CanaryEvidence {
  return {
    ...{ score, fromMs, toMs, instances },
    metrics: findings.map(({ reason: _, u: __, ...finding }, index) => ({
      ...finding,
      baseline: summaryOf(metrics[index]?.baseline ?? []),
      canary: summaryOf(metrics[index]?.canary ?? []),
    })),
  };
}
