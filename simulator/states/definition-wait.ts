/** Until when a Wait waits. Source: States Language specification, "Wait State"; causes as recorded on AWS. */

import type { Json } from '../contract.ts';
import type { Fields } from './data-flow.ts';
import type { Evaluate } from './env.ts';
import { EvaluationError, StatesErrorName } from './errors.ts';
import type { QueryLanguage } from './machine.ts';
import {
  compilePath,
  isWhole,
  jsonataNumber,
  jsonataText,
  mustLookUp,
  plainText,
  type Refuse,
} from './templates.ts';
import { parseTimestamp } from './timestamps.ts';

/** Source: developer guide, "Wait workflow state". */
const SECONDS_MAX = 99_999_999;

const FIELDS = ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'];

export function compileWait(
  fields: Fields,
  language: QueryLanguage,
  refuse: Refuse,
): Evaluate<number> {
  const given = FIELDS.filter((field) => fields[field] !== undefined);
  const [name] = given;
  if (name === undefined || given.length > 1)
    return refuse('a Wait without exactly one of its fields');
  const value = fields[name] ?? null;
  if (name === 'Seconds') return seconds(value, language, refuse);
  if (name === 'SecondsPath') return secondsPath(value, refuse);
  if (name === 'TimestampPath') return timestampPath(value, refuse);
  return timestamp(value, language, refuse);
}

function seconds(value: Json, language: QueryLanguage, refuse: Refuse): Evaluate<number> {
  const literal = language === 'JSONPath' || typeof value === 'number';
  if (literal && (!isWhole(value) || value > SECONDS_MAX))
    refuse(`the field Seconds with the value ${JSON.stringify(value)}`);
  const read = jsonataNumber(value, 'Seconds', refuse);
  return (env) => {
    const answer = read(env);
    if (isWhole(answer)) return env.chance.nowMs + answer * 1_000;
    throw new EvaluationError(
      StatesErrorName.queryEvaluationError,
      `The Seconds field must be a whole number that is not negative but was: ${answer}`,
      'Seconds',
    );
  };
}

function secondsPath(value: Json, refuse: Refuse): Evaluate<number> {
  const path = compilePath(value, 'SecondsPath', refuse);
  return (env) => {
    const answer = mustLookUp(path, env);
    if (isWhole(answer)) return env.chance.nowMs + answer * 1_000;
    throw new EvaluationError(
      StatesErrorName.runtime,
      `The SecondsPath parameter cannot be parsed as a long value: ${path.text} == ${plainText(answer)}`,
    );
  };
}

function timestamp(value: Json, language: QueryLanguage, refuse: Refuse): Evaluate<number> {
  if (language === 'JSONPath') {
    const atMs = typeof value === 'string' ? parseTimestamp(value) : undefined;
    if (atMs === undefined)
      return refuse(`the field Timestamp with the value ${JSON.stringify(value)}`);
    return () => atMs;
  }
  const read = jsonataText(value, 'Timestamp', refuse);
  return (env) => {
    const text = read(env);
    const atMs = parseTimestamp(text);
    if (atMs !== undefined) return atMs;
    throw new EvaluationError(
      StatesErrorName.queryEvaluationError,
      `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${text}`,
      'Timestamp',
    );
  };
}

function timestampPath(value: Json, refuse: Refuse): Evaluate<number> {
  const path = compilePath(value, 'TimestampPath', refuse);
  return (env) => {
    const answer = mustLookUp(path, env);
    const atMs = typeof answer === 'string' ? parseTimestamp(answer) : undefined;
    if (atMs !== undefined) return atMs;
    throw new EvaluationError(
      StatesErrorName.runtime,
      'The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: ' +
        `${path.text} == ${plainText(answer)}`,
    );
  };
}
