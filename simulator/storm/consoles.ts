import type { Caller } from '../contract.ts';
import type { Deed } from './plan.ts';
import type { Site } from './weather.ts';

/** What people have at hand, whatever they do. */

const PERSON: Caller = { kind: 'person', name: 'operator' };

export interface Town extends Site {
  /** ARNs of the state machines that people start. */
  readonly machines: Readonly<Record<'release' | 'rollout', string>>;
  /** Deploys another version of the very app. */
  readonly upgrade: () => void;
  /** Puts the ledger back to what it was so many minutes ago; undefined when nobody kept that. */
  readonly restore: (minutes: number) => (() => void) | undefined;
  /** Links to answer by that people have been sent, oldest first. */
  readonly links: readonly string[];
  /** Makes the upstream pipelines of images finish, by image. */
  readonly finishUpstream: Readonly<Record<string, () => void>>;
}

export interface Done {
  readonly says: string;
  readonly act?: () => unknown;
}
export type Doing = (town: Town, deed: Deed, name: string) => Done | undefined;

export const call = (town: Town, client: string, operation: string, input: object): Done => ({
  says: `${operation} ${JSON.stringify(input)}`,
  act: () => town.account.calls.callAws({ caller: PERSON, client, operation, input }),
});

export const start = (
  town: Town,
  machine: 'release' | 'rollout',
  name: string,
  input: Readonly<Record<string, unknown>>,
): Done =>
  call(town, 'client-sfn', 'StartExecution', {
    stateMachineArn: town.machines[machine],
    name,
    input: JSON.stringify(input),
  });

/** The second digit of a share that the first one has chosen by. */
export const second = (pick: number): number => (pick * 97) % 1;
