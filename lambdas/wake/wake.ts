import * as z from 'zod/mini';
import type { LambdaClient } from '../adapters/clients/lambda.ts';
import type { SQSClient } from '../adapters/clients/sqs.ts';
import type { SSMClient } from '../adapters/clients/ssm.ts';
import { readDeployedCatalogue } from '../adapters/deployed-catalogue.ts';
import { environment, log } from '../adapters/entry.ts';
import { readLock } from '../adapters/locks.ts';
import { askForLook, type LaterLook, lookLater } from '../adapters/looks.ts';
import { findParked } from '../adapters/parking.ts';
import { Announcement } from '../core/announcement.ts';
import { fleetKeys, imageKeys, type Key } from '../core/keys.ts';
import type { Parked } from '../core/ledger.ts';
import type { Catalogue, WavePolicy } from '../core/policy.ts';
import { readWake, type Subject } from '../core/wakes.ts';

interface Ports {
  readonly lambda: LambdaClient;
  readonly sqs: SQSClient;
  readonly ssm: SSMClient;
}

/** A look that did not see yet what an event announced is repeated after these seconds, then left to the safety net. */
const LOOK_AGAIN_SECONDS = [15, 60] as const;

const DelayedLook: z.ZodMiniType<LaterLook> = z.object({
  executionArn: z.string(),
  announced: Announcement,
  looks: z.int().check(z.minimum(1)),
});

const Delivery = z.object({
  Records: z.array(z.object({ body: z.string() })).check(z.minLength(1)),
});

/**
 * Turns an event into a look: whose subject is it, does an execution wait for it, look again. The event is never the
 * truth. Any number of wakes, in any order, come to the same: a look decides by what it sees.
 */
export const makeWake = (ports: Ports) => async (event: unknown) => {
  const delivery = Delivery.safeParse(event);
  if (delivery.success) {
    for (const { body } of delivery.data.Records) {
      await lookAgain(ports, DelayedLook.parse(JSON.parse(body)));
    }
    return { looks: delivery.data.Records.length };
  }
  const wake = readWake(event);
  if (wake === undefined) return { looks: 0 };
  const catalogue = await deployed(ports.ssm);
  const executions = await waiting(catalogue, wake.subject);
  for (const executionArn of executions) {
    await lookAgain(ports, { executionArn, announced: wake.announced, looks: 0 });
  }
  return { looks: executions.length };
};

/** The names in a catalogue change with a deployment, and a deployment makes new function instances. */
let known: Promise<Catalogue> | undefined;
async function deployed(ssm: SSMClient): Promise<Catalogue> {
  known ??= readDeployedCatalogue(ssm);
  try {
    return await known;
  } catch (error) {
    known = undefined;
    throw error;
  }
}

/** The executions that own what the event is about: of the fleet, of the image, or of both. */
async function waiting(catalogue: Catalogue, subject: Subject): Promise<readonly string[]> {
  const owners = await Promise.all(keysOf(catalogue, subject).map((key) => readLock(key)));
  return [...new Set(owners.flatMap((lock) => lock.executionArn ?? []))];
}

function keysOf(catalogue: Catalogue, subject: Subject): readonly Key[] {
  const fleets = Object.values(catalogue.fleets);
  switch (subject.kind) {
    case 'recipe':
      return Object.values(catalogue.images)
        .filter((image) => image.recipeName === subject.recipeName)
        .map((image) => imageKeys(image.name).claim);
    case 'group':
      return fleets
        .filter((fleet) => fleet.autoScalingGroupName === subject.groupName)
        .map((fleet) => fleetKeys(fleet.name).lock);
    case 'alarm': {
      const isNamed = ({ gates = [] }: Pick<WavePolicy, 'gates'>) =>
        gates.some((gate) => gate.kind === 'alarms' && gate.alarms.includes(subject.alarmName));
      const named = fleets.filter(isNamed);
      const inWaves = catalogue.waves.filter(isNamed).flatMap((wave) => wave.fleets);
      const images = new Set(
        [...named, ...fleets.filter(({ name }) => inWaves.includes(name))].map(
          (fleet) => fleet.image,
        ),
      );
      return [
        ...named.map((fleet) => fleetKeys(fleet.name).lock),
        ...[...images].map((image) => imageKeys(image).claim),
      ];
    }
    default:
      return subject satisfies never;
  }
}

async function lookAgain(ports: Ports, { executionArn, announced, looks }: LaterLook) {
  const parked = await findParked(executionArn);
  // Not parked: it is acting, and the look of its next parking sees what this event is about.
  if (parked === undefined) return;
  const answer = await askForLook(ports.lambda, environment(FUNCTION_OF[parked.supervisor]), {
    parked,
    announced,
  });
  log('INFO', 'woke', { executionArn, announced, looks: looks + 1, ...answer });
  const delay = LOOK_AGAIN_SECONDS[looks];
  if (answer.looked !== 'waiting' || answer.seesAnnounced || delay === undefined) return;
  const again = { executionArn, announced, looks: looks + 1 };
  await lookLater(ports.sqs, environment('LOOKS_QUEUE_URL'), again, delay);
}

const FUNCTION_OF: Readonly<Record<Parked['supervisor'], string>> = {
  bake: 'SUPERVISE_BAKE_FUNCTION',
  rollout: 'SUPERVISE_ROLLOUT_FUNCTION',
  wave: 'SUPERVISE_WAVE_FUNCTION',
};
