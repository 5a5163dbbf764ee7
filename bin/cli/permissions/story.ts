import type { Call, Interference } from '../../../simulator/calls.ts';
import { AwsError } from '../../../simulator/contract.ts';
import type { Account } from '../../../simulator/index.ts';
import { enforcedAlarms, type Setting } from '../../../simulator/scenarios/catalogue.ts';
import type { Scenario } from '../../../simulator/scenarios/scenario.ts';

/**
 * A scenario that may disturb calls too. What Kiln needs a right for only when something goes wrong beneath it (an answer
 * that is lost, a service that fails) no scenario of a rehearsal shows.
 */
export interface Story {
  readonly scenario: Scenario;
  readonly intercept?: (call: Call) => Interference;
  /** Told of the account while it is empty. */
  readonly prepare?: (account: Account, setting: Setting) => void;
}

/** A call by a role whose name has this part: `WakeRole`. */
export const madeBy = ({ caller }: Call, ...roles: readonly string[]): boolean =>
  caller.kind === 'role' && roles.some((role) => caller.roleName.includes(role));

/** What a service answers that is ill; clients try again, and then give up. */
export const ill: Interference = {
  fail: new AwsError('InternalServerError', 'The service is ill', 500),
};

/** More than an SDK client tries by itself. */
const TRIES = 3;

/** The answers to the first calls of an operation get lost, so often that the SDK's client gives up. */
export function loseAnswers(operation: string): NonNullable<Story['intercept']> {
  let lost = 0;
  return (call) => {
    if (call.operation !== operation || lost >= TRIES) return undefined;
    lost += 1;
    return { loseAnswer: true };
  };
}

/** A person sets an alarm of the first fleet off, which is well again at its next evaluation. */
export async function tryThePager(
  account: Account | undefined,
  { fleets: [fleet] }: Setting,
): Promise<void> {
  const [AlarmName] = enforcedAlarms(fleet);
  await account?.calls.callAws({
    caller: { kind: 'person', name: 'operator' },
    client: 'client-cloudwatch',
    operation: 'SetAlarmState',
    input: { AlarmName, StateValue: 'ALARM', StateReason: 'somebody tries the pager' },
  });
}
