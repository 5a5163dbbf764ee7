import { main } from './cli/main.ts';

/** What the command line runs. An error that nobody expected shows its stack, and is no exit code of a command. */
main(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  environment: process.env,
}).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 70;
  },
);
