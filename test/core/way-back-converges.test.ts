import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decideWayBack } from '../../lambdas/core/decide-way-back.ts';
import type { WayBackDecision } from '../../lambdas/core/decision.ts';
import type { RolloutRecord } from '../../lambdas/core/ledger.ts';
import type { RefreshObservation, RefreshStatus } from '../../lambdas/core/observation.ts';
import { nextProgress } from '../../lambdas/core/way-back-view.ts';
import {
  aFleetPolicy,
  aGroup,
  aHold,
  aRefresh,
  at,
  aWayBack,
  instances,
  isoAt,
  LOCK,
  LOOK,
  NEW,
  OLD,
  OWNER,
} from '../builders.ts';

/**
 * A tiny group: a refresh back replaces one instance per step while there is capacity, a cancel takes one step, a
 * suspension freezes both. Just enough for the way back to be driven to its end.
 */
interface Start {
  readonly newOnes: number;
  readonly saved: string;
  readonly status: RefreshStatus;
  readonly hold: boolean;
  readonly suspendedByPerson: boolean;
  /** Steps on which launches fail, as a repeating pattern; all true means never any capacity. */
  readonly noCapacity: readonly boolean[];
  readonly failsAfter: number;
}

const POLICY = aFleetPolicy();
const STEP_SECONDS = 60;

function drive(start: Start): {
  readonly steps: number;
  readonly last: WayBackDecision;
  readonly newOnes: number;
  readonly saved: string;
  readonly held: boolean;
} {
  let newOnes = start.newOnes;
  let saved = start.saved;
  let rollout: RolloutRecord = aWayBack({}, start.hold ? aHold(10, 900) : undefined);
  let refreshes: RefreshObservation[] = [aRefresh({ status: start.status, endedAtMs: at(950) })];
  let idle = 0;
  for (let step = 0; step < 1_000; step++) {
    const seconds = 1_000 + step * STEP_SECONDS;
    const frozen = rollout.hold !== undefined || start.suspendedByPerson;
    const current = refreshes[0] ?? aRefresh();
    const wayBack = rollout.wayBack ?? { since: isoAt(1_000), reason: '', attempts: 0 };
    const end = (status: RefreshStatus) => {
      refreshes = [{ ...current, status, endedAtMs: at(seconds) }, ...refreshes.slice(1)];
    };
    const backwards =
      current.status === 'RollbackInProgress' ||
      (current.status === 'InProgress' && current.desiredLaunchTemplateVersion === OLD);
    if (!frozen && current.status === 'Cancelling') end('Cancelled');
    else if (!frozen && backwards) {
      const starved = start.noCapacity[step % start.noCapacity.length] ?? false;
      idle = starved ? idle + 1 : 0;
      if (!starved && newOnes > 0) newOnes -= 1;
      if (newOnes === 0) {
        saved = OLD;
        end(current.status === 'InProgress' ? 'Successful' : 'RollbackSuccessful');
      } else if (idle > start.failsAfter)
        end(current.status === 'InProgress' ? 'Failed' : 'RollbackFailed');
    }
    const observation = {
      group: aGroup({
        instances: [...instances(newOnes, NEW), ...instances(6 - newOnes, OLD)],
        launchTemplate: { id: 'lt', version: saved },
        suspendedProcesses: frozen ? [{ name: 'InstanceRefresh', reason: '' }] : [],
      }),
      refreshes,
      rollout,
      lock: LOCK,
    };
    const progress = nextProgress(observation, isoAt(seconds)) ?? wayBack.progress;
    const decision = decideWayBack(observation, POLICY, LOOK, OWNER, at(seconds));
    rollout = { ...rollout, wayBack: { ...wayBack, progress } };
    switch (decision.kind) {
      case 'complete':
      case 'escalate':
      case 'refuse':
        return { steps: step, last: decision, newOnes, saved, held: rollout.hold !== undefined };
      case 'cancel':
        refreshes = refreshes.map((one) =>
          one.instanceRefreshId === decision.instanceRefreshId
            ? { ...one, status: 'Cancelling' }
            : one,
        );
        rollout = { ...rollout, hold: undefined };
        break;
      case 'lift-hold':
        rollout = { ...rollout, hold: undefined };
        break;
      case 'start-back': {
        const attempts = wayBack.attempts + 1;
        rollout = {
          ...rollout,
          wayBack: { ...wayBack, progress, attempts, lastAttemptAt: isoAt(seconds) },
        };
        refreshes = [
          aRefresh({
            instanceRefreshId: `back-${attempts}`,
            desiredLaunchTemplateVersion: OLD,
            startedAtMs: at(seconds),
          }),
          ...refreshes,
        ];
        break;
      }
      case 'wait':
        expect(decision.lookAgainAtMs).toBeGreaterThan(at(seconds));
        expect(decision.lookAgainAtMs).toBeLessThanOrEqual(
          Math.max(at(1_000 + POLICY.limits.wayBackSeconds), at(seconds)),
        );
        break;
      case 'park-until':
        break;
      default:
        decision satisfies never;
    }
  }
  throw new Error('the way back did not end in 1000 steps');
}

const STATUSES: readonly RefreshStatus[] = [
  'Pending',
  'InProgress',
  'Baking',
  'Successful',
  'Failed',
  'Cancelling',
  'Cancelled',
  'RollbackInProgress',
  'RollbackFailed',
  'RollbackSuccessful',
];
const start = fc.record<Start>({
  newOnes: fc.integer({ min: 0, max: 6 }),
  saved: fc.constantFrom(OLD, NEW),
  status: fc.constantFrom(...STATUSES),
  hold: fc.boolean(),
  suspendedByPerson: fc.boolean(),
  noCapacity: fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }),
  failsAfter: fc.integer({ min: 2, max: 60 }),
});

it('ends with one version or with a person, in a bounded number of steps, and leaves no hold', () => {
  fc.assert(
    fc.property(start, (one) => {
      const { steps, last, newOnes, saved, held } = drive(one);
      expect(steps).toBeLessThanOrEqual(POLICY.limits.wayBackSeconds / STEP_SECONDS + 10);
      expect(held).toBe(false);
      if (last.kind === 'complete') expect({ newOnes, saved }).toEqual({ newOnes: 0, saved: OLD });
      else expect(last.kind).toBe('escalate');
    }),
    { numRuns: 300 },
  );
});

it('converges from every start when there is capacity and nobody keeps it from moving', () => {
  for (const status of STATUSES) {
    for (const newOnes of [0, 1, 6]) {
      for (const saved of [OLD, NEW]) {
        for (const hold of [true, false]) {
          const { last } = drive({
            newOnes,
            saved,
            status,
            hold,
            suspendedByPerson: false,
            noCapacity: [false],
            failsAfter: 60,
          });
          expect({ status, newOnes, saved, hold, kind: last.kind }).toEqual({
            status,
            newOnes,
            saved,
            hold,
            kind: 'complete',
          });
        }
      }
    }
  }
});

it('calls a person when there is never any capacity', () => {
  expect(
    drive({
      newOnes: 3,
      saved: OLD,
      status: 'InProgress',
      hold: true,
      suspendedByPerson: false,
      noCapacity: [true],
      failsAfter: 5,
    }).last.kind,
  ).toBe('escalate');
});
