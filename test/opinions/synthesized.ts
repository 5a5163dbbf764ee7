import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import settings from '../../examples/web/cdk.json' with { type: 'json' };
import { WebStack } from '../../examples/web/web-stack.ts';
import { kilnApp } from '../../lib/app.ts';
import { loadCatalogue } from '../../lib/catalogue/load.ts';
import { someBundles } from '../constructs/builders.ts';

const exampleFile = fileURLToPath(new URL('../../examples/web/kiln.yaml', import.meta.url));

/** One with a public address. */
const linkedFile = fileURLToPath(
  new URL('../../examples/gates/approval-link.yaml', import.meta.url),
);

export interface Synthesized {
  readonly name: string;
  readonly app: App;
  /** Cloud assembly. */
  readonly directory: string;
  /** Paths of its templates. */
  readonly templates: readonly string[];
  /** What constructs warn of or refuse. */
  readonly annotations: readonly string[];
  /** What the CDK's own validation found. */
  readonly violations: readonly string[];
}

/** The apps of the project, each synthesized once with the CDK's own validation; `remove` takes the files away. */
export function synthesizeAll() {
  const directory = mkdtempSync(join(tmpdir(), 'kiln-opinions-'));
  const bundles = someBundles();
  const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
  const loaded = loadCatalogue(readFileSync(exampleFile, 'utf8'), exampleFile, { readFile: read });
  if (!loaded.ok) throw new Error(loaded.errors.map(({ message }) => message).join('\n'));
  const kilnOut = join(directory, 'kiln');
  const kiln = kilnApp({ catalogue: loaded.catalogue, bundles, outdir: kilnOut });
  const linked = loadCatalogue(readFileSync(linkedFile, 'utf8'), linkedFile, { readFile: read });
  if (!linked.ok) throw new Error(linked.errors.map(({ message }) => message).join('\n'));
  const linkedOut = join(directory, 'linked');
  const linkedApp = kilnApp({ catalogue: linked.catalogue, bundles, outdir: linkedOut });
  const webOut = join(directory, 'web');
  const web = new App({ context: settings.context, analyticsReporting: false, outdir: webOut });
  new WebStack(web, 'Web', { description: 'Two fleets of web servers, for Kiln to keep fresh' });
  return {
    directory,
    kiln: synthesized('kiln', kiln, kilnOut),
    linked: synthesized('linked', linkedApp, linkedOut),
    web: synthesized('web', web, webOut),
    remove: () => {
      for (const each of [directory, bundles]) rmSync(each, { recursive: true });
    },
  };
}

/** Synthesizes an app and reads what the CDK wrote about it. */
export function synthesized(name: string, app: App, directory: string): Synthesized {
  const { stacks } = app.synth();
  return {
    name,
    app,
    directory,
    templates: readdirSync(directory)
      .filter((file) => file.endsWith('.template.json'))
      .map((file) => join(directory, file)),
    annotations: stacks.flatMap(({ messages }) =>
      messages.map(({ level, id, entry }) => `${level} at ${id}: ${String(entry.data)}`),
    ),
    violations: violationsIn(join(directory, 'validation-report.json')),
  };
}

interface ValidationReport {
  readonly pluginReports: readonly {
    readonly violations: readonly { readonly ruleName: string; readonly description: string }[];
  }[];
}

function violationsIn(file: string): readonly string[] {
  const { pluginReports }: ValidationReport = JSON.parse(readFileSync(file, 'utf8'));
  return pluginReports.flatMap(({ violations }) =>
    violations.map(({ ruleName, description }) => `${ruleName}: ${description}`),
  );
}
