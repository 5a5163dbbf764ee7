import { closeSync, openSync, writeSync } from 'node:fs';
import type { TraceLine } from '../../simulator/index.ts';
import { UserMistake } from './user-mistake.ts';

const CHUNK_CHARACTERS = 1 << 20;

/** Writes a trace as JSON Lines. Each line is made into text at once: what is in it may change afterwards. */
export class TraceFile {
  readonly #descriptor: number;
  #lines: string[] = [];
  #characters = 0;

  /** @throws UserMistake when it cannot be written to */
  constructor(path: string) {
    try {
      this.#descriptor = openSync(path, 'w');
    } catch (error) {
      throw new UserMistake(`--trace: ${(error as Error).message}`, { cause: error });
    }
  }

  add(line: TraceLine): void {
    const text = JSON.stringify(line);
    this.#lines.push(text);
    this.#characters += text.length;
    if (this.#characters > CHUNK_CHARACTERS) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#descriptor);
  }

  #flush(): void {
    if (this.#lines.length > 0) writeSync(this.#descriptor, `${this.#lines.join('\n')}\n`);
    this.#lines = [];
    this.#characters = 0;
  }
}
