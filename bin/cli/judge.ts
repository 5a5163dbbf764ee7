import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { judgeCanary } from '../../lambdas/core/canary/judge-canary.ts';
import { optionsShown, parseOptions } from './arguments.ts';
import type { Command, Output } from './command.ts';
import { readJudgeInput } from './judge-input.ts';
import { judgeTable } from './judge-table.ts';
import { paintFor } from './style.ts';
import { ExitCode, UserMistake } from './user-mistake.ts';

const OPTIONS = {
  json: { says: 'one JSON object on stdout and nothing else' },
  help: { says: 'this text' },
} as const;

const HELP = `Usage: npx tsx bin/kiln.ts judge FILE|- [options]

Judges recorded metrics of a canary against its baseline as the canary gate does, so that a policy can be tuned on them. FILE is
JSON, - is standard input; docs/judge.md tells every field and how the verdict comes about. Exits with 0 when the verdict is
green, with 1 when it is red or inconclusive, with 2 for bad arguments or bad input.

${optionsShown(OPTIONS)}`;

export const judge: Command = {
  says: 'judge recorded metrics of a canary, to tune a policy',
  run: async (args, { out, environment }) => {
    const files = args.filter((arg) => arg === '-' || !arg.startsWith('-'));
    const options = parseOptions(
      args.filter((arg) => !files.includes(arg)),
      OPTIONS,
    );
    if (options.help) {
      out.write(`${HELP}\n`);
      return ExitCode.asExpected;
    }
    const [file] = files;
    if (file === undefined || files.length > 1) {
      throw new UserMistake(`expected one file, or - for standard input, came ${files.length}`);
    }
    const source = file === '-' ? 'standard input' : file;
    const { metrics, ...policy } = readJudgeInput(source, await contentOf(file));
    const finding = judgeCanary(metrics, policy);
    if (options.json) {
      // The fields are a contract: the reason of the whole is for people.
      const { reason, ...answer } = finding;
      out.write(`${JSON.stringify(answer)}\n`);
    } else {
      const paint = paintFor(out, environment);
      out.write(`${judgeTable(finding, { paint, width: widthOf(out) })}\n`);
    }
    return finding.verdict === 'green' ? ExitCode.asExpected : ExitCode.notAsExpected;
  },
};

const widthOf = ({ columns = 100 }: Output): number => Math.max(60, Math.min(columns, 160));

/** @throws UserMistake when the file cannot be read */
async function contentOf(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserMistake(
      `${file}: expected a file that can be read, came ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}
