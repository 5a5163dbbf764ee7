import { functionNames, pascalCase } from '../../../lib/functions.ts';
import { machineNames } from '../../../lib/machine-names.ts';
import type { Definition } from '../../../lib/workflows/asl.ts';

/** What a hub fills in when it deploys a definition. */
const KNOWN: ReadonlySet<string> = new Set([
  ...functionNames.map((name) => `${pascalCase(name)}Function`),
  ...machineNames.map((name) => `${pascalCase(name)}StateMachine`),
  'NotificationsTopic',
]);

/** Texts with a `${` that nothing is put in the place of: CloudFormation would leave it, and AWS take it as it stands. */
export const substitutionProblems = (definition: Definition): readonly string[] =>
  Object.entries(definition).flatMap(([field, value]) =>
    textsIn(value, field).flatMap(({ at, text }) =>
      [...text.matchAll(/\$\{([^}]*)(\}?)/g)]
        .filter(([, name = '', closed]) => closed === '' || !KNOWN.has(name))
        .map(([whole]) => `${at} holds ${whole}, which nothing is put in the place of`),
    ),
  );

function textsIn(value: unknown, at: string): { readonly at: string; readonly text: string }[] {
  if (typeof value === 'string') return [{ at, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => [
    { at: `a name in ${at}`, text: key },
    ...textsIn(part, `${at}.${key}`),
  ]);
}
