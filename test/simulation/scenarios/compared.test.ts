import { expect, test } from 'vitest';
import { cast, scenarioNamed } from '../../../bin/cli/casting.ts';
import { readCatalogue } from '../../../bin/cli/catalogue-file.ts';
import type { Account } from '../../../simulator/index.ts';
import { provision } from '../../../simulator/template/provision.ts';
import { rigCatalogue } from '../rig-catalogue.ts';
import { fleetOutcomes, inOrder, type PlayOptions, playScenario, troubles } from './playing.ts';

/** Plays, and answers what the ledger has of the verdicts of a fleet. */
async function playIn(name: string, options: PlayOptions = {}) {
  let account: Account | undefined;
  const played = await playScenario(name, {
    ...options,
    arrange: (made) => {
      account = made;
      options.arrange?.(made);
    },
  });
  const verdicts = (fleet: string) => {
    const made = account;
    if (made === undefined) throw new Error('nothing was arranged');
    const [table] = [...made.deployments.resources()].filter(
      ({ type }) => type === 'AWS::DynamoDB::Table',
    );
    const { Items } = provision(made.world, made.dynamoDb, 'Scan', {
      TableName: table!.made.ref,
    }) as { readonly Items: readonly Record<string, { readonly S?: string }>[] };
    return Items.filter(({ sk }) => sk?.S?.startsWith(`VERDICT#${fleet}#`)).toSorted((a, b) =>
      a['sk']!.S! < b['sk']!.S! ? -1 : 1,
    );
  };
  return { played, verdicts };
}

test('slow-canary: what no alarm sees the comparison does, with its numbers', async () => {
  const { played, verdicts } = await playIn('slow-canary');
  expect(troubles(played)).toEqual([]);
  const [release] = played.releases;
  expect(release?.outcome).toBe('rolled-back');
  expect(fleetOutcomes(release)).toEqual({
    'web-staging': 'rolled-back',
    'web-prod': 'rolled-back',
  });
  expect(played.transcript).not.toContainEqual(expect.stringMatching(/^alarm/));
  const back =
    /^Rollout web-prod: decides roll-back: red: canary: 1 new against 5 old instances, .* processor high: shift 1\d\.\d+, 98 % interval .* p .*e-\d/;
  const keyLines = [
    /^Rollout web-staging: ends: Rolled out/,
    back,
    /^Release web: ends: Rolled back/,
  ];
  expect(inOrder(played.transcript, keyLines)).toEqual(
    keyLines.map((one) => expect.stringMatching(one)),
  );
  const [verdict, ...more] = verdicts('web-prod');
  expect(more).toEqual([]);
  expect(verdict?.['sk']?.S).toBe('VERDICT#web-prod#010');
  expect(JSON.stringify(verdict)).toContain(String.raw`\"classification\":\"high\"`);
});

test.each([1, 2, 3])('noisy-canary: noise alone is no reason, seed %i', async (seed) => {
  const { played, verdicts } = await playIn('noisy-canary', { seed });
  expect(troubles(played)).toEqual([]);
  expect(played.releases[0]?.outcome).toBe('promoted');
  expect(verdicts('web-prod').map(({ sk }) => sk?.S)).toEqual([
    'VERDICT#web-prod#010',
    'VERDICT#web-prod#050',
    'VERDICT#web-prod#100',
  ]);
});

test('silent-canary: values that come to a stop are missing evidence, and never green', async () => {
  const { played, verdicts } = await playIn('silent-canary');
  expect(troubles(played)).toEqual([]);
  const [release] = played.releases;
  expect(release?.reason).toContain('inconclusiveSeconds 900');
  expect(release?.reason).toMatch(
    /processor no-data: \d samples of the canary < minimumSamples 10/,
  );
  expect(JSON.stringify(verdicts('web-prod'))).toContain(String.raw`\"gaps\":`);
});

test('a catalogue without a canary gate cannot play them, and says why', () => {
  for (const name of ['slow-canary', 'noisy-canary', 'silent-canary']) {
    expect(() => cast(scenarioNamed(name), rigCatalogue)).toThrow(
      'no fleet of image web has an enforced canary gate',
    );
  }
  expect(cast(scenarioNamed('slow-canary'), readCatalogue('examples/web/kiln.yaml'))).toBeDefined();
});
