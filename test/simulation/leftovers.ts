import type { Item } from './ledger-item.ts';
import type { Rig } from './rig.ts';
import { rigCatalogue } from './rig-catalogue.ts';

const ENDED_REFRESH: ReadonlySet<string> = new Set([
  'Successful',
  'Failed',
  'Cancelled',
  'RollbackSuccessful',
  'RollbackFailed',
]);

/**
 * What is not as it must be when nothing runs any more, one sentence each. Reads the simulated AWS first, and of the ledger
 * only what it claims about it: independent of the simulator's own invariants.
 */
export function leftovers(rig: Rig): readonly string[] {
  const running = new Set(rig.running());
  const items = rig.items();
  const owned = items.flatMap(({ pk, sk, executionArn }) =>
    /^(LOCK|CLAIM|PARKED)$/.test(sk) && executionArn !== undefined && !running.has(executionArn)
      ? [`${pk} ${sk} of ${executionArn}, which has ended`]
      : [],
  );
  const bakes = [...rig.account.imageBuilder.images.values()].flatMap(({ arn, status }) => {
    if (/AVAILABLE|CANCELLED|FAILED/.test(status)) return [];
    const wanted = items.some((item) => item.buildVersionArn === arn && item.status === 'baking');
    return wanted && running.size > 0 ? [] : [`bake ${arn} is ${status}`];
  });
  const fleets = Object.values(rigCatalogue.fleets).filter(({ autoScalingGroupName: group }) =>
    rig.hasGroup(group),
  );
  return [
    ...owned,
    ...bakes,
    ...fleets.flatMap(({ name, autoScalingGroupName }) =>
      leftIn(rig, name, autoScalingGroupName, items),
    ),
  ];
}

function leftIn(rig: Rig, fleet: string, groupName: string, items: readonly Item[]) {
  const of = (sk: string) => items.find((item) => item.pk === `FLEET#${fleet}` && item.sk === sk);
  // Somebody is at it, or a person has been called.
  if (of('LOCK')?.executionArn !== undefined || of('BLOCK') !== undefined) return [];
  const images = rig.imagesOf(groupName);
  const versions = rig.versionsOf(groupName);
  const saved = rig.group(groupName).LaunchTemplate?.Version;
  const recorded = of('STATE')?.current;
  const told = { imageId: images[0], launchTemplateVersion: saved };
  const active = rig
    .refreshes(groupName)
    .filter(({ Status = '' }) => !ENDED_REFRESH.has(Status))
    .map(({ Status }) => `a refresh of ${groupName} is ${Status}`);
  return [
    ...(images.length === 1 ? [] : [`${groupName} runs ${images.join(' and ')}`]),
    ...(versions.length === 1 ? [] : [`${groupName} runs versions ${versions.join(' and ')}`]),
    ...(rig.suspended(groupName).includes('InstanceRefresh') ? [`${groupName} is held`] : []),
    ...active,
    ...(of('ROLLOUT') === undefined ? [] : [`${fleet} has a rollout that nobody leads`]),
    ...(recorded === undefined ||
    (recorded.imageId === told.imageId &&
      recorded.launchTemplateVersion === told.launchTemplateVersion)
      ? []
      : [`${fleet} is recorded on ${JSON.stringify(recorded)}, found ${JSON.stringify(told)}`]),
    ...staleVersions(rig, fleet, items),
  ];
}

/** Launch template versions that a release made which ended badly. */
function staleVersions(rig: Rig, fleet: string, items: readonly Item[]): readonly string[] {
  const bad = new Set(
    items
      .filter(({ sk, outcome }) => sk === 'META' && /failed|rolled-back/.test(outcome ?? ''))
      .map(({ id }) => id),
  );
  const LaunchTemplateId = rigCatalogue.fleets[fleet]?.launchTemplateId ?? '';
  const store = rig.account.ec2.templates.store.find({ LaunchTemplateId });
  return [...(store?.versions.values() ?? [])]
    .filter(({ description = '' }) => bad.has(description.split(' ')[2] ?? ''))
    .map(({ number, description }) => `template version ${number}: ${description}`);
}
