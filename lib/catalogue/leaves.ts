import * as z from 'zod';
import { durationExpected, durationPattern } from './duration.ts';
import { isToken } from './explain.ts';

/** Leaves of the catalogue's schema. The `error` of each is what was expected, in words that finish "expected ...". */

export const text = (pattern: RegExp, expected: string) =>
  z.string({ error: expected }).regex(pattern, { error: expected });

export const whole = (minimum: number, maximum: number, what: string) => {
  const error = `${what} from ${minimum} to ${maximum}`;
  return z.int({ error }).min(minimum, { error }).max(maximum, { error });
};

export const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, { error: `one of ${values.join(', ')}` });

export const list = <Item extends z.ZodType>(item: Item, expected: string) =>
  z.array(item, { error: expected }).min(1, { error: expected });

export const duration = text(durationPattern, durationExpected);
export const percent = whole(0, 100, 'a whole percentage');

interface Bounds {
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
  readonly below?: number;
}

/** A number, whole or not. */
export function bounded(error: string, { min, above, max, below }: Bounds) {
  let schema = z.number({ error });
  if (min !== undefined) schema = schema.min(min, { error });
  if (above !== undefined) schema = schema.gt(above, { error });
  if (max !== undefined) schema = schema.max(max, { error });
  if (below !== undefined) schema = schema.lt(below, { error });
  return schema;
}

/** The same for what often is known at deployment only: CDK's tokens are taken as they are. */
export const textOrToken = (pattern: RegExp, expected: string) =>
  z
    .string({ error: expected })
    .refine((value) => pattern.test(value) || isToken(value), { error: expected })
    .meta({ pattern: pattern.source });
