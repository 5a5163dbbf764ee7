import { AwsError, type Json, type OutgoingEvent, type Place, type World } from '../contract.ts';
import { between, randomUuid } from '../random.ts';
import {
  AGE_SECONDS_DEFAULT,
  deliver,
  RETRY_ATTEMPTS_DEFAULT,
  type Targets,
} from './event-bridge-delivery.ts';
import { inputFor } from './event-bridge-input.ts';
import type { StoredRule } from './event-bridge-rules.ts';

/** The default bus: grades of delivery, latency, disturbances, the way to the targets. */

export interface EventEnvelope {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** ISO 8601 UTC, whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Json;
}

/** What becomes of one event. `lose` is for best-effort sources; a durable event is delivered all the same. */
export type Disturbance = 'deliver' | 'lose' | 'double' | { readonly delayMs: number };

/**
 * Sources whose events are "durable" (at least once). Every other AWS service's are "best effort".
 * @see Amazon EventBridge Events Reference, "event delivery level".
 */
const DURABLE: ReadonlySet<string> = new Set(['aws.cloudwatch', 'aws.s3', 'aws.ecs', 'aws.events']);
/** Typical time from an event to its target (INFERENCE; AWS speaks of half a second). */
const LATENCY_MS = [100, 900] as const;
/** The second copy of an event comes so much later at most. */
const DOUBLE_MS_MAX = 30_000;

export class Bus {
  readonly #world: World & { fail?(error: unknown): void; readonly tracing?: boolean };
  readonly #place: Place;
  readonly #targets: Targets;
  readonly #rules: () => readonly StoredRule[];
  #disturb: (event: EventEnvelope) => Disturbance = () => 'deliver';

  constructor(parts: {
    readonly world: World;
    readonly place: Place;
    readonly targets: Targets;
    readonly rules: () => readonly StoredRule[];
  }) {
    this.#world = parts.world;
    this.#place = parts.place;
    this.#targets = parts.targets;
    this.#rules = parts.rules;
  }

  setDisturbance(disturb: (event: EventEnvelope) => Disturbance): void {
    this.#disturb = disturb;
  }

  envelope({ source, detailType, resources, detail }: OutgoingEvent, atMs?: number): EventEnvelope {
    const time = new Date(atMs ?? this.#world.nowMs()).toISOString();
    return {
      version: '0',
      id: randomUuid(this.#world.random('event ids')),
      'detail-type': detailType,
      source,
      account: this.#place.accountId,
      time: `${time.slice(0, 19)}Z`,
      region: this.#place.region,
      resources,
      detail,
    };
  }

  /** Takes an event: the rules that match it now get it after some latency. */
  publish(event: EventEnvelope): void {
    const value = event as unknown as Json;
    const rules = this.#rules().filter(
      (rule) => rule.state !== 'DISABLED' && rule.pattern?.matches(value) === true,
    );
    this.#route(event, rules);
  }

  /** A rule's own schedule is due. */
  publishSchedule(rule: StoredRule): void {
    const event = this.envelope({
      source: 'aws.events',
      detailType: 'Scheduled Event',
      resources: [rule.arn],
      detail: {},
    });
    this.#route(event, [rule]);
  }

  #route(event: EventEnvelope, rules: readonly StoredRule[]): void {
    const disturbance = this.#disturb(event);
    const isDurable = DURABLE.has(event.source) || !event.source.startsWith('aws.');
    const isLost = disturbance === 'lose' && !isDurable;
    if (rules.length === 0 || isLost) {
      this.#trace(event, []);
      return;
    }
    const random = this.#world.random('event latency');
    const extraMs = typeof disturbance === 'object' ? disturbance.delayMs : 0;
    this.#schedule(event, rules, between(random, ...LATENCY_MS) + extraMs);
    if (disturbance === 'double') {
      this.#schedule(event, rules, between(random, LATENCY_MS[0], DOUBLE_MS_MAX));
    }
  }

  #schedule(event: EventEnvelope, rules: readonly StoredRule[], delayMs: number): void {
    const ingestedAt = new Date(this.#world.nowMs()).toISOString();
    this.#world.after(delayMs, `event ${event.source} ${event['detail-type']}`, () => {
      this.#deliver(event, rules, ingestedAt).catch((error: unknown) => {
        if (this.#world.fail === undefined) throw error;
        this.#world.fail(error);
      });
    });
  }

  /** All targets at once; the trace is written when each of them has answered for the first time. */
  async #deliver(
    event: EventEnvelope,
    rules: readonly StoredRule[],
    ingestedAt: string,
  ): Promise<void> {
    const attempts = rules.flatMap((rule) =>
      [...rule.targets.values()].map(async (target) => {
        const value = event as unknown as Json;
        const names = { ruleName: rule.name, ruleArn: rule.arn };
        const arn = target.Arn ?? '';
        const accepted = await deliver(this.#world, this.#targets, {
          call: {
            arn,
            roleArn: target.RoleArn,
            input: inputFor(target, value, names, ingestedAt),
            principal: 'events.amazonaws.com',
            sourceArn: rule.arn,
          },
          body: JSON.stringify(event),
          retryAttemptsMax: target.RetryPolicy?.MaximumRetryAttempts ?? RETRY_ATTEMPTS_DEFAULT,
          ageSecondsMax: target.RetryPolicy?.MaximumEventAgeInSeconds ?? AGE_SECONDS_DEFAULT,
          deadLetterArn: target.DeadLetterConfig?.Arn,
          marks: { RULE_ARN: rule.arn },
        });
        return accepted ? [arn] : [];
      }),
    );
    this.#trace(event, (await Promise.all(attempts)).flat());
  }

  #trace(event: EventEnvelope, delivered: readonly string[]): void {
    if (this.#world.tracing === false) return;
    const { source, 'detail-type': detailType } = event;
    this.#world.trace({ kind: 'event', source, detailType, delivered, event });
  }
}

/** @throws ValidationException for a bus other than the default one. */
export function checkBus(name: string | undefined, { partition, region, accountId }: Place): void {
  const arn = `arn:${partition}:events:${region}:${accountId}:event-bus/default`;
  if (name === undefined || name === 'default' || name === arn) return;
  throw new AwsError('ResourceNotFoundException', `Event bus ${name} does not exist.`);
}
