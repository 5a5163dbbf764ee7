import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';

/**
 * The ledger as an auditor reads it: shapes of its own, only what is audited, everything else ignored. An item that
 * does not fit is no item here, which an invariant then misses.
 */

const AuditedCause = z.object({
  kind: z.string(),
  id: z.string(),
  parameter: z.string().optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  imageArn: z.string().optional(),
  reason: z.string().optional(),
  causes: z.array(z.string()).optional(),
});
export type AuditedCause = Readonly<z.infer<typeof AuditedCause>>;

const AuditedRelease = z.object({
  id: z.string(),
  image: z.string(),
  version: z.string().optional(),
  direction: z.string().optional(),
  cause: AuditedCause,
  executionArn: z.string(),
  startedAt: z.string(),
  endedAt: z.string().optional(),
  outcome: z.string().optional(),
  reason: z.string().optional(),
  keptReason: z.string().optional(),
});
export type AuditedRelease = Readonly<z.infer<typeof AuditedRelease>>;

const AuditedReleaseFleet = z.object({
  fleet: z.string(),
  from: z.string(),
  to: z.string(),
  endedOn: z.string(),
  outcome: z.string(),
  reason: z.string(),
  endedAt: z.string().optional(),
});
export type AuditedReleaseFleet = Readonly<
  z.infer<typeof AuditedReleaseFleet> & { releaseId: string }
>;

const AuditedVersion = z.object({
  image: z.string(),
  label: z.string(),
  status: z.string(),
  reason: z.string(),
  releaseId: z.string(),
  imageId: z.string().optional(),
});
export type AuditedVersion = Readonly<z.infer<typeof AuditedVersion>>;

const AuditedLock = z.object({
  executionArn: z.string().optional(),
  generation: z.number(),
});
export type AuditedLock = Readonly<
  z.infer<typeof AuditedLock> & {
    of: 'fleet' | 'image';
    name: string;
  }
>;

const AuditedParked = z.object({
  executionArn: z.string(),
  supervisor: z.enum(['bake', 'rollout', 'wave']),
  input: z.string(),
  stateEnteredAt: z.string().optional(),
  deadline: z.string(),
  awaiting: z.string().optional(),
});
export type AuditedParked = Readonly<z.infer<typeof AuditedParked>>;

const AuditedRollout = z.object({
  fleet: z.string(),
  releaseId: z.string(),
  executionArn: z.string(),
  direction: z.enum(['forward', 'back']),
  from: z.object({ version: z.string(), imageId: z.string() }),
  to: z
    .object({
      version: z.string(),
      imageId: z.string(),
      launchTemplateVersion: z.string().optional(),
      requestedAt: z.string().optional(),
    })
    .optional(),
  hold: z
    .object({ checkpointPercent: z.number(), since: z.string(), ours: z.boolean() })
    .optional(),
  wayBack: z.object({ reason: z.string() }).optional(),
});
export type AuditedRollout = Readonly<z.infer<typeof AuditedRollout>>;

const AuditedBlock = z.object({
  fleet: z.string(),
  reason: z.string(),
  whatToDo: z.string().optional(),
  releaseId: z.string().optional(),
});
export type AuditedBlock = Readonly<z.infer<typeof AuditedBlock>>;

const AuditedApproval = z.object({
  fleet: z.string().optional(),
  wave: z.string().optional(),
  askedAt: z.string(),
  expiresSeconds: z.number(),
  decision: z.enum(['approve', 'reject']).optional(),
  answeredAt: z.string().optional(),
});
/** A question to a person, about a fleet or about a wave. */
export type AuditedApproval = Readonly<z.infer<typeof AuditedApproval> & { releaseId: string }>;

/** A cause that was told before, or a cause that is known: under the image, by its id. */
export interface AuditedMark {
  readonly image: string;
  readonly causeId: string;
  /** The whole item as JSON text. */
  readonly text: string;
  readonly releaseId: string | undefined;
  /** When it was written, ISO 8601. */
  readonly at: string | undefined;
  /** Nothing has been opened for it yet, and the ledger remembers what to ask for. */
  readonly waits?: boolean;
}

/** Causes that wait for a follow-up release. */
export interface AuditedPending {
  readonly image: string;
  readonly text: string;
}

export interface LedgerView {
  readonly pending?: readonly AuditedPending[];
  readonly releases: readonly AuditedRelease[];
  readonly releaseFleets: readonly AuditedReleaseFleet[];
  readonly versions: readonly AuditedVersion[];
  readonly locks: readonly AuditedLock[];
  readonly parked: readonly AuditedParked[];
  readonly rollouts: readonly AuditedRollout[];
  readonly blocks: readonly AuditedBlock[];
  readonly approvals: readonly AuditedApproval[];
  readonly causes: readonly AuditedMark[];
  readonly duplicates: readonly AuditedMark[];
}

type Entry =
  | { readonly list: 'releases'; readonly item: AuditedRelease }
  | { readonly list: 'releaseFleets'; readonly item: AuditedReleaseFleet }
  | { readonly list: 'versions'; readonly item: AuditedVersion }
  | { readonly list: 'locks'; readonly item: AuditedLock }
  | { readonly list: 'parked'; readonly item: AuditedParked }
  | { readonly list: 'rollouts'; readonly item: AuditedRollout }
  | { readonly list: 'blocks'; readonly item: AuditedBlock }
  | { readonly list: 'approvals'; readonly item: AuditedApproval }
  | { readonly list: 'pending'; readonly item: AuditedPending }
  | { readonly list: 'causes' | 'duplicates'; readonly item: AuditedMark };

type RawItem = Parameters<typeof unmarshall>[0];
type Plain = Readonly<Record<string, unknown>>;

/** Reads items of the table; an item that has not changed since (they are frozen) is not read again. */
export class LedgerReader {
  readonly #known = new WeakMap<object, Entry | 'none'>();

  read(items: readonly object[]): LedgerView {
    const view = {
      releases: [] as AuditedRelease[],
      releaseFleets: [] as AuditedReleaseFleet[],
      versions: [] as AuditedVersion[],
      locks: [] as AuditedLock[],
      parked: [] as AuditedParked[],
      rollouts: [] as AuditedRollout[],
      blocks: [] as AuditedBlock[],
      approvals: [] as AuditedApproval[],
      causes: [] as AuditedMark[],
      duplicates: [] as AuditedMark[],
      pending: [] as AuditedPending[],
    };
    for (const raw of items) {
      const entry = this.#entry(raw);
      // The list of an entry is the one that its item fits.
      if (entry !== 'none') (view[entry.list] as unknown[]).push(entry.item);
    }
    view.releases.sort((a, b) => order(a.startedAt, b.startedAt) || order(a.id, b.id));
    return view;
  }

  #entry(raw: object): Entry | 'none' {
    let entry = this.#known.get(raw);
    if (entry === undefined) {
      entry = entryOf(unmarshall(raw as RawItem)) ?? 'none';
      this.#known.set(raw, entry);
    }
    return entry;
  }
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function entryOf(item: Plain): Entry | undefined {
  const [kind = '', ...name] = String(item.pk).split('#');
  const sk = String(item.sk);
  const owner = name.join('#');
  const [mark = '', ...rest] = sk.split('#');
  switch (`${kind} ${mark}`) {
    case 'RELEASE META':
      return fitting('releases', AuditedRelease.safeParse(item).data);
    case 'RELEASE FLEET': {
      const found = AuditedReleaseFleet.safeParse(item).data;
      return fitting('releaseFleets', found && { ...found, releaseId: owner });
    }
    case 'RELEASE APPROVAL': {
      const found = AuditedApproval.safeParse(item).data;
      return fitting('approvals', found && { ...found, releaseId: owner });
    }
    case 'IMAGE VERSION':
      return fitting('versions', AuditedVersion.safeParse(item).data);
    case 'IMAGE CLAIM':
    case 'FLEET LOCK': {
      const found = AuditedLock.safeParse(item).data;
      const of = kind === 'FLEET' ? 'fleet' : 'image';
      return fitting('locks', found && { ...found, of, name: owner });
    }
    case 'EXECUTION PARKED':
      return fitting('parked', AuditedParked.safeParse(item).data);
    case 'FLEET ROLLOUT':
      return fitting('rollouts', AuditedRollout.safeParse(item).data);
    case 'FLEET BLOCK':
      return fitting('blocks', AuditedBlock.safeParse(item).data);
    case 'IMAGE PENDING':
      return { list: 'pending', item: { image: owner, text: JSON.stringify(item) } };
    case 'IMAGE CAUSE':
    case 'IMAGE DUPLICATE': {
      const causeId = rest[0] ?? '';
      const releaseId = typeof item.releaseId === 'string' ? item.releaseId : undefined;
      const at = typeof item.since === 'string' ? item.since : undefined;
      const list = mark === 'CAUSE' ? 'causes' : 'duplicates';
      const waits = item.cause !== undefined && item.openedAt === undefined;
      const text = JSON.stringify(item);
      return { list, item: { image: owner, causeId, text, releaseId, at, waits } };
    }
    default:
      return undefined;
  }
}

function fitting<List extends Entry['list']>(
  list: List,
  item: Extract<Entry, { list: List }>['item'] | undefined,
): Entry | undefined {
  return item === undefined ? undefined : ({ list, item } as Entry);
}
