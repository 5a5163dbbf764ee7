import type { Verdict } from './decision.ts';
import type { ImagePolicy } from './policy.ts';

export interface InspectionReading {
  /** `image.state.status`. */
  readonly status: string;
  /** `image.scanState.status`; absent when it was baked without scanning. */
  readonly scanStatus?: string | undefined;
  /** Findings by severity, `image.severityCounts` of ListImageScanFindingAggregations. */
  readonly findings?:
    | {
        readonly all: number;
        readonly critical: number;
        readonly high: number;
        readonly medium: number;
      }
    | undefined;
  /** Absent: nothing but the image's own status tells; Image Builder fails an image whose tests fail. */
  readonly testsPassed?: boolean | undefined;
  readonly imageId?: string | undefined;
  readonly provenance: {
    readonly expectedPipelineArn: string;
    readonly sourcePipelineArn?: string | undefined;
  };
}

/**
 * Judges an image version before any fleet sees it. Fails closed: only green lets it pass, and every number that a
 * limit asks for must be there. Findings that are too many are red even while the scan goes on.
 */
export function judgeInspection(reading: InspectionReading, policy: ImagePolicy): Verdict {
  const against = harm(reading, policy);
  if (against.length > 0) return { kind: 'red', reason: against.join('; ') };
  const missing = unknown(reading, policy);
  if (missing !== undefined) return { kind: 'inconclusive', reason: missing };
  return { kind: 'green', reason: `image ${reading.imageId}: ${showPassed(reading, policy)}` };
}

function harm(reading: InspectionReading, policy: ImagePolicy): readonly string[] {
  const { expectedPipelineArn, sourcePipelineArn } = reading.provenance;
  const found: string[] = [];
  if (reading.status !== 'AVAILABLE')
    found.push(`image status is ${reading.status}, not AVAILABLE`);
  if (reading.imageId === undefined) found.push('0 AMIs in this Region and account');
  if (reading.testsPassed === false) found.push('its tests did not pass');
  if (sourcePipelineArn !== expectedPipelineArn) {
    found.push(
      `baked by ${sourcePipelineArn ?? 'no pipeline'}, not by its pipeline ${expectedPipelineArn}`,
    );
  }
  return [...found, ...tooMany(reading, policy)];
}

/** NaN or a negative count is no count: it never passes. */
const passes = (count: number, max: number): boolean => count >= 0 && count <= max;

function tooMany({ findings }: InspectionReading, { inspection }: ImagePolicy): readonly string[] {
  if (inspection.scan === 'off' || findings === undefined) return [];
  return [
    ['critical', findings.critical, inspection.maxCritical] as const,
    ['high', findings.high, inspection.maxHigh] as const,
    ['medium', findings.medium, inspection.maxMedium] as const,
  ].flatMap(([severity, count, max]) =>
    max === undefined || passes(count, max) ? [] : [`${count} ${severity} findings > ${max}`],
  );
}

function unknown(
  { scanStatus, findings }: InspectionReading,
  { inspection }: ImagePolicy,
): string | undefined {
  if (inspection.scan === 'off') return undefined;
  if (scanStatus !== 'COMPLETED') return `scan is ${scanStatus ?? 'absent'}, not COMPLETED`;
  return findings === undefined ? 'scan is COMPLETED but its findings were not read' : undefined;
}

function showPassed({ findings }: InspectionReading, { inspection }: ImagePolicy): string {
  if (inspection.scan === 'off' || findings === undefined) return 'findings are not looked at';
  const limit = (max: number | undefined) => (max === undefined ? 'any' : `<= ${max}`);
  return [
    `${findings.critical} critical (${limit(inspection.maxCritical)})`,
    `${findings.high} high (${limit(inspection.maxHigh)})`,
    `${findings.medium} medium findings (${limit(inspection.maxMedium)})`,
  ].join(', ');
}
