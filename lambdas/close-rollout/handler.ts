import * as z from 'zod/mini';
import { entry, log } from '../adapters/entry.ts';
import { findRollout, readBlock, readFleetState } from '../adapters/fleets.ts';
import { letGo, readLock } from '../adapters/locks.ts';
import { forgetParked } from '../adapters/parking.ts';
import { readReleaseFleet } from '../adapters/releases.ts';
import { type Write, writeTogether } from '../adapters/table.ts';
import { brief } from '../core/brief.ts';
import { isoInstant } from '../core/durations.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import { fleetKeys, releaseKeys } from '../core/keys.ts';
import {
  type Block,
  FleetOutcome,
  FleetSpecification,
  type RolloutRecord,
} from '../core/ledger.ts';
import { Failure, RolloutMandate, showFailure } from '../core/mandate.ts';
import { closingWrites, type Ending, type Present } from './closing.ts';

const Decision = z.object({
  kind: z.string(),
  reason: z.string(),
  whatToDo: z.nullish(z.string()),
});
const Survey = z.object({
  kind: z.string(),
  reason: z.string(),
  whatToDo: z.nullish(z.string()),
  /** How a fleet that is there already fared before. */
  outcome: z.optional(FleetOutcome),
  /** What a fleet that is there already runs, when going forward. */
  current: z.nullish(FleetSpecification),
});
const Input = z.object({
  mandate: RolloutMandate,
  step: z.enum(['rolled-out', 'rolled-back', 'needs-a-person', 'untouched', 'pinned']),
  reason: z.optional(z.string()),
  survey: z.optional(Survey),
  decision: z.nullish(Decision),
  failure: z.nullish(Failure),
});
type Input = z.infer<typeof Input>;

/**
 * Writes how the fleet fared and lets its lock go, all in one transaction, so that there is no moment at which the
 * outcome is known and the lock held, or the other way round. Idempotent: where the lock is gone, the outcome that was
 * written with it is the answer.
 *
 * @throws KilnError Outbid when another execution holds the fleet
 */
const makeHandler = (nowMs: () => number) => async (event: unknown) => {
  const input = Input.parse(event);
  const { mandate } = input;
  const [rollout, state, block] = await Promise.all([
    findRollout(mandate.fleet),
    readFleetState(mandate.fleet),
    readBlock(mandate.fleet),
  ]);
  const present: Present = {
    rollout: rollout?.executionArn === mandate.executionArn ? rollout : undefined,
    state,
  };
  const ending = endingOf(input, present, block);
  const at = isoInstant(nowMs());
  const { writes, fared } = closingWrites(mandate, ending, present, at);
  // A refusal because somebody else holds the fleet never had the lock.
  const held: readonly Write[] =
    mandate.generation === 0 ? [] : [letGo(fleetKeys(mandate.fleet).lock, mandate)];
  const ended = [...writes, ...held, forgetParked(mandate.executionArn)];
  if (!(await writeTogether(ended))) return settled(mandate);
  log('INFO', 'rollout closed', { ...mandate, ...fared });
  if (ending.clear === true) log('INFO', 'block cleared', { ...mandate, block });
  return { ...fared, whatToDo: ending.whatToDo };
};

function endingOf(input: Input, { rollout }: Present, block: Block | undefined): Ending {
  const { survey, decision } = input;
  // What failed last may be long past; a decision for a person was made on what was seen then.
  const failure = decision?.kind === 'escalate' ? undefined : input.failure;
  const whatToDo = decision?.whatToDo ?? survey?.whatToDo ?? '';
  const said =
    input.reason ??
    (failure ? showFailure(failure) : undefined) ??
    decision?.reason ??
    survey?.reason ??
    '';
  switch (input.step) {
    case 'rolled-out':
      return { outcome: 'rolled-out', reason: said, whatToDo };
    case 'rolled-back': {
      const outcome: FleetOutcome = rollout?.moved === false ? 'untouched' : 'rolled-back';
      const reason = rollout?.wayBack?.reason ?? said;
      return block?.releaseId === input.mandate.releaseId
        ? { outcome, reason, whatToDo, stays: lookedInto(block, said) }
        : { outcome, reason, whatToDo, clear: block !== undefined };
    }
    case 'needs-a-person': {
      const why =
        rollout?.wayBack === undefined
          ? said
          : `${said}; it went back because: ${rollout.wayBack.reason}`;
      return {
        outcome: 'needs-a-person',
        reason: why,
        whatToDo: `${whatToDo || DEFAULT_HELP}${heldStill(rollout, input.failure)}`,
        block: true,
      };
    }
    case 'untouched':
    case 'pinned': {
      return {
        outcome: survey?.outcome ?? 'untouched',
        reason: survey?.reason ?? said,
        whatToDo: survey?.whatToDo ?? '',
        found: survey?.kind === 'already' ? (survey.current ?? undefined) : undefined,
      };
    }
    default:
      return input.step satisfies never;
  }
}

/**
 * A hold that could not be lifted before the fleet was blocked: nothing else would tell of it. That was tried a moment ago,
 * so that the failure is of that try.
 */
function heldStill(rollout: RolloutRecord | undefined, failure: Input['failure']): string {
  const hold = rollout?.hold;
  if (hold === undefined) return '';
  const held = ` Process InstanceRefresh of the group is suspended since ${hold.since}`;
  if (!hold.ours) return `${held} at the latest, and not by Kiln: resume it yourself.`;
  const why = failure ? ` Kiln could not resume it (${brief(showFailure(failure))}).` : '';
  return `${held}, by Kiln: Rollout with "to": "previous" or "unblock" resumes it, or resume it yourself.${why}`;
}

/** Only a person clears a block, also when what was under way has brought the fleet back all the same. */
const lookedInto = (block: Block, found: string): Block => ({
  ...block,
  reason: brief(`${brief(block.reason, 450)}; what was under way then has ended since: ${found}`),
  whatToDo: `Look whether fleet ${block.fleet} is well: it is back on one version. Then start Rollout with ${JSON.stringify({ fleet: block.fleet, unblock: true, reason: '…' })}.`,
});

const DEFAULT_HELP =
  'Look at the group’s instance refreshes and activities, bring it to one version, then start Rollout with "unblock".';

/** Somebody was first: this very execution, whose answer was lost, or another owner. */
async function settled(mandate: RolloutMandate) {
  const [lock, fared] = await Promise.all([
    readLock(fleetKeys(mandate.fleet).lock),
    readReleaseFleet(mandate.releaseId, mandate.fleet),
  ]);
  // Without the lock only a first outcome is written: this execution's own, or that of a release of the same name.
  const never = mandate.generation === 0;
  const free = lock.executionArn === undefined && lock.generation === mandate.generation;
  if ((never || free) && fared !== undefined) return { ...fared, whatToDo: '' };
  throw new KilnError(
    ErrorName.Outbid,
    `fleet ${mandate.fleet} belongs to ${lock.executionArn ?? 'nobody'} at generation ${lock.generation}; ${releaseKeys(mandate.releaseId).partition} was not written`,
  );
}

export const handler = entry(makeHandler(Date.now));
