import { describe, expect, it } from 'vitest';
import type { Definition } from '../../lib/workflows/asl.ts';
import { analyse } from './check/expressions.ts';
import { problemsOf } from './check/problems.ts';
import { machines } from './reviewed.ts';

/** A part of a definition, to be written into: a planted mistake need not be one that the types allow. */
// biome-ignore lint/suspicious/noExplicitAny: a definition with a mistake is any JSON.
type Loose = any;

interface Mistake {
  readonly mistake: string;
  readonly machine: keyof typeof machines;
  /** Plants it into the states of the machine. */
  readonly plant: (states: Loose, definition: Loose) => void;
  /** The one problem that must be told, among others that may follow from it. */
  readonly told: string;
}

const mistakes: readonly Mistake[] = [
  {
    mistake: 'a variable that no state assigns',
    machine: 'release',
    plant: (states) => {
      states['Start the bake'].Arguments.Payload.mandate = '{% $mandat %}';
    },
    told: 'Start the bake: Arguments.Payload.mandate reads $mandat, which is not assigned on the path Open the release ► What was opened? ► Start the bake',
  },
  {
    mistake: 'a variable that one of two paths leaves out',
    machine: 'recover',
    plant: (states) => {
      delete states['Close the release'].Assign;
      states['Stop the bake'].Assign = { closed: '{% $states.result.Payload %}' };
      states['Was it a release?'].Choices[0].Next = 'Close the release';
    },
    told: 'Tell how it ended: Arguments.Subject reads $closed, which is not assigned on the path Take over ► What was left? ► Take the fleets back ► Was it a release? ► Close the release ► Tell how it ended',
  },
  {
    mistake: 'a variable that is assigned where all goes well and not where it is caught',
    machine: 'rollout',
    plant: (states) => {
      states['Lift what is held'].Assign = { lifted: '{% $states.result.Payload %}' };
      states['Block the fleet'].Arguments.Payload.lifted = '{% $lifted %}';
    },
    told: 'Block the fleet: Arguments.Payload.lifted reads $lifted, which is not assigned on the path Survey the fleet ► What did the survey find? ► Publish the previous image ► Supervise the way back ► What does the way back need? ► Lift what is held ► Block the fleet',
  },
  {
    mistake: 'a variable that is read in the state that assigns it',
    machine: 'recover',
    plant: (states) => {
      states['Take over'].Output = '{% $left %}';
    },
    told: 'Take over: Output reads $left, which is not assigned on the path Take over',
  },
  {
    mistake: 'a variable of an iteration that is read after the Map',
    machine: 'recover',
    plant: (states) => {
      const inner = states['Take the fleets back'].ItemProcessor.States;
      inner['Take the fleet back'].Assign = { word: '{% $states.result.Output %}' };
      states['Rollout brought to an end'].Output = '{% $word %}';
    },
    told: 'Rollout brought to an end: Output reads $word, which is not assigned on the path Take over ► What was left? ► Take the fleets back ► Was it a release? ► Rollout brought to an end',
  },
  {
    mistake: 'a variable of an iteration with a name of the machine',
    machine: 'release',
    plant: (states) => {
      const inner = states['Roll out the wave'].ItemProcessor.States;
      inner['Roll out the fleet'].Assign = { next: '{% $states.result.Output %}' };
    },
    told: 'Roll out the wave: its iterations assign $next, a name of the machine',
  },
  {
    mistake: 'a member of a variable that may be null',
    machine: 'rollout',
    plant: (states) => {
      states['Turn back'].Arguments.Payload.decision = '{% $decision.kind %}';
    },
    told: 'Turn back: Arguments.Payload.decision reads $decision.kind, and $decision may be null',
  },
  {
    mistake: 'a variable that nobody reads',
    machine: 'rollout',
    plant: (states) => {
      states['Turn back'].Assign.since = '{% $states.result.Payload.reason %}';
    },
    told: '$since is assigned, and no expression reads it',
  },
  {
    mistake: 'a function that JSONata has and Step Functions has not',
    machine: 'release',
    plant: (states) => {
      states.Promoted.Output = '{% $eval("$closed") %}';
    },
    told: 'Promoted: Output calls $eval, which does not exist',
  },
  {
    mistake: 'an expression that does not parse',
    machine: 'release',
    plant: (states) => {
      states['What comes next?'].Choices[0].Condition = '{% $next.step = %}';
    },
    told: 'What comes next?: Choices.0.Condition does not parse: Unexpected end of expression',
  },
  {
    mistake: 'a space before the bracket of an expression',
    machine: 'release',
    plant: (states) => {
      states.Promoted.Output = ' {% $closed %}';
    },
    told: 'Promoted: Output holds {% %} and is not evaluated',
  },
  {
    mistake: 'an expression in a field that is not evaluated',
    machine: 'release',
    plant: (states) => {
      states['Start the bake'].Resource = '{% $mandate.image %}';
    },
    told: 'Start the bake: Resource holds {% %} and is not evaluated',
  },
  {
    mistake: 'a bare name, as JSONata outside Step Functions would take it',
    machine: 'release',
    plant: (states) => {
      states.Promoted.Output = '{% closed.outcome %}';
    },
    told: 'Promoted: Output reads closed without a variable before it',
  },
  {
    mistake: 'the result before there is one',
    machine: 'release',
    plant: (states) => {
      states['Start the bake'].Arguments.Payload.mandate = '{% $states.result.Payload %}';
    },
    told: 'Start the bake: Arguments.Payload.mandate reads $states.result where there is none',
  },
  {
    mistake: 'the result of a Pass, which has none',
    machine: 'release',
    plant: (states) => {
      states['Give the wave up'].Output = '{% $states.result %}';
    },
    told: 'Give the wave up: Output reads $states.result where there is none',
  },
  {
    mistake: 'the error of a call outside its Catch',
    machine: 'release',
    plant: (states) => {
      states['Not closed'].Cause = '{% $states.errorOutput.Cause %}';
    },
    told: 'Not closed: Cause reads $states.errorOutput outside a Catch',
  },
  {
    mistake: 'the token in a task that does not wait for it',
    machine: 'release',
    plant: (states) => {
      states['Start the bake'].Arguments.Payload.token = '{% $states.context.Task.Token %}';
    },
    told: 'Start the bake: Arguments.Payload.token reads $states.context.Task.Token in a task that does not wait for it',
  },
  {
    mistake: 'a member that the context has not',
    machine: 'release',
    plant: (states) => {
      states['Start the bake'].Arguments.Payload.at = '{% $states.context.State.StartTime %}';
    },
    told: 'Start the bake: Arguments.Payload.at reads $states.context.State.StartTime, which does not exist',
  },
  {
    mistake: 'a Retry of an error that nobody throws',
    machine: 'release',
    plant: (states) => {
      states['Start the bake'].Retry[0].ErrorEquals = ['Bussy'];
    },
    told: 'Start the bake: Retry names Bussy, which nothing there throws',
  },
  {
    mistake: 'a Catch of an error that this function does not throw',
    machine: 'rollout',
    plant: (states) => {
      states['Turn back'].Catch[0].ErrorEquals = ['ImageBusy'];
    },
    told: 'Turn back: Catch names ImageBusy, which nothing there throws',
  },
  {
    mistake: 'a Retry of another service’s error',
    machine: 'release',
    plant: (states) => {
      states['Tell how it ended'].Retry[0].ErrorEquals = ['Lambda.ServiceException'];
    },
    told: 'Tell how it ended: Retry names Lambda.ServiceException, which nothing there throws',
  },
  {
    mistake: 'a Retry of an error of ours where no function is called',
    machine: 'release',
    plant: (states) => {
      states['Tell how it ended'].Retry[0].ErrorEquals = ['Busy'];
    },
    told: 'Tell how it ended: Retry names Busy, which nothing there throws',
  },
  {
    mistake: 'an error of AWS that AWS does not give',
    machine: 'release',
    plant: (states) => {
      states['Start the bake'].Catch[0].ErrorEquals = ['States.Timedout'];
    },
    told: 'Start the bake: Catch names States.Timedout, which nothing there throws',
  },
  {
    mistake: 'a substitution that nobody makes',
    machine: 'release',
    plant: (states) => {
      states['Tell how it ended'].Arguments.TopicArn = '${NotificationTopic}';
    },
    told: 'States.Tell how it ended.Arguments.TopicArn holds ${NotificationTopic}, which nothing is put in the place of',
  },
  {
    mistake: 'a substitution that is not closed',
    machine: 'rollout',
    plant: (states) => {
      states['Turn back'].Arguments.Payload.by = '${TurnBackFunction';
    },
    told: 'States.Turn back.Arguments.Payload.by holds ${TurnBackFunction, which nothing is put in the place of',
  },
  {
    mistake: 'a substitution in the name of a member',
    machine: 'rollout',
    plant: (states) => {
      states['Turn back'].Arguments.Payload['${of-a-fleet}'] = 1;
    },
    told: 'a name in States.Turn back.Arguments.Payload holds ${of-a-fleet}, which nothing is put in the place of',
  },
  {
    mistake: 'a function without a folder',
    machine: 'rollout',
    plant: (states) => {
      states['Turn back'].Arguments.FunctionName = '${TurnAroundFunction}';
    },
    told: 'Turn back: calls function turn-around, which does not exist',
  },
  {
    mistake: 'a task without a timeout',
    machine: 'rollout',
    plant: (states) => {
      delete states['Turn back'].TimeoutSeconds;
    },
    told: 'Turn back: has no TimeoutSeconds',
  },
  {
    mistake: 'a task without Retry',
    machine: 'rollout',
    plant: (states) => {
      delete states['Turn back'].Retry;
    },
    told: 'Turn back: has no Retry',
  },
  {
    mistake: 'a task without Catch',
    machine: 'rollout',
    plant: (states) => {
      delete states['Turn back'].Catch;
    },
    told: 'Turn back: has no Catch of States.ALL at the end',
  },
  {
    mistake: 'a Catch that goes on as if all were well',
    machine: 'release',
    plant: (states) => {
      states['Start the bake'].Catch.at(-1).Next = 'Supervise the bake';
    },
    told: 'Start the bake: goes on to Supervise the bake also when it failed, and is not among the harmless',
  },
  {
    mistake: 'a Catch that forgets what failed',
    machine: 'release',
    plant: (states) => {
      delete states['Start the bake'].Catch.at(-1).Assign;
    },
    told: 'Start the bake: its Catch to Cancel the bake does not keep the failure',
  },
  {
    mistake: 'a Catch into the same task',
    machine: 'release',
    plant: (states) => {
      states['Start the bake'].Catch.at(-1).Next = 'Start the bake';
    },
    told: 'Start the bake: catches into itself',
  },
  {
    mistake: 'a parked task that does not look again',
    machine: 'release',
    plant: (states) => {
      states['Supervise the bake'].Retry.shift();
    },
    told: 'Supervise the bake: parks, and does not look again when its time is over',
  },
  {
    mistake: 'a parked task with a time of its own',
    machine: 'release',
    plant: (states) => {
      states['Supervise the bake'].TimeoutSeconds = 900;
    },
    told: 'Supervise the bake: parks for another time than $parkSeconds',
  },
  {
    mistake: 'more looks than a history has room for',
    machine: 'release',
    plant: (states) => {
      states['Supervise the bake'].Retry[0].MaxAttempts = 6_250;
    },
    told: 'Supervise the bake: may be retried until its history is full',
  },
  {
    mistake: 'a Choice that leads elsewhere when no rule holds',
    machine: 'rollout',
    plant: (states) => {
      states['What was decided?'].Default = 'Resume the fleet';
    },
    told: 'What was decided?: the Default is Resume the fleet, and the reviewed one Turn back',
  },
  {
    mistake: 'a Choice without Default',
    machine: 'rollout',
    plant: (states) => {
      delete states['What was decided?'].Default;
    },
    told: 'What was decided?: the Default is undefined, and the reviewed one Turn back',
  },
  {
    mistake: 'a loop that does not ask for its moves',
    machine: 'rollout',
    plant: (states) => {
      states['What was decided?'].Choices.shift();
    },
    told: 'endless: Supervise the rollout ► What was decided? ► Supervise the rollout',
  },
  {
    mistake: 'a loop that asks for its moves after something else',
    machine: 'rollout',
    plant: (states) => {
      states['What was decided?'].Choices.reverse();
    },
    told: 'endless: Supervise the rollout ► What was decided? ► Supervise the rollout',
  },
  {
    mistake: 'a loop that does not count its moves',
    machine: 'rollout',
    plant: (states) => {
      delete states['Supervise the rollout'].Assign.movesLeft;
    },
    told: 'endless: Supervise the rollout ► What was decided? ► Hold the fleet ► Supervise the rollout',
  },
  {
    mistake: 'a loop that sets its count anew',
    machine: 'rollout',
    plant: (states) => {
      states['Hold the fleet'].Assign = { movesLeft: 400 };
    },
    told: 'endless: Supervise the rollout ► What was decided? ► Hold the fleet ► Supervise the rollout',
  },
  {
    mistake: 'a transition to no state',
    machine: 'rollout',
    plant: (states) => {
      states['Hold the fleet'].Next = 'Supervise the roll out';
    },
    told: 'Hold the fleet: leads to Supervise the roll out, which is no state',
  },
  {
    mistake: 'a state that nothing leads to',
    machine: 'rollout',
    plant: (states) => {
      states['Forgotten'] = { Type: 'Succeed' };
    },
    told: 'Forgotten: nothing leads here',
  },
  {
    mistake: 'a name that is used in a Map and outside',
    machine: 'release',
    plant: (states) => {
      states['Rollout lost'] = { Type: 'Succeed' };
    },
    told: 'Rollout lost: the name is used twice',
  },
  {
    mistake: 'a name in title case',
    machine: 'release',
    plant: (states) => {
      states['Rolled Back'] = { Type: 'Succeed' };
    },
    told: 'Rolled Back: the name is not in sentence case',
  },
  {
    mistake: 'a Task that is named as a question',
    machine: 'release',
    plant: (states) => {
      states['Is it baked?'] = states['Start the bake'];
    },
    told: 'Is it baked?: a Choice, and nothing else, is named as a question',
  },
  {
    mistake: 'a name of more than 80 characters',
    machine: 'release',
    plant: (states) => {
      states[`Wait${' for it'.repeat(11)}`] = { Type: 'Succeed' };
    },
    told: `Wait${' for it'.repeat(11)}: the name is longer than 80`,
  },
  {
    mistake: 'a machine without a timeout',
    machine: 'release',
    plant: (_, definition) => {
      delete definition.TimeoutSeconds;
    },
    told: 'the machine has no timeout',
  },
];

describe('the static check tells', () => {
  it.each(mistakes)('$mistake', ({ machine, plant, told }) => {
    const { definition, reviewed } = machines[machine];
    const wrong: Loose = structuredClone(definition);
    plant(wrong.States, wrong);
    expect(problemsOf(wrong as Definition, reviewed)).toContain(told);
  });

  it('a review of what is not there any more', () => {
    const { definition, reviewed } = machines.recover;
    const bounds = { 'Wait for ever': 'it was removed' };
    expect(problemsOf(definition, { ...reviewed, bounds })).toEqual([
      'Wait for ever: reviewed, and no state',
    ]);
  });
});

describe('an expression', () => {
  it.each([
    { text: '($a := 1; $a + $b)', variables: ['b'] },
    { text: '($a := $a; $a)', variables: ['a'] },
    { text: '($f := function($n) { $n < 1 ? 0 : $f($n - 1) }; $f($b))', variables: ['b'] },
    { text: '$map($a, function($v, $i) { $v.x & $b })', variables: ['a', 'b'] },
    { text: '$a[$.x = $b].y ~> $sum()', variables: ['a', 'b'] },
    { text: '{ "x": $a, "y": [$b, $c] }', variables: ['a', 'b', 'c'] },
    { text: '$a^(>x).{ "y": y & $b }', variables: ['a', 'b'] },
    { text: '$a ~> $uppercase', variables: ['a'] },
    { text: '$a ? $b : $c', variables: ['a', 'b', 'c'] },
  ])('reads $variables in $text', ({ text, variables }) => {
    const { readings, bareNames } = analyse(text);
    expect(readings.map(({ variable }) => variable).sort()).toEqual(variables);
    expect(bareNames).toEqual([]);
  });
});
