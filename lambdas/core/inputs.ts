import * as z from 'zod';
import { type Problem, problemsOf, refuseInput, showValue, unknownName } from './input-problems.ts';
import { Cause } from './ledger.ts';
import { VERSION_LABEL } from './names.ts';

/** The inputs that Release and Rollout take, from a person in the console, from receive-cause and from Release. */

const name = z.string().min(1, 'a name');
const reason = z.string().trim().min(1, 'a few words').max(1_000, 'at most 1000 characters');
const label = z.string().regex(VERSION_LABEL, 'a version label such as "2026.11.23-1"');

/** Step Functions adds the first; people write the second to explain an execution. Both are taken and dropped. */
const ALLOWED_EXTRAS = ['AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID', 'Comment'] as const;

/** The causes of the ledger with unknown keys refused: this one comes from outside. */
const [baseImage, upstreamImage, person, merged] = Cause.options;
const StrictCause = z.discriminatedUnion('kind', [
  baseImage.strict(),
  upstreamImage.strict(),
  person.strict(),
  merged.strict(),
]);

const ByHand = z.strictObject({
  image: name,
  version: label.optional(),
  reason: reason.optional(),
});
const Caused = z.strictObject({ image: name, cause: StrictCause });
const ImageBack = z.strictObject({ image: name, rollBack: z.literal(true), reason });

export type ReleaseInput =
  | ({ readonly kind: 'by-hand' } & z.infer<typeof ByHand>)
  | ({ readonly kind: 'caused' } & z.infer<typeof Caused>)
  | ({ readonly kind: 'roll-back' } & z.infer<typeof ImageBack>);

const ToPrevious = z.strictObject({ fleet: name, to: z.literal('previous'), reason });
const Unblock = z.strictObject({ fleet: name, unblock: z.literal(true), reason });
const Pin = z.strictObject({ fleet: name, pin: z.literal(true), reason });
const FromRelease = z.strictObject({
  fleet: name,
  direction: z.enum(['forward', 'back']),
  releaseId: name,
  parentExecutionArn: name,
  catalogueDigest: name,
  version: label.optional(),
  reason: reason.optional(),
});

export type RolloutInput =
  | ({ readonly kind: 'to-previous' } & z.infer<typeof ToPrevious>)
  | ({ readonly kind: 'unblock' } & z.infer<typeof Unblock>)
  | ({ readonly kind: 'pin' } & z.infer<typeof Pin>)
  | ({ readonly kind: 'from-release' } & z.infer<typeof FromRelease>);

export interface KnownNames {
  readonly images: readonly string[];
  readonly fleets: readonly string[];
}

/**
 * Parses the input of Release. `known` are the names of the catalogue; without them names are not checked.
 *
 * @throws KilnError InvalidInput naming every wrong field, and nothing else whatever the value is
 */
export function parseReleaseInput(value: unknown, known?: KnownNames): ReleaseInput {
  const image = known?.images[0] ?? 'web';
  const take = reader('Release', value, { image }, [
    'image',
    'version',
    'rollBack',
    'cause',
    'reason',
  ]);
  const check = (input: { image: string }) =>
    known === undefined ? undefined : unknownName('image', input.image, known.images);
  if (take.has('rollBack')) {
    const example = { image, rollBack: true, reason: 'errors since the last release' };
    return { kind: 'roll-back', ...take.as(ImageBack, example, check) };
  }
  if (take.has('cause')) {
    const cause = { kind: 'person', id: 'by-hand-1' };
    return { kind: 'caused', ...take.as(Caused, { image, cause }, check) };
  }
  const example = take.has('version') ? { image, version: '2026.11.23-1' } : { image };
  return { kind: 'by-hand', ...take.as(ByHand, example, check) };
}

/**
 * Parses the input of Rollout. `known` are the names of the catalogue; without them names are not checked.
 *
 * @throws KilnError InvalidInput naming every wrong field, and nothing else whatever the value is
 */
export function parseRolloutInput(value: unknown, known?: KnownNames): RolloutInput {
  const fleet = known?.fleets[0] ?? 'web-prod';
  const back = { fleet, to: 'previous', reason: 'errors since the last release' };
  const take = reader('Rollout', value, back, [
    ...Object.keys(FromRelease.shape),
    'to',
    'unblock',
    'pin',
  ]);
  const check = (input: { fleet: string }) =>
    known === undefined ? undefined : unknownName('fleet', input.fleet, known.fleets);
  if (take.has('unblock')) {
    const example = { fleet, unblock: true, reason: 'mended by hand' };
    return { kind: 'unblock', ...take.as(Unblock, example, check) };
  }
  if (take.has('pin')) {
    const example = { fleet, pin: true, reason: 'to be rolled out by Kiln' };
    return { kind: 'pin', ...take.as(Pin, example, check) };
  }
  if (!take.has('to') && FROM_RELEASE_ONLY.some((key) => take.has(key))) {
    return {
      kind: 'from-release',
      ...take.as(FromRelease, back, (input) => check(input) ?? complete(input)),
    };
  }
  return { kind: 'to-previous', ...take.as(ToPrevious, back, check) };
}

const FROM_RELEASE_ONLY = [
  'direction',
  'releaseId',
  'parentExecutionArn',
  'catalogueDigest',
  'version',
];

const complete = ({ direction, version }: z.infer<typeof FromRelease>): Problem | undefined =>
  direction === 'forward' && version === undefined
    ? 'version: expected a version label such as "2026.11.23-1" with direction "forward", got nothing'
    : undefined;

function reader(what: string, value: unknown, example: object, keys: readonly string[]) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuseInput(what, [`input: expected an object, got ${showValue(value)}`], example);
  }
  const given = Object.fromEntries(
    Object.entries(value).filter(([key]) => !ALLOWED_EXTRAS.some((extra) => extra === key)),
  );
  return {
    has: (key: string): boolean => Object.hasOwn(given, key),
    as<T>(schema: z.ZodType<T>, valid: object, check: (input: T) => Problem | undefined): T {
      const parsed = schema.safeParse(given);
      if (!parsed.success) refuseInput(what, problemsOf(parsed.error.issues, given, keys), valid);
      const problem = check(parsed.data);
      if (problem !== undefined) refuseInput(what, [problem], valid);
      return parsed.data;
    },
  };
}
