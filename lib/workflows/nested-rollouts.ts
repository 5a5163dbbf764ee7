import { type Catcher, expression, type Json, type MapState, type Task } from './asl.ts';
import { FAILURE, otherwise } from './tasks.ts';

interface RolloutsMap {
  readonly comment: string;
  readonly itemState: string;
  /** Sends a fleet back whose rollout forward died; a way back has none: the next step sees to it. */
  readonly rescueState?: string;
  readonly lostState: string;
  readonly direction: 'forward' | 'back';
  /** A variable that takes the words that come back, for a machine that does not read them in the ledger. */
  readonly fared?: string;
  readonly next: string;
}

interface NestedRollout {
  readonly comment?: string;
  readonly direction: 'forward' | 'back';
  readonly nameSuffix: string;
  readonly reason: string;
  readonly onLoss: Catcher;
}

/** The execution's name is the same on a retry, which makes starting it idempotent. Its input is the fleet's name. */
const nestedRollout = (nested: NestedRollout): Task => ({
  Type: 'Task',
  ...(nested.comment === undefined ? {} : { Comment: nested.comment }),
  Resource: 'arn:aws:states:::states:startExecution.sync:2',
  Arguments: {
    StateMachineArn: '${RolloutStateMachine}',
    Name: expression(`$states.input & ${nested.nameSuffix}`),
    Input: {
      fleet: expression('$states.input'),
      direction: nested.direction,
      releaseId: expression('$mandate.releaseId'),
      parentExecutionArn: expression('$states.context.Execution.Id'),
      catalogueDigest: expression('$mandate.catalogueDigest'),
      ...(nested.direction === 'forward' ? { version: expression('$mandate.version') } : {}),
      reason: nested.reason,
      AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: expression('$states.context.Execution.Id'),
    },
  },
  // A rollout ends by itself within its own timeout of 21 days.
  TimeoutSeconds: 22 * 24 * 3600,
  Output: expression('$states.result.Output.outcome'),
  Retry: [
    {
      // Starting many at once may be throttled: 1 + 2 + 4 + 8 + 10 + 10 + 10 + 10 s.
      ErrorEquals: ['StepFunctions.ThrottlingException', 'StepFunctions.SdkClientException'],
      IntervalSeconds: 1,
      BackoffRate: 2,
      MaxDelaySeconds: 10,
      MaxAttempts: 8,
      JitterStrategy: 'FULL',
    },
  ],
  Catch: [nested.onLoss],
  End: true,
});

const lostTo = (state: string, output: Json): Catcher => ({
  ErrorEquals: ['States.ALL'],
  Output: output,
  Next: state,
});

/**
 * A nested Rollout per fleet. Each writes its outcome to the ledger, where the next step reads it; here only a word
 * comes back per fleet, so that a thousand fleets stay far below the payload quota. A fleet whose rollout forward died goes
 * back at once: its siblings may take hours, and nobody hears its alarms meanwhile.
 */
export const rollouts = (map: RolloutsMap): MapState => ({
  Type: 'Map',
  Comment: map.comment,
  Items: expression('$next.fleets'),
  MaxConcurrency: expression('$next.maxConcurrency'),
  ItemProcessor: {
    ProcessorConfig: { Mode: 'INLINE' },
    StartAt: map.itemState,
    States: {
      [map.itemState]: nestedRollout({
        direction: map.direction,
        nameSuffix: '$next.nameSuffix',
        reason: expression('$next.reason'),
        onLoss:
          map.rescueState === undefined
            ? lostTo(map.lostState, 'lost')
            : lostTo(map.rescueState, expression('$states.input')),
      }),
      ...(map.rescueState === undefined
        ? {}
        : {
            [map.rescueState]: nestedRollout({
              comment: 'Its rollout died without an outcome; it takes the lock over.',
              direction: 'back',
              nameSuffix: '$next.nameSuffix & "-lost"',
              reason: 'its rollout forward ended without an outcome',
              onLoss: lostTo(map.lostState, 'lost'),
            }),
          }),
      [map.lostState]: {
        Type: 'Succeed',
        Comment:
          'The rollout died without an outcome. The next step finds its fleet in the ledger.',
      },
    },
  },
  ...(map.fared === undefined ? {} : { Assign: { [map.fared]: expression('$states.result') } }),
  Output: expression('$states.result'),
  Catch: [
    {
      ...otherwise(map.next),
      Assign: { ...FAILURE, ...(map.fared === undefined ? {} : { [map.fared]: ['lost'] }) },
    },
  ],
  Next: map.next,
});
