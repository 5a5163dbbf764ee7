import { wellImage } from './behaviours.ts';
import { gateFunctions, type RehearsedFleet, type Setting } from './catalogue.ts';
import { byWave, type Scenario } from './scenario.ts';

/** Scenarios of gates that ask somebody: a function of the user's. */

/** Index of the first wave with such a fleet; -1 without one. */
export const firstWaveWith = (
  { waves, fleets }: Setting,
  has: (fleet: RehearsedFleet) => boolean,
): number => {
  const such = fleets.filter(has);
  return waves.findIndex((wave) => such.some(({ name }) => wave.fleets.includes(name)));
};

const asks = (fleet: RehearsedFleet): boolean => gateFunctions(fleet).length > 0;

const nobodyAsked: Scenario['misfit'] = (setting) =>
  firstWaveWith(setting, asks) < 0
    ? `no fleet of image ${setting.image.name} has an enforced function gate`
    : undefined;

const back: Scenario['ending'] = (setting) => [
  {
    outcome: 'rolled-back',
    fleets: byWave(setting, firstWaveWith(setting, asks) + 1, 'rolled-back'),
    quarantined: true,
  },
];

export const gateFunctionRefuses: Scenario = {
  name: 'gate-function-refuses',
  line: 'A gate function of the user finds fault with the new instances; what moved goes back at once.',
  misfit: nobodyAsked,
  play: async (stage) => {
    stage.bakesWill({ behaviour: wellImage });
    stage.gateFunctionsWill('refuses');
    await stage.moveBase();
    await stage.allQuiet();
  },
  ending: back,
};

export const gateFunctionThrows: Scenario = {
  name: 'gate-function-throws',
  line: 'A gate function of the user throws whenever it is asked; that is no verdict, and past its limit what moved goes back.',
  misfit: nobodyAsked,
  play: async (stage) => {
    stage.bakesWill({ behaviour: wellImage });
    stage.gateFunctionsWill('throws');
    await stage.moveBase();
    await stage.allQuiet();
  },
  ending: back,
};

export const gateFunctionHangs: Scenario = {
  name: 'gate-function-hangs',
  line: 'A gate function of the user answers no more once the canary is held; past the limit what moved goes back.',
  misfit: nobodyAsked,
  play: async (stage) => {
    stage.bakesWill({ behaviour: wellImage });
    await stage.moveBase();
    const fleet = stage.setting.fleets.find(asks)?.name;
    await stage.entered('Hold the fleet', fleet === undefined ? {} : { fleet });
    stage.gateFunctionsWill('hangs');
    await stage.allQuiet();
  },
  ending: back,
};
