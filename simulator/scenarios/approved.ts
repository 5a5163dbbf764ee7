import { firstWaveWith } from './asked.ts';
import { wellImage } from './behaviours.ts';
import type { RehearsedFleet, Setting } from './catalogue.ts';
import { goodImage } from './promoted.ts';
import { byWave, type Scenario, type Stage } from './scenario.ts';

/** Scenarios in which a person is asked whether a rollout may go on. */

const asks = ({ gates }: RehearsedFleet): boolean => gates.some(({ kind }) => kind === 'approval');

const nobodyIsAsked: Scenario['misfit'] = (setting) =>
  firstWaveWith(setting, asks) < 0
    ? `no fleet of image ${setting.image.name} has an approval gate`
    : undefined;

const asking = ({ fleets }: Setting): readonly RehearsedFleet[] => fleets.filter(asks);

const back: Scenario['ending'] = (setting) => [
  {
    outcome: 'rolled-back',
    fleets: byWave(setting, firstWaveWith(setting, asks) + 1, 'rolled-back'),
    quarantined: true,
  },
];

/** How long a person takes to look. */
const LOOKING_MINUTES = 40;

async function answer(stage: Stage, fleet: string, input: object): Promise<void> {
  await stage.ended(await stage.startRollout({ fleet, ...input }));
}

async function release(stage: Stage): Promise<void> {
  stage.bakesWill({ behaviour: wellImage });
  await stage.moveBase();
}

export const approvalGiven: Scenario = {
  name: 'approval-given',
  line: 'A person is asked at the canary and says yes; a second person, too late, is told who was first. It is promoted.',
  misfit: nobodyIsAsked,
  play: async (stage) => {
    await release(stage);
    for (const { name } of asking(stage.setting)) {
      await stage.entered('Ask for approval', { fleet: name });
      await stage.minutes(LOOKING_MINUTES);
      await answer(stage, name, { approve: true, by: 'Ann', reason: 'the numbers look good' });
      await answer(stage, name, { approve: false, by: 'Bob', reason: 'I have a bad feeling' });
    }
    await stage.allQuiet();
  },
  ending: goodImage.ending,
};

export const noLinks = ({ catalogue }: Setting): string | undefined =>
  catalogue.approvalLinks === true ? undefined : 'the catalogue does not say approvalLinks: true';

/** Ann opens the link and says yes; Bob says no by the same one, too late. */
export async function answeredByTwo(stage: Stage, link: string, reason: string): Promise<void> {
  await stage.browse('Ann', link);
  const answers = [
    { who: 'Ann', decision: 'approve', reason },
    { who: 'Bob', decision: 'reject', reason: 'I have a bad feeling' },
  ];
  for (const { who, ...form } of answers) await stage.browse(who, link, { name: who, ...form });
}

/** A mail scanner and whoever else previews a link sends no form. */
export const approvalByLink: Scenario = {
  name: 'approval-by-link',
  line: 'A person answers by the link in the notification, which a scanner has opened before; a second person is told who was first. It is promoted.',
  misfit: (setting) => nobodyIsAsked(setting) ?? noLinks(setting),
  play: async (stage) => {
    await release(stage);
    for (const { name } of asking(stage.setting)) {
      const link = await stage.linkInNotification({ fleet: name });
      await stage.browse('a mail scanner', link);
      await stage.minutes(LOOKING_MINUTES);
      await answeredByTwo(stage, link, 'the numbers look good');
    }
    await stage.allQuiet();
  },
  ending: goodImage.ending,
};

export const approvalRefused: Scenario = {
  name: 'approval-refused',
  line: 'A person is asked at the canary and says no; what moved goes back.',
  misfit: nobodyIsAsked,
  play: async (stage) => {
    await release(stage);
    const [fleet] = asking(stage.setting);
    await stage.entered('Ask for approval');
    await stage.minutes(LOOKING_MINUTES);
    const reason = 'the new colours are wrong';
    await answer(stage, fleet?.name ?? '', { approve: false, by: 'Ann', reason });
    await stage.allQuiet();
  },
  ending: back,
};

/** The fleet goes back in any case; where its gate holds on to what is proven, waves before it stay. */
const expired: Scenario['ending'] = (setting) => {
  const first = firstWaveWith(setting, asks);
  const [fleet] = asking(setting).filter(({ name }) => setting.waves[first]?.fleets.includes(name));
  const holds = fleet?.gates.some((gate) => gate.kind === 'approval' && gate.onExpiry === 'hold');
  if (holds !== true) return back(setting);
  const touched = byWave(setting, first + 1, 'rolled-back');
  const kept = setting.waves.slice(0, first).flatMap(({ fleets }) => fleets);
  const fleets = Object.fromEntries(
    Object.entries(touched).map(([name, outcome]) => [
      name,
      kept.includes(name) ? ('rolled-out' as const) : outcome,
    ]),
  );
  const outcome = kept.length === 0 ? 'rolled-back' : 'needs-a-person';
  return [{ outcome, fleets, quarantined: false }];
};

export const approvalExpired: Scenario = {
  name: 'approval-expired',
  line: 'A person is asked at the canary and nobody answers; when the question expires, the fleet goes back, and the rest as the catalogue says.',
  misfit: nobodyIsAsked,
  play: async (stage) => {
    await release(stage);
    await stage.allQuiet();
  },
  ending: expired,
};
