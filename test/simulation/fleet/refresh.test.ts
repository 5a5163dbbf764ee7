import { describe, expect, it } from 'vitest';
import { errorOf, Fleet, makeAccount, neverHealthy, putErrorAlarm, sick } from './account.ts';

/** The least in service and the most that ran, watched until the refresh has the status. */
async function watched(fleet: Fleet, status: string) {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (let step = 0; step < 4000 && fleet.refresh().Status !== status; step += 1) {
    await fleet.account.seconds(5);
    least = Math.min(least, fleet.inService());
    const live = Object.values(fleet.versions()).reduce((sum, count) => sum + count, 0);
    most = Math.max(most, live);
  }
  expect(fleet.refresh().Status).toBe(status);
  return { least, most };
}

describe('the shares of an instance refresh', () => {
  it.each([
    { case: 'terminate one first', size: 10, min: 90, max: 100, least: 9, most: 10 },
    { case: 'launch one first', size: 10, min: 100, max: 100, least: 10, most: 11 },
    { case: 'both', size: 10, min: 90, max: 120, least: 9, most: 12 },
    { case: 'all at once', size: 10, min: 0, max: 100, least: 0, most: 10 },
    { case: 'a pair, terminate first', size: 2, min: 90, max: 100, least: 1, most: 2 },
    { case: 'a single one, launch first', size: 1, min: 100, max: 200, least: 1, most: 2 },
  ])('$case: $size instances at $min/$max keep between $least and $most', async (row) => {
    const fleet = await Fleet.make(makeAccount(), { size: row.size });
    fleet.start({ MinHealthyPercentage: row.min, MaxHealthyPercentage: row.max });
    expect(await watched(fleet, 'Successful')).toEqual({ least: row.least, most: row.most });
    expect(fleet.versions()).toEqual({ 2: row.size });
    expect(fleet.group().LaunchTemplate?.Version).toBe('2');
    expect(fleet.refreshEvents()).toEqual(['Started', 'Succeeded']);
    expect(fleet.refresh()).toMatchObject({ PercentageComplete: 100, InstancesToUpdate: 0 });
  });

  it('does not exceed the maximum size where that reading holds', async () => {
    const fleet = await Fleet.make(makeAccount({ maxHealthyExceedsMaxSize: false }), {
      size: 4,
      max: 4,
    });
    fleet.start({ MinHealthyPercentage: 75, MaxHealthyPercentage: 150 });
    expect(await watched(fleet, 'Successful')).toEqual({ least: 3, most: 4 });
  });

  it('succeeds at once when every instance matches', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 3 });
    fleet.start({ SkipMatching: true }, '1');
    expect(await fleet.until('Successful')).toBeLessThanOrEqual(20);
  });

  it('lets the rest of the world end: nothing is busy after it', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 2 });
    fleet.start();
    const report = await fleet.account.world.run();
    expect(report).toMatchObject({ ended: 'rest', busy: [] });
    expect(fleet.refresh().Status).toBe('Successful');
  });
});

describe('checkpoints', () => {
  it('hold for their delay, then go on by themselves, without an event at 100', async () => {
    const fleet = await Fleet.make(makeAccount());
    fleet.start({ CheckpointPercentages: [10, 50, 100], CheckpointDelay: 1200 });
    await fleet.until('Successful');
    expect(fleet.refreshEvents()).toEqual([
      'Started',
      'Checkpoint Reached 10',
      'Checkpoint Reached 50',
      'Succeeded',
    ]);
    const [first, second] = fleet.account.events.filter(({ detailType }) =>
      detailType.endsWith('Checkpoint Reached'),
    );
    expect(first!.detail).toMatchObject({ CheckpointPercentage: '10', CheckpointDelay: '1200' });
    expect((second!.atMs - first!.atMs) / 1000).toBeGreaterThan(1200);
  });

  it('expose no more than their share while they hold', async () => {
    const fleet = await Fleet.make(makeAccount());
    fleet.start({
      CheckpointPercentages: [20, 100],
      CheckpointDelay: 3600,
      MinHealthyPercentage: 50,
      MaxHealthyPercentage: 100,
    });
    await fleet.account.minutes(40);
    expect(fleet.versions()).toEqual({ 1: 8, 2: 2 });
    expect(fleet.refresh()).toMatchObject({ PercentageComplete: 20, InstancesToUpdate: 8 });
  });

  it('are skipped where the group is too small: of 10 and 40 percent of two only 40 fires', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 2 });
    fleet.start({ CheckpointPercentages: [10, 40, 100], CheckpointDelay: 60 });
    await fleet.until('Successful');
    expect(fleet.refreshEvents()).toEqual(['Started', 'Checkpoint Reached 40', 'Succeeded']);
  });

  it('fire again when the group has grown below their share', async () => {
    const fleet = await Fleet.make(makeAccount());
    fleet.start({
      CheckpointPercentages: [50, 100],
      CheckpointDelay: 600,
      MinHealthyPercentage: 50,
      MaxHealthyPercentage: 100,
    });
    while (!fleet.refreshEvents().includes('Checkpoint Reached 50'))
      await fleet.account.seconds(10);
    fleet.call('SetDesiredCapacity', { DesiredCapacity: 16 });
    await fleet.until('Successful');
    expect(fleet.refreshEvents().filter((event) => event === 'Checkpoint Reached 50')).toHaveLength(
      2,
    );
    expect(fleet.versions()).toEqual({ 2: 16 });
  });

  it('below 100 end the refresh there', async () => {
    const fleet = await Fleet.make(makeAccount());
    fleet.start({ CheckpointPercentages: [20], CheckpointDelay: 60 });
    await fleet.until('Successful');
    expect(fleet.versions()).toEqual({ 1: 8, 2: 2 });
  });
});

describe('a refresh that is held', () => {
  it('makes no progress while InstanceRefresh is suspended, and goes on when it is resumed', async () => {
    const fleet = await Fleet.make(makeAccount());
    fleet.start({ CheckpointPercentages: [10, 100], CheckpointDelay: 300 });
    while (!fleet.refreshEvents().includes('Checkpoint Reached 10'))
      await fleet.account.seconds(10);
    fleet.call('SuspendProcesses', { ScalingProcesses: ['InstanceRefresh'] });
    await fleet.account.minutes(180);
    expect(fleet.versions()).toEqual({ 1: 9, 2: 1 });
    expect(fleet.group().SuspendedProcesses).toEqual([
      {
        ProcessName: 'InstanceRefresh',
        SuspensionReason: expect.stringMatching(/^User suspended at 2026-11-23T\d\d:\d\d:\d\dZ$/),
      },
    ]);
    fleet.call('ResumeProcesses', { ScalingProcesses: ['InstanceRefresh'] });
    await fleet.until('Successful');
    expect(fleet.versions()).toEqual({ 2: 10 });
  });

  it.each([
    { freezes: false, status: 'Cancelled' },
    { freezes: true, status: 'Cancelling' },
  ])(
    'is $status after a cancel while suspended, when suspension freezes: $freezes',
    async (row) => {
      const fleet = await Fleet.make(makeAccount({ suspendFreezesCancel: row.freezes }));
      fleet.start();
      await fleet.account.minutes(4);
      fleet.call('SuspendProcesses', { ScalingProcesses: ['InstanceRefresh'] });
      fleet.call('CancelInstanceRefresh');
      await fleet.account.minutes(30);
      expect(fleet.refresh().Status).toBe(row.status);
      fleet.call('ResumeProcesses', { ScalingProcesses: ['InstanceRefresh'] });
      await fleet.until('Cancelled');
    },
  );

  it.each([
    { stops: true, status: 'InProgress' },
    { stops: false, status: 'Failed' },
  ])('is $status after two held hours when suspension stops the limit: $stops', async (row) => {
    const fleet = await Fleet.make(makeAccount({ suspendStopsStallClock: row.stops }));
    fleet.start({ CheckpointPercentages: [10, 100], CheckpointDelay: 300 });
    while (!fleet.refreshEvents().includes('Checkpoint Reached 10'))
      await fleet.account.seconds(10);
    fleet.call('SuspendProcesses', { ScalingProcesses: ['InstanceRefresh'] });
    await fleet.account.minutes(60);
    expect(fleet.refresh().Status).toBe('InProgress');
    await fleet.account.minutes(60);
    expect(fleet.refresh().Status).toBe(row.status);
  });

  it('stays Pending when the process is suspended before it starts', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 2 });
    fleet.call('SuspendProcesses', { ScalingProcesses: ['InstanceRefresh'] });
    fleet.start();
    await fleet.account.minutes(30);
    expect(fleet.refresh().Status).toBe('Pending');
    expect(fleet.refresh().StartTime).toBeUndefined();
    fleet.call('ResumeProcesses', { ScalingProcesses: ['InstanceRefresh'] });
    await fleet.until('Successful');
  });

  it('launches the new version when it scales out, and keeps it', async () => {
    const fleet = await Fleet.make(makeAccount());
    fleet.start({ CheckpointPercentages: [10, 100], CheckpointDelay: 3600 });
    while (!fleet.refreshEvents().includes('Checkpoint Reached 10'))
      await fleet.account.seconds(10);
    fleet.call('SetDesiredCapacity', { DesiredCapacity: 13 });
    await fleet.account.minutes(5);
    expect(fleet.versions()).toEqual({ 1: 9, 2: 4 });
  });
});

describe('a refresh that goes wrong', () => {
  it('fails after an hour without a healthy instance, and leaves group and template as they were', async () => {
    const fleet = await Fleet.make(makeAccount(), { behaviour: neverHealthy });
    fleet.start();
    const seconds = await fleet.until('Failed', 120);
    expect(seconds).toBeGreaterThan(3600);
    expect(seconds).toBeLessThan(3600 + 300);
    expect(fleet.group().LaunchTemplate?.Version).toBe('1');
    expect(fleet.refreshEvents()).toEqual(['Started', 'Failed']);
    await fleet.account.minutes(30);
    // Auto Scaling itself replaces the instances that failed, by what the group has saved.
    expect(fleet.versions()).toEqual({ 1: 10 });
  });

  it('rolls back by itself when it was told to', async () => {
    const fleet = await Fleet.make(makeAccount(), { behaviour: neverHealthy });
    fleet.start({ AutoRollback: true });
    await fleet.until('RollbackSuccessful', 200);
    expect(fleet.versions()).toEqual({ 1: 10 });
    expect(fleet.refreshEvents()).toEqual(['Started', 'Rollback Started', 'Rollback Succeeded']);
  });

  it.each([
    { autoRollback: false, status: 'Failed', event: 'Failed' },
    { autoRollback: true, status: 'RollbackSuccessful', event: 'Rollback Succeeded' },
  ])('ends $status when an alarm of its own fires (AutoRollback $autoRollback)', async (row) => {
    const account = makeAccount();
    putErrorAlarm(account);
    const fleet = await Fleet.make(account, { behaviour: sick });
    expect(account.cloudWatch.stateOf('web-errors')).toBe('OK');
    fleet.start({
      AutoRollback: row.autoRollback,
      AlarmSpecification: { Alarms: ['web-errors'] },
      CheckpointPercentages: [10, 100],
      CheckpointDelay: 3600,
    });
    await fleet.until(row.status, 120);
    expect(fleet.refreshEvents().at(-1)).toBe(row.event);
    expect(fleet.refresh().StatusReason).toContain('web-errors');
    expect(fleet.group().LaunchTemplate?.Version).toBe('1');
    expect(fleet.versions()).toEqual(row.autoRollback ? { 1: 10 } : { 1: 9, 2: 1 });
    if (row.autoRollback)
      expect(fleet.refresh()).toMatchObject({
        PercentageComplete: 0,
        InstancesToUpdate: 9,
        RollbackDetails: { PercentageCompleteOnRollback: 10, InstancesToUpdateOnRollback: 9 },
      });
  });

  it('waits while an alarm of its own has no data', async () => {
    const account = makeAccount();
    putErrorAlarm(account);
    const fleet = await Fleet.make(account);
    fleet.start({ AlarmSpecification: { Alarms: ['web-errors'] } });
    account.call(account.cloudWatch, 'DeleteAlarms', { AlarmNames: ['web-errors'] });
    putErrorAlarm(account, 'web-errors', { MetricName: 'Nothing' });
    await account.minutes(30);
    expect(fleet.versions()).toEqual({ 1: 10 });
    expect(fleet.refresh().Status).toBe('InProgress');
  });

  it('is cancelled by hand into a mixed fleet on the old saved template', async () => {
    const fleet = await Fleet.make(makeAccount());
    fleet.start({ CheckpointPercentages: [30, 100] });
    while (!fleet.refreshEvents().includes('Checkpoint Reached 30'))
      await fleet.account.seconds(10);
    fleet.call('CancelInstanceRefresh');
    expect(fleet.refresh().Status).toBe('Cancelling');
    await fleet.until('Cancelled');
    expect(fleet.versions()).toEqual({ 1: 7, 2: 3 });
    expect(fleet.group().LaunchTemplate?.Version).toBe('1');
    fleet.call('SetDesiredCapacity', { DesiredCapacity: 12 });
    await fleet.account.minutes(3);
    expect(fleet.versions()).toEqual({ 1: 9, 2: 3 });
  });

  it('frees the group at once when a cancel does not wait', async () => {
    const fleet = await Fleet.make(makeAccount());
    fleet.start();
    await fleet.account.seconds(25);
    fleet.call('CancelInstanceRefresh', { WaitForTransitioningInstances: false });
    expect(fleet.refresh().Status).toBe('Cancelled');
    expect(fleet.refreshEvents()).toEqual(['Started', 'Cancelled']);
  });

  it('is cancelled on its way back, too, and stays mixed', async () => {
    const fleet = await Fleet.make(makeAccount());
    fleet.start({ CheckpointPercentages: [50, 100] });
    while (!fleet.refreshEvents().includes('Checkpoint Reached 50'))
      await fleet.account.seconds(10);
    fleet.call('RollbackInstanceRefresh');
    await fleet.account.minutes(4);
    fleet.call('CancelInstanceRefresh');
    await fleet.until('Cancelled');
    await fleet.account.minutes(5);
    expect(Object.keys(fleet.versions())).toEqual(['1', '2']);
    expect(fleet.group().LaunchTemplate?.Version).toBe('1');
  });

  it('never keeps the world awake by launches that cannot succeed', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 2 });
    fleet.account.ec2.images.deregister(fleet.oldImage);
    fleet.call('SetDesiredCapacity', { DesiredCapacity: 4 });
    expect(await fleet.account.world.run({ maxEvents: 1000 })).toMatchObject({ ended: 'rest' });
  });

  it('is rolled back by hand to the saved template', async () => {
    const fleet = await Fleet.make(makeAccount());
    const id = fleet.start({ CheckpointPercentages: [30, 100] });
    while (!fleet.refreshEvents().includes('Checkpoint Reached 30'))
      await fleet.account.seconds(10);
    expect(fleet.call('RollbackInstanceRefresh')).toEqual({ InstanceRefreshId: id });
    expect(fleet.refresh().Status).toBe('RollbackInProgress');
    await fleet.until('RollbackSuccessful');
    expect(fleet.versions()).toEqual({ 1: 10 });
    expect(errorOf(() => fleet.call('RollbackInstanceRefresh')).name).toBe(
      'ActiveInstanceRefreshNotFound',
    );
  });

  it('stalls on missing capacity, with failed activities, and goes on when there is room', async () => {
    const fleet = await Fleet.make(makeAccount());
    fleet.account.autoScaling.limitCapacity('web', 10);
    fleet.start({ MinHealthyPercentage: 100, MaxHealthyPercentage: 110 });
    await fleet.account.minutes(20);
    expect(fleet.versions()).toEqual({ 1: 10 });
    const { Activities } = fleet.call<{
      Activities: { StatusCode: string; StatusMessage?: string }[];
    }>('DescribeScalingActivities');
    expect(Activities[0]).toMatchObject({
      StatusCode: 'Failed',
      StatusMessage: expect.stringContaining(
        'We currently do not have sufficient t4g.small capacity',
      ),
    });
    expect(fleet.account.events.map(({ detailType }) => detailType)).toContain(
      'EC2 Instance Launch Unsuccessful',
    );
    fleet.account.autoScaling.limitCapacity('web', undefined);
    await fleet.until('Successful');
  });

  it('fails after an hour for a protected or a standby instance that is waited for', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 3 });
    const [first] = fleet.group().Instances ?? [];
    fleet.call('SetInstanceProtection', {
      InstanceIds: [first!.InstanceId],
      ProtectedFromScaleIn: true,
    });
    fleet.start();
    await fleet.until('Failed', 150);
    expect(fleet.refresh().StatusReason).toContain(first!.InstanceId);
    expect(fleet.versions()).toEqual({ 1: 1, 2: 2 });
  });

  it.each([
    { preferences: { ScaleInProtectedInstances: 'Refresh' }, versions: { 2: 3 } },
    { preferences: { ScaleInProtectedInstances: 'Ignore' }, versions: { 1: 1, 2: 2 } },
  ] as const)('treats a protected instance as told: $preferences', async (row) => {
    const fleet = await Fleet.make(makeAccount(), { size: 3 });
    const [first] = fleet.group().Instances ?? [];
    fleet.call('SetInstanceProtection', {
      InstanceIds: [first!.InstanceId],
      ProtectedFromScaleIn: true,
    });
    fleet.start(row.preferences);
    await fleet.until('Successful', 150);
    expect(fleet.versions()).toEqual(row.versions);
  });

  it.each([
    { preferences: { StandbyInstances: 'Terminate' }, versions: { 2: 2 } },
    { preferences: { StandbyInstances: 'Ignore' }, versions: { 1: 1, 2: 2 } },
  ] as const)('treats a standby instance as told: $preferences', async (row) => {
    const fleet = await Fleet.make(makeAccount(), { size: 3 });
    const [first] = fleet.group().Instances ?? [];
    fleet.call('EnterStandby', {
      InstanceIds: [first!.InstanceId],
      ShouldDecrementDesiredCapacity: true,
    });
    fleet.start(row.preferences);
    await fleet.until('Successful', 150);
    expect(fleet.versions()).toEqual(row.versions);
  });
});

describe('bake time', () => {
  it('watches the alarms after the last replacement, and rolls back from it', async () => {
    const account = makeAccount();
    putErrorAlarm(account);
    const fleet = await Fleet.make(account, {
      size: 2,
      behaviour: {
        ...sick,
        metrics: (minute) => ({ ErrorRate: minute > 15 ? 50 : 0 }),
      },
    });
    fleet.start({
      BakeTime: 3600,
      AutoRollback: true,
      AlarmSpecification: { Alarms: ['web-errors'] },
    });
    await fleet.until('Baking');
    expect(fleet.versions()).toEqual({ 2: 2 });
    await fleet.until('RollbackSuccessful');
    expect(fleet.versions()).toEqual({ 1: 2 });
  });
});

describe('a warm pool', () => {
  it('is replaced after the instances in service, and shown beside them', async () => {
    const fleet = await Fleet.make(makeAccount(), { size: 2, max: 4 });
    fleet.call('PutWarmPool', {});
    await fleet.account.minutes(5);
    const warm = () =>
      fleet
        .call<{ Instances: { LifecycleState: string; LaunchTemplate: { Version: string } }[] }>(
          'DescribeWarmPool',
        )
        .Instances.filter(({ LifecycleState }) => !LifecycleState.includes('Terminating'))
        .map((instance) => `${instance.LifecycleState} ${instance.LaunchTemplate.Version}`);
    expect(warm()).toEqual(['Warmed:Stopped 1', 'Warmed:Stopped 1']);
    fleet.start();
    await fleet.until('Successful');
    expect(fleet.versions()).toEqual({ 2: 2 });
    expect(warm()).toEqual(['Warmed:Stopped 2', 'Warmed:Stopped 2']);
    expect(fleet.refresh().ProgressDetails?.WarmPoolProgress).toEqual({
      PercentageComplete: 100,
      InstancesToUpdate: 0,
    });
    fleet.call('SetDesiredCapacity', { DesiredCapacity: 4 });
    await fleet.account.minutes(3);
    expect(fleet.versions()).toEqual({ 2: 4 });
    expect(warm()).toEqual([]);
  });
});
