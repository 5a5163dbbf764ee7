import { existsSync, readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import settings from '../cdk.json' with { type: 'json' };
import { kilnApp } from '../lib/app.ts';
import { bundle } from '../lib/bundle.ts';
import { loadCatalogue } from '../lib/catalogue/load.ts';
import { Config } from '../lib/config.ts';

/** What the CDK command line runs. Says all mistakes of the catalogue and exits with 1 when there are any. */
async function main(): Promise<void> {
  const file = catalogueFile();
  const readFile = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
  const text = readFile(file);
  if (text === undefined) throw new Error(`expected a catalogue in ${file}, found no such file`);
  const loaded = loadCatalogue(text, file, { readFile });
  if (!loaded.ok) throw new Error(loaded.errors.map(({ message }) => message).join('\n'));
  await bundle();
  kilnApp({ catalogue: loaded.catalogue }).synth();
}

/** An app is the only way to the context of the command line; this one has no stacks and is never synthesized. */
function catalogueFile(): string {
  const { node } = new App({ context: settings.context, autoSynth: false });
  const config = Config.safeParse({ catalogue: node.tryGetContext('catalogue') });
  if (config.success) return config.data.catalogue;
  throw new Error(
    `context: expected ${config.error.issues.map(({ message }) => message).join(', ')}`,
  );
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
