import type { GrantedStatement, RoleGrants, StatementId } from '../contract.ts';
import type { Policy, Role } from './decisions.ts';
import type { Request, Statement } from './statements.ts';

interface Needed {
  readonly actions: Set<number>;
  readonly resources: Set<number>;
}

/** Which statements of roles, and which actions and resources of them, some request could not do without. */
export interface Coverage {
  /** The statement alone allowed the request. */
  note(
    role: Role,
    granted: { readonly policy: Policy; readonly statement: Statement },
    request: Request,
  ): StatementId;
  grants(roles: Iterable<Role>): readonly RoleGrants[];
}

export function makeCoverage(): Coverage {
  // By place, not by statement: a policy that is attached anew is compiled anew.
  const needed = new Map<string, Needed>();
  const keyOf = ({ role, policy, index }: StatementId): string => `${role}/${policy}/${index}`;

  const granted = (role: string, policy: string, statement: Statement): GrantedStatement => {
    const { index, sid, actions, resources } = statement;
    const parts = needed.get(keyOf({ role, policy, index }));
    const partsOf = (texts: readonly string[], those: ReadonlySet<number> | undefined) =>
      texts.map((text, at) => ({ text, needed: those?.has(at) === true }));
    return {
      ...{ role, policy, index, sid },
      needed: parts !== undefined,
      actions: partsOf(actions, parts?.actions),
      resources: partsOf(resources, parts?.resources),
    };
  };

  return {
    note: (role, { policy, statement }, request) => {
      const id = { role: role.name, policy: policy.name, index: statement.index };
      const key = keyOf(id);
      const parts = needed.get(key) ?? { actions: new Set<number>(), resources: new Set<number>() };
      needed.set(key, parts);
      const { actions, resources } = statement.fitting(request);
      // A part that another part of the statement makes up for is not needed.
      const [action] = actions;
      if (actions.length === 1 && action !== undefined) parts.actions.add(action);
      const [resource] = resources;
      if (resources.length === 1 && resource !== undefined) parts.resources.add(resource);
      return id;
    },
    grants: (roles) =>
      [...roles].map(({ name, policies }) => ({
        role: name,
        statements: policies.flatMap((policy) =>
          policy.statements
            .filter(({ effect }) => effect === 'Allow')
            .map((statement) => granted(name, policy.name, statement)),
        ),
      })),
  };
}
