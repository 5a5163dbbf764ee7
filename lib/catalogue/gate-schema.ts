import * as z from 'zod';
import { canarySchema } from './canary-schema.ts';
import { duration, list, oneOf, text, whole } from './leaves.ts';
import { probeSchema, waveProbeSchema } from './probe-schema.ts';

/** What users write under `gates`: each has exactly one kind, and a mode. */

const alarmName = z
  .string({ error: 'the name of a CloudWatch alarm' })
  .min(1, { error: 'the name of a CloudWatch alarm' })
  .max(255, { error: 'the name of a CloudWatch alarm, at most 255 characters' });

const mode = oneOf(['enforce', 'observe'])
  .optional()
  .describe('`observe` gates are judged and reported, and never decide. Default: enforce');
const share = z
  .strictObject({
    min: whole(1, 100, 'a whole percentage from 1 to 100').describe(
      'Percent of the new instances that must be healthy',
    ),
  })
  .describe('A share of the new instances');

const functionSchema = z
  .strictObject({
    name: text(/^[A-Za-z0-9_-]{1,64}$/, 'the name of a Lambda function').describe(
      'A Lambda function of this account and Region',
    ),
    timeout: duration
      .optional()
      .describe('How long its answer is waited for, from 1s to 30s. Default: 10s'),
  })
  .describe('A function of yours judges');

const onExpiry = oneOf(['roll-back', 'hold'])
  .optional()
  .describe(
    'When nobody has answered: `roll-back`, or `hold` on to the waves that are proven. Default: roll-back',
  );

const approvalSchema = z
  .strictObject({
    at: list(whole(1, 99, 'a whole percentage'), 'a list of checkpoints below 100')
      .optional()
      .describe('Checkpoints that nobody passes without an answer. Default: the first'),
    expires: duration
      .optional()
      .describe('How long an answer is waited for, from 1m to 48h. Default: 24h'),
    onExpiry,
  })
  .describe('A person says whether the rollout may go on; always enforced');

const waveApprovalSchema = z
  .strictObject({
    expires: duration
      .optional()
      .describe('How long an answer is waited for, from 1m to 31d. Default: 7d'),
    onExpiry,
  })
  .describe('A person says whether the release may go on; always enforced');

/** Gates that a fleet and a wave may have. */
const ofState = [
  z.strictObject({
    alarms: list(alarmName, 'a list of at least one alarm name').describe(
      'CloudWatch alarms, metric or composite, that must all be OK',
    ),
    insufficientData: oneOf(['inconclusive', 'green', 'red'])
      .optional()
      .describe('What an alarm in INSUFFICIENT_DATA tells. Default: inconclusive'),
    mode,
  }),
  z.strictObject({ targetHealth: share, mode }),
  z.strictObject({ instanceHealth: share, mode }),
] as const;
const byFunction = z.strictObject({ function: functionSchema, mode });

export const gateSchema = z.union([
  ...ofState,
  z.strictObject({ canary: canarySchema, mode }),
  byFunction,
  z.strictObject({ probe: probeSchema, mode }),
  z.strictObject({ approval: approvalSchema }),
]);

/** In the soak of a wave no old instance is left to compare with, there is no checkpoint, and several fleets have no port in common. */
export const waveGateSchema = z.union([
  ...ofState,
  byFunction,
  z.strictObject({ probe: waveProbeSchema, mode }),
  z.strictObject({ approval: waveApprovalSchema }),
]);

export type GateDefinition = z.input<typeof gateSchema>;
export type WaveGateDefinition = z.input<typeof waveGateSchema>;
