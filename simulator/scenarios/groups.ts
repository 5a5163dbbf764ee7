import { wellImage } from './behaviours.ts';
import type { Setting } from './catalogue.ts';
import { goodImage } from './promoted.ts';
import type { Scenario, WorldPatch } from './scenario.ts';

/** Scenarios of groups that are not plain: what Auto Scaling does beside the refresh, and what the group is made of. */

/** The same for every group of the setting. */
const everyGroup = (
  { fleets }: Setting,
  patch: NonNullable<WorldPatch['groups']>[string],
): WorldPatch => ({
  groups: Object.fromEntries(fleets.map((fleet) => [fleet.autoScalingGroupName, patch])),
});

/** A refresh of a few instances, with room for another try of each. */
const FOREIGN_SECONDS = 45 * 60;

export const foreignRefresh: Scenario = {
  name: 'foreign-refresh',
  line: "Somebody else's instance refresh is under way; it is waited for, then the image is promoted.",
  misfit: ({ fleets: [{ name, limits }] }) =>
    limits.foreignRefreshSeconds < FOREIGN_SECONDS
      ? `fleet ${name} waits ${limits.foreignRefreshSeconds} s for a refresh that is not Kiln's (limits.foreignRefresh), and one takes up to ${FOREIGN_SECONDS} s`
      : undefined,
  patch: ({ fleets: [fleet] }) => ({
    groups: { [fleet.autoScalingGroupName]: { instances: 6, min: 6, max: 12 } },
  }),
  play: async (stage) => {
    stage.bakesWill({ behaviour: wellImage });
    await stage.moveBase();
    await stage.entered('Inspect the image version');
    await stage.console.refresh(stage.setting.fleets[0]);
    await stage.allQuiet();
  },
  ending: goodImage.ending,
};

/** The first is that of invented launch templates. */
const MIXED_TYPES = ['m7g.large', 'm7g.xlarge', 'm6g.large'] as const;

export const mixedInstances: Scenario = {
  name: 'mixed-instances',
  line: 'The groups have a mixed instances policy of three types; it is kept, and the image promoted.',
  patch: (setting) => everyGroup(setting, { instanceTypes: MIXED_TYPES }),
  play: goodImage.play,
  ending: goodImage.ending,
};

/** Until what a person did in the console has come about. */
const SETTLING_MINUTES = 15;

export const warmPool: Scenario = {
  name: 'warm-pool',
  line: 'Stopped instances wait beside each group; they are replaced too, and none of the old image is left.',
  play: async (stage) => {
    for (const fleet of stage.setting.fleets) await stage.console.addWarmPool(fleet, 2);
    await stage.minutes(SETTLING_MINUTES);
    await goodImage.play(stage);
  },
  ending: goodImage.ending,
};

export const standbyAndProtected: Scenario = {
  name: 'standby-and-protected',
  line: 'Some instances are in standby or protected from scale-in; they are replaced like all others.',
  patch: (setting) => everyGroup(setting, { instances: 6, min: 6, max: 12 }),
  play: async (stage) => {
    for (const fleet of stage.setting.fleets) {
      await stage.console.protect(fleet, 2);
      await stage.console.standBy(fleet, 1);
    }
    await stage.minutes(SETTLING_MINUTES);
    await goodImage.play(stage);
  },
  ending: goodImage.ending,
};

/** One, two, three, and again, so that neighbours differ. */
const SIZES = [1, 2, 3] as const;

export const smallGroup: Scenario = {
  name: 'small-group',
  line: 'Groups of one to three instances pass several checkpoints with one; each is judged all the same.',
  patch: ({ fleets }) => ({
    groups: Object.fromEntries(
      fleets.map((fleet, index) => {
        const instances = SIZES[index % SIZES.length] ?? 1;
        return [
          fleet.autoScalingGroupName,
          { instances, min: instances, max: instances + 1 } as const,
        ];
      }),
    ),
  }),
  play: goodImage.play,
  ending: goodImage.ending,
};

/** So many seconds from start to answer, several times a look interval at most. */
const SLOW_SECONDS = 8 * 60;

export const slowLifecycleHook: Scenario = {
  name: 'slow-lifecycle-hook',
  line: 'A lifecycle hook keeps every new instance waiting for eight minutes; the image is promoted.',
  play: async (stage) => {
    const bootstrap = { seconds: SLOW_SECONDS, answer: () => 'CONTINUE' as const };
    for (const fleet of stage.setting.fleets) await stage.console.hookLaunches(fleet, bootstrap);
    await goodImage.play(stage);
  },
  ending: goodImage.ending,
};
