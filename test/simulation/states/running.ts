/** One execution of a definition in an account with two functions: one that always fails, one that says what it got. */

import type { Json } from '../../../simulator/contract.ts';
import { makeAccount } from './account.ts';

export async function ran(definition: object, input: Json = {}, seed = 7) {
  const account = makeAccount({ seed });
  const calls: number[] = [];
  account.functions.set('fails', () => {
    calls.push(account.secondsSinceStart());
    return { error: ['Broken', 'always'] };
  });
  account.functions.set('echo', (payload) => ({ answer: payload }));
  account.addMachine('M', definition);
  await account.start('M', 'one', input);
  await account.world.run();
  const execution = account.execution('M', 'one');
  return { account, calls, execution, output: JSON.parse(execution.outputText ?? 'null') as Json };
}

/** A machine in JSONata. */
export const jsonata = (states: object, startAt = 'A') => ({
  QueryLanguage: 'JSONata',
  StartAt: startAt,
  States: states,
});
/** A Task that invokes a function. */
export const call = (name: string, payload: Json, rest: object) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: name, Payload: payload },
  ...rest,
});
