import { noisyImage, silentAfter, slowImage, wellImage } from './behaviours.ts';
import { comparedMetrics, type Setting } from './catalogue.ts';
import { goodImage } from './promoted.ts';
import { byWave, type Scenario } from './scenario.ts';

/** Scenarios of the canary gate: what shows only in comparison with the instances beside it. */

/** Index of the first wave in which an enforced gate compares; -1 without one. */
const comparingWave = ({ waves, fleets }: Setting): number => {
  const compared = fleets.filter((fleet) => comparedMetrics(fleet).length > 0);
  return waves.findIndex((wave) => compared.some(({ name }) => wave.fleets.includes(name)));
};

const nothingCompares = (setting: Setting): string | undefined =>
  comparingWave(setting) < 0
    ? `no fleet of image ${setting.image.name} has an enforced canary gate, so nothing compares its images`
    : undefined;

/** Well past every tolerance, and far from what an alarm would notice. */
const slowness = ({ fleets }: Setting): number => {
  const tolerances = fleets.flatMap((fleet) =>
    comparedMetrics(fleet).map(({ tolerance = 0 }) => tolerance),
  );
  return 1.15 + 1.5 * Math.max(0, ...tolerances);
};

export const slowCanary: Scenario = {
  name: 'slow-canary',
  line: 'The image takes longer for the same work, too little for any alarm; the canary analysis sees it, and what moved goes back.',
  misfit: nothingCompares,
  play: async (stage) => {
    stage.bakesWill({ behaviour: slowImage(slowness(stage.setting)) });
    await stage.moveBase();
    await stage.allQuiet();
  },
  ending: (setting) => [
    {
      outcome: 'rolled-back',
      fleets: byWave(setting, comparingWave(setting) + 1, 'rolled-back'),
      quarantined: true,
    },
  ],
};

export const noisyCanary: Scenario = {
  name: 'noisy-canary',
  line: 'What the new image measures scatters widely and is no worse on the whole; noise alone is no reason, and it is promoted.',
  misfit: nothingCompares,
  play: async (stage) => {
    stage.bakesWill({ behaviour: noisyImage });
    await stage.moveBase();
    await stage.allQuiet();
  },
  ending: goodImage.ending,
};

const SILENT_AFTER_MINUTES = 3;

export const silentCanary: Scenario = {
  name: 'silent-canary',
  line: 'What the new instances publish comes to a stop after some minutes; too little was seen, and what moved goes back.',
  misfit: (setting) => {
    const few = setting.fleets.some(({ gates }) =>
      gates.some(
        (gate) =>
          gate.kind === 'canary' &&
          gate.mode === 'enforce' &&
          gate.minimumSamples <= 2 * SILENT_AFTER_MINUTES,
      ),
    );
    if (!few) return nothingCompares(setting);
    return `${SILENT_AFTER_MINUTES} minutes are samples enough for a canary gate of image ${setting.image.name}`;
  },
  play: async (stage) => {
    stage.bakesWill({ behaviour: silentAfter(SILENT_AFTER_MINUTES) });
    await stage.moveBase();
    await stage.allQuiet();
  },
  ending: slowCanary.ending,
};

const noEvidence: Scenario['misfit'] = ({ image, fleets: [fleet] }) =>
  fleet.soakEvidence === undefined
    ? `the first fleet of image ${image.name} has no soakEvidence`
    : undefined;

export const quietSoak: Scenario = {
  name: 'quiet-soak',
  line: 'Customers stay away once the fleet is replaced; the soak sees too little, and at its bound the fleet goes back.',
  misfit: noEvidence,
  play: async (stage) => {
    const [fleet] = stage.setting.fleets;
    stage.bakesWill({ behaviour: wellImage });
    await stage.moveBase();
    await stage.fullyReplaced(fleet);
    stage.customersStayAway(fleet);
    await stage.allQuiet();
  },
  ending: (setting) => [
    { outcome: 'rolled-back', fleets: byWave(setting, 1, 'rolled-back'), quarantined: true },
  ],
};
