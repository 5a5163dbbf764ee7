import type { DeedKind, StormPlan } from '../../simulator/storm/plan.ts';

/** A build of Kiln with one deliberate mistake. */
export interface Mutant {
  /** What it does wrong. */
  readonly name: string;
  readonly changes: readonly Change[];
  /** The functions that are built from it. */
  readonly functions: readonly string[];
  /** Number of the invariant that it breaks. */
  readonly breaks: number;
  /** In how many nights of its kind it is caught at the latest. */
  readonly runsMax: number;
  readonly nights: Nights;
}

export interface Change {
  /** Below lambdas/. */
  readonly file: string;
  /** Is there exactly once. */
  readonly right: string;
  /** What the mutant has in its place. */
  readonly wrong: string;
}

/** The kind of nights in which a mistake can show; seeds fill in the rest. */
export interface Nights {
  readonly ground?: string;
  /** Not a kind but one night, of `test/storm/nights/`, which was played on this ground. */
  readonly kept?: string;
  readonly faults?: readonly string[];
  readonly temperament?: StormPlan['bakes'][number]['temperament'];
  readonly critical?: number;
  readonly deeds?: readonly DeedKind[];
  /** Between which counts of entered states they happen. @default 3 to 26, all of a release of one fleet */
  readonly states?: readonly [from: number, to: number];
  /** @default 120 */
  readonly bakeSeconds?: number;
}

export const mutants: readonly Mutant[] = [
  {
    name: 'the way back is complete while instances of another version run',
    changes: [
      {
        file: 'core/decide-way-back-at-rest.ts',
        right: 'if (counts.others > 0) {',
        wrong: 'if (counts.others > 1_000) {',
      },
    ],
    functions: ['supervise-rollout'],
    breaks: 1,
    runsMax: 5,
    nights: { temperament: 'sick' },
  },
  {
    name: 'an image passes inspection whatever its scan has found',
    changes: [
      {
        file: 'core/judge-inspection.ts',
        right: "if (inspection.scan === 'off' || findings === undefined) return [];",
        wrong: 'if (findings) return [];',
      },
    ],
    functions: ['inspect-version'],
    breaks: 2,
    runsMax: 5,
    nights: { ground: 'backed', critical: 3 },
  },
  {
    name: 'a refresh may take all instances at once',
    changes: [
      {
        file: 'adapters/refreshes.ts',
        right: 'MinHealthyPercentage: request.minHealthyPercentage,',
        wrong: 'MinHealthyPercentage: 0,',
      },
      {
        file: 'adapters/refreshes.ts',
        right: 'MaxHealthyPercentage: request.maxHealthyPercentage,',
        wrong: 'MaxHealthyPercentage: 100,',
      },
    ],
    functions: ['start-refresh'],
    breaks: 3,
    runsMax: 5,
    nights: { ground: 'pair' },
  },
  {
    name: 'an image is claimed although another release holds it',
    changes: [
      {
        file: 'open-release/claim.ts',
        right: "if (seen.executionArn !== undefined) {\n      return { kind: 'taken'",
        wrong: "if (seen.generation < 0) {\n      return { kind: 'taken'",
      },
    ],
    functions: ['open-release'],
    breaks: 4,
    runsMax: 5,
    nights: { deeds: ['release', 'release'] },
  },
  {
    name: 'a lock is taken without raising its generation',
    changes: [
      {
        file: 'adapters/locks.ts',
        right: 'generation: seen.generation + 1,\n    acquiredAt',
        wrong: 'generation: Math.max(1, seen.generation),\n    acquiredAt',
      },
    ],
    functions: ['survey-fleet', 'take-over', 'open-release'],
    breaks: 4,
    runsMax: 5,
    nights: { temperament: 'sick', deeds: ['stop'] },
  },
  {
    name: 'a fleet goes forward for a release that has lost its image',
    changes: [
      {
        file: 'survey-fleet/of-its-release.ts',
        right: "if (input.kind !== 'from-release' || input.direction !== 'forward') return;",
        wrong: "if (input.kind !== '') return;",
      },
    ],
    functions: ['survey-fleet'],
    breaks: 4,
    runsMax: 1,
    // Stop must come in the instant between two steps: the night that found it is played again.
    nights: { ground: 'backed', kept: 'redriven-after-its-end' },
  },
  {
    name: 'causes that came meanwhile are forgotten',
    changes: [
      {
        file: 'adapters/pending.ts',
        right: 'if (pending === undefined) return undefined;',
        wrong: 'if (pending !== null) return undefined;',
      },
    ],
    functions: ['close-release', 'find-orphans'],
    breaks: 5,
    runsMax: 5,
    nights: { deeds: ['release', 'release'] },
  },
  {
    name: 'the wake is lost',
    changes: [
      {
        file: 'wake/wake.ts',
        right: 'if (wake === undefined) return { looks: 0 };',
        wrong: 'if (wake?.subject !== null) return { looks: 0 };',
      },
    ],
    functions: ['wake'],
    breaks: 6,
    runsMax: 5,
    nights: { temperament: 'sick' },
  },
  {
    name: 'the lock is forgotten at the end',
    changes: [
      {
        file: 'close-rollout/handler.ts',
        right: 'mandate.generation === 0 ? []',
        wrong: 'mandate.generation >= 0 ? []',
      },
    ],
    functions: ['close-rollout'],
    breaks: 7,
    runsMax: 5,
    nights: {},
  },
  {
    name: 'the hold is forgotten on the way back',
    changes: [
      {
        file: 'adapters/holds.ts',
        right: 'if (record.hold?.ours === true)',
        wrong: 'if (record.hold === null)',
      },
    ],
    functions: ['turn-back', 'cancel-refresh', 'hold-fleet', 'survey-fleet', 'close-rollout'],
    breaks: 7,
    runsMax: 10,
    nights: { temperament: 'sick-later' },
  },
  {
    name: 'the parked token of a dead execution is forgotten',
    changes: [
      {
        file: 'adapters/parking.ts',
        right: 'if (parked !== undefined) await unpark',
        wrong: 'if (parked === null) await unpark',
      },
    ],
    functions: ['survey-fleet', 'take-over'],
    breaks: 7,
    runsMax: 10,
    nights: { deeds: ['stop', 'stop'] },
  },
  {
    name: 'the bake of a stopped release is forgotten',
    changes: [
      {
        file: 'cancel-bake/handler.ts',
        right: "version.status !== 'baking') return answer;",
        wrong: "version.status === 'baking') return answer;",
      },
    ],
    functions: ['cancel-bake'],
    breaks: 7,
    runsMax: 10,
    nights: { deeds: ['stop'], states: [3, 4], bakeSeconds: 12 * 3600 },
  },
  {
    name: 'red is waited for to pass',
    changes: [
      {
        file: 'core/decide-rollout.ts',
        right: "return gates.combined.kind === 'red' ?",
        wrong: "return gates.combined.reason === '' ?",
      },
      // Auto Scaling would go back by itself.
      { file: 'adapters/refreshes.ts', right: 'alarms.length === 0', wrong: 'alarms.length >= 0' },
    ],
    functions: ['supervise-rollout', 'start-refresh'],
    breaks: 8,
    runsMax: 5,
    nights: { temperament: 'sick' },
  },
  {
    name: 'a call is made that no role allows',
    changes: [
      {
        file: 'adapters/auto-scaling.ts',
        right: 'new SuspendProcessesCommand(input)',
        wrong: "new SuspendProcessesCommand({ ...input, AutoScalingGroupName: 'b' })",
      },
    ],
    functions: ['hold-fleet'],
    breaks: 9,
    runsMax: 5,
    nights: {},
  },
  {
    name: 'the way back has no bound',
    changes: [
      {
        file: 'core/way-back-view.ts',
        right: 'deadlineMs: sinceMs + policy.limits.wayBackSeconds * 1000,',
        wrong: 'deadlineMs: sinceMs + policy.limits.wayBackSeconds * 1_000_000,',
      },
    ],
    functions: ['supervise-rollout'],
    breaks: 10,
    runsMax: 10,
    nights: { temperament: 'sick', deeds: ['suspend', 'suspend', 'suspend'] },
  },
  {
    name: 'a block does not say what to do',
    changes: [
      {
        file: 'close-rollout/handler.ts',
        right: 'whatToDo: `${whatToDo || DEFAULT_HELP}${heldStill(rollout, input.failure)}`,',
        wrong: "whatToDo: '',",
      },
    ],
    functions: ['close-rollout'],
    breaks: 11,
    runsMax: 10,
    nights: { temperament: 'sick', deeds: ['suspend', 'suspend', 'suspend'] },
  },
  {
    name: 'inconclusive is taken for green',
    changes: [
      {
        file: 'core/judge-gates.ts',
        right: "['red', 'unreadable', 'inconclusive', 'green'] as const",
        wrong: "['red', 'unreadable', 'green', 'inconclusive'] as const",
      },
      // Auto Scaling would go back by itself.
      {
        file: 'adapters/refreshes.ts',
        right: 'alarms.length === 0',
        wrong: 'alarms.length >= 0',
      },
    ],
    functions: ['supervise-rollout', 'start-refresh'],
    breaks: 12,
    runsMax: 10,
    nights: { deeds: ['delete-alarm'], states: [8, 16] },
  },
  {
    name: 'nobody’s answer is taken for a yes',
    changes: [
      {
        file: 'core/decide-approval.ts',
        right: "return { kind: 'expired', untilMs, reason };",
        wrong: "return { kind: 'approved', untilMs, reason };",
      },
    ],
    functions: ['supervise-rollout', 'supervise-wave'],
    breaks: 12,
    runsMax: 2,
    nights: { ground: 'asked' },
  },
  {
    name: 'a no is not heard',
    changes: [
      {
        file: 'core/decide-approval.ts',
        right: 'if (answer !== undefined && answer.atMs < untilMs) {',
        wrong: "if (answer?.decision === 'approve' && answer.atMs < untilMs) {",
      },
    ],
    functions: ['supervise-rollout', 'supervise-wave'],
    breaks: 8,
    runsMax: 30,
    nights: { ground: 'asked', deeds: ['answer'] },
  },
];
