import { firstWaveWith } from './asked.ts';
import { hangingImage, wellImage, wrongImage } from './behaviours.ts';
import { isProbed, isProbedByName, type RehearsedFleet, type Setting } from './catalogue.ts';
import { byWave, type Scenario } from './scenario.ts';

/** Scenarios of gates that make requests of their own. */

type Has = (fleet: RehearsedFleet) => boolean;

const misfitOf =
  (has: Has, what: string): Scenario['misfit'] =>
  (setting) =>
    firstWaveWith(setting, has) < 0
      ? `no fleet of image ${setting.image.name} has ${what}`
      : undefined;

const back =
  (has: Has): Scenario['ending'] =>
  (setting) => [
    {
      outcome: 'rolled-back',
      fleets: byWave(setting, firstWaveWith(setting, has) + 1, 'rolled-back'),
      quarantined: true,
    },
  ];

export const probeRed: Scenario = {
  name: 'probe-red',
  line: 'The new version passes its health checks and answers requests with errors; a probe sees it, and what moved goes back at once.',
  misfit: misfitOf(isProbed, 'an enforced probe'),
  play: async (stage) => {
    stage.bakesWill({ behaviour: wrongImage });
    await stage.moveBase();
    await stage.allQuiet();
  },
  ending: back(isProbed),
};

/** The first wave with a probe of its own, where nothing else of Kiln's asks the fleets so far; -1 without one. */
const probedWave = ({ waves, fleets }: Setting): number => {
  const first = waves.findIndex(isProbed);
  const sooner = waves.slice(0, first + 1).flatMap((wave) => wave.fleets);
  const asked = fleets.some((fleet) => sooner.includes(fleet.name) && isProbed(fleet));
  return asked ? -1 : first;
};

export const waveProbeRed: Scenario = {
  name: 'wave-probe-red',
  line: 'The new version passes what its fleet asks of it, and answers requests with errors; the probe of its wave sees it, and the release goes back at once.',
  misfit: (setting) =>
    probedWave(setting) < 0
      ? `no wave of image ${setting.image.name} has an enforced probe that no fleet has before`
      : undefined,
  play: probeRed.play,
  ending: (setting) => [
    {
      outcome: 'rolled-back',
      fleets: byWave(setting, probedWave(setting) + 1, 'rolled-back'),
      quarantined: true,
    },
  ],
};

export const probeHangs: Scenario = {
  name: 'probe-hangs',
  line: 'The new version takes requests and never answers them; the probe waits no longer than it may, and what moved goes back.',
  misfit: misfitOf(isProbed, 'an enforced probe'),
  play: async (stage) => {
    stage.bakesWill({ behaviour: hangingImage });
    await stage.moveBase();
    await stage.allQuiet();
  },
  ending: back(isProbed),
};

export const probeUnmade: Scenario = {
  name: 'probe-unmade',
  line: 'What makes the requests of probes fails once the canary is held; that is no verdict, and past its limit what moved goes back.',
  misfit: misfitOf(isProbedByName, 'an enforced probe of a URL'),
  play: async (stage) => {
    stage.bakesWill({ behaviour: wellImage });
    await stage.moveBase();
    const fleet = stage.setting.fleets.find(isProbedByName)?.name;
    await stage.entered('Hold the fleet', fleet === undefined ? {} : { fleet });
    stage.namesAreLost();
    await stage.allQuiet();
  },
  ending: back(isProbedByName),
};
