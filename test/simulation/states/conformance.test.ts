import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type ConformanceCase, runConformanceCase } from '../../../simulator/states/conformance.ts';
import { runConformanceCases } from '../../../simulator/states/conformance-directory.ts';

const directory = fileURLToPath(new URL('../../../../shared/conformance/asl', import.meta.url));

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
const REFUSED = /^the field ItemReader of a (JSONata|JSONPath) Map in state '/;

const PASSED_MIN = 396;

describe.skipIf(!existsSync(directory))(`recorded cases in ${directory}`, async () => {
  const report = existsSync(directory)
    ? await runConformanceCases(directory)
    : { passed: 0, failed: [], refused: [], otherData: [] };

  test('run as recorded', () => {
    expect(report.failed).toEqual([]);
    expect(report.passed).toBeGreaterThanOrEqual(PASSED_MIN);
  });

  test('carry the recorded data in their events, but for the listed ones', () => {
    expect(report.otherData.map(({ name }) => name).sort()).toEqual(Object.keys(OTHER_DATA).sort());
  });

  test('are refused only for what is out', () => {
    expect(report.refused.filter(({ feature }) => !REFUSED.test(feature))).toEqual([]);
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
