import type { SSMClient } from '../adapters/clients/ssm.ts';
import type { SFNClient } from '../adapters/clients/step-functions.ts';
import { readDeployedCatalogue } from '../adapters/deployed-catalogue.ts';
import { environment, log } from '../adapters/entry.ts';
import { start } from '../adapters/executions.ts';
import { readParameter } from '../adapters/parameters.ts';
import { read, write } from '../adapters/table.ts';
import { makeCause, releaseExecutionName } from '../core/cause.ts';
import { readCausingEvent } from '../core/causing-events.ts';
import { ErrorName, KilnError } from '../core/errors.ts';
import { imageKeys } from '../core/keys.ts';
import type { Cause } from '../core/ledger.ts';
import { KnownCause, SeenBase } from '../core/pending.ts';
import type { Catalogue, ImagePolicy } from '../core/policy.ts';

interface Ports {
  readonly stepFunctions: SFNClient;
  readonly ssm: SSMClient;
  nowMs(): number;
}

/**
 * The door between what happens in the account and releases. Public parameters raise no event when they change, so a
 * schedule has them read; an upstream pipeline tells by an event. The same change is the same cause however often it is
 * told: the execution's name comes from it. Idempotent.
 */
export const makeReceiveCause = (ports: Ports) => async (event: unknown) => {
  const causing = readCausingEvent(event);
  if (causing === undefined) return { started: [] };
  const catalogue = await readDeployedCatalogue(ports.ssm);
  const started =
    causing.kind === 'tick'
      ? await checkBases(ports, catalogue)
      : await receiveUpstream(ports, catalogue, causing.imageArn, causing.eventId);
  return { started };
};

async function checkBases(ports: Ports, catalogue: Catalogue): Promise<readonly string[]> {
  const started: string[] = [];
  const failed: string[] = [];
  for (const image of Object.values(catalogue.images)) {
    try {
      started.push(...(await checkBase(ports, image)));
    } catch (error) {
      // One base image that cannot be read keeps no other from being looked at.
      failed.push(`${image.name}: ${String(error)}`);
    }
  }
  if (failed.length === 0) return started;
  throw new KilnError(ErrorName.Unexpected, `base images not checked: ${failed.join('; ')}`);
}

async function checkBase(ports: Ports, image: ImagePolicy): Promise<readonly string[]> {
  if (image.base.kind !== 'ssm') return [];
  const { parameter } = image.base;
  const { value, version } = await readParameter(ports.ssm, parameter);
  const key = imageKeys(image.name).base;
  const seen = await read(key, SeenBase);
  const now: SeenBase = { parameter, value, seenAt: new Date(ports.nowMs()).toISOString() };
  if (seen?.parameter === parameter && seen.value === value) return [];
  // The first sight of a base image is no move: what the fleets run may well be made from it.
  const moved = seen?.parameter === parameter;
  const started = moved
    ? await cause(
        ports,
        image.name,
        makeCause(image.name, { kind: 'base-image', parameter, from: seen.value, to: value }),
        `version-${version}`,
      )
    : [];
  // After the release was asked for: a crash between the two asks again, by the same name.
  await write({ put: key, item: now });
  return started;
}

async function receiveUpstream(
  ports: Ports,
  catalogue: Catalogue,
  imageArn: string,
  eventId: string,
): Promise<readonly string[]> {
  const images = Object.values(catalogue.images).filter(
    ({ base }) => base.kind === 'image-builder' && imageArn.startsWith(`${base.imageArn}/`),
  );
  const started: string[] = [];
  for (const { name } of images) {
    const upstream = makeCause(name, { kind: 'upstream-image', imageArn });
    started.push(...(await cause(ports, name, upstream, eventId)));
  }
  return started;
}

/** A duplicate mark is for people to read; it goes by itself. */
const DUPLICATE_TTL_SECONDS = 30 * 24 * 3600;

async function cause(
  ports: Ports,
  image: string,
  cause: Cause,
  eventId: string,
): Promise<readonly string[]> {
  const keys = imageKeys(image);
  const name = releaseExecutionName(image, cause.id);
  const since = new Date(ports.nowMs()).toISOString();
  const known = await read(keys.cause(cause.id), KnownCause);
  // The same event once more is no second cause: the first delivery may have died before it started anything.
  const again = known !== undefined && known.eventId !== eventId;
  if (
    again ||
    (await startCaused(ports, image, cause, name, known, eventId, since)) === 'existed'
  ) {
    const ttl = Math.floor(ports.nowMs() / 1000) + DUPLICATE_TTL_SECONDS;
    const item = { id: cause.id, eventId, releaseId: known?.releaseId ?? name, since, ttl };
    await write({ put: keys.duplicate(cause.id, eventId), item, when: { absent: ['pk'] } });
    log('INFO', 'duplicate cause', { image, cause, releaseId: known?.releaseId ?? name });
    return [];
  }
  log('INFO', 'cause received', { image, cause, releaseId: name });
  return [name];
}

async function startCaused(
  { stepFunctions }: Ports,
  image: string,
  cause: Cause,
  name: string,
  known: KnownCause | undefined,
  eventId: string,
  since: string,
): Promise<'started' | 'existed'> {
  if (known === undefined) {
    const item: KnownCause = { id: cause.id, releaseId: name, eventId, since, cause };
    await write({ put: imageKeys(image).cause(cause.id), item, when: { absent: ['pk'] } });
  }
  return start(stepFunctions, environment('RELEASE_ARN'), name, { image, cause });
}
