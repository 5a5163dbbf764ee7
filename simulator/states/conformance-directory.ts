/** All recorded cases of a directory: what the command line reports and what a test watches. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { type ConformanceCase, runConformanceCase } from './conformance.ts';

export interface ConformanceReport {
  /** Files: each is one case, passed, failed or refused. */
  readonly ran: number;
  readonly passed: number;
  readonly failed: readonly { readonly name: string; readonly why: string }[];
  /** Definitions with something that this interpreter does not run. */
  readonly refused: readonly { readonly name: string; readonly feature: string }[];
  /** Passed, with the recorded steps, but an event carries other data. */
  readonly otherData: readonly { readonly name: string; readonly why: string }[];
}

/**
 * Runs every `*.json` file as a case, in the order of their names. A file that is no case has failed, under its own
 * name; so has a case that the interpreter breaks on.
 * @throws Error (ENOENT, ENOTDIR) when there is no such directory
 */
export async function runConformanceCases(directory: string): Promise<ConformanceReport> {
  const files = readdirSync(directory)
    .filter((file) => file.endsWith('.json'))
    .sort();
  const failed: { name: string; why: string }[] = [];
  const refused: { name: string; feature: string }[] = [];
  const otherData: { name: string; why: string }[] = [];
  for (const file of files) {
    const read = readCase(join(directory, file));
    if ('wrong' in read) {
      failed.push({ name: file, why: read.wrong });
      continue;
    }
    const { name } = read.recorded;
    const result = await resultOf(read.recorded);
    if (result.kind === 'failed') failed.push({ name, why: result.why });
    else if (result.kind === 'refused') refused.push({ name, feature: result.feature });
    else if (result.dataDifference !== undefined) {
      otherData.push({ name, why: result.dataDifference });
    }
  }
  const passed = files.length - failed.length - refused.length;
  return { ran: files.length, passed, failed, refused, otherData };
}

async function resultOf(recorded: ConformanceCase) {
  try {
    return await runConformanceCase(recorded);
  } catch (error) {
    return { kind: 'failed', why: `the interpreter broke: ${messageOf(error)}` } as const;
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

const Expected = z.looseObject({
  status: z.enum(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']),
  output: z.json().optional(),
  error: z.string().optional(),
  cause: z.string().optional(),
  history: z
    .array(
      z.looseObject({
        type: z.string(),
        id: z.int(),
        previousEventId: z.int(),
        stateName: z.string().optional(),
      }),
    )
    .optional(),
  historyOrder: z.enum(['exact', 'concurrent', 'parallel-sorted']).optional(),
});

const Run = z.looseObject({
  definition: z.json().optional(),
  input: z.json().optional(),
  expected: Expected,
});

const Task = z.looseObject({
  state: z.string(),
  attempt: z.int(),
  resource: z.string().optional(),
  payload: z.json().optional(),
  outcome: z.string().optional(),
  result: z.json().optional(),
  submitted: z.json().optional(),
  error: z.string().optional(),
  cause: z.string().optional(),
});

const Case = z
  .looseObject({
    name: z.string(),
    source: z.looseObject({ snapshotKey: z.string().optional() }).optional(),
    type: z.string().optional(),
    definition: z.json().optional(),
    input: z.json().optional(),
    tasks: z.array(Task).optional(),
    expected: Expected.optional(),
    placeholders: z.array(z.string()).optional(),
    runs: z.array(Run).nonempty().optional(),
  })
  .refine(({ expected, runs }) => (expected === undefined) !== (runs === undefined), {
    error: 'expected one of expected and runs',
  })
  .refine(
    ({ definition, runs }) =>
      definition !== undefined || runs?.every((run) => run.definition !== undefined) === true,
    { error: 'expected a definition' },
  );

type Read = { readonly recorded: ConformanceCase } | { readonly wrong: string };

function readCase(file: string): Read {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return { wrong: `not a case: ${messageOf(error)}` };
  }
  const checked = Case.safeParse(parsed);
  if (checked.success) return { recorded: checked.data };
  const [issue] = checked.error.issues;
  const where = issue?.path.join('.') ?? '';
  return {
    wrong: `not a case: ${where === '' ? '' : `${where}: `}${issue?.message ?? 'of another shape'}`,
  };
}
