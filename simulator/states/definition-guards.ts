/** Retry and Catch of a definition. Source: States Language specification, "Errors"; limits as in the developer guide. */

import { type Fields, jsonataCatch, pathCatch } from './data-flow.ts';
import { numberField, objectsField, textField } from './definition-fields.ts';
import { StatesErrorName } from './errors.ts';
import type { Catcher, QueryLanguage, Retrier } from './machine.ts';
import type { Refuse } from './templates.ts';

/** Seconds; 31,622,400 is a leap year. */
const MAX_DELAY_SECONDS_MAX = 31_622_400;
const MAX_ATTEMPTS_MAX = 99_999_999;

function errorEquals(fields: Fields, last: boolean, refuse: Refuse): readonly string[] {
  const names = fields['ErrorEquals'];
  if (
    !Array.isArray(names) ||
    names.length === 0 ||
    !names.every((name) => typeof name === 'string')
  ) {
    return refuse('an ErrorEquals that is not a list of error names');
  }
  if (names.includes(StatesErrorName.all) && (names.length > 1 || !last)) {
    return refuse('an ErrorEquals with States.ALL that is not alone and last');
  }
  return names as readonly string[];
}

const RETRIER_FIELDS = new Set([
  ...['ErrorEquals', 'IntervalSeconds', 'MaxAttempts', 'BackoffRate', 'MaxDelaySeconds'],
  ...['JitterStrategy', 'Comment'],
]);

export function compileRetry(fields: Fields, refuse: Refuse): Retrier[] {
  const list = objectsField(fields, 'Retry', refuse);
  return list.map((retrier, index) => {
    for (const field of Object.keys(retrier)) {
      if (!RETRIER_FIELDS.has(field)) refuse(`the field ${field} of a Retry`);
    }
    const jitter = retrier['JitterStrategy'] ?? 'NONE';
    if (jitter !== 'NONE' && jitter !== 'FULL')
      refuse(`the JitterStrategy ${JSON.stringify(jitter)}`);
    const intervalSeconds =
      numberField(retrier, 'IntervalSeconds', { min: 1, max: 99_999_999, whole: true }, refuse) ??
      1;
    const maxDelaySeconds = numberField(
      retrier,
      'MaxDelaySeconds',
      { min: intervalSeconds + 1, max: MAX_DELAY_SECONDS_MAX, whole: true },
      refuse,
    );
    return {
      errorEquals: errorEquals(retrier, index === list.length - 1, refuse),
      intervalSeconds,
      maxAttempts:
        numberField(
          retrier,
          'MaxAttempts',
          { min: 0, max: MAX_ATTEMPTS_MAX, whole: true },
          refuse,
        ) ?? 3,
      backoffRate:
        numberField(
          retrier,
          'BackoffRate',
          { min: 1, max: Number.MAX_VALUE, whole: false },
          refuse,
        ) ?? 2,
      ...(maxDelaySeconds === undefined ? {} : { maxDelaySeconds }),
      jitter: jitter === 'FULL',
    };
  });
}

const CATCHER_FIELDS: Readonly<Record<QueryLanguage, ReadonlySet<string>>> = {
  JSONata: new Set(['ErrorEquals', 'Next', 'Assign', 'Output', 'Comment']),
  JSONPath: new Set(['ErrorEquals', 'Next', 'Assign', 'ResultPath', 'Comment']),
};

export function compileCatch(fields: Fields, language: QueryLanguage, refuse: Refuse): Catcher[] {
  const list = objectsField(fields, 'Catch', refuse);
  return list.map((catcher, index) => {
    for (const field of Object.keys(catcher)) {
      if (!CATCHER_FIELDS[language].has(field)) refuse(`the field ${field} of a ${language} Catch`);
    }
    return {
      errorEquals: errorEquals(catcher, index === list.length - 1, refuse),
      next: textField(catcher, 'Next', refuse) ?? refuse('a Catch without Next'),
      finish: (language === 'JSONata' ? jsonataCatch : pathCatch)(catcher, refuse),
    };
  });
}
