import { ErrorName } from '../../lambdas/core/errors.ts';
import { type Definition, expression, type States } from './asl.ts';
import { MANDATE, toNextStep, toNotClosed, waves } from './release-waves.ts';
import {
  callFunction,
  FAILURE,
  failed,
  MOVES,
  noMovesLeft,
  otherwise,
  outbid,
  outbidRule,
  supervise,
  tell,
} from './tasks.ts';

/**
 * Release: one image version's journey.
 *
 *   Open the release ► Start the bake ► Supervise the bake ► Inspect the image version
 *     ► (Choose the next step ► Roll out the wave ► Soak the wave) per wave ► Close the release ► Promoted
 *
 * Where a wave asks a person: Soak the wave ► Write the question down ► Ask for approval ► Soak the wave.
 *
 * Ways out: Rolled back (a failure after a fleet moved: Send the fleets back, then quarantine), Failed (nothing moved),
 * Needs a person (a fleet is blocked, or nobody answered and what is proven was kept), Gone back as asked (`rollBack` by
 * hand), Merged and Duplicate (this cause is seen to by another release), Answered and Not taken (an answer by hand), Input not valid, Image is busy, Outbid (Recover took over), Not closed (Recover will).
 */

const opening: States = {
  'Open the release': callFunction('OpenReleaseFunction', {
    comment: 'Checks the input, claims the image, names the version. A known cause ends here.',
    payload: {
      input: expression('$states.context.Execution.Input'),
      executionArn: expression('$states.context.Execution.Id'),
      executionName: expression('$states.context.Execution.Name'),
    },
    assign: {
      mandate: expression('$states.result.Payload.mandate'),
      opened: expression('$states.result.Payload.opened'),
      parkSeconds: expression('$states.result.Payload.parkSeconds'),
      movesLeft: MOVES,
      decision: null,
      failure: null,
    },
    next: 'What was opened?',
    catch: [
      { ErrorEquals: [ErrorName.InvalidInput], Assign: FAILURE, Next: 'Input not valid' },
      { ErrorEquals: [ErrorName.ImageBusy], Assign: FAILURE, Next: 'Image is busy' },
      otherwise('Not closed'),
    ],
  }),
  'What was opened?': {
    Type: 'Choice',
    Choices: [
      { Condition: expression('$opened.kind = "bake"'), Next: 'Start the bake' },
      { Condition: expression('$opened.kind = "version"'), Next: 'Inspect the image version' },
      { Condition: expression('$opened.kind = "merged"'), Next: 'Merged' },
      { Condition: expression('$opened.kind = "duplicate"'), Next: 'Duplicate' },
      { Condition: expression('$opened.kind = "answered"'), Next: 'Answered' },
      { Condition: expression('$opened.kind = "not-taken"'), Next: 'Not taken' },
    ],
    Default: 'Choose the next step',
  },
};

const bake: States = {
  'Start the bake': callFunction('StartBakeFunction', {
    comment: 'Adopts a bake that was asked for before an answer was lost.',
    payload: { mandate: MANDATE },
    next: 'Supervise the bake',
    // It may have been started all the same: it is looked for by its tag.
    catch: [outbid, otherwise('Cancel the bake')],
  }),
  'Supervise the bake': supervise({
    comment: 'Waits until the image is built and scanned, or cannot be any more.',
    functionName: 'SuperviseBakeFunction',
    payload: { mandate: MANDATE },
    next: 'How did the bake end?',
    catch: [outbid, otherwise('Cancel the bake')],
  }),
  'How did the bake end?': {
    Type: 'Choice',
    Choices: [
      noMovesLeft('Cancel the bake'),
      {
        Condition: expression('$decision.kind = "complete"'),
        Next: 'Inspect the image version',
      },
      { Condition: expression('$decision.kind = "park-until"'), Next: 'Supervise the bake' },
      outbidRule('Supervise the bake'),
    ],
    Default: 'Cancel the bake',
  },
  'Cancel the bake': callFunction('CancelBakeFunction', {
    comment: 'Nothing to cancel where it has ended.',
    payload: {
      mandate: MANDATE,
      decision: expression('$decision'),
      failure: expression('$failure'),
    },
    assign: {
      failure: expression('$states.result.Payload.failure'),
    },
    next: 'Choose the next step',
    catch: toNextStep,
  }),
  'Inspect the image version': callFunction('InspectVersionFunction', {
    comment: 'Tests, findings, provenance. What fails is quarantined before any fleet sees it.',
    payload: { mandate: MANDATE },
    assign: { failure: expression('$states.result.Payload.failure') },
    next: 'Choose the next step',
    catch: toNextStep,
  }),
};

const ending: States = {
  'Close the release': callFunction('CloseReleaseFunction', {
    comment:
      'Promotes or quarantines, lets the image go, and starts the release of what was pending.',
    payload: { mandate: MANDATE, next: expression('$next') },
    assign: { closed: expression('$states.result.Payload') },
    next: 'Tell how it ended',
    catch: toNotClosed,
  }),
  'Tell how it ended': tell({
    comment: 'Promoted, rolled back, failed or in need of a person, with the reason.',
    subject: expression('$substring("Kiln: " & $closed.subject, 0, 100)'),
    message: {
      image: expression('$mandate.image'),
      releaseId: expression('$mandate.releaseId'),
      outcome: expression('$closed.outcome'),
      reason: expression('$closed.reason'),
      execution: expression('$states.context.Execution.Id'),
    },
    next: 'How did it end?',
  }),
  'How did it end?': {
    Type: 'Choice',
    Choices: [
      { Condition: expression('$closed.outcome = "promoted"'), Next: 'Promoted' },
      { Condition: expression('$closed.asAsked = true'), Next: 'Gone back as asked' },
      { Condition: expression('$closed.outcome = "rolled-back"'), Next: 'Rolled back' },
      { Condition: expression('$closed.outcome = "needs-a-person"'), Next: 'Needs a person' },
    ],
    Default: 'Failed',
  },
  Promoted: { Type: 'Succeed', Output: expression('$closed') },
  'Gone back as asked': { Type: 'Succeed', Output: expression('$closed') },
  Merged: { Type: 'Succeed', Output: expression('$opened') },
  Duplicate: { Type: 'Succeed', Output: expression('$opened') },
  Answered: { Type: 'Succeed', Output: expression('$opened') },
  'Not taken': {
    Type: 'Succeed',
    Comment: 'Somebody answered before, or nobody asks: the reason says which.',
    Output: expression('$opened'),
  },
  'Rolled back': {
    Type: 'Fail',
    Comment: 'Every fleet is back on the version that it came from; the new one is quarantined.',
    Error: 'RolledBack',
    Cause: expression('$closed.reason'),
  },
  'Needs a person': {
    Type: 'Fail',
    Comment:
      'A fleet is blocked, or nobody answered and what is proven was kept. The reason says what to do.',
    Error: 'NeedsAPerson',
    Cause: expression('$closed.reason'),
  },
  Failed: {
    Type: 'Fail',
    Comment: 'No fleet has moved.',
    Error: 'ReleaseFailed',
    Cause: expression('$closed.reason'),
  },
  'Image is busy': failed(
    'Another release holds the image. Stop it, or wait for its end, then start again.',
  ),
  'Input not valid': failed(),
  Outbid: failed('Recover has taken the release over. Nothing to do here.'),
  'Not closed': {
    Type: 'Fail',
    Comment: 'Recover finds the image claimed without a live owner and closes the release.',
    Error: expression('$failure.error'),
    Cause: expression('"At: " & $failure.step & ". " & $failure.cause'),
  },
};

/**
 * Longer than a bake, and for each of a few waves a rollout and its way back, and half a year of approvals, which the
 * catalogue holds them to: 300 days. Step Functions allows a year.
 */
const TIMEOUT_SECONDS = 300 * 24 * 3600;

export interface ReleaseOptions {
  /**
   * Whether people who are asked about a wave get a link to answer by.
   *
   * @default false
   */
  readonly approvalLinks?: boolean;
}

export const releaseDefinition = ({ approvalLinks = false }: ReleaseOptions = {}): Definition => ({
  Comment:
    'Kiln: bakes an image version, proves it wave by wave, and promotes it or takes every fleet back.',
  QueryLanguage: 'JSONata',
  StartAt: 'Open the release',
  TimeoutSeconds: TIMEOUT_SECONDS,
  States: { ...opening, ...bake, ...waves(approvalLinks), ...ending },
});
