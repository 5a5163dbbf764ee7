import { AwsError } from '../contract.ts';
import { publishImage } from '../fleets.ts';
import { isLive, isRunning, type WitnessedExecution } from '../invariants/witness.ts';
import { answer } from './answering.ts';
import { call, type Doing, type Done, second, start, type Town } from './consoles.ts';
import { type Deed, picked } from './plan.ts';
import { restoreAtRest } from './restoring.ts';
import { fleetAt } from './weather.ts';

/** What people do: in the console of Step Functions, where Kiln is at home, and behind its back in all others. */

/** Does it, if it can be done at this moment. What AWS refuses is no news. */
export async function perform(town: Town, deed: Deed, name: string): Promise<void> {
  const { world } = town.account;
  const done = doing[deed.kind](town, deed, name);
  if (done === undefined) return;
  world.trace({ kind: 'world', message: `operator: ${deed.kind}: ${done.says}` });
  try {
    await done.act?.();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    world.trace({ kind: 'world', message: `operator: refused: ${error.message}` });
  }
}

const imageAt = ({ witness }: Town, { pick }: Deed) =>
  picked(Object.values(witness.catalogue.images), pick);

const ofFleet =
  (
    act: (
      town: Town,
      fleet: string,
      groupName: string,
      deed: Deed,
      name: string,
    ) => Done | undefined,
  ): Doing =>
  (town, deed, name) => {
    const at = fleetAt(town, deed.pick);
    return at && act(town, at.fleet.name, at.groupName, deed, name);
  };

const byHand = (input: Readonly<Record<string, unknown>>): Doing =>
  ofFleet((town, fleet, _groupName, _deed, name) =>
    start(town, 'rollout', name, { fleet, ...input }),
  );

const execution = (
  { witness }: Town,
  { pick }: Deed,
  wanted: (one: WitnessedExecution) => boolean,
): WitnessedExecution | undefined =>
  picked(
    witness.executions().filter((one) => one.workflow !== undefined && wanted(one)),
    pick,
  );

const PROCESSES = ['InstanceRefresh', 'Launch', 'Terminate', 'HealthCheck', 'ReplaceUnhealthy'];
/** "An earlier hour". */
const RESTORED_MINUTES_MAX = 60;

const doing: Readonly<Record<Deed['kind'], Doing>> = {
  release: (town, deed, name) => {
    const image = imageAt(town, deed)?.name;
    return image === undefined ? undefined : start(town, 'release', name, { image });
  },
  'release-version': (town, deed, name) => {
    const version = picked(town.witness.ledger().versions, deed.pick);
    return (
      version && start(town, 'release', name, { image: version.image, version: version.label })
    );
  },
  'roll-back-image': (town, deed, name) => {
    const image = imageAt(town, deed)?.name;
    const input = { image, rollBack: true, reason: 'a storm' };
    return image === undefined ? undefined : start(town, 'release', name, input);
  },
  'move-base': (town, deed) => {
    const image = imageAt(town, deed);
    if (image?.base.kind === 'image-builder') {
      return { says: `upstream of ${image.name}`, act: town.finishUpstream[image.name] };
    }
    if (image?.base.kind !== 'ssm') return undefined;
    const { parameter } = image.base;
    return { says: parameter, act: () => publishImage(town.account, { parameter }) };
  },
  'tell-again': (town, deed, name) => {
    const release = picked(town.witness.ledger().releases, deed.pick);
    return release && start(town, 'release', name, { image: release.image, cause: release.cause });
  },
  'roll-back-fleet': byHand({ to: 'previous', reason: 'a storm' }),
  unblock: byHand({ unblock: true, reason: 'mended by hand' }),
  pin: byHand({ pin: true, reason: 'to be rolled out by Kiln' }),
  answer,
  stop: (town, deed) => {
    const running = execution(town, deed, isRunning);
    const input = { executionArn: running?.arn, cause: 'stopped by a person' };
    return running && call(town, 'client-sfn', 'StopExecution', input);
  },
  redrive: (town, deed) => {
    const ended = execution(town, deed, ({ status }) =>
      ['FAILED', 'ABORTED', 'TIMED_OUT'].includes(status),
    );
    return ended && call(town, 'client-sfn', 'RedriveExecution', { executionArn: ended.arn });
  },
  'cancel-refresh': ofFleet((town, _fleet, AutoScalingGroupName) =>
    call(town, 'client-auto-scaling', 'CancelInstanceRefresh', { AutoScalingGroupName }),
  ),
  'cancel-bake': (town, { pick }) => {
    const bake = picked(
      town.witness.bakes().filter(({ underWay }) => underWay),
      pick,
    );
    const input = { imageBuildVersionArn: bake?.arn, clientToken: `operator-${pick}` };
    return bake && call(town, 'client-imagebuilder', 'CancelImageCreation', input);
  },
  resize: ofFleet((town, _fleet, AutoScalingGroupName, { pick }) => {
    const { desired = 0 } = town.witness.group(AutoScalingGroupName) ?? {};
    const DesiredCapacity = Math.max(1, desired + (second(pick) < 0.5 ? 1 : -1));
    return call(town, 'client-auto-scaling', 'SetDesiredCapacity', {
      AutoScalingGroupName,
      DesiredCapacity,
    });
  }),
  'foreign-refresh': ofFleet((town, _fleet, AutoScalingGroupName) =>
    call(town, 'client-auto-scaling', 'StartInstanceRefresh', {
      AutoScalingGroupName,
      Preferences: { MinHealthyPercentage: 50 },
    }),
  ),
  'foreign-deploy': ofFleet((town, fleet, AutoScalingGroupName, { pick }) => {
    const LaunchTemplateId = town.witness.catalogue.fleets[fleet]?.launchTemplateId ?? '';
    const versions = town.witness.templateVersions(LaunchTemplateId);
    const Version = picked(versions, second(pick))?.version ?? '1';
    return call(town, 'client-auto-scaling', 'UpdateAutoScalingGroup', {
      AutoScalingGroupName,
      LaunchTemplate: { LaunchTemplateId, Version },
    });
  }),
  suspend: ofFleet((town, _fleet, AutoScalingGroupName, { pick }) =>
    call(town, 'client-auto-scaling', 'SuspendProcesses', {
      AutoScalingGroupName,
      ScalingProcesses: [picked(PROCESSES, second(pick))],
    }),
  ),
  resume: ofFleet((town, _fleet, AutoScalingGroupName) =>
    call(town, 'client-auto-scaling', 'ResumeProcesses', { AutoScalingGroupName }),
  ),
  'deregister-image': ofFleet((town, _fleet, groupName, { pick }) => {
    const live = (town.witness.group(groupName)?.instances ?? []).filter(isLive);
    const ImageId = picked(live, second(pick))?.imageId;
    return ImageId === undefined
      ? undefined
      : call(town, 'client-ec2', 'DeregisterImage', { ImageId });
  }),
  'delete-alarm': ofFleet((town, fleet) => {
    const gates = town.witness.catalogue.fleets[fleet]?.gates ?? [];
    const [AlarmName] = gates.flatMap((gate) => (gate.kind === 'alarms' ? gate.alarms : []));
    return AlarmName === undefined
      ? undefined
      : call(town, 'client-cloudwatch', 'DeleteAlarms', { AlarmNames: [AlarmName] });
  }),
  'delete-target-group': ofFleet((town, _fleet, groupName) => {
    const { elb } = town.account;
    const arn = town.witness.targetGroups?.(groupName).find((one) => elb.has(one));
    return arn === undefined ? undefined : { says: arn, act: () => elb.removeTargetGroup(arn) };
  }),
  'restore-table': (town, { pick }) => {
    const minutes = 1 + Math.floor(second(pick) * RESTORED_MINUTES_MAX);
    const swap = town.restore(minutes);
    if (swap === undefined) return undefined;
    return { says: `to what it was ${minutes} minutes ago`, act: () => restoreAtRest(town, swap) };
  },
  upgrade: (town) => ({ says: 'another version of the app is deployed', act: town.upgrade }),
};
