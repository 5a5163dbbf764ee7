import type { Caller, Place } from '../contract.ts';

/** How well a policy's principal fits a caller: by name, only by its account, or not. */
export type PrincipalMatch = 'named' | 'account' | 'none';
export type PrincipalTest = (caller: Caller, place: Place) => PrincipalMatch;

export const roleArn = (place: Place, roleName: string): string =>
  `arn:${place.partition}:iam::${place.accountId}:role/${roleName}`;

/** The caller as AWS shows it in messages: a session of a role, a user, or a service's principal. */
export function callerArn(caller: Caller, place: Place): string {
  switch (caller.kind) {
    case 'role':
      return `arn:${place.partition}:sts::${place.accountId}:assumed-role/${caller.roleName}/${caller.session}`;
    case 'person':
      return `arn:${place.partition}:iam::${place.accountId}:user/${caller.name}`;
    case 'service':
      return caller.principal;
    case 'anybody':
      return 'anonymous';
    default:
      return caller satisfies never;
  }
}

/**
 * The Principal element. A principal that is an account only lets the account's own policies decide.
 * @see IAM user guide, "AWS JSON policy elements: Principal"
 * @throws Error for a kind of principal that is not simulated.
 */
export function compilePrincipal(
  element: unknown,
  arnOfRole: (name: string) => string,
): PrincipalTest {
  if (element === '*') return () => 'named';
  if (typeof element !== 'object' || element === null || Array.isArray(element)) {
    throw new Error(`Principal must be "*" or an object, got ${JSON.stringify(element)}`);
  }
  const tests = Object.entries(element).flatMap(([kind, values]) =>
    (Array.isArray(values) ? values : [values]).map((each) => principalTest(kind, each, arnOfRole)),
  );
  return (caller, place) => {
    const matches = tests.map((test) => test(caller, place));
    if (matches.includes('named')) return 'named';
    return matches.includes('account') ? 'account' : 'none';
  };
}

function principalTest(
  kind: string,
  value: unknown,
  arnOfRole: (name: string) => string,
): PrincipalTest {
  if (typeof value !== 'string') throw new Error(`principal ${JSON.stringify(value)} is no text`);
  if (kind === 'Service') {
    return (caller, place) =>
      caller.kind === 'service' && global(caller.principal, place) === global(value, place)
        ? 'named'
        : 'none';
  }
  // Identity providers and canonical users are nobody whom the simulator knows.
  if (kind === 'Federated' || kind === 'CanonicalUser') return () => 'none';
  if (kind !== 'AWS') throw new Error(`unknown kind of principal ${kind}`);
  if (value === '*') return () => 'named';
  return (caller, place) => {
    if (caller.kind === 'service' || caller.kind === 'anybody') return 'none';
    const root = `arn:${place.partition}:iam::${place.accountId}:root`;
    if (value === place.accountId || value === root) return 'account';
    const isRole = caller.kind === 'role' && value === arnOfRole(caller.roleName);
    return isRole || value === callerArn(caller, place) ? 'named' : 'none';
  };
}

/** `states.eu-west-1.amazonaws.com` is the same principal as `states.amazonaws.com`. */
const global = (principal: string, place: Place): string =>
  principal.replace(`.${place.region}.`, '.');
