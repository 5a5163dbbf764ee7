import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../lambdas/core/decision.ts';
import { type InspectionReading, judgeInspection } from '../../lambdas/core/judge-inspection.ts';
import { anImagePolicy } from '../builders.ts';

const POLICY = anImagePolicy();
const provenance = {
  expectedPipelineArn: POLICY.pipelineArn,
  sourcePipelineArn: POLICY.pipelineArn,
};
const found = (critical: number, high: number, medium = 0) => ({
  all: critical + high + medium,
  critical,
  high,
  medium,
});
const reading = (changed: Partial<InspectionReading> = {}): InspectionReading => ({
  status: 'AVAILABLE',
  scanStatus: 'COMPLETED',
  findings: found(0, 5, 90),
  imageId: 'ami-0new',
  provenance,
  ...changed,
});

describe('inspection', () => {
  const rows: readonly [string, Partial<InspectionReading>, Verdict['kind'], string][] = [
    [
      'passes what is within every limit',
      {},
      'green',
      'image ami-0new: 0 critical (<= 0), 5 high (<= 5), 90 medium findings (any)',
    ],
    ['refuses one finding too many', { findings: found(0, 6) }, 'red', '6 high findings > 5'],
    [
      'names every limit that is passed',
      { findings: found(1, 6) },
      'red',
      '1 critical findings > 0; 6 high findings > 5',
    ],
    [
      'refuses what has no count',
      { findings: found(Number.NaN, 0) },
      'red',
      'NaN critical findings > 0',
    ],
    [
      'refuses findings even while the scan goes on',
      { scanStatus: 'SCANNING', findings: found(1, 0) },
      'red',
      '1 critical findings > 0',
    ],
    [
      'is inconclusive while the scan goes on',
      { scanStatus: 'SCANNING', findings: found(0, 0) },
      'inconclusive',
      'scan is SCANNING, not COMPLETED',
    ],
    [
      'is inconclusive without a scan',
      { scanStatus: undefined },
      'inconclusive',
      'scan is absent, not COMPLETED',
    ],
    [
      'is inconclusive when the scan timed out',
      { scanStatus: 'TIMED_OUT' },
      'inconclusive',
      'scan is TIMED_OUT, not COMPLETED',
    ],
    [
      'is inconclusive without findings',
      { findings: undefined },
      'inconclusive',
      'scan is COMPLETED but its findings were not read',
    ],
    [
      'refuses an image that is not available',
      { status: 'DISABLED' },
      'red',
      'image status is DISABLED, not AVAILABLE',
    ],
    [
      'refuses an image without an AMI here',
      { imageId: undefined },
      'red',
      '0 AMIs in this Region and account',
    ],
    ['refuses failed tests', { testsPassed: false }, 'red', 'its tests did not pass'],
    [
      'refuses the work of another pipeline',
      { provenance: { ...provenance, sourcePipelineArn: 'arn:other' } },
      'red',
      `baked by arn:other, not by its pipeline ${POLICY.pipelineArn}`,
    ],
    [
      'refuses what no pipeline made',
      { provenance: { expectedPipelineArn: POLICY.pipelineArn } },
      'red',
      `baked by no pipeline, not by its pipeline ${POLICY.pipelineArn}`,
    ],
  ];
  it.each(rows)('%s', (_, changed, kind, reason) => {
    expect(judgeInspection(reading(changed), POLICY)).toEqual({ kind, reason });
  });

  it('does not look at findings when they are off, and still asks where the image comes from', () => {
    const off = anImagePolicy({ inspection: { scan: 'off' } });
    expect(judgeInspection(reading({ scanStatus: undefined, findings: found(9, 9) }), off)).toEqual(
      { kind: 'green', reason: 'image ami-0new: findings are not looked at' },
    );
    expect(
      judgeInspection(reading({ provenance: { expectedPipelineArn: 'arn:other' } }), off).kind,
    ).toBe('red');
  });

  it('never turns more findings into a better verdict', () => {
    const count = fc.nat(12);
    fc.assert(
      fc.property(count, count, count, count, (critical, high, moreCritical, moreHigh) => {
        const before = judgeInspection(reading({ findings: found(critical, high) }), POLICY);
        const after = judgeInspection(
          reading({ findings: found(critical + moreCritical, high + moreHigh) }),
          POLICY,
        );
        if (before.kind === 'red') expect(after.kind).toBe('red');
        expect(before.kind).toBe(critical === 0 && high <= 5 ? 'green' : 'red');
      }),
    );
  });
});
