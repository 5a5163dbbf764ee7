import { describe, expect, it } from 'vitest';
import { decideBake } from '../../lambdas/core/decide-bake.ts';
import type { BakeDecision } from '../../lambdas/core/decision.ts';
import type { BakeObservation } from '../../lambdas/core/observation.ts';
import { aBake, anImagePolicy, at, LOOK, OWNER } from '../builders.ts';

const decide = (
  changed: Partial<BakeObservation>,
  seconds: number,
  availableSince?: number,
  policy = anImagePolicy(),
) =>
  decideBake(
    aBake(changed),
    policy,
    LOOK,
    OWNER,
    at(0),
    availableSince === undefined ? undefined : at(availableSince),
    at(seconds),
  );

describe('a bake', () => {
  const baking = { status: 'BUILDING', imageId: undefined, scanStatus: undefined };
  const scanning = { scanStatus: 'SCANNING' };
  const rows: readonly [
    string,
    Partial<BakeObservation>,
    number,
    number | undefined,
    BakeDecision['kind'],
    string,
  ][] = [
    [
      'is left to whoever claimed the image',
      { claim: { executionArn: 'arn:other', generation: 9 } },
      10,
      undefined,
      'refuse',
      `outbid: the lock of image web is at generation 9 and belongs to arn:other; this is ${OWNER.executionArn} at generation 4`,
    ],
    [
      'is waited for',
      baking,
      7_199,
      undefined,
      'wait',
      'BUILDING, 1 h 59 min after it was asked for',
    ],
    [
      'fails past its limit',
      baking,
      7_200,
      undefined,
      'fail',
      'BUILDING, 2 h after it was asked for >= bakeLimitSeconds 7200',
    ],
    [
      'fails when it failed, with the words of AWS',
      { status: 'FAILED', reason: 'step X' },
      60,
      undefined,
      'fail',
      'the bake ended FAILED after 1 min: step X',
    ],
    [
      'is complete when its scan is',
      {},
      60,
      undefined,
      'complete',
      'image ami-0new is available; scan COMPLETED',
    ],
    [
      'is complete past its limit when it is available',
      {},
      9_999,
      9_000,
      'complete',
      'image ami-0new is available; scan COMPLETED',
    ],
    [
      'waits for the scan',
      scanning,
      2_799,
      1_000,
      'wait',
      'scan SCANNING 29 min 59 s after the image was available',
    ],
    [
      'leaves a scan that does not end to inspect',
      scanning,
      2_800,
      1_000,
      'complete',
      'image ami-0new is available; scan SCANNING 30 min after the image was available >= scanLimitSeconds 1800: inspect judges',
    ],
    [
      'waits for a scan that has not begun',
      { scanStatus: undefined },
      1_000,
      undefined,
      'wait',
      'scan not begun 0 s after the image was available',
    ],
    [
      'waits for the AMI id',
      { imageId: undefined },
      60,
      undefined,
      'wait',
      'AVAILABLE without an AMI id, 1 min after it was asked for',
    ],
  ];
  it.each(rows)('%s', (_, changed, seconds, availableSince, kind, reason) => {
    const decision = decide(changed, seconds, availableSince);
    expect({ kind: decision.kind, reason: decision.reason }).toEqual({ kind, reason });
  });

  it.each(['CANCELLED', 'FAILED', 'DEPRECATED', 'DELETED', 'DISABLED', 'something new'])(
    'that ended %s has failed and needs no cancel',
    (status) => {
      expect(decide({ status }, 60)).toMatchObject({ kind: 'fail', cancelBake: false });
    },
  );
  it.each(['PENDING', 'CREATING', 'BUILDING', 'TESTING', 'DISTRIBUTING', 'INTEGRATING'])(
    'that is %s is waited for, then cancelled',
    (status) => {
      expect(decide({ ...baking, status }, 60)).toMatchObject({
        kind: 'wait',
        lookAgainAtMs: at(960),
      });
      expect(decide({ ...baking, status }, 7_000)).toMatchObject({
        kind: 'wait',
        lookAgainAtMs: at(7_200),
      });
      expect(decide({ ...baking, status }, 7_200)).toMatchObject({
        kind: 'fail',
        cancelBake: true,
      });
    },
  );
  it.each(['COMPLETED', 'ABANDONED', 'FAILED', 'TIMED_OUT'])(
    'with a scan that ended %s is inspect’s',
    (scanStatus) => {
      expect(decide({ scanStatus }, 60)).toMatchObject({ kind: 'complete', imageId: 'ami-0new' });
    },
  );
  it('does not wait for a scan that nobody asks for', () => {
    expect(
      decide(scanning, 60, undefined, anImagePolicy({ inspection: { scan: 'off' } })).kind,
    ).toBe('complete');
  });
});
