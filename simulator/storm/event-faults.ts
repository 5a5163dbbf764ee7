import type { EventEnvelope } from '../aws/event-bridge-bus.ts';
import type { FaultKind, Gust, Strike } from './weather.ts';

/** What happens to events between the bus and who waits for them. */

/** Late by hours at the most: EventBridge itself tries for 24. */
const LATE_MS_MAX = 2 * 3_600_000;
/** Enough that any two events of one refresh change places. */
const SHUFFLE_MS_MAX = 5 * 60_000;

const onEvents =
  (disturb: (event: EventEnvelope, strike: Strike) => ReturnType<NonNullable<Gust['event']>>) =>
  (strike: Strike): Gust => ({
    event: (event) => {
      // The cause itself, not news of it: one that never reaches Kiln is not lost by Kiln.
      const isCause = event.source === 'aws.imagebuilder' && !isOurs(event, strike);
      if (isCause || strike.random() >= strike.fault.strength) return 'deliver';
      strike.struck();
      return disturb(event, strike);
    },
  });

const isOurs = ({ resources }: EventEnvelope, { witness }: Strike): boolean =>
  Object.values(witness.catalogue.images).some(({ recipeName }) =>
    resources.some((arn) => arn.includes(`:image/${recipeName}/`)),
  );

const late = (ms: number) => ({ delayMs: Math.floor(ms) });

export const eventFaults = {
  'lost-events': {
    says: 'events of best effort are lost',
    gust: onEvents(() => 'lose'),
  },
  'doubled-events': {
    says: 'events come twice',
    gust: onEvents(() => 'double'),
  },
  'late-events': {
    says: 'events are late by minutes to hours',
    gust: onEvents((_event, { random }) => late(random() ** 2 * LATE_MS_MAX)),
  },
  'reordered-events': {
    says: 'events overtake each other',
    gust: onEvents((_event, { random }) => late(random() * SHUFFLE_MS_MAX)),
  },
} as const satisfies Readonly<Record<string, FaultKind>>;
