import type { Seen } from '../core/announcement.ts';
import type { RefreshObservation } from '../core/observation.ts';

/** What a look saw of a group's refreshes, as far as events announce it. */
export const seenOf = (refreshes: readonly RefreshObservation[]): Seen => ({
  refreshes: refreshes.map((one) => ({
    id: one.instanceRefreshId,
    status: one.status,
    percent: one.percentageComplete,
  })),
});
