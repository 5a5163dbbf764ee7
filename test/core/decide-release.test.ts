import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideNextStep, type NextStep } from '../../lambdas/core/decide-release.ts';
import { parseRolloutInput } from '../../lambdas/core/inputs.ts';
import type {
  FleetOutcome,
  ImageVersion,
  Release,
  ReleaseFleet,
} from '../../lambdas/core/ledger.ts';
import type { WavePolicy } from '../../lambdas/core/policy.ts';
import { shape } from '../../lambdas/next-step/shape.ts';
import {
  anImagePolicy,
  anImageVersion,
  aRelease,
  aReleaseFleet,
  aWave,
  isoAt,
  LOOK,
} from '../builders.ts';

const WAVES: readonly WavePolicy[] = [aWave('canary', ['a']), aWave('rest', ['b', 'c'], 1_200)];
const next = (
  release: Partial<Release>,
  fleets: readonly ReleaseFleet[] = [],
  version: ImageVersion | undefined = anImageVersion(),
  order: 'parallel' | 'reverse' = 'parallel',
  waves = WAVES,
): NextStep =>
  decideNextStep(aRelease(release), fleets, version, anImagePolicy({ wayBackOrder: order }), waves);

const [a, b, c] = [aReleaseFleet('a'), aReleaseFleet('b'), aReleaseFleet('c')];
const both = { wavesOpened: 2, wavesSoaked: 1 };
const why = 'b in wave rest is rolled-back: because';

describe('a release goes on', () => {
  it('wave by wave, each soaked, then it is promoted, then it ends', () => {
    expect(next({})).toEqual({
      step: 'wave',
      wave: 1,
      fleets: ['a'],
      reason: '0 of 2 waves are done; next is canary with 1 fleets',
    });
    expect(next({ wavesOpened: 1 }, [a])).toEqual({
      step: 'soak',
      wave: 1,
      seconds: 600,
      reason: 'all 1 fleets of wave 1 (canary) are rolled out',
    });
    expect(next({ wavesOpened: 1, wavesSoaked: 1 }, [a])).toEqual({
      step: 'wave',
      wave: 2,
      fleets: ['b', 'c'],
      reason: '1 of 2 waves are done; next is rest with 2 fleets',
    });
    expect(next(both, [a, b, c])).toEqual({
      step: 'soak',
      wave: 2,
      seconds: 1_200,
      reason: 'all 2 fleets of wave 2 (rest) are rolled out',
    });
    const soaked = { wavesOpened: 2, wavesSoaked: 2 };
    const reason = 'all 2 waves are rolled out and soaked green';
    expect(next(soaked, [a, b, c])).toEqual({ step: 'promote', reason });
    expect(next(soaked, [a, b, c], anImageVersion({ status: 'promoted' }))).toEqual({
      step: 'end',
      outcome: 'promoted',
      reason,
    });
  });
  it('to promotion where no fleet runs the image', () => {
    expect(next({}, [], anImageVersion(), 'parallel', []).step).toBe('promote');
  });
  it('nowhere once it has ended', () => {
    expect(next({ outcome: 'merged', reason: 'into another' })).toEqual({
      step: 'end',
      outcome: 'merged',
      reason: 'into another',
    });
  });
});

describe('a release goes back', () => {
  const rows: readonly [string, Partial<Release>, readonly ReleaseFleet[], NextStep][] = [
    [
      'with all that moved when a fleet went back by itself',
      both,
      [a, aReleaseFleet('b', 'rolled-back'), c],
      {
        step: 'go-back',
        fleets: ['c', 'a'],
        maxConcurrency: 0,
        reason: `2 fleets go back (round 1 of 2): ${why}`,
        why,
      },
    ],
    [
      'with a fleet whose rollout died: it counts as moved',
      both,
      [a, c],
      {
        step: 'go-back',
        fleets: ['b', 'c', 'a'],
        maxConcurrency: 0,
        reason:
          '3 fleets go back (round 1 of 2): b in wave rest: its rollout ended without an outcome',
        why: 'b in wave rest: its rollout ended without an outcome',
      },
    ],
    [
      'with the earlier waves when a later fleet was refused',
      both,
      [a, b, aReleaseFleet('c', 'untouched')],
      {
        step: 'go-back',
        fleets: ['b', 'a'],
        maxConcurrency: 0,
        reason: '2 fleets go back (round 1 of 2): c in wave rest is untouched: because',
        why: 'c in wave rest is untouched: because',
      },
    ],
    [
      'but leaves a fleet that a person must see to',
      both,
      [a, b, aReleaseFleet('c', 'needs-a-person')],
      {
        step: 'go-back',
        fleets: ['b', 'a'],
        maxConcurrency: 0,
        reason: '2 fleets go back (round 1 of 2): c in wave rest is needs-a-person: because',
        why: 'c in wave rest is needs-a-person: because',
      },
    ],
    [
      'when the soak of a wave was red',
      { ...both, wayBackReason: 'wave rest: red' },
      [a, b, c],
      {
        step: 'go-back',
        fleets: ['c', 'b', 'a'],
        maxConcurrency: 0,
        reason: '3 fleets go back (round 1 of 2): wave rest: red',
        why: 'wave rest: red',
      },
    ],
    [
      'once more with a fleet whose rollout back died',
      { ...both, wayBackRounds: 1, wayBackReason: 'red' },
      [aReleaseFleet('a', 'rolled-back'), b, aReleaseFleet('c', 'rolled-back')],
      {
        step: 'go-back',
        fleets: ['b'],
        maxConcurrency: 0,
        reason: '1 fleets go back (round 2 of 2): red',
        why: 'red',
      },
    ],
    [
      'and calls a person for one that died twice',
      { ...both, wayBackRounds: 2, wayBackReason: 'red' },
      [aReleaseFleet('a', 'rolled-back'), b, aReleaseFleet('c', 'rolled-back')],
      {
        step: 'end',
        outcome: 'needs-a-person',
        reason: '1 of 3 fleets need a person (b): red',
        stranded: ['b'],
      },
    ],
    [
      'and names as stranded only those that nobody has blocked',
      { ...both, wayBackRounds: 2, wayBackReason: 'red' },
      [b, aReleaseFleet('c', 'needs-a-person')],
      {
        step: 'end',
        outcome: 'needs-a-person',
        reason: '3 of 3 fleets need a person (c, b, a): red',
        stranded: ['b', 'a'],
      },
    ],
    [
      'and ends rolled back when all are',
      { ...both, wayBackRounds: 1, wayBackReason: 'red' },
      [
        aReleaseFleet('a', 'rolled-back'),
        aReleaseFleet('b', 'rolled-back'),
        aReleaseFleet('c', 'untouched'),
      ],
      { step: 'end', outcome: 'rolled-back', reason: '2 of 3 touched fleets are back: red' },
    ],
    [
      'and ends with a person when one is blocked',
      { ...both, wayBackRounds: 1, wayBackReason: 'red' },
      [
        aReleaseFleet('a', 'rolled-back'),
        aReleaseFleet('b', 'needs-a-person'),
        aReleaseFleet('c', 'rolled-back'),
      ],
      { step: 'end', outcome: 'needs-a-person', reason: '1 of 3 fleets need a person (b): red' },
    ],
    [
      'nowhere when every fleet is untouched: it has failed',
      { wavesOpened: 1 },
      [aReleaseFleet('a', 'untouched')],
      {
        step: 'end',
        outcome: 'failed',
        reason: 'no fleet moved: a in wave canary is untouched: because',
      },
    ],
  ];
  it.each(rows)('%s', (_, release, fleets, step) => {
    expect(next(release, fleets)).toEqual(step);
  });

  it('one after another, the last moved first, where the image asks for it', () => {
    const fleets = [
      a,
      aReleaseFleet('b', 'rolled-out', { endedAt: isoAt(3_000) }),
      aReleaseFleet('c', 'rolled-out', { endedAt: isoAt(2_000) }),
    ];
    expect(
      next({ ...both, wayBackReason: 'red' }, fleets, anImageVersion(), 'reverse'),
    ).toMatchObject({ fleets: ['b', 'c', 'a'], maxConcurrency: 1 });
  });

  it.each(['baking', 'baked', 'quarantined', 'failed'] as const)(
    'has failed before any wave when its version is %s',
    (status) => {
      expect(next({}, [], anImageVersion({ status, reason: 'critical' }))).toEqual({
        step: 'end',
        outcome: 'failed',
        reason: `no fleet moved: image version 2026.11.23-1 is ${status}: critical`,
      });
    },
  );
  it('has failed when the ledger does not know its version', () => {
    const step = decideNextStep(aRelease(), [], undefined, anImagePolicy(), WAVES);
    expect(step).toMatchObject({
      outcome: 'failed',
      reason: 'no fleet moved: image version 2026.11.23-1 is not in the ledger',
    });
  });
});

describe('with a thousand fleets', () => {
  const names = Array.from(
    { length: 1_000 },
    (_, index) => `fleet-with-a-rather-long-name-${index}`,
  );
  const long = 'word '.repeat(400).trim();
  const many = (
    outcome: FleetOutcome | undefined,
    release: Partial<Release> = {},
    count = 1_000,
  ) => {
    const some = names.slice(0, count);
    const fleets = some.flatMap((name) =>
      outcome === undefined ? [] : [aReleaseFleet(name, outcome, { reason: long })],
    );
    const waves = [aWave('all', some)];
    return next({ wavesOpened: 1, ...release }, fleets, anImageVersion(), 'parallel', waves);
  };
  const handedOn = (step: NextStep) => shape(step, { id: 'web-base-1' }, { look: LOOK }, isoAt(0));

  it.each([
    [
      'died',
      many(undefined),
      /^1000 fleets go back \(round 1 of 2\): 1000 fleets are not rolled out, the first 5: fleet-with-a-rather-long-name-0 in wave all/,
    ],
    [
      'were refused',
      many('untouched'),
      /^no fleet moved: 1000 fleets are not rolled out, the first 5: /,
    ],
    [
      'are blocked',
      many('needs-a-person'),
      /^1000 of 1000 fleets need a person \(.* and 995 more\): 1000 fleets/,
    ],
    [
      'went back in vain',
      many(undefined, { wayBackRounds: 2 }),
      /^1000 of 1000 fleets need a person \(.* and 995 more\): /,
    ],
    [
      'go back for a long reason',
      many('rolled-out', { wayBackReason: 'x'.repeat(100_000) }),
      /^1000 fleets go back .*: x+…$/,
    ],
  ])('that %s, every reason is short and says how many there are', (_, step, reason) => {
    expect(step.reason).toMatch(reason);
    expect(handedOn(step).reason.length).toBeLessThanOrEqual(900);
    const lists = { fleets: [], stranded: [] };
    expect(JSON.stringify({ ...step, ...lists }).length).toBeLessThan(3_000);
    expect(JSON.stringify({ ...handedOn(step), ...lists }).length).toBeLessThan(3_000);
  });

  it('a few failed ones are all named, each with the beginning of its reason', () => {
    const { reason } = many('untouched', {}, 5);
    for (const name of names.slice(0, 5)) {
      expect(reason).toContain(`${name} in wave all is untouched: word`);
    }
  });

  it('what a rollout back is told is what it takes', () => {
    const { reason } = handedOn(many(undefined, { wayBackReason: 'why '.repeat(250) }));
    expect(reason).toMatch(/^1000 fleets go back .*why…$/);
    const release = { releaseId: 'r', parentExecutionArn: 'arn', catalogueDigest: 'd' };
    expect(parseRolloutInput({ fleet: 'a', direction: 'back', ...release, reason })).toMatchObject({
      kind: 'from-release',
      reason,
    });
  });
});

describe('the park of a soak', () => {
  it.each([
    [0, 60],
    [59, 60],
    [60, 60],
    [61, 61],
    [300, 300],
    [9_000, 300],
  ])(
    'of %d s is %d s: never shorter than a cold look, never longer than the safety net',
    (seconds, parkSeconds) => {
      const step = { step: 'soak', wave: 1, seconds, reason: '' } as const;
      expect(shape(step, { id: 'r' }, { look: LOOK }, isoAt(0))).toMatchObject({ parkSeconds });
    },
  );
});

describe('a whole image goes back by hand', () => {
  const back: Partial<Release> = { direction: 'back', version: undefined, wayBackReason: 'errors' };
  it('with every fleet of every wave, and no version asked for', () => {
    expect(decideNextStep(aRelease(back), [], undefined, anImagePolicy(), WAVES)).toMatchObject({
      step: 'go-back',
      fleets: ['c', 'b', 'a'],
    });
  });
  it('and ends by how they fared', () => {
    const ended = (...outcomes: FleetOutcome[]) =>
      next(
        back,
        outcomes.map((outcome, index) => aReleaseFleet(['a', 'b', 'c'][index] ?? '', outcome)),
      );
    expect(ended('rolled-back', 'rolled-back', 'untouched')).toMatchObject({
      outcome: 'rolled-back',
    });
    expect(ended('rolled-back', 'needs-a-person', 'rolled-back')).toMatchObject({
      outcome: 'needs-a-person',
    });
    expect(ended('untouched', 'untouched', 'untouched')).toMatchObject({ outcome: 'failed' });
  });
});

it('every release ends, whatever its fleets and rounds do', () => {
  const outcome = fc.constantFrom<FleetOutcome | undefined>(
    'rolled-out',
    'rolled-back',
    'untouched',
    'needs-a-person',
    undefined,
  );
  const after = fc.constantFrom<FleetOutcome | undefined>(
    'rolled-back',
    'needs-a-person',
    undefined,
  );
  fc.assert(
    fc.property(
      fc.array(outcome, { minLength: 3, maxLength: 3 }),
      fc.array(after, { minLength: 6, maxLength: 6 }),
      fc.boolean(),
      (forward, back, soakRed) => {
        let release = aRelease();
        let version = anImageVersion();
        const fleets = new Map<string, ReleaseFleet>();
        let drawn = 0;
        for (let steps = 0; steps < 12; steps++) {
          const step = decideNextStep(
            release,
            [...fleets.values()],
            version,
            anImagePolicy(),
            WAVES,
          );
          switch (step.step) {
            case 'wave':
              release = { ...release, wavesOpened: step.wave };
              for (const fleet of step.fleets) {
                const how = forward['abc'.indexOf(fleet)];
                if (how !== undefined) fleets.set(fleet, aReleaseFleet(fleet, how));
              }
              break;
            case 'soak':
              release = soakRed
                ? { ...release, wayBackReason: 'red' }
                : { ...release, wavesSoaked: step.wave };
              break;
            case 'promote':
              version = { ...version, status: 'promoted' };
              break;
            case 'go-back':
              release = {
                ...release,
                wayBackReason: step.reason,
                wayBackRounds: (release.wayBackRounds ?? 0) + 1,
              };
              for (const fleet of step.fleets) {
                const how = back[drawn++ % 6];
                if (how !== undefined) fleets.set(fleet, aReleaseFleet(fleet, how));
              }
              break;
            case 'end': {
              const all = [...fleets.values()].map((one) => one.outcome);
              if (step.outcome === 'promoted')
                expect(all).toEqual(['rolled-out', 'rolled-out', 'rolled-out']);
              else if (step.outcome !== 'needs-a-person') expect(all).not.toContain('rolled-out');
              return;
            }
            default:
              step satisfies never;
          }
        }
        throw new Error('did not end');
      },
    ),
  );
});
