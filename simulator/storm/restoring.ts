import type { Account } from '../account.ts';
import type { Caller } from '../contract.ts';
import { isRunning, type Witness } from '../invariants/witness.ts';

/**
 * How a person puts the ledger back, as the operator's page says: stop every Release, wait until Recover has brought its
 * fleets back, nothing runs any more, nothing has an owner and no fleet is blocked, then put the restored items in place.
 */

const PERSON: Caller = { kind: 'person', name: 'operator' };
const LOOKS_EVERY_MS = 60_000;
/** Longer than any way back of the storms' catalogues; then the person gives up and leaves the ledger as it is. */
const PATIENCE_MS = 6 * 3_600_000;

interface Place {
  readonly account: Account;
  readonly witness: Witness;
}

export function restoreAtRest({ account, witness }: Place, swap: () => void): Promise<void> {
  const { world } = account;
  const untilMs = world.nowMs() + PATIENCE_MS;
  const say = (message: string): void => world.trace({ kind: 'world', message });
  return new Promise((resolve) => {
    const look = (): boolean => {
      const running = witness.executions().filter((one) => one.workflow && isRunning(one));
      // That nothing runs is not enough: where the event of a stop was lost, Recover begins with the next sweep.
      const { locks, blocks } = witness.ledger();
      const owned = locks.some(({ executionArn }) => executionArn !== undefined);
      // The ledger of an earlier hour would not know that a fleet waits for a person.
      if (running.length === 0 && !owned && blocks.length === 0) {
        swap();
        say('operator: the ledger is what it was then');
        return true;
      }
      // What Rollout executions do for them, Recover brings to an end.
      for (const { arn, workflow } of running) if (workflow === 'release') stop(account, arn);
      if (world.nowMs() < untilMs) return false;
      say('operator: something runs, is owned or is blocked for ever, the ledger stays as it is');
      return true;
    };
    if (look()) return resolve();
    const watch = world.every(LOOKS_EVERY_MS, 'operator: does anything run?', () => {
      if (!look()) return;
      watch.cancel();
      resolve();
    });
  });
}

/** One that has ended meanwhile is as good. */
function stop(account: Account, executionArn: string): void {
  const input = { executionArn, cause: 'the ledger is going to be restored' };
  const stopping = { caller: PERSON, client: 'client-sfn', operation: 'StopExecution', input };
  account.calls.callAws(stopping).catch(() => undefined);
}
