import { lifelessImage, sickImage, sickOnce, wellImage } from './behaviours.ts';
import { enforcedAlarms, type RehearsedFleet, type Setting } from './catalogue.ts';
import { goodImage } from './promoted.ts';
import { byWave, everyFleet, type Scenario } from './scenario.ts';

/** Scenarios that end with every fleet back on the image that it came from. */

/** Wrong answers show in alarms alone. */
function noAlarm(fleets: readonly RehearsedFleet[]): string | undefined {
  const blind = fleets.filter((fleet) => enforcedAlarms(fleet).length === 0);
  if (blind.length < fleets.length) return undefined;
  const names = blind.map(({ name }) => name).join(', ');
  return `no enforced alarm watches ${names}, so an image that answers wrongly is not noticed there`;
}

const fleetsOfWave = (setting: Setting, index: number): readonly RehearsedFleet[] =>
  setting.fleets.filter(({ name }) => setting.waves[index]?.fleets.includes(name));

export const sickCanary: Scenario = {
  name: 'sick-canary',
  line: 'The image answers wrongly from the first minute; the canary goes back.',
  misfit: (setting) => noAlarm(fleetsOfWave(setting, 0)),
  play: async (stage) => {
    stage.bakesWill({ behaviour: sickImage });
    await stage.moveBase();
    await stage.allQuiet();
  },
  ending: (setting) => [
    { outcome: 'rolled-back', fleets: byWave(setting, 1, 'rolled-back'), quarantined: true },
  ],
};

/** Time enough for an alarm to see a fault and for a look to see the alarm. */
const SOAK_SECONDS_MIN = 300;

export const sickAfterCompletion: Scenario = {
  name: 'sick-after-completion',
  line: 'Every checkpoint is green; the fault shows in the soak, and the whole fleet goes back.',
  misfit: (setting) => {
    const [fleet] = setting.fleets;
    if (fleet.soakSeconds < SOAK_SECONDS_MIN) {
      return `fleet ${fleet.name} soaks for ${fleet.soakSeconds} s, too short for an alarm to fire in (${SOAK_SECONDS_MIN} s)`;
    }
    return noAlarm([fleet]);
  },
  play: async (stage) => {
    let expired = false;
    stage.bakesWill({ behaviour: sickOnce(() => expired) });
    await stage.moveBase();
    await stage.fullyReplaced(stage.setting.fleets[0]);
    stage.say('the fault of the new image shows itself');
    expired = true;
    await stage.allQuiet();
  },
  ending: sickCanary.ending,
};

export const secondWaveFails: Scenario = {
  name: 'second-wave-fails',
  line: 'The first wave is rolled out; the second finds the image sick, and both go back.',
  misfit: (setting) => {
    if (setting.waves.length < 2) {
      return `image ${setting.image.name} is rolled out in one wave, so no second one can fail`;
    }
    return noAlarm(fleetsOfWave(setting, 1));
  },
  play: async (stage) => {
    let expired = false;
    stage.bakesWill({ behaviour: sickOnce(() => expired) });
    await stage.moveBase();
    const [fleet] = fleetsOfWave(stage.setting, 1);
    if (fleet !== undefined) await stage.firstNewInstance(fleet);
    stage.say('the fault of the new image shows itself');
    expired = true;
    await stage.allQuiet();
  },
  ending: (setting) => [
    { outcome: 'rolled-back', fleets: byWave(setting, 2, 'rolled-back'), quarantined: true },
  ],
};

export const instancesNeverHealthy: Scenario = {
  name: 'instances-never-healthy',
  line: 'Instances of the image start and never pass a health check; the fleet goes back.',
  play: async (stage) => {
    stage.bakesWill({ behaviour: lifelessImage });
    await stage.moveBase();
    await stage.allQuiet();
  },
  ending: sickCanary.ending,
};

/** Short of a look interval, so that many launches are given up before the refresh is. */
const STARTUP_SECONDS = 60;

export const hookAbandons: Scenario = {
  name: 'hook-abandons',
  line: 'The start-up script of the new image fails, so a lifecycle hook abandons each launch; the fleet goes back.',
  play: async (stage) => {
    for (const fleet of stage.setting.fleets) {
      const known = new Set(stage.imagesOf(fleet));
      await stage.console.hookLaunches(fleet, {
        seconds: STARTUP_SECONDS,
        answer: (imageId) => (known.has(imageId) ? 'CONTINUE' : 'ABANDON'),
      });
    }
    stage.bakesWill({ behaviour: wellImage });
    await stage.moveBase();
    await stage.allQuiet();
  },
  ending: sickCanary.ending,
};

export const backByHand: Scenario = {
  name: 'back-by-hand',
  line: 'A good image is promoted; a person sends the fleets back all the same.',
  play: async (stage) => {
    await goodImage.play(stage);
    await stage.minutes(30);
    const reason = 'customers complain about the new look';
    await stage.startRelease({ image: stage.setting.image.name, rollBack: true, reason });
    await stage.allQuiet();
  },
  ending: (setting) => [
    ...goodImage.ending(setting),
    { outcome: 'rolled-back', fleets: everyFleet(setting, 'rolled-back') },
  ],
};

/** The first fleet that is held on its way, and how many waves have begun by then. */
function canary(setting: Setting): { fleet: RehearsedFleet; waves: number } | undefined {
  const fleet = setting.fleets.find(({ checkpoints }) => checkpoints.length > 1);
  if (fleet === undefined) return undefined;
  return { fleet, waves: setting.waves.findIndex(({ fleets }) => fleets.includes(fleet.name)) + 1 };
}

export const stoppedMidCanary: Scenario = {
  name: 'stopped-mid-canary',
  line: 'A person stops the release while the canary is held; Recover brings the fleet back.',
  misfit: (setting) =>
    canary(setting) === undefined
      ? `no fleet of image ${setting.image.name} has a checkpoint below 100 %, so there is no canary to be held`
      : undefined,
  play: async (stage) => {
    stage.bakesWill({ behaviour: wellImage });
    await stage.moveBase();
    const release = await stage.entered('Roll out the wave');
    const fleet = canary(stage.setting)?.fleet.name;
    await stage.entered('Hold the fleet', fleet === undefined ? {} : { fleet });
    await stage.minutes(2);
    await stage.stop(release, 'stopped by a person');
    await stage.allQuiet();
  },
  ending: (setting) => [
    {
      outcome: 'rolled-back',
      fleets: byWave(setting, canary(setting)?.waves ?? 0, 'rolled-back'),
      quarantined: true,
    },
  ],
};
