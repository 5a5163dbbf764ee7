import { ask } from './ask.ts';
import { expression, type States, type Task } from './asl.ts';
import { callFunction, otherwise, outbid, SERVICE_RETRY } from './tasks.ts';

/** Steps that Rollout takes more than once, and what it does to ask a person. */

export interface RolloutOptions {
  /**
   * Whether people who are asked get a link to answer by.
   *
   * @default false
   */
  readonly approvalLinks?: boolean;
}

export const MANDATE = expression('$mandate');
export const DECISION = expression('$decision');
export const toNotRecorded = [outbid, otherwise('Not recorded')];

/**
 * Tells the user's templates which image the fleet runs. Goes on where it fails: what a template would read is out of date
 * then; the fleet itself is not, and the ledger knows.
 *
 * @param imageId an expression without its brackets
 */
export const publishImage = (comment: string, imageId: string, next: string): Task => ({
  Type: 'Task',
  Comment: comment,
  Resource: 'arn:aws:states:::aws-sdk:ssm:putParameter',
  Arguments: {
    Name: expression('$fleetImage.parameter'),
    Value: expression(imageId),
    Type: 'String',
    Overwrite: true,
    Description: 'Image that this fleet runs. Written by Kiln alone; templates read it.',
  },
  TimeoutSeconds: 60,
  Output: expression('$states.input'),
  Retry: SERVICE_RETRY,
  Catch: [{ ErrorEquals: ['States.ALL'], Output: expression('$states.input'), Next: next }],
  Next: next,
});

export const record = (
  step: string,
  payload: { readonly [key: string]: string },
  next: string,
): Task =>
  callFunction('CloseRolloutFunction', {
    comment: `Writes the outcome to the ledger and lets the fleet go, in one transaction (${step}).`,
    payload: { mandate: MANDATE, step, ...payload },
    assign: { outcome: expression('$states.result.Payload') },
    next,
    catch: toNotRecorded,
  });

const ASKS = expression('$substring("Kiln: " & $mandate.fleet & " asks for approval", 0, 100)');

const QUESTION = {
  fleet: expression('$mandate.fleet'),
  releaseId: expression('$mandate.releaseId'),
  checkpointPercent: expression('$decision.checkpointPercent'),
  reason: expression('$decision.reason'),
  expiresAt: expression('$decision.expiresAt'),
  // A look of before an upgrade says nothing of it.
  otherwise: expression(
    '$exists($decision.otherwise) ? $decision.otherwise : "the fleet goes back"',
  ),
  howToAnswer: expression(
    '"start this state machine (" & $states.context.StateMachine.Name & ") with {\\"fleet\\":\\"" & $mandate.fleet & "\\",\\"approve\\":true,\\"by\\":\\"…\\",\\"reason\\":\\"…\\"}, or with false instead of true"',
  ),
  execution: expression('$states.context.Execution.Id'),
};

/** The question is in the ledger before anybody hears of it: whoever answers finds it. */
export const approval = (withLinks: boolean): States => ({
  'Write the question down': callFunction('HoldFleetFunction', {
    comment: 'A question that is there already stays, with when it was asked and its answer.',
    payload: { mandate: MANDATE, act: 'ask', decision: DECISION },
    ...(withLinks ? { assign: { question: expression('$states.result.Payload.question') } } : {}),
    next: 'Ask for approval',
    catch: [outbid, otherwise('Turn back')],
  }),
  ...ask({
    ...{ state: 'Ask for approval', withLinks, subject: ASKS, message: QUESTION },
    next: 'Supervise the rollout',
  }),
});
