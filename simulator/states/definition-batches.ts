/** The field ItemBatcher of a distributed Map. Source: developer guide, "ItemBatcher (Map)"; words of causes are ours. */

import type { Json } from '../contract.ts';
import type { Fields } from './data-flow.ts';
import { objectField } from './definition-fields.ts';
import type { Evaluate } from './env.ts';
import { EvaluationError, StatesErrorName } from './errors.ts';
import { PAYLOAD_BYTES_MAX } from './json.ts';
import type { QueryLanguage } from './machine.ts';
import type { Batching } from './state-map-batches.ts';
import {
  compilePath,
  isWhole,
  jsonataNumber,
  jsonataTemplate,
  mustLookUp,
  pathTemplate,
  type Refuse,
} from './templates.ts';

const COUNTS = ['MaxItemsPerBatch', 'MaxInputBytesPerBatch'];

export function compileBatching(
  fields: Fields,
  language: QueryLanguage,
  refuse: Refuse,
): Evaluate<Batching> | undefined {
  const batcher = objectField(fields, 'ItemBatcher', refuse);
  if (batcher === undefined) return undefined;
  const paths = language === 'JSONPath' ? COUNTS.map((name) => `${name}Path`) : [];
  const counts = Object.keys(batcher).filter((name) => [...COUNTS, ...paths].includes(name));
  const strange = Object.keys(batcher).find(
    (name) => name !== 'BatchInput' && !counts.includes(name),
  );
  if (strange !== undefined) refuse(`the field ${strange} of an ItemBatcher`);
  if (counts.length === 0) refuse('an ItemBatcher without a limit of items or bytes');
  const itemsMax = limit(batcher, 'MaxItemsPerBatch', Number.MAX_SAFE_INTEGER, language, refuse);
  const bytesMax = limit(batcher, 'MaxInputBytesPerBatch', PAYLOAD_BYTES_MAX, language, refuse);
  const shared = batcher['BatchInput'];
  const template =
    shared === undefined
      ? undefined
      : language === 'JSONata'
        ? jsonataTemplate(shared, 'ItemBatcher/BatchInput', refuse)
        : pathTemplate(shared, refuse);
  return (env) => ({ itemsMax: itemsMax(env), bytesMax: bytesMax(env), shared: template?.(env) });
}

/** A whole number from 1 on; without the field, as much as there may be. */
function limit(
  batcher: Fields,
  name: string,
  max: number,
  language: QueryLanguage,
  refuse: Refuse,
): Evaluate<number> {
  const { [name]: value, [`${name}Path`]: pathText } = batcher;
  if (value !== undefined && pathText !== undefined) return refuse(`both ${name} and ${name}Path`);
  if (value === undefined && pathText === undefined) return () => max;
  const fits = (number: Json): number is number => isWhole(number) && number >= 1 && number <= max;
  const literal = language === 'JSONPath' || typeof value === 'number';
  if (value !== undefined && literal && !fits(value)) {
    return refuse(`the field ${name} with the value ${JSON.stringify(value)}`);
  }
  const read =
    value === undefined
      ? looking(pathText ?? null, name, refuse)
      : jsonataNumber(value, `ItemBatcher/${name}`, refuse);
  return (env) => {
    const number = read(env);
    if (fits(number)) return number;
    throw new EvaluationError(
      language === 'JSONata' ? StatesErrorName.queryEvaluationError : StatesErrorName.runtime,
      `field ${name} must be a whole number from 1 to ${max} but was: ${JSON.stringify(number)}`,
      `ItemBatcher/${name}`,
    );
  };
}

function looking(text: Json, name: string, refuse: Refuse): Evaluate {
  const path = compilePath(text, `${name}Path`, refuse);
  return (env) => mustLookUp(path, env);
}
