import type { Call, Interference } from '../calls.ts';
import { AwsError } from '../contract.ts';
import { picked } from './plan.ts';
import type { FaultKind, Gust, Strike } from './weather.ts';

/** What happens to calls of Kiln's roles on their way to a service, and back. */

const LATE_MS = 8_000;
/** Longer than any function may run. */
const TOO_LATE_MS = 20 * 60_000;

const THROTTLED: Readonly<Record<string, readonly [code: string, status: number]>> = {
  'client-auto-scaling': ['Throttling', 400],
  'client-cloudwatch': ['Throttling', 400],
  'client-dynamodb': ['ThrottlingException', 400],
  'client-ec2': ['RequestLimitExceeded', 503],
  'client-elastic-load-balancing-v2': ['Throttling', 400],
  'client-imagebuilder': ['CallRateLimitExceededException', 429],
  'client-lambda': ['TooManyRequestsException', 429],
  'client-sfn': ['ThrottlingException', 400],
  'client-sns': ['ThrottledException', 429],
  'client-sqs': ['RequestThrottled', 403],
  'client-ssm': ['ThrottlingException', 400],
};
const services = Object.keys(THROTTLED);

const BROKEN: Readonly<Record<string, readonly [code: string, status: number]>> = {
  'client-dynamodb': ['InternalServerError', 500],
  'client-ec2': ['InternalError', 500],
  'client-imagebuilder': ['ServiceException', 500],
  'client-lambda': ['ServiceException', 500],
  'client-ssm': ['InternalServerError', 500],
};
const BROKEN_ELSEWHERE = ['InternalFailure', 500] as const;

/** Calls of one service, or of all when the fault picks high. */
const aimed = ({ fault }: Strike): ((call: Call) => boolean) => {
  if (fault.pick >= 0.9) return () => true;
  const service = picked(services, fault.pick / 0.9);
  return (call) => call.client === service;
};

const onCalls =
  (interfere: (call: Call, strike: Strike) => Interference) =>
  (strike: Strike): Gust => {
    const isAimed = aimed(strike);
    return {
      call: (call) => {
        if (!isAimed(call) || strike.random() >= strike.fault.strength) return undefined;
        strike.struck();
        return interfere(call, strike);
      },
    };
  };

const isRead = ({ operation }: Call): boolean =>
  /^(?:Describe|Get|List|Query|Batch)/.test(operation);
/** A function's own calls, not those that a state machine makes. */
const isOfFunction = ({ caller }: Call, { account }: Strike): boolean =>
  caller.kind === 'role' && account.runtime.find(caller.session) !== undefined;

/** Of one call in a function's life: it is killed there, before or after what it did. */
const onActs =
  (interfere: (strike: Strike) => Interference) =>
  (strike: Strike): Gust => ({
    call: (call) => {
      if (isRead(call) || !isOfFunction(call, strike)) return undefined;
      if (strike.random() >= strike.fault.strength) return undefined;
      strike.struck();
      return interfere(strike);
    },
  });

export const callFaults = {
  throttling: {
    says: 'a service answers that it is asked too often',
    gust: onCalls(({ client }) => {
      const [code, status] = THROTTLED[client] ?? ['Throttling', 400];
      return { fail: new AwsError(code, 'Rate exceeded', status) };
    }),
  },
  'server-errors': {
    says: 'a service answers 5xx',
    gust: onCalls(({ client }) => {
      const [code, status] = BROKEN[client] ?? BROKEN_ELSEWHERE;
      return { fail: new AwsError(code, 'We encountered an internal error.', status) };
    }),
  },
  'lost-answers': {
    says: 'a call succeeds, and its answer is lost',
    gust: onCalls(() => ({ loseAnswer: true })),
  },
  'late-requests': {
    says: 'a call is seconds under way',
    gust: onCalls((_call, { random }) => ({ delayMs: Math.floor(random() * LATE_MS) })),
  },
  'late-answers': {
    says: 'an answer is seconds under way',
    gust: onCalls((_call, { random }) => ({ holdAnswerMs: Math.floor(random() * LATE_MS) })),
  },
  'table-throttling': {
    says: 'the table has no throughput left for a while',
    gust: (strike) => ({
      call: (call) => {
        if (call.client !== 'client-dynamodb' || strike.random() >= strike.fault.strength) return;
        strike.struck();
        const message =
          'The level of configured provisioned throughput for the table was exceeded.';
        return { fail: new AwsError('ProvisionedThroughputExceededException', message) };
      },
    }),
  },
  'killed-before': {
    says: 'a function is killed before it has done what it was about to do',
    gust: onActs(() => ({ vanish: true })),
  },
  'killed-after': {
    says: 'a function is killed when it has done something and does not know it yet',
    gust: onActs(() => ({ holdAnswerMs: TOO_LATE_MS })),
  },
} as const satisfies Readonly<Record<string, FaultKind>>;
