import { existsSync, readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import * as z from 'zod';
import type { CheckedCatalogue } from '../../lib/catalogue/checked-catalogue.ts';
import type { GroupPatch } from '../../simulator/scenarios/scenario.ts';
import { meant } from './arguments.ts';
import { UserMistake } from './user-mistake.ts';

const count = z.int('a whole number').min(0, '0 or more').max(1000, 'at most 1000');

/** What an invented Auto Scaling group is like. What is left out is as usual: six instances, a numbered template. */
const Group = z
  .strictObject({
    instances: count.min(1, '1 or more').optional(),
    min: count.optional(),
    max: count.optional(),
    launchTemplateVersion: z.enum(['$Latest', '$Default']).optional(),
    image: z
      .string()
      .regex(/^ami-(?:[0-9a-f]{8}|[0-9a-f]{17})$/, 'an AMI id such as ami-0123456789abcdef0')
      .optional(),
    instanceTypes: z
      .array(
        z.string().regex(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, 'an instance type such as m7g.large'),
      )
      .min(1, 'one instance type or more')
      .optional(),
  })
  .refine(({ min = 0, max = 1000 }) => min <= max, { path: ['min'], error: 'at most max' })
  .refine(
    ({ instances, min = 0, max = 1000 }) =>
      instances === undefined || (min <= instances && instances <= max),
    {
      path: ['instances'],
      error: 'from min to max',
    },
  );

/** `--world FILE`: how the invented part of the world differs from the usual. */
export const WorldFile = z.strictObject({
  groups: z.record(z.string(), Group).optional(),
});

export type WorldFile = Readonly<Record<string, GroupPatch>>;

/**
 * Reads a world file, YAML or JSON; groups by the name of their Auto Scaling group.
 * @throws UserMistake naming every mistake
 */
export function readWorldFile(file: string, catalogue: CheckedCatalogue): WorldFile {
  if (!existsSync(file)) throw new UserMistake(`there is no world file ${file}`);
  const document = parseDocument(readFileSync(file, 'utf8'));
  const [syntax] = document.errors;
  if (syntax !== undefined) throw new UserMistake(`${file}: ${syntax.message}`);
  const parsed = WorldFile.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${file}: ${path.join('.') || 'the file'}: ${message}`,
    );
    throw new UserMistake(problems.join('\n'));
  }
  const { groups = {} } = parsed.data;
  const known = Object.values(catalogue.fleets).map((fleet) => fleet.autoScalingGroupName);
  const strangers = Object.keys(groups).filter((name) => !known.includes(name));
  if (strangers.length > 0) {
    const problems = strangers.map(
      (name) =>
        `${file}: groups.${name}: no fleet of the catalogue has this group${meant(name, known)}`,
    );
    throw new UserMistake(problems.join('\n'));
  }
  return Object.fromEntries(
    Object.entries(groups).map(([name, { image, ...group }]) => [
      name,
      { ...group, imageId: image },
    ]),
  );
}
