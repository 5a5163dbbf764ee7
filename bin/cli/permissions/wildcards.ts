import * as z from 'zod';
import { wildcardsKey, withoutResourceLevel } from '../../../lib/wildcards.ts';
import type { GrantedStatement } from '../../../simulator/contract.ts';
import type { Account } from '../../../simulator/index.ts';

/** A `*` of a grant that AWS does not force. */
export interface Wildcard {
  readonly action: string;
  readonly resource: string;
  /** As it stands beside the grant in the code; undefined where none does. */
  readonly reason: string | undefined;
}

const Reasons = z.record(z.string(), z.string());
export type Reasons = Readonly<z.infer<typeof Reasons>>;

/** By role: reasons by action, as the templates carry them. */
export function reasonsOf({ deployments }: Account): ReadonlyMap<string, Reasons> {
  const roles = [...deployments.resources()].filter(({ type }) => type === 'AWS::IAM::Role');
  return new Map(
    roles.map(({ made, declaration }) => [
      made.ref,
      Reasons.parse(declaration.Metadata?.[wildcardsKey] ?? {}),
    ]),
  );
}

export function wildcardsOf(
  { actions, resources }: GrantedStatement,
  reasons: Reasons,
): readonly Wildcard[] {
  return actions.flatMap(({ text: action }) =>
    resources
      .filter(({ text: resource }) => isOpen(action, resource))
      .map(({ text: resource }) => ({ action, resource, reason: reasons[action] })),
  );
}

/** Where an action has no resource-level permission, `*` is the one way to write it. */
const isOpen = (action: string, resource: string): boolean =>
  action.includes('*') ||
  (resource.includes('*') && !(resource === '*' && withoutResourceLevel.has(action)));
