import { createHash } from 'node:crypto';

/** Image Builder takes 0 to 2^30-1 in each part. @see Image Builder user guide, ibhow-semantic-versioning */
const partBits = 30;

/**
 * A version `1.<hash>.<hash>` that follows from the content alone: equal contents have equal versions, others have
 * others (60 bits of SHA-256). Components and recipes cannot be changed, only replaced by ones of another name or
 * version, so content that changes brings its own version along; and content that comes back brings back its
 * version, which is free again, because what is replaced is deleted.
 *
 * @see CloudFormation template reference, aws-resource-imagebuilder-component
 */
export function contentVersion(content: unknown): string {
  const digest = createHash('sha256').update(canonical(content)).digest();
  const mask = 2 ** partBits - 1;
  return `1.${digest.readUInt32BE(0) & mask}.${digest.readUInt32BE(4) & mask}`;
}

/** JSON with sorted keys, so that the order in which a template is written does not matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
