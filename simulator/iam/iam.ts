import { callerName } from '../calls.ts';
import {
  AwsError,
  type Caller,
  type Decided,
  type Iam,
  type Permission,
  type Place,
  type PolicyDocument,
  type PolicyStatement,
} from '../contract.ts';
import { type Context, valuesOf } from './conditions.ts';
import { makeCoverage } from './coverage.ts';
import {
  type Decision,
  decideAnybody,
  decideRole,
  decideService,
  judgeDoor,
  type Policy,
  type Role,
  resourceStatements,
} from './decisions.ts';
import { callerArn, roleArn } from './principals.ts';
import { idOfRole, makeSessions } from './sessions.ts';
import { compilePolicy, compileStatement, requestOf, type Statement } from './statements.ts';

/** Decisions remembered; scenarios ask the same few hundred questions over and over. */
const rememberedMax = 20_000;

/**
 * Decides who may do what, by the policies of the simulated account, within one account: an explicit deny wins;
 * else a role needs an allow in a policy of its own or in that of the resource.
 * @see IAM user guide, "Policy evaluation logic"
 */
export function makeIam(place: Place): Iam {
  const roles = new Map<string, Role>();
  const resourcePolicies = new Map<string, Statement[]>();
  const coverage = makeCoverage();
  const listeners: ((decided: Decided) => void)[] = [];
  const denials: Decided[] = [];
  const sessions = makeSessions();
  const decisions = new Map<string, Decision>();
  const trusted = new Map<string, boolean>();
  const arnOfRole = (name: string): string => roles.get(name)?.arn ?? roleArn(place, name);
  // Sessions are many; they belong to a question only once some policy looks at them.
  let sessionsMatter = false;
  const learn = (policy: unknown): void => {
    sessionsMatter ||= /aws:userid|:assumed-role\//i.test(JSON.stringify(policy));
    decisions.clear();
    trusted.clear();
  };

  const decideAnew = (caller: Caller, permission: Permission): Decision => {
    const request = requestOf(permission, contextOf(caller, permission, place, arnOfRole));
    const atDoor = resourceStatements(resourcePolicies, permission.resource);
    if (caller.kind === 'service') return decideService(caller, permission, request, atDoor, place);
    if (caller.kind === 'anybody') return decideAnybody(permission, request, atDoor, place);
    const role = caller.kind === 'role' ? roles.get(caller.roleName) : undefined;
    if (role === undefined) {
      return { allowed: false, why: `because ${callerArn(caller, place)} does not exist` };
    }
    return decideRole(caller, role, permission, request, atDoor, place, coverage);
  };

  return {
    addRole: ({ name, arn, trust }) => {
      const statements = compilePolicy(`trust of role ${name}`, trust, 'trust', arnOfRole);
      roles.set(name, { name, arn, trust: statements, policies: roles.get(name)?.policies ?? [] });
      learn(trust);
    },
    attachPolicy: (roleName, policyName, document) => {
      const role = roles.get(roleName);
      if (role === undefined) throw new Error(`no role ${roleName} for policy ${policyName}`);
      const title = `${policyName} of role ${roleName}`;
      const statements = compilePolicy(title, document, 'identity', arnOfRole);
      putPolicy(role, { name: policyName, statements });
      learn(document);
    },
    setResourcePolicy: (arn: string, document: PolicyDocument) => {
      resourcePolicies.set(arn, [...compilePolicy(`of ${arn}`, document, 'resource', arnOfRole)]);
      learn(document);
    },
    addResourceStatement: (arn: string, statement: PolicyStatement) => {
      const statements = resourcePolicies.get(arn) ?? [];
      const index = statements.length;
      statements.push(compileStatement(`of ${arn}`, statement, index, 'resource', true, arnOfRole));
      resourcePolicies.set(arn, statements);
      learn(statement);
    },
    sessionFor: (arn, servicePrincipal, session) => {
      const name = arn.slice(arn.lastIndexOf('/') + 1);
      const role = roles.get(name);
      const question = `${arn} ${servicePrincipal}`;
      let allowed = trusted.get(question);
      if (allowed === undefined) {
        allowed = role?.arn === arn && trusts(role, servicePrincipal, place);
        trusted.set(question, allowed);
      }
      if (!allowed) throw notAssumable(arn, servicePrincipal);
      const caller: Caller = { kind: 'role', roleName: name, session };
      return { accessKeyId: sessions.keyOf(name, session), caller };
    },
    callerOf: sessions.callerOf,
    decide: (caller, permission) => {
      if (caller.kind === 'person') {
        return { allowed: true, why: `${caller.name} is an administrator` };
      }
      const key = questionOf(caller, permission, sessionsMatter);
      const before = decisions.get(key);
      if (before !== undefined) return before;
      const decision = decideAnew(caller, permission);
      if (decisions.size >= rememberedMax) decisions.clear();
      decisions.set(key, decision);
      const decided: Decided = { caller, permission, ...decision };
      if (!decision.allowed) denials.push(decided);
      for (const listener of listeners) listener(decided);
      return decision;
    },
    grants: () => coverage.grants(roles.values()),
    onDecision: (listener) => {
      listeners.push(listener);
    },
    denials: () => denials,
  };
}

/** In the place of one of the same name, else behind the others. */
function putPolicy({ policies }: Role, policy: Policy): void {
  const before = policies.findIndex((each) => each.name === policy.name);
  if (before < 0) policies.push(policy);
  else policies[before] = policy;
}

/** What a decision depends on, as one text. */
function questionOf(
  caller: Caller & { kind: 'role' | 'service' | 'anybody' },
  { action, resource, context }: Permission,
  sessionsMatter: boolean,
): string {
  const role = (name: string, session: string): string =>
    sessionsMatter ? `${name}/${session}` : name;
  const who =
    caller.kind === 'role'
      ? role(caller.roleName, caller.session)
      : `${caller.kind} ${callerName(caller)}`;
  const keys = context === undefined ? '' : JSON.stringify(context);
  return `${who}\n${action}\n${resource}\n${keys}`;
}

/** What AWS itself knows of every request, and then what the caller of `decide` adds. */
function contextOf(
  caller: Caller,
  permission: Permission,
  place: Place,
  arnOfRole: (name: string) => string,
): Context {
  const context = new Map<string, readonly string[]>([
    ['aws:requestedregion', [place.region]],
    ['aws:securetransport', ['true']],
    ['aws:resourceaccount', [permission.resource.split(':')[4] || place.accountId]],
    ['aws:principalisawsservice', [String(caller.kind === 'service')]],
  ]);
  if (caller.kind === 'service') {
    context.set('aws:principalservicename', [caller.principal]);
    context.set('aws:sourceaccount', [place.accountId]);
  } else if (caller.kind !== 'anybody') {
    context.set('aws:principalaccount', [place.accountId]);
  }
  if (caller.kind === 'role') {
    context.set('aws:principalarn', [arnOfRole(caller.roleName)]);
    context.set('aws:principaltype', ['AssumedRole']);
    context.set('aws:userid', [`${idOfRole(caller.roleName)}:${caller.session}`]);
  }
  for (const [key, values] of Object.entries(permission.context ?? {})) {
    context.set(key.toLowerCase(), valuesOf(values));
  }
  return context;
}

/**
 * Whether a service may become the role. Which rule or state machine of this account it acts for is not told, so
 * a condition on `aws:SourceArn` holds when it can hold for a resource of this account.
 */
function trusts(role: Role, servicePrincipal: string, place: Place): boolean {
  const caller: Caller = { kind: 'service', principal: servicePrincipal };
  const sources = role.trust
    .flatMap((each) => each.sourceArns)
    .map((pattern) => exampleOf(pattern, place))
    .filter((arn) => arn.split(':')[4] === place.accountId);
  const allowsFrom = (source: string | undefined): boolean => {
    const permission: Permission = {
      action: 'sts:AssumeRole',
      resource: role.arn,
      ...(source === undefined ? {} : { context: { 'aws:SourceArn': source } }),
    };
    const request = requestOf(
      permission,
      contextOf(caller, permission, place, () => role.arn),
    );
    const { denied, allowed } = judgeDoor(role.trust, caller, request, place);
    return denied === undefined && allowed !== undefined;
  };
  return [undefined, ...sources].some(allowsFrom);
}

/** An ARN that the pattern matches, of this account and Region where the pattern leaves it open. */
const exampleOf = (pattern: string, place: Place): string =>
  pattern
    .split(':')
    .map((part, index) => {
      if (part !== '*') return part.replaceAll(/[*?]/g, 'x');
      return index === 3 ? place.region : index === 4 ? place.accountId : 'x';
    })
    .join(':');

const notAssumable = (arn: string, servicePrincipal: string): AwsError =>
  new AwsError(
    'AccessDenied',
    `User: ${servicePrincipal} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
    403,
  );
