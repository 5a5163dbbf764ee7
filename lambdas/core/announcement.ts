import * as z from 'zod/mini';

/**
 * What an event announced. It never carries the truth: it only says what a look should come to see, so that a look
 * whose eventually consistent reads do not show it yet is repeated a little later.
 */
export const Announcement = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('image'), status: z.string() }),
  z.object({
    kind: z.literal('refresh'),
    instanceRefreshId: z.string(),
    /** Absent for an event that says nothing about the status. */
    status: z.optional(z.string()),
    /** Checkpoint that was reached. */
    percent: z.optional(z.number()),
  }),
  z.object({ kind: z.literal('alarm'), name: z.string(), state: z.string() }),
  z.object({ kind: z.literal('launch-failed') }),
]);
export type Announcement = z.infer<typeof Announcement>;

/** What a look saw, as far as events announce it. */
export const Seen = z.object({
  imageStatus: z.optional(z.string()),
  refreshes: z.optional(
    z.array(z.object({ id: z.string(), status: z.string(), percent: z.number() })),
  ),
  alarms: z.optional(z.array(z.object({ name: z.string(), state: z.string() }))),
});
export type Seen = z.infer<typeof Seen>;

/** Image states in the order of a bake: a later one shows that an earlier one has been. */
const BAKE_ORDER = ['PENDING', 'CREATING', 'BUILDING', 'TESTING', 'DISTRIBUTING', 'INTEGRATING'];

/** Whether a look saw what was announced, or something later. A look that cannot know says yes. */
export function sees(seen: Seen, announced: Announcement): boolean {
  switch (announced.kind) {
    case 'image':
      return seen.imageStatus === undefined || reached(seen.imageStatus, announced.status);
    case 'refresh': {
      if (seen.refreshes === undefined) return true;
      const refresh = seen.refreshes.find((one) => one.id === announced.instanceRefreshId);
      if (refresh === undefined) return false;
      if (announced.status === undefined) return refresh.percent >= (announced.percent ?? 0);
      return refresh.status === announced.status || isOver(refresh.status);
    }
    case 'alarm': {
      const alarm = seen.alarms?.find((one) => one.name === announced.name);
      return alarm === undefined || alarm.state === announced.state;
    }
    case 'launch-failed':
      return true;
    default:
      return announced satisfies never;
  }
}

function reached(status: string, announced: string): boolean {
  const at = BAKE_ORDER.indexOf(status);
  return at === -1 || (at >= BAKE_ORDER.indexOf(announced) && BAKE_ORDER.includes(announced));
}

const isOver = (status: string): boolean =>
  ['Successful', 'Failed', 'Cancelled', 'RollbackSuccessful', 'RollbackFailed'].includes(status);
