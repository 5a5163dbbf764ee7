/**
 * Runs recorded cases of the States Language through the interpreter and compares what comes out with what AWS
 * reported. The format of a case is described beside the cases.
 */

import type { Json } from '../contract.ts';
import { makeWorld } from '../world.ts';
import { compareCase, compareData, type Observed } from './conformance-compare.ts';
import { makeStateMachine } from './definition.ts';
import { DefinitionRefused } from './errors.ts';
import { Execution } from './execution.ts';
import { sameJson } from './json.ts';
import type { Machine } from './machine.ts';
import type { TaskAttempt, TaskReport, TaskRunner } from './tasks.ts';

export interface RecordedTask {
  readonly state: string;
  readonly attempt: number;
  readonly resource?: string;
  readonly payload?: Json;
  readonly outcome?: string;
  readonly result?: Json;
  readonly submitted?: Json;
  readonly error?: string;
  readonly cause?: string;
}
export interface RecordedEvent {
  readonly type: string;
  readonly id: number;
  readonly previousEventId: number;
  readonly stateName?: string;
  readonly [field: string]: unknown;
}
export interface Expected {
  readonly status: string;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  readonly history?: readonly RecordedEvent[];
  readonly historyOrder?: 'exact' | 'concurrent' | 'parallel-sorted';
}
export interface ConformanceCase {
  readonly name: string;
  /** `snapshotKey`: what was recorded; the answer of StartSyncExecution says that it started the run. */
  readonly source?: { readonly snapshotKey?: string };
  readonly type?: string;
  readonly definition?: Json;
  readonly input?: Json;
  readonly tasks?: readonly RecordedTask[];
  readonly expected?: Expected;
  readonly placeholders?: readonly string[];
  readonly runs?: readonly {
    readonly definition?: Json;
    readonly input?: Json;
    readonly expected: Expected;
  }[];
}

export type ConformanceResult =
  /** `dataDifference`: the steps are the recorded ones, but an event carries other data. */
  | { readonly kind: 'passed'; readonly dataDifference?: string }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'refused'; readonly feature: string };

/** Runs one case. Never throws for what is in it; a defect of the interpreter itself is thrown on. */
export async function runConformanceCase(recorded: ConformanceCase): Promise<ConformanceResult> {
  const runs = recorded.runs ?? [
    { input: recorded.input ?? null, expected: recorded.expected ?? { status: 'SUCCEEDED' } },
  ];
  let dataDifference: string | undefined;
  for (const [index, run] of runs.entries()) {
    const definition =
      ('definition' in run ? run.definition : undefined) ?? recorded.definition ?? null;
    const result = await runOne(recorded, definition, run.input ?? null, run.expected);
    if (result.kind === 'failed' && runs.length > 1) {
      return { kind: 'failed', why: `run ${index}: ${result.why}` };
    }
    if (result.kind !== 'passed') return result;
    dataDifference ??= result.dataDifference;
  }
  return { kind: 'passed', ...(dataDifference === undefined ? {} : { dataDifference }) };
}

/** Any time and seed do: what depends on them is a placeholder in a case. */
const START_MS = Date.UTC(2025, 0, 15, 12);
const EVENTS_MAX = 100_000;

async function runOne(
  recorded: ConformanceCase,
  definition: Json,
  input: Json,
  expected: Expected,
): Promise<ConformanceResult> {
  let machine: Machine;
  try {
    machine = makeStateMachine(definition, { activities: activitiesOf(recorded) });
  } catch (error) {
    if (error instanceof DefinitionRefused) return { kind: 'refused', feature: error.message };
    throw error;
  }
  const world = makeWorld({ seed: 1, startMs: START_MS });
  const tasks = new RecordedTasks(recorded.tasks ?? [], (delayMs, step) => {
    world.after(delayMs, 'recorded task', step);
  });
  const execution = new Execution({
    world,
    machine,
    identity: {
      arn:
        recorded.type === 'EXPRESS'
          ? 'arn:<partition>:states:<region>:111111111111:express:machine:execution:run'
          : 'arn:<partition>:states:<region>:111111111111:execution:machine:execution',
      name: 'execution',
      machineArn: 'arn:<partition>:states:<region>:111111111111:stateMachine:machine',
      machineName: 'machine',
      roleArn: 'arn:aws:iam::111111111111:role/machine',
    },
    input,
    tasks,
    region: '<region>',
    startedInSync: recorded.source?.snapshotKey?.startsWith('start_execution_sync') === true,
  });
  execution.start();
  if (expected.status === 'ABORTED') world.after(1_000, 'stop', () => execution.stop());
  await world.run({ maxEvents: EVENTS_MAX });
  const observed: Observed = { execution, unexpectedAttempts: tasks.unexpected };
  const placeholders = recorded.placeholders ?? [];
  const why = compareCase(observed, expected, placeholders);
  if (why !== undefined) return { kind: 'failed', why };
  const dataDifference = compareData(execution.history.events, expected, placeholders);
  return { kind: 'passed', ...(dataDifference === undefined ? {} : { dataDifference }) };
}

/** A recording may have put another text in the place of an activity's ARN; how its attempts ended tells it. */
const activitiesOf = ({ tasks = [] }: ConformanceCase): ReadonlySet<string> =>
  new Set(
    tasks.flatMap(({ outcome, resource }) =>
      resource !== undefined && outcome?.startsWith('Activity') === true ? [resource] : [],
    ),
  );

/** Answers each attempt as recorded: by state and number, or by payload where several are open side by side. */
class RecordedTasks implements TaskRunner {
  readonly unexpected: string[] = [];
  readonly #left: RecordedTask[];
  readonly #after: (delayMs: number, step: () => void) => void;

  constructor(tasks: readonly RecordedTask[], after: (delayMs: number, step: () => void) => void) {
    this.#left = [...tasks];
    this.#after = after;
  }

  start(attempt: TaskAttempt, report: TaskReport): { abandon(): void } {
    const ofState = this.#left.filter(({ state }) => state === attempt.stateName);
    const samePayload = ofState.filter(
      ({ payload }) => payload !== undefined && sameJson(payload, attempt.payload),
    );
    const task =
      samePayload[0] ?? ofState.find((each) => each.attempt === attempt.attempt) ?? ofState[0];
    if (task === undefined) {
      this.unexpected.push(`attempt ${attempt.attempt} of '${attempt.stateName}' was not recorded`);
    } else {
      this.#left.splice(this.#left.indexOf(task), 1);
      this.#answer(task, attempt, report);
    }
    return { abandon: () => undefined };
  }

  #answer(task: RecordedTask, { resource }: TaskAttempt, report: TaskReport): void {
    this.#after(10, () => {
      if (resource.kind === 'activity') report.started();
      if (task.submitted !== undefined) report.submitted(task.submitted);
      if (task.outcome?.endsWith('TimedOut') === true) return;
      this.#after(10, () => {
        if (task.outcome?.endsWith('Succeeded') === true) report.succeeded(task.result ?? null);
        else if (task.outcome?.endsWith('Failed') === true) {
          report.failed({
            ...(task.error === undefined ? {} : { error: task.error }),
            ...(task.cause === undefined ? {} : { cause: task.cause }),
          });
        }
      });
    });
  }
}
