/** The rules of a Choice state in either query language. */

import type { Json } from '../contract.ts';
import { choiceRule } from './choice-rules.ts';
import { type Fields, jsonataFinish, pathArgument, pathThrough } from './data-flow.ts';
import { objectsField, textField } from './definition-fields.ts';
import type { Env, Evaluate } from './env.ts';
import { evaluate, expressionIn, syntaxError, unexpectedType } from './jsonata.ts';
import type { ChoiceState, Finish, QueryLanguage } from './machine.ts';
import type { Refuse } from './templates.ts';

export function compileChoose(
  fields: Fields,
  language: QueryLanguage,
  refuse: Refuse,
): ChoiceState['choose'] {
  const rules = objectsField(fields, 'Choices', refuse).map((rule) => ({
    applies: language === 'JSONata' ? condition(rule, refuse) : choiceRule(rule, refuse),
    next: textField(rule, 'Next', refuse) ?? refuse('a choice rule without Next'),
    finish: ruleFinish(fields, language, rule, refuse),
  }));
  if (rules.length === 0) refuse('a Choice without Choices');
  const fallback = textField(fields, 'Default', refuse);
  const through = (language === 'JSONata' ? jsonataFinish : pathThrough)(fields, refuse);
  const otherwise = fallback === undefined ? undefined : { next: fallback, finish: through };
  const seen = language === 'JSONata' ? (env: Env) => env : pathSeen(fields, refuse);
  return (env) => {
    const from = seen(env);
    return rules.find(({ applies }) => applies(from)) ?? otherwise;
  };
}

function pathSeen(fields: Fields, refuse: Refuse): (env: Env) => Env {
  const input = pathArgument(fields, refuse);
  return (env) => env.with({ input: input(env) });
}

/** The state's paths with the rule's own Assign; in JSONata the rule's own Output and Assign. */
function ruleFinish(fields: Fields, language: QueryLanguage, rule: Fields, refuse: Refuse): Finish {
  if (language === 'JSONata') return jsonataFinish(rule, refuse);
  const paths: { [key: string]: Json } = { ...fields };
  delete paths['Assign'];
  const assign = rule['Assign'];
  return pathThrough(assign === undefined ? paths : { ...paths, Assign: assign }, refuse);
}

const CONDITION_FIELDS = new Set(['Condition', 'Next', 'Assign', 'Output', 'Comment']);

function condition(rule: Fields, refuse: Refuse): Evaluate<boolean> {
  for (const field of Object.keys(rule)) {
    if (!CONDITION_FIELDS.has(field)) refuse(`the field ${field} of a JSONata choice rule`);
  }
  const value = rule['Condition'];
  if (typeof value === 'boolean') return () => value;
  const text = expressionIn(value);
  if (text === undefined) return refuse(`the Condition ${JSON.stringify(value)}`);
  const wrong = syntaxError(text);
  if (wrong !== undefined)
    refuse(`the JSONata expression '${text}' of the field 'Condition': ${wrong}`);
  return (env) => {
    const answer = evaluate(text, env.bindings, env.chance, 'Condition');
    if (typeof answer !== 'boolean') throw unexpectedType(text, 'Condition', 'boolean', answer);
    return answer;
  };
}
