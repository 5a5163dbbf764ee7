/** Pass, Wait, Succeed, Fail and Choice. */

import { EvaluationError, StatesErrorName } from './errors.ts';
import type { ChoiceState, FailState, PassState, SucceedState, WaitState } from './machine.ts';
import type { Visit } from './visit.ts';

export function runPass(visit: Visit, state: PassState): void {
  const env = visit.env();
  const result = state.result(env);
  visit.succeed(
    () => state.finish(env, state.queryLanguage === 'JSONPath' ? result : undefined),
    state.next,
  );
}

export function runWait(visit: Visit, state: WaitState): void {
  const env = visit.env();
  const untilMs = state.untilMs(env);
  const delayMs = Math.max(0, untilMs - visit.execution.nowMs);
  visit.hold(
    visit.execution.after(delayMs, `wait in ${state.name}`, () =>
      visit.succeed(() => state.finish(visit.env()), state.next),
    ),
  );
}

export function runSucceed(visit: Visit, state: SucceedState): void {
  visit.succeed(() => state.finish(visit.env()), undefined);
}

export function runFail(visit: Visit, state: FailState): void {
  visit.fail(state.failure(visit.env()));
}

export function runChoice(visit: Visit, state: ChoiceState): void {
  const env = visit.env();
  const chosen = state.choose(env);
  if (chosen === undefined) {
    throw new EvaluationError(
      StatesErrorName.runtime,
      'Failed to transition out of the state. The state does not point to a next state.',
    );
  }
  visit.succeed(() => chosen.finish(env), chosen.next);
}
