import { meant } from './arguments.ts';
import type { Command, Surroundings } from './command.ts';
import { ExitCode, UserMistake } from './user-mistake.ts';

/** Each is loaded when it is asked for: a command should not wait for another's libraries. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  rehearse: async () => (await import('./rehearse.ts')).rehearse,
  conformance: async () => (await import('./conformance.ts')).conformance,
  permissions: async () => (await import('./permissions.ts')).permissions,
  serve: async () => (await import('./serve.ts')).serve,
  approve: async () => (await import('./approve.ts')).approve,
  judge: async () => (await import('./judge.ts')).judge,
  storm: async () => (await import('./storm.ts')).storm,
};

/** Runs a command line; answers its exit code. What the person can mend goes to `err` without a stack. */
export async function main(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  try {
    return await run(args, surroundings);
  } catch (error) {
    if (!(error instanceof UserMistake)) throw error;
    surroundings.err.write(`kiln: ${error.message}\n`);
    return ExitCode.mistake;
  }
}

async function run(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === '--help' || name === '-h') {
    surroundings.out.write(`${await help()}\n`);
    return ExitCode.asExpected;
  }
  const known = Object.keys(commands);
  if (name === undefined) throw new UserMistake(`which command? There is ${known.join(', ')}`);
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    throw new UserMistake(`there is no command ${name}${meant(name, known)}`);
  }
  return (await load()).run(rest, surroundings);
}

async function help(): Promise<string> {
  const rows = await Promise.all(
    Object.entries(commands).map(async ([name, load]) => `  ${name}  ${(await load()).says}`),
  );
  return `Usage: npx tsx bin/kiln.ts COMMAND [options]\n\n${rows.join('\n')}\n\nEach command has a --help of its own.`;
}
