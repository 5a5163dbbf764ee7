import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type ConformanceCase, runConformanceCase } from '../../../simulator/states/conformance.ts';

const directory = fileURLToPath(new URL('../../../../shared/conformance/asl', import.meta.url));

/** Cases that run and do not end as recorded, with the reason. It may only grow shorter. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'express.express_sync.query_runtime_memory':
    'Execution.RedriveCount: absent where StartSyncExecution started it; the case does not say who started',
};

/** Same steps, but an event carries other data, with the reason. */
const OTHER_DATA: Readonly<Record<string, string>> = {
  'assign.assign_reference_variables.variables_in_lambda_task_BASE_ASSIGN_FROM_LAMBDA_TASK_RESULT':
    'the recorded input is the recorder\'s own text ("Bound object")',
  'services.lambda_task_service.invoke_unsupported_param':
    'the recorded input is the recorder\'s own text ("Bound object")',
  'scenarios.base_scenarios.lambda_invoke_with_retry_extended_input':
    'recorded in 2023, before the context object had Execution.RedriveCount',
};

/** What is out, by the words of the refusal. */
const REFUSED = [
  /^the field ItemReader of a (JSONata|JSONPath) Map in state '/,
  /^the Resource 'activity_arn' in state '/,
];

const PASSED_MIN = 394;
const REFUSED_MAX = 12;

describe.skipIf(!existsSync(directory))(`recorded cases in ${directory}`, async () => {
  const cases = existsSync(directory)
    ? readdirSync(directory)
        .filter((file) => file.endsWith('.json'))
        .map((file) => JSON.parse(readFileSync(join(directory, file), 'utf8')) as ConformanceCase)
    : [];
  const results = await Promise.all(
    cases.map(async (recorded) => ({
      name: recorded.name,
      result: await runConformanceCase(recorded),
    })),
  );

  test('run as recorded, but for the listed ones', () => {
    const failed = results.flatMap(({ name, result }) =>
      result.kind === 'failed' && DIFFERENT[name] === undefined ? [`${name}: ${result.why}`] : [],
    );
    expect(failed).toEqual([]);
  });

  test('carry the recorded data in their events, but for the listed ones', () => {
    const other = results.flatMap(({ name, result }) =>
      result.kind === 'passed' &&
      result.dataDifference !== undefined &&
      OTHER_DATA[name] === undefined
        ? [`${name}: ${result.dataDifference}`]
        : [],
    );
    expect(other).toEqual([]);
  });

  test('are refused only for what is out', () => {
    const refused = results.flatMap(({ result }) =>
      result.kind === 'refused' ? [result.feature] : [],
    );
    expect(refused.filter((feature) => !REFUSED.some((known) => known.test(feature)))).toEqual([]);
    expect(refused.length).toBeLessThanOrEqual(REFUSED_MAX);
  });

  test('pass in no smaller number than before', () => {
    const passed = results.filter(({ result }) => result.kind === 'passed').length;
    expect(passed).toBeGreaterThanOrEqual(PASSED_MIN);
    const listed = Object.keys(DIFFERENT);
    const stillDifferent = results.filter(
      ({ name, result }) => listed.includes(name) && result.kind === 'failed',
    );
    expect(stillDifferent.map(({ name }) => name)).toEqual(listed);
  });
});

test.skipIf(existsSync(directory))('recorded cases are not here: the folder asl is missing', () => {
  expect(existsSync(directory)).toBe(false);
});

describe('the comparison itself', () => {
  const definition = { StartAt: 'A', States: { A: { Type: 'Pass', Result: { n: 1 }, End: true } } };
  const recorded = (expected: ConformanceCase['expected']): ConformanceCase => ({
    name: 'own',
    definition,
    input: {},
    ...(expected === undefined ? {} : { expected }),
  });

  test.each([
    [{ status: 'SUCCEEDED', output: { n: 1 } }, 'passed'],
    [{ status: 'SUCCEEDED', output: { n: 2 } }, 'failed'],
    [{ status: 'SUCCEEDED', output: { n: 1, more: null } }, 'failed'],
    [{ status: 'FAILED', error: 'States.Runtime' }, 'failed'],
  ])('%j: %s', async (expected, kind) => {
    expect((await runConformanceCase(recorded(expected))).kind).toBe(kind);
  });

  test('sees a step too many, and a step of another state', async () => {
    const step = (type: string, stateName?: string) => ({
      type,
      id: 0,
      previousEventId: 0,
      ...(stateName === undefined ? {} : { stateName }),
    });
    const whole = [
      step('ExecutionStarted'),
      step('PassStateEntered', 'A'),
      step('PassStateExited', 'A'),
      step('ExecutionSucceeded'),
    ];
    const of = async (history: typeof whole): Promise<string> =>
      (
        await runConformanceCase(
          recorded({ status: 'SUCCEEDED', output: { n: 1 }, history, historyOrder: 'exact' }),
        )
      ).kind;
    expect(await of(whole)).toBe('passed');
    expect(await of(whole.slice(0, 3))).toBe('failed');
    expect(
      await of([...whole.slice(0, 2), step('PassStateExited', 'B'), step('ExecutionSucceeded')]),
    ).toBe('failed');
  });
});
