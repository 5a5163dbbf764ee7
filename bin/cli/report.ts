import type { Breach } from '../../simulator/invariants/auditor.ts';
import type { AuditedCause, AuditedRelease } from '../../simulator/invariants/ledger-view.ts';
import type { Witness } from '../../simulator/invariants/witness.ts';
import type { FleetOutcome, ReleaseOutcome } from '../../simulator/scenarios/scenario.ts';
import type { Accounting, Spent } from './accounting.ts';

/** What a rehearsal found, and what the summary tells; `asTold` makes of it what `--json` prints. */
export interface Report {
  readonly seed: number;
  readonly releases: readonly ReleaseReport[];
  readonly invariantsBroken: readonly (Breach & { readonly seed: number })[];
}

export interface ReleaseReport extends Spent {
  readonly image: string;
  /** Absent where none was made or chosen. */
  readonly version: string | null;
  readonly cause: string;
  /** `null`: it had not ended when the rehearsal did. */
  readonly outcome: ReleaseOutcome | null;
  readonly reason: string;
  /** Virtual. */
  readonly seconds: number;
  readonly fleets: readonly FleetReport[];
}

export interface FleetReport {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly endedOn: string;
  /** `null`: a rollout of it was under way when the rehearsal ended. */
  readonly outcome: FleetOutcome | null;
}

/** What `--json` prints: every outcome is one of those that a release or a fleet can have. */
export interface ToldReport extends Omit<Report, 'releases'> {
  readonly releases: readonly (Omit<ReleaseReport, 'outcome' | 'fleets'> & {
    readonly outcome: ReleaseOutcome;
    readonly fleets: readonly (FleetReport & { readonly outcome: FleetOutcome })[];
  })[];
}

/**
 * A release that had not ended when the rehearsal was cut off has none of the good ends: it needs a person, as do its fleets
 * that were under way. Its reason says that it has not ended.
 */
export const asTold = (report: Report): ToldReport => ({
  ...report,
  releases: report.releases.map((release) => ({
    ...release,
    outcome: release.outcome ?? 'needs-a-person',
    fleets: release.fleets.map((fleet) => ({
      ...fleet,
      outcome: fleet.outcome ?? 'needs-a-person',
    })),
  })),
});

/** A release as told, with what only expectations ask for. */
export interface ReleaseFacts {
  readonly id: string;
  readonly report: ReleaseReport;
  readonly versionStatus: string | undefined;
}

/** Releases that began since an instant, in order of their start; causes that were only marked as duplicates too. */
export function releasesSince(
  witness: Witness,
  accounting: Accounting,
  sinceMs: number,
): readonly ReleaseFacts[] {
  const { releases, duplicates, versions } = witness.ledger();
  const begun = releases.filter(({ startedAt }) => Date.parse(startedAt) >= sinceMs);
  const marks = duplicates.filter(({ at }) => at !== undefined && Date.parse(at) >= sinceMs);
  return [
    ...begun.map((release) => ({
      id: release.id,
      report: releaseReport(witness, release, accounting.spentOn(release.id)),
      versionStatus: versions.find(
        ({ image, label }) => image === release.image && label === release.version,
      )?.status,
    })),
    ...marks.map(({ image, causeId, releaseId }) => ({
      id: `duplicate of ${causeId}`,
      report: markReport(image, causeId, releaseId),
      versionStatus: undefined,
    })),
  ];
}

const HAS_NOT_ENDED = 'it had not ended when the rehearsal did';

function releaseReport(witness: Witness, release: AuditedRelease, spent: Spent): ReleaseReport {
  const { image, version, cause, outcome, reason, startedAt, endedAt } = release;
  const endMs = endedAt === undefined ? witness.nowMs() : Date.parse(endedAt);
  return {
    image,
    version: version ?? null,
    cause: causeShown(cause),
    outcome: (outcome as ReleaseOutcome | undefined) ?? null,
    reason: reason ?? HAS_NOT_ENDED,
    seconds: Math.round((endMs - Date.parse(startedAt)) / 1000),
    fleets: outcome === 'duplicate' || outcome === 'merged' ? [] : fleetReports(witness, release),
    ...spent,
  };
}

/** A second telling of a known cause, found out before a Release was started for it. */
const markReport = (
  image: string,
  causeId: string,
  releaseId: string | undefined,
): ReleaseReport => ({
  image,
  version: null,
  cause: causeId,
  outcome: 'duplicate',
  reason: `cause ${causeId} is known: release ${releaseId ?? 'unknown'} saw to it`,
  seconds: 0,
  fleets: [],
  transitions: 0,
  lambdaInvocations: 0,
  awsCalls: 0,
});

function fleetReports(witness: Witness, release: AuditedRelease): readonly FleetReport[] {
  const { releaseFleets, locks } = witness.ledger();
  const fleets = Object.values(witness.catalogue.fleets).filter(
    ({ image }) => image === release.image,
  );
  return fleets.map(({ name, autoScalingGroupName }) => {
    const found = releaseFleets.find((one) => one.releaseId === release.id && one.fleet === name);
    const runs = runsNow(witness, release.image, autoScalingGroupName);
    const underWay = locks.some(
      (lock) => lock.of === 'fleet' && lock.name === name && lock.executionArn !== undefined,
    );
    const atRest = release.outcome !== undefined || !underWay;
    return {
      name,
      from: found?.from ?? runs,
      to: found?.to ?? release.version ?? runs,
      endedOn: found?.endedOn ?? runs,
      outcome: (found?.outcome as FleetOutcome | undefined) ?? (atRest ? 'untouched' : null),
    };
  });
}

/** The version that most of its instances run, or the image where it is no version of Kiln's. */
function runsNow(witness: Witness, image: string, groupName: string): string {
  const counts = new Map<string, number>();
  for (const { imageId } of witness.group(groupName)?.instances ?? []) {
    counts.set(imageId, (counts.get(imageId) ?? 0) + 1);
  }
  const [[imageId] = ['nothing']] = [...counts].sort((a, b) => b[1] - a[1]);
  const version = witness
    .ledger()
    .versions.find((one) => one.image === image && one.imageId === imageId);
  return version?.label ?? imageId;
}

function causeShown({ kind, id, parameter, from, to, imageArn, reason, causes }: AuditedCause) {
  switch (kind) {
    case 'base-image':
      return `base image ${parameter} moved from ${from ?? 'nothing'} to ${to}`;
    case 'upstream-image':
      return `upstream image ${imageArn} is finished`;
    case 'person':
      return reason === undefined ? 'a person' : `a person: ${reason}`;
    case 'merged':
      return `${causes?.length ?? 0} causes merged: ${(causes ?? []).join(', ')}`;
    default:
      return id;
  }
}
