import * as z from 'zod/mini';
import { askForApproval } from '../adapters/approvals.ts';
import { observeGroup, observeGroups, suspendRefreshes } from '../adapters/auto-scaling.ts';
import { recallCatalogue } from '../adapters/catalogue.ts';
import { type AutoScalingClient, autoScalingClient } from '../adapters/clients/auto-scaling.ts';
import { entry } from '../adapters/entry.ts';
import { mustChangeRollout, readRollout } from '../adapters/fleets.ts';
import { liftHold } from '../adapters/holds.ts';
import { assertFleetIsOurs } from '../adapters/locks.ts';
import { approvalSubject } from '../core/approval-subject.ts';
import { isoInstant } from '../core/durations.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import { releaseKeys } from '../core/keys.ts';
import type { RolloutRecord } from '../core/ledger.ts';
import { RolloutMandate } from '../core/mandate.ts';
import { suspension } from '../core/refreshes.ts';

const AtCheckpoint = z.object({ checkpointPercent: z.int() });
const Question = z.object({ checkpointPercent: z.int(), expiresSeconds: z.int() });
const Input = z.discriminatedUnion('act', [
  z.object({ act: z.literal('hold'), mandate: RolloutMandate, decision: AtCheckpoint }),
  z.object({ act: z.literal('resume'), mandate: RolloutMandate, decision: AtCheckpoint }),
  z.object({ act: z.literal('lift'), mandate: RolloutMandate }),
  z.object({ act: z.literal('ask'), mandate: RolloutMandate, decision: Question }),
]);

interface Ports {
  readonly autoScaling: AutoScalingClient;
  nowMs(): number;
}

/** Suspends and resumes the process `InstanceRefresh` of a group, and keeps the ledger true about it. Idempotent. */
const makeHandler = (ports: Ports) => async (event: unknown) => {
  const input = Input.parse(event);
  const { mandate } = input;
  const [record, catalogue] = await Promise.all([
    readRollout(mandate),
    recallCatalogue(mandate.catalogueDigest),
    assertFleetIsOurs(mandate),
  ]);
  const groupName = catalogue.fleets[mandate.fleet]?.autoScalingGroupName;
  if (groupName === undefined) {
    throw new KilnError(ErrorName.Unexpected, `the catalogue has no fleet ${mandate.fleet}`);
  }
  switch (input.act) {
    case 'hold':
      await hold(ports, mandate, record, groupName, input.decision.checkpointPercent);
      break;
    case 'resume': {
      const judgedPercent = Math.max(record.judgedPercent, input.decision.checkpointPercent);
      await liftHold(ports.autoScaling, mandate, record, groupName, { judgedPercent });
      break;
    }
    case 'lift':
      await liftHold(ports.autoScaling, mandate, record, groupName).catch(
        async (error: unknown) => {
          if ((await observeGroups(ports.autoScaling, [groupName])).length > 0) throw error;
          // A group that was deleted has taken its suspension with it.
          await mustChangeRollout(mandate, { remove: ['hold'] });
        },
      );
      break;
    case 'ask': {
      const asked = {
        ...{ fleet: mandate.fleet, ...input.decision, askedAt: isoInstant(ports.nowMs()) },
        ...(record.hold === undefined ? {} : { heldSince: record.hold.since }),
      };
      await askForApproval(mandate.releaseId, asked);
      const key = releaseKeys(mandate.releaseId).approval(asked.fleet, asked.checkpointPercent);
      return { act: input.act, question: { ...key, subject: approvalSubject(asked) } };
    }
    default:
      return input satisfies never;
  }
  return { act: input.act };
};

async function hold(
  { autoScaling, nowMs }: Ports,
  mandate: RolloutMandate,
  record: RolloutRecord,
  groupName: string,
  checkpointPercent: number,
): Promise<void> {
  const before = record.hold;
  // Whose suspension it is must be known before there are two: the ledger first, the process second.
  const group = await observeGroup(autoScaling, groupName);
  const suspended = suspension(group, 'InstanceRefresh') !== undefined;
  const ours = before?.ours ?? !suspended;
  // A hold that somebody lifted meanwhile begins anew.
  const since = suspended && before !== undefined ? before.since : isoInstant(nowMs());
  await mustChangeRollout(mandate, { set: { hold: { checkpointPercent, since, ours } } });
  if (ours) await suspendRefreshes(autoScaling, groupName);
}

export const handler = entry(makeHandler({ autoScaling: autoScalingClient(), nowMs: Date.now }));
