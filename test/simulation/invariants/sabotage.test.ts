import { expect, test } from 'vitest';
import type { Service } from '../../../simulator/contract.ts';
import type { Account } from '../../../simulator/index.ts';
import { playScenario } from '../scenarios/playing.ts';

/** Parts of the deployed system are put out of action: the invariant that they keep must notice, and no other reason will do. */

const brokenIn = async (scenario: string, arrange: (account: Account) => void) => {
  const { breaches } = await playScenario(scenario, { arrange });
  return [...new Set(breaches.map(({ invariant }) => invariant))];
};

/** Invocations of this function are answered without it being run. */
const deaf = (name: RegExp) => (account: Account) => {
  const { runtime } = account;
  const run = runtime.run.bind(runtime);
  runtime.run = (functionName, payload, requestId) =>
    name.test(functionName)
      ? Promise.resolve({ requestId: 'none', answer: { ok: true, payload: null } })
      : run(functionName, payload, requestId);
};

test('without the wake function the release ends well all the same, later than announced', async () => {
  expect(await brokenIn('sick-after-completion', deaf(/FunctionsWake/))).toEqual([
    '6 nobody oversleeps',
  ]);
});

test('with gates and backstop blind to alarms, red does not lead back', async () => {
  const blind = ({ cloudWatch, autoScaling }: Account) => {
    replace(cloudWatch, 'DescribeAlarms', (run) => (input, context) => {
      const output = run(input, context) as { MetricAlarms?: { StateValue?: string }[] };
      for (const alarm of output.MetricAlarms ?? []) alarm.StateValue = 'OK';
      return output;
    });
    replace(autoScaling, 'StartInstanceRefresh', (run) => (input, context) => {
      const { AlarmSpecification: _, ...preferences } = input.Preferences ?? {};
      return run({ ...input, Preferences: preferences }, context);
    });
  };
  expect(await brokenIn('sick-canary', blind)).toEqual([
    '8 red leads back',
    '12 nothing goes on without evidence',
  ]);
});

test('a launch template version that stays behind is found', async () => {
  const stuck = ({ ec2 }: Account) => {
    replace(ec2, 'DeleteLaunchTemplateVersions', () => () => ({}));
  };
  expect(await brokenIn('sick-canary', stuck)).toEqual(['7 nothing is left behind']);
});

type Run = (
  input: { Preferences?: object & { AlarmSpecification?: unknown } },
  context: unknown,
) => unknown;

/** Puts another operation of a service in the place of its own. */
function replace(service: Service, name: string, by: (run: Run) => Run): void {
  const operation = service.operations[name] as unknown as { run: Run } | undefined;
  if (operation === undefined) throw new Error(`there is no operation ${name}`);
  operation.run = by(operation.run.bind(operation));
}
