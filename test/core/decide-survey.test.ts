import { describe, expect, it } from 'vitest';
import { decidePin, decideSurvey } from '../../lambdas/core/decide-survey.ts';
import type { FleetSurvey, GroupObservation } from '../../lambdas/core/observation.ts';
import type { FleetPolicy } from '../../lambdas/core/policy.ts';
import {
  aCanaryGate,
  aFleetPolicy,
  aGroup,
  aMix,
  aRefresh,
  aSurvey,
  at,
  FROM,
  instances,
  isoAt,
  NEW,
  OLD,
} from '../builders.ts';

const POLICY = aFleetPolicy();
const LT = 'lt-0123456789abcdef0';
const decide = (changed: Partial<FleetSurvey> = {}, seconds = 10, policy = POLICY) =>
  decideSurvey(aSurvey(changed), policy, at(seconds));
const group = (changed: Partial<GroupObservation>): Partial<FleetSurvey> => ({
  group: aGroup(changed),
});
const template = (changed: Partial<NonNullable<FleetSurvey['template']>>) => {
  const { template: made } = aSurvey();
  return made === undefined ? {} : { template: { ...made, ...changed } };
};
const WANTED = {
  label: '2026.11.23-1',
  imageId: 'ami-0new',
  status: 'inspected',
  reason: '',
} as const;
const mixed = (version: string | undefined, override: object = {}) => ({
  launchTemplate: undefined,
  mixedInstancesPolicy: JSON.stringify({
    LaunchTemplate: {
      LaunchTemplateSpecification: { LaunchTemplateId: LT, Version: version },
      Overrides: [{ InstanceType: 'm7g.large', ...override }],
    },
  }),
});

describe('a forward survey', () => {
  it('proceeds and records the whole present specification', () => {
    expect(decide()).toEqual({
      kind: 'proceed',
      reason: '6 of 6 healthy on version 3 (2026.11.01-1), which can be gone back to',
      from: FROM,
    });
  });
  it('records a mixed instances policy as it is, and the AMI where Kiln did not bake it', () => {
    const policy = mixed(OLD);
    expect(decide({ ...group(policy), current: undefined })).toMatchObject({
      kind: 'proceed',
      from: {
        version: 'ami-0old',
        imageId: 'ami-0old',
        launchTemplateVersion: OLD,
        mixedInstancesPolicy: policy.mixedInstancesPolicy,
      },
    });
  });

  const rows: readonly [string, Partial<FleetSurvey>, string, string][] = [
    [
      'a block',
      {
        block: {
          fleet: 'web-prod',
          reason: 'stuck',
          whatToDo: 'Look.',
          releaseId: 'r',
          since: isoAt(0),
        },
      },
      'fleet web-prod is blocked since 2026-11-23T10:00:00.000Z: stuck',
      'Look. Then start Rollout with {"fleet":"web-prod","unblock":true,"reason":"…"}',
    ],
    [
      'no wanted version',
      { wanted: undefined },
      'no image version is named that fleet web-prod should move to',
      'start Release with {"image":"web"}',
    ],
    ...(['baking', 'baked', 'quarantined', 'failed'] as const).map(
      (status): [string, Partial<FleetSurvey>, string, string] => [
        `a wanted version that is ${status}`,
        {
          wanted: {
            label: '2026.11.23-1',
            imageId: 'ami-0new',
            status,
            reason: 'why',
            volumes: [],
          },
        },
        `image version 2026.11.23-1 is ${status}, neither inspected nor promoted: why`,
        'start Release with {"image":"web"}, which bakes and inspects a new version',
      ],
    ),
    [
      'a launch configuration',
      group({ usesLaunchConfiguration: true, launchTemplate: undefined }),
      'group web-prod-group uses a launch configuration, which has no versions to go back to',
      `give the group launch template ${LT} with a version number`,
    ],
    [
      'a policy that cannot be understood',
      group({ launchTemplate: undefined, mixedInstancesPolicy: 'x' }),
      'the launch template of group web-prod-group could not be understood',
      `give the group launch template ${LT} with a version number`,
    ],
    [
      'another launch template than the catalogue’s',
      group({ launchTemplate: { id: 'lt-other', version: OLD } }),
      `group web-prod-group uses launch template lt-other, the catalogue names ${LT} for fleet web-prod`,
      'make the group and the catalogue name the same launch template',
    ],
    ...['$Latest', '$Default'].map((version): [string, Partial<FleetSurvey>, string, string] => [
      `a group on ${version}`,
      group({ launchTemplate: { id: LT, version } }),
      `group web-prod-group follows ${version} of its launch template: there is no number to go back to`,
      'give the group the number that its instances run, or start Rollout with {"fleet":"web-prod","pin":true,"reason":"…"}',
    ]),
    [
      'a mixed group without a version, which means $Default',
      group(mixed(undefined)),
      'group web-prod-group follows $Default of its launch template: there is no number to go back to',
      'set Version of LaunchTemplateSpecification in the mixed instances policy of the group to the number that its instances run, and leave the rest of the policy as it is',
    ],
    [
      'a weighted group',
      group(mixed(OLD, { WeightedCapacity: '4' })),
      '1 overrides of group web-prod-group have a weight: its desired capacity counts units, not instances, so that no share of it could be judged',
      'remove WeightedCapacity from the overrides',
    ],
    [
      'overrides with a launch template',
      group(mixed(OLD, { LaunchTemplateSpecification: { LaunchTemplateId: 'lt-x' } })),
      '1 overrides of group web-prod-group have a launch template of their own, which a new version would not change',
      'remove LaunchTemplateSpecification from the overrides',
    ],
    [
      'overrides with an image',
      group(mixed(OLD, { ImageId: 'ami-x' })),
      '1 overrides of group web-prod-group name an image of their own, which a new version would not change',
      'remove ImageId from the overrides',
    ],
    [
      'attribute-based overrides',
      group(mixed(OLD, { InstanceRequirements: { VCpuCount: { Min: 2 } } })),
      'attribute-based instance requirements in 1 overrides of group web-prod-group: Auto Scaling refuses a refresh to a version there',
      'name instance types instead of InstanceRequirements',
    ],
    [
      'an attribute-based launch template',
      template({ usesInstanceRequirements: true }),
      'attribute-based instance requirements in launch template version 3: Auto Scaling refuses a refresh to a version there',
      'name instance types instead of InstanceRequirements',
    ],
    [
      'a follower of the launch template',
      { followers: [{ groupName: 'other', follows: '$Latest' }] },
      `group other follows $Latest of launch template ${LT}: a new version would leak into it`,
      'give group other a version number, or a launch template of its own',
    ],
    ...[
      'InstanceRefresh',
      'Launch',
      'Terminate',
      'HealthCheck',
      'ReplaceUnhealthy',
      'AddToLoadBalancer',
    ].map((name): [string, Partial<FleetSurvey>, string, string] => [
      `a suspended ${name}`,
      group({ suspendedProcesses: [{ name, reason: 'by me' }] }),
      `process ${name} of group web-prod-group is suspended (by me): `,
      `resume process ${name} when what it was suspended for is over`,
    ]),
    [
      'a saved version that is gone',
      { template: undefined },
      'the saved launch template version of group web-prod-group does not exist any more',
      'give the group an existing version of its launch template',
    ],
    [
      'an image by SSM parameter',
      template({ resolvesSsm: true, imageId: undefined }),
      `launch template ${LT} version 3 names its image by an SSM parameter: going back to it could launch another image`,
      'make a version with a literal AMI id and give the group its number',
    ],
    [
      'no image at all',
      template({ imageId: undefined }),
      `launch template ${LT} version 3 names no image`,
      'make a version with a literal AMI id and give the group its number',
    ],
    ...(['deregistered', 'disabled', 'missing', 'pending', undefined] as const).map(
      (state): [string, Partial<FleetSurvey>, string, string] => [
        `a previous image that is ${state}`,
        { templateImageState: state },
        `image ami-0old of launch template ${LT} version 3 is ${state ?? 'of unknown state'}: nothing could be launched on the way back`,
        'make image ami-0old available again (enable it, restore it from the recycle bin, share it), or move the fleet to an image that is',
      ],
    ),
    [
      'a quarantined previous image version',
      { current: { label: '2026.11.01-1', status: 'quarantined', reason: 'red' } },
      'image version 2026.11.01-1, which the fleet would go back to, is quarantined: red',
      'move the fleet by hand to an image version that is good, then start again',
    ],
    [
      'no capacity',
      group({ desiredCapacity: 0, instances: [] }),
      'desired capacity of group web-prod-group is 0: no instance could be judged',
      'give the group at least 1 instance',
    ],
    [
      'a volume from a snapshot, which a version made from this one would not have',
      template({ volumesFromSnapshots: [{ device: '/dev/sdf', snapshotId: 'snap-1' }] }),
      `launch template ${LT} version 3 of group web-prod-group makes /dev/sdf from snapshot snap-1: a version made from it would come without, so that new instances would lack what is on it`,
      'put what is on snap-1 into the image, or let instances fetch it when they start, and give the group a version without BlockDeviceMappings[].Ebs.SnapshotId',
    ],
    [
      'a volume that is smaller than the new image needs',
      {
        ...template({ volumes: [{ device: '/dev/xvda', gibibytes: 8 }] }),
        wanted: { ...WANTED, volumes: [{ device: '/dev/xvda', gibibytes: 30 }] },
      },
      `launch template ${LT} version 3 makes /dev/xvda 8 GiB, and image ami-0new (2026.11.23-1) needs 30: no instance of it could be launched`,
      'give the group a version whose /dev/xvda has VolumeSize 30 or more, or make rootVolume.size of the image 8 or less',
    ],
    [
      'a group at its maximum that may not lose one first',
      group({ maxSize: 6 }),
      'group web-prod-group of fleet web-prod has no room: its desired capacity 6 is its MaxSize, and healthy.forward (90 to 110 %) lets none of 6 go before another one is there',
      'raise MaxSize of group web-prod-group to 7 or more; or set healthy.forward of fleet web-prod in the catalogue to {"min":90,"max":100}, which terminates one instance before its successor is launched',
    ],
    [
      'instances of several versions',
      { group: aMix(2) },
      '2 of 6 instances are not on the saved version 3: 4 on version 3, 2 on version 7',
      'start an instance refresh of group web-prod-group to version 3, then start again',
    ],
    [
      'too few healthy instances',
      group({ instances: [...instances(5, OLD), ...instances(1, OLD, { healthy: false })] }),
      '5 healthy instances in service < 6 (forward.min 90 % of 6)',
      'wait until group web-prod-group is healthy, then start again',
    ],
    [
      'an alarm that is not OK',
      { alarms: [{ name: 'web-5xx', state: 'ALARM', reason: '7 > 5' }] },
      'alarm web-5xx is ALARM, not OK, before anything moved: 7 > 5',
      'mend what alarm web-5xx watches, or let missing data count as notBreaching or ignore',
    ],
    [
      'an alarm that was not found',
      { alarms: [] },
      'alarm web-5xx is MISSING, not OK, before anything moved: no such alarm',
      'mend what alarm web-5xx watches, or let missing data count as notBreaching or ignore',
    ],
  ];
  it.each(rows)('refuses %s, with reason and mend', (_, changed, reason, whatToDo) => {
    const decision = decide(changed);
    expect(decision).toMatchObject({ kind: 'refuse', whatToDo });
    expect(decision.reason).toContain(`fleet web-prod cannot be moved: ${reason}`);
    // Each finding is told once, and nothing else is found.
    expect(decision).toMatchObject({ findings: [{ mend: whatToDo }] });
  });

  it('tells all that is wrong at once', () => {
    const decision = decide({ group: aMix(2), alarms: [], templateImageState: 'disabled' });
    expect(decision).toMatchObject({ kind: 'refuse', findings: { length: 3 } });
  });
  it('refuses a fleet that nothing could judge', () => {
    const policy = aFleetPolicy({
      gates: [{ kind: 'alarms', mode: 'observe', alarms: ['web-5xx'] }],
    });
    expect(decide({}, 10, policy)).toMatchObject({
      kind: 'refuse',
      reason:
        'fleet web-prod cannot be moved: fleet web-prod has 0 enforced gates of 1: nothing could judge it',
    });
  });
  it('does not mind processes that only change the size, nor instances that leave', () => {
    const suspendedProcesses = ['AlarmNotification', 'ScheduledActions', 'AZRebalance'].map(
      (name) => ({ name, reason: '' }),
    );
    const all = [...instances(6, OLD), ...instances(1, NEW, { lifecycleState: 'Terminating' })];
    expect(decide(group({ suspendedProcesses, instances: all })).kind).toBe('proceed');
  });
  it('is content with a volume as large as the image needs, and with one that the image has not', () => {
    const volumes = [
      { device: '/dev/xvda', gibibytes: 30 },
      { device: '/dev/sdf', gibibytes: 1 },
    ];
    const wanted = { ...WANTED, volumes: [{ device: '/dev/xvda', gibibytes: 30 }] };
    expect(decide({ ...template({ volumes }), wanted }).kind).toBe('proceed');
  });
  it.each([
    { min: 100, max: 100, desired: 6, maxSize: 6, kind: 'refuse' },
    { min: 100, max: 200, desired: 6, maxSize: 6, kind: 'refuse' },
    { min: 100, max: 100, desired: 6, maxSize: 7, kind: 'proceed' },
    { min: 90, max: 110, desired: 6, maxSize: 7, kind: 'proceed' },
    { min: 90, max: 110, desired: 9, maxSize: 9, kind: 'refuse' },
    { min: 90, max: 110, desired: 10, maxSize: 10, kind: 'proceed' },
    { min: 90, max: 100, desired: 6, maxSize: 6, kind: 'proceed' },
    { min: 90, max: 100, desired: 1, maxSize: 1, kind: 'proceed' },
    { min: 90, max: 110, desired: 1, maxSize: 1, kind: 'refuse' },
    { min: 0, max: 100, desired: 1, maxSize: 1, kind: 'proceed' },
  ])('with $min to $max % of $desired and MaxSize $maxSize: $kind', (row) => {
    const full = { desiredCapacity: row.desired, maxSize: row.maxSize };
    const surveyed = group({ ...full, instances: instances(row.desired, OLD) });
    const policy = aFleetPolicy({ forward: { min: row.min, max: row.max } });
    expect(decide(surveyed, 10, policy).kind).toBe(row.kind);
  });
  it('is content with the minimum share, and not with one less', () => {
    const policy = aFleetPolicy({ forward: { min: 50, max: 100 } });
    const sick = (count: number) =>
      group({
        instances: [...instances(6 - count, OLD), ...instances(count, OLD, { healthy: false })],
      });
    expect(decide(sick(3), 10, policy).kind).toBe('proceed');
    expect(decide(sick(4), 10, policy).kind).toBe('refuse');
  });

  it('finds a fleet that is there already', () => {
    const there = {
      group: aMix(6, { launchTemplate: { id: LT, version: NEW } }),
      ...template({ version: NEW, imageId: 'ami-0new' }),
    };
    expect(decide(there)).toEqual({
      kind: 'already',
      reason: 'the group and all 6 instances are on version 7, image ami-0new (2026.11.23-1)',
      current: {
        ...FROM,
        version: '2026.11.23-1',
        imageId: 'ami-0new',
        launchTemplateVersion: NEW,
      },
    });
    expect(
      decide({ ...there, group: aMix(5, { launchTemplate: { id: LT, version: NEW } }) }).kind,
    ).toBe('refuse');
  });

  it('does not call a fleet there whose warm pool is not', () => {
    const warm = instances(1, OLD, { lifecycleState: 'Warmed:Stopped', warmPool: true });
    const there = {
      ...group({
        launchTemplate: { id: LT, version: NEW },
        instances: [...instances(6, NEW), ...warm],
      }),
      ...template({ version: NEW, imageId: 'ami-0new' }),
    };
    expect(decide(there)).toMatchObject({
      kind: 'refuse',
      reason:
        'fleet web-prod cannot be moved: 1 of 7 instances are not on the saved version 7: 1 on version 3, 6 on version 7',
    });
  });

  it('waits for a foreign refresh, longer and longer, up to the limit', () => {
    const refreshes = [aRefresh()];
    const reason = (age: string) =>
      `refresh refresh-1 is InProgress at 0 %, not ours, waited for ${age}, until 2026-11-23T11:00:00Z at the latest`;
    expect(decide({ refreshes }, 10)).toEqual({
      kind: 'wait-for-refresh',
      reason: reason('10 s'),
      waitSeconds: 60,
      lookAgainAtMs: at(70),
    });
    expect(decide({ refreshes }, 1_000)).toMatchObject({
      kind: 'wait-for-refresh',
      waitSeconds: 500,
    });
    expect(decide({ refreshes }, 3_599)).toMatchObject({
      kind: 'wait-for-refresh',
      // The shortest park.
      waitSeconds: 30,
      lookAgainAtMs: at(3_600),
    });
    expect(decide({ refreshes }, 3_600)).toMatchObject({
      kind: 'refuse',
      reason:
        'fleet web-prod cannot be moved: refresh refresh-1 is InProgress at 0 %, not ours, waited for 1 h >= foreignRefreshSeconds 3600',
    });
  });
  it('does not wait for a refresh whose end would change nothing', () => {
    expect(
      decide({
        refreshes: [aRefresh()],
        ...group({ launchTemplate: { id: LT, version: '$Latest' } }),
      }).kind,
    ).toBe('refuse');
    expect(decide({ refreshes: [aRefresh()], group: aMix(2) }).kind).toBe('wait-for-refresh');
  });
});

describe('a survey for going back', () => {
  const back = { direction: 'back', previous: FROM } as const;
  it('refuses nothing but a missing specification', () => {
    expect(decide({ ...back, previous: undefined })).toMatchObject({
      kind: 'refuse',
      reason: 'fleet web-prod cannot be moved: nothing is recorded that fleet web-prod ran before',
    });
    const worst: Partial<FleetSurvey> = {
      ...back,
      group: aMix(2, {
        suspendedProcesses: [{ name: 'Launch', reason: '' }],
        launchTemplate: { id: 'lt-other', version: '$Latest' },
      }),
      refreshes: [aRefresh()],
      template: undefined,
      alarms: [],
      wanted: undefined,
      followers: [{ groupName: 'other', follows: '$Latest' }],
      block: {
        fleet: 'web-prod',
        reason: 'stuck',
        whatToDo: 'Look.',
        releaseId: 'r',
        since: isoAt(0),
      },
    };
    expect(decide(worst, 99_999)).toEqual({
      kind: 'proceed',
      reason: 'back to 2026.11.01-1, launch template version 3; now 4 on version 3, 2 on version 7',
      from: FROM,
    });
  });
  it('finds a fleet that is back already, unless a refresh is under way', () => {
    expect(decide(back)).toEqual({
      kind: 'already',
      reason: 'the group and all 6 instances are on version 3 (2026.11.01-1)',
      current: FROM,
    });
    expect(decide({ ...back, refreshes: [aRefresh()] }).kind).toBe('proceed');
    expect(
      decide({ ...back, group: aGroup({ launchTemplate: { id: LT, version: NEW } }) }).kind,
    ).toBe('proceed');
  });
});

describe('pinning', () => {
  const pin = (changed: Partial<FleetSurvey>) => decidePin(aSurvey(changed), POLICY);
  const latest = { launchTemplate: { id: LT, version: '$Latest' } };
  it('gives the group the number that all its instances run', () => {
    expect(pin(group(latest))).toEqual({
      kind: 'pin',
      reason: 'group web-prod-group follows $Latest; all 6 instances run version 3',
      version: OLD,
    });
  });
  it('has nothing to do for a number', () => {
    expect(pin({})).toEqual({
      kind: 'already',
      reason: 'group web-prod-group is at number 3 already',
    });
  });
  const rows: readonly [string, Partial<FleetSurvey>, string][] = [
    [
      'instances of two numbers',
      { group: aMix(2, latest) },
      'the instances of group web-prod-group do not run exactly one number: 4 on version 3, 2 on version 7',
    ],
    [
      'no instance',
      group({ ...latest, instances: [] }),
      'the instances of group web-prod-group do not run exactly one number: no instance',
    ],
    [
      'a refresh under way',
      { ...group(latest), refreshes: [aRefresh()] },
      'refresh refresh-1 is InProgress at 0 %',
    ],
    [
      'another launch template',
      group({ launchTemplate: { id: 'lt-other', version: '$Latest' } }),
      `group web-prod-group uses launch template lt-other, the catalogue names ${LT}`,
    ],
    [
      'a mixed instances policy, which a plain launch template would take away',
      group(mixed('$Latest')),
      'group web-prod-group has a mixed instances policy, which pinning would take away',
    ],
    [
      'a launch configuration',
      group({ launchTemplate: undefined }),
      `group web-prod-group uses no launch template that could be understood, the catalogue names ${LT}`,
    ],
  ];
  it('names the number to a person who must pin a mixed group', () => {
    expect(pin(group(mixed('$Latest')))).toMatchObject({
      whatToDo:
        'set Version of LaunchTemplateSpecification in the mixed instances policy of the group to number 3, and leave the rest of the policy as it is',
    });
    expect(pin(group(mixed(OLD)))).toMatchObject({ kind: 'already' });
  });
  it.each(rows)('refuses %s', (_, changed, reason) => {
    expect(pin(changed)).toMatchObject({
      kind: 'refuse',
      reason: `fleet web-prod cannot be moved: ${reason}`,
    });
  });
});

describe('a canary gate asks for an old instance beside the new one', () => {
  const one = { group: aGroup({ desiredCapacity: 1, instances: instances(1, OLD) }) };
  const findings = (mode: 'enforce' | 'observe', changed: Partial<FleetSurvey>) => {
    const gates = [...aFleetPolicy().gates, aCanaryGate({ mode })];
    return JSON.stringify(decide(changed, 10, aFleetPolicy({ gates })));
  };
  it('refuses a group of one', () => {
    expect(findings('enforce', one)).toContain(
      'desired capacity of group web-prod-group is 1: no old instance would be left',
    );
  });
  it('takes a group of two, and one of one where the gate only observes', () => {
    const two = { group: aGroup({ desiredCapacity: 2, instances: instances(2, OLD) }) };
    expect(findings('enforce', two)).not.toContain('no old instance');
    expect(findings('observe', one)).not.toContain('no old instance');
  });
});

describe('alarms that are silent before anything moved', () => {
  const found = (
    insufficientData: 'green' | 'red' | 'inconclusive' | undefined,
    more: object = {},
  ) => {
    const alarms = [{ name: 'web-5xx', state: 'INSUFFICIENT_DATA', reason: '', ...more }] as const;
    const gates: FleetPolicy['gates'] = [
      { kind: 'alarms', mode: 'enforce', alarms: ['web-5xx'], insufficientData },
    ];
    return decide({ alarms }, 10, aFleetPolicy({ gates })).kind;
  };
  it.each([
    [undefined, 'refuse'],
    ['inconclusive', 'refuse'],
    ['red', 'refuse'],
    ['green', 'proceed'],
  ] as const)('%s: %s', (policy, kind) => expect(found(policy)).toBe(kind));
  it('are refused all the same in ALARM', () => {
    expect(found('green', { state: 'ALARM' })).toBe('refuse');
  });
});
