import { beforeAll, describe, expect, it } from 'vitest';
import type { Readings } from '../../../simulator/contract.ts';
import type { Item } from '../ledger-item.ts';
import { makeRig, type Rig } from '../rig.ts';
import { type Act, type Disturbed, loseAnswers, type Mode } from './disturbances.ts';

/**
 * A release goes all the way while the answer to every act gets lost once; what was done is counted in the simulated AWS.
 */
const acts = [
  { name: 'claim', by: 'OpenRelease', operation: 'TransactWriteItems', input: 'CLAIM' },
  { name: 'start bake', by: 'StartBake', operation: 'StartImagePipelineExecution' },
  { name: 'park', by: 'SuperviseRollout', operation: 'PutItem' },
  { name: 'send the decision', by: 'SuperviseRollout', operation: 'SendTaskSuccess' },
  { name: 'send the end of the bake', by: 'SuperviseBake', operation: 'SendTaskSuccess' },
  { name: 'choose the next step', by: 'NextStep', operation: 'UpdateItem' },
  { name: 'start the rollout', by: 'KilnReleaseRole', operation: 'StartExecution' },
  { name: 'lock', by: 'SurveyFleet', operation: 'PutItem', input: 'LOCK' },
  { name: 'make version', by: 'MakeTemplateVersion', operation: 'CreateLaunchTemplateVersion' },
  { name: 'start refresh', by: 'StartRefresh', operation: 'StartInstanceRefresh' },
  { name: 'suspend', by: 'HoldFleet', operation: 'SuspendProcesses' },
  { name: 'resume', by: 'HoldFleet', operation: 'ResumeProcesses' },
  { name: 'close rollout', by: 'CloseRollout', operation: 'TransactWriteItems' },
  { name: 'put parameter', by: 'KilnRolloutRole', operation: 'PutParameter' },
  { name: 'close release', by: 'CloseRelease', operation: 'TransactWriteItems' },
  { name: 'publish', by: 'KilnReleaseRole', operation: 'Publish' },
] as const satisfies readonly Act[];

interface World {
  readonly case: string;
  readonly readings: Partial<Readings>;
  readonly runs: readonly { readonly mode: Mode; readonly pipelineRefusesSecondStart: boolean }[];
}

const worlds: readonly World[] = [
  {
    case: 'client tokens are remembered',
    readings: { bakeTokenRemembered: true, templateTokenRemembered: true },
    runs: [
      { mode: 'answers lost', pipelineRefusesSecondStart: true },
      { mode: 'killed', pipelineRefusesSecondStart: true },
      { mode: 'twice', pipelineRefusesSecondStart: true },
    ],
  },
  {
    case: 'client tokens are forgotten',
    readings: { bakeTokenRemembered: false, templateTokenRemembered: false },
    runs: [
      { mode: 'answers lost', pipelineRefusesSecondStart: false },
      { mode: 'answers lost', pipelineRefusesSecondStart: true },
      { mode: 'twice', pipelineRefusesSecondStart: false },
    ],
  },
];

interface Before {
  readonly templateVersions: number;
  readonly refreshes: number;
  readonly told: number;
  readonly rollouts: number;
  readonly generation: number;
  readonly state: Item | undefined;
  readonly current: Item | undefined;
}

const seen = (rig: Rig): Before => ({
  templateVersions: rig.templateVersions('solo').length,
  refreshes: rig.refreshes('solo').length,
  told: rig.told().length,
  rollouts: rig.executionsOf('rollout').length,
  generation: rig.item('FLEET#solo', 'LOCK')?.generation ?? 0,
  state: rig.item('FLEET#solo', 'STATE'),
  current: rig.item('IMAGE#solo', 'CURRENT'),
});

describe.each(worlds)('when $case', ({ readings, runs }) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await makeRig({ readings });
  });

  describe.each(runs)(
    'and an act is disturbed so: $mode (a second bake refused: $pipelineRefusesSecondStart)',
    ({ mode, pipelineRefusesSecondStart }) => {
      let disturbed: Disturbed;
      let before: Before;
      let after: Before;
      let arn: string;
      let from: number;
      let suspendedOnTheWay: readonly string[] = [];
      const entered = (state: string) =>
        rig.states.slice(from).filter((one) => one.phase === 'entered' && one.state === state);

      beforeAll(async () => {
        rig.change({ pipelineRefusesSecondStart });
        before = seen(rig);
        from = rig.states.length;
        disturbed = loseAnswers(rig, acts, mode);
        arn = await rig.start('release', { image: 'solo' });
        await rig.until('held', () => entered('Hold the fleet').length > 0);
        await rig.minutes(3);
        suspendedOnTheWay = rig.suspended('solo');
        await rig.quiet();
        rig.disturb = () => undefined;
        after = seen(rig);
      });

      it('every act was disturbed', () => {
        expect([...disturbed.calls.keys()].sort()).toEqual(acts.map(({ name }) => name).sort());
      });

      it('the release ends promoted and leaves nothing behind', () => {
        expect(rig.outcome(arn)).toMatchObject({
          status: 'SUCCEEDED',
          output: { outcome: 'promoted' },
        });
        expect(rig.leftovers()).toEqual([]);
      });

      it('claims the image once, with one version', () => {
        const releaseId = arn.split(':').at(-1);
        const versions = rig.items().filter((item) => item.sk.startsWith('VERSION#'));
        expect(versions.filter((one) => one.releaseId === releaseId)).toHaveLength(1);
      });

      it('starts one bake', () => {
        const releaseId = arn.split(':').at(-1);
        expect(
          rig.bakes('solo').filter(({ tags }) => tags['kiln:release'] === releaseId),
        ).toHaveLength(1);
      });

      it('makes one launch template version', () => {
        expect(after.templateVersions - before.templateVersions).toBe(1);
      });

      it('starts one rollout, and does not take the lost answer of the next step for a rollout that died', () => {
        expect(after.rollouts - before.rollouts).toBe(1);
        expect(rig.release(arn)?.wayBackReason).toBeUndefined();
      });

      it('takes the lock of the fleet once', () => {
        expect(after.generation - before.generation).toBe(1);
      });

      it('starts one refresh', () => {
        expect(after.refreshes - before.refreshes).toBe(1);
        expect(rig.refreshes('solo')[0]?.Status).toBe('Successful');
      });

      it('holds the fleet once, and lets it go once', () => {
        expect(suspendedOnTheWay).toEqual(['InstanceRefresh']);
        expect(entered('Hold the fleet')).toHaveLength(1);
        expect(entered('Resume the fleet')).toHaveLength(1);
        expect(rig.suspended('solo')).toEqual([]);
      });

      it('sends each decision once: the bake ends once and the rollout is recorded once', () => {
        expect(entered('How did the bake end?')).toHaveLength(1);
        expect(entered('Record the rollout')).toHaveLength(1);
      });

      it('puts what the fleet ran onto its history once', () => {
        const history = (state: Item | undefined) => state?.history?.length ?? 0;
        expect(history(after.state) - history(before.state)).toBe(1);
      });

      it('promotes the version once, over the one before', () => {
        expect(after.current?.previous).toBe(before.current?.version);
        expect(after.current?.releaseId).toBe(arn.split(':').at(-1));
      });

      it('publishes the image that the fleet runs', () => {
        const values = rig.parameterVersions('/kiln/main/fleets/solo/image-id');
        expect(rig.imagesOf('solo')).toEqual([values.at(-1)]);
      });

      // SNS has no idempotent publish: a word to people may come twice, and never not at all.
      it('tells people at least once', () => {
        expect(after.told).toBeGreaterThan(before.told);
      });
    },
  );
});
