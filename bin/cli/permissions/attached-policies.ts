import type { Account } from '../../../simulator/index.ts';
import { texts } from '../../../simulator/template/resource-kind.ts';

/** A policy of AWS that a role carries, whose statements the simulator does not hold: nothing there needs them. */
export interface AttachedPolicy {
  readonly policy: string;
  /** Why it is granted although no scenario can show that it is needed. */
  readonly reason: string | undefined;
}

const onBuildInstances =
  'calls of the instance that an image is built on, which are not simulated; Image Builder user guide, "Prerequisites" (set-up-ib-env)';

/** What is excused, by the policy's name. */
const excuses: Readonly<Record<string, string>> = {
  EC2InstanceProfileForImageBuilder: onBuildInstances,
  AmazonSSMManagedInstanceCore: onBuildInstances,
};

/** By role. */
export function attachedPolicies({
  deployments,
}: Account): ReadonlyMap<string, readonly AttachedPolicy[]> {
  const roles = [...deployments.resources()].filter(({ type }) => type === 'AWS::IAM::Role');
  return new Map(
    roles.map(({ made, request }) => [
      made.ref,
      texts(request.properties.ManagedPolicyArns)
        .filter((arn) => arn.split(':')[4] === 'aws')
        .map((arn) => arn.slice(arn.lastIndexOf('/') + 1))
        .map((policy) => ({ policy, reason: excuses[policy] })),
    ]),
  );
}
