import * as iam from 'aws-cdk-lib/aws-iam';
import { onAllResources, wildcardsKey, withoutResourceLevel } from './wildcards.ts';

/** One permission of one of our roles, before it is a policy statement. */
export interface Right {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Why a resource has a wildcard, where one has. */
  readonly because?: string | undefined;
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Resources by their ARNs, and why one of these has a wildcard. */
export interface Reached {
  readonly arns: readonly string[];
  readonly because?: string;
}

/** Where people are told things. */
export interface NotificationsTopic {
  readonly arn: string;
  /** What encrypts it, where a key of KMS does. */
  readonly keyArn?: string | undefined;
}

/** To an encrypted topic one publishes with the key in hand. @see SNS developer guide, sns-key-management */
export const publishing = ({ arn, keyArn }: NotificationsTopic): readonly Right[] => [
  on(arn, 'sns:Publish'),
  ...(keyArn === undefined ? [] : [on(keyArn, 'kms:GenerateDataKey', 'kms:Decrypt')]),
];

/** @throws Error when AWS knows a narrower form of an action and no reason is given in `onAllResources` */
export function anywhere(...actions: readonly string[]): Right {
  const open = actions.filter((action) => !withoutResourceLevel.has(action));
  const unexplained = open.filter((action) => !(action in onAllResources));
  if (unexplained.length > 0) {
    throw new Error(`expected a reason in onAllResources for ${unexplained.join(', ')}`);
  }
  const [action = ''] = open;
  if (open.length > 0 && actions.length > 1) {
    throw new Error(`expected ${action} to be a right of its own, with a reason of its own`);
  }
  return { actions, resources: ['*'], because: onAllResources[action] };
}

export function on(
  resources: string | readonly string[] | Reached,
  ...actions: readonly string[]
): Right {
  if (typeof resources === 'string') return { actions, resources: [resources] };
  if (!('arns' in resources)) return { actions, resources };
  return { actions, resources: resources.arns, because: resources.because };
}

export const when = (right: Right, conditions: NonNullable<Right['conditions']>): Right => ({
  ...right,
  conditions,
});

/**
 * A statement of a policy must fit where CDK moves it when a role's policies overflow: a managed policy of 6,144
 * characters. An ARN is about 110 long, so 40 fit with room for tokens that CloudFormation fills in.
 */
const resourcesPerStatement = 40;

/** `items` in runs that a statement holds. */
export function perStatement<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / resourcesPerStatement);
  return Array.from({ length: count }, (_, index) =>
    items.slice(index * resourcesPerStatement, (index + 1) * resourcesPerStatement),
  );
}

/**
 * Gives a role these rights; one without resources, about which the catalogue names nothing, is none. The reasons for
 * wildcards go along, into the template.
 *
 * @throws Error for a wildcard without a reason
 */
export function giveRights(role: iam.Role, rights: readonly Right[]): void {
  for (const right of rights) {
    explainWildcards(role, right);
    for (const statement of statementsOf(right)) role.addToPrincipalPolicy(statement);
  }
}

const statementsOf = ({ actions, resources, conditions }: Right): iam.PolicyStatement[] =>
  perStatement(resources).map(
    (some) =>
      new iam.PolicyStatement({
        actions: [...actions],
        resources: [...some],
        ...(conditions === undefined ? {} : { conditions }),
      }),
  );

function explainWildcards(role: iam.Role, { actions, resources, because }: Right): void {
  const wild = resources.find((resource) => resource.includes('*'));
  if (wild === undefined || actions.every((action) => withoutResourceLevel.has(action))) return;
  if (because === undefined) {
    throw new Error(`expected a reason for ${actions.join(', ')} on ${wild}`);
  }
  noteReason(role, actions, because);
}

/** Says in the template why actions of a role that somebody else has granted are granted on a wildcard. */
export function noteReason(role: iam.Role, actions: readonly string[], because: string): void {
  const resource = role.node.defaultChild;
  if (!(resource instanceof iam.CfnRole)) throw new Error('expected a role resource');
  const before: Readonly<Record<string, string>> = resource.getMetadata(wildcardsKey) ?? {};
  const other = actions.find((action) => (before[action] ?? because) !== because);
  if (other !== undefined) {
    throw new Error(`expected one reason for ${other}, got "${before[other]}" and "${because}"`);
  }
  const added = Object.fromEntries(actions.map((action) => [action, because]));
  resource.addMetadata(wildcardsKey, { ...before, ...added });
}
