import { ask } from './ask.ts';
import { expression, type States } from './asl.ts';
import { rollouts } from './nested-rollouts.ts';
import {
  callFunction,
  MOVES,
  noMovesLeft,
  otherwise,
  outbid,
  outbidRule,
  supervise,
} from './tasks.ts';

export const MANDATE = expression('$mandate');
const ENTERED_AT = expression('$states.context.State.EnteredTime');

export const toNextStep = [outbid, otherwise('Choose the next step')];
export const toNotClosed = [outbid, otherwise('Not closed')];

const ASKS = expression(
  '$substring("Kiln: wave " & $decision.wave & " of " & $mandate.image & " asks for approval", 0, 100)',
);

const QUESTION = {
  image: expression('$mandate.image'),
  version: expression('$mandate.version'),
  releaseId: expression('$mandate.releaseId'),
  wave: expression('$decision.wave'),
  reason: expression('$decision.reason'),
  expiresAt: expression('$decision.expiresAt'),
  otherwise: expression('$decision.otherwise'),
  howToAnswer: expression(
    '"start this state machine (" & $states.context.StateMachine.Name & ") with {\\"release\\":\\"" & $mandate.releaseId & "\\",\\"wave\\":\\"" & $decision.wave & "\\",\\"approve\\":true,\\"by\\":\\"…\\",\\"reason\\":\\"…\\"}, or with false instead of true"',
  ),
  execution: expression('$states.context.Execution.Id'),
};

/** The steps that a release takes for each wave, and its way back. */
export const waves = (withLinks: boolean): States => ({
  'Choose the next step': callFunction('NextStepFunction', {
    comment:
      'Reads what the ledger says of every fleet, and nothing else, so that it can be asked again.',
    payload: {
      mandate: MANDATE,
      failure: expression('$failure'),
      enteredAt: ENTERED_AT,
    },
    assign: {
      next: expression('$states.result.Payload'),
      parkSeconds: expression('$states.result.Payload.parkSeconds'),
      failure: null,
      movesLeft: MOVES,
    },
    next: 'What comes next?',
    catch: toNotClosed,
  }),
  'What comes next?': {
    Type: 'Choice',
    Choices: [
      { Condition: expression('$next.step = "wave"'), Next: 'Roll out the wave' },
      { Condition: expression('$next.step = "soak"'), Next: 'Soak the wave' },
      { Condition: expression('$next.step = "go-back"'), Next: 'Send the fleets back' },
    ],
    Default: 'Close the release',
  },
  'Roll out the wave': rollouts({
    comment: 'Its fleets side by side.',
    itemState: 'Roll out the fleet',
    rescueState: 'Send the lost fleet back',
    lostState: 'Rollout lost',
    direction: 'forward',
    next: 'Choose the next step',
  }),
  'Soak the wave': supervise({
    comment:
      'Watches all fleets of the wave together, and waits for a person where the wave asks one, before the next wave begins.',
    functionName: 'SuperviseWaveFunction',
    payload: {
      mandate: MANDATE,
      wave: expression('$next.wave'),
      startedAt: expression('$next.at'),
    },
    next: 'How did the wave fare?',
    catch: toNextStep,
  }),
  'How did the wave fare?': {
    Type: 'Choice',
    Choices: [
      noMovesLeft('Give the wave up'),
      { Condition: expression('$decision.kind = "complete"'), Next: 'Choose the next step' },
      { Condition: expression('$decision.kind = "park-until"'), Next: 'Soak the wave' },
      { Condition: expression('$decision.kind = "ask"'), Next: 'Write the question down' },
      {
        Comment: 'Nobody answered: the ledger says which waves stay.',
        Condition: expression('$decision.kind = "keep-proven"'),
        Next: 'Choose the next step',
      },
      outbidRule('Soak the wave'),
    ],
    Default: 'Give the wave up',
  },
  'Write the question down': callFunction('NextStepFunction', {
    comment: 'A question that is there already stays, with when it was asked and its answer.',
    payload: { act: 'ask', mandate: MANDATE, decision: expression('$decision') },
    ...(withLinks ? { assign: { question: expression('$states.result.Payload.question') } } : {}),
    next: 'Ask for approval',
    catch: toNextStep,
  }),
  ...ask({
    ...{ state: 'Ask for approval', withLinks, subject: ASKS, message: QUESTION },
    next: 'Soak the wave',
  }),
  'Give the wave up': {
    Type: 'Pass',
    Assign: {
      failure: {
        step: 'Soak the wave',
        error: 'WaveNotHealthy',
        cause: expression('$decision.reason'),
      },
    },
    Next: 'Choose the next step',
  },
  'Send the fleets back': rollouts({
    comment:
      'All that moved, together unless the catalogue asks for an order; one failure stops no other.',
    itemState: 'Send the fleet back',
    lostState: 'Way back lost',
    direction: 'back',
    next: 'Choose the next step',
  }),
});
