import type { SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod/mini';
import { Announcement, type Seen, sees } from '../core/announcement.ts';
import type { Wait } from '../core/decision.ts';
import { isoInstant } from '../core/durations.ts';
import { Parked } from '../core/ledger.ts';
import { parkOrWait } from '../core/park.ts';
import { completeTask } from './complete-task.ts';
import { log } from './entry.ts';
import { findParked, noteWaiting, park, unpark } from './parking.ts';

/** What the state hands over, beside the input of the supervised thing. */
const Park = z.object({
  token: z.string(),
  executionArn: z.string(),
  stateEnteredAt: z.string(),
  retryCount: z.int(),
  redriveCount: z.int(),
  seconds: z.int().check(z.minimum(1)),
});

/** A wake: look again for what this execution waits for, as it was parked when the wake read it. */
const Again = z.object({
  look: z.object({ parked: Parked, announced: z.optional(Announcement) }),
});
export type Again = z.infer<typeof Again>;

export interface LookAnswer {
  readonly looked: 'moved' | 'waiting' | 'not-parked';
  /** Whether the look saw what the event announced, or it does not matter any more. */
  readonly seesAnnounced: boolean;
  readonly reason: string;
}

interface Moving {
  readonly kind: string;
  readonly reason: string;
  readonly parkSeconds: number;
}

export interface Look<Decision extends Moving> {
  readonly decision: Wait | Decision;
  readonly seen: Seen;
}

export interface Supervisor<Input, Decision extends Moving> {
  readonly name: Parked['supervisor'];
  readonly input: z.ZodMiniType<Input>;
  /** Observe and decide. Writes nothing but what the next look needs to know. */
  look(input: Input, nowMs: number): Promise<Look<Decision>>;
}

export interface SupervisePorts {
  readonly stepFunctions: SFNClient;
  nowMs(): number;
}

/**
 * The two ways into a supervising function. From its state: store the token first, look second, so that whatever
 * happened before is seen by this look, and whatever happens after finds a parked token. From a wake: look again with
 * the parked input. Step Functions is the arbiter between looks: the second to send is told that the task has ended.
 */
export const makeSupervise =
  <Input, Decision extends Moving>(
    supervisor: Supervisor<Input, Decision>,
    ports: SupervisePorts,
  ) =>
  async (event: unknown): Promise<LookAnswer> => {
    const again = Again.safeParse(event);
    if (again.success) {
      const { parked, announced } = again.data.look;
      return look(supervisor, ports, parked, announced);
    }
    const parked = toParked(supervisor.name, event, ports.nowMs());
    if (!(await park(parked))) {
      return { looked: 'not-parked', seesAnnounced: true, reason: 'a later attempt is parked' };
    }
    try {
      return await look(supervisor, ports, parked, undefined, {
        begunSeconds: parkSecondsOf(event),
      });
    } catch (error) {
      // The task fails with its function, and its token with it. Of an execution that owns nothing nobody would clear it.
      await unpark(parked.executionArn, parked.token).catch(() => false);
      throw error;
    }
  };

interface Circumstances {
  /** Another look was first already: a second time is left to the safety net. */
  readonly outrunBefore?: boolean;
  /** How long the park is that begins with this look. */
  readonly begunSeconds?: number;
}

async function look<Input, Decision extends Moving>(
  supervisor: Supervisor<Input, Decision>,
  ports: SupervisePorts,
  parked: Parked,
  announced: Announcement | undefined,
  { outrunBefore = false, begunSeconds }: Circumstances = {},
): Promise<LookAnswer> {
  const input = supervisor.input.parse(JSON.parse(parked.input));
  const { decision, seen } = await supervisor.look(input, ports.nowMs());
  const settled =
    decision.kind === 'wait'
      ? parkOrWait(decision as Wait, Date.parse(parked.deadline), ports.nowMs(), begunSeconds)
      : decision;
  const fields = { executionArn: parked.executionArn, supervisor: supervisor.name, seen };
  log('INFO', 'looked', { ...fields, decision: settled });
  const seesAnnounced = announced === undefined || sees(seen, announced);
  if (isWait(settled)) {
    await noteWaiting(parked, isoInstant(settled.lookAgainAtMs), settled.awaiting);
    return { looked: 'waiting', seesAnnounced, reason: settled.reason };
  }
  return move(supervisor, ports, parked, settled, outrunBefore);
}

const isWait = (decision: Wait | Moving): decision is Wait => decision.kind === 'wait';

async function move<Input, Decision extends Moving>(
  supervisor: Supervisor<Input, Decision>,
  ports: SupervisePorts,
  parked: Parked,
  decision: Moving,
  outrunBefore: boolean,
): Promise<LookAnswer> {
  const { executionArn, token } = parked;
  // Of who was outbid nothing is left that Recover could find it by: it clears up before it goes. Dead between the two, it
  // is begun again by the safety net.
  if (decision.kind === 'refuse') await unpark(executionArn, token);
  if (await completeTask(ports.stepFunctions, token, decision)) {
    await unpark(executionArn, token);
    return { looked: 'moved', seesAnnounced: true, reason: decision.reason };
  }
  // Another look was first, or the safety net. What this one decided is stale: it is never sent with a later token.
  await unpark(executionArn, token);
  const later = await findParked(executionArn);
  if (later?.supervisor !== supervisor.name || outrunBefore) {
    return { looked: 'not-parked', seesAnnounced: true, reason: 'the task has ended already' };
  }
  return look(supervisor, ports, later, undefined, { outrunBefore: true });
}

const parkSecondsOf = (event: unknown): number =>
  z.looseObject({ park: Park }).parse(event).park.seconds;

function toParked(supervisor: Parked['supervisor'], event: unknown, nowMs: number): Parked {
  const { park: parking, ...input } = z.looseObject({ park: Park }).parse(event);
  return {
    executionArn: parking.executionArn,
    token: parking.token,
    supervisor,
    input: JSON.stringify(input),
    stateEnteredAt: isoInstant(Date.parse(parking.stateEnteredAt)),
    retryCount: parking.retryCount,
    redriveCount: parking.redriveCount,
    deadline: isoInstant(nowMs + parking.seconds * 1000),
  };
}
