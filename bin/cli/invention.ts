import type { CheckedCatalogue } from '../../lib/catalogue/checked-catalogue.ts';
import type { PublishedMetric } from '../../simulator/aws/auto-scaling-agents.ts';
import type { Place } from '../../simulator/contract.ts';
import { inventGateFunction } from '../../simulator/gate-functions.ts';
import { type Account, defaultPlace, inventFleet, publishImage } from '../../simulator/index.ts';
import { comparedMetrics, gateFunctions } from '../../simulator/scenarios/catalogue.ts';
import type { GroupPatch } from '../../simulator/scenarios/scenario.ts';
import { provision } from '../../simulator/template/provision.ts';
import type { WorldFile } from './world-file.ts';

/** Makes what the catalogue names and no template makes: base images, groups, alarms, upstream pipelines. */

export interface Invented {
  /** Makes the upstream pipeline of an image finish one; only for images that are built on such a one. */
  readonly finishUpstream: Readonly<Record<string, () => void>>;
}

/** The account and Region that the catalogue speaks of, where it does; upstream images name theirs. */
export function placeOf(catalogue: CheckedCatalogue): Place {
  const [arn] = Object.values(catalogue.images).flatMap(({ base }) =>
    base.kind === 'image-builder' ? [base.imageArn] : [],
  );
  if (arn === undefined) return defaultPlace;
  const [, partition = '', , region = '', accountId = ''] = arn.split(':');
  return { partition, region, accountId };
}

export function invent(account: Account, catalogue: CheckedCatalogue, world: WorldFile): Invented {
  const finishUpstream: Record<string, () => void> = {};
  for (const { name, base } of Object.values(catalogue.images)) {
    switch (base.kind) {
      case 'ssm':
        inventParameter(account, base.parameter);
        break;
      case 'ami':
        account.ec2.registerImage({ imageId: base.imageId, name: 'base image' });
        break;
      case 'image-builder': {
        const upstream = base.imageArn.split('/').at(-1) ?? name;
        const { pipelineArn } = account.imageBuilder.addForeignPipeline({ name: upstream });
        account.imageBuilder.finishForeignImage({ pipelineArn });
        finishUpstream[name] = () => account.imageBuilder.finishForeignImage({ pipelineArn });
        break;
      }
      default:
        base satisfies never;
    }
  }
  for (const fleet of Object.values(catalogue.fleets)) {
    const patch = world[fleet.autoScalingGroupName] ?? {};
    inventGroup(account, catalogue, fleet, patch);
    publishNames(account, fleet, [fleet]);
  }
  for (const wave of catalogue.waves) {
    publishNames(
      account,
      wave,
      wave.fleets.flatMap((name) => catalogue.fleets[name] ?? []),
    );
  }
  for (const one of [...Object.values(catalogue.fleets), ...catalogue.waves]) {
    for (const name of gateFunctions(one, true)) inventGateFunction(account, name, 'passes');
  }
  return { finishUpstream };
}

/** The names that probes of a fleet or a wave go to lead to its instances. */
function publishNames(
  account: Account,
  { gates = [] }: Pick<CheckedCatalogue['waves'][number], 'gates'>,
  fleets: readonly CheckedCatalogue['fleets'][string][],
): void {
  const instances = () =>
    fleets.flatMap((fleet) => account.autoScaling.serving(fleet.autoScalingGroupName));
  for (const gate of gates) {
    if (gate.kind !== 'probe' || !('url' in gate.target)) continue;
    const { hostname } = new URL(gate.target.url);
    account.web.publish(hostname, { instances, internal: gate.vpc !== undefined });
  }
}

function inventParameter(account: Account, parameter: string): void {
  if (account.ssm.valueOf(parameter) !== undefined) return;
  if (parameter.startsWith('/aws/')) {
    publishImage(account, { parameter });
    return;
  }
  const Value = account.ec2.registerImage({ name: `value of ${parameter}` });
  provision(account.world, account.ssm, 'PutParameter', { Name: parameter, Value, Type: 'String' });
}

function inventGroup(
  account: Account,
  catalogue: CheckedCatalogue,
  fleet: CheckedCatalogue['fleets'][string],
  { instances, min, max, launchTemplateVersion, imageId, instanceTypes }: GroupPatch,
): void {
  // What watches a whole wave is on the errors of its first fleet.
  const waves = catalogue.waves.filter((wave) => wave.fleets[0] === fleet.name);
  const alarms = [fleet, ...waves].flatMap(({ gates = [] }) =>
    gates.flatMap((gate) => (gate.kind === 'alarms' ? gate.alarms : [])),
  );
  const role = catalogue.instanceRoles[fleet.name];
  inventFleet(account, {
    autoScalingGroupName: fleet.autoScalingGroupName,
    launchTemplateId: fleet.launchTemplateId,
    alarms: [...new Set(alarms)],
    publishes: published(fleet),
    targetGroup: fleet.gates.some(({ kind }) => kind === 'target-health'),
    ...(role === undefined ? {} : { instanceProfileRoleArn: roleArn(account.place, role) }),
    ...(instances === undefined ? {} : { instances }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(launchTemplateVersion === undefined ? {} : { launchTemplateVersion }),
    ...(imageId === undefined ? {} : { imageId }),
    ...(instanceTypes === undefined ? {} : { instanceTypes }),
  });
}

/** What its soak counts, and what its canary gates compare, once each; of metric math the metric that is named first shows how the image fares. */
function published(fleet: CheckedCatalogue['fleets'][string]): readonly PublishedMetric[] {
  const all = comparedMetrics(fleet, true).flatMap(({ from, direction }) => {
    const shows = direction === 'decrease' ? ('relief' as const) : ('burden' as const);
    if (!('of' in from)) return [{ ...from, shows }];
    return Object.values(from.of).map((source, index) => ({
      ...source,
      shows: index === 0 ? shows : ('nothing' as const),
    }));
  });
  const evidence = fleet.soakEvidence?.metric;
  const seen = evidence === undefined ? [] : [{ ...evidence, shows: 'nothing' as const }];
  const once = new Map(
    [...all, ...seen].map(
      ({ namespace, name, dimensions = { InstanceId: '{{instance}}' }, shows }) => [
        JSON.stringify([namespace, name, dimensions]),
        { namespace, name, dimensions, shows },
      ],
    ),
  );
  return [...once.values()];
}

const roleArn = ({ partition, accountId }: Place, role: string): string =>
  role.startsWith('arn:') ? role : `arn:${partition}:iam::${accountId}:role/${role}`;
