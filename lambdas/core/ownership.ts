import type { Refuse } from './decision.ts';
import type { Lock } from './ledger.ts';

/** Who looks: the execution, and the generation of the lock that it took. */
export interface Owner {
  readonly executionArn: string;
  readonly generation: number;
}

/** A refusal when the lock has another owner by now: an orphan that finds itself outbid stops without another act. */
export function refuseWhenOutbid(what: string, lock: Lock, owner: Owner): Refuse | undefined {
  if (lock.executionArn === owner.executionArn && lock.generation === owner.generation) {
    return undefined;
  }
  const holder = lock.executionArn ?? 'nobody';
  return {
    kind: 'refuse',
    reason: `outbid: the lock of ${what} is at generation ${lock.generation} and belongs to ${holder}; this is ${owner.executionArn} at generation ${owner.generation}`,
    whatToDo: `Nothing: whoever holds the lock of ${what} sees to it.`,
    parkSeconds: 1,
  };
}
