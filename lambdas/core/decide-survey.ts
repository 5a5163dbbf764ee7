import { showInstant, showSince } from './durations.ts';
import type { Finding } from './finding.ts';
import { countInstances, liveInstances, showVersions } from './instances.ts';
import type { FleetSpecification } from './ledger.ts';
import type { FleetSurvey, GroupObservation, TemplateVersionObservation } from './observation.ts';
import { secondsUntil } from './park.ts';
import type { FleetPolicy } from './policy.ts';
import { isActive, showRefresh } from './refreshes.ts';
import { isUnpinned, savedTemplate } from './saved-template.ts';
import { lastingFindings, passingFindings, pinPolicyYourself } from './survey-findings.ts';

interface Refused {
  readonly kind: 'refuse';
  readonly reason: string;
  readonly whatToDo: string;
  readonly findings: readonly Finding[];
}
interface Already {
  readonly kind: 'already';
  readonly reason: string;
}
/** `current`: what the fleet runs, with the label of the wanted version. */
interface AlreadyThere extends Already {
  readonly current: FleetSpecification;
}

export type SurveyDecision =
  /** `from`: what is recorded before the first act, and where the way back leads. */
  | { readonly kind: 'proceed'; readonly reason: string; readonly from: FleetSpecification }
  | AlreadyThere
  | Refused
  | {
      readonly kind: 'wait-for-refresh';
      readonly reason: string;
      /** How long to wait before the next survey; never past `limits.foreignRefreshSeconds`. */
      readonly waitSeconds: number;
      readonly lookAgainAtMs: number;
    };

export type PinDecision =
  | { readonly kind: 'pin'; readonly reason: string; readonly version: string }
  | Already
  | Refused;

const SHORTEST_WAIT_SECONDS = 60;
const LONGEST_WAIT_SECONDS = 900;

/**
 * Decides whether a rollout may begin. Forward: only when going back is proven possible, as far as it can be; each
 * refusal has its mend, all at once. Back: nothing is refused but a missing specification; what is in the way is for
 * the way back itself.
 */
export function decideSurvey(
  survey: FleetSurvey,
  policy: FleetPolicy,
  nowMs: number,
): SurveyDecision {
  if (survey.direction === 'back') return decideBack(survey, policy);
  const lasting = lastingFindings(survey, policy);
  if (lasting.length > 0) return refuse(policy, lasting);
  const foreign = awaitRefresh(survey, policy, nowMs);
  if (foreign !== undefined) return foreign;
  const already = alreadyThere(survey);
  if (already !== undefined) return already;
  const passing = passingFindings(survey, policy);
  if (passing.length > 0) return refuse(policy, passing);
  return proceed(survey, policy);
}

function decideBack(survey: FleetSurvey, policy: FleetPolicy): SurveyDecision {
  const { previous, group, refreshes } = survey;
  if (previous === undefined) {
    return refuse(policy, [
      {
        reason: `nothing is recorded that fleet ${policy.name} ran before`,
        mend: 'start Release with the image version that the fleet should run',
      },
    ]);
  }
  const { others, live } = countInstances(group, previous.launchTemplateVersion);
  const there = others === 0 && savedTemplate(group)?.version === previous.launchTemplateVersion;
  if (there && !refreshes.some(isActive)) {
    return {
      kind: 'already',
      reason: `the group and all ${live} instances are on version ${previous.launchTemplateVersion} (${previous.version})`,
      current: previous,
    };
  }
  return {
    kind: 'proceed',
    reason: `back to ${previous.version}, launch template version ${previous.launchTemplateVersion}; now ${showVersions(group)}`,
    from: previous,
  };
}

function awaitRefresh(
  { refreshes, askedAtMs }: FleetSurvey,
  policy: FleetPolicy,
  nowMs: number,
): SurveyDecision | undefined {
  const active = refreshes.find(isActive);
  if (active === undefined) return undefined;
  const limit = policy.limits.foreignRefreshSeconds;
  const limitMs = askedAtMs + limit * 1000;
  const found = `${showRefresh(active)}, not ours`;
  const age = showSince(askedAtMs, nowMs);
  if (nowMs >= limitMs) {
    return refuse(policy, [
      {
        reason: `${found}, waited for ${age} >= foreignRefreshSeconds ${limit}`,
        mend: 'let that refresh end, or cancel it, then start again',
      },
    ]);
  }
  // Longer and longer: half of what was waited for already, so that a long refresh costs few looks.
  const half = Math.floor((nowMs - askedAtMs) / 2000);
  const pause = Math.min(LONGEST_WAIT_SECONDS, Math.max(SHORTEST_WAIT_SECONDS, half));
  const waitSeconds = Math.min(pause, secondsUntil(limitMs, nowMs));
  return {
    kind: 'wait-for-refresh',
    reason: `${found}, waited for ${age}, until ${showInstant(limitMs)} at the latest`,
    waitSeconds,
    lookAgainAtMs: Math.min(limitMs, nowMs + waitSeconds * 1000),
  };
}

function alreadyThere({ group, template, wanted }: FleetSurvey): AlreadyThere | undefined {
  if (template?.imageId === undefined || template.imageId !== wanted?.imageId) return undefined;
  const { others, live } = countInstances(group, template.version);
  if (template.resolvesSsm || others > 0 || live === 0) return undefined;
  return {
    kind: 'already',
    reason: `the group and all ${live} instances are on version ${template.version}, image ${template.imageId} (${wanted.label})`,
    current: specification(wanted.label, template.imageId, template, group),
  };
}

const specification = (
  version: string,
  imageId: string,
  template: TemplateVersionObservation,
  { mixedInstancesPolicy }: GroupObservation,
): FleetSpecification => ({
  version,
  imageId,
  launchTemplateId: template.launchTemplateId,
  launchTemplateVersion: template.version,
  ...(mixedInstancesPolicy === undefined ? {} : { mixedInstancesPolicy }),
});

function proceed({ template, current, group }: FleetSurvey, policy: FleetPolicy): SurveyDecision {
  if (template?.imageId === undefined) {
    const reason = 'the saved launch template version names no image';
    return refuse(policy, [{ reason, mend: 'make a version with a literal AMI id' }]);
  }
  const { imageId } = template;
  const from = specification(current?.label ?? imageId, imageId, template, group);
  const { healthy, desired } = countInstances(group, template.version);
  return {
    kind: 'proceed',
    reason: `${healthy} of ${desired} healthy on version ${template.version} (${from.version}), which can be gone back to`,
    from,
  };
}

/**
 * Decides whether a group on `$Latest` or `$Default` may be given a number: only the one that all its instances run,
 * so that pinning changes nothing that runs. A group with a mixed instances policy is its owner's to pin: what the
 * machine sends is a plain launch template, which would take that policy away.
 */
export function decidePin(survey: FleetSurvey, policy: FleetPolicy): PinDecision {
  const { group, refreshes } = survey;
  const saved = savedTemplate(group);
  if (saved === undefined || saved.id !== policy.launchTemplateId) {
    return refuse(policy, [
      {
        reason: `group ${group.name} uses ${saved === undefined ? 'no launch template that could be understood' : `launch template ${saved.id}`}, the catalogue names ${policy.launchTemplateId}`,
        mend: 'make the group and the catalogue name the same launch template',
      },
    ]);
  }
  if (!isUnpinned(saved.version)) {
    return { kind: 'already', reason: `group ${group.name} is at number ${saved.version} already` };
  }
  const active = refreshes.find(isActive);
  if (active !== undefined) {
    const mend = 'wait until it ends, then start again';
    return refuse(policy, [{ reason: showRefresh(active), mend }]);
  }
  const versions = new Set(liveInstances(group).map((one) => one.launchTemplateVersion));
  const [version] = versions;
  if (versions.size !== 1 || version === undefined || isUnpinned(version)) {
    return refuse(policy, [
      {
        reason: `the instances of group ${group.name} do not run exactly one number: ${showVersions(group)}`,
        mend: `start an instance refresh of group ${group.name} to the number that you want, then start again`,
      },
    ]);
  }
  if (group.mixedInstancesPolicy !== undefined) {
    const reason = `group ${group.name} has a mixed instances policy, which pinning would take away`;
    return refuse(policy, [{ reason, mend: pinPolicyYourself(`number ${version}`) }]);
  }
  return {
    kind: 'pin',
    reason: `group ${group.name} follows ${saved.version}; all ${liveInstances(group).length} instances run version ${version}`,
    version,
  };
}

function refuse(policy: FleetPolicy, findings: readonly Finding[]): Refused {
  return {
    kind: 'refuse',
    reason: `fleet ${policy.name} cannot be moved: ${findings.map((one) => one.reason).join('; ')}`,
    whatToDo: findings.map((one) => one.mend).join('; '),
    findings,
  };
}
