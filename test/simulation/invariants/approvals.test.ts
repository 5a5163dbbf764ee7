import { describe, expect, it } from 'vitest';
import type { AuditedApproval } from '../../../simulator/invariants/ledger-view.ts';
import { nothingGoesOnWithoutEvidence } from '../../../simulator/invariants/nothing-goes-on-without-evidence.ts';
import { redLeadsBack } from '../../../simulator/invariants/red-leads-back.ts';
import type { RehearsedCatalogue } from '../../../simulator/scenarios/catalogue.ts';
import {
  anExecution,
  aRelease,
  aRollout,
  catalogue,
  releaseArn,
  rolloutArn,
  START_MS,
  watching,
} from './doctored.ts';

/** What the auditor makes of questions to people. */

const approval = { kind: 'approval', mode: 'enforce', expiresSeconds: 600 } as const;
const asking: RehearsedCatalogue = {
  ...catalogue,
  fleets: Object.fromEntries(
    Object.entries(catalogue.fleets).map(([name, fleet]) => [
      name,
      { ...fleet, gates: [...fleet.gates, approval] },
    ]),
  ),
  waves: catalogue.waves.map((wave) => ({ ...wave, gates: [approval] })),
};

const at = (seconds: number): string => new Date(START_MS + seconds * 1000).toISOString();
const question = (answer: Partial<AuditedApproval> = {}): AuditedApproval => ({
  ...{ releaseId: 'web-1', askedAt: at(0), expiresSeconds: 600 },
  ...answer,
});
const yes = { decision: 'approve', answeredAt: at(599) } as const;
const no = { decision: 'reject', answeredAt: at(0) } as const;
const entered = (state: string, execution: string) => ({
  ...{ kind: 'state', phase: 'entered', machine: 'm', execution, state },
});

describe('12: where a person must be asked about a fleet', () => {
  const goneOn = (...approvals: readonly AuditedApproval[]) => {
    const watched = watching(nothingGoesOnWithoutEvidence, { catalogue: asking });
    watched.world.executions = [aRollout({ input: { fleet: 'prod', releaseId: 'web-1' } })];
    watched.ledger({ approvals });
    watched.line(entered('Publish the image of the fleet', rolloutArn('prod-1')));
    return watched.broken;
  };

  it('it is gone on from after a yes in time', () => {
    expect(goneOn(question({ fleet: 'prod', ...yes }))).toEqual([]);
  });

  it.each([
    ['nobody was asked', [], 'although nobody was asked'],
    ['of another fleet was asked', [question({ fleet: 'other', ...yes })], 'nobody was asked'],
    ['nobody has answered', [question({ fleet: 'prod' })], 'without a yes'],
    ['somebody said no', [question({ fleet: 'prod', ...no })], 'without a yes'],
    [
      'the yes came too late',
      [question({ fleet: 'prod', ...yes, answeredAt: at(600) })],
      'without a yes to what was asked at 2026-11-23T09:00:00.000Z',
    ],
    [
      'one of two questions is open',
      [question({ fleet: 'prod', ...yes }), question({ fleet: 'prod' })],
      'without a yes',
    ],
  ])('and never when %s', (_what, approvals, says) => {
    expect(goneOn(...approvals)).toEqual([expect.stringContaining(says)]);
  });
});

describe('12: where a person must be asked about a wave', () => {
  const watched = (...approvals: readonly AuditedApproval[]) => {
    const seen = watching(nothingGoesOnWithoutEvidence, { catalogue: asking });
    seen.world.executions = [anExecution()];
    seen.ledger({ approvals });
    return seen;
  };
  const ofWave = (answer: Partial<AuditedApproval>) => question({ wave: 'all', ...answer });

  it('the next one begins after a yes to every question so far', () => {
    const begun = (...approvals: readonly AuditedApproval[]) => {
      const seen = watched(...approvals);
      seen.line(entered('Roll out the wave', releaseArn('web-1')));
      return seen.broken;
    };
    expect([begun(), begun(ofWave(yes)), begun(ofWave({ ...yes, releaseId: 'web-2' }))]).toEqual([
      [],
      [],
      [],
    ]);
    expect(begun(ofWave({}))).toEqual([expect.stringContaining('without a yes')]);
    expect(begun(ofWave(no))).toEqual([expect.stringContaining('without a yes')]);
  });

  it('a release is promoted after a yes about every wave that has moved', () => {
    const ended = (outcome: string, moved: string, ...approvals: readonly AuditedApproval[]) => {
      const seen = watched(...approvals);
      const fleet = { releaseId: 'web-1', fleet: 'prod', from: 'a', to: 'b', endedOn: 'b' };
      seen.ledger({
        releases: [aRelease({ outcome, version: '2026.11.23-1' })],
        releaseFleets: [{ ...fleet, outcome: moved, reason: '' }],
      });
      seen.minutes(2);
      return seen.broken;
    };
    expect(ended('promoted', 'rolled-out', ofWave(yes))).toEqual([]);
    expect(ended('promoted', 'untouched')).toEqual([]);
    expect(ended('rolled-back', 'rolled-out')).toEqual([]);
    expect(ended('promoted', 'rolled-out')).toEqual([
      'release web-1 of web is promoted although nobody was asked about wave all',
    ]);
    expect(ended('promoted', 'rolled-out', ofWave(no))).toHaveLength(1);
  });
});

describe('8: a no', () => {
  const heard = (state: string, execution: string, asked: Partial<AuditedApproval>) => {
    const seen = watching(redLeadsBack, { catalogue: asking });
    seen.world.executions = [
      aRollout({ input: { fleet: 'prod', releaseId: 'web-1' } }),
      anExecution(),
    ];
    seen.line(entered(state, execution));
    seen.ledger({ approvals: [question(asked)] });
    return seen;
  };

  it.each([
    ['Start the instance refresh', rolloutArn('prod-1'), { fleet: 'prod' }, 'fleet prod'],
    ['Soak the wave', releaseArn('web-1'), { wave: 'all' }, 'wave all'],
  ])('after "%s" leads back within the look interval', (state, execution, asked, about) => {
    const seen = heard(state, execution, { ...asked, ...no });
    seen.minutes(7);
    expect(seen.broken).toEqual([]);
    seen.minutes(1);
    expect(seen.broken).toEqual([
      expect.stringContaining(`a no about ${about} since 2026-11-23T09:00:00.000Z`),
    ]);
  });

  it('is paid for by the way back, and no debt of another release, of a yes, or too late', () => {
    const [start, arn] = ['Start the instance refresh', rolloutArn('prod-1')];
    const turned = heard(start, arn, { fleet: 'prod', ...no });
    turned.minutes(1);
    turned.line(entered('Turn back', arn));
    const others = [
      heard(start, arn, { fleet: 'prod', ...no, releaseId: 'web-2' }),
      heard(start, arn, { fleet: 'other', ...no }),
      heard(start, arn, { fleet: 'prod', ...yes }),
      heard(start, arn, { fleet: 'prod', ...no, answeredAt: at(600) }),
    ];
    for (const seen of [turned, ...others]) {
      seen.minutes(20);
      expect(seen.broken).toEqual([]);
    }
  });
});
