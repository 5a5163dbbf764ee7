import { describe, expect, it } from 'vitest';
import { findPrevious, type PastObservation } from '../../lambdas/core/find-previous.ts';
import { FROM } from '../builders.ts';

const FLEET = { name: 'web-prod', image: 'web' };
const past = (version: string, changed: Partial<PastObservation> = {}): PastObservation => ({
  specification: { ...FROM, version, launchTemplateVersion: version.slice(-1) },
  version: { status: 'promoted', reason: 'green' },
  imageState: 'available',
  templateVersionExists: true,
  ...changed,
});

describe('going back by choice', () => {
  it('leads to what the fleet ran last', () => {
    expect(findPrevious(FLEET, [past('v-2'), past('v-1')])).toEqual({
      kind: 'found',
      reason: 'back to v-2, launch template version 2',
      previous: past('v-2').specification,
    });
  });
  it('leads to an image that Kiln did not bake, of which the ledger knows nothing', () => {
    expect(findPrevious(FLEET, [past('ami-1', { version: undefined })]).kind).toBe('found');
  });

  const rows: readonly [string, Partial<PastObservation>, string][] = [
    [
      'quarantined',
      { version: { status: 'quarantined', reason: 'red' } },
      'v-2, which is quarantined: red',
    ],
    ...(['missing', 'disabled', 'deregistered', 'pending'] as const).map(
      (imageState): [string, Partial<PastObservation>, string] => [
        `of an image that is ${imageState}`,
        { imageState },
        `v-2, whose image ami-0old is ${imageState}`,
      ],
    ),
    [
      'of a launch template version that is gone',
      { templateVersionExists: false },
      'v-2, whose launch template version 2 of lt-0123456789abcdef0 is gone',
    ],
  ];
  it.each(rows)('passes by what is %s, and says so', (_, changed, why) => {
    expect(findPrevious(FLEET, [past('v-2', changed), past('v-1')])).toEqual({
      kind: 'found',
      reason: `back to v-1, launch template version 1; not to ${why}`,
      previous: past('v-1').specification,
    });
    expect(findPrevious(FLEET, [past('v-2', changed)])).toEqual({
      kind: 'refuse',
      reason: `nothing is recorded that fleet web-prod ran before and could go back to: ${why}`,
      whatToDo:
        'start Release with the image version that the fleet should run: {"image":"web","version":"…"}',
    });
  });
  it('is refused where nothing is recorded', () => {
    expect(findPrevious(FLEET, [])).toMatchObject({
      kind: 'refuse',
      reason: 'nothing is recorded that fleet web-prod ran before',
    });
  });
});
