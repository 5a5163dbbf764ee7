import type { Interference } from '../../../simulator/calls.ts';
import { AwsError } from '../../../simulator/contract.ts';
import { type Account, healthyImage } from '../../../simulator/index.ts';
import { wellImage } from '../../../simulator/scenarios/behaviours.ts';
import type { RehearsedFleet, Setting } from '../../../simulator/scenarios/catalogue.ts';
import { goodImage } from '../../../simulator/scenarios/promoted.ts';
import { byWave, everyFleet, type Stage } from '../../../simulator/scenarios/scenario.ts';
import { loseAnswers, madeBy, type Story, tryThePager } from './story.ts';

/** Stories about fleets: what a person does to them, and what fails on the way. */

const reason = 'a person asks';

const lastFleet = ({ fleets }: Setting) => fleets.at(-1) ?? fleets[0];

/** Everybody who may own a claim or a lock is stopped once, and asked for by those who find it. */
export const everyOwnerDies = (): Story => ({
  scenario: {
    name: 'every-owner-dies',
    line: 'A person stops a release, then the Recover that came for it, and asks for a rollout meanwhile.',
    play: async (stage) => {
      const { name: fleet } = lastFleet(stage.setting);
      stage.bakesWill({ behaviour: wellImage });
      await stage.moveBase();
      const release = await stage.entered('Roll out the wave');
      await stage.entered('Hold the fleet', { fleet });
      // Refused: a release of the image runs.
      await stage.ended(await stage.startRollout({ fleet, to: 'previous', reason }));
      await stage.stop(release, 'stopped by a person');
      const recover = await stage.entered('Take the fleets back');
      // Refused: Recover is about to.
      await stage.ended(await stage.startRollout({ fleet, to: 'previous', reason }));
      await stage.stop(recover, 'stopped by a person');
      await stage.allQuiet();
    },
    ending: (setting) => [
      {
        outcome: 'rolled-back',
        fleets: byWave(setting, setting.waves.length, 'rolled-back'),
        quarantined: true,
      },
    ],
  },
});

/** Nobody tries again at once. */
const refused: Interference = { fail: new AwsError('ValidationError', 'Not now') };

export const rolloutsByHand = (): Story => {
  let refusing = false;
  return {
    scenario: {
      name: 'rollouts-by-hand',
      line: 'A person sends fleets back: one rollout is stopped and recovered, one is refused until it gives up.',
      play: async (stage) => {
        const [{ name: fleet }] = stage.setting.fleets;
        await goodImage.play(stage);
        const rollout = await stage.startRollout({ fleet, to: 'previous', reason });
        await stage.entered('Supervise the way back', { fleet });
        await stage.minutes(1);
        await stage.stop(rollout, 'stopped by a person');
        await stage.minutes(1);
        await stage.allQuiet();
        refusing = true;
        const { name: last } = lastFleet(stage.setting);
        await stage.ended(await stage.startRollout({ fleet: last, to: 'previous', reason }));
        await stage.allQuiet();
      },
      ending: goodImage.ending,
    },
    intercept: ({ operation }) =>
      refusing && operation === 'StartInstanceRefresh' ? refused : undefined,
  };
};

/** So often a release sends a fleet back; one whose rollout forward died is sent back once more, at once. */
const WAY_BACK_ROUNDS = 2;

/** So long each of a survey's calls takes, so that a person's stop comes before the survey has ended. */
const SURVEY_MS = 3_000;

/**
 * The first fleet of one release and the last of the next are left to a person, under a hold of Kiln's that Recover could
 * not lift either.
 */
export const sentBackInVain = (): Story => {
  let account: Account | undefined;
  let vain = false;
  let held = false;
  const stopEach = async (stage: Stage, fleet: string, rounds: number): Promise<void> => {
    for (let round = 1; round <= rounds; round += 1) {
      await stage.stop(await stage.entered('Survey the fleet', { fleet }), 'no');
    }
  };
  const play = async (stage: Stage, fleets: readonly RehearsedFleet[]): Promise<void> => {
    const last = fleets.at(-1) ?? stage.setting.fleets[0];
    stage.bakesWill({ behaviour: wellImage });
    await stage.moveBase();
    const rollout = await stage.entered('Hold the fleet', { fleet: last.name });
    await stage.minutes(2);
    vain = true;
    held = true;
    const stopping = Promise.all(
      fleets.map((fleet) =>
        stopEach(stage, fleet.name, fleet === last ? WAY_BACK_ROUNDS + 1 : WAY_BACK_ROUNDS),
      ),
    );
    await stage.stop(rollout, 'no');
    await stopping;
    vain = false;
    await stage.allQuiet();
    held = false;
    // A person mends the group before telling so; the hold is Kiln's to lift.
    await account?.calls.callAws({
      caller: { kind: 'person', name: 'operator' },
      client: 'client-auto-scaling',
      operation: 'StartInstanceRefresh',
      input: {
        AutoScalingGroupName: last.autoScalingGroupName,
        Preferences: { SkipMatching: true },
      },
    });
    await stage.ended(await stage.startRollout({ fleet: last.name, unblock: true, reason }));
    await stage.minutes(60);
  };
  return {
    scenario: {
      name: 'sent-back-in-vain',
      line: 'A person stops whatever moves a held fleet, until a person is called; who mends it and clears the block.',
      play: async (stage) => {
        const { fleets } = stage.setting;
        await play(stage, fleets.slice(0, 1));
        await play(stage, fleets);
      },
      ending: (setting) => [
        {
          outcome: 'needs-a-person',
          fleets: byWave(setting, 1, 'needs-a-person'),
          quarantined: true,
        },
        {
          outcome: 'needs-a-person',
          fleets: everyFleet(setting, 'needs-a-person'),
          quarantined: true,
        },
      ],
    },
    prepare: (made) => {
      account = made;
    },
    intercept: (call) => {
      if (held && call.operation === 'ResumeProcesses') return refused;
      return vain && call.client === 'client-dynamodb' && madeBy(call, 'SurveyFleetRole')
        ? { delayMs: SURVEY_MS }
        : undefined;
    },
  };
};

/** What a launch template may have its launches tag. */
const TAGGED = ['instance', 'volume', 'network-interface', 'spot-instances-request'] as const;

/** As a person writes one whose bill is split by tags. */
function taggingTemplates({ ec2 }: Account, { fleets }: Setting): void {
  for (const { autoScalingGroupName: name, launchTemplateId } of fleets) {
    const LaunchTemplateData = {
      ImageId: ec2.registerImage({ name: `${name} as found`, behaviour: healthyImage }),
      InstanceType: 'm7g.large' as const,
      InstanceMarketOptions: { MarketType: 'spot' as const },
      TagSpecifications: TAGGED.map((ResourceType) => ({
        ResourceType,
        Tags: [{ Key: 'team', Value: 'web' }],
      })),
    };
    const LaunchTemplateName = `${name}-template`;
    ec2.templates.store.create(
      { LaunchTemplateName, LaunchTemplateData },
      'a person',
      launchTemplateId,
    );
  }
}

/** Longer than an alarm takes to be well again, shorter than a wake may take. */
const LATE_MS = 75_000;

/** A wake that comes when what it announces is over is a look that does not see it. */
export const tagsAndFlickers = (): Story => {
  let account: Account | undefined;
  let flickers = false;
  const loses = loseAnswers('CreateLaunchTemplateVersion');
  return {
    scenario: {
      name: 'tags-and-flickers',
      line: 'Templates tag what they launch; groups are pinned; an alarm flickers while a wave is watched.',
      patch: ({ fleets }) => ({
        groups: Object.fromEntries(
          fleets.map(({ autoScalingGroupName }) => [
            autoScalingGroupName,
            { launchTemplateVersion: '$Latest' as const },
          ]),
        ),
      }),
      play: async (stage) => {
        for (const { name: fleet } of stage.setting.fleets) {
          await stage.ended(await stage.startRollout({ fleet, pin: true, reason }));
        }
        stage.bakesWill({ behaviour: wellImage });
        await stage.moveBase();
        await stage.entered('Soak the wave');
        await stage.minutes(1);
        flickers = true;
        await tryThePager(account, stage.setting);
        await stage.allQuiet();
      },
      ending: goodImage.ending,
    },
    prepare: (made, setting) => {
      account = made;
      taggingTemplates(made, setting);
    },
    intercept: (call) => {
      if (!flickers || call.operation !== 'Invoke' || !madeBy(call, 'WakeRole')) return loses(call);
      flickers = false;
      return { delayMs: LATE_MS };
    },
  };
};
