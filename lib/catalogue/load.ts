import { basename, dirname, join } from 'node:path';
import { type CatalogueError, type Finding, toError } from './catalogue-error.ts';
import type { CheckedCatalogue, ComponentSource } from './checked-catalogue.ts';
import { checkComponentFile } from './component-file.ts';
import { crossChecks } from './cross-checks.ts';
import { refusals, valueAt } from './explain.ts';
import { normalise } from './normalise.ts';
import { type CatalogueDefinition, catalogueSchema } from './schema.ts';
import { readSource } from './source.ts';

/** The text of a file, or `undefined` when there is none. Paths are relative to where the catalogue's name is. */
export type ReadFile = (path: string) => string | undefined;

export interface LoadOptions {
  readonly readFile: ReadFile;
}

export type LoadedCatalogue =
  | { readonly ok: true; readonly catalogue: CheckedCatalogue }
  | { readonly ok: false; readonly errors: readonly CatalogueError[] };

/**
 * Reads a `kiln.yaml` and everything that it names. Answers with all mistakes at once, in the order of the file, and
 * throws for no text whatever.
 */
export function loadCatalogue(
  text: string,
  fileName: string,
  { readFile }: LoadOptions,
): LoadedCatalogue {
  const source = readSource(text, fileName);
  const errorOf = (finding: Finding) =>
    toError(finding, fileName, source.lineOf(finding.path, finding.at));
  const syntax = source.findings.map(errorOf);
  if (source.broken) return { ok: false, errors: syntax };
  const { findings, catalogue } = check(source.value, dirname(fileName), readFile);
  const errors = [...syntax, ...findings.map(errorOf)];
  if (catalogue && errors.length === 0) return { ok: true, catalogue };
  return { ok: false, errors: inFileOrder(errors, fileName) };
}

/**
 * The catalogue of a CDK app that has no `kiln.yaml`: the same object, checked in the same way. Strings may be tokens
 * (a group's name, a launch template's id). Component files are relative to `directory`.
 *
 * @throws Error that names every mistake, one to a line.
 */
export function defineCatalogue(
  definition: CatalogueDefinition,
  options: LoadOptions & { readonly directory?: string },
): CheckedCatalogue {
  const { findings, catalogue } = check(definition, options.directory ?? '.', options.readFile);
  if (catalogue) return catalogue;
  const messages = findings.map((finding) => toError(finding, 'catalogue', 0).message);
  throw new Error(`the catalogue has ${messages.length} mistakes:\n${messages.join('\n')}`);
}

function check(
  value: unknown,
  directory: string,
  readFile: ReadFile,
): { readonly findings: readonly Finding[]; readonly catalogue?: CheckedCatalogue } {
  const files = readComponentFiles(value, directory, readFile);
  const findings = [...refusals(catalogueSchema, value), ...crossChecks(value), ...files.findings];
  if (findings.length > 0) return { findings };
  // The schema has no transforms: what it does not refuse is the definition. (Tokens keep `parse` from being used.)
  const catalogue = normalise(
    value as CatalogueDefinition,
    (image) => files.sources.get(image) ?? [],
  );
  return { findings, catalogue };
}

const isPath = (component: string) => /^\.{1,2}\//.test(component);

const mappingAt = (value: unknown, key: string): readonly string[] => {
  const found = valueAt(value, [key]);
  return typeof found === 'object' && found !== null ? Object.keys(found) : [];
};

function readComponentFiles(value: unknown, directory: string, readFile: ReadFile) {
  const findings: Finding[] = [];
  const sources = new Map<string, readonly ComponentSource[]>();
  for (const image of mappingAt(value, 'images')) {
    const components = valueAt(value, ['images', image, 'components']);
    const read: ComponentSource[] = [];
    for (const [index, component] of Array.isArray(components) ? components.entries() : []) {
      if (typeof component !== 'string') continue;
      const path = ['images', image, 'components', index];
      if (!isPath(component)) {
        read.push({ kind: 'existing', arn: component });
        continue;
      }
      const file = join(directory, component);
      const data = readFile(file);
      const name = basename(component).replace(/\.ya?ml$/, '');
      if (data === undefined) {
        findings.push({
          path,
          at: 'value',
          expected: 'the path of a component file',
          came: `${component}, and there is no ${file}`,
        });
        continue;
      }
      findings.push(
        ...checkComponentName(name, path, read),
        ...checkComponentFile(data, file, path),
      );
      read.push({ kind: 'document', name, file: component, data });
    }
    sources.set(image, read);
  }
  return { findings, sources };
}

/** A component's name becomes part of its Image Builder name, and must not be another's. */
function checkComponentName(
  name: string,
  path: readonly (string | number)[],
  others: readonly ComponentSource[],
): readonly Finding[] {
  if (!/^[a-z0-9][a-z0-9-]{0,47}$/.test(name)) {
    const expected = 'a file name of at most 48 lower case letters, digits and hyphens';
    return [{ path, at: 'value', expected, came: JSON.stringify(name) }];
  }
  const twin = others.find((other) => other.kind === 'document' && other.name === name);
  if (!twin) return [];
  const expected = 'component files with different names';
  return [{ path, at: 'value', expected, came: `${JSON.stringify(name)} a second time` }];
}

function inFileOrder(
  errors: readonly CatalogueError[],
  fileName: string,
): readonly CatalogueError[] {
  const rank = (error: CatalogueError) =>
    error.file === fileName ? error.line : Number.MAX_SAFE_INTEGER;
  return errors.toSorted((a, b) => rank(a) - rank(b));
}
