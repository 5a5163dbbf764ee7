import * as z from 'zod/mini';
import { recallCatalogue } from '../adapters/catalogue.ts';
import type { SSMClient } from '../adapters/clients/ssm.ts';
import type { SFNClient } from '../adapters/clients/step-functions.ts';
import { type KeptCatalogue, keepDeployedCatalogue } from '../adapters/deployed-catalogue.ts';
import { log } from '../adapters/entry.ts';
import { hasEnded } from '../adapters/executions.ts';
import { findRollout, readFleetState } from '../adapters/fleets.ts';
import { acquire, readLock } from '../adapters/locks.ts';
import { clearParked } from '../adapters/parking.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import { fleetImageParameter } from '../core/fleet-image.ts';
import { parseRolloutInput, type RolloutInput } from '../core/inputs.ts';
import { fleetKeys } from '../core/keys.ts';
import type { FleetOutcome, FleetSpecification, Lock } from '../core/ledger.ts';
import type { RolloutMandate } from '../core/mandate.ts';
import type { FleetPolicy, LookPolicy } from '../core/policy.ts';
import { answerQuestion } from './approval.ts';
import { surveyBack } from './back.ts';
import { whyBlocked } from './blocked.ts';
import { surveyPin, unblock, whyNotByHand } from './by-hand.ts';
import { surveyForward } from './forward.ts';
import type { Clients } from './observe.ts';
import { assertOfItsRelease } from './of-its-release.ts';

/** What the machine chooses by. */
export interface SurveyFinding {
  readonly kind:
    | 'forward'
    | 'back'
    | 'wait'
    | 'pin'
    | 'unblocked'
    | 'answered'
    | 'already'
    | 'refused';
  readonly reason: string;
  readonly whatToDo?: string;
  /** How a fleet that is there already fared in this release. */
  readonly outcome?: FleetOutcome;
  /** What a fleet that is there already runs, when going forward. */
  readonly current?: FleetSpecification;
  readonly parkSeconds?: number;
  readonly pin?: {
    readonly autoScalingGroupName: string;
    readonly launchTemplateId: string;
    readonly version: string;
  };
}

export interface Ports extends Clients {
  readonly stepFunctions: SFNClient;
  readonly ssm: SSMClient;
  /** Has a rollout that is parked looked at soon. */
  wakeRollout(executionArn: string): Promise<void>;
  nowMs(): number;
}

/** One survey: who asks, for which fleet, by which rules. */
export interface Asked {
  /** Answers are no survey. */
  readonly input: Exclude<RolloutInput, { kind: 'answer' }>;
  readonly mandate: RolloutMandate;
  readonly policy: FleetPolicy;
  readonly look: LookPolicy;
  /** When this execution first asked: a foreign refresh is waited for from then on. */
  readonly askedAtMs: number;
  readonly nowMs: number;
}

const Event = z.object({ input: z.unknown(), executionArn: z.string() });

/**
 * The door of every rollout: understands the input before anything is touched, takes the fleet's lock, looks at all that a
 * way back depends on, and records the fleet's whole present specification. Idempotent: the lock by its owner, the record
 * by the release and the execution.
 *
 * @throws KilnError InvalidInput naming field and fix; Busy while another execution holds the fleet that a release moves
 */
export const makeSurveyFleet = (ports: Ports) => async (event: unknown) => {
  const { input: raw, executionArn } = Event.parse(event);
  const { input, kept } = await understand(ports.ssm, raw);
  const nowMs = ports.nowMs();
  const executionName = executionArn.split(':').at(-1) ?? executionArn;
  const claimant = {
    executionArn,
    releaseId: input.kind === 'from-release' ? input.releaseId : executionName,
    ...(input.kind === 'from-release' ? { parentExecutionArn: input.parentExecutionArn } : {}),
  };
  const policy = kept.catalogue.fleets[input.fleet];
  if (policy === undefined) {
    const message = `catalogue ${kept.digest} has no fleet ${input.fleet}`;
    throw new KilnError(ErrorName.InvalidInput, message);
  }
  const { releaseId } = claimant;
  const mandate = (generation: number): RolloutMandate => ({
    fleet: input.fleet,
    releaseId,
    executionArn,
    generation,
    catalogueDigest: kept.digest,
  });
  const withoutLock = (found: SurveyFinding) => {
    log('INFO', 'surveyed', { ...mandate(0), ...found });
    return answer(mandate(0), kept.catalogue.hub, found);
  };
  if (input.kind === 'answer') {
    // Without the fleet's lock, which the rollout has that asks.
    return withoutLock(await answerQuestion(input, nowMs, ports.wakeRollout));
  }
  const { lock: key } = fleetKeys(input.fleet);
  // A retry that has the lock goes on: what it began is on record.
  if ((await readLock(key)).executionArn !== executionArn) {
    const refusal = await whyNotByHand(ports.stepFunctions, input, policy, nowMs);
    if (refusal !== undefined) return withoutLock(refusal);
    await assertOfItsRelease(input, policy);
  }
  const taken = await acquire(
    key,
    claimant,
    (arn, holder) => mayTakeOver(ports, input, arn, holder),
    new Date(nowMs).toISOString(),
  );
  if (!taken.taken) return withoutLock(await heldBy(taken.holder, input));
  // Not before: a look of a dead owner may have parked until then, and one after it finds itself outbid.
  for (const dead of taken.lock.deadOwners ?? []) await clearParked(dead);
  const askedAtMs = Date.parse(taken.lock.acquiredAt ?? new Date(nowMs).toISOString());
  const asked: Asked = {
    input,
    mandate: mandate(taken.lock.generation),
    policy,
    look: kept.catalogue.look,
    askedAtMs,
    nowMs,
  };
  const finding = (await whyBlocked(asked)) ?? (await survey(ports, asked));
  log('INFO', 'surveyed', { ...asked.mandate, ...finding });
  return answer(asked.mandate, kept.catalogue.hub, finding);
};

/**
 * A dead owner's fleet is taken over by whoever brings it back. Clearing and pinning bring nothing to an end, and going
 * forward cannot begin where another release's rollout died: they leave it to Recover, which finds dead owners by their
 * locks.
 */
function mayTakeOver(
  { stepFunctions, nowMs }: Ports,
  input: RolloutInput,
  executionArn: string,
  holder: Lock,
): Promise<boolean> {
  const bringsToAnEnd =
    input.kind === 'to-previous' ||
    (input.kind === 'from-release' &&
      (input.direction === 'back' || holder.releaseId === input.releaseId));
  return bringsToAnEnd
    ? hasEnded(stepFunctions, { executionArn, acquiredAt: holder.acquiredAt }, nowMs())
    : Promise.resolve(false);
}

/**
 * The refusal of a person's wish while another execution holds the fleet; and of a release's that goes back from a fleet
 * that it never had: there is nothing to wait for.
 *
 * @throws KilnError Busy for a release: it has come too far to be turned away by what may be over in a minute
 */
async function heldBy(holder: Lock, input: RolloutInput): Promise<SurveyFinding> {
  const reason = `fleet ${input.fleet} is being rolled out by ${holder.executionArn} since ${holder.acquiredAt}`;
  if (input.kind === 'from-release' && !(await neverHad(holder, input))) {
    throw new KilnError(ErrorName.Busy, reason);
  }
  const whatToDo = 'wait until that execution has ended, or stop it, then start again';
  return { kind: 'refused', reason, whatToDo };
}

async function neverHad(
  holder: Lock,
  { fleet, direction, releaseId }: Extract<RolloutInput, { kind: 'from-release' }>,
): Promise<boolean> {
  if (direction === 'forward' || holder.releaseId === releaseId) return false;
  const [record, state] = await Promise.all([findRollout(fleet), readFleetState(fleet)]);
  return record?.releaseId !== releaseId && state?.releaseId !== releaseId;
}

async function understand(
  ssm: SSMClient,
  raw: unknown,
): Promise<{ readonly input: RolloutInput; readonly kept: KeptCatalogue }> {
  const first = asRelease(raw);
  if (first !== undefined) {
    const catalogue = await recallCatalogue(first.catalogueDigest);
    return { input: first, kept: { digest: first.catalogueDigest, catalogue } };
  }
  const kept = await keepDeployedCatalogue(ssm);
  const known = {
    images: Object.keys(kept.catalogue.images),
    fleets: Object.keys(kept.catalogue.fleets),
  };
  return { input: parseRolloutInput(raw, known), kept };
}

/** What Release asks for; undefined for all else, valid or not, which is told of with the names of the catalogue. */
function asRelease(raw: unknown): Extract<RolloutInput, { kind: 'from-release' }> | undefined {
  try {
    const input = parseRolloutInput(raw);
    return input.kind === 'from-release' ? input : undefined;
  } catch {
    return undefined;
  }
}

function survey(ports: Ports, asked: Asked): Promise<SurveyFinding> {
  switch (asked.input.kind) {
    case 'unblock':
      return unblock(ports, asked, asked.input.reason);
    case 'pin':
      return surveyPin(ports, asked);
    case 'to-previous':
      return surveyBack(ports, asked, asked.input.reason);
    case 'from-release':
      return asked.input.direction === 'forward'
        ? surveyForward(ports, asked, asked.input.version ?? '')
        : surveyBack(ports, asked, asked.input.reason ?? 'the release goes back');
    default:
      return asked.input satisfies never;
  }
}

async function answer(mandate: RolloutMandate, hub: string, finding: SurveyFinding) {
  const [record, state] = await Promise.all([
    findRollout(mandate.fleet),
    readFleetState(mandate.fleet),
  ]);
  const present = state?.current.imageId ?? '';
  const { parkSeconds = 60, ...survey } = finding;
  return {
    mandate,
    survey: { whatToDo: '', ...survey },
    parkSeconds,
    fleetImage: {
      parameter: fleetImageParameter(hub, mandate.fleet),
      from: record?.from.imageId ?? present,
      to: record?.to?.imageId ?? present,
    },
  };
}
