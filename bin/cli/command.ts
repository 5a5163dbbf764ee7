import type { ExitCode } from './user-mistake.ts';

/** Where a command writes, and what it may know of the process that it runs in. */
export interface Surroundings {
  readonly out: Output;
  readonly err: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

export interface Command {
  /** One line for `--help`. */
  readonly says: string;
  /** @throws UserMistake */
  readonly run: (args: readonly string[], surroundings: Surroundings) => Promise<ExitCode>;
}
