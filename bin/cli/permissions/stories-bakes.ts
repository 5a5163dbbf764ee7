import type { Account } from '../../../simulator/index.ts';
import { everyFleet, type Scenario } from '../../../simulator/scenarios/scenario.ts';
import { ill, loseAnswers, madeBy, type Story, tryThePager } from './story.ts';

/** Stories that end before any fleet is touched. */

const MINUTE_SECONDS = 60;
const failure = { reason: 'the disk is full', afterSeconds: 5 * MINUTE_SECONDS } as const;

const untouched: Scenario['ending'] = (setting) => [
  { outcome: 'failed', fleets: everyFleet(setting, 'untouched') },
];

/** The bake is found by its tag, and cancelled when its release is stopped. */
export const bakeAskedForTwice = (): Story => ({
  scenario: {
    name: 'bake-asked-for-twice',
    line: 'The answer to the start of a bake gets lost; then a person stops the release while it bakes.',
    play: async (stage) => {
      await stage.startRelease({ image: stage.setting.image.name });
      const release = await stage.entered('Supervise the bake');
      await stage.minutes(2);
      await stage.stop(release, 'stopped by a person');
      await stage.allQuiet();
    },
    ending: untouched,
  },
  intercept: loseAnswers('StartImagePipelineExecution'),
});

/** Longer than the function lives that waits for the answer. */
const TOO_LATE_MS = 120_000;

/** Recover finds a bake whose ARN nobody has written down. */
export const stoppedBeforeTheAnswer = (): Story => {
  let late = true;
  return {
    scenario: {
      name: 'stopped-before-the-answer',
      line: 'A person stops the release before the answer to the start of its bake has come.',
      play: async (stage) => {
        await stage.startRelease({ image: stage.setting.image.name });
        const release = await stage.entered('Start the bake');
        await stage.minutes(0.5);
        await stage.stop(release, 'stopped by a person');
        await stage.allQuiet();
      },
      ending: untouched,
    },
    intercept: ({ operation }) => {
      if (operation !== 'StartImagePipelineExecution' || !late) return undefined;
      late = false;
      return { holdAnswerMs: TOO_LATE_MS };
    },
  };
};

/** Longer than the sweep of the catalogue takes to come round. */
const SWEPT_MINUTES = 30;

/** Whoever closes a release starts what is pending; the sweep does where that fails. */
export const pendingCauses = (): Story => {
  let broken = true;
  return {
    scenario: {
      name: 'pending-causes',
      line: 'Two people ask while the image is being released; the first follow-up is started by the sweep.',
      play: async (stage) => {
        const { name: image } = stage.setting.image;
        stage.bakesWill({ failure });
        await stage.startRelease({ image });
        await stage.entered('Supervise the bake');
        await stage.startRelease({ image, reason: 'a person asks' });
        // The follow-up of the sweep.
        await stage.entered('Supervise the bake');
        broken = false;
        await stage.startRelease({ image, reason: 'another person asks' });
        await stage.minutes(SWEPT_MINUTES);
        await stage.allQuiet();
      },
      ending: (setting) => {
        const merged = { outcome: 'merged', fleets: {} } as const;
        return [
          ...untouched(setting),
          merged,
          ...untouched(setting),
          merged,
          ...untouched(setting),
        ];
      },
    },
    intercept: (call) =>
      broken && call.operation === 'StartExecution' && madeBy(call, 'CloseReleaseRole')
        ? ill
        : undefined,
  };
};

/** Longer than the schedule of base images takes to come round, with Lambda's attempts. */
const CHECKED_MINUTES = 70;

/** What nobody awaits goes to a queue when it has failed for good. */
export const deadLetters = (): Story => {
  let broken: 'functions' | 'schedules' | undefined;
  let account: Account | undefined;
  return {
    scenario: {
      name: 'dead-letters',
      line: 'The functions that events call fail for an hour, then the schedules do not reach them.',
      play: async (stage) => {
        broken = 'functions';
        await tryThePager(account, stage.setting);
        await stage.minutes(CHECKED_MINUTES);
        broken = 'schedules';
        await stage.minutes(CHECKED_MINUTES);
        broken = undefined;
        await stage.allQuiet();
      },
      ending: () => [],
    },
    prepare: (made) => {
      account = made;
    },
    intercept: (call) => {
      const functions = ['WakeRole', 'FindOrphansRole', 'ReceiveCauseRole'];
      if (broken === 'functions' && call.client === 'client-dynamodb') {
        return madeBy(call, ...functions) ? ill : undefined;
      }
      const isScheduled = madeBy(call, 'SchedulesSweepRole', 'SchedulesCheckBaseImagesRole');
      return broken === 'schedules' && isScheduled && call.operation === 'Invoke' ? ill : undefined;
    },
  };
};
