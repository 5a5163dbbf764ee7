import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import { faultNames } from '../../simulator/storm/faults.ts';
import { meddling, type StormPlan, temperaments, wishes } from '../../simulator/storm/plan.ts';
import { UserMistake } from './user-mistake.ts';

const seconds = z.number().min(0);
const share = z.number().min(0).max(1);

const Plan = z.strictObject({
  seed: z.int().min(0),
  ground: z.string(),
  readings: z.record(z.string(), z.boolean()),
  groups: z.record(
    z.string(),
    z.strictObject({
      instances: z.int().min(1).optional(),
      min: z.int().min(0).optional(),
      max: z.int().min(0).optional(),
      launchTemplateVersion: z.enum(['$Latest', '$Default']).optional(),
      instanceTypes: z.array(z.string()).optional(),
    }),
  ),
  bakes: z.array(
    z.strictObject({
      seconds,
      temperament: z.enum(temperaments),
      fails: z.boolean(),
      critical: z.int().min(0),
    }),
  ),
  deeds: z.array(
    z.strictObject({
      kind: z.enum([...wishes, ...meddling]),
      afterSeconds: seconds,
      state: z.int().min(1).optional(),
      question: z.int().min(1).optional(),
      pick: share,
    }),
  ),
  faults: z.array(
    z.strictObject({
      name: z.enum(faultNames as readonly [string, ...string[]]),
      fromSeconds: seconds,
      forSeconds: seconds,
      strength: share,
      pick: share,
    }),
  ),
});

/** @throws UserMistake when it cannot be read, naming the field */
export function readPlan(file: string): StormPlan {
  if (!existsSync(file)) throw new UserMistake(`there is no plan ${file}`);
  return parsePlan(readFileSync(file, 'utf8'), file);
}

/** @throws UserMistake naming the field */
export function parsePlan(text: string, file: string): StormPlan {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserMistake(`${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  const parsed = Plan.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UserMistake(`${file}: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`);
}

export function writePlan(file: string, plan: StormPlan): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(plan, undefined, 2)}\n`);
}
