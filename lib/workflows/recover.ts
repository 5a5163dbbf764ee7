import { ErrorName } from '../../lambdas/core/errors.ts';
import { type Definition, expression, type States } from './asl.ts';
import { rollouts } from './nested-rollouts.ts';
import { callFunction, FAILURE, failed, otherwise, outbid, tell } from './tasks.ts';

/**
 * Recover: brings to an end what an execution left behind that was stopped, failed or timed out.
 *
 *   Take over ► Stop the bake ► Take the fleets back ► Read how it ended ► Close the release ► Recovered
 *
 * Ways out: Nothing was left (it has ended well, or somebody alive sees to it), Rollout brought to an end (a rollout by
 * hand: no release to close), Not every fleet is back and Not recovered (the sweep starts another Recover, which takes
 * over from this one), Input not valid, Outbid (another Recover has taken over).
 */

const MANDATE = expression('$mandate');
const ENTERED_AT = expression('$states.context.State.EnteredTime');

const toNotRecovered = [outbid, otherwise('Not recovered')];

const states: States = {
  'Take over': callFunction('TakeOverFunction', {
    comment:
      'Stops what still runs below the dead execution and takes its claim with a higher generation.',
    payload: {
      input: expression('$states.context.Execution.Input'),
      executionArn: expression('$states.context.Execution.Id'),
    },
    assign: {
      mandate: expression('$states.result.Payload.mandate'),
      left: expression('$states.result.Payload.left'),
      next: expression('$states.result.Payload.next'),
    },
    next: 'What was left?',
    catch: [
      { ErrorEquals: [ErrorName.InvalidInput], Assign: FAILURE, Next: 'Input not valid' },
      ...toNotRecovered,
    ],
  }),
  'What was left?': {
    Type: 'Choice',
    Choices: [
      { Condition: expression('$left.kind = "release"'), Next: 'Stop the bake' },
      { Condition: expression('$left.kind = "rollout"'), Next: 'Take the fleets back' },
    ],
    Default: 'Nothing was left',
  },
  'Stop the bake': callFunction('CancelBakeFunction', {
    comment: 'Nothing to cancel where none runs.',
    payload: { mandate: MANDATE, decision: null, failure: null },
    next: 'Take the fleets back',
    // A bake that cannot be cancelled ends by itself; the fleets do not wait for it.
    catch: [outbid, otherwise('Take the fleets back')],
  }),
  'Take the fleets back': rollouts({
    comment: 'Each in a Rollout of its own that takes the fleet’s lock over.',
    itemState: 'Take the fleet back',
    lostState: 'Way back lost',
    direction: 'back',
    fared: 'fared',
    next: 'Was it a release?',
  }),
  'Was it a release?': {
    Type: 'Choice',
    Choices: [
      { Condition: expression('$left.kind = "release"'), Next: 'Read how it ended' },
      { Condition: expression('"lost" in $fared'), Next: 'Not every fleet is back' },
    ],
    Default: 'Rollout brought to an end',
  },
  'Read how it ended': callFunction('NextStepFunction', {
    comment: 'Reads every fleet’s outcome from the ledger.',
    payload: { mandate: MANDATE, failure: null, enteredAt: ENTERED_AT },
    assign: { next: expression('$states.result.Payload') },
    next: 'Is every fleet at an end?',
    catch: toNotRecovered,
  }),
  'Is every fleet at an end?': {
    Type: 'Choice',
    Choices: [{ Condition: expression('$next.step = "end"'), Next: 'Close the release' }],
    Default: 'Not every fleet is back',
  },
  'Close the release': callFunction('CloseReleaseFunction', {
    payload: { mandate: MANDATE, next: expression('$next') },
    assign: { closed: expression('$states.result.Payload') },
    next: 'Tell how it ended',
    catch: toNotRecovered,
  }),
  'Tell how it ended': tell({
    comment: 'The release was stopped or died; this is where its fleets ended.',
    subject: expression('$substring("Kiln: " & $closed.subject, 0, 100)'),
    message: {
      image: expression('$mandate.image'),
      releaseId: expression('$mandate.releaseId'),
      outcome: expression('$closed.outcome'),
      reason: expression('$closed.reason'),
      execution: expression('$states.context.Execution.Id'),
    },
    next: 'Recovered',
  }),
  Recovered: { Type: 'Succeed', Output: expression('$closed') },
  'Rollout brought to an end': { Type: 'Succeed', Output: expression('$left') },
  'Nothing was left': { Type: 'Succeed', Output: expression('$left') },
  'Not every fleet is back': {
    Type: 'Fail',
    Comment: 'A way back died. The sweep starts another Recover.',
    Error: 'NotRecovered',
    Cause: expression('$next.reason'),
  },
  'Not recovered': {
    Type: 'Fail',
    Comment: 'The sweep starts another Recover.',
    Error: expression('$failure.error'),
    Cause: expression('"At: " & $failure.step & ". " & $failure.cause'),
  },
  'Input not valid': failed(),
  Outbid: failed('Another Recover has taken over. Nothing to do here.'),
};

/** One way back of every fleet, one after another at the worst. */
const TIMEOUT_SECONDS = 30 * 24 * 3600;

export const recoverDefinition = (): Definition => ({
  Comment: 'Kiln: brings everything that a dead execution owned to an end state.',
  QueryLanguage: 'JSONata',
  StartAt: 'Take over',
  TimeoutSeconds: TIMEOUT_SECONDS,
  States: states,
});
