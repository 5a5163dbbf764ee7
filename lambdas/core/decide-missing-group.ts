import type { Complete, Escalate, RollBack } from './decision.ts';
import type { RolloutRecord } from './ledger.ts';
import type { FleetPolicy, LookPolicy } from './policy.ts';

/**
 * Decides about a fleet whose Auto Scaling group was deleted while it was rolled out: there is nothing to judge, nothing to
 * wait for and nothing that could be brought back, so that a person is called at once. Forward it turns back first, as
 * everything does that ends badly; before anything began, the survey says what is missing.
 */
export function decideMissingGroup(
  phase: 'foreign' | 'forward' | 'back',
  policy: FleetPolicy,
  look: LookPolicy,
  rollout: Pick<RolloutRecord, 'from'> | undefined,
): Complete | RollBack | Escalate {
  const { name, autoScalingGroupName } = policy;
  const reason = `there is no Auto Scaling group ${autoScalingGroupName} of fleet ${name} any more: it was deleted while the fleet was rolled out`;
  const parkSeconds = look.refreshSeconds;
  switch (phase) {
    case 'foreign':
      return { kind: 'complete', reason, parkSeconds };
    case 'forward':
      return { kind: 'roll-back', reason, parkSeconds };
    case 'back':
      return { kind: 'escalate', reason, whatToDo: whatToDo(policy, rollout), parkSeconds };
    default:
      return phase satisfies never;
  }
}

function whatToDo(
  { name, autoScalingGroupName }: FleetPolicy,
  rollout: Pick<RolloutRecord, 'from'> | undefined,
): string {
  const from = rollout?.from;
  const as =
    from === undefined
      ? ''
      : ` with launch template ${from.launchTemplateId} version ${from.launchTemplateVersion} (image version ${from.version})`;
  const unblock = JSON.stringify({ fleet: name, unblock: true, reason: '…' });
  return `Make Auto Scaling group ${autoScalingGroupName} again${as}, name another one for fleet ${name} in the catalogue, or take the fleet out of it. Before you take it out, or when the group is there, start Rollout with ${unblock}.`;
}
