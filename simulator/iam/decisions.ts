/**
 * The order in which policies decide, within one account.
 * @see IAM user guide, "Policy evaluation logic"
 */
import type { Caller, Permission, Place, StatementId } from '../contract.ts';
import type { Coverage } from './coverage.ts';
import type { Request, Statement } from './statements.ts';

export interface Policy {
  readonly name: string;
  readonly statements: readonly Statement[];
}

export interface Role {
  readonly name: string;
  readonly arn: string;
  readonly trust: readonly Statement[];
  readonly policies: Policy[];
}

export interface Decision {
  readonly allowed: boolean;
  readonly why: string;
  /** The one statement of the role without which it would be denied. */
  readonly needed?: StatementId | undefined;
}

/** Resources at whose door a service must be named; elsewhere a service acts by the right of AWS itself. */
const guarded = new Set(['sns', 'sqs', 'lambda']);
/**
 * Resources at which policies of the account grant nothing unless the resource's own policy lets the account in.
 * @see KMS developer guide, key-policy-default
 */
const keyed = new Set(['kms']);

const serviceOf = ({ resource }: Permission): string => resource.split(':')[2] ?? '';

/** A role: an explicit deny wins; else a policy of its own or that of the resource must allow. */
export function decideRole(
  caller: Caller,
  role: Role,
  permission: Permission,
  request: Request,
  atDoor: readonly Statement[],
  place: Place,
  coverage: Coverage,
): Decision {
  const own = role.policies.flatMap((policy) =>
    policy.statements
      .filter((each) => each.covers(request))
      .map((statement) => ({ policy, statement })),
  );
  const denied = own.find(({ statement }) => statement.effect === 'Deny');
  if (denied !== undefined) {
    const which = `${denied.statement.title} of ${denied.policy.name} of role ${role.name}`;
    return { allowed: false, why: `with an explicit deny in an identity-based policy: ${which}` };
  }
  const door = judgeDoor(atDoor, caller, request, place);
  if (door.denied !== undefined) return deniedAtDoor(door.denied, permission);
  const [first] = own;
  if (first !== undefined && keyed.has(serviceOf(permission)) && !door.letsAccountIn) {
    const why = `because no resource-based policy allows the ${permission.action} action`;
    return { allowed: false, why };
  }
  if (first !== undefined) {
    const why = `${first.statement.title} of ${first.policy.name} of role ${role.name}`;
    // What another statement, or the policy of the resource, allows as well, none of them is needed for.
    const alone = own.length === 1 && door.allowed === undefined;
    const needed = alone ? coverage.note(role, first, request) : undefined;
    return { allowed: true, why, needed };
  }
  if (door.allowed !== undefined) return allowedAtDoor(door.allowed, permission);
  const why = `because no identity-based policy allows the ${permission.action} action`;
  return { allowed: false, why };
}

/** A service acts by the right of AWS itself, save at doors that are guarded. */
export function decideService(
  caller: Caller & { kind: 'service' },
  permission: Permission,
  request: Request,
  atDoor: readonly Statement[],
  place: Place,
): Decision {
  const door = judgeDoor(atDoor, caller, request, place);
  if (door.denied !== undefined) return deniedAtDoor(door.denied, permission);
  if (door.allowed !== undefined) return allowedAtDoor(door.allowed, permission);
  if (!guarded.has(serviceOf(permission))) {
    return { allowed: true, why: `${caller.principal} acts as AWS itself` };
  }
  const why = `because no resource-based policy allows the ${permission.action} action`;
  return { allowed: false, why };
}

/** Who has no credentials gets in where the policy of the resource lets everybody in. */
export function decideAnybody(
  permission: Permission,
  request: Request,
  atDoor: readonly Statement[],
  place: Place,
): Decision {
  const door = judgeDoor(atDoor, { kind: 'anybody' }, request, place);
  if (door.denied !== undefined) return deniedAtDoor(door.denied, permission);
  if (door.allowed !== undefined) return allowedAtDoor(door.allowed, permission);
  const why = `because no resource-based policy allows the ${permission.action} action`;
  return { allowed: false, why };
}

interface Door {
  readonly denied: Statement | undefined;
  readonly allowed: Statement | undefined;
  /** The caller by name, or its account as a whole, so that the account's own policies count. */
  readonly letsAccountIn: boolean;
}

/** What the resource's own policy says. Naming the account denies to all in it, and allows to nobody by itself. */
export function judgeDoor(
  statements: readonly Statement[],
  caller: Caller,
  request: Request,
  place: Place,
): Door {
  const meant = statements.filter((each) => each.covers(request));
  return {
    denied: meant.find(
      (each) => each.effect === 'Deny' && each.principal(caller, place) !== 'none',
    ),
    allowed: meant.find(
      (each) => each.effect === 'Allow' && each.principal(caller, place) === 'named',
    ),
    letsAccountIn: meant.some(
      (each) => each.effect === 'Allow' && each.principal(caller, place) !== 'none',
    ),
  };
}

const deniedAtDoor = (statement: Statement, { resource }: Permission): Decision => ({
  allowed: false,
  why: `with an explicit deny in a resource-based policy: ${statement.title} of ${resource}`,
});

const allowedAtDoor = (statement: Statement, { resource }: Permission): Decision => ({
  allowed: true,
  why: `${statement.title} of the policy of ${resource}`,
});

/** A function's version or alias is guarded by the function's policy. */
export function resourceStatements(
  policies: ReadonlyMap<string, readonly Statement[]>,
  resource: string,
): readonly Statement[] {
  const own = policies.get(resource);
  if (own !== undefined) return own;
  const unqualified = /^(arn:[^:]*:lambda:[^:]*:[^:]*:function:[^:]+):[^:]+$/.exec(resource)?.[1];
  return (unqualified === undefined ? undefined : policies.get(unqualified)) ?? [];
}
