import { wellImage } from './behaviours.ts';
import { everyFleet, type Scenario } from './scenario.ts';

/** Scenarios that end with the new image everywhere. */

export const goodImage: Scenario = {
  name: 'good-image',
  line: 'A new base image is baked, proven wave by wave, and promoted.',
  play: async (stage) => {
    stage.bakesWill({ behaviour: wellImage });
    await stage.moveBase();
    await stage.allQuiet();
  },
  ending: (setting) => [{ outcome: 'promoted', fleets: everyFleet(setting, 'rolled-out') }],
};

export const unpinnedGroup: Scenario = {
  name: 'unpinned-group',
  line: 'A group that follows $Latest is pinned at the wish of a person, then gets the new image.',
  patch: ({ fleets: [fleet] }) => ({
    groups: { [fleet.autoScalingGroupName]: { launchTemplateVersion: '$Latest' } },
  }),
  play: async (stage) => {
    const [{ name }] = stage.setting.fleets;
    const reason = 'to be rolled out by Kiln';
    const pinning = await stage.startRollout({ fleet: name, pin: true, reason });
    await stage.ended(pinning);
    await goodImage.play(stage);
  },
  ending: goodImage.ending,
};

export const byHand: Scenario = {
  name: 'by-hand',
  line: 'A person starts a release of the image as it stands; it is promoted.',
  play: async (stage) => {
    stage.bakesWill({ behaviour: wellImage });
    await stage.startRelease({ image: stage.setting.image.name });
    await stage.allQuiet();
  },
  ending: goodImage.ending,
};

/** A fifth of all deliveries each: an ordinary day has none. */
const TROUBLE = { lost: 0.2, doubled: 0.2 } as const;

export const duplicateAndLostEvents: Scenario = {
  name: 'duplicate-and-lost-events',
  line: 'Events are lost and doubled, and the cause is told twice; one release is promoted.',
  play: async (stage) => {
    stage.bakesWill({ behaviour: wellImage });
    stage.troubleEvents(TROUBLE);
    await stage.moveBase();
    await stage.entered('Supervise the bake');
    await stage.tellTheCauseAgain();
    await stage.allQuiet();
  },
  ending: (setting) => [
    { outcome: 'promoted', fleets: everyFleet(setting, 'rolled-out') },
    { outcome: 'duplicate', fleets: {} },
  ],
};

/** The bake takes so many times the interval at which it is looked at. */
const SLOW_FACTOR = 5;

const slowBakeSeconds = (lookSeconds: number, limitSeconds: number): number =>
  Math.min(SLOW_FACTOR * lookSeconds, Math.floor(limitSeconds * 0.9));

export const slowBake: Scenario = {
  name: 'slow-bake',
  line: 'A bake takes several times as long as the look interval; the image is promoted.',
  misfit: ({ image, catalogue }) =>
    slowBakeSeconds(catalogue.look.bakeSeconds, image.bakeLimitSeconds) >
    2 * catalogue.look.bakeSeconds
      ? undefined
      : `image ${image.name} has a bakeLimit of ${image.bakeLimitSeconds} s, within which a bake is looked at once or twice (look.bake ${catalogue.look.bakeSeconds} s)`,
  play: async (stage) => {
    const { image, catalogue } = stage.setting;
    const seconds = slowBakeSeconds(catalogue.look.bakeSeconds, image.bakeLimitSeconds);
    stage.bakesWill({ behaviour: wellImage, seconds });
    await stage.moveBase();
    await stage.allQuiet();
  },
  ending: goodImage.ending,
};
