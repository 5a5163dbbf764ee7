import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  paginateListStateMachines,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { type MachineName, machineName } from '../../lib/machine-names.ts';
import { optionsShown, parseOptions } from './arguments.ts';
import type { Command } from './command.ts';
import { ExitCode, UserMistake } from './user-mistake.ts';

const DEFAULT_HUB = 'main';

const OPTIONS = {
  fleet: { value: 'NAME', says: 'the fleet that somebody has to decide about' },
  release: { value: 'ID', says: 'or the release whose wave somebody has to decide about' },
  wave: { value: 'NAME', says: 'the wave, together with --release' },
  by: { value: 'WHO', says: 'who decides: it is kept' },
  reason: { value: 'TEXT', says: 'why: it is kept' },
  reject: { says: 'say no: the fleet, or the whole release, goes back' },
  hub: { value: 'NAME', says: `the installation of Kiln (default: ${DEFAULT_HUB})` },
  region: { value: 'NAME', says: 'the Region (default: as for every AWS client)' },
  'endpoint-url': { value: 'URL', says: 'where to send calls instead of AWS, such as kiln serve' },
  help: { says: 'this text' },
} as const;

const HELP = `Usage: npx tsx bin/kiln.ts approve --fleet NAME --by WHO --reason TEXT [--reject] [options]
       npx tsx bin/kiln.ts approve --release ID --wave NAME --by WHO --reason TEXT [--reject] [options]

Answers the question whether a rollout, or a release from one of its waves, may go on, with the credentials that every AWS
client finds: whoever may start the state machine of rollouts, or of releases, may answer. The first answer holds; a second one is told who was first. Exits with 0 when the answer was
taken, with 1 when it was refused, with 2 for bad arguments.

${optionsShown(OPTIONS)}`;

export const approve: Command = {
  says: 'say whether a rollout or a release that asks may go on',
  run: async (args, { out, err }) => {
    const options = parseOptions(args, OPTIONS);
    if (options.help) {
      out.write(`${HELP}\n`);
      return ExitCode.asExpected;
    }
    const question = questionOf(options);
    const input = {
      ...question.about,
      approve: !options.reject,
      by: required('by', options.by),
      reason: required('reason', options.reason),
    };
    const client = new SFNClient({
      ...(options.region === undefined ? {} : { region: options.region }),
      ...(options['endpoint-url'] === undefined ? {} : { endpoint: options['endpoint-url'] }),
    });
    try {
      const machine = await machineOf(client, options.hub ?? DEFAULT_HUB, question.machine);
      const { taken, said } = await answered(client, machine, question.subject, input);
      (taken ? out : err).write(`${said}\n`);
      return taken ? ExitCode.asExpected : ExitCode.notAsExpected;
    } finally {
      client.destroy();
    }
  },
};

interface Question {
  readonly machine: MachineName;
  /** Part of the name of the execution. */
  readonly subject: string;
  readonly about: Readonly<Record<string, string>>;
}

/** @throws UserMistake unless one thing is asked about, a fleet or a wave of a release */
function questionOf(asked: {
  readonly fleet?: string | undefined;
  readonly release?: string | undefined;
  readonly wave?: string | undefined;
}): Question {
  if (asked.release === undefined && asked.wave === undefined) {
    const fleet = required('fleet', asked.fleet);
    return { machine: 'rollout', subject: fleet, about: { fleet } };
  }
  if (asked.fleet !== undefined) {
    throw new UserMistake('expected --fleet, or --release and --wave, came both');
  }
  const release = required('release', asked.release);
  const wave = required('wave', asked.wave);
  return { machine: 'release', subject: wave, about: { release, wave } };
}

function required(name: string, value: string | undefined): string {
  if (value !== undefined && value.trim() !== '') return value;
  throw new UserMistake(`expected --${name}, came nothing`);
}

/** @throws UserMistake when the account has no such hub */
async function machineOf(client: SFNClient, hub: string, machine: MachineName): Promise<string> {
  const name = machineName(hub, machine);
  for await (const { stateMachines = [] } of paginateListStateMachines({ client }, {})) {
    const found = stateMachines.find((one) => one.name === name);
    if (found?.stateMachineArn !== undefined) return found.stateMachineArn;
  }
  throw new UserMistake(
    `expected a state machine ${name} in this account and Region, came none: --hub, --region?`,
  );
}

const LOOK_MS = 500;
const PATIENCE_MS = 120_000;

const Outcome = z.object({ kind: z.string().optional(), reason: z.string().default('') });

/** Starts the answer as an execution, and waits for what became of it. */
async function answered(
  client: SFNClient,
  stateMachineArn: string,
  subject: string,
  input: object,
): Promise<{ readonly taken: boolean; readonly said: string }> {
  const { executionArn } = await client.send(
    new StartExecutionCommand({
      stateMachineArn,
      name: `answer-${subject}-${randomUUID().slice(0, 8)}`,
      input: JSON.stringify(input),
    }),
  );
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += LOOK_MS) {
    const seen = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (seen.status === 'SUCCEEDED') {
      const { kind, reason } = Outcome.parse(JSON.parse(seen.output ?? '{}'));
      return { taken: kind === 'answered', said: reason };
    }
    if (seen.status !== 'RUNNING') {
      return { taken: false, said: `${seen.status}: ${seen.cause ?? seen.error ?? executionArn}` };
    }
    await pause(LOOK_MS);
  }
  return { taken: false, said: `${executionArn} runs still: look there for what became of it` };
}
