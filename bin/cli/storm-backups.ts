import type { Account } from '../../simulator/account.ts';
import type { Item } from '../../simulator/aws/dynamo-db-value.ts';
import type { RunnableWorld } from '../../simulator/world.ts';

const MINUTE_MS = 60_000;

/** What the ledger was at each minute, so that a person can put it back: point-in-time recovery, to the minute. */
export class Backups {
  readonly #account: Account;
  readonly #table: string;
  readonly #kept: (readonly Item[])[] = [];

  constructor(account: Account, world: RunnableWorld, table: string) {
    this.#account = account;
    this.#table = table;
    world.every(MINUTE_MS, 'point-in-time recovery', () => {
      this.#kept.push(account.dynamoDb.itemsOf(table));
    });
  }

  /** What puts the table back to what it is now less so many minutes, or to the first that is known; undefined before that. */
  restorer(minutes: number): (() => void) | undefined {
    const items = this.#kept.at(-minutes) ?? this.#kept[0];
    return items && (() => this.#account.dynamoDb.restore(this.#table, items));
  }
}
