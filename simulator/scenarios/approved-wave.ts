import { answeredByTwo, noLinks } from './approved.ts';
import { wellImage } from './behaviours.ts';
import type { RehearsedGate, RehearsedWave, Setting } from './catalogue.ts';
import { goodImage } from './promoted.ts';
import { byWave, type Running, type Scenario, type Stage } from './scenario.ts';

/** Scenarios in which a person is asked whether a release may go on from a wave. */

const approvalOf = ({ gates = [] }: RehearsedWave) =>
  gates.find((gate): gate is Extract<RehearsedGate, { kind: 'approval' }> => {
    return gate.kind === 'approval';
  });

const asking = ({ waves }: Setting): readonly RehearsedWave[] =>
  waves.filter((wave) => approvalOf(wave) !== undefined);

const nobodyIsAsked = (setting: Setting): string | undefined =>
  asking(setting).length === 0
    ? `no wave of image ${setting.image.name} has an approval gate`
    : undefined;

/** How many waves are rolled out when the first question is asked. */
const wavesByThen = (setting: Setting): number =>
  setting.waves.findIndex((wave) => approvalOf(wave) !== undefined) + 1;

const allBack: Scenario['ending'] = (setting) => [
  {
    outcome: 'rolled-back',
    fleets: byWave(setting, wavesByThen(setting), 'rolled-back'),
    quarantined: true,
  },
];

/** How long a person takes to look: more than a day, as no refresh is held for it. */
const LOOKING_MINUTES = 30 * 60;

const heard = async (stage: Stage, { name: release }: Running, wave: string, input: object) =>
  stage.ended(await stage.startRelease({ release, wave, ...input }));

async function release(stage: Stage): Promise<void> {
  stage.bakesWill({ behaviour: wellImage });
  await stage.moveBase();
}

export const waveApprovalGiven: Scenario = {
  name: 'wave-approval-given',
  line: 'A person is asked after the soak of a wave and says yes a day later; a second person is told who was first. It is promoted.',
  misfit: nobodyIsAsked,
  play: async (stage) => {
    await release(stage);
    for (const { name } of asking(stage.setting)) {
      const asked = await stage.entered('Ask for approval');
      await stage.minutes(LOOKING_MINUTES);
      await heard(stage, asked, name, { approve: true, by: 'Ann', reason: 'staging looks good' });
      await heard(stage, asked, name, { approve: false, by: 'Bob', reason: 'not on a Friday' });
    }
    await stage.allQuiet();
  },
  ending: goodImage.ending,
};

export const waveApprovalByLink: Scenario = {
  name: 'wave-approval-by-link',
  line: 'A person answers a question about a wave by the link in its notification a day later; a second person is told who was first. It is promoted.',
  misfit: (setting) => nobodyIsAsked(setting) ?? noLinks(setting),
  play: async (stage) => {
    await release(stage);
    for (const _ of asking(stage.setting)) {
      const link = await stage.linkInNotification();
      await stage.minutes(LOOKING_MINUTES);
      await answeredByTwo(stage, link, 'staging looks good');
    }
    await stage.allQuiet();
  },
  ending: goodImage.ending,
};

export const waveApprovalRefused: Scenario = {
  name: 'wave-approval-refused',
  line: 'A person is asked after the soak of a wave and says no; the whole release goes back.',
  misfit: nobodyIsAsked,
  play: async (stage) => {
    await release(stage);
    const [wave] = asking(stage.setting);
    const asked = await stage.entered('Ask for approval');
    await stage.minutes(LOOKING_MINUTES);
    const reason = 'the new colours are wrong';
    await heard(stage, asked, wave?.name ?? '', { approve: false, by: 'Ann', reason });
    await stage.allQuiet();
  },
  ending: allBack,
};

const keepsProven = (wave: RehearsedWave): boolean => approvalOf(wave)?.onExpiry === 'hold';

export const waveApprovalExpired: Scenario = {
  name: 'wave-approval-expired',
  line: 'A person is asked after the soak of a wave and nobody answers; when the question expires, the whole release goes back.',
  misfit: (setting) => {
    const [wave] = asking(setting);
    if (wave === undefined) return nobodyIsAsked(setting);
    return keepsProven(wave)
      ? `wave ${wave.name} of image ${setting.image.name} holds on to what is proven`
      : undefined;
  },
  play: async (stage) => {
    await release(stage);
    await stage.allQuiet();
  },
  ending: allBack,
};

/** How many waves are proven when nobody answers who would have to; 0 where no wave holds on. */
const wavesKept = ({ waves }: Setting): number => waves.findIndex(keepsProven) + 1;

export const waveApprovalHeld: Scenario = {
  name: 'wave-approval-held',
  line: 'Nobody answers after the soak of a wave that holds on to what is proven: it and those before keep the new image, the others are not begun.',
  misfit: (setting) =>
    wavesKept(setting) === 0
      ? `no wave of image ${setting.image.name} has an approval gate with onExpiry hold`
      : undefined,
  play: async (stage) => {
    await release(stage);
    for (const wave of asking(stage.setting)) {
      if (keepsProven(wave)) break;
      const asked = await stage.entered('Ask for approval');
      await heard(stage, asked, wave.name, { approve: true, by: 'Ann', reason: 'it looks good' });
    }
    await stage.allQuiet();
  },
  ending: (setting) => [
    {
      outcome: 'needs-a-person',
      fleets: byWave(setting, wavesKept(setting), 'rolled-out'),
      quarantined: false,
    },
  ],
};
