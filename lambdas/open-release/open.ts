import * as z from 'zod/mini';
import type { SSMClient } from '../adapters/clients/ssm.ts';
import { keepDeployedCatalogue } from '../adapters/deployed-catalogue.ts';
import { log } from '../adapters/entry.ts';
import { readLock } from '../adapters/locks.ts';
import { findRelease, readRelease } from '../adapters/releases.ts';
import { read } from '../adapters/table.ts';
import { makeCause } from '../core/cause.ts';
import { parseReleaseInput, type ReleaseInput } from '../core/inputs.ts';
import { imageKeys } from '../core/keys.ts';
import type { Cause, Release } from '../core/ledger.ts';
import type { ReleaseMandate } from '../core/mandate.ts';
import { KnownCause } from '../core/pending.ts';
import type { Catalogue } from '../core/policy.ts';
import { answerAboutWave } from './answer.ts';
import { claim } from './claim.ts';
import { markDuplicate, merge } from './turned-away.ts';

const Event = z.object({ input: z.unknown(), executionArn: z.string(), executionName: z.string() });

/** Answers open nothing. */
type Wish = Exclude<ReleaseInput, { kind: 'answer' }>;

export interface Opening {
  readonly input: Wish;
  readonly cause: Cause;
  readonly releaseId: string;
  readonly executionArn: string;
  readonly catalogueDigest: string;
  readonly now: string;
}

export interface Opened {
  readonly kind: 'bake' | 'version' | 'back' | 'merged' | 'duplicate';
  readonly reason: string;
}

interface Ports {
  readonly ssm: SSMClient;
  /** Has a release looked at soon whose wave is waited for. */
  wakeRelease(executionArn: string): Promise<void>;
  nowMs(): number;
}

/**
 * The door of every release: understands the input before anything is touched, tells a known cause from a new one, and
 * claims the image. Idempotent by the execution: asked again, it answers what it answered.
 *
 * @throws KilnError InvalidInput naming field and fix; ImageBusy when what was asked cannot wait for another release
 */
export const makeOpenRelease = (ports: Ports) => async (event: unknown) => {
  const { input: raw, executionArn, executionName } = Event.parse(event);
  const { catalogue, digest } = await keepDeployedCatalogue(ports.ssm);
  const input = parseReleaseInput(raw, {
    images: Object.keys(catalogue.images),
    fleets: Object.keys(catalogue.fleets),
  });
  if (input.kind === 'answer') return heard(ports, input);
  const opening: Opening = {
    input,
    cause: causeOf(input, executionArn),
    releaseId: executionName,
    executionArn,
    catalogueDigest: digest,
    now: new Date(ports.nowMs()).toISOString(),
  };
  const opened = await open(opening, catalogue);
  log('INFO', 'release opened', { releaseId: executionName, image: input.image, ...opened });
  return answer(opening, opened, catalogue);
};

function causeOf(input: Wish, executionArn: string): Cause {
  if (input.kind === 'caused') return input.cause;
  return makeCause(input.image, { kind: 'person', request: executionArn, reason: input.reason });
}

async function open(opening: Opening, catalogue: Catalogue): Promise<Opened> {
  const [before, known] = await Promise.all([
    findRelease(opening.releaseId),
    read(imageKeys(opening.input.image).cause(opening.cause.id), KnownCause),
  ]);
  if (before !== undefined) return openedBefore(before, opening);
  // One whose release died before it opened is as good as new.
  if (known?.openedAt !== undefined && known.releaseId !== opening.releaseId) {
    return markDuplicate(opening, known);
  }
  const claimed = await claim(opening, catalogue);
  switch (claimed.kind) {
    case 'taken':
      return merge(opening, claimed.holder);
    case 'ours':
      return openedBefore(await readRelease(opening.releaseId), opening);
    default:
      return claimed;
  }
}

function openedBefore(release: Release, { input }: Opening): Opened {
  const reason = `opened at ${release.startedAt}, found again`;
  if (release.outcome === 'merged' || release.outcome === 'duplicate') {
    return { kind: release.outcome, reason: release.reason ?? reason };
  }
  if (release.direction === 'back') return { kind: 'back', reason };
  const chosen = input.kind === 'by-hand' && input.version !== undefined;
  return { kind: chosen ? 'version' : 'bake', reason };
}

/** Without a claim, which the release has that asks. */
async function heard(ports: Ports, input: Extract<ReleaseInput, { kind: 'answer' }>) {
  const opened = await answerAboutWave(input, ports.nowMs(), ports.wakeRelease);
  log('INFO', 'answer heard', { ...input, ...opened });
  return { mandate: null, opened: { ...opened, outcome: null }, parkSeconds: 0 };
}

async function answer(opening: Opening, opened: Opened, catalogue: Catalogue) {
  const { input, releaseId, executionArn, catalogueDigest } = opening;
  const [release, lock] = await Promise.all([
    findRelease(releaseId),
    readLock(imageKeys(input.image).claim),
  ]);
  const mandate: ReleaseMandate = {
    image: input.image,
    releaseId,
    executionArn,
    generation: lock.executionArn === executionArn ? lock.generation : 0,
    catalogueDigest,
    version: release?.version ?? null,
  };
  return {
    mandate,
    opened: { ...opened, image: input.image, releaseId, outcome: release?.outcome ?? null },
    parkSeconds: catalogue.look.bakeSeconds,
  };
}
