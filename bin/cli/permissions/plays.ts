import type { CheckedCatalogue } from '../../../lib/catalogue/checked-catalogue.ts';
import type { Decided, RoleGrants, StatementId } from '../../../simulator/contract.ts';
import type { Account } from '../../../simulator/index.ts';
import { gatedScenarios, scenarios } from '../../../simulator/scenarios/all.ts';
import type { StackInput } from '../../../simulator/template/assembly.ts';
import { DeployError } from '../../../simulator/template/stack-change.ts';
import { cast } from '../casting.ts';
import { type History, playHistory } from '../history.ts';
import { type AttachedPolicy, attachedPolicies } from './attached-policies.ts';
import { stories } from './stories.ts';
import type { Story } from './story.ts';
import { type Reasons, reasonsOf } from './wildcards.ts';

/** What is played to find out what is needed: every scenario, then what these leave unneeded. */
export const plays: readonly (() => Story)[] = [
  ...scenarios
    .filter((scenario) => !gatedScenarios.includes(scenario))
    .map((scenario) => () => ({ scenario })),
  ...stories,
];

export const nameOf = (play: () => Story): string => play().scenario.name;

export interface PlayOptions {
  readonly catalogue: CheckedCatalogue;
  /** Of its cloud assembly. */
  readonly stacks: readonly StackInput[];
  /** Ends the play at the first denial: nothing else is asked. @default false */
  readonly untilDenied?: boolean;
}

export interface Played {
  readonly name: string;
  /** What the templates say beside the policies, by role. */
  readonly reasons: ReadonlyMap<string, Reasons>;
  readonly attached: ReadonlyMap<string, readonly AttachedPolicy[]>;
  readonly grants: readonly RoleGrants[];
  /** By statement: after how many calls it was needed for the first time. */
  readonly neededAfter: ReadonlyMap<string, number>;
  /** Every request that was denied, on behalf of somebody or not, in the words of a person. */
  readonly denials: readonly string[];
  /** How it differs from what it should be: denials, an ending that is not as expected, invariants. */
  readonly troubles: readonly string[];
}

export const keyOf = ({ role, policy, index }: StatementId): string => `${role}/${policy}/${index}`;

/** Always the same history: what is asked for does not depend on chance that a person chose. */
const SEED = 1;

/** Plays one story in a world of its own, and notes what was needed of all that roles are granted. */
export async function playStory(
  play: () => Story,
  { catalogue, stacks, untilDenied = false }: PlayOptions,
): Promise<Played> {
  const { scenario, intercept, prepare } = play();
  const act = cast(scenario, catalogue);
  let account: Account | undefined;
  const denials = new Set<string>();
  const neededAfter = new Map<string, number>();
  const heard = ({ needed, ...decided }: Decided): void => {
    if (!decided.allowed) denials.add(denialOf(decided));
    if (needed === undefined || neededAfter.has(keyOf(needed))) return;
    neededAfter.set(keyOf(needed), account?.calls.count() ?? 0);
  };
  const history = await deployed(
    playHistory({
      throughWire: false,
      ...{ catalogue, assembly: stacks, world: {}, acts: [act], seed: SEED },
      replay: 'npm run permissions',
      ...(intercept && { intercept }),
      prepare: (made) => {
        account = made;
        made.iam.onDecision(heard);
        prepare?.(made, act.setting);
      },
      stop: () => untilDenied && denials.size > 0,
    }),
  );
  if (account === undefined) throw new Error('a history without an account');
  return {
    ...{ name: scenario.name, neededAfter, grants: account.iam.grants() },
    ...{ reasons: reasonsOf(account), attached: attachedPolicies(account) },
    denials: [...denials],
    troubles: [...denials, ...(typeof history === 'string' ? [history] : troublesOf(history))],
  };
}

/** A deployment may fail for a right that a service asks for when a resource is made. */
async function deployed(history: Promise<History>): Promise<History | string> {
  try {
    return await history;
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    return error.message;
  }
}

const troublesOf = ({ acts, breaches }: History): readonly string[] => [
  ...acts.flatMap(({ differences }) => differences),
  ...breaches.map(({ invariant, message }) => `${invariant}: ${message}`),
];

function denialOf({ caller, permission: { action, resource }, why }: Decided): string {
  const who = caller.kind === 'role' ? caller.roleName : JSON.stringify(caller);
  return `${who} may not ${action} on ${resource}: ${why}`;
}
