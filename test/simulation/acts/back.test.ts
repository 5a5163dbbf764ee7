import { beforeAll, describe, expect, it } from 'vitest';
import { healthyImage } from '../../../simulator/index.ts';
import { sickOnce } from '../../../simulator/scenarios/behaviours.ts';
import type { Item } from '../ledger-item.ts';
import { makeRig, type Rig } from '../rig.ts';
import { type Act, type Disturbed, loseAnswers, modes } from './disturbances.ts';

/**
 * A held canary turns sick and goes back, while the answer to every act of the way back gets lost. Auto Scaling ends the
 * forward refresh by itself, as it watches the alarm too; how Kiln cancels one is in `recovered.test.ts`.
 */
const acts = [
  { name: 'turn back', by: 'TurnBack', operation: 'UpdateItem' },
  { name: 'put the image back', by: 'KilnRolloutRole', operation: 'PutParameter' },
  { name: 'send the decision', by: 'SuperviseRollout', operation: 'SendTaskSuccess' },
  { name: 'lift the hold', by: 'HoldFleet', operation: 'ResumeProcesses' },
  {
    name: 'start refresh back',
    by: 'StartRefresh',
    operation: 'StartInstanceRefresh',
    input: '"AutoRollback":false',
  },
  {
    name: 'delete version',
    by: 'MakeTemplateVersion',
    operation: 'DeleteLaunchTemplateVersions',
  },
  { name: 'close rollout', by: 'CloseRollout', operation: 'TransactWriteItems' },
  { name: 'choose the next step', by: 'NextStep', operation: 'UpdateItem' },
  { name: 'close release', by: 'CloseRelease', operation: 'TransactWriteItems' },
  { name: 'publish', by: 'KilnReleaseRole', operation: 'Publish' },
] as const satisfies readonly Act[];

let rig: Rig;
beforeAll(async () => {
  rig = await makeRig();
});

describe.each(modes)('an act of the way back is disturbed so: %s', (mode) => {
  let disturbed: Disturbed;
  let arn: string;
  let from: number;
  let before: {
    readonly images: readonly string[];
    readonly refreshes: number;
    readonly versions: readonly number[];
    readonly state: Item | undefined;
    readonly current: Item | undefined;
  };
  let wayBack: Item['wayBack'];
  const entered = (state: string) =>
    rig.states.slice(from).filter((one) => one.phase === 'entered' && one.state === state);
  const seen = () => ({
    images: rig.imagesOf('solo'),
    refreshes: rig.refreshes('solo').length,
    versions: rig.templateVersions('solo'),
    state: rig.item('FLEET#solo', 'STATE'),
    current: rig.item('IMAGE#solo', 'CURRENT'),
  });

  beforeAll(async () => {
    let sick = false;
    rig.bakesWill(sickOnce(() => sick));
    before = seen();
    from = rig.states.length;
    arn = await rig.start('release', { image: 'solo' });
    await rig.until('held', () => entered('Hold the fleet').length > 0);
    await rig.minutes(1);
    disturbed = loseAnswers(rig, acts, mode);
    sick = true;
    await rig.until(
      'one version again',
      () => entered('Delete the launch template version').length > 0,
    );
    wayBack = rig.item('FLEET#solo', 'ROLLOUT')?.wayBack;
    await rig.quiet();
    rig.disturb = () => undefined;
    rig.bakesWill(healthyImage);
    // Until the alarm has forgotten.
    await rig.minutes(6);
  });

  it('every act was disturbed', () => {
    expect([...disturbed.calls.keys()].sort()).toEqual(acts.map(({ name }) => name).sort());
  });

  it('the release ends rolled back and leaves nothing behind', () => {
    expect(rig.outcome(arn)).toMatchObject({ status: 'FAILED', error: 'RolledBack' });
    expect(rig.leftovers()).toEqual([]);
    expect(rig.imagesOf('solo')).toEqual(before.images);
  });

  it('turns back once, with the first reason', () => {
    expect(entered('Turn back')).toHaveLength(1);
    expect(wayBack?.reason).toContain('solo-errors');
    expect(rig.release(arn)?.wayBackRounds).toBeUndefined();
  });

  it('starts one refresh back, after Auto Scaling has ended the forward one', () => {
    const ours = rig.refreshes('solo').slice(0, rig.refreshes('solo').length - before.refreshes);
    expect(ours.map(({ Status }) => Status)).toEqual(['Successful', 'Failed']);
    expect(wayBack?.attempts).toBe(1);
  });

  it('lifts the hold', () => {
    expect(rig.suspended('solo')).toEqual([]);
  });

  it('deletes the launch template version of the release, and no other', () => {
    expect(rig.templateVersions('solo')).toEqual(before.versions);
  });

  it('leaves what the fleet ran before as it was', () => {
    const { history, current } = rig.item('FLEET#solo', 'STATE') ?? {};
    expect(history ?? []).toEqual(before.state?.history ?? []);
    expect(current?.imageId).toBe(before.images[0]);
  });

  it('publishes the image that the fleet is back on', () => {
    const values = rig.parameterVersions('/kiln/main/fleets/solo/image-id');
    expect(values.at(-1)).toBe(before.images[0]);
  });

  it('quarantines the version and leaves the promoted one', () => {
    const version = rig.release(arn)?.version;
    expect(rig.item('IMAGE#solo', `VERSION#${version}`)?.status).toBe('quarantined');
    expect(rig.item('IMAGE#solo', 'CURRENT')).toEqual(before.current);
  });

  // SNS has no idempotent publish: a word to people may come twice, and never not at all.
  it('tells people at least once', () => {
    const releaseId = arn.split(':').at(-1);
    const words = rig
      .told()
      .filter(({ message }) => JSON.stringify(message).includes(`${releaseId}`));
    expect(words.length).toBeGreaterThan(0);
  });
});
