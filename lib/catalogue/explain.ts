import * as z from 'zod';
import { type Finding, type Path, shown } from './catalogue-error.ts';
import { nearest } from './nearest.ts';

/** Strings that CDK fills in at deploy time have no form yet: neither patterns nor references can be checked. */
export const isToken = (value: unknown): boolean =>
  typeof value === 'string' && /[$#]\{Token\[/.test(value);

export const valueAt = (root: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null
        ? (value as Readonly<Record<string | number, unknown>>)[part]
        : undefined,
    root,
  );

type Issue = z.core.$ZodIssue;

/** What a schema refuses in a value, as findings in our words. */
export function refusals(schema: z.ZodType, value: unknown): readonly Finding[] {
  const parsed = schema.safeParse(value);
  if (parsed.success) return [];
  return withoutEchoes(parsed.error.issues.flatMap((issue) => explain(issue, [], schema, value)));
}

function explain(issue: Issue, prefix: Path, root: z.ZodType, value: unknown): readonly Finding[] {
  const path = [
    ...prefix,
    ...issue.path.map((part) => (typeof part === 'number' ? part : String(part))),
  ];
  const here = valueAt(value, path);
  const schema = schemaAt(root, path, value);
  if (issue.code === 'unrecognized_keys') {
    const keys = keysOf(schema instanceof z.ZodUnion ? optionOf(schema, here) : schema);
    return issue.keys.map((key) => unknownKey(key, path, keys));
  }
  if (issue.code === 'invalid_union' && schema instanceof z.ZodUnion) {
    return explainUnion(issue, path, schema, root, value);
  }
  if (issue.code === 'invalid_key') {
    const expected = issue.issues[0]?.message ?? 'another name';
    return [{ path, at: 'key', expected, came: JSON.stringify(String(path.at(-1) ?? '')) }];
  }
  if (isToken(here) && (issue.code === 'invalid_format' || issue.code === 'too_big')) return [];
  const near =
    issue.code === 'invalid_value' && typeof here === 'string'
      ? nearest(here, issue.values.map(String))
      : undefined;
  return [
    { path, at: 'value', expected: expectation(issue, schema), came: shown(here), nearest: near },
  ];
}

const unknownKey = (key: string, path: Path, keys: readonly string[]): Finding => ({
  path: [...path, key],
  at: 'key',
  expected: `one of the keys ${keys.join(', ')}`,
  came: `the key ${JSON.stringify(key)}`,
  nearest: nearest(key, keys),
});

function expectation(issue: Issue, schema: z.ZodType | undefined): string {
  if (schema instanceof z.ZodUnion) return `exactly one of the keys ${ownKeys(schema).join(', ')}`;
  if (schema instanceof z.ZodObject) return `a mapping with the keys ${keysOf(schema).join(', ')}`;
  return issue.message;
}

/** Keys by which the options of a union of objects differ: those that one of them requires and no other knows. */
function ownKeys(union: z.ZodUnion): readonly string[] {
  const all = union.options.map((option) => requiredKeysOf(unwrapped(option)));
  return all.flat().filter((key) => all.filter((keys) => keys.includes(key)).length === 1);
}

function explainUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: Path,
  union: z.ZodUnion,
  root: z.ZodType,
  value: unknown,
): readonly Finding[] {
  const here = valueAt(value, path);
  const present = typeof here === 'object' && here !== null ? Object.keys(here) : undefined;
  const telling = (present ?? []).filter((key) => ownKeys(union).includes(key));
  const [only] = telling;
  if (telling.length === 1 && only !== undefined) {
    const chosen = union.options.findIndex((option) => keysOf(unwrapped(option)).includes(only));
    return (issue.errors[chosen] ?? []).flatMap((inner) => explain(inner, path, root, value));
  }
  const expected = `exactly one of the keys ${ownKeys(union).join(', ')}`;
  const stranger = present?.find((key) => !ownKeys(union).includes(key));
  return [
    {
      path,
      at: 'value',
      expected,
      came: present && present.length > 0 ? `the keys ${present.join(', ')}` : shown(here),
      nearest:
        telling.length === 0 && stranger !== undefined
          ? nearest(stranger, ownKeys(union))
          : undefined,
    },
  ];
}

/** A misspelled key is one mistake, not two: the key that it was meant to be is not reported as missing. */
function withoutEchoes(findings: readonly Finding[]): readonly Finding[] {
  const meant = new Set(
    findings
      .filter((finding) => finding.at === 'key' && finding.nearest !== undefined)
      .map((finding) => JSON.stringify([...finding.path.slice(0, -1), finding.nearest])),
  );
  return findings.filter(
    (finding) => finding.came !== 'nothing' || !meant.has(JSON.stringify(finding.path)),
  );
}

const unwrapped = (schema: unknown): z.ZodType | undefined => {
  if (schema instanceof z.ZodOptional) return unwrapped(schema.unwrap());
  return schema instanceof z.ZodType ? schema : undefined;
};

const requiredKeysOf = (schema: z.ZodType | undefined): readonly string[] =>
  schema instanceof z.ZodObject
    ? Object.entries(schema.shape).flatMap(([key, value]) =>
        value instanceof z.ZodOptional ? [] : [key],
      )
    : [];

const keysOf = (schema: z.ZodType | undefined): readonly string[] =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];

/** The option of a union of objects that a value has the key of. */
function optionOf(union: z.ZodUnion, value: unknown): z.ZodType | undefined {
  const present = Object.keys((value as object | undefined) ?? {});
  const options: readonly (z.ZodType | undefined)[] = union.options.map(unwrapped);
  const own = ownKeys(union);
  return options.find((option) =>
    keysOf(option).some((key) => own.includes(key) && present.includes(key)),
  );
}

/** The schema that a path leads to; within a union the option that has the key. */
function schemaAt(root: z.ZodType, path: Path, value: unknown): z.ZodType | undefined {
  let schema = unwrapped(root);
  for (const [depth, part] of path.entries()) {
    if (schema instanceof z.ZodUnion) {
      schema = optionOf(schema, valueAt(value, path.slice(0, depth)));
    }
    if (schema instanceof z.ZodObject) schema = unwrapped(schema.shape[part]);
    else if (schema instanceof z.ZodRecord) schema = unwrapped(schema.valueType);
    else if (schema instanceof z.ZodArray) schema = unwrapped(schema.element);
    else return undefined;
  }
  return schema;
}
