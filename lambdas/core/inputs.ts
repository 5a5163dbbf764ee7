import * as z from 'zod/mini';
import { brief } from './brief.ts';
import { problemsOf, refuseInput, showValue, unknownName } from './input-problems.ts';
import { Cause } from './ledger.ts';
import { VERSION_LABEL } from './names.ts';

/** The inputs that Release and Rollout take, from a person in the console, from receive-cause and from Release. */

const name = z.string().check(z.minLength(1, 'a name'));
const reason = z
  .string()
  .check(z.trim(), z.minLength(1, 'a few words'), z.maxLength(1_000, 'at most 1000 characters'));
/** Of a machine of ours, which is never refused for what it says: a way back must begin whatever its reason is. */
const reasonFromRelease = z.string().check(z.overwrite((text) => brief(text)));
const label = z.string().check(z.regex(VERSION_LABEL, 'a version label such as "2026.11.23-1"'));

/** Step Functions adds the first; people write the second to explain an execution. Both are taken and dropped. */
const ALLOWED_EXTRAS = ['AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID', 'Comment'] as const;

/** The causes of the ledger with unknown keys refused: this one comes from outside. */
const [baseImage, upstreamImage, person, merged] = Cause.def.options;
const StrictCause = z.discriminatedUnion('kind', [
  z.strictObject(baseImage.shape),
  z.strictObject(upstreamImage.shape),
  z.strictObject(person.shape),
  z.strictObject(merged.shape),
]);

const ByHand = z.strictObject({
  image: name,
  version: z.optional(label),
  reason: z.optional(reason),
});
const Caused = z.strictObject({ image: name, cause: StrictCause });
const WaveAnswer = z.strictObject({
  release: name,
  wave: name,
  approve: z.boolean(),
  by: name,
  reason,
});
const ImageBack = z.strictObject({ image: name, rollBack: z.literal(true), reason });

export type ReleaseInput =
  | ({ readonly kind: 'by-hand' } & z.infer<typeof ByHand>)
  | ({ readonly kind: 'caused' } & z.infer<typeof Caused>)
  | ({ readonly kind: 'roll-back' } & z.infer<typeof ImageBack>)
  | ({ readonly kind: 'answer' } & z.infer<typeof WaveAnswer>);

const ToPrevious = z.strictObject({ fleet: name, to: z.literal('previous'), reason });
const Unblock = z.strictObject({ fleet: name, unblock: z.literal(true), reason });
const Pin = z.strictObject({ fleet: name, pin: z.literal(true), reason });
const Answer = z.strictObject({ fleet: name, approve: z.boolean(), by: name, reason });
const FromRelease = z
  .strictObject({
    fleet: name,
    direction: z.enum(['forward', 'back']),
    releaseId: name,
    parentExecutionArn: name,
    catalogueDigest: name,
    version: z.optional(label),
    reason: z.optional(reasonFromRelease),
  })
  .check(
    z.refine((input) => input.direction === 'back' || input.version !== undefined, {
      path: ['version'],
      message: 'a version label such as "2026.11.23-1" with direction "forward"',
    }),
  );

export type RolloutInput =
  | ({ readonly kind: 'to-previous' } & z.infer<typeof ToPrevious>)
  | ({ readonly kind: 'unblock' } & z.infer<typeof Unblock>)
  | ({ readonly kind: 'pin' } & z.infer<typeof Pin>)
  | ({ readonly kind: 'answer' } & z.infer<typeof Answer>)
  | ({ readonly kind: 'from-release' } & z.infer<typeof FromRelease>);

export interface KnownNames {
  readonly images: readonly string[];
  readonly fleets: readonly string[];
}

const RELEASE_FIELDS = ['image', 'version', 'rollBack', 'cause', 'reason'];
const ANSWER_FIELDS = ['release', 'wave', 'approve', 'by', 'reason'];

/**
 * Parses the input of Release. `known` are the names of the catalogue; without them names are not checked.
 *
 * @throws KilnError InvalidInput naming every wrong field, and nothing else whatever the value is
 */
export function parseReleaseInput(value: unknown, known?: KnownNames): ReleaseInput {
  const image = known?.images[0] ?? 'web';
  const isAnswer = typeof value === 'object' && value !== null && Object.hasOwn(value, 'approve');
  const fields = isAnswer ? ANSWER_FIELDS : RELEASE_FIELDS;
  const input = new Reader('Release', value, fields, { image });
  if (isAnswer) {
    const about = { release: 'by-hand-1', wave: 'production' };
    const example = { ...about, approve: true, by: 'Ann', reason: 'the numbers look good' };
    // The release may have begun with another catalogue.
    const names = { field: 'wave', known: undefined };
    return { kind: 'answer', ...input.as(WaveAnswer, 'approve', example, names) };
  }
  const names = { field: 'image', known: known?.images };
  if (input.has('rollBack')) {
    const example = { image, rollBack: true, reason: 'errors since the last release' };
    return { kind: 'roll-back', ...input.as(ImageBack, 'rollBack', example, names) };
  }
  if (input.has('cause')) {
    const example = { image, cause: { kind: 'person', id: 'by-hand-1' } };
    return { kind: 'caused', ...input.as(Caused, 'cause', example, names) };
  }
  const example = input.has('version') ? { image, version: '2026.11.23-1' } : { image };
  return { kind: 'by-hand', ...input.as(ByHand, 'image', example, names) };
}

/** Only Release writes these; with one of them an input is taken for Release's. */
const RELEASE_ONLY = ['direction', 'releaseId', 'parentExecutionArn', 'catalogueDigest', 'version'];
const ROLLOUT_FIELDS = [
  'fleet',
  'to',
  'unblock',
  'pin',
  'approve',
  'by',
  'reason',
  ...RELEASE_ONLY,
];

/**
 * Parses the input of Rollout. `known` are the names of the catalogue; without them names are not checked.
 *
 * @throws KilnError InvalidInput naming every wrong field, and nothing else whatever the value is
 */
export function parseRolloutInput(value: unknown, known?: KnownNames): RolloutInput {
  const fleet = known?.fleets[0] ?? 'web-prod';
  const back = { fleet, to: 'previous', reason: 'errors since the last release' };
  const input = new Reader('Rollout', value, ROLLOUT_FIELDS, back);
  const names = { field: 'fleet', known: known?.fleets };
  if (input.has('unblock')) {
    const example = { fleet, unblock: true, reason: 'mended by hand' };
    return { kind: 'unblock', ...input.as(Unblock, 'unblock', example, names) };
  }
  if (input.has('approve')) {
    const example = { fleet, approve: true, by: 'Ann', reason: 'the numbers look good' };
    return { kind: 'answer', ...input.as(Answer, 'approve', example, names) };
  }
  if (input.has('pin')) {
    const example = { fleet, pin: true, reason: 'to be rolled out by Kiln' };
    return { kind: 'pin', ...input.as(Pin, 'pin', example, names) };
  }
  if (!input.has('to') && RELEASE_ONLY.some((field) => input.has(field))) {
    return { kind: 'from-release', ...input.as(FromRelease, 'direction', back, names) };
  }
  return { kind: 'to-previous', ...input.as(ToPrevious, 'to', back, names) };
}

interface CatalogueNames {
  readonly field: string;
  readonly known: readonly string[] | undefined;
}

/** One input that is an object at least; reads it as one of its forms, or refuses it with all that is wrong. */
class Reader {
  readonly #what: string;
  readonly #fields: readonly string[];
  readonly #given: Readonly<Record<string, unknown>>;

  constructor(what: string, value: unknown, fields: readonly string[], example: object) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      refuseInput(what, [`input: expected an object, got ${showValue(value)}`], example);
    }
    this.#what = what;
    this.#fields = fields;
    this.#given = Object.fromEntries(
      Object.entries(value).filter(([key]) => !ALLOWED_EXTRAS.some((extra) => extra === key)),
    );
  }

  has(field: string): boolean {
    return Object.hasOwn(this.#given, field);
  }

  as<T>(schema: z.ZodMiniType<T>, mark: string, example: object, names: CatalogueNames): T {
    const parsed = schema.safeParse(this.#given);
    const issues = parsed.success ? [] : parsed.error.issues;
    const problems = problemsOf(issues, this.#given, { fields: this.#fields, mark });
    const given = this.#given[names.field];
    const stranger =
      names.known === undefined || typeof given !== 'string' || given === ''
        ? undefined
        : unknownName(names.field, given, names.known);
    const all = stranger === undefined ? problems : [stranger, ...problems];
    if (!parsed.success || all.length > 0) return refuseInput(this.#what, all, example);
    return parsed.data;
  }
}
