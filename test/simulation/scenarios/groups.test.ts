import { expect, test } from 'vitest';
import { cast, scenarioNamed } from '../../../bin/cli/casting.ts';
import type { Account } from '../../../simulator/index.ts';
import { provision } from '../../../simulator/template/provision.ts';
import { rigCatalogue } from '../rig-catalogue.ts';
import { fleetOutcomes, inOrder, type PlayOptions, playScenario, troubles } from './playing.ts';

const rolledOut = { 'web-staging': 'rolled-out', 'web-prod': 'rolled-out' };
const every = (patterns: readonly RegExp[]) => patterns.map((one) => expect.stringMatching(one));

interface ShownInstance {
  readonly ImageId: string;
  readonly InstanceType: string;
  readonly LifecycleState: string;
  readonly ProtectedFromScaleIn: boolean;
}
interface ShownGroup {
  readonly DesiredCapacity: number;
  readonly Instances: readonly ShownInstance[];
  readonly LaunchTemplate?: unknown;
  readonly MixedInstancesPolicy?: {
    readonly LaunchTemplate: {
      readonly LaunchTemplateSpecification: { readonly Version: string };
      readonly Overrides: readonly { readonly InstanceType: string }[];
    };
  };
}

/** Plays, and answers the account as it is at the end too. */
async function playIn(name: string, options: PlayOptions = {}) {
  let account: Account | undefined;
  const played = await playScenario(name, {
    ...options,
    arrange: (made) => {
      account = made;
      options.arrange?.(made);
    },
  });
  const ask = (operation: string, input: object) => {
    if (account === undefined) throw new Error('nothing was arranged');
    return provision(account.world, account.autoScaling, operation, input);
  };
  const group = (AutoScalingGroupName: string): ShownGroup => {
    const { AutoScalingGroups } = ask('DescribeAutoScalingGroups', {
      AutoScalingGroupNames: [AutoScalingGroupName],
    }) as { readonly AutoScalingGroups: readonly ShownGroup[] };
    const [found] = AutoScalingGroups;
    if (found === undefined) throw new Error(`there is no group ${AutoScalingGroupName}`);
    return found;
  };
  const pool = (AutoScalingGroupName: string) =>
    (ask('DescribeWarmPool', { AutoScalingGroupName }) as { Instances: readonly ShownInstance[] })
      .Instances;
  return { played, group, pool };
}

/** Done to both groups before anything begins. */
const before =
  (operation: string, input: object): NonNullable<PlayOptions['arrange']> =>
  (account) => {
    for (const AutoScalingGroupName of ['web-staging', 'web-prod'])
      provision(account.world, account.autoScaling, operation, { AutoScalingGroupName, ...input });
  };

/** Of those that stay: the old ones may be draining still. */
const imagesIn = (instances: readonly ShownInstance[]) => [
  ...new Set(
    instances
      .filter(({ LifecycleState }) => !LifecycleState.includes('Terminat'))
      .map(({ ImageId }) => ImageId),
  ),
];

test('foreign-refresh: what somebody else began is waited for, never fought', async () => {
  const { played } = await playIn('foreign-refresh');
  expect(troubles(played)).toEqual([]);
  expect(fleetOutcomes(played.releases[0])).toEqual(rolledOut);
  const keyLines = [
    /^operator: starts an instance refresh of group web-staging/,
    /^Rollout web-staging: Wait for the other refresh$/,
    /^Auto Scaling web-staging: instance refresh: succeeded/,
    /^Rollout web-staging: decides complete: no other refresh is active/,
    /^Rollout web-staging: Start the instance refresh$/,
    /^Rollout web-staging: ends: Rolled out/,
  ];
  expect(inOrder(played.transcript, keyLines)).toEqual(every(keyLines));
  const fought = played.trace.filter(
    (line) => line.kind === 'call' && line.operation === 'CancelInstanceRefresh',
  );
  expect(fought).toEqual([]);
});

test('mixed-instances: the policy is kept with its types, and names the new version', async () => {
  const { played, group } = await playIn('mixed-instances');
  expect(troubles(played)).toEqual([]);
  expect(fleetOutcomes(played.releases[0])).toEqual(rolledOut);
  for (const name of ['web-staging', 'web-prod']) {
    const { LaunchTemplate, MixedInstancesPolicy, Instances } = group(name);
    expect(LaunchTemplate).toBeUndefined();
    const { LaunchTemplateSpecification, Overrides } = MixedInstancesPolicy?.LaunchTemplate ?? {};
    expect(LaunchTemplateSpecification?.Version).toBe('2');
    expect(Overrides?.map((one) => one.InstanceType)).toEqual([
      'm7g.large',
      'm7g.xlarge',
      'm6g.large',
    ]);
    expect(new Set(Instances.map((one) => one.InstanceType)).size).toBe(3);
  }
});

test('a sick image goes back in mixed groups too, to the policy as it was', async () => {
  const world = {
    'web-staging': { instanceTypes: ['m7g.large', 'm7g.xlarge'] },
    'web-prod': { instanceTypes: ['m7g.large', 'm7g.xlarge'] },
  } as const;
  const { played, group } = await playIn('sick-canary', { world });
  expect(troubles(played)).toEqual([]);
  const { LaunchTemplate } = group('web-staging').MixedInstancesPolicy ?? {};
  expect(LaunchTemplate?.LaunchTemplateSpecification.Version).toBe('1');
  expect(LaunchTemplate?.Overrides).toHaveLength(2);
});

test('warm-pool: nothing of the old image is left in a pool', async () => {
  const { played, group, pool } = await playIn('warm-pool');
  expect(troubles(played)).toEqual([]);
  expect(fleetOutcomes(played.releases[0])).toEqual(rolledOut);
  for (const name of ['web-staging', 'web-prod']) {
    expect(pool(name).map((one) => one.LifecycleState)).toEqual([
      'Warmed:Stopped',
      'Warmed:Stopped',
    ]);
    expect(imagesIn(pool(name))).toEqual(imagesIn(group(name).Instances));
  }
});

test('a pool goes back with its group when the fault shows after completion', async () => {
  const { played, group, pool } = await playIn('sick-after-completion', {
    arrange: before('PutWarmPool', { MinSize: 2, MaxGroupPreparedCapacity: 8 }),
  });
  expect(troubles(played)).toEqual([]);
  expect(pool('web-staging')).toHaveLength(2);
  const from = played.releases[0]?.fleets[0]?.from;
  expect(imagesIn([...pool('web-staging'), ...group('web-staging').Instances])).toEqual([from]);
});

test('standby-and-protected: neither keeps an instance on the old image', async () => {
  const { played, group } = await playIn('standby-and-protected');
  expect(troubles(played)).toEqual([]);
  expect(fleetOutcomes(played.releases[0])).toEqual(rolledOut);
  for (const name of ['web-staging', 'web-prod']) {
    const { Instances } = group(name);
    expect(Instances).toHaveLength(6);
    expect(imagesIn(Instances)).toHaveLength(1);
    expect(Instances.map((one) => [one.LifecycleState, one.ProtectedFromScaleIn])).toEqual(
      Array.from({ length: 6 }, () => ['InService', true]),
    );
  }
});

test('new instances that are protected from scale-in go back all the same', async () => {
  const { played } = await playIn('sick-after-completion', {
    arrange: before('UpdateAutoScalingGroup', { NewInstancesProtectedFromScaleIn: true }),
  });
  expect(troubles(played)).toEqual([]);
});

test.each([
  { scenario: 'scale-out-during-refresh', staging: 14, prod: 12, held: 5, next: '6 of 12' },
  { scenario: 'scale-in-during-refresh', staging: 7, prod: 5, held: 5, next: '3 of 5' },
])('$scenario: later checkpoints are judged by the new size', async (row) => {
  const { played, group } = await playIn(row.scenario);
  expect(troubles(played)).toEqual([]);
  expect(fleetOutcomes(played.releases[0])).toEqual(rolledOut);
  const keyLines = [
    new RegExp(`^Rollout web-staging: decides hold: checkpoint 50 % reached: ${row.held} healthy`),
    new RegExp(`^operator: resizes group web-staging from 10 to ${row.staging} instances`),
    /^Rollout web-staging: decides resume: held at checkpoint 50 % .* green/,
    /^Rollout web-prod: decides hold: checkpoint 10 % reached: 1 healthy .* of 10/,
    new RegExp(`^operator: resizes group web-prod from 10 to ${row.prod} instances`),
    /^Rollout web-prod: decides resume: held at checkpoint 10 % .* green/,
    new RegExp(`^Rollout web-prod: decides hold: checkpoint 50 % reached: .* ${row.next}; green`),
    /^Rollout web-prod: decides resume: held at checkpoint 50 % .* green/,
  ];
  expect(inOrder(played.transcript, keyLines)).toEqual(every(keyLines));
  expect(group('web-staging').Instances).toHaveLength(row.staging);
  expect(group('web-prod').Instances).toHaveLength(row.prod);
});

test('small-group: a pair is held once, and a single instance judged before it counts as done', async () => {
  const { played } = await playIn('small-group');
  expect(troubles(played)).toEqual([]);
  expect(fleetOutcomes(played.releases[0])).toEqual(rolledOut);
  const decided = (fleet: string) =>
    played.transcript.filter((line) => line.startsWith(`Rollout ${fleet}: decides`));
  const single = [/decides complete: soaked for 10 min .* all 1 instances on version 2; green/];
  expect(decided('web-staging')).toEqual(every(single));
  const pair = [
    /decides hold: checkpoint 50 % reached: 1 healthy .* >= 1 of 2; inconclusive: canary: /,
    /decides resume: held at checkpoint 50 % .* green/,
    /decides complete: soaked for 10 min .* all 2 instances on version 2; green/,
  ];
  expect(decided('web-prod')).toEqual(every(pair));
});

test('three instances are held at each checkpoint, one of them a third', async () => {
  const three = { instances: 3 };
  const played = await playScenario('good-image', {
    world: { 'web-staging': three, 'web-prod': three },
  });
  expect(troubles(played)).toEqual([]);
  const keyLines = [
    /^Rollout web-staging: decides hold: checkpoint 50 % reached: 2 healthy .* of 3/,
    /^Rollout web-prod: decides hold: checkpoint 10 % reached: 1 healthy .* of 3/,
    /^Rollout web-prod: decides hold: checkpoint 50 % reached: 2 healthy .* of 3/,
  ];
  expect(inOrder(played.transcript, keyLines)).toEqual(every(keyLines));
});

test.each(['sick-canary', 'instances-never-healthy', 'second-wave-fails'])(
  '%s: groups of one and two go back as larger ones do',
  async (scenario) => {
    const world = { 'web-staging': { instances: 1 }, 'web-prod': { instances: 2 } };
    expect(troubles(await playScenario(scenario, { world }))).toEqual([]);
  },
);

test('slow-lifecycle-hook: every new instance is waited for, and nothing is decided in between', async () => {
  const { played } = await playIn('slow-lifecycle-hook');
  expect(troubles(played)).toEqual([]);
  expect(fleetOutcomes(played.releases[0])).toEqual(rolledOut);
  // Six instances in two groups, eight minutes each, a few at a time.
  expect(played.releases[0]?.seconds).toBeGreaterThan(3 * 3600);
  expect(played.transcript).not.toContainEqual(expect.stringMatching(/decides roll-back/));
});

test('hook-abandons: launches that are given up end in the way back, with the reason of AWS', async () => {
  const { played, group } = await playIn('hook-abandons');
  expect(troubles(played)).toEqual([]);
  const [release] = played.releases;
  expect(release).toMatchObject({
    outcome: 'rolled-back',
    reason: expect.stringContaining('timed out after 1 hour'),
  });
  expect(imagesIn(group('web-staging').Instances)).toEqual([release?.fleets[0]?.from]);
  const keyLines = [
    /^Auto Scaling web-staging: launch failed: .*ABANDON/,
    /^Rollout web-staging: decides roll-back/,
    /^Rollout web-staging: ends: Rolled back/,
  ];
  expect(inOrder(played.transcript, keyLines)).toEqual(every(keyLines));
});

test.each([['foreign-refresh', /limits\.foreignRefresh/]])(
  '%s says why it does not apply to a catalogue',
  (name, why) => {
    expect(() => cast(scenarioNamed(name), rigCatalogue)).toThrow(why);
  },
);

test.each(['scale-out-during-refresh', 'scale-in-during-refresh'])(
  '%s does not apply where no fleet is ever held',
  (name) => {
    const fleets = Object.fromEntries(
      Object.entries(rigCatalogue.fleets).map(([fleet, policy]) => [
        fleet,
        { ...policy, checkpoints: [{ percent: 100, holdSeconds: 0 }] },
      ]),
    );
    expect(() => cast(scenarioNamed(name), { ...rigCatalogue, fleets })).toThrow(
      /has a checkpoint below 100 %/,
    );
  },
);
