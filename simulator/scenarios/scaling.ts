import type { RehearsedFleet, Setting } from './catalogue.ts';
import { goodImage } from './promoted.ts';
import type { Scenario, Stage } from './scenario.ts';

/**
 * Scenarios in which a group grows or shrinks while its refresh is held. What is launched meanwhile is of the new
 * version, and what is terminated of the old one, so both raise the share that is exposed; they keep within what the
 * fleet's exposure tolerance allows, beyond which Kiln goes back.
 */

const DESIRED = 10;

const share = (desired: number, percent: number): number =>
  Math.ceil((desired * Math.min(100, percent)) / 100);

/** The checkpoint at which the fleet is held first; undefined where it is never held. */
const firstHold = ({ checkpoints }: RehearsedFleet): number | undefined =>
  checkpoints.find(({ percent }) => percent < 100)?.percent;

/** Whether so many instances, of which these are new, are within the fleet's tolerance at its first checkpoint. */
function isTolerated(fleet: RehearsedFleet, percent: number, desired: number, isNew: number) {
  return isNew <= share(desired, percent + fleet.exposureTolerancePercent);
}

type Resize = (fleet: RehearsedFleet) => number | undefined;

/** The largest size, up to one and a half times, at which a fleet that is held may stay; undefined when it may not grow. */
const grown: Resize = (fleet) => {
  const percent = firstHold(fleet);
  if (percent === undefined) return undefined;
  const held = share(DESIRED, percent);
  const sizes = [5, 4, 3, 2, 1].map((more) => DESIRED + more);
  return sizes.find((size) => isTolerated(fleet, percent, size, held + size - DESIRED));
};

/** The smallest size, down to one half, at which a fleet that is held may stay; undefined when it may not shrink. */
const shrunk: Resize = (fleet) => {
  const percent = firstHold(fleet);
  if (percent === undefined) return undefined;
  const held = share(DESIRED, percent);
  const sizes = [5, 4, 3, 2, 1].map((fewer) => DESIRED - fewer);
  return sizes.find((size) => held <= size && isTolerated(fleet, percent, size, held));
};

const misfit =
  (resize: Resize, how: string) =>
  ({ image, fleets }: Setting): string | undefined =>
    fleets.some((fleet) => resize(fleet) !== undefined)
      ? undefined
      : `no fleet of image ${image.name} has a checkpoint below 100 % at which it could ${how} within its exposureTolerance`;

const patch: Scenario['patch'] = ({ fleets }) => ({
  groups: Object.fromEntries(
    fleets.map(({ autoScalingGroupName }) => [
      autoScalingGroupName,
      { instances: DESIRED, min: DESIRED / 2, max: DESIRED * 2 },
    ]),
  ),
});

/** Resizes each fleet that can be when it is held for the first time. */
async function resizeWhenHeld(stage: Stage, resize: Resize): Promise<void> {
  const fleets = stage.setting.fleets.flatMap((fleet) => {
    const desired = resize(fleet);
    return desired === undefined ? [] : [{ fleet, desired }];
  });
  const resized = fleets.map(async ({ fleet, desired }) => {
    await stage.entered('Hold the fleet', { fleet: fleet.name });
    await stage.minutes(2);
    await stage.console.resize(fleet, { desired });
  });
  await Promise.all([goodImage.play(stage), ...resized]);
}

export const scaleOutDuringRefresh: Scenario = {
  name: 'scale-out-during-refresh',
  line: 'Each group grows while its canary is held; shares are those of the new size, and it is promoted.',
  misfit: misfit(grown, 'grow'),
  patch,
  play: (stage) => resizeWhenHeld(stage, grown),
  ending: goodImage.ending,
};

export const scaleInDuringRefresh: Scenario = {
  name: 'scale-in-during-refresh',
  line: 'Each group shrinks while its canary is held; shares are those of the new size, and it is promoted.',
  misfit: misfit(shrunk, 'shrink'),
  patch,
  play: (stage) => resizeWhenHeld(stage, shrunk),
  ending: goodImage.ending,
};
