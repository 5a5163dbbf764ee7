import { existsSync, readdirSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type ConformanceReport,
  runConformanceCases,
} from '../../simulator/states/conformance-directory.ts';
import { optionsShown, parseOptions } from './arguments.ts';
import type { Command } from './command.ts';
import { ExitCode, UserMistake } from './user-mistake.ts';

/** Beside the project, where the recordings are kept that are not part of it. */
const casesBeside = fileURLToPath(new URL('../../../shared/conformance/asl', import.meta.url));

const specs = {
  dir: {
    value: 'DIR',
    says: 'the directory with the cases (default: ../shared/conformance/asl)',
  },
  json: { says: 'one JSON object: ran, passed, failed, refused' },
  help: { says: 'this' },
} as const;

/** `npm run conformance`: recorded runs of state machines through the interpreter of the States Language. */
export const conformance: Command = {
  says: 'run recorded cases of the States Language through the interpreter',
  run: async (args, { out }) => {
    const { dir, json, help } = parseOptions(args, specs);
    if (help) {
      out.write(
        `Usage: npm run -s conformance -- [options]\n\n${optionsShown(specs)}\n\nThe format of a case: docs/conformance.md\n`,
      );
      return ExitCode.asExpected;
    }
    const report = await runConformanceCases(checkedDirectory(dir));
    out.write(`${json ? asJson(report) : asText(report)}\n`);
    return report.failed.length === 0 ? ExitCode.asExpected : ExitCode.notAsExpected;
  },
};

/** @throws UserMistake when there is nothing to run */
function checkedDirectory(given: string | undefined): string {
  const directory = given ?? casesBeside;
  const shown = given ?? relative(process.cwd(), casesBeside);
  if (!existsSync(directory)) {
    const hint = given === undefined ? '; name a directory of cases with --dir' : '';
    throw new UserMistake(`there is no directory ${shown}${hint}`);
  }
  let files: readonly string[];
  try {
    files = readdirSync(directory);
  } catch (error) {
    throw new UserMistake(`${shown} is no directory that can be read`, { cause: error });
  }
  if (files.some((file) => file.endsWith('.json'))) return directory;
  throw new UserMistake(`there is no case (*.json) in ${shown}`);
}

const asJson = ({ ran, passed, failed, refused }: ConformanceReport): string =>
  JSON.stringify({ ran, passed, failed, refused });

function asText({ ran, passed, failed, refused, otherData }: ConformanceReport): string {
  return [
    `${ran} cases: ${passed} passed, ${failed.length} failed, ${refused.length} refused`,
    ...section(
      'Failed',
      failed.map(({ name, why }) => [name, why] as const),
    ),
    ...section(
      'Refused when loaded',
      refused.map(({ name, feature }) => [name, feature] as const),
    ),
    ...section(
      'Passed, with other data in an event than was recorded',
      otherData.map(({ name, why }) => [name, why] as const),
    ),
  ].join('\n');
}

const REASON_LENGTH_MAX = 300;

function section(title: string, rows: readonly (readonly [string, string])[]): readonly string[] {
  if (rows.length === 0) return [];
  const short = (text: string): string =>
    text.length > REASON_LENGTH_MAX ? `${text.slice(0, REASON_LENGTH_MAX)}…` : text;
  return ['', `${title}:`, ...rows.map(([name, why]) => `  ${name}\n      ${short(why)}`)];
}
