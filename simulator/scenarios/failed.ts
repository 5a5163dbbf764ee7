import type { FindingCounts } from '../aws/image-builder-records.ts';
import { wellImage } from './behaviours.ts';
import type { RehearsedImage } from './catalogue.ts';
import { everyFleet, type Scenario } from './scenario.ts';

/** Scenarios that end before any fleet is touched. */

const untouched: Scenario['ending'] = (setting) => [
  { outcome: 'failed', fleets: everyFleet(setting, 'untouched') },
];

export const bakeFails: Scenario = {
  name: 'bake-fails',
  line: 'The bake fails half way; no fleet is touched.',
  play: async (stage) => {
    const reason = 'Step InstallNginx failed in phase build: exit status 1';
    stage.bakesWill({ failure: { reason, afterSeconds: 9 * 60 } });
    await stage.moveBase();
    await stage.allQuiet();
  },
  ending: untouched,
};

/** One finding more than the policy of the image lets pass, of the worst severity that it limits. */
function tooMany({ inspection }: RehearsedImage): Partial<FindingCounts> | undefined {
  if (inspection.scan === 'off') return undefined;
  const { maxCritical, maxHigh, maxMedium } = inspection;
  if (maxCritical !== undefined) return { critical: maxCritical + 1, all: maxCritical + 1 };
  if (maxHigh !== undefined) return { high: maxHigh + 1, all: maxHigh + 1 };
  if (maxMedium !== undefined) return { medium: maxMedium + 1, all: maxMedium + 1 };
  return undefined;
}

export const inspectBlocks: Scenario = {
  name: 'inspect-blocks',
  line: 'The scan of the image finds too much; the version is quarantined before any fleet sees it.',
  misfit: ({ image }) =>
    tooMany(image) === undefined
      ? `the inspection of image ${image.name} lets any number of findings pass`
      : undefined,
  play: async (stage) => {
    const findings = tooMany(stage.setting.image) ?? {};
    stage.bakesWill({ behaviour: wellImage, findings });
    await stage.moveBase();
    await stage.allQuiet();
  },
  ending: (setting) => untouched(setting).map((release) => ({ ...release, quarantined: true })),
};

export const cannotRollBack: Scenario = {
  name: 'cannot-roll-back',
  line: 'The image that the fleet runs is gone, so a way back is not certain; no fleet is touched.',
  play: async (stage) => {
    const { fleets, waves } = stage.setting;
    for (const fleet of fleets) {
      if (waves[0]?.fleets.includes(fleet.name)) await stage.deregisterImageOf(fleet);
    }
    stage.bakesWill({ behaviour: wellImage });
    await stage.moveBase();
    await stage.allQuiet();
  },
  ending: untouched,
};
