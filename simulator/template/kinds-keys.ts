import type { Kms } from '../aws/kms.ts';
import type { Iam, Place } from '../contract.ts';
import { policyDocument } from './kinds-iam.ts';
import {
  changed,
  generatedName,
  optionalText,
  type ResourceKind,
  type ResourceKinds,
} from './resource-kind.ts';

const LASTING = ['KeySpec', 'KeyUsage', 'MultiRegion', 'Origin'];

/** Keys: those for message authentication work, of all others there is the name and the policy. */
export function keyKinds(parts: {
  readonly kms: Kms;
  readonly iam: Pick<Iam, 'setResourcePolicy'>;
  readonly place: Place;
}): ResourceKinds {
  return { 'AWS::KMS::Key': keyKind(parts) };
}

function keyKind({ kms, iam, place }: Parameters<typeof keyKinds>[0]): ResourceKind {
  return {
    understood: ['KeySpec', 'KeyUsage', 'KeyPolicy'],
    ignored: [
      ...['Description', 'EnableKeyRotation', 'RotationPeriodInDays', 'PendingWindowInDays'],
      ...['Tags', 'MultiRegion', 'Origin', 'Enabled', 'BypassPolicyLockoutSafetyCheck'],
    ],
    create: (request) => {
      const { properties } = request;
      const keyId = generatedName(request, 64);
      const arn = `arn:${place.partition}:kms:${place.region}:${place.accountId}:key/${keyId}`;
      kms.addKey({
        keyId,
        arn,
        spec: optionalText(properties, 'KeySpec') ?? 'SYMMETRIC_DEFAULT',
        usage: optionalText(properties, 'KeyUsage') ?? 'ENCRYPT_DECRYPT',
      });
      iam.setResourcePolicy(arn, policyDocument(properties.KeyPolicy));
      return { ref: keyId, attributes: { KeyId: keyId, Arn: arn } };
    },
    update: ({ properties }, made, before) => {
      if (changed(before, properties, LASTING)) return undefined;
      iam.setResourcePolicy(String(made.attributes?.Arn), policyDocument(properties.KeyPolicy));
      return made;
    },
    // A key that is scheduled for deletion is refused to all; nothing of the template refers to it any more.
    remove: () => {},
  };
}
