import { beforeAll, describe, expect, it } from 'vitest';
import { makeRig, type Rig } from '../rig.ts';
import { type Act, type Disturbed, loseAnswers, modes } from './disturbances.ts';

/** A release is stopped; the answer to every act of finding it and of bringing it to an end gets lost. */
const actsWhileBaking = [
  { name: 'start Recover', by: 'FindOrphans', operation: 'StartExecution' },
  { name: 'take the claim over', by: 'TakeOver', operation: 'PutItem', input: 'CLAIM' },
  { name: 'cancel bake', by: 'CancelBake', operation: 'CancelImageCreation' },
  { name: 'mark the version', by: 'CancelBake', operation: 'UpdateItem' },
  { name: 'close release', by: 'CloseRelease', operation: 'TransactWriteItems' },
  { name: 'publish', by: 'KilnRecoverRole', operation: 'Publish' },
] as const satisfies readonly Act[];

const actsWhileHeld = [
  { name: 'start Recover', by: 'FindOrphans', operation: 'StartExecution' },
  { name: 'take the claim over', by: 'TakeOver', operation: 'PutItem', input: 'CLAIM' },
  { name: 'start the rollout back', by: 'KilnRecoverRole', operation: 'StartExecution' },
  { name: 'take the lock over', by: 'SurveyFleet', operation: 'PutItem', input: 'LOCK' },
  { name: 'cancel refresh', by: 'CancelRefresh', operation: 'CancelInstanceRefresh' },
  { name: 'lift the hold', by: 'CancelRefresh', operation: 'ResumeProcesses' },
  { name: 'start refresh back', by: 'StartRefresh', operation: 'StartInstanceRefresh' },
  {
    name: 'delete version',
    by: 'MakeTemplateVersion',
    operation: 'DeleteLaunchTemplateVersions',
  },
  { name: 'close rollout', by: 'CloseRollout', operation: 'TransactWriteItems' },
  { name: 'close release', by: 'CloseRelease', operation: 'TransactWriteItems' },
] as const satisfies readonly Act[];

let rig: Rig;
beforeAll(async () => {
  rig = await makeRig();
});

describe.each(modes)(
  'a release is stopped while it bakes, and each act is disturbed so: %s',
  (mode) => {
    let disturbed: Disturbed;
    let arn: string;
    let generation: number;

    beforeAll(async () => {
      arn = await rig.start('release', { image: 'solo' });
      await rig.entered('Supervise the bake');
      await rig.minutes(1);
      generation = rig.item('IMAGE#solo', 'CLAIM')?.generation ?? 0;
      disturbed = loseAnswers(rig, actsWhileBaking, mode);
      await rig.stop(arn);
      if (mode === 'twice') {
        // The event and the sweep at once.
        await rig.drive(
          Promise.all([
            rig.invoking('FindOrphans', { sweep: true }),
            rig.invoking('FindOrphans', { sweep: true }),
          ]),
        );
      }
      await rig.quiet();
      rig.disturb = () => undefined;
    });

    it('every act was disturbed', () => {
      expect([...disturbed.calls.keys()].sort()).toEqual(
        actsWhileBaking.map(({ name }) => name).sort(),
      );
    });

    it('starts one Recover, which closes the release and leaves nothing behind', () => {
      const ours = rig
        .executionsOf('recover')
        .filter(({ input }) => JSON.stringify(input).includes(arn));
      expect(ours.map(({ status }) => status)).toEqual(['SUCCEEDED']);
      expect(rig.release(arn)).toMatchObject({ outcome: 'failed' });
      expect(rig.leftovers()).toEqual([]);
    });

    it('takes the claim over once', () => {
      expect(rig.item('IMAGE#solo', 'CLAIM')?.generation).toBe(generation + 1);
    });

    it('cancels the bake, and marks the version as failed', () => {
      expect(rig.bakes('solo').at(-1)?.status).toBe('CANCELLED');
      const version = rig.release(arn)?.version;
      expect(rig.item('IMAGE#solo', `VERSION#${version}`)?.status).toBe('failed');
    });
  },
);

describe.each(modes)(
  'a release is stopped at its canary, and each act is disturbed so: %s',
  (mode) => {
    let disturbed: Disturbed;
    let arn: string;
    let before: {
      readonly images: readonly string[];
      readonly refreshes: number;
      readonly versions: readonly number[];
      readonly generation: number;
      readonly rollouts: number;
    };
    const seen = () => ({
      images: rig.imagesOf('solo'),
      refreshes: rig.refreshes('solo').length,
      versions: rig.templateVersions('solo'),
      generation: rig.item('FLEET#solo', 'LOCK')?.generation ?? 0,
      rollouts: rig.executionsOf('rollout').length,
    });

    beforeAll(async () => {
      before = seen();
      arn = await rig.start('release', { image: 'solo' });
      await rig.entered('Hold the fleet');
      await rig.minutes(1);
      disturbed = loseAnswers(rig, actsWhileHeld, mode);
      await rig.stop(arn);
      await rig.quiet();
      rig.disturb = () => undefined;
    });

    it('every act was disturbed', () => {
      expect([...disturbed.calls.keys()].sort()).toEqual(
        actsWhileHeld.map(({ name }) => name).sort(),
      );
    });

    it('one Recover brings the release to its end and leaves nothing behind', () => {
      const ours = rig
        .executionsOf('recover')
        .filter(({ input }) => JSON.stringify(input).includes(arn));
      expect(ours.map(({ status }) => status)).toEqual(['SUCCEEDED']);
      expect(rig.release(arn)).toMatchObject({ outcome: 'rolled-back' });
      expect(rig.leftovers()).toEqual([]);
      expect(rig.imagesOf('solo')).toEqual(before.images);
    });

    it('starts one rollout back, which takes the lock over once', () => {
      const after = seen();
      expect(after.rollouts - before.rollouts).toBe(2);
      expect(after.generation - before.generation).toBe(2);
    });

    it('cancels the forward refresh, lifts the hold and starts one refresh back', () => {
      const ours = rig.refreshes('solo').slice(0, rig.refreshes('solo').length - before.refreshes);
      expect(ours.map(({ Status }) => Status)).toEqual(['Successful', 'Cancelled']);
      expect(rig.suspended('solo')).toEqual([]);
    });

    it('deletes the launch template version of the release, and no other', () => {
      expect(rig.templateVersions('solo')).toEqual(before.versions);
    });
  },
);
