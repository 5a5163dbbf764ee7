import type { GrantedStatement, GrantPart } from '../../../simulator/contract.ts';
import type { AttachedPolicy } from './attached-policies.ts';
import { keyOf, type Played } from './plays.ts';
import { type Wildcard, wildcardsOf } from './wildcards.ts';

/** An action on a resource that no play needed: one of both could be taken away, and nobody would be denied anything. */
export interface UnusedGrant {
  readonly sid?: string | undefined;
  readonly action: string;
  readonly resource: string;
}

export interface RoleFindings {
  readonly role: string;
  readonly unused: readonly UnusedGrant[];
  readonly wildcards: readonly Wildcard[];
  readonly attached: readonly AttachedPolicy[];
}

/** What is granted, as a whole: a part is needed when some play needed it. */
export function statementsOf(played: readonly Played[]): readonly GrantedStatement[] {
  const merged = new Map<string, GrantedStatement>();
  for (const { grants } of played) {
    for (const statement of grants.flatMap(({ statements }) => statements)) {
      const key = keyOf(statement);
      merged.set(key, either(merged.get(key) ?? statement, statement));
    }
  }
  return [...merged.values()];
}

const either = (a: GrantedStatement, b: GrantedStatement): GrantedStatement => ({
  ...a,
  needed: a.needed || b.needed,
  actions: eitherPart(a.actions, b.actions),
  resources: eitherPart(a.resources, b.resources),
});

const eitherPart = (a: readonly GrantPart[], b: readonly GrantPart[]): readonly GrantPart[] =>
  a.map(({ text, needed }, index) => ({ text, needed: needed || b[index]?.needed === true }));

/** Every role of the account: what of it nobody needed, and where it is open. */
export function findingsOf(played: readonly Played[]): readonly RoleFindings[] {
  const [first] = played;
  if (first === undefined) throw new Error('nothing was played');
  const { reasons, attached } = first;
  const statements = statementsOf(played);
  return first.grants.map(({ role }) => {
    const own = statements.filter((statement) => statement.role === role);
    return {
      role,
      unused: own.flatMap(unusedOf),
      wildcards: own.flatMap((statement) => wildcardsOf(statement, reasons.get(role) ?? {})),
      attached: attached.get(role) ?? [],
    };
  });
}

export const unusedOf = ({ sid, actions, resources }: GrantedStatement): readonly UnusedGrant[] =>
  actions.flatMap((action) =>
    resources
      .filter((resource) => !action.needed || !resource.needed)
      .map((resource) => ({
        ...(sid === undefined ? {} : { sid }),
        ...{ action: action.text, resource: resource.text },
      })),
  );

/** Whether a person has something to do: a grant in vain, or an open one that nobody has explained. */
export const isClean = (findings: readonly RoleFindings[]): boolean =>
  findings.every(
    ({ unused, wildcards, attached }) =>
      unused.length === 0 &&
      [...wildcards, ...attached].every(({ reason }) => reason !== undefined),
  );
