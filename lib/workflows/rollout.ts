import { ErrorName } from '../../lambdas/core/errors.ts';
import { type Definition, expression, type States } from './asl.ts';
import {
  approval,
  DECISION,
  MANDATE,
  publishImage,
  type RolloutOptions,
  record,
  toNotRecorded,
} from './rollout-steps.ts';
import {
  callFunction,
  FAILURE,
  failed,
  MOVES,
  noMovesLeft,
  otherwise,
  outbid,
  outbidRule,
  SERVICE_RETRY,
  supervise,
  tell,
} from './tasks.ts';

/**
 * Rollout: one fleet, one direction.
 *
 *   Survey the fleet ► Make the launch template version ► Start the instance refresh ► Supervise the rollout
 *     (hold, judge, resume at each checkpoint; soak) ► Publish the image ► Record the rollout ► Rolled out
 *
 * Ways out: Rolled back (anything red, stuck or failed leads through Turn back to Supervise the way back, which
 * converges), Untouched (the survey refused, or nothing had moved), Needs a person (the way back did not converge:
 * the fleet is blocked and a person paged), Pinned, Unblocked and Answered (asked for by hand), Input not valid, Outbid
 * (another execution took the fleet over), Not recorded (the ledger could not be written: Recover sees to it).
 * Every outcome but the last three is data of a succeeded execution: a failed fleet never aborts its siblings.
 */

const toWayBack = [outbid, otherwise('Turn back')];
/** On the way back a failed act is looked at anew, and so bounded by the decisions: it never ends the way back. */
const toPause = [outbid, otherwise('Pause after a failure')];

const opening: States = {
  'Survey the fleet': callFunction('SurveyFleetFunction', {
    comment:
      'Checks the input, takes the lock of the fleet, proves that a rollback is possible and records what the fleet is now.',
    payload: {
      input: expression('$states.context.Execution.Input'),
      executionArn: expression('$states.context.Execution.Id'),
    },
    assign: {
      mandate: expression('$states.result.Payload.mandate'),
      fleetImage: expression('$states.result.Payload.fleetImage'),
      survey: expression('$states.result.Payload.survey'),
      parkSeconds: expression('$states.result.Payload.parkSeconds'),
      movesLeft: MOVES,
      decision: null,
      failure: null,
    },
    next: 'What did the survey find?',
    catch: [
      { ErrorEquals: [ErrorName.InvalidInput], Assign: FAILURE, Next: 'Input not valid' },
      outbid,
      otherwise('Not recorded'),
    ],
  }),
  'What did the survey find?': {
    Type: 'Choice',
    Choices: [
      {
        Condition: expression('$survey.kind = "forward"'),
        Next: 'Make the launch template version',
      },
      { Condition: expression('$survey.kind = "back"'), Next: 'Publish the previous image' },
      { Condition: expression('$survey.kind = "wait"'), Next: 'Wait for the other refresh' },
      { Condition: expression('$survey.kind = "pin"'), Next: 'Pin the launch template version' },
      { Condition: expression('$survey.kind = "unblocked"'), Next: 'Unblocked' },
      { Condition: expression('$survey.kind = "answered"'), Next: 'Answered' },
    ],
    Default: 'Record that nothing moved',
  },
  'Wait for the other refresh': supervise({
    comment: 'An instance refresh that is not Kiln’s is under way. It is waited for, never fought.',
    functionName: 'SuperviseRolloutFunction',
    payload: { mandate: MANDATE, phase: 'foreign' },
    next: 'What became of the other refresh?',
    catch: toNotRecorded,
  }),
  'What became of the other refresh?': {
    Type: 'Choice',
    Choices: [
      noMovesLeft('Record that nothing moved'),
      { Condition: expression('$decision.kind = "complete"'), Next: 'Survey the fleet' },
      {
        Condition: expression('$decision.kind = "park-until"'),
        Next: 'Wait for the other refresh',
      },
    ],
    Default: 'Record that nothing moved',
  },
};

const forward = (approvalLinks: boolean): States => ({
  'Make the launch template version': callFunction('MakeTemplateVersionFunction', {
    comment: 'Found by its description if it was made before an answer was lost.',
    payload: { mandate: MANDATE, step: 'make' },
    next: 'Start the instance refresh',
    catch: toWayBack,
  }),
  'Start the instance refresh': callFunction('StartRefreshFunction', {
    comment: 'Adopts a refresh that is already under way to this very version.',
    payload: { mandate: MANDATE, direction: 'forward' },
    assign: { parkSeconds: expression('$states.result.Payload.parkSeconds') },
    next: 'Supervise the rollout',
    catch: toWayBack,
  }),
  'Supervise the rollout': supervise({
    comment:
      'Waits for a checkpoint, the end of a hold or soak, or anything that speaks against going on.',
    functionName: 'SuperviseRolloutFunction',
    payload: { mandate: MANDATE, phase: 'forward' },
    next: 'What was decided?',
    // A quarter of an hour of looks that cannot see, all in all: then it is safer to go back.
    blindLooks: 30,
    catch: toWayBack,
  }),
  'What was decided?': {
    Type: 'Choice',
    Choices: [
      noMovesLeft('Turn back'),
      { Condition: expression('$decision.kind = "hold"'), Next: 'Hold the fleet' },
      { Condition: expression('$decision.kind = "resume"'), Next: 'Resume the fleet' },
      { Condition: expression('$decision.kind = "ask"'), Next: 'Write the question down' },
      {
        Condition: expression('$decision.kind = "complete"'),
        Next: 'Publish the image of the fleet',
      },
      { Condition: expression('$decision.kind = "park-until"'), Next: 'Supervise the rollout' },
      outbidRule('Supervise the rollout'),
    ],
    Default: 'Turn back',
  },
  'Hold the fleet': callFunction('HoldFleetFunction', {
    comment:
      'Auto Scaling goes on by itself when its checkpoint delay ends, so the process is suspended first and judged second.',
    payload: { mandate: MANDATE, act: 'hold', decision: DECISION },
    next: 'Supervise the rollout',
    catch: toWayBack,
  }),
  'Resume the fleet': callFunction('HoldFleetFunction', {
    payload: { mandate: MANDATE, act: 'resume', decision: DECISION },
    next: 'Supervise the rollout',
    catch: toWayBack,
  }),
  ...approval(approvalLinks),
  'Publish the image of the fleet': publishImage(
    'The user’s own templates read it, so that their next deployment does not put the old image back.',
    '$fleetImage.to',
    'Record the rollout',
  ),
  'Record the rollout': record(
    'rolled-out',
    { reason: expression('$decision.reason') },
    'Rolled out',
  ),
});

const back: States = {
  'Turn back': callFunction('TurnBackFunction', {
    comment: 'From here on the ledger says back, with the reason, and never forward again.',
    payload: {
      mandate: MANDATE,
      decision: DECISION,
      failure: expression('$failure'),
    },
    // What failed forward is in the reason now; from here on a failure is one of the way back.
    assign: { movesLeft: MOVES, failure: null },
    next: 'Publish the previous image',
    catch: toNotRecorded,
  }),
  'Publish the previous image': publishImage(
    'Before the fleet goes back: a deployment of the user’s in between must not bring the new image again.',
    '$fleetImage.from',
    'Supervise the way back',
  ),
  'Supervise the way back': supervise({
    comment: 'Converges from whatever it finds. Asks no gate, window or approval.',
    functionName: 'SuperviseRolloutFunction',
    payload: { mandate: MANDATE, phase: 'back' },
    next: 'What does the way back need?',
    catch: toNotRecorded,
  }),
  'What does the way back need?': {
    Type: 'Choice',
    Choices: [
      noMovesLeft('Lift what is held'),
      { Condition: expression('$decision.kind = "cancel"'), Next: 'Cancel the refresh' },
      { Condition: expression('$decision.kind = "lift-hold"'), Next: 'Lift the hold' },
      { Condition: expression('$decision.kind = "start-back"'), Next: 'Start the way back' },
      {
        Condition: expression('$decision.kind = "complete"'),
        Next: 'Delete the launch template version',
      },
      { Condition: expression('$decision.kind = "park-until"'), Next: 'Supervise the way back' },
      outbidRule('Supervise the way back'),
    ],
    Default: 'Lift what is held',
  },
  'Pause after a failure': {
    Type: 'Wait',
    Comment:
      'So that what fails for good does not turn in circles; the way back’s own deadline ends it.',
    Seconds: 60,
    Next: 'Supervise the way back',
  },
  'Lift what is held': callFunction('HoldFleetFunction', {
    comment: 'A blocked fleet is a person’s: nothing of Kiln’s is left on it.',
    payload: { mandate: MANDATE, act: 'lift', decision: DECISION },
    next: 'Block the fleet',
    catch: [outbid, otherwise('Block the fleet')],
  }),
  'Cancel the refresh': callFunction('CancelRefreshFunction', {
    comment: 'Then lifts our hold: a suspended group may not carry out the cancellation.',
    payload: { mandate: MANDATE, decision: DECISION },
    next: 'Supervise the way back',
    catch: toPause,
  }),
  'Lift the hold': callFunction('HoldFleetFunction', {
    payload: { mandate: MANDATE, act: 'lift', decision: DECISION },
    next: 'Supervise the way back',
    catch: toPause,
  }),
  'Start the way back': callFunction('StartRefreshFunction', {
    comment: 'To the recorded specification; adopts one that is already under way there.',
    payload: { mandate: MANDATE, direction: 'back', decision: DECISION },
    assign: { parkSeconds: expression('$states.result.Payload.parkSeconds') },
    next: 'Supervise the way back',
    catch: toPause,
  }),
  'Delete the launch template version': callFunction('MakeTemplateVersionFunction', {
    comment: 'Nothing runs it any more.',
    payload: { mandate: MANDATE, step: 'delete' },
    // Nobody deletes it later.
    patient: true,
    next: 'Record the way back',
    // A version that nothing runs harms nobody, and the fleet is back.
    catch: [outbid, otherwise('Record the way back')],
  }),
  'Record the way back': record(
    'rolled-back',
    { reason: expression('$decision.reason') },
    'Had anything moved?',
  ),
  'Had anything moved?': {
    Type: 'Choice',
    Choices: [{ Condition: expression('$outcome.outcome = "untouched"'), Next: 'Untouched' }],
    Default: 'Rolled back',
  },
  'Block the fleet': callFunction('CloseRolloutFunction', {
    comment: 'The mark stays until a person clears it: no release touches this fleet before.',
    payload: {
      mandate: MANDATE,
      step: 'needs-a-person',
      decision: DECISION,
      failure: expression('$failure'),
    },
    assign: { outcome: expression('$states.result.Payload') },
    next: 'Page a person',
    catch: toNotRecorded,
  }),
  'Page a person': tell({
    comment: 'The message says what was found and what to do.',
    subject: expression('$substring("Kiln: " & $mandate.fleet & " needs a person", 0, 100)'),
    message: {
      fleet: expression('$mandate.fleet'),
      releaseId: expression('$mandate.releaseId'),
      reason: expression('$outcome.reason'),
      whatToDo: expression('$outcome.whatToDo'),
      execution: expression('$states.context.Execution.Id'),
    },
    next: 'Needs a person',
  }),
};

const byHand: States = {
  'Pin the launch template version': {
    Type: 'Task',
    Comment: 'All instances run this number already: only the group’s reference changes.',
    Resource: 'arn:aws:states:::aws-sdk:autoscaling:updateAutoScalingGroup',
    Arguments: {
      AutoScalingGroupName: expression('$survey.pin.autoScalingGroupName'),
      LaunchTemplate: {
        LaunchTemplateId: expression('$survey.pin.launchTemplateId'),
        Version: expression('$survey.pin.version'),
      },
    },
    TimeoutSeconds: 60,
    Output: expression('$states.input'),
    Retry: SERVICE_RETRY,
    Catch: [otherwise('Not recorded')],
    Next: 'Record the pinning',
  },
  'Record the pinning': record('pinned', { reason: expression('$survey.reason') }, 'Pinned'),
  'Record that nothing moved': callFunction('CloseRolloutFunction', {
    payload: {
      mandate: MANDATE,
      step: 'untouched',
      survey: expression('$survey'),
      decision: DECISION,
    },
    assign: { outcome: expression('$states.result.Payload') },
    next: 'Untouched',
    catch: toNotRecorded,
  }),
};

const OUTCOME = expression('$outcome');

const ends: States = {
  'Rolled out': { Type: 'Succeed', Output: OUTCOME },
  'Rolled back': { Type: 'Succeed', Output: OUTCOME },
  Untouched: { Type: 'Succeed', Output: OUTCOME },
  'Needs a person': { Type: 'Succeed', Output: OUTCOME },
  Pinned: { Type: 'Succeed', Output: OUTCOME },
  Unblocked: { Type: 'Succeed', Output: expression('$survey') },
  Answered: { Type: 'Succeed', Output: expression('$survey') },
  'Input not valid': failed(),
  Outbid: failed('Another execution has taken the fleet over and sees to it. Nothing to do here.'),
  'Not recorded': {
    Type: 'Fail',
    Comment:
      'The release, or Recover, sees the fleet’s lock without a live owner and takes the fleet back.',
    Error: expression('$failure.error'),
    Cause: expression('"At: " & $failure.step & ". " & $failure.cause'),
  },
};

/** Auto Scaling ends a refresh after 14 days; a way back and a soak come on top. */
const TIMEOUT_SECONDS = 21 * 24 * 3600;

export const rolloutDefinition = ({ approvalLinks = false }: RolloutOptions = {}): Definition => ({
  Comment:
    'Kiln: moves one fleet to an image version and proves it, or takes it back to where it came from.',
  QueryLanguage: 'JSONata',
  StartAt: 'Survey the fleet',
  TimeoutSeconds: TIMEOUT_SECONDS,
  States: { ...opening, ...forward(approvalLinks), ...back, ...byHand, ...ends },
});
