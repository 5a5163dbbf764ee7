import type { RehearsedCatalogue, RehearsedFleet } from '../scenarios/catalogue.ts';
import type { LedgerView } from './ledger-view.ts';
import {
  type Invariant,
  isActiveRefresh,
  isLive,
  isRunning,
  textMember,
  type Witness,
} from './witness.ts';

/** Beside the sweep that finds it, and the way back of a fleet: Recover's own time, and that of one that it begins anew. */
const RECOVERY_SLACK_MS = 30 * 60_000;

/** Milliseconds from the end of an owner until nothing of it is left: a sweep, a way back at its longest, half an hour. */
export function leftBehindBoundMs({ sweepEverySeconds, fleets }: RehearsedCatalogue): number {
  const backs = Object.values(fleets).map(({ limits }) => limits.wayBackSeconds);
  return (sweepEverySeconds + Math.max(...backs)) * 1000 + RECOVERY_SLACK_MS;
}

/**
 * 7. Nothing is left behind: within a stated bound after its owner's end (a sweep, the longest way back that a policy
 * allows, and half an hour) there is no lock, parked token, rollout on record, hold, bake, refresh, or launch template
 * version of a failed release. When the history ends there is none
 * at all, since it ends when all is quiet.
 *
 * A launch template version whose making a restored ledger has forgotten is nobody's: the operator's page says so.
 */
export const nothingIsLeftBehind: Invariant = (witness, broke) => {
  const since = new Map<string, number>();
  /** Refreshes that Kiln's roles started, and groups whose process they suspended. */
  const ours = { refreshes: new Set<string>(), suspended: new Set<string>() };
  const forgotten = new Set<string>();
  let wentBackMs: number | undefined;

  const noteForgotten = (): void => {
    if (witness.ledgerWentBackMs?.() === wentBackMs) return;
    wentBackMs = witness.ledgerWentBackMs?.();
    for (const version of forgottenVersions(witness)) forgotten.add(version);
  };
  const look = (boundMs: number): void => {
    noteForgotten();
    const left = new Set(leftOvers(witness, { ...ours, forgotten }));
    for (const what of since.keys()) if (!left.has(what)) since.delete(what);
    for (const what of left) {
      const sinceMs = since.get(what) ?? witness.nowMs();
      since.set(what, sinceMs);
      const calmMs = witness.calmMsSince(sinceMs);
      witness.leftFor?.(calmMs);
      if (calmMs < boundMs) continue;
      broke(`${what}, since ${new Date(sinceMs).toISOString()}`);
    }
  };
  return {
    line: (line) => {
      noteForgotten();
      if (line.kind !== 'call' || line.error !== undefined) return;
      const group = textMember(line.input, 'AutoScalingGroupName') ?? '';
      if (line.operation === 'StartInstanceRefresh' && line.role !== '') {
        ours.refreshes.add(textMember(line.output, 'InstanceRefreshId') ?? '');
      }
      if (line.operation === 'SuspendProcesses') {
        if (line.role === '') ours.suspended.delete(group);
        else ours.suspended.add(group);
      }
      if (line.operation === 'ResumeProcesses') ours.suspended.delete(group);
    },
    minute: () => look(leftBehindBoundMs(witness.catalogue)),
    end: () => look(0),
  };
};

interface Ours {
  readonly refreshes: ReadonlySet<string>;
  readonly suspended: ReadonlySet<string>;
  /** Launch template versions, by template and number. */
  readonly forgotten: ReadonlySet<string>;
}

/** What has no live owner, one sentence each. */
function leftOvers(witness: Witness, ours: Ours): readonly string[] {
  const ledger = witness.ledger();
  const dead = (arn: string): boolean => !isRunning(witness.execution(arn));
  const owned = (of: 'fleet' | 'image', name: string): boolean =>
    ledger.locks.some(
      (lock) =>
        lock.of === of &&
        lock.name === name &&
        lock.executionArn !== undefined &&
        !dead(lock.executionArn),
    );
  const blocked = new Set(ledger.blocks.map(({ fleet }) => fleet));
  const locks = ledger.locks.flatMap(({ of, name, executionArn }) =>
    executionArn !== undefined && dead(executionArn)
      ? [`the lock of ${of} ${name} is held by ${executionArn}, which has ended`]
      : [],
  );
  const parked = ledger.parked.flatMap(({ executionArn }) =>
    dead(executionArn) ? [`a token of ${executionArn} is parked, which has ended`] : [],
  );
  const records = ledger.rollouts.flatMap(({ fleet, executionArn }) =>
    dead(executionArn) && !owned('fleet', fleet) && !blocked.has(fleet)
      ? [`the rollout on record for fleet ${fleet} is ${executionArn}'s, which has ended`]
      : [],
  );
  const bakes = witness
    .bakes()
    .filter(({ underWay }) => underWay)
    .flatMap(({ arn, recipeName }) => {
      const image = Object.values(witness.catalogue.images).find(
        (one) => one.recipeName === recipeName,
      );
      return image !== undefined && !owned('image', image.name)
        ? [`bake ${arn} goes on, and no release owns image ${image.name}`]
        : [];
    });
  const fleets = Object.values(witness.catalogue.fleets).flatMap((fleet) => [
    ...(owned('fleet', fleet.name) ? [] : inGroup(witness, ours, fleet, blocked.has(fleet.name))),
    ...templateVersions(witness, ledger, fleet, ours.forgotten),
  ]);
  return [...locks, ...parked, ...records, ...bakes, ...fleets];
}

/** The refresh of a blocked fleet is described by its block, and is a person's. */
function inGroup(
  witness: Witness,
  ours: Ours,
  fleet: RehearsedFleet,
  isBlocked: boolean,
): readonly string[] {
  const group = witness.group(fleet.autoScalingGroupName);
  if (group === undefined) return [];
  const held = group.suspended.includes('InstanceRefresh') && ours.suspended.has(group.name);
  const active = group.refreshes.filter(
    (refresh) => !isBlocked && isActiveRefresh(refresh) && ours.refreshes.has(refresh.id),
  );
  return [
    ...(held ? [`group ${group.name} is held, and no rollout owns fleet ${fleet.name}`] : []),
    ...active.map(
      ({ id, status }) =>
        `refresh ${id} of ${group.name} is ${status}, and no rollout owns fleet ${fleet.name}`,
    ),
  ];
}

/** Of releases that ended badly; a blocked fleet keeps its own until a person has seen to it. */
function templateVersions(
  witness: Witness,
  ledger: LedgerView,
  fleet: RehearsedFleet,
  forgotten: ReadonlySet<string>,
): readonly string[] {
  const failed = ledger.releases.filter(
    ({ outcome, image }) =>
      image === fleet.image && (outcome === 'failed' || outcome === 'rolled-back'),
  );
  const inUse = new Set(
    witness
      .group(fleet.autoScalingGroupName)
      ?.instances.filter(isLive)
      .map(({ templateVersion }) => templateVersion),
  );
  return witness.templateVersions(fleet.launchTemplateId).flatMap(({ version, description }) => {
    const release = failed.find(({ id }) => description.startsWith(`kiln release ${id} `));
    if (release === undefined || inUse.has(version)) return [];
    if (forgotten.has(versionKey(fleet, version))) return [];
    return [
      `launch template version ${version} of ${fleet.launchTemplateId} is of release ${release.id}, which ended ${release.outcome}`,
    ];
  });
}

const versionKey = ({ launchTemplateId }: RehearsedFleet, version: string): string =>
  `${launchTemplateId} ${version}`;

/**
 * What is there when a person has put the ledger back, and that ledger does not know that it was asked for: neither a
 * rollout of its release that has asked, nor an outcome of one.
 */
function forgottenVersions(witness: Witness): readonly string[] {
  const ledger = witness.ledger();
  return Object.values(witness.catalogue.fleets).flatMap((fleet) => {
    const asked = ledger.rollouts.filter(
      ({ to }) => to?.requestedAt !== undefined || to?.launchTemplateVersion !== undefined,
    );
    const known = [...asked, ...ledger.releaseFleets]
      .filter((one) => one.fleet === fleet.name)
      .map(({ releaseId }) => `kiln release ${releaseId} fleet ${fleet.name} `);
    return witness
      .templateVersions(fleet.launchTemplateId)
      .filter(({ description }) => description.includes(` fleet ${fleet.name} `))
      .filter(({ description }) => !known.some((start) => description.startsWith(start)))
      .map(({ version }) => versionKey(fleet, version));
  });
}
